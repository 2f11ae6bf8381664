"""What is stated or published, as columns: the meaning of `evaluate_stated` in every row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from planproof import core as c
from planproof.columns.nodes import Node
from planproof.columns.quantities import Arithmetic, Quantity
from planproof.types import Kind
from planproof.values import Value

Key = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class Given:
    """What the rows say of one fact, plainly or for a year: the value, and whether they say anything of it."""

    value: Quantity
    said: Node
    layer: int = 0


@dataclass(frozen=True, slots=True)
class Answering:
    """What answers a year: of a year that is known, and of one that is not.

    `year_unclear`: it is not known whether a plain value is for the year; `key_unclear`: nor which year is meant.
    """

    known: Given
    year_unclear: Node
    unkeyed: Given
    key_unclear: Node


class Stated:
    """Facts and parameters as quantities; `given` is all that is stated, `named` gives a name's value."""

    def __init__(self, arithmetic: Arithmetic, given: Mapping[Key, Given], named: Callable[[str], Quantity]) -> None:
        self.arithmetic = arithmetic
        self.pool = arithmetic.pool
        self.given = given
        self._named = named

    def plain(self, fact: c.Fact, applies: Node) -> Quantity:
        """A fact without years, where `applies` says whether it applies."""
        return self._fact(fact, applies, self._silent(fact, (fact.name, None)), self.pool.no)

    def _silent(self, fact: c.Fact, at: Key) -> Given:
        return self.given.get(at) or Given(self._nothing(fact), self.pool.no)

    def _nothing(self, fact: c.Fact) -> Quantity:
        pool = self.pool
        if fact.type.kind is Kind.TRUTH:
            return Quantity(pool.unknown_truth, pool.one, pool.no)
        days = pool.unknown_number if fact.type.kind is Kind.DURATION else None
        return Quantity(pool.unknown_number, pool.one, pool.no, days)

    def _fact(self, fact: c.Fact, applies: Node, given: Given, unclear: Node) -> Quantity:
        """`unclear`: it is not known which statement answers, so that nothing is presumed."""
        pool, value = self.pool, given.value
        if fact.presumed is not None:
            presumed = self.arithmetic.constant(fact.presumed.value, truth=fact.type.kind is Kind.TRUTH)
            silent = pool.both(pool.negated(given.said), pool.sure(applies), pool.negated(unclear))
            value = self.arithmetic.pick(silent, presumed, value)
        never = pool.sure(pool.negated(applies))
        return self.arithmetic.pick(never, self.arithmetic.constant(None, truth=value.main.truth), value)

    def keyed_fact(self, fact: c.Fact, applies: Node, key: Quantity, own: bool) -> Quantity:
        """A fact of a year: a plain value answers the fact's own year, a value of a year that year."""
        found = self.answering(fact, key.main, own=own)
        known = self._fact(fact, applies, found.known, found.year_unclear)
        if not key.main.unknown:
            return known
        unkeyed = self._fact(fact, applies, found.unkeyed, found.key_unclear)
        return self.arithmetic.pick(self.pool.is_null(key.main), unkeyed, known)

    def answering(self, fact: c.Fact, key: Node, *, own: bool) -> Answering:
        """Which of the statements of a fact answers a year."""
        assert fact.key is not None
        pool = self.pool
        years = {year: given for (name, year), given in self.given.items() if name == fact.name and year is not None}
        plain, nothing = self._silent(fact, (fact.name, None)), Given(self._nothing(fact), pool.no)
        later = {year: given for year, given in years.items() if given.layer >= plain.layer}
        found = self._of_year(key, later, nothing)
        own_year, null = self._named(fact.key).main, pool.is_null(key)
        counts = pool.both(plain.said, pool.negated(found.said))
        answers = pool.both(counts, pool.sure(pool.equal(key, own_year)))
        unclear = pool.both(counts, pool.is_null(own_year), pool.negated(null))
        earlier = {year: given for year, given in years.items() if given.layer < plain.layer}
        if earlier:
            beaten = pool.either(found.said, answers, unclear)
            found = self._either(beaten, found, self._of_year(key, earlier, nothing))
        known = self._either(answers, plain, found)
        over = [given.said for given in years.values() if given.layer > plain.layer]
        anyhow = pool.both(plain.said, pool.constant(own), *map(pool.negated, over))
        told = pool.either(plain.said, *(given.said for given in years.values()))
        return Answering(known, unclear, self._either(anyhow, plain, nothing), pool.both(null, told, pool.negated(anyhow)))

    def _of_year(self, key: Node, years: Mapping[int, Given], found: Given) -> Given:
        for year, given in years.items():
            at = self.pool.both(self.pool.sure(self.pool.equal(key, self.pool.constant(year))), given.said)
            found = self._either(at, given, found)
        return found

    def _either(self, condition: Node, given: Given, other: Given) -> Given:
        pool = self.pool
        said = pool.pick(condition, given.said, other.said)
        return Given(self.arithmetic.pick(condition, given.value, other.value), said)

    def parameter(self, parameter: c.Parameter, key: Quantity | None) -> Quantity:
        """A parameter, of a year if it has years; a year that is not published or not in force is not known."""
        truth = parameter.type.kind is Kind.TRUTH
        pool, found = self.pool, self.arithmetic.constant(None, truth=truth)
        found = self.arithmetic.present(found)
        if key is None:
            constant = parameter.value_for(None)
            return self._published(constant.value, truth) if constant else found
        for published in parameter.values:
            if published.key is not None and published.in_force and key.main.low <= published.key <= key.main.high:
                at = pool.sure(pool.equal(key.main, pool.constant(published.key)))
                found = self.arithmetic.pick(at, self._published(published.value, truth), found)
        return found

    def _published(self, value: Value, truth: bool) -> Quantity:
        return self.arithmetic.constant(value, truth=truth)
