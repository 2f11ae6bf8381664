"""The whole rule book over participants of the plans in `plans/`: rates, growth with the number of rows, and memory.

Rows are answered as a batch answers them: verdict, amounts and what binds them, paths, pitfalls; and once more with
what is missing, in lists of names. The rate per definition, and per operation on a column that definitions are made of, is
held against that of the mini rule book in the same run.

    python bench/bench_columns.py [ROWS ...]
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from statistics import median

import polars as pl

from mini.outputs import OUTPUTS
from mini.reference import ASKED as MINI_ASKED
from mini.reference import book as mini_book
from mini.rows import as_frame, columns
from planproof.answer import Answerer
from planproof.columns.backend import ColumnBackend
from planproof.columns.compiled import Columns, Compiled
from planproof.columns.lower import Lowering
from planproof.columns.nodes import Op, walk
from planproof.plan import Asked
from planproof.rulebook import load_rulebook
from whole_rows import ROOT, whole_rows

ASKED = Asked(2026, date(2026, 12, 31))
TURNS, AT_ONCE = 2, 1_000_000


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """The medians of wall time and processor time of some calls, after one that compiles."""
    work()
    walls, processors = [], []
    for _ in range(TURNS):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return median(walls), median(processors)


def told(label: str, rows: int, definitions: int, found: tuple[float, float]) -> float:
    """Prints a line; gives the nanoseconds of processor time for one definition of one row."""
    each = found[1] / rows / definitions * 1e9
    print(f"{label:44} {rows:10,} rows {rows / found[0]:12,.0f} rows/s {rows / found[1]:12,.0f} rows/s of processor {each:7.2f} ns")
    return each


def operations(compiled: Compiled) -> int:
    """How many operations on columns the values of what is asked are made of."""
    nodes = [node for output in compiled.outputs for node in output.nodes]
    steps = (step for pair in Lowering().lowered(nodes).values() for step in pair)
    return sum(step.op not in (Op.CONSTANT, Op.INPUT) for step in walk(steps))


def main(counts: list[int]) -> None:
    """Measure."""
    book, _, _ = load_rulebook(ROOT / "rules")
    assert book is not None
    core, backend = book.core, ColumnBackend(Answerer(book))
    assert core.verdict is not None
    print(f"{pl.thread_pool_size()} threads; times of a definition are processor time")
    mini = mini_book().core
    table = as_frame(columns(AT_ONCE, 2026))
    small = Columns(mini, OUTPUTS, MINI_ASKED)
    mini_each = told("mini rule book", AT_ONCE, len(mini.definitions), seconds(lambda: small.run(table)))
    mini_operations = operations(small.compiled(table, fold=True))
    print(f"{'':44} {mini_operations:,} operations, {mini_operations / len(mini.definitions):.1f} a definition")
    answers = Columns(core, backend.names, ASKED, decided=core.verdict.amounts)
    for count in counts:
        rows, rest = whole_rows(book, min(count, AT_ONCE)), max(1, count // AT_ONCE)
        found = seconds(partial(again, rest, partial(answers.run, rows)))
        each = told("whole rule book, answers", len(rows) * rest, len(core.definitions), found)
        made_of = operations(answers.compiled(rows, fold=True))
        print(f"{'':44} {made_of:,} operations, {made_of / len(core.definitions):.1f} a definition")
        of_operation = each * len(core.definitions) / made_of / (mini_each * len(mini.definitions) / mini_operations)
        print(f"{'':44} {each / mini_each:.2f} times the mini rule book's, {of_operation:.2f} times by operation")
        print(f"{'':44} most memory so far {memory():,} MB")
        if count <= AT_ONCE:
            found = seconds(partial(backend.results, rows, ASKED))
            told("whole rule book, with missing facts", len(rows), len(core.definitions), found)


def again(times: int, work: Callable[[], object]) -> None:
    """Work done so many times, each result dropped before the next."""
    for _ in range(times):
        work()


def memory() -> int:
    """The most memory that the process had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]] or [10_000, 100_000, 1_000_000, 10_000_000])
