"""Ways: the smallest sets of facts that, made otherwise, give what is wanted.

The search goes through sets of levers from small to large. At each point some levers are changed, some are kept as they
are, and the rest are open: what is wanted must be possible with these, or no set from here on gives it. A word is changed
to each other word by itself; a number to all its numbers at once, and only where that can be enough it is found out along
which stretches it is. So sets are told apart by their facts and words: of a number that alone can be enough, no larger
set is looked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import product
from typing import Any, TypeAlias

from planproof import core as c
from planproof.levers import Levers
from planproof.plan import Asked, Facts
from planproof.possible import NO, YES, Possible, exactly
from planproof.stretches import grain, halves, where
from planproof.suppose import Supposer
from planproof.suppose_logic import truth
from planproof.supposition import Box, Slot, Supposition
from planproof.types import Kind
from planproof.values import Exact, normal

Choice: TypeAlias = tuple[Slot, Possible]
MOST_WORK = 40_000  # sets found for names
_MOST_TESTS = 300  # along one number, or for one point
_FEW, _COUNTED = 400, (Kind.COUNT, Kind.YEAR)
_EITHER = Possible(frozenset((True, False)))


@dataclass(frozen=True, slots=True)
class Way:
    """A set of facts with what each must be: a word, or a number of some stretches; `point` has a value of each that will do.

    `apart`: every combination of the stretches will do; else each number of them with some numbers of the others.
    """

    to: Mapping[Slot, tuple[Possible, ...]]
    point: Mapping[Slot, Any]
    apart: bool


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways found: all of up to `size` facts, and some larger ones if the search had to end; `lists` were not searched.

    `possible`: whether any facts at all could give what is wanted. `unsettled` sets may or may not give it.
    """

    found: tuple[Way, ...]
    size: int
    possible: bool
    lists: tuple[str, ...]
    unsettled: int


class Search:
    """The search for ways over some facts."""

    def __init__(self, supposer: Supposer, facts: Facts, asked: Asked, test: c.Expression) -> None:
        self.supposer, self.facts, self.asked = supposer, facts, asked
        self.levers = Levers(supposer, facts, asked)
        self.base = supposer.suppose(facts, asked, Box({}))
        self._test, self._level = supposer.compile(test), _level(test)
        self._found: dict[frozenset[Choice], Way] = {}
        self._tried: set[frozenset[Choice]] = set()
        self._open: set[frozenset[Choice]] = set()
        self._needed = Counter[Slot]()  # how often nothing was left to find once a fact was kept
        self._work = self._unsettled = 0

    def holds(self) -> bool:
        """Whether what is wanted is given already."""
        return self.judged(self.base).value is True

    def judged(self, s: Supposition) -> Possible:
        """Whether a supposition gives what is wanted."""
        before = len(s.memo)
        found = truth(self._test(s))
        self._work += len(s.memo) - before + 10
        return found

    def with_changes(self, changes: Iterable[Choice]) -> Supposition:
        """The facts as they are, but for some changes."""
        return self.supposer.reopened(self.base, dict(changes))

    def ways(self, most: int, work: int = MOST_WORK) -> Ways:
        """All ways of up to `most` facts, the smallest first; larger ones are left out where the work grows too large."""
        self.judged(self.base)
        root = self.supposer.suppose(self.facts, self.asked, Box({}, self.levers.rule))
        possible = self.judged(root).may_be(True)
        size = 0
        while possible and size < most and self._work < work:
            self._within(root, (), size + 1, work)
            size += self._work < work
        return Ways(tuple(self._found.values()), size if possible else most, possible, self._lists(), len(self._open))

    def _lists(self) -> tuple[str, ...]:
        """The lists on which what is wanted could depend."""
        whole = self.supposer.suppose(self.facts, self.asked, Box({}, self.levers.rule_with_lists))
        columns = {column.name: listed.name for listed in self.supposer.core.lists for column in listed.columns}
        slots = whole.slots(self.judged(whole))
        named = {columns.get(slot.name, slot.name) for slot in slots}
        return tuple(listed.name for listed in self.supposer.core.lists if listed.name in named)

    # -------------------------------------------------------------- sets

    def _within(self, s: Supposition, changes: tuple[Choice, ...], size: int, work: int) -> None:
        """Finds the ways that hold some changes and, of what is open in a supposition, so many more that they are `size`."""
        if self._work >= work or self._gives(changes) or len(changes) == size:
            return
        found = self.judged(s)
        done = {slot for slot, _ in changes}
        slot = None
        while found.may_be(True):
            open_ = [slot for slot in s.slots(found) if slot not in done]
            if not open_:
                return
            slot = max(open_, key=lambda one: self._needed[one])
            for to in self.levers.otherwise(slot, self.levers.standing(slot, self.base)):
                self._within(self._narrowed(s, slot, to), (*changes, (slot, to)), size, work)
            s = s.kept(slot)
            found = self.judged(s)
        if slot is not None:
            self._needed[slot] += 1

    def _narrowed(self, s: Supposition, slot: Slot, to: Possible) -> Supposition:
        return s.narrowed(slot, to) if slot.key is None else self.supposer.reopened(s, {slot: to})

    def _gives(self, changes: tuple[Choice, ...]) -> bool:
        """Whether some changes, or a part of them, give what is wanted, or may; a new way is remembered."""
        key = frozenset(changes)
        if key in self._tried or not key:
            return False
        if any(way <= key for way in (*self._found, *self._open)):
            return True
        unsettled = self._unsettled
        way = self._way(changes)
        if way is not None:
            self._found[key] = way
        elif self._unsettled > unsettled:
            self._open.add(key)
        else:
            self._tried.add(key)
        return key not in self._tried

    # -------------------------------------------------------------- numbers

    def _way(self, changes: tuple[Choice, ...]) -> Way | None:
        """The way that some changes are; nothing if they do not give what is wanted, whatever their numbers."""
        found = self.judged(self.with_changes(changes))
        if found.certain:
            whole: dict[Slot, tuple[Possible, ...]] = {slot: (part,) for slot, part in changes}
            return Way(whole, {slot: _low(part) for slot, part in changes}, apart=True) if found.value is True else None
        point = self._point(dict(changes)) if found.may_be(True) else None
        if point is None:
            return None
        to = {slot: (wide,) if wide.certain else self._reach(slot, dict(changes)) for slot, wide in changes}
        return Way(to, point, self._apart(to)) if all(to.values()) else None

    def _reach(self, slot: Slot, box: dict[Slot, Possible]) -> tuple[Possible, ...]:
        """The stretches of one number of a box with which some values of the others give what is wanted."""
        others = {other: to for other, to in box.items() if other != slot}
        alone = all(to.certain for to in others.values())
        bases = {(): self.with_changes(others.items())} if alone else {}

        def test(part: Possible) -> Possible:
            if alone:
                return self.judged(self.supposer.reopened(bases[()], {slot: part}))
            if any(self.judged(self.supposer.reopened(base, {slot: part})) is YES for base in reversed(bases.values())):
                return YES
            point = self._point({**box, slot: part})
            if point is None:
                return NO
            at = {other: exactly(point[other]) for other in others}
            base = bases.setdefault(tuple(point[other] for other in others), self.with_changes(at.items()))
            return YES if part.certain else self._else_open(self.supposer.reopened(base, {slot: part}))

        def crossing(part: Possible) -> Any:
            base = next(reversed(bases.values()), None)
            return None if base is None else self._crossing(base, slot, part)

        found = where(test, box[slot], grain(self.levers.kind(slot.name)), _MOST_TESTS, crossing)
        self._unsettled += found is None
        return found or ()

    def _else_open(self, s: Supposition) -> Possible:
        return YES if self.judged(s) is YES else _EITHER

    def _crossing(self, base: Supposition, slot: Slot, part: Possible) -> Any:
        """Of an amount that is wanted to be of some size, where it would be that if it were linear along a stretch."""
        low: Any = part.low
        high: Any = part.high
        if self._level is None or isinstance(low, date):
            return None
        name, wanted = self._level
        first, last = (self.supposer.reopened(base, {slot: exactly(end)}).possible(name) for end in (low, high))
        if not first.numbers or not last.numbers or first.low == last.low:
            return None
        share = Fraction(wanted - first.low) / (last.low - first.low)  # type: ignore[operator]
        step = grain(self.levers.kind(slot.name))
        return normal(low + int(share * ((high - low) // step)) * step) if 0 <= share <= 1 else None

    def _point(self, box: dict[Slot, Possible]) -> dict[Slot, Any] | None:
        """A value of each number of a box that gives what is wanted together: corners first, then those of its halves."""
        waiting, left = [box], _MOST_TESTS
        while waiting:
            one = waiting.pop()
            left -= 1
            if left < 0:
                self._unsettled += 1
                return None
            if not self.judged(self.with_changes(one.items())).may_be(True):
                continue
            for corner in _corners(one):
                if self.judged(self.with_changes(zip(one, map(exactly, corner), strict=True))) is YES:
                    return dict(zip(one, corner, strict=True))
            waiting.extend(self._split(one))
        return None

    def _split(self, box: dict[Slot, Possible]) -> list[dict[Slot, Possible]]:
        """A box as two: along a number of few values if there is one, else along that of which it has the greatest part."""
        open_ = [slot for slot, to in box.items() if not to.certain]
        if not open_:
            return []
        few = [slot for slot in open_ if _size(self.levers.whole(slot)) <= _FEW and self.levers.kind(slot.name) in _COUNTED]
        slot = max(few or open_, key=lambda one: _size(box[one]) / _size(self.levers.whole(one)))
        low, high = halves(box[slot], grain(self.levers.kind(slot.name)))
        return [{**box, slot: high}, {**box, slot: low}]

    def _apart(self, to: Mapping[Slot, tuple[Possible, ...]]) -> bool:
        """Whether every combination of some stretches gives what is wanted."""
        boxes = (zip(to, parts, strict=True) for parts in product(*to.values()))
        return all(self.judged(self.with_changes(box)) is YES for box in boxes)


def _corners(box: Mapping[Slot, Possible]) -> list[tuple[Any, ...]]:
    """Every combination of the ends of a box."""
    return list(product(*(dict.fromkeys((_low(to), _high(to))) for to in box.values())))


def _low(to: Possible) -> Any:
    return to.low if to.numbers else to.value


def _high(to: Possible) -> Any:
    return to.high if to.numbers else to.value


def _size(to: Possible) -> Fraction:
    low: Any = to.low
    high: Any = to.high
    return Fraction((high - low).days) if isinstance(low, date) else Fraction(high - low)


def _level(test: c.Expression) -> tuple[str, Exact] | None:
    """Of a test of an amount, which amount is held against what."""
    match test:
        case c.Apply(_, (c.Named(name), c.Literal(int() | Fraction() as value))) if not isinstance(value, bool):
            return name, value
        case _:
            return None
