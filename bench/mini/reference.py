"""The small rule book answered by planproof's reference evaluator: what every other answer is held against."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

from mini.outputs import OUTPUTS, Answer
from mini.rows import FACTS, Row, stated_name
from planproof.answer import Answerer
from planproof.plan import Asked, Facts, Statement
from planproof.rulebook import Rulebook, load_rulebook
from planproof.values import State, Unknown, Value

ASKED = Asked(2026, date(2026, 12, 31))


def book() -> Rulebook:
    """The small rule book, compiled."""
    found, _, diagnostics = load_rulebook(Path(__file__).parent)
    assert found is not None, diagnostics
    return found


class Reference:
    """The reference evaluator over rows."""

    def __init__(self) -> None:
        self.answerer = Answerer(book())

    def facts(self, row: Row) -> Facts:
        """A row as statements; what is unknown is not stated."""
        return Facts({(stated_name(fact), None): Statement(_exact(fact, row), State.STATED) for fact in FACTS if row[fact] is not None})

    def answer(self, row: Row) -> Answer:
        """The twenty values of a row."""
        run = self.answerer.evaluator.run(self.facts(row), ASKED)
        values = {name: run.step(name).value for name in OUTPUTS}
        return {name: None if isinstance(value, Unknown) else value for name, value in values.items()}  # type: ignore[misc]


def _exact(fact: str, row: Row) -> Value:
    value = row[fact]
    return Fraction(value, 10_000) if fact == "after_tax_cap" and value is not None else value
