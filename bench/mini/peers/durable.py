"""durable-rules: a rule for each definition, which fires when all that it reads is asserted, and asserts what it gives.

As careful as it must be used: no dispatcher threads (they race with the caller), every session deleted, all arithmetic
in Python, a message for each fact of its own, never more than one session alive, and what a consequent raised is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mini.outputs import Answer
from mini.peers.decisions import Rule
from mini.peers.library import library
from mini.peers.text import Python
from mini.rows import Row


class Durable:
    """The rules as one ruleset, in a host without threads."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._values: dict[str, Any] = {}
        engine = library("durable.engine")
        quiet = type("QuietHost", (engine.Host,), {"_run": lambda self: None})
        self._host = quiet()
        self._host.register_rulesets({"mini": {f"to_{rule.name}": self._rule(rule) for rule in rules} | {"keep": self._keep()}})
        self._sessions = 0

    def _rule(self, rule: Rule) -> dict[str, Any]:
        text = Python().rule(rule)
        given: Callable[..., Any] = eval(f"lambda {', '.join(rule.reads)}: {text}")

        def run(context: Any) -> None:
            context.assert_fact({"name": rule.name, "value": given(*(getattr(context, f"the_{name}").value for name in rule.reads))})

        return {"all": [{f"the_{name}": {"name": name}} for name in rule.reads], "run": run}

    def _keep(self) -> dict[str, Any]:
        def run(context: Any) -> None:
            self._values[context.m.name] = context.m.value

        return {"all": [{"m": {"$ex": {"name": 1}}}], "run": run}

    def answers(self, rows: Sequence[Row]) -> list[Answer]:
        """The answers to rows; raises RuntimeError where a consequent failed."""
        return [self._answer(row) for row in rows]

    def _answer(self, row: Row) -> Answer:
        self._values = {}
        self._sessions += 1
        session = str(self._sessions)
        try:
            state = self._host.assert_facts("mini", [{"sid": session, "name": name, "value": value} for name, value in row.items()])
            if isinstance(state, dict) and "exception" in state:
                raise RuntimeError(state["exception"])
            return self._values
        finally:
            self._host.delete_state("mini", session)
