"""Answers for many rows at once: a frame of facts in, a frame of verdicts, amounts, paths and pitfalls out."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from planproof.answer import UNKNOWN, Answerer
from planproof.columns.compiled import BINDING, DECLINED, Columns
from planproof.columns.lists import names_where
from planproof.columns.missing import Missing
from planproof.columns.shapes import STATE
from planproof.plan import Asked

STATUS = pl.Enum(["open", "closed", UNKNOWN])


class ColumnBackend:
    """Answers questions of one rule book over frames; what it compiles for a question is kept.

    A row that is `declined` must be answered by the reference evaluator: columns cannot hold it, a row of a list does
    not fulfil what the list demands, or something may be in error in it.
    """

    leaves_out: tuple[str, ...] = ("errors",)

    def __init__(self, answerer: Answerer) -> None:
        self._book = answerer.book
        self._core = answerer.book.core
        self._missing: dict[Asked, Missing] = {}
        assert self._core.verdict is not None, "a rule book that gives no verdict answers nothing"
        self._verdict = self._core.verdict
        self._columns: dict[Asked, Columns] = {}

    def results(self, rows: pl.DataFrame, asked: Asked) -> pl.DataFrame:
        """The answers, row by row."""
        if asked not in self._columns:
            self._columns[asked] = Columns(self._core, self.names, asked, decided=self._verdict.amounts)
            self._missing[asked] = Missing(self._book, asked)
        found = self._columns[asked].run(rows)
        missing = self._missing_in(rows, found, self._missing[asked])
        declined = (found[DECLINED] | missing["unresolved"]).alias(DECLINED)
        return pl.DataFrame([*self._answers(found), missing["missing"], declined])

    def _missing_in(self, rows: pl.DataFrame, found: pl.DataFrame, missing: Missing) -> pl.DataFrame:
        """What is missing; looked for only in rows in which something is not known."""
        names = (self._verdict.name, *self._verdict.amounts)
        unknown = pl.any_horizontal(
            pl.col(name).is_null() & ~pl.col(f"{name}{STATE}") if f"{name}{STATE}" in found.columns else pl.col(name).is_null()
            for name in names
        )
        where = found.select(unknown).to_series()
        if not where.any():
            nothing = pl.Series("missing", [[]], dtype=pl.List(pl.String)).new_from_index(0, found.height)
            return pl.DataFrame([nothing, pl.repeat(False, found.height, eager=True).alias("unresolved")])
        told = missing.run(rows if where.all() else rows.filter(where))
        if where.all():
            return told
        place = pl.select(pl.when(where).then(where.cum_sum() - 1)).to_series()
        return told[place].select(pl.col("missing").fill_null([]), pl.col("unresolved").fill_null(False))

    @property
    def names(self) -> tuple[str, ...]:
        """What is compiled: the verdict, its amounts, pitfalls, and of each path phases and consequences."""
        verdict = self._verdict
        names = [verdict.name, *verdict.amounts, *(pitfall.name for pitfall in self._core.pitfalls)]
        for path in self._core.paths:
            names += [*(phase for _, phase in path.phases), *path.consequences]
        return tuple(dict.fromkeys(names))

    def _answers(self, found: pl.DataFrame) -> Iterator[pl.Series]:
        verdict = self._verdict
        yield _verdict(found, verdict.name).alias("verdict")
        for name in verdict.amounts:
            yield found[name]
            yield found[f"{name}{BINDING}"]
            if f"{name}{STATE}" in found.columns and found[f"{name}{STATE}"].any():
                none = pl.when(pl.col(f"{name}{STATE}")).then(pl.lit("none"))
                yield found.select(none.alias(f"{name}{STATE}")).to_series()
        for path in self._core.paths:
            opened = dict(path.phases)
            for phase in verdict.phases:
                yield _status(found, opened.get(phase)).alias(f"{path.name}.{phase}")
            yield from (found[name] for name in path.consequences)
        pitfalls = [pitfall.name for pitfall in self._core.pitfalls]
        yield names_where(found.select(pl.col(name).fill_null(False) for name in pitfalls), pitfalls, found.height).alias("pitfalls")
        yield names_where(found.select(pl.col(name).is_null() for name in pitfalls), pitfalls, found.height).alias("pitfalls_possible")


def _verdict(found: pl.DataFrame, name: str) -> pl.Series:
    options = _words(found.schema[name])
    words = pl.Enum([*options, UNKNOWN])
    told = pl.lit(UNKNOWN, dtype=words)
    for option in options:
        told = pl.when(pl.col(name) == option).then(pl.lit(option, dtype=words)).otherwise(told)
    return found.select(told).to_series()


def _status(found: pl.DataFrame, name: str | None) -> pl.Series:
    if name is None:
        return pl.repeat("closed", found.height, dtype=STATUS, eager=True)
    opened, closed, unknown = (pl.lit(word, dtype=STATUS) for word in STATUS.categories)
    return found.select(pl.when(pl.col(name)).then(opened).when(~pl.col(name)).then(closed).otherwise(unknown)).to_series()


def _words(type_: pl.DataType) -> list[str]:
    assert isinstance(type_, pl.Enum), "a verdict is a choice"
    return type_.categories.to_list()
