"""Answers for many rows at once: a frame of facts in, a frame of verdicts, amounts, paths and pitfalls out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from planproof.answer import UNKNOWN, Answerer
from planproof.columns.compiled import DECLINED, Columns
from planproof.columns.inputs import STATE
from planproof.plan import Asked

STATUS = pl.Enum(["open", "closed", UNKNOWN])


class ColumnBackend:
    """Answers questions of one rule book over frames; what it compiles for a question is kept.

    A row that is `declined` must be answered by the reference evaluator: columns cannot hold it, a row of a list does
    not fulfil what the list demands, or something may be in error in it.
    """

    leaves_out: tuple[str, ...] = ("missing", "errors", "binding")

    def __init__(self, answerer: Answerer) -> None:
        self._core = answerer.book.core
        self._columns: dict[Asked, Columns] = {}

    def results(self, rows: pl.DataFrame, asked: Asked) -> pl.DataFrame:
        """The answers, row by row."""
        if asked not in self._columns:
            self._columns[asked] = Columns(self._core, self._names(), asked)
        found = self._columns[asked].run(rows)
        return pl.DataFrame([*self._answers(found), found[DECLINED]])

    def _names(self) -> tuple[str, ...]:
        verdict = self._core.verdict
        assert verdict is not None, "a rule book that gives no verdict answers nothing"
        names = [verdict.name, *verdict.amounts, *(pitfall.name for pitfall in self._core.pitfalls)]
        for path in self._core.paths:
            names += [*(phase for _, phase in path.phases), *path.consequences]
        return tuple(dict.fromkeys(names))

    def _answers(self, found: pl.DataFrame) -> Iterator[pl.Series]:
        verdict = self._core.verdict
        assert verdict is not None
        yield found[verdict.name].cast(pl.String).fill_null(UNKNOWN).alias("verdict")
        for name in verdict.amounts:
            yield found[name]
            if f"{name}{STATE}" in found.columns and found[f"{name}{STATE}"].any():
                none = pl.when(pl.col(f"{name}{STATE}")).then(pl.lit("none"))
                yield found.select(none.alias(f"{name}{STATE}")).to_series()
        for path in self._core.paths:
            opened = dict(path.phases)
            for phase in verdict.phases:
                yield _status(found, opened.get(phase)).alias(f"{path.name}.{phase}")
            yield from (found[name] for name in path.consequences)
        pitfalls = [pitfall.name for pitfall in self._core.pitfalls]
        yield names_where(found.select(pl.col(name).fill_null(False) for name in pitfalls), pitfalls).alias("pitfalls")
        yield names_where(found.select(pl.col(name).is_null() for name in pitfalls), pitfalls).alias("pitfalls_possible")


def _status(found: pl.DataFrame, name: str | None) -> pl.Series:
    if name is None:
        return pl.repeat("closed", found.height, dtype=STATUS, eager=True)
    words = pl.when(pl.col(name)).then(pl.lit("open")).when(~pl.col(name)).then(pl.lit("closed")).otherwise(pl.lit(UNKNOWN))
    return found.select(words.cast(STATUS)).to_series()


def names_where(truths: pl.DataFrame, names: Sequence[str]) -> pl.Series:
    """For each row the names of the columns that are yes, in order."""
    words = pl.Enum(list(names))
    parts: Iterable[pl.DataFrame] = (
        truths.select(row=pl.arg_where(pl.col(column)), name=pl.lit(name, dtype=words))
        for column, name in zip(truths.columns, names, strict=True)
    )
    told = pl.concat([pl.DataFrame(schema={"row": pl.UInt32, "name": words}), *parts]).sort("row", maintain_order=True)
    lists = told.group_by("row", maintain_order=True).agg(pl.col("name").cast(pl.String))
    rows = pl.DataFrame({"row": pl.int_range(truths.height, dtype=pl.UInt32, eager=True)})
    return rows.join(lists, on="row", how="left", maintain_order="left")["name"].fill_null([])
