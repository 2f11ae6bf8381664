"""Suppositions: which facts are open, what each may be, and the sets that were found for names so far.

A supposition can be narrowed, fact by fact; what does not depend on that fact is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, TypeAlias

from planproof import core as c
from planproof.order import dependencies, references
from planproof.plan import Asked, Facts, Statement
from planproof.possible import ANYTHING, NOT_KNOWN, UNKNOWN, Form, Possible, Ranges, exactly
from planproof.types import Kind, Type
from planproof.values import State, Value

MOST_ROWS = 12_000  # no file holds more
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
ANY_ROW = -1  # stands for each row of a list that is not told


class Slot(NamedTuple):
    """An open fact, one of its years, or one cell (rows counted from 1); or, by its name, a list."""

    name: str
    key: int | None = None
    row: int | None = None


Thought: TypeAlias = Callable[["Supposition"], Possible]


def domain(type_: Type, low: Value, high: Value, *, untold: bool = False) -> Possible:
    """All values that a fact of a type can take in its range; with `untold` also that nobody tells it.

    Dates and years without a range are those of the 20th to 22nd century.
    """
    some = ({None} if type_.optional else set[Any]()) | ({NOT_KNOWN} if untold else set())
    if type_.kind is Kind.TRUTH:
        return Possible(frozenset(some | {True, False}))
    if type_.kind is Kind.CHOICE:
        return Possible(frozenset(some | set(type_.options)))
    if type_.kind is Kind.DATE:
        return Possible(frozenset(some), True, FIRST_DAY, LAST_DAY)
    if type_.kind is Kind.YEAR:
        return Possible(frozenset(some), True, low or FIRST_DAY.year, high or LAST_DAY.year)  # type: ignore[arg-type]
    if type_.kind in (Kind.DURATION, Kind.NONE):
        return Possible(frozenset(some | {ANYTHING}))
    return Possible(frozenset(some), True, low, high)  # type: ignore[arg-type]


def is_whole(kind: Kind) -> bool:
    """Whether the numbers of a kind are counted in whole units (cents, pieces, years, days)."""
    return kind in (Kind.MONEY, Kind.COUNT, Kind.YEAR, Kind.DATE)


Rule: TypeAlias = Callable[["Vocabulary", Slot, Statement | None], Possible | None]
"""What a fact that no box lists may be, by what is stated of it; nothing for one that is not open. A list has no statement."""


def as_stated(vocabulary: Vocabulary, slot: Slot, statement: Statement | None) -> Possible | None:
    """The rule by which nothing is open but what the box lists."""
    return None


def unstated(vocabulary: Vocabulary, slot: Slot, statement: Statement | None) -> Possible | None:
    """The rule by which whatever is not stated is open to all its values."""
    return vocabulary.domain(slot) if statement is None or statement.state is not State.STATED else None


@dataclass(frozen=True, slots=True)
class Box:
    """Which facts are open, and what each may be: those listed, and those that the rule opens, but for those kept as stated."""

    slots: Mapping[Slot, Possible]
    rule: Rule = as_stated
    kept: frozenset[Slot] = frozenset()


class Vocabulary:
    """The names of a rule book as sets: for each what derives its set, and what facts, columns and lists may be."""

    def __init__(self, core: c.Core) -> None:
        self.thoughts: dict[str, Thought] = {}
        self._declared: dict[str, c.Fact | c.Column] = {fact.name: fact for fact in core.facts}
        self._declared |= {column.name: column for listed in core.lists for column in listed.columns}
        self._asked_if_known = frozenset(_asked_if_known(core))

    def kind(self, name: str) -> Kind:
        """The kind of a fact or column; of a list, that of its count."""
        return self._declared[name].type.kind if name in self._declared else Kind.COUNT

    def domain(self, slot: Slot) -> Possible:
        """All values of a fact; that nobody tells it is one where the rule book asks whether it is known.

        Of a list its number of rows; of one that is not told, only that it has no rows can be supposed in full.
        """
        untold = slot.name in self._asked_if_known
        declared = self._declared.get(slot.name)
        if declared is None:
            return Possible(UNKNOWN.some if untold else frozenset(), True, 0, MOST_ROWS)
        return domain(declared.type, declared.low, declared.high, untold=untold)


class Supposition:
    """The sets of one rule book's names over some facts of which some are open."""

    def __init__(self, vocabulary: Vocabulary, facts: Facts, asked: Asked, box: Box) -> None:
        self.vocabulary, self.facts, self.asked, self.box = vocabulary, facts, asked, box
        self.memo: dict[Any, Possible] = {}
        self.bits: dict[Slot, int] = {}
        self.ranges = Ranges({}, 0)
        self.rows: dict[str, int] = {}

    def possible(self, name: str) -> Possible:
        """What a definition, or a fact or parameter without years, may be."""
        found = self.memo.get(name)
        if found is None:
            found = self.memo[name] = self.vocabulary.thoughts[name](self)
        return found

    def slots(self, possible: Possible) -> tuple[Slot, ...]:
        """The open facts that a set depends on."""
        return tuple(slot for slot, bit in self.bits.items() if possible.slots & bit)

    def domain(self, slot: Slot, statement: Statement | None = None) -> Possible | None:
        """What a fact may be here; nothing for one that is not open."""
        if slot in self.box.slots:
            return self.box.slots[slot]
        return None if slot in self.box.kept else self.box.rule(self.vocabulary, slot, statement)

    def narrowed(self, slot: Slot, to: Possible) -> Supposition:
        """The same with one open fact in a smaller set."""
        return self._but(slot, Box({**self.box.slots, slot: to}, self.box.rule, self.box.kept))

    def kept(self, slot: Slot) -> Supposition:
        """The same with one fact that the rule opened as it is stated, or not stated."""
        return self._but(slot, Box(self.box.slots, self.box.rule, self.box.kept | {slot}))

    def _but(self, slot: Slot, box: Box) -> Supposition:
        bit = self.bit(slot)
        one = Supposition(self.vocabulary, self.facts, self.asked, box)
        one.memo = {name: found for name, found in self.memo.items() if not found.slots & bit}
        one.bits, one.ranges = self.bits, Ranges(dict(self.ranges.ends), self.ranges.whole)
        return one

    # -------------------------------------------------------------- open facts

    def bit(self, slot: Slot) -> int:
        """The bit of an open fact."""
        return self.bits.setdefault(slot, 1 << len(self.bits))

    def opened(self, slot: Slot, statement: Statement | None) -> Possible | None:
        """The set of a fact that is open, as a set that depends on it; nothing for one that is not open."""
        found = self.domain(slot, statement)
        if found is None or found.certain:
            return found and exactly(found.value)
        bit = self.bit(slot)
        if not found.numbers or isinstance(found.low, date) or isinstance(found.high, date) or found.low is None or found.high is None:
            return Possible(found.some, found.numbers, found.low, found.high, None, bit)
        self.ranges.ends[bit] = (found.low, found.high)
        if is_whole(self.vocabulary.kind(slot.name)) and not self.ranges.whole & bit:
            self.ranges = Ranges(self.ranges.ends, self.ranges.whole | bit)
        return Possible(found.some, True, found.low, found.high, Form(((bit, 1),), 0), bit)

    # -------------------------------------------------------------- rows

    def at(self, row: str, index: int, thought: Thought) -> Possible:
        """A set with a row at hand."""
        outer, self.rows = self.rows, {**self.rows, row: index}
        found = thought(self)
        self.rows = outer
        return found


def _asked_if_known(core: c.Core) -> Iterable[str]:
    """The facts and lists on which the rule book depends by `is known`."""
    graph = dict(dependencies(core))
    for listed in core.lists:
        graph |= {listed.row: (listed.name,)} | {column.name: (listed.row,) for column in listed.columns}
    waiting = [name for known in is_known_tests(core) for name in references(known)]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(graph.get(name, ()))
    return seen


def is_known_tests(core: c.Core) -> Iterable[c.Expression]:
    """All of which the definitions of a rule book ask whether it is known."""
    parts = (part for d in core.definitions for branch in d.branches for part in (branch.guard, branch.body) if part is not None)
    return [known for part in parts for known in _known_tests(part)]


def _known_tests(node: c.Expression) -> Iterable[c.Expression]:
    match node:
        case c.IsKnown(operand):
            return [operand]
        case c.Apply(_, operands) | c.AllOf(operands) | c.AnyOf(operands):
            return [found for operand in operands for found in _known_tests(operand)]
        case c.Not(operand) | c.IsNone(operand):
            return _known_tests(operand)
        case c.Aggregate(_, _, body, where):
            return [found for part in (body, where) if part for found in _known_tests(part)]
        case c.Allocate(_, _, amount, measure, where):
            return [found for part in (amount, measure, where) if part for found in _known_tests(part)]
        case c.Literal() | c.Named() | c.Keyed() | c.Cell():
            return []
