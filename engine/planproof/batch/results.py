"""Answers as rows: the columns of an output, and what the reference evaluator puts in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Protocol, TypeAlias

from planproof.answer import Answerer
from planproof.decide import deciding_inputs
from planproof.encode import canonical
from planproof.flat import cells_of
from planproof.plan import Asked, Facts
from planproof.proof import Context, FactStep, Step
from planproof.rulebook import Rulebook
from planproof.types import Kind, shown
from planproof.values import Reason, Result, Unknown

Cell: TypeAlias = str | int | tuple[str, ...] | None
ResultRow: TypeAlias = dict[str, Cell]

KEYS = ("id", "plan", "group", "year", "scenario", "source", "row")
PLAN_WORDS = ("type", "expected", "difference")  # what a plan says of itself, beside the answer


class Holds(StrEnum):
    """What a column of an output holds."""

    TEXT = "text"
    NUMBER = "number"
    CENTS = "cents"
    TEXTS = "texts"


@dataclass(frozen=True, slots=True)
class Question:
    """One row to be answered: who it is about, where it stands, what is stated of the plan, and over it of the participant."""

    id: str
    plan: str
    group: str
    source: str
    row: int
    scenario: str
    asked: Asked
    plan_facts: Facts
    own_facts: Facts
    words: tuple[str, ...] = ("", "", "")  # what the plan says of itself

    @property
    def facts(self) -> Facts:
        """All that is stated."""
        return self.plan_facts.joined(self.own_facts)

    def keys(self) -> ResultRow:
        """The cells that say which row it is."""
        return {
            "id": self.id,
            "plan": self.plan or None,
            "group": self.group or None,
            "year": self.asked.year,
            "scenario": self.scenario or None,
            "source": self.source,
            "row": self.row,
        }

    def plan_words(self) -> ResultRow:
        """The cells that a plan fills itself."""
        return {name: text or None for name, text in zip(PLAN_WORDS, self.words, strict=True)}


def columns(book: Rulebook, *, of_plans: bool = True) -> dict[str, Holds]:
    """The columns of an output in order, and what each holds; what a plan says of itself is told of plans only."""
    verdict = book.core.verdict
    assert verdict is not None, "a rule book that gives no verdict answers nothing"
    found = {name: Holds.NUMBER if name in ("year", "row") else Holds.TEXT for name in KEYS}
    if of_plans:
        found |= dict.fromkeys(PLAN_WORDS, Holds.TEXT)
    found["verdict"] = Holds.TEXT
    for name in verdict.amounts:
        found |= {name: Holds.CENTS, f"{name}__binding": Holds.TEXT, f"{name}__state": Holds.TEXT}
    for path in book.core.paths:
        found |= {f"{path.name}.{phase}": Holds.TEXT for phase in verdict.phases}
        found |= dict.fromkeys(path.consequences, Holds.CENTS)
    found |= dict.fromkeys(("pitfalls", "pitfalls_possible", "missing", "errors", "decided_by"), Holds.TEXTS)
    return {**found, "input_hash": Holds.TEXT, "rules_hash": Holds.TEXT}


class Backend(Protocol):
    """Whatever answers questions: a row for each, in order."""

    def results(self, questions: Iterable[Question]) -> Iterator[ResultRow]:
        """A row for each question, in order."""


class Reference:
    """Answers questions by the reference evaluator; equal facts are answered once."""

    def __init__(self, answerer: Answerer, *, of_plans: bool = True, most_kept: int = 5_000) -> None:
        self.of_plans = of_plans
        self.answerer = answerer
        self._kept: dict[tuple[str, Asked], ResultRow] = {}
        self._most_kept = most_kept
        self.hashes = InputHashes(answerer.book)

    def results(self, questions: Iterable[Question]) -> Iterator[ResultRow]:
        """A row for each question, in order."""
        for question in questions:
            yield {**question.keys(), **(question.plan_words() if self.of_plans else {}), **self._answer(question)}

    def _answer(self, question: Question) -> ResultRow:
        key = self.hashes.of(question), question.asked
        row = self._kept.get(key)
        if row is None:
            if len(self._kept) >= self._most_kept:
                self._kept.clear()
            row = self._kept[key] = {**self._found(question), "input_hash": key[0], "rules_hash": self.answerer.book.hash}
        return row

    def _found(self, question: Question) -> ResultRow:
        """What the evaluator says, by column."""
        answerer, book = self.answerer, self.answerer.book
        context = Context(book.hash, "", "", "", question.asked.year, question.asked.date, question.group, about_participant=False)
        proof, run = answerer.prove(question.facts, question.asked, context)
        found: ResultRow = {"verdict": "unknown" if isinstance(proof.verdict.value, Unknown) else str(proof.verdict.value)}
        for name, amount in proof.amounts:
            value = amount.step.value
            found |= {name: _cents(value), f"{name}__binding": amount.binding, f"{name}__state": "none" if value is None else None}
        for path in answerer.paths(run):
            found |= {f"{path.path.name}.{phase}": status for phase, status in path.phases}
            found |= {f"{path.path.name}.{one.kind}": _cents(one.value) for one in path.consequences}
        pitfalls = answerer.pitfalls(run)
        return {
            **found,
            "pitfalls": tuple(one.pitfall.name for one in pitfalls if one.certain),
            "pitfalls_possible": tuple(one.pitfall.name for one in pitfalls if not one.certain),
            "missing": tuple(dict.fromkeys(reason_text(one.reason) for one in answerer.missing(proof))),
            "errors": tuple(f"{one.code}: {one.message}" for one in answerer.errors(run, proof.steps())),
            "decided_by": decided_by(answerer, proof.verdict),
        }


def decided_by(answerer: Answerer, verdict: Step) -> tuple[str, ...]:
    """The facts that a verdict rests on, with those of their values that are words; of an unknown one, what is missing."""
    if isinstance(verdict.value, Unknown):
        return tuple(dict.fromkeys(reason.name for reason in sorted(verdict.value.reasons)))
    found: set[str] = set()
    seen: set[Step] = set()
    waiting: list[Step] = [verdict]
    while waiting:
        step = waiting.pop()
        if step in seen:
            continue
        seen.add(step)
        if isinstance(step, FactStep) and step.row is None and not isinstance(step.value, Unknown):
            found.add(_told(answerer, step))
        waiting.extend(deciding_inputs(answerer.evaluator.definitions, step))
    return tuple(sorted(found))


def _told(answerer: Answerer, step: FactStep) -> str:
    kind = answerer.book.kind(step.name)
    words = step.value is None or kind in (Kind.TRUTH, Kind.CHOICE)
    return f"{step.name}={shown(step.value, kind)}" if words else step.name


def _cents(value: Result) -> int | None:
    if value is None or isinstance(value, Unknown):
        return None
    assert isinstance(value, int), "an amount is whole cents"
    return value


def reason_text(reason: Reason) -> str:
    """What is not known, as a column is named: `NAME`, `NAME@2025`, `NAME#2` for the second row of a list."""
    return reason.name + (f"#{reason.row}" if reason.row is not None else "") + (f"@{reason.key}" if reason.key is not None else "")


class InputHashes:
    """Hashes of what is stated, for one rule book; what many participants share of a plan is hashed once."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self._plans: dict[int, tuple[Facts, str]] = {}

    def of(self, question: Question) -> str:
        """The hash of all that a question rests on, but for the year and the date."""
        known = self._plans.get(id(question.plan_facts))
        if known is None:
            if len(self._plans) > 10_000:
                self._plans.clear()
            known = self._plans[id(question.plan_facts)] = question.plan_facts, self.digest(question.plan_facts)
        return sha256((known[1] + self.digest(question.own_facts)).encode()).hexdigest()

    def digest(self, facts: Facts) -> str:
        """The hash of cells, and of which of a plain value and those of years is the later."""
        years = {name for name, year in facts.statements if year is not None}
        both = sorted((name, year or 0, said.layer) for (name, year), said in facts.statements.items() if name in years)
        return sha256(canonical([cells_of(self._book, facts), both if any(not year for _, year, _ in both) else []])).hexdigest()
