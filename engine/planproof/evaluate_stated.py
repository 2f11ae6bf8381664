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


def plain_fact(fact: c.Fact, guard: Compiled | None) -> Compiled:
    """Derives the step of a fact without years; `guard` says whether it applies."""
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
    """Derives the step of a parameter without years; it has no value where none was published yet."""
    row = parameter.value_for(None)
    step = ParameterStep(parameter.name, None, row.value if row else unknown_because(parameter.name, State.PARAMETER_UNPUBLISHED), ())
    return lambda run: step


def keyed(node: c.Keyed, fact: c.Fact | None, parameter: c.Parameter | None, compile_: Compile, guard: Compiled | None) -> Compiled:
    """Reads a fact or parameter for a year. What the year itself is read from belongs to the reader."""
    name, own, key_of = node.name, node.own, compile_(node.key)
    no_year = unknown_because(getattr(node.key, "name", name), State.NOT_APPLICABLE)
    by_year = {value.key: value for value in parameter.values} if parameter else {}

    def read(run: Run) -> Result:
        key = key_of(run)
        if key is None:
            key = no_year
        at = (name, key, own and key.__class__ is Unknown)
        step: FactStep | ParameterStep | None = run.memo.get(at)
        if step is None:
            home = run.home(name)
            step = home.memo.get(at)
            if step is None:
                step = _keyed_fact(home, fact, guard, key, own) if fact else _keyed_parameter(name, by_year, key)
            run.memo[at] = home.memo[at] = step
        run.reads.append(step)
        return step.value

    return read


def _keyed_parameter(name: str, by_year: dict[int | None, c.ParameterValue], key: Any) -> ParameterStep:
    if key.__class__ is Unknown:
        return ParameterStep(name, None, key, ())
    row = by_year.get(key)
    if row is None:
        return ParameterStep(name, key, unknown_because(name, State.PARAMETER_UNPUBLISHED, key=key), ())
    if not row.in_force:
        return ParameterStep(name, key, unknown_because(name, State.NOT_IN_FORCE, key=key), ())
    return ParameterStep(name, key, row.value, ())


def _keyed_fact(run: Run, fact: c.Fact, guard: Compiled | None, key: Any, own: bool) -> FactStep:
    """A plain value answers the fact's own year, even where that year is not known; a value of a year answers it.

    Where it is not known whether a plain value answers the year, the fact is unknown for the reasons of its own year.
    """
    statements, name = run.facts.statements, fact.name
    plain = statements.get((name, None))
    if key.__class__ is Unknown:
        latest = max((found.layer for (other, year), found in statements.items() if other == name and year is not None), default=-1)
        answers = own and plain is not None and plain.layer >= latest
        why = key.reasons if (latest >= 0 or plain is not None) and not answers else _NO_REASON
        return _fact_step(run, fact, guard, None, plain if answers else None, (), why)
    statement = statements.get((name, key))
    inputs: tuple[Step, ...] = ()
    if plain is not None:
        assert fact.key is not None
        year = run.step(fact.key)
        inputs = (year,)
        later = statement is None or plain.layer > statement.layer
        if later and isinstance(year.value, Unknown):
            return _fact_step(run, fact, guard, key, None, inputs, year.value.reasons)
        if later and year.value == key:
            statement = plain
    return _fact_step(run, fact, guard, key, statement, inputs)
