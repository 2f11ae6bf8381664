"""What a value may be while some facts are open: sets of values, never smaller than the truth.

A `Possible` holds values one by one (yes, no, options, durations, none, unknown) and at most one stretch of numbers or
dates. A number may carry its `Form`: an exact sum of open facts with factors. Forms are what keeps sets tight: `x - x` is
zero, and the ends of a form over independent facts are reached. `slots` has a bit for every open fact that the value can
depend on; a value that is certain depends on none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, TypeAlias

from planproof.functions import FUNCTIONS, TESTS
from planproof.values import Exact, State, Unknown, normal, unknown_because

NOT_KNOWN = unknown_because("", State.NOT_STATED)
"""The one value for whatever is not known, whatever the reasons."""

ANYTHING = "(anything)"
"""A value of which nothing is known but its type."""

Number: TypeAlias = Exact | date
Ends: TypeAlias = tuple[Number | None, Number | None]


@dataclass(frozen=True, slots=True)
class Form:
    """An exact sum: `constant` plus for each open fact (by its bit) its value times a factor."""

    factors: tuple[tuple[int, Exact], ...]
    constant: Exact

    def plus(self, other: Form, times: Exact) -> Form:
        """This and so many times another."""
        factors = dict(self.factors)
        for slot, factor in other.factors:
            factors[slot] = normal(factors.get(slot, 0) + factor * times)
        kept = tuple(sorted((slot, factor) for slot, factor in factors.items() if factor))
        return Form(kept, normal(self.constant + other.constant * times))

    def times(self, number: Exact) -> Form:
        """So many times this."""
        return Form((), 0).plus(self, number)

    def slots(self) -> int:
        """The bits of its facts."""
        return sum(slot for slot, _ in self.factors)


@dataclass(frozen=True, slots=True)
class Possible:
    """Values one by one, and the numbers from `low` to `high` if `numbers`; an end that is `None` is not known.

    Whatever is possible is in here; not all that is in here need be possible.
    """

    some: frozenset[Any] = frozenset()
    numbers: bool = False
    low: Number | None = None
    high: Number | None = None
    form: Form | None = None
    slots: int = 0

    @property
    def certain(self) -> bool:
        """Whether there is one value only."""
        if self.numbers:
            return not self.some and self.low is not None and self.low == self.high
        return len(self.some) == 1 and ANYTHING not in self.some

    @property
    def value(self) -> Any:
        """The one value of what is certain."""
        return self.low if self.numbers else next(iter(self.some))

    def may_be(self, value: Any) -> bool:
        """Whether a value is among them."""
        if isinstance(value, bool | str | Unknown | None) or not isinstance(value, int | Fraction | date):
            return value in self.some or ANYTHING in self.some
        inside = self.numbers and (self.low is None or self.low <= value) and (self.high is None or value <= self.high)  # type: ignore[operator]
        return inside or ANYTHING in self.some


def exactly(value: Any) -> Possible:
    """The set of one value."""
    if value.__class__ is int or isinstance(value, Fraction):
        return Possible(numbers=True, low=value, high=value, form=Form((), value))
    if isinstance(value, date):
        return Possible(numbers=True, low=value, high=value)
    return _ONE_BY_ONE[NOT_KNOWN] if isinstance(value, Unknown) else _one(value)


def _one(value: Any) -> Possible:
    if value not in _ONE_BY_ONE:
        _ONE_BY_ONE[value] = Possible(frozenset((value,)))
    return _ONE_BY_ONE[value]


_ONE_BY_ONE: dict[Any, Possible] = {}
YES, NO, UNKNOWN, ABSENT = _one(True), _one(False), _one(NOT_KNOWN), _one(None)


def joined(parts: Iterable[Possible], slots: int = 0) -> Possible:
    """All that is in one of several sets; `slots` is what chooses between them, which matters but for one value or form."""
    parts = list(parts)
    first = parts[0]
    same = first.certain or (first.form is not None and not first.some)
    if len(parts) == 1 or (same and all(part == first for part in parts)):
        return first
    some = frozenset().union(*(part.some for part in parts))
    numbers = [part for part in parts if part.numbers]
    for part in parts:
        slots |= part.slots
    if not numbers:
        return Possible(some, slots=slots)
    low, high = _extreme(min, [n.low for n in numbers]), _extreme(max, [n.high for n in numbers])
    if not some and low is not None and low == high:
        return exactly(low)
    form = numbers[0].form if all(n.form == numbers[0].form for n in numbers) else None
    return Possible(some, True, low, high, form, slots)


def _extreme(choose: Callable[..., Any], ends: list[Any]) -> Any:
    return None if None in ends else choose(ends)


# ------------------------------------------------------------------ the box


@dataclass(frozen=True, slots=True)
class Ranges:
    """The ends of every open number, by its bit: what a form can reach. `whole` has the bits of those that are whole."""

    ends: dict[int, tuple[Exact, Exact]]
    whole: int

    def reach(self, form: Form) -> tuple[Exact, Exact]:
        """The least and the most that a form comes to."""
        low = high = form.constant
        for slot, factor in form.factors:
            least, most = self.ends[slot]
            if factor < 0:
                least, most = most, least
            low += factor * least
            high += factor * most
        return normal(low), normal(high)

    def of_form(self, form: Form, slots: int, some: frozenset[Any] = frozenset()) -> Possible:
        """The numbers that a form reaches."""
        low, high = self.reach(form)
        if low == high and not some:
            return exactly(low)
        return Possible(some, True, low, high, form, slots)


# ------------------------------------------------------------------ built-ins


def applied(function: str, parts: list[Possible], box: Ranges) -> Possible:
    """What a built-in may give; of certain operands, what it gives."""
    if all(part.certain for part in parts):
        return _exact(function, [part.value for part in parts])
    slots = 0
    for part in parts:
        slots |= part.slots
    if function in TESTS:
        return _test(function, parts[0], parts[1], slots, box)
    some = frozenset[Any]()
    if any(None in part.some or NOT_KNOWN in part.some for part in parts):
        some = UNKNOWN.some
        if any(not part.numbers and part.some <= {None, NOT_KNOWN} for part in parts):
            return UNKNOWN
    if all(part.numbers and not part.some - {None, NOT_KNOWN} for part in parts):
        found = _number(function, parts, slots, box)
    else:
        found = _of_others(function, parts, slots)
    return found if not some else joined([found, UNKNOWN], slots)


def _exact(function: str, values: list[Any]) -> Possible:
    if None in values:
        return NO if function in TESTS else UNKNOWN
    if any(value.__class__ is Unknown for value in values):
        return UNKNOWN
    return exactly(FUNCTIONS[function].apply(*values))


def _of_others(function: str, parts: list[Possible], slots: int) -> Possible:
    """Durations and the like: one by one if they are few, else anything."""
    first, *rest = parts
    spans = [part.value for part in rest if part.certain and not part.numbers]
    if function in ("add", "subtract") and first.numbers and len(spans) == 1 and first.low is not None and first.high is not None:
        ends = [FUNCTIONS[function].apply(end, spans[0]) for end in (first.low, first.high)]
        known = [end for end in ends if isinstance(end, date)]
        if len(known) == 2:
            return Possible(frozenset(), True, known[0], known[1], None, slots)
    return Possible(frozenset((ANYTHING, NOT_KNOWN)), slots=slots)


def _number(function: str, parts: list[Possible], slots: int, box: Ranges) -> Possible:
    form = _form(function, parts, box)
    if form is not None:
        return box.of_form(form, slots)
    if function in ("lesser_of", "greater_of"):
        return _chosen(function, parts, slots, box)
    some = frozenset[Any]()
    if function == "divide" and parts[1].may_be(0):
        return Possible(UNKNOWN.some, True, None, None, None, slots)
    low, high = (_ENDS.get(function) or _by_corners(function))(parts)
    if function == "start_of_year" and (low is None or high is None):
        some = UNKNOWN.some
    if low is not None and low == high and not some:
        return exactly(low)
    return Possible(some, True, low, high, None, slots)


def _form(function: str, parts: list[Possible], box: Ranges) -> Form | None:
    """The form of a sum, difference, multiple or rounding, where it has one."""
    forms = [part.form for part in parts]
    first = forms[0]
    if first is None:
        return None
    if function == "negate":
        return first.times(-1)
    second = forms[1] if len(forms) == 2 else None
    if second is None:
        return None
    if function == "add":
        return first.plus(second, 1)
    if function == "subtract":
        return first.plus(second, -1)
    if function == "multiply":
        if not second.factors:
            return first.times(second.constant)
        return second.times(first.constant) if not first.factors else None
    if function == "divide":
        return first.times(Fraction(1) / second.constant) if not second.factors and second.constant else None
    if function.startswith("round_"):
        step = second.constant
        multiple = all(normal(Fraction(number) / step).__class__ is int for number in (first.constant, *(f for _, f in first.factors)))
        return first if multiple and not first.slots() & ~box.whole else None
    return None


def _chosen(function: str, parts: list[Possible], slots: int, box: Ranges) -> Possible:
    """The least or the greatest of several: those that another surely beats do not count."""
    least = function == "lesser_of"
    left = list(dict.fromkeys(parts))
    for part in tuple(left):
        others = [other for other in left if other is not part]
        if any(_surely("at_most" if least else "at_least", other, part, box) for other in others):
            left.remove(part)
    if len(left) == 1:
        only = left[0]
        return Possible(frozenset(), True, only.low, only.high, only.form, only.slots)
    choose: Callable[..., Any] = min if least else max
    lows, highs = [part.low for part in left], [part.high for part in left]
    weak, strong = (lows, highs) if least else (highs, lows)
    known = [end for end in strong if end is not None]
    inner = choose(known) if known else None
    outer = _extreme(choose, weak)
    low, high = (outer, inner) if least else (inner, outer)
    return exactly(low) if low is not None and low == high else Possible(frozenset(), True, low, high, None, slots)


def may_be_equal(left: Possible, right: Possible, box: Ranges) -> bool:
    """Whether two stretches can come to the same."""
    return True in _numbers_tested("equal", left, right, box)


def _surely(test: str, left: Possible, right: Possible, box: Ranges) -> bool:
    return _numbers_tested(test, left, right, box) == {True}


def _by_corners(function: str) -> Callable[[list[Possible]], Ends]:
    """The ends of a result that is monotone in each operand: those of its corners."""
    apply: Callable[..., Any] = FUNCTIONS[function].apply

    def ends(parts: list[Possible]) -> Ends:
        corners: list[tuple[Any, ...]] = [()]
        for part in parts:
            if part.low is None or part.high is None:
                return None, None
            corners = [(*corner, end) for corner in corners for end in (part.low, part.high)]
        found = [apply(*corner) for corner in corners]
        return (None, None) if any(isinstance(one, Unknown) for one in found) else (min(found), max(found))

    return ends


def _rounding(function: str) -> Callable[[list[Possible]], Ends]:
    apply: Callable[..., Any] = FUNCTIONS[function].apply

    def ends(parts: list[Possible]) -> Ends:
        value, step = parts
        low, high = (None if end is None else apply(end, step.low) for end in (value.low, value.high))
        return low, high

    return ends


_ENDS: Mapping[str, Callable[[list[Possible]], Ends]] = {name: _rounding(name) for name in ("round_half_up", "round_down", "round_up")}

# ------------------------------------------------------------------ tests


def _test(function: str, left: Possible, right: Possible, slots: int, box: Ranges) -> Possible:
    some: set[Any] = set()
    if None in left.some or None in right.some:
        some.add(False)
    if NOT_KNOWN in left.some or NOT_KNOWN in right.some:
        some.add(NOT_KNOWN)
    if ANYTHING in left.some or ANYTHING in right.some:
        some |= {True, False}
    if left.numbers and right.numbers:
        some |= _numbers_tested(function, left, right, box)
    some |= _words_tested(function, left.some - _NO_WORDS, right.some - _NO_WORDS)
    return _one(some.pop()) if len(some) == 1 else Possible(frozenset(some), slots=slots)


_NO_WORDS = frozenset((None, NOT_KNOWN, ANYTHING))


def _words_tested(function: str, left: frozenset[Any], right: frozenset[Any]) -> set[bool]:
    if not left or not right:
        return set()
    same, other = bool(left & right), len(left | right) > 1
    found = {True} if same else set[bool]()
    found |= {False} if other else set()
    return {not one for one in found} if function == "unequal" else found


def _numbers_tested(function: str, left: Possible, right: Possible, box: Ranges) -> set[bool]:
    """The results that a test of two stretches can have, by the reach of their difference."""
    if left.form is not None and right.form is not None:
        low, high = box.reach(left.form.plus(right.form, -1))
        return _by_difference(function, low, high)
    a, b, x, y = (end.toordinal() if isinstance(end, date) else end for end in (left.low, left.high, right.low, right.high))
    return _by_difference(function, None if a is None or y is None else a - y, None if b is None or x is None else b - x)


def _by_difference(function: str, low: Exact | None, high: Exact | None) -> set[bool]:
    below, above = low is None or low < 0, high is None or high > 0
    same = (low is None or low <= 0) and (high is None or high >= 0)
    results = {
        "less": (below, same or above),
        "at_most": (below or same, above),
        "greater": (above, same or below),
        "at_least": (above or same, below),
        "equal": (same, below or above),
        "unequal": (below or above, same),
    }
    yes, no = results[function]
    return ({True} if yes else set()) | ({False} if no else set())
