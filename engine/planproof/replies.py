"""What each answer to an open question leaves possible: of a choice each answer, of a number each stretch of answers.

A stretch is as long as can be: with every number in it the same is possible, and with the next number beside it something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, TypeAlias

from planproof.cut import cannot_be
from planproof.possible import NO, YES, Possible, exactly
from planproof.search import Effort, Inquiry, Judge, both, taken_apart
from planproof.stretches import grain, halves, stretch
from planproof.supposition import Slot, Supposition
from planproof.types import Kind
from planproof.values import Exact, normal

PART, LINES = 60, 360
Leaf: TypeAlias = tuple[Possible, Any, bool]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, or a stretch of answers, and the values that a name can still take; `shown` if each of them was reached."""

    answer: Possible
    leaves: tuple[Any, ...]
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Left:
    """The values that a name can still take, and those of them that were not reached."""

    values: tuple[Any, ...]
    doubtful: tuple[Any, ...]

    @property
    def shown(self) -> bool:
        """Whether each of them was reached."""
        return not self.doubtful


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a number over which an amount is one exact line: so much at its low end, and so much more for each unit."""

    answer: Possible
    low: Exact
    slope: Exact

    @property
    def high(self) -> Exact:
        """So much at its high end."""
        length: Exact = self.answer.high - self.answer.low  # type: ignore[operator, assignment]
        return normal(self.low + self.slope * length)


def left(inquiry: Inquiry, s: Supposition, name: str, effort: Effort, among: Left | None = None) -> Left:
    """The values that a name takes in some completion of a supposition; `among` those of a wider one, if that is known."""
    found, doubtful = [], []
    for value in _words(s.possible(name), among):
        part = _part(effort)
        if inquiry.find(s, _is(inquiry, name, value), part) is not None:
            found.append(value)
        elif not part.whole and not cannot_be(inquiry, s, name, value, _part(effort)):
            found.append(value)
            doubtful.append(value)
    return Left(tuple(found), tuple(doubtful))


def _part(effort: Effort) -> Effort:
    """A part of an effort, taken from it."""
    part = Effort(max(0, min(PART, effort.left)))
    effort.left -= part.left // 2  # most searches end long before
    return part


def replies(inquiry: Inquiry, slot: Slot, name: str, all_left: Left, effort: Effort) -> tuple[Reply, ...]:
    """The answers to an open question, each with the verdicts that it leaves of all that are left without an answer."""
    root, whole = inquiry.root, inquiry.whole(slot)
    kind = root.vocabulary.kind(slot.name)
    if inquiry.is_list(slot):
        return ()
    found = []
    for part in taken_apart(whole, kind) if whole.some else [whole]:
        if part.numbers:
            found += [Reply(*leaf) for leaf in _merged(_stretches(inquiry, slot, name, part, all_left, effort))]
        else:
            one = left(inquiry, root.narrowed(slot, part), name, effort, all_left)
            found.append(Reply(part, one.values, one.shown))
    return tuple(found)


def pieces(inquiry: Inquiry, slot: Slot, name: str) -> tuple[Piece, ...]:
    """The lines of an amount over the one number on which it turns; nothing where that would be too many."""
    root, whole = inquiry.root, inquiry.whole(slot)
    if not whole.numbers or isinstance(whole.low, date) or inquiry.is_list(slot) or root.possible(name).slots != root.bit(slot):
        return ()
    found: list[Piece] = []
    numbers, effort = stretch(whole.low, whole.high), Effort(LINES)
    for answer, line in _halved(inquiry, slot, numbers, lambda s: _line(s, slot, name), effort):
        if line is None:
            return ()
        longer = _longer(found[-1], answer, *line) if found else None
        found[-1:] = [longer] if longer else [*found[-1:], Piece(answer, *line)]
    return tuple(found)


# ------------------------------------------------------------------ stretches of verdicts


def _stretches(inquiry: Inquiry, slot: Slot, name: str, numbers: Possible, all_left: Left, effort: Effort) -> Iterator[Leaf]:
    def settled(s: Supposition) -> tuple[tuple[Any, ...], bool] | None:
        words = _words(s.possible(name), all_left)
        if len(words) == 1:
            return words, words[0] not in all_left.doubtful
        whole: Any = s.domain(slot)
        if whole.certain:
            one = left(inquiry, s, name, effort, all_left)
            return one.values, one.shown
        if len({_words(s.narrowed(slot, exactly(end)).possible(name), all_left) for end in (whole.low, whole.high)}) > 1:
            return None
        kept = tuple(word for word in words if not cannot_be(inquiry, s, name, word, _part(effort)))
        sought = [word for word in kept if word not in all_left.doubtful]  # what was not reached at all divides no stretches
        reached = all(inquiry.find(s, _throughout(inquiry, slot, name, word), _part(effort)) is not None for word in sought)
        return (kept, kept == tuple(sought)) if reached else None

    for answer, found in _halved(inquiry, slot, numbers, settled, effort):
        if found is None:
            yield answer, _words(inquiry.root.narrowed(slot, answer).possible(name), all_left), False
        else:
            yield answer, *found


def _halved(
    inquiry: Inquiry, slot: Slot, numbers: Possible, settled: Callable[[Supposition], Any], effort: Effort
) -> Iterator[tuple[Possible, Any]]:
    """A stretch in halves of halves, in order, until each is settled or the effort ends."""
    step = grain(inquiry.root.vocabulary.kind(slot.name))
    waiting = [numbers]
    while waiting:
        one = waiting.pop()
        found = settled(inquiry.root.narrowed(slot, one))
        if found is not None or one.certain or effort.left <= 0:
            yield one, found
            continue
        effort.left -= 1
        waiting += reversed(halves(one, step))


def _merged(leaves: Iterator[Leaf]) -> list[Leaf]:
    found: list[Leaf] = []
    for answer, leaves_, shown in leaves:
        if found and found[-1][1:] == (leaves_, shown):
            found[-1] = stretch(found[-1][0].low, answer.high), leaves_, shown
        else:
            found.append((answer, leaves_, shown))
    return found


def _is(inquiry: Inquiry, name: str, value: Any) -> Judge:
    def judge(s: Supposition) -> Possible:
        found = s.possible(name)
        if not found.may_be(value):
            return NO
        return both(YES if found.certain else Possible(_EITHER, slots=found.slots), inquiry.permitted(s))

    return judge


def _throughout(inquiry: Inquiry, slot: Slot, name: str, value: Any) -> Judge:
    """Whether a name has a value whatever a fact is in its stretch."""

    def judge(s: Supposition) -> Possible:
        found = s.possible(name)
        if not found.may_be(value):
            return NO
        rows = inquiry.permitted(s)
        others = (found.slots | rows.slots) & ~s.bit(slot)
        if found.certain and rows is YES:
            return YES
        return NO if rows is NO or not others else Possible(_EITHER, slots=others)

    return judge


_EITHER = frozenset((True, False))


def _words(found: Possible, among: Left | None = None) -> tuple[Any, ...]:
    """The values one by one, that it is not known as the last; `among` those that a wider supposition leaves."""
    words = (part.value for part in taken_apart(Possible(found.some), Kind.CHOICE))
    return tuple(word for word in words if among is None or word in among.values)


# ------------------------------------------------------------------ lines of amounts


def _line(s: Supposition, slot: Slot, name: str) -> tuple[Exact, Exact] | None:
    """The amount at the low end of a stretch, and what it grows by for each unit."""
    found = s.possible(name)
    if found.certain and found.numbers:
        return found.value, 0
    if found.form is None or found.some:
        return None
    slope = dict(found.form.factors).get(s.bit(slot), 0)
    return (found.low if slope >= 0 else found.high), slope  # type: ignore[return-value]


def _longer(last: Piece, answer: Possible, low: Exact, slope: Exact) -> Piece | None:
    """A line that goes on where another ends; nothing if it does not."""
    run: Exact = answer.low - last.answer.low  # type: ignore[operator, assignment]
    if last.answer.certain:
        slope = normal(Fraction(low - last.low) / run) if answer.certain else slope
    elif not answer.certain and slope != last.slope:
        return None
    else:
        slope = last.slope
    return Piece(stretch(last.answer.low, answer.high), last.low, slope) if low == last.low + slope * run else None
