"""Law and plan as they were known on a date: what was published, enacted or adopted later is not there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT, compiled
from ledgers import ASHFORD, LIBRARY, planproof
from outputs import problem
from planproof.answer import Answerer
from planproof.core import Authority, Core
from planproof.encode import Encoder
from planproof.evaluate import Evaluator
from planproof.known import known_on
from planproof.plan import Asked, Facts
from planproof.plans import Loader
from planproof.rulebook import Rulebook
from planproof.values import Result, State, Unknown
from planproof.verify import Verifier
from planproof.verify_inputs import Given
from small import causes, facts

BOOK = """
authority Act of 2019
  standing verified
  published 2019-12-20
    standing secondary "read in a summary"

authority Act of 2022
  published 2022-12-29

authority Act of 2022 s. 9
  standing recalled "from memory"

authority Notice 2020
  published 2020-10-26

authority Notice 2021
  published 2021-11-04

parameter cap : money by calendar_year
  label "Cap"
  cites Old act
  2020: $10   cites Old act
  2021: $11   cites Notice 2020
  2022: $12   cites Notice 2021
  2023: not in force   cites Act of 2022

parameter extra : money
  label "Extra"
  cites Act of 2022
  is $3

define calendar_year : year
  label "Calendar year"
  cites Old act
  is asked.year

define law_date : date
  label "Date of the law"
  cites Old act
  is asked.date

fact plan.own : money
  label "Own"
  asks "Own?"
  between $0 and $100
  presumed $1   cites Act of 2019
  answered by plan document

define room : money
  label "Room"
  cites Old act
  is cap + plan.own
  except raised when yes
    is cap + plan.own + extra
    over rounded_off
    cites Old act; Act of 2022
  except rounded_off when cap > $10
    is $20
    cites Act of 2019

define new_thing : money
  label "New thing"
  cites Act of 2022 s. 9
  is $5

define new_right : yes/no
  label "New right"
  cites Act of 2022
  is no
  except since when plan.own > $0
    is yes
    cites Act of 2022

example "all"
  cites Old act
  expect room unknown, new_thing $5, new_right unknown
"""


def core() -> Core:
    """The rule book of this page; the example needs not come true."""
    return compiled(BOOK)


def asked(day: date | None, year: int, name: str, own: object = 500) -> Result:
    """A value of the rule book as known on a day."""
    book = core()
    told: Facts = facts({"plan.own": own} if own is not None else {})  # type: ignore[dict-item]
    return Evaluator(book if day is None else known_on(book, day)).run(told, Asked(year, date(year, 12, 31))).step(name).value


def authority(name: str) -> Authority:
    """The authority of a definition's base."""
    return next(found for found in core().definitions if found.name == name).base.authority


# ------------------------------------------------------------------ the language


def test_a_citation_takes_the_date_of_what_it_cites() -> None:
    """The longest declaration that has a standing gives that, and the longest that has a date gives the date."""
    assert authority("new_thing") == Authority(("Act of 2022 s. 9",), "recalled", "from memory", date(2022, 12, 29))
    assert authority("room") == Authority(("Old act",))


def test_of_several_citations_the_latest_date_counts() -> None:
    """And what has none does not."""
    branch = next(found for found in core().definitions if found.name == "room").branches[1]
    assert branch.authority == Authority(("Old act", "Act of 2022"), published=date(2022, 12, 29))


# ------------------------------------------------------------------ what is not there


@pytest.mark.parametrize(
    ("day", "year", "value"),
    [
        (None, 2022, 1200),
        (date(2021, 11, 4), 2022, 1200),
        (date(2021, 11, 3), 2022, State.PARAMETER_UNPUBLISHED),
        (date(2021, 11, 3), 2021, 1100),
        (date(2020, 10, 25), 2021, State.PARAMETER_UNPUBLISHED),
        (date(1990, 1, 1), 2020, 1000),
        (date(1990, 1, 1), 2023, State.NOT_IN_FORCE),
        (date(2021, 11, 4), 2024, State.PARAMETER_UNPUBLISHED),
    ],
)
def test_a_figure_is_there_from_the_day_of_its_notice(day: date | None, year: int, value: object) -> None:
    """It is unknown before, and named; what was never in force was not, whoever said so when; undated is always known."""
    found = Evaluator(core() if day is None else known_on(core(), day)).run(Facts(), Asked(year, None)).keyed("cap").value
    if isinstance(value, State):
        assert causes(found) == {("cap", value)}
    else:
        assert found == value


def test_a_figure_without_years_is_unknown_before_its_day() -> None:
    """As one of a year is."""
    assert causes(asked(date(2022, 12, 28), 2022, "extra")) == {("extra", State.PARAMETER_UNPUBLISHED)}
    assert asked(date(2022, 12, 29), 2022, "extra") == 300


def test_an_exception_is_there_from_the_day_of_its_law() -> None:
    """2022: cap $12 and own $5. Since 2022-12-29 $3 more; before, the exception of 2019 makes it $20; before that, $17."""
    assert asked(None, 2022, "room") == 1200 + 500 + 300
    assert asked(date(2022, 12, 29), 2022, "room") == 1200 + 500 + 300
    assert asked(date(2022, 12, 28), 2022, "room") == 2000
    assert asked(date(2019, 12, 19), 2020, "room") == 1000 + 500


def test_a_presumption_is_there_from_the_day_of_its_law() -> None:
    """Before, silence is silence."""
    assert asked(date(2019, 12, 20), 2020, "plan.own", None) == 100
    assert causes(asked(date(2019, 12, 19), 2020, "plan.own", None)) == {("plan.own", State.NOT_STATED)}


def test_a_definition_of_a_later_law_is_unknown_and_not_guessed() -> None:
    """It names the provision; a base that is `no` says that nothing of the kind is there."""
    assert causes(asked(date(2022, 12, 28), 2022, "new_thing")) == {("new_thing.provision", State.PARAMETER_UNPUBLISHED)}
    assert asked(date(2022, 12, 29), 2022, "new_thing") == 500
    assert asked(date(2022, 12, 28), 2022, "new_right") is False
    assert asked(date(2022, 12, 29), 2022, "new_right") is True


# ------------------------------------------------------------------ the rule book that ships

DAYS = (date(2014, 6, 1), date(2021, 12, 1), date(2022, 12, 28), date(2024, 12, 1), date(2026, 1, 1))
YEARS = {date(2014, 6, 1): 2014, date(2021, 12, 1): 2022, date(2022, 12, 28): 2023, date(2024, 12, 1): 2025, date(2026, 1, 1): 2026}


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_latest_year_is_the_latest_that_was_complete(book: Rulebook, day: date) -> None:
    """The notice of autumn completes the next year; nothing of a later year is published."""
    assert Answerer(book.known_on(day)).latest_year == YEARS[day]


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_every_proof_as_known_on_a_day_verifies(book: Rulebook, loader: Loader, day: date) -> None:
    """By a verifier of the whole rule book, with the plan file; under another day it is false."""
    answerer, verifier = Answerer(book.known_on(day)), Verifier(book)
    encoder = Encoder(answerer)
    for path in sorted((ROOT / "plans").glob("*.yaml"))[::6]:
        plan, _, diagnostics = loader.plan(path)
        assert plan is not None, diagnostics
        answer = answerer.answer(plan, None, YEARS[day], date(YEARS[day], 12, 31))
        proof = json.loads(json.dumps(encoder.proof(answer.proof)))
        found = verifier.verify(proof, Given(plan))
        assert found.fault is None, found.fault
        assert proof["asked"]["known"] == day.isoformat()
        del proof["asked"]["known"]
        assert verifier.verify(proof, Given(plan)).fault is not None


def test_what_was_known_of_the_law_makes_no_other_steps_than_the_law(book: Rulebook, loader: Loader) -> None:
    """On a day after everything was published, the proof is that without a day but for the day itself."""
    plan, _, _ = loader.plan(ROOT / "plans" / "intel.yaml")
    assert plan is not None
    told: list[Any] = []
    for answerer in (Answerer(book), Answerer(book.known_on(date(2100, 1, 1)))):
        told.append(Encoder(answerer).proof(answerer.answer(plan, None, 2026, date(2026, 12, 31)).proof))
    assert told[0]["steps"] == told[1]["steps"]
    assert told[1]["asked"] == {**told[0]["asked"], "known": "2100-01-01"}


def _unknowns(book: Rulebook, day: date, year: int) -> Iterator[str]:
    answerer = Answerer(book.known_on(day))
    run = answerer.evaluator.run(Facts(), Asked(year, date(year, 12, 31)))
    for parameter in book.core.parameters:
        if parameter.key and isinstance(run.keyed(parameter.name).value, Unknown):
            yield parameter.name


def test_the_figures_of_2026_before_and_after_their_notice(book: Rulebook) -> None:
    """Notice 2025-67 of 13 November 2025."""
    before, after = (set(_unknowns(book, day, 2026)) for day in (date(2025, 11, 12), date(2025, 11, 13)))
    assert {"elective_deferral_dollar_limit", "annual_additions_dollar_limit", "catch_up_dollar_limit"} <= before - after
    assert after <= before


# ------------------------------------------------------------------ plans

AMENDED = """employer: Town of Alder
name: Alder Library
type: town
features:
  visitors: no
  grace_days: 1
amendments:
  - {name: Backdated, effective: 2026-01-01, adopted: 2026-05-02, features: {grace_days: 3}}
  - {name: Undated, effective: 2026-03-01, features: {visitors: yes}}
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A plan with an amendment adopted after its effect, and one that does not say when it was."""
    path = tmp_path / "alder.yaml"
    path.write_text(AMENDED, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("options", "grace", "visitors"),
    [
        ((), "3", "yes"),
        (("--on", "2026-02-01"), "3", "no"),
        (("--on", "2026-02-01", "--known", "2026-05-01"), "1", "no"),
        (("--on", "2026-02-01", "--known", "2026-05-02"), "3", "no"),
        (("--known", "2026-02-28"), "1", "no"),
        (("--known", "2026-03-01"), "1", "yes"),
        (("--on", "2025-12-31", "--known", "2026-12-31"), "1", "no"),
    ],
)
def test_an_amendment_counts_by_effect_and_by_adoption(plan: Path, options: tuple[str, ...], grace: str, visitors: str) -> None:
    """In effect by `--on`, and adopted by `--known`; one that does not say when it was adopted, from its effect on."""
    for name, value in (("grace_days", grace), ("visitors", visitors)):
        said = planproof("explain", plan, f"plan.{name}", "--rules", LIBRARY, "--year", "2026", *options)
        assert said.code == 0, said.err
        assert said.out.splitlines()[1].endswith(f": {value}")


def test_an_amendment_without_adoption_is_warned_of(plan: Path) -> None:
    """Only where the day of what is known asks for it, and once."""
    warned = planproof("check", plan, "--rules", LIBRARY, "--known", "2026-06-01", "--year", "2026")
    message = "the amendment `Undated` does not say when it was adopted, and counts as adopted on its effective date"
    assert (warned.code, warned.err.count("warning[amendment-undated]")) == (0, 1)
    assert message in warned.err
    assert f"{plan}:9:5" in warned.err
    assert "amendment-undated" not in planproof("check", plan, "--rules", LIBRARY, "--year", "2026").err
    early = ("--on", "2026-02-28", "--known", "2026-06-01", "--year", "2026")
    assert "amendment-undated" not in planproof("check", plan, "--rules", LIBRARY, *early).err


# ------------------------------------------------------------------ outputs


def test_the_page_and_the_json_name_the_day(plan: Path, tmp_path: Path) -> None:
    """The JSON holds against its schema, and the proof verifies."""
    options = ("--rules", LIBRARY, "--year", "2026", "--known", "2026-04-01")
    assert "· year 2026 · plan as of 2026-12-31 · as known on 2026-04-01\n" in planproof("check", plan, *options).out
    said = planproof("check", plan, *options, "--format", "json")
    assert problem("check", said.data) == ""
    assert said.data["known"] == said.data["proof"]["asked"]["known"] == "2026-04-01"
    proof = tmp_path / "proof.json"
    proof.write_text(said.out, encoding="utf-8")
    assert planproof("verify", proof, "--plan", plan, "--rules", LIBRARY).code == 0
    proof.write_text(said.out.replace('"known": "2026-04-01"', '"known": "2026-13-01"'), encoding="utf-8")
    wrong = planproof("verify", proof, "--plan", plan, "--rules", LIBRARY)
    assert (wrong.code, "`asked.known` is no date" in wrong.err) == (2, True)


def test_a_receipt_keeps_the_day(plan: Path, tmp_path: Path) -> None:
    """And is replayed as of it; it is told, and a receipt without one has no such field."""
    ledger = tmp_path / "ledger.sqlite"
    for options in (("--known", "2026-04-01"), ()):
        said = planproof("check", plan, "--rules", LIBRARY, "--year", "2026", "--record", "--ledger", ledger, *options)
        assert said.code == 0, said.err
    assert "as known on 2026-04-01" in planproof("ledger", "show", "1", "--ledger", ledger).out
    receipts = [planproof("ledger", "show", number, "--ledger", ledger, "--format", "json").data["receipt"] for number in ("1", "2")]
    assert [receipt["asked"].get("known") for receipt in receipts] == ["2026-04-01", None]
    assert all(problem("receipt", {**receipt}) == "" for receipt in receipts)
    assert planproof("ledger", "verify", "--ledger", ledger).code == 0
    replayed = planproof("ledger", "replay", "--ledger", ledger, "--rules", LIBRARY)
    assert (replayed.code, replayed.out.count("same verdict and proof")) == (0, 2)
    assert replayed.out.count("the same verdict by the same steps") == 2


def test_two_days_of_knowledge_are_compared() -> None:
    """Before and after Notice 2025-67 the deferral limit of 2026 is unknown and $24,500."""
    days = ("--known", "2025-11-12", "--known", "2025-11-13")
    said = planproof("diff", ROOT / "plans" / "mit.yaml", "--year", "2026", *days, "--format", "json")
    assert problem("diff", said.data) == ""
    (result,) = said.data["results"]
    assert (result["before"]["known"], result["after"]["known"]) == ("2025-11-12", "2025-11-13")
    amounts = {change["name"]: (change["before"]["value"], change["after"]["value"]) for change in result["answers"][0]["amounts"]}
    assert amounts == {"elective_deferral_limit": (None, "24500.00")}


def test_limits_are_shown_as_known() -> None:
    """On the eve of the notice the figures of 2026 are not published."""
    told = planproof("limits", "2026", "--known", "2025-11-12", "--format", "json").data
    found = {row["name"]: row["state"] for row in told["parameters"]}
    assert found["elective_deferral_dollar_limit"] == "parameter_unpublished"


def test_a_bad_day_is_told() -> None:
    """As any date."""
    said = planproof("check", ASHFORD, "--known", "2026-02-30")
    assert (said.code, said.out) == (2, "")
    assert "`2026-02-30` is not a date" in said.err
