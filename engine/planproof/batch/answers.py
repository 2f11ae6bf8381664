"""Answers as frames: in the form of a table's columns, written as CSV, JSONL and Parquet, and counted."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from planproof.batch.results import Holds, ResultRow
from planproof.batch.tally import Counts, Tally
from planproof.flat import joined
from planproof.rulebook import Rulebook

TYPES: dict[Holds, Any] = {Holds.TEXT: pl.String, Holds.NUMBER: pl.Int64, Holds.CENTS: pl.Int64, Holds.TEXTS: pl.List(pl.String)}
_MONEY = pl.Decimal(18, 2)


def answers_frame(columns: Mapping[str, Holds], rows: Sequence[ResultRow]) -> pl.DataFrame:
    """Rows of answers as a frame, with amounts in cents."""
    return pl.DataFrame([pl.Series(name, [row[name] for row in rows], TYPES[holds]) for name, holds in columns.items()])


def typed(columns: Mapping[str, Holds], frame: pl.DataFrame) -> pl.DataFrame:
    """Answers with amounts as decimals."""
    return frame.with_columns(_decimal(name) for name, holds in columns.items() if holds is Holds.CENTS)


def _decimal(name: str) -> pl.Expr:
    return (pl.col(name).cast(pl.Decimal(18, 0)) * pl.lit("0.01").cast(_MONEY)).cast(_MONEY).alias(name)


# ------------------------------------------------------------------ written


def write_answers(path: Path, form: str, columns: Mapping[str, Holds], frame: pl.DataFrame) -> None:
    """Answers as a piece of an output; in CSV without the header."""
    if form == "parquet":
        typed(columns, frame).rechunk().write_parquet(path, compression="zstd")
    elif form == "jsonl":
        amounts = (pl.col(name).cast(pl.String) for name, holds in columns.items() if holds is Holds.CENTS)
        typed(columns, frame).with_columns(amounts).write_ndjson(path)
    else:
        lists = {name: _in_one(frame[name]) for name, holds in columns.items() if holds is Holds.TEXTS}
        texts = [name for name, holds in columns.items() if holds in (Holds.TEXT, Holds.TEXTS)]
        flat = typed(columns, frame).with_columns(**lists)
        flat.with_columns(_quoted(flat[name]) for name in texts).write_csv(path, include_header=False, quote_style="never")


def _in_one(lists: pl.Series) -> pl.Series:
    """Lists as texts, as `flat.joined` has them."""
    if lists.explode().str.contains(r"[;\\]").any():
        return pl.Series([joined(texts) for texts in lists.to_list()], dtype=pl.String)
    return lists.list.join(";")


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


# ------------------------------------------------------------------ counted


def counted(book: Rulebook, frame: pl.DataFrame) -> Tally:
    """The counts of answers whose rows are participants, as `tally` counts them."""
    verdict = book.core.verdict
    assert verdict is not None, "a rule book that gives no verdict answers nothing"
    found = Tally(rows=frame.height, verdicts=_counts(frame["verdict"]))
    for name in verdict.amounts:
        found.bindings.update({f"{name}: {text}": count for text, count in _counts(frame[f"{name}__binding"]).items() if text})
    found.pitfalls.update(_counts(frame["pitfalls"].explode()))
    found.missing.update(_counts(frame["missing"].explode()))
    reasons = frame.select("verdict", why=_in_one(frame["decided_by"])).group_by("verdict", "why").len()
    for told, why, count in reasons.iter_rows():
        found.clusters[joined([told]) + (f";{why}" if why else "")] += count
    plans = frame.group_by("verdict", "plan").len()
    found.plans.update({joined((verdict, plan or "")): count for verdict, plan, count in plans.iter_rows()})
    return found


def _counts(texts: pl.Series) -> Counts:
    counted = texts.drop_nulls().value_counts(name="count")
    return Counter(dict(_pairs(counted.iter_rows())))


def _pairs(rows: Iterable[tuple[Any, ...]]) -> Iterable[tuple[str, int]]:
    return ((str(text), int(count)) for text, count in rows)
