"""Why not: the smallest sets of facts that would give what is wanted, each confirmed by the reference evaluator.

A fact that is not known is answered, one that is known is changed. Sets of answers alone come first, then by size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import combinations, product
from typing import Any

from planproof.law_in_the_way import Figure, Provision, obstacles
from planproof.levers import Levers, Standing
from planproof.plan import Asked, Facts, Statement
from planproof.possible import Possible, exactly
from planproof.stretches import grain
from planproof.suppose import Supposer
from planproof.supposition import Slot
from planproof.values import State
from planproof.wanted import Wanted
from planproof.ways import MOST_WORK, Search, Way
from planproof.worth import Appraiser, Worth

MOST_CHANGES = 3


class NotConfirmedError(Exception):
    """The search and the reference evaluator differ: a fault of planproof."""


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that must be otherwise: how it stands, what it must be (words, or stretches of numbers), and one value of that.

    `anything`: it must be told, and any value will do.
    """

    slot: Slot
    standing: Standing
    to: tuple[Possible, ...]
    example: Any
    anything: bool

    @property
    def answer(self) -> bool:
        """Whether this answers what is not known, and changes nothing that is."""
        return not self.standing.known


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Changes that together give what is wanted, and what they are worth.

    `apart`: whichever of its values each takes; else not every combination of them will do, and the examples do.
    """

    changes: tuple[Change, ...]
    apart: bool
    after: Worth

    @property
    def answers_only(self) -> bool:
        """Whether nothing that is known is changed."""
        return all(change.answer for change in self.changes)


@dataclass(frozen=True, slots=True)
class WhyNot:
    """What would give what is wanted: all sets of up to `size` changes, and perhaps some larger ones.

    `holds`: it is given already. `possible`: some facts, however many, may give it. `lists` were not searched, and matter.
    Of `unsettled` sets it was not found out whether they give it. `law`: what of the law stands in the way, where no set gives it.
    """

    wanted: Wanted
    holds: bool
    before: Worth
    sets: tuple[ChangeSet, ...]
    size: int
    possible: bool
    lists: tuple[str, ...]
    unsettled: int
    law: tuple[Provision | Figure, ...]


def why_not(supposer: Supposer, facts: Facts, asked: Asked, wanted: Wanted, most: int = MOST_CHANGES, work: int = MOST_WORK) -> WhyNot:
    """The smallest sets of up to `most` changes of some facts that give what is wanted; `work` bounds the search."""
    search = Search(supposer, facts, asked, wanted.test)
    appraiser = Appraiser(supposer, facts, asked, search.base)
    before = appraiser.worth({})
    if search.holds():
        return WhyNot(wanted, True, before, (), most, True, (), 0, ())
    found = search.ways(most, work)
    confirm = Confirmation(supposer, search.levers, wanted)
    for way in found.found:
        confirm.way(way)
    rank = {fact.name: number for number, fact in enumerate(supposer.core.facts)}
    sets = tuple(_ordered(_merged([_set(search, way, appraiser) for way in found.found]), rank))
    law = () if sets else obstacles(supposer.evaluator, facts, asked, wanted.test)
    return WhyNot(wanted, False, before, sets, found.size, found.possible, found.lists, found.unsettled, law)


def _set(search: Search, way: Way, appraiser: Appraiser) -> ChangeSet:
    rank = {fact.name: number for number, fact in enumerate(search.supposer.core.facts)}
    changes = []
    for slot in sorted(way.to, key=lambda one: (rank[one.name], one.key or 0)):
        others = {other: parts[0] for other, parts in way.to.items() if other != slot}
        standing = search.levers.standing(slot, search.with_changes(others.items()) if others else search.base)
        whole = search.levers.whole(slot)
        anything = not whole.some and way.to[slot] == (Possible(frozenset(), True, whole.low, whole.high),)
        example = _nearest(standing, way.to[slot], way.point[slot]) if way.apart else way.point[slot]
        changes.append(Change(slot, standing, way.to[slot], example, anything))
    words_alone = all(part.certain for parts in way.to.values() for part in parts)
    worth = appraiser.worth(way.to if words_alone else {change.slot: (exactly(change.example),) for change in changes})
    return ChangeSet(tuple(changes), way.apart, worth)


def _nearest(standing: Standing, to: tuple[Possible, ...], point: Any) -> Any:
    """Of numbers any of which will do, the one nearest to the present; the point that was found, if there is none at present."""
    value = standing.value
    if (
        not standing.known
        or not isinstance(value, int | Fraction | date)
        or isinstance(value, bool)
        or not all(part.numbers for part in to)
    ):
        return point
    return min((end for part in to for end in ends_of(part)), key=lambda end: abs(end - value))


def _merged(sets: list[ChangeSet]) -> list[ChangeSet]:
    """Sets that differ in the word of one fact alone, and are worth the same, as one."""
    found: list[ChangeSet] = []
    for one in sets:
        for at, other in enumerate(found):
            together = _as_one(other, one)
            if together is not None:
                found[at] = together
                break
        else:
            found.append(one)
    return found


def _as_one(first: ChangeSet, second: ChangeSet) -> ChangeSet | None:
    if [change.slot for change in first.changes] != [change.slot for change in second.changes]:
        return None
    if not (first.apart and second.apart) or first.after != second.after:
        return None
    pairs = list(zip(first.changes, second.changes, strict=True))
    differ = [at for at, (one, other) in enumerate(pairs) if one.to != other.to]
    if len(differ) != 1:
        return None
    one, other = pairs[differ[0]]
    if any(part.numbers for part in (*one.to, *other.to)):
        return None
    changes = list(first.changes)
    changes[differ[0]] = replace(one, to=(*one.to, *other.to))
    return replace(first, changes=tuple(changes))


def _ordered(sets: Iterable[ChangeSet], rank: Mapping[str, int]) -> list[ChangeSet]:
    """Sets of answers first, then the smallest, then by their facts in the order of the rule book."""
    return sorted(
        sets,
        key=lambda one: (
            not one.answers_only,
            len(one.changes),
            sum(not change.answer for change in one.changes),
            [(rank[change.slot.name], change.slot.key or 0) for change in one.changes],
        ),
    )


# ------------------------------------------------------------------ confirmation


class Confirmation:
    """Evaluates what the search found over changed facts, with the reference evaluator."""

    def __init__(self, supposer: Supposer, levers: Levers, wanted: Wanted) -> None:
        self._evaluator, self._levers, self._wanted = supposer.evaluator, levers, wanted

    def gives(self, values: Mapping[Slot, Any]) -> bool:
        """Whether the facts with some changes give what is wanted."""
        return self._evaluator.run(changed(self._levers.facts, values), self._levers.asked).value(self._wanted.test) is True

    def way(self, way: Way) -> None:
        """See that a way gives what is wanted, at the ends of its stretches too, and no part of it does; else raise NotConfirmedError."""
        for values in (way.point, *(self._ends(way) if way.apart else ())):
            if not self.gives(values):
                raise NotConfirmedError(f"`{self._wanted.text}` is not given by {_told(values)}")
        for values in self._less(way):
            if self.gives(values):
                raise NotConfirmedError(f"`{self._wanted.text}` is given by {_told(values)} already")

    def _ends(self, way: Way) -> Iterator[Mapping[Slot, Any]]:
        ends = {slot: [end for part in parts for end in ends_of(part)] for slot, parts in way.to.items()}
        yield from (dict(zip(ends, values, strict=True)) for values in product(*ends.values()))

    def _less(self, way: Way) -> Iterator[Mapping[Slot, Any]]:
        """The point with some changes left out; and, of a way with one number, the values next to its stretches."""
        for count in range(len(way.to)):
            yield from ({slot: way.point[slot] for slot in slots} for slots in combinations(way.to, count))
        numbers = [slot for slot, parts in way.to.items() if any(part.numbers for part in parts)]
        if len(numbers) == 1:
            yield from ({**way.point, numbers[0]: value} for value in self._beside(numbers[0], way.to[numbers[0]]))

    def _beside(self, slot: Slot, parts: tuple[Possible, ...]) -> Iterator[Any]:
        step, whole = grain(self._levers.kind(slot.name)), self._levers.whole(slot)
        for part in parts:
            low, high = ends_of(part)[0], ends_of(part)[-1]
            yield from (value for value in (low - step, high + step) if whole.may_be(value))


def changed(facts: Facts, values: Mapping[Slot, Any]) -> Facts:
    """Facts with some values laid over them."""
    return facts.joined(Facts({(slot.name, slot.key): Statement(value, State.STATED) for slot, value in values.items()}))


def ends_of(part: Possible) -> tuple[Any, ...]:
    """The ends of a stretch; of one value, that value."""
    return (part.value,) if part.certain else (part.low, part.high)


def _told(values: Mapping[Slot, Any]) -> str:
    return ", ".join(f"{slot.name}={value}" for slot, value in values.items()) or "nothing"
