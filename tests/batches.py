"""Inputs for batches, and what runs them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest

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


def checked(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[dict[str, Any]]:
    """What `check` says of some plans, the groups after their plan."""
    main(["check", *(str(one) for one in arguments), "--format", "json"])
    data = json.loads(capsys.readouterr().out)
    results = data.get("results", [data])
    return [one for result in results for one in (result, *result["groups"].values())]


def agree(row: ResultRow, said: dict[str, Any], core: Any) -> None:
    """A row says what `check` says."""
    assert (row["verdict"], row["group"], row["year"]) == (said["verdict"], said["group"], said["year"])
    for name, amount in said["amounts"].items():
        value = None if amount["value"] == "none" else amount["value"]
        assert (row[name], row[f"{name}__binding"]) == (cents(value), amount["binding"]), name
    for path in said["paths"]:
        phases = {phase: path["status"] if number == 0 else path[phase] for number, phase in enumerate(core.verdict.phases)}
        assert {phase: row[f"{path['id']}.{phase}"] for phase in phases} == phases
        for kind in ("taxes", "withholds"):
            if kind in path:
                assert row[f"{path['id']}.{kind}"] == cents(path[kind]["value"])
    for status, column in (("applies", "pitfalls"), ("may_apply", "pitfalls_possible")):
        assert row[column] == tuple(one["id"] for one in said["pitfalls"] if one["status"] == status)
    missing = [
        f"{one['name']}{'#' + str(one['row']) if 'row' in one else ''}{'@' + str(one['year']) if 'year' in one else ''}"
        for one in said["missing"]
    ]
    assert row["missing"] == tuple(dict.fromkeys(missing))
