"""Shapes of frames: what is known of the columns before they are compiled, so that no more is compiled than the rows need.

The physical form of a fact's column is: yes/no Boolean; money Int64 cents; a rate Int64 of 10^-8, a number of 10^-6;
count and year integers; date Date; a choice String or Enum. Beside it may stand `NAME__state`: stated, none, unknown,
not_stated, conflicting or differs_by_group. Without it, null is not stated. A value of a year is `NAME@2025`. A list is
a column of lists of structs whose fields are the columns of its rows by their last names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

import polars as pl

from planproof import core as c
from planproof.types import Kind, Type
from planproof.values import Value

STATE = "__state"
PLACES = {Kind.RATE: 8, Kind.NUMBER: 6}
UNRANGED = frozenset((Kind.TRUTH, Kind.CHOICE, Kind.DATE))
FOLDED_FROM = 100_000
_SCALES = {Kind.RATE: (2, 4, 6, 8), Kind.NUMBER: (0, 1, 3, 6)}

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class ColumnShape:
    """What is known of one column before it is compiled.

    Decimal places in use, the range of what is there (a little wider, so that frames have few shapes), nulls, states,
    and the value that all rows have, if `same`.
    """

    name: str
    places: int
    low: int | None
    high: int | None
    nulls: bool
    states: bool
    same: bool = False
    value: object = None

    def covers(self, other: ColumnShape) -> bool:
        """Whether what is compiled for this serves the other."""
        if self.same or self.name != other.name:
            return self == other
        within = _least(self.low, other.low) == self.low and _most(self.high, other.high) == self.high
        return within and self.places >= other.places and self.nulls >= other.nulls and self.states >= other.states

    def joined(self, other: ColumnShape) -> ColumnShape:
        """The shape that covers both."""
        if self == other:
            return self
        low, high = _least(self.low, other.low), _most(self.high, other.high)
        return ColumnShape(self.name, max(self.places, other.places), low, high, self.nulls or other.nulls, self.states or other.states)


def _least(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else min(one, other)


def _most(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


@dataclass(frozen=True, slots=True)
class ListShape:
    """What is known of a list: how many rows a plan has at most, whether some plan does not tell, and its columns."""

    name: str
    most: int
    nulls: bool
    columns: tuple[ColumnShape, ...]

    def covers(self, other: ListShape) -> bool:
        """Whether what is compiled for this serves the other."""
        alike = self.name == other.name and _names(self.columns) == _names(other.columns)
        within = self.most >= other.most and self.nulls >= other.nulls
        return alike and within and all(map(ColumnShape.covers, self.columns, other.columns))

    def joined(self, other: ListShape) -> ListShape:
        """The shape that covers both."""
        columns = tuple(map(ColumnShape.joined, self.columns, other.columns))
        return ListShape(self.name, max(self.most, other.most), self.nulls or other.nulls, columns)


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of a frame before it is compiled."""

    facts: tuple[ColumnShape, ...]
    lists: tuple[ListShape, ...]

    def alike(self, other: Shape) -> bool:
        """Whether both have the same columns."""
        inner = [_names(listed.columns) for listed in self.lists] == [_names(listed.columns) for listed in other.lists]
        return _names(self.facts) == _names(other.facts) and _names(self.lists) == _names(other.lists) and inner

    def covers(self, other: Shape) -> bool:
        """Whether what is compiled for this serves the other."""
        facts = all(map(ColumnShape.covers, self.facts, other.facts))
        return self.alike(other) and facts and all(map(ListShape.covers, self.lists, other.lists))

    def joined(self, other: Shape) -> Shape:
        """The shape that covers both, which are alike."""
        facts = tuple(map(ColumnShape.joined, self.facts, other.facts))
        return Shape(facts, tuple(map(ListShape.joined, self.lists, other.lists)))


def _names(shapes: tuple[ColumnShape, ...] | tuple[ListShape, ...]) -> tuple[str, ...]:
    return tuple(shape.name for shape in shapes)


class Kept(Generic[Made]):
    """What is made for shapes, kept: a frame takes the first that serves it, and else one that serves more than itself."""

    def __init__(self, core: c.Core, make: Callable[[Shape], Made]) -> None:
        self._core = core
        self._make = make
        self._known: list[tuple[Shape, Made]] = []

    def of(self, frame: pl.DataFrame, *, fold: bool) -> Made:
        """What serves a frame; raises ValueError for a value beyond its declared range."""
        shape = shape_of(self._core, frame, fold=fold)
        for known, made in self._known:
            if known.covers(shape):
                return made
        alike = [known for known, _ in self._known if known.alike(shape)]
        if alike and not fold:
            shape = alike[-1].joined(shape)
        made = self._make(shape)
        self._known.append((shape, made))
        return made


def fact_of(column: str) -> str:
    """The fact that a column is for."""
    return column.partition("@")[0]


def shape_of(core: c.Core, frame: pl.DataFrame, *, fold: bool) -> Shape:
    """The shape of a frame; columns that are alike in all rows are folded if `fold`."""
    facts = _Look({fact.name: (fact.type, fact.low, fact.high) for fact in core.facts}).shapes(frame, fold=fold)
    lists = []
    for listed in core.lists:
        if listed.name in frame.columns and frame[listed.name].null_count() < frame.height:
            rows = exploded(frame, listed)
            cells = _Look({column.name: (column.type, column.low, column.high) for column in listed.columns})
            most = frame[listed.name].list.len().max()
            assert isinstance(most, int)
            nulls = frame[listed.name].null_count() > 0
            lists.append(ListShape(listed.name, _round_up(max(most, 1)), nulls, cells.shapes(rows, fold=False)))
    return Shape(facts, tuple(lists))


def exploded(frame: pl.DataFrame, listed: c.ListFact) -> pl.DataFrame:
    """The rows of a list, those of each plan together and in the list's order; `` tells the plan."""
    rows = frame.select(pl.col(listed.name)).with_row_index("").explode(listed.name).drop_nulls(listed.name).unnest(listed.name)
    rows = rows.rename({name: f"{listed.row}.{name}" for name in rows.columns if name})
    return rows.sort("", listed.order, maintain_order=True) if listed.order in rows.columns else rows


def _round_up(number: int) -> int:
    """The least 16^n - 1 that is not less."""
    found = 15
    while found < number:
        found = found * 16 + 15
    return found


class _Look:
    """Looks at columns: what each holds, so that no more is compiled than the rows need."""

    def __init__(self, types: Mapping[str, tuple[Type, Value, Value]]) -> None:
        self._types = types

    def shapes(self, frame: pl.DataFrame, *, fold: bool) -> tuple[ColumnShape, ...]:
        """The shapes of a frame's columns; raises ValueError for a value beyond its declared range."""
        names = [name for name in frame.columns if not name.endswith(STATE) and fact_of(name) in self._types]
        if not names or not frame.height:
            return tuple(ColumnShape(name, self._most(name), None, None, True, f"{name}{STATE}" in frame.columns) for name in names)
        looks = [look for name in names for look in self._looks(frame, name)]
        seen = frame.select(looks).row(0, named=True)
        return tuple(self._shape(frame, name, seen, fold) for name in names)

    def _kind(self, name: str) -> Kind:
        return self._types[fact_of(name)][0].kind

    def _most(self, name: str) -> int:
        return PLACES.get(self._kind(name), 0)

    def _looks(self, frame: pl.DataFrame, name: str) -> Iterator[pl.Expr]:
        column, kind = pl.col(name), self._kind(name)
        if kind is Kind.CHOICE:
            yield (column == column.first()).all().alias(f"{name} same")
            yield column.first().cast(pl.String).alias(f"{name} low")
        else:
            yield column.min().alias(f"{name} low")
            yield column.max().alias(f"{name} high")
        if f"{name}{STATE}" in frame.columns:
            yield (pl.col(f"{name}{STATE}") == "stated").all().alias(f"{name} stated")

    def _shape(self, frame: pl.DataFrame, name: str, seen: Mapping[str, object], fold: bool) -> ColumnShape:
        kind, nulls = self._kind(name), frame[name].null_count()
        states = f"{name}{STATE}" in frame.columns and not (seen[f"{name} stated"] and not nulls)
        low, high = seen[f"{name} low"], seen.get(f"{name} high")
        if kind is not Kind.CHOICE:
            self._check(name, low, high)
        one = seen[f"{name} same"] if kind is Kind.CHOICE else low == high
        same = fold and not states and (nulls == frame.height or (nulls == 0 and bool(one)))
        places = _places(frame[name], kind)
        if kind in UNRANGED or not isinstance(low, int) or not isinstance(high, int):
            return ColumnShape(name, places, None, None, nulls > 0, states, same, low if same else None)
        least = None if low < 0 else 0
        return ColumnShape(name, places, least, _round_up(max(high, 0)), nulls > 0, states, same, low if same else None)

    def _check(self, name: str, low: object, high: object) -> None:
        type_, least, most = self._types[fact_of(name)]
        unit = 10 ** PLACES.get(type_.kind, 0)
        for found in (low, high):
            if not isinstance(found, int) or isinstance(found, bool):
                continue
            if isinstance(least, int | Fraction) and found < least * unit:
                raise ValueError(f"a value of `{name}` is below its range")
            if isinstance(most, int | Fraction) and found > most * unit:
                raise ValueError(f"a value of `{name}` is above its range")


def _places(column: pl.Series, kind: Kind) -> int:
    """How many decimal places a column uses: the first rows tell which it may be, and all rows whether it is."""
    for places in _SCALES.get(kind, ()):
        unit = 10 ** (PLACES[kind] - places)
        if unit == 1 or ((column.head(100) % unit == 0).all() and (column % unit == 0).all()):
            return places
    return 0
