"""What is missing: the facts that could still change a verdict or an amount, ranked by how much they can decide.

docs/missing.md says exactly what matters, how facts are ranked, and what is told of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from planproof import core as c
from planproof.answer import Answer, Answerer
from planproof.matters import Mattering, matters
from planproof.plan import Document, Statement
from planproof.replies import Left, Piece, Reply, left, pieces, replies
from planproof.search import Effort, Inquiry
from planproof.supposition import Slot
from planproof.values import Reason, State

EFFORT = 1200


@dataclass(frozen=True, slots=True)
class Beside:
    """A stated feature that stands near a missing one in the rule book, and so perhaps in the document."""

    name: str
    statement: Statement


@dataclass(frozen=True, slots=True)
class Look:
    """Where an answer may stand: words of documents, the plan's documents, and stated features beside."""

    phrases: tuple[tuple[str, tuple[str, ...]], ...]
    documents: tuple[Document, ...]
    beside: tuple[Beside, ...]


@dataclass(frozen=True, slots=True)
class Need:
    """A fact that is not known and matters, or of which that was not settled for some names.

    `replies`: each answer with the verdicts it leaves, if the verdict turns on the fact. `lines`: amounts that turn on this
    number alone.
    """

    slot: Slot
    state: State
    fact: c.Fact | c.ListFact
    needed_for: tuple[str, ...]
    unsettled_for: tuple[str, ...]
    replies: tuple[Reply, ...]
    lines: tuple[tuple[str, tuple[Piece, ...]], ...]
    look: Look


@dataclass(frozen=True, slots=True)
class Lacks:
    """What an answer still lacks: the verdicts that are possible, the facts in their rank, and what no answer can settle."""

    answer: Answer
    verdicts: tuple[Any, ...]
    shown: bool
    open: tuple[str, ...]
    needs: tuple[Need, ...]
    beyond: tuple[Reason, ...]


def missing(answerer: Answerer, answer: Answer) -> Lacks:
    """What is missing for the verdict and the amounts of an answer."""
    verdict = answerer.book.core.verdict
    assert verdict is not None, "a rule book that gives no verdict answers nothing"
    inquiry = Inquiry(answerer.supposer, answer.run.facts, answer.run.asked)
    open_ = tuple(name for name in (verdict.name, *verdict.amounts) if not inquiry.root.possible(name).certain)
    found = matters(inquiry, open_)
    all_left = left(inquiry, inquiry.root, verdict.name, Effort(EFFORT))
    slots = dict.fromkeys(slot for one in found.values() for slot in (*one.facts, *one.unsettled))
    needs = [_need(answerer, answer, inquiry, slot, found, all_left) for slot in slots]
    ranked = sorted(needs, key=lambda need: rank(verdict.name, need, len(all_left.values)))
    return Lacks(answer, all_left.values, all_left.shown, open_, tuple(ranked), _beyond(answerer, answer))


def rank(verdict: str, need: Need, most: int) -> tuple[object, ...]:
    """What comes first is what decides most: docs/missing.md tells the order in words."""
    counts = [len(reply.leaves) for reply in need.replies] or [most]
    matters_to = 0 if verdict in need.needed_for else 1 if verdict in need.unsettled_for else 2
    who = need.fact.answered_by
    return (
        matters_to,
        1 not in counts,
        max(counts),
        Fraction(sum(counts), len(counts)),
        -len(need.needed_for),
        c.ANSWERERS.index(who) if who in c.ANSWERERS else len(c.ANSWERERS),
        isinstance(need.fact, c.Fact) and need.fact.applies is not None,
        (need.slot.name, need.slot.key or 0, need.slot.row or 0),
    )


def _need(answerer: Answerer, answer: Answer, inquiry: Inquiry, slot: Slot, found: dict[str, Mattering], all_left: Left) -> Need:
    verdict = answerer.book.core.verdict
    assert verdict is not None, "asked above"
    needed = tuple(name for name, one in found.items() if slot in one.facts)
    unsettled = tuple(name for name, one in found.items() if slot in one.unsettled)
    fact = answerer.book.stated(slot.name)
    assert fact is not None, "an open fact is declared"
    lines = tuple((name, made) for name in needed if name != verdict.name and (made := pieces(inquiry, slot, name)))
    return Need(
        slot,
        _state(answer, slot),
        fact,
        needed,
        unsettled,
        replies(inquiry, slot, verdict.name, all_left, Effort(EFFORT)) if verdict.name in needed else (),
        lines,
        _look(answer, fact),
    )


def _state(answer: Answer, slot: Slot) -> State:
    """Why a fact is not known."""
    facts = answer.run.facts
    said = facts.statements.get((slot.name, slot.key)) or facts.lists.get(slot.name)
    if slot.row is not None or said is None or said.state is State.STATED:
        return State.NOT_STATED
    return said.state


def _beyond(answerer: Answerer, answer: Answer) -> tuple[Reason, ...]:
    """Reasons that no answer to a question removes: figures that are not published, provisions in conflict, and the like."""
    return tuple(one.reason for one in answer.missing if answerer.book.stated(one.reason.name) is None)


def _look(answer: Answer, fact: c.Fact | c.ListFact) -> Look:
    phrases = fact.phrases if isinstance(fact, c.Fact) else ()
    if fact.answered_by not in c.ANSWERERS[:1]:
        return Look(phrases, (), ())
    family = fact.name.rpartition(".")[0]
    beside = [
        Beside(name, said)
        for (name, _), said in answer.run.facts.statements.items()
        if name.rpartition(".")[0] == family and family.count(".") and said.state is State.STATED and said.evidence.source
    ]
    return Look(phrases, answer.plan.documents, tuple(beside))
