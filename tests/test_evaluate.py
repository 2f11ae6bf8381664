"""The reference evaluator: logic with the unknown, strictness, what is absent, years, presumptions, reasons, steps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

import pytest

from planproof import core as c
from planproof.functions import FUNCTIONS
from planproof.plan import Asked
from planproof.proof import AskedStep, DefinitionStep, FactStep, GivenStep, ParameterStep
from planproof.values import Reason, State, Unknown, unknown_because
from small import Said, Values, ask, causes, define, evaluator, except_, fact, facts, listed, value

YES, NO, OPEN = True, False, State.STATED_UNKNOWN
A, B = "participant.a", "participant.b"
TWO = fact(A, "yes/no") + fact(B, "yes/no")
MONEY = fact(A, "money or none", "between $0 and $1,000") + fact(B, "money", "between $0 and $1,000")

# ------------------------------------------------------------------ Kleene

LOGIC = (
    TWO
    + define("both", "yes/no", f"{A} and {B}")
    + define("either", "yes/no", f"{A} or {B}")
    + define("neither", "yes/no", f"not ({A} or {B})")
)


def shape(result: object) -> object:
    """A value, or the mark of the unknown."""
    return OPEN if isinstance(result, Unknown) else result


@pytest.mark.parametrize(
    ("first", "second", "both", "either"),
    [
        (YES, YES, YES, YES),
        (YES, NO, NO, YES),
        (YES, OPEN, OPEN, YES),
        (NO, YES, NO, YES),
        (NO, NO, NO, NO),
        (NO, OPEN, NO, OPEN),
        (OPEN, YES, OPEN, YES),
        (OPEN, NO, NO, OPEN),
        (OPEN, OPEN, OPEN, OPEN),
    ],
)
def test_and_or_not(first: Said, second: Said, both: Said, either: Said) -> None:
    """The nine rows of Kleene's tables; `not` turns yes and no about and leaves the unknown."""
    run = ask(LOGIC, {A: first, B: second})
    assert [shape(run.step(name).value) for name in ("both", "either")] == [both, either]
    assert shape(run.step("neither").value) == (OPEN if either is OPEN else not either)


def test_an_undecided_connective_carries_every_reason_and_no_other() -> None:
    """What is known gives no reason; what decides needs none."""
    run = ask(LOGIC, {A: OPEN})
    assert causes(run.step("both").value) == {(A, State.STATED_UNKNOWN), (B, State.NOT_STATED)}
    assert causes(ask(LOGIC, {A: YES}).step("both").value) == {(B, State.NOT_STATED)}


def test_an_error_that_an_answer_could_make_irrelevant_is_no_error() -> None:
    """`x and 1/0` is no once x is no, so only where x is yes is it an error."""
    text = TWO + define("answer", "yes/no", f"{A} and 1 / 0 > 2.5")
    for given, error in ((State.NOT_STATED, False), (YES, True)):
        found = value(text, {A: given})
        assert isinstance(found, Unknown)
        assert found.error is error
    assert value(text, {A: NO}) is False


# ------------------------------------------------------------------ strictness

KINDS = {
    "money": ("m", "between $0 and $1,000"),
    "rate": ("r", "between 0% and 100%"),
    "number": ("n", "between 0 and 100"),
    "count": ("k", "between 0 and 100"),
    "date": ("d",),
    "year": ("y", "between 1900 and 2100"),
    "one of red, green": ("c",),
    "yes/no": ("t",),
}
FACTS = "".join(fact(f"participant.{clauses[0]}", kind, *clauses[1:]) for kind, clauses in KINDS.items())
STRICT = [
    ("money", "participant.m + $1"),
    ("money", "$9 - participant.m"),
    ("money", "participant.m * 0%\n  rounded down to cents"),
    ("rate", "participant.m / $3\n  rounded up to 1%"),
    ("money", "- participant.m"),
    ("yes/no", "participant.c = red"),
    ("yes/no", "participant.c != red"),
    ("yes/no", "participant.m < $0"),
    ("yes/no", "participant.k <= 3"),
    ("yes/no", "participant.n > 2.5"),
    ("yes/no", "2026-01-01 >= participant.d"),
    ("money", "lesser of ($0, participant.m)"),
    ("rate", "greater of (100%, participant.r)"),
    ("money", "participant.m * 50%\n  rounded half up to cents"),
    ("year", "year_of(participant.d)"),
    ("date", "start_of_year(participant.y)"),
    ("date", "participant.d + 2 months"),
    ("yes/no", "participant.k in 1..3"),
    ("yes/no", "participant.c is one of (red, green)"),
    ("yes/no", "participant.m is none"),
    ("money", "participant.m\n  but not more than $0"),
    ("money", "$0\n  but not less than participant.m"),
    ("yes/no", "participant.t = yes"),
    ("money", "participant.m * 0"),
]
FORMS = FACTS + "".join(define(f"form_{number}", kind, body) for number, (kind, body) in enumerate(STRICT))


def applied(node: c.Expression) -> Iterator[str]:
    """The built-ins in an expression of connectives and built-ins."""
    if isinstance(node, c.Apply):
        yield node.function
    parts: tuple[c.Expression, ...] = getattr(node, "operands", getattr(node, "arguments", ()))
    yield from (name for part in parts for name in applied(part))


def test_the_strict_forms_below_are_all_built_ins() -> None:
    """No built-in is left out of the next test."""
    assert {name for definition in evaluator(FORMS).core.definitions for name in applied(definition.base.body)} == set(FUNCTIONS)


@pytest.mark.parametrize("number", range(len(STRICT)))
def test_every_built_in_is_strict(number: int) -> None:
    """With its fact unknown it is unknown for that fact alone, even where every value would give the same."""
    for state in (State.STATED_UNKNOWN, State.CONFLICTING, State.DIFFERS_BY_GROUP):
        stated: Values = {f"participant.{clauses[0]}": state for clauses in KINDS.values()}
        found = causes(ask(FORMS, stated).step(f"form_{number}").value)
        assert len(found) == 1
        assert found <= {(str(name), state) for name in stated}


def test_is_known_is_always_definite() -> None:
    """Of a fact, of what follows from it, and of what is absent."""
    text = MONEY + define("stated", "yes/no", f"{A} is known") + define("derived", "yes/no", f"({B} + $1) is known")
    for said, known in ((500, YES), (None, YES), (State.NOT_STATED, NO), (OPEN, NO), (State.CONFLICTING, NO)):
        assert ask(text, {A: said}).step("stated").value is known
    assert [ask(text, given).step("derived").value for given in ({}, {B: 1})] == [NO, YES]


def test_is_none_is_unknown_only_for_the_unknown() -> None:
    """Stated as none and not applicable are none; a value is not."""
    text = (
        fact(B, "yes/no") + fact(A, "money or none", "between $0 and $9", f"applies when {B}") + define("answer", "yes/no", f"{A} is none")
    )
    assert value(text, {B: YES, A: None}) is True
    assert value(text, {B: YES, A: 500}) is False
    assert value(text, {B: NO}) is True
    assert causes(value(text, {B: YES})) == {(A, State.NOT_STATED)}


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
    wanted = {2025: 500, 2024: State.NOT_IN_FORCE, 2026: State.PARAMETER_UNPUBLISHED, 2023: State.PARAMETER_UNPUBLISHED}
    for year, expected in wanted.items():
        run = ask(text, {"participant.day": date(year, 5, 1)})
        found = run.step("answer").value
        assert found == (expected if isinstance(expected, int) else unknown_because("limit", expected, key=year))
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
    for state in (State.STATED_UNKNOWN, State.CONFLICTING, State.DIFFERS_BY_GROUP):
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


# ------------------------------------------------------------------ exactness, steps and their inputs


def test_what_lies_between_is_exact() -> None:
    """A third of a third of $100, three times three times, is $100."""
    text = define("answer", "money", "$100 / 3 / 3 * 3 * 3\n  rounded down to cents")
    assert value(text) == 10_000
    assert value(define("answer", "rate", "10% + 20% - 30%")) == 0


@pytest.mark.parametrize(("direction", "result"), [("half up", 334), ("down", 333), ("up", 334)])
def test_a_rounded_definition_keeps_the_value_before(direction: str, result: int) -> None:
    """Half of $6.67 is 333 cents and a half."""
    step = ask(define("answer", "money", f"$6.67 / 2\n  rounded {direction} to cents")).step("answer")
    assert isinstance(step, DefinitionStep)
    assert (step.value, step.before) == (result, Fraction(667, 2))


def test_a_definition_that_does_not_round_keeps_no_value_before() -> None:
    """Whatever the definitions do that it reads."""
    text = (
        define("third", "money", "$10 / 3\n  rounded down to cents")
        + define("answer", "money", "third")
        + define("sum", "money", "third + third")
    )
    for name in ("answer", "sum"):
        step = ask(text).step(name)
        assert isinstance(step, DefinitionStep)
        assert step.before is None


def test_the_inputs_of_a_step_are_what_it_read() -> None:
    """Guards and the branch that holds; not the branches that do not hold; each input once; in order of reading."""
    text = MONEY + fact("participant.c", "yes/no") + fact("participant.d", "money", "between $0 and $9")
    text += define("answer", "money", f"{A} + {A}", except_("other", "participant.c", f"{B} + participant.d"))
    stated: Values = {A: 1, B: 2, "participant.d": 3}
    for held, names in (
        (NO, ["participant.c", A]),
        (YES, ["participant.c", B, "participant.d"]),
        (OPEN, ["participant.c", A, B, "participant.d"]),
    ):
        step = ask(text, {**stated, "participant.c": held}).step("answer")
        assert [found.name for found in step.inputs] == names


def test_a_step_is_one_object_wherever_it_is_used() -> None:
    """A fact read by two definitions is one step."""
    run = ask(TWO + define("first", "yes/no", A) + define("second", "yes/no", f"{A} or {B}"), {A: YES})
    assert run.step("first").inputs[0] is run.step("second").inputs[0] is run.step(A)


def test_a_definition_given_is_taken_as_given() -> None:
    """An example replaces a definition by a value, and what it rests on is not read."""
    text = TWO + define("inner", "yes/no", A) + define("answer", "yes/no", f"inner and {B}")
    run = evaluator(text).run(facts({B: YES}), Asked(2026), {"inner": True})
    assert run.step("answer").value is True
    assert isinstance(run.step("inner"), GivenStep)


@pytest.mark.parametrize(
    ("body", "kind", "state"),
    [
        ("$1 / (1 - 1)\n  rounded down to cents", "money", State.DIVISION_BY_ZERO),
        ("9999-12-31 + 1 day", "date", State.OUT_OF_RANGE),
        ("start_of_year(0 + 0)", "date", State.OUT_OF_RANGE),
    ],
)
def test_what_no_answer_can_make_known_is_an_error(body: str, kind: str, state: State) -> None:
    """Division by zero, and days beyond the calendar."""
    found = value(define("answer", kind, body))
    assert isinstance(found, Unknown)
    assert found.error
    assert {reason.state for reason in found.reasons} == {state}


def test_a_list_that_is_not_given_is_unknown() -> None:
    """Never empty."""
    text = listed("participant.rows", "r", "m : money between $0 and $9") + define("answer", "money", "total of (r.m for each r)")
    assert causes(value(text)) == {("participant.rows", State.NOT_STATED)}
    assert causes(value(text, rows={"participant.rows": OPEN})) == {("participant.rows", State.STATED_UNKNOWN)}
    assert value(text, rows={"participant.rows": []}) == 0
