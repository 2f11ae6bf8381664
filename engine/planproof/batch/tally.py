"""Counts of answers: what a run found as a whole, added up part by part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from planproof.batch.results import PLAN_WORDS, ResultRow
from planproof.flat import joined
from planproof.rulebook import Rulebook

Counts: TypeAlias = Counter[str]


@dataclass(slots=True)
class Tally:
    """How many answers have what: verdicts, what binds each amount, pitfalls, missing facts; and clusters of like reasons.

    `undated` are plans with an amendment that does not say when it was adopted, where what is known on a day asks for it.
    A cluster is a verdict with the facts that decide it, or those that are missing, joined by `;`. Of participants,
    `plans` counts each verdict with the plan, joined so.
    """

    rows: int = 0
    rejected: int = 0
    undated: int = 0
    verdicts: Counts = field(default_factory=Counter)
    bindings: Counts = field(default_factory=Counter)
    pitfalls: Counts = field(default_factory=Counter)
    missing: Counts = field(default_factory=Counter)
    clusters: Counts = field(default_factory=Counter)
    plans: Counts = field(default_factory=Counter)

    def data(self) -> dict[str, Any]:
        """The counts as JSON data, the most frequent first."""
        told = {name: dict(_ordered(getattr(self, name))) for name in COUNTED}
        return {"rows": self.rows, "rejected": self.rejected, "undated": self.undated, **told}

    def add(self, data: Mapping[str, Any]) -> None:
        """Add the counts of another, as JSON data."""
        self.rows += data["rows"]
        self.rejected += data["rejected"]
        self.undated += data["undated"]
        for name in COUNTED:
            getattr(self, name).update(data[name])


COUNTED = ("verdicts", "bindings", "pitfalls", "missing", "clusters", "plans")


def _ordered(counts: Counts) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def tally(book: Rulebook, rows: Iterable[ResultRow]) -> Tally:
    """The counts of some answers."""
    verdict = book.core.verdict
    assert verdict is not None, "a rule book that gives no verdict answers nothing"
    found = Tally()
    for row in rows:
        found.rows += 1
        found.verdicts[str(row["verdict"])] += 1
        found.bindings.update(f"{name}: {binding}" for name in verdict.amounts if (binding := row[f"{name}__binding"]))
        found.pitfalls.update(_texts(row, "pitfalls"))
        found.missing.update(_texts(row, "missing"))
        found.clusters[joined((str(row["verdict"]), *_texts(row, "decided_by")))] += 1
        if PLAN_WORDS[0] not in row:
            found.plans[joined((str(row["verdict"]), str(row["plan"] or "")))] += 1
    return found


def _texts(row: ResultRow, name: str) -> tuple[str, ...]:
    cell = row[name]
    return cell if isinstance(cell, tuple) else ()
