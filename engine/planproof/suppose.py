"""What definitions may come to while some facts are open: the core over sets of values.

A second meaning of the same core, never narrower than the reference: whatever the evaluator gives for some completion of
the open facts is in the set that is found here; where nothing open matters the set is that one value. An open fact is a
`Slot`. A supposition can be narrowed, fact by fact, and what does not depend on that fact is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any, NamedTuple, TypeAlias, assert_never

from planproof import core as c
from planproof.evaluate import Evaluator
from planproof.evaluate_rows import spread
from planproof.logic import all_of, any_of, chosen, negated, outcomes
from planproof.order import dependencies, references
from planproof.plan import Asked, Facts, Statement
from planproof.possible import ABSENT, ANYTHING, NO, NOT_KNOWN, UNKNOWN, YES, Form, Possible, Ranges, applied, exactly, joined
from planproof.types import Kind, Type
from planproof.values import State, Value

MOST_ROWS = 12_000  # no file holds more
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
_ANY_ROW = -1  # stands for each row of a list that is not told


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


Rule: TypeAlias = Callable[["Supposer", Slot, Statement | None], Possible | None]
"""What a fact that no box lists may be, by what is stated of it; nothing for one that is not open. A list has no statement."""


def as_stated(supposer: Supposer, slot: Slot, statement: Statement | None) -> Possible | None:
    """The rule by which nothing is open but what the box lists."""
    return None


def unstated(supposer: Supposer, slot: Slot, statement: Statement | None) -> Possible | None:
    """The rule by which whatever is not stated is open to all its values."""
    return supposer.domain(slot) if statement is None or statement.state is not State.STATED else None


@dataclass(frozen=True, slots=True)
class Box:
    """Which facts are open, and what each may be: those listed, and those that the rule opens."""

    slots: Mapping[Slot, Possible]
    rule: Rule = as_stated


class Supposition:
    """The sets of one rule book's names over some facts of which some are open."""

    def __init__(self, supposer: Supposer, facts: Facts, asked: Asked, box: Box) -> None:
        self.supposer, self.facts, self.asked, self.box = supposer, facts, asked, box
        self.memo: dict[Any, Possible] = {}
        self.bits: dict[Slot, int] = {}
        self.ranges = Ranges({}, 0)
        self.rows: dict[str, int] = {}

    def possible(self, name: str) -> Possible:
        """What a definition, or a fact or parameter without years, may be."""
        found = self.memo.get(name)
        if found is None:
            found = self.memo[name] = self.supposer.thoughts[name](self)
        return found

    def slots(self, possible: Possible) -> tuple[Slot, ...]:
        """The open facts that a set depends on."""
        return tuple(slot for slot, bit in self.bits.items() if possible.slots & bit)

    def domain(self, slot: Slot, statement: Statement | None = None) -> Possible | None:
        """What a fact may be here; nothing for one that is not open."""
        return self.box.slots.get(slot) or self.box.rule(self.supposer, slot, statement)

    def narrowed(self, slot: Slot, to: Possible) -> Supposition:
        """The same with one open fact in a smaller set."""
        bit = self.bit(slot)
        one = Supposition(self.supposer, self.facts, self.asked, Box({**self.box.slots, slot: to}, self.box.rule))
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
        if is_whole(self.supposer.kind(slot.name)) and not self.ranges.whole & bit:
            self.ranges = Ranges(self.ranges.ends, self.ranges.whole | bit)
        return Possible(found.some, True, found.low, found.high, Form(((bit, 1),), 0), bit)

    # -------------------------------------------------------------- rows

    def at(self, row: str, index: int, thought: Thought) -> Possible:
        """A set with a row at hand."""
        outer, self.rows = self.rows, {**self.rows, row: index}
        found = thought(self)
        self.rows = outer
        return found


class Supposer:
    """A rule book compiled to sets; make it once for an evaluator."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.core = evaluator.core
        self._facts = {fact.name: fact for fact in self.core.facts}
        self._parameters = {parameter.name: parameter for parameter in self.core.parameters}
        self._lists = {listed.row: listed for listed in self.core.lists}
        self._named_lists = {listed.name: listed for listed in self.core.lists}
        self._columns = {column.name: column for listed in self.core.lists for column in listed.columns}
        self._asked_if_known = frozenset(_asked_if_known(self.core))
        self._guards = {fact.name: self.compile(fact.applies) for fact in self.core.facts if fact.applies is not None}
        self.thoughts: dict[str, Thought] = {
            c.ASKED_YEAR: lambda s: UNKNOWN if s.asked.year is None else exactly(s.asked.year),
            c.ASKED_DATE: lambda s: UNKNOWN if s.asked.date is None else exactly(s.asked.date),
        }
        self.thoughts |= {fact.name: self._plain_fact(fact) for fact in self.core.facts if fact.key is None}
        self.thoughts |= {p.name: _constant(p) for p in self.core.parameters if p.key is None}
        self.thoughts |= {definition.name: self._definition(definition) for definition in self.core.definitions}

    def suppose(self, facts: Facts, asked: Asked, box: Box) -> Supposition:
        """The sets over some facts with some of them open."""
        return Supposition(self, facts, asked, box)

    def reopened(self, base: Supposition, slots: Mapping[Slot, Possible]) -> Supposition:
        """A supposition with some facts open, and what does not read them as in `base`, in which no fact is open."""
        touched = reduce(int.__or__, (self.evaluator.touches[slot.name] for slot in slots), 0)
        bit = self.evaluator.bit
        one = Supposition(self, base.facts, base.asked, Box(slots))
        one.memo = {at: found for at, found in base.memo.items() if not touched & bit[at if isinstance(at, str) else at[0]]}
        return one

    def kind(self, name: str) -> Kind:
        """The kind of a fact or column; of a list, that of its count."""
        declared = self._facts.get(name) or self._columns.get(name)
        return declared.type.kind if declared else Kind.COUNT

    def domain(self, slot: Slot) -> Possible:
        """All values of a fact; that nobody tells it is one where the rule book asks whether it is known.

        Of a list its number of rows; of one that is not told, only that it has no rows can be supposed in full.
        """
        untold = slot.name in self._asked_if_known
        declared = self._facts.get(slot.name) or self._columns.get(slot.name)
        if declared is None:
            return Possible(UNKNOWN.some if untold else frozenset(), True, 0, MOST_ROWS)
        return domain(declared.type, declared.low, declared.high, untold=untold)

    # -------------------------------------------------------------- facts and parameters

    def _plain_fact(self, fact: c.Fact) -> Thought:
        slot = Slot(fact.name)
        return lambda s: self._fact(s, fact, slot, s.facts.statements.get((fact.name, None)), YES)

    def _fact(self, s: Supposition, fact: c.Fact, slot: Slot, statement: Statement | None, sure: Possible) -> Possible:
        """A fact as opened or stated; `sure` is unknown where it is not known whether the statement answers."""
        guard = self._guards.get(fact.name)
        applies = guard(s) if guard else YES
        never, ever = applies.may_be(False) or applies.may_be(None), applies.may_be(True) or NOT_KNOWN in applies.some
        if never and not ever:
            return ABSENT
        found = s.opened(slot, statement)
        if found is None and statement is not None and statement.state is State.STATED:
            found = exactly(statement.value)
        elif found is None and statement is None and fact.presumed is not None and sure is YES:
            found = exactly(fact.presumed.value)
            if NOT_KNOWN in applies.some:
                found = joined([found, UNKNOWN], applies.slots) if applies.may_be(True) else UNKNOWN
        elif found is None:
            found = UNKNOWN
        return joined([found, ABSENT], applies.slots) if never else found

    def _keyed(self, node: c.Keyed) -> Thought:
        key_of = self.compile(node.key)
        fact, parameter = self._facts.get(node.name), self._parameters.get(node.name)
        by_year = {value.key: value for value in parameter.values} if parameter else {}

        def of_year(s: Supposition, year: int) -> Possible:
            at = (node.name, year)
            if at not in s.memo:
                s.memo[at] = self._dated(s, fact, year) if fact else _published(by_year.get(year))
            return s.memo[at]

        def undated(s: Supposition) -> Possible:
            plain = s.facts.statements.get((node.name, None))
            latest = max(
                (said.layer for (name, year), said in s.facts.statements.items() if name == node.name and year is not None), default=-1
            )
            if fact is None or plain is None or not node.own or plain.layer < latest or plain.state is not State.STATED:
                return UNKNOWN
            return self._fact(s, fact, Slot(node.name), plain, YES)

        def think(s: Supposition) -> Possible:
            key = key_of(s)
            if key.certain:
                return of_year(s, key.value) if key.numbers else undated(s)
            parts = [of_year(s, year) for year in _years(key)]
            if key.some or not parts:
                parts += [undated(s), UNKNOWN]
            if key.numbers and len(parts) > _MOST_YEARS:
                return Possible(frozenset((ANYTHING, NOT_KNOWN)), slots=key.slots | reduce(int.__or__, (p.slots for p in parts), 0))
            return joined(parts, key.slots)

        return think

    def _dated(self, s: Supposition, fact: c.Fact, year: int) -> Possible:
        """A fact for a year: a value of that year, or a plain value whose own year it is."""
        statement, plain = s.facts.statements.get((fact.name, year)), s.facts.statements.get((fact.name, None))
        slot = Slot(fact.name, year)
        if plain is None or slot in s.box.slots or (statement is not None and plain.layer <= statement.layer):
            return self._fact(s, fact, slot, statement, YES)
        assert fact.key is not None, "a fact of a year is keyed"
        own = s.possible(fact.key)
        parts = []
        if own.may_be(year):
            parts.append(self._fact(s, fact, slot, plain, YES))
        if not own.certain or not own.numbers or own.value != year:
            parts.append(self._fact(s, fact, slot, statement, YES) if own.numbers else UNKNOWN)
        if NOT_KNOWN in own.some:
            parts.append(self._fact(s, fact, slot, None, UNKNOWN))
        return joined(parts, own.slots)

    # -------------------------------------------------------------- definitions

    def _definition(self, definition: c.Definition) -> Thought:
        exceptions = definition.branches[1:]
        bodies = [self.compile(branch.body) for branch in definition.branches]
        guards = [self.compile(branch.guard) for branch in exceptions if branch.guard is not None]
        over = [frozenset(i for i, other in enumerate(exceptions) if other.label in branch.over) for branch in exceptions]
        whole = _whole(definition.type)
        if not exceptions:
            return lambda s: whole(bodies[0](s))

        def think(s: Supposition) -> Possible:
            held = [_truth(guard(s)) for guard in guards]
            if all(guard.certain for guard in held):
                known = [guard.value for guard in held]
                found, _, unknown = outcomes(definition.name, known, over, [branch.label for branch in exceptions])
                if unknown is None:
                    return whole(bodies[found[0]](s))
                parts = [whole(bodies[branch](s)) for branch in found]
                if all(part.certain for part in parts):
                    return exactly(chosen(definition.name, [part.value for part in parts], unknown))
                return joined([*parts, UNKNOWN])
            return _branching(s, held, over, lambda branch: whole(bodies[branch](s)))

        return think

    # -------------------------------------------------------------- expressions

    def compile(self, node: c.Expression) -> Thought:
        """What gives an expression's set in a supposition."""
        match node:
            case c.Literal(value):
                found = exactly(value)
                return lambda s: found
            case c.Named(name):
                return lambda s: s.memo.get(name) or s.possible(name)
            case c.Keyed():
                return self._keyed(node)
            case c.Cell():
                return self._cell(node)
            case c.Apply(function, arguments):
                parts = [self.compile(argument) for argument in arguments]
                return lambda s: applied(function, [part(s) for part in parts], s.ranges)
            case c.AllOf(operands):
                return _connective([self.compile(operand) for operand in operands], decisive=False)
            case c.AnyOf(operands):
                return _connective([self.compile(operand) for operand in operands], decisive=True)
            case c.Not(operand):
                inner = self.compile(operand)
                return lambda s: _negated(_truth(inner(s)))
            case c.IsKnown(operand):
                inner = self.compile(operand)
                return lambda s: _asks(inner(s), NOT_KNOWN, is_it=False)
            case c.IsNone(operand):
                inner = self.compile(operand)
                return lambda s: _is_none(inner(s))
            case c.Aggregate():
                return self._aggregate(node)
            case c.Allocate():
                return self._allocate(node)
            case _:
                assert_never(node)

    # -------------------------------------------------------------- rows

    def _count(self, s: Supposition, listed: c.ListFact) -> Possible:
        statement = s.facts.lists.get(listed.name)
        if statement is not None and statement.state is State.STATED:
            return exactly(len(statement.rows))
        found = s.domain(Slot(listed.name))
        if found is None or found.certain:
            return UNKNOWN if found is None else found
        return Possible(found.some, found.numbers, found.low, found.high, None, s.bit(Slot(listed.name)))

    def _cell(self, node: c.Cell) -> Thought:
        column, listed = self._columns.get(node.name), self._lists[node.row]

        def think(s: Supposition) -> Possible:
            index = s.rows[node.row]
            at = (node.name, index, "row")
            found = s.memo.get(at)
            if found is None:
                found = s.memo[at] = derive(s, index)
            return found

        def derive(s: Supposition, index: int) -> Possible:
            if column is None:
                outer, s.rows = s.rows, {node.row: index}
                found = self.thoughts[node.name](s)
                s.rows = outer
                return found
            if index == _ANY_ROW:
                of_type = domain(column.type, column.low, column.high, untold=True)
                return Possible(of_type.some, of_type.numbers, of_type.low, of_type.high, None, s.bit(Slot(listed.name)))
            statement = s.facts.lists[listed.name].rows[index].get(node.name)
            opened = s.opened(Slot(node.name, None, index + 1), statement)
            if opened is not None:
                return opened
            return exactly(statement.value) if statement is not None and statement.state is State.STATED else UNKNOWN

        return think

    def _numbers(self, s: Supposition, listed: c.ListFact, *, in_order: bool) -> tuple[list[int], bool] | None:
        """The rows, and whether their order is certain; nothing where a cell that orders them is not known."""
        count = self._count(s, listed).value
        if not in_order or listed.order is None:
            return list(range(count)), True
        rank = self._cell(c.Cell(listed.row, listed.order))
        ranks = [s.at(listed.row, index, rank) for index in range(count)]
        if any(one is UNKNOWN for one in ranks):
            return None
        if all(one.certain for one in ranks):
            return sorted(range(count), key=lambda index: ranks[index].value), True
        return list(range(count)), False

    def _aggregate(self, node: c.Aggregate) -> Thought:
        listed = self._lists[node.row]
        body = self.compile(node.body)
        where = self.compile(node.where) if node.where else lambda s: YES

        def think(s: Supposition) -> Possible:
            count = self._count(s, listed)
            if count is UNKNOWN:
                return UNKNOWN
            if not count.certain:
                kept = _truth(s.at(node.row, _ANY_ROW, where))
                return _of_any_rows(node.kind, kept, s.at(node.row, _ANY_ROW, body), count)
            numbers = self._numbers(s, listed, in_order=node.earlier)
            if numbers is None:
                return UNKNOWN
            indexes, certain = numbers
            if node.earlier:
                at_hand = s.rows[node.row]
                indexes = indexes[: indexes.index(at_hand)] if certain else [index for index in indexes if index != at_hand]
            tests = [_truth(s.at(node.row, index, where)) for index in indexes]
            if not certain:
                tests = [joined([test, NO], count.slots) for test in tests]
            bodies = [NO if test is NO else s.at(node.row, index, body) for index, test in zip(indexes, tests, strict=True)]
            return _gathered(node.kind, tests, bodies, s.ranges)

        return think

    def _allocate(self, node: c.Allocate) -> Thought:
        listed = self._lists[node.row]
        amount, measure = self.compile(node.amount), self.compile(node.measure)
        where = self.compile(node.where) if node.where else lambda s: YES

        def think(s: Supposition) -> Possible:
            total, at_hand = amount(s), s.rows[node.row]
            count = self._count(s, listed)
            if count is UNKNOWN or total in (UNKNOWN, ABSENT):
                return UNKNOWN
            if not count.certain:
                return _share(total, s.at(node.row, _ANY_ROW, measure), count.slots, known=False)
            numbers = self._numbers(s, listed, in_order=True)
            if numbers is None:
                return UNKNOWN
            indexes, in_order = numbers
            tests = [_truth(s.at(node.row, index, where)) for index in indexes]
            if any(test is UNKNOWN for test in tests):
                return UNKNOWN
            among = [index for index, test in zip(indexes, tests, strict=True) if test is not NO]
            measures = [s.at(node.row, index, measure) for index in among]
            if in_order and total.certain and all(one.certain for one in (*tests, *measures)):
                if any(one in (UNKNOWN, ABSENT) for one in measures):
                    return UNKNOWN
                shares = dict(zip(among, spread(node.kind, total.value, [one.value for one in measures]), strict=True))
                return exactly(shares.get(at_hand, 0))
            slots = reduce(int.__or__, (one.slots for one in (*tests, *measures)), total.slots)
            known = all(not one.some & {NOT_KNOWN, None} for one in (total, *measures)) and not any(NOT_KNOWN in t.some for t in tests)
            own = measures[among.index(at_hand)] if at_hand in among else exactly(0)
            return _share(total, own, slots, known=known)

        return think


# ------------------------------------------------------------------ facts and parameters

_MOST_YEARS = 12


def _constant(parameter: c.Parameter) -> Thought:
    found = exactly(parameter.values[0].value)
    return lambda s: found


def _published(value: c.ParameterValue | None) -> Possible:
    return UNKNOWN if value is None or not value.in_force else exactly(value.value)


def _years(key: Possible) -> Iterable[int]:
    """The years of a set, one more than are looked at at most."""
    if not key.numbers or not isinstance(key.low, int) or not isinstance(key.high, int):
        return ()
    return range(key.low, min(key.high, key.low + _MOST_YEARS) + 1)


def _asked_if_known(core: c.Core) -> Iterable[str]:
    """The facts and lists on which the rule book depends by `is known`."""
    graph = dict(dependencies(core))
    for listed in core.lists:
        graph |= {listed.row: (listed.name,)} | {column.name: (listed.row,) for column in listed.columns}
    parts = (part for d in core.definitions for branch in d.branches for part in (branch.guard, branch.body) if part is not None)
    waiting = [name for part in parts for known in _known_tests(part) for name in references(known)]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(graph.get(name, ()))
    return seen


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


# ------------------------------------------------------------------ logic


def _truth(found: Possible) -> Possible:
    """A condition: what is absent counts as no."""
    if ANYTHING in found.some:
        return Possible(frozenset((True, False, NOT_KNOWN)), slots=found.slots)
    if None not in found.some:
        return found
    some = found.some - {None} | {False}
    return NO if len(some) == 1 else Possible(some, slots=found.slots)


def _negated(found: Possible) -> Possible:
    if found.certain:
        return exactly(negated(found.value))
    return Possible(frozenset(negated(value) for value in found.some), slots=found.slots)


def _connective(parts: list[Thought], *, decisive: bool) -> Thought:
    """Kleene's `or` if yes decides, his `and` if no does."""
    settled, otherwise = (YES, NO) if decisive else (NO, YES)

    def think(s: Supposition) -> Possible:
        open_: list[Possible] = []
        unknown = False
        for part in parts:
            found = _truth(part(s))
            if found is settled:
                return settled
            unknown |= found is UNKNOWN
            if found is not otherwise and found is not UNKNOWN:
                open_.append(found)
        if not open_:
            return UNKNOWN if unknown else otherwise
        return _kleene(open_, decisive=decisive, unknown=unknown)

    return think


def _kleene(open_: list[Possible], *, decisive: bool, unknown: bool) -> Possible:
    some: set[Any] = {decisive} if any(decisive in found.some for found in open_) else set()
    lasting = all(found.some - {decisive} for found in open_)  # none need decide
    if lasting and not unknown and all((not decisive) in found.some for found in open_):
        some.add(not decisive)
    if lasting and (unknown or any(NOT_KNOWN in found.some for found in open_)):
        some.add(NOT_KNOWN)
    slots = reduce(int.__or__, (found.slots for found in open_))
    return exactly(some.pop()) if len(some) == 1 else Possible(frozenset(some), slots=slots)


def _asks(found: Possible, value: Any, *, is_it: bool) -> Possible:
    """Whether a set's value is `value`; or, with `is_it` false, is another."""
    there, others = value in found.some or ANYTHING in found.some, found.numbers or bool(found.some - {value})
    if there and others:
        return Possible(frozenset((True, False)), slots=found.slots)
    return YES if there is is_it else NO


def _is_none(found: Possible) -> Possible:
    known = Possible(found.some - {NOT_KNOWN}, found.numbers, found.low, found.high, None, found.slots)
    if NOT_KNOWN not in found.some:
        return _asks(found, None, is_it=True)
    return UNKNOWN if not known.numbers and not known.some else joined([_asks(known, None, is_it=True), UNKNOWN], found.slots)


def _branching(s: Supposition, held: list[Possible], over: list[frozenset[int]], value: Callable[[int], Possible]) -> Possible:
    """The union of what the branches that may hold come to; unknown too where a conflict or an unknown condition may be."""
    sure = [i for i, guard in enumerate(held) if guard is YES]
    maybe = [i for i, guard in enumerate(held) if guard is not YES and guard is not NO]
    found = [] if sure else [0]
    found += [i + 1 for i in (*sure, *maybe) if all(other == i or other in over[i] for other in sure)]
    live = [i for i in (*sure, *maybe) if not any(i in over[other] for other in sure)]
    clash = any(i not in over[j] and j not in over[i] for n, i in enumerate(live) for j in live[n + 1 :])
    slots = reduce(int.__or__, (held[i].slots for i in live), 0)
    parts = [value(branch) for branch in found]
    together = joined(parts, slots)
    if clash or (not together.certain and any(NOT_KNOWN in held[i].some for i in live)):
        return joined([together, UNKNOWN], slots)
    return together


def _whole(type_: Type) -> Callable[[Possible], Possible]:
    """What a definition makes of an absent value, and of a value of which nothing is known."""
    everything = domain(type_, None, None)
    gone = ABSENT if type_.optional else NO if type_.kind is Kind.TRUTH else UNKNOWN

    def whole(found: Possible) -> Possible:
        if found.certain and found is not ABSENT:
            return found
        if ANYTHING in found.some:
            some = found.some - {ANYTHING} | everything.some
            numbers = everything.numbers
            found = Possible(some, numbers, None, None, None, found.slots) if numbers else Possible(some, slots=found.slots)
        if None not in found.some or gone is ABSENT:
            return found
        rest = Possible(found.some - {None}, found.numbers, found.low, found.high, found.form, found.slots)
        return joined([rest, gone], found.slots) if rest.some or rest.numbers else gone

    return whole


# ------------------------------------------------------------------ rows


def _of_any_rows(kind: c.Aggregation, kept: Possible, body: Possible, count: Possible) -> Possible:
    """An aggregate over a list that is not told: any number of rows, each of any content."""
    slots = count.slots | kept.slots | body.slots
    unknown = frozenset((NOT_KNOWN,))
    if kind in (c.Aggregation.SOME, c.Aggregation.EVERY):
        some = frozenset((True, False)) | unknown
        return Possible(some, slots=slots)
    if kind is c.Aggregation.TOTAL or kind is c.Aggregation.COUNT:
        if kept is NO:
            return joined([exactly(0), UNKNOWN], count.slots) if NOT_KNOWN in count.some else exactly(0)
        low, high = body.low, body.high
        assert not isinstance(low, date), "dates have no sum"
        assert not isinstance(high, date), "dates have no sum"
        least = None if low is None else min(0, low * MOST_ROWS)
        most = None if high is None else max(0, high * MOST_ROWS)
        return Possible(unknown, True, least, most, None, slots)
    return Possible(unknown, body.numbers, body.low, body.high, None, slots)


def _gathered(kind: c.Aggregation, tests: list[Possible], bodies: list[Possible], box: Ranges) -> Possible:
    """An aggregate over rows that are told."""
    if kind in (c.Aggregation.SOME, c.Aggregation.EVERY):
        return _quantified(tests, bodies, some=kind is c.Aggregation.SOME)
    pairs = [(test, body) for test, body in zip(tests, bodies, strict=True) if test is not NO]
    slots = reduce(int.__or__, (part.slots for pair in pairs for part in pair), 0)
    if any(test is UNKNOWN or (test is YES and body in (UNKNOWN, ABSENT)) for test, body in pairs):
        return UNKNOWN
    unknown = any(test.some & {NOT_KNOWN} or body.some & {NOT_KNOWN, None} for test, body in pairs)
    plain = [(test, Possible(frozenset(), True, body.low, body.high, body.form, body.slots)) for test, body in pairs if body.numbers]
    if kind in (c.Aggregation.TOTAL, c.Aggregation.COUNT):
        zero = exactly(0)
        terms = [body if test is YES else joined([body, zero], test.slots) for test, body in plain]
        found = reduce(lambda a, b: applied("add", [a, b], box), terms, zero)
    else:
        found = _of_rows(kind, [body for test, body in plain if test is YES], [body for test, body in plain if test is not YES], slots, box)
    return joined([found, UNKNOWN], slots) if unknown else found


def _of_rows(kind: c.Aggregation, sure: list[Possible], maybe: list[Possible], slots: int, box: Ranges) -> Possible:
    if maybe or not sure:
        parts = [*sure, *maybe, *([] if sure else [UNKNOWN])]
        return joined(parts, slots)
    if kind is c.Aggregation.AVERAGE:
        total = reduce(lambda a, b: applied("add", [a, b], box), sure)
        return applied("divide", [total, exactly(len(sure))], box)
    name = "greater_of" if kind is c.Aggregation.HIGHEST else "lesser_of"
    return sure[0] if len(sure) == 1 else applied(name, sure, box)


def _quantified(tests: list[Possible], bodies: list[Possible], *, some: bool) -> Possible:
    truths = [_truth(body) for body in bodies]
    if all(one.certain for one in (*tests, *truths)):
        pairs = [(test.value, body.value) for test, body in zip(tests, truths, strict=True) if test is not NO]
        if some:
            return exactly(any_of([all_of([test, body]) for test, body in pairs]))
        return exactly(all_of([any_of([negated(test), body]) for test, body in pairs]))
    made = _connective_of(tests if some else [_negated(test) for test in tests], truths, decisive=not some)
    return _folded(made, decisive=some)


def _connective_of(tests: list[Possible], bodies: list[Possible], *, decisive: bool) -> list[Possible]:
    return [_folded([test, body], decisive=decisive) for test, body in zip(tests, bodies, strict=True)]


def _folded(parts: list[Possible], *, decisive: bool) -> Possible:
    thoughts: list[Thought] = [lambda s, found=part: found for part in parts]  # type: ignore[misc]
    return _connective(thoughts, decisive=decisive)(None)  # type: ignore[arg-type]


def _share(total: Possible, measure: Possible, slots: int, *, known: bool) -> Possible:
    """A row's share of an amount: not less than zero, nor more than the amount or the row's own measure."""
    highs = [found.high for found in (total, measure) if found.numbers and found.high is not None]
    high = max(0, min(highs)) if highs else None
    some = frozenset[Any]() if known else frozenset((NOT_KNOWN,))
    return Possible(some, True, 0, high, None, slots)
