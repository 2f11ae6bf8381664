"""Writers that record in one ledger at once, and are killed at random: run by the tests as a program of its own.

`python ledger_writers.py LEDGER KILLS SEED` prints the entries that were acknowledged, a line each: number and hash.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from datetime import date
from pathlib import Path

from planproof.answer import Answerer
from planproof.ledger import Draft, Ledger
from planproof.plans import Loader
from planproof.receipts import drafted
from planproof.rulebook import load_rulebook

BOOK = Path(__file__).resolve().parent / "books" / "library"
WRITERS = 4
LONGEST = 0.08  # seconds that a writer lives


def drafts() -> list[Draft]:
    """Receipts of many questions, each with a proof of its own."""
    book, _, diagnostics = load_rulebook(BOOK)
    assert book is not None, diagnostics
    answerer, loader = Answerer(book), Loader(book)
    plan, _, _ = loader.plan(BOOK / "plans" / "ashford.yaml")
    assert plan is not None
    found = []
    for age in range(100):
        person, _, settings, _ = loader.participant_of(None, [f"participant.age={age}"])
        answer = answerer.answer(plan, person, 2026, date(2026, 12, 31), settings)
        found.append(drafted(answerer, answer, person, settings, private=False))
    return found


def write(ledger: Path, ready: list[Draft], told: int, seed: int) -> None:
    """Record until killed; tell of each entry once `append` has returned it."""
    choose = random.Random(seed)
    while True:
        with Ledger(ledger, writing=True) as opened:
            for _ in range(5):
                entries = opened.append(choose.sample(ready, choose.choice((1, 1, 3))))
                os.write(told, "".join(f"{entry.number} {entry.hash}\n" for entry in entries).encode())


def main(ledger: Path, kills: int, seed: int) -> None:
    """Keep writers at work and kill one after the other."""
    choose, ready = random.Random(seed), drafts()
    read, told = os.pipe()
    collector = os.fork()
    if collector == 0:
        os.close(told)
        with os.fdopen(read) as lines:
            sys.stdout.writelines(lines)
        sys.stdout.flush()
        os._exit(0)
    os.close(read)
    writers: list[int] = []
    for number in range(kills + WRITERS):
        child = os.fork()
        if child == 0:
            try:
                write(ledger, ready, told, seed * 1000 + number)
            finally:
                os._exit(1)  # a writer ends only by being killed
        writers.append(child)
        if len(writers) > WRITERS:
            time.sleep(choose.uniform(0.001, LONGEST))
            victim = writers.pop(choose.randrange(len(writers)))
            os.kill(victim, signal.SIGKILL)
            _, status = os.waitpid(victim, 0)
            assert os.WIFSIGNALED(status), "a writer stopped by itself"
    for writer in writers:
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
    os.close(told)
    os.waitpid(collector, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
