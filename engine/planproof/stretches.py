"""Stretches of numbers and dates: the steps in which they are searched, halves, and where along one a test holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, TypeAlias

from planproof.possible import YES, Possible, exactly
from planproof.types import Kind
from planproof.values import normal

Test: TypeAlias = Callable[[Possible], Possible]
Crossing: TypeAlias = Callable[[Possible], Any]

_GRAINS: dict[Kind, Any] = {Kind.RATE: Fraction(1, 100_000), Kind.NUMBER: Fraction(1, 1000), Kind.DATE: timedelta(days=1)}


def grain(kind: Kind) -> Any:
    """The step in which numbers of a kind are searched: rates by 0.001%, numbers by 0.001, all else whole."""
    return _GRAINS.get(kind, 1)


def stretch(low: Any, high: Any) -> Possible:
    """All numbers or dates from one to another."""
    if low == high:
        return exactly(low)
    return Possible(frozenset(), True, low if isinstance(low, date) else normal(low), high if isinstance(high, date) else normal(high))


def halves(whole: Possible, step: Any) -> tuple[Possible, Possible]:
    """The two halves of a stretch of more than one number, the lower first, on the steps of its kind."""
    low: Any = whole.low
    high: Any = whole.high
    middle = low + (high - low) // step // 2 * step
    return stretch(low, middle), stretch(min(middle + step, high), high)


def joined_up(parts: Iterable[Possible], step: Any) -> tuple[Possible, ...]:
    """Stretches in their order, those that touch as one."""
    found: list[Possible] = []
    for part in parts:
        last: Any = found[-1].high if found else None
        if found and part.low is not None and last + step >= part.low:
            found[-1] = stretch(found[-1].low, part.high)
        else:
            found.append(part)
    return tuple(found)


def where(test: Test, whole: Possible, step: Any, most: int, crossing: Crossing | None = None) -> tuple[Possible, ...] | None:
    """The stretches of a whole along which a test is certainly yes; nothing if that takes more than `most` tests.

    The test must be certain of a single number. `crossing` may guess a number at which a stretch's test changes.
    """
    found: list[Possible] = []
    waiting = [(whole, True)]
    while waiting:
        part, guessing = waiting.pop()
        most -= 1
        if most < 0:
            return None
        result = test(part)
        if result is YES:
            found.append(part)
        elif result.may_be(True):
            guess = crossing(part) if crossing and guessing else None
            parts = halves(part, step) if guess is None else _around(part, guess, step)
            waiting.extend((one, guess is None) for one in reversed(parts))
    return joined_up(found, step)


def _around(part: Possible, guess: Any, step: Any) -> list[Possible]:
    """A stretch as what is below a number of its steps, that number, and what is above."""
    low: Any = part.low
    high: Any = part.high
    below = [stretch(low, guess - step)] if guess > low else []
    return [*below, exactly(guess), *([stretch(guess + step, high)] if guess < high else [])]
