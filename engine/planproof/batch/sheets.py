"""Stretches of tables as frames whose cells are as they were read, with the way to read each row by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from planproof.batch.jobs import Input, Part
from planproof.flat import Columns
from planproof.frames import frame_rows
from planproof.tables import Read


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of a table that messages call by a name: their cells, their numbers, and each read by itself by its place."""

    name: str
    frame: pl.DataFrame
    numbers: pl.Series
    row: Callable[[int], Read]


def frame_sheet(name: str, frame: pl.DataFrame, columns: Columns, start: int = 0) -> Sheet:
    """Rows of a frame that stand in their table from a number on (from 0)."""
    numbers = pl.int_range(start + 1, start + 1 + frame.height, dtype=pl.Int64, eager=True)
    return Sheet(name, frame, numbers, lambda place: next(frame_rows(name, frame.slice(place, 1), columns, start + place)))


def sheet_of(one: Input, part: Part, columns: Columns) -> Sheet | None:
    """A part of a table; nothing if it cannot be read as columns."""
    if not one.path.endswith(".parquet"):
        return None
    return frame_sheet(one.path, pl.scan_parquet(one.path, glob=False).slice(part.start, part.end).collect(), columns, part.start)
