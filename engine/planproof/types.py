"""Types with units: what a value of the rule language may be, and how a value of each is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import assert_never

from planproof.values import Duration, Exact, Unknown, Value, decimal_text, money_text


class Kind(StrEnum):
    """The units; the value is the word in the language."""

    TRUTH = "yes/no"
    MONEY = "money"
    RATE = "rate"
    NUMBER = "number"
    COUNT = "count"
    DATE = "date"
    YEAR = "year"
    DURATION = "duration"
    CHOICE = "choice"
    NONE = "none"


NUMERIC = frozenset((Kind.MONEY, Kind.RATE, Kind.NUMBER, Kind.COUNT))
NAMED_KINDS = {kind.value: kind for kind in Kind if kind not in (Kind.TRUTH, Kind.CHOICE, Kind.NONE)}


@dataclass(frozen=True, slots=True)
class Type:
    """A kind, for a choice its options in written order, and whether `none` is among its values."""

    kind: Kind
    options: tuple[str, ...] = ()
    optional: bool = False

    def __str__(self) -> str:
        text = "one of " + ", ".join(self.options) if self.kind is Kind.CHOICE else self.kind.value
        return text + (" or none" if self.optional else "")


TRUTH, MONEY, RATE, NUMBER = (Type(kind) for kind in (Kind.TRUTH, Kind.MONEY, Kind.RATE, Kind.NUMBER))
COUNT, DATE, YEAR, DURATION, NONE = (Type(kind) for kind in (Kind.COUNT, Kind.DATE, Kind.YEAR, Kind.DURATION, Kind.NONE))


def shown(value: Value | Unknown, kind: Kind) -> str:
    """A value as people write it: `$5,000`, `7.5%`, `yes`, `2026-07-01`."""
    if isinstance(value, Unknown):
        return "unknown"
    if value is None:
        return "none"
    match kind:
        case Kind.TRUTH:
            return "yes" if value else "no"
        case Kind.MONEY:
            return money_text(_exact(value))
        case Kind.RATE:
            return decimal_text(_exact(value) * 100) + "%"
        case Kind.NUMBER | Kind.COUNT:
            return decimal_text(_exact(value))
        case Kind.DATE | Kind.YEAR | Kind.CHOICE | Kind.NONE:
            return str(value)
        case Kind.DURATION:
            return _duration_text(value)
        case _:
            assert_never(kind)


def encoded(value: Value | Unknown, kind: Kind) -> str | None:
    """A value as JSON carries it: exact text (money in dollars, a rate as a decimal); nothing if unknown."""
    if isinstance(value, Unknown):
        return None
    if value is not None and kind is Kind.MONEY:
        return decimal_text(Fraction(_exact(value), 100), 2)
    if value is not None and kind is Kind.RATE:
        return decimal_text(_exact(value))
    return shown(value, kind)


def _exact(value: Value) -> Exact:
    assert not isinstance(value, str | date | Duration | None), "a numeric kind holds an exact number"
    return value


def _duration_text(value: Value) -> str:
    assert isinstance(value, Duration), "a duration kind holds a duration"
    parts = [f"{number} {unit}" for number, unit in ((value.months, "months"), (value.days, "days")) if number]
    return " ".join(parts) or "0 days"
