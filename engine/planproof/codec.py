"""The core as plain JSON and back, exactly: for the cache of compiled rule books. Nothing in it is code."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Any

from planproof import core
from planproof.source import Span
from planproof.types import Kind, Type
from planproof.values import Duration

_CLASSES: dict[str, Any] = {
    cls.__name__: cls for cls in (*vars(core).values(), Span, Type, Duration) if isinstance(cls, type) and is_dataclass(cls)
}
_ENUMS: dict[str, Any] = {cls.__name__: cls for cls in (Kind, core.Aggregation, core.Allocation)}
_FIELDS = {cls: tuple(field.name for field in fields(cls)) for cls in _CLASSES.values()}


def dumps(value: core.Core) -> str:
    """The core as text."""
    return json.dumps(_encode(value), ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> core.Core:
    """The core of a text that `dumps` made; any other text raises ValueError, KeyError or TypeError."""
    value = _decode(json.loads(text))
    if not isinstance(value, core.Core):
        raise TypeError("not a core")
    return value


def _encode(value: Any) -> Any:
    if value is None or value.__class__ in (str, int, bool):
        return value
    if isinstance(value, tuple):
        return ["", *map(_encode, value)]
    if isinstance(value, Enum):
        return ["=", type(value).__name__, value.value]
    if isinstance(value, Fraction):
        return ["/", value.numerator, value.denominator]
    if isinstance(value, date):
        return ["-", value.isoformat()]
    return [type(value).__name__, *(_encode(getattr(value, name)) for name in _FIELDS[type(value)])]


def _decode(data: Any) -> Any:
    if data.__class__ is not list:
        return data
    tag = data[0]
    if tag == "":
        return tuple([_decode(item) for item in data[1:]])
    if tag == "=":
        return _ENUMS[data[1]](data[2])
    if tag == "/":
        return Fraction(data[1], data[2])
    if tag == "-":
        return date.fromisoformat(data[1])
    return _CLASSES[tag](*[_decode(item) for item in data[1:]])
