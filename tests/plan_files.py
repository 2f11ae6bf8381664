"""Plan and participant texts for tests, and the facts that they give."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from planproof.plan import Facts, Participant, Plan, RowsStatement, Statement
from planproof.plans import Loader
from planproof.source import Source
from planproof.values import State, Value

HEAD = "employer: Acme\nname: Plan\ntype: 401(k)\n"
TWO_SOURCES = "sources:\n  spd: {document: SPD}\n  guide: {document: Guide}\n"


def plan_of(loader: Loader, text: str, path: str = "plan.yaml") -> Plan:
    """The plan of a text that must be right."""
    plan, diagnostics = loader.plan_of(Source(path, text))
    assert plan is not None, diagnostics
    assert not diagnostics
    return plan


def features(loader: Loader, text: str, head: str = HEAD) -> Facts:
    """The facts of a plan with these features."""
    return plan_of(loader, f"{head}features:\n{text}").facts


def stated(facts: Facts, name: str, year: int | None = None) -> Value:
    """The value of a fact that must be stated."""
    statement = facts.statements[name, year]
    assert statement.state is State.STATED
    return statement.value


def person(loader: Loader, tmp_path: Path, text: str, name: str = "me.yaml", settings: Sequence[str] = ()) -> Participant:
    """The participant of a text that must be right."""
    path = tmp_path / name
    path.write_text(text, "utf-8")
    participant, _, _, diagnostics = loader.participant(path, settings)
    assert participant is not None, diagnostics
    assert not diagnostics
    return participant


def bare(facts: Facts) -> tuple[dict[tuple[str, int | None], tuple[State, Value]], dict[str, list[dict[str, Value]]]]:
    """Facts and rows without evidence and places."""
    values = {key: (statement.state, statement.value) for key, statement in facts.statements.items()}
    rows = {name: [{column: cell.value for column, cell in row.items()} for row in listed.rows] for name, listed in facts.lists.items()}
    return values, rows


def place(statement: Statement | RowsStatement) -> tuple[int, int]:
    """Line and column of a statement."""
    assert statement.span is not None
    return statement.span.line, statement.span.column
