"""One small rule book in planproof and in others: the same 59 definitions over the same rows, side by side in one run.

Every engine is checked before it is timed: planproof's reference evaluator against the rules by hand in Polars on some
hundreds of rows, and then each engine against the latter on every row that it is given, all twenty values. Then all run
in turn, several rounds. Printed are the medians: rows a second, rows in a second of processor time (which other work on
the machine disturbs little), and of both how many times faster planproof's columns were in the same round. Engines that
take a row at a time are given fewer rows.

    pip install -r bench/requirements.txt
    python bench/bench_peers.py [ROUNDS] [ROWS]
    POLARS_MAX_THREADS=1 python bench/bench_peers.py   # on one core, as the others
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError
from statistics import median

import polars as pl

from mini.engines import Engine, Table
from mini.entrants import MANY, Entrant, entrants
from mini.outputs import BEST_WAY, VERDICT
from mini.rows import columns

ROUNDS, SEED = 7, 2026


@dataclass(slots=True)
class Contest:
    """An engine that takes part, made ready, and the rates of its rounds."""

    label: str
    entrant: Entrant
    engine: Engine
    rows: int
    rates: list[float] = field(default_factory=list)
    rates_of_processor: list[float] = field(default_factory=list)

    def round(self) -> None:
        """One more round."""
        start, start_of_processor = time.perf_counter(), time.process_time()
        self.engine.run()
        self.rates_of_processor.append(self.rows / (time.process_time() - start_of_processor))
        self.rates.append(self.rows / (time.perf_counter() - start))

    def line(self, first: Contest) -> str:
        """The medians, and how many times as fast the first was."""
        rates, times = [], []
        for own, others in ((self.rates, first.rates), (self.rates_of_processor, first.rates_of_processor)):
            rates.append(f"{median(own):13,.0f}")
            times.append(shown(median(other / rate for other, rate in zip(others, own, strict=True))))
        return f"{self.label:50} {self.rows:9,} {rates[0]} {times[0]} {rates[1]} {times[1]}"


def shown(times: float) -> str:
    """How many times."""
    return f"{times:9,.2f} x" if times < 10 else f"{times:9,.0f} x"


def ready(table: Table, number: int) -> list[Contest]:
    """Every engine whose library is there, with its rows; of the others it is said that they are not."""
    found = []
    for entrant in entrants():
        rows = min(entrant.rows * number // MANY if entrant.vectors else entrant.rows, number)
        try:
            found.append(Contest(entrant.label(), entrant, entrant.made(table, rows), rows))
        except (ImportError, PackageNotFoundError) as missing:
            print(f"left out, since it is not installed: {missing}")
    return found


def checked(contests: Sequence[Contest]) -> pl.DataFrame:
    """The answers on which all engines agree; raises AssertionError where one differs."""
    frames = [(contest, contest.engine.frame(contest.engine.run())) for contest in contests]
    expected = max((frame for _, frame in frames), key=lambda frame: frame.height)
    for contest, frame in frames:
        assert frame.height == contest.rows, f"{contest.label}: {frame.height} answers to {contest.rows} rows"
        for name in expected.columns:
            wrong = (~frame[name].eq_missing(expected[name].head(frame.height))).sum()
            assert wrong == 0, f"{contest.label}: {wrong} of {frame.height} rows have another `{name}`"
    return expected


def main(arguments: Sequence[str]) -> None:
    """Check, then measure."""
    rounds, number = (int(text) for text in (*arguments, *(str(ROUNDS), str(MANY))[len(arguments) :]))
    contests = ready(columns(number, SEED), number)
    expected = checked(contests)
    counts = expected.group_by(VERDICT, BEST_WAY).len().sort("len", descending=True)
    print(f"{number:,} rows; all twenty values of every engine are equal on all its rows; verdicts and ways:")
    print("  " + ", ".join(f"{verdict or 'unknown'} by {way or 'unknown'} {times:,}" for verdict, way, times in counts.iter_rows()))
    for _ in range(rounds):
        for contest in contests:
            contest.round()
    print(f"\nmedians of {rounds} rounds in turn; Polars with {pl.thread_pool_size()} threads")
    print(f"{'engine':50} {'rows':>9} {'rows/s':>13} {'columns are':>11} {'rows/CPU s':>13} {'columns are':>11}")
    for contest in contests:
        print(contest.line(contests[0]))
    print("\nwhat each leaves out:")
    for contest in contests:
        print(f"  {contest.label}: {contest.entrant.leaves_out}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(sys.argv[1:])
