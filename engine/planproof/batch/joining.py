"""Parquet files one after the other as one, a group of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq


class NotJoined(ValueError):
    """A file that is no Parquet file, or has other columns."""


def join(path: Path, model: pl.DataFrame, pieces: Sequence[Path]) -> None:
    """Files as one, with the columns of `model`, a frame without rows.

    Texts that the first has as numbers of a dictionary are so in all; whoever reads the whole sees texts.
    """
    schema = _schema(pieces[0], model.columns) if pieces else model.to_arrow().schema
    with pq.ParquetWriter(path, schema, compression="zstd", store_schema=False, store_decimal_as_integer=True) as out:
        for piece in pieces:
            for rows in _groups(piece, schema):
                out.write_table(rows)


def _groups(piece: Path, schema: pa.Schema) -> Iterator[pa.Table]:
    with _read(piece), pq.ParquetFile(piece) as held:
        for group in range(held.num_row_groups):
            yield held.read_row_group(group).cast(schema)


def _schema(piece: Path, columns: Sequence[str]) -> pa.Schema:
    """The columns of a file, with one width for all numbers of dictionaries, whose texts differ from file to file."""
    with _read(piece):
        schema = pq.read_schema(piece)
        if schema.names != columns:
            raise NotJoined("it has other columns")
        return pa.schema([pa.field(field.name, _wide(field.type)) for field in schema])


def _wide(type_: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(type_):
        return pa.dictionary(pa.int32(), type_.value_type)
    return pa.large_list(_wide(type_.value_type)) if pa.types.is_large_list(type_) else type_


@contextmanager
def _read(piece: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        raise NotJoined(f"{piece.name}: {error}") from error
