"""What a frame of facts brings: which columns stand for which facts, and how each becomes a column of the graph.

The physical form of a fact's column is: yes/no Boolean; money Int64 cents; a rate Int64 of 10^-8, a number of 10^-6;
count and year integers; date Date; a choice String or Enum. Beside it may stand `NAME__state`: stated, none, unknown, not_stated,
conflicting or differs_by_group. Without it, null is not stated. A value of a year is `NAME@2025`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from planproof import core as c
from planproof.columns.execute import Tables, rows_below
from planproof.columns.nodes import PLANS, At, Unsupported
from planproof.columns.quantities import FIRST_DAY, LAST_DAY, Arithmetic
from planproof.columns.rows import GivenRows
from planproof.columns.stated import Given, Key
from planproof.types import Kind, Type
from planproof.values import Value

STATE = "__state"
NONE, SAID = "__none", "__said"
PLACES = {Kind.RATE: 8, Kind.NUMBER: 6}
_SCALES = {Kind.RATE: (2, 4, 6, 8), Kind.NUMBER: (0, 1, 3, 6)}
WIDTH = {Kind.TRUTH: 1, Kind.MONEY: 64, Kind.RATE: 64, Kind.NUMBER: 64}


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


@dataclass(frozen=True, slots=True)
class ListShape:
    """What is known of a list: how many rows a plan has at most, whether some plan does not tell, and its columns."""

    name: str
    most: int
    nulls: bool
    columns: tuple[ColumnShape, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of a frame before it is compiled."""

    facts: tuple[ColumnShape, ...]
    lists: tuple[ListShape, ...]


def key_of(column: str) -> Key:
    """The fact and year that a column is for."""
    name, _, year = column.partition("@")
    return name, int(year) if year else None


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
        names = [name for name in frame.columns if not name.endswith(STATE) and key_of(name)[0] in self._types]
        if not names or not frame.height:
            return tuple(ColumnShape(name, self._most(name), None, None, True, f"{name}{STATE}" in frame.columns) for name in names)
        looks = [look for name in names for look in self._looks(frame, name)]
        seen = frame.select(looks).row(0, named=True)
        return tuple(self._shape(frame, name, seen, fold) for name in names)

    def _kind(self, name: str) -> Kind:
        return self._types[key_of(name)[0]][0].kind

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
        for places in _SCALES.get(kind, ())[:-1]:
            yield (column % 10 ** (PLACES[kind] - places) == 0).all().alias(f"{name} {places}")
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
        fits = (places for places in _SCALES.get(kind, ()) if seen.get(f"{name} {places}", True))
        if kind not in WIDTH or not isinstance(low, int) or not isinstance(high, int) or kind is Kind.TRUTH:
            return ColumnShape(name, next(fits, 0), None, None, nulls > 0, states, same, low if same else None)
        least = None if low < 0 else 0
        return ColumnShape(name, next(fits, 0), least, _round_up(max(high, 0)), nulls > 0, states, same, low if same else None)

    def _check(self, name: str, low: object, high: object) -> None:
        type_, least, most = self._types[key_of(name)[0]]
        unit = 10 ** PLACES.get(type_.kind, 0)
        for found in (low, high):
            if found is not None and isinstance(least, int) and isinstance(found, int) and not least * unit <= found:
                raise ValueError(f"a value of `{name}` is below its range")
            if found is not None and isinstance(most, int) and isinstance(found, int) and not found <= most * unit:
                raise ValueError(f"a value of `{name}` is above its range")


class Reader:
    """Frames of one shape as what is given to the compiler, and as tables for what it makes."""

    def __init__(self, core: c.Core, arithmetic: Arithmetic, shape: Shape) -> None:
        self.given: dict[Key, Given] = {}
        self.rows: dict[str, GivenRows] = {}
        self._plans: list[pl.Expr] = []
        self._lists: list[tuple[c.ListFact, list[pl.Expr]]] = []
        facts = {fact.name: fact for fact in core.facts}
        for column in shape.facts:
            fact = facts[key_of(column.name)[0]]
            self.given[key_of(column.name)] = _given(arithmetic, column, fact.type, fact.low, fact.high, PLANS)
            self._plans += _prepared(column, fact.type, arithmetic.codes)
        lists = {listed.name: listed for listed in core.lists}
        for found in shape.lists:
            self._list(lists[found.name], found, arithmetic)

    def _list(self, listed: c.ListFact, shape: ListShape, arithmetic: Arithmetic) -> None:
        pool, at = arithmetic.pool, frozenset((listed.row,))
        known = pool.input(f"{listed.name}{SAID}", 0, 1, 1, False) if shape.nulls else pool.yes
        columns = {column.name: column for column in listed.columns}
        cells: dict[str, Given] = {}
        made: list[pl.Expr] = []
        for found in shape.columns:
            column = columns[found.name]
            cells[found.name] = _given(arithmetic, found, column.type, column.low, column.high, at)
            made += _prepared(found, column.type, arithmetic.codes)
        self.rows[listed.name] = GivenRows(known, cells, shape.most)
        self._plans.append(pl.col(listed.name).is_not_null().alias(f"{listed.name}{SAID}"))
        self._lists.append((listed, made))

    def tables(self, frame: pl.DataFrame) -> Tables:
        """The tables of a frame of this shape."""
        tables = Tables({PLANS: frame.select(self._plans or [pl.lit(0).alias("")])})
        for listed, made in self._lists:
            at = frozenset((listed.row,))
            rows = exploded(frame, listed)
            tables.frames[at] = rows.select(pl.col(""), *made)
            tables.below[at, PLANS] = rows_below(frame.height, frame[listed.name].list.len().fill_null(0))
        return tables


def _given(arithmetic: Arithmetic, shape: ColumnShape, type_: Type, low: Value, high: Value, at: At) -> Given:
    """A column as what the rows say of a fact."""
    pool, kind = arithmetic.pool, type_.kind
    if shape.same:
        return _same(arithmetic, shape, kind)
    unit = 10**shape.places
    least, most = (int(end * unit) for end in _range(arithmetic, type_, low, high))
    finer = 10 ** (PLACES.get(kind, 0) - shape.places)
    least = least if shape.low is None else max(least, shape.low // finer)
    most = most if shape.high is None else min(most, shape.high // finer)
    main = pool.input(shape.name, least, most, WIDTH.get(kind, 32), shape.nulls or shape.states, at)
    said, none = pool.known(main), pool.no
    if shape.states:
        said, none = (pool.input(f"{shape.name}{suffix}", 0, 1, 1, False, at) for suffix in (SAID, NONE))
    return Given(arithmetic.whole(main, none, unit), said)


def _same(arithmetic: Arithmetic, shape: ColumnShape, kind: Kind) -> Given:
    value: object = shape.value
    pool = arithmetic.pool
    if value is None:
        return Given(arithmetic.present(arithmetic.constant(None, truth=kind is Kind.TRUTH)), pool.no)
    if kind in PLACES:
        assert isinstance(value, int)
        value = Fraction(value, 10 ** PLACES[kind])
    return Given(arithmetic.constant(value, truth=kind is Kind.TRUTH), pool.yes)  # type: ignore[arg-type]


def _range(arithmetic: Arithmetic, type_: Type, low: Value, high: Value) -> tuple[Fraction, Fraction]:
    match type_.kind:
        case Kind.TRUTH:
            return Fraction(0), Fraction(1)
        case Kind.CHOICE:
            codes = [arithmetic.codes[option] for option in type_.options]
            return Fraction(min(codes)), Fraction(max(codes))
        case Kind.DATE:
            return Fraction(FIRST_DAY), Fraction(LAST_DAY)
        case Kind.YEAR if low is None:
            return Fraction(1), Fraction(9999)
        case kind:
            if not isinstance(low, int | Fraction) or not isinstance(high, int | Fraction):
                raise Unsupported(f"a {kind} without a range has no column")
            return Fraction(low), Fraction(high)


def _prepared(shape: ColumnShape, type_: Type, codes: Mapping[str, int]) -> Iterator[pl.Expr]:
    """The columns of the graph that a frame's column becomes."""
    if shape.same:
        return
    column, kind = pl.col(shape.name), type_.kind
    match kind:
        case Kind.CHOICE:
            column = _codes(column, [codes[option] for option in type_.options], type_)
        case Kind.DATE:
            column = column.cast(pl.Date).to_physical()
        case Kind.COUNT | Kind.YEAR:
            column = column.cast(pl.Int32)
        case _ if kind in PLACES and shape.places < PLACES[kind]:
            column = column // 10 ** (PLACES[kind] - shape.places)
    if shape.states:
        state = pl.col(f"{shape.name}{STATE}")
        stated = state.is_null() | (state == "stated")
        column = pl.when(stated).then(column)
        silent = (state == "not_stated").fill_null(False) | (state.is_null() & pl.col(shape.name).is_null())
        yield (~silent).alias(f"{shape.name}{SAID}")
        yield (state == "none").fill_null(False).alias(f"{shape.name}{NONE}")
    yield column.alias(shape.name)


def _codes(column: pl.Expr, codes: list[int], type_: Type) -> pl.Expr:
    place = column.cast(pl.Enum(list(type_.options))).to_physical()
    if codes == list(range(codes[0], codes[0] + len(codes))):
        return place.cast(pl.Int32) + codes[0]
    return pl.lit(pl.Series(codes, dtype=pl.Int32)).gather(place)
