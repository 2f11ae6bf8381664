"""Answers as frames: in the form of a table's columns, written as CSV, JSONL and Parquet, and counted.

Few answers differ in their lists, so that what is made of a list is made once for all that are alike.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from planproof.batch.parquet import write_frame
from planproof.batch.results import Holds, ResultRow
from planproof.batch.tally import Counts, Tally
from planproof.columns.lists import distinct
from planproof.flat import joined
from planproof.rulebook import Rulebook

TYPES: dict[Holds, Any] = {Holds.TEXT: pl.String, Holds.NUMBER: pl.Int64, Holds.CENTS: pl.Int64, Holds.TEXTS: pl.List(pl.String)}
_MONEY = pl.Decimal(18, 2)
_EACH_ITS_OWN = ("id", "input_hash")  # texts that few rows share


def answers_frame(columns: Mapping[str, Holds], rows: Sequence[ResultRow]) -> pl.DataFrame:
    """Rows of answers as a frame, with amounts in cents."""
    return pl.DataFrame([pl.Series(name, [row[name] for row in rows], TYPES[holds]) for name, holds in columns.items()])


@dataclass(frozen=True, slots=True)
class _Lists:
    """A column of lists: those that differ, and which of them each row has."""

    few: pl.Series
    which: pl.Series

    def joined(self) -> pl.Series:
        """Each list as one text, as `flat.joined` has it."""
        texts = self.few.cast(pl.List(pl.String))
        if texts.explode().str.contains(r"[;\\]").any():
            return pl.Series(map(joined, texts.to_list()), dtype=pl.String).gather(self.which)
        return texts.list.join(";").gather(self.which)

    def coded(self) -> pl.Series:
        """The lists with their texts as numbers of a dictionary, which is how Parquet keeps them small."""
        texts = self.few.cast(pl.List(pl.String))
        return texts.cast(pl.List(pl.Enum(texts.explode().drop_nulls().unique().sort()))).gather(self.which)

    def counts(self) -> Counts:
        """How many rows have each text."""
        times = self.which.value_counts(name="rows").sort("")["rows"]
        texts = pl.DataFrame([self.few.alias("text"), times]).explode("text").drop_nulls("text").group_by("text").agg(pl.col("rows").sum())
        return Counter(dict(texts.iter_rows()))


class Answers:
    """Answers in the columns of an output, with amounts in cents."""

    def __init__(self, columns: Mapping[str, Holds], frame: pl.DataFrame) -> None:
        self._columns = columns
        self._frame = frame
        self._lists = {name: _lists(frame[name]) for name, holds in columns.items() if holds is Holds.TEXTS}

    def table(self) -> pl.DataFrame:
        """The answers in the types of an output."""
        words = {Holds.TEXT: pl.String(), Holds.TEXTS: pl.List(pl.String)}
        return self._typed().with_columns(pl.col(name).cast(words[holds]) for name, holds in self._columns.items() if holds in words)

    def _typed(self) -> pl.DataFrame:
        """With amounts as decimals."""
        return self._frame.with_columns(_decimal(name) for name, holds in self._columns.items() if holds is Holds.CENTS)

    # -------------------------------------------------------------- written

    def write(self, path: Path, form: str) -> None:
        """Write a piece of an output; in CSV without the header."""
        frame = self._typed()
        if form == "parquet":
            lists = {name: lists.coded() for name, lists in self._lists.items()}
            texts = {
                name: _coded(frame[name]) for name, holds in self._columns.items() if holds is Holds.TEXT and name not in _EACH_ITS_OWN
            }
            write_frame(path, frame.with_columns(**lists, **texts))
        elif form == "jsonl":
            frame.with_columns(pl.col(pl.Decimal).cast(pl.String)).write_ndjson(path)
        else:
            flat = frame.with_columns(**{name: lists.joined() for name, lists in self._lists.items()})
            words = [name for name, holds in self._columns.items() if holds in (Holds.TEXT, Holds.TEXTS)]
            flat.with_columns(_quoted(flat[name].cast(pl.String)) for name in words).write_csv(
                path, include_header=False, quote_style="never"
            )

    # -------------------------------------------------------------- counted

    def counted(self, book: Rulebook) -> Tally:
        """The counts of answers whose rows are participants, as `tally` counts them."""
        verdict = book.core.verdict
        assert verdict is not None, "a rule book that gives no verdict answers nothing"
        found = Tally(rows=self._frame.height, verdicts=Counter(dict(_counts(self._frame["verdict"]))))
        for name in verdict.amounts:
            found.bindings.update({f"{name}: {text}": count for text, count in _counts(self._frame[f"{name}__binding"]) if text})
        found.pitfalls = self._lists["pitfalls"].counts()
        found.missing = self._lists["missing"].counts()
        for told, plan, rows in self._frame.group_by("verdict", "plan").len().iter_rows():
            found.plans[joined((told, plan or ""))] += rows
        why = self._lists["decided_by"]
        for told, place, rows in self._frame.select("verdict", which=why.which).group_by("verdict", "which").len().iter_rows():
            found.clusters[joined((told, *why.few[place]))] += rows
        return found


def _lists(column: pl.Series) -> _Lists:
    places, which = distinct(column.to_frame(), len(column))
    return _Lists(column.gather(places), which.alias(""))


def _coded(texts: pl.Series) -> pl.Series:
    """Texts as numbers of a dictionary of those that are there."""
    if not isinstance(texts.dtype, pl.Enum):
        return texts.cast(pl.Enum(texts.drop_nulls().unique().sort()))
    places = texts.to_physical()
    options, used = texts.dtype.categories, set(places.unique())
    there = [option if place in used else None for place, option in enumerate(options)]
    return pl.Series(there, dtype=pl.Enum(sorted(option for option in there if option is not None))).gather(places)


def _decimal(name: str) -> pl.Expr:
    return (pl.col(name).cast(pl.Decimal(18, 0)) * pl.lit("0.01").cast(_MONEY)).cast(_MONEY).alias(name)


def _quoted(texts: pl.Series) -> pl.Series:
    """Texts as cells of CSV, those that need quotes by `csv` itself."""
    needy = texts.str.contains('[,"\r\n]').fill_null(value=False)
    if not needy.any():
        return texts
    some = texts.filter(needy).unique()
    return texts.replace(some, pl.Series([_cell(text) for text in some], dtype=pl.String))


def _cell(text: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([text, ""])
    return out.getvalue().removesuffix(",\n")


def _counts(texts: pl.Series) -> Iterator[tuple[str, int]]:
    yield from texts.drop_nulls().value_counts(name="count").iter_rows()
