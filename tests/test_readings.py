"""Documents that can be read in more than one way: what comes out under each reading, and whether that agrees."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT
from ledgers import LIBRARY, planproof
from outputs import problem
from plan_files import HEAD, features, plan_of
from planproof.answer import Answer, Answerer
from planproof.encode import Encoder
from planproof.plan import Claim, Evidence
from planproof.plans import Loader
from planproof.readings import MOST_CASES, Readings, readings
from planproof.values import State

ALLOWED = """  after_tax:
    allowed:
      source: spd
      page: 14
      readings:
        - {value: yes, note: Money beyond Roth is meant.}
        - {value: no, note: The page calls Roth after-tax.}
"""
SPD = HEAD + "sources:\n  spd: {document: SPD}\n  guide: {document: Guide}\nfeatures:\n"
OPEN = "  roth: {deferrals: yes}\n  in_plan_roth: {allowed: yes, after_tax: included, automatic: yes}\n"


def answer(answerer: Answerer, loader: Loader, text: str, *settings: str) -> Answer:
    """The answer for a plan of this text."""
    person, _, set_, diagnostics = loader.participant_of(None, settings)
    assert not diagnostics
    return answerer.answer(plan_of(loader, text), person, 2026, date(2026, 12, 31), set_)


def found(answerer: Answerer, loader: Loader, text: str) -> Readings:
    """The readings of a plan that has some."""
    told = readings(answerer, answer(answerer, loader, text))
    assert told is not None
    return told


# ------------------------------------------------------------------ the plan file


def test_a_reading_has_the_place_in_the_document_that_all_have(loader: Loader) -> None:
    """And a note of its own; a source of its own is kept, with its page alone."""
    text = ALLOWED + "  roth:\n    deferrals:\n      readings: [{value: yes, source: guide, page: 2}, {value: no}]\n"
    facts = features(loader, text, SPD.removesuffix("features:\n"))
    said = facts.statements["plan.after_tax.allowed", None]
    assert (said.state, said.evidence) == (State.AMBIGUOUS, Evidence("spd", "14"))
    assert said.claims == (
        Claim(True, Evidence("spd", "14", note="Money beyond Roth is meant.")),
        Claim(False, Evidence("spd", "14", note="The page calls Roth after-tax.")),
    )
    assert [claim.evidence for claim in facts.statements["plan.roth.deferrals", None].claims] == [Evidence("guide", "2"), Evidence()]


# ------------------------------------------------------------------ what comes out


def test_no_reading_where_the_words_are_clear(answerer: Answerer, loader: Loader) -> None:
    """Nor where nothing is said."""
    assert readings(answerer, answer(answerer, loader, SPD + OPEN)) is None


def test_the_verdict_is_unknown_and_told_under_each_reading(answerer: Answerer, loader: Loader) -> None:
    """With after-tax contributions the plan is supported, without it is not: the readings do not agree."""
    told = found(answerer, loader, SPD + ALLOWED + OPEN)
    assert answer(answerer, loader, SPD + ALLOWED + OPEN).verdict == "unknown"
    assert [(case.claims[0].value, case.verdict) for case in told.cases] == [(True, "supported"), (False, "unsupported")]
    assert (told.agree, told.left_out) == (False, 0)
    assert "in_plan_roth_automatic" in told.paths()
    assert "after_tax_room" in told.amounts()


def test_readings_that_come_to_the_same_verdict_agree(answerer: Answerer, loader: Loader) -> None:
    """By a request or by itself, the money becomes Roth in the plan."""
    text = OPEN.replace("automatic: yes", "automatic: {readings: [{value: yes}, {value: no}]}")
    told = found(answerer, loader, SPD + "  after_tax: {allowed: yes}\n" + text)
    assert {case.verdict for case in told.cases} == {"supported"}
    assert told.agree is True
    assert told.paths() == ("in_plan_roth_automatic",)


def test_sources_that_disagree_are_told_the_same_way(answerer: Answerer, loader: Loader) -> None:
    """Each with the verdict that it gives."""
    text = "  after_tax:\n    allowed:\n      conflicting: [{value: yes, source: spd}, {value: no, source: guide}]\n"
    told = found(answerer, loader, SPD + text + OPEN)
    assert [(case.claims[0].evidence.source, case.verdict) for case in told.cases] == [("spd", "supported"), ("guide", "unsupported")]


CHOICES = {
    "plan.after_tax.allowed": ("yes", "no"),
    "plan.roth.deferrals": ("yes", "no"),
    "plan.in_plan_roth.allowed": ("yes", "no"),
    "plan.in_plan_roth.after_tax": ("included", "excluded", "included_if_withdrawable"),
    "plan.in_service.after_tax": ("at_any_age", "not_allowed"),
}


def several(*names: str) -> str:
    """Features each of which can be read in more than one way."""
    tree: dict[str, list[str]] = {}
    for name in names:
        _, above, last = name.split(".")
        values = ", ".join(f"{{value: {value}}}" for value in CHOICES[name])
        tree.setdefault(above, []).append(f"    {last}: {{readings: [{values}]}}\n")
    return "".join(f"  {above}:\n{''.join(lines)}" for above, lines in tree.items())


def test_every_combination_is_what_the_plan_would_give_if_it_were_written_so(answerer: Answerer, loader: Loader) -> None:
    """48 cases of five facts, each held against the answer with the five settings: verdict, amounts, and paths."""
    told = found(answerer, loader, HEAD + "features:\n" + several(*CHOICES))
    names = [choice.key[0] for choice in told.choices]
    assert sorted(names) == sorted(CHOICES)
    assert len(told.cases) == len(list(product(*CHOICES.values()))) == 48
    for case in told.cases:
        words = ["yes" if claim.value is True else "no" if claim.value is False else str(claim.value) for claim in case.claims]
        plain = answer(answerer, loader, HEAD + "features: {}\n", *(f"{name}={word}" for name, word in zip(names, words, strict=True)))
        assert case.verdict == plain.verdict, words
        assert case.paths == tuple((path.path.name, path.phases) for path in plain.paths), words
        values = [(name, amount.step.value, amount.binding) for name, amount in plain.amounts]
        assert [(name, amount.step.value, amount.binding) for name, amount in case.amounts] == values, words
    assert told.agree is False


def test_what_is_left_out_is_counted_and_not_said_to_agree(answerer: Answerer, loader: Loader) -> None:
    """Of 128 combinations of seven facts without after-tax money 64 are evaluated; the verdict is the same in those."""
    groups = {
        "match": ("on_after_tax", "true_up", "on_catch_up", "offered"),
        "catch_up": ("allowed", "higher_60_63"),
        "roth": ("deferrals",),
    }
    text = ""
    for above, names in groups.items():
        text += f"  {above}:\n" + "".join(f"    {name}: {{readings: [{{value: yes}}, {{value: no}}]}}\n" for name in names)
    told = found(answerer, loader, HEAD + "features:\n  after_tax: {allowed: no}\n" + text)
    assert len(told.choices) == 7
    assert (len(told.cases), told.left_out) == (MOST_CASES, 64)
    assert told.agree is None


def test_a_reading_that_does_not_apply_is_no_case(answerer: Answerer, loader: Loader) -> None:
    """Without conversion in the plan nobody needs to read how it would be done."""
    text = OPEN.replace("allowed: yes", "allowed: no").replace("automatic: yes", "automatic: {readings: [{value: yes}, {value: no}]}")
    assert readings(answerer, answer(answerer, loader, SPD + text)) is None


# ------------------------------------------------------------------ outputs


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A plan file whose readings do not agree."""
    path = tmp_path / "plan.yaml"
    path.write_text(SPD + ALLOWED + OPEN, encoding="utf-8")
    return path


def test_the_page_tells_each_reading_with_its_note_and_place(plan: Path) -> None:
    """And that the verdict turns on it."""
    words = " ".join(planproof("check", plan).out.split())
    assert "The verdict turns on the reading: supported or unsupported." in words
    assert "if “Voluntary after-tax contributions” is yes: supported; " in words
    assert f"Money beyond Roth is meant. in SPD, p. 14 [{plan}:13:19]" in words
    assert "if “Voluntary after-tax contributions” is no: unsupported; " in words
    assert "plan.after_tax.allowed: the document can be read in more than one way." in words


def test_the_json_tells_them(plan: Path) -> None:
    """It holds against its schema, and the whole proof verifies with and without the file."""
    data = planproof("check", plan, "--format", "json").data
    assert problem("check", data) == ""
    told: Any = data["readings"]
    assert [(case["values"], case["verdict"]) for case in told["cases"]] == [(["yes"], "supported"), (["no"], "unsupported")]
    assert told["agree"] is False
    assert [one["evidence"]["note"] for one in told["facts"][0]["readings"]] == [
        "Money beyond Roth is meant.",
        "The page calls Roth after-tax.",
    ]
    proof = plan.with_suffix(".json")
    proof.write_text(planproof("check", plan, "--format", "json").out, encoding="utf-8")
    assert planproof("verify", proof).code == 0
    assert planproof("verify", proof, "--plan", plan).code == 0


def test_a_proof_that_calls_readings_a_conflict_is_false(plan: Path, answerer: Answerer, loader: Loader) -> None:
    """The state is that of the file."""
    proof = plan.with_suffix(".json")
    text = planproof("check", plan, "--format", "json").out
    proof.write_text(text.replace('"ambiguous"', '"conflicting"'), encoding="utf-8")
    assert planproof("verify", proof, "--plan", plan).code == 1


def test_explain_tells_the_readings(plan: Path) -> None:
    """As what the words can be read as."""
    words = " ".join(planproof("explain", plan, "plan.after_tax.allowed").out.split())
    assert "Voluntary after-tax contributions: unknown (the document can be read in more than one way)" in words
    assert "can be read as yes: Money beyond Roth is meant." in words
    assert "can be read as no: The page calls Roth after-tax." in words


@pytest.mark.parametrize("form", ["html", "md"])
def test_reports_tell_them(plan: Path, form: str) -> None:
    """With what comes out in each case."""
    text = planproof("report", plan, "--as", form).out
    assert "Where the documents can be read in more than one way" in text
    assert "The verdict turns on the reading: supported or unsupported." in text
    assert "Money beyond Roth is meant." in text


def test_a_receipt_of_an_ambiguous_plan_replays(plan: Path, tmp_path: Path) -> None:
    """Byte for byte."""
    ledger = tmp_path / "ledger.sqlite"
    assert planproof("check", plan, "--record", "--ledger", ledger).code == 0
    assert planproof("ledger", "replay", "--ledger", ledger).code == 0
    assert planproof("ledger", "verify", "--ledger", ledger).code == 0


def test_another_rule_book_has_readings_too(tmp_path: Path) -> None:
    """The library: whether visitors may borrow can be read in two ways, and Ines is a visitor."""
    plan = tmp_path / "plan.yaml"
    text = (LIBRARY / "plans" / "ashford.yaml").read_text(encoding="utf-8")
    plan.write_text(
        text.replace("visitors: {value: no, source: rules, page: 2", "visitors: {readings: [{value: yes}, {value: no}], page: 2")
    )
    person = ("--participant", LIBRARY / "participants" / "ines.yaml", "--set", "participant.resident=no")
    told = planproof("check", plan, "--rules", LIBRARY, *person, "--format", "json").data["readings"]
    assert [case["values"] for case in told["cases"]] == [["yes"], ["no"]]
    assert [case["verdict"] for case in told["cases"]] == ["lent", "refused"]


def test_a_real_plan_is_written_with_its_readings(answerer: Answerer, loader: Loader) -> None:
    """Conversions that may be automated: the verdict is the same under both readings."""
    told, _, _ = loader.plan(ROOT / "plans" / "nvidia.yaml")
    assert told is not None
    data = Encoder(answerer).answer(answerer.answer(told, None, 2026, date(2026, 12, 31)))
    assert data["readings"]["agree"] is True
    assert [case["verdict"] for case in data["readings"]["cases"]] == ["supported", "supported"]
