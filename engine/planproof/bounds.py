"""Bounds: the least and the most that an amount can come to while facts are not known, each with answers that reach it.

The search goes on where the set of an amount still reaches furthest. It ends when an amount was reached that nothing left open
can surpass; then the end is exact. Where it has to end before, both are given: what was reached, and what surely is not passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from heapq import heappop, heappush
from typing import Any

from planproof.completion import Completions, value_in
from planproof.possible import NO, NOT_KNOWN, YES, Possible
from planproof.search import Effort, Inquiry
from planproof.supposition import Slot, Supposition

EFFORT, ROUNDS, MOST = 120_000, 60, 300


@dataclass(frozen=True, slots=True)
class End:
    """One end of an amount: the furthest that was reached (nothing: no number was), and what it surely does not pass.

    `surely` is nothing where no limit is known. `told` are answers that reach it; whatever they leave out does not matter.
    """

    reached: Any
    surely: Any
    told: tuple[tuple[Slot, Any], ...]

    @property
    def exact(self) -> bool:
        """Whether the end is reached and never passed."""
        return self.reached is not None and self.reached == self.surely


@dataclass(frozen=True, slots=True)
class Bounds:
    """The ends of an amount, and whether it may also have no value: `none`, or not known although all is answered."""

    name: str
    low: End
    high: End
    without: tuple[Any, ...]


def bounds(inquiry: Inquiry, name: str) -> Bounds:
    """The least and the most of an amount over all values that the open facts may take."""
    found = inquiry.root.possible(name)
    if found.certain:
        end = End(found.value, found.value, ()) if found.numbers else End(None, None, ())
        return Bounds(name, end, end, () if found.numbers else (found.value,))
    without = tuple(value for value in (None, NOT_KNOWN) if value in found.some)
    return Bounds(name, _end(inquiry, name, -1), _end(inquiry, name, 1), without)


def _end(inquiry: Inquiry, name: str, sign: int) -> End:
    """The furthest to one side: `sign` is 1 for the most and -1 for the least."""
    ascent = _Ascent(inquiry, name, sign)
    ascent.tell_all()
    ascent.climb()
    return ascent.end()


class _Ascent:
    """What was reached so far to one side, and what is still open, the furthest first."""

    def __init__(self, inquiry: Inquiry, name: str, sign: int) -> None:
        self.inquiry, self.name, self.sign = inquiry, name, sign
        self.effort = Effort(min(MOST, inquiry.affordable(EFFORT).left))
        self.best: Any = None
        self.told: tuple[tuple[Slot, Any], ...] = ()
        self.unresolved: list[Any] = []
        self.waiting: list[tuple[Any, int, int, Supposition]] = []
        self._add(inquiry.root, 0)

    def end(self) -> End:
        """What was reached, and what nothing that is left open passes."""
        left = [*self.unresolved, *(self._reach(s) for _, _, _, s in self.waiting)]
        if any(one is None for one in left):
            return End(self.best, None, self.told)
        values = [*left, *([self.best] if self.best is not None else [])]
        return End(self.best, max(values, key=self._key) if values else None, self.told)

    def tell_all(self) -> None:
        """Reach what telling all facts in many ways reaches."""
        completions = Completions(self.inquiry, tuple(self.inquiry.root.bits))
        best = None
        for number in range(ROUNDS):
            told = completions.some(best if number % 3 else None, 25)
            run = completions.run(told)
            value = value_in(run, self.name) if completions.permitted(run) else NOT_KNOWN
            if self._beats(value):
                self.best, best = value, told
                self.told = tuple(told.items())

    def climb(self) -> None:
        """Take apart whatever reaches furthest, until nothing left open passes what was reached."""
        count = 1
        while self.waiting and self.effort.left > 0:
            _, deep, _, s = heappop(self.waiting)
            reach = self._reach(s)
            if reach is not None and self.best is not None and self._key(reach) <= self._key(self.best):
                self.waiting.clear()
                return
            slot = self.inquiry.next(s, s.possible(self.name).slots | self.inquiry.permitted(s).slots)
            if slot is None:
                self.unresolved.append(reach)
                continue
            self.effort.left -= 1
            for part in self.inquiry.parts(s, slot):
                self._add(part, count, deep - 1)
                count += 1

    def _add(self, s: Supposition, number: int, deep: int = 0) -> None:
        found, rows = s.possible(self.name), self.inquiry.permitted(s)
        if rows is NO or not found.numbers:
            return
        corner = self._corner(s, found) if rows is YES else None
        if corner is not None and self._beats(corner):
            self.best, self.told = corner, tuple(self._answers(s, found))
        reach = self._reach(s)
        if rows is YES and (found.certain or corner == reach):
            return
        if reach is None or self.best is None or self._key(reach) > self._key(self.best):
            heappush(self.waiting, ((0, 0) if reach is None else (1, -self._key(reach)), deep, number, s))

    def _reach(self, s: Supposition) -> Any:
        found = s.possible(self.name)
        return found.high if self.sign > 0 else found.low

    def _corner(self, s: Supposition, found: Possible) -> Any:
        """What is reached with every open fact at the end that serves best, where the amount is a plain sum of them."""
        if found.certain:
            return found.value
        if found.form is None or found.some or found.form.slots() != found.slots:
            return None
        return self._reach(s)

    def _answers(self, s: Supposition, found: Possible) -> Iterator[tuple[Slot, Any]]:
        factors = dict(found.form.factors) if found.form else {}
        for slot, told in s.box.slots.items():
            factor = factors.get(s.bit(slot), 0)
            if told.certain:
                yield slot, told.value
            elif told.numbers:  # where the amount does not turn on it, any number will do
                yield slot, told.high if factor * self.sign > 0 else told.low
        for slot in s.slots(replace(found, slots=sum(factors))):
            if slot not in s.box.slots:
                whole = self.inquiry.whole(slot)
                yield slot, whole.high if factors[s.bit(slot)] * self.sign > 0 else whole.low

    def _beats(self, value: Any) -> bool:
        number = value is not None and value is not NOT_KNOWN
        return number and (self.best is None or self._key(value) > self._key(self.best))

    def _key(self, value: Any) -> Any:
        return self.sign * (value.toordinal() if isinstance(value, date) else value)
