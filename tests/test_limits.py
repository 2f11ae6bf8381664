"""The figures of the notices, one by one against what other public sources print for them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from conftest import ROOT
from planproof.rulebook import Rulebook

YEARS = range(2014, 2027)
DATA: dict[str, Any] = json.loads((ROOT / "tests" / "data" / "published_limits.json").read_text(encoding="utf-8"))
SOURCES: dict[str, dict[str, str]] = DATA["sources"]
FIGURES: list[dict[str, Any]] = DATA["figures"]
DIFFERS = "differs: "

# The step to which the law rounds each figure, and the limits by year themselves. A table by the year before begins a year earlier.
STEPS = {
    "elective_deferral_dollar_limit": 500,
    "deferral_457_dollar_limit": 500,
    "catch_up_dollar_limit": 500,
    "higher_catch_up_dollar_limit": 250,  # 150% of a multiple of 500
    "roth_catch_up_wage_threshold": 5_000,
    "annual_additions_dollar_limit": 1_000,
    "compensation_dollar_limit": 5_000,
    "highly_compensated_threshold": 5_000,
    "officer_threshold": 5_000,
    "starter_deferral_dollar_limit": 500,
    "simple_deferral_dollar_limit": 500,
    "simple_small_employer_deferral_dollar_limit": 100,  # 110% of a multiple of 500, indexed by 500
    "simple_catch_up_dollar_limit": 500,
    "simple_small_employer_catch_up_dollar_limit": 50,  # 110% of a multiple of 500
    "simple_higher_catch_up_dollar_limit": 250,
    "ira_contribution_dollar_limit": 500,
    "ira_catch_up_dollar_limit": 100,
    "roth_ira_phase_out_start_single": 1_000,
    "roth_ira_phase_out_start_joint": 1_000,
    "ira_deduction_phase_out_start_single": 1_000,
    "ira_deduction_phase_out_start_joint": 1_000,
    "ira_deduction_phase_out_start_spouse_active": 1_000,
    "social_security_wage_base": 300,
    "hsa_self_only_limit": 50,
    "hsa_family_limit": 50,
}
FIRST_YEAR = {
    "compensation_dollar_limit": 2013,
    "officer_threshold": 2013,
    "highly_compensated_threshold": 2012,
    "roth_catch_up_wage_threshold": 2013,
}
LAST_YEAR = {"roth_catch_up_wage_threshold": 2025, "hsa_self_only_limit": 2027, "hsa_family_limit": 2027}
BEGAN = {
    "higher_catch_up_dollar_limit": 2025,
    "simple_higher_catch_up_dollar_limit": 2025,
    "starter_deferral_dollar_limit": 2024,
    "simple_small_employer_deferral_dollar_limit": 2024,
    "simple_small_employer_catch_up_dollar_limit": 2024,
    "roth_catch_up_wage_threshold": 2023,
}
CONSTANTS = {
    "one_percent_owner_threshold": 150_000,
    "roth_ira_phase_out_width_single": 15_000,
    "roth_ira_phase_out_width_joint": 10_000,
    "ira_deduction_phase_out_width": 10_000,
    "ira_deduction_phase_out_width_joint": 20_000,
    "hsa_catch_up_limit": 1_000,
}
# Figures that only one of the sources has.
ONE_SOURCE = {("hsa_family_limit", 2027), ("starter_deferral_dollar_limit", 2025), ("starter_deferral_dollar_limit", 2026)}


def _cells() -> Iterator[tuple[str, int]]:
    for name in STEPS:
        for year in range(FIRST_YEAR.get(name, YEARS.start), LAST_YEAR.get(name, YEARS.stop - 1) + 1):
            yield name, year


CELLS = tuple(_cells())
IN_FORCE = tuple((name, year) for name, year in CELLS if year >= BEGAN.get(name, 0))


def _figure(book: Rulebook, name: str, year: int) -> Fraction | None:
    """Dollars that the rule book has for a year; nothing where the law was not in force."""
    value = book.parameters[name].value_for(year)
    assert value is not None, f"{name} of {year} is not in the rule book"
    return Fraction(value.value) / 100 if value.in_force and isinstance(value.value, int | Fraction) else None


def _others(*, agreeing: bool) -> dict[tuple[str, int], list[dict[str, Any]]]:
    found = defaultdict(list)
    for figure in FIGURES:
        if figure.get("note", "").startswith(DIFFERS) is not agreeing:
            found[figure["parameter"], figure["year"]].append(figure)
    return found


AGREEING = _others(agreeing=True)
DIFFERING = [figure for figures in _others(agreeing=False).values() for figure in figures]


def _publisher(figure: dict[str, Any]) -> str:
    """Copies of one page are one source; so are pages of one site."""
    source = SOURCES[figure["source"]]
    place = source.get("repository") or source["address"].split("//")[-1].split("/")[0].split(":")[0]
    return place.lower().removeprefix("www.").removeprefix("apps.")


@pytest.mark.parametrize(("name", "year"), AGREEING)
def test_figure_is_what_others_print(book: Rulebook, name: str, year: int) -> None:
    """Every reading that agrees by its own account does agree."""
    readings = {figure["source"]: Fraction(figure["value"]) for figure in AGREEING[name, year]}
    assert readings == dict.fromkeys(readings, _figure(book, name, year))


@pytest.mark.parametrize("figure", DIFFERING, ids=lambda f: f"{f['parameter']}-{f['year']}-{f['source']}")
def test_known_wrong_figure_is_not_ours(book: Rulebook, figure: dict[str, Any]) -> None:
    """Slips, projections and superseded figures of others are not in the rule book, and at least two sources speak against each."""
    assert _figure(book, figure["parameter"], figure["year"]) != Fraction(figure["value"])
    assert len({_publisher(other) for other in AGREEING[figure["parameter"], figure["year"]]}) >= 2


@pytest.mark.parametrize(
    ("name", "year", "wrong"),
    [
        ("catch_up_dollar_limit", 2018, 5_500),
        ("social_security_wage_base", 2018, 128_700),
        ("higher_catch_up_dollar_limit", 2026, 12_000),
        ("annual_additions_dollar_limit", 2026, 73_500),
        ("compensation_dollar_limit", 2026, 355_000),
        ("compensation_dollar_limit", 2023, 333_000),
        ("compensation_dollar_limit", 2025, 345_000),
        ("ira_contribution_dollar_limit", 2026, 7_000),
        ("ira_catch_up_dollar_limit", 2026, 1_000),
        ("catch_up_dollar_limit", 2026, 7_500),
        ("roth_catch_up_wage_threshold", 2025, 145_000),
        ("hsa_family_limit", 2018, 6_850),
        ("simple_small_employer_deferral_dollar_limit", 2025, 18_100),
        ("simple_small_employer_catch_up_dollar_limit", 2026, 4_400),
        ("simple_higher_catch_up_dollar_limit", 2026, 6_000),
    ],
)
def test_tempting_figure_is_not_ours(book: Rulebook, name: str, year: int, wrong: int) -> None:
    """Figures of another year, of a misprint, or computed where the law does not compute."""
    assert _figure(book, name, year) not in (None, wrong)


@pytest.mark.parametrize(("name", "year"), IN_FORCE)
def test_two_sources_have_each_figure(name: str, year: int) -> None:
    """Each figure in force was read in at least two sources, or is listed as one that was not."""
    publishers = {_publisher(figure) for figure in AGREEING[name, year]}
    assert len(publishers) == 1 if (name, year) in ONE_SOURCE else len(publishers) >= 2, publishers


@pytest.mark.parametrize(("name", "year"), CELLS)
def test_table_has_each_year(book: Rulebook, name: str, year: int) -> None:
    """A figure, or that the law was not in force: nothing is missing, and no year of one kind has the other."""
    figure = _figure(book, name, year)
    assert (figure is not None) is ((name, year) in IN_FORCE)
    assert figure is None or figure % STEPS[name] == 0


def test_tables_have_no_other_years(book: Rulebook) -> None:
    """A year that nobody published is not in a table."""
    tables = {(name, value.key) for name in STEPS for value in book.parameters[name].values}
    assert tables == set(CELLS)


def test_every_table_is_checked(book: Rulebook) -> None:
    """A table by year that is added to the rule book is added here too."""
    assert {parameter.name for parameter in book.core.parameters if parameter.key is not None} == set(STEPS)


@pytest.mark.parametrize("name", STEPS)
def test_figures_never_fall(book: Rulebook, name: str) -> None:
    """No indexed figure has gone down in these years."""
    figures = [figure for year in range(2012, 2028) if (name, year) in IN_FORCE and (figure := _figure(book, name, year)) is not None]
    assert figures == sorted(figures)


def test_catch_up_at_60_to_63_as_the_statute_computes_it(book: Rulebook) -> None:
    """150% of the catch-up limit of 2024 (SIMPLE: of 2025) and at least $10,000 ($5,000); not 150% of the year's own limit."""
    plain, simple = _figure(book, "catch_up_dollar_limit", 2024), _figure(book, "simple_catch_up_dollar_limit", 2025)
    assert plain is not None
    assert simple is not None
    for year in (2025, 2026):
        assert _figure(book, "higher_catch_up_dollar_limit", year) == max(Fraction(10_000), plain * 3 / 2)
        assert _figure(book, "simple_higher_catch_up_dollar_limit", year) == max(Fraction(5_000), simple * 3 / 2)


def test_simple_plans_of_small_employers_start_at_110_percent(book: Rulebook) -> None:
    """110% of the limits of 2024."""
    for name in ("deferral", "catch_up"):
        general = _figure(book, f"simple_{name}_dollar_limit", 2024)
        assert general is not None
        assert _figure(book, f"simple_small_employer_{name}_dollar_limit", 2024) == general * 11 / 10


@pytest.mark.parametrize("year", YEARS)
def test_figures_that_the_law_ties_together(book: Rulebook, year: int) -> None:
    """457(e)(15) has moved with 402(g), and the phase-out for the spouse of a participant with that of joint Roth contributions."""
    same = ("elective_deferral_dollar_limit", "deferral_457_dollar_limit")
    spouse = ("ira_deduction_phase_out_start_spouse_active", "roth_ira_phase_out_start_joint")
    for one, other in (same, spouse):
        assert _figure(book, one, year) == _figure(book, other, year)


@pytest.mark.parametrize(("name", "dollars"), CONSTANTS.items())
def test_amounts_that_are_not_indexed(book: Rulebook, name: str, dollars: int) -> None:
    """Amounts that the statute fixes for good."""
    (value,) = book.parameters[name].values
    assert (value.key, value.value) == (None, dollars * 100)


def test_sources_are_all_used() -> None:
    """Every source has figures, every figure a source, and every source says where it is."""
    assert {figure["source"] for figure in FIGURES} == set(SOURCES)
    assert all(("repository" in source and "commit" in source) or "address" in source for source in SOURCES.values())


def test_page_tells_every_difference() -> None:
    """The page on the check names each figure of others that differs."""
    page = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("|")]
    for figure in DIFFERING:
        shown = f"{int(figure['value']):,}"
        assert any(f"`{figure['parameter']}`" in row and f"| {figure['year']} |" in row and shown in row for row in rows), figure
    assert f"{sum(map(len, AGREEING.values()))} of them agree" in page
    assert f"{len(DIFFERING)} differ" in page
    assert f"{len(FIGURES)} readings" in page
    assert f"{len(SOURCES)} sources" in page
