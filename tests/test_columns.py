"""Columns against the reference evaluator: the same in every row, for every definition that stands over plans."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from column_rows import differences
from conftest import ROOT, compiled
from planproof.core import Core
from planproof.evaluate import Evaluator
from planproof.known import known_on
from planproof.plan import Asked
from planproof.rulebook import load_rulebook
from random_rows import RandomRows
from random_rules import RandomRules
from shipped import CORE, EVALUATOR, SETTINGS

PROGRAMS = sorted((Path(__file__).parent / "good_rules").glob("*.rules"))
LIBRARY = ROOT / "tests" / "books" / "library"


def drawn_differences(core: Core, evaluator: Evaluator, asked: Asked, count: int) -> list[str]:
    """The differences over random rows, whose seed is the year asked."""
    assert asked.year is not None
    rows = RandomRows(core, (asked.year - 1, asked.year, asked.year + 1))
    random = Random(asked.year)
    return differences(core, evaluator, [rows.draw(random) for _ in range(count)], asked)


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026, 2027])
def test_shipped_rule_book(year: int) -> None:
    """Every definition of the rule book that ships, in years with and without published figures."""
    assert drawn_differences(CORE, EVALUATOR, Asked(year, date(year, 12, 31)), 60) == []


def test_the_rule_book_as_known_on_a_day() -> None:
    """In 2022, before the Act of that December: figures, with years and without, and provisions are not there."""
    core = known_on(CORE, date(2022, 6, 1))
    assert drawn_differences(core, Evaluator(core), Asked(2022, date(2022, 12, 31)), 30) == []


def test_no_year_asked() -> None:
    """Where no year is asked, what hangs on it is unknown in columns too."""
    rows = RandomRows(CORE, (2025, 2026))
    assert differences(CORE, EVALUATOR, [rows.draw(Random(seed)) for seed in range(20)], Asked()) == []


def test_unrelated_book() -> None:
    """A rule book about something else."""
    book, _, _ = load_rulebook(LIBRARY)
    assert book is not None
    assert drawn_differences(book.core, Evaluator(book.core), Asked(2026, date(2026, 12, 31)), 200) == []


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_each_form(path: Path) -> None:
    """Each form of the language at work."""
    core = compiled(path.read_text(encoding="utf-8"))
    assert drawn_differences(core, Evaluator(core), Asked(2026, date(2026, 6, 30)), 200) == []


@SETTINGS
@given(st.integers(0, 2**32))
def test_random_rules(seed: int) -> None:
    """Small rule books made at random, over random rows."""
    random = Random(seed)
    core = compiled(RandomRules(random).draw(8))
    rows, asked = RandomRows(core, (2025, 2026, 2027)), Asked(random.choice((2024, 2026, 2028)), date(2026, 3, 31))
    assert differences(core, Evaluator(core), [rows.draw(random) for _ in range(12)], asked, refused=True) == []
