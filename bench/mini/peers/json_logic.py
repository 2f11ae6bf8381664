"""panzi-json-logic: an expression of JSON for each rule, evaluated one after the other into the row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mini.outputs import Answer
from mini.peers.decisions import Compare, Constant, Extreme, Floor, Infix, Is, Name, One, Rule, Term, Test
from mini.peers.library import library
from mini.rows import Row


class JsonLogic:
    """The rules as JSON."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._evaluate = library("json_logic").jsonLogic
        self._rules = [(rule.name, _rule(rule)) for rule in rules]

    def answers(self, rows: Sequence[Row]) -> list[Answer]:
        """The answers to rows."""
        return [self._answer(row) for row in rows]

    def _answer(self, row: Row) -> Answer:
        values: dict[str, Any] = dict(row)
        for name, expression in self._rules:
            values[name] = self._evaluate(expression, values)
        return values


def _rule(rule: Rule) -> Any:
    """A rule as one `if` of tests and values in turn."""
    if not rule.cases:
        return _term(rule.otherwise)
    parts = [part for case in rule.cases for part in (_any_of(case.any_of), _term(case.value))]
    return {"if": [*parts, _term(rule.otherwise)]}


def _any_of(tests: tuple[Test, ...]) -> Any:
    return _test(tests[0]) if len(tests) == 1 else {"or": [_test(test) for test in tests]}


def _test(test: Test) -> Any:
    match test:
        case Is(name, what):
            return {"===": [{"var": name}, what]}
        case Compare(sign, left, right):
            return {"===" if sign == "==" else sign: [_term(left), _term(right)]}


def _term(term: Term) -> Any:
    match term:
        case Constant(value):
            return value
        case Name(name):
            return {"var": name}
        case Infix(sign, left, right):
            return {sign: [_term(left), _term(right)]}
        case Floor(inner, by):
            whole = _term(inner)
            return {"/": [{"-": [whole, {"%": [whole, by]}]}, by]}
        case Extreme(least, left, right):
            return {"min" if least else "max": [_term(left), _term(right)]}
        case Compare():
            return _test(term)
        case One(test):
            return {"if": [_test(test), 1, 0]}
