"""Columns beside the reference evaluator over a block of random walks, compared as whole columns.

What the reference says is filled forward from row to row. Of some rows the whole answer is made from nothing, with
its proof: what the reference said step by step, and what a batch answers, are held against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl

from column_answers import answer_differences, as_files, told_by
from followed import Followed, Stream, Streams
from planproof import core as c
from planproof.answer import Answerer
from planproof.batch.columnar import fact_columns, list_column
from planproof.columns.backend import ColumnBackend
from planproof.columns.compiled import BINDING, DECLINED, VOID, Columns, Output
from planproof.columns.nodes import WIDE
from planproof.columns.shapes import STATE
from planproof.encode_proof import ProofEncoder
from planproof.flat import column_name
from planproof.plan import Claim, Evidence, Facts, Statement
from planproof.source import Span
from planproof.types import Kind
from planproof.values import Result, State, Unknown, Value
from planproof.verify import Verifier
from planproof.verify_inputs import Given

UNKNOWN, NONE, KNOWN, BEYOND = range(4)
SHOWN = 3
PLACE = Span("row", 0, 0, 1, 1)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where both sides differ."""

    block: int
    place: int
    year: int
    name: str
    told: str
    wanted: str

    def __str__(self) -> str:
        return f"row {self.block}/{self.place}, year {self.year}, {self.name}: columns say {self.told}, the reference {self.wanted}"


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of the rows of a block: how many were compared, and how many columns decline.

    Of those, `flawed` are in error or have lists that do not fulfil their demands, `void` need more bits than a column
    has, and of the rest columns cannot tell that they are not in error. What differs is told of the first rows only.
    """

    year: int
    rows: int
    compared: int
    flawed: int
    void: int
    unsure: int
    proved: int
    differences: tuple[Difference, ...]


Told = tuple[int, str, str, str]  # a row, a name, and what both sides say


class Agreement:
    """Compares blocks of rows of one rule book; the years come by turns."""

    def __init__(self, answerer: Answerer, years: Sequence[int]) -> None:
        self._answerer = answerer
        self._core = answerer.book.core
        self._years = tuple(years)
        self._backend = ColumnBackend(answerer)
        self._encoder = ProofEncoder(answerer.book)
        self._verifier = Verifier(answerer.book)
        self._followed: dict[int, Followed] = {}
        self._columns: dict[int, Columns] = {}

    def _of(self, block: int) -> tuple[Followed, Columns]:
        year = self._years[block % len(self._years)]
        if year not in self._followed:
            made = self._followed[year] = Followed(self._answerer, year)
            self._columns[year] = Columns(self._core, made.names, made.asked, decided=made.amounts)
        return self._followed[year], self._columns[year]

    def row(self, block: int, place: int) -> Facts:
        """The facts of one row of a block."""
        rows = self._of(block)[0].rows(block, place + 1)
        return next(row.now.copy().facts for row in rows if row.place == place)

    def block(self, block: int, count: int, proved_of: int, only: int | None = None) -> Compared:
        """What becomes of the rows of a block, of which one in so many is answered in full; or what differs in one row only."""
        followed, columns = self._of(block)
        year = followed.asked.year
        assert year is not None
        streams = followed.follow(block, count, proved_of)
        frame = stated_frame(self._core, streams, count)
        compiled = columns.compiled(frame)
        made = compiled.run(frame)
        assert not compiled.left, "columns cannot hold a definition of the rule book"
        void, declined, flawed = made[VOID], made[DECLINED], _filled(streams.flawed, pl.Boolean, count)
        unlike = {output.name: unlike_rows(output, made, streams.values[output.name], count) & ~void for output in compiled.outputs}
        for name, stream in streams.bindings.items():
            unlike[f"{name}{BINDING}"] = _filled(stream, pl.String, count).ne_missing(made[f"{name}{BINDING}"].cast(pl.String)) & ~void
        unlike[DECLINED] = flawed & ~declined
        found = [*self._apart(followed, streams, frame), *_told(unlike, made, streams, only)]
        return Compared(
            year,
            count,
            compared=_count(~declined),
            flawed=_count(declined & ~void & flawed),
            void=_count(void),
            unsure=_count(declined & ~void & ~flawed),
            proved=len(streams.proved),
            differences=tuple(
                Difference(block, place, year, name, told, wanted) for place, name, told, wanted in found if only in (None, place)
            ),
        )

    def _apart(self, followed: Followed, streams: Streams, frame: pl.DataFrame) -> Iterator[Told]:
        """What differs in rows that are answered in full."""
        yield from streams.astray
        year, day = followed.asked.year, followed.asked.date
        assert year is not None
        assert day is not None
        rows = self._backend.results(frame, followed.asked)[list(streams.proved)].iter_rows(named=True)
        for (place, facts), row in zip(streams.proved.items(), rows, strict=True):
            plan, person = as_files(_placed(self._core, facts))
            answer = self._answerer.answer(plan, person, year, day)
            for difference in answer_differences(row, told_by(answer)):
                yield place, "answer", difference, "as told"
            fault = self._verifier.verify(self._encoder.proof(answer.proof), Given(plan, person)).fault
            if fault is not None:
                yield place, fault.name or "proof", fault.message, "a proof that holds"


def _count(rows: pl.Series) -> int:
    return int(rows.sum())


def _placed(core: c.Core, facts: Facts) -> Facts:
    """The facts as if they stood in a file: a proof tells where each does, and between what those conflict that do."""
    named = {fact.name: fact for fact in core.facts}
    columns = {column.name: column for listed in core.lists for column in listed.columns}
    statements = {key: _at_place(named[key[0]], said) for key, said in facts.statements.items()}
    lists = {}
    for name, said in facts.lists.items():
        rows = tuple({column: _at_place(columns[column], cell) for column, cell in row.items()} for row in said.rows)
        lists[name] = replace(said, rows=rows, span=PLACE)
    return Facts(statements, lists)


def _at_place(of: c.Fact | c.Column, said: Statement) -> Statement:
    several = said.state in (State.CONFLICTING, State.AMBIGUOUS)
    return replace(said, span=PLACE, claims=tuple(Claim(value, Evidence(), PLACE) for value in _two(of)) if several else ())


def _two(of: c.Fact | c.Column) -> tuple[Value, ...]:
    """Two values that a fact can have."""
    match of.type.kind:
        case Kind.TRUTH:
            return True, False
        case Kind.CHOICE:
            return of.type.options[:2]
        case Kind.DATE:
            return date(2020, 1, 1), date(2020, 1, 2)
        case Kind.YEAR if of.low is None:
            return 2020, 2021
        case _:
            return of.low, of.high


def stated_frame(core: c.Core, streams: Streams, count: int) -> pl.DataFrame:
    """What is stated, as columns."""
    facts, lists = {fact.name: fact for fact in core.facts}, {listed.name: listed for listed in core.lists}
    made: list[pl.Series] = []
    for (name, year), stream in streams.stated.items():
        if name in lists:
            found = [list_column(lists[name], stream.items)]
        else:
            found = list(fact_columns(column_name(name, year), facts[name].type, stream.items))
        made += [column.gather(stream.forward(count)) for column in found]
    return pl.DataFrame(made)


def _filled(stream: Stream, type_: pl.DataType | type[pl.DataType], count: int) -> pl.Series:
    return pl.Series(stream.items, dtype=type_).gather(stream.forward(count))


def unlike_rows(output: Output, made: pl.DataFrame, stream: Stream, count: int) -> pl.Series:
    """The rows in which a column does not hold what the reference says."""
    assert output.type.kind is not Kind.DURATION, "a duration stands in two columns"
    column, places = made[output.name], stream.forward(count)
    held = [_held(value, output.over) for value in stream.items]
    wanted = pl.Series([value for _, value in held], dtype=column.dtype).gather(places)
    known = pl.Series([code for code, _ in held], dtype=pl.Int8).gather(places)
    told = column.is_not_null().cast(pl.Int8) * KNOWN
    if output.type.optional:
        told = told + (column.is_null() & made[f"{output.name}{STATE}"]).cast(pl.Int8) * NONE
    return (told != known) | (column != wanted).fill_null(False)


def _held(result: Result, over: int) -> tuple[int, Any]:
    """How a column holds a result, whose numbers have this denominator."""
    if isinstance(result, Unknown):
        return UNKNOWN, None
    if result is None:
        return NONE, None
    if isinstance(result, bool) or not isinstance(result, int | Fraction):
        return KNOWN, result
    number = Fraction(result * over)
    return (KNOWN, int(number)) if number.denominator == 1 and abs(number) <= WIDE else (BEYOND, None)


def _told(unlike: dict[str, pl.Series], made: pl.DataFrame, streams: Streams, only: int | None) -> Iterator[Told]:
    """The first rows in which each name differs, or whether it does in one row."""
    for name, rows in unlike.items():
        for place in rows.arg_true().head(SHOWN) if only is None else [only] * rows[only]:
            if name == DECLINED:
                yield place, name, "nothing is in error", "an error, or a list that does not fulfil its demands"
                continue
            stream = streams.bindings[name.removesuffix(BINDING)] if name.endswith(BINDING) else streams.values[name]
            state = made[f"{name}{STATE}"][place] if f"{name}{STATE}" in made.columns else False
            yield place, name, "none" if state else str(made[name][place]), str(stream.at(place))
