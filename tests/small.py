"""Small rule texts for tests, facts for them, and runs over both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

from conftest import compiled
from planproof.evaluate import Evaluator
from planproof.plan import Asked, Facts, Key, RowsStatement, Statement
from planproof.run import Run
from planproof.values import Result, State, Unknown, Value

Said: TypeAlias = Value | State
Values: TypeAlias = Mapping[Any, Said]  # by name, or by name and year
Rows: TypeAlias = Mapping[str, Sequence[Mapping[str, Said]] | State]


def define(name: str, kind: str, result: str, *more: str) -> str:
    """A definition; `more` are its exceptions."""
    return f'define {name} : {kind}\n  label "{name}"\n  cites Test\n  is {result}\n' + "".join(f"  {text}\n" for text in more)


def except_(label: str, guard: str, result: str, *more: str) -> str:
    """An exception of a definition; `more` are its further clauses."""
    return "\n".join([f"except {label} when {guard}", f"    is {result}", *(f"    {text}" for text in more), "    cites Test"])


def fact(name: str, kind: str, *more: str) -> str:
    """A fact; `more` are its further clauses."""
    clauses = "".join(f"  {text}\n" for text in more)
    return f'fact {name} : {kind}\n  label "{name}"\n  asks "{name}?"\n{clauses}  answered by participant\n'


def listed(name: str, row: str, *columns: str, order: str = "") -> str:
    """A list; each column as `NAME : TYPE ...`."""
    head = f"list {name} of {row}" + (f" in order of {row}.{order}" if order else "")
    body = "".join(f"  each {row} has {column}\n" for column in columns)
    return f'{head}\n  label "{name}"\n  asks "{name}?"\n{body}  answered by participant\n'


def said(value: Said) -> Statement:
    """A statement of a value, or of a state without a value."""
    return Statement(None, value) if isinstance(value, State) else Statement(value, State.STATED)


def facts(values: Values, rows: Rows | None = None) -> Facts:
    """Facts from plain values; a name alone is a plain value, a pair is a value of a year."""
    statements: dict[Key, Statement] = {(at, None) if isinstance(at, str) else at: said(value) for at, value in values.items()}
    lists: dict[str, RowsStatement] = {}
    for name, given in (rows or {}).items():
        if isinstance(given, State):
            lists[name] = RowsStatement((), given)
        else:
            lists[name] = RowsStatement(tuple({column: said(value) for column, value in row.items()} for row in given))
    return Facts(statements, lists)


@cache
def evaluator(text: str) -> Evaluator:
    """The evaluator of a rule text."""
    return Evaluator(compiled(text))


def ask(text: str, values: Values | None = None, rows: Rows | None = None, year: int | None = 2026) -> Run:
    """A run of a rule text over some facts."""
    return evaluator(text).run(facts(values or {}, rows), Asked(year))


def value(text: str, values: Values | None = None, rows: Rows | None = None, name: str = "answer") -> Result:
    """The value of one definition."""
    return ask(text, values, rows).step(name).value


def causes(result: Result) -> set[tuple[str, State]]:
    """Names and states of the causes of an unknown; it must be one."""
    assert isinstance(result, Unknown), f"known: {result}"
    return {(reason.name, reason.state) for reason in result.reasons}
