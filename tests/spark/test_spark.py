"""Batches on Spark: the same bytes as a local run, whatever dies on the way; and frames of Spark like those of Polars."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from processes import Killer, executors, workers
from pyspark.sql import SparkSession

import planproof
from batches import PLANS, batch, people
from conftest import ROOT
from planproof import batch_command, spark
from planproof.batch import cluster, inputs
from planproof.batch.cluster import session
from planproof.batch.run import in_processes
from planproof.batch.worker import Worker

ROWS, A_PART = 1_200, 60
FAULTY = "x1,intel,old,1,1,yes\nx2,intl,40,1,1,yes\n"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of participants, among them some who cannot be read."""
    path = tmp_path_factory.mktemp("people") / "people.csv"
    path.write_text(people(ROWS) + FAULTY, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of few rows, so that there are many."""
    monkeypatch.setattr(inputs, "PARTICIPANTS_A_PART", A_PART)


def written(table: Path, folder: Path, form: str, *more: object) -> dict[str, bytes]:
    """The bytes of every file of a run."""
    folder.mkdir(exist_ok=True)
    batch(*PLANS, table, "--year", "2026", "-o", folder / f"out.{form}", *more)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def undisturbed(table: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a local run writes."""
    patch = pytest.MonkeyPatch()
    patch.setattr(inputs, "PARTICIPANTS_A_PART", A_PART)
    try:
        return written(table, tmp_path_factory.mktemp("local"), "parquet", "--workers", "1")
    finally:
        patch.undo()


def test_a_local_run_is_what_is_compared(undisturbed: dict[str, bytes], table: Path) -> None:
    """The local run has an answer for every row but those that cannot be read, and their rejects."""
    assert set(undisturbed) == {"out.parquet", "out.manifest.json", "out.rejects.csv"}
    assert pl.read_parquet(undisturbed["out.parquet"]).height == ROWS
    assert len(json.loads(undisturbed["out.manifest.json"])["parts"]) > ROWS // A_PART
    assert b"x1" in undisturbed["out.rejects.csv"]
    assert b"x2" in undisturbed["out.rejects.csv"]


def test_two_workers_write_the_same_bytes(table: Path, tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    """Output, rejects and manifest are those of the local run."""
    assert written(table, tmp_path / "out", "parquet", "--engine", "spark", "--master", "local[2]") == undisturbed


def _committed(folder: Path) -> int:
    return len(list((folder / "out.parts").glob("[0-9]*.json")))


@pytest.mark.parametrize(("master", "which"), [("local[2,4]", workers), ("local-cluster[2,1,1024]", executors)])
def test_what_is_killed_changes_nothing(master: str, which: Any, table: Path, tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    """A worker, or the whole executor of one, is killed while it does its first part; others do it, and write the same bytes."""
    folder = tmp_path / "out"
    with Killer(lambda: bool(workers()) and _committed(folder) == 0, which) as killer:
        found = written(table, folder, "parquet", "--engine", "spark", "--master", master)
    assert killer.killed is not None
    assert found == undisturbed


def test_spark_goes_on_where_a_local_run_stopped(
    table: Path, tmp_path: Path, undisturbed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A local run that dies after three parts is finished on Spark, which does the others alone."""

    class Died(Exception):
        pass

    def dies(workers: int, desk: Any, parts: Any) -> Iterator[int]:
        yield from in_processes(1, desk, parts[:3])
        raise Died

    done: list[int] = []

    def counted(master: str, desk: Any, parts: Any) -> Iterator[int]:
        done.extend(part.number for part in parts)
        yield from cluster.in_spark(master, desk, parts)

    monkeypatch.setattr(batch_command, "in_processes", dies)
    monkeypatch.setattr(batch_command, "in_spark", counted)
    (tmp_path / "out").mkdir()
    assert batch(*PLANS, table, "--year", "2026", "-o", tmp_path / "out" / "out.parquet") != 0
    assert _committed(tmp_path / "out") == 3
    assert written(table, tmp_path / "out", "parquet", "--engine", "spark", "--master", "local[2]") == undisturbed
    assert done == list(range(3, len(done) + 3))
    assert len(done) > 5


# ------------------------------------------------------------------ frames


@pytest.fixture
def here() -> Iterator[SparkSession]:
    """A session with two workers."""
    found = session("local[2]")
    yield found
    found.stop()


FRAME = pl.DataFrame(
    {
        "id": ["a", "b", "c", "d"],
        "plan": ["intel", "mit", "intel", "mit"],
        "participant.age_at_year_end": [45, 52, None, 63],
        "participant.compensation__cents": [25_000_050, 9_000_010, None, 40_000_000],
        "participant.other_plans.any": [False, None, True, None],
    }
)


def spark_rows(frame: Any) -> list[tuple[Any, ...]]:
    """The rows of a Spark frame of answers by id; a list is a tuple."""
    return sorted(tuple(tuple(cell) if isinstance(cell, list) else cell for cell in row) for row in frame.collect())


def test_a_frame_of_spark_is_answered_as_one_of_polars(here: SparkSession, tmp_path: Path) -> None:
    """The same rows, columns, values and types, but for where a row stood."""
    FRAME.write_parquet(tmp_path / "people.parquet")
    frame = here.read.parquet(str(tmp_path / "people.parquet")).repartition(3)
    found = spark.verdicts(frame, year=2026, plans=PLANS)
    expected = planproof.verdicts(FRAME, year=2026, plans=list(PLANS)).drop("source", "row")
    assert found.columns == expected.columns
    rows = [tuple(tuple(cell) if isinstance(cell, list) else cell for cell in row) for row in expected.sort("id").rows()]
    assert spark_rows(found) == rows
    found.write.parquet(str(tmp_path / "out"))
    again = pl.read_parquet(tmp_path / "out" / "*.parquet").sort("id")
    assert again.rows() == expected.sort("id").rows()
    assert dict(again.schema) == dict(expected.schema)


def test_a_row_that_cannot_be_used_says_why(here: SparkSession) -> None:
    """It has no verdict, and the others are answered."""
    frame = here.createDataFrame(
        [("a", "intel", "45"), ("b", "intl", "45"), ("c", "intel", "old")], ["id", "plan", "participant.age_at_year_end"]
    )
    found = {row["id"]: (row["verdict"], row["errors"]) for row in spark.verdicts(frame, year=2026, plans=PLANS).collect()}
    assert found["a"] == ("supported", [])
    assert found["b"] == (None, ["unknown-plan: there is no plan `intl` among the inputs in `plan`"])
    assert found["c"][0] is None
    assert found["c"][1][0].startswith("plan-value: `old` is not")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["plan"], "error[spark]: the rows have no column `id`"),
        (["id", "effective"], "error[spark]: a plan of several rows cannot be parted among workers"),
    ],
)
def test_frames_that_cannot_be_parted(columns: list[str], message: str, here: SparkSession) -> None:
    """What is wrong is told before any worker begins."""
    with pytest.raises(planproof.InvalidInput) as raised:
        spark.verdicts(here.createDataFrame([("x",) * len(columns)], columns), year=2026)
    assert str(raised.value).startswith(f"\n{message}")


def test_the_job_file_runs(here: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job file of the documentation writes what a frame of Polars gives."""
    FRAME.write_parquet(tmp_path / "people.parquet")
    monkeypatch.setattr(sys, "argv", ["spark_job.py", str(tmp_path / "people.parquet"), str(tmp_path / "out"), "2026", *PLANS])
    runpy.run_path(str(ROOT / "docs" / "examples" / "spark_job.py"), run_name="__main__")
    expected = planproof.verdicts(FRAME, year=2026, plans=list(PLANS)).drop("source", "row")
    assert pl.read_parquet(tmp_path / "out" / "*.parquet").sort("id").rows() == expected.sort("id").rows()


# ------------------------------------------------------------------ trouble


def test_no_java_is_told(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without Java the command says so, and writes nothing."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert batch(*PLANS, table, "--year", "2026", "-o", tmp_path / "out.csv", "--engine", "spark") == 2
    assert capsys.readouterr().err == (
        "error[spark]: Spark needs Java, and there is none\n   help: on Debian or Ubuntu: apt-get install openjdk-17-jre-headless\n"
    )
    assert not (tmp_path / "out.csv").exists()


def test_no_cluster_is_told(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name of a cluster that is none is told."""
    assert batch(*PLANS, table, "--year", "2026", "-o", tmp_path / "out.csv", "--engine", "spark", "--master", "mars") == 2
    told = "Spark does not start at `mars`: org.apache.spark.SparkException: Could not parse Master URL: 'mars'"
    assert f"error[spark]: {told}\n" in capsys.readouterr().err


def test_a_part_that_always_fails_ends_the_run(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a worker cannot do a part, the run stops with what is wrong, and what is done is kept."""

    def without_folder(master: str, desk: Any, parts: Any) -> Iterator[int]:
        yield from (Worker(desk).do(part) for part in parts[:1])
        yield from cluster.in_spark(master, replace(desk, folder=Path("/proc/nowhere")), parts[1:])

    monkeypatch.setattr(batch_command, "in_spark", without_folder)
    code = batch(*PLANS, table, "--year", "2026", "-o", tmp_path / "out.csv", "--engine", "spark", "--master", "local[2]")
    assert code == 2
    assert "error[spark]: Spark gave up: " in capsys.readouterr().err
    assert _committed(tmp_path) == 1
    assert not (tmp_path / "out.csv").exists()
