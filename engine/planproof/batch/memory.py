"""Rows that are in memory, answered as those of a table are: for the frames of Python's libraries and of Spark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import chain
from pathlib import Path

import polars as pl

from planproof import __version__
from planproof.answer import Answer, Answerer
from planproof.batch.answers import Answers
from planproof.batch.inputs import kind_of
from planproof.batch.jobs import Input, Job, Kind, Scenario
from planproof.batch.parquet import results_frame
from planproof.batch.reading import Asking, Found, PartReader, Reject
from planproof.batch.results import Question, Reference, ResultRow, columns
from planproof.batch.sheets import frame_sheet
from planproof.batch.vectors import Vectors
from planproof.diagnostics import Diagnostic
from planproof.frames import frame_rows, shape_problems
from planproof.plan import Plan
from planproof.rulebook import Rulebook
from planproof.tables import Read

_ROWS_AT_ONCE = 50_000


class Unfit(Exception):
    """A frame whose columns cannot be used; it says what is wrong with each."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics


class FrameAnswerer:
    """Answers frames of rows with the same columns for one year; make it once and use it for every frame.

    `plans` are those that rows may name; `names` are the columns.
    """

    def __init__(self, answerer: Answerer, year: int, on: date | None, plans: Mapping[str, Plan], names: Iterable[str]) -> None:
        book = answerer.book
        of_plans = kind_of(names) is Kind.PLANS
        self.columns = columns(book, of_plans=of_plans)
        self._answerer = answerer
        self._year = year
        self._reader = PartReader(book, _job(book, year, on), plans)
        self._vectors = None if of_plans else Vectors(answerer, self._reader)

    def results(self, name: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
        """The answers to a frame that messages call by this name, in order, and what is rejected. Raises `Unfit`."""
        _check(self._reader, name, frame)
        rejects: list[Reject] = []
        if self._vectors is None:
            found = _read(self._reader, name, frame, frame_rows(name, frame, self._reader.columns))
            return self.frame(list(Reference(self._answerer).results(self._questions(found, rejects)))), rejects
        made = [self.frame([])]
        for first in range(0, frame.height, _ROWS_AT_ONCE):
            sheet = frame_sheet(name, frame.slice(first, _ROWS_AT_ONCE), self._reader.columns, first)
            answers, wrong = self._vectors.answers(Input(name, Kind.PARTICIPANTS, 0, ""), sheet)
            made.append(Answers(self.columns, answers).table())
            rejects += wrong
        return pl.concat(made), rejects

    def whole(self, name: str, frame: pl.DataFrame, id_: str) -> list[Answer | Reject]:
        """What is asked by the rows of one id, each with its proof, or rejected. Raises `Unfit`."""
        _check(self._reader, name, frame)
        ids = frame["id"].cast(pl.String) if "id" in frame.columns else pl.Series([], dtype=pl.String)
        places = (ids == id_).arg_true()
        rows = chain.from_iterable(frame_rows(name, frame.slice(place, 1), self._reader.columns, place) for place in places)
        return [one if isinstance(one, Reject) else self._proved(one) for one in _read(self._reader, name, frame, rows)]

    def _proved(self, asking: Asking) -> Answer:
        return self._answerer.answer(asking.plan, asking.participant, self._year, self._reader.job.day(self._year))

    def frame(self, rows: list[ResultRow]) -> pl.DataFrame:
        """Answers as a frame."""
        return results_frame(self.columns, rows)

    def _questions(self, read: Iterable[Found], rejects: list[Reject]) -> Iterator[Question]:
        for one in read:
            if isinstance(one, Reject):
                rejects.append(one)
            else:
                yield from self._reader.questions(one)


def _job(book: Rulebook, year: int, on: date | None) -> Job:
    return Job(__version__, book.hash, (year,), _told(on), _told(book.known), (Scenario("", ()),), "", ())


def _told(day: date | None) -> str:
    return day.isoformat() if day else ""


def _check(reader: PartReader, name: str, frame: pl.DataFrame) -> None:
    wrong = shape_problems(name, frame.schema, reader.columns)
    if wrong:
        raise Unfit(wrong)


def _read(reader: PartReader, name: str, frame: pl.DataFrame, rows: Iterable[Read]) -> Iterator[Found]:
    one = Input(name, kind_of(frame.columns), 0, "")
    if one.kind is Kind.PLANS:
        yield from reader.plan_rows(one, rows)
    else:
        for row in rows:
            yield from reader.participant(one, row)


def plans_of_frame(book: Rulebook, name: str, frame: pl.DataFrame) -> Iterator[tuple[str, Plan] | Reject]:
    """The plans of a frame of their rows, by id. Raises `Unfit`."""
    reader = PartReader(book, _job(book, 1, None), {})
    _check(reader, name, frame)
    yield from _by_id(_read(reader, name, frame, frame_rows(name, frame, reader.columns)))


def plans_of_files(book: Rulebook, paths: Iterable[Path]) -> Iterator[tuple[str, Plan] | Reject]:
    """The plans of files, each called by the name of its file without ending."""
    reader = PartReader(book, _job(book, 1, None), {})
    for path in paths:
        yield from _by_id(reader.plan_file(Input(path.as_posix(), Kind.PLAN_FILE, 0, "", path.stem)))


def _by_id(read: Iterable[Found]) -> Iterator[tuple[str, Plan] | Reject]:
    for one in read:
        yield (one.id, one.plan) if isinstance(one, Asking) else one
