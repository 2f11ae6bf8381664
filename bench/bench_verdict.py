"""A verdict with its proof, beside the same rules written by hand in plain Python without one.

Both answer over the same facts, warm, in one process, in turns. The engine answers everything: the verdict, its
amounts, what each path taxes and withholds, every pitfall and its cost. The rules by hand answer a part of that, as
`by_hand` says; all of that part is compared first. Prints medians of the turns, and their ratio.

    python bench/bench_verdict.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

from by_hand import COVERED, EARNINGS, NONE, NOT_TOLD, PITFALLS
from by_hand import Facts as HandFacts
from by_hand import answer as answer_by_hand
from planproof.answer import Answerer
from planproof.encode import Encoder
from planproof.plan import Asked, Facts
from planproof.plans import Loader
from planproof.proof import Context
from planproof.rulebook import load_rulebook
from planproof.values import Result, State, Unknown

ROOT = Path(__file__).resolve().parent.parent
ROUNDS, REPEATS = 30, 20
SETTINGS = (
    "participant.age_at_year_end=52",
    "participant.age_at_withdrawal=52",
    "participant.compensation=250000",
    "participant.plan_compensation=250000",
    "participant.elective_deferrals=30000",
    "participant.after_tax_contributions=10000",
    "participant.fica_wages for 2025=140000",
    "participant.forfeitures=0",
    "participant.other_plans.any=no",
    "participant.self_employment.sponsor=no",
)


def plain(facts: Facts) -> HandFacts:
    """The facts as the hand-written rules take them: name to value, or `NOT_TOLD` for what is said not to be known."""
    found: HandFacts = {name: said.value if said.state is State.STATED else NOT_TOLD for (name, _), said in facts.statements.items()}
    for name, rows in facts.lists.items():
        if rows.state is State.STATED:
            found[name] = [{column.split(".")[-1]: cell.value for column, cell in row.items()} for row in rows.rows]
    return found


def value(result: Result) -> object:
    """A result as the hand-written rules give it."""
    return None if isinstance(result, Unknown) else NONE if result is None else result


def timed(work: Callable[[], object]) -> float:
    """Milliseconds for one call, over some repeats."""
    start = time.perf_counter()
    for _ in range(REPEATS):
        work()
    return (time.perf_counter() - start) / REPEATS * 1000


def main() -> None:
    """Compare, then measure."""
    book, _, _ = load_rulebook(ROOT / "rules")
    assert book is not None
    answerer, loader = Answerer(book), Loader(book)
    context = Context(book.hash, "", "", "", 2026, date(2026, 12, 31), "", True)
    asked = Asked(2026, date(2026, 12, 31))
    person, _, _, _ = loader.participant(None, SETTINGS)
    assert person is not None
    files = [ROOT / "docs" / "examples" / "full-plan.yaml", *sorted(ROOT.glob("plans/*.yaml"))]
    plans = [plan for plan, _, _ in map(loader.plan, files) if plan is not None]
    cases = [plan.on(date(2026, 12, 31)).joined(person.facts) for plan in plans]

    for plan, facts in zip(plans, cases, strict=True):
        run = answerer.prove(facts, asked, context)[1]
        ours = {name: value(run.step(name).value) for name in COVERED}
        theirs = answer_by_hand(plain(facts) | {EARNINGS: value(run.step(EARNINGS).value)})
        differ = {name: (ours[name], theirs[name]) for name in COVERED if ours[name] != theirs[name]}
        assert not differ, (plan.source.path, differ)

    encoder = Encoder(answerer)
    times: dict[str, list[float]] = {"ours": [], "hand": [], "json": []}
    for turn in range(ROUNDS):
        facts = cases[turn % len(cases)]
        by_hand = plain(facts)
        times["ours"].append(timed(partial(answerer.prove, facts, asked, context)))
        times["hand"].append(timed(partial(answer_by_hand, by_hand)))
        times["json"].append(timed(partial(_as_json, encoder, answerer, facts, context)))
    ours_ms, hand_ms, json_ms = (statistics.median(times[name]) for name in ("ours", "hand", "json"))
    steps = len(list(answerer.prove(cases[0], asked, context)[0].steps()))
    pitfalls = len(book.core.pitfalls)
    print(f"{len(plans)} plans; all {len(COVERED)} values that the rules by hand give are equal; {steps} steps in the first proof")
    print(f"engine, everything: {pitfalls} pitfalls and their costs, what paths tax and withhold; with proof  {ours_ms:8.3f} ms")
    print(f"engine, the same, and the proof as sealed JSON data                                   {json_ms:8.3f} ms")
    print(f"by hand, a part of it: verdict, amounts, paths, {len(PITFALLS)} pitfalls without costs; no proof    {hand_ms:8.3f} ms")
    print(f"the first to the last, which does less: {ours_ms / hand_ms:.1f} times as long")
    check = whole_process([sys.executable, "-m", "planproof", "check", str(files[0])])
    bare = whole_process([sys.executable, "-c", "pass"])
    print(f"planproof check, whole process: {check:.0f} ms; python -c pass: {bare:.0f} ms")


def _as_json(encoder: Encoder, answerer: Answerer, facts: Facts, context: Context) -> object:
    return encoder.proof(answerer.prove(facts, Asked(context.year, context.date), context)[0])


def whole_process(command: list[str]) -> float:
    """Milliseconds for a process, the median of nine."""
    times = []
    for _ in range(9):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
