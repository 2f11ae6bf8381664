"""Questions asked from Python about many rows: a frame of facts in, a frame of verdicts of the same library out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from planproof.asking import InvalidInput, answerer_of, check_arguments
from planproof.batch.memory import FrameAnswerer, Unfit, plans_of_files, plans_of_frame
from planproof.batch.reading import Reject
from planproof.diagnostics import Diagnostic, clip
from planproof.exchange import given, taken
from planproof.notebook import Verdict
from planproof.plan import Plan
from planproof.rulebook import Rulebook

if TYPE_CHECKING:
    import polars as pl

Frame = TypeVar("Frame")


def verdicts(
    frame: Frame,
    *,
    year: int,
    plans: object = None,
    on: date | None = None,
    known: date | None = None,
    rules: str | Path | None = None,
) -> Frame:
    """A row of results for each row of the flat form, as a frame of the library that `frame` is of.

    `plans` are those that participants name: files of plans, each called by its name without ending, or a frame of
    rows of plans. They are taken as they stand `on` a date, without one on the last day of the year; they and the law as
    they were `known` on a date, without one as they are now. Raises `InvalidInput` if a row or a column cannot be used,
    with all that is wrong.
    """
    check_arguments(year, on=on, known=known)
    answerer = answerer_of(rules, known)
    with _told():
        table = _frame(frame)
        asking = FrameAnswerer(answerer, year, on, plans_of(answerer.book, plans), table.columns)
        results, rejects = asking.results("frame", table)
    if rejects:
        raise InvalidInput(map(located, rejects))
    return cast(Frame, given(results, frame))


def why(
    frame: object,
    id_: str,
    *,
    year: int,
    plans: object = None,
    on: date | None = None,
    known: date | None = None,
    rules: str | Path | None = None,
) -> Verdict:
    """The verdict on the rows of one id with its proof; of a plan with groups, `answer.groups` has theirs.

    The other arguments are those of `verdicts`. Raises `InvalidInput`, also if the frame has no such row or several.
    """
    check_arguments(year, on=on, known=known)
    answerer = answerer_of(rules, known)
    if not isinstance(id_, str):
        raise InvalidInput([Diagnostic("bad-argument", f"the id is no text: {clip(repr(id_))}")])
    with _told():
        table = _frame(frame)
        found = FrameAnswerer(answerer, year, on, plans_of(answerer.book, plans), table.columns).whole("frame", table, id_)
    rejects = [one for one in found if isinstance(one, Reject)]
    answers = [one for one in found if not isinstance(one, Reject)]
    if rejects:
        raise InvalidInput(map(located, rejects))
    if len(answers) != 1:
        many = "several rows" if answers else "no row"
        raise InvalidInput([Diagnostic("unknown-row", f"the frame has {many} `{clip(id_)}`")])
    return Verdict(answerer, answers[0])


@contextmanager
def _told() -> Iterator[None]:
    """A frame that is unfit becomes the exception that all of this raises."""
    try:
        yield
    except Unfit as unfit:
        raise InvalidInput(unfit.diagnostics) from None


def _frame(frame: object) -> pl.DataFrame:
    table, wrong = taken(frame)
    if table is None:
        raise InvalidInput(wrong)
    return table


def plans_of(book: Rulebook, plans: object) -> dict[str, Plan]:
    """Plans by id: those of one file or of several, or of the rows of a frame. Raises `InvalidInput` or `Unfit`."""
    if plans is None:
        return {}
    if isinstance(plans, str | Path):
        plans = [plans]
    if isinstance(plans, list | tuple):
        return _right(plans_of_files(book, map(Path, plans)))
    return _right(plans_of_frame(book, "plans", _frame(plans)))


def _right(made: Iterable[tuple[str, Plan] | Reject]) -> dict[str, Plan]:
    """The plans, if nothing is wrong; else all that is wrong."""
    plans: dict[str, Plan] = {}
    wrong: list[Diagnostic] = []
    for one in made:
        if isinstance(one, Reject):
            wrong.append(located(one))
        elif one[0] in plans:
            wrong.append(
                Diagnostic("plan-rows", f"there are two plans `{clip(one[0])}`", help="the rows of one plan stand one after the other")
            )
        else:
            plans[one[0]] = one[1]
    if wrong:
        raise InvalidInput(wrong)
    return plans


def located(reject: Reject) -> Diagnostic:
    """What is wrong with a row, with the name of its column, as the number in its place counts what the row states."""
    found, column = reject.found, reject.column
    named = not column or f"`{column}`" in found.message
    return found if named else replace(found, message=f"{found.message} in `{clip(column)}`")
