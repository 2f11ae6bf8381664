"""Parquet files of the flat form: read and written through Polars, which is loaded only where it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from planproof.core import Fact
from planproof.diagnostics import Diagnostic, clip
from planproof.flat import OWN_COLUMNS, PASSED_OVER, Cell, Cells, Columns
from planproof.source import Span
from planproof.tables import Read, header_of, header_problems, typed_row
from planproof.types import Kind, Type

# ------------------------------------------------------------------ reading


def parquet_shape(path: Path, columns: Columns) -> tuple[int, tuple[Diagnostic, ...]]:
    """How many rows a file has, and what is wrong with it or with its columns."""
    name = path.as_posix()
    try:
        schema = pl.read_parquet_schema(path)
        count = pl.scan_parquet(path).select(pl.len()).collect().item()
    except OSError as error:
        cause = (error.strerror or "it is no Parquet file").lower()
        return 0, (Diagnostic("unreadable", f"cannot read `{clip(name, 200)}`: {cause}"),)
    except pl.exceptions.PolarsError:
        return 0, (Diagnostic("unreadable", f"cannot read `{clip(name, 200)}`: it is no Parquet file"),)
    return count, shape_problems(name, schema, columns)


def shape_problems(name: str, schema: Mapping[str, pl.DataType], columns: Columns) -> tuple[Diagnostic, ...]:
    """What is wrong with the columns of a table that has this name: their names, or that a type cannot hold what is exact."""
    found = list(header_problems(name, schema, columns))
    found += [wrong for number, (column, type_) in enumerate(schema.items(), 1) for wrong in _type_problems(name, number, column, type_)]
    return tuple(found)


_GOOD = (pl.Boolean, pl.Decimal, pl.String, pl.Categorical, pl.Enum, pl.Date, pl.Null)


def _type_problems(path: str, number: int, column: str, type_: pl.DataType) -> Iterator[Diagnostic]:
    inner = type_.inner if isinstance(type_, pl.List) else type_
    fields = [field.dtype for field in inner.fields] if isinstance(inner, pl.Struct) and isinstance(type_, pl.List) else [inner]
    for field in [] if column.startswith(PASSED_OVER) else fields:
        if not isinstance(field, _GOOD) and not field.is_integer():
            why = "in which not every value is exact" if field.is_float() else "which no value has"
            message = f"`{clip(column)}` is of the type {field}, {why}"
            yield Diagnostic("column-type", message, Span(path, 0, 0, 1, number), _HELP)


_HELP = "give texts as a plan file has them, integers, decimals, dates or booleans; cents in a column `NAME__cents`"


def parquet_rows(path: Path, columns: Columns, start: int = 0, count: int | None = None) -> Iterator[Read]:
    """The rows of a file from a number on (from 0), each or what is wrong with it."""
    yield from frame_rows(path.as_posix(), pl.scan_parquet(path).slice(start, count).collect(), columns, start)


def frame_rows(name: str, frame: pl.DataFrame, columns: Columns, start: int = 0) -> Iterator[Read]:
    """The rows of a frame, which stand in a table of this name from a number on (from 0), each or what is wrong with it."""
    for number, row in enumerate(frame.iter_rows(named=True), start + 1):
        yield typed_row(name, number, {key: value for key, value in row.items() if value is not None}, columns)


# ------------------------------------------------------------------ writing


def write_parquet(path: Path, rows: Iterable[Cells], columns: Columns) -> None:
    """Rows as a file whose columns have the types of their facts; words that stand for a value go to a column of states."""
    told = [_worded(row, columns) for row in rows]
    series = [_series(name, [row.get(name) for row in told], columns) for name in header_of(told)]
    pl.DataFrame(series).write_parquet(path, compression="zstd")


def write_texts(path: Path, names: Iterable[str], rows: Iterable[Cells]) -> None:
    """Rows of texts as a file of columns of texts."""
    told = list(rows)
    pl.DataFrame([pl.Series(name, [row.get(name) for row in told], pl.String) for name in names]).write_parquet(path, compression="zstd")


def _worded(row: Cells, columns: Columns) -> Cells:
    """The row with `none` and `unknown` told as states."""
    return {f"{name}__state" if cell in ("none", "unknown") and _told(name, columns) else name: cell for name, cell in row.items()}


def _told(name: str, columns: Columns) -> bool:
    column = columns.find(name)
    return column is not None and not column.part and not column.cell


def _series(name: str, cells: list[Cell | None], columns: Columns) -> pl.Series:
    column = columns.find(name)
    texts = [cell if isinstance(cell, str) else None for cell in cells]
    if name in OWN_COLUMNS or column is None or column.part:
        return pl.Series(name, texts, pl.String)
    if not isinstance(column.of, Fact):
        return _list_series(name, cells)
    typed, type_ = _typed(texts, column.of.type)
    return pl.Series(f"{name}__percent" if column.of.type.kind is Kind.RATE else name, typed, type_)


def _typed(texts: Iterable[str | None], type_: Type) -> tuple[list[Any], pl.DataType]:
    """Values of a fact as a column holds them, and the column's type."""
    match type_.kind:
        case Kind.TRUTH:
            return [None if text is None else text == "yes" for text in texts], pl.Boolean()
        case Kind.MONEY:
            return [text and Decimal(text) for text in texts], pl.Decimal(18, 2)
        case Kind.RATE:
            return [text and Decimal(text.removesuffix("%")) for text in texts], pl.Decimal(18, 6)
        case Kind.NUMBER:
            return [text and Decimal(text) for text in texts], pl.Decimal(18, 6)
        case Kind.COUNT | Kind.YEAR:
            return [text and int(text) for text in texts], pl.Int64()
        case Kind.DATE:
            return [text and date.fromisoformat(text) for text in texts], pl.Date()
        case _:
            return list(texts), pl.String()


def _list_series(name: str, cells: list[Cell | None]) -> pl.Series:
    fields = list(dict.fromkeys(key for cell in cells if isinstance(cell, tuple) for row in cell for key in row)) or ["number"]
    rows = [[{key: row.get(key) for key in fields} for row in cell] if isinstance(cell, tuple) else None for cell in cells]
    return pl.Series(name, rows, pl.List(pl.Struct(dict.fromkeys(fields, pl.String))))


# ------------------------------------------------------------------ parts


def parquet_names(path: Path) -> list[str]:
    """The names of a file's columns."""
    return list(pl.read_parquet_schema(path))


def parquet_cuts(path: Path, columns: Columns, most: int, *, layered: bool) -> Iterator[tuple[int, int]]:
    """Where a file can be cut: first rows and counts of about so many rows, the rows of one plan together."""
    count, _ = parquet_shape(path, columns)
    together = layered and "id" in parquet_names(path) and bool({"effective", "group"} & set(parquet_names(path)))
    ids = pl.scan_parquet(path).select("id").collect().to_series().to_list() if together else []
    start = 0
    while start < count:
        end = min(count, start + most)
        while together and end < count and ids[end] is not None and ids[end] == ids[end - 1]:
            end += 1
        yield start, end - start
        start = end
