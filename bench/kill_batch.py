"""Kills a run of `planproof batch` at random moments, again and again, and holds what it ends with against one undisturbed.

`python bench/kill_batch.py [KILLS [FORM]]` from the root of the project, FORM csv, jsonl or parquet; says how many parts were
there after each kill, and exits with 1 if a byte differs, or if the run was at its end before so many kills.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
from os import killpg
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLANS = [str(ROOT / "plans" / f"{name}.yaml") for name in ("intel", "mit", "microsoft")]
_RUN = """
import sys
from planproof.batch import inputs
from planproof.cli import main
inputs.PARTICIPANTS_A_PART = 100
sys.exit(main(sys.argv[1:]))
"""


def people(count: int) -> str:
    """A table of participants, some of whose rows are wrong."""
    chance = random.Random(count)
    rows = (f"p{n},{chance.choice(('intel', 'mit', 'microsoft', 'x'))},{chance.randrange(10, 80)}" for n in range(count))
    return "\n".join(("id,plan,participant.age_at_year_end", *rows, ""))


def start(table: Path, output: Path) -> subprocess.Popen[bytes]:
    """A run in a group of processes of its own."""
    arguments = [sys.executable, "-c", _RUN, "batch", *PLANS, str(table), "-o", str(output)]
    return subprocess.Popen(arguments, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main(kills: int, form: str) -> int:
    """Kill so many times, then finish and compare."""
    chance = random.Random(kills)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table, whole, killed = folder / "people.csv", folder / f"whole.{form}", folder / f"killed.{form}"
        table.write_text(people(100 * 40 * kills), encoding="utf-8")
        done = 0
        while done < kills:
            running = start(table, killed)
            try:
                running.wait(chance.uniform(2, 9))
                break
            except subprocess.TimeoutExpired:
                killpg(running.pid, signal.SIGKILL) if chance.random() < 0.7 else running.kill()
                running.wait()
            done += 1
            parts = len(list((folder / "killed.parts").glob("*.json")))
            print(f"kill {done}: {parts} files of parts", flush=True)
        start(table, killed).wait()
        start(table, whole).wait()
        ends = (f".{form}", ".rejects.csv")
        alike = all((folder / f"killed{end}").read_bytes() == (folder / f"whole{end}").read_bytes() for end in ends)
    print(f"{done} kills: {'the same bytes' if alike else 'the bytes differ'}")
    return 0 if alike and done == kills else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, sys.argv[2] if len(sys.argv) > 2 else "csv"))
