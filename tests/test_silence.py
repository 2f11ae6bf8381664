"""What nothing stated touches is taken from a run without facts: the proof is the same, step for step."""

from __future__ import annotations

from datetime import date

import pytest

from conftest import ROOT
from planproof.answer import Answerer
from planproof.encode import Encoder, canonical
from planproof.plans import Loader
from planproof.rulebook import Rulebook


@pytest.mark.parametrize("year", [2014, 2026])
def test_the_first_answer_and_a_later_one_are_the_same(book: Rulebook, loader: Loader, year: int) -> None:
    """The first run of a question has no run without facts to take from; the later ones have."""
    shared, day = Answerer(book), date(year, 12, 31)
    for path in sorted((ROOT / "plans").glob("*.yaml"))[::3]:
        plan, _, _ = loader.plan(path)
        assert plan is not None
        alone = Answerer(book)
        first = Encoder(alone).proof(alone.answer(plan, None, year, day).proof)
        for _ in range(2):  # the second takes all at once what the first took step by step
            later = Encoder(shared).proof(shared.answer(plan, None, year, day).proof)
            assert canonical(first) == canonical(later)
