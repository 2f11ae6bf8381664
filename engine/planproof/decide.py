"""What decides a step: the limit that binds an amount, and the inputs without which the value could differ."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from planproof import core as c
from planproof.functions import FUNCTIONS, TESTS
from planproof.proof import DefinitionStep, Step
from planproof.run import Run
from planproof.values import Unknown

_NOT_TOLD = object()


def binding(definitions: Mapping[str, c.Definition], run: Run, name: str) -> str | None:
    """The limit that decides a known amount: the argument chosen by each `lesser of`, down to a name that has none.

    An exception that fixes an amount decides it, as `name.exception`.
    A difference is decided by what is subtracted from; a floor at a written value and a rounding decide nothing.
    """
    step = run.step(name)
    if isinstance(step.value, Unknown):
        return None
    while isinstance(step, DefinitionStep) and len(step.taken) == 1:
        branch = next(b for b in definitions[step.name].branches if b.label == step.taken[0])
        inner = _decider(run, branch.body)
        if inner is None:
            return f"{step.name}.{branch.label}" if branch.label and isinstance(branch.body, c.Literal) else step.name
        step = run.keyed(inner.name) if isinstance(inner, c.Keyed) else run.step(inner.name)
    return step.name


def _decider(run: Run, body: c.Expression) -> c.Named | c.Keyed | None:
    if isinstance(body, c.Named):
        return body
    if isinstance(body, c.Keyed):
        return body if body.own else None
    if not isinstance(body, c.Apply):
        return None
    floored = body.function == "greater_of" and isinstance(body.arguments[-1], c.Literal)
    if body.function in ("lesser_of", "greater_of") and not floored:
        values = [run.value(argument) for argument in body.arguments]
        known = [value for value in values if isinstance(value, int | Fraction)]
        if len(known) < len(values):
            return None
        extreme = min(known) if body.function == "lesser_of" else max(known)
        return _decider(run, body.arguments[values.index(extreme)])
    if body.function == "subtract" or floored or body.function.startswith("round_"):
        return _decider(run, body.arguments[0])
    return None


def deciding_inputs(definitions: dict[str, c.Definition], step: Step) -> tuple[Step, ...]:
    """The inputs that a step's value rests on.

    Of a yes by `or` only what is yes, of a no by `and` only what is no; of the guards, only those that could have
    changed the branch.
    """
    if not isinstance(step, DefinitionStep) or len(step.taken) != 1:
        return step.inputs
    definition = definitions[step.name]
    taken = next(branch for branch in definition.branches if branch.label == step.taken[0])
    values: dict[str, object] = {}
    for found in step.inputs:  # a name read for two years tells nothing by its name alone
        values[found.name] = _NOT_TOLD if found.name in values else found.value
    names = _names(taken.body, values)
    for branch in definition.branches[1:]:
        if branch.guard is not None and branch.label not in taken.over:
            names |= _names(branch.guard, values)
    return tuple(found for found in step.inputs if found.name in names)


def _names(node: c.Expression, values: Mapping[str, object]) -> set[str]:
    match node:
        case c.AllOf(operands) | c.AnyOf(operands):
            wanted = isinstance(node, c.AnyOf)
            sure = [operand for operand in operands if _truth(operand, values) is wanted]
            return set().union(*(_names(operand, values) for operand in sure[:1] or operands))
        case c.Not(operand) | c.IsKnown(operand) | c.IsNone(operand):
            return _names(operand, values)
        case c.Apply(_, operands):
            return set().union(*(_names(operand, values) for operand in operands))
        case c.Keyed(name, key):
            return {name} | _names(key, values)
        case c.Named(name):
            return {name}
        case c.Literal():
            return set()
        case _:
            return set(values)


def _truth(node: c.Expression, values: Mapping[str, object]) -> object:
    """Yes or no where the values tell it, else nothing."""
    match node:
        case c.Literal() | c.Named() | c.Keyed():
            found = _value(node, values)
            return found if isinstance(found, bool) else None
        case c.Not(operand):
            inner = _truth(operand, values)
            return not inner if isinstance(inner, bool) else None
        case c.AllOf(operands):
            return _folded([_truth(operand, values) for operand in operands], False)
        case c.AnyOf(operands):
            return _folded([_truth(operand, values) for operand in operands], True)
        case c.Apply(function, (left, right)) if function in TESTS:
            first, second = _value(left, values), _value(right, values)
            if first is _NOT_TOLD or second is _NOT_TOLD:
                return None
            return FUNCTIONS[function].apply(first, second) is True if first is not None and second is not None else False
        case _:
            return None


def _value(node: c.Expression, values: Mapping[str, object]) -> object:
    match node:
        case c.Literal(value):
            return value
        case c.Named(name) | c.Keyed(name):
            found = values.get(name, _NOT_TOLD)
            return _NOT_TOLD if isinstance(found, Unknown) else found
        case _:
            return _NOT_TOLD


def _folded(values: list[object], decisive: bool) -> object:
    if decisive in values:
        return decisive
    return (not decisive) if all(value is (not decisive) for value in values) else None
