"""Shapes of frames: what is known of the columns before they are compiled, so that no more is compiled than the rows need.

The physical form of a fact's column is: yes/no Boolean; money Int64 cents; a rate Int64 of 10^-8, a number of 10^-6;
count and year integers; date Date; a choice String or Enum. Beside it may stand `NAME__state`: stated, none, unknown,
not_stated, conflicting or differs_by_group. Without it, null is not stated. A value of a year is `NAME@2025`. A list is
a column of lists of structs whose fields are the columns of its rows by their last names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Generic, Protocol, TypeVar

import polars as pl

from planproof import core as c
from planproof.types import Kind, Type
from planproof.values import Value

STATE = "__state"
PLACES = {Kind.RATE: 8, Kind.NUMBER: 6}
EPOCH = date(1970, 1, 1).toordinal()
FOLDED_FROM = 100_000
_MOST_KEPT = 64
_SCALES = {Kind.RATE: (2, 4, 6, 8), Kind.NUMBER: (0, 1, 3, 6)}


class Makes(Protocol):
    """What is compiled for a shape: whether it needs the widest columns."""

    wide: bool


Made = TypeVar("Made", bound=Makes)


@dataclass(frozen=True, slots=True)
class ColumnShape:
    """What is known of one column before it is compiled.

    Decimal places in use, of `full` that the column has; the range of what is there, a little wider, so that frames
    have few shapes; nulls, states, and the value that all rows have, if `same`.
    """

    name: str
    places: int
    low: int | None
    high: int | None
    nulls: bool
    states: bool
    same: bool = False
    value: object = None
    full: int = 0

    def covers(self, other: ColumnShape) -> bool:
        """Whether what is compiled for this serves the other."""
        if self.same or self.name != other.name:
            return self == other
        within = _least(self.low, other.low) == self.low and _most(self.high, other.high) == self.high
        return within and self.places >= other.places and self.nulls >= other.nulls and self.states >= other.states

    def whole(self) -> ColumnShape:
        """The same with all decimal places that it has."""
        return replace(self, places=self.full)

    def joined(self, other: ColumnShape) -> ColumnShape:
        """The shape that covers both."""
        if self == other:
            return self
        low, high = _least(self.low, other.low), _most(self.high, other.high)
        places, nulls, states = max(self.places, other.places), self.nulls or other.nulls, self.states or other.states
        return replace(self, places=places, low=low, high=high, nulls=nulls, states=states, same=False, value=None)


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
    """What is made for shapes, kept: a frame takes the first that serves it, and else one that serves more than itself.

    Rates are taken with all their decimal places, which costs nothing, unless that needs the widest columns.
    """

    def __init__(self, core: c.Core, make: Callable[[Shape], Made]) -> None:
        self._core = core
        self._make = make
        self._known: list[tuple[Shape, Made]] = []

    def of(self, frame: pl.DataFrame, *, fold: bool) -> Made:
        """What serves a frame; raises ValueError for a value beyond its declared range."""
        for known, made in self._known:
            if self._serves(known, frame):
                return made
        shape = shape_of(self._core, frame, fold=fold)
        alike = [known for known, _ in self._known if known.alike(shape)]
        if alike and not fold:
            shape = alike[-1].joined(shape)
        whole = Shape(tuple(map(ColumnShape.whole, shape.facts)), shape.lists)
        made = self._make(whole)
        if made.wide and whole != shape:
            whole, made = shape, self._make(shape)
        self._known = [*self._known[1 - _MOST_KEPT :], (whole, made)]
        return made

    def _serves(self, shape: Shape, frame: pl.DataFrame) -> bool:
        if _names(shape.facts) != tuple(_facts(self._core).names(frame)) or not frame.height:
            return False
        types = frame.schema  # looked up once: it is made anew each time
        tests = [test for column in shape.facts for test in _serves(column, frame, types)]
        if not all(test for test in tests if isinstance(test, bool)):
            return False
        lists = _lists(self._core, frame)
        if _names(shape.lists) != _names(lists) or not all(map(ListShape.covers, shape.lists, lists)):
            return False
        asked = [test for test in tests if not isinstance(test, bool)]
        return all(frame.select(test.alias(f"{n}") for n, test in enumerate(asked)).row(0)) if asked else True


def _facts(core: c.Core) -> _Look:
    return _Look({fact.name: (fact.type, fact.low, fact.high) for fact in core.facts})


def fact_of(column: str) -> str:
    """The fact that a column is for."""
    return column.partition("@")[0]


def shape_of(core: c.Core, frame: pl.DataFrame, *, fold: bool) -> Shape:
    """The shape of a frame; columns that are alike in all rows are folded if `fold`."""
    return Shape(_facts(core).shapes(frame, fold=fold), _lists(core, frame))


def _lists(core: c.Core, frame: pl.DataFrame) -> tuple[ListShape, ...]:
    found = []
    for listed in core.lists:
        if listed.name in frame.columns and frame[listed.name].null_count() < frame.height:
            cells = _Look({column.name: (column.type, column.low, column.high) for column in listed.columns})
            most = frame[listed.name].list.len().max()
            assert isinstance(most, int)
            nulls = frame[listed.name].null_count() > 0
            shapes = cells.shapes(_cells(frame[listed.name], listed)[0], fold=False)
            found.append(ListShape(listed.name, _round_up(max(most, 1)), nulls, shapes))
    return tuple(found)


def exploded(frame: pl.DataFrame, listed: c.ListFact) -> tuple[pl.DataFrame, pl.Series]:
    """The rows of a list, those of each plan together and in the list's order, and how many each plan has."""
    rows, counts = _cells(frame[listed.name], listed)
    if listed.order not in rows.columns or _in_order(rows[listed.order], counts):
        return rows, counts
    plans = pl.int_range(frame.height, dtype=pl.UInt32, eager=True).repeat_by(counts).explode().drop_nulls()
    return rows.with_columns(plans.alias("")).sort("", listed.order, maintain_order=True).drop(""), counts


def _in_order(ranks: pl.Series, counts: pl.Series) -> bool:
    """Whether ranks are known, and fall only where the rows of another plan begin."""
    falls = (ranks < ranks.shift(1)).arg_true()
    return not ranks.null_count() and bool(falls.is_in(counts.cum_sum().implode()).all())


def _cells(lists: pl.Series, listed: c.ListFact) -> tuple[pl.DataFrame, pl.Series]:
    """The rows of all lists, one after the other, and how many each has; a row that is null is none."""
    counts, rows = lists.list.len().fill_null(0).cast(pl.Int64), lists.explode()
    cells = pl.DataFrame([rows.struct.field(name).alias(f"{listed.row}.{name}") for name in rows.struct.fields])
    if rows.null_count():
        cells = cells.filter(rows.is_not_null())
        if cells.height < counts.sum():
            counts = lists.list.drop_nulls().list.len().fill_null(0).cast(pl.Int64)
    return cells, counts


def _round_up(number: int) -> int:
    """The least 2^n - 1 that is not less."""
    return (1 << number.bit_length()) - 1


class _Look:
    """Looks at columns: what each holds, so that no more is compiled than the rows need."""

    def __init__(self, types: Mapping[str, tuple[Type, Value, Value]]) -> None:
        self._types = types

    def names(self, frame: pl.DataFrame) -> list[str]:
        """The columns of a frame that are facts or cells."""
        return [name for name in frame.columns if not name.endswith(STATE) and fact_of(name) in self._types]

    def shapes(self, frame: pl.DataFrame, *, fold: bool) -> tuple[ColumnShape, ...]:
        """The shapes of a frame's columns; raises ValueError for a value beyond its declared range."""
        names = self.names(frame)
        looks = [look for name in names for look in self._looks(frame, name)]
        seen = frame.select(looks).row(0, named=True) if looks and frame.height else {}
        return tuple(self._shape(frame, name, seen, fold) for name in names)

    def _looks(self, frame: pl.DataFrame, name: str) -> Iterator[pl.Expr]:
        column, kind = pl.col(name), self._types[fact_of(name)][0].kind
        if kind is Kind.CHOICE:
            yield (column == column.first()).all().alias(f"{name} same")
            yield column.first().cast(pl.String).alias(f"{name} low")
        else:
            column = column.to_physical() if kind is Kind.DATE else column
            yield column.min().alias(f"{name} low")
            yield column.max().alias(f"{name} high")
        if f"{name}{STATE}" in frame.columns:
            yield (pl.col(f"{name}{STATE}") == "stated").all().alias(f"{name} stated")

    def _shape(self, frame: pl.DataFrame, name: str, seen: Mapping[str, object], fold: bool) -> ColumnShape:
        type_, nulls = self._types[fact_of(name)][0], frame[name].null_count()
        states = f"{name}{STATE}" in frame.columns and not (seen.get(f"{name} stated") and not nulls)
        low, high = seen.get(f"{name} low"), seen.get(f"{name} high")
        one = seen.get(f"{name} same") if type_.kind is Kind.CHOICE else low == high
        same = fold and not states and (nulls == frame.height or (nulls == 0 and bool(one)))
        least, most = self._range(name, low, high)
        places = _places(frame[name], type_.kind)
        return ColumnShape(
            name, places, least, most, nulls > 0 or not frame.height, states, same, low if same else None, PLACES.get(type_.kind, 0)
        )

    def _range(self, name: str, low: object, high: object) -> tuple[int | None, int | None]:
        """The range of a column, a little wider than what is there; none of yes/no and choices."""
        ends = declared(*self._types[fact_of(name)])
        if ends is None:
            return None, None
        least, most = ends
        if not isinstance(low, int) or not isinstance(high, int):
            return max(0, least), max(0, least)
        if low < least or high > most:
            raise ValueError(f"a value of `{name}` is {'below' if low < least else 'above'} its range")
        return max(0, least) if low >= 0 else least, min(_round_up(max(high, 0)), most)


def declared(type_: Type, low: Value, high: Value) -> tuple[int, int] | None:
    """The declared range of a fact in the units of its column; none of yes/no and choices."""
    unit = 10 ** PLACES.get(type_.kind, 0)
    match type_.kind:
        case Kind.TRUTH | Kind.CHOICE | Kind.DURATION:
            return None
        case Kind.DATE:
            return date.min.toordinal() - EPOCH, date.max.toordinal() - EPOCH
        case Kind.YEAR if low is None:
            return 1, 9999
        case _:
            assert isinstance(low, int | Fraction), "a number declares its range"
            assert isinstance(high, int | Fraction), "a number declares its range"
            return ceil(low * unit), floor(high * unit)


def _places(column: pl.Series, kind: Kind) -> int:
    """How many decimal places a column uses: the first rows tell which it may be, and all rows whether it is."""
    for places in _SCALES.get(kind, ()):
        unit = 10 ** (PLACES[kind] - places)
        if unit == 1 or ((column.head(100) % unit == 0).all() and (column % unit == 0).all()):
            return places
    return 0


def _serves(shape: ColumnShape, frame: pl.DataFrame, types: Mapping[str, pl.DataType]) -> Iterator[pl.Expr | bool]:
    """Tests whether what is compiled for a shape serves a column: cheaper than to look what it holds."""
    column, nulls = pl.col(shape.name), frame[shape.name].null_count()
    yield nulls == frame.height if shape.same and shape.value is None else shape.nulls or nulls == 0
    told = f"{shape.name}{STATE}" in types
    if told and not shape.states:
        yield nulls == 0
        yield (pl.col(f"{shape.name}{STATE}") == "stated").all()
    if shape.same:
        if shape.value is not None:
            number = types[shape.name] == pl.Date
            yield (column.to_physical() if number else column).eq(pl.lit(shape.value)).all()
    elif shape.low is not None and shape.high is not None:
        yield from _within(shape, column if types[shape.name] == pl.Int64 else column.to_physical().cast(pl.Int64))


def _within(shape: ColumnShape, column: pl.Expr) -> Iterator[pl.Expr]:
    if shape.low == 0:
        yield column.reinterpret(signed=False).max().le(shape.high).fill_null(True)
    else:
        yield column.is_between(shape.low, shape.high).all()
    unit = 10 ** (shape.full - shape.places)
    if unit > 1:
        yield (column % unit == 0).all()
