"""rule-engine: a rule for each definition, evaluated one after the other into the row; numbers are decimals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mini.outputs import Answer
from mini.peers.decisions import Rule
from mini.peers.library import library
from mini.peers.text import Language
from mini.rows import Row


class RuleEngine:
    """The rules, each compiled."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        engine, language = library("rule_engine"), Language()
        self._rules = [(rule.name, engine.Rule(language.rule(rule))) for rule in rules]

    def answers(self, rows: Sequence[Row]) -> list[Answer]:
        """The answers to rows."""
        return [self._answer(row) for row in rows]

    def _answer(self, row: Row) -> Answer:
        values: dict[str, Any] = dict(row)
        for name, rule in self._rules:
            values[name] = rule.evaluate(values)
        return values
