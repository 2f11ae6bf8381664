"""Parquet files one after the other as one: the bytes of their rows are copied, and what says where they lie is written anew.

A Parquet file ends with a footer: the schema, and for each group of rows where its columns lie. To join files of one
schema their offsets are moved and nothing is decoded, so that it takes the time to copy them and the memory of the
footer. Indexes of pages, which lie behind the rows and hold offsets too, are left out; readers do without. The fields are those of https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from planproof.batch.thrift import LIST, STRUCT, Field, NotThrift, Struct, read, written

_MAGIC = b"PAR1"
_SCHEMA, _ROWS, _GROUPS = 2, 3, 4  # of the footer
_COLUMNS, _GROUP_ROWS, _GROUP_OFFSET, _ORDINAL = 1, 3, 5, 7  # of a group
_COLUMN_OFFSET, _DATA, _INDEXES = 2, 3, (4, 5, 6, 7)  # of a column of a group
_SIZE, _PAGES, _FILTER = 7, (9, 10, 11), (14, 15)  # of its data


class NotJoined(ValueError):
    """A file that is no Parquet file, or is of another schema."""


def join(path: Path, model: bytes, pieces: Iterable[Path]) -> None:
    """Files as one, whose schema and what is said of it are those of `model`, a file without rows."""
    whole = _footer(BytesIO(model))
    groups: list[bytes] = []
    rows = 0
    with path.open("wb") as out:
        out.write(_MAGIC)
        for piece in pieces:
            with piece.open("rb") as file:
                footer = _footer(file)
                if footer[_SCHEMA] != whole[_SCHEMA]:
                    raise NotJoined(f"{piece.name} has another schema")
                by, end = out.tell() - len(_MAGIC), len(_MAGIC)
                for group in _filled(footer):
                    end = max(end, _move(group, by, len(groups)))
                    groups.append(written(group))
                    rows += group[_GROUP_ROWS].value
                _copy(file, out, end)
        whole[_ROWS].value = rows
        whole[_GROUPS] = Field(LIST, (STRUCT, groups))
        told = written(dict(sorted(whole.items())))
        out.write(told + len(told).to_bytes(4, "little") + _MAGIC)


def _footer(file: BinaryIO) -> Struct:
    """The footer of a file."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 8))
    tail = file.read()
    start = size - 8 - int.from_bytes(tail[:4], "little")
    if tail[4:] != _MAGIC or start < len(_MAGIC):
        raise NotJoined("a file that is no Parquet file")
    file.seek(start)
    try:
        return read(file.read(size - 8 - start))
    except NotThrift as error:
        raise NotJoined(f"a footer that cannot be read: {error}") from error


def _filled(footer: Struct) -> Iterator[Struct]:
    """The groups that have rows."""
    _, groups = footer[_GROUPS].value
    return (group for group in groups if group[_GROUP_ROWS].value)


def _move(group: Struct, by: int, number: int) -> int:
    """Let a group lie so many bytes further on, as one of this number; gives back where it ended before."""
    _shift(group, (_GROUP_OFFSET,), by)
    if _ORDINAL in group:
        group[_ORDINAL].value = min(number, 32_767)
    _, columns = group[_COLUMNS].value
    return max(_move_column(column, by) for column in columns)


def _move_column(column: Struct, by: int) -> int:
    data: Struct = column[_DATA].value
    first: int = min(data[number].value for number in _PAGES if number in data and data[number].value)
    for number in _INDEXES:
        column.pop(number, None)
    for number in _FILTER:
        data.pop(number, None)
    _shift(column, (_COLUMN_OFFSET,), by)
    _shift(data, _PAGES, by)
    return first + int(data[_SIZE].value)


def _shift(struct: Struct, offsets: Iterable[int], by: int) -> None:
    """Move offsets; zero is none."""
    for number in offsets:
        if number in struct and struct[number].value:
            struct[number].value += by


def _copy(file: BinaryIO, out: BinaryIO, end: int) -> None:
    """All between the first four bytes and an end."""
    file.seek(len(_MAGIC))
    while file.tell() < end:
        block = file.read(min(end - file.tell(), 1 << 20))
        if not block:
            raise NotJoined("a file that ends too early")
        out.write(block)
