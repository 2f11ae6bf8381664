"""Exact arithmetic, and reading, writing and rounding of values."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planproof.functions import plus_duration, rounded
from planproof.types import Kind, encoded, shown
from planproof.values import (
    Duration,
    Exact,
    State,
    Value,
    decimal_text,
    money_text,
    normal,
    parse_date,
    parse_money,
    parse_number,
    parse_rate,
    unknown_because,
)

SETTINGS = settings(max_examples=200, deadline=None, derandomize=True)
FRACTIONS = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**6)
STEPS = st.sampled_from([1, 5, 100, Fraction(1, 100), Fraction(1, 10000), Fraction(1, 3)])

# ------------------------------------------------------------------ reading


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("0", 0),
        ("$0", 0),
        ("0.01", 1),
        ("$0.99", 99),
        ("5000", 500_000),
        ("5000.50", 500_050),
        ("$5,000.50", 500_050),
        ("5,000", 500_000),
        ("$1,234,567.89", 123_456_789),
        ("$100000000", 10_000_000_000),
        ("1234567", 123_456_700),
    ],
)
def test_money_is_read_as_whole_cents(text: str, cents: int) -> None:
    """Dollars with or without sign, thousands separators and cents."""
    assert parse_money(text) == cents


@pytest.mark.parametrize(
    "text",
    [
        "",
        "$",
        "-5",
        "+5",
        " 5",
        "5 ",
        "5\n",
        "5.",
        ".5",
        "5.5",
        "5.555",
        "05",
        "00",
        "5,00",
        "50,000,00",
        "5000,000",
        ",500",
        "1e3",
        "5$",
        "$ 5",
        "USD 5",
        "\u0665",
        "\uff15",
        "5_000",
        "1,234.5",
        "nan",
        "inf",
    ],
)
def test_what_is_no_money(text: str) -> None:
    """Half a cent, a misplaced comma, a sign, a foreign digit: nothing is guessed."""
    assert parse_money(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0%", 0),
        ("100%", 1),
        ("250%", Fraction(5, 2)),
        ("7.5%", Fraction(3, 40)),
        ("0.01%", Fraction(1, 10_000)),
        ("33.333333%", Fraction(33_333_333, 10**8)),
    ],
)
def test_a_rate_is_read_exactly(text: str, value: Exact) -> None:
    """A percentage is its hundredth, never a binary fraction."""
    assert parse_rate(text) == value


@pytest.mark.parametrize("text", ["", "%", "7.5", "7,5%", "-1%", ".5%", "5.%", "5 %", "5%%", "07%", "1e2%", "\u0665%"])
def test_what_is_no_rate(text: str) -> None:
    """A rate has its percent sign and plain digits."""
    assert parse_rate(text) is None


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("59.5", Fraction(119, 2)), ("0.1", Fraction(1, 10)), ("12", 12), ("2.00", 2)])
def test_a_number_is_read_exactly(text: str, value: Exact) -> None:
    """A decimal is its exact fraction, and an integer where it is whole."""
    found = parse_number(text)
    assert found == value
    assert isinstance(found, int) == isinstance(value, int)


@pytest.mark.parametrize("text", ["", "1/3", "-1", "1e5", "1.", ".1", "0x1", "\u0663", "1_0", "Infinity", "01"])
def test_what_is_no_number(text: str) -> None:
    """Only plain decimals are numbers."""
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-07-01", date(2026, 7, 1)),
        ("2024-02-29", date(2024, 2, 29)),
        ("0001-01-01", date(1, 1, 1)),
        ("9999-12-31", date(9999, 12, 31)),
        ("2025-02-29", None),
        ("2026-13-01", None),
        ("2026-00-10", None),
        ("2026-04-31", None),
        ("0000-01-01", None),
        ("2026-7-1", None),
        ("2026/07/01", None),
        ("20260701", None),
        ("26-07-01", None),
        ("2026-07-01T00:00", None),
        ("\u0662\u0660\u0662\u0666-07-01", None),
        ("", None),
    ],
)
def test_a_date_is_a_day_of_the_calendar(text: str, value: date | None) -> None:
    """Year-month-day, and only days that exist."""
    assert parse_date(text) == value


# ------------------------------------------------------------------ writing


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (0, "$0"),
        (1, "$0.01"),
        (10, "$0.10"),
        (100, "$1"),
        (500_000, "$5,000"),
        (500_050, "$5,000.50"),
        (100_000_000, "$1,000,000"),
        (99_999, "$999.99"),
        (-1, "-$0.01"),
        (-500_050, "-$5,000.50"),
        (-100_000, "-$1,000"),
        (Fraction(1, 2), "$0.005"),
        (Fraction(-25, 2), "-$0.125"),
    ],
)
def test_money_is_written_exactly(cents: Exact, text: str) -> None:
    """Thousands are parted, cents stand where there are any, the sign is in front."""
    assert money_text(cents) == text


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (0, 0, "0"),
        (12, 0, "12"),
        (12, 2, "12.00"),
        (Fraction(1, 2), 0, "0.5"),
        (Fraction(1, 2), 2, "0.50"),
        (Fraction(-1, 8), 0, "-0.125"),
        (Fraction(1, 1000), 0, "0.001"),
        (Fraction(1, 50), 0, "0.02"),
        (Fraction(1, 1024), 0, "0.0009765625"),
        (Fraction(7, 3), 0, "7/3"),
        (Fraction(-7, 3), 2, "-7/3"),
        (10**20, 0, "100000000000000000000"),
    ],
)
def test_a_decimal_is_exact_or_a_fraction(value: Exact, places: int, text: str) -> None:
    """No digit is lost and none invented; what has no decimal is written as a fraction."""
    assert decimal_text(value, places) == text


@pytest.mark.parametrize(
    ("value", "kind", "text", "json"),
    [
        (True, Kind.TRUTH, "yes", "yes"),
        (False, Kind.TRUTH, "no", "no"),
        (None, Kind.MONEY, "none", "none"),
        (None, Kind.TRUTH, "none", "none"),
        (500_050, Kind.MONEY, "$5,000.50", "5000.50"),
        (500_000, Kind.MONEY, "$5,000", "5000.00"),
        (-1, Kind.MONEY, "-$0.01", "-0.01"),
        (Fraction(3, 40), Kind.RATE, "7.5%", "0.075"),
        (1, Kind.RATE, "100%", "1"),
        (Fraction(119, 2), Kind.NUMBER, "59.5", "59.5"),
        (12, Kind.COUNT, "12", "12"),
        (date(2026, 7, 1), Kind.DATE, "2026-07-01", "2026-07-01"),
        (2026, Kind.YEAR, "2026", "2026"),
        ("annually", Kind.CHOICE, "annually", "annually"),
        (Duration(30, 2), Kind.DURATION, "30 months 2 days", "30 months 2 days"),
        (Duration(), Kind.DURATION, "0 days", "0 days"),
    ],
)
def test_a_value_is_shown_and_encoded_by_its_kind(value: Value, kind: Kind, text: str, json: str) -> None:
    """For people as they write it, for programs as exact text."""
    assert (shown(value, kind), encoded(value, kind)) == (text, json)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_unknown_is_shown_as_a_word_and_encoded_as_nothing(kind: Kind) -> None:
    """Whatever its kind."""
    missing = unknown_because("plan.x", State.NOT_STATED)
    assert (shown(missing, kind), encoded(missing, kind)) == ("unknown", None)


@SETTINGS
@given(st.integers(0, 10**13))
def test_money_written_is_read_back(cents: int) -> None:
    """Writing and reading are inverse."""
    assert parse_money(money_text(cents)) == cents


@SETTINGS
@given(st.integers(0, 10**9), st.integers(0, 6))
def test_a_decimal_written_is_read_back(digits: int, places: int) -> None:
    """Writing and reading are inverse for every decimal, as a number and as a rate."""
    value = normal(Fraction(digits, 10**places))
    assert parse_number(decimal_text(value)) == value
    assert parse_rate(shown(value, Kind.RATE)) == value


# ------------------------------------------------------------------ rounding


@pytest.mark.parametrize(
    ("value", "half_up", "down", "up"),
    [
        (Fraction(24, 10), 2, 2, 3),
        (Fraction(25, 10), 3, 2, 3),
        (Fraction(26, 10), 3, 2, 3),
        (3, 3, 3, 3),
        (Fraction(35, 10), 4, 3, 4),
        (Fraction(-24, 10), -2, -3, -2),
        (Fraction(-25, 10), -3, -3, -2),
        (Fraction(-26, 10), -3, -3, -2),
        (-3, -3, -3, -3),
        (Fraction(1, 2), 1, 0, 1),
        (Fraction(-1, 2), -1, -1, 0),
        (Fraction(1, 10**9), 0, 0, 1),
        (Fraction(-1, 10**9), 0, -1, 0),
        (0, 0, 0, 0),
        (Fraction(5, 3), 2, 1, 2),
        (Fraction(4, 3), 1, 1, 2),
        (Fraction(4_999_999_999, 10**10), 0, 0, 1),
    ],
)
def test_rounding_to_whole_cents(value: Exact, half_up: int, down: int, up: int) -> None:
    """A half goes away from zero; down and up go towards minus and plus infinity."""
    assert tuple(rounded(value, 1, direction) for direction in ("half up", "down", "up")) == (half_up, down, up)


@pytest.mark.parametrize(
    ("value", "step", "direction", "result"),
    [
        (12_345, 100, "half up", 12_300),
        (12_350, 100, "half up", 12_400),
        (-12_350, 100, "half up", -12_400),
        (12_399, 500, "down", 12_000),
        (12_001, 500, "up", 12_500),
        (Fraction(12_345, 10**6), Fraction(1, 10_000), "half up", Fraction(123, 10_000)),
        (Fraction(12_350, 10**6), Fraction(1, 10_000), "half up", Fraction(124, 10_000)),
        (Fraction(2, 3), Fraction(1, 100), "down", Fraction(66, 100)),
        (Fraction(2, 3), Fraction(1, 100), "up", Fraction(67, 100)),
        (Fraction(199, 2), 50, "half up", 100),
    ],
)
def test_rounding_to_a_step(value: Exact, step: Exact, direction: str, result: Exact) -> None:
    """To dollars, to five dollars, to hundredths of a percent."""
    assert rounded(value, step, direction) == result


@SETTINGS
@given(FRACTIONS, STEPS)
def test_rounding_is_to_a_near_multiple(value: Fraction, step: Exact) -> None:
    """Every direction gives a multiple of the step less than one step away, on its own side."""
    half_up, down, up = (Fraction(rounded(value, step, direction)) for direction in ("half up", "down", "up"))
    assert all((result / step).denominator == 1 for result in (half_up, down, up))
    assert 0 <= value - down < step
    assert 0 <= up - value < step
    assert abs(half_up - value) * 2 <= step


@SETTINGS
@given(FRACTIONS, STEPS)
def test_rounding_half_up_mirrors_and_repeats(value: Fraction, step: Exact) -> None:
    """The negative rounds to the negative, and what is rounded stays."""
    once = rounded(value, step, "half up")
    assert rounded(-value, step, "half up") == -once
    assert {rounded(once, step, direction) for direction in ("half up", "down", "up")} == {once}


@SETTINGS
@given(FRACTIONS)
def test_the_normal_form_is_the_same_value(value: Fraction) -> None:
    """Whole fractions become integers and nothing else changes."""
    found = normal(value)
    assert found == value
    assert isinstance(found, int) == (value.denominator == 1)


# ------------------------------------------------------------------ the calendar


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        (date(2026, 1, 31), Duration(months=1), date(2026, 2, 28)),
        (date(2024, 1, 31), Duration(months=1), date(2024, 2, 29)),
        (date(2024, 2, 29), Duration(months=12), date(2025, 2, 28)),
        (date(2025, 12, 31), Duration(months=2, days=15), date(2026, 3, 15)),
        (date(2026, 3, 31), Duration(months=-1), date(2026, 2, 28)),
        (date(2026, 1, 15), Duration(months=-13), date(2024, 12, 15)),
        (date(2026, 3, 1), Duration(days=-1), date(2026, 2, 28)),
        (date(2026, 1, 1), Duration(), date(2026, 1, 1)),
        (date(9999, 12, 1), Duration(months=1), None),
        (date(9999, 12, 31), Duration(days=1), None),
        (date(1, 1, 1), Duration(months=-1), None),
        (date(1, 1, 1), Duration(days=-1), None),
        (date(2026, 1, 1), Duration(months=10**6), None),
        (date(2026, 1, 1), Duration(days=10**10), None),
    ],
)
def test_a_date_and_a_duration(start: date, span: Duration, end: date | None) -> None:
    """Months first, at the month's last day where the day is missing; nothing beyond the calendar."""
    assert plus_duration(start, span) == end
