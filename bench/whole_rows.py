"""Participants of the plans in `plans/` as rows of facts, the same every time: what a recordkeeper might send of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl

from column_rows import frame_of
from planproof import core as c
from planproof.plans import Loader
from planproof.rulebook import Rulebook
from planproof.types import Kind

ROOT = Path(__file__).resolve().parent.parent
DAY = date(2026, 12, 31)
USUAL = 400_000_00
TOLD = 95  # per cent of the participants of whom a fact is told


def whole_rows(book: Rulebook, count: int) -> pl.DataFrame:
    """So many participants, in turn of each plan."""
    loader = Loader(book)
    plans = [plan for plan, _, _ in map(loader.plan, sorted(ROOT.glob("plans/*.yaml"))) if plan is not None]
    frame = frame_of(book.core, [plan.on(DAY) for plan in plans])
    rows = pl.DataFrame({"row": pl.int_range(count, eager=True)})
    own = rows.select(people(book.core))
    return pl.concat([frame[(rows["row"] % len(plans))], own], how="horizontal").rechunk()


def people(core: c.Core) -> Iterator[pl.Expr]:
    """Each fact of a participant, drawn by the number of the row."""
    seed = 0
    for fact in core.facts:
        if fact.name.startswith("participant."):
            seed += 2
            told = pl.col("row").hash(seed) % 100 < TOLD
            yield pl.when(told).then(_value(fact, pl.col("row").hash(seed + 1))).alias(fact.name)


def _value(fact: c.Fact, drawn: pl.Expr) -> pl.Expr:
    match fact.type.kind:
        case Kind.TRUTH:
            return drawn % 2 == 0
        case Kind.CHOICE:
            words = pl.Enum(list(fact.type.options))
            return pl.lit(pl.Series(list(fact.type.options), dtype=words)).gather(drawn % len(fact.type.options))
        case Kind.DATE:
            return (drawn % 730 + 20089).cast(pl.Int32).cast(pl.Date)
        case Kind.RATE:
            return (drawn % 40).cast(pl.Int64) * 10**6
        case Kind.NUMBER:
            return (drawn % 60 + 18).cast(pl.Int64) * 10**6
        case Kind.YEAR:
            return (drawn % 12 + 2015).cast(pl.Int64)
        case _:
            low, high = fact.low, fact.high
            assert isinstance(low, int)
            assert isinstance(high, int)
            return (drawn % (min(high, USUAL) - low + 1)).cast(pl.Int64) + low
