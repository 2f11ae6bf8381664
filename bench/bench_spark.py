"""A batch of participants by local processes and on Spark, with one and with two workers, side by side.

    python bench/bench_spark.py [ROWS [ROUNDS]]

Needs the environment of `make spark`. Each way answers a quarter of the rows and all of them in each of two rounds: the
difference is the rate, and what it does not explain is what starting takes. The machine in Java is begun before; a
first start of it takes some seconds more.
"""

from __future__ import annotations

import contextlib
import io
import os
import platform
import sys
import time
from hashlib import sha256
from itertools import product
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from planproof.batch.cluster import session
from planproof.cli import main

ROOT = Path(__file__).resolve().parent.parent
PLANS = [str(ROOT / "plans" / f"{name}.yaml") for name in ("intel", "mit", "microsoft")]
WAYS = {
    "local, 1 process": ("--workers", "1"),
    "local, 2 processes": ("--workers", "2"),
    "Spark, 1 worker": ("--engine", "spark", "--master", "local[1]"),
    "Spark, 2 workers": ("--engine", "spark", "--master", "local[2]"),
}


def people(count: int) -> str:
    """A CSV table of participants, each different."""
    chance = Random(1)
    names = "age_at_year_end", "compensation", "elective_deferrals", "other_plans.any"
    lines = [",".join(("id", "plan", *(f"participant.{name}" for name in names)))]
    for number in range(count):
        plan, any_ = chance.choice(("intel", "mit", "microsoft")), chance.choice(("yes", "no"))
        pay, deferrals = chance.randrange(5_000_000, 40_000_000), chance.randrange(0, 24_500)
        lines.append(f"p{number},{plan},{chance.randrange(25, 70)},{pay // 100}.{pay % 100:02d},{deferrals},{any_}")
    return "\n".join((*lines, ""))


def seconds(table: Path, way: tuple[str, ...], out: Path) -> tuple[float, str]:
    """How long a run takes, and the hash of what it writes."""
    began = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = main(["batch", *PLANS, str(table), "--year", "2026", "-o", str(out), *way])
    assert code == 0, way
    taken, found = time.perf_counter() - began, sha256(out.read_bytes()).hexdigest()
    for path in out.parent.iterdir():
        path.unlink()
    return taken, found


def measure(count: int, rounds: int) -> None:
    """Print a line for each way."""
    print(f"{count:,} participants of 3 plans, {rounds} rounds; {os.cpu_count()} cores, Python {platform.python_version()}")
    hashes: dict[int, set[str]] = {count // 4: set(), count: set()}
    taken: dict[tuple[str, int], list[float]] = {(way, rows): [] for way in WAYS for rows in hashes}
    with TemporaryDirectory() as name:
        out = Path(name) / "out" / "out.parquet"
        out.parent.mkdir()
        for rows in hashes:
            (Path(name) / f"{rows}.csv").write_text(people(rows), encoding="utf-8")
        session("local[1]").stop()
        for _, way, rows in product(range(rounds), WAYS, hashes):
            spent, found = seconds(Path(name) / f"{rows}.csv", WAYS[way], out)
            taken[way, rows].append(spent)
            hashes[rows].add(found)
    assert all(len(found) == 1 for found in hashes.values()), "every way writes the same bytes"
    for way in WAYS:
        few, many = median(taken[way, count // 4]), median(taken[way, count])
        rate = (count - count // 4) / (many - few)
        print(f"{way:20} {many:6.1f} s in all, {many - count / rate:5.1f} s of them to start, {rate:8,.0f} rows a second")


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:]]
    measure(given[0] if given else 40_000, given[1] if len(given) > 1 else 2)
