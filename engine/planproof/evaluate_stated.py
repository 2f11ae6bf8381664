"""Steps of what is stated or published: facts, parameters, and what was asked."""

from __future__ import annotations

from typing import Any

from planproof import core as c
from planproof.plan import Statement
from planproof.proof import AskedStep, FactStep, ParameterStep, Step
from planproof.run import Compile, Compiled, Run
from planproof.values import Reason, Result, State, Unknown, unknown_because

_NO_REASON = frozenset[Reason]()


def asked(name: str, value: Any) -> AskedStep:
    """The step of the year or date asked for."""
    return AskedStep(name, unknown_because(name, State.NOT_STATED) if value is None else value)


def plain_fact(fact: c.Fact, compile_: Compile) -> Compiled:
    """Derives the step of a fact without years."""
    guard = compile_(fact.applies) if fact.applies else None
    at = (fact.name, None)
    return lambda run: _fact_step(run, fact, guard, None, run.facts.statements.get(at))


def _fact_step(
    run: Run,
    fact: c.Fact,
    guard: Compiled | None,
    key: int | None,
    statement: Statement | None,
    inputs: tuple[Step, ...] = (),
    why: frozenset[Reason] = _NO_REASON,
) -> FactStep:
    applies: Any = True
    if guard is not None:
        applies, reads = run.apart(guard)
        inputs = tuple(dict.fromkeys((*inputs, *reads)))
    if applies is False or applies is None:
        return FactStep(fact.name, key, None, None, State.NOT_APPLICABLE, statement, inputs)
    if statement is not None and statement.state is State.STATED:
        return FactStep(fact.name, key, None, statement.value, State.STATED, statement, inputs)
    if statement is None and fact.presumed is not None and applies is True and not why:
        return FactStep(fact.name, key, None, fact.presumed.value, State.PRESUMED, None, inputs)
    state = statement.state if statement else State.NOT_STATED
    reasons = why
    if not why and (statement is not None or fact.presumed is None):
        reasons = frozenset((Reason(fact.name, state, key),))
    if applies is not True:
        reasons |= applies.reasons
    return FactStep(fact.name, key, None, Unknown(reasons), state, statement, inputs)


def constant(parameter: c.Parameter) -> Compiled:
    """Derives the step of a parameter without years."""
    step = ParameterStep(parameter.name, None, parameter.values[0].value, ())
    return lambda run: step


def keyed(node: c.Keyed, fact: c.Fact | None, parameter: c.Parameter | None, compile_: Compile) -> Compiled:
    """Reads a fact or parameter for a year."""
    key_of = compile_(node.key)
    guard = compile_(fact.applies) if fact and fact.applies else None
    by_year = {value.key: value for value in parameter.values} if parameter else {}

    def read(run: Run) -> Result:
        key, reads = run.apart(key_of)
        at = (node.name, key, node.own)
        step: FactStep | ParameterStep | None = run.memo.get(at)
        if step is None:
            inputs = tuple(dict.fromkeys(reads))
            step = _keyed_fact(run, fact, guard, key, node.own, inputs) if fact else _keyed_parameter(node.name, by_year, key, inputs)
            run.memo[at] = step
        run.reads.append(step)
        return step.value

    return read


def _keyed_parameter(name: str, by_year: dict[int | None, c.ParameterValue], key: Any, inputs: tuple[Step, ...]) -> ParameterStep:
    if key.__class__ is Unknown:
        return ParameterStep(name, None, key, inputs)
    row = by_year.get(key)
    if row is None:
        return ParameterStep(name, key, unknown_because(name, State.PARAMETER_UNPUBLISHED, key=key), inputs)
    if not row.in_force:
        return ParameterStep(name, key, unknown_because(name, State.NOT_IN_FORCE, key=key), inputs)
    return ParameterStep(name, key, row.value, inputs)


def _keyed_fact(run: Run, fact: c.Fact, guard: Compiled | None, key: Any, own: bool, inputs: tuple[Step, ...]) -> FactStep:
    """A plain value answers the fact's own year, even where that year is not known; a value of a year answers it."""
    statements, name = run.facts.statements, fact.name
    known = key.__class__ is not Unknown
    statement = statements.get((name, key)) if known else None
    plain = statements.get((name, None))
    assert fact.key is not None
    if statement is None and plain is not None:
        if not own and known:
            inputs = tuple(dict.fromkeys((*inputs, run.step(fact.key))))
        if own or (known and run.step(fact.key).value == key):
            statement = plain
    dated = statement is None and not known and any(at[0] == name for at in statements)
    return _fact_step(run, fact, guard, key if known else None, statement, inputs, key.reasons if dated else _NO_REASON)
