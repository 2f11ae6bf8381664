"""What changed between two answers, and where that begins: `what-if`, `diff`, and the comparison behind them."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from ledgers import ASHFORD, HOLLOW, INES, LIBRARY, Said, planproof
from outputs import problem
from planproof.answer import Answer, Answerer
from planproof.compare import Comparison, Side, compare
from planproof.plans import Loader
from planproof.rulebook import Rulebook, load_rulebook
from planproof.source import Source
from shipped import SETTINGS

PHILLIPS = "plans/phillips66.yaml"


def _library() -> Rulebook:
    book, _, diagnostics = load_rulebook(LIBRARY)
    assert book is not None, diagnostics
    return book


ANSWERER = Answerer(_library())
LOADER = Loader(ANSWERER.book)
BORROWER = INES.read_text(encoding="utf-8")


def answered(settings: list[str], plan: Path = ASHFORD) -> Answer:
    """The answer for a plan of the library with settings over the participant's file."""
    person, _, set_, diagnostics = LOADER.participant_of(Source("ines.yaml", BORROWER), settings)
    assert not diagnostics
    found, _ = LOADER.plan_of(Source("plan.yaml", plan.read_text(encoding="utf-8")))
    assert found is not None
    return ANSWERER.answer(found, person, 2026, date(2026, 12, 31), set_)


def compared(before: list[str], after: list[str]) -> Comparison:
    """Two lists of settings, compared."""
    (only,) = compare(Side(ANSWERER, answered(before)), Side(ANSWERER, answered(after)))
    return only


def causes(comparison: Comparison) -> set[str]:
    """The names of the steps where the changes begin."""
    return {cause.key[1] for cause in comparison.causes}


# ------------------------------------------------------------------ the comparison


def test_the_same_answer_has_no_difference() -> None:
    """By the same steps, in anything."""
    comparison = compared([], [])
    assert comparison.same
    assert (comparison.steps, comparison.first, comparison.causes) == (0, None, ())


def test_a_fact_that_no_result_turns_on_is_a_difference_of_steps_alone() -> None:
    """Nobody asks an adult for the age, but the proof holds it."""
    comparison = compared([], ["participant.age=41"])
    assert comparison.same
    assert comparison.steps > 0
    assert comparison.causes == ()


SETTABLE = {
    "participant.age": ["5", "30", "unknown"],
    "participant.resident": ["yes", "no", "unknown"],
    "participant.card_until": ["2026-06-01", "2028-01-01", "unknown"],
    "plan.visitors": ["yes", "no", "unknown"],
    "plan.grace_days": ["0", "3", "unknown"],
    "plan.own_limit": ["none", "1", "50", "unknown"],
    "plan.courier.offered": ["yes", "no"],
}
CHOICES = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in SETTABLE.items()})


@SETTINGS
@given(CHOICES, CHOICES)
def test_every_change_begins_with_something_that_is_stated_otherwise(first: dict[str, str], second: dict[str, str]) -> None:
    """With one rule book and one question, only facts can part two proofs: at least one of those set otherwise does."""
    before, after = ([f"{name}={value}" for name, value in chosen.items()] for chosen in (first, second))
    comparison = compared(before, after)
    set_ = {name for name in SETTABLE if first.get(name) != second.get(name)}
    assert causes(comparison) <= set_
    assert comparison.same or comparison.causes
    for cause in comparison.causes:
        assert cause.before is not None
        assert cause.after is not None
        assert cause.before.data["value"] != cause.after.data["value"] or cause.before.data["unknown"] != cause.after.data["unknown"]


@SETTINGS
@given(CHOICES, st.sampled_from([(name, value) for name, values in SETTABLE.items() for value in values]))
def test_one_fact_set_otherwise_is_the_only_cause(base: dict[str, str], changed: tuple[str, str]) -> None:
    """And an answer that differs names it."""
    name, value = changed
    before, after = ([f"{other}={said}" for other, said in chosen.items()] for chosen in (base, {**base, name: value}))
    comparison = compared(before, after)
    assert causes(comparison) == (set() if comparison.same else {name})


def test_what_only_one_proof_needs_is_compared_too() -> None:
    """A resident needs no leave for visitors; that visitors are let in is stated otherwise as well, and the verdict needs both."""
    comparison = compared(["participant.resident=yes"], ["participant.resident=no", "plan.visitors=unknown"])
    assert comparison.verdict.after == "unknown"
    assert causes(comparison) == {"participant.resident", "plan.visitors"}


# ------------------------------------------------------------------ what if


def test_what_if_tells_the_change_and_where_it_begins() -> None:
    """An answer to the one missing question, told on both sides as `explain` tells it."""
    said = planproof("what-if", ROOT / "plans" / "merck.yaml", "--set", "plan.in_plan_roth.allowed=yes")
    assert (said.code, said.err) == (1, "")
    assert "what if   In-plan Roth conversion: yes\n              in [--set:1:27]\n" in said.out
    assert "as it is  In-plan Roth conversion: unknown (nobody says)\n" in said.out
    assert "no longer: plan.in_plan_roth.allowed" in said.out


def test_what_if_of_a_participant_is_about_a_participant_on_both_sides() -> None:
    """Else the group that is not told would stand beside the plan without groups."""
    said = planproof("what-if", HOLLOW, "--rules", LIBRARY, "--set", "participant.age=30", "--format", "json")
    assert problem("diff", said.data) == ""
    (result,) = said.data["results"]
    assert result["before"]["participant"] is result["after"]["participant"] is True
    assert [answer["group"] for answer in result["answers"]] == [None]


def test_what_is_given_stands_on_both_sides() -> None:
    """A cap of 10% of $250,000 is $25,000, one of 6% $15,000; both are below $72,000 less $24,500 and $12,500."""
    said = planproof(
        "what-if",
        "docs/examples/full-plan.yaml",
        *("--participant", "docs/examples/full-participant.yaml", "--set", "plan.after_tax.percent_cap=6%", "--format", "json"),
        *("--given", "plan.catch_up.higher_60_63=yes", "--given", "participant.employer_contributions=12500"),
    )
    (answer,) = said.data["results"][0]["answers"]
    limit = "room_under_percent_cap"
    assert answer["amounts"] == [
        {
            "name": "after_tax_room",
            "label": "Room for after-tax contributions",
            "before": {"value": "25000.00", "binding": limit},
            "after": {"value": "15000.00", "binding": limit},
        }
    ]
    assert [cause["name"] for cause in answer["causes"]] == ["plan.after_tax.percent_cap"]


def test_what_if_without_a_difference_ends_with_0() -> None:
    """The age does not matter to a plan's verdict."""
    said = planproof("what-if", ASHFORD, "--rules", LIBRARY, "--participant", INES, "--set", "participant.age=41")
    assert said.code == 0
    assert "no difference in verdict, amounts, paths, pitfalls and what is missing; " in said.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("what-if", PHILLIPS), "the following arguments are required: --set"),
        (("what-if", PHILLIPS, "--set", "plan.nothing=1"), "error[unknown-name]: there is no fact `plan.nothing`"),
        (("what-if", "plans", "--set", "plan.roth.deferrals=yes"), "error[unreadable]: cannot read `plans`: it is a folder"),
        (("diff", PHILLIPS), "error[nothing-to-compare]: both sides are the same"),
        (("diff", PHILLIPS, "--year", "2026", "--year", "2026"), "error[nothing-to-compare]: both sides are the same"),
        (("diff", PHILLIPS, "--year", "2024", "--year", "2025", "--year", "2026"), "error[too-many-sides]: `--year` is given 3 times"),
        (("diff", PHILLIPS, "plans"), "error[pair-missing]: a folder is compared with a folder, and a plan with a plan"),
        (("diff", PHILLIPS, "plans/absent.yaml"), "error[unreadable]: cannot read `plans/absent.yaml`"),
        (("diff", PHILLIPS, "--rules", "rules", "--rules", "plans"), "error[no-rules]"),
    ],
)
def test_wrong_use_is_told(arguments: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the code for bad input, and nothing on the output."""
    monkeypatch.chdir(ROOT)
    said = planproof(*arguments)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert said.err.count(words) == 1


# ------------------------------------------------------------------ diff


def library_with(tmp_path: Path, change: tuple[str, str, str]) -> Path:
    """A copy of the library's rule book in which one text of a file is another."""
    folder = tmp_path / "library"
    shutil.copytree(LIBRARY, folder)
    name, old, new = change
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    return folder


def only(said: Said) -> Any:
    """The one answer of a comparison in JSON."""
    assert problem("diff", said.data) == ""
    (result,) = said.data["results"]
    return result["answers"][0]


def test_two_rule_books_part_at_the_provision_that_changed(tmp_path: Path) -> None:
    """The definition whose text is other, and not what it reads."""
    later = library_with(tmp_path, ("lending.rules", "is fees_after_deposit <= debt_allowed", "is fees_after_deposit < $1"))
    said = planproof("diff", ASHFORD, "--participant", INES, "--rules", LIBRARY, "--rules", later, "--format", "json")
    answer = only(said)
    assert said.code == 1
    assert answer["verdict"] == {"before": "lent", "after": "lent_once_paid"}
    (cause,) = answer["causes"]
    assert (cause["kind"], cause["name"]) == ("definition", "little_owed")
    assert (cause["before"]["value"], cause["after"]["value"]) == ("yes", "no")
    assert all("By-law 5(3)" in cause[side]["origin"] for side in ("before", "after"))


def test_a_folder_by_two_rule_books(tmp_path: Path) -> None:
    """A line a plan that differs, and the counts: Ashford lends up to $5.00 owed, of which $4.25 is; Hollow's fees are not known."""
    later = library_with(tmp_path, ("parameters.rules", "is $5.00", "is $4.20"))
    plans = LIBRARY / "plans"
    said = planproof("diff", plans, "--participant", INES, "--rules", LIBRARY, "--rules", LIBRARY)
    assert said.code == 2
    same = planproof("diff", plans, plans, "--rules", LIBRARY)
    assert (same.code, same.out) == (0, "2 plans compared: 0 differ, 2 do not\n")
    said = planproof("diff", plans, "--participant", INES, "--rules", LIBRARY, "--rules", later)
    assert said.code == 1
    row = "ashford  lent → lent_once_paid  -        1      -         -        Fees owed up to which books are lent"
    assert row in said.out.splitlines()
    assert said.out.endswith("\n\n2 plans compared: 1 differ, 1 do not\n")


def test_two_folders_are_paired_by_the_names_of_their_files(tmp_path: Path) -> None:
    """What is on one side only is named, and is a difference."""
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, names in ((old, ("a", "gone")), (new, ("a", "come"))):
        folder.mkdir()
        for name in names:
            shutil.copy(ASHFORD, folder / f"{name}.yaml")
    said = planproof("diff", old, new, "--rules", LIBRARY)
    assert said.code == 1
    assert said.out == "1 plans compared: 0 differ, 1 do not\n\nonly before: gone.yaml\n\nonly after: come.yaml\n"
    data = planproof("diff", old, new, "--rules", LIBRARY, "--format", "json").data
    assert (data["only_before"], data["only_after"]) == (["gone.yaml"], ["come.yaml"])
    assert [result["same"] for result in data["results"]] == [True]


def test_a_bad_plan_of_a_folder_is_told_and_the_others_are_compared(tmp_path: Path) -> None:
    """With the code for bad input."""
    shutil.copy(ASHFORD, tmp_path / "a.yaml")
    (tmp_path / "bad.yaml").write_text("employer: A\n", encoding="utf-8")
    said = planproof("diff", tmp_path, "--rules", LIBRARY, "--on", "2026-06-30", "--on", "2026-07-01")
    assert said.code == 2
    assert said.err.count("bad.yaml") == 3
    assert "1 plans compared" in said.out


def test_two_dates_part_at_the_amendment() -> None:
    """Three days of grace until June, one from 1 July 2026 on; nothing of the book is told by date."""
    said = planproof(
        "diff", ASHFORD, "--participant", INES, "--rules", LIBRARY, "--on", "2026-06-30", "--on", "2026-07-01", "--format", "json"
    )
    answer = only(said)
    names = [cause["name"] for cause in answer["causes"]]
    assert names == ["plan.grace_days"]
    (cause,) = answer["causes"]
    assert (cause["before"]["value"], cause["after"]["value"]) == ("3", "1")


def test_two_years_part_at_the_figures_of_the_year() -> None:
    """The limits of Notice 2024-80 and of Notice 2025-67 stand beside each other, and the year asked is no cause."""
    said = planproof("diff", "plans/intel.yaml", "--year", "2025", "--year", "2026", "--format", "json")
    answer = only(said)
    amounts = {change["name"]: (change["before"]["value"], change["after"]["value"]) for change in answer["amounts"]}
    assert amounts == {"elective_deferral_limit": ("23500.00", "24500.00")}
    cause = next(cause for cause in answer["causes"] if cause["name"] == "elective_deferral_dollar_limit")
    assert (cause["before"]["year"], cause["after"]["year"]) == (2025, 2026)
    assert "Notice 2024-80" in cause["before"]["origin"]
    assert "Notice 2025-67" in cause["after"]["origin"]
    assert not {"asked.year", "asked.date", "calendar_year"} & {cause["name"] for cause in answer["causes"]}


def test_two_versions_of_a_plan_part_at_what_the_document_says(tmp_path: Path) -> None:
    """Both places and documents are told."""
    text = (ROOT / "docs" / "examples" / "full-plan.yaml").read_text(encoding="utf-8")
    for name, cap in (("old", "10%"), ("new", "6%")):
        (tmp_path / f"{name}.yaml").write_text(text.replace("value: 10%", f"value: {cap}"), encoding="utf-8")
    said = planproof(
        *("diff", tmp_path / "old.yaml", tmp_path / "new.yaml"),
        *("--participant", ROOT / "docs" / "examples" / "full-participant.yaml"),
        *("--set", "plan.catch_up.higher_60_63=yes", "--set", "participant.employer_contributions=12500"),
    )
    assert said.code == 1
    line = next(number for number, one in enumerate(text.split("\n"), 1) if "    percent_cap:" in one)
    words = " ".join(said.out.split())
    for name, cap in (("before", "10%"), ("after", "6%")):
        told = f"{name} Cap on after-tax contributions, percent of pay: {cap} in Summary plan description, “Your Acme 401(k) Savings Plan”"
        assert told in words
    assert f"old.yaml:{line}:26]" in said.out
    assert f"new.yaml:{line}:26]" in said.out
    assert "  Room for after-tax contributions: $25,000 → $15,000\n" in said.out


def test_a_group_that_one_side_lacks_is_told(tmp_path: Path) -> None:
    """As such, without a verdict on that side."""
    head, _, rest = ASHFORD.read_text(encoding="utf-8").partition("groups:")
    (tmp_path / "old.yaml").write_text(head + "expected: unknown\n", encoding="utf-8")
    (tmp_path / "new.yaml").write_text(head + "groups:" + rest, encoding="utf-8")
    said = planproof("diff", tmp_path / "old.yaml", tmp_path / "new.yaml", "--rules", LIBRARY)
    assert said.code == 1
    assert "Group staff\n\nLending: no such group → " in said.out
    data = planproof("diff", tmp_path / "old.yaml", tmp_path / "new.yaml", "--rules", LIBRARY, "--format", "json").data
    assert problem("diff", data) == ""
    assert [answer["same"] for answer in data["results"][0]["answers"]] == [True, False]
