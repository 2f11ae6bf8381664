"""Batches of what was known on a day: each row is what `check --known` says, however many are asked at once."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import planproof
from batches import PLANS, agree, batch, checked, people, rows
from conftest import ROOT
from planproof.cli import main
from planproof.rulebook import Rulebook

GROUPED = ROOT / "docs" / "examples" / "full-plan.yaml"
DAYS = {"2014-06-01": 2014, "2021-12-01": 2022, "2022-12-28": 2023, "2024-12-01": 2025, "2025-11-12": 2026}

AMENDED = """\
id,effective,amendment,adopted,plan.type,plan.after_tax.allowed,plan.roth.deferrals,plan.in_plan_roth.allowed,plan.in_plan_roth.after_tax
late,,,,401(k),no,yes,yes,included
late,2026-01-01,Backdated,2026-05-02,,yes,,,
bare,,,,401(k),no,yes,yes,included
bare,2026-03-01,Undated,,,yes,,,
"""
VERDICTS = {"2026-02-28": ("no", "no"), "2026-05-01": ("no", "yes"), "2026-05-02": ("yes", "yes"), "": ("yes", "yes")}


@pytest.fixture
def amended(tmp_path: Path) -> Path:
    """A table of a plan whose amendment was adopted after its effect, and of one that does not say when its was."""
    path = tmp_path / "plans.csv"
    path.write_text(AMENDED, "utf-8")
    return path


# ------------------------------------------------------------------ the same as check


@pytest.mark.parametrize(("day", "year"), DAYS.items(), ids=DAYS)
def test_rows_are_what_check_says_of_that_day(
    book: Rulebook, tmp_path: Path, capsys: pytest.CaptureFixture[str], day: str, year: int
) -> None:
    """Plans by the reference evaluator and participants by columns, with law that came later left out of both."""
    table, asked = tmp_path / "people.csv", ("--known", day, "--year", year)
    table.write_text(people(8), "utf-8")
    assert batch(*PLANS, GROUPED, "-o", tmp_path / "plans.csv", *asked) == 0
    assert batch(*PLANS, table, "-o", tmp_path / "people.jsonl", *asked) == 0
    capsys.readouterr()
    for row, said in zip(rows(book, tmp_path / "plans.csv"), checked(capsys, *PLANS, GROUPED, *asked), strict=True):
        agree(row, said, book.core)
    lines = list(csv.DictReader(people(8).splitlines()))
    for row, line in zip(rows(book, tmp_path / "people.jsonl"), lines, strict=True):
        told = [f"{name}={value}" for name, value in line.items() if name.startswith("participant.") and value]
        (said,) = checked(capsys, ROOT / "plans" / f"{line['plan']}.yaml", *asked, *(part for one in told for part in ("--set", one)))
        agree(row, said, book.core)


def test_the_year_is_the_latest_that_was_complete(book: Rulebook, tmp_path: Path) -> None:
    """Where none is said, as with `check`."""
    assert batch(PLANS[0], "-o", tmp_path / "out.csv", "--known", "2021-12-01") == 0
    assert [row["year"] for row in rows(book, tmp_path / "out.csv")] == [2022]


@pytest.mark.parametrize(("day", "allowed"), VERDICTS.items(), ids=str)
def test_amendments_count_by_their_adoption(
    book: Rulebook, amended: Path, capsys: pytest.CaptureFixture[str], day: str, allowed: tuple[str, str]
) -> None:
    """Of plans, and of participants of the plans; that one does not say when it was adopted is told where it matters."""
    folder, asked = amended.parent, ("--year", 2026, *(("--known", day) if day else ()))
    (folder / "people.csv").write_text("id,plan,participant.age_at_year_end\na,late,35\nb,bare,35\n", "utf-8")
    wanted = ["supported" if word == "yes" else "unsupported" for word in allowed]
    for inputs, name in (((amended,), "one.csv"), ((amended, folder / "people.csv"), "two.csv")):
        for _ in ("made", "there already"):
            assert batch(*inputs, "-o", folder / name, *asked) == 0
            told = capsys.readouterr().err
            message = "1 plan has an amendment that does not say when it was adopted, and counts as adopted on the effective date"
            assert told.count(f"warning[amendment-undated]: {message}\n") == bool(day)
        assert [row["verdict"] for row in rows(book, folder / name)] == wanted


# ------------------------------------------------------------------ what identifies a run


def test_the_day_is_part_of_the_run(book: Rulebook, amended: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The manifest has it, another day is another run, a row is explained as of it, and what it changed is told as the law's."""
    out, then = amended.with_name("out.csv"), amended.with_name("then.csv")
    assert batch(amended, "-o", then, "--year", 2026, "--known", "2026-05-01") == 0
    assert batch(amended, "-o", out, "--year", 2026, "--known", "2026-05-01") == 0
    assert json.loads(out.with_name("out.manifest.json").read_text("utf-8"))["known"] == "2026-05-01"
    assert rows(book, out)[0]["verdict"] == "unsupported"
    capsys.readouterr()
    assert main(["explain", "--from", str(out), "--row", "late", "plan.after_tax.allowed"]) == 0
    told = capsys.readouterr().out
    assert "· as known on 2026-05-01\n" in told
    assert "Voluntary after-tax contributions: no\n" in told
    assert main(["explain", "--from", str(out), "--row", "late", "--known", "2026-05-01"]) == 2
    assert "error[row-missing]" in capsys.readouterr().err
    assert batch(amended, "-o", out, "--year", 2026, "--against", then, "--table") == 0
    assert rows(book, out)[0]["verdict"] == "supported"
    told = capsys.readouterr().out
    assert "  1  unsupported → supported: input and law changed\n" in told
    assert "as known on" not in told
    assert batch(amended, "-o", out, "--year", 2026, "--known", "2026-05-01", "--table", "--report", out.with_name("out.html")) == 0
    assert "· as known on 2026-05-01\n" in capsys.readouterr().out
    assert "<dt>As known on</dt><dd>2026-05-01</dd>" in out.with_name("out.html").read_text("utf-8")


# ------------------------------------------------------------------ from Python


def test_frames_and_one_plan_as_of_the_day(book: Rulebook, amended: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`verdicts` gives what the batch writes, and `why` and `ask` the proof as of the day."""
    day = date(2026, 5, 1)
    plans = pl.read_csv(amended, infer_schema=False)
    people_ = pl.DataFrame({"id": ["a", "b"], "plan": ["late", "bare"], "participant.age_at_year_end": [35, 35]})
    people_.write_csv(amended.with_name("people.csv"))
    assert batch(amended, amended.with_name("people.csv"), "-o", amended.with_name("out.parquet"), "--year", 2026, "--known", day) == 0
    written = pl.read_parquet(amended.with_name("out.parquet")).drop("source", "row")
    assert planproof.verdicts(people_, year=2026, plans=plans, known=day).drop("source", "row").equals(written)
    assert planproof.verdicts(plans, year=2026, known=day)["verdict"].to_list() == ["unsupported", "supported"]
    verdict = planproof.why(people_, "a", year=2026, plans=plans, known=day)
    assert (verdict.word, verdict.answer.proof.context.known) == ("unsupported", day)
    asked = planproof.ask(PLANS[0], year=2026, known=date(2025, 11, 12))
    capsys.readouterr()
    (said,) = checked(capsys, PLANS[0], "--year", 2026, "--known", "2025-11-12")
    assert (asked.word, asked.answer.proof.context.known) == (said["verdict"], date(2025, 11, 12))
    assert [one.reason.name for one in asked.answer.missing] == [one["name"] for one in said["missing"]]
