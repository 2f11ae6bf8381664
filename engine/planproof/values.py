"""Values and exact arithmetic: no binary float anywhere.

Money is counted in cents, a rate of 15 % is 15/100, a number is exact. Within a definition these are integers or
`Fraction`s; what a definition yields is whole cents, or as many places as it states. An absent value (`none`) is
Python's `None`; what is not known is an `Unknown`, which says why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias, TypeVar, dataclass_transform

Exact: TypeAlias = int | Fraction
Made = TypeVar("Made")


@dataclass_transform(frozen_default=True)
def made_often(cls: type[Made]) -> type[Made]:
    """A slotted dataclass that is frozen to the type checker alone: what guards it at run time makes it slow to make."""
    return dataclass(slots=True, unsafe_hash=True)(cls)


@dataclass(frozen=True, slots=True)
class Duration:
    """A stretch of calendar time: months (years are twelve) and days."""

    months: int = 0
    days: int = 0


class State(StrEnum):
    """How a fact stands; also why a value is not known."""

    STATED = "stated"
    STATED_UNKNOWN = "stated_unknown"
    NOT_STATED = "not_stated"
    NOT_APPLICABLE = "not_applicable"
    CONFLICTING = "conflicting"
    AMBIGUOUS = "ambiguous"
    DIFFERS_BY_GROUP = "differs_by_group"
    PRESUMED = "presumed"
    PARAMETER_UNPUBLISHED = "parameter_unpublished"
    NOT_IN_FORCE = "not_in_force"
    PROVISIONS_CONFLICT = "provisions_conflict"
    DIVISION_BY_ZERO = "division_by_zero"
    NO_ROWS = "no_rows"
    OUT_OF_RANGE = "out_of_range"


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause of not knowing: a fact (with year and row where it has them), a parameter, or a provision."""

    name: str
    state: State
    key: int | None = None
    row: int | None = None
    detail: str = ""

    def __lt__(self, other: Reason) -> bool:
        """Order of a list of reasons: by name, a reason without year first."""
        return self._rank < other._rank

    @property
    def _rank(self) -> tuple[str, int, int, str, str]:
        return self.name, self.key or 0, self.row or 0, self.detail, self.state


@made_often
class Unknown:
    """A value that is not known, with every cause. `error`: no answer to any question would make it known."""

    reasons: frozenset[Reason]
    error: bool = False


Value: TypeAlias = Exact | date | Duration | str | bool | None
Result: TypeAlias = Value | Unknown


def unknown_because(name: str, state: State, *, key: int | None = None, row: int | None = None, error: bool = False) -> Unknown:
    """An unknown with one cause; `row` is counted from 1."""
    return Unknown(frozenset((Reason(name, state, key, row),)), error)


def outside(value: Value, low: Value, high: Value) -> bool:
    """Whether a value is beyond the ends of a range; an absent value is not, and an absent end bounds nothing."""
    if value is None:
        return False
    return (low is not None and value < low) or (high is not None and value > high)  # type: ignore[operator]


def normal(value: Exact) -> Exact:
    """The same value, as an integer where it is whole."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


# ------------------------------------------------------------------ reading and writing

_MONEY = re.compile(r"\$?(0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*)(?:\.(\d\d))?")
_DECIMAL = re.compile(r"(?:0|[1-9]\d*)(?:\.\d+)?")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")


def parse_money(text: str) -> int | None:
    """Whole cents of `5000`, `5000.50` or `$5,000.50`; nothing for any other text."""
    match = _MONEY.fullmatch(text) if text.isascii() else None
    return int(match[1].replace(",", "")) * 100 + int(match[2] or 0) if match else None


def parse_number(text: str) -> Exact | None:
    """The exact value of a plain decimal; nothing for any other text."""
    return normal(Fraction(text)) if text.isascii() and _DECIMAL.fullmatch(text) else None


def parse_rate(text: str) -> Exact | None:
    """The exact value of `7.5%`; nothing for any other text."""
    number = parse_number(text[:-1]) if text.endswith("%") else None
    return None if number is None else normal(Fraction(number) / 100)


def parse_date(text: str) -> date | None:
    """The date of `2026-07-01`; nothing for any other text."""
    match = _DATE.fullmatch(text) if text.isascii() else None
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def duration(number: int, unit: str) -> Duration:
    """The duration of so many `years`, `months` or `days`."""
    match unit.rstrip("s"):
        case "year":
            return Duration(months=12 * number)
        case "month":
            return Duration(months=number)
        case _:
            return Duration(days=number)


def decimal_text(value: Exact, places: int = 0) -> str:
    """An exact decimal with at least so many places, or `a/b` where no decimal is exact."""
    fraction = Fraction(value)
    denominator, digits = fraction.denominator, 0
    while denominator % 10 == 0:
        denominator //= 10
        digits += 1
    for factor in (2, 5):
        while denominator % factor == 0:
            denominator //= factor
            digits += 1
    if denominator != 1:
        return f"{fraction.numerator}/{fraction.denominator}"
    digits = max(digits, places)
    scaled = abs(fraction.numerator * 10**digits // fraction.denominator)
    whole, part = divmod(scaled, 10**digits)
    sign = "-" if fraction < 0 else ""
    return f"{sign}{whole}" + (f".{part:0{digits}d}" if digits else "")


def money_text(cents: Exact) -> str:
    """Cents as `$5,000` or `$5,000.50`; exact where they are no whole cents."""
    text = decimal_text(Fraction(cents) / 100, 2)
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text)
    if "/" in text:
        return f"{sign}${text}"
    whole, part = text.split(".")
    return f"{sign}${int(whole):,}" + (f".{part}" if part.strip("0") else "")
