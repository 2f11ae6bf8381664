"""Two outputs held against each other: which answers changed since a former run, and whether input, law or engine did."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from planproof.batch.jobs import Job
from planproof.batch.outputs import shown
from planproof.batch.results import PLAN_WORDS, Holds, ResultRow
from planproof.batch.worker import aside

Key: TypeAlias = tuple[object, ...]
_KEY = ("id", "group", "year", "scenario")
_NOT_COMPARED = (*_KEY, *PLAN_WORDS, "plan", "source", "row", "input_hash", "rules_hash")
COLUMNS = (*_KEY, "cause", "column", "before", "after")


@dataclass(slots=True)
class Changes:
    """What changed: verdicts by from, to and cause; answers whose verdict stands; rows that are only in one of the runs."""

    same: int = 0
    verdicts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    new: int = 0
    gone: int = 0


def pairs(old: Iterable[ResultRow], new: Iterable[ResultRow]) -> Iterator[tuple[ResultRow | None, ResultRow | None]]:
    """Rows of one key together, in the order of the new; runs in the same order are held against each other row by row.

    A row is waited for only while its counterpart has not come, so that memory stays flat where the order is the same.
    """
    waiting: dict[Key, list[ResultRow]] = {}
    unmatched: list[ResultRow] = []
    before = iter(old)
    for row in new:
        other = next(before, None)
        if other is not None:
            waiting.setdefault(_key(other), []).append(other)
        mine = waiting.get(_key(row))
        if mine:
            yield mine.pop(0), row
            if not mine:
                del waiting[_key(row)]
        else:
            unmatched.append(row)
    for other in before:
        waiting.setdefault(_key(other), []).append(other)
    for row in unmatched:
        mine = waiting.get(_key(row))
        yield (mine.pop(0) if mine else None), row
    yield from ((other, None) for several in waiting.values() for other in several)


def _key(row: ResultRow) -> Key:
    return tuple(row[name] for name in _KEY)


def changes(
    path: Path, columns: dict[str, Holds], both: Iterable[tuple[ResultRow | None, ResultRow | None]], *, before: Job, now: Job
) -> Changes:
    """What changed between two runs; every changed cell goes to a CSV file."""
    found = Changes()
    with aside(path) as place, place.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for old, new in both:
            row = new or old
            assert row is not None, "a pair has one row or two"
            key = [shown(row[name], columns[name]) for name in _KEY]
            if old is None or new is None:
                found.new += old is None
                found.gone += new is None
                writer.writerow([*key, "new" if old is None else "gone", "", "", ""])
                continue
            different = [name for name in columns if name not in _NOT_COMPARED and old.get(name) != new[name]]
            if not different:
                found.same += 1
                continue
            cause = _cause(old, new, before, now)
            if "verdict" in different:
                found.verdicts[str(old["verdict"]), str(new["verdict"]), cause] += 1
            else:
                found.others[cause] += 1
            writer.writerows(
                [*key, cause, name, shown(old.get(name), columns[name]), shown(new[name], columns[name])] for name in different
            )
    return found


def _cause(old: ResultRow, new: ResultRow, before: Job, now: Job) -> str:
    """What differs of all that an answer depends on."""
    parts = [
        *(["input"] if old["input_hash"] != new["input_hash"] else []),
        *(["law"] if (old["rules_hash"], before.known) != (new["rules_hash"], now.known) else []),
        *(["engine"] if before.engine != now.engine else []),
    ]
    return " and ".join(parts) or "nothing"


def told(found: Changes) -> Iterator[str]:
    """The changes in words."""
    yield "since the former run"
    rows = [(count, f"{old} → {new}: {_because(cause)}") for (old, new, cause), count in found.verdicts.items()]
    rows += [(count, f"the verdict stands, and other columns changed: {_because(cause)}") for cause, count in found.others.items()]
    rows += [(found.same, "as before"), (found.new, "new"), (found.gone, "no longer there")]
    told_ = sorted((row for row in rows if row[0]), key=lambda row: (-row[0], row[1]))
    width = max((len(f"{count:,}") for count, _ in told_), default=1)
    yield from (f"  {count:>{width},}  {text}" for count, text in told_)
    yield ""


def _because(cause: str) -> str:
    if cause == "nothing":
        return "though neither input nor law nor engine changed"
    return f"{cause} changed"
