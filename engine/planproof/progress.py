"""How far a run is: a line that changes on a terminal, else one now and then."""

from __future__ import annotations

import time
from typing import TextIO

_SECONDS = 10


class _Line:
    """One line that changes on a terminal, else a line every ten seconds."""

    def __init__(self, err: TextIO) -> None:
        self._err = err
        self._live = err.isatty()
        self._begun = self._last = time.monotonic()

    def _due(self) -> float:
        """The seconds since the beginning, if it is time for a line; else zero."""
        now = time.monotonic()
        if not self._live and now - self._last <= _SECONDS:
            return 0
        self._last = now
        return max(now - self._begun, 0.001)

    def _print(self, line: str) -> None:
        print(f"\r\x1b[K{line}" if self._live else line, end="" if self._live else "\n", file=self._err, flush=True)

    def end(self) -> None:
        """Clear the line."""
        if self._live:
            print("\r\x1b[K", end="", file=self._err, flush=True)


class Progress(_Line):
    """How far the parts of a run are."""

    def __init__(self, err: TextIO) -> None:
        super().__init__(err)
        self._before: int | None = None
        self._rows = 0

    def tell(self, done: int, parts: int, rows: int) -> None:
        """Tell of parts done, of how many, and of the rows of the one just done."""
        self._rows += rows
        if self._before is None:
            self._before = done
            if done and done < parts:
                print(f"{done:,} of {parts:,} parts are there from before", file=self._err)
        elif seconds := self._due():
            left = seconds / max(1, done - self._before) * (parts - done)
            rate = self._rows / seconds
            self._print(f"{done:,} of {parts:,} parts, {self._rows:,} answers, {rate:,.0f} a second, {left:,.0f} s left")


class Looking(_Line):
    """How far the search for what would help most plans is."""

    def tell(self, done: int, count: int) -> None:
        """Tell of different facts looked at, of how many."""
        if seconds := self._due():
            left = f", {seconds / done * (count - done):,.0f} s left" if done else ""
            self._print(f"what would help most: {done:,} of {count:,} looked at{left}")
