"""Every JSON output holds against its published schema, and the schemas see damage."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from doc_blocks import DOCS, ROOT, blocks
from planproof import cli
from planproof.clauses import SEVERITIES, STANDINGS
from planproof.types import Kind
from planproof.values import State

SCHEMAS: dict[str, Any] = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((DOCS / "schema").glob("*.json"))}
FULL = "docs/examples/full-plan.yaml"
PERSON = ("--participant", "docs/examples/full-participant.yaml")
PLANS = ("plans/delta-pilots.yaml", "plans/honeywell-2024.yaml", "plans/purdue.yaml", "plans/tsp.yaml")
OUTPUTS = {
    "explain": ("explain", FULL, "--all"),
    "limits": ("limits", "2025"),
    "test": ("test",),
    "lint": ("lint", "rules", "plans"),
}


@cache
def printed(*arguments: str) -> str:
    """What a command prints as JSON, run from the project's folder."""
    out = io.StringIO()
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        cli.main([*arguments, "--format", "json"])
    return out.getvalue()


def output(*arguments: str) -> Any:
    """The JSON output of a command as data that a test may change."""
    return json.loads(printed(*arguments))


@cache
def validator(name: str) -> Draft202012Validator:
    """The validator of one output."""
    resources: list[tuple[str, Resource[Any]]] = [(schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()]
    registry: Registry[Any] = Registry().with_resources(resources)
    return Draft202012Validator(SCHEMAS[name], registry=registry)


def problem(name: str, data: Any) -> str:
    """The first thing that the schema of an output finds wrong with data; nothing if it holds."""
    error = next(validator(name).iter_errors(data), None)
    return f"{error.json_path}: {error.message}" if error else ""


def shortened(answer: Any) -> Any:
    """The same answer with the first steps of its proof only, and no groups: quicker, and as good for damage."""
    return {**answer, "groups": {}, "proof": {**answer["proof"], "steps": answer["proof"]["steps"][:2]}}


# ------------------------------------------------------------------ the schemas themselves


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_valid_and_versioned(name: str) -> None:
    """A schema is a JSON Schema of 2020-12, and its id names the version that its format names."""
    schema = SCHEMAS[name]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:planproof:{name}:1"
    assert name == "common" or schema["properties"]["format"] == {"const": f"planproof-{name}/1"}


def test_there_is_a_schema_for_every_format_that_the_engine_writes() -> None:
    """The formats named in the engine are those of the schemas."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "engine" / "planproof").glob("*.py")))
    assert set(re.findall(r'"planproof-([a-z]+)/1"', text)) == set(SCHEMAS) - {"common"}


def test_enumerations_are_those_of_the_engine() -> None:
    """States, types, standings and severities are listed whole."""
    defs = SCHEMAS["common"]["$defs"]
    assert defs["state"]["enum"] == [state.value for state in State]
    assert defs["type"]["enum"] == [kind.value for kind in Kind]
    assert defs["authority"]["properties"]["standing"]["enum"] == list(STANDINGS)
    assert SCHEMAS["check"]["$defs"]["pitfall"]["properties"]["severity"]["enum"] == list(SEVERITIES)


# ------------------------------------------------------------------ real outputs


@pytest.mark.parametrize("plan", [FULL, *PLANS])
@pytest.mark.parametrize("year", ["2024", "2025", "2026"])
def test_check_output_holds(plan: str, year: str) -> None:
    """The answer for one plan holds, with what its groups are answered."""
    data = output("check", plan, "--year", year)
    assert problem("check", data) == ""
    assert data["year"] == int(year)


def test_check_output_for_a_participant_holds() -> None:
    """So does the answer for a participant, with rows of lists and amounts."""
    data = output("check", FULL, *PERSON, "--set", "plan.catch_up.higher_60_63=yes")
    assert problem("check", data) == ""
    assert data["amounts"]["annual_additions_limit"]["value"] == "72000.00"
    assert any(step.get("row") == 2 for step in data["proof"]["steps"])


def test_check_output_of_every_plan_holds() -> None:
    """So does the answer for a whole folder."""
    data = output("check", "plans")
    assert len(data["results"]) == len(list((ROOT / "plans").glob("*.yaml")))
    assert problem("check", {"format": data["format"], "results": data["results"][::6]}) == ""


def test_proof_holds_alone() -> None:
    """A proof taken out of its answer holds against its own schema."""
    data = output("check", FULL, *PERSON)
    assert problem("proof", data["proof"]) == ""


@pytest.mark.parametrize("name", OUTPUTS)
def test_other_outputs_hold(name: str) -> None:
    """So do the outputs of the other commands."""
    assert problem(name, output(*OUTPUTS[name])) == ""


def test_findings_hold(tmp_path: Path) -> None:
    """A finding of lint holds, with a place and without."""
    bad = tmp_path / "bad.yaml"
    bad.write_text("employer: A\nname: B\ntype: 401(k)\nfeatures: {roth: {deferrals: yess}}\n", encoding="utf-8")
    data = output("lint", str(bad), str(tmp_path / "absent.yaml"))
    assert problem("lint", data) == ""
    assert {found["code"]: found["place"] is None for found in data["findings"]} == {"plan-value": False, "unreadable": True}


# ------------------------------------------------------------------ damage


def _damages(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Copies of an object, each with one key removed, renamed, or given a value that cannot stand there."""
    for key in data:
        removed = {other: value for other, value in data.items() if other != key}
        yield f"without {key}", removed
        yield f"{key} as a number with a fraction", {**data, key: 0.5}
    yield "with a key of no meaning", {**data, "surplus": 1}


@pytest.mark.parametrize("name", OUTPUTS)
def test_schema_rejects_damage_to_other_outputs(name: str) -> None:
    """Every key of an output matters, and so does every key of its first entry."""
    data = output(*OUTPUTS[name])
    for what, damaged in _damages(data):
        assert problem(name, damaged), what
    entries = next((key for key, value in data.items() if isinstance(value, list) and value), None)
    if entries:
        for what, damaged in _damages(data[entries][0]):
            assert problem(name, {**data, entries: [damaged]}), what


def test_schema_rejects_damage_to_an_answer() -> None:
    """Every key of an answer and of its parts matters."""
    data = output("check", FULL)
    assert data["groups"]
    data = shortened(data)
    for what, damaged in _damages(data):
        assert problem("check", damaged), what
    for part in ("pitfalls", "missing", "presumed", "rests_on"):
        for what, damaged in _damages(
            {key: value for key, value in data[part][0].items() if key not in ("year", "row", "detail", "branch")}
        ):
            assert problem("check", {**data, part: [damaged]}), f"{part} {what}"


def test_schema_rejects_damage_to_steps() -> None:
    """Every field that each kind of step must have matters."""
    proof = output("check", FULL, *PERSON)["proof"]
    optional = {"row", "year", "place", "evidence", "applies_when", "before_rounding"}
    first = {step["kind"]: step for step in reversed(proof["steps"])}
    assert set(first) == {"asked", "fact", "list", "parameter", "definition"}
    for kind, step in first.items():
        for what, damaged in _damages(
            {key: value for key, value in step.items() if kind not in ("fact", "definition") or key not in optional - {"place"}}
        ):
            assert problem("proof", {**proof, "steps": [damaged]}), f"{kind} {what}"


DAMAGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "a verdict that is no text": lambda data: data.update(verdict=None),
    "money without cents": lambda data: data["amounts"]["annual_additions_limit"].update(value="72000"),
    "an unknown amount with a value": lambda data: data["amounts"]["annual_additions_limit"].update(state="unknown"),
    "a path that is ajar": lambda data: data["paths"][0].update(status="ajar"),
    "a phase that is ajar": lambda data: data["paths"][0].update(after_separation="ajar"),
    "a group that names its format": lambda data: data["groups"]["hourly"].update(format="planproof-check/1"),
    "another version": lambda data: data.update(format="planproof-check/2"),
    "a proof of another version": lambda data: data["proof"].update(format="planproof-proof/2"),
    "a short seal": lambda data: data["proof"].update(seal="abc"),
    "settings that are no hash": lambda data: data["proof"].update(settings="participant.compensation=250000"),
    "a participant by name": lambda data: data["proof"]["asked"].update(participant="me"),
    "an error with a value": lambda data: data["proof"]["steps"][0].update(error=True),
    "an error that is none": lambda data: data["proof"]["steps"][0].update(value=None, error=False),
    "a missing row of no number": lambda data: data["missing"][0].update(row="row 1"),
    "a standing without a reason": lambda data: data["paths"][0]["authority"].update(standing="recalled"),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_schema_rejects_one_wrong_word(what: str) -> None:
    """A single wrong word is seen."""
    data = output("check", FULL, "--set", "participant.compensation=250000", "--set", "participant.group=none")
    data = shortened(data)
    data["groups"] = {"hourly": {key: value for key, value in data.items() if key != "format"}}
    assert problem("check", data) == ""
    damaged = copy.deepcopy(data)
    DAMAGES[what](damaged)
    assert problem("check", damaged)


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


def test_rows_of_a_list_are_hashed_as_the_page_says() -> None:
    """Every cell with its state and exact value; a list of which nobody speaks has no rows."""
    rows = (
        '[{"pay_period.matched_contributions":["stated","12250.00"],"pay_period.number":["stated","1"],"pay_period.pay":["stated","125000.00"]},'
        '{"pay_period.matched_contributions":["stated","12250.00"],"pay_period.number":["stated","2"],"pay_period.pay":["stated","125000.00"]}]'
    )
    stated = _list(output("check", FULL, *PERSON), "participant.pay_periods")
    assert stated["rows"] == hashlib.sha256(rows.encode()).hexdigest()
    assert (stated["order"], stated["value"]) == ("pay_period.number", "2")
    absent = _list(output("check", FULL, "--set", "participant.group=none"), "participant.pay_periods")
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
    assert steps["broken"]["unknown"] == [{"name": "divide", "state": "division_by_zero"}]
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
