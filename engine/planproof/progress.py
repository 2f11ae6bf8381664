"""How far a run is: a line that changes on a terminal, else one now and then."""

from __future__ import annotations

import time
from typing import TextIO


class Progress:
    """How far a run is: one line that changes on a terminal, else a line now and then."""

    def __init__(self, err: TextIO) -> None:
        self._err = err
        self._live = err.isatty()
        self._begun = self._last = time.monotonic()
        self._before: int | None = None
        self._rows = 0

    def tell(self, done: int, parts: int, rows: int) -> None:
        """Tell of parts done, of how many, and of the rows of the one just done."""
        now = time.monotonic()
        self._rows += rows
        if self._before is None:
            self._before = done
            if done and done < parts:
                print(f"{done:,} of {parts:,} parts are there from before", file=self._err)
            return
        if self._live or now - self._last > 10:
            self._last = now
            self._print(done, parts, now - self._begun)

    def _print(self, done: int, parts: int, seconds: float) -> None:
        rate = self._rows / max(seconds, 0.001)
        left = seconds / max(1, done - (self._before or 0)) * (parts - done)
        line = f"{done:,} of {parts:,} parts, {self._rows:,} answers, {rate:,.0f} a second, {left:,.0f} s left"
        print(f"\r\x1b[K{line}" if self._live else line, end="" if self._live else "\n", file=self._err, flush=True)

    def end(self) -> None:
        """Clear the line."""
        if self._live:
            print("\r\x1b[K", end="", file=self._err, flush=True)
