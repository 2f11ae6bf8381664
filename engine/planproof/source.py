"""Texts and the places in them: a span is a source and two offsets; line and column are computed."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Source:
    """One text that was read: a rule file, a plan file, a participant file, a command line."""

    path: str
    text: str = field(repr=False)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(index + 1 for index, char in enumerate(self.text) if char == "\n")]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column, both counted from 0."""
        return self._line_starts[line] + column

    def line(self, number: int) -> str:
        """The text of a line counted from 1, without its end."""
        start = self._line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end].rstrip("\r")

    def span(self, start: int, end: int) -> Span:
        """The span between two offsets of this source."""
        line, column = self.position(start)
        return Span(self.path, start, end, line, column)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source, with the line and column (from 1) at which it starts."""

    path: str
    start: int
    end: int
    line: int
    column: int

    @property
    def first(self) -> Span:
        """Its first character."""
        return Span(self.path, self.start, self.start + 1, self.line, self.column)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"
