"""What a rule book's expressions mean, computed anew from proved values: the arithmetic of `verify`.

It is written from docs/language.md apart from the evaluator, and shares with it only the core, types and values. Where
the evaluator runs closures over facts, this walks the core and takes each name's value from the inputs of one step.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

from planproof import core as c
from planproof.proof_fields import Untrue
from planproof.types import Kind
from planproof.values import Duration, Exact, Reason, Result, State, Unknown, unknown_because

At: TypeAlias = tuple[str, int | None, int | None]  # name, year, row counted from 1
Rows: TypeAlias = Mapping[str, int]  # the row at hand of each list, counted from 1


@dataclass(frozen=True, slots=True)
class Proved:
    """A step that is true, with what it read; of a definition the branches taken, of a fact whether it applies."""

    at: At
    value: Result
    data: dict[str, Any]
    reads: Mapping[object, Proved]
    taken: tuple[str, ...] = ()
    applies: Result = True


class Reading:
    """What one step reads: each new name must be the next of its inputs, and in the end none is left over.

    `by_files` tells whether the files had a say in what was read: for a year that is not known, they decide what fits.
    """

    def __init__(self, inputs: Sequence[Proved], fits: Callable[[Proved, Unknown, bool], str], seen: Mapping[object, Proved]) -> None:
        self.inputs = inputs
        self.seen: dict[object, Proved] = dict(seen)
        self.latest: Proved | None = None
        self.by_files = False
        self._fits = fits
        self._used = 0

    def value(self, name: str, year: int | None = None, row: int | None = None) -> Result:
        """The value of a name, of its year or row if it has one."""
        at = (name, year, row)
        found = self.seen.get(at)
        if found is None:
            found = self.seen[at] = self._next(at)
        self.latest = found
        return found.value

    def undated(self, name: str, why: Unknown, own: bool) -> Result:
        """The value of a name for a year that is not known; one step may answer for several such years."""
        read, at = (name, why, own), (name, None, None)
        self.by_files = True
        found = self.seen.get(read)
        if found is None:
            before = (one for one in self.inputs[: self._used] if one.at == at and not self._fits(one, why, own))
            found = self.seen[read] = next(before, None) or self._next(at)
            fault = self._fits(found, why, own)
            if fault:
                raise Untrue(fault)
        self.latest = found
        return found.value

    def end(self) -> None:
        """Every input has been read."""
        if self._used < len(self.inputs):
            raise Untrue(f"it does not read {named(self.inputs[self._used].at)}, which is among its inputs")

    def _next(self, at: At) -> Proved:
        if self._used == len(self.inputs):
            raise Untrue(f"it reads {named(at)}, which is not among its inputs")
        found = self.inputs[self._used]
        if found.at != at:
            raise Untrue(f"it reads {named(at)} where its inputs have {named(found.at)}")
        self._used += 1
        return found


def named(at: At) -> str:
    """A name with its year or row."""
    name, year, row = at
    return f"`{name}`" + (f" for {year}" if year is not None else "") + (f" of row {row}" if row is not None else "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a definition comes to; `held` tells of each exception whether its condition holds."""

    value: Result
    before: Exact | None
    taken: tuple[str, ...]
    held: Mapping[str, Result]


_PLAIN: Mapping[str, Result] = {}

# ------------------------------------------------------------------ built-ins


def _later(day: date, months: int, days: int) -> date | None:
    """A date moved by months and then days; a day that its month does not have is the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    last = monthrange(year, month + 1)[1]
    try:
        return date(year, month + 1, min(day.day, last)) + timedelta(days)
    except OverflowError:
        return None


def _moved(sign: str, day: date, months: int, days: int) -> Result:
    return _later(day, months, days) or unknown_because(sign, State.OUT_OF_RANGE, error=True)


def _sum(a: Any, b: Any) -> Result:
    if isinstance(a, date):
        return _moved("+", a, b.months, b.days)
    return Duration(a.months + b.months, a.days + b.days) if isinstance(a, Duration) else a + b


def _difference(a: Any, b: Any) -> Result:
    if isinstance(a, date):
        return _moved("-", a, -b.months, -b.days)
    return Duration(a.months - b.months, a.days - b.days) if isinstance(a, Duration) else a - b


def _product(a: Any, b: Any) -> Result:
    return Duration(a * b.months, a * b.days) if isinstance(b, Duration) else a * b


def _quotient(a: Any, b: Any) -> Result:
    return Fraction(a) / Fraction(b) if b else unknown_because("/", State.DIVISION_BY_ZERO, error=True)


def _down(value: Exact, step: Exact) -> Result:
    return step * (Fraction(value) // Fraction(step))


def _up(value: Exact, step: Exact) -> Result:
    return -step * (Fraction(-value) // Fraction(step))


def _half_up(value: Exact, step: Exact) -> Result:
    nearest = step * ((abs(Fraction(value)) + Fraction(step) / 2) // Fraction(step))
    return nearest if value >= 0 else -nearest


def _first_of(year: int) -> Result:
    return date(year, 1, 1) if 1 <= year <= 9999 else unknown_because("start_of_year", State.OUT_OF_RANGE, error=True)


_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equal": lambda a, b: bool(a == b),
    "unequal": lambda a, b: bool(a != b),
    "less": lambda a, b: bool(a < b),
    "at_most": lambda a, b: not b < a,
    "greater": lambda a, b: bool(b < a),
    "at_least": lambda a, b: not a < b,
}
_MADE: Mapping[str, Callable[..., Result]] = {
    "add": _sum,
    "subtract": _difference,
    "multiply": _product,
    "divide": _quotient,
    "negate": lambda a: -a,
    "lesser_of": lambda *several: sorted(several)[0],
    "greater_of": lambda *several: sorted(several)[-1],
    "round_half_up": _half_up,
    "round_down": _down,
    "round_up": _up,
    "year_of": lambda day: day.year,
    "start_of_year": _first_of,
}
ROUNDINGS = frozenset(("round_half_up", "round_down", "round_up"))

# ------------------------------------------------------------------ the unknown


def _unknowns(values: Sequence[Any]) -> list[Unknown]:
    return [value for value in values if value.__class__ is Unknown]


def _reasons(unknowns: Sequence[Unknown]) -> frozenset[Reason]:
    return unknowns[0].reasons if len(unknowns) == 1 else frozenset().union(*(unknown.reasons for unknown in unknowns))


def _strict(unknowns: Sequence[Unknown]) -> Unknown:
    """Unknown for the reasons of all parts; no answer helps if it does not help one part."""
    return Unknown(_reasons(unknowns), any(unknown.error for unknown in unknowns))


def _kleene(values: Sequence[Any], decisive: bool) -> bool | Unknown:
    """`or` if yes decides, `and` if no does; a part that does not exist is no."""
    truths = [False if value is None else value for value in values]
    if decisive in truths:
        return decisive
    unknowns = _unknowns(truths)
    return Unknown(_reasons(unknowns), all(unknown.error for unknown in unknowns)) if unknowns else not decisive


def _truth(value: Any) -> Any:
    return False if value is None else value


def _negated(value: Any) -> Any:
    return value if value.__class__ is Unknown else value is not True


# ------------------------------------------------------------------ allocation


@lru_cache(maxsize=8)
def _shares(kind: c.Allocation, amount: Exact, measures: tuple[Exact, ...]) -> tuple[Exact, ...]:
    """The share of each row; kept for a while, as every row of a list asks for the same allocation."""
    room = [max(0, measure) for measure in measures]
    if kind is c.Allocation.FILL:
        left: Exact = max(0, amount)
        filled: list[Exact] = []
        for most in room:
            filled.append(min(left, most))
            left -= filled[-1]
        return tuple(filled)
    amount = min(max(0, amount), sum(room))
    level = _level(amount, room)
    if kind is c.Allocation.LEVEL_EXACTLY:
        return tuple(max(0, most - level) for most in room)
    shares = [max(0, most - level // 1) for most in room]
    spared = sum(shares) - amount
    for at in reversed(range(len(shares))):
        if spared > 0 and shares[at] > 0:
            shares[at] -= 1
            spared -= 1
    return tuple(shares)


def _level(amount: Exact, room: list[Exact]) -> Exact:
    """How high the rows stand after an amount is taken from the highest."""
    ranked = sorted(room, reverse=True)
    above: Exact = 0
    for count, most in enumerate(ranked, 1):
        above += most
        level = Fraction(above - amount) / count
        if count == len(ranked) or level >= ranked[count]:
            return level
    return 0


# ------------------------------------------------------------------ expressions and definitions


class Interpreter:
    """Computes the expressions and definitions of one rule book."""

    def __init__(self, core: c.Core) -> None:
        self._lists = {listed.row: listed for listed in core.lists}
        self._forms: Mapping[type, Callable[[Any, Reading, Rows], Any]] = {
            c.Literal: lambda node, inputs, rows: node.value,
            c.Named: lambda node, inputs, rows: inputs.value(node.name),
            c.Cell: lambda node, inputs, rows: inputs.value(node.name, None, rows[node.row]),
            c.Keyed: self._keyed,
            c.Apply: self._apply,
            c.AllOf: lambda node, inputs, rows: _kleene(self._each(node.operands, inputs, rows), False),
            c.AnyOf: lambda node, inputs, rows: _kleene(self._each(node.operands, inputs, rows), True),
            c.Not: lambda node, inputs, rows: _negated(self.value(node.operand, inputs, rows)),
            c.IsKnown: lambda node, inputs, rows: self.value(node.operand, inputs, rows).__class__ is not Unknown,
            c.IsNone: self._is_none,
            c.Aggregate: self._aggregate,
            c.Allocate: self._allocate,
        }

    def value(self, node: c.Expression, inputs: Reading, rows: Rows) -> Any:
        """The value of an expression over the inputs of a step, with a row at hand or none."""
        return self._forms[node.__class__](node, inputs, rows)

    def _each(self, nodes: Sequence[c.Expression], inputs: Reading, rows: Rows) -> list[Any]:
        return [self._forms[node.__class__](node, inputs, rows) for node in nodes]

    def _keyed(self, node: c.Keyed, inputs: Reading, rows: Rows) -> Any:
        year = self.value(node.key, inputs, rows)
        if isinstance(year, Unknown):
            return inputs.undated(node.name, year, node.own)
        if year is None:
            raise Untrue(f"it reads `{node.name}` for a year that does not exist")
        return inputs.value(node.name, year)

    def _apply(self, node: c.Apply, inputs: Reading, rows: Rows) -> Any:
        return self._applied(node, self._each(node.arguments, inputs, rows))

    def _applied(self, node: c.Apply, values: list[Any]) -> Any:
        test = _TESTS.get(node.function)
        if any(value is None for value in values):
            if test:
                return False
            names = [getattr(part, "name", node.function) for part in node.arguments]
            gone = [unknown_because(name, State.NOT_APPLICABLE) for name, value in zip(names, values, strict=True) if value is None]
            return _strict([*gone, *_unknowns(values)])
        unknowns = _unknowns(values)
        if unknowns:
            return _strict(unknowns)
        return test(*values) if test else _MADE[node.function](*values)

    def _is_none(self, node: c.IsNone, inputs: Reading, rows: Rows) -> Any:
        value = self.value(node.operand, inputs, rows)
        return value if value.__class__ is Unknown else value is None

    # -------------------------------------------------------------- rows

    def _numbers(self, listed: c.ListFact, inputs: Reading, *, in_order: bool) -> list[int] | Unknown:
        """The rows of a list, counted from 1; in its order, where that is asked and the list has one."""
        count = inputs.value(listed.name)
        if isinstance(count, Unknown):
            return count
        assert isinstance(count, int), "a list's value is a count"
        numbers = list(range(1, count + 1))
        if not in_order or listed.order is None:
            return numbers
        ranks: dict[int, Any] = {number: inputs.value(listed.order, None, number) for number in numbers}
        unknowns = _unknowns(list(ranks.values()))
        return _strict(unknowns) if unknowns else sorted(numbers, key=ranks.__getitem__)

    def _over(self, node: c.Expression | None, row: str, numbers: list[int], inputs: Reading, rows: Rows) -> list[Any]:
        """The value of an expression for each of some rows; without an expression, yes."""
        return [True if node is None else self.value(node, inputs, {**rows, row: number}) for number in numbers]

    def _aggregate(self, node: c.Aggregate, inputs: Reading, rows: Rows) -> Any:
        listed = self._lists[node.row]
        numbers = self._numbers(listed, inputs, in_order=node.earlier)
        if isinstance(numbers, Unknown):
            return numbers
        if node.earlier:
            numbers = numbers[: numbers.index(rows[node.row])]
        tests = [_truth(test) for test in self._over(node.where, node.row, numbers, inputs, rows)]
        if node.kind in (c.Aggregation.SOME, c.Aggregation.EVERY):
            tested = [(number, test) for number, test in zip(numbers, tests, strict=True) if test is not False]
            bodies = self._over(node.body, node.row, [number for number, _ in tested], inputs, rows)
            some = node.kind is c.Aggregation.SOME
            pairs = zip(tested, bodies, strict=True)
            return _kleene([_kleene([test if some else _negated(test), body], not some) for (_, test), body in pairs], some)
        kept = [number for number, test in zip(numbers, tests, strict=True) if test is True]
        values = self._over(node.body, node.row, kept, inputs, rows)
        unknowns = _unknowns([*tests, *values])
        if unknowns:
            return _strict(unknowns)
        if None in values:
            return unknown_because(listed.name, State.NOT_APPLICABLE)
        return _gathered(node.kind, listed.name, values)

    def _allocate(self, node: c.Allocate, inputs: Reading, rows: Rows) -> Any:
        listed = self._lists[node.row]
        numbers = self._numbers(listed, inputs, in_order=True)
        amount = self.value(node.amount, inputs, rows)
        if isinstance(numbers, Unknown) or isinstance(amount, Unknown):
            return _strict(_unknowns([numbers, amount]))
        tests = self._over(node.where, node.row, numbers, inputs, rows)
        if _unknowns(tests):
            return _strict(_unknowns(tests))
        kept = [number for number, test in zip(numbers, tests, strict=True) if test is True]
        measures = self._over(node.measure, node.row, kept, inputs, rows)
        if _unknowns(measures):
            return _strict(_unknowns(measures))
        if amount is None or None in measures:
            return unknown_because(listed.name, State.NOT_APPLICABLE)
        at_hand = rows[node.row]
        return _shares(node.kind, amount, tuple(measures))[kept.index(at_hand)] if at_hand in kept else 0

    # -------------------------------------------------------------- definitions

    def outcome(self, definition: c.Definition, inputs: Reading, rows: Rows) -> Outcome:
        """What a definition comes to: every condition is read, then every branch that can hold, in the order written."""
        base, *exceptions = definition.branches
        if not exceptions:
            before, value = self._branch(definition, base, inputs, rows)
            return Outcome(value, before, (base.label,), _PLAIN)
        held = {b.label: _truth(self.value(b.guard, inputs, rows)) for b in exceptions if b.guard is not None}
        holding = [b for b in exceptions if held[b.label] is True]
        possible = [b for b in exceptions if held[b.label] is not False]
        outcomes = [] if holding else [base]
        outcomes += [b for b in possible if all(other is b or other.label in b.over for other in holding)]
        unbeaten = [b for b in possible if not any(b.label in other.over for other in holding)]
        clashes = [(a, b) for a in unbeaten for b in unbeaten if a.label < b.label and a.label not in b.over and b.label not in a.over]
        why = {Reason(definition.name, State.PROVISIONS_CONFLICT, detail=f"{a.label} and {b.label}") for a, b in clashes}
        why |= _reasons(_unknowns([held[b.label] for b in unbeaten]))
        found = [self._branch(definition, branch, inputs, rows) for branch in outcomes]
        if not why:
            ((before, value),) = found
            return Outcome(value, before, (outcomes[0].label,), held)
        can_hold = {b.label for b in outcomes} | {b.label for pair in clashes for b in pair}
        taken = tuple(b.label for b in definition.branches if b.label in can_hold)
        return Outcome(_common([value for _, value in found], frozenset(why), clash=bool(clashes)), None, taken, held)

    def _branch(self, definition: c.Definition, branch: c.Branch, inputs: Reading, rows: Rows) -> tuple[Exact | None, Any]:
        """The value of a branch before it is rounded, where it is, and its value."""
        body, before = branch.body, None
        if isinstance(body, c.Apply) and body.function in ROUNDINGS:
            values = self._each(body.arguments, inputs, rows)
            value, before = self._applied(body, values), values[0]
        else:
            value = self.value(body, inputs, rows)
        if value.__class__ is Unknown:
            before = None
        elif value is None and not definition.type.optional:
            truth = definition.type.kind is Kind.TRUTH
            return None, False if truth else unknown_because(definition.name, State.NOT_APPLICABLE)
        return before, value


def _gathered(kind: c.Aggregation, name: str, values: list[Any]) -> Result:
    if kind in (c.Aggregation.TOTAL, c.Aggregation.COUNT):
        total: Exact = sum(values)
        return total
    if not values:
        return unknown_because(name, State.NO_ROWS, error=True)
    if kind is c.Aggregation.AVERAGE:
        return Fraction(sum(values)) / len(values)
    extreme: Result = sorted(values)[-1 if kind is c.Aggregation.HIGHEST else 0]
    return extreme


def _common(values: list[Any], why: frozenset[Reason], *, clash: bool) -> Result:
    """The value that all outcomes share, if no conflict is possible; else unknown for every reason there is."""
    unknowns = _unknowns(values)
    if not clash and not unknowns and all(value == values[0] for value in values):
        shared: Result = values[0]
        return shared
    hopeless = len(unknowns) == len(values) and all(unknown.error for unknown in unknowns)
    return Unknown(why | _reasons(unknowns), hopeless)
