"""Columns against the reference evaluator over many random rows: every definition, and of some rows the whole answer.

Rows come in blocks; the number of a block is its seed and, by turns, its year. What was compared stands in a file, a
line for each block, written when the block is done: run again, with as many or more rows, it goes on where it was. The
first rows of each block are answered in full by both, with the proof: verdict, amounts, what binds them, what is
missing, paths and pitfalls. Ends with exit code 1 if anything differs.

    python bench/bench_agreement.py [ROWS] [FILE]
"""

from __future__ import annotations

import sys
import time
from datetime import date
from pathlib import Path
from random import Random

from column_answers import answer_differences, expected
from column_rows import differences, frame_of
from planproof.answer import Answerer
from planproof.columns.backend import ColumnBackend
from planproof.evaluate import Evaluator
from planproof.plan import Asked
from planproof.rulebook import Rulebook, load_rulebook
from random_rows import RandomRows

BOOKS = Path(__file__).resolve().parent.parent
YEARS = (2020, 2023, 2024, 2025, 2026, 2027)
BLOCK, PROVED = 2000, 20


class Agreement:
    """Compares blocks of rows of one rule book."""

    def __init__(self, book: Rulebook) -> None:
        self._core = book.core
        self._answerer = Answerer(book)
        self._evaluator = Evaluator(book.core)
        self._backend = ColumnBackend(self._answerer)

    def block(self, number: int, count: int, proved: int) -> list[str]:
        """What differs in a block."""
        year = YEARS[number % len(YEARS)]
        asked, random = Asked(year, date(year, 12, 31)), Random(number)
        drawn = RandomRows(self._core, (year - 1, year), definite=0.7)
        rows = [drawn.draw(random) for _ in range(count)]
        found = differences(self._core, self._evaluator, rows, asked)
        results = self._backend.results(frame_of(self._core, rows[:proved]), asked).to_dicts()
        for facts, row in zip(rows[:proved], results, strict=True):
            found += answer_differences(row, expected(self._answerer, facts, asked))
        return [f"block {number}, year {year}: {difference}" for difference in found]


def main(rows: int, path: Path) -> int:
    """Compare what is not compared yet."""
    book, _, _ = load_rulebook(BOOKS / "rules")
    assert book is not None
    agreement, blocks = Agreement(book), -(-rows // BLOCK)
    told = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    done = {int(line.split()[1]): int(line.split()[3]) for line in told if line.startswith(f"{book.hash[:12]} ") and line.endswith(".")}
    for number in range(blocks):
        if number in done:
            continue
        start = time.perf_counter()
        found = agreement.block(number, BLOCK, PROVED)
        for difference in found[:5]:
            print(difference)
        done[number] = len(found)
        line = f"{book.hash[:12]} {number} {BLOCK} {len(found)} {time.perf_counter() - start:.1f} s."
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
        print(f"{len(done)} of {blocks} blocks, {sum(done.values())} differences", flush=True)
    print(f"{len(done) * BLOCK:,} rows, {len(done) * PROVED:,} of them with proofs: {sum(done.values())} differences")
    return 1 if any(done.values()) else 0


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(main(int(arguments[0]) if arguments else 10_000_000, Path(arguments[1] if len(arguments) > 1 else "agreement.txt")))
