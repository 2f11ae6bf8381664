"""Rows of lists in tables of their own: the same answers as where they stand inside, and every fault told with its place."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from batches import PLANS, batch, rejected, rows
from conftest import ROOT
from planproof.batch import inputs
from planproof.batch.results import ResultRow
from planproof.cli import main
from planproof.rulebook import Rulebook

FULL = ROOT / "docs" / "examples" / "full-plan.yaml"
LIBRARY = ROOT / "tests" / "books" / "library"
FORMS = ("csv", "jsonl", "parquet")
TIERS, PERIODS = "plan.match.tiers", "participant.pay_periods"

# People with pay periods inside (number;pay), out of order; one without a row, one of whom it is known that there are none.
INSIDE: list[dict[str, Any]] = [
    {"id": "ann", "plan": "full-plan", "group": "none", "rows": [("2", "9000.50", "900"), ("1", "8000", "")]},
    {"id": "bob", "plan": "intel", "group": "", "rows": [("1", "5000", "unknown")]},
    {"id": "cat", "plan": "intel", "group": "", "rows": None},
    {"id": "dan", "plan": "full-plan", "group": "hourly", "rows": []},
]
FIELDS = ("number", "pay", "matched_contributions")


def tables(folder: Path, form: str) -> tuple[Path, Path, Path]:
    """The people with their rows inside; the people alone, and their rows apart, one person's not together."""
    inside, alone, apart = folder / "inside.jsonl", folder / f"alone.{form}", folder / f"periods.{form}"
    of_each: list[dict[str, Any]] = []
    with inside.open("w", encoding="utf-8") as file:
        for one in INSIDE:
            head = {"id": one["id"], "plan": one["plan"], "group": one["group"], "participant.age_at_year_end": "52"}
            told = [{name: text for name, text in zip(FIELDS, row, strict=True) if text} for row in one["rows"] or ()]
            of_each.append({"head": head, "told": told, "known": one["rows"] == []})
            cell = {} if one["rows"] is None else {PERIODS: told}
            file.write(json.dumps({**head, **cell}) + "\n")
    heads = [{**one["head"], **({f"{PERIODS}": "0"} if one["known"] else {})} for one in of_each]
    children = [{"id": one["head"]["id"], **row} for place in (0, 1) for one in of_each for row in one["told"][place : place + 1]]
    write(alone, heads)
    write(apart, children)
    return inside, alone, apart


def write(path: Path, told: list[dict[str, str]]) -> None:
    """Rows of texts as a table; in Parquet the empty list is a list."""
    names = list(dict.fromkeys(name for row in told for name in row))
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in told), "utf-8")
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, restval="")
            writer.writeheader()
            writer.writerows(told)
    else:
        series = [
            pl.Series(name, [[] if row.get(name) else None for row in told], pl.List(pl.Struct({"number": pl.String})))
            if name == PERIODS
            else pl.Series(name, [row.get(name) for row in told], pl.String)
            for name in names
        ]
        pl.DataFrame(series).write_parquet(path)


def answers(book: Rulebook, path: Path) -> list[ResultRow]:
    """The rows of an output but for where they stood."""
    return [{name: cell for name, cell in row.items() if name not in ("source", "row")} for row in rows(book, path)]


# ------------------------------------------------------------------ the same answers


@pytest.mark.parametrize("form", FORMS)
def test_rows_apart_are_answered_as_rows_inside(book: Rulebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """Of participants: those with rows, without, and with none; cut into parts of one row each, by two processes."""
    monkeypatch.setattr(inputs, "PARTICIPANTS_A_PART", 1)
    inside, alone, apart = tables(tmp_path, form)
    assert batch(PLANS[0], FULL, inside, "-o", tmp_path / "one.csv") == 0
    assert batch(PLANS[0], FULL, alone, "--rows", f"{PERIODS}={apart}", "-o", tmp_path / "two.csv", "--workers", 2) == 0
    assert answers(book, tmp_path / "one.csv") == answers(book, tmp_path / "two.csv")
    assert batch(PLANS[0], FULL, alone, "-o", tmp_path / "three.csv") == 0
    assert answers(book, tmp_path / "one.csv") != answers(book, tmp_path / "three.csv"), "the rows matter"


@pytest.mark.parametrize("form", FORMS)
def test_plans_flattened_with_a_table_of_rows(book: Rulebook, tmp_path: Path, form: str) -> None:
    """`flatten --rows` takes the rows out, `batch --rows` puts them back, also to plan files; `--back --rows` gives the same files."""
    files = sorted((ROOT / "plans").glob("*.yaml"))
    files = [*[path for path in files if "tiers" in path.read_text("utf-8")][:4], FULL]
    table, apart = tmp_path / f"plans.{form}", tmp_path / f"tiers.{form}"
    assert main(["flatten", *map(str, files), "-o", str(table), "--rows", f"{TIERS}={apart}"]) == 0
    assert main(["flatten", *map(str, files), "-o", str(tmp_path / "whole.csv")]) == 0
    assert batch(tmp_path / "whole.csv", "-o", tmp_path / "one.csv") == 0
    assert batch(table, "--rows", f"{TIERS}={apart}", "-o", tmp_path / "two.csv") == 0
    assert answers(book, tmp_path / "one.csv") == answers(book, tmp_path / "two.csv")
    assert main(["flatten", "--back", str(tmp_path / "whole.csv"), "-o", str(tmp_path / "a")]) == 0
    assert main(["flatten", "--back", str(table), "-o", str(tmp_path / "b"), "--rows", f"{TIERS}={apart}"]) == 0
    texts = [{path.name: path.read_text("utf-8") for path in (tmp_path / name).iterdir()} for name in "ab"]
    assert texts[0] == texts[1]
    assert any("tiers" in text for text in texts[0].values())


def test_rows_of_plan_files(book: Rulebook, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A plan file without its list and the list apart are the plan file with it; and a row is explained from both."""
    text = FULL.read_text("utf-8")
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole" / "acme.yaml").write_text(text, "utf-8")
    assert main(["flatten", str(tmp_path / "whole"), "-o", str(tmp_path / "acme.csv"), "--rows", f"{TIERS}={tmp_path / 'tiers.csv'}"]) == 0
    lines = text.splitlines(keepends=True)
    start = next(number for number, line in enumerate(lines) if line.strip().startswith("tiers:"))
    indent = len(lines[start]) - len(lines[start].lstrip())
    end = next(n for n in range(start + 1, len(lines)) if lines[n].strip() and len(lines[n]) - len(lines[n].lstrip()) <= indent)
    (tmp_path / "acme.yaml").write_text("".join((*lines[:start], *lines[end:])), "utf-8")
    assert batch(tmp_path / "whole", "-o", tmp_path / "one.csv") == 0
    assert batch(tmp_path / "acme.yaml", "--rows", f"{TIERS}={tmp_path / 'tiers.csv'}", "-o", tmp_path / "two.csv") == 0
    assert answers(book, tmp_path / "one.csv") == answers(book, tmp_path / "two.csv")
    manifest = json.loads((tmp_path / "two.manifest.json").read_text("utf-8"))
    assert [(one["kind"], one["id"]) for one in manifest["inputs"]] == [("plan file", "acme"), ("rows of a list", TIERS)]
    capsys.readouterr()
    assert main(["explain", "--from", str(tmp_path / "two.csv"), "--row", "acme", "--group", "", TIERS]) == 0
    assert "tiers.csv:2" in capsys.readouterr().out
    (tmp_path / "tiers.csv").write_text((tmp_path / "tiers.csv").read_text("utf-8").replace("50%", "60%"), "utf-8")
    assert main(["explain", "--from", str(tmp_path / "two.csv"), "--row", "acme", "--group", ""]) == 2
    assert "the input changed since the run" in capsys.readouterr().err
    (tmp_path / "tiers.csv").unlink()
    assert main(["explain", "--from", str(tmp_path / "two.csv"), "--row", "acme", "--group", ""]) == 2
    assert "an input changed since the run: cannot read" in capsys.readouterr().err


def test_another_rule_book(tmp_path: Path) -> None:
    """The loans of members, of the unrelated rule book, in the order that its list declares."""
    rules = ("--rules", LIBRARY)
    plan = LIBRARY / "plans" / "ashford.yaml"
    head = "id,group,participant.age,participant.loans,participant.loans.number,participant.loans.days_late,participant.loans.price\n"
    (tmp_path / "inside.csv").write_text(head + "ines,none,40,2,2;1,0;30,5;100\n", "utf-8")
    (tmp_path / "alone.csv").write_text("id,group,participant.age,participant.loans\nines,none,40,2\n", "utf-8")
    (tmp_path / "loans.jsonl").write_text(
        '{"id": "ines", "number": 2, "days_late": 0, "price": 5}\n{"id": "ines", "number": 1, "days_late": 30, "price": 100.00}\n', "utf-8"
    )
    assert batch(plan, tmp_path / "inside.csv", "-o", tmp_path / "one.jsonl", *rules) == 0
    told = ("--rows", f"participant.loans={tmp_path / 'loans.jsonl'}")
    assert batch(plan, tmp_path / "alone.csv", *told, "-o", tmp_path / "two.jsonl", *rules) == 0
    one, two = (json.loads((tmp_path / name).read_text("utf-8")) for name in ("one.jsonl", "two.jsonl"))
    apart = ("source", "input_hash")
    assert {k: v for k, v in one.items() if k not in apart} == {k: v for k, v in two.items() if k not in apart}
    assert one["fees_owed"] is not None


# ------------------------------------------------------------------ what is wrong


def test_wrong_rows_reject_their_parents(book: Rulebook, tmp_path: Path) -> None:
    """A value, an order told twice, a count that is another, and rows told twice reject the parent at the place of the fault."""
    (tmp_path / "people.csv").write_text(
        f"id,plan,{PERIODS},{PERIODS}.number\n"
        "good,intel,,\nvalue,intel,,\nrange,intel,,\norder,intel,,\ncount,intel,3,\ntwice,intel,1,1\nknown,intel,unknown,\n",
        "utf-8",
    )
    (tmp_path / "rows.csv").write_text(
        "pay,id,number\n10,good,1\nten,value,1\n10,range,0\n10,order,1\n11,order,1\n10,count,1\n10,twice,1\n10,known,1\n10,nobody,1\n",
        "utf-8",
    )
    out = tmp_path / "out.csv"
    assert batch(PLANS[0], tmp_path / "people.csv", "--rows", f"{PERIODS}={tmp_path / 'rows.csv'}", "-o", out) == 2
    assert [row["id"] for row in rows(book, out)] == ["good"]
    assert rejected(out) == [
        ("value", "3", "pay", "plan-value"),
        ("range", "4", "number", "out-of-range"),
        ("order", "6", "number", "order-repeated"),
        ("count", "6", PERIODS, "list-length"),
        ("twice", "7", f"{PERIODS}.number", "cell-state"),
        ("known", "8", PERIODS, "cell-state"),
        ("nobody", "10", "id", "unknown-parent"),
    ]
    sources = [line.split(",")[1].rpartition("/")[2] for line in out.with_name("out.rejects.csv").read_text("utf-8").splitlines()[1:]]
    assert sources == ["rows.csv", "rows.csv", "rows.csv", "people.csv", "people.csv", "people.csv", "rows.csv"]
    assert json.loads(out.with_name("out.manifest.json").read_text("utf-8"))["tally"]["rejected"] == 7


WHOLE = [
    ("csv", "id,nummber\na,1\n", "unknown-column", "did you mean `number`?"),
    ("csv", "id,plan\na,1\n", "unknown-column", "there is no column `plan`"),
    ("csv", "number\n1\n", "unknown-parent", "does not name the `id`"),
    ("csv", "id,number\n,1\n", "unknown-parent", "does not name the `id`"),
    ("csv", "id,number\na,1,2\n", "csv-syntax", "has 3 values"),
    ("csv", "", "table-empty", "is empty"),
    ("jsonl", '{"id": "a", "number": [1]}\n', "plan-value", ""),
    ("jsonl", '{"id": "a", "numbr": 1}\n', "unknown-column", "did you mean `number`?"),
    ("jsonl", '{"id": "a"\n', "json-syntax", ""),
    ("parquet", "no Parquet", "unreadable", "it is no Parquet file"),
]


@pytest.mark.parametrize(("form", "text", "code", "words"), WHOLE)
def test_a_table_that_cannot_be_read_stops(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str, text: str, code: str, words: str
) -> None:
    """A row that cannot be read could be anyone's: nothing is answered."""
    (tmp_path / f"rows.{form}").write_text(text, "utf-8")
    (tmp_path / "people.csv").write_text("id,participant.age_at_year_end\na,35\n", "utf-8")
    asked = (PLANS[0], tmp_path / "people.csv", "--rows", f"{PERIODS}={tmp_path}/rows.{form}")
    assert batch(*asked, "-o", tmp_path / "out.csv") == 2
    told = capsys.readouterr().err
    assert f"error[{code}]" in told
    assert words in told
    assert {path.name for path in tmp_path.iterdir()} == {f"rows.{form}", "people.csv"}


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        (("--rows", "plan.employes=rows.csv"), "unknown-list", "did you mean `plan.employees`?"),
        (("--rows", "plan.employees"), "unknown-list", "is not NAME=FILE"),
        (("--rows", "plan.employees=rows.csv", "--rows", "plan.employees=rows.csv"), "unknown-list", "stands twice"),
        (("--rows", "plan.employees=none.csv"), "unreadable", "no such file"),
        (("--rows", "plan.employees=."), "unreadable", "it is a folder"),
        (("--rows", "plan.employees=intel.yaml"), "table-form", "is no table"),
        (("--rows", f"{PERIODS}=rows.csv"), "unknown-parent", "is of participants, and there are none"),
        (("--rows", "plan.employees=rows.csv", "-o", "rows.csv"), "output", "is an input, and would be written over"),
    ],
)
def test_wrong_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], asked: tuple[str, ...], code: str, words: str
) -> None:
    """Lists that are none, files that are not there, and what would be written over."""
    monkeypatch.chdir(tmp_path)
    Path("rows.csv").write_text("id,number\nintel,1\n", "utf-8")
    Path("intel.yaml").write_bytes(Path(PLANS[0]).read_bytes())
    assert batch("intel.yaml", "-o", "out.csv", *asked) == 2
    told = capsys.readouterr().err
    assert f"error[{code}]" in told
    assert words in told
    assert not Path("out.csv").exists()


def test_a_folder_that_holds_the_table_too(book: Rulebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table that `--rows` names is no table of plans, though it lies among them."""
    monkeypatch.chdir(tmp_path)
    Path("rows.csv").write_text("id,number\nintel,1\n", "utf-8")
    Path("intel.yaml").write_bytes(Path(PLANS[0]).read_bytes())
    assert batch(".", "-o", "out.csv", "--rows", "plan.employees=rows.csv") == 0
    assert [row["id"] for row in rows(book, Path("out.csv").absolute())] == ["intel"]
