"""zen-engine: a decision model with one expression node, an expression for each rule; the work is done in Rust."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from mini.outputs import OUTPUTS, Answer
from mini.peers.decisions import Rule
from mini.peers.library import library
from mini.peers.text import Language
from mini.rows import FACTS, Row

NOTHING: Answer = dict.fromkeys(OUTPUTS)


class _Expression(Language):
    def name(self, name: str) -> str:
        return name if name in FACTS else f"$.{name}"

    def floor(self, term: str, by: int) -> str:
        return f"floor({term} / {by})"

    def extreme(self, least: bool, left: str, right: str) -> str:
        return f"{'min' if least else 'max'}([{left}, {right}])"


class Zen:
    """The rules as one decision."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        language = _Expression()
        expressions = [{"id": rule.name, "key": rule.name, "value": language.rule(rule)} for rule in rules]
        nodes = [
            _node("in", "inputNode", {}),
            _node("rules", "expressionNode", {"content": {"expressions": expressions}}),
            _node("out", "outputNode", {}),
        ]
        edges = [{"id": f"{a}-{b}", "type": "edge", "sourceId": a, "targetId": b} for a, b in (("in", "rules"), ("rules", "out"))]
        self._decision = library("zen").ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))

    def answers(self, rows: Sequence[Row]) -> list[Answer]:
        """The answers to rows; what is null is left out of a result, and counts as null here."""
        return [{**NOTHING, **self._decision.evaluate(row)["result"]} for row in rows]


def _node(name: str, kind: str, more: dict[str, object]) -> dict[str, object]:
    return {"id": name, "type": kind, "name": name, "position": {"x": 0, "y": 0}, **more}
