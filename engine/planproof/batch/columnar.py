"""Questions answered by columns, all of a part at once; what columns decline is answered by the reference evaluator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import polars as pl

from planproof import core as c
from planproof.answer import Answerer
from planproof.batch.deciders import Deciders
from planproof.batch.plain import STATES, column_type
from planproof.batch.results import Cell, InputHashes, Question, Reference, ResultRow, columns
from planproof.columns.backend import ColumnBackend
from planproof.columns.shapes import PLACES, STATE
from planproof.flat import STATE_WORDS, column_name, short
from planproof.plan import Asked, Facts, RowsStatement, Statement
from planproof.types import Type
from planproof.values import State


class Columnar:
    """Answers questions of one rule book by columns."""

    def __init__(self, answerer: Answerer) -> None:
        self._core = answerer.book.core
        self._names = [name for name in columns(answerer.book, of_plans=False) if name not in ("input_hash", "rules_hash")]
        self._rules = answerer.book.hash
        self._columns = ColumnBackend(answerer)
        self._reference = Reference(answerer, of_plans=False)
        self._hashes = InputHashes(answerer.book)
        self._deciders = Deciders(answerer)

    def results(self, questions: Iterable[Question]) -> Iterator[ResultRow]:
        """A row for each question, in order."""
        every = list(questions)
        by_question: dict[Asked, list[int]] = {}
        for place, question in enumerate(every):
            by_question.setdefault(question.asked, []).append(place)
        found: dict[int, ResultRow] = {}
        for asked, places in by_question.items():
            rows = self._asked(asked, [every[place] for place in places])
            found |= zip(places, rows, strict=True)
        for place, question in enumerate(every):
            yield found.pop(place) or next(self._reference.results([question]))

    def _asked(self, asked: Asked, questions: Sequence[Question]) -> Iterator[ResultRow]:
        """The rows of questions of one year; an empty one where the reference must answer."""
        frame = self._frame(questions)
        rows = self._columns.results(frame, asked).with_columns(self._deciders.of(frame, asked))
        for question, row in zip(questions, rows.iter_rows(named=True), strict=True):
            if row["declined"] or plain_and_years(question.plan_facts) or plain_and_years(question.own_facts):
                yield {}
            else:
                yield {**self._row(question, row), "input_hash": self._hashes.of(question), "rules_hash": self._rules}

    def _row(self, question: Question, row: dict[str, Any]) -> ResultRow:
        cells = {**question.keys(), **row, "errors": ()}
        return {name: _cell(cells.get(name)) for name in self._names}

    def _frame(self, questions: Sequence[Question]) -> pl.DataFrame:
        """What is stated, a row for each question: of each plan once, and gathered to its participants."""
        plans: dict[int, int] = {}
        for question in questions:
            plans.setdefault(id(question.plan_facts), len(plans))
        first = {id(question.plan_facts): question.plan_facts for question in questions}
        of_plans = frame_of(self._core, [first[key] for key in plans])
        of_people = frame_of(self._core, [question.own_facts for question in questions])
        gathered = of_plans[[plans[id(question.plan_facts)] for question in questions]]
        return gathered.with_columns(of_people.get_columns())


def _cell(value: Any) -> Cell:
    return tuple(value) if isinstance(value, list) else value


def plain_and_years(facts: Facts) -> bool:
    """Whether a fact has a plain value and one of a year, of which columns do not know which is the later."""
    years = {name for name, year in facts.statements if year is not None}
    return any((name, None) in facts.statements for name in years)


# ------------------------------------------------------------------ facts as columns


def frame_of(core: c.Core, rows: Sequence[Facts]) -> pl.DataFrame:
    """Facts in the physical form that columns take, a row each; always with states, so that what is compiled fits the next part."""
    types = {fact.name: fact.type for fact in core.facts}
    keys = sorted({key for facts in rows for key in facts.statements}, key=lambda key: (key[0], key[1] or 0))
    made = [pl.Series("row", range(len(rows)), pl.Int64)]
    for name, year in keys:
        said = [facts.statements.get((name, year)) for facts in rows]
        made += fact_columns(column_name(name, year), types[name], said)
    for listed in core.lists:
        if any(listed.name in facts.lists for facts in rows):
            made.append(list_column(listed, [facts.lists.get(listed.name) for facts in rows]))
    return pl.DataFrame(made)


def fact_columns(name: str, type_: Type, said: Sequence[Statement | None]) -> Iterator[pl.Series]:
    """The values of a fact, and its states."""
    yield pl.Series(name, [_value(type_, one) for one in said], dtype=column_type(type_))
    yield pl.Series(name + STATE, [_word(one) for one in said], dtype=STATES)


def list_column(listed: c.ListFact, said: Sequence[RowsStatement | None]) -> pl.Series:
    """A list's column; null where the rows are not known."""
    fields: dict[str, Any] = {}
    for column in listed.columns:
        fields[short(column.name)] = column_type(column.type)
        fields[short(column.name) + STATE] = STATES
    values = [[_row(listed, row) for row in one.rows] if one is not None and one.state is State.STATED else None for one in said]
    return pl.Series(listed.name, values, dtype=pl.List(pl.Struct(fields)))


def _row(listed: c.ListFact, row: Any) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for column in listed.columns:
        said = row.get(column.name)
        cells[short(column.name)] = _value(column.type, said)
        cells[short(column.name) + STATE] = _word(said)
    return cells


def _value(type_: Type, said: Statement | None) -> Any:
    if said is None or said.state is not State.STATED or said.value is None:
        return None
    if type_.kind not in PLACES:
        return said.value
    assert isinstance(said.value, int | Fraction), "a rate and a number are exact numbers"
    return int(said.value * 10 ** PLACES[type_.kind])


def _word(said: Statement | None) -> str:
    if said is None:
        return "not_stated"
    return STATE_WORDS[said.state] if said.state is not State.STATED else "none" if said.value is None else "stated"
