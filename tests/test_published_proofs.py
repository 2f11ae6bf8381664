"""Proofs as the pages specify them: hashes, settings, rows, errors, and what answers promise."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from doc_blocks import DOCS, ROOT, blocks
from outputs import FULL, PERSON, PLANS, output, problem

# ------------------------------------------------------------------ hashes, as the page on proofs tells


@pytest.fixture(name="faults")
def published_checker() -> Callable[[Any], Iterator[str]]:
    """The program that the page on proofs shows."""
    program = next(block for block in blocks(DOCS / "proofs.md") if block.language == "python")
    names: dict[str, Any] = {}
    exec(compile(program.text, str(program), "exec"), names)
    faults: Callable[[Any], Iterator[str]] = names["faults"]
    return faults


@pytest.mark.parametrize("plan", [FULL, *PLANS])
def test_hashes_are_as_the_page_says(faults: Callable[[Any], Iterator[str]], plan: str) -> None:
    """Ids, order and seal of every proof hold by the published program."""
    data = output("check", plan)
    for answer in (data, *data["groups"].values()):
        assert list(faults(answer["proof"])) == []


def test_hashes_show_an_altered_value(faults: Callable[[Any], Iterator[str]]) -> None:
    """A proof altered in one value no longer holds."""
    proof = output("check", FULL)["proof"]
    step = next(step for step in proof["steps"] if step["name"] == "elective_deferral_dollar_limit")
    step["value"] = "24501.00"
    assert list(faults(proof)) == [
        "the id of elective_deferral_dollar_limit is not the hash of its content",
        "the seal is not the hash of the proof",
    ]


def test_hashes_of_files_are_those_of_their_texts(tmp_path: Path) -> None:
    """The hash of a plan or participant is that of its text, wherever it lies and however its lines end."""
    text, person = (ROOT / FULL).read_text(encoding="utf-8"), "compensation: 250000\n"
    plan, participant = tmp_path / "moved.yaml", tmp_path / "me.yaml"
    plan.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    participant.write_text(person, encoding="utf-8")
    proof = output("check", str(plan), "--participant", str(participant))["proof"]
    assert proof["plan"] == hashlib.sha256(text.encode()).hexdigest()
    assert proof["participant"] == hashlib.sha256(person.encode()).hexdigest()
    assert (proof["settings"], proof["asked"]["participant"]) == (None, True)


def test_hash_of_the_rule_book_is_as_the_page_says() -> None:
    """The hash of a rule book is made of the names of its files and their texts."""
    files = sorted((ROOT / "rules").rglob("*.rules"))
    hashes = [hashlib.sha256(part).digest() for path in files for part in (path.relative_to(ROOT).as_posix().encode(), path.read_bytes())]
    assert output("check", FULL)["proof"]["rulebook"] == hashlib.sha256(b"".join(hashes)).hexdigest()


# ------------------------------------------------------------------ what the pages promise of answers

GROUPED = """\
employer: A
name: B
type: 401(k)
features:
  after_tax: {allowed: yes}
  match: {offered: yes, tiers: [{rate: 100%, from: 0%, to: 3%}], dollar_cap: none, computed: annually, on_after_tax: no}
groups:
  hourly:
    label: Hourly
    features:
      after_tax: {allowed: no}
      match: {tiers: [{rate: 50%, from: 0%, to: 6%}]}
"""
ABSENT_GUARD = """\
chapter "Absent"

fact plan.a : yes/no
  label "a"
  asks "a?"
  answered by plan document

fact plan.b : yes/no
  label "b"
  asks "b?"
  applies when plan.a
  answered by plan document

verdict v : one of good, bad
  label "v"
  cites Plan document
  phases now
  is bad
  except allowed when plan.b
    is good
    cites Plan document
"""
BROKEN = """\
chapter "Broken"

fact plan.a : yes/no
  label "a"
  asks "a?"
  answered by plan document

define broken : number
  label "broken"
  cites Plan document
  is 1 / 0 rounded down to 1

verdict v : one of good, bad
  label "v"
  cites Plan document
  phases now
  is bad
  except allowed when plan.a and broken > 1
    is good
    cites Plan document
"""


@pytest.fixture(name="grouped")
def grouped_plan(tmp_path: Path) -> str:
    """A plan with a group that differs in a fact and in a list."""
    path = tmp_path / "grouped.yaml"
    path.write_text(GROUPED, encoding="utf-8")
    return str(path)


def test_a_setting_is_over_the_features_of_a_group(grouped: str) -> None:
    """`--set` states a fact over the files, those of the participant's group included."""
    data = output("check", grouped, "--set", "participant.group=hourly", "--set", "plan.after_tax.allowed=yes")
    facts = {step["name"]: step["value"] for step in data["proof"]["steps"] if step["kind"] == "fact"}
    assert facts["plan.after_tax.allowed"] == "yes"


def test_a_list_that_differs_by_group_is_unknown_if_the_group_is_not_told(grouped: str) -> None:
    """The match has tiers that differ between groups, so without the group it is not known."""
    person = ("--set", "participant.plan_compensation=100000", "--set", "participant.elective_deferrals=10000")
    data = output("check", grouped, *person)
    assert data["amounts"]["employer_match"]["state"] == "unknown"
    assert ("plan.match.tiers", "differs_by_group") in [(found["name"], found["state"]) for found in data["missing"]]


def test_settings_are_hashed_apart() -> None:
    """The hash of settings is that of their texts; a setting of the plan makes no participant."""
    proof = output("check", FULL, "--set", "plan.after_tax.allowed=yes", "--set", "plan.roth.deferrals=no")["proof"]
    assert proof["settings"] == hashlib.sha256(b"plan.after_tax.allowed=yes\nplan.roth.deferrals=no").hexdigest()
    assert (proof["participant"], proof["asked"]["participant"]) == (None, False)


def test_a_setting_of_a_participant_makes_one() -> None:
    """A verdict about a participant who has no file says so."""
    proof = output("check", FULL, "--set", "participant.compensation=250000", "--set", "participant.group=none")["proof"]
    assert proof["participant"] is None
    assert proof["asked"] == {"year": 2026, "date": "2026-12-31", "participant": True, "group": "none"}


def test_rows_of_a_list_are_hashed_as_the_page_says(tmp_path: Path) -> None:
    """Every cell with its state and exact value; a list of which nobody speaks has no rows."""
    rows = (
        b'[{"tier.from":["stated","0"],"tier.rate":["stated","1"],"tier.to":["stated","0.03"]},'
        b'{"tier.from":["stated","0.03"],"tier.rate":["stated","0.5"],"tier.to":["stated","0.05"]}]'
    )
    stated = _list(output("check", FULL, *PERSON), "plan.match.tiers")
    assert stated["rows"] == hashlib.sha256(rows).hexdigest()
    assert (stated["order"], stated["value"]) == ("tier.from", "2")
    plan = tmp_path / "silent.yaml"
    plan.write_text("employer: A\nname: B\ntype: 401(k)\nfeatures: {match: {offered: yes}}\n", encoding="utf-8")
    absent = _list(output("check", str(plan)), "plan.match.tiers")
    assert (absent["rows"], absent["state"], absent["place"]) == (None, "not_stated", None)


def _list(data: Any, name: str) -> Any:
    return next(step for step in data["proof"]["steps"] if step["kind"] == "list" and step["name"] == name)


def test_a_cell_that_is_missing_tells_its_row(tmp_path: Path) -> None:
    """The row of a reason is a number, counted from 1."""
    plan = tmp_path / "plan.yaml"
    plan.write_text(GROUPED.split("groups:")[0].replace("to: 3%}]", "to: 3%}, {from: 3%, to: 5%}]"), encoding="utf-8")
    person = ("--set", "participant.plan_compensation=100000", "--set", "participant.elective_deferrals=10000")
    data = output("check", str(plan), *person)
    assert ("tier.rate", "not_stated", 2) in [(found["name"], found["state"], found.get("row")) for found in data["missing"]]
    assert problem("check", data) == ""


def test_a_value_that_no_answer_makes_known_is_an_error(tmp_path: Path) -> None:
    """Such a step says so; one that is only unknown does not. Of two branches that can hold, both are taken."""
    steps = {step["name"]: step for step in _small(tmp_path, BROKEN)["proof"]["steps"]}
    assert (steps["broken"]["value"], steps["broken"]["error"]) == (None, True)
    assert steps["broken"]["unknown"] == [{"name": "/", "state": "division_by_zero"}]
    assert (steps["v"]["value"], steps["v"]["taken"]) == (None, ["", "allowed"])
    assert "error" not in steps["v"]


def _small(folder: Path, text: str, features: str = "") -> Any:
    """The answer of a rule book of one file for a plan with some features."""
    rules, plan = folder / "rules", folder / "plan.yaml"
    rules.mkdir()
    (rules / "small.rules").write_text(text, encoding="utf-8")
    plan.write_text(f"employer: A\nname: B\ntype: C\nfeatures: {{{features}}}\n", encoding="utf-8")
    return output("check", str(plan), "--rules", str(rules), "--year", "2026")


def test_why_an_absent_condition_does_not_hold(tmp_path: Path) -> None:
    """A condition on what does not apply does not hold, and the proof says that and nothing else."""
    data = _small(tmp_path, ABSENT_GUARD, "a: no")
    assert data["verdict"] == "bad"
    (verdict,) = (step for step in data["proof"]["steps"] if step["name"] == "v")
    assert verdict["branches"][1]["why_not"] == "its condition does not hold"
