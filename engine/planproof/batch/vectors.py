"""Participants answered by whole columns, from the cells of a table to a frame of answers.

Rows that are plain, and joined to their plan without fault, are answered together. All others are read by themselves, as
are rows that columns decline, so that there is one place that words what is wrong with a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from planproof import core as c
from planproof.answer import Answerer
from planproof.batch.answers import TYPES, Answers, answers_frame
from planproof.batch.canon import digests, together
from planproof.batch.columnar import Columnar, fact_columns, frame_of, plain_and_years
from planproof.batch.deciders import Deciders
from planproof.batch.jobs import Input, Part
from planproof.batch.plain import PlainReader, Said, both_said
from planproof.batch.reading import Asking, PartReader, Reject
from planproof.batch.results import KEYS, Holds, InputHashes, Question, Reference, ResultRow, columns
from planproof.batch.sheets import Sheet, sheet_of
from planproof.batch.tally import Tally
from planproof.columns.backend import ColumnBackend
from planproof.flat import column_name
from planproof.flat_read import Row
from planproof.plan import Asked, Facts, Key

_PLACE, _TURN = "place of the row", "turn of the question"
_PAIR, _FACTS, _NUMBER = "pair of plan and group", "facts of the plan", "number among the plain rows"
_TOLD = ("plan", "group", "year", "scenario")
_WORDS = (Holds.TEXT, Holds.TEXTS)  # which columns have as numbers of a dictionary


class Vectors:
    """Answers sheets of participants for one job; make it once and use it for every part."""

    def __init__(self, answerer: Answerer, reader: PartReader) -> None:
        self.columns = columns(answerer.book, of_plans=False)
        self._book = answerer.book
        self._core = answerer.book.core
        self._reader = reader
        self._plain = PlainReader(reader.columns)
        self._backend = ColumnBackend(answerer)
        self._deciders = Deciders(answerer)
        self._by_rows = Columnar(answerer)
        self._reference = Reference(answerer, of_plans=False)
        self._hashes = InputHashes(answerer.book)
        self._plans = _Plans(self._core, self._hashes)
        self._asked: dict[tuple[str | None, str | None], tuple[Question, ...]] = {}

    def written(self, part: Part, place: Path) -> tuple[Tally, list[Reject]] | None:
        """Write the answers to a part; gives back their counts, and what is rejected. Nothing if its table is none of columns."""
        one = self._reader.job.inputs[part.input]
        sheet = sheet_of(one, part, self._reader.columns)
        if sheet is None:
            return None
        frame, rejects = self.answers(one, sheet)
        answers = Answers(self.columns, frame)
        answers.write(place, self._reader.job.form)
        return answers.counted(self._book), rejects

    def answers(self, one: Input, sheet: Sheet) -> tuple[pl.DataFrame, list[Reject]]:
        """The answers to a sheet, in the order of its rows, and what of it is rejected."""
        read = self._plain.read(sheet.frame)
        pairs, pair = self._pairs(one, read.own)
        plain = read.plain if sheet.odd is None else read.plain & ~sheet.odd
        plain &= pl.Series([bool(questions) for questions in pairs], dtype=pl.Boolean).gather(pair)
        for child in self._reader.children.tables:
            if child.root == "participant":
                plain &= ~read.own["id"].is_in(list(child.rows)).fill_null(value=False)
        rejects: list[Reject] = []
        made: list[pl.DataFrame] = []
        if plain.any():
            places = plain.arg_true()
            facts = read.facts if plain.all() else {key: said.gathered(places) for key, said in read.facts.items()}
            made += self._together(one, sheet, _People(places, read.own["id"].gather(places), pair.gather(places), pairs, facts))
        if not plain.all():
            made.append(self._apart(one, sheet, (~plain).arg_true(), rejects))
        return self._in_order(made).select(list(self.columns)), rejects

    def _in_order(self, made: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """All answers in the order of their rows and questions."""
        if len(made) < 2:
            return made[0] if made else answers_frame(self.columns, [])
        words = [pl.col(name).cast(TYPES[holds]) for name, holds in self.columns.items() if holds in _WORDS]
        return pl.concat(one.with_columns(words) for one in made).sort(_PLACE, _TURN)

    # -------------------------------------------------------------- joining

    def _pairs(self, one: Input, own: pl.DataFrame) -> tuple[list[tuple[Question, ...]], pl.Series]:
        """What is asked of those of each plan and group that rows name, and which of these pairs each row names."""
        named = own.select("plan", "group")
        pairs = named.unique(maintain_order=True).with_row_index(_PAIR)
        pair = named.join(pairs, on=named.columns, how="left", nulls_equal=True, maintain_order="left")[_PAIR]
        return [self._questions(one, plan, group) for _, plan, group in pairs.iter_rows()], pair

    def _questions(self, one: Input, plan: str | None, group: str | None) -> tuple[Question, ...]:
        """What is asked of a participant of a plan and group, but for own facts; nothing if such a row is rejected."""
        asked = self._asked.get((plan, group), ())
        if not asked:
            row = Row(one.path, 0, {name: text for name, text in (("plan", plan), ("group", group)) if text})
            for found in self._reader.participant(one, row):
                if isinstance(found, Asking):
                    asked = self._asked[plan, group] = tuple(self._reader.questions(found))
        return asked

    # -------------------------------------------------------------- plain rows

    def _together(self, one: Input, sheet: Sheet, people: _People) -> Iterator[pl.DataFrame]:
        """The answers to plain rows, for each scenario and year."""
        keys, turns, height = people.keys(one, sheet), self._turns(people.pairs), len(people.places)
        for scenario in self._reader.job.scenarios:
            person, _ = self._reader.scenarios[scenario.name]
            facts = {**people.facts, **_everywhere(self._core, person.facts, height)} if person else people.facts
            own, apart = digests(facts, height), _any(both_said(facts), height)
            stated = pl.DataFrame([column for key, said in facts.items() for column in said.columns(column_name(*key))])
            for year in self._reader.job.years:
                mine = turns.filter(pl.col("year").eq(year) & pl.col("scenario").eq_missing(pl.lit(scenario.name or None)))
                asked = keys.join(mine, on=_PAIR, maintain_order="left_right")
                once = asked.height == height
                said = stated if once or not stated.width else stated[asked[_NUMBER]]
                every, question = self._plans.frame[asked[_FACTS]].with_columns(said.get_columns()), Asked(year, self._reader.job.day(year))
                why = self._deciders.of(every, question, asked.select(_FACTS).with_columns(said.get_columns()))
                found = self._backend.results(every, question).with_columns(why)
                hashes = together(self._plans.digests, asked[_FACTS], own if once else [own[number] for number in asked[_NUMBER]])
                declined = found["declined"] | self._plans.apart(asked[_FACTS]) | apart.gather(asked[_NUMBER])
                answers = self._answers(asked, found.with_columns(pl.Series("input_hash", hashes, pl.String)))
                yield answers.filter(~declined) if declined.any() else answers
                if declined.any():
                    yield self._by_reference(one, sheet, asked.filter(declined))

    def _turns(self, pairs: Sequence[tuple[Question, ...]]) -> pl.DataFrame:
        """All that is asked of each pair of plan and group: the cells that say which row it is, and where the plan's facts are."""
        rows = [
            (number, turn, self._plans.place(question.plan_facts), *(question.keys()[name] for name in _TOLD))
            for number, questions in enumerate(pairs)
            for turn, question in enumerate(questions)
        ]
        types = {name: TYPES[self.columns[name]] for name in _TOLD}
        return pl.DataFrame(rows, {_PAIR: pl.UInt32, _TURN: pl.Int64, _FACTS: pl.UInt32, **types}, orient="row")

    def _answers(self, asked: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
        """Answers in the columns of an output, with what they are sorted by."""
        there = {**{name: found[name] for name in found.columns}, **{name: asked[name] for name in KEYS}}
        there["errors"] = pl.Series([[]], dtype=pl.List(pl.String)).new_from_index(0, asked.height)
        there["rules_hash"] = pl.repeat(self._book.hash, asked.height, dtype=pl.String, eager=True)
        made = [
            (there[name] if holds in _WORDS else there[name].cast(TYPES[holds])).alias(name)
            if name in there
            else pl.repeat(None, asked.height, dtype=TYPES[holds], eager=True).alias(name)
            for name, holds in self.columns.items()
        ]
        return pl.DataFrame([*made, asked[_PLACE], asked[_TURN]])

    # -------------------------------------------------------------- rows by themselves

    def _by_reference(self, one: Input, sheet: Sheet, asked: pl.DataFrame) -> pl.DataFrame:
        """The answers to plain rows that columns decline."""
        places = list(zip(asked[_PLACE], asked[_TURN], strict=True))
        questions = [self._row(one, sheet, place, [])[turn] for place, turn in places]
        return self._framed(list(self._reference.results(questions)), places)

    def _apart(self, one: Input, sheet: Sheet, rows: Iterable[int], rejects: list[Reject]) -> pl.DataFrame:
        """The answers to rows that are not plain; rejects are put with the others."""
        asked = [(question, (place, turn)) for place in rows for turn, question in enumerate(self._row(one, sheet, place, rejects))]
        answers = list(self._by_rows.results([question for question, _ in asked]))
        return self._framed(answers, [place for _, place in asked])

    def _row(self, one: Input, sheet: Sheet, place: int, rejects: list[Reject]) -> list[Question]:
        """What is asked of one row; nothing if it is rejected."""
        asked: list[Question] = []
        for found in self._reader.participant(one, sheet.row(place)):
            if isinstance(found, Reject):
                rejects.append(found)
            else:
                asked += self._reader.questions(found)
        return asked

    def _framed(self, rows: Sequence[ResultRow], places: Sequence[tuple[int, int]]) -> pl.DataFrame:
        order = {_PLACE: [place for place, _ in places], _TURN: [turn for _, turn in places]}
        return answers_frame(self.columns, rows).with_columns(pl.Series(name, made, pl.Int64) for name, made in order.items())


# ------------------------------------------------------------------ what is stated


@dataclass(frozen=True, slots=True)
class _People:
    """Plain rows: their places in the sheet, ids and facts, which pair of plan and group each names, and what is asked of each pair."""

    places: pl.Series
    ids: pl.Series
    pair: pl.Series
    pairs: Sequence[tuple[Question, ...]]
    facts: Mapping[Key, Said]

    def keys(self, one: Input, sheet: Sheet) -> pl.DataFrame:
        """Of each row what says which it is, its place in the sheet, and its number among these."""
        numbers = sheet.numbers.gather(self.places)
        named = pl.coalesce(pl.col("id"), pl.concat_str(pl.lit(f"{one.path}:"), pl.col("row")))
        table = pl.DataFrame([self.ids.alias("id"), numbers.alias("row"), self.places.cast(pl.Int64).alias(_PLACE), self.pair.alias(_PAIR)])
        return table.with_columns(named.alias("id"), pl.lit(one.path).alias("source")).with_row_index(_NUMBER)


class _Plans:
    """Facts of plans as rows of one frame, each once."""

    def __init__(self, core: c.Core, hashes: InputHashes) -> None:
        self.digests: list[str] = []
        self._core = core
        self._hashes = hashes
        self._facts: list[Facts] = []
        self._places: dict[int, int] = {}
        self._frame = pl.DataFrame()
        self._both = pl.Series([], dtype=pl.Boolean)

    def place(self, facts: Facts) -> int:
        """The row of facts that stay the same object."""
        if id(facts) not in self._places:
            self._places[id(facts)] = len(self._facts)
            self._facts.append(facts)
            self.digests.append(self._hashes.digest(facts))
        return self._places[id(facts)]

    @property
    def frame(self) -> pl.DataFrame:
        """All of them in the form that columns take."""
        if self._frame.height < len(self._facts):
            self._frame = frame_of(self._core, self._facts)
            self._both = pl.Series([plain_and_years(facts) for facts in self._facts], dtype=pl.Boolean)
        return self._frame

    def apart(self, places: pl.Series) -> pl.Series:
        """Where columns cannot take the facts: a fact has a plain value and one of a year."""
        return self._both.gather(places)


def _everywhere(core: c.Core, facts: Facts, height: int) -> dict[Key, Said]:
    """Facts that are the same in so many rows."""
    types = {fact.name: fact.type for fact in core.facts}
    found = {}
    for (name, year), statement in facts.statements.items():
        values, states = fact_columns("", types[name], [statement])
        found[name, year] = Said(types[name], values.new_from_index(0, height), states.new_from_index(0, height))
    return found


def _any(where: Iterable[pl.Series], height: int) -> pl.Series:
    found = pl.repeat(False, height, dtype=pl.Boolean, eager=True)
    for one in where:
        found = found | one
    return found
