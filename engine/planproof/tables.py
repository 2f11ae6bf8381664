"""Tables of the flat form: CSV and JSONL, read record by record, and written.

A record that cannot be read is told with its place and does not stop the others. Records are bounded, so that memory
stays flat whatever a file holds.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO, TypeAlias

from planproof.diagnostics import Diagnostic, clip
from planproof.flat import OWN_COLUMNS, PASSED_OVER, Cell, Cells, Columns, joined, json_row_text
from planproof.flat_read import Row
from planproof.source import Span
from planproof.types import Kind

LARGEST_RECORD = 1_048_576
TABLES = (".csv", ".jsonl", ".parquet")
csv.field_size_limit(LARGEST_RECORD)


@dataclass(frozen=True, slots=True)
class Record:
    """The bytes of one row of a text table, with the line (from 1) and the offset at which it begins; none if it is too long."""

    line: int
    start: int
    data: bytes | None


Read: TypeAlias = Row | Diagnostic

# ------------------------------------------------------------------ records


def records(file: BinaryIO, start: int = 0, line: int = 1, end: int | None = None, *, quotes: bool = False) -> Iterator[Record]:
    """The records of an open file between two offsets; `quotes`: a line end between quotes parts no record."""
    file.seek(start)
    while end is None or start < end:
        data, length, lines = _record(file, quotes)
        if not length:
            return
        if data is None or data.strip():
            yield Record(line, start, data)
        start, line = start + length, line + lines


def _record(file: BinaryIO, quotes: bool) -> tuple[bytes | None, int, int]:
    """One record (none if it is too long), how many bytes it takes and how many lines."""
    first = file.readline(LARGEST_RECORD + 1)
    if len(first) > LARGEST_RECORD:
        return None, len(first) + _rest_of_line(file), 1
    if not quotes or first.count(b'"') % 2 == 0:
        return first, len(first), 1 if first else 0
    parts, length, open_ = [first], len(first), True
    while open_:
        more = file.readline(LARGEST_RECORD + 1)
        parts.append(more)
        length += len(more)
        if not more or length > LARGEST_RECORD:
            file.seek(len(first) - length, io.SEEK_CUR)
            return first, len(first), 1
        open_ = more.count(b'"') % 2 == 0
    return b"".join(parts), length, len(parts)


def _rest_of_line(file: BinaryIO) -> int:
    length = 0
    while part := file.readline(LARGEST_RECORD):
        length += len(part)
        if part.endswith(b"\n"):
            break
    return length


def _decoded(path: str, record: Record) -> tuple[str, Diagnostic | None]:
    """The text of a record, or what is wrong with it."""
    place = Span(path, 0, 0, record.line, 1)
    if record.data is None:
        return "", Diagnostic("record-size", f"this record is longer than {LARGEST_RECORD:,} bytes", place)
    try:
        return record.data.decode("utf-8-sig" if record.start == 0 else "utf-8"), None
    except UnicodeDecodeError as error:
        return "", Diagnostic("unreadable", f"byte {error.start} of this record is not UTF-8 text", place)


# ------------------------------------------------------------------ CSV


@dataclass(frozen=True, slots=True)
class Header:
    """The names of a table's columns, and the offset and line at which its rows begin."""

    names: tuple[str, ...] = ()
    end: int = 0
    line: int = 1


def csv_header(path: str, file: BinaryIO, columns: Columns) -> tuple[Header, tuple[Diagnostic, ...]]:
    """The names in the first record of a CSV file, and what is wrong with them."""
    first = next(records(file, quotes=True), None)
    if first is None:
        return Header(), (Diagnostic("table-empty", f"`{clip(path, 200)}` is empty", help="the first line names the columns"),)
    text, wrong = _decoded(path, first)
    names, problem = ((), wrong) if wrong else _fields(path, first.line, text)
    header = Header(names, file.tell(), first.line + max(1, text.count("\n")))
    return header, (problem,) if problem else tuple(header_problems(path, names, columns))


def header_problems(path: str, names: Iterable[str], columns: Columns) -> Iterator[Diagnostic]:
    """What is wrong with the names of columns."""
    seen: set[str] = set()
    for number, name in enumerate(names, 1):
        place = Span(path, 0, 0, 1, number)
        if not name:
            yield Diagnostic("unknown-column", f"column {number} has no name", place)
        elif name in seen:
            yield Diagnostic("unknown-column", f"`{clip(name)}` stands twice", place)
        elif name not in columns.own and not name.startswith(PASSED_OVER) and columns.find(name) is None:
            message, help_ = columns.why_not(clip(name))
            if len(seen) == 0 and (";" in name or "\t" in name):
                help_ = "the columns of a CSV file are parted by `,`"
            yield Diagnostic("unknown-column", message, place, help_)
        seen.add(name)


def csv_row(path: str, record: Record, header: tuple[str, ...]) -> Read:
    """The row of a record, or what is wrong with it."""
    text, wrong = _decoded(path, record)
    if wrong:
        return wrong
    fields, problem = _fields(path, record.line, text)
    if problem:
        return problem
    if len(fields) != len(header):
        message = f"this row has {len(fields)} values, and the header {len(header)} columns"
        return Diagnostic("csv-syntax", message, Span(path, 0, 0, record.line, 1), "a value with a comma in it stands in quotes")
    cells: Cells = {name: field for name, field in zip(header, fields, strict=True) if field}
    return Row(path, record.line, cells)


def _fields(path: str, line: int, text: str) -> tuple[tuple[str, ...], Diagnostic | None]:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        return (), Diagnostic("csv-syntax", f"this row is not CSV: {error}", Span(path, 0, 0, line, 1))
    return tuple(field.strip() for field in rows[0]) if rows else (), None


# ------------------------------------------------------------------ JSONL


class _NotExact(ValueError):
    """A number or a key that a row cannot hold."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for number, (name, _) in enumerate(pairs) if name in dict(pairs[:number]))
        raise _NotExact(f"`{clip(twice)}` stands twice")
    return found


def _constant(name: str) -> Any:
    raise _NotExact(f"`{name}` is no value")


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=Decimal, parse_constant=_constant)


def json_row(path: str, record: Record, columns: Columns) -> Read:
    """The row of a line of JSON, or what is wrong with it."""
    place = Span(path, 0, 0, record.line, 1)
    text, wrong = _decoded(path, record)
    if wrong:
        return wrong
    try:
        data = _DECODER.decode(text.strip())
    except _NotExact as error:
        return Diagnostic("json-syntax", str(error), place)
    except json.JSONDecodeError as error:
        message = f"this line is not JSON: {error.msg[0].lower()}{error.msg[1:]}"
        return Diagnostic("json-syntax", message, Span(path, 0, 0, record.line, error.colno))
    except (ValueError, RecursionError):
        return Diagnostic("json-syntax", "this line is not JSON of a row", place)
    if not isinstance(data, dict):
        return Diagnostic("json-syntax", "a line is one row: an object with a value for each column", place)
    return typed_row(path, record.line, data, columns)


# ------------------------------------------------------------------ typed cells


def typed_row(path: str, number: int, data: Mapping[str, Any], columns: Columns) -> Read:
    """The row of typed values, or what is wrong with the first that is not exact."""
    cells: Cells = {}
    for position, (name, value) in enumerate(data.items(), 1):
        cell = _cell(name, value, columns)
        if cell is None and value is not None:
            message, help_ = _inexact(value)
            return Diagnostic("plan-value", f"{message} in `{clip(name)}`", Span(path, 0, 0, number, position), help_)
        if cell is not None and cell != "":
            cells[name] = cell
    return Row(path, number, cells)


def _inexact(value: object) -> tuple[str, str | None]:
    if isinstance(value, float):
        return "a binary float cannot stand", "give text, a decimal or whole cents: a float is not exact"
    if isinstance(value, bool):
        return f"`{str(value).lower()}` cannot stand", None
    return f"`{clip(str(value))}` cannot stand", None


def _cell(name: str, value: Any, columns: Columns) -> Cell | None:
    return _cells(name, value, columns) if isinstance(value, list) else value_text(value, columns.kind(name))


def _cells(name: str, value: list[Any], columns: Columns) -> Cell | None:
    rows = []
    for item in value:
        if not isinstance(item, dict):
            return None
        texts = {key: value_text(one, columns.kind(f"{name}.{key}")) for key, one in item.items() if one is not None}
        rows.append({key: text for key, text in texts.items() if text})
        if None in texts.values():
            return None
    return tuple(rows)


def value_text(value: Any, kind: Kind | None) -> str | None:
    """The text of a typed value, for a fact of some kind (none: of any); nothing where it is not exact."""
    match value:
        case bool():
            return ("yes" if value else "no") if kind in (Kind.TRUTH, None) else None
        case int():
            return str(value) if abs(value) < 10**30 else None
        case Decimal():
            return _decimal(value, money=kind is Kind.MONEY)
        case date():
            return value.isoformat()
        case str():
            return value.strip()
        case _:
            return None


def _decimal(value: Decimal, *, money: bool) -> str | None:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or not -30 <= exponent <= 30 or len(value.as_tuple().digits) > 27:
        return None
    try:
        plain = value.quantize(Decimal("0.01")) if money else value.normalize()
    except InvalidOperation:
        return None
    return f"{plain:f}".removesuffix(".00") if plain == value else f"{value:f}"


# ------------------------------------------------------------------ whole tables


def text_table(path: str, file: BinaryIO, columns: Columns) -> tuple[Iterator[Read], tuple[Diagnostic, ...]]:
    """The rows of an open CSV or JSONL file, each or what is wrong with it; and what is wrong with the whole."""
    if not path.endswith(".csv"):
        return (json_row(path, record, columns) for record in records(file)), ()
    header, wrong = csv_header(path, file, columns)
    found = records(file, header.end, header.line, quotes=True)
    return (csv_row(path, record, header.names) for record in found), wrong


# ------------------------------------------------------------------ writing


def spread(cells: Cells) -> dict[str, str]:
    """A row whose lists are told column by column, with the values parted by `;`."""
    flat: dict[str, str] = {}
    for name, cell in cells.items():
        if isinstance(cell, str):
            flat[name] = cell
        else:
            flat[name] = str(len(cell))
            for column in dict.fromkeys(key for row in cell for key in row):
                flat[f"{name}.{column}"] = joined(row.get(column, "") for row in cell)
    return flat


def header_of(rows: Iterable[Iterable[str]]) -> list[str]:
    """The columns that some row has: a row's own first, then the rest by name."""
    used = {name for row in rows for name in row}
    return [*(name for name in OWN_COLUMNS if name in used), *sorted(used - set(OWN_COLUMNS))]


def csv_text(rows: Iterable[Cells], names: Iterable[str] = ()) -> str:
    """Rows as CSV, with the columns that are used, or with those that are named."""
    flat = [spread(row) for row in rows]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(names) or header_of(flat), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return out.getvalue()


def json_text(rows: Iterable[Cells]) -> str:
    """Rows as JSON, one a line."""
    return "".join(json_row_text(row) for row in rows)
