"""Random rows for the small rule book: seeded, weighted to the values where rules change, some of what is asked unknown.

Six amounts are always stated; the four other numbers and the ten features are unknown in some rows. A row engine takes
a row as a dictionary: fact by its last name, money in cents, the cap in hundredths of a percent, `None` for unknown. A
column engine takes a frame with the rule book's own names, money in cents, the cap in 10^-8, null for unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import polars as pl

Cell: TypeAlias = int | bool | None
Row: TypeAlias = Mapping[str, Cell]

AMOUNTS = ("pay", "deferrals", "match", "nonelective", "after_tax", "earnings")
NUMBERS = ("age", "wages", "days_waiting", "after_tax_cap")
FEATURES = (
    *("highly_paid", "takes_after_tax", "conversion", "withdrawal", "catch_up", "higher_catch_up"),
    *("roth", "automatic", "safe_harbor", "true_up"),
)
FACTS = (*AMOUNTS, *NUMBERS, *FEATURES)
OF_THE_PARTICIPANT = frozenset((*AMOUNTS, "age", "wages", "days_waiting", "highly_paid"))
CAP_STEP = 10_000  # 10^-8 in a hundredth of a percent
VARIETY = 2_000


def stated_name(fact: str) -> str:
    """The rule book's name of a fact."""
    return f"{'participant' if fact in OF_THE_PARTICIPANT else 'plan'}.{fact}"


def columns(number: int, seed: int) -> dict[str, list[Cell]]:
    """So many rows, column by column, as row engines take them."""
    random = Random(seed)
    return {fact: random.choices(_population(fact, random), k=number) for fact in FACTS}


def as_rows(table: Mapping[str, Sequence[Cell]], number: int) -> list[dict[str, Cell]]:
    """The first rows of a table, one by one."""
    names = tuple(table)
    return [dict(zip(names, cells, strict=True)) for cells in zip(*(table[name][:number] for name in names), strict=True)]


def as_frame(table: Mapping[str, Sequence[Cell]]) -> pl.DataFrame:
    """A table as columns of the rule book's facts."""
    import polars as pl

    frame = pl.DataFrame({name: pl.Series(table[name], dtype=pl.Boolean if name in FEATURES else pl.Int64) for name in FACTS})
    frame = frame.with_columns(pl.col("after_tax_cap") * CAP_STEP)
    return frame.rename({name: stated_name(name) for name in FACTS})


def _population(fact: str, random: Random) -> list[Cell]:
    """The values that a fact is drawn from, each as likely as it is often there."""
    match fact:
        case "age":
            known: list[Cell] = [*range(18, 76), *(49, 50, 59, 60, 61, 62, 63, 64) * 6]
            return _some_unknown(known, 1)
        case "days_waiting":
            return _some_unknown([*range(200), *(29, 30, 31, 89, 90, 91) * 10], 10)
        case "after_tax_cap":
            return _some_unknown([0, 0, 500, 1000, 1000, 1500, 2500, 10000, *random.choices(range(10001), k=8)], 10)
        case "wages":
            return _some_unknown(_money(random, 40_000, 260_000, (150_000,)), 5)
        case "pay":
            return _money(random, 5_000, 300_000, (72_000, 360_000)) + _money(random, 300_000, 900_000, ())
        case "deferrals":
            return _money(random, 0, 36_000, (24_500, 32_500, 35_750))
        case "match":
            return _money(random, 0, 22_000, (0, 21_600))
        case "nonelective":
            return [*_money(random, 0, 50_000, ()), *(0,) * VARIETY]
        case "after_tax":
            return [*_money(random, 0, 45_000, (0,)), *(0,) * VARIETY]
        case "earnings":
            return _money(random, 0, 5_000, (0,))
        case _:
            return _some_unknown([*[True] * 14, *[False] * 6], 15)


def _money(random: Random, low: int, high: int, edges: tuple[int, ...]) -> list[Cell]:
    """Cents between two amounts of dollars: a third any, a third whole hundreds of dollars, a third at the edges or a cent beside."""
    any_ = random.choices(range(low * 100, high * 100 + 1), k=VARIETY)
    whole = random.choices(range(low * 100, high * 100 + 1, 100_00), k=VARIETY)
    near = [max(edge * 100 + beside, 0) for edge in edges for beside in (-1, 0, 0, 1)]
    return [*any_, *whole, *(near * (VARIETY // len(near)) if near else ())]


def _some_unknown(known: list[Cell], percent: int) -> list[Cell]:
    """Values so repeated that about so many in a hundred are unknown."""
    return [*known * (100 - percent), *[None] * (percent * len(known))]
