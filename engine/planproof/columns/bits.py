"""Columns of Polars as arrays of NumPy, without copies of numbers, and arrays as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from planproof.columns.kernels import Array

_BYTE = 8


@dataclass(frozen=True, slots=True)
class Bits:
    """Truths of which eight are in a byte, from some bit on; without bytes all are yes."""

    bytes: Array | None
    start: int

    def between(self, low: int, high: int) -> Array:
        """Those of some rows, one in a byte."""
        if self.bytes is None:
            return np.ones(high - low, dtype=bool)
        low, high = low + self.start, high + self.start
        first = low // _BYTE
        found = np.unpackbits(self.bytes[first : -(-high // _BYTE)], bitorder="little")
        return found[low - first * _BYTE : high - first * _BYTE].view(bool)


def values_of(column: pl.Series) -> Array | Bits:
    """What a column of whole numbers or of truths holds; anything where it is null."""
    arrow = column.to_arrow()
    held = arrow.buffers()[1]
    if column.dtype == pl.Boolean:
        return Bits(np.frombuffer(held, dtype=np.uint8), arrow.offset)
    numbers = np.frombuffer(held, dtype=np.int64)
    return numbers[arrow.offset : arrow.offset + len(arrow)]


def known_of(column: pl.Series) -> Bits:
    """Where a column is not null."""
    arrow = column.to_arrow()
    held = arrow.buffers()[0]
    return Bits(None if held is None else np.frombuffer(held, dtype=np.uint8), arrow.offset)


def column_of(values: Array, known: Array | None) -> pl.Series:
    """An array as a column, null where it is not known."""
    column = pl.Series("", values)
    if known is None:
        return column
    return pl.DataFrame({"value": column, "known": pl.Series(known)}).select(pl.when("known").then("value").alias("")).to_series()
