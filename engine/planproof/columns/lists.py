"""Lists of names, row by row. Few rows differ in the names they have, so that each list is made once."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_WORD = 62


def names_where(truths: pl.DataFrame, names: Sequence[str], height: int) -> pl.Series:
    """For each of so many rows the names of the columns that are yes, in order; a name that several columns have stands once."""
    words = {
        f"{first}": pl.sum_horizontal(
            pl.col(name).cast(pl.Int64) * (1 << bit) for bit, name in enumerate(truths.columns[first : first + _WORD])
        )
        for first in range(0, truths.width, _WORD)
    }
    places, which = distinct(truths.select(**words), height)
    return lists_of(truths[places], names, len(places)).gather(which)


def distinct(frame: pl.DataFrame, height: int) -> tuple[pl.Series, pl.Series]:
    """The first rows of all that differ, and for each of so many rows the number of its like among these."""
    if not frame.width:
        return pl.Series(range(min(1, height)), dtype=pl.UInt32), pl.repeat(0, height, dtype=pl.UInt32, eager=True)
    keys = frame.columns
    firsts = frame.with_row_index("").unique(keys, keep="first", maintain_order=True).with_row_index("which")
    which = frame.join(firsts, on=keys, how="left", maintain_order="left", nulls_equal=True)["which"]
    return firsts[""], which


def lists_of(truths: pl.DataFrame, names: Sequence[str], height: int) -> pl.Series:
    """For each of so many rows the names of the columns that are yes, in order; a name that several columns have stands once."""
    if not height or not names:
        return pl.Series([[]], dtype=pl.List(pl.Enum(list(dict.fromkeys(names))))).new_from_index(0, height)
    yes, earlier = list[pl.Expr](), dict[str, pl.Expr]()
    for column, name in zip(truths.columns, names, strict=True):
        yes.append(pl.col(column) & ~earlier[name] if name in earlier else pl.col(column))
        earlier[name] = earlier[name] | pl.col(column) if name in earlier else pl.col(column)
    once = truths.select(one.alias(f"{number}") for number, one in enumerate(yes))
    at = pl.concat(once.get_columns()).arg_true().cast(pl.Int64)  # one column below the other
    told = (at % height * len(names) + at // height).sort()
    words = pl.Series(names, dtype=pl.Enum(list(dict.fromkeys(names))))
    lists = pl.DataFrame({"row": told // len(names), "name": words.gather(told % len(names))})
    rows = pl.DataFrame({"row": pl.int_range(height, eager=True)})
    lists = lists.group_by("row", maintain_order=True).agg("name")
    return rows.join(lists, on="row", how="left", maintain_order="left")["name"].fill_null([])
