"""Questions asked from Python about many rows: a frame of facts in, a frame of verdicts of the same library out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar, cast

from planproof.asking import InvalidInput, answerer_of
from planproof.diagnostics import Diagnostic, clip, has_errors
from planproof.exchange import given, taken
from planproof.flat_read import Row
from planproof.frames import frame_of_results, frame_rows, shape_problems
from planproof.plan import Plan
from planproof.plans import Loader
from planproof.row_answers import Question, RowAnswerer

Frame = TypeVar("Frame")


def verdicts(
    frame: Frame,
    *,
    year: int,
    plans: object = None,
    on: date | None = None,
    rules: str | Path | None = None,
) -> Frame:
    """A row of results for each row of the flat form, as a frame of the library that `frame` is of.

    `plans` are those that participants name: files of plans, each called by its name without ending, or a frame of
    rows of plans. They are taken as they stand `on` a date, without one on the last day of the year. Raises
    `InvalidInput` if a row or a column cannot be used, with all that is wrong.
    """
    answerer = RowAnswerer(answerer_of(rules))
    question = Question(year, on or date(year, 12, 31), _plans(answerer, plans))
    rows = _rows(answerer, frame, "frame")
    results = _right(answerer.answers(rows, question), rows)
    return cast(Frame, given(frame_of_results(results, answerer.columns()), frame))


def _rows(answerer: RowAnswerer, frame: object, name: str) -> Sequence[Row]:
    """The rows of a frame, which messages call by this name."""
    table, wrong = taken(frame)
    if table is not None:
        wrong = shape_problems(name, table.schema, answerer.reader.columns)
    if table is None or wrong:
        raise InvalidInput(wrong)
    return _right(frame_rows(name, table, answerer.reader.columns), ())


def _plans(answerer: RowAnswerer, plans: object) -> dict[str, Plan]:
    """Plans by id: those of one file or several, or of the rows of a frame."""
    if plans is None:
        return {}
    if isinstance(plans, str | Path):
        plans = [plans]
    if isinstance(plans, list | tuple):
        return dict(_right(_read(answerer, [Path(path) for path in plans]), ()))
    rows = _rows(answerer, plans, "plans")
    return dict(_right(answerer.plans(rows), rows))


def _read(answerer: RowAnswerer, paths: Sequence[Path]) -> Iterator[tuple[str, Plan] | Diagnostic]:
    loader = Loader(answerer.reader.book)
    for path in paths:
        plan, source, found = loader.plan(path)
        if plan is None:
            raise InvalidInput(found, [source] if source else [])
        yield path.stem, plan


Made = TypeVar("Made")


def _right(made: Iterable[Made | Diagnostic], rows: Sequence[Row]) -> list[Made]:
    """All that was made, if nothing is wrong; else all that is wrong, each with its row and column."""
    good: list[Made] = []
    wrong: list[Diagnostic] = []
    for one in made:
        if isinstance(one, Diagnostic):
            wrong.append(one)
        else:
            good.append(one)
    if has_errors(wrong):
        by_place = {(row.path, row.number): row for row in rows}
        raise InvalidInput(_with_column(found, by_place) for found in wrong)
    return good


def _with_column(found: Diagnostic, rows: Mapping[tuple[str, int], Row]) -> Diagnostic:
    """The finding with the name of its column in words, as the number in its place counts what the row states."""
    row = rows.get((found.span.path, found.span.line)) if found.span else None
    column = row.column(found.span) if row else ""
    return replace(found, message=f"{found.message} in `{clip(column)}`") if column and f"`{column}`" not in found.message else found
