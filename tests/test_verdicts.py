"""Verdicts: what silence, exclusion, a missing program, groups and conflicts do to them; and the encoded plans."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from conftest import ROOT
from planproof.answer import Answer, Answerer
from planproof.explain import explain
from planproof.plan import Plan
from planproof.plans import Loader
from planproof.source import Source

PLANS = sorted(path for path in (ROOT / "plans").glob("*.yaml"))
HEAD = "employer: Someone\nname: A plan\ntype: 401(k)\n"


def answer(answerer: Answerer, loader: Loader, text: str, *settings: str) -> Answer:
    """The answer of 2026 for a plan text."""
    plan, diagnostics = loader.plan_of(Source("plan.yaml", text))
    assert plan is not None, diagnostics
    person, _, facts, problems = loader.participant(None, settings)
    assert not problems
    return answerer.answer(plan, person, 2026, date(2026, 12, 31), facts)


def statuses(found: Answer) -> dict[str, str]:
    """The status of each path while employed."""
    return {path.path.name: path.phases[0][1] for path in found.paths}


def test_silent_on_conversion(answerer: Answerer, loader: Loader) -> None:
    """After-tax and Roth, nothing on conversion: unknown, and that fact is missing."""
    text = HEAD + "features:\n  after_tax: {allowed: yes}\n  roth: {deferrals: yes}\n  in_service: {after_tax: not_allowed}\n"
    found = answer(answerer, loader, text)
    assert found.verdict == "unknown"
    assert next(m.reason.name for m in found.missing if "verdict" in m.needed_for) == "plan.in_plan_roth.allowed"


def test_conversion_leaves_after_tax_out(answerer: Answerer, loader: Loader) -> None:
    """A conversion without the after-tax account is no path in the plan."""
    text = HEAD + "features:\n  after_tax: {allowed: yes}\n  roth: {deferrals: yes}\n  in_service: {after_tax: not_allowed}\n"
    found = answer(answerer, loader, text + "  in_plan_roth: {allowed: yes, after_tax: excluded, automatic: yes}\n")
    assert found.verdict == "after_separation"
    assert statuses(found)["in_plan_roth_on_request"] == statuses(found)["in_plan_roth_automatic"] == "closed"


def test_no_roth_program(answerer: Answerer, loader: Loader) -> None:
    """Without designated Roth contributions nothing converts in the plan."""
    text = HEAD + "features:\n  after_tax: {allowed: yes}\n  roth: {deferrals: no}\n  in_plan_roth: {allowed: yes, after_tax: included}\n"
    found = answer(answerer, loader, text + "  in_service: {after_tax: not_allowed}\n")
    assert statuses(found)["in_plan_roth_on_request"] == "closed"
    assert found.verdict == "after_separation"
    assert "conversion_without_roth_program" in [pitfall.pitfall.name for pitfall in found.pitfalls if pitfall.certain]


GROUPED = HEAD + (
    "features:\n  after_tax: {allowed: yes}\n  roth: {deferrals: yes}\n  in_plan_roth: {allowed: yes, after_tax: included}\n"
    "groups:\n  hourly:\n    label: Hourly employees\n    features:\n      after_tax: {allowed: no}\n"
    "  union:\n    label: Union employees\n    features:\n      catch_up: {allowed: no}\n"
)


def test_excluded_group(answerer: Answerer, loader: Loader) -> None:
    """An excluded group changes the verdict for that group alone."""
    found = answer(answerer, loader, GROUPED)
    assert found.verdict == "supported"
    assert [(group.group, group.verdict) for group in found.groups] == [("hourly", "unsupported"), ("union", "supported")]


@pytest.mark.parametrize(("group", "verdict"), [("hourly", "unsupported"), ("union", "supported"), ("none", "supported")])
def test_participant_in_a_group(answerer: Answerer, loader: Loader, group: str, verdict: str) -> None:
    """A participant gets the verdict of the group told."""
    assert answer(answerer, loader, GROUPED, f"participant.group={group}").verdict == verdict


def test_participant_whose_group_is_not_told(answerer: Answerer, loader: Loader) -> None:
    """What differs between groups is not known of a participant whose group is not told."""
    found = answer(answerer, loader, GROUPED, "participant.age_at_year_end=40")
    assert found.verdict == "unknown"
    assert ("plan.after_tax.allowed", "differs_by_group") in [(m.reason.name, m.reason.state.value) for m in found.missing]


def test_conflicting_sources(answerer: Answerer, loader: Loader) -> None:
    """Two sources that disagree leave the verdict unknown and are shown as conflicting, each with what it says."""
    text = HEAD + (
        "sources:\n  spd: {document: SPD}\n  guide: {document: Guide}\n"
        "features:\n  after_tax:\n    allowed:\n      conflicting: [{value: yes, source: spd}, {value: no, source: guide}]\n"
    )
    found = answer(answerer, loader, text)
    assert found.verdict == "unknown"
    assert ("plan.after_tax.allowed", "conflicting") in [(m.reason.name, m.reason.state.value) for m in found.missing]
    lines = [detail for line in explain(answerer, found, found.proof.verdict) for detail in line.details]
    assert "spd says yes" in lines
    assert "guide says no" in lines


def test_amendment_by_date(answerer: Answerer, loader: Loader) -> None:
    """An amendment counts from its effective date."""
    text = HEAD + (
        "features:\n  after_tax: {allowed: no}\n  roth: {deferrals: yes}\n  in_plan_roth: {allowed: yes, after_tax: included}\n"
        "amendments:\n  - {name: First, effective: 2026-07-01, adopted: 2026-05-01, features: {after_tax: {allowed: yes}}}\n"
    )
    plan, _ = loader.plan_of(Source("plan.yaml", text))
    assert plan is not None
    assert answerer.answer(plan, None, 2026, date(2026, 6, 30)).verdict == "unsupported"
    assert answerer.answer(plan, None, 2026, date(2026, 7, 1)).verdict == "supported"


# ------------------------------------------------------------------ the encoded plans


def _plan(loader: Loader, name: str) -> Plan:
    plan, _, diagnostics = loader.plan(ROOT / "plans" / name)
    assert plan is not None, diagnostics
    return plan


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_encoded_plan(answerer: Answerer, loader: Loader, path: Path) -> None:
    """Each plan states its expected verdict, sources every value, and explains a difference exactly where there is one."""
    plan = _plan(loader, path.name)
    found = answerer.answer(plan, None, 2026, date(2026, 12, 31))
    assert plan.expected
    assert bool(plan.difference) == (found.verdict != plan.expected), found.verdict
    everything = [plan.facts, *(a.facts for a in plan.amendments), *(g.facts for g in plan.groups)]
    for facts in everything:
        for (name, _), statement in facts.statements.items():
            sourced = statement.evidence.source or (all(claim.evidence.source for claim in statement.claims) and statement.claims)
            assert sourced or name == "plan.type", name


def test_variety(loader: Loader) -> None:
    """At least 12 supported, 8 unsupported, 10 unknown and one after separation are expected of at least 35 plans."""
    expected = [_plan(loader, path.name).expected for path in PLANS]
    assert len(expected) >= 35
    for verdict, least in (("supported", 12), ("unsupported", 8), ("unknown", 10), ("after_separation", 1)):
        assert expected.count(verdict) >= least, verdict


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_nothing_unexplained(answerer: Answerer, loader: Loader, year: int) -> None:
    """Every line of every full explanation names an authority with its place, or a place in a document or rule file."""
    for path in PLANS:
        found = answerer.answer(_plan(loader, path.name), None, year, date(year, 12, 31))
        for root in found.proof.roots():
            for line in explain(answerer, found, root, everything=True):
                assert line.origin == "as asked" or "[" in line.origin, (path.name, line)
