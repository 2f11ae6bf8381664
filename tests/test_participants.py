"""Participant files and settings that are right: every form, and the fact it gives."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from plan_files import bare, person, place, stated
from planproof.plan import Facts, Settings
from planproof.plans import Loader
from planproof.values import State

ROOT = Path(__file__).resolve().parent.parent


def test_json_participant_equals_yaml_participant(loader: Loader, tmp_path: Path) -> None:
    """The same participant in JSON gives the same facts and group."""
    yaml = (ROOT / "docs" / "examples" / "full-participant.yaml").read_text("utf-8")
    tree = {
        "group": "none",
        "age_at_year_end": 61,
        "age_at_withdrawal": 61.5,
        "compensation": "$250,000.00",
        "plan_compensation": {"2025": 235000, "2026": 250000},
        "elective_deferrals": 32500,
        "after_tax_contributions": 20000,
        "employer_contributions": "unknown",
        "forfeitures": 0,
        "roth_deferrals": 10000,
        "fica_wages": {"2025": "$176,100"},
        "last_after_tax_deposit": "2026-12-31",
        "state": "CA",
        "filing_status": "joint",
        "employment": {
            "five_percent_owner": "no",
            "key_five_percent_owner": "no",
            "one_percent_owner": "no",
            "officer": "no",
            "pay": {"2024": 230000, "2025": 240000, "2026": 250000},
        },
        "self_employment": {"sponsor": "no"},
        "other_plans": {
            "any": "yes",
            "compensation": 0,
            "plans": [{"number": 1, "kind": "qualified", "sponsor": "unrelated", "deferrals": 3000, "annual_additions": "$9,000"}],
        },
        "income": {"marginal_rate": "35%", "roth_magi": 400000, "ira_magi": 400000},
        "after_tax_account": {"balance": 20200, "basis": 20000, "pre_1987_basis": 0},
        "conversion": {"amount": "none", "route": "in_plan"},
        "distribution": {"hardship": "no", "required_minimum": 0},
        "ira": {"any": "no", "roth_contributions": 0, "active_participant": "yes", "compensation": 250000, "sixty_day_rollover_on": "none"},
        "roth_account": {"first_year": 2019, "earlier_plan_first_year": "none", "conversions": []},
        "roth_ira": {
            "first_year": 2015,
            "regular_contributions": 12000,
            "year_end_value": 30000,
            "conversions": [{"year": 2024, "taxable": 100, "nontaxable": 15000}],
        },
        "withdrawal": {"source": "no_withdrawal"},
        "refund": {"amount": 0},
        "pay_periods": [{"number": n, "pay": 125000, "matched_contributions": 12250} for n in (1, 2)],
    }
    one = person(loader, tmp_path, yaml)
    other = person(loader, tmp_path, json.dumps(tree, indent=2), "me.json")
    assert bare(one.facts) == bare(other.facts)
    assert (one.group, other.group) == ("none", "none")
    assert stated(one.facts, "participant.fica_wages", 2025) == 17_610_000
    assert stated(one.facts, "participant.age_at_withdrawal") == Fraction(123, 2)


def test_plain_value_and_years(loader: Loader, tmp_path: Path) -> None:
    """A plain value is for the year asked; a mapping gives years, each of which may have evidence or be unknown."""
    text = "compensation: 90000\nfica_wages:\n  2024: unknown\n  2025: {value: 150000, note: W-2}\n  '2026': 160000.25\n"
    facts = person(loader, tmp_path, text).facts
    assert set(facts.statements) == {("participant.compensation", None), *(("participant.fica_wages", year) for year in (2024, 2025, 2026))}
    assert stated(facts, "participant.compensation") == 9_000_000
    assert facts.statements["participant.fica_wages", 2024].state is State.STATED_UNKNOWN
    assert facts.statements["participant.fica_wages", 2025].evidence.note == "W-2"
    assert stated(facts, "participant.fica_wages", 2026) == 16_000_025


def test_pay_periods_in_any_order(loader: Loader, tmp_path: Path) -> None:
    """Rows keep the order of the file; their number orders them when they are used."""
    rows = person(loader, tmp_path, "pay_periods: [{number: 3, pay: 1}, {number: 1, pay: 2}]\n").facts.lists["participant.pay_periods"].rows
    assert [row["pay_period.number"].value for row in rows] == [3, 1]
    assert [row["pay_period.pay"].value for row in rows] == [100, 200]


def test_participant_without_group(loader: Loader, tmp_path: Path) -> None:
    """Who tells no group has none told."""
    assert person(loader, tmp_path, "age_at_year_end: 50\n").group == ""


def test_no_participant_at_all(loader: Loader) -> None:
    """Without file and settings nobody is given."""
    assert loader.participant(None, []) == (None, (), Settings(), ())


@pytest.mark.parametrize(
    ("setting", "year", "cents"),
    [
        ("participant.compensation=250000", None, 25_000_000),
        ("participant.compensation = $250,000.50", None, 25_000_050),
        ("participant.compensation for 2025=1", 2025, 100),
        ("  participant.compensation  for  2025  =  1  ", 2025, 100),
    ],
)
def test_setting(loader: Loader, setting: str, year: int | None, cents: int) -> None:
    """A setting is a name, for a year if told, and a value."""
    participant, sources, plan_facts, diagnostics = loader.participant(None, [setting])
    assert participant is not None, diagnostics
    assert bare(participant.facts) == ({("participant.compensation", year): (State.STATED, cents)}, {})
    assert [source.text for source in sources] == [setting]
    assert plan_facts.facts == Facts()


def test_setting_of_the_plan_makes_no_participant(loader: Loader) -> None:
    """A plan's fact that is set is given back apart, and nobody is given by it."""
    settings = ["plan.after_tax.allowed=no", "plan.after_tax.dollar_cap=none", "plan.type=403(b)"]
    participant, _, plan_facts, diagnostics = loader.participant(None, settings)
    assert diagnostics == ()
    assert participant is None
    assert bare(plan_facts.facts) == (
        {
            ("plan.after_tax.allowed", None): (State.STATED, False),
            ("plan.after_tax.dollar_cap", None): (State.STATED, None),
            ("plan.type", None): (State.STATED, "403(b)"),
        },
        {},
    )


def test_settings_lie_over_the_file(loader: Loader, tmp_path: Path) -> None:
    """A setting replaces what the file says, the last one wins, and other years and facts stay."""
    settings = ["participant.fica_wages for 2025=1", "participant.fica_wages for 2025=unknown", "participant.group=hourly"]
    someone = person(loader, tmp_path, "group: none\nage_at_year_end: 50\nfica_wages: {2024: 5, 2025: 6}\n", settings=settings)
    assert someone.group == "hourly"
    assert bare(someone.facts)[0] == {
        ("participant.age_at_year_end", None): (State.STATED, 50),
        ("participant.fica_wages", 2024): (State.STATED, 500),
        ("participant.fica_wages", 2025): (State.STATED_UNKNOWN, None),
    }


def test_place_of_a_setting(loader: Loader) -> None:
    """A value set on the command line has its place in the setting."""
    participant, _, _, _ = loader.participant(None, ["participant.compensation for 2025 = 5"])
    assert participant is not None
    statement = participant.facts.statements["participant.compensation", 2025]
    assert statement.span is not None
    assert (statement.span.path, *place(statement)) == ("--set", 1, 37)
