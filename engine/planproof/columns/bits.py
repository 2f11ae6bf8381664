"""Columns of Polars as arrays of NumPy and back, without copies: numbers as they are, truths as bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from planproof.columns.kernels import Array, packed

BYTE = 8


@dataclass(frozen=True, slots=True)
class Bits:
    """Truths, eight to a byte, from some bit on; without bytes all are yes."""

    bytes: Array | None
    start: int

    def between(self, low: int, high: int) -> Array:
        """Those of some rows."""
        if self.bytes is None:
            return np.full(-(-(high - low) // BYTE), 255, dtype=np.uint8)
        low, high = low + self.start, high + self.start
        first, shift = divmod(low, BYTE)
        found = self.bytes[first : -(-high // BYTE)]
        return packed(np.unpackbits(found, bitorder="little")[shift : shift + high - low]) if shift else found


def values_of(column: pl.Series) -> Array | Bits:
    """What a column of whole numbers or of truths holds; anything where it is null."""
    arrow = column.to_arrow()
    held = arrow.buffers()[1]
    if column.dtype == pl.Boolean:
        return Bits(np.frombuffer(held, dtype=np.uint8), arrow.offset)
    return np.frombuffer(held, dtype=arrow.type.to_pandas_dtype())[arrow.offset : arrow.offset + len(arrow)]


def known_of(column: pl.Series) -> Bits:
    """Where a column is not null."""
    arrow = column.to_arrow()
    held = arrow.buffers()[0]
    return Bits(None if held is None else np.frombuffer(held, dtype=np.uint8), arrow.offset)


def column_of(values: Array, known: Array | None, height: int) -> pl.Series:
    """Numbers, or bits, as a column of so many rows, null where the bits do not say that it is known."""
    type_ = pa.bool_() if values.dtype == np.uint8 else pa.from_numpy_dtype(values.dtype)
    validity = None if known is None else pa.py_buffer(known)
    found = pl.from_arrow(pa.Array.from_buffers(type_, height, [validity, pa.py_buffer(values)]))
    assert isinstance(found, pl.Series)
    return found
