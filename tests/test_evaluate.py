"""The reference evaluator: logic with the unknown, strictness, exactness, steps and what they read."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest

from planproof import core as c
from planproof.functions import FUNCTIONS
from planproof.plan import Asked
from planproof.proof import DefinitionStep, GivenStep
from planproof.values import State, Unknown
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
    for state in (State.STATED_UNKNOWN, State.CONFLICTING, State.AMBIGUOUS, State.DIFFERS_BY_GROUP):
        stated: Values = {f"participant.{clauses[0]}": state for clauses in KINDS.values()}
        found = causes(ask(FORMS, stated).step(f"form_{number}").value)
        assert len(found) == 1
        assert found <= {(str(name), state) for name in stated}


def test_is_known_is_always_definite() -> None:
    """Of a fact, of what follows from it, and of what is absent."""
    text = MONEY + define("stated", "yes/no", f"{A} is known") + define("derived", "yes/no", f"({B} + $1) is known")
    for said, known in ((500, YES), (None, YES), (State.NOT_STATED, NO), (OPEN, NO), (State.CONFLICTING, NO), (State.AMBIGUOUS, NO)):
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
