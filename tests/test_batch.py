"""Batches: each row is answered as `check` answers it, in every form, and what is wrong with a row stops no other."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

from batches import PLANS, agree, batch, checked, people, rejected, rows
from conftest import ROOT
from planproof import batch_text
from planproof.answer import Answerer
from planproof.batch import inputs
from planproof.batch.columnar import Columnar
from planproof.batch.results import Question, Reference
from planproof.cli import main
from planproof.plan import Asked, Facts
from planproof.rulebook import Rulebook, load_rulebook
from strategies import some_facts

GROUPED = ROOT / "docs" / "examples" / "full-plan.yaml"
LIBRARY = ROOT / "tests" / "books" / "library"
GRACE = 1  # days of grace of the library of Ashford, as amended


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_plans_as_check_says(book: Rulebook, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    """Plan files, one with groups and amendments: the rows are what `check` says of them, over two years."""
    files = [*PLANS, GROUPED]
    assert batch(*files, "-o", tmp_path / f"out.{form}", "--year", "2025..2026") == 0
    capsys.readouterr()
    found = rows(book, tmp_path / f"out.{form}")
    assert [row["id"] for row in found if row["year"] == 2026] == ["intel", "mit", "microsoft", "full-plan", "full-plan"]
    for year in (2025, 2026):
        said = checked(capsys, *files, "--year", year)
        mine = [row for row in found if row["year"] == year]
        assert len(mine) == len(said)
        for row, one in zip(mine, said, strict=True):
            agree(row, one, book.core)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_table_says_what_its_files_say(book: Rulebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """Plans flattened to a table, cut into small parts: the same answers as from the files, by every column that can be."""
    table, files, out = tmp_path / f"plans.{form}", [*PLANS, str(GROUPED)], tmp_path / "table.csv"
    assert main(["flatten", *files, "-o", str(table)]) == 0
    assert batch(*files, "-o", tmp_path / "files.csv") == 0
    monkeypatch.setattr(inputs, "ROWS_A_PART", 1)
    assert batch(table, "-o", out, "--workers", "1") == 0
    apart = ("source", "row")
    of_files, of_table = (
        [{k: v for k, v in row.items() if k not in apart} for row in rows(book, tmp_path / f"{name}.csv")] for name in ("files", "table")
    )
    assert of_files == of_table
    parts = json.loads((tmp_path / "table.manifest.json").read_text("utf-8"))["parts_done"]
    assert [part["rows"] for part in parts] == [1, 1, 1, 2], "the rows of a plan stay together"


def test_the_table_is_that_of_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Plans on the terminal: what `check` tells of many, line by line, with groups, and verdicts that are not expected."""
    files = sorted(str(path) for path in (ROOT / "plans").glob("*.yaml"))
    for rules, plans in (((), [*files, str(GROUPED)]), (("--rules", LIBRARY), [str(LIBRARY / "plans")])):
        assert batch(*plans, "-o", tmp_path / "out.csv", "--table", *rules) == 0
        told = capsys.readouterr().out
        assert main(["check", *plans, *map(str, rules)]) == 0
        wanted = capsys.readouterr().out.rstrip("\n") + "\n\n"
        assert "\ndifferences from the expected verdicts:\n" in wanted or rules
        assert told.startswith(wanted)
        assert told.removeprefix(wanted).endswith(f" answers: {tmp_path / 'out.csv'}\n")


def test_the_table_tells_what_tells_rows_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Of participants their plan and group, of several years and scenarios which; and how many rows it does not show."""
    monkeypatch.setattr(batch_text, "MOST_LINES", 2)
    (tmp_path / "people.csv").write_text("id,group,participant.age_at_year_end\na,hourly,35\nb,none,35\n", "utf-8")
    (tmp_path / "as_is.txt").write_text("", "utf-8")
    asked = ("--year", "2025..2026", "--table", "--scenario", f"one={tmp_path}/as_is.txt", "--scenario", f"two={tmp_path}/as_is.txt")
    assert batch(GROUPED, tmp_path / "people.csv", "-o", tmp_path / "out.csv", *asked) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "years 2025 to 2026 · plans as of 31 December of the year"
    assert told[1].split()[:6] == ["row", "plan", "group", "year", "scenario", "verdict"]
    assert [line.split()[:5] for line in told[2:4]] == [["a", "full-plan", "hourly", "2025", name] for name in ("one", "two")]
    assert told[4] == "and 6 more"
    assert told[6].startswith("8 answers: ")


def test_participants_are_joined_to_their_plans(book: Rulebook, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each row of a table of participants is what `check` says of that participant and plan."""
    table, out = tmp_path / "people.csv", tmp_path / "out.jsonl"
    table.write_text(people(12), "utf-8")
    assert batch(*PLANS, table, "-o", out) == 0
    capsys.readouterr()
    found = rows(book, out)
    lines = [line.split(",") for line in people(12).splitlines()]
    for row, line in zip(found, lines[1:], strict=True):
        told = [f"{name}={value}" for name, value in zip(lines[0][2:], line[2:], strict=True) if value]
        (said,) = checked(capsys, ROOT / "plans" / f"{line[1]}.yaml", *(part for one in told for part in ("--set", one)))
        assert (row["id"], row["plan"]) == (line[0], line[1])
        agree(row, said, book.core)


def test_groups_and_scenarios(book: Rulebook, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A participant of a group, of none, and of one not told; crossed with two scenarios."""
    (tmp_path / "people.csv").write_text("id,group,participant.age_at_year_end\na,hourly,35\nb,none,35\nc,,35\n", "utf-8")
    (tmp_path / "as_is.txt").write_text("# nothing\n", "utf-8")
    (tmp_path / "older.txt").write_text("participant.age_at_year_end = 55\nplan.after_tax.allowed=yes\n", "utf-8")
    scenarios = [part for name in ("as_is", "older") for part in ("--scenario", f"{name}={tmp_path / name}.txt")]
    assert batch(GROUPED, tmp_path / "people.csv", "-o", tmp_path / "out.csv", *scenarios) == 0
    capsys.readouterr()
    found = rows(book, tmp_path / "out.csv")
    assert [(row["id"], row["scenario"], row["group"]) for row in found] == [
        *(("a", name, "hourly") for name in ("as_is", "older")),
        *(("b", name, "none") for name in ("as_is", "older")),
        *(pair for name in ("as_is", "older") for pair in (("c", name, None), ("c", name, "hourly"))),
    ]
    said = {
        name: checked(capsys, GROUPED, "--set", "participant.age_at_year_end=35", *more)
        for name, more in (("as_is", ()), ("older", ("--set", "participant.age_at_year_end=55", "--set", "plan.after_tax.allowed=yes")))
    }
    for row in (row for row in found if row["id"] == "c"):
        agree(row, said[str(row["scenario"])][row["group"] is not None], book.core)


def test_wrong_rows_are_rejected_and_stop_none(book: Rulebook, tmp_path: Path) -> None:
    """Rows of participants with every kind of fault, each told with its row, column and code; the others are answered."""
    lines = [
        b"id,plan,group,participant.age_at_year_end,participant.compensation,participant.pay_periods.number,participant.pay_periods.pay",
        b"good,intel,,35,100000,,",
        b"type,intel,,old,100000,,",
        b"range,intel,,350,100000,,",
        b"plan,nowhere,,35,100000,,",
        b"noplan,,,35,100000,,",
        b"group,intel,night,35,100000,,",
        b"short,intel,,35",
        b"bytes,intel,,35,\xff\xfe,,",
        b'long,intel,,35,"' + b"1" * 10_000_000 + b'",,',
        b"lists,intel,,35,100000,1;2,5",
        b"twice,intel,,35,100000,1;1,5;6",
        b'quote,intel,,35,"100000,,',
        b"also good,mit,,35,100000,1;2,5;6",
        b"",
    ]
    (tmp_path / "people.csv").write_bytes(b"\n".join(lines))
    out = tmp_path / "out.csv"
    assert batch(*PLANS, tmp_path / "people.csv", "-o", out) == 2
    assert [row["id"] for row in rows(book, out)] == ["good", "also good"]
    assert rejected(out) == [
        ("type", "3", "participant.age_at_year_end", "plan-value"),
        ("range", "4", "participant.age_at_year_end", "out-of-range"),
        ("plan", "5", "plan", "unknown-plan"),
        ("noplan", "6", "id", "unknown-plan"),
        ("group", "7", "group", "unknown-group"),
        ("", "8", "", "csv-syntax"),
        ("", "9", "", "unreadable"),
        ("", "10", "", "record-size"),
        ("lists", "11", "participant.pay_periods.pay", "list-length"),
        ("twice", "12", "participant.pay_periods.number", "order-repeated"),
        ("", "13", "", "csv-syntax"),
    ]


def test_wrong_plans_are_rejected(tmp_path: Path, book: Rulebook) -> None:
    """A folder of bad plan files gives no answers and a reject for each fault, and a good one beside them is answered."""
    folder = tmp_path / "plans"
    folder.mkdir()
    for path in (ROOT / "tests" / "bad_plans").iterdir():
        if path.suffix in (".yaml", ".json"):
            (folder / path.name).write_bytes(path.read_bytes())
    bad = {path.stem for path in folder.iterdir()}
    (folder / "mit.yaml").write_bytes((ROOT / "plans" / "mit.yaml").read_bytes())
    out = tmp_path / "out.csv"
    assert batch(folder, "-o", out) == 2
    assert [row["id"] for row in rows(book, out)] == ["mit"]
    told = {one[0].removeprefix(f"{folder.as_posix()}/").rpartition(".")[0] or one[0] for one in rejected(out)}
    assert told == bad
    assert main(["batch", str(folder), "-o", str(out)]) == 2, "a run that is there already says the same"


WHOLE = [
    ("id,participant.age\np,3\n", "unknown-column"),
    ("", "table-empty"),
    ('id,"participant.age_at_year_end\np,3\n', "csv-syntax"),
]


@pytest.mark.parametrize(("text", "code"), WHOLE, ids=[code for _, code in WHOLE])
def test_a_table_that_is_wrong_as_a_whole_stops(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, code: str) -> None:
    """A header that is wrong is told at once, and nothing is written."""
    (tmp_path / "t.csv").write_text(text, "utf-8")
    assert batch(tmp_path / "t.csv", "-o", tmp_path / "out.csv") == 2
    assert f"error[{code}]" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nowhere.yaml", "-o", "out.csv"), "unreadable"),
        (("nowhere", "-o", "out.csv"), "table-form"),
        (("*.none", "-o", "out.csv"), "no-plans"),
        ((PLANS[0], "-o", "out.xlsx"), "table-form"),
        ((PLANS[0], "-o", "no/such/out.csv"), "output"),
        (("", "-o", "out.csv"), "unreadable"),
        ((PLANS[0], "-o", "out.csv", "--scenario", "x"), "bad-scenario"),
        ((PLANS[0], "-o", "out.csv", "--scenario", "x=nowhere.txt"), "unreadable"),
    ],
)
def test_wrong_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: Any, code: str) -> None:
    """Inputs that are not there, outputs that cannot be, and scenarios that are none."""
    monkeypatch.chdir(tmp_path)
    assert batch(*arguments) == 2
    assert f"error[{code}]" in capsys.readouterr().err


def test_a_scenario_is_told_by_its_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong with a setting of a scenario stands at its line and column in the file."""
    monkeypatch.chdir(tmp_path)
    Path("odd.txt").write_text("# a remark\n\n  participant.age_at_year_ent=3\nplan.type=boat\n", "utf-8")
    assert batch(PLANS[0], "-o", "out.csv", "--scenario", "odd=odd.txt") == 2
    told = capsys.readouterr().err
    assert "odd.txt:3:3: error[unknown-name]" in told
    assert "     3 |   participant.age_at_year_ent=3\n       |   ^" in told
    assert "odd.txt:4:11: error[plan-value]" in told


def test_how_many_processes(capsys: pytest.CaptureFixture[str]) -> None:
    """No process is none."""
    for text in ("0", "-1", "two"):
        with pytest.raises(SystemExit) as stopped:
            batch(PLANS[0], "-o", "out.csv", f"--workers={text}")
        assert stopped.value.code == 2
        assert f"`{text}` is not a number of processes" in capsys.readouterr().err


def test_floats_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A Parquet column of floats for money is refused, with what to give instead."""
    pl.DataFrame({"id": ["p"], "participant.compensation": [0.1]}).write_parquet(tmp_path / "t.parquet")
    assert batch(tmp_path / "t.parquet", "-o", tmp_path / "out.csv") == 2
    told = capsys.readouterr().err
    assert "error[column-type]" in told
    assert "cents in a column `NAME__cents`" in told


def test_another_rule_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The unrelated rule book is answered as `check` answers it, with a summary."""
    rules = ("--rules", LIBRARY)
    assert batch(LIBRARY / "plans", "-o", tmp_path / "out.jsonl", *rules, "--summary") == 0
    assert "verdicts" in capsys.readouterr().out
    said = checked(capsys, LIBRARY / "plans", *rules)
    told = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [row["verdict"] for row in told] == [one["verdict"] for one in said]


def test_a_year_that_is_not_published_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A year without figures is answered, with a warning as `check` gives it."""
    assert batch(PLANS[0], "-o", tmp_path / "out.csv", "--year", "2026..2027") == 0
    told = capsys.readouterr().err
    assert told.count("warning[year-unpublished]: not published for 2027: ") == 1
    assert "for 2026" not in told


def test_the_empty_table(book: Rulebook, tmp_path: Path) -> None:
    """A table with a header and no rows gives an output without rows, in every form."""
    (tmp_path / "t.csv").write_text("id,participant.age_at_year_end\n", "utf-8")
    for form in ("csv", "jsonl", "parquet"):
        assert batch(tmp_path / "t.csv", "-o", tmp_path / f"out.{form}") == 0
        assert rows(book, tmp_path / f"out.{form}") == []


def test_summary_counts(answerer: Answerer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The summary counts verdicts as the rows have them, and tells why by labels."""
    assert batch(*PLANS, "-o", tmp_path / "out.csv", "--summary") == 0
    told = capsys.readouterr().out
    assert "verdicts\n  2  supported\n  1  unsupported\n" in told
    assert "  1  unsupported: Voluntary after-tax contributions is no; Kind of plan is 401(k)\n" in told
    assert told.endswith("3 answers: " + str(tmp_path / "out.csv") + "\n")


# ------------------------------------------------------------------ every row explained


def proofs(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """The code and the words of an explanation."""
    code = main(["explain", *(str(one) for one in arguments)])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_row_of_a_plan_file_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row of a plan is explained as the plan is, over years, groups and names."""
    out = tmp_path / "out.csv"
    assert batch(*PLANS, GROUPED, "-o", out, "--year", "2025..2026") == 0
    capsys.readouterr()
    for year in ("2025", "2026"):
        row = proofs(capsys, "--from", out, "--row", "intel", "--year", year)
        assert row == proofs(capsys, PLANS[0], "--year", year)
        assert row[0] == 0
    row = proofs(capsys, "--from", out, "--row", "intel", "--year", "2026", "after_tax_room", "--depth", "1")
    assert row == proofs(capsys, PLANS[0], "after_tax_room", "--depth", "1")
    group = proofs(capsys, "--from", out, "--row", "full-plan", "--year", "2026", "--group", "hourly", "--brief")
    assert group[0] == 0
    assert "unsupported" in group[1]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_row_of_a_participant_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """A row of a table is explained as the plan with the same settings is, but for the places of the facts."""
    monkeypatch.setattr(inputs, "PARTICIPANTS_A_PART", 3)
    table, out = tmp_path / "people.csv", tmp_path / f"out.{form}"
    table.write_text("id,plan,participant.age_at_year_end\na,mit,35\nb,intel,52\nc,intel,61\nd,mit,61\nb2,intel,64\n", "utf-8")
    assert batch(*PLANS, table, "-o", out, "--workers", 1) == 0
    capsys.readouterr()
    code, told, _ = proofs(capsys, "--from", out, "--row", "b2", "catch_up_limit")
    assert code == 0
    assert f"[{table.as_posix()}:6:3]" in told
    wanted = proofs(capsys, PLANS[0], "catch_up_limit", "--set", "participant.age_at_year_end=64")[1]
    assert told.replace(f"[{table.as_posix()}:6:3]", "[--set:1:29]") == wanted


def test_a_row_that_differs_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row that was altered, an input that was, a table that is no output, and rows that are not there."""
    table, out = tmp_path / "people.csv", tmp_path / "out.csv"
    table.write_text("id,plan,participant.age_at_year_end\na,mit,35\nb,intel,52\n", "utf-8")
    assert batch(*PLANS, table, "-o", out) == 0
    capsys.readouterr()
    whole = out.read_text("utf-8")
    out.write_text(whole.replace(",supported,", ",unsupported,"), "utf-8")
    code, told, wrong = proofs(capsys, "--from", out, "--row", "b")
    assert (code, told) == (2, "")
    assert "row `b`: `verdict` is stored as `unsupported`, and comes out as `supported`" in wrong
    out.write_text(whole, "utf-8")
    table.write_text(table.read_text("utf-8").replace("b,intel,52", "b,intel,53"), "utf-8")
    code, told, wrong = proofs(capsys, "--from", out, "--row", "b")
    assert (code, told) == (2, "")
    assert "`input_hash` is stored as" in wrong
    assert "the input changed since the run" in wrong
    table.write_text("id,plan,participant.age_at_year_end\na,mit,35\n", "utf-8")
    assert "is not in" in proofs(capsys, "--from", out, "--row", "b")[2]
    assert "error[row-not-found]" in proofs(capsys, "--from", out, "--row", "c")[2]
    out.write_text("id,verdict\n", "utf-8")
    assert "is not as the run wrote it" in proofs(capsys, "--from", out, "--row", "b")[2]
    assert "error[no-batch]" in proofs(capsys, "--from", tmp_path / "none.csv", "--row", "b")[2]
    assert "error[plan-missing]" in proofs(capsys)[2]
    assert "error[row-missing]" in proofs(capsys, "--from", out)[2]


def test_another_rule_book_does_not_explain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row is explained by the rule book of its run only."""
    out = tmp_path / "out.csv"
    assert batch(PLANS[0], "-o", out) == 0
    assert "the rule book is not that of the run" in proofs(capsys, "--from", out, "--row", "intel", "--rules", LIBRARY)[2]


# ------------------------------------------------------------------ columns and the reference


@pytest.mark.parametrize("rules", [None, LIBRARY], ids=["shipped", "unrelated"])
def test_columns_write_what_the_reference_writes(rules: Path | None) -> None:
    """Random participants of random plans, over years, with every state: the same rows by both backends."""
    book, _, _ = load_rulebook(rules)
    assert book is not None
    answerer, facts = Answerer(book), some_facts(book.core)
    chance = Random(7)
    questions: list[Question] = []

    @settings(max_examples=25, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(facts, facts)
    def gather(plan: Facts, person: Facts) -> None:
        for year in (2024, 2026):
            asked = Asked(year, date(year, 12, 31))
            place = len(questions)
            questions.append(
                Question(f"p{place}", "plan", "", "t.csv", place, "", asked, of_root(plan, "plan."), of_root(person, "participant."))
            )

    gather()
    chance.shuffle(questions)
    by_reference = Reference(answerer, of_plans=False).results(questions)
    for one, other in zip(Columnar(answerer).results(questions), by_reference, strict=True):
        different = {name: (cell, other[name]) for name, cell in one.items() if cell != other[name]}
        assert different == {}


def of_root(facts: Facts, root: str) -> Facts:
    """The facts of a plan or of a participant."""
    return Facts(
        {key: said for key, said in facts.statements.items() if key[0].startswith(root)},
        {name: rows for name, rows in facts.lists.items() if name.startswith(root)},
    )


# ------------------------------------------------------------------ against a former run


def test_what_changed_since_a_former_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One input changed its verdict, one only an amount, one is new, one gone, one as before."""
    head = "id,plan.type,plan.after_tax.allowed,plan.limits.suspension_months\n"
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text(head + "a,401(k),no,\nb,401(k),,\nc,403(b),no,\nd,401(k),no,\ne,401(k),no,\n", "utf-8")
    new.write_text(head + "e,401(k),no,\nb,401(k),no,\na,401(k),no,\nc,401(k),no,\nf,401(k),no,\n", "utf-8")
    assert batch(old, "-o", tmp_path / "one.csv") == 0
    capsys.readouterr()
    assert batch(new, "-o", tmp_path / "two.parquet", "--against", tmp_path / "one.csv") == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "since the former run"
    assert sorted(line.strip() for line in told[1:6]) == [
        "1  new",
        "1  no longer there",
        "1  the verdict stands, and other columns changed: input changed",
        "1  unknown → unsupported: input changed",
        "2  as before",
    ]
    with (tmp_path / "two.changes.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert {(line["id"], line["cause"]) for line in lines} == {("b", "input"), ("c", "input"), ("d", "gone"), ("f", "new")}
    (verdict,) = (line for line in lines if line["column"] == "verdict")
    assert (verdict["id"], verdict["before"], verdict["after"]) == ("b", "unknown", "unsupported")


def test_what_the_law_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same member by a rule book with another fee: the law changed, and with it what is owed."""
    rules, people, plan = tmp_path / "rules", tmp_path / "people.csv", LIBRARY / "plans" / "ashford.yaml"
    shutil.copytree(LIBRARY, rules)
    people.write_text(
        "id,group,participant.age,participant.deposit,participant.loans,participant.loans.number,participant.loans.days_late,participant.loans.price\n"
        "ines,none,40,0,1,1,30,100\n",
        "utf-8",
    )
    asked = (plan, people, "--year", "2026", "--rules", rules)
    assert batch(*asked, "-o", tmp_path / "one.csv") == 0
    fees = rules / "parameters.rules"
    fees.write_text(fees.read_text("utf-8").replace("2026: $0.25   cites", "2026: $0.30   cites"), "utf-8")
    capsys.readouterr()
    assert batch(*asked, "-o", tmp_path / "two.csv", "--against", tmp_path / "one.csv") == 0
    assert "  1  the verdict stands, and other columns changed: law changed\n" in capsys.readouterr().out
    with (tmp_path / "two.changes.csv").open(encoding="utf-8", newline="") as file:
        lines = {line["column"]: line for line in csv.DictReader(file)}
    days = 30 - GRACE
    assert (lines["fees_owed"]["before"], lines["fees_owed"]["after"]) == (f"{days * 0.25:.2f}", f"{days * 0.30:.2f}")
    assert {line["cause"] for line in lines.values()} == {"law"}
    assert batch(*asked, "-o", tmp_path / "two.csv", "--against", tmp_path / "two.csv") == 2
    assert batch(*asked, "-o", tmp_path / "two.csv", "--against", tmp_path / "none.csv") == 2
    assert capsys.readouterr().err.count("error[no-batch]") == 2
