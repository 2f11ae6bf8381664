"""Rows that differ little from one to the next: a random row, and then steps each of which changes a few facts of it.

A step states facts anew, as unknown, or no longer, and changes lists by cells and rows. Of the numbers and dates many
are sought at a boundary: where two sides of a comparison that the rules make come out equal, or one cent beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from fractions import Fraction
from math import floor
from random import Random
from typing import Any

from planproof import core as c
from planproof.evaluate import Evaluator
from planproof.functions import TESTS
from planproof.order import dependencies, references
from planproof.plan import Asked, Facts, Key, RowsStatement, Statement
from planproof.run import Compiled, Run
from planproof.types import NUMERIC, Kind
from planproof.values import Exact, State, Value, normal, outside
from random_rows import SILENT, UNITS, RandomRows

MOST_ROWS = 8
Cells = Mapping[str, Statement]
Said = Statement | RowsStatement | None
Changes = dict[Key, Said]


@dataclass(slots=True)
class Standing:
    """What is stated in the row at hand; `facts` shows it, and changes with it."""

    statements: dict[Key, Statement]
    lists: dict[str, RowsStatement]

    @property
    def facts(self) -> Facts:
        """The same as facts."""
        return Facts(self.statements, self.lists)

    def copy(self) -> Standing:
        """What is stated now, whatever changes later."""
        return Standing(dict(self.statements), dict(self.lists))

    def said(self, key: Key) -> Said:
        """What is stated of a fact or list."""
        return self.lists.get(key[0]) or self.statements.get(key)

    def put(self, changes: Changes, lists: Mapping[str, c.ListFact]) -> list[str]:
        """States changes; the facts, lists and columns in which something changed."""
        changed: list[str] = []
        for key, said in changes.items():
            name = key[0]
            if name in lists:
                changed += _parts_changed(lists[name], self.lists.get(name), said)  # type: ignore[arg-type]
                _put(self.lists, name, said)
            else:
                changed.append(name)
                _put(self.statements, key, said)
        return changed


class RandomWalks:
    """Draws rows and changes of rows for one rule book and one question."""

    def __init__(self, evaluator: Evaluator, asked: Asked) -> None:
        assert asked.year is not None, "rows are drawn near a year"
        self._core = core = evaluator.core
        self._evaluator = evaluator
        self._drawn = RandomRows(core, (asked.year - 1, asked.year), definite=0.7)
        self._facts = {fact.name: fact for fact in core.facts}
        self.lists = {listed.name: listed for listed in core.lists}
        self._seeking = Seeking(evaluator, self._drawn.years)

    def slots(self) -> tuple[Key, ...]:
        """Every fact, with every year that is stated of it, and every list."""
        plain: list[Key] = [(name, None) for name in (*self._facts, *self.lists)]
        return (*plain, *((fact.name, year) for fact in self._core.facts if fact.key for year in self._drawn.years))

    def first(self, random: Random) -> Standing:
        """A row."""
        drawn = self._drawn.draw(random)
        return Standing(dict(drawn.statements), dict(drawn.lists))

    def step(self, random: Random, now: Standing, run: Run) -> Changes:
        """What may change next; `run` derives values of the row at hand."""
        changes: Changes = {}
        for _ in range(random.choice((1, 1, 1, 1, 1, 2, 2, 3))):
            changes |= self._change(random, now, run)
        return changes

    def mend(self, random: Random, now: Standing, names: Iterable[str]) -> Changes:
        """A change of something that one of these names rests on, half the time of a list if it rests on any."""
        bits = self._evaluator.bit[random.choice(sorted(names))]
        lists = [name for name in self.lists if self._evaluator.touches[name] & bits]
        if lists and random.random() < 0.5:
            return self._list(random, now, random.choice(lists))
        facts = [name for name in self._facts if self._evaluator.touches[name] & bits]
        return self._fact(random, now, random.choice(facts)) if facts else {}

    # ---------------------------------------------------------------- one change

    def _change(self, random: Random, now: Standing, run: Run) -> Changes:
        chance = random.random()
        if chance < 0.3:
            sought = self._seeking.change(random, now, run)
            if sought:
                return sought
        if self.lists and (chance > 0.93 or not self._facts):
            return self._list(random, now, random.choice(list(self.lists)))
        return self._fact(random, now, random.choice(self._core.facts).name)

    def _fact(self, random: Random, now: Standing, name: str) -> Changes:
        fact = self._facts[name]
        before = stated_keys(now, fact, self._drawn.years)
        keys = self._drawn.keys(random, fact) if fact.key and random.random() < 0.2 else before
        changes: Changes = {key: None for key in before if key not in keys}
        return changes | {key: self._statement(random, fact) for key in keys}

    def _list(self, random: Random, now: Standing, name: str) -> Changes:
        return {(name, None): self._rows(random, self.lists[name], now.lists.get(name))}

    def _statement(self, random: Random, fact: c.Fact) -> Statement | None:
        chance = random.random()
        if chance < 0.03:
            return None
        return Statement(None, random.choice(SILENT)) if chance < 0.05 else self._drawn.statement(random, fact, 1.0)

    def _rows(self, random: Random, listed: c.ListFact, said: RowsStatement | None) -> RowsStatement | None:
        chance = random.random()
        if chance < 0.06:
            return None if chance < 0.03 else RowsStatement((), random.choice(SILENT))
        if said is None or not said.rows or chance < 0.3:
            return self._drawn.rows(random, listed, 1.0)
        if chance < 0.4:
            return RowsStatement(_joined(listed, said.rows, self._drawn.rows(random, listed, 1.0).rows[:1]))
        place = random.randrange(len(said.rows))
        if chance < 0.45:
            return RowsStatement(said.rows[:place] + said.rows[place + 1 :])
        column = random.choice(listed.columns)
        cell = self._drawn.statement(random, column, 1.0)
        row = {**said.rows[place], column.name: cell}
        if column.name == listed.order:
            others = [other[column.name].value for other in said.rows if other is not said.rows[place]]
            if cell.value is None or cell.value in others:
                return said
        elif chance < 0.48:
            del row[column.name]
        return RowsStatement((*said.rows[:place], row, *said.rows[place + 1 :]))


def _parts_changed(listed: c.ListFact, before: RowsStatement | None, after: RowsStatement | None) -> Iterator[str]:
    """The columns of a list in which something changed; the list itself if its rows are not as many or not in the same order."""
    if before is None or after is None or before.state is not after.state or len(before.rows) != len(after.rows):
        yield listed.name
        return
    for column in listed.columns:
        if any(one.get(column.name) != other.get(column.name) for one, other in zip(before.rows, after.rows, strict=True)):
            yield listed.name if column.name == listed.order else column.name


def _put(stated: dict[Any, Any], at: object, said: Said) -> None:
    """States something, or nothing any more."""
    if said is None:
        stated.pop(at, None)
    else:
        stated[at] = said


def _joined(listed: c.ListFact, rows: tuple[Cells, ...], more: tuple[Cells, ...]) -> tuple[Cells, ...]:
    """Rows and one more, unless it has the rank of one of them or they are many."""
    ranks = {row[listed.order].value for row in rows} if listed.order else set()
    fits = len(rows) < MOST_ROWS and all(listed.order is None or row[listed.order].value not in ranks for row in more)
    return rows + more if fits else rows


def stated_keys(now: Standing, fact: c.Fact, years: tuple[int, ...]) -> list[Key]:
    """The years of which a fact is stated, or none."""
    of_years: list[Key] = [(fact.name, year) for year in years if (fact.name, year) in now.statements] if fact.key else []
    return of_years or [(fact.name, None)]


# -------------------------------------------------------------------- boundaries


def stated(value: Value) -> Statement:
    """A value that is stated."""
    return Statement(value, State.STATED)


class Seeking:
    """Finds changes that bring the two sides of a comparison together."""

    def __init__(self, evaluator: Evaluator, years: tuple[int, ...]) -> None:
        core, self._years = evaluator.core, years
        items: list[c.Definition | c.Fact | c.Parameter] = [*core.facts, *core.parameters, *core.definitions]
        self._kinds = {item.name: item.type.kind for item in items}
        self._facts = {fact.name: fact for fact in core.facts}
        self._reads = dependencies(core)
        self._pairs: list[tuple[Compiled, Compiled, Kind, tuple[str, ...]]] = []
        for definition in core.definitions:
            if definition.row is None:
                for left, right in _compared(definition.branches):
                    names = (*references(left), *references(right))
                    for kind in sorted({self._kinds.get(name, Kind.NONE) for name in names} & {*NUMERIC, Kind.DATE, Kind.YEAR}):
                        self._pairs.append((evaluator.compile(left), evaluator.compile(right), kind, names))

    def change(self, random: Random, now: Standing, run: Run) -> Changes:
        """A fact that is changed by what parts two sides; nothing if none is found."""
        if not self._pairs:
            return {}
        first, second, kind, names = random.choice(self._pairs)
        fact = self._fact(random, kind, names)
        if fact is None:
            return {}
        key = random.choice(stated_keys(now, fact, self._years))
        said = now.statements.get(key)
        left, right = _number(run.apart(first)[0]), _number(run.apart(second)[0])
        is_ = None if said is None or said.state is not State.STATED else _number(said.value)
        if left is None or right is None or is_ is None:
            return {}
        value = _value(kind, is_ + random.choice((1, -1)) * (left - right), random.choice((0, 0, 1, -1)))
        return {} if value is None or outside(value, fact.low, fact.high) else {key: stated(value)}

    def _fact(self, random: Random, kind: Kind, names: tuple[str, ...]) -> c.Fact | None:
        """A fact of the same kind that some of these names rest on."""
        while alike := [name for name in names if self._kinds.get(name) is kind]:
            name = random.choice(alike)
            if name in self._facts:
                return self._facts[name]
            names = self._reads[name]
        return None


def _compared(node: object) -> Iterator[tuple[c.Expression, c.Expression]]:
    """The pairs that an expression compares, but for those in rows of lists."""
    if isinstance(node, c.Aggregate | c.Allocate):
        return
    if isinstance(node, c.Apply) and (node.function in TESTS or node.function in ("lesser_of", "greater_of")):
        yield node.arguments[0], node.arguments[-1]
    if isinstance(node, tuple):
        for part in node:
            yield from _compared(part)
    elif is_dataclass(node):
        for field in fields(node):
            yield from _compared(getattr(node, field.name))


def _number(value: object) -> Exact | None:
    """A number or a date as a number."""
    if isinstance(value, date):
        return value.toordinal()
    return value if isinstance(value, int | Fraction) and not isinstance(value, bool) else None


def _value(kind: Kind, number: Exact, beside: int) -> Value:
    """A value of a kind at a number, so many of its least units beside it."""
    unit = UNITS.get(kind, 1)
    units = floor(number * unit) + beside
    if kind is not Kind.DATE:
        return normal(Fraction(units, unit))
    return date.fromordinal(units) if 1 <= units <= date.max.toordinal() else None
