"""Questions asked from Spark: a frame of rows in, a frame of answers out, answered by the workers that hold the rows.

A worker is sent the texts of the rule book and the plans, and answers batches of rows in Arrow's form by the code that
answers them locally, so that the answers are the same to the bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from pyspark.sql.types import ArrayType, DecimalType, LongType, StringType, StructField, StructType

from planproof.answer import Answerer
from planproof.asking import InvalidInput, answerer_of, check_arguments
from planproof.batch.inputs import kind_of
from planproof.batch.jobs import Kind
from planproof.batch.memory import FrameAnswerer, Unfit
from planproof.batch.reading import Reject
from planproof.batch.results import Holds, ResultRow, columns
from planproof.diagnostics import Diagnostic
from planproof.many import located, plans_of
from planproof.plan import Plan
from planproof.rulebook import Rulebook, rulebook_of
from planproof.source import Source

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

_TYPES = {Holds.TEXT: StringType(), Holds.NUMBER: LongType(), Holds.CENTS: DecimalType(18, 2), Holds.TEXTS: ArrayType(StringType())}
_NOT_TOLD = ("source", "row")  # a worker does not know where a row stood


def verdicts(
    frame: DataFrame,
    *,
    year: int,
    plans: object = None,
    on: date | None = None,
    known: date | None = None,
    rules: str | Path | None = None,
) -> DataFrame:
    """A Spark frame with a row of results for each row of the flat form; each has an `id`, and no plan has several rows.

    The arguments are those of `planproof.verdicts`. A row that cannot be used has no verdict, and its `errors` say what
    is wrong with it. Raises `InvalidInput` for what is wrong before any row is read.
    """
    check_arguments(year, on=on, known=known)
    wrong = list(_unfit(frame.columns))
    if wrong:
        raise InvalidInput(wrong)
    book = answerer_of(rules, known).book
    try:
        asked = _Asked(book.sources, year, on, known, plans_of(book, plans), tuple(frame.columns))
    except Unfit as unfit:
        raise InvalidInput(unfit.diagnostics) from None
    schema = StructType([StructField(name, _TYPES[holds]) for name, holds in _columns(book, asked.names).items()])
    plain = frame.toDF(*[f"c{number}" for number in range(len(asked.names))])  # a dot in a name would part it
    return plain.mapInArrow(partial(_answered, asked), schema)


def _unfit(names: Sequence[str]) -> Iterator[Diagnostic]:
    if "id" not in names:
        yield Diagnostic("spark", "the rows have no column `id`", help="a worker does not know the number of a row")
    if "effective" in names or ("group" in names and "plan" not in names):
        yield Diagnostic("spark", "a plan of several rows cannot be parted among workers", help="give plans as `plans`")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a worker is sent: the rule book's texts, the question, the plans, and the names of the columns."""

    sources: tuple[Source, ...]
    year: int
    on: date | None
    known: date | None
    plans: Mapping[str, Plan]
    names: tuple[str, ...]


def _columns(book: Rulebook, names: Iterable[str]) -> dict[str, Holds]:
    """The columns of answers to a frame with columns of these names."""
    told = columns(book, of_plans=kind_of(names) is Kind.PLANS)
    return {name: holds for name, holds in told.items() if name not in _NOT_TOLD}


def _answered(asked: _Asked, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Batches of rows as batches of answers."""
    answerer, kept = _answerer(asked)
    for batch in batches:
        yield from _in_arrow(answerer, pl.DataFrame(batch.rename_columns(list(asked.names))), kept)


_answerers: list[tuple[_Asked, FrameAnswerer, dict[str, Holds]]] = []


def _answerer(asked: _Asked) -> tuple[FrameAnswerer, dict[str, Holds]]:
    """What answers in this process, which Spark uses for one task after the other, and the columns of its answers."""
    if not _answerers or _answerers[0][0] != asked:
        book, _ = rulebook_of(asked.sources)
        assert book is not None, "the rule book was compiled before"
        answerer = FrameAnswerer(Answerer(book.known_on(asked.known)), asked.year, asked.on, asked.plans, asked.names)
        _answerers[:] = [(asked, answerer, _columns(book, asked.names))]
    return _answerers[0][1:]


def _in_arrow(answerer: FrameAnswerer, frame: pl.DataFrame, kept: Mapping[str, Holds]) -> Iterator[pa.RecordBatch]:
    from pyspark.sql.pandas.types import to_arrow_schema

    try:
        results, rejects = answerer.results("frame", frame)
    except Unfit as unfit:
        raise InvalidInput(unfit.diagnostics) from None
    told = pl.concat([results, answerer.frame(list(_rejected(rejects, answerer.columns)))]).select(list(kept))
    arrow = to_arrow_schema(StructType([StructField(name, _TYPES[holds]) for name, holds in kept.items()]))
    yield from told.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(arrow).to_batches()


def _rejected(rejects: Iterable[Reject], holds: Mapping[str, Holds]) -> Iterator[ResultRow]:
    """A row that cannot be used, as an answer that says why."""
    for (id_, _), several in groupby(rejects, lambda reject: (reject.id, reject.row)):
        errors = tuple(f"{found.code}: {found.message}" for found in map(located, several))
        empty: ResultRow = {name: () if kind is Holds.TEXTS else None for name, kind in holds.items()}
        yield {**empty, "id": id_, "errors": errors}
