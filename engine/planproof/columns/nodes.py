"""Column operations as data: what a column is made of, over which rows, and what is known of its values.

A node is a column of integers or truths over a frame of rows; null is not known. `at` says which frame: the rows of
the lists it names, or with none the plans themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol, Self, TypeAlias, TypeVar

Payload: TypeAlias = int | bool | str | None
At: TypeAlias = frozenset[str]

PLANS: At = frozenset()
WIDE = 2**63 - 1
SAFE = 2**62 - 1  # of two such numbers the sum and the difference have 64 bits
EPOCH = date(1970, 1, 1).toordinal()


class Unsupported(Exception):
    """What columns cannot hold; the text says why."""


class Op(StrEnum):
    """The operations. Those on numbers are strict; `AND` and `OR` are Kleene's; `PICK` takes null as no."""

    CONSTANT = "constant"
    INPUT = "input"
    ADD = "add"
    SUBTRACT = "subtract"
    MULTIPLY = "multiply"
    FLOOR = "floor"
    EQUAL = "equal"
    LESS = "less"
    AT_MOST = "at_most"
    LESSER = "lesser"
    GREATER = "greater"
    AND = "and"
    OR = "or"
    NOT = "not"
    IS_NULL = "is_null"
    SURE = "sure"
    MAYBE = "maybe"
    PICK = "pick"
    YEAR = "year"
    MONTH = "month"
    MONTH_START = "month_start"
    TOO_WIDE = "too_wide"
    SPREAD = "spread"
    SUM = "sum"
    LOWEST = "lowest"
    HIGHEST = "highest"
    SUM_BEFORE = "sum_before"
    LOWEST_BEFORE = "lowest_before"
    HIGHEST_BEFORE = "highest_before"
    SUM_FROM_HIGHEST = "sum_from_highest"
    BITS = "bits"
    BITS_OF_ROWS = "bits_of_rows"
    SUM_TOO_WIDE = "sum_too_wide"
    # of steps only
    BYTES = "bytes"
    RESIZE = "resize"
    MASK = "mask"
    SOME = "some"
    SOME_BEFORE = "some_before"


SUMS = frozenset((Op.SUM, Op.SUM_BEFORE, Op.SUM_FROM_HIGHEST))
EXTREMES = frozenset((Op.LOWEST, Op.HIGHEST, Op.LOWEST_BEFORE, Op.HIGHEST_BEFORE))
OVER_ROWS = SUMS | EXTREMES | {Op.BITS_OF_ROWS, Op.SUM_TOO_WIDE, Op.SOME, Op.SOME_BEFORE}
UPWARD = frozenset((Op.SUM, Op.LOWEST, Op.HIGHEST, Op.BITS_OF_ROWS, Op.SUM_TOO_WIDE, Op.SOME))


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One column: how it is made, over which rows, and what is known of its values.

    `low` and `high` bound a number. `unknown`: it may be null. `truth`: it is a truth, and no number.
    """

    op: Op
    arguments: tuple[Node, ...]
    payload: Payload
    at: At
    low: int
    high: int
    truth: bool
    unknown: bool

    @property
    def constant(self) -> bool:
        """Whether it is the same in every row."""
        return self.op is Op.CONSTANT

    @property
    def null(self) -> bool:
        """Whether it is null in every row."""
        return self.op is Op.CONSTANT and self.payload is None

    @property
    def wide(self) -> bool:
        """Whether it may be larger than a column of whole numbers is to hold."""
        return max(abs(self.low), abs(self.high)) > SAFE


class Branched(Protocol):
    """What is made of others of its sort."""

    @property
    def arguments(self) -> tuple[Self, ...]:
        """What it is made of."""


Made = TypeVar("Made", bound=Branched)


def walk(roots: Iterable[Made]) -> Iterator[Made]:
    """Everything under the roots once, what is used before what uses it."""
    seen: set[Made] = set()
    stack: list[tuple[Made, bool]] = [(root, False) for root in reversed([*roots])]
    while stack:
        item, ready = stack.pop()
        if ready:
            yield item
        elif item not in seen:
            seen.add(item)
            stack.append((item, True))
            stack.extend((argument, False) for argument in reversed(item.arguments) if argument not in seen)


def first_of_month(month: int) -> int:
    """The first day of a month counted from January of year 1 as 0, in days since 1970."""
    return date(month // 12 + 1, month % 12 + 1, 1).toordinal() - EPOCH


def month_of(day: int) -> int:
    """The month of a day counted from 1970, counted from January of year 1 as 0."""
    found = date.fromordinal(day + EPOCH)
    return (found.year - 1) * 12 + found.month - 1


def year_of(day: int) -> int:
    """The year of a day counted from 1970."""
    return month_of(day) // 12 + 1


CALENDAR: Mapping[Op, Callable[[int], int]] = {Op.YEAR: year_of, Op.MONTH: month_of, Op.MONTH_START: first_of_month}
