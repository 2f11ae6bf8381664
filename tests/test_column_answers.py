"""Answers from columns beside those of the reference evaluator: everything that columns answer."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from column_answers import answer_differences, expected
from column_rows import frame_of
from planproof.answer import Answerer
from planproof.columns import compiled, missing
from planproof.columns.backend import ColumnBackend
from planproof.plan import Asked, Facts, RowsStatement, Statement
from planproof.rulebook import Rulebook
from planproof.values import State
from random_rows import RandomRows

ROWS = 60


@pytest.mark.parametrize("year", [2024, 2026, 2027])
def test_answers(answerer: Answerer, book: Rulebook, year: int) -> None:
    """Everything that columns answer is what the reference evaluator answers."""
    asked, random = Asked(year, date(year, 12, 31)), Random(year)
    drawn = RandomRows(book.core, (year - 1, year))
    rows = [drawn.draw(random) for _ in range(ROWS)]
    results = ColumnBackend(answerer).results(frame_of(book.core, rows), asked).to_dicts()
    answers = [expected(answerer, facts, asked) for facts in rows]
    found = [difference for row, told in zip(results, answers, strict=True) for difference in answer_differences(row, told)]
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


def test_slices_that_miss_different_facts(answerer: Answerer, book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large frame is answered slice by slice, each as compiled for what is alike in all of its rows."""
    tiers = {"plan.match.tiers": RowsStatement(())}
    rows = [Facts({("plan.after_tax.allowed", None): Statement(row < 2, State.STATED)}, tiers) for row in range(4)]
    frame, asked = frame_of(book.core, rows), Asked(2026, date(2026, 12, 31))
    whole = ColumnBackend(answerer).results(frame, asked)
    assert whole["declined"].to_list() == [False] * 4
    assert whole["missing"].to_list()[0] != whole["missing"].to_list()[2]
    for module in (compiled, missing):
        monkeypatch.setattr(module, "FOLDED_FROM", 1)
    monkeypatch.setattr(compiled, "ROWS_AT_ONCE", 2)
    sliced = ColumnBackend(answerer).results(frame, asked)
    assert sliced.to_dicts() == whole.to_dicts()
