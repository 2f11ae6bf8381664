"""What the verdict rests on, in every row of a frame: rows that say the same of what the verdict can read are looked at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import polars as pl

from planproof import core as c
from planproof.answer import Answerer
from planproof.batch.results import decided_by
from planproof.columns.lists import distinct
from planproof.columns.shapes import PLACES, STATE
from planproof.flat import STATE_WORDS, short
from planproof.order import dependencies
from planproof.plan import Asked, Facts, Key, RowsStatement, Statement
from planproof.types import Kind
from planproof.values import State

_STATES = {word: state for state, word in STATE_WORDS.items()}
_MOST_KEPT = 100_000


class Deciders:
    """Tells what decides for one rule book, by the reference evaluator; what was told once is kept."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer
        self._facts = answerer.book.facts
        self._lists = answerer.book.lists
        self._read = frozenset(_read_by_the_verdict(answerer.book.core))
        self._kept: dict[tuple[Asked, str], tuple[str, ...]] = {}

    def of(self, frame: pl.DataFrame, asked: Asked, by: pl.DataFrame | None = None) -> pl.Series:
        """The names for each row of facts in the form that columns take; as an output's `decided_by` tells them.

        Rows are alike if they are so in `by`, in which a number may stand for what many facts say; without it, if their
        facts are.
        """
        read = frame.select(name for name in frame.columns if self._reads(name))
        if by is None:
            places, which = distinct(_texts(read).to_frame(), frame.height)
        else:
            differing = by.select(name for name in by.columns if self._reads(name) or name not in frame.columns)
            places, which = distinct(differing, frame.height)
        few = read[places]
        told = [self._told(few, place, key, asked) for place, key in enumerate(_texts(few))]
        return pl.Series("decided_by", told, dtype=pl.List(pl.String)).gather(which)

    def _reads(self, column: str) -> bool:
        return column.removesuffix(STATE).partition("@")[0] in self._read

    def _told(self, frame: pl.DataFrame, row: int, key: str, asked: Asked) -> tuple[str, ...]:
        found = self._kept.get((asked, key))
        if found is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            run = self._answerer.evaluator.run(self._stated(frame.row(row, named=True)), asked)
            verdict = self._answerer.book.core.verdict
            assert verdict is not None, "a rule book that gives no verdict answers nothing"
            found = self._kept[asked, key] = decided_by(self._answerer, run.step(verdict.name))
        return found

    def _stated(self, row: Mapping[str, Any]) -> Facts:
        """What the cells of a row state."""
        return Facts(dict(self._statements(row)), dict(self._rows(row)))

    def _statements(self, row: Mapping[str, Any]) -> Iterator[tuple[Key, Statement]]:
        for column in row:
            name, _, year = column.partition("@")
            if name in self._facts and not column.endswith(STATE):
                said = _statement(self._facts[name].type.kind, row[column], row.get(column + STATE))
                if said is not None:
                    yield (name, int(year) if year else None), said

    def _rows(self, row: Mapping[str, Any]) -> Iterator[tuple[str, RowsStatement]]:
        for name, listed in self._lists.items():
            if row.get(name) is not None:
                yield name, RowsStatement(tuple(dict(_cells(listed, one)) for one in row[name]), State.STATED)


def _texts(frame: pl.DataFrame) -> pl.Series:
    """The cells of each row as one text."""
    if not frame.width:
        return pl.repeat("", frame.height, eager=True)
    return frame.select(pl.struct(pl.all()).struct.json_encode()).to_series()


def _cells(listed: c.ListFact, row: Mapping[str, Any]) -> Iterator[tuple[str, Statement]]:
    for column in listed.columns:
        said = _statement(column.type.kind, row.get(short(column.name)), row.get(short(column.name) + STATE))
        if said is not None:
            yield column.name, said


def _statement(kind: Kind, value: Any, state: str | None) -> Statement | None:
    """What a cell and its state say; nothing if nobody speaks of it."""
    if state in _STATES:
        return Statement(None, _STATES[state])
    if value is None and state != "none":
        return None
    return Statement(Fraction(value, 10 ** PLACES[kind]) if kind in PLACES and value is not None else value, State.STATED)


def _read_by_the_verdict(core: c.Core) -> set[str]:
    """Every name that the verdict can read, and of a list of which it reads anything the list's own."""
    assert core.verdict is not None, "a rule book that gives no verdict answers nothing"
    reads, found, waiting = dependencies(core), set[str](), [core.verdict.name]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += reads.get(name, ())
    of_lists = {listed.name for listed in core.lists if found & {listed.name, listed.row, *(column.name for column in listed.columns)}}
    return found | of_lists
