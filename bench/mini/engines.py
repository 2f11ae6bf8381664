"""Engines with one face, so that they can be checked and timed alike.

What prepares an engine (its rules compiled, its rows in its own form) is not timed; what is timed is the twenty values
of every row, in whatever form the engine gives them. To compare, each turns them into the same frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import polars as pl

from mini.by_hand import in_numpy, in_polars
from mini.outputs import AMOUNTS, BEST_WAY, COUNTS, OUTPUTS, PITFALLS, VERDICT, VERDICTS, WAYS, Answer
from mini.peers import openfisca
from mini.reference import ASKED
from mini.rows import Cell, Row
from planproof.columns.backend import ColumnBackend
from planproof.columns.compiled import Columns

Table = Mapping[str, list[Cell]]
SCHEMA: dict[str, Any] = {
    VERDICT: in_polars.words(VERDICTS),
    BEST_WAY: in_polars.words(WAYS),
    **dict.fromkeys((*AMOUNTS, *COUNTS), pl.Int64),
    **dict.fromkeys(PITFALLS, pl.Boolean),
}


class Engine(Protocol):
    """An engine with its rows at hand."""

    def run(self) -> Any:
        """The twenty values of every row, in the engine's own form."""

    def frame(self, found: Any) -> pl.DataFrame:
        """What `run` gave, as a frame of `SCHEMA`."""


# ------------------------------------------------------------------ engines that take rows


@dataclass(frozen=True, slots=True)
class ByRow:
    """An engine that answers rows one by one."""

    answers: Callable[[Sequence[Row]], list[Answer]]
    rows: list[dict[str, Cell]]

    def run(self) -> list[Answer]:
        """Answers, one for each row."""
        return self.answers(self.rows)

    def frame(self, found: list[Answer]) -> pl.DataFrame:
        """The answers as a frame; a number that is not whole, or a truth that is a number, is an error."""
        return pl.DataFrame({name: pl.Series([_plain(name, answer[name]) for answer in found], dtype=SCHEMA[name]) for name in OUTPUTS})


def _plain(name: str, value: Any) -> Any:
    if value is None or name in (VERDICT, BEST_WAY):
        return value
    assert isinstance(value, bool) is (name in PITFALLS), (name, value)
    assert value == int(value), (name, value)
    return value if isinstance(value, bool) else int(value)


# ------------------------------------------------------------------ engines that take columns


@dataclass(frozen=True, slots=True)
class HandPolars:
    """The rules by hand in Polars."""

    rows: pl.DataFrame

    def run(self) -> pl.DataFrame:
        """The columns of the answers."""
        return in_polars.answers(self.rows.lazy()).collect()

    def frame(self, found: pl.DataFrame) -> pl.DataFrame:
        """The answers as a frame."""
        return found.select(pl.col(name).cast(type_) for name, type_ in SCHEMA.items()).select(OUTPUTS)


@dataclass(frozen=True, slots=True)
class HandNumpy:
    """The rules by hand in NumPy."""

    table: in_numpy.Table

    def run(self) -> dict[str, Any]:
        """The arrays of the answers."""
        return in_numpy.answers(self.table)

    def frame(self, found: dict[str, Any]) -> pl.DataFrame:
        """The answers as a frame."""
        return pl.DataFrame({name: self._series(name, found) for name in OUTPUTS})

    def _series(self, name: str, found: dict[str, Any]) -> pl.Series:
        array = found[name]
        if name in PITFALLS:
            return _coded(array, (False, None, True), pl.Boolean())
        if name == VERDICT:
            return _coded(array, ("not_supported", None, "supported"), SCHEMA[name])
        if name == BEST_WAY:
            return _coded(array, (*WAYS, None), SCHEMA[name])
        known = found.get(f"{name}{in_numpy.KNOWN}")
        series = pl.Series(array.astype(np.int64))
        return series if known is None else pl.select(pl.when(pl.Series(known)).then(series)).to_series()


@dataclass(frozen=True, slots=True)
class OpenFisca:
    """The rules in OpenFisca."""

    engine: openfisca.OpenFisca
    table: dict[str, openfisca.Array]

    def run(self) -> dict[str, openfisca.Array]:
        """The arrays of the answers."""
        return self.engine.answers(self.table)

    def frame(self, found: dict[str, openfisca.Array]) -> pl.DataFrame:
        """The answers as a frame."""
        return pl.DataFrame({name: self._series(name, found[name]) for name in OUTPUTS})

    def _series(self, name: str, array: openfisca.Array) -> pl.Series:
        words = {VERDICT: VERDICTS, BEST_WAY: WAYS}.get(name, (False, True) if name in PITFALLS else None)
        if words is not None:
            return _coded(np.where(array == openfisca.UNKNOWN, len(words), array), (*words, None), SCHEMA[name])
        return pl.select(pl.when(pl.Series(array) != openfisca.UNKNOWN).then(pl.Series(array)).cast(pl.Int64)).to_series()


def _coded(array: Any, values: Sequence[bool | str | None], type_: Any) -> pl.Series:
    """Codes as what they stand for."""
    return pl.Series(values, dtype=type_).gather(pl.Series(array.astype(np.int64)))


# ------------------------------------------------------------------ planproof in columns


@dataclass(frozen=True, slots=True)
class OwnColumns:
    """planproof's columns, asked for the twenty values."""

    columns: Columns
    rows: pl.DataFrame

    def run(self) -> pl.DataFrame:
        """The columns of the answers."""
        return self.columns.run(self.rows)

    def frame(self, found: pl.DataFrame) -> pl.DataFrame:
        """The answers as a frame; a row that columns declined is an error here."""
        assert not found["declined"].any(), "columns declined a row"
        return found.select(pl.col(name).cast(type_) for name, type_ in SCHEMA.items()).select(OUTPUTS)


@dataclass(frozen=True, slots=True)
class OwnResults:
    """planproof's columns, asked for what a batch writes: verdict, amounts, paths, and lists of pitfalls."""

    backend: ColumnBackend
    rows: pl.DataFrame

    def run(self) -> pl.DataFrame:
        """The columns of the results."""
        return self.backend.results(self.rows, ASKED)

    def frame(self, found: pl.DataFrame) -> pl.DataFrame:
        """The results as a frame; the best way is the first of the paths that is open, unless one before it may be."""
        words = pl.col("verdict").cast(pl.String)
        verdict = pl.when(words != "unknown").then(words).cast(SCHEMA[VERDICT]).alias(VERDICT)
        sure, maybe = pl.col("pitfalls"), pl.col("pitfalls_possible")
        pitfalls = [pl.when(~maybe.list.contains(name)).then(sure.list.contains(name)).alias(name) for name in PITFALLS]
        counts = [sure.list.len().cast(pl.Int64).alias("pitfalls_certain"), maybe.list.len().cast(pl.Int64).alias("pitfalls_possible")]
        return found.select(verdict, _best_way(), *AMOUNTS, *pitfalls, *counts)


def _best_way() -> pl.Expr:
    best = pl.lit(WAYS[0])
    for path, way in (("rollover_out", WAYS[1]), ("conversion_in_plan", WAYS[2]), ("conversion_by_itself", WAYS[3])):
        status = pl.col(f"{path}.while_employed").cast(pl.String)
        best = pl.when(status == "open").then(pl.lit(way)).when(status == "closed").then(best)
    return best.cast(SCHEMA[BEST_WAY]).alias(BEST_WAY)
