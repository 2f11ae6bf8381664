"""What decides a step: the limit that binds an amount, and the inputs without which the value could differ."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from planproof import core as c
from planproof.functions import FUNCTIONS, TESTS
from planproof.proof import DefinitionStep, Step
from planproof.run import Run
from planproof.values import Unknown

NOT_TOLD = object()  # a value that a name alone does not tell


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
    values = values_read(step)
    names = names_read(taken.body, values)
    for branch in definition.branches[1:]:
        if branch.guard is not None and branch.label not in taken.over:
            names |= names_read(branch.guard, values)
    return tuple(found for found in step.inputs if found.name in names)


def values_read(step: Step) -> dict[str, object]:
    """The values of a step's inputs by name; of a name read for two years or rows, that it is not told."""
    values: dict[str, object] = {}
    for found in step.inputs:  # a name read for two years tells nothing by its name alone
        values[found.name] = NOT_TOLD if found.name in values else found.value
    return values


def names_read(node: c.Expression, values: Mapping[str, object]) -> set[str]:
    """The names that a condition or an amount turns on: of several, only the first that settles it."""
    match node:
        case c.AllOf(operands) | c.AnyOf(operands):
            wanted = isinstance(node, c.AnyOf)
            sure = [operand for operand in operands if truth(operand, values) is wanted]
            return set().union(*(names_read(operand, values) for operand in sure[:1] or operands))
        case c.Not(operand) | c.IsKnown(operand) | c.IsNone(operand):
            return names_read(operand, values)
        case c.Apply(_, operands):
            return set().union(*(names_read(operand, values) for operand in operands))
        case c.Keyed(name, key):
            return {name} | names_read(key, values)
        case c.Named(name):
            return {name}
        case c.Literal():
            return set()
        case _:
            return set(values)


def truth(node: c.Expression, values: Mapping[str, object]) -> object:
    """Yes or no where the values tell it, else nothing."""
    match node:
        case c.Literal() | c.Named() | c.Keyed():
            found = value_read(node, values)
            return found if isinstance(found, bool) else None
        case c.Not(operand):
            inner = truth(operand, values)
            return not inner if isinstance(inner, bool) else None
        case c.AllOf(operands):
            return _folded([truth(operand, values) for operand in operands], False)
        case c.AnyOf(operands):
            return _folded([truth(operand, values) for operand in operands], True)
        case c.Apply(function, (left, right)) if function in TESTS:
            first, second = value_read(left, values), value_read(right, values)
            if first is NOT_TOLD or second is NOT_TOLD:
                return None
            return FUNCTIONS[function].apply(first, second) is True if first is not None and second is not None else False
        case _:
            return None


def value_read(node: c.Expression, values: Mapping[str, object]) -> object:
    """The known value of a name or literal; else that it is not told."""
    match node:
        case c.Literal(value):
            return value
        case c.Named(name) | c.Keyed(name):
            found = values.get(name, NOT_TOLD)
            return NOT_TOLD if isinstance(found, Unknown) else found
        case _:
            return NOT_TOLD


def _folded(values: list[object], decisive: bool) -> object:
    if decisive in values:
        return decisive
    return (not decisive) if all(value is (not decisive) for value in values) else None
