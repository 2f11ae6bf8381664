"""A later act: a file beside the shipped rules changes the answer from the day on which the act counts, and not before."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from conftest import ROOT
from planproof.answer import Answer, Answerer
from planproof.explain import explain
from planproof.plans import Loader
from planproof.rulebook import Rulebook, load_rulebook
from planproof.source import Source

# A bill of 2021 would have ended after-tax contributions to plans. It was not enacted; the year here is made up.
ACT = """\
chapter "An act that was not enacted"

exception repealed to after_tax_accepted
  when plan.after_tax.allowed
  is no
  over kind_excludes
  cites H.R. 5376 (117th Congress) s. 138311
    standing recalled "a bill that was not enacted, for a test"
  effective from 2028-01-01
"""
PLAN = """\
employer: Someone
name: A plan
type: 401(k)
features:
  after_tax: {allowed: yes, only_by_spillover: no}
  roth: {deferrals: yes}
  in_plan_roth: {allowed: yes, after_tax: included, automatic: yes}
  in_service: {after_tax: at_any_age}
"""


def amended(folder: Path, act: str) -> Rulebook:
    """The shipped rules with an act beside them."""
    shutil.copytree(ROOT / "rules", folder / "rules")
    (folder / "rules" / "act.rules").write_text(act, encoding="utf-8")
    book, _, diagnostics = load_rulebook(folder / "rules", fresh=True)
    assert book is not None, diagnostics
    return book


@pytest.fixture(scope="module")
def repealed(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    """Answers with the act."""
    return Answerer(amended(tmp_path_factory.mktemp("act"), ACT))


def answer(answerer: Answerer, year: int) -> Answer:
    """The answer of a year for the plan above."""
    plan, diagnostics = Loader(answerer.book).plan_of(Source("plan.yaml", PLAN))
    assert plan is not None, diagnostics
    return answerer.answer(plan, None, year, date(year, 12, 31))


@pytest.mark.parametrize(("year", "verdict"), [(2026, "supported"), (2027, "supported"), (2028, "unsupported"), (2029, "unsupported")])
def test_a_repeal_counts_from_its_day(repealed: Answerer, answerer: Answerer, year: int, verdict: str) -> None:
    """The act closes every path from 2028; without it they stay open."""
    found = answer(repealed, year)
    assert found.verdict == verdict
    assert answer(answerer, year).verdict == "supported"
    states = {state for path in found.paths for _, state in path.phases}
    assert ("open" in states) == (verdict == "supported")


def test_the_proof_names_the_act(repealed: Answerer) -> None:
    """The explanation of the verdict leads to the act from 2028 on, and does not speak of it before."""
    lines = {
        year: [line for line in explain(repealed, found, found.proof.verdict, everything=True) if "138311" in str(line)]
        for year, found in ((year, answer(repealed, year)) for year in (2027, 2028))
    }
    assert not lines[2027]
    assert any("rules/act.rules" in line.origin for line in lines[2028])


def test_the_room_is_gone_with_it(repealed: Answerer) -> None:
    """From 2028 there is no room, though no figure of that year is published; before, it depends on what is not told."""
    rooms = {year: dict(answer(repealed, year).amounts)["after_tax_room"].step.value for year in (2027, 2028)}
    assert rooms[2028] == 0
    assert rooms[2027] != 0


def test_an_act_that_was_later_repealed_itself(tmp_path: Path) -> None:
    """With a last day the act counts until that day."""
    book = amended(tmp_path, ACT.replace("from 2028-01-01", "from 2028-01-01 until 2028-12-31"))
    assert [answer(Answerer(book), year).verdict for year in (2027, 2028, 2029)] == ["supported", "unsupported", "supported"]
