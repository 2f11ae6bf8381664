"""Rows of answers as CSV, JSONL or Parquet, in pieces that make one file."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from planproof.batch.reading import Reject
from planproof.batch.results import Cell, Holds, ResultRow
from planproof.flat import joined, parted

FORMS = ("csv", "jsonl", "parquet")
REJECT_COLUMNS = ("id", "source", "row", "column", "code", "message", "help")

# ------------------------------------------------------------------ pieces


def write_piece(path: Path, form: str, columns: Mapping[str, Holds], rows: Sequence[ResultRow]) -> None:
    """A piece of an output; in CSV without the header."""
    if form == "parquet":
        from planproof.batch.answers import Answers, answers_frame

        Answers(columns, answers_frame(columns, rows)).write(path, form)
        return
    text = _csv(columns, rows) if form == "csv" else _jsonl(columns, rows)
    path.write_text(text, encoding="utf-8", newline="")


def _csv(columns: Mapping[str, Holds], rows: Iterable[ResultRow]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([shown(row[name], holds) for name, holds in columns.items()] for row in rows)
    return out.getvalue()


def shown(cell: Cell, holds: Holds) -> str:
    """A cell as CSV has it."""
    if cell is None:
        return ""
    if isinstance(cell, tuple):
        return _in_one(cell)
    return _plain(cell, holds)


@lru_cache(20_000)
def _in_one(texts: tuple[str, ...]) -> str:
    """Texts in one; many rows have the same."""
    return joined(texts)


def _plain(cell: str | int, holds: Holds) -> str:
    if holds is not Holds.CENTS or not isinstance(cell, int):
        return str(cell)
    whole, part = divmod(abs(cell), 100)
    return f"{'-' if cell < 0 else ''}{whole}.{part:02d}"


def _jsonl(columns: Mapping[str, Holds], rows: Iterable[ResultRow]) -> str:
    lines = ({name: _json(row[name], holds) for name, holds in columns.items()} for row in rows)
    return "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)


def _json(cell: Cell, holds: Holds) -> Any:
    if isinstance(cell, tuple):
        return list(cell)
    return cell if cell is None or holds is Holds.NUMBER else _plain(cell, holds)


def reject_text(rejects: Iterable[Reject]) -> str:
    """Rejected rows as CSV, without the header."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for one in rejects:
        found = one.found
        writer.writerow([one.id, one.source, one.row or "", one.column, found.code, found.message, found.help or ""])
    return out.getvalue().encode("utf-8", "backslashreplace").decode()


# ------------------------------------------------------------------ whole files


def assemble(path: Path, form: str, columns: Mapping[str, Holds], pieces: Sequence[Path]) -> None:
    """The pieces in their order as one file."""
    if form == "parquet":
        from planproof.batch.parquet import join_results

        join_results(path, columns, pieces)
        return
    head = ",".join(columns) + "\n" if form == "csv" else ""
    _concatenate(path, head, pieces)


def assemble_rejects(path: Path, pieces: Sequence[Path]) -> None:
    """The rejected rows of all parts as one CSV file."""
    _concatenate(path, ",".join(REJECT_COLUMNS) + "\n", pieces)


def _concatenate(path: Path, head: str, pieces: Iterable[Path]) -> None:
    with path.open("wb") as out:
        out.write(head.encode())
        for piece in pieces:
            with piece.open("rb") as file:
                shutil.copyfileobj(file, out, 1 << 20)


# ------------------------------------------------------------------ reading back


class NotAnOutput(ValueError):
    """A file is not as a run writes it."""


def read_results(path: Path, columns: Mapping[str, Holds], id_: str | None = None) -> Iterator[ResultRow]:
    """The rows of an output, of one id at least; a file that is none raises `NotAnOutput`, one that cannot be read OSError."""
    try:
        yield from _read_results(path, columns, id_)
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise NotAnOutput(path.as_posix()) from error


def _read_results(path: Path, columns: Mapping[str, Holds], id_: str | None) -> Iterator[ResultRow]:
    match path.suffix:
        case ".parquet":
            from planproof.batch.parquet import read_result_rows

            yield from read_result_rows(path, columns, id_)
        case ".jsonl":
            with path.open(encoding="utf-8") as file:
                for line in file:
                    data = json.loads(line)
                    yield {name: _cell(data[name], holds) for name, holds in columns.items()}
        case _:
            with path.open(encoding="utf-8", newline="") as file:
                reader = csv.DictReader(file)
                if list(reader.fieldnames or ()) != list(columns):
                    raise ValueError(reader.fieldnames)
                for row in reader:
                    yield {name: _cell(_told(row[name], holds), holds) for name, holds in columns.items()}


def _told(text: str, holds: Holds) -> Any:
    """A text of CSV as JSON has it."""
    if holds is Holds.TEXTS:
        return parted(text) if text else []
    return (int(text) if holds is Holds.NUMBER else text) if text else None


def _cell(value: Any, holds: Holds) -> Cell:
    match holds:
        case Holds.TEXTS:
            return tuple(value)
        case Holds.CENTS if value is not None:
            return int(Decimal(value) * 100)
        case _:
            found: Cell = value
            return found
