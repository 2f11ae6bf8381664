"""What the batch command says where Spark is not to be had. What it does with Spark is tested by `make spark`."""

from __future__ import annotations

from pathlib import Path

import pytest

from batches import PLANS, batch
from doc_blocks import DOCS, blocks
from planproof.batch import cluster


def test_spark_that_is_not_installed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The command says how to install it, and writes no output."""
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    assert batch(*PLANS, "-o", tmp_path / "out.csv", "--engine", "spark") == 2
    assert capsys.readouterr().err == "error[spark]: Spark is not installed\n   help: pip install 'planproof[spark]'\n"
    assert not (tmp_path / "out.csv").exists()


def test_a_cluster_without_its_engine_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A master alone would be passed over in silence."""
    assert batch(*PLANS, "-o", tmp_path / "out.csv", "--master", "local[2]") == 2
    assert capsys.readouterr().err == (
        "error[spark]: `--master` names a cluster, and the engine is none\n   help: say --engine spark too\n"
    )


def test_the_job_file_told_is_the_one_that_runs() -> None:
    """The page shows the job file as it is."""
    (shown,) = [block.text for block in blocks(DOCS / "spark.md") if block.language == "python"]
    assert shown == (DOCS / "examples" / "spark_job.py").read_text(encoding="utf-8")
