"""Every JSON output holds against its published schema, and the schemas see damage."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from doc_blocks import ROOT
from outputs import FULL, PERSON, PLANS, SCHEMAS, output, problem
from planproof.clauses import STANDINGS
from planproof.core import SEVERITIES
from planproof.types import Kind
from planproof.values import State

LIBRARY = "tests/books/library"
BORROWER = (f"{LIBRARY}/plans/ashford.yaml", "--participant", f"{LIBRARY}/participants/ines.yaml", "--rules", LIBRARY)
OUTPUTS = {
    "diff": ("diff", FULL, "--year", "2025", "--year", "2026", *PERSON),
    "explain": ("explain", FULL, "--all"),
    "limits": ("limits", "2025"),
    "rules": ("rules", "loan.fee", "--rules", LIBRARY),
    "test": ("test",),
    "lint": ("lint", "rules", "plans"),
    "why-not": ("why-not", "plans/mit.yaml"),
    "missing": ("missing", f"{LIBRARY}/plans/ashford.yaml", "--rules", LIBRARY),
    "bounds": ("bounds", f"{LIBRARY}/plans/ashford.yaml", "--rules", LIBRARY),
    "headroom": ("headroom", *BORROWER),
}


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
    assert set(re.findall(r'"planproof-([a-z-]+)/1"', text)) == set(SCHEMAS) - {"common"}


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


WHY_NOT: dict[str, tuple[str, ...]] = {
    "numbers, of which not every combination will do": ("plans/westinghouse.yaml",),
    "given already": ("plans/intel.yaml", "supported"),
    "a figure of the law": (FULL, "annual_additions_limit>=80000", *PERSON),
    "amounts, stretches and presumptions": (FULL, "after_tax_room<=5000", *PERSON, "--size", "1"),
    "lists that are not searched": (*BORROWER[:1], "--rules", LIBRARY),
}


@pytest.mark.parametrize("what", WHY_NOT)
def test_why_not_output_holds(what: str) -> None:
    """So does what would give a wanted answer, in each of its forms."""
    assert problem("why-not", output("why-not", *WHY_NOT[what])) == ""


def test_schema_rejects_damage_to_a_set_of_changes() -> None:
    """Every key of a set, of a change, of what it is worth, and of what stands in the way matters."""
    data = output("why-not", "plans/mit.yaml")
    one = data["sets"][0]
    for what, damaged in _damages(one["changes"][0]):
        assert problem("why-not", {**data, "sets": [{**one, "changes": [damaged]}]}), what
    for what, damaged in _damages(one["then"]):
        assert problem("why-not", {**data, "sets": [{**one, "then": damaged}]}), what
    law = output("why-not", FULL, "annual_additions_limit>=80000", *PERSON)
    for what, damaged in _damages(law["law"][0]):
        assert problem("why-not", {**law, "law": [damaged]}), what


def test_findings_hold(tmp_path: Path) -> None:
    """A finding of lint holds, with a place and without."""
    bad = tmp_path / "bad.yaml"
    bad.write_text("employer: A\nname: B\ntype: 401(k)\nfeatures: {roth: {deferrals: yess}}\n", encoding="utf-8")
    data = output("lint", str(bad), str(tmp_path / "absent.yaml"))
    assert problem("lint", data) == ""
    assert {found["code"]: found["place"] is None for found in data["findings"]} == {"plan-value": False, "unreadable": True}


def test_every_provision_holds() -> None:
    """So does the whole rule book, each kind of declaration in it."""
    data = output("rules")
    assert problem("rules", data) == ""
    kinds = SCHEMAS["rules"]["properties"]["provisions"]["items"]["properties"]["kind"]["enum"]
    assert sorted({provision["kind"] for provision in data["provisions"]}) == kinds


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


def test_schema_rejects_damage_to_a_path() -> None:
    """Every key of a path, of what it taxes and withholds, and of its notes matters; those two need not stand."""
    data = output("check", *BORROWER)
    assert problem("check", data) == ""
    path = next(path for path in data["paths"] if path["id"] == "by_courier")

    def damaged_path(**parts: Any) -> str:
        return problem("check", {**data, "paths": [{**path, **parts}]})

    optional = ("taxes", "withholds", "once_paid")
    for what, damaged in _damages({key: value for key, value in path.items() if key not in optional}):
        assert problem("check", {**data, "paths": [damaged]}), what
    for key in ("taxes", "withholds"):
        for what, damaged in _damages(path[key]):
            assert damaged_path(**{key: damaged}), f"{key} {what}"
        assert damaged_path(**{key: None})
        assert not damaged_path(**{key: {**path[key], "value": None}})
    for key in ("reports", "starts", "afterwards"):
        for what, damaged in _damages(path[key][0]):
            assert damaged_path(**{key: [damaged]}), f"{key} {what}"
        assert damaged_path(**{key: ["Slip A"]})
        assert not damaged_path(**{key: []})


def test_schema_rejects_damage_to_a_provision() -> None:
    """Every key of its authorities and examples matters, and a standing that is not verified has its reason."""
    data = output("rules", "duty_rate", "--rules", LIBRARY)
    (provision,) = data["provisions"]
    for key in ("authorities", "examples"):
        for what, damaged in _damages(provision[key][0]):
            assert problem("rules", {**data, "provisions": [{**provision, key: [damaged]}]}), f"{key} {what}"
    for key in ("texts", "reads", "read_by"):
        assert problem("rules", {**data, "provisions": [{**provision, key: [1]}]})
    assert problem("rules", {**data, "provisions": [{**provision, "kind": "example"}]})
    assert problem("rules", {**data, "provisions": []})


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
