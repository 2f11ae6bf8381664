"""The command line: what it prints, what it exits with, and what wrong use gets."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT
from planproof.cli import main, parser

INTEL = str(ROOT / "plans" / "intel.yaml")
MIT = str(ROOT / "plans" / "mit.yaml")
MERCK = str(ROOT / "plans" / "merck.yaml")


class Told:
    """What a command printed, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def data(self) -> Any:
        """The output as JSON."""
        return json.loads(self.out)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command in this process."""

    def run_(*arguments: str) -> Told:
        try:
            code = main(arguments)
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Told(code, captured.out, captured.err)

    return run_


def test_one_plan_is_a_page(run: Any) -> None:
    """One plan gives a page with verdict, paths and amounts."""
    told = run("check", INTEL)
    assert told.code == 0
    for words in ("Mega-backdoor Roth: supported", "Paths", "Amounts", "year 2026"):
        assert words in told.out


def test_many_plans_are_a_table(run: Any) -> None:
    """Many plans give a line each, and a count."""
    told = run("check", INTEL, MIT, MERCK)
    assert told.code == 0
    assert "3 plans: 1 supported, 1 unknown, 1 unsupported" in told.out


def test_check_json_of_one_plan(run: Any) -> None:
    """One plan gives the bare object with every key that is promised."""
    data = run("check", INTEL, "--format", "json").data
    assert data["format"] == "planproof-check/1"
    assert data["verdict"] == "supported"
    wanted = {"plan", "year", "verdict", "amounts", "paths", "pitfalls", "missing", "rests_on", "groups", "proof"}
    assert wanted <= set(data)
    amounts = {"after_tax_room", "annual_additions_limit", "elective_deferral_limit", "catch_up_limit", "employer_match", "total_limit"}
    assert amounts | {"excess_annual_additions", "elective_deferrals_left"} == set(data["amounts"])
    assert data["amounts"]["elective_deferral_limit"]["value"] == "24500.00"
    assert data["amounts"]["after_tax_room"] == {**data["amounts"]["after_tax_room"], "value": None, "state": "unknown", "binding": None}
    for path in data["paths"]:
        assert {path["status"], path["after_separation"]} <= {"open", "closed", "unknown"}


def test_check_json_of_many_plans(run: Any) -> None:
    """Several plans give `results`; JSON is all that stdout holds."""
    data = run("check", INTEL, MIT, "--format", "json").data
    assert [result["verdict"] for result in data["results"]] == ["supported", "unsupported"]


def test_same_bytes_twice(run: Any) -> None:
    """The same question gives the same bytes, also in a process with other hashing."""
    first = run("check", INTEL, "--format", "json").out
    environment = {**os.environ, "PYTHONHASHSEED": "77"}
    command = [sys.executable, "-m", "planproof", "check", INTEL, "--format", "json"]
    assert subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout == first


@pytest.mark.parametrize(
    ("fail_on", "code"), [("unsupported", 1), ("unknown", 1), ("unsupported,unknown", 1), ("after_separation", 0), ("supported", 1)]
)
def test_fail_on(run: Any, fail_on: str, code: int) -> None:
    """Only a named verdict changes the exit code."""
    assert run("check", INTEL, MIT, MERCK, "--fail-on", fail_on).code == code


def test_bad_file_beside_good_ones(run: Any, tmp_path: Path) -> None:
    """A bad file is told and does not stop the others; the exit code is 2, also beside --fail-on."""
    bad = tmp_path / "bad.yaml"
    bad.write_text("employer: X\nname: Y\ntype: 401(k)\nfeatures:\n  after_tax:\n    allowed: yess\n", encoding="utf-8")
    told = run("check", INTEL, str(bad), MIT, "--fail-on", "unsupported")
    assert told.code == 2
    assert "2 plans" in told.out
    assert f"{bad.as_posix()}:6:14: error[plan-value]: `yess` is not one of yes, no, unknown" in told.err
    assert "help: did you mean `yes`?" in told.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "no-such.yaml"), "cannot read `no-such.yaml`: no such file"),
        (("check", INTEL, "--participant", "no-such.yaml"), "cannot read `no-such.yaml`"),
        (("check", INTEL, "--set", "plan.after_tax.alowed=yes"), "did you mean `plan.after_tax.allowed`?"),
        (("check", INTEL, "--set", "participant.age_at_year_end=old"), "`old` is not a count"),
        (("check", INTEL, "--set", "participant.age_at_year_end=300"), "300 is not between 14 and 110"),
        (("check", INTEL, "--set", "age"), "a setting is NAME=VALUE"),
        (("check", INTEL, "--set", "participant.group=night"), "has no group `night`"),
        (("check", INTEL, "--fail-on", "unsuported"), "did you mean `unsupported`?"),
        (("check", INTEL, "--year", "26"), "is not a year"),
        (("check", INTEL, "--on", "2026-13-01"), "is not a date"),
        (("check", INTEL, "--rules", "no-such-folder"), "no rule files"),
        (("explain", INTEL, "after_tax_rom"), "did you mean `after_tax_room`?"),
        (("limits", "2031"), "nothing is published for 2031"),
        (("rules", "after_tax_rom"), "error[unknown-name]: `after_tax_rom` is no provision, fact or list of the rule book"),
        (("rules", "after_tax_rom"), "help: did you mean `after_tax_room`?"),
        (("rules", "after_tax_room", "catch_up_limit"), "unrecognized arguments"),
        (("rules", "x\x1b[2J"), "`x\\x1b[2J` is no provision"),
        (("rules", "--rules", "no-such-folder"), "no rule files"),
        (("limits",), "required"),
        (("chek", INTEL), "invalid choice"),
        (("lint", "no-such.rules"), ""),
    ],
)
def test_wrong_use(run: Any, arguments: tuple[str, ...], words: str) -> None:
    """Wrong use is told in one place, in words, with exit code 2."""
    told = run(*arguments)
    assert told.code == 2
    assert words in told.err


def test_year_not_published(run: Any) -> None:
    """A year without figures leaves amounts unknown, for the parameter by name."""
    data = run("check", INTEL, "--year", "2027", "--format", "json").data
    assert data["amounts"]["elective_deferral_limit"]["value"] is None
    states = {(missing["name"], missing["state"], missing.get("year")) for missing in data["missing"]}
    assert ("elective_deferral_dollar_limit", "parameter_unpublished", 2027) in states


def test_limits(run: Any) -> None:
    """Every parameter with its value, key and authority."""
    rows = {row["name"]: row for row in run("limits", "2026", "--format", "json").data["parameters"]}
    assert rows["annual_additions_dollar_limit"]["value"] == "72000.00"
    assert rows["annual_additions_dollar_limit"]["authority"]["citations"] == ["Notice 2025-67"]
    assert (rows["roth_catch_up_wage_threshold"]["year"], rows["roth_catch_up_wage_threshold"]["value"]) == (2025, "150000.00")
    before = {row["name"]: row for row in run("limits", "2024", "--format", "json").data["parameters"]}
    assert before["higher_catch_up_dollar_limit"]["state"] == "not_in_force"


def test_rules(run: Any) -> None:
    """Every provision by name and label; or one, as written, with its authority, its neighbours and its examples."""
    listed = run("rules")
    assert (listed.code, listed.err) == (0, "")
    assert re.search(r"(?m)^  define +after_tax_room +Room for after-tax contributions$", listed.out)
    assert re.search(r"(?m)^  path +rollover_to_roth_ira +In-service rollover to a Roth IRA$", listed.out)
    told = run("rules", "after_tax_room")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("Room for after-tax contributions  [rules/annual_additions.rules:")
    for text in ("\n  define after_tax_room : money\n", "\nauthority\n  IRC 415(c)(1); Plan document\n", "\nreads\n", "\nshown by\n"):
        assert text in told.out
    assert "room_under_percent_cap" in told.out.partition("\nreads\n")[2]


def test_rules_as_data(run: Any) -> None:
    """The same as JSON; what one reads is read by it, and every name leads to a provision, the frame's own aside."""
    data = run("rules", "--format", "json").data
    provisions = {provision["name"]: provision for provision in data["provisions"]}
    assert (data["format"], len(provisions)) == ("planproof-rules/1", len(data["provisions"]))
    assert run("rules", "after_tax_room", "--format", "json").data["provisions"] == [provisions["after_tax_room"]]
    frame = {"asked.year", "asked.date", "participant.group", "plan.type"}
    for name, provision in provisions.items():
        for other in provision["reads"]:
            assert other in frame - set(provisions) or name in provisions[other]["read_by"], (name, other)
        for other in provision["read_by"]:
            assert name in provisions[other]["reads"], (name, other)
    assert {provision["kind"] for provision in provisions.values()} == {
        *("define", "fact", "list", "parameter", "path", "pitfall", "verdict"),
    }


def test_explain_names_authority_and_document(run: Any) -> None:
    """An explanation leads from the verdict to the line of the plan file."""
    told = run("explain", INTEL)
    assert told.code == 0
    assert "IRC 402A(c)(4)(B)" in told.out
    assert "plans/intel.yaml:" in told.out


def test_explain_depth_and_json(run: Any) -> None:
    """A depth cuts the tree; JSON holds the same lines."""
    lines = run("explain", INTEL, "after_tax_room", "--depth", "1", "--format", "json").data["lines"]
    assert {line["depth"] for line in lines} == {0, 1}


def test_examples_pass(run: Any) -> None:
    """`planproof test` runs the examples beside the rules."""
    told = run("test")
    assert told.code == 0
    assert told.out.endswith(", 0 failed\n")


def test_failing_example(run: Any, tmp_path: Path) -> None:
    """A wrong expectation is a finding, told with its place."""
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "a.rules").write_text(
        'chapter "A"\n\ndefine a : money\n  label "A"\n  cites X\n  is $1\n\nexample "a"\n  cites X\n  expect a $2\n', encoding="utf-8"
    )
    told = run("test", "--rules", str(rules))
    assert told.code == 1
    assert "rules/a.rules:10:10: error[example-failed]: expected `a` $2, found $1" in told.out


def test_lint_clean(run: Any) -> None:
    """Nothing is found in the project's own rules and plans."""
    told = run("lint", str(ROOT / "rules"), str(ROOT / "plans"))
    assert (told.code, told.out) == (0, "nothing found\n")


def test_lint_findings(run: Any, tmp_path: Path) -> None:
    """A source that nothing cites and a fact that does not apply are findings."""
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "employer: X\nname: Y\ntype: 401(k)\nsources: {a: {document: A}, b: {document: B}}\n"
        "features:\n  in_plan_roth:\n    allowed: {value: no, source: a}\n    automatic: {value: yes, source: a}\n",
        encoding="utf-8",
    )
    told = run("lint", str(plan), "--format", "json")
    assert told.code == 1
    assert [finding["code"] for finding in told.data["findings"]] == ["source-unused", "not-applicable"]


TIERED = "employer: X\nname: Y\ntype: 401(k)\nsources: {a: {document: A}}\nfeatures:\n  match:\n    offered: yes\n    tiers:\n"


@pytest.mark.parametrize(
    ("rows", "place", "words"),
    [
        (("{rate: 50%, from: 6%, to: 0%}",), "9:16", "a tier ends where it begins, or before"),
        (("{rate: 50%, from: 0%, to: 4%}", "{rate: 25%, from: 3%, to: 6%}"), "10:16", "a tier overlaps an earlier one"),
        (("{rate: 50%, from: 0%, to: 4%}", "{rate: 50%, from: 0%, to: 4%}"), "10:27", "two rows have the same `from`"),
        (("{rate: 50%, to: 4%}",), "9:9", "a row has no `from`, which orders the list"),
    ],
)
def test_tiers_that_cannot_be(run: Any, tmp_path: Path, rows: tuple[str, ...], place: str, words: str) -> None:
    """A match formula whose tiers cannot be is an error at its place, for `check` and for `lint`."""
    plan = tmp_path / "plan.yaml"
    plan.write_text(TIERED + "".join(f"      - {row}\n" for row in rows), encoding="utf-8")
    told = run("check", str(plan))
    assert told.code == 2
    assert f"{plan.as_posix()}:{place}: error[" in told.err
    assert words in told.err
    assert words in run("lint", str(plan)).out


def test_value_without_source(run: Any, tmp_path: Path) -> None:
    """With more than one source, a value that names none is a finding."""
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "employer: X\nname: Y\ntype: 401(k)\nsources: {a: {document: A}, b: {document: B}}\n"
        "features:\n  roth: {deferrals: yes}\n  after_tax: {allowed: {value: yes, source: a}}\n  governmental: {value: no, source: b}\n",
        encoding="utf-8",
    )
    findings = run("lint", str(plan), "--format", "json").data["findings"]
    assert [(finding["code"], finding["place"]["line"]) for finding in findings] == [("value-unsourced", 6)]


def test_explain_rows_and_lists(run: Any) -> None:
    """A value of each row, a column, and a list are explained too."""
    plan = str(ROOT / "docs" / "examples" / "full-plan.yaml")
    assert run("explain", plan, "tier.rate").out.count("row 2: 50%") == 1
    assert "2 rows" in run("explain", plan, "plan.match.tiers").out


def test_a_year_without_figures_is_told(run: Any) -> None:
    """A warning names what is not published, and the verdict is still given."""
    told = run("check", INTEL, "--year", "2027")
    assert told.code == 0
    assert "warning[year-unpublished]: not published for 2027: annual_additions_dollar_limit" in told.err


def test_participant_in_a_group_of_a_table(run: Any, tmp_path: Path) -> None:
    """A table names plan and group, and does not hold a group's verdict against what the file expects of the plan."""
    plan = tmp_path / "acme.yaml"
    plan.write_text(
        "employer: X\nname: Y\ntype: 401(k)\nfeatures: {after_tax: {allowed: yes}}\nexpected: unknown\n"
        "groups: {hourly: {label: H, features: {after_tax: {allowed: no}}}}\n",
        encoding="utf-8",
    )
    told = run("check", str(plan), str(plan), "--set", "participant.group=hourly")
    assert "acme, group hourly" in told.out
    assert "differences" not in told.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion(run: Any, shell: str) -> None:
    """Each shell gets a script that knows the commands."""
    told = run("completion", shell)
    assert told.code == 0
    assert "explain" in told.out


def test_no_colour_in_a_pipe() -> None:
    """A pipe gets no escape codes."""
    done = subprocess.run([sys.executable, "-m", "planproof", "check", INTEL], capture_output=True, text=True, check=True)
    assert "\x1b" not in done.stdout


def test_help_has_examples() -> None:
    """`--help` shows exit codes and examples."""
    text = parser().format_help()
    assert "exit codes:" in text
    assert "examples:" in text


def test_control_characters_never_reach_the_terminal(run: Any, tmp_path: Path) -> None:
    """An escape sequence in a plan file is shown, not sent."""
    plan = tmp_path / "plan.yaml"
    plan.write_text('employer: "A\\e[31mB"\nname: Y\ntype: 401(k)\nfeatures: {}\n', encoding="utf-8")
    told = run("check", str(plan))
    assert told.code == 0
    assert "\x1b" not in told.out
    assert "A\\x1b[31mB" in told.out


def test_no_part_of_a_plan_file_steers_a_terminal(run: Any, tmp_path: Path) -> None:
    """Neither a difference nor a group's label, in the page and in the table."""
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "employer: X\nname: Y\ntype: 401(k)\nfeatures: {after_tax: {allowed: no}}\nexpected: supported\n"
        'difference: "\\e[31mred"\ngroups: {g: {label: "\\e[2Jcleared", features: {}}}\n',
        encoding="utf-8",
    )
    for told in (run("check", str(plan)), run("check", str(plan), str(plan))):
        assert "\x1b" not in told.out
        assert "\\x1b[31mred" in told.out


def test_groups_are_bounded(run: Any, tmp_path: Path) -> None:
    """More than a hundred groups are refused."""
    plan = tmp_path / "plan.yaml"
    groups = "".join(f"  g{number}: {{label: x, features: {{}}}}\n" for number in range(101))
    plan.write_text(f"employer: X\nname: Y\ntype: 401(k)\nfeatures: {{}}\ngroups:\n{groups}", encoding="utf-8")
    told = run("check", str(plan))
    assert told.code == 2
    assert f"{plan.as_posix()}:5:1: error[plan-value]: more than 100 entries" in told.err


def test_a_path_that_cannot_be_looked_at_stops_no_other(run: Any) -> None:
    """A name too long is told, and the other plans are answered."""
    told = run("check", INTEL, "x" * 300, MIT)
    assert told.code == 2
    assert "2 plans" in told.out
    assert "error[unreadable]: cannot read" in told.err


def test_options_stand_between_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    """An option between two arguments of a command changes nothing of what they are."""
    plan = str(ROOT / "plans" / "mit.yaml")
    outs = []
    for arguments in (["explain", plan, "after_tax_room", "--depth", "1"], ["explain", plan, "--depth", "1", "after_tax_room"]):
        assert main(arguments) == 0
        outs.append(capsys.readouterr().out)
    assert outs[0] == outs[1]
    assert "Room for after-tax contributions: $0" in outs[0]
