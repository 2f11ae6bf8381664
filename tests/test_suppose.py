"""Sets of values: never narrower than what the reference evaluator gives, and exact where nothing is open."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import small
import strategies
from conftest import ROOT, compiled
from planproof import core as c
from planproof.evaluate import Evaluator
from planproof.plan import Asked, Facts
from planproof.possible import NOT_KNOWN, Possible, exactly
from planproof.rulebook import load_rulebook
from planproof.run import Run
from planproof.suppose import Supposer
from planproof.supposition import Box, Slot, Supposition, domain, unstated
from planproof.types import MONEY
from planproof.values import Result, State, Unknown
from shipped import ASKED, CORE, EVALUATOR, KEYS, PLAIN, SETTINGS

SUPPOSER = Supposer(EVALUATOR)
FEWER = settings(SETTINGS, max_examples=40)


def plain(value: Result) -> object:
    """A result as sets hold it: whatever is not known is one value."""
    return NOT_KNOWN if isinstance(value, Unknown) else value


def silent(value: Result) -> bool:
    """Whether a value is not known as some fact, for instance of another year, is not told."""
    return isinstance(value, Unknown) and any(reason.state is State.NOT_STATED for reason in value.reasons)


def hide(facts: Facts, core: c.Core, random: Random) -> Facts:
    """The same facts with a random part of them not told."""
    share = random.choice([0.05, 0.3, 0.7, 1.0])
    names = sorted({name for name, _ in facts.statements} | set(facts.lists))
    return strategies.hidden(facts, core, {name for name in names if random.random() < share})


def told(run: Run, slot: Slot) -> object:
    """The value that the whole facts give an open slot; nothing for a list."""
    if slot.row is not None or slot.name in run.facts.lists:
        return None
    statement = run.facts.statements.get((slot.name, slot.key)) or run.facts.statements.get((slot.name, None))
    return None if statement is None or statement.state is not State.STATED else statement.value


def smaller(found: Possible, value: object, random: Random) -> Possible:
    """A random part of a set that still has the value."""
    if random.random() < 0.5 or not isinstance(value, int | Fraction) or isinstance(value, bool) or not found.numbers:
        return exactly(value)
    assert isinstance(found.low, int | Fraction)
    assert isinstance(found.high, int | Fraction)
    low, high = (
        random.choice([found.low, value, (found.low + value) // 2]),
        random.choice([found.high, value, (found.high + value + 1) // 2]),
    )
    return Possible(frozenset(), True, low, max(high, value))


@FEWER
@given(strategies.some_facts(CORE))
def test_nothing_open_is_what_the_evaluator_gives(facts: Facts) -> None:
    """Every definition of the book that ships, over facts of every state."""
    run, found = EVALUATOR.run(facts, ASKED), SUPPOSER.suppose(facts, ASKED, Box({}))
    for name in PLAIN:
        assert found.possible(name).certain, name
        assert found.possible(name).value == plain(run.step(name).value), name
        assert not found.possible(name).slots, name


@FEWER
@given(strategies.whole_facts(CORE), st.randoms(use_true_random=False))
def test_sets_hold_what_every_completion_gives(facts: Facts, random: Random) -> None:
    """Of facts that are partly hidden, the whole ones are a completion: also after narrowing what is open around it."""
    run = EVALUATOR.run(facts, ASKED)
    found = SUPPOSER.suppose(hide(facts, CORE, random), ASKED, Box({}, unstated))
    for name in PLAIN:
        assert silent(run.step(name).value) or found.possible(name).may_be(plain(run.step(name).value)), name
    for slot in random.sample(sorted(found.bits, key=str), min(12, len(found.bits))):
        value, now = told(run, slot), found.domain(slot)
        if value is not None and now is not None and now.may_be(value):
            found = found.narrowed(slot, smaller(now, value, random))
    for name in PLAIN:
        assert silent(run.step(name).value) or found.possible(name).may_be(plain(run.step(name).value)), name


@FEWER
@given(strategies.whole_facts(CORE), strategies.whole_facts(CORE), st.randoms(use_true_random=False))
def test_what_a_set_does_not_name_cannot_matter(facts: Facts, others: Facts, random: Random) -> None:
    """Of two completions that differ in one open fact only, all that is not said to depend on it is the same."""
    found = SUPPOSER.suppose(hide(facts, CORE, random), ASKED, Box({}, unstated))
    sets = {name: found.possible(name) for name in PLAIN}
    one = EVALUATOR.run(facts, ASKED)
    answered = [slot for slot in sorted(found.bits, key=str) if slot.key is None or one.step(str(KEYS[slot.name])).value == slot.key]
    for slot in random.sample(answered, min(8, len(answered))):
        if slot.name in facts.lists:
            changed = Facts(facts.statements, {**facts.lists, slot.name: others.lists[slot.name]})
        else:
            changed = Facts({**facts.statements, (slot.name, None): others.statements[slot.name, None]}, facts.lists)
        other, bit = EVALUATOR.run(changed, ASKED), found.bits[slot]
        for name in (name for name, set_ in sets.items() if not set_.slots & bit):
            assert plain(one.step(name).value) == plain(other.step(name).value), (name, slot)


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "good_rules").glob("*.rules")), ids=lambda path: path.stem)
def test_nothing_open_in_the_examples_of_the_language(path: Path) -> None:
    """Every form of the language, rows and allocations among them: what each example gives is certain and equal."""
    core = compiled(path.read_text(encoding="utf-8"))
    evaluator = Evaluator(core)
    supposer, random = Supposer(evaluator), Random(path.stem)
    for _ in range(60):
        facts = _random_facts(core, random)
        _same_when_closed(supposer, evaluator, facts)
        _holds_when_open(supposer, evaluator, facts, random)


def test_the_unrelated_book() -> None:
    """The same over a rule book about something else."""
    book, _, diagnostics = load_rulebook(ROOT / "tests" / "books" / "library")
    assert book is not None, diagnostics
    evaluator, random = Evaluator(book.core), Random(7)
    supposer = Supposer(evaluator)
    for _ in range(200):
        facts = _random_facts(book.core, random)
        _same_when_closed(supposer, evaluator, facts)
        _holds_when_open(supposer, evaluator, facts, random)


def _random_facts(core: c.Core, random: Random) -> Facts:
    values = {}
    for fact in core.facts:
        if random.random() < 0.9:
            values[fact.name] = _random_value(domain(fact.type, fact.low, fact.high), random)
    rows = {}
    for listed in core.lists:
        count = random.randint(0, 4)
        ranks = random.sample(range(1, 10), count)
        rows[listed.name] = [
            {
                col.name: rank if col.name == listed.order else _random_value(domain(col.type, col.low, col.high), random)
                for col in listed.columns
            }
            for rank in ranks
        ]
    return small.facts(values, rows)


def _random_value(found: Possible, random: Random):  # type: ignore[no-untyped-def]  # any value of the language
    if found.some and (not found.numbers or random.random() < 0.3):
        return random.choice(sorted(found.some, key=str))
    if isinstance(found.low, int) and isinstance(found.high, int):
        return random.choice(
            [found.low, found.high, random.randint(found.low, found.high), random.randint(found.low, min(found.high, found.low + 20))]
        )
    return found.low


def _same_when_closed(supposer: Supposer, evaluator: Evaluator, facts: Facts) -> None:
    run, found = evaluator.run(facts, Asked(2026, ASKED.date)), supposer.suppose(facts, Asked(2026, ASKED.date), Box({}))
    for definition in evaluator.core.definitions:
        if definition.row is None:
            assert found.possible(definition.name) == exactly(run.step(definition.name).value), definition.name


def _holds_when_open(supposer: Supposer, evaluator: Evaluator, facts: Facts, random: Random) -> None:
    run = evaluator.run(facts, Asked(2026, ASKED.date))
    found = supposer.suppose(hide(facts, evaluator.core, random), Asked(2026, ASKED.date), Box({}, unstated))
    for definition in evaluator.core.definitions:
        value = run.step(definition.name).value if definition.row is None else NOT_KNOWN
        if definition.row is None and not silent(value):
            assert found.possible(definition.name).may_be(plain(value)), definition.name


# ------------------------------------------------------------------ how tight

ROOM = (
    small.fact("participant.match", "money", "between $0 and $100,000")
    + small.fact("participant.deferrals", "money", "between $0 and $24,000")
    + small.fact("participant.pay", "money", "between $0 and $500,000")
    + small.define("room", "money", "$72,000 - participant.match - participant.deferrals\n  but not less than $0")
    + small.define("same", "money", "participant.pay - participant.pay")
    + small.define("match_share", "money", "participant.match * 50%\n  rounded half up to cents")
)


def opened(text: str, values: dict[str, object] | None = None) -> Supposition:
    """A small rule text with all that is not stated open."""
    evaluator = small.evaluator(text)
    return Supposer(evaluator).suppose(small.facts(values or {}), Asked(2026), Box({}, unstated))  # type: ignore[arg-type]


def test_what_is_not_known_on_one_branch_is_not_known_where_the_branch_is_not() -> None:
    """Of two branches that may hold, as a condition is not known, one without a value leaves none, whatever the other gives."""
    text = small.fact("participant.cap", "money or none", "between $0 and $100") + small.fact(
        "participant.room", "money", "between $0 and $9"
    )
    text += small.define("answer", "money", "participant.cap", small.except_("uncapped", "participant.cap is none", "participant.room"))
    supposer = Supposer(small.evaluator(text))
    slot = Slot("participant.room")
    one = supposer.suppose(small.facts({}), Asked(2026), Box({slot: supposer.vocabulary.domain(slot)}))
    assert one.possible("answer") == exactly(NOT_KNOWN)


def test_a_branch_that_is_at_most_not_known_to_hold_gives_no_value_of_its_own() -> None:
    """Of 60 to 63 it is not known whether the higher amount is offered: nowhere is it $9, and there it is not known."""
    higher = "participant.age in 60..63 and participant.offered"
    text = small.fact("participant.age", "count", "between 0 and 100") + small.fact("participant.offered", "yes/no")
    text += small.define("answer", "money", "$7", small.except_("higher", higher, "$9"))
    supposer, slot = Supposer(small.evaluator(text)), Slot("participant.age")
    one = supposer.suppose(small.facts({}), Asked(2026), Box({slot: supposer.vocabulary.domain(slot)}))
    answer = one.possible("answer")
    assert (answer.low, answer.high, answer.some) == (7_00, 7_00, frozenset((NOT_KNOWN,)))
    assert one.narrowed(slot, Possible(frozenset(), True, 0, 59)).possible("answer") == exactly(7_00)
    assert one.narrowed(slot, exactly(61)).possible("answer") == exactly(NOT_KNOWN)


def test_branches_of_which_it_is_not_known_which_holds_give_what_they_agree_on() -> None:
    """Pay and a dollar more are never the same; pay and at most $5 may be, up to $5."""
    text = small.fact("participant.pay", "money", "between $0 and $9") + small.fact("participant.offered", "yes/no")
    text += small.define("above", "money", "participant.pay", small.except_("offered", "participant.offered", "participant.pay + $1"))
    text += small.define(
        "capped", "money", "participant.pay", small.except_("offered", "participant.offered", "lesser of (participant.pay, $5)")
    )
    supposer, slot = Supposer(small.evaluator(text)), Slot("participant.pay")
    one = supposer.suppose(small.facts({}), Asked(2026), Box({slot: supposer.vocabulary.domain(slot)}))
    assert one.possible("above") == exactly(NOT_KNOWN)
    capped = one.possible("capped")
    assert (capped.low, capped.high, capped.some) == (0, 5_00, frozenset((NOT_KNOWN,)))


def test_exceptions_in_conflict_beside_one_that_is_open() -> None:
    """Two surely hold and neither is over the other, whatever a third does."""
    exceptions = [small.except_(*one) for one in (("one", "holds", "$2"), ("two", "holds", "$3"), ("three", "participant.third", "$4"))]
    text = small.fact("participant.third", "yes/no") + small.define("holds", "yes/no", "yes")
    text += small.define("answer", "money", "$1", *exceptions)
    assert opened(text).possible("answer") == exactly(NOT_KNOWN)
    assert isinstance(small.value(text, {"participant.third": True}), Unknown)


def test_a_sum_of_open_facts_reaches_its_ends() -> None:
    """72,000 less at most 100,000 and 24,000 is floored at nothing; with neither it is 72,000."""
    found = opened(ROOM).possible("room")
    assert (found.low, found.high) == (0, 72_000_00)


def test_a_fact_less_itself_is_nothing() -> None:
    """Sets remember what they are made of."""
    assert opened(ROOM).possible("same") == exactly(0)


def test_what_chooses_between_equal_sets_matters() -> None:
    """Half the share or half the rest of it, each from $0 to $5: the two sets are equal, the values are not."""
    half = small.except_("rest", "participant.other", "($10 - participant.share) * 50%", "rounded half up to cents")
    text = (
        small.fact("participant.share", "money", "between $0 and $10")
        + small.fact("participant.other", "yes/no")
        + small.define("answer", "money", "participant.share * 50%", "rounded half up to cents", half)
        + small.define("small", "yes/no", "participant.share < $5", small.except_("rest", "participant.other", "participant.share > $5"))
    )
    found = opened(text)
    for name in ("answer", "small"):
        assert Slot("participant.other") in found.slots(found.possible(name))


def test_half_of_a_whole_number_of_cents_may_be_half_a_cent() -> None:
    """A rounding that can change a value ends its form, and its ends are rounded."""
    found = opened(ROOM).possible("match_share")
    assert (found.low, found.high, found.form) == (0, 50_000_00, None)


def test_narrowing_keeps_what_does_not_depend_on_the_fact() -> None:
    """Of two definitions only the one that reads the fact is found anew."""
    whole = opened(ROOM)
    kept, lost = whole.possible("same"), whole.possible("room")
    one = whole.narrowed(Slot("participant.match"), exactly(50_000_00))
    assert one.memo["same"] is kept
    assert "room" not in one.memo
    assert lost != one.possible("room")
    assert (one.possible("room").low, one.possible("room").high) == (0, 22_000_00)


def test_reopening_finds_anew_what_reads_the_fact_directly_or_through_others() -> None:
    """Everything else is taken from the run in which nothing is open."""
    values = {"participant.match": 10_000_00, "participant.deferrals": 24_000_00, "participant.pay": 1}
    supposer = Supposer(small.evaluator(ROOM))
    base = supposer.suppose(small.facts(values), Asked(2026), Box({}))
    assert base.possible("room") == exactly(38_000_00)
    assert base.possible("match_share") == exactly(5_000_00)
    slot = Slot("participant.deferrals")
    one = supposer.reopened(base, {slot: supposer.vocabulary.domain(slot)})
    assert one.memo["match_share"] is base.memo["match_share"]
    assert (one.possible("room").low, one.possible("room").high) == (38_000_00, 62_000_00)


def test_reopening_what_others_left_open() -> None:
    """Facts that the rule opened stay open, and keep their sets."""
    supposer = Supposer(small.evaluator(ROOM))
    base = supposer.suppose(small.facts({"participant.pay": 1}), Asked(2026), Box({}, unstated))
    assert (base.possible("room").low, base.possible("room").high) == (0, 72_000_00)
    one = supposer.reopened(base, {Slot("participant.match"): exactly(50_000_00)})
    assert (one.possible("room").low, one.possible("room").high) == (0, 22_000_00)
    assert one.slots(one.possible("room")) == (Slot("participant.deferrals"),)


def test_keeping_a_fact_as_it_is_stated() -> None:
    """A fact that the rule opened is kept as stated, presumed, or not known; what does not read it stays."""
    everything = lambda vocabulary, slot, statement: vocabulary.domain(slot)  # noqa: E731
    supposer = Supposer(small.evaluator(ROOM))
    whole = supposer.suppose(small.facts({"participant.match": 10_000_00}), Asked(2026), Box({}, everything))
    assert (whole.possible("room").low, whole.possible("room").high) == (0, 72_000_00)
    same = whole.possible("same")
    one = whole.kept(Slot("participant.match"))
    assert one.memo["same"] is same
    assert (one.possible("room").low, one.possible("room").high) == (38_000_00, 62_000_00)
    assert one.kept(Slot("participant.deferrals")).possible("room") == exactly(NOT_KNOWN)


def test_a_value_of_a_year_in_a_box_lies_over_a_plain_one() -> None:
    """Where the fact's own year is not known, a plain value answers it only if no value of a year lies over it."""
    text = (
        small.fact("participant.month", "count", "between 1 and 12")
        + small.define("own_year", "year", "asked.year", small.except_("late", "participant.month > 6", "asked.year - 1"))
        + small.fact("participant.pay", "money by own_year", "between $0 and $500,000")
        + small.define("answer", "money", "participant.pay")
        + small.define("last", "money", "participant.pay for 2025")
    )
    evaluator = small.evaluator(text)
    facts = small.facts({"participant.pay": 7_00})
    supposer = Supposer(evaluator)
    base = supposer.suppose(facts, Asked(2026), Box({}))
    assert base.possible("answer") == exactly(evaluator.run(facts, Asked(2026)).step("answer").value) == exactly(7_00)
    changed = facts.joined(small.facts({("participant.pay", 2025): 5_00}))
    one = supposer.reopened(base, {Slot("participant.pay", 2025): exactly(5_00)})
    run = evaluator.run(changed, Asked(2026))
    assert one.possible("last") == exactly(run.step("last").value) == exactly(5_00)
    assert one.possible("answer") == exactly(run.step("answer").value) == exactly(NOT_KNOWN)


def test_what_nobody_need_tell_is_supposed_where_it_is_asked_for() -> None:
    """A fact of which the book asks whether it is known may also stay untold."""
    text = small.fact("participant.total", "money", "between $0 and $10") + small.define(
        "answer", "money", "$7", small.except_("stated", "participant.total is known", "participant.total")
    )
    found, slot = opened(text), Slot("participant.total")
    whole = found.domain(slot)
    assert whole is not None
    assert NOT_KNOWN in whole.some
    assert found.possible("answer").may_be(7_00)
    assert found.narrowed(slot, exactly(NOT_KNOWN)).possible("answer") == exactly(7_00)
    answer = found.narrowed(slot, Possible(frozenset(), True, whole.low, whole.high)).possible("answer")
    assert (answer.low, answer.high, answer.some) == (0, 10_00, frozenset())
    assert domain(MONEY, 0, 5).some == frozenset()


def test_the_lesser_of_a_sum_and_itself_is_that_sum() -> None:
    """A cap that is the room itself where the plan sets none leaves the form of the room: 72,000 less the match."""
    text = (
        small.fact("participant.match", "money", "between $0 and $40,000")
        + small.define("room", "money", "$72,000 - participant.match")
        + small.define("cap", "money", "room")
        + small.define("answer", "money", "lesser of (room, cap, $80,000)")
    )
    answer = opened(text).possible("answer")
    assert answer.form is not None
    assert (answer.low, answer.high, answer.form.constant) == (32_000_00, 72_000_00, 72_000_00)
    assert [factor for _, factor in answer.form.factors] == [-1]
