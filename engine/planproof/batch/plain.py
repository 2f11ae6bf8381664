"""Cells of a table as columns of facts, whole columns at a time.

A row is `plain` if every cell of it is, by its text or type, clearly a value that its fact may have, or a word that
stands for one. Any other row is read by itself, by `flat_read`, which tells what is wrong with it if anything is. What
is plain here says the same there; tests hold both against each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from planproof.columns.shapes import EPOCH, STATE, declared
from planproof.core import Fact
from planproof.flat import ALL_STATES, OWN_COLUMNS, PARTICIPANT_COLUMNS, PASSED_OVER, Columns
from planproof.plan import Key
from planproof.types import Kind, Type

STATES = pl.Enum(ALL_STATES)
_BLANKS = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_SILENT = ("conflicting", "ambiguous", "differs_by_group", "unknown", "not_stated")
_UNITS = {(Kind.MONEY, ""): 2, (Kind.MONEY, "cents"): 0, (Kind.RATE, "percent"): 6, (Kind.NUMBER, ""): 6}
_UNITS |= {(Kind.COUNT, ""): 0, (Kind.YEAR, ""): 0}
_MOST_PLACES = 12


@dataclass(frozen=True, slots=True)
class Said:
    """What rows say of one fact: values in the physical form of columns, and states if any row has one to tell."""

    type: Type
    values: pl.Series
    states: pl.Series | None = None

    def columns(self, name: str) -> Iterator[pl.Series]:
        """The columns of a frame that the rule book's columns take."""
        yield self.values.alias(name)
        if self.states is not None:
            yield self.states.alias(name + STATE)

    def gathered(self, places: pl.Series) -> Said:
        """The same of some rows."""
        return replace(self, values=self.values.gather(places), states=None if self.states is None else self.states.gather(places))


@dataclass(frozen=True, slots=True)
class PlainRows:
    """Rows as columns: which are plain, their own columns as texts, and facts by name and year."""

    plain: pl.Series
    own: pl.DataFrame
    facts: Mapping[Key, Said]


@dataclass(frozen=True, slots=True)
class _Cells:
    """One column read: values, words that stand where a value could, and where neither is plain."""

    values: pl.Series | None = None
    words: pl.Series | None = None
    odd: pl.Series | None = None


@dataclass(slots=True)
class _Parts:
    fact: Fact
    year: int | None
    parts: dict[str, pl.Series] = field(default_factory=dict)


class PlainReader:
    """Reads frames of participants for one rule book."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    def read(self, frame: pl.DataFrame) -> PlainRows:
        """A frame whose columns the flat form knows, as columns of facts."""
        odd: list[pl.Series] = []
        own: dict[str, pl.Series] = {}
        found: dict[Key, _Parts] = {}
        for series in frame.get_columns():
            name = series.name
            column = None if name in OWN_COLUMNS or name.startswith(PASSED_OVER) else self._columns.find(name)
            if name in PARTICIPANT_COLUMNS:
                own[name], wrong = _own(series)
                odd += wrong
            elif column is None:
                odd += [] if _harmless(series.dtype) else [series.is_not_null()]
            elif not isinstance(column.of, Fact) or not column.of.name.startswith("participant."):
                odd.append(_told(series).is_not_null())
            else:
                parts = found.setdefault((column.of.name, column.year), _Parts(column.of, column.year))
                parts.parts[column.part] = series
        facts: dict[Key, Said] = {}
        for key, one in found.items():
            said, wrong = _said(one, frame.height)
            odd += wrong
            if said is not None:
                facts[key] = said
        odd += both_said(facts)
        absent = _nothing(pl.String(), frame.height)
        cells = pl.DataFrame([own.get(name, absent).alias(name) for name in PARTICIPANT_COLUMNS])
        return PlainRows(_none_of(odd, frame.height), cells, facts)


def _none_of(odd: list[pl.Series], height: int) -> pl.Series:
    """Where none of some columns is yes."""
    where = [one for one in odd if one.any()]
    if not where:
        return pl.repeat(True, height, dtype=pl.Boolean, eager=True)
    return (
        pl.DataFrame({f"{number}": one for number, one in enumerate(where)})
        .select(~pl.any_horizontal(pl.all().fill_null(False)))
        .to_series()
    )


def both_said(facts: Mapping[Key, Said]) -> Iterator[pl.Series]:
    """Where a fact has a plain value and one of a year."""
    for (name, year), said in facts.items():
        plain = facts.get((name, None))
        if year is not None and plain is not None:
            yield told(said) & told(plain)


def told(said: Said) -> pl.Series:
    """Where rows say anything of a fact."""
    return said.values.is_not_null() if said.states is None else said.states != "not_stated"


# ------------------------------------------------------------------ a row's own columns


def _own(series: pl.Series) -> tuple[pl.Series, list[pl.Series]]:
    """Texts of one of a row's own columns, and where they are odd."""
    texts = _told(series)
    if texts.dtype in (pl.String, pl.Null) or _small(texts.dtype):
        return texts.cast(pl.String), []
    return _nothing(pl.String(), len(series)), [series.is_not_null()]


def _harmless(type_: pl.DataType) -> bool:
    """Whether a column that says nothing can only hold what a row may have."""
    return type_ in (pl.String, pl.Categorical, pl.Enum, pl.Boolean, pl.Date, pl.Null) or _small(type_)


def _small(type_: pl.DataType) -> bool:
    return type_.is_integer() and type_ not in (pl.Int128, pl.UInt128)


def _nothing(type_: pl.DataType, height: int) -> pl.Series:
    return pl.Series(dtype=type_).extend_constant(None, height)


def _told(series: pl.Series) -> pl.Series:
    """A column whose texts have no blanks around them; an empty text says nothing."""
    if series.dtype in (pl.Categorical, pl.Enum):
        series = series.cast(pl.String)
    if series.dtype != pl.String:
        return series
    texts = series.str.strip_chars(_BLANKS)
    return texts.set(texts == "", None) if (texts == "").any() else texts


# ------------------------------------------------------------------ a fact


def _said(one: _Parts, height: int) -> tuple[Said | None, list[pl.Series]]:
    """What the columns of one fact say, and where they do not say it plainly."""
    type_, parts = one.fact.type, dict(one.parts)
    odd = [_told(parts.pop("claims")).is_not_null()] if "claims" in parts else []
    state = _told(parts.pop("state")) if "state" in parts else None
    read = [_cells(one.fact, part, _told(series)) for part, series in parts.items()]
    odd += [cells.odd for cells in read if cells.odd is not None]
    if len(parts) == 2:
        first, second = (_told(series).is_not_null() for series in parts.values())
        odd.append(first & second)
    values = _first([cells.values for cells in read if cells.values is not None])
    words = _first([cells.words for cells in read if cells.words is not None])
    if state is not None and state.null_count() < len(state):
        if state.dtype != pl.String:
            odd.append(state.is_not_null())
            state = None
        else:
            odd.append(_disagrees(type_, state, values, words))
    else:
        state = None
    if values is None:
        if words is None and state is None:
            return None, odd
        values = _nothing(column_type(type_), height)
    if words is None and state is None:
        return Said(type_, values), odd
    return Said(type_, values, _states(values, words, state)), odd


def _first(columns: list[pl.Series | None] | list[pl.Series]) -> pl.Series | None:
    """The first value in every row."""
    there = [one for one in columns if one is not None]
    if len(there) < 2:
        return there[0] if there else None
    return pl.select(pl.coalesce(pl.lit(one) for one in there)).to_series()


def _disagrees(type_: Type, state: pl.Series, values: pl.Series | None, words: pl.Series | None) -> pl.Series:
    """Where a state stands that does not plainly fit the value."""
    silent = [*_SILENT, *(["none"] if type_.optional else [])]
    nothing = _nothing(pl.Null(), len(state))
    table = pl.DataFrame({"state": state, "value": nothing if values is None else values, "word": nothing if words is None else words})
    value, word = pl.col("value").is_not_null(), pl.col("word").is_not_null()
    fits = pl.when(value | word).then((pl.col("state") == "stated") & ~word).otherwise(pl.col("state").is_in(silent))
    return table.select(pl.col("state").is_not_null() & ~fits).to_series()


def _states(values: pl.Series, words: pl.Series | None, state: pl.Series | None) -> pl.Series:
    stated = pl.when(pl.lit(values).is_not_null()).then(pl.lit("stated"))
    texts = [stated, *(pl.lit(one) for one in (words, state) if one is not None), pl.lit("not_stated")]
    return pl.select(pl.coalesce(texts)).to_series().cast(STATES, strict=False)


def column_type(type_: Type) -> pl.DataType:
    """The physical type of a column of such facts."""
    match type_.kind:
        case Kind.TRUTH:
            return pl.Boolean()
        case Kind.CHOICE:
            return pl.Enum(list(type_.options))
        case Kind.DATE:
            return pl.Date()
        case _:
            return pl.Int64()


# ------------------------------------------------------------------ one column


def _cells(fact: Fact, part: str, series: pl.Series) -> _Cells:
    """The values of a fact's column."""
    kind, type_ = fact.type.kind, series.dtype
    unit = _UNITS.get((kind, part))
    if type_ == pl.Null:
        return _Cells()
    if type_ == pl.String:
        return _of_texts(fact, part, series)
    if kind is Kind.TRUTH and type_ == pl.Boolean and not part:
        return _Cells(series)
    if kind is Kind.DATE and type_ == pl.Date and not part:
        return _dates(fact, series)
    if unit is not None and type_.is_integer():
        return _numbers(fact, series, unit)
    if unit is not None and isinstance(type_, pl.Decimal) and type_.scale <= _MOST_PLACES:
        return _decimals(fact, series, unit - type_.scale)
    return _Cells(odd=series.is_not_null())


def _ends(fact: Fact) -> tuple[int, int]:
    """The least and the most that a column may hold of a number; no text is below zero, and a year has four figures."""
    ends = declared(fact.type, fact.low, fact.high)
    assert ends is not None, "a number has ends"
    return max(1000 if fact.type.kind is Kind.YEAR else 0, ends[0]), min(ends[1], 9999) if fact.type.kind is Kind.YEAR else ends[1]


def _numbers(fact: Fact, series: pl.Series, places: int) -> _Cells:
    """Integers of a unit that is so many decimal places above that of the fact's column."""
    low, high = _ends(fact)
    unit = 10**places
    values = series.cast(pl.Int64, strict=False)
    good = values.is_between(-(-low // unit), high // unit)
    if values.null_count() > series.null_count():
        good = good.set(values.is_null() & series.is_not_null(), False)
    return _only(values * unit if places else values, good)


def _decimals(fact: Fact, series: pl.Series, places: int) -> _Cells:
    whole = series.to_physical()
    if places >= 0:
        return _numbers(fact, whole, places)
    fine = whole.cast(pl.Int64, strict=False)
    values = _numbers(fact, fine // 10**-places, 0).values
    assert values is not None
    return _only(values, series.is_null() | (values.is_not_null() & (fine % 10**-places == 0)))


def _only(values: pl.Series, good: pl.Series) -> _Cells:
    """Values where they are good; elsewhere they are odd."""
    if good.all():
        return _Cells(values)
    return _Cells(values.set(~good, None), odd=~good)


def _dates(fact: Fact, series: pl.Series) -> _Cells:
    low = fact.low if isinstance(fact.low, date) else date.min
    high = fact.high if isinstance(fact.high, date) else date.max
    days = series.to_physical()
    return _only(series, days.is_between(low.toordinal() - EPOCH, high.toordinal() - EPOCH))


# ------------------------------------------------------------------ texts


def _of_texts(fact: Fact, part: str, texts: pl.Series) -> _Cells:
    words = texts.is_in(["none", "unknown"])
    if not words.any():
        return _values(fact, part, texts)
    cells = _values(fact, part, texts.set(words, None))
    odd = cells.odd
    if not fact.type.optional:
        none = texts == "none"
        odd = none if odd is None else odd.fill_null(False) | none.fill_null(False)
    return _Cells(cells.values, texts.set(~words, None), odd)


def _values(fact: Fact, part: str, texts: pl.Series) -> _Cells:
    kind = fact.type.kind
    if kind is Kind.TRUTH:
        return _only(texts == "yes", texts.is_in(["yes", "no"]))
    if kind is Kind.CHOICE:
        values = texts.cast(pl.Enum(list(fact.type.options)), strict=False)
        return _Cells(values, odd=None if values.null_count() == texts.null_count() else texts.is_not_null() & values.is_null())
    if kind is Kind.DATE:
        written = texts.set(~texts.str.contains("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), None)
        cells = _dates(fact, written.str.to_date("%Y-%m-%d", strict=False))
        assert cells.values is not None
        return _only(cells.values, (cells.values.is_not_null() | texts.is_null()).set(texts.is_null(), None))
    if kind is Kind.RATE and not part:
        rest = texts.str.strip_suffix("%")
        return _numerals(fact, rest.set(rest == texts, "x"), 6)
    unit = _UNITS.get((kind, part))
    return _Cells(odd=texts.is_not_null()) if unit is None else _numerals(fact, texts, unit)


def _numerals(fact: Fact, texts: pl.Series, places: int) -> _Cells:
    """Numbers as they are written: whole ones, and with a point those of up to so many places, of money exactly so many."""
    whole = texts.cast(pl.Int64, strict=False)
    plain = whole.cast(pl.String) == texts
    if plain.fill_null(value=False).sum() == len(texts) - texts.null_count():
        return _numbers(fact, whole, places)
    cells = _numbers(fact, whole.set(~plain.fill_null(value=False), None), places)
    assert cells.values is not None
    values = cells.values
    if places:
        some = f"{{{places}}}" if fact.type.kind is Kind.MONEY else f"{{1,{places}}}"
        pointed = texts.set(~texts.str.contains(rf"^(?:0|[1-9][0-9]{{0,15}})\.[0-9]{some}$"), None)
        fine = _decimals(fact, pointed.cast(pl.Decimal(38, places)), 0).values
        assert fine is not None
        values = pl.select(pl.coalesce(pl.lit(values), pl.lit(fine))).to_series()
    return _Cells(values, odd=texts.is_not_null() & values.is_null())
