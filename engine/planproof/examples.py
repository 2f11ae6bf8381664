"""The examples beside the rules, run as tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from planproof import core as c
from planproof.answer import Answerer
from planproof.diagnostics import Diagnostic
from planproof.plan import Asked, Facts, Key, RowsStatement, Statement
from planproof.proof import Step
from planproof.run import Run
from planproof.types import shown
from planproof.values import Result, State, Unknown, unknown_because


@dataclass(frozen=True, slots=True)
class Outcome:
    """One example: the steps it expects something of, and what did not come out as expected (nothing if all did)."""

    example: c.Example
    steps: tuple[Step, ...]
    failures: tuple[Diagnostic, ...]


def run_examples(answerer: Answerer) -> Iterator[Outcome]:
    """Every example of the rule book."""
    for example in answerer.book.core.examples:
        run = _run(answerer, example)
        expected = [(expectation, _step(answerer, run, expectation)) for expectation in example.expect]
        failures = tuple(failure for expectation, step in expected for failure in _check(answerer, expectation, step))
        yield Outcome(example, tuple(step for _, step in expected if step is not None), failures)


def _run(answerer: Answerer, example: c.Example) -> Run:
    statements: dict[Key, Statement] = {}
    lists: dict[str, RowsStatement] = {}
    given: dict[str, Result] = {}
    year: int | None = None
    day: date | None = None
    for item in example.given:
        if item.rows is not None:
            rows = tuple({name: Statement(value, State.STATED, span=item.span) for name, value in row} for row in item.rows)
            lists[item.name] = RowsStatement(rows, span=item.span)
        elif item.name == c.ASKED_YEAR:
            year = item.value if isinstance(item.value, int) else None
        elif item.name == c.ASKED_DATE:
            day = item.value if isinstance(item.value, date) else None
        elif item.name in answerer.book.facts:
            state = State.STATED_UNKNOWN if item.unknown else State.STATED
            statements[item.name, item.key] = Statement(item.value, state, span=item.span)
        else:
            given[item.name] = unknown_because(item.name, State.STATED_UNKNOWN) if item.unknown else item.value
    if day is None and year is not None:
        day = date(year, 12, 31)
    return answerer.evaluator.run(Facts(statements, lists), Asked(year, day), given)


def _step(answerer: Answerer, run: Run, expected: c.Expectation) -> Step | None:
    book = answerer.book
    definition = book.definitions.get(expected.name)
    if expected.row is not None and definition is not None and definition.row is not None:
        listed = answerer.evaluator.lists[definition.row]
        stated = run.facts.lists.get(listed.name)
        if stated is None or not 1 <= expected.row <= len(stated.rows):
            return None
        return run.cell(definition.row, expected.name, expected.row - 1)
    keyed = book.facts.get(expected.name) or book.parameters.get(expected.name)
    return run.keyed(expected.name) if keyed and keyed.key else run.step(expected.name)


def _check(answerer: Answerer, expected: c.Expectation, step: Step | None) -> Iterator[Diagnostic]:
    if step is None:
        yield Diagnostic("example-failed", f"no row {expected.row} is given", expected.span)
        return
    kind = answerer.book.kind(expected.name)
    value = step.value
    missing = {reason.name for reason in value.reasons} if isinstance(value, Unknown) else set[str]()
    found = shown(value, kind) + (f" for {', '.join(sorted(missing))}" if missing else "")
    if isinstance(value, Unknown) and value.error:
        found = "an error: " + ", ".join(f"{r.state.replace('_', ' ')} ({r.detail or r.name})" for r in sorted(value.reasons))
    if expected.unknown:
        absent = [name for name in expected.unknown_for if name not in missing]
        if not isinstance(value, Unknown):
            yield Diagnostic("example-failed", f"expected `{expected.name}` unknown, found {found}", expected.span)
        elif absent:
            yield Diagnostic("example-failed", f"expected `{expected.name}` unknown for {', '.join(absent)}, found {found}", expected.span)
    elif isinstance(value, Unknown) or value != expected.value:
        yield Diagnostic("example-failed", f"expected `{expected.name}` {shown(expected.value, kind)}, found {found}", expected.span)
