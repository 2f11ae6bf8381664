"""A proof: the steps from stated facts and published parameters to a verdict. Pure data, wording is a later pass.

A step holds what was computed; what a provision says (its text, authority and place) stands in the core under the
step's name. Steps compare by identity: the same step is one object wherever it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, TypeVar, dataclass_transform

from planproof.plan import RowsStatement, Statement
from planproof.values import Exact, Result, State

Made = TypeVar("Made")


@dataclass_transform(frozen_default=True, eq_default=False)
def _step(cls: type[Made]) -> type[Made]:
    """A kind of step: frozen to the type checker alone, as what guards it at run time makes it slow to make."""
    return dataclass(slots=True, eq=False)(cls)


@_step
class AskedStep:
    """The year or date that the verdict is asked for."""

    name: str
    value: Result
    inputs: tuple[Step, ...] = ()


@_step
class FactStep:
    """A fact, or one cell of a list, with how it stands."""

    name: str
    key: int | None
    row: int | None
    value: Result
    state: State
    statement: Statement | None
    inputs: tuple[Step, ...]


@_step
class ListStep:
    """A list: how many rows are stated."""

    name: str
    value: Result
    statement: RowsStatement | None
    inputs: tuple[Step, ...] = ()


@_step
class ParameterStep:
    """A parameter's value for a year."""

    name: str
    key: int | None
    value: Result
    inputs: tuple[Step, ...]


@_step
class GivenStep:
    """A definition replaced by an example's own value."""

    name: str
    value: Result
    inputs: tuple[Step, ...] = ()


@_step
class DefinitionStep:
    """A definition: the guards of its exceptions, the branches that can hold, the value before rounding, the value.

    `taken` has one label if it is certain which branch holds (the base is the empty label), else every label that
    can, those of a possible conflict included. `before` is `None` where the branch does not round.
    """

    name: str
    row: int | None
    value: Result
    before: Exact | None
    taken: tuple[str, ...]
    guards: tuple[tuple[str, Result], ...]
    inputs: tuple[Step, ...]


Day: TypeAlias = date  # as a field is called `date`
Step: TypeAlias = AskedStep | FactStep | ListStep | ParameterStep | GivenStep | DefinitionStep


@dataclass(frozen=True, slots=True)
class Amount:
    """A money result of the verdict, with the name of the limit that decides it."""

    step: Step
    binding: str | None


@dataclass(frozen=True, slots=True)
class Context:
    """What a proof is a proof of: hashes of rule book and inputs, and the question. No time, no engine version.

    `known`: as law and plan were known on a day; nothing: all that is known.
    """

    rulebook: str
    plan: str
    participant: str
    settings: str
    year: int | None
    date: date | None
    group: str
    about_participant: bool
    known: Day | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """The verdict's step, and those of its amounts, paths, pitfalls, by name."""

    context: Context
    verdict: Step
    amounts: tuple[tuple[str, Amount], ...]
    others: tuple[tuple[str, Step], ...]

    def roots(self) -> tuple[Step, ...]:
        """Every step that is asked for itself."""
        return (self.verdict, *(amount.step for _, amount in self.amounts), *(step for _, step in self.others))

    def step(self, name: str) -> Step:
        """A step that is asked for itself, by name."""
        return next(step for step in self.roots() if step.name == name)

    def steps(self) -> Iterator[Step]:
        """Every step once, what is used before what uses it."""
        return walk(self.roots())


def walk(roots: tuple[Step, ...]) -> Iterator[Step]:
    """Every step under the roots once, what is used before what uses it."""
    opened: set[Step] = set()
    given: set[Step] = set()
    stack = list(reversed(roots))
    while stack:
        step = stack[-1]
        if step not in opened:
            opened.add(step)
            stack.extend([child for child in reversed(step.inputs) if child not in opened])
        else:
            stack.pop()
            if step not in given:
                given.add(step)
                yield step
