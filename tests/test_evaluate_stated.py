"""What is stated, and what is not: absent facts, facts and parameters of a year, presumptions, and the reasons they leave."""

from __future__ import annotations

from datetime import date

import pytest

from planproof.proof import AskedStep, FactStep, ParameterStep
from planproof.values import Reason, State, Unknown, unknown_because
from small import Values, ask, causes, define, fact, value

YES, NO, OPEN = True, False, State.STATED_UNKNOWN
A, B = "participant.a", "participant.b"
TWO = fact(A, "yes/no") + fact(B, "yes/no")
MONEY = fact(A, "money or none", "between $0 and $1,000") + fact(B, "money", "between $0 and $1,000")

# ------------------------------------------------------------------ what is absent


@pytest.mark.parametrize("test", ["= $5", "!= $5", "< $5", "<= $5", "> $5", ">= $5", "in $0..$9", "= participant.b", "!= participant.b"])
def test_a_test_on_what_is_absent_is_no(test: str) -> None:
    """Stated as none or not applicable: every test is no, its negation yes, whatever the other side."""
    text = fact("participant.c", "yes/no") + fact(A, "money or none", "between $0 and $1,000", "applies when participant.c")
    text += (
        fact(B, "money", "between $0 and $1,000")
        + define("answer", "yes/no", f"{A} {test}")
        + define("negated", "yes/no", f"not {A} {test}")
    )
    for absent in ({"participant.c": YES, A: None}, {"participant.c": NO}, {"participant.c": NO, A: 500}):
        for other in (500, State.NOT_STATED):
            run = ask(text, {**absent, B: other})
            assert (run.step("answer").value, run.step("negated").value) == (False, True)


def test_an_absent_choice_is_none_of_its_options() -> None:
    """`is one of` is no, and so are both connectives over what is absent."""
    text = fact(B, "yes/no") + fact(A, "one of red, green", f"applies when {B}") + define("answer", "yes/no", f"{A} is one of (red, green)")
    assert value(text, {B: NO}) is False
    text = TWO + fact("participant.c", "yes/no", f"applies when {A}") + define("either", "yes/no", f"participant.c or {B}")
    text += define("both", "yes/no", f"participant.c and {B}") + define("lacks", "yes/no", "not participant.c")
    run = ask(text, {A: NO, B: YES})
    assert [run.step(name).value for name in ("either", "both", "lacks")] == [True, False, True]


def test_a_yes_or_no_that_rests_on_what_is_absent_is_no() -> None:
    """A definition of yes/no never has a third value."""
    text = TWO + fact("participant.c", "yes/no", f"applies when {A}") + define("answer", "yes/no", "participant.c")
    assert value(text, {A: NO}) is False


@pytest.mark.parametrize(
    "body", [f"{A} + $1", f"$1 - {A}", f"lesser of ({A}, $1)", f"{A} * 50%\n  rounded down to cents", f"{A}\n  but not less than $0"]
)
def test_arithmetic_on_what_is_absent_has_no_value(body: str) -> None:
    """The reason names the fact and says that it does not apply."""
    assert causes(value(MONEY + define("answer", "money", body), {A: None})) == {(A, State.NOT_APPLICABLE)}


def test_arithmetic_on_what_is_absent_tells_what_is_unknown_too() -> None:
    """Every reason, not only the first."""
    assert causes(value(MONEY + define("answer", "money", f"{A} + {B}"), {A: None})) == {(A, State.NOT_APPLICABLE), (B, State.NOT_STATED)}


def test_whether_a_fact_applies() -> None:
    """No: absent, whatever is stated. Unknown: unknown for both reasons unless stated."""
    text = fact(B, "yes/no") + fact(A, "money", "between $0 and $9", f"applies when {B}") + define("answer", "money", A)
    step = ask(text, {B: NO, A: 500}).step(A)
    assert isinstance(step, FactStep)
    assert (step.value, step.state, [found.name for found in step.inputs]) == (None, State.NOT_APPLICABLE, [B])
    assert causes(value(text)) == {(A, State.NOT_STATED), (B, State.NOT_STATED)}
    assert value(text, {B: YES, A: 500}) == 500


def test_what_applies_by_a_fact_that_does_not_apply() -> None:
    """The test on an absent fact is no, so what hangs on it does not apply either."""
    text = fact(A, "yes/no") + fact(B, "yes/no", f"applies when {A}") + fact("participant.c", "yes/no", f"applies when {B}")
    text += define("answer", "yes/no", "participant.c is none")
    assert value(text, {A: NO}) is True


# ------------------------------------------------------------------ years

KEY = fact("participant.day", "date") + define("tax_year", "year", "year_of(participant.day)")
BY_YEAR = KEY + fact("participant.pay", "money by tax_year", "between $0 and $900")
YEARS = (
    BY_YEAR
    + define("answer", "money", "participant.pay")
    + define("last", "money", "participant.pay for 2025")
    + define("before", "money", "participant.pay for (tax_year - 1)")
)
IN_2026 = {"participant.day": date(2026, 5, 1)}


def test_a_plain_value_answers_its_own_year_even_if_that_is_not_known() -> None:
    """And no other year."""
    assert value(YEARS, {"participant.pay": 7}) == 7
    run = ask(YEARS, {**IN_2026, "participant.pay": 7})
    assert run.step("answer").value == 7
    assert run.step("last").value == Unknown(frozenset({Reason("participant.pay", State.NOT_STATED, 2025)}))
    assert run.step("before").value == Unknown(frozenset({Reason("participant.pay", State.NOT_STATED, 2025)}))


def test_a_plain_value_answers_a_named_year_that_is_its_own() -> None:
    """`for 2025` is the fact's own year where that is 2025."""
    run = ask(YEARS, {"participant.day": date(2025, 1, 1), "participant.pay": 7})
    assert (run.step("answer").value, run.step("last").value) == (7, 7)


def test_values_of_years() -> None:
    """Each year answers for itself; a year that is not there is not stated."""
    stated: Values = {**IN_2026, ("participant.pay", 2025): 5, ("participant.pay", 2026): 6}
    run = ask(YEARS, stated)
    assert [run.step(name).value for name in ("answer", "last", "before")] == [6, 5, 5]
    later = ask(YEARS, {**stated, "participant.day": date(2028, 1, 1)})
    assert later.step("answer").value == Unknown(frozenset({Reason("participant.pay", State.NOT_STATED, 2028)}))


def test_values_of_years_where_the_year_is_not_known() -> None:
    """What is missing is the year, not the value; a named year still answers."""
    run = ask(YEARS, {("participant.pay", 2025): 5})
    assert causes(run.step("answer").value) == {("participant.day", State.NOT_STATED)}
    assert run.step("last").value == 5


def test_a_value_of_the_year_goes_before_a_plain_value() -> None:
    """The more particular statement."""
    assert value(YEARS, {**IN_2026, "participant.pay": 7, ("participant.pay", 2026): 6}) == 6


def test_reasons_of_one_fact_with_and_without_year_have_an_order() -> None:
    """What is not stated for a year and for an unknown year can stand in one report."""
    found = value(BY_YEAR + define("answer", "money", "participant.pay + participant.pay for 2025"))
    assert isinstance(found, Unknown)
    assert {reason.key for reason in sorted(found.reasons)} == {None, 2025}


LIMIT = 'parameter limit : money by tax_year\n  label "Limit"\n  cites Law\n  2024: not in force  cites Law\n  2025: $5  cites Notice\n'


def test_a_parameter_of_a_year() -> None:
    """Published, not in force, unpublished, and of an unknown year."""
    text = KEY + LIMIT + define("answer", "money", "limit") + define("fixed", "money", "limit for 2025")
    wanted: dict[int, int | State] = {
        2025: 500,
        2024: State.NOT_IN_FORCE,
        2026: State.PARAMETER_UNPUBLISHED,
        2023: State.PARAMETER_UNPUBLISHED,
    }
    for year, expected in wanted.items():
        run = ask(text, {"participant.day": date(year, 5, 1)})
        found = run.step("answer").value
        assert found == (unknown_because("limit", expected, key=year) if isinstance(expected, State) else expected)
        assert run.step("fixed").value == 500
    assert causes(value(text)) == {("participant.day", State.NOT_STATED)}


def test_two_unknown_years_have_their_own_reasons() -> None:
    """A parameter, and a fact, read for two years that are unknown for different reasons."""
    text = fact("participant.d", "date") + fact("participant.e", "date") + LIMIT + KEY
    text += fact("participant.pay", "money by tax_year", "between $0 and $9")
    for name in ("limit", "participant.pay"):
        book = text + "".join(define(f"of_{day}", "money", f"{name} for (year_of(participant.{day}))") for day in "de")
        run = ask(book, {("participant.pay", 2025): 5})
        assert [causes(run.step(f"of_{day}").value) for day in "de"] == [{(f"participant.{day}", State.NOT_STATED)} for day in "de"]


def test_a_constant_parameter_and_the_year_asked() -> None:
    """A constant has no year; a year that is not asked is not stated."""
    text = (
        'parameter age : count\n  label "Age"\n  cites Law\n  is 50\n'
        + define("answer", "count", "age")
        + define("now", "year", "asked.year")
    )
    run = ask(text)
    assert (run.step("answer").value, run.step("now").value) == (50, 2026)
    assert isinstance(run.step("age"), ParameterStep)
    assert isinstance(run.step("asked.year"), AskedStep)
    assert causes(ask(text, year=None).step("now").value) == {("asked.year", State.NOT_STATED)}


# ------------------------------------------------------------------ presumptions

PRESUMED = fact(B, "yes/no") + fact(A, "yes/no", f"applies when {B}", "presumed yes  cites Law") + define("answer", "yes/no", A)


def test_a_presumption_holds_on_silence_only() -> None:
    """Not where the document was asked in vain, where sources disagree, where groups differ, or where it says no."""
    silent = ask(PRESUMED, {B: YES}).step(A)
    assert isinstance(silent, FactStep)
    assert (silent.value, silent.state, silent.statement) == (True, State.PRESUMED, None)
    for state in (State.STATED_UNKNOWN, State.CONFLICTING, State.AMBIGUOUS, State.DIFFERS_BY_GROUP):
        assert causes(value(PRESUMED, {B: YES, A: state})) == {(A, state)}
    assert value(PRESUMED, {B: YES, A: NO}) is False


def test_a_presumption_about_what_does_not_apply() -> None:
    """Nothing is presumed of what does not apply, nor while it is unknown whether it applies."""
    assert causes(ask(PRESUMED + define("other", "yes/no", f"{A} is none")).step("other").value) == {(B, State.NOT_STATED)}
    step = ask(PRESUMED, {B: NO}).step(A)
    assert (step.value, isinstance(step, FactStep) and step.state) == (None, State.NOT_APPLICABLE)
    assert causes(value(PRESUMED)) == {(B, State.NOT_STATED)}


def test_no_presumption_where_a_value_of_the_unknown_year_may_be_stated() -> None:
    """A fact stated for some year is not silent about a year that is not known."""
    text = KEY + fact(A, "yes/no by tax_year", "presumed yes  cites Law") + define("answer", "yes/no", A)
    assert causes(value(text, {(A, 2025): NO})) == {("participant.day", State.NOT_STATED)}
    assert value(text) is True
    assert value(text, {(A, 2025): NO, "participant.day": date(2026, 1, 1)}) is True
