"""Columns against the reference evaluator over many random rows: every definition, and of some rows the whole answer.

Rows come in blocks; the number of a block is the seed of its walks and, by turns, tells its year. What became of a
block stands in a file, a line for each, written when the block is done: run again, with as many or more rows, it goes on
where it was. Lines of another rule book, or of other code, count for nothing. Rows that columns decline are told apart
and do not count. One row in a thousand is answered in full by both, with a proof that the verifier checks. Ends with
exit code 1 if anything differs; `--row` shows a row again, with what is stated in it and what differs.

    python bench/bench_agreement.py [ROWS] [FILE] [--processes N] [--row BLOCK/PLACE]
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from agreement import Agreement, Difference
from planproof.answer import Answerer
from planproof.core import Core
from planproof.flat import STATE_WORDS, column_name
from planproof.plan import Facts, Statement
from planproof.rulebook import Rulebook, load_rulebook
from planproof.types import Kind, shown
from planproof.values import State

ROOT = Path(__file__).resolve().parent.parent
BLOCK, PROVED_OF = 40_000, 1_000
COUNTS = ("rows", "compared", "flawed", "unsure", "void", "proved")
ENGINE = "answer core decide evaluate evaluate_rows evaluate_stated flat functions logic order plan run types values batch/columnar".split()
BENCH = "agreement column_answers followed incremental random_rows random_walks".split()


def code_hash() -> str:
    """The hash of the code on both sides and of what makes the rows."""
    engine = ROOT / "engine" / "planproof"
    paths = [engine / f"{name}.py" for name in ENGINE] + sorted(
        path for path in (engine / "columns").rglob("*.*") if path.parent.name != "__pycache__"
    )
    paths += [ROOT / "bench" / f"{name}.py" for name in BENCH]
    return sha256(b"".join(sha256(path.read_bytes()).digest() for path in paths)).hexdigest()


def years(core: Core) -> list[int]:
    """Every year of which the rule book has a figure."""
    return sorted({value.key for parameter in core.parameters for value in parameter.values if value.key is not None})


class Done:
    """The file of what is done."""

    def __init__(self, path: Path, key: dict[str, str]) -> None:
        self._path = path
        self._key = key

    def blocks(self) -> dict[int, dict[str, Any]]:
        """What became of each block; a line that was cut off, or is about something else, is passed over."""
        found = {}
        for line in self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else ():
            try:
                data = json.loads(line)
            except json.JSONDecodeError:
                continue
            if self._key.items() <= data.items():
                found[data["block"]] = data
        return found

    def add(self, data: dict[str, Any]) -> None:
        """Writes down one block, on a line of its own."""
        text = json.dumps(self._key | data)
        with self._path.open("ab+") as file:
            file.seek(max(0, file.tell() - 1))
            start = "" if file.read(1) in (b"", b"\n") else "\n"
            file.write(f"{start}{text}\n".encode())


def rulebook() -> Rulebook:
    """The rule book that ships."""
    book, _, _ = load_rulebook(ROOT / "rules")
    assert book is not None, "the rule book that ships compiles"
    return book


def work(share: int, shares: int, rows: int, path: Path, key: dict[str, str]) -> None:
    """Compares one block in so many, until all together have compared so many rows; ends after a block if it is left alone."""
    book, done = rulebook(), Done(path, key)
    agreement = Agreement(Answerer(book), years(book.core))
    while (told := total(done.blocks(), "compared")) < rows:
        blocks = done.blocks()
        block = next(number for number in count(share, shares) if number not in blocks)
        start = time.process_time()
        found = agreement.block(block, BLOCK, PROVED_OF)
        spent = time.process_time() - start
        done.add({"block": block, **asdict(found), "seconds": round(spent, 2)})
        for difference in found.differences:
            print(difference)
        for place in sorted({difference.place for difference in found.differences})[:1]:
            print("\n".join(facts_text(book.core, agreement.row(block, place))))
        print(f"block {block}, year {found.year}: {BLOCK / spent:,.0f} rows a second; {told + found.compared:,} rows so far", flush=True)
        parent = multiprocessing.parent_process()
        if parent is not None and not parent.is_alive():
            return


def total(blocks: dict[int, dict[str, Any]], name: str) -> int:
    """The sum of a count."""
    return sum(int(data[name]) for data in blocks.values())


def facts_text(core: Core, facts: Facts) -> Iterator[str]:
    """What is stated, a line for each fact and each row of a list."""
    kinds = {fact.name: fact.type.kind for fact in core.facts}
    for (name, year), said in sorted(facts.statements.items(), key=lambda item: (item[0][0], item[0][1] or 0)):
        yield f"  {column_name(name, year)}: {_text(kinds[name], said)}"
    for listed in core.lists:
        rows = facts.lists.get(listed.name)
        if rows is not None and rows.state is not State.STATED:
            yield f"  {listed.name}: {STATE_WORDS[rows.state]}"
        for number, row in enumerate(rows.rows if rows else (), 1):
            cells = [f"{column.name}: {_text(column.type.kind, row[column.name])}" for column in listed.columns if column.name in row]
            yield f"  {listed.name} {number}: {', '.join(cells)}"


def _text(kind: Kind, said: Statement) -> str:
    return shown(said.value, kind) if said.state is State.STATED else STATE_WORDS[said.state]


def row_named(text: str) -> tuple[int, int]:
    """A block and a row in it."""
    block, place = map(int, text.split("/"))
    if block < 0 or not 0 <= place < BLOCK:
        raise ValueError
    return block, place


def positive(text: str) -> int:
    """A number of at least one."""
    if int(text) < 1:
        raise ValueError
    return int(text)


def show(block: int, place: int) -> int:
    """Shows a row of a block again."""
    book = rulebook()
    agreement = Agreement(Answerer(book), years(book.core))
    print("\n".join(facts_text(book.core, agreement.row(block, place))))
    found = agreement.block(block, BLOCK, PROVED_OF, only=place)
    print("\n".join(map(str, found.differences)) or "nothing differs")
    return 1 if found.differences else 0


def report(blocks: dict[int, dict[str, Any]]) -> int:
    """The counts of each year and of all; the exit code."""
    print(f"{'year':>6}" + "".join(f"{name:>13}" for name in COUNTS))
    for year in sorted({data["year"] for data in blocks.values()}):
        of_year = {number: data for number, data in blocks.items() if data["year"] == year}
        print(f"{year:>6}" + "".join(f"{total(of_year, name):>13,}" for name in COUNTS))
    print(f"{'all':>6}" + "".join(f"{total(blocks, name):>13,}" for name in COUNTS))
    found = [Difference(**difference) for data in blocks.values() for difference in data["differences"]]
    print(f"{len(found)} differences")
    for difference in found[:20]:
        print(difference)
    return 1 if found else 0


def main() -> int:
    """Compare what is not compared yet, in processes of one thread each."""
    parser = ArgumentParser(description="Compare columns with the reference evaluator over random rows.")
    parser.add_argument("rows", nargs="?", type=positive, default=10_000_000, help="how many rows are to be compared in all")
    parser.add_argument("file", nargs="?", type=Path, default=Path("agreement.txt"), help="what is done already, and then too")
    parser.add_argument("--processes", type=positive, default=1, help="how many work at once")
    parser.add_argument("--row", type=row_named, metavar="BLOCK/PLACE", help="show this row again")
    args = parser.parse_args()
    if args.row:
        return show(*args.row)
    os.environ["POLARS_MAX_THREADS"] = "1"
    key = {"rules": rulebook().hash[:16], "code": code_hash()[:16]}
    context = multiprocessing.get_context("spawn")
    working = [
        context.Process(target=work, args=(n, args.processes, args.rows, args.file, key), daemon=True) for n in range(args.processes)
    ]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # those that work end too
    for process in working:
        process.start()
    for process in working:
        process.join()
    ended = report(Done(args.file, key).blocks())
    return ended or int(any(process.exitcode for process in working))


if __name__ == "__main__":
    sys.exit(main())
