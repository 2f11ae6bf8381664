"""Answers as Parquet. With `frames` and the columns, the door to Polars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from planproof.batch.joining import join
from planproof.batch.results import Cell, Holds, ResultRow

_TYPES: dict[Holds, Any] = {
    Holds.TEXT: pl.String,
    Holds.NUMBER: pl.Int64,
    Holds.CENTS: pl.Decimal(18, 2),
    Holds.TEXTS: pl.List(pl.String),
}
_ROWS_A_GROUP = 65_536  # a group is held while it is read


def write_frame(path: Path, frame: pl.DataFrame) -> None:
    """Answers as a piece of a file, whose lists may have their texts as numbers of a dictionary."""
    frame.rechunk().write_parquet(path, compression="lz4", row_group_size=_ROWS_A_GROUP)


def results_frame(columns: Mapping[str, Holds], rows: Sequence[ResultRow]) -> pl.DataFrame:
    """Rows of answers as a frame."""
    return pl.DataFrame([pl.Series(name, [_typed(row[name], holds) for row in rows], _TYPES[holds]) for name, holds in columns.items()])


def _typed(cell: Cell, holds: Holds) -> Any:
    return Decimal(cell).scaleb(-2) if holds is Holds.CENTS and isinstance(cell, int) else cell


def join_results(path: Path, columns: Mapping[str, Holds], pieces: Sequence[Path]) -> None:
    """Pieces one after the other as one file, whose lists are of texts to whoever reads it."""
    join(path, results_frame(columns, []), pieces)


def read_result_rows(path: Path, columns: Mapping[str, Holds], id_: str | None) -> Iterator[ResultRow]:
    """The rows of a file of answers, of all ids or of one, part by part."""
    start, scan = 0, pl.scan_parquet(path, glob=False)
    if id_ is not None:
        scan = scan.filter(pl.col("id") == id_)
    while True:
        try:
            frame = scan.slice(start, _ROWS_A_GROUP).collect()
        except pl.exceptions.PolarsError as error:
            raise ValueError(path.as_posix()) from error
        for row in frame.iter_rows(named=True):
            yield {name: _cell(row[name], holds) for name, holds in columns.items()}
        if frame.height < _ROWS_A_GROUP:
            return
        start += frame.height


def _cell(value: Any, holds: Holds) -> Cell:
    match holds:
        case Holds.CENTS if value is not None:
            return int(value * 100)
        case Holds.TEXTS:
            return tuple(value)
        case _:
            found: Cell = value
            return found
