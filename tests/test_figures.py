"""Figures that others published, and figures worked out by hand, reproduced from their inputs."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT
from planproof.answer import Answer, Answerer
from planproof.encode import Encoder
from planproof.plans import Loader
from planproof.source import Source

FIGURES: list[dict[str, Any]] = json.loads((ROOT / "tests" / "data" / "published_figures.json").read_text(encoding="utf-8"))
NO_CAPS = (
    "plan.after_tax.percent_cap=none",
    "plan.after_tax.dollar_cap=none",
    "plan.after_tax.combined_percent_cap=none",
    "plan.after_tax.only_by_spillover=no",
)
NO_OTHER_PLANS = "participant.other_plans.any=no"
PLAN = """\
employer: Someone
name: A plan
type: 401(k)
features:
  plan_year_ends_in_month: 12
  after_tax: {allowed: yes, percent_cap: none, dollar_cap: none, combined_percent_cap: none, only_by_spillover: no}
  roth: {deferrals: yes}
  catch_up: {allowed: yes, higher_60_63: yes}
  nonelective: {rate: none}
  forfeitures: not_allocated
"""


def answer(answerer: Answerer, loader: Loader, source: Source, year: int, *settings: str) -> Answer:
    """The answer for a plan text and settings."""
    plan, diagnostics = loader.plan_of(source)
    assert plan is not None, diagnostics
    person, _, set_facts, problems = loader.participant(None, settings)
    assert not problems
    return answerer.answer(plan, person, year, date(year, 12, 31), set_facts)


def amounts(answerer: Answerer, found: Answer) -> dict[str, tuple[str | None, str | None]]:
    """Value and binding limit of each amount, as JSON shows them."""
    data = Encoder(answerer).answer(found)["amounts"]
    return {name: (amount["value"], amount["binding"]) for name, amount in data.items()}


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: f"{figure['plan']}-{figure['year']}-{figure['room']}")
def test_published_figure(answerer: Answerer, loader: Loader, figure: dict[str, Any]) -> None:
    """The room that the source prints comes out of its inputs in the encoded plan."""
    path = ROOT / "plans" / f"{figure['plan']}.yaml"
    caps = NO_CAPS if figure["no_caps"] else ()
    found = answer(
        answerer, loader, Source(path.name, path.read_text(encoding="utf-8")), figure["year"], NO_OTHER_PLANS, *caps, *figure["settings"]
    )
    value, binding = amounts(answerer, found)["after_tax_room"]
    assert value is not None, [missing.reason.name for missing in found.missing]
    assert Fraction(value) == int(figure["room"])
    assert binding == figure.get("binding", "annual_additions_dollar_limit")
    if "excess" in figure:
        excess = amounts(answerer, found)["excess_annual_additions"][0]
        assert excess is not None
        assert Fraction(excess) == int(figure["excess"])


def _amounts(answerer: Answerer, loader: Loader, year: int, *settings: str, plan: str = PLAN) -> dict[str, tuple[str | None, str | None]]:
    return amounts(answerer, answer(answerer, loader, Source("plan.yaml", plan), year, NO_OTHER_PLANS, *settings))


@pytest.mark.parametrize(("employer", "room"), [(9_000, 38_500), (10_000, 37_500)])
def test_employer_money_2026(answerer: Answerer, loader: Loader, employer: int, room: int) -> None:
    """2026, age 35: 72,000 - 24,500 - employer money."""
    assert 72_000 - 24_500 - employer == room
    settings = ("participant.age_at_year_end=35", "participant.compensation=250000", "participant.elective_deferrals=24500")
    found = _amounts(answerer, loader, 2026, *settings, f"participant.employer_contributions={employer}")
    assert found["after_tax_room"] == (f"{room}.00", "annual_additions_dollar_limit")


@pytest.mark.parametrize(
    ("pay", "upto", "match", "room"),
    [(220_000, 6, 6_600, 39_900), (400_000, 4, 7_000, 39_500)],
)
def test_match_2025(answerer: Answerer, loader: Loader, pay: int, upto: int, match: int, room: int) -> None:
    """2025: 50% of the first 6% of 220,000; 50% of the first 4% of the 350,000 that count of 400,000."""
    assert match == min(pay, 350_000) * upto * 50 // 10_000
    assert room == 70_000 - 23_500 - match
    tiers = f"  match: {{offered: yes, tiers: [{{rate: 50%, from: 0%, to: {upto}%}}], dollar_cap: none, computed: annually}}\n"
    settings = (f"participant.compensation={pay}", f"participant.plan_compensation={pay}", "participant.elective_deferrals=23500")
    found = _amounts(answerer, loader, 2025, *settings, plan=PLAN + tiers)
    assert found["employer_match"][0] == f"{match}.00"
    assert found["after_tax_room"][0] == f"{room}.00"


@pytest.mark.parametrize(
    ("age", "higher", "total"),
    [
        (35, "yes", 72_000),
        (49, "yes", 72_000),
        (50, "yes", 80_000),
        (59, "yes", 80_000),
        (60, "yes", 83_250),
        (63, "yes", 83_250),
        (64, "yes", 80_000),
        (61, "no", 80_000),
    ],
)
def test_total_limit_2026(answerer: Answerer, loader: Loader, age: int, higher: str, total: int) -> None:
    """2026: 72,000, with catch-up of 8,000 from 50, of 11,250 at 60 to 63 where the plan offers it."""
    settings = (f"participant.age_at_year_end={age}", "participant.compensation=300000", "participant.fica_wages for 2025=120000")
    found = _amounts(answerer, loader, 2026, *settings, f"plan.catch_up.higher_60_63={higher}")
    assert found["total_limit"][0] == f"{total}.00"


def test_higher_catch_up_began_in_2025(answerer: Answerer, loader: Loader) -> None:
    """At 61 in 2024 only the catch-up of 7,500: 69,000 + 7,500."""
    found = _amounts(answerer, loader, 2024, "participant.age_at_year_end=61", "participant.compensation=300000")
    assert found["total_limit"][0] == "76500.00"


def test_pay_binds(answerer: Answerer, loader: Loader) -> None:
    """Pay of 30,000 is the limit: 30,000 - 24,500."""
    settings = ("participant.compensation=30000", "participant.elective_deferrals=24500", "participant.employer_contributions=0")
    found = _amounts(answerer, loader, 2026, *settings)
    assert found["annual_additions_limit"] == ("30000.00", "participant.compensation")
    assert found["after_tax_room"] == ("5500.00", "participant.compensation")


def test_room_needs_the_deferral(answerer: Answerer, loader: Loader) -> None:
    """Without the deferral, room is unknown, and the deferral is missing."""
    settings = ("participant.compensation=250000", "participant.employer_contributions=9000", NO_OTHER_PLANS)
    found = answer(answerer, loader, Source("plan.yaml", PLAN), 2026, *settings)
    assert amounts(answerer, found)["after_tax_room"] == (None, None)
    assert "participant.elective_deferrals" in [m.reason.name for m in found.missing if "after_tax_room" in m.needed_for]


SOMEONE = (
    "participant.age_at_year_end=40",
    "participant.compensation=250000",
    "participant.elective_deferrals=24500",
    "participant.employer_contributions=10000",
    "participant.after_tax_contributions=0",
)


def test_room_needs_the_other_plans(answerer: Answerer, loader: Loader) -> None:
    """Without a word on other plans, room and excess are unknown, and nothing but that word is missing for them."""
    found = answer(answerer, loader, Source("plan.yaml", PLAN), 2026, *SOMEONE)
    for name in ("after_tax_room", "excess_annual_additions"):
        assert amounts(answerer, found)[name][0] is None
        missing = {m.reason.name for m in found.missing if name in m.needed_for}
        assert {"participant.other_plans.any"} <= missing <= {"participant.other_plans.any", "participant.other_plans.plans"}


@pytest.mark.parametrize(("sponsor", "room"), [("common_control", 12_500), ("unrelated", 37_500)])
def test_room_beside_another_plan(answerer: Answerer, loader: Loader, tmp_path: Path, sponsor: str, room: int) -> None:
    """2026: 72,000 - 24,500 - 10,000, and less 25,000 in a plan of the same group, but not in one of another employer."""
    assert room == 72_000 - 24_500 - 10_000 - (25_000 if sponsor == "common_control" else 0)
    path = tmp_path / "me.yaml"
    row = f"{{number: 1, kind: qualified, sponsor: {sponsor}, deferrals: 0, annual_additions: 25000}}"
    path.write_text(f"other_plans:\n  any: yes\n  compensation: 60000\n  plans: [{row}]\n", encoding="utf-8")
    plan, _ = loader.plan_of(Source("plan.yaml", PLAN))
    person, _, _, problems = loader.participant(path, SOMEONE)
    assert plan is not None
    assert not problems
    found = answerer.answer(plan, person, 2026, date(2026, 12, 31))
    assert amounts(answerer, found)["after_tax_room"][0] == f"{room}.00"


def test_excess(answerer: Answerer, loader: Loader) -> None:
    """2026, under 50: 24,500 + 57,000 - 72,000 = 9,500 too much, and no room."""
    settings = ("participant.age_at_year_end=40", "participant.compensation=350000", "participant.elective_deferrals=24500")
    more = ("participant.employer_contributions=57000", "participant.after_tax_contributions=0", "participant.fica_wages for 2025=140000")
    found = _amounts(answerer, loader, 2026, *settings, *more)
    assert found["excess_annual_additions"][0] == "9500.00"
    assert found["after_tax_room"][0] == "0.00"


def test_spillover_first(answerer: Answerer, loader: Loader) -> None:
    """Where after-tax begins only at the deferral limit, a smaller deferral leaves no room."""
    settings = ("participant.compensation=250000", "participant.elective_deferrals=20000", "participant.employer_contributions=0")
    found = _amounts(answerer, loader, 2026, *settings, "plan.after_tax.only_by_spillover=yes")
    assert found["after_tax_room"][0] == "0.00"


@pytest.mark.parametrize(
    ("year", "limits"),
    [
        (2014, (17_500, 5_500, 52_000, 260_000)),
        (2015, (18_000, 6_000, 53_000, 265_000)),
        (2016, (18_000, 6_000, 53_000, 265_000)),
        (2017, (18_000, 6_000, 54_000, 270_000)),
        (2018, (18_500, 6_000, 55_000, 275_000)),
        (2019, (19_000, 6_000, 56_000, 280_000)),
        (2020, (19_500, 6_500, 57_000, 285_000)),
        (2021, (19_500, 6_500, 58_000, 290_000)),
        (2022, (20_500, 6_500, 61_000, 305_000)),
        (2023, (22_500, 7_500, 66_000, 330_000)),
        (2024, (23_000, 7_500, 69_000, 345_000)),
        (2025, (23_500, 7_500, 70_000, 350_000)),
        (2026, (24_500, 8_000, 72_000, 360_000)),
    ],
)
def test_limits_by_year(answerer: Answerer, year: int, limits: tuple[int, ...]) -> None:
    """The limits as the notices of each year have them."""
    names = ("elective_deferral_dollar_limit", "catch_up_dollar_limit", "annual_additions_dollar_limit", "compensation_dollar_limit")
    values = [answerer.book.parameters[name].value_for(year) for name in names]
    assert [value.value for value in values if value is not None] == [limit * 100 for limit in limits]
