"""regopy (Rego): a complete rule for each definition, its cases in a chain of `else`; one query gives the outputs.

Its built-in `min` and `max` compare whole numbers as text, so that the lesser and the greater are functions of our own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from mini.outputs import OUTPUTS, Answer
from mini.peers.decisions import Rule
from mini.peers.library import library
from mini.peers.text import Language
from mini.rows import FACTS, Row

HELPERS = """package mini

lesser(a, b) := a if { a < b } else := b
greater(a, b) := a if { a > b } else := b
yes(a) := 1 if { a == true } else := 0
unknown(a) := 1 if { a == null } else := 0
"""


class _Rego(Language):
    def name(self, name: str) -> str:
        return f"input.{name}" if name in FACTS else name

    def rule(self, rule: Rule) -> str:
        cases = [(self.term(case.value), self.test(test)) for case in rule.cases for test in case.any_of]
        bodies = [f"{value} if {{ {test[1:-1]} }}" for value, test in cases]
        return f"{rule.name} := " + " else := ".join([*bodies, self.term(rule.otherwise)])

    def conditional(self, test: str, then: str, otherwise: str) -> str:
        assert (then, otherwise) == ("1", "0"), "only ones are counted"
        name, _, what = test[1:-1].partition(" == ")
        return f"{'unknown' if what == 'null' else 'yes'}({name})"

    def floor(self, term: str, by: int) -> str:
        return f"(({term} - ({term} % {by})) / {by})"

    def extreme(self, least: bool, left: str, right: str) -> str:
        return f"{'lesser' if least else 'greater'}({left}, {right})"


class Rego:
    """The rules as one module."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        language = _Rego()
        outputs = ", ".join(f'"{name}": {name}' for name in OUTPUTS)
        self.module = "\n".join([HELPERS, *map(language.rule, rules), f"answer := {{{outputs}}}", ""])
        self._interpreter = library("regopy").Interpreter()
        self._interpreter.add_module("mini", self.module)

    def answers(self, rows: Sequence[Row]) -> list[Answer]:
        """The answers to rows; raises RuntimeError where the query gives none."""
        return list(self._answers(rows))

    def _answers(self, rows: Sequence[Row]) -> Iterator[Answer]:
        for row in rows:
            self._interpreter.set_input(row)
            found = json.loads(str(self._interpreter.query("data.mini.answer")))
            yield _expression(found)


def _expression(found: object) -> Answer:
    """What a query gave, in whichever wrapping."""
    while isinstance(found, list) and found:
        found = found[0]
    if not isinstance(found, dict):
        raise RuntimeError(f"no answer: {found}")
    inner = found.get("result") or found.get("expressions")
    return _expression(inner) if inner is not None else found
