"""What is stated in every row as the text that is hashed: `InputHashes` over whole columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

import polars as pl

from planproof.batch.plain import Said
from planproof.canonical import canonical
from planproof.flat import STATE_WORDS, column_name
from planproof.plan import Key
from planproof.types import Kind

_PLACES = {Kind.MONEY: 2, Kind.RATE: 6, Kind.NUMBER: 6}  # of dollars, of percent, of the number
_ROWS_AT_ONCE = 2_048  # texts of these fit the caches
_OF_STATE = tuple(word for word in STATE_WORDS.values() if word != "unknown")


def digests(facts: Mapping[Key, Said], height: int) -> list[str]:
    """The hash of what is stated in each of so many rows, where no fact has a plain value and one of a year."""
    named = [(text, column) for (name, year), said in facts.items() for text, column in _cells(name, year, said)]
    named.sort(key=lambda one: one[0])
    if not named:
        return [sha256(canonical([{}, []])).hexdigest()] * height
    frame = pl.DataFrame([column.alias(f"{number}") for number, (_, column) in enumerate(named)])
    joined = pl.concat_str(pl.all(), separator=",", ignore_nulls=True).cast(pl.Binary)
    return [_digest(text) for some in frame.iter_slices(_ROWS_AT_ONCE) for text in some.select(joined).to_series().to_list()]


_BEGUN = sha256(b"[{")


def _digest(cells: bytes) -> str:
    """The hash of `[{CELLS},[]]`."""
    total = _BEGUN.copy()
    total.update(cells)
    total.update(b"},[]]")
    return total.hexdigest()


def together(plans: Sequence[str], places: Iterable[int], people: Iterable[str]) -> list[str]:
    """The hashes of rows from those of their plans, which stand at places, and of their own facts."""
    return [sha256((plans[place] + own).encode()).hexdigest() for place, own in zip(places, people, strict=True)]


def _cells(name: str, year: int | None, said: Said) -> Iterator[tuple[str, pl.Series]]:
    """The cells of a fact, each with its key: `"KEY":"TEXT"` as in canonical JSON, or nothing."""
    key = column_name(name, year)
    values = _written(key, said)
    if said.states is None:
        yield key, values
        return
    words = _mapped(said.states, {state: _cell(key, state) for state in ("none", "unknown")})
    yield key, _first(values, words)
    others = column_name(name, year, "state")
    if said.states.is_in(_OF_STATE).any():
        yield others, _mapped(said.states, {state: _cell(others, state) for state in _OF_STATE})


def _cell(key: str, text: str) -> str:
    return canonical({key: text}).decode()[1:-1]


def _mapped(words: pl.Series, texts: Mapping[str, str]) -> pl.Series:
    """Texts for the options of a choice, by the places of these."""
    assert isinstance(words.dtype, pl.Enum), "a choice has its options"
    every = pl.Series([texts.get(option) for option in words.dtype.categories], dtype=pl.String)
    return every.gather(words.to_physical())


def _written(key: str, said: Said) -> pl.Series:
    """The cells of values, as `flat.written` has them."""
    values, kind = said.values, said.type.kind
    if kind is Kind.CHOICE:
        return _mapped(values, {option: _cell(key, option) for option in said.type.options})
    if kind is Kind.TRUTH:
        yes, no = pl.lit(_cell(key, "yes")), pl.lit(_cell(key, "no"))
        return pl.select(pl.when(pl.lit(values)).then(yes).when(~pl.lit(values)).then(no)).to_series()
    before, after = _cell(key, "")[:-1], '%"' if kind is Kind.RATE else '"'
    return _joined(before, _digits(values, kind), after)


def _digits(values: pl.Series, kind: Kind) -> pl.Series:
    if kind not in _PLACES:
        return values.cast(pl.String)
    unit = pl.lit(f"0.{1:0{_PLACES[kind]}d}").cast(pl.Decimal(38, _PLACES[kind]))
    text = (pl.lit(values).cast(pl.Decimal(20, 0)) * unit).cast(pl.String)
    if kind is Kind.MONEY:
        return pl.select(text.str.strip_suffix(".00")).to_series()
    return pl.select(text.str.strip_chars_end("0").str.strip_suffix(".")).to_series()


def _joined(*parts: str | pl.Series) -> pl.Series:
    return pl.select(pl.concat_str(map(pl.lit, parts))).to_series()


def _first(one: pl.Series, other: pl.Series) -> pl.Series:
    return pl.select(pl.coalesce(pl.lit(one), pl.lit(other))).to_series()
