"""Random rows of facts for any rule book, weighted to the boundaries: ends of ranges, the law's figures, one cent beside them.

Of the law's figures most are those of the years in question.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor
from random import Random

from planproof import core as c
from planproof.plan import Facts, Key, RowsStatement, Statement
from planproof.types import Kind, Type
from planproof.values import State, Value, normal

UNITS = {Kind.MONEY: 1, Kind.RATE: 10**8, Kind.NUMBER: 10**6, Kind.COUNT: 1}  # that a cent, or a number, has
USUAL = {Kind.MONEY: 300_000_00, Kind.COUNT: 70, Kind.NUMBER: 70 * 10**6, Kind.RATE: 10**8}
SILENT = (State.STATED_UNKNOWN, State.CONFLICTING, State.DIFFERS_BY_GROUP, State.AMBIGUOUS)
MOST_ROWS = 4


class RandomRows:
    """Draws facts for a rule book; `definite` is the share of rows in which everything is stated."""

    def __init__(self, core: c.Core, years: tuple[int, ...], definite: float = 0.5) -> None:
        self._core = core
        self.years = years
        self._definite = definite
        self._figures = _figures(core)
        self._near = _figures(core, years)

    def draw(self, random: Random) -> Facts:
        """The facts of one row."""
        spoken = 1.0 if random.random() < self._definite else random.random()
        statements: dict[Key, Statement] = {}
        for fact in self._core.facts:
            for key in self.keys(random, fact):
                if random.random() < spoken:
                    statements[key] = self.statement(random, fact, spoken)
        lists = {}
        for listed in self._core.lists:
            if random.random() < spoken:
                lists[listed.name] = self.rows(random, listed, spoken)
        return Facts(statements, lists)

    def keys(self, random: Random, fact: c.Fact) -> list[Key]:
        """A plain value, or values of some years; never both, as in a file."""
        if fact.key is None or random.random() < 0.5:
            return [(fact.name, None)]
        return [(fact.name, year) for year in self.years]

    def statement(self, random: Random, of: c.Fact | c.Column, spoken: float) -> Statement:
        """What is stated of a fact or of a cell; the less is spoken of, the more of that is that it is not known."""
        if random.random() < 0.1 * (1 - spoken):
            return Statement(None, random.choice(SILENT))
        if of.type.optional and random.random() < 0.3:
            return Statement(None, State.STATED)
        return Statement(self._value(random, of.type, of.low, of.high), State.STATED)

    def rows(self, random: Random, listed: c.ListFact, spoken: float) -> RowsStatement:
        """Some rows of a list, no two of the same rank."""
        rows: list[dict[str, Statement]] = []
        ranks: set[Value] = set()
        for _ in range(random.randrange(MOST_ROWS + 1)):
            row = {
                column.name: self.statement(random, column, spoken)
                for column in listed.columns
                if column.name == listed.order or random.random() < spoken + 0.1
            }
            rank = row[listed.order].value if listed.order else None
            if listed.order is None or (rank is not None and rank not in ranks):
                ranks.add(rank)
                rows.append(row)
        return RowsStatement(tuple(rows))

    def _value(self, random: Random, type_: Type, low: Value, high: Value) -> Value:
        match type_.kind:
            case Kind.TRUTH:
                return random.random() < 0.5
            case Kind.CHOICE:
                return random.choice(type_.options)
            case Kind.DATE:
                return self._date(random)
            case Kind.YEAR:
                near = random.choice(self.years) + random.randint(-6, 6)
                return near if low is None else max(low, min(high, near))  # type: ignore[type-var]
            case kind:
                assert isinstance(low, int | Fraction)
                assert isinstance(high, int | Fraction)
                unit = UNITS.get(kind, 1)
                least, most = ceil(low * unit), floor(high * unit)
                number = min(most, max(least, self._number(random, kind, least, most)))
                return number if unit == 1 else normal(Fraction(number, unit))

    def _number(self, random: Random, kind: Kind, low: int, high: int) -> int:
        """A number in the least units of its kind."""
        chance = random.random()
        if chance < 0.15:
            return random.choice((low, high, 0, low + 1, high - 1))
        figures = (self._figures if chance < 0.25 else self._near).get(kind)
        if chance < 0.55 and figures:
            return random.choice(figures) + random.choice((0, 0, 1, -1))
        coarse = random.choice((1, 1 if kind is Kind.COUNT else 100))
        top = min(high, USUAL.get(kind, 70))
        return low + coarse * random.randrange((top - low) // coarse + 1) if top > low else low

    def _date(self, random: Random) -> date:
        year = random.choice(self.years) + random.randint(-1, 2)
        chance = random.random()
        if chance < 0.02:
            return random.choice((date.min, date.max))
        month = random.randint(1, 12)
        day = random.choice((1, 28, 15, 2, random.randint(1, 28)))
        return date(year, 12, 31) if chance < 0.2 else date(year, month, day)


def _figures(core: c.Core, years: tuple[int, ...] | None = None) -> dict[Kind, list[int]]:
    """Every figure of the law and of the rules, by kind, in least units; with years, of the law's only theirs and constants."""
    found: dict[Kind, set[int]] = {}
    for parameter in core.parameters:
        for published in parameter.values:
            if years is None or published.key is None or published.key in years:
                _add(found, parameter.type.kind, published.value)
    waiting: list[object] = [definition.branches for definition in core.definitions]
    while waiting:
        node = waiting.pop()
        if isinstance(node, c.Literal):
            _add(found, node.type.kind, node.value)
        elif isinstance(node, tuple):
            waiting += node
        elif is_dataclass(node):
            waiting += [getattr(node, field.name) for field in fields(node)]
    return {kind: sorted(values) for kind, values in found.items()}


def _add(found: dict[Kind, set[int]], kind: Kind, value: Value) -> None:
    if isinstance(value, int | Fraction) and not isinstance(value, bool):
        found.setdefault(kind, set()).add(floor(value * UNITS.get(kind, 1)))
