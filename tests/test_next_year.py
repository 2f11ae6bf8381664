"""A further year is lines in one file: with them everything is known for it, without them what is missing is named."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from conftest import ROOT
from planproof import cli
from planproof.answer import Answer, Answerer
from planproof.core import Parameter
from planproof.encode import Encoder
from planproof.plan import Asked, Facts, Statement
from planproof.plans import Loader
from planproof.rulebook import load_rulebook
from planproof.source import Source
from planproof.values import State

YEARS = range(2014, 2027)
LATEST, NEXT = 2026, 2027
LINE = re.compile(r"^  (\d{4}): (not in force|\S+)")
PLAN = """\
employer: Someone
name: A plan
type: 401(k)
features:
  plan_year_ends_in_month: 12
  after_tax: {allowed: yes, percent_cap: none, dollar_cap: none, combined_percent_cap: none, only_by_spillover: no}
  roth: {deferrals: yes}
  catch_up: {allowed: yes, higher_60_63: yes}
  in_plan_roth: {allowed: yes, after_tax: included, automatic: yes}
  in_service: {after_tax: at_any_age}
  match: {offered: yes, tiers: [{rate: 100%, from: 0%, to: 4%}], dollar_cap: none, computed: annually, on_after_tax: no, on_catch_up: no}
  nonelective: {rate: none}
  forfeitures: not_allocated
"""
PERSON = (
    "participant.age_at_year_end=52",
    "participant.compensation=400000",
    "participant.plan_compensation=400000",
    "participant.elective_deferrals=24500",
    "participant.after_tax_contributions=0",
    "participant.fica_wages=150001",
    "participant.other_plans.any=no",
)
# As in 2026, the figures of which stand in for those of 2027. The match: 4% of the 360,000 that count of 400,000 is
# 14,400. Room: 72,000 - 24,500 - 14,400. Left of 24,500 + 8,000: 8,000.
AMOUNTS = {
    "after_tax_room": 72_000 - 24_500 - 14_400,
    "annual_additions_limit": 72_000,
    "elective_deferral_limit": 24_500,
    "catch_up_limit": 8_000,
    "employer_match": 14_400,
    "total_limit": 72_000 + 8_000,
    "excess_annual_additions": 0,
    "elective_deferrals_left": 8_000,
}


def own_years(answerer: Answerer, parameter: Parameter, asked: int) -> set[int]:
    """The years of a table that a question for a year can read: for a plan year that is the calendar year, or is not."""
    assert parameter.key is not None
    found = set()
    for month in (12, 6):
        facts = Facts({("plan.plan_year_ends_in_month", None): Statement(month, State.STATED)})
        year = answerer.evaluator.run(facts, Asked(asked, date(asked, 12, 31))).step(parameter.key).value
        assert isinstance(year, int)
        found.add(year)
    return found


def tables(answerer: Answerer) -> list[Parameter]:
    """The parameters that have one value a year."""
    return [parameter for parameter in answerer.book.core.parameters if parameter.key]


def with_a_further_year(text: str, wanted: dict[str, int]) -> Iterator[str]:
    """The limits, each table with the line of the year that is wanted, made up: the figure of the line before it."""
    for block in re.split(r"(?<=\n)(?=\n)", text):
        named = re.search(r"^parameter (\w+) : \w+ by ", block, re.MULTILINE)
        values = {int(match[1]): match[2] for match in map(LINE.match, block.splitlines()) if match}
        if named and wanted[named[1]] not in values:
            assert wanted[named[1]] - 1 == max(values), named[1]
            block += f"  {wanted[named[1]]}: {values[max(values)]}   cites A notice made up for this test\n"
        yield block


@pytest.fixture(scope="module")
def further(tmp_path_factory: pytest.TempPathFactory, answerer: Answerer) -> Answerer:
    """The shipped rule book with a fictional year more, in its file of limits alone."""
    folder = tmp_path_factory.mktemp("next_year") / "rules"
    shutil.copytree(ROOT / "rules", folder)
    limits = folder / "limits.rules"
    wanted = {parameter.name: max(own_years(answerer, parameter, NEXT)) for parameter in tables(answerer)}
    limits.write_text("".join(with_a_further_year(limits.read_text(encoding="utf-8"), wanted)), encoding="utf-8")
    found, _, diagnostics = load_rulebook(folder, fresh=True)
    assert found is not None, diagnostics
    return Answerer(found)


def answer(answerer: Answerer, year: int) -> Answer:
    """The answer for the plan and participant above."""
    loader = Loader(answerer.book)
    plan, diagnostics = loader.plan_of(Source("plan.yaml", PLAN))
    assert plan is not None, diagnostics
    person, _, _, problems = loader.participant(None, PERSON)
    assert not problems
    return answerer.answer(plan, person, year, date(year, 12, 31))


def shown(answerer: Answerer, found: Answer) -> dict[str, str | None]:
    """The amounts as JSON shows them."""
    return {name: amount["value"] for name, amount in Encoder(answerer).answer(found)["amounts"].items()}


EXPECTED = {name: f"{amount}.00" for name, amount in AMOUNTS.items()}


def test_the_latest_year_is_known(answerer: Answerer) -> None:
    """What is expected of the further year holds in the latest one."""
    assert answerer.latest_year == LATEST
    assert shown(answerer, answer(answerer, LATEST)) == EXPECTED


def test_a_further_year_is_lines_in_one_file(further: Answerer) -> None:
    """With a line more in each table of the file of limits everything is known for the further year."""
    assert shown(further, answer(further, NEXT)) == EXPECTED


def test_a_further_year_is_complete(further: Answerer) -> None:
    """With those lines no figure is wanting, and the further year is the one that is asked for where none is told."""
    assert further.unpublished(NEXT) == ()
    assert further.latest_year == NEXT


def test_a_further_year_changes_no_other(answerer: Answerer, further: Answerer) -> None:
    """The lines of the further year leave the years before as they were."""
    for mine, theirs in zip(tables(answerer), tables(further), strict=True):
        assert theirs.values[: len(mine.values)] == mine.values
    assert shown(further, answer(further, LATEST)) == EXPECTED


def test_every_table_is_in_the_file_of_limits(answerer: Answerer) -> None:
    """So that a further year is a change of that file alone."""
    assert {parameter.name: parameter.span.path for parameter in tables(answerer) if parameter.span.path != "rules/limits.rules"} == {}


def test_without_its_lines_a_year_is_unknown_by_name(answerer: Answerer) -> None:
    """Each amount that needs a figure of the further year is unknown, and the figures that it needs are named."""
    found = answer(answerer, NEXT)
    needed: dict[str, set[str]] = {}
    for missing in found.missing:
        assert missing.reason.state is State.PARAMETER_UNPUBLISHED
        for name in missing.needed_for:
            needed.setdefault(name, set()).add(missing.reason.name)
    assert needed["annual_additions_limit"] == {"annual_additions_dollar_limit"}
    assert needed["elective_deferral_limit"] == {"elective_deferral_dollar_limit"}
    assert needed["catch_up_limit"] <= {"catch_up_dollar_limit", "roth_catch_up_wage_threshold"}
    assert {"annual_additions_dollar_limit", "elective_deferral_dollar_limit"} <= needed["after_tax_room"]
    assert needed.keys() == {name for name, value in shown(answerer, found).items() if value is None}
    assert found.verdict == "supported", "the verdict needs no figure"


def test_check_warns_of_a_year_without_lines(
    answerer: Answerer, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`planproof check --year` names every figure that is not published for the year."""
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN, encoding="utf-8")
    monkeypatch.chdir(ROOT)
    assert cli.main(["check", "--year", str(NEXT), str(path)]) == 0
    told = capsys.readouterr().err
    (line,) = [line for line in told.splitlines() if "year-unpublished" in line]
    latest = {parameter: max(own_years(answerer, parameter, NEXT)) for parameter in tables(answerer)}
    unpublished = {parameter.name for parameter, year in latest.items() if parameter.value_for(year) is None}
    assert "annual_additions_dollar_limit" in unpublished
    assert set(line.split(f"not published for {NEXT}: ")[1].split(", ")) == unpublished


@pytest.mark.parametrize("year", YEARS)
def test_every_table_has_every_year(answerer: Answerer, year: int) -> None:
    """For each year asked, a table has a line (a figure, or that it is not in force) for each year of its own that this can be."""
    for parameter in tables(answerer):
        for own in own_years(answerer, parameter, year):
            assert parameter.value_for(own) is not None, (parameter.name, own)
