"""Headroom: how far each known number may move, all else as it is, before the verdict or the limit that binds an amount changes.

Nothing is sampled: along a stretch in which the set of the verdict is one value, or the same limit binds throughout, nothing
changes; other stretches are halved down to the first number that changes something.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from planproof.binding import Binding
from planproof.plan import Asked, Facts
from planproof.possible import NO, NOT_KNOWN, Possible
from planproof.search import Inquiry
from planproof.stretches import grain, halves, stretch
from planproof.suppose import Supposer
from planproof.supposition import Box, Slot, Supposition
from planproof.values import Exact, State, Value


@dataclass(frozen=True, slots=True)
class Turn:
    """Where something changes: the last number with which nothing does, the first with which it does, and what is then.

    `to` is the verdict, or the name of the limit that binds; nothing if the amount is then not known or has none.
    """

    last: Any
    first: Any
    to: Value


@dataclass(frozen=True, slots=True)
class Headroom:
    """A known number, what it is held against (the verdict or an amount), and the nearest change to either side, if any."""

    slot: Slot
    value: Any
    name: str
    now: Value
    below: Turn | None
    above: Turn | None


def headroom(supposer: Supposer, facts: Facts, asked: Asked, names: Iterable[str]) -> Iterator[Headroom]:
    """For each known number and each name that is known and turns on it: how far the number may move to either side."""
    mover = _Mover(supposer, facts, asked)
    names = [name for name in names if mover.known(name)]
    for slot, value in mover.numbers():
        for name in names:
            if mover.turns_on(name, slot):
                yield mover.around(slot, value, name)


class _Mover:
    """Moves one number at a time, all else as it is stated."""

    def __init__(self, supposer: Supposer, facts: Facts, asked: Asked) -> None:
        self.supposer, self.facts = supposer, facts
        self.inquiry = Inquiry(supposer, facts, asked)
        self.base = supposer.suppose(facts, asked, Box({}))
        self.binding = Binding(supposer)
        verdict = supposer.core.verdict
        self.verdict = verdict.name if verdict else ""

    def known(self, name: str) -> bool:
        """Whether a name has a value as the facts stand."""
        return self.base.possible(name).value is not NOT_KNOWN

    def turns_on(self, name: str, slot: Slot) -> bool:
        """Whether a name can read a fact at all."""
        evaluator = self.supposer.evaluator
        return bool(evaluator.touches[slot.name] & evaluator.bit[name])

    def numbers(self) -> Iterator[tuple[Slot, Any]]:
        """Every stated number, rows included."""
        for (name, key), said in self.facts.statements.items():
            if said.state is State.STATED and _number(said.value):
                yield Slot(name, key if key is not None else self._own_year(name)), said.value
        for rows in self.facts.lists.values():
            for index, row in enumerate(rows.rows):
                for name, cell in row.items():
                    if cell.state is State.STATED and _number(cell.value):
                        yield Slot(name, None, index + 1), cell.value

    def _own_year(self, name: str) -> int | None:
        key = next((fact.key for fact in self.supposer.core.facts if fact.name == name), None)
        year = self.base.possible(key) if key else None
        return year.value if year is not None and year.numbers and isinstance(year.value, int) else None

    def around(self, slot: Slot, value: Any, name: str) -> Headroom:
        """The nearest change to either side of a number."""
        now = self._now(self.base, name)
        whole = self.supposer.vocabulary.domain(slot)
        step = grain(self.supposer.vocabulary.kind(slot.name))
        below = stretch(whole.low, value - step) if whole.low <= value - step else None
        above = stretch(value + step, whole.high) if value + step <= whole.high else None
        turns = [self._turn(slot, value, name, now, part, step, side) for part, side in ((below, -1), (above, 1))]
        return Headroom(slot, value, name, now[1], *turns)

    def _turn(self, slot: Slot, value: Any, name: str, now: object, numbers: Possible | None, step: Any, side: int) -> Turn | None:
        waiting = [numbers] if numbers else []
        last = value
        while waiting:
            one = waiting.pop()
            s = self.supposer.reopened(self.base, {slot: one})
            if self.inquiry.permitted(s) is NO:
                return None
            found = self._now(s, name)
            if found != now and one.certain:
                return Turn(last, one.value, found[1])
            if found == now and self.inquiry.permitted(s).certain:
                last = one.high if side > 0 else one.low
            else:
                lower, upper = halves(one, step)
                waiting += (upper, lower) if side > 0 else (lower, upper)
        return None

    def _now(self, s: Supposition, name: str) -> tuple[bool, Any]:
        """Whether it is certain, and the verdict or the limit that binds."""
        if name == self.verdict:
            found = s.possible(name)
            return (True, None if found.value is NOT_KNOWN else found.value) if found.certain else (False, None)
        return self.binding.over(s, name)


def _number(value: Value) -> bool:
    return isinstance(value, Exact | date) and not isinstance(value, bool)
