"""Which facts that are not known matter for a value: which could change it, whatever else turns out.

A fact matters if there are answers to all other open questions with which two of its answers give different values. First all
facts are told in many ways, and each is varied there alone, by the reference evaluator. Of what is left it is shown that it
cannot matter, or else it is searched through. What that does not settle is given back as not settled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from planproof.completion import Completions, Told, value_in
from planproof.cut import cannot_matter
from planproof.possible import NO, YES, Possible
from planproof.run import Run
from planproof.search import Effort, Inquiry, Judge
from planproof.supposition import Slot, Supposition

ROUNDS, TRIES, CLOSE, CUTS, THROUGH = 36, 8, 24, 16_000, 8_000
_EITHER = frozenset((True, False))


@dataclass(frozen=True, slots=True)
class Mattering:
    """The open facts that matter for a value, and those of which the search did not settle it; each in the order met."""

    facts: tuple[Slot, ...]
    unsettled: tuple[Slot, ...]


def matters(inquiry: Inquiry, names: Sequence[str]) -> dict[str, Mattering]:
    """For each name the open facts that matter; the first names have the first claim on the effort."""
    hunt = _Hunt(inquiry, names)
    for number in range(ROUNDS):
        if not hunt.round(number):
            break
    hunt.settle()
    return {name: Mattering(hunt.of(name, hunt.shown), hunt.of(name, hunt.open_pairs())) for name in names}


class _Hunt:
    """What was shown so far of each pair of a fact and a name."""

    def __init__(self, inquiry: Inquiry, names: Sequence[str]) -> None:
        self.inquiry, self.names = inquiry, names
        root = inquiry.root
        self.pairs = [(slot, name) for name in names for slot in root.slots(root.possible(name))]
        self.shown: set[tuple[Slot, str]] = set()
        self.never: set[tuple[Slot, str]] = set()
        self.completions = Completions(inquiry, tuple(root.bits))
        self.best: dict[str, tuple[int, Told]] = {}

    def of(self, name: str, pairs: Iterable[tuple[Slot, str]]) -> tuple[Slot, ...]:
        """The facts of some pairs with one name, in the order met."""
        pairs = set(pairs)
        return tuple(slot for slot, other in self.pairs if other == name and (slot, name) in pairs)

    def open_pairs(self) -> list[tuple[Slot, str]]:
        """The pairs of which nothing is shown."""
        return [pair for pair in self.pairs if pair not in self.shown and pair not in self.never]

    # -------------------------------------------------------------- telling all, and one otherwise

    def round(self, number: int) -> bool:
        """Tell all facts in one more way, and each otherwise; whether there is anything left to show."""
        left = self.open_pairs()
        if left:
            for _ in range(TRIES):
                told = self._chosen(number, left)
                before = self.completions.run(told)
                if self.completions.permitted(before):
                    self._vary(told, before, left)
                    break
        return bool(left)

    def _chosen(self, number: int, left: list[tuple[Slot, str]]) -> Told:
        """Every third time all anew; else near where most of one name's facts were seen to matter."""
        names = sorted(self.names, key=lambda name: -sum(other == name for _, other in left))
        name = names[number % min(3, len(names))]
        if number % 3 == 0 or name not in self.best:
            return self.completions.some()
        return self.completions.some(self.best[name][1], 20)

    def _vary(self, told: Told, before: Run, left: list[tuple[Slot, str]]) -> None:
        values = {name: value_in(before, name) for name in self.names}
        counts = dict.fromkeys(self.names, 0)
        for slot in dict.fromkeys(slot for slot, _ in left):
            names = [name for other, name in left if other == slot]
            for name in self._changed(told, before, slot, names, values):
                self.shown.add((slot, name))
                counts[name] += 1
        for name, count in counts.items():
            if count and count >= self.best.get(name, (0, told))[0]:
                self.best[name] = count, told

    def _changed(self, told: Told, before: Run, slot: Slot, names: list[str], values: dict[str, Any]) -> set[str]:
        changed: set[str] = set()
        for _ in range(2):
            other = dict(told)
            self.completions.tell(other, slot)
            run = self.completions.run(other, before, slot)
            if self.completions.permitted(run):
                changed |= {name for name in names if value_in(run, name) != values[name]}
        return changed

    # -------------------------------------------------------------- what is left

    def settle(self) -> None:
        """Of whatever is left, that it cannot matter, or a place where it does, as far as the effort goes."""
        cuts, through = self.inquiry.affordable(CUTS), self.inquiry.affordable(THROUGH)
        for slot, name in self.open_pairs():
            if cannot_matter(self.inquiry, name, slot, cuts):
                self.never.add((slot, name))
        for slot, name in self.open_pairs():
            through.whole = True
            if self.inquiry.find(self.inquiry.root, decided_by(self.inquiry, name, slot), through) is not None:
                self.shown.add((slot, name))
            elif through.whole:
                self.never.add((slot, name))


def decided_by(inquiry: Inquiry, name: str, slot: Slot) -> Judge:
    """Whether one fact, which alone is open as far as a name turns on it, gives the name different values."""

    def judge(s: Supposition) -> Possible:
        own = s.bit(slot)
        found = s.possible(name)
        rows = inquiry.permitted(s) if found.slots & own else NO
        if rows is NO:
            return NO
        others = (found.slots | rows.slots) & ~own
        return Possible(_EITHER, slots=others) if others else _varies(inquiry, s, name)

    return judge


def _varies(inquiry: Inquiry, s: Supposition, name: str) -> Possible:
    """Whether what is open here gives a name different values; open (of no fact) if that was not settled."""
    effort = Effort(CLOSE)
    first: list[Any] = []
    for value in inquiry.values(s, name, effort):
        if first and value != first[0]:
            return YES
        first = first or [value]
    return NO if effort.whole else Possible(_EITHER)
