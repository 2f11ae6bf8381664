"""A run that is killed goes on where it was, and ends with the bytes of one that is not."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from batches import PLANS, batch, people
from planproof.batch import inputs
from planproof.batch.places import Places

_RUN = """
import sys
from planproof.batch import inputs
from planproof.cli import main
inputs.PARTICIPANTS_A_PART = 4
sys.exit(main(sys.argv[1:]))
"""


def files(places: Places) -> dict[str, bytes]:
    """The files of a finished output."""
    assert not places.parts.exists(), list(places.parts.iterdir())
    return {path.name: path.read_bytes() for path in (places.output, places.rejects, places.manifest)}


def killed(arguments: list[str], after: float, *, workers_too: bool) -> bool:
    """Whether a run was still at work after some seconds, and was killed."""
    done = subprocess.Popen(
        [sys.executable, "-c", _RUN, *arguments], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        done.wait(after)
        return False
    except subprocess.TimeoutExpired:
        (os.killpg if workers_too else os.kill)(done.pid, signal.SIGKILL)
        done.wait()
        return True


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_killed_and_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """Killed again and again at random moments, with its workers or without them, a run ends as one undisturbed."""
    chance = random.Random(form)
    monkeypatch.setattr(inputs, "PARTICIPANTS_A_PART", 4)
    table = tmp_path / "people.csv"
    table.write_text(people(240) + "bad,intel,old,1,1,\n", "utf-8")
    whole, places = Places(tmp_path / "whole" / f"out.{form}"), Places(tmp_path / "killed" / f"out.{form}")
    whole.output.parent.mkdir()
    places.output.parent.mkdir()
    assert batch(*PLANS, table, "-o", whole.output, "--workers", 1) == 2
    arguments = ["batch", *PLANS, str(table), "-o", str(places.output), "--workers", "2"]
    kills = done = 0
    for _ in range(5):
        kills += killed(arguments, chance.uniform(0.5, 3), workers_too=chance.random() < 0.5)
        done = max(done, len(list(places.parts.glob("*.json"))))
    time.sleep(0.2)
    assert batch(*PLANS, table, "-o", places.output, "--workers", 2) == 2
    assert kills > 0
    assert files(places) == files(whole)


def test_a_damaged_piece_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces that were cut short, and a folder of another job, are not believed."""
    from planproof.batch import run

    monkeypatch.setattr(inputs, "PARTICIPANTS_A_PART", 4)
    table = tmp_path / "people.csv"
    table.write_text(people(20), "utf-8")
    places = Places(tmp_path / "out.csv")
    assert batch(*PLANS, table, "-o", places.output, "--workers", 1) == 0
    wanted = files(places)
    with monkeypatch.context() as patch:
        patch.setattr(run, "_finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        places.manifest.unlink()
        assert batch(*PLANS, table, "-o", places.output, "--workers", 1) == 2
    pieces = sorted(places.parts.glob("*.csv"))
    assert len(pieces) == 5
    pieces[0].write_bytes(pieces[0].read_bytes()[:-10])
    pieces[1].unlink()
    (places.parts / "000002.json").write_text("{", "utf-8")
    assert batch(*PLANS, table, "-o", places.output, "--workers", 1) == 0
    assert files(places) == wanted
    table.write_text(people(20, seed=2), "utf-8")
    assert batch(*PLANS, table, "-o", places.output, "--workers", 1) == 0
    assert files(places) != wanted


def test_an_output_that_is_there_is_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same arguments over the same contents find the output there; a changed output is made again."""
    places = Places(tmp_path / "out.csv")
    assert batch(*PLANS, "-o", places.output) == 0
    wanted = files(places)
    with monkeypatch.context() as patch:
        patch.setattr("planproof.batch_command.run", None)
        assert batch(*PLANS, "-o", places.output) == 0
    places.output.write_bytes(wanted["out.csv"] + b"x")
    assert batch(*PLANS, "-o", places.output) == 0
    assert files(places) == wanted
