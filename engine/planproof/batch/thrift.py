"""Structs of Thrift's compact protocol, read and written: what the footer of a Parquet file is written in.

Fields are kept by number with their type, and nothing is known of their meaning, so that what is read is written back as
it was. The protocol: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Struct: TypeAlias = dict[int, "Field"]

TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_INTEGERS = (4, 5, 6)


@dataclass(slots=True)
class Field:
    """A value and its type.

    The value of a list is a pair: the type of its items, and these; a struct that is written already is its bytes. A
    field that is yes or no has the type `TRUE`.
    """

    type: int
    value: Any


class NotThrift(ValueError):
    """Bytes that are no struct of the protocol."""


def read(data: bytes) -> Struct:
    """The struct of all bytes."""
    reader = _Reader(data)
    try:
        found = reader.struct()
    except IndexError as error:
        raise NotThrift("the struct ends too early") from error
    if reader.at != len(data):
        raise NotThrift("something follows the struct")
    return found


def written(struct: Struct) -> bytes:
    """The bytes of a struct."""
    out = bytearray()
    _struct(out, struct)
    return bytes(out)


@dataclass(slots=True)
class _Reader:
    data: bytes
    at: int = field(default=0)

    def struct(self) -> Struct:
        found: Struct = {}
        number = 0
        while head := self.byte():
            delta, type_ = head >> 4, head & 15
            number = number + delta if delta else self.integer()
            found[number] = Field(TRUE, type_ == TRUE) if type_ in (TRUE, FALSE) else Field(type_, self.value(type_))
        return found

    def value(self, type_: int) -> Any:
        if type_ in _INTEGERS:
            return self.integer()
        if type_ in (TRUE, FALSE, BYTE):
            return self.byte()
        if type_ == DOUBLE:
            return self.bytes(8)
        if type_ == BINARY:
            return self.bytes(self.number())
        if type_ in (LIST, SET):
            head = self.byte()
            count = head >> 4 if head >> 4 < 15 else self.number()
            return head & 15, [self.value(head & 15) for _ in range(count)]
        if type_ == STRUCT:
            return self.struct()
        raise NotThrift(f"there is no type {type_}")

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def bytes(self, length: int) -> bytes:
        found = self.data[self.at : self.at + length]
        self.at += length
        return found

    def number(self) -> int:
        found = shift = 0
        while True:
            byte = self.byte()
            found |= (byte & 127) << shift
            if byte < 128:
                return found
            shift += 7

    def integer(self) -> int:
        number = self.number()
        return number >> 1 ^ -(number & 1)


def _struct(out: bytearray, struct: Struct) -> None:
    before = 0
    for number, one in struct.items():
        type_ = FALSE if one.type == TRUE and not one.value else one.type
        if 0 < number - before < 16:
            out.append((number - before) << 4 | type_)
        else:
            out.append(type_)
            _integer(out, number)
        before = number
        if type_ not in (TRUE, FALSE):
            _value(out, type_, one.value)
    out.append(0)


def _value(out: bytearray, type_: int, value: Any) -> None:
    if type_ in _INTEGERS:
        _integer(out, value)
    elif type_ in (TRUE, FALSE, BYTE):
        out.append(value)
    elif type_ == BINARY:
        _number(out, len(value))
        out += value
    elif type_ in (LIST, SET):
        _list(out, *value)
    elif type_ == STRUCT and isinstance(value, dict):
        _struct(out, value)
    else:  # eight bytes, or a struct that is written already
        out += value


def _list(out: bytearray, type_: int, items: Sequence[Any]) -> None:
    if len(items) < 15:
        out.append(len(items) << 4 | type_)
    else:
        out.append(15 << 4 | type_)
        _number(out, len(items))
    for item in items:
        _value(out, type_, item)


def _integer(out: bytearray, value: int) -> None:
    _number(out, value << 1 ^ value >> 63)


def _number(out: bytearray, value: int) -> None:
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
