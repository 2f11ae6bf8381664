"""Frames of one shape as what is given to the compiler, and as tables for what it makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

import polars as pl

from planproof import core as c
from planproof.columns.execute import Tables
from planproof.columns.kernels import Below
from planproof.columns.nodes import PLANS, At
from planproof.columns.quantities import Arithmetic
from planproof.columns.rows import GivenRows
from planproof.columns.shapes import PLACES, STATE, ColumnShape, ListShape, Shape, exploded
from planproof.columns.stated import Given, Key
from planproof.types import Kind, Type

NONE, SAID = "__none", "__said"


def key_of(column: str) -> Key:
    """The fact and year that a column is for."""
    name, _, year = column.partition("@")
    return name, int(year) if year else None


class Reader:
    """What frames of one shape give: facts, and rows of lists. Facts that no column can hold are `refused`."""

    def __init__(self, core: c.Core, arithmetic: Arithmetic, shape: Shape) -> None:
        self.given: dict[Key, Given] = {}
        self.rows: dict[str, GivenRows] = {}
        self.refused: set[str] = set()
        self._plans: list[pl.Expr] = []
        self._lists: list[tuple[c.ListFact, list[pl.Expr]]] = []
        self._states: list[str] = []
        facts = {fact.name: fact for fact in core.facts}
        for column in shape.facts:
            fact = facts[key_of(column.name)[0]]
            if fact.type.kind is Kind.DURATION:
                self.refused.add(fact.name)
                continue
            self._states += [column.name + STATE] * column.states
            self.given[key_of(column.name)] = _given(arithmetic, column, fact.type, PLANS)
            self._plans += _prepared(column, fact.type, arithmetic.codes)
        lists = {listed.name: listed for listed in core.lists}
        for found in shape.lists:
            self._list(lists[found.name], found, arithmetic)

    def _list(self, listed: c.ListFact, shape: ListShape, arithmetic: Arithmetic) -> None:
        pool, at = arithmetic.pool, frozenset((listed.row,))
        known = pool.input(f"{listed.name}{SAID}", 0, 1, truth=True, unknown=False) if shape.nulls else pool.yes
        columns = {column.name: column for column in listed.columns}
        cells: dict[str, Given] = {}
        made: list[pl.Expr] = []
        for found in shape.columns:
            column = columns[found.name]
            self._states += [found.name + STATE] * found.states
            cells[found.name] = _given(arithmetic, found, column.type, at)
            made += _prepared(found, column.type, arithmetic.codes)
        self.rows[listed.name] = GivenRows(known, cells, shape.most)
        self._plans.append(pl.col(listed.name).is_not_null().alias(f"{listed.name}{SAID}"))
        self._lists.append((listed, made))

    def _stated(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame with columns of states wherever the shape has them: without, null is not stated."""
        missing = [name for name in self._states if name not in frame.columns and name.removesuffix(STATE) in frame.columns]
        return frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in missing) if missing else frame

    def tables(self, frame: pl.DataFrame) -> Tables:
        """The tables of a frame of this shape."""
        tables = Tables({PLANS: self._stated(frame).with_columns(pl.lit(0).alias("")).select("", *self._plans)})
        for listed, made in self._lists:
            at = frozenset((listed.row,))
            rows, counts = exploded(frame, listed)
            tables.frames[at] = self._stated(rows).select(made)
            tables.below[at] = Below.of(counts.to_numpy())
        return tables


def _given(arithmetic: Arithmetic, shape: ColumnShape, type_: Type, at: At) -> Given:
    """A column as what the rows say of a fact."""
    pool, kind = arithmetic.pool, type_.kind
    if shape.same:
        return _same(arithmetic, shape, kind)
    finer = 10 ** (shape.full - shape.places)
    least, most = _range(arithmetic, shape, type_)
    unknown = shape.nulls or shape.states
    start = least if kind is Kind.CHOICE else 0
    low, high = least // finer - start, most // finer - start
    main = pool.add(pool.input(shape.name, low, high, truth=kind is Kind.TRUTH, unknown=unknown, at=at), pool.constant(start))
    said, none = pool.known(main), pool.no
    if shape.states:
        said, none = (pool.input(f"{shape.name}{suffix}", 0, 1, truth=True, unknown=False, at=at) for suffix in (SAID, NONE))
    return Given(arithmetic.whole(main, none, 10**shape.places), said)


def _same(arithmetic: Arithmetic, shape: ColumnShape, kind: Kind) -> Given:
    value: object = shape.value
    pool = arithmetic.pool
    if value is None:
        return Given(arithmetic.present(arithmetic.constant(None, truth=kind is Kind.TRUTH)), pool.no)
    if kind in PLACES:
        assert isinstance(value, int)
        value = Fraction(value, 10 ** PLACES[kind])
    return Given(arithmetic.constant(value, truth=kind is Kind.TRUTH), pool.yes)  # type: ignore[arg-type]


def _range(arithmetic: Arithmetic, shape: ColumnShape, type_: Type) -> tuple[int, int]:
    if type_.kind is Kind.CHOICE:
        codes = [arithmetic.codes[option] for option in type_.options]
        return min(codes), max(codes)
    return (0, 1) if shape.low is None or shape.high is None else (shape.low, shape.high)


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
        case Kind.MONEY | Kind.COUNT | Kind.YEAR:
            column = column.cast(pl.Int64)
        case _ if kind in PLACES:
            column = column.cast(pl.Int64)
            column = column // 10 ** (PLACES[kind] - shape.places) if shape.places < PLACES[kind] else column
    if shape.states:
        state = pl.col(f"{shape.name}{STATE}")
        stated = state.is_null() | (state == "stated")
        column = pl.when(stated).then(column)
        silent = (state == "not_stated").fill_null(False) | (state.is_null() & pl.col(shape.name).is_null())
        yield (~silent).alias(f"{shape.name}{SAID}")
        yield (state == "none").fill_null(False).alias(f"{shape.name}{NONE}")
    yield column.alias(shape.name)


def _codes(column: pl.Expr, codes: list[int], type_: Type) -> pl.Expr:
    """The places of options among all of the rule book, from the first of them on; those of most types stand together."""
    place = column.cast(pl.Enum(list(type_.options))).to_physical()
    if codes == list(range(codes[0], codes[0] + len(codes))):
        return place
    return pl.lit(pl.Series(codes, dtype=pl.Int64) - min(codes)).gather(place)
