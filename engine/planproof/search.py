"""Search over open facts: sets taken apart until what is wanted is certain or cannot be.

Every search is deterministic and looks at everything, unless its `Effort` ends before, or a set cannot be taken apart (the
rows of a list that is not told, beyond one; a length of time). Then the effort is not `whole`, and an answer of "none" is
no proof that there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

from planproof import core as c
from planproof.plan import Asked, Facts, RowsStatement, Statement
from planproof.possible import ANYTHING, NO, NOT_KNOWN, YES, Possible, exactly
from planproof.run import Compiled, Run
from planproof.stretches import grain, stretch
from planproof.suppose import Supposer
from planproof.supposition import Box, Rule, Slot, Supposition, Thought, Vocabulary, is_known_tests
from planproof.types import Kind
from planproof.values import State

Judge: TypeAlias = Callable[[Supposition], Possible]
"""Whether a supposition is what is wanted: yes, no, or open, with the facts (`slots`) to take apart."""


@dataclass(slots=True)
class Effort:
    """How many suppositions may still be taken apart, and whether all that was asked for was looked at."""

    left: int
    whole: bool = True


def not_known(core: c.Core, facts: Facts) -> Rule:
    """The rule by which a fact is open that is not stated, unless the law presumes something of silence.

    It may stay untold only where the rule book asks of itself whether it is known.
    """
    presumed = {fact.name for fact in core.facts if fact.presumed}
    doubted = {name for (name, _), said in facts.statements.items() if said.state is not State.STATED}
    silent, asked = presumed - doubted, frozenset(_asked_of_itself(core))

    def rule(vocabulary: Vocabulary, slot: Slot, statement: Statement | None) -> Possible | None:
        if slot.name in silent if statement is None else statement.state is State.STATED:
            return None
        found = vocabulary.domain(slot)
        return found if slot.name in asked else replace(found, some=found.some - {NOT_KNOWN})

    return rule


def _asked_of_itself(core: c.Core) -> Iterator[str]:
    """The facts and lists that stand alone before an `is known`."""
    lists = {listed.row: listed.name for listed in core.lists}
    for known in is_known_tests(core):
        match known:
            case c.Named(name) | c.Keyed(name) | c.Cell(_, name):
                yield name
            case c.Aggregate(c.Aggregation.COUNT, row):
                yield lists[row]


class Inquiry:
    """What may be while some facts are not known, where every row fulfils what its list demands."""

    def __init__(self, supposer: Supposer, facts: Facts, asked: Asked) -> None:
        self.supposer = supposer
        self.root = supposer.suppose(facts, asked, Box({}, not_known(supposer.core, facts)))
        self._lists = {listed.name: listed for listed in supposer.core.lists}
        self._checks = {listed.name: [supposer.compile(check.test) for check in listed.checks] for listed in supposer.core.lists}
        self._stated = [found for found in self._tests(facts, facts.lists) if not self.root.at(*found).certain]

    def _tests(self, facts: Facts, names: Iterable[str]) -> Iterator[tuple[str, int, Thought]]:
        for name in names:
            for index in range(len(facts.lists[name].rows)):
                yield from ((self._lists[name].row, index, test) for test in self._checks[name])

    def tests(self, run: Run) -> Iterator[tuple[str, int, Compiled]]:
        """What each row of a run's lists must fulfil: the row's name, its index, and the test."""
        for name, told in run.facts.lists.items():
            for index in range(len(told.rows)):
                yield from ((self._lists[name].row, index, test) for test in self._compiled_checks[name])

    @cached_property
    def _compiled_checks(self) -> dict[str, list[Compiled]]:
        compile_ = self.supposer.evaluator.compile
        return {listed.name: [compile_(check.test) for check in listed.checks] for listed in self.supposer.core.lists}

    def permitted(self, s: Supposition) -> Possible:
        """Whether every row can stand as it is: yes, no, or open. Where a test is not known, nothing is wrong."""
        stated = self.root.facts.lists
        supposed = [] if s.facts.lists is stated else [name for name, rows in s.facts.lists.items() if rows is not stated.get(name)]
        slots = 0
        for row, index, test in (*self._stated, *self._tests(s.facts, supposed)):
            found = s.at(row, index, test)
            if found is NO:
                return NO
            slots |= found.slots if False in found.some else 0
        return Possible(frozenset((True, False)), slots=slots) if slots else YES

    # -------------------------------------------------------------- taking apart

    def parts(self, s: Supposition, slot: Slot) -> list[Supposition]:
        """Narrower suppositions that together are all of this one; nothing where the fact cannot be taken apart."""
        found = s.domain(slot)
        assert found is not None, "only an open fact is taken apart"
        if self.is_list(slot):
            return self._rows(s, slot, found)
        if ANYTHING in found.some:
            return []
        return [s.narrowed(slot, part) for part in taken_apart(found, s.vocabulary.kind(slot.name))]

    def _rows(self, s: Supposition, slot: Slot, found: Possible) -> list[Supposition]:
        """No rows, one row, more than one (which stays open), or that nobody tells them."""
        if found.low != 0:
            return []
        one = self._with_rows(s.narrowed(slot, exactly(1)), slot.name, RowsStatement(({},)))
        rest = s.narrowed(slot, Possible(frozenset(), True, 2, found.high))
        untold = [s.narrowed(slot, exactly(NOT_KNOWN))] if NOT_KNOWN in found.some else []
        return [s.narrowed(slot, exactly(0)), one, *untold, rest]

    def _with_rows(self, s: Supposition, name: str, rows: RowsStatement | None) -> Supposition:
        lists = {other: told for other, told in s.facts.lists.items() if other != name} | ({name: rows} if rows else {})
        s.facts = Facts(s.facts.statements, lists, s.facts.depth)
        return s

    def whole(self, slot: Slot) -> Possible:
        """The set of an open fact, or of a cell of a supposed row, as it was at first."""
        found = self.root.domain(slot)
        return found if found is not None else self.root.vocabulary.domain(slot)

    def cells(self, slot: Slot) -> tuple[Slot, ...]:
        """The cells of the row that is supposed of a list."""
        return tuple(Slot(column.name, None, 1) for column in self._lists[slot.name].columns)

    def figures(self, slot: Slot) -> list[Any]:
        """The figures of the rule book that a fact can be."""
        found = self.whole(slot)
        return [figure for figure in self._figures.get(self.root.vocabulary.kind(slot.name), ()) if found.may_be(figure)]

    def list_of(self, cell: Slot) -> str:
        """The list that a cell stands in."""
        return next(name for name, listed in self._lists.items() if any(column.name == cell.name for column in listed.columns))

    def affordable(self, effort: int) -> Effort:
        """An effort in proportion to how much there is to find anew in each supposition."""
        return Effort(max(40, effort // max(1, len(self.root.memo))))

    def is_list(self, slot: Slot) -> bool:
        """Whether it is not a fact but the count of a list."""
        return slot.name in self._lists

    def next(self, s: Supposition, slots: int) -> Slot | None:
        """The fact to take apart next: words before numbers, in the order in which they were met."""
        known = [slot for slot, bit in s.bits.items() if bit & slots]
        open_ = [slot for slot in known if self._splits(s, slot)]
        return min(open_, key=lambda slot: self._rank(s, slot), default=None)

    def _splits(self, s: Supposition, slot: Slot) -> bool:
        found = s.domain(slot)
        assert found is not None, "only an open fact is taken apart"
        return found.low == 0 if self.is_list(slot) else ANYTHING not in found.some

    def _rank(self, s: Supposition, slot: Slot) -> int:
        found = s.domain(slot)
        return 0 if self.is_list(slot) else 2 if found is not None and found.numbers and not found.some else 1

    @cached_property
    def _figures(self) -> dict[Kind, tuple[Any, ...]]:
        """The published figures of the rule book and their halves by kind: of what size its numbers are."""
        figures: dict[Kind, set[Any]] = {}
        for parameter in self.supposer.core.parameters:
            value = parameter.values[-1].value
            if isinstance(value, int | Fraction | date) and not isinstance(value, bool):
                figures.setdefault(parameter.type.kind, set()).add(value)
                if not isinstance(value, date):
                    figures[parameter.type.kind].add(value // (2 * grain(parameter.type.kind)) * grain(parameter.type.kind))
        return {kind: tuple(sorted(found)) for kind, found in figures.items()}

    # -------------------------------------------------------------- finding

    def find(self, s: Supposition, judge: Judge, effort: Effort) -> Supposition | None:
        """The first supposition within this one that is wanted; nothing if none was found."""
        waiting = [s]
        while waiting:
            one = waiting.pop()
            found = judge(one)
            if found is YES:
                return one
            if found is NO:
                continue
            slot = self.next(one, found.slots)
            if slot is None or effort.left <= 0:
                effort.whole = False
                continue
            effort.left -= 1
            waiting += reversed(self.parts(one, slot))
        return None

    def values(self, s: Supposition, name: str, effort: Effort) -> Iterator[Any]:
        """The values that a name takes where no row is wrong, one by one; a value may come again."""
        waiting = [s]
        while waiting:
            one = waiting.pop()
            found, rows = one.possible(name), self.permitted(one)
            if rows is NO:
                continue
            if found.certain and rows is YES:
                yield found.value
                continue
            slot = self.next(one, found.slots | rows.slots)
            if slot is None or effort.left <= 0:
                effort.whole = False
                continue
            effort.left -= 1
            waiting += reversed(self.parts(one, slot))


def both(first: Possible, second: Possible) -> Possible:
    """Whether two things are wanted together."""
    if first is NO or second is NO:
        return NO
    slots = first.slots | second.slots
    return Possible(frozenset((True, False)), slots=slots) if slots else YES


def taken_apart(found: Possible, kind: Kind) -> list[Possible]:
    """A set as smaller ones: words one by one, and all numbers; of numbers both ends, then the halves of what is between."""
    if found.numbers and not found.some:
        return list(_stretches(found.low, found.high, grain(kind)))
    numbers = [stretch(found.low, found.high)] if found.numbers else []
    words = sorted((value for value in found.some if value is not NOT_KNOWN), key=_word_rank)
    untold = [exactly(NOT_KNOWN)] if NOT_KNOWN in found.some else []
    return [*numbers, *(exactly(value) for value in words), *untold]


def _word_rank(value: Any) -> tuple[bool, bool, str]:
    return value is None, value is False, str(value)


def _stretches(low: Any, high: Any, step: Any) -> Iterator[Possible]:
    yield exactly(low)
    if low == high:
        return
    yield exactly(high)
    between = (high - low) // step - (low + (high - low) // step * step == high)
    half = (between + 1) // 2
    if half:
        yield stretch(low + step, low + half * step)
    if half < between:
        yield stretch(low + (half + 1) * step, low + between * step)
