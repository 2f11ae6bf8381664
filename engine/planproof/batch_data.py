"""What a batch found as a whole, as JSON data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planproof.batch.prospects import Prospect, Prospects, Turn
from planproof.batch.tally import Tally
from planproof.encode import Data
from planproof.rulebook import Rulebook
from planproof.why_not_data import part_data

FORMAT = "planproof-batch-summary/1"


def summary_data(book: Rulebook, manifest: Mapping[str, Any], found: Tally, help_: Prospects | None) -> Data:
    """The counts of a run, and, of plans, what would give most of them the best verdict."""
    return {
        "format": FORMAT,
        "output": manifest["output"],
        "rulebook": manifest["rulebook"],
        **found.data(),
        "prospects": None if help_ is None else _prospects(book, help_),
    }


def _prospects(book: Rulebook, found: Prospects) -> Data:
    return {
        "wanted": found.best,
        "others": found.short,
        "looked_at": found.looked_at,
        "without_any": found.none,
        "complete_to": found.size,
        "answers": [_prospect(book, one) for one in found.answers],
        "changes": [_prospect(book, one) for one in found.changes],
        "not_told": found.more,
    }


def _prospect(book: Rulebook, one: Prospect) -> Data:
    return {"rows": one.rows, "facts": [_turn(book, turn) for turn in one.turns]}


def _turn(book: Rulebook, turn: Turn) -> Data:
    fact = book.facts[turn.slot.name]
    return {
        "fact": turn.slot.name,
        "year": turn.slot.key,
        "label": fact.label,
        "kind": "answer" if turn.answer else "change",
        "to": [part_data(part, book.kind(turn.slot.name)) for part in turn.to],
        "answered_by": fact.answered_by,
        "changed_by": fact.changed_by,
    }
