"""What matters, what answers leave, bounds and headroom: against enumeration of every completion of small generated rule books."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

import pytest

import small
from planproof.bounds import End, bounds
from planproof.completion import value_in
from planproof.decide import binding
from planproof.evaluate import Evaluator
from planproof.headroom import Turn, headroom
from planproof.matters import matters
from planproof.plan import Asked, Facts
from planproof.possible import NOT_KNOWN
from planproof.replies import left, pieces, replies
from planproof.search import Effort, Inquiry
from planproof.suppose import Supposer
from planproof.supposition import Slot
from planproof.values import State

ASKED = Asked(2026)
BOOKS = range(40)
VERDICT, AMOUNTS = "v", ("a1", "a2")
NAMES = (VERDICT, *AMOUNTS)
DOMAINS: Mapping[str, tuple[Any, ...]] = {
    "plan.p": (True, False),
    "plan.q": (True, False),
    "plan.c": ("x", "y", "z"),
    "plan.n": (0, 1, 2, 3),
    "plan.m": (0, 1, 2, 3),
    "plan.o": (None, 0, 1, 2),
    "plan.k": (NOT_KNOWN, 0, 1, 2),
}
FACTS = (
    small.fact("plan.p", "yes/no")
    + small.fact("plan.q", "yes/no", "applies when plan.p")
    + small.fact("plan.c", "one of x, y, z")
    + small.fact("plan.n", "count", "between 0 and 3")
    + small.fact("plan.m", "money", "between $0 and $0.03")
    + small.fact("plan.o", "money or none", "between $0 and $0.02")
    + small.fact("plan.k", "money", "between $0 and $0.02")
)


def truth(random: Random, depth: int) -> str:
    """A random condition."""
    if depth and random.random() < 0.6:
        first, second = truth(random, depth - 1), truth(random, depth - 1)
        return random.choice([f"({first} and {second})", f"({first} or {second})", f"(not {first})"])
    number = random.randint(0, 3)
    return random.choice(
        [
            "plan.p",
            "plan.q",
            f"plan.c = {random.choice('xyz')}",
            f"plan.n >= {number}",
            f"plan.m > $0.0{number}",
            "plan.o is none",
            "plan.k is known",
            "plan.m <= plan.k",
        ]
    )


def money(random: Random, depth: int) -> str:
    """A random amount."""
    if depth and random.random() < 0.7:
        first, second = money(random, depth - 1), money(random, depth - 1)
        return random.choice([f"lesser of ({first}, {second})", f"({first} + {second})", f"({first} - {second})", f"(plan.n * {first})"])
    return random.choice(["plan.m", "plan.m", "plan.k", "plan.o", "$0.01", "$0.02"])


def text_of(seed: int) -> str:
    """A random rule text: a verdict and two amounts over a few facts of few values."""
    random = Random(seed)
    rows = [
        small.define("b1", "yes/no", truth(random, 2)),
        small.define("a0", "money", money(random, 2), small.except_("one", truth(random, 1), money(random, 1))),
        small.define("a1", "money", f"lesser of (a0, {money(random, 1)})\n  but not less than $0"),
        small.define(
            "a2", "money", "a0 - plan.m", small.except_("two", "b1", "a1"), small.except_("three", truth(random, 1), "$0", "over two")
        ),
        small.define(
            "v", "one of up, down, flat", "flat", small.except_("rises", f"b1 and {truth(random, 1)}", "up"),
            small.except_("falls", f"a1 > $0.0{random.randint(0, 2)} or {truth(random, 1)}", "down", *random.choice([("over rises",), ()])),
        ),
    ]  # fmt: skip
    return FACTS + "".join(rows)


def domains_of(seed: int) -> Mapping[str, tuple[Any, ...]]:
    """What each fact may be; one may stay untold where the book asks whether it is known."""
    asks = "plan.k is known" in text_of(seed)
    return DOMAINS if asks else {**DOMAINS, "plan.k": (0, 1, 2)}


def known(random: Random) -> dict[str, Any]:
    """A few of the facts, told."""
    names = random.sample(sorted(DOMAINS), random.randint(1, 3))
    return {name: value for name in names if (value := random.choice(DOMAINS[name])) is not NOT_KNOWN}


def completions(domains: Mapping[str, tuple[Any, ...]], told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every completion."""
    open_ = [name for name in domains if name not in told]
    for values in itertools.product(*(domains[name] for name in open_)):
        yield {**told, **dict(zip(open_, values, strict=True))}


def stated(told: Mapping[str, Any]) -> Facts:
    """A completion as facts."""
    return small.facts({name: value for name, value in told.items() if value is not NOT_KNOWN})


class Enumerated:
    """All completions of a book with what each name comes to."""

    def __init__(self, evaluator: Evaluator, domains: Mapping[str, tuple[Any, ...]], told: Mapping[str, Any]) -> None:
        self.domains = domains
        self.open = [name for name in DOMAINS if name not in told]
        self.values: dict[tuple[Any, ...], dict[str, Any]] = {}
        for one in completions(domains, told):
            run = evaluator.run(stated(one), ASKED)
            self.values[tuple(one[name] for name in self.open)] = {name: value_in(run, name) for name in NAMES}

    def matter(self, name: str) -> set[str]:
        """The facts of which two answers give different values, all others told alike."""
        found = set()
        for index, fact in enumerate(self.open):
            seen: dict[tuple[Any, ...], set[Any]] = {}
            for at, values in self.values.items():
                seen.setdefault((*at[:index], *at[index + 1 :]), set()).add(values[name])
            if any(len(values) > 1 for values in seen.values()):
                found.add(fact)
        return found

    def all(self, name: str, fact: str = "", value: Any = None) -> set[Any]:
        """All values of a name, with one fact told so."""
        index = self.open.index(fact) if fact else 0
        return {values[name] for at, values in self.values.items() if not fact or at[index] == value}


def inquiry_of(seed: int) -> tuple[Inquiry, Enumerated, Evaluator, dict[str, Any]]:
    """A random book with some facts told."""
    evaluator, told = small.evaluator(text_of(seed)), known(Random(seed + 1000))
    return Inquiry(Supposer(evaluator), stated(told), ASKED), Enumerated(evaluator, domains_of(seed), told), evaluator, told


def numbers(values: set[Any]) -> list[int]:
    """The numbers among values."""
    return [value for value in values if value is not None and value is not NOT_KNOWN]


@pytest.mark.parametrize("seed", BOOKS)
def test_what_matters_is_what_some_completion_makes_matter(seed: int) -> None:
    """Neither more nor less, and everything is settled."""
    inquiry, every, _, _ = inquiry_of(seed)
    for name, found in matters(inquiry, NAMES).items():
        assert {slot.name for slot in found.facts} == every.matter(name), name
        assert found.unsettled == (), name


@pytest.mark.parametrize("seed", BOOKS)
def test_answers_leave_the_verdicts_that_completions_reach(seed: int) -> None:
    """Of every answer and of every number of a stretch; beside a stretch something else is left."""
    inquiry, every, _, _ = inquiry_of(seed)
    all_left = left(inquiry, inquiry.root, VERDICT, Effort(5000))
    assert set(all_left.values) == every.all(VERDICT)
    for fact in every.matter(VERDICT):
        found = replies(inquiry, Slot(fact), VERDICT, all_left, Effort(5000))
        assert all(reply.shown for reply in found)
        for value in every.domains[fact]:
            (reply,) = [reply for reply in found if reply.answer.may_be(value)]
            assert set(reply.leaves) == every.all(VERDICT, fact, value), (fact, value)
        stretches = [reply for reply in found if reply.answer.numbers]
        assert all(one.leaves != other.leaves for one, other in itertools.pairwise(stretches))


def reached(evaluator: Evaluator, every: Enumerated, told: Mapping[str, Any], end: End, name: str) -> set[Any]:
    """What a name comes to with the answers that reach an end, whatever else is told."""
    answers = {slot.name: value for slot, value in end.told}
    return {value_in(evaluator.run(stated(one), ASKED), name) for one in completions(every.domains, {**told, **answers})}


@pytest.mark.parametrize("seed", BOOKS)
def test_bounds_are_the_extremes_of_all_completions(seed: int) -> None:
    """Both ends, the answers that reach them, and whether there may be no number."""
    inquiry, every, evaluator, told = inquiry_of(seed)
    for name in AMOUNTS:
        found, values = bounds(inquiry, name), every.all(name)
        reach = numbers(values)
        assert set(values) - set(reach) <= set(found.without), name
        for end, extreme in ((found.low, min(reach, default=None)), (found.high, max(reach, default=None))):
            assert end.reached == extreme, name
            if reach:
                assert end.exact, name
                assert reached(evaluator, every, told, end, name) == {extreme}, name


@pytest.mark.parametrize("seed", BOOKS)
def test_lines_give_every_amount(seed: int) -> None:
    """Where an amount turns on one number, its lines give what the evaluator gives for each."""
    random = Random(seed)
    evaluator = small.evaluator(text_of(seed))
    told = {name: random.choice(values) for name, values in DOMAINS.items() if name != "plan.m"}
    inquiry = Inquiry(Supposer(evaluator), stated({**told, "plan.k": told["plan.k"] if told["plan.k"] is not NOT_KNOWN else 1}), ASKED)
    for name in AMOUNTS:
        for piece in pieces(inquiry, Slot("plan.m"), name):
            for number in range(piece.answer.low, piece.answer.high + 1):  # type: ignore[operator, arg-type]
                facts = stated({**told, "plan.k": told["plan.k"] if told["plan.k"] is not NOT_KNOWN else 1, "plan.m": number})
                line = piece.low + piece.slope * (number - piece.answer.low)  # type: ignore[operator]
                assert line == evaluator.run(facts, ASKED).step(name).value


def at(evaluator: Evaluator, told: Mapping[str, Any], name: str) -> Any:
    """The verdict, or the limit that binds an amount; nothing where it is not known."""
    run = evaluator.run(stated(told), ASKED)
    if name == VERDICT:
        value = value_in(run, name)
        return None if value is NOT_KNOWN else value
    return binding(evaluator.definitions, run, name)


def first_change(evaluator: Evaluator, told: Mapping[str, Any], fact: str, name: str, values: Sequence[int]) -> Turn | None:
    """The first of some numbers that changes something."""
    now, last = at(evaluator, told, name), told[fact]
    for value in values:
        then = at(evaluator, {**told, fact: value}, name)
        if then != now:
            return Turn(last, value, then)
        last = value
    return None


@pytest.mark.parametrize("seed", BOOKS)
def test_headroom_is_the_first_change_to_either_side(seed: int) -> None:
    """Of every known number, whatever else is known or not."""
    evaluator, random = small.evaluator(text_of(seed)), Random(seed)
    told = {name: random.choice(values) for name, values in DOMAINS.items() if random.random() < 0.8}
    supposer, seen = Supposer(evaluator), set()
    facts = stated(told)
    for one in headroom(supposer, facts, ASKED, AMOUNTS):
        low, high = (supposer.vocabulary.domain(one.slot).low, supposer.vocabulary.domain(one.slot).high)
        assert isinstance(low, int)
        assert isinstance(high, int)
        seen.add((one.slot.name, one.name))
        name = one.slot.name
        assert one.now == at(evaluator, told, one.name)
        assert one.above == first_change(evaluator, told, name, one.name, range(one.value + 1, high + 1)), (name, one.name)
        assert one.below == first_change(evaluator, told, name, one.name, range(one.value - 1, low - 1, -1)), (name, one.name)
    amounts = [name for name in AMOUNTS if value_in(evaluator.run(facts, ASKED), name) is not NOT_KNOWN]
    moved = [name for name in ("plan.n", "plan.m", "plan.o", "plan.k") if isinstance(told.get(name), int)]
    for fact, name in itertools.product(moved, amounts):
        numbers_ = [number for number in DOMAINS[fact] if isinstance(number, int)]
        turns = {at(evaluator, {**told, fact: number}, name) for number in numbers_}
        assert len(turns) == 1 or (fact, name) in seen


# ------------------------------------------------------------------ lists

TIERS = (
    small.fact("plan.p", "yes/no")
    + small.fact("plan.m", "money", "between $0 and $0.02")
    + small.listed("plan.tiers", "tier", "from : money between $0 and $0.01", "to : money between $0 and $0.02").replace(
        "  answered by participant", '  must tier.from < tier.to else "no tier"\n  answered by participant'
    )
    + small.define("sum", "money", "total of (tier.to - tier.from for each tier)")
    + small.define("never", "money", "$0.01", small.except_("odd", "some tier where (tier.to < tier.from)", "$0"))
    + small.define("answer", "money", "plan.m", small.except_("tiers", "plan.p", "greater of (sum, plan.m)"))
)


def test_a_list_matters_by_the_rows_that_it_may_have() -> None:
    """A sum over the rows; but not what only a row could change that its list forbids."""
    inquiry = Inquiry(Supposer(small.evaluator(TIERS)), Facts(), ASKED)
    found = matters(inquiry, ("answer", "sum", "never"))
    assert {slot.name for slot in found["answer"].facts} == {"plan.p", "plan.m", "plan.tiers"}
    assert [slot.name for slot in found["sum"].facts] == ["plan.tiers"]
    assert found["never"].facts == ()
    assert [slot.name for slot in found["never"].unsettled] == ["plan.tiers"]  # rows beyond the first are not looked at


def test_an_end_that_a_list_may_pass_is_told_so() -> None:
    """One row gives at most 2 cents; more rows could give more, and no limit below that of the longest file is known."""
    inquiry = Inquiry(Supposer(small.evaluator(TIERS)), Facts(), ASKED)
    found = bounds(inquiry, "sum")
    assert found.high.reached == 2
    assert not found.high.exact
    assert found.high.surely == 2 * 12_000


def test_cells_that_are_not_told_keep_to_what_their_list_demands() -> None:
    """A tier from nothing to somewhere must end above nothing: 1 or 2 cents."""
    facts = small.facts({"plan.p": True, "plan.m": 0}, {"plan.tiers": [{"tier.from": 0}]})
    inquiry = Inquiry(Supposer(small.evaluator(TIERS)), facts, ASKED)
    found = bounds(inquiry, "answer")
    assert (found.low.reached, found.high.reached, found.low.exact, found.high.exact) == (1, 2, True, True)
    assert matters(inquiry, ("answer",))["answer"].facts == (Slot("tier.to", None, 1),)


# ------------------------------------------------------------------ by hand

ROOM = (
    small.fact("participant.match", "money", "between $0 and $1,000,000")
    + small.fact("participant.age", "count", "between 0 and 120")
    + small.define("room", "money", "$72,000 - $24,500 - participant.match\n  but not less than $0")
    + small.define("able", "one of open, shut", "open", small.except_("young", "participant.age < 60", "shut"))
)


def test_a_number_is_told_by_its_stretches_and_lines() -> None:
    """72,000 less 24,500 is 47,500: room falls by a dollar for each of match up to there; at 60 the verdict turns."""
    inquiry = Inquiry(Supposer(small.evaluator(ROOM)), Facts(), ASKED)
    lines = pieces(inquiry, Slot("participant.match"), "room")
    assert [(piece.answer.low, piece.answer.high, piece.low, piece.slope) for piece in lines] == [
        (0, 47_500_00, 47_500_00, -1),
        (47_500_01, 1_000_000_00, 0, 0),
    ]
    found = replies(inquiry, Slot("participant.age"), "able", left(inquiry, inquiry.root, "able", Effort(500)), Effort(500))
    assert [(reply.answer.low, reply.answer.high, reply.leaves) for reply in found] == [(0, 59, ("shut",)), (60, 120, ("open",))]


def test_headroom_by_hand() -> None:
    """At 61 the verdict holds down to 60; with a match of 10,000 the room, which nothing else binds, holds everywhere."""
    facts = small.facts({"participant.match": 10_000_00, "participant.age": 61})
    found = [one for one in headroom(Supposer(small.evaluator(ROOM)), facts, ASKED, ["able", "room"]) if one.below or one.above]
    assert [(one.slot.name, one.name, one.below, one.above) for one in found] == [
        ("participant.age", "able", Turn(60, 59, "able.young"), None)
    ]


def test_what_the_law_presumes_is_open_only_where_a_document_is_asked_and_does_not_tell() -> None:
    """Silence is the law's answer; that it is not known is none."""
    text = small.fact("plan.p", "yes/no", "presumed yes cites Test") + small.define(
        "answer", "money", "$0", small.except_("paid", "plan.p", "$5")
    )
    supposer = Supposer(small.evaluator(text))
    assert matters(Inquiry(supposer, Facts(), ASKED), ("answer",))["answer"].facts == ()
    inquiry = Inquiry(supposer, small.facts({"plan.p": State.STATED_UNKNOWN}), ASKED)
    assert matters(inquiry, ("answer",))["answer"].facts == (Slot("plan.p"),)
    assert (bounds(inquiry, "answer").low.reached, bounds(inquiry, "answer").high.reached) == (0, 5_00)
