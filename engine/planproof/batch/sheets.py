"""Stretches of tables as frames whose cells are as they were read, with the way to read each row by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import polars as pl

from planproof.batch.jobs import Input, Part
from planproof.flat import Columns
from planproof.frames import frame_rows
from planproof.tables import LARGEST_RECORD, Read, Record, csv_header, csv_row


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of a table that messages call by a name: their cells, their numbers, and each read by itself by its place.

    The cells of rows that are `odd` are not to be used.
    """

    name: str
    frame: pl.DataFrame
    numbers: pl.Series
    row: Callable[[int], Read]
    odd: pl.Series | None = None


def sheet_of(one: Input, part: Part, columns: Columns) -> Sheet | None:
    """A part of a table; nothing if it cannot be read as columns."""
    path = Path(one.path)
    if path.suffix == ".parquet":
        return frame_sheet(one.path, pl.scan_parquet(path, glob=False).slice(part.start, part.end).collect(), columns, part.start)
    if path.suffix == ".csv":
        with path.open("rb") as file:
            header, _ = csv_header(one.path, file, columns)
            file.seek(part.start)
            data = file.read(part.end - part.start)
        return _csv_sheet(one.path, header.names, data, part)
    return None


def frame_sheet(name: str, frame: pl.DataFrame, columns: Columns, start: int = 0) -> Sheet:
    """Rows of a frame that stand in their table from a number on (from 0)."""
    numbers = pl.int_range(start + 1, start + 1 + frame.height, dtype=pl.Int64, eager=True)
    return Sheet(name, frame, numbers, lambda place: next(frame_rows(name, frame.slice(place, 1), columns, start + place)))


# ------------------------------------------------------------------ CSV


def _csv_sheet(name: str, header: tuple[str, ...], data: bytes, part: Part) -> Sheet | None:
    """Lines of CSV; nothing if a row may take several. A line with quotes in it is odd, as are lines that are no row."""
    lines = data.split(b"\n")
    if b'"' in data and any(line.count(b'"') % 2 for line in lines):
        return None
    starts = list(accumulate((len(line) + 1 for line in lines), initial=part.start))
    places = pl.Series([place for place, line in enumerate(lines) if line.strip()], dtype=pl.Int64)

    def row(place: int) -> Read:
        at = places[place]
        line = data[starts[at] - part.start : starts[at + 1] - part.start]
        record = Record(part.line + at, starts[at], line if len(line) <= LARGEST_RECORD else None)
        return csv_row(name, record, header)

    texts = _texts(data, lines).gather(places).str.strip_suffix("\r")
    good = (texts.str.count_matches(",", literal=True) == len(header) - 1) & ~texts.str.contains('["\r]')
    good &= texts.str.len_bytes() < LARGEST_RECORD - 1
    fields = texts.str.split_exact(",", len(header) - 1).struct.unnest()
    return Sheet(name, fields.rename(dict(zip(fields.columns, header, strict=True))), places + part.line, row, ~good.fill_null(value=False))


def _texts(data: bytes, lines: list[bytes]) -> pl.Series:
    """Lines as texts; null for one that is no text."""
    try:
        return pl.Series(data.decode().split("\n"), dtype=pl.String)
    except UnicodeDecodeError:
        return pl.Series(map(_text, lines), dtype=pl.String)


def _text(line: bytes) -> str | None:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return None
