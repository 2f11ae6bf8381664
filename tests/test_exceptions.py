"""Exceptions as `logic` states them, against a brute force over every completion of the unknown guards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import combinations, product
from random import Random

import pytest

from planproof.answer import Answerer
from planproof.plan import Asked, Facts
from planproof.proof import DefinitionStep, Step
from planproof.rulebook import Rulebook
from planproof.values import Reason, State, Unknown
from small import Said, Values, ask, causes, define, except_, fact, value

SHAPES, CASES = 240, 40
MOST = 5
COLOURS = ("red", "green", "blue")
OPEN = State.STATED_UNKNOWN


@dataclass(frozen=True)
class Shape:
    """A definition: how many exceptions, and which is written to be over which."""

    name: str
    count: int
    over: frozenset[tuple[int, int]]

    @property
    def beats(self) -> frozenset[tuple[int, int]]:
        """`over` and what follows from it by transitivity."""
        closed = set(self.over)
        for middle, left, right in product(range(self.count), repeat=3):
            if (left, middle) in closed and (middle, right) in closed:
                closed.add((left, right))
        return frozenset(closed)


def shapes() -> list[Shape]:
    """Random definitions; `over` follows a random order, so that it has no cycle."""
    random = Random("shapes")
    found = []
    for number in range(SHAPES):
        count = random.randint(0, MOST)
        rank = random.sample(range(count), count)
        density = random.choice((0.0, 0.3, 0.6, 1.0))
        over = {(i, j) for i, j in product(range(count), repeat=2) if rank[i] > rank[j] and random.random() < density}
        found.append(Shape(f"shape_{number}", count, frozenset(over)))
    return found


@cache
def text() -> str:
    """The rule text of all shapes: guards and values are facts."""
    parts = [fact(f"participant.g{i}", "yes/no") for i in range(MOST)]
    parts += [fact(f"participant.v{i}", f"one of {', '.join(COLOURS)}") for i in range(MOST + 1)]
    for shape in shapes():
        exceptions = []
        for i in range(shape.count):
            over = ", ".join(f"e{j}" for k, j in sorted(shape.over) if k == i)
            exceptions.append(except_(f"e{i}", f"participant.g{i}", f"participant.v{i + 1}", *([f"over {over}"] if over else [])))
        parts.append(define(shape.name, f"one of {', '.join(COLOURS)}", "participant.v0", *exceptions))
    return "".join(parts)


@dataclass(frozen=True)
class Expected:
    """What all completions say: the branches that win in one (0 is the base), and the pairs that clash in one."""

    winners: frozenset[int]
    clashes: frozenset[tuple[int, int]]


def completed(shape: Shape, guards: list[Said]) -> Expected:
    """Every completion, one after the other, by the definition of a conflict."""
    beats = shape.beats
    winners: set[int] = set()
    clashes: set[tuple[int, int]] = set()
    for completion in product(*[(True, False) if guard is OPEN else (guard,) for guard in guards]):
        holding = [i for i, holds in enumerate(completion) if holds]
        best = [i for i in holding if all(i == j or (i, j) in beats for j in holding)]
        if not holding:
            winners.add(0)
        elif best:
            winners.add(best[0] + 1)
        else:
            top = [i for i in holding if not any((j, i) in beats for j in holding)]
            clashes.update(combinations(top, 2))
    return Expected(frozenset(winners), frozenset(clashes))


def check(shape: Shape, guards: list[Said], colours: list[Said], step: Step) -> None:
    """The step is what the completions say: value, state, branches, and every provision in conflict by name."""
    assert isinstance(step, DefinitionStep)
    expected = completed(shape, guards)
    values = {colours[winner] for winner in expected.winners}
    if not expected.clashes and len(values) == 1 and OPEN not in values:
        assert step.value == values.pop()
    else:
        assert isinstance(step.value, Unknown)
        assert step.value.error is not bool(expected.winners)
        details = {reason.detail for reason in step.value.reasons if reason.state is State.PROVISIONS_CONFLICT}
        assert details == {f"e{i} and e{j}" for i, j in expected.clashes}
        allowed = {f"participant.g{i}" for i, guard in enumerate(guards) if guard is OPEN}
        allowed |= {f"participant.v{winner}" for winner in expected.winners if colours[winner] is OPEN} | {shape.name}
        assert {reason.name for reason in step.value.reasons} <= allowed
    possible = expected.winners | {i + 1 for clash in expected.clashes for i in clash}
    assert step.taken == tuple("" if winner == 0 else f"e{winner - 1}" for winner in sorted(possible))
    assert [label for label, _ in step.guards] == [f"e{i}" for i in range(shape.count)]


@pytest.mark.parametrize("part", range(4))
def test_random_exceptions_against_every_completion(part: int) -> None:
    """Thousands of definitions with random priorities, guards and values."""
    random = Random(part)
    for shape in shapes()[part::4]:
        for _ in range(CASES):
            guards: list[Said] = [random.choice((True, False, OPEN)) for _ in range(shape.count)]
            palette: list[Said] = random.choice([["red"], ["red", "green"], list(COLOURS), ["red", "red", "red", OPEN]])
            colours = [random.choice(palette) for _ in range(shape.count + 1)]
            stated: dict[str, Said] = {f"participant.g{i}": guard for i, guard in enumerate(guards)}
            stated |= {f"participant.v{i}": colour for i, colour in enumerate(colours)}
            check(shape, guards, colours, ask(text(), stated).step(shape.name))


def test_the_random_cases_reach_every_kind_of_outcome() -> None:
    """Sure and possible conflicts, certain and uncertain branches: none of them is left to chance."""
    kinds: set[tuple[bool, bool]] = set()
    random = Random("kinds")
    for shape in shapes():
        guards: list[Said] = [random.choice((True, False, OPEN)) for _ in range(shape.count)]
        expected = completed(shape, guards)
        kinds.add((len(expected.winners) > 1, bool(expected.clashes)))
        kinds.add((not expected.winners, bool(expected.clashes)))
    assert kinds >= {(False, False), (True, False), (True, True), (False, True)}


# ------------------------------------------------------------------ single cases

P, Q, R = "participant.p", "participant.q", "participant.r"
THREE = "".join(fact(name, "yes/no") for name in (P, Q, R))
TWO_FEES = THREE + define("answer", "money", "$1", except_("first", P, "$2"), except_("second", Q, "$3"))


def test_two_exceptions_without_priority_are_an_error_that_names_both() -> None:
    """Both surely hold: no answer to any question would help."""
    found = value(TWO_FEES, {P: True, Q: True})
    assert found == Unknown(frozenset({Reason("answer", State.PROVISIONS_CONFLICT, detail="first and second")}), error=True)


def test_equal_values_do_not_hide_a_conflict() -> None:
    """Two provisions that both hold are a conflict even where they agree on the amount."""
    same = THREE + define("answer", "money", "$1", except_("first", P, "$2"), except_("second", Q, "$2"))
    assert causes(value(same, {P: True, Q: True})) == {("answer", State.PROVISIONS_CONFLICT)}
    assert causes(value(same, {P: True})) == {("answer", State.PROVISIONS_CONFLICT), (Q, State.NOT_STATED)}


def test_a_possible_conflict_is_one_more_reason_to_be_unknown() -> None:
    """One exception holds and the other may: not an error, and both the fact and the conflict are told."""
    found = value(TWO_FEES, {P: True})
    assert isinstance(found, Unknown)
    assert not found.error
    assert causes(found) == {("answer", State.PROVISIONS_CONFLICT), (Q, State.NOT_STATED)}


def test_a_conflict_beaten_by_a_third_exception_is_none() -> None:
    """A provision over both decides, also where it is over them only through another."""
    over_both = THREE + define(
        "answer",
        "money",
        "$1",
        except_("first", P, "$2"),
        except_("second", Q, "$3"),
        except_("middle", "no", "$4", "over first, second"),
        except_("third", R, "$5", "over middle"),
    )
    assert value(over_both, {P: True, Q: True, R: True}) == 500
    assert causes(value(over_both, {P: True, Q: True})) == {("answer", State.PROVISIONS_CONFLICT), (R, State.NOT_STATED)}


def test_an_unknown_guard_does_not_matter_where_the_branches_agree() -> None:
    """The base and the exception give the same, or a sure exception is over the unknown one."""
    same = THREE + define("answer", "money", "$2", except_("first", P, "$2"))
    assert value(same) == 200
    beaten = THREE + define("answer", "money", "$1", except_("first", P, "$2"), except_("second", Q, "$3", "over first"))
    assert value(beaten, {Q: True}) == 300
    assert causes(value(beaten, {P: True})) == {(Q, State.NOT_STATED)}


def test_a_conflict_elsewhere_does_not_hide_branches_that_agree() -> None:
    """A guard that is unknown for another definition's conflict is unknown like any other."""
    text = TWO_FEES.replace("define answer", "define inner")
    text += define("answer", "money", "$7", except_("small", "inner < $3", "$7"))
    assert causes(ask(text, {P: True}).step("inner").value) == {("inner", State.PROVISIONS_CONFLICT), (Q, State.NOT_STATED)}
    assert value(text, {P: True}) == 700


def test_a_branch_that_does_not_hold_may_be_unknown() -> None:
    """Only the branches that can hold must have a value."""
    text = (
        THREE + fact("participant.m", "money", "between $0 and $9") + define("answer", "money", "participant.m", except_("first", P, "$2"))
    )
    assert value(text, {P: True}) == 200
    assert causes(value(text, {P: False})) == {("participant.m", State.NOT_STATED)}
    assert causes(value(text)) == {("participant.m", State.NOT_STATED), (P, State.NOT_STATED)}


def test_an_absent_guard_does_not_hold() -> None:
    """A test on what does not apply is no."""
    text = fact(P, "yes/no") + fact(Q, "yes/no", f"applies when {P}") + define("answer", "money", "$1", except_("first", Q, "$2"))
    assert value(text, {P: False}) == 100


def test_what_is_absent_is_no_in_every_branch() -> None:
    """A yes/no that is no by one branch and rests on what is absent by the other is no by both."""
    text = THREE + fact("participant.s", "yes/no", f"applies when {P}")
    text += define("answer", "yes/no", "participant.s", except_("first", Q, "no"))
    assert value(text, {P: False}) is False


def test_exceptions_from_elsewhere_stand_like_those_within() -> None:
    """A later chapter adds an exception; where it stands has no meaning."""
    own = define("answer", "money", "$1", except_("first", P, "$2"))
    added = f"exception late to answer\n  when {Q}\n  is $3\n  over first\n  cites Test\n"
    for text in (THREE + own + added, added + own + THREE):
        for given, amount in (({P: True, Q: True}, 300), ({P: True, Q: False}, 200), ({P: False, Q: False}, 100)):
            assert value(text, given) == amount


@pytest.mark.parametrize(
    ("day", "amount"), [(date(2024, 12, 31), 100), (date(2025, 1, 1), 200), (date(2026, 6, 30), 200), (date(2026, 7, 1), 100), (None, None)]
)
def test_an_exception_in_force_from_and_until(day: date | None, amount: int | None) -> None:
    """Both days belong to the time it is in force; a date that is not known leaves it open."""
    text = fact("participant.day", "date") + define("law_date", "date", "participant.day")
    text += define(
        "answer",
        "money",
        "$1",
        except_("first", "yes", "$2").replace("    cites Test", "    cites Test\n    effective from 2025-01-01 until 2026-06-30"),
    )
    stated: Values = {"participant.day": day} if day else {}
    found = value(text, stated)
    if amount is None:
        assert causes(found) == {("participant.day", State.NOT_STATED)}
    else:
        assert found == amount


def test_the_book_that_ships_has_no_sure_error_without_facts(book: Rulebook) -> None:
    """No definition that ships is in conflict for want of any facts: every conflict there is only possible."""
    run = Answerer(book).evaluator.run(Facts(), Asked(2026, date(2026, 12, 31)))
    for definition in book.core.definitions:
        if definition.row is None:
            found = run.step(definition.name).value
            assert not (isinstance(found, Unknown) and found.error)
