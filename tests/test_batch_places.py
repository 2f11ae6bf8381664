"""Where a batch writes: nothing that a run wrote is read again, no input is written over, and one run writes at a time."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from batches import PLANS, batch, people, rows
from planproof.batch.places import BEGUN, Places
from planproof.batch.worker import aside
from planproof.rulebook import Rulebook

INTEL = Path(PLANS[0])
_RUN = """
import sys
from planproof.batch import inputs
from planproof.cli import main
inputs.PARTICIPANTS_A_PART = 20
sys.exit(main(sys.argv[1:]))
"""

# ------------------------------------------------------------------ outputs among inputs


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one plan, in which the command runs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "intel.yaml").write_bytes(INTEL.read_bytes())
    return tmp_path


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("names", [".", "*.*"])
def test_what_a_run_wrote_is_not_read(book: Rulebook, folder: Path, capsys: pytest.CaptureFixture[str], form: str, names: str) -> None:
    """Run again over the folder that it wrote into, with all that it can write, a batch answers for the same inputs and says so."""
    asked = (names, "-o", f"out.{form}")
    assert batch(*asked) == 0
    assert batch("intel.yaml", "-o", "other.jsonl", "--against", f"out.{form}", "--summary") == 0
    capsys.readouterr()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert batch(*asked) == 0
    told = capsys.readouterr().err
    assert told.startswith("not read, as a batch wrote them: `other.changes.csv`, `other.jsonl`, `other.manifest.json`, ")
    assert told.count("\n") == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [row["id"] for row in rows(book, folder / f"out.{form}")] == ["intel"]


def test_what_an_interrupted_run_wrote_is_not_read(book: Rulebook, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Killed between its output and its manifest, a run is known by the job beside its pieces, which no pattern reads either."""
    assert batch(".", "-o", "out.csv") == 0
    places = Places(folder / "out.csv")
    job = {name: value for name, value in json.loads(places.manifest.read_text("utf-8")).items() if name != "tally"}
    places.manifest.unlink()
    places.parts.mkdir()
    (places.parts / BEGUN).write_text(json.dumps(job), "utf-8")
    (places.parts / "000000.json").write_text("{}", "utf-8")
    capsys.readouterr()
    assert batch("**/*.*", "-o", "new.csv") == 0
    told = capsys.readouterr().err
    names = ("out.csv", "out.parts/000000.json", "out.parts/job.json", "out.rejects.csv")
    assert told == f"not read, as a batch wrote them: {', '.join(f'`{name}`' for name in names)}\n"
    assert [row["id"] for row in rows(book, folder / "new.csv")] == ["intel"]


def test_a_manifest_of_something_else_is_an_input(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only what a manifest of a batch names is passed over."""
    (folder / "cargo.manifest.json").write_text('{"format": "cargo", "output": {"file": "intel.yaml"}}', "utf-8")
    (folder / "ship.manifest.json").write_text("[" * 100_000, "utf-8")
    assert batch(".", "-o", "out.csv") == 2
    assert "2 rejected" in capsys.readouterr().out
    assert {line.split(",")[1] for line in (folder / "out.rejects.csv").read_text("utf-8").splitlines()[1:]} == {
        "cargo.manifest.json",
        "ship.manifest.json",
    }


@pytest.mark.parametrize("name", ["people.csv", "./people.csv", "people.rejects.csv"])
def test_no_input_is_written_over(folder: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """An output, or what stands beside it, that is an input is refused, and the input stays."""
    (folder / name).write_text("id,participant.age_at_year_end\na,35\n", "utf-8")
    for asked in ((name,), (".",)):
        assert batch("intel.yaml", *asked, "-o", "people.csv") == 2
        assert f"`{Path(name).as_posix()}` is an input, and would be written over" in capsys.readouterr().err
    assert {path.name for path in folder.iterdir()} == {"intel.yaml", Path(name).name}


@pytest.mark.parametrize("name", ["out.csv", "out.manifest.json", "out.rejects.csv", "out.summary.json", "out.changes.csv"])
def test_a_folder_is_in_the_way(folder: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Where an output, or what stands beside it, is a folder, it is told before the work."""
    (folder / name).mkdir()
    assert batch("intel.yaml", "-o", "out.csv") == 2
    assert f"cannot write `{name}`: it is a folder" in capsys.readouterr().err
    assert {path.name for path in folder.iterdir()} == {"intel.yaml", name}


def test_a_file_is_in_the_way(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the folder of pieces is a file, the file stays."""
    (folder / "out.parts").write_text("mine", "utf-8")
    assert batch("intel.yaml", "-o", "out.csv") == 2
    assert "cannot write into `out.parts`: it is no folder" in capsys.readouterr().err
    assert (folder / "out.parts").read_text("utf-8") == "mine"


def test_what_cannot_be_finished_leaves_nothing_behind(folder: Path) -> None:
    """A file whose writing fails is removed."""
    (folder / "there").mkdir()
    with pytest.raises(IsADirectoryError), aside(folder / "there") as place:
        place.write_text("whole", "utf-8")
    assert {path.name for path in folder.iterdir()} == {"intel.yaml", "there"}


def test_interrupted_by_hand(folder: Path) -> None:
    """Ctrl-C ends a run in words, and what is done stays for the next."""
    (folder / "people.csv").write_text(people(4_000, ("intel",)), "utf-8")
    command = [sys.executable, "-c", _RUN, "batch", "intel.yaml", "people.csv", "-o", "out.csv", "--workers", "1"]
    done = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
    while done.poll() is None and not (folder / "out.parts" / "000001.json").exists():
        time.sleep(0.01)
    done.send_signal(signal.SIGINT)
    _, told = done.communicate(timeout=60)
    assert (done.returncode, "Traceback" in told) == (2, False)
    assert "what is done is kept: run again to go on\ninterrupted\n" in told
    assert (folder / "out.parts" / "000001.json").exists()


# ------------------------------------------------------------------ one at a time


def locked(path: Path) -> bool:
    """Whether a process holds the lock of a file."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_second_run_into_one_output_is_refused(book: Rulebook, folder: Path) -> None:
    """While a run waits for an input (a pipe), another into the output is refused; once it is killed, the next is not."""
    os.mkfifo(folder / "people.csv")
    command = [sys.executable, "-m", "planproof", "batch"]
    first = subprocess.Popen([*command, "intel.yaml", "people.csv", "-o", "out.csv"], cwd=folder)
    try:
        lock = Places(folder / "out.csv").lock
        while not locked(lock):
            assert first.poll() is None
            time.sleep(0.01)
        for name in ("out.csv", "out.parquet"):
            second = subprocess.run([*command, "intel.yaml", "-o", name], cwd=folder, capture_output=True, text=True, check=False)
            assert (second.returncode, second.stdout) == (2, "")
            assert f"error[output-busy]: another run is making `{name}`" in second.stderr
        assert batch("intel.yaml", "-o", "other.csv") == 0, "another output is free"
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert lock.exists(), "as nothing could remove it"
    assert batch("intel.yaml", "-o", "out.csv") == 0
    assert not lock.exists()
    assert [row["id"] for row in rows(book, folder / "out.csv")] == ["intel"]
