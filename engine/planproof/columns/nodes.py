"""Column operations as data: what a column is made of, over which rows, and what is known of its values.

A node is a column of integers or truths over a frame of rows; null is not known. `at` says which frame: the rows of
the lists it names, or with none the plans themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

Payload: TypeAlias = int | bool | str | None
At: TypeAlias = frozenset[str]

PLANS: At = frozenset()
WIDEST = 2**127 - 1
WIDE = 2**63 - 1
NARROW = 2**31 - 1
TINY = 127
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


OVER_ROWS = frozenset(
    (Op.BITS_OF_ROWS, Op.SUM, Op.LOWEST, Op.HIGHEST, Op.SUM_BEFORE, Op.LOWEST_BEFORE, Op.HIGHEST_BEFORE, Op.SUM_FROM_HIGHEST)
)


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One column: how it is made, over which rows, and what is known of its values.

    `low` and `high` bound a number; `bits` is how wide its column is, 1 for a truth. `unknown`: it may be null.
    """

    op: Op
    arguments: tuple[Node, ...]
    payload: Payload
    at: At
    low: int
    high: int
    bits: int
    unknown: bool

    @property
    def truth(self) -> bool:
        """Whether it is a truth, and no number."""
        return self.bits == 1

    @property
    def constant(self) -> bool:
        """Whether it is the same in every row."""
        return self.op is Op.CONSTANT

    @property
    def null(self) -> bool:
        """Whether it is null in every row."""
        return self.op is Op.CONSTANT and self.payload is None


def bits_of(low: int, high: int) -> int:
    """How wide a column of numbers in a range must be."""
    size = max(abs(low), abs(high))
    return 8 if size <= TINY else 32 if size <= NARROW else 64 if size <= WIDE else 128


def first_of_month(month: int) -> int:
    """The first day of a month counted from January of year 1 as 0, in days since 1970."""
    return date(month // 12 + 1, month % 12 + 1, 1).toordinal() - EPOCH


def month_of(day: int) -> int:
    """The month of a day counted from 1970, counted from January of year 1 as 0."""
    found = date.fromordinal(day + EPOCH)
    return (found.year - 1) * 12 + found.month - 1
