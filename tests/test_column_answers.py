"""Answers from columns beside those of the reference evaluator: verdict, amounts, limits, paths, pitfalls, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from random import Random
from typing import Any

import pytest

from column_rows import frame_of
from planproof.answer import Answerer
from planproof.columns.backend import ColumnBackend
from planproof.plan import Asked, Facts, Plan, RowsStatement, Statement
from planproof.rulebook import Rulebook
from planproof.source import Source
from planproof.values import State, Unknown, Value
from random_rows import RandomRows

ROWS = 60


def expected(answerer: Answerer, facts: Facts, asked: Asked) -> dict[str, Any]:
    """What the columns must say of a row, from the answer of the reference evaluator."""
    assert asked.year is not None
    assert asked.date is not None
    plan = Plan(Source("row", ""), "", "", "", "", "", "", (), facts, (), (), "", "")
    answer = answerer.answer(plan, None, asked.year, asked.date)
    told: dict[str, Any] = {"verdict": answer.verdict, "missing": [_text(m.reason.name, m.reason.key) for m in answer.missing]}
    for name, amount in answer.amounts:
        told[name] = _known(amount.step.value)
        told[f"{name}__binding"] = amount.binding
    for path in answer.paths:
        told |= {f"{path.path.name}.{phase}": status for phase, status in path.phases}
        told |= {f"{path.path.name}.{consequence.kind}": _known(consequence.value) for consequence in path.consequences}
    told["pitfalls"] = [pitfall.pitfall.name for pitfall in answer.pitfalls if pitfall.certain]
    told["pitfalls_possible"] = [pitfall.pitfall.name for pitfall in answer.pitfalls if not pitfall.certain]
    told["errors"] = len(answer.errors)
    told["row"] = any(missing.reason.row for missing in answer.missing)
    return told


def _text(name: str, key: int | None) -> str:
    return name if key is None else f"{name}@{key}"


def _known(value: Value | Unknown) -> object:
    return None if isinstance(value, Unknown) else value


def differences(row: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[str]:
    """What differs; what is missing in a row of a list is left to the reference evaluator."""
    for name, value in told.items():
        if name == "errors":
            if value and not row["declined"]:
                yield "an error is not told"
        elif name == "row":
            if value and not row["declined"]:
                yield "a row that is missing is not told"
        elif row[name] != value and not (name == "missing" and told["row"]):
            yield f"{name}: columns say {row[name]}, the reference {value}"


@pytest.mark.parametrize("year", [2024, 2026, 2027])
def test_answers(answerer: Answerer, book: Rulebook, year: int) -> None:
    """Everything that columns answer is what the reference evaluator answers."""
    asked, random = Asked(year, date(year, 12, 31)), Random(year)
    drawn = RandomRows(book.core, (year - 1, year))
    rows = [drawn.draw(random) for _ in range(ROWS)]
    results = ColumnBackend(answerer).results(frame_of(book.core, rows), asked).to_dicts()
    answers = [expected(answerer, facts, asked) for facts in rows]
    found = [difference for row, told in zip(results, answers, strict=True) for difference in differences(row, told)]
    assert found == []
    assert sum(bool(told["missing"]) for told in answers) > ROWS // 10
    assert any(told[name] is not None for told in answers for name in told if name.endswith("__binding"))


def test_rows_without_errors_are_not_declined(answerer: Answerer, book: Rulebook) -> None:
    """A plan of which only the law's presumptions are known is answered in columns."""
    said = Facts({("plan.after_tax.allowed", None): Statement(True, State.STATED)}, {"plan.match.tiers": RowsStatement(())})
    results = ColumnBackend(answerer).results(frame_of(book.core, [said, Facts()]), Asked(2026, date(2026, 12, 31)))
    assert results["declined"].to_list() == [False, False]


def test_numbers_beyond_their_range_are_refused(answerer: Answerer, book: Rulebook) -> None:
    """Nothing is computed from a number for which no width was proved."""
    said = Facts({("participant.age_at_year_end", None): Statement(111, State.STATED)})
    with pytest.raises(ValueError, match=r"participant\.age_at_year_end"):
        ColumnBackend(answerer).results(frame_of(book.core, [said]), Asked(2026, date(2026, 12, 31)))
