"""The rows of a batch as a table for a terminal, a line each, as `check` tells many plans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from planproof.batch.jobs import Job
from planproof.batch.results import ResultRow
from planproof.core import Core
from planproof.render import Paint, differences_told, expected_told, open_and_missing, opened_told, table, verdicts_counted

MOST_LINES = 1_000


def rows_told(core: Core, job: Job, rows: Iterable[ResultRow], paint: Paint) -> Iterator[str]:
    """The question, the first `MOST_LINES` rows, the count of verdicts, and the verdicts that plans do not expect."""
    several = iter(rows)
    shown = list(islice(several, MOST_LINES))
    count = 0
    verdicts: Counter[str] = Counter()
    odd: list[tuple[str, str, str, str]] = []
    for row in chain(shown, several):
        count += 1
        if row["group"] is None or not job.of_plans:
            verdicts[str(row["verdict"])] += 1
        if row.get("expected"):
            odd.append((_text(row, "source"), _text(row, "expected"), _text(row, "verdict"), _text(row, "difference")))
    asked = f"year {job.years[0]}" if len(job.years) == 1 else f"years {job.years[0]} to {job.years[-1]}"
    day = job.on or (str(job.day(job.years[0])) if len(job.years) == 1 else "31 December of the year")
    yield f"{asked} · plans as of {day}{f' · as known on {job.known}' if job.known else ''}"
    if shown:
        yield table(list(_lines(core, job, shown)), paint)
    if count > len(shown):
        yield f"and {count - len(shown):,} more"
    yield "\n" + verdicts_counted(verdicts.elements(), "plans" if job.of_plans and len(job.crossed) == 1 else "answers")
    told = differences_told(odd)
    if told:
        yield "\n" + told


def _lines(core: Core, job: Job, rows: Sequence[ResultRow]) -> Iterator[list[str]]:
    """The head and a line for each row; what is the same in all rows by what was asked is left out."""
    assert core.verdict is not None, "a rule book that gives no verdict answers nothing"
    phase = core.verdict.phases[0] if core.paths else ""
    crossed = [*(["year"] if len(job.years) > 1 else []), *(["scenario"] if len(job.scenarios) > 1 else [])]
    about = ["type"] if job.of_plans else ["plan", *(["group"] if any(row["group"] for row in rows) else [])]
    expected = any(row.get("expected") for row in rows)
    heads = ["plan" if job.of_plans else "row", *about, *crossed, "verdict", *(["expected"] if expected else [])]
    yield [*heads, *open_and_missing(phase)]
    for row in rows:
        below = job.of_plans and row["group"] is not None
        opened = [path.name for path in core.paths if row.get(f"{path.name}.{phase}") == "open"]
        missing = row["missing"] if row["verdict"] == "unknown" and isinstance(row["missing"], tuple) else ()
        yield [
            f"  group {row['group']}" if below else _text(row, "id"),
            *("" if below and name == "type" else _text(row, name) for name in (*about, *crossed)),
            _text(row, "verdict"),
            *([expected_told(_text(row, "expected"), _text(row, "verdict"))] if expected else []),
            opened_told(opened),
            missing[0].partition("@")[0].partition("#")[0] if missing else "",
        ]


def _text(row: ResultRow, name: str) -> str:
    return str(row[name] or "")
