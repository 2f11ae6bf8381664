"""What comes out under each reading of an ambiguous document, and by each of sources that disagree.

Every combination of readings is evaluated, up to a bound; what is left out is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, product
from math import prod

from planproof.answer import Answer, Answerer, verdict_word
from planproof.plan import Asked, Claim, Facts, Key, Statement
from planproof.proof import Amount, FactStep
from planproof.values import Result, State, Unknown

MOST_CASES = 64
_OPEN = (State.AMBIGUOUS, State.CONFLICTING)


@dataclass(frozen=True, slots=True)
class Choice:
    """A fact that the documents answer in more than one way."""

    key: Key
    statement: Statement


@dataclass(frozen=True, slots=True)
class Case:
    """What comes out if each choice is read in one way: the claims are in the order of the choices."""

    claims: tuple[Claim, ...]
    verdict: str
    amounts: tuple[tuple[str, Amount], ...]
    paths: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


@dataclass(frozen=True, slots=True)
class Readings:
    """Every choice, every case that was evaluated, and how many were not."""

    choices: tuple[Choice, ...]
    cases: tuple[Case, ...]
    left_out: int

    @property
    def agree(self) -> bool | None:
        """Whether the verdict is the same in all cases; nothing if those that were evaluated agree and some were left out."""
        same = len({case.verdict for case in self.cases}) == 1
        return None if same and self.left_out else same

    def amounts(self) -> tuple[str, ...]:
        """The amounts that are not the same in all cases that were evaluated."""
        return _differing([[(name, _plain(amount.step.value)) for name, amount in case.amounts] for case in self.cases])

    def paths(self) -> tuple[str, ...]:
        """The paths that do not stand the same in all of them."""
        return _differing([case.paths for case in self.cases])


def readings(answerer: Answerer, answer: Answer) -> Readings | None:
    """The verdict, amounts and paths under each reading; nothing if the documents can be read in one way only."""
    choices = tuple(_choices(answer))
    if not choices:
        return None
    combinations = product(*(choice.statement.claims for choice in choices))
    cases = tuple(_case(answerer, answer, choices, claims) for claims in islice(combinations, MOST_CASES))
    return Readings(choices, cases, prod(len(choice.statement.claims) for choice in choices) - len(cases))


def _choices(answer: Answer) -> Iterator[Choice]:
    """What the proof needs and the documents answer in more than one way, by name and year."""
    needed = {id(step.statement) for step in answer.proof.steps() if isinstance(step, FactStep) and step.state in _OPEN}
    statements = answer.run.facts.statements
    for key in sorted(statements, key=lambda key: (key[0], key[1] or 0)):
        if id(statements[key]) in needed:
            yield Choice(key, statements[key])


def _case(answerer: Answerer, answer: Answer, choices: tuple[Choice, ...], claims: tuple[Claim, ...]) -> Case:
    chosen = {choice.key: _read(choice.statement, claim) for choice, claim in zip(choices, claims, strict=True)}
    facts = answer.run.facts
    facts = Facts({**facts.statements, **chosen}, facts.lists)
    proof, run = answerer.prove(facts, Asked(answer.year, answer.date), answer.proof.context)
    paths = tuple((path.path.name, path.phases) for path in answerer.paths(run))
    return Case(claims, verdict_word(proof.verdict.value), proof.amounts, paths)


def _read(statement: Statement, claim: Claim) -> Statement:
    return replace(statement, value=claim.value, state=State.STATED, evidence=claim.evidence, span=claim.span, claims=())


def _differing(cases: Iterable[Iterable[tuple[str, object]]]) -> tuple[str, ...]:
    values: dict[str, set[object]] = {}
    for case in cases:
        for name, value in case:
            values.setdefault(name, set()).add(value)
    return tuple(name for name, found in values.items() if len(found) > 1)


def _plain(value: Result) -> object:
    return "unknown" if isinstance(value, Unknown) else value
