"""What of the law stands in the way of what is wanted: provisions and figures without which, or with another, it would be given.

Asked where no facts give what is wanted. Each is confirmed by the reference evaluator: without the provision, or with the
figure at the ends of the stretch that is told. Only what the answer now rests on is looked at, one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from planproof import core as c
from planproof.evaluate import Evaluator
from planproof.logic import chosen, outcomes
from planproof.plan import Asked, Facts
from planproof.possible import Possible
from planproof.proof import DefinitionStep, ParameterStep, Step, walk
from planproof.run import Run
from planproof.stretches import grain, stretch
from planproof.types import NUMERIC, Kind, Type
from planproof.values import Exact, Unknown

_MOST_FIGURE = {Kind.MONEY: 10**10, Kind.RATE: 10, Kind.NUMBER: 10**6, Kind.COUNT: 10**6}


@dataclass(frozen=True, slots=True)
class Provision:
    """An exception that holds, and without which what is wanted would be given."""

    definition: c.Definition
    branch: c.Branch


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a year (or of all) and the stretches of it with which what is wanted would be given."""

    parameter: c.Parameter
    year: int | None
    value: Exact
    to: tuple[Possible, ...]


def obstacles(evaluator: Evaluator, facts: Facts, asked: Asked, test: c.Expression) -> tuple[Provision | Figure, ...]:
    """The provisions and figures below a test each of which alone stands in the way of it."""
    run = evaluator.run(facts, asked)
    steps = list(walk(tuple(run.apart(run.program.compile(test))[1])))
    found: list[Provision | Figure] = list(_provisions(evaluator, run, steps, test))
    return (*found, *_figures(evaluator, run, steps, test))


def _provisions(evaluator: Evaluator, run: Run, steps: list[Step], test: c.Expression) -> Iterator[Provision]:
    for step in steps:
        if isinstance(step, DefinitionStep) and step.row is None:
            definition = evaluator.definitions[step.name]
            for branch in definition.branches[1:]:
                if branch.label in step.taken and dict(step.guards)[branch.label] is True:
                    without = {step.name: _without(run, definition, step, branch)}
                    if evaluator.run(run.facts, run.asked, without).value(test) is True:
                        yield Provision(definition, branch)


def _without(run: Run, definition: c.Definition, step: DefinitionStep, gone: c.Branch) -> Any:
    """What a definition comes to if one of its exceptions did not hold."""
    exceptions = definition.branches[1:]
    held = [False if branch is gone else value for branch, (_, value) in zip(exceptions, step.guards, strict=True)]
    over = [frozenset(i for i, other in enumerate(exceptions) if other.label in branch.over) for branch in exceptions]
    found, _, unknown = outcomes(definition.name, held, over, [branch.label for branch in exceptions])
    return chosen(definition.name, [run.value(definition.branches[branch].body) for branch in found], unknown)


def _figures(evaluator: Evaluator, run: Run, steps: list[Step], test: c.Expression) -> Iterator[Figure]:
    parameters = {parameter.name: parameter for parameter in evaluator.core.parameters}
    for step in steps:
        if isinstance(step, ParameterStep) and not isinstance(step.value, Unknown) and _is_figure(parameters[step.name].type):
            parameter = parameters[step.name]
            to = _stretches(run, step, parameter.type, test)
            if to:
                yield Figure(parameter, step.key, step.value, to)  # type: ignore[arg-type]


def _is_figure(type_: Type) -> bool:
    return type_.kind in NUMERIC and not type_.optional


def _stretches(run: Run, step: ParameterStep, type_: Type, test: c.Expression) -> tuple[Possible, ...]:
    """Where on either side of a figure what is wanted would be given, if it is at the far end of that side."""
    now: Any = step.value
    step_size, most = grain(type_.kind), _MOST_FIGURE[type_.kind]
    found: list[Possible] = []
    for near, far in ((now - step_size, 0), (now + step_size, most)):
        if 0 <= near <= most and _gives(run, step, far, test):
            end = _nearest(run, step, near, far, step_size, test)
            found.append(stretch(min(end, far), max(end, far)))
    return tuple(found)


def _nearest(run: Run, step: ParameterStep, near: Any, far: Any, size: Any, test: c.Expression) -> Any:
    """The figure nearest to the present one from which on, as far as halving tells, what is wanted is given."""
    if _gives(run, step, near, test):
        return near
    steps = abs(far - near) // size
    low, high = 0, steps
    sign = 1 if far > near else -1
    while high - low > 1:
        middle = (low + high) // 2
        if _gives(run, step, near + sign * middle * size, test):
            high = middle
        else:
            low = middle
    return near + sign * high * size


def _gives(run: Run, step: ParameterStep, value: Any, test: c.Expression) -> bool:
    """Whether what is wanted is given with another figure."""
    other = Run(run.program, run.facts, run.asked, {})
    changed = ParameterStep(step.name, step.key, value, ())
    other.memo[step.name if step.key is None else (step.name, step.key, False)] = changed
    return other.value(test) is True
