"""What an auditor waits for, side by side in one run: a row for each piece of work, over every plan, warm.

A row tells the median over the plans, the slowest plan, and the median of the ratios to a proof of the same plan. Each
time is the least of some turns (of `missing`: one), in processor time, as what else the machine does only adds to it.
Checking is with the plan file: of a proof that the verifier has checked before, and of one whose like it has only seen for
other plans.

    python bench/bench_audit.py
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

from bench_verdict import SETTINGS
from planproof.answer import Answer, Answerer
from planproof.encode import Data, Encoder
from planproof.missing import missing
from planproof.plan import Asked, Facts, Participant, Plan, Settings
from planproof.plans import Loader
from planproof.proof import Context, Proof
from planproof.proof_text import read_proof
from planproof.rulebook import Rulebook, load_rulebook
from planproof.suppose import Supposer
from planproof.verify import Verifier
from planproof.verify_inputs import Given
from planproof.wanted import Wanted, best, wanted
from planproof.why_not import why_not

ROOT = Path(__file__).resolve().parent.parent
ASKED = Asked(2026, date(2026, 12, 31))
TURNS, MISSING = 5, "missing, for the verdict and all amounts"


@dataclass(frozen=True)
class Case:
    """A plan as it stands, with what is told of a participant; its proof as another program reads it."""

    given: Given
    facts: Facts
    context: Context
    data: Data
    answer: Answer


class Bench:
    """The pieces of work, over what is made once for a rule book."""

    def __init__(self, book: Rulebook) -> None:
        self.answerer = Answerer(book)
        self.encoder = Encoder(self.answerer)
        self.verifier = Verifier(book)
        self.supposer = Supposer(self.answerer.evaluator)
        found = wanted(book, best(book))
        assert isinstance(found, Wanted), "the first option of the verdict can be wanted"
        self.wanted = found
        self.rows: Mapping[str, Callable[[Case], object]] = {
            "proof": self.prove,
            "proof as sealed JSON data": lambda case: self.encoder.proof(self.prove(case)),
            "why-not, the best verdict": lambda case: why_not(self.supposer, case.facts, ASKED, self.wanted),
            MISSING: lambda case: missing(self.answerer, case.answer),
            "check of sealed JSON data, known": lambda case: self.check(self.verifier, case),
        }

    def case(self, plan: Plan, person: Participant | None, settings: Settings) -> Case:
        """A plan to be worked on."""
        assert ASKED.year is not None
        assert ASKED.date is not None
        answer = self.answerer.answer(plan, person, ASKED.year, ASKED.date, settings)
        facts = plan.on(ASKED.date).joined(person.facts) if person else plan.on(ASKED.date)
        data = read_proof(json.dumps(self.encoder.proof(answer.proof)))
        return Case(Given(plan, person, settings), facts, answer.proof.context, data, answer)

    def prove(self, case: Case) -> Proof:
        """The verdict with all its amounts, paths and pitfalls, and their proof."""
        return self.answerer.prove(case.facts, ASKED, case.context)[0]

    def check(self, verifier: Verifier, case: Case) -> None:
        """The check of a proof, which is sound."""
        found = verifier.verify(case.data, case.given)
        assert found.fault is None, found.fault
        assert not found.unchecked

    def first_checks(self, cases: Sequence[Case]) -> list[float]:
        """Milliseconds for the check of each proof by a verifier that has seen every second plan but never that one."""
        times = {}
        for start in (0, 1):
            verifier = Verifier(self.answerer.book)
            for case in cases[start::2]:
                self.check(verifier, case)
            for case in cases[1 - start :: 2]:
                times[id(case)] = spent(self.check, verifier, case)
        return [times[id(case)] for case in cases]


def spent(work: Callable[..., object], *on: object) -> float:
    """Milliseconds of processor time for one call."""
    start = time.process_time()
    work(*on)
    return (time.process_time() - start) * 1000


def told(name: str, times: Sequence[float], proofs: Sequence[float]) -> None:
    """One row of the table."""
    ratio = median(one / proof for one, proof in zip(times, proofs, strict=True))
    print(f"  {name:40}{median(times):9.2f} ms{max(times):9.2f} ms{ratio:9.1f}")


def main() -> None:
    """Measures without a participant and with one."""
    book, _, diagnostics = load_rulebook(ROOT / "rules")
    assert book is not None, diagnostics
    loader = Loader(book)
    plans = [plan for plan, _, _ in map(loader.plan, sorted(ROOT.glob("plans/*.yaml"))) if plan is not None]
    for what, texts in (("no participant", ()), ("a participant", SETTINGS)):
        person, _, settings, _ = loader.participant(None, texts)
        bench = Bench(book)
        cases = [bench.case(plan, person, settings) for plan in plans]
        print(f"{len(cases)} plans, {what:32}   median      slowest  to proof")
        times = {
            name: [min(spent(work, case) for _ in range(1 if name == MISSING else TURNS)) for case in cases]
            for name, work in bench.rows.items()
        }
        turns = [bench.first_checks(cases) for _ in range(TURNS)]
        times["check of sealed JSON data, new"] = [min(several) for several in zip(*turns, strict=True)]
        for name, found in times.items():
            told(name, found, times["proof"])


if __name__ == "__main__":
    main()
