"""`planproof batch` as a process, from Parquet to Parquet: rows in a second, and the most memory of all its processes.

    python bench/bench_batch.py [--facts few|all] [--files COUNT] [--workers COUNT] [ROWS ...]

The rows are participants of the plans in `plans/`: of `few`, the eight facts of `bench/people.py` are told; of `all`, each
fact of a participant of 95 in 100. With `--files`, so many copies of the plan files, with ids of their own, take the
place of the plans: they are answered by themselves first, and then participants of them.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from planproof.rulebook import load_rulebook
from planproof.types import Kind
from whole_rows import ROOT, people

AT_ONCE = 250_000
_EVERY = 0.05  # seconds between two looks at memory


# ------------------------------------------------------------------ inputs


def few() -> Iterator[pl.Expr]:
    """What a recordkeeper knows of everybody."""
    place = pl.col("row")
    pay = (place.hash(1) % 760 * 500 + 40_000).cast(pl.Int64)
    yield (place.hash(2) % 51 + 21).cast(pl.Int64).alias("participant.age_at_year_end")
    yield pay.alias("participant.compensation")
    yield pay.alias("participant.plan_compensation")
    yield pl.min_horizontal(pl.lit(24_500), pay * _one_of(place.hash(3), (0, 3, 6, 10, 15)) // 100).alias("participant.elective_deferrals")
    yield (pay * 5 // 100).alias("participant.employer_contributions")
    yield _one_of(place.hash(4), (0, 0, 0, 5_000, 20_000, 40_000)).alias("participant.after_tax_contributions")
    yield pl.lit(0).alias("participant.forfeitures")
    yield _one_of(place.hash(5), (False, False, False, None)).alias("participant.other_plans.any")


def _one_of(drawn: pl.Expr, values: Sequence[object]) -> pl.Expr:
    return pl.lit(pl.Series(values)).gather(drawn % len(values))


def every() -> Iterator[pl.Expr]:
    """Each fact of a participant, in columns of the flat form."""
    book, _, _ = load_rulebook(ROOT / "rules")
    assert book is not None
    kinds = {fact.name: fact.type.kind for fact in book.core.facts}
    for column in people(book.core):
        name = column.meta.output_name()
        match kinds[name]:
            case Kind.MONEY:
                yield column.alias(f"{name}__cents")
            case Kind.RATE:
                yield (column // 10**6).alias(f"{name}__percent")
            case Kind.NUMBER:
                yield column // 10**6
            case Kind.CHOICE:
                yield column.cast(pl.String)
            case _:
                yield column


def write_people(path: Path, count: int, plans: Sequence[str], facts: str) -> None:
    """So many participants as a Parquet file, in turn of each plan."""
    rows = pl.LazyFrame({"row": pl.int_range(count, eager=True)})
    ids = pl.concat_str(pl.lit("p"), pl.col("row")).alias("id")
    plan = pl.lit(pl.Series(plans)).gather(pl.col("row") % len(plans)).alias("plan")
    parts = [rows.slice(first, AT_ONCE).select(ids, plan, *(few() if facts == "few" else every())) for first in range(0, count, AT_ONCE)]
    pl.concat(parts).sink_parquet(path)


def copies(folder: Path, count: int) -> list[str]:
    """Copies of the plan files, each with an id of its own; gives back the ids."""
    folder.mkdir()
    texts = [path.read_text("utf-8") for path in sorted(ROOT.glob("plans/*.yaml"))]
    names = [f"plan-{number}" for number in range(count)]
    for number, name in enumerate(names):
        (folder / f"{name}.yaml").write_text(texts[number % len(texts)], "utf-8")
    return names


# ------------------------------------------------------------------ runs


@dataclass(frozen=True, slots=True)
class Run:
    """How long a run took, by the clock and of processors, and the most memory that its processes had together, in bytes."""

    seconds: float
    processor: float
    memory: int


def run(inputs: Sequence[Path], output: Path, workers: int) -> Run:
    """Run the command."""
    arguments = [sys.executable, "-m", "planproof", "batch", *map(str, inputs), "-o", str(output), "--workers", str(workers)]
    before = _processor()
    begun = time.perf_counter()
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL) as process:
        most = 0
        while process.poll() is None:
            most = max(most, sum(map(_memory, _family(process.pid))))
            time.sleep(_EVERY)
    assert process.returncode == 0, "the run failed"
    return Run(time.perf_counter() - begun, _processor() - before, most)


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _family(process: int) -> list[int]:
    """A process and all that descend from it."""
    try:
        children = [int(text) for task in Path(f"/proc/{process}/task").iterdir() for text in (task / "children").read_text().split()]
    except OSError:
        return []
    return [process, *(one for child in children for one in _family(child))]


def _memory(process: int) -> int:
    """What a process has in memory; what it shares with others is counted for each."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def told(label: str, rows: int, found: Run) -> None:
    """Prints a line."""
    print(
        f"{label:28} {rows:10,} rows {found.seconds:8.1f} s {rows / found.seconds:9,.0f} rows/s "
        f"{found.processor:8.1f} s of processor {rows / found.processor:9,.0f} rows/s {found.memory / 1e6:7,.0f} MB",
        flush=True,
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--facts", choices=("few", "all"), default="few")
    parser.add_argument("--files", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("rows", type=int, nargs="*", default=[10_000, 100_000, 1_000_000, 10_000_000])
    args = parser.parse_args()
    print(f"{args.workers} workers, load {os.getloadavg()[0]:.1f}, {os.environ.get('POLARS_MAX_THREADS', 'all')} threads of Polars")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plans = ROOT / "plans"
        names = sorted(path.stem for path in plans.glob("*.yaml"))
        if args.files:
            plans = folder / "plans"
            names = copies(plans, args.files)
            told("plan files", args.files, run([plans], folder / "plans.parquet", args.workers))
        for rows in args.rows:
            table = folder / "people.parquet"
            write_people(table, rows, names, args.facts)
            told(f"participants, {args.facts} facts", rows, run([plans, table], folder / "out.parquet", args.workers))


if __name__ == "__main__":
    main()
