"""Inputs for batches, and what runs them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

from conftest import ROOT
from planproof.batch.outputs import read_results
from planproof.batch.results import ResultRow, columns
from planproof.cli import main
from planproof.rulebook import Rulebook

PLANS = tuple(str(ROOT / "plans" / f"{name}.yaml") for name in ("intel", "mit", "microsoft"))


def people(count: int, plans: Iterable[str] = ("intel", "mit", "microsoft"), seed: int = 1) -> str:
    """A CSV table of participants of some plans."""
    chance, names = Random(seed), list(plans)
    head = "id,plan,participant.age_at_year_end,participant.compensation,participant.elective_deferrals,participant.other_plans.any"
    rows = [
        f"p{number},{chance.choice(names)},{chance.choice(('', 35, 52, 61))},{chance.randrange(50_000, 400_000)},"
        f"{chance.choice((0, 24_500, 32_500))},{chance.choice(('yes', 'no', 'unknown', ''))}"
        for number in range(count)
    ]
    return "\n".join((head, *rows, ""))


def batch(*arguments: object) -> int:
    """The exit code of a run."""
    return main(["batch", *(str(one) for one in arguments)])


def rows(book: Rulebook, path: Path) -> list[ResultRow]:
    """The rows of an output."""
    of_plans = all(
        one["kind"] != "participants" for one in json.loads(path.with_name(f"{path.stem}.manifest.json").read_text("utf-8"))["inputs"]
    )
    return list(read_results(path, columns(book, of_plans=of_plans)))


def rejected(path: Path) -> list[tuple[str, ...]]:
    """The rejects of an output: id, row, column and code."""
    import csv

    with path.with_name(f"{path.stem}.rejects.csv").open(encoding="utf-8", newline="") as file:
        return [(one["id"], one["row"], one["column"], one["code"]) for one in csv.DictReader(file)]


def cents(text: str | None) -> Any:
    """An amount of JSON as cents."""
    return None if text is None else int(text.replace(".", ""))
