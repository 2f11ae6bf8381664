"""Lists of names, row by row."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def names_where(truths: pl.DataFrame, names: Sequence[str], height: int) -> pl.Series:
    """For each of so many rows the names of the columns that are yes, in order; columns may have one name."""
    words = pl.Enum(list(dict.fromkeys(names)))
    parts = [
        truths.select(row=pl.arg_where(pl.col(column)), name=pl.lit(name, dtype=words))
        for column, name in zip(truths.columns, names, strict=True)
    ]
    told = pl.concat([pl.DataFrame(schema={"row": pl.UInt32, "name": words}), *parts]).sort("row", maintain_order=True)
    lists = told.group_by("row", maintain_order=True).agg(pl.col("name").cast(pl.String))
    rows = pl.DataFrame({"row": pl.int_range(height, dtype=pl.UInt32, eager=True)})
    return rows.join(lists, on="row", how="left", maintain_order="left")["name"].fill_null([])
