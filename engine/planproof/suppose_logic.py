"""Logic over sets: Kleene's and, or, not, what branches come to, and what a definition makes of an absent value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any

from planproof.logic import negated
from planproof.possible import ABSENT, ANYTHING, NO, NOT_KNOWN, UNKNOWN, YES, Possible, Ranges, exactly, joined, may_be_equal
from planproof.supposition import domain
from planproof.types import Kind, Type


def truth(found: Possible) -> Possible:
    """A condition: what is absent counts as no."""
    if ANYTHING in found.some:
        return Possible(frozenset((True, False, NOT_KNOWN)), slots=found.slots)
    if None not in found.some:
        return found
    some = found.some - {None} | {False}
    return NO if len(some) == 1 else Possible(some, slots=found.slots)


def negation(found: Possible) -> Possible:
    """Kleene's `not` of a condition."""
    if found.certain:
        return exactly(negated(found.value))
    return Possible(frozenset(negated(value) for value in found.some), slots=found.slots)


def folded(parts: Iterable[Possible], *, decisive: bool) -> Possible:
    """Kleene's `or` of several conditions if yes decides, his `and` if no does; none is looked at after one that decides."""
    settled, otherwise = (YES, NO) if decisive else (NO, YES)
    uncertain: list[Possible] = []
    unknown = False
    for part in parts:
        found = truth(part)
        if found is settled:
            return settled
        unknown |= found is UNKNOWN
        if found is not otherwise and found is not UNKNOWN:
            uncertain.append(found)
    if not uncertain:
        return UNKNOWN if unknown else otherwise
    return _undecided(uncertain, decisive=decisive, unknown=unknown)


def _undecided(parts: list[Possible], *, decisive: bool, unknown: bool) -> Possible:
    some: set[Any] = {decisive} if any(decisive in part.some for part in parts) else set()
    lasting = all(part.some - {decisive} for part in parts)  # none need decide
    if lasting and not unknown and all((not decisive) in part.some for part in parts):
        some.add(not decisive)
    if lasting and (unknown or any(NOT_KNOWN in part.some for part in parts)):
        some.add(NOT_KNOWN)
    slots = reduce(int.__or__, (part.slots for part in parts))
    return exactly(some.pop()) if len(some) == 1 else Possible(frozenset(some), slots=slots)


def is_known(found: Possible) -> Possible:
    """Whether a set's value is known."""
    return _asked_of(found, NOT_KNOWN, is_it=False)


def _asked_of(found: Possible, value: Any, *, is_it: bool) -> Possible:
    """Whether a set's value is `value`; or, with `is_it` false, is another."""
    there, others = value in found.some or ANYTHING in found.some, found.numbers or bool(found.some - {value})
    if there and others:
        return Possible(frozenset((True, False)), slots=found.slots)
    return YES if there is is_it else NO


def is_none(found: Possible) -> Possible:
    """Whether a set's value is absent."""
    known = Possible(found.some - {NOT_KNOWN}, found.numbers, found.low, found.high, None, found.slots)
    if NOT_KNOWN not in found.some:
        return _asked_of(found, None, is_it=True)
    return UNKNOWN if not known.numbers and not known.some else joined([_asked_of(known, None, is_it=True), UNKNOWN], found.slots)


def agreed(parts: list[Possible], box: Ranges) -> Possible:
    """What branches come to of which it is not known which hold: what all of them give, or the unknown."""
    if any(ANYTHING in part.some for part in parts):
        return joined([*parts, UNKNOWN])
    first, *others = parts
    slots = reduce(int.__or__, (part.slots for part in parts))
    some = frozenset.intersection(*(part.some for part in parts)) - {NOT_KNOWN}
    low: Any = max((part.low for part in parts if part.low is not None), default=None)
    high: Any = min((part.high for part in parts if part.high is not None), default=None)
    empty = low is not None and high is not None and low > high
    if empty or not all(part.numbers and may_be_equal(first, part, box) for part in parts):
        return joined([Possible(some, slots=slots), UNKNOWN], slots) if some else UNKNOWN
    form = first.form if all(other.form == first.form for other in others) else None
    return joined([Possible(some, True, low, high, form, slots), UNKNOWN], slots)


def branching(held: list[Possible], over: list[frozenset[int]], value: Callable[[int], Possible]) -> Possible:
    """The union of what the branches that may hold come to; unknown too where a conflict or an unknown condition may be.

    A branch that is at most not known to hold gives no value that another does not give, and so adds the unknown alone.
    """
    sure = [i for i, guard in enumerate(held) if guard is YES]
    maybe = [i for i, guard in enumerate(held) if guard is not YES and guard is not NO]
    found = [i for i in (*sure, *maybe) if all(other == i or other in over[i] for other in sure)]
    live = [i for i in (*sure, *maybe) if not any(i in over[other] for other in sure)]
    clash = any(i not in over[j] and j not in over[i] for n, i in enumerate(live) for j in live[n + 1 :])
    slots = reduce(int.__or__, (held[i].slots for i in live), 0)
    parts = [value(i + 1) for i in found if True in held[i].some] + ([] if sure else [value(0)])
    if not parts:
        return UNKNOWN
    together = joined(parts, slots)
    same = together.certain and all(value(i + 1) == together for i in found if True not in held[i].some)
    if clash or (not same and any(NOT_KNOWN in held[i].some for i in live)):
        return joined([together, UNKNOWN], slots)
    return together


def whole_of(type_: Type) -> Callable[[Possible], Possible]:
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
