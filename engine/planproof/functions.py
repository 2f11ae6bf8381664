"""The one table of built-in functions: name, signatures, meaning, and the function itself.

Every built-in is strict: the evaluator applies it to known values only. A signature says what kinds go in, what
kind comes out, and whether the result can be a fraction of its unit, in which case a definition must round it.
"""

from __future__ import annotations

import operator
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from planproof.types import Kind
from planproof.values import Duration, Exact, State, Unknown, Value, normal, unknown_because

T, M, R, N, C = Kind.TRUTH, Kind.MONEY, Kind.RATE, Kind.NUMBER, Kind.COUNT
D, Y, L = Kind.DATE, Kind.YEAR, Kind.DURATION


@dataclass(frozen=True, slots=True)
class Signature:
    """The kinds of the arguments, the kind of the result, and whether it can be a fraction of its unit."""

    parameters: tuple[Kind, ...]
    result: Kind
    fraction: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A built-in: how it is written, what it takes, what it means, and what computes it."""

    name: str
    written: str
    signatures: tuple[Signature, ...]
    apply: Callable[..., Value | Unknown]
    meaning: str
    named: bool = False


def rounded(value: Exact, step: Exact, direction: str) -> Exact:
    """The multiple of `step` nearest (`half up`), not above (`down`) or not below (`up`) the value.

    `half up` sends a half away from zero, as rounding in dollars and cents is done; `up` and `down` are towards
    plus and minus infinity.
    """
    quotient = Fraction(value) / step
    if direction == "down":
        whole = quotient.numerator // quotient.denominator
    elif direction == "up":
        whole = -(-quotient.numerator // quotient.denominator)
    else:
        doubled = abs(quotient) * 2 + 1
        whole = int(doubled // 2) * (1 if quotient >= 0 else -1)
    return normal(Fraction(whole) * step)


def plus_duration(start: date, span: Duration) -> date | None:
    """The date so many months and days later, at the month's last day where the day is missing there.

    Nothing where the result is beyond the calendar (years 1 to 9999).
    """
    months = start.year * 12 + start.month - 1 + span.months
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        return None
    day = min(start.day, monthrange(year, month + 1)[1])
    try:
        return date(year, month + 1, day) + timedelta(days=span.days)
    except OverflowError:
        return None


def _divide(left: Any, right: Any) -> Value | Unknown:
    if right == 0:
        return unknown_because("/", State.DIVISION_BY_ZERO, error=True)
    return normal(Fraction(left) / right)


def _multiply(left: Any, right: Any) -> Value:
    if isinstance(right, Duration):
        return Duration(left * right.months, left * right.days)
    return normal(left * right)


def _moved(day: date, span: Duration, sign: str) -> Value | Unknown:
    moved = plus_duration(day, span)
    return unknown_because(sign, State.OUT_OF_RANGE, error=True) if moved is None else moved


def _add(left: Any, right: Any) -> Value | Unknown:
    if isinstance(left, date):
        return _moved(left, right, "+")
    if isinstance(left, Duration):
        return Duration(left.months + right.months, left.days + right.days)
    return normal(left + right)


def _subtract(left: Any, right: Any) -> Value | Unknown:
    if isinstance(left, date):
        return _moved(left, Duration(-right.months, -right.days), "-")
    if isinstance(left, Duration):
        return Duration(left.months - right.months, left.days - right.days)
    return normal(left - right)


def _start_of_year(year: int) -> Value | Unknown:
    if not 1 <= year <= 9999:
        return unknown_because("start_of_year", State.OUT_OF_RANGE, error=True)
    return date(year, 1, 1)


def _each(kinds: tuple[Kind, ...], fraction: bool = False) -> tuple[Signature, ...]:
    return tuple(Signature((kind, kind), kind, fraction) for kind in kinds)


_SAME = tuple(Signature((kind, kind), T) for kind in Kind if kind is not Kind.DURATION and kind is not Kind.NONE)
_ORDER = tuple(Signature((kind, kind), T) for kind in (M, R, N, C, D, Y))
_EXTREME = _each((M, R, N, C, D, Y))

_TABLE = (
    Function(
        "add",
        "a + b",
        (*_each((M, R, N, C, L)), Signature((Y, C), Y), Signature((D, L), D)),
        _add,
        "the sum; a date and a duration give a date",
    ),
    Function(
        "subtract",
        "a - b",
        (*_each((M, R, N, C, L)), Signature((Y, C), Y), Signature((Y, Y), C), Signature((D, L), D)),
        _subtract,
        "the difference",
    ),
    Function(
        "multiply",
        "a * b",
        (
            Signature((M, R), M, True),
            Signature((R, M), M, True),
            Signature((M, N), M, True),
            Signature((N, M), M, True),
            Signature((M, C), M),
            Signature((C, M), M),
            Signature((R, R), R),
            Signature((R, N), R),
            Signature((N, R), R),
            Signature((R, C), R),
            Signature((C, R), R),
            Signature((N, N), N),
            Signature((C, C), C),
            Signature((C, L), L),
        ),
        _multiply,
        "the product",
    ),
    Function(
        "divide",
        "a / b",
        (
            Signature((M, M), R, True),
            Signature((M, C), M, True),
            Signature((M, N), M, True),
            Signature((M, R), M, True),
            Signature((R, R), N, True),
            Signature((R, C), R, True),
            Signature((R, N), R, True),
            Signature((N, N), N, True),
            Signature((C, C), N, True),
        ),
        _divide,
        "the exact quotient; division by zero is an error",
    ),
    Function("negate", "- a", tuple(Signature((kind,), kind) for kind in (M, R, N, C)), operator.neg, "the negative"),
    Function("equal", "a = b", _SAME, operator.eq, "whether they are the same"),
    Function("unequal", "a != b", _SAME, operator.ne, "whether they differ"),
    Function("less", "a < b", _ORDER, operator.lt, "whether the first is smaller"),
    Function("at_most", "a <= b", _ORDER, operator.le, "whether the first is not larger"),
    Function("greater", "a > b", _ORDER, operator.gt, "whether the first is larger"),
    Function("at_least", "a >= b", _ORDER, operator.ge, "whether the first is not smaller"),
    Function("lesser_of", "lesser of (a, b, ...)", _EXTREME, min, "the smallest of two or more"),
    Function("greater_of", "greater of (a, b, ...)", _EXTREME, max, "the largest of two or more"),
    Function(
        "round_half_up",
        "rounded half up to s",
        _each((M, R, N)),
        lambda value, step: rounded(value, step, "half up"),
        "the nearest multiple of s, a half away from zero",
    ),
    Function(
        "round_down",
        "rounded down to s",
        _each((M, R, N)),
        lambda value, step: rounded(value, step, "down"),
        "the nearest multiple of s that is not larger",
    ),
    Function(
        "round_up",
        "rounded up to s",
        _each((M, R, N)),
        lambda value, step: rounded(value, step, "up"),
        "the nearest multiple of s that is not smaller",
    ),
    Function("year_of", "year_of(date)", (Signature((D,), Y),), lambda day: day.year, "the calendar year of a date", named=True),
    Function("start_of_year", "start_of_year(year)", (Signature((Y,), D),), _start_of_year, "1 January of a year", named=True),
)

FUNCTIONS: Mapping[str, Function] = {function.name: function for function in _TABLE}
NAMED_FUNCTIONS: Mapping[str, Function] = {function.name: function for function in _TABLE if function.named}
TESTS = frozenset(("equal", "unequal", "less", "at_most", "greater", "at_least"))
VARIADIC = frozenset(("lesser_of", "greater_of"))
