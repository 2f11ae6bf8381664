"""Expressions of the rule book in plain words: labels for names, values as people write them, what holds and what not.

The frame of every sentence is generic; every word of the subject is a label of the rule book.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planproof import core as c
from planproof.decide import NOT_TOLD, truth, value_read
from planproof.functions import TESTS, VARIADIC
from planproof.possible import Possible
from planproof.rulebook import Rulebook
from planproof.types import NUMERIC, Kind, shown
from planproof.values import Result, Unknown, Value

Values = Mapping[str, object]
_NOTHING: Values = {}

_ASKED = {c.ASKED_YEAR: "year asked", c.ASKED_DATE: "date asked"}
_SIGNS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "÷"}
_OPPOSITE = {
    "equal": "unequal",
    "unequal": "equal",
    "less": "at_least",
    "at_least": "less",
    "greater": "at_most",
    "at_most": "greater",
}
_TESTS = {
    "equal": "is",
    "unequal": "is not",
    "less": "is less than",
    "at_most": "is at most",
    "greater": "is more than",
    "at_least": "is at least",
}
_TESTS_OF_TIME = {**_TESTS, "less": "is before", "at_most": "is not after", "greater": "is after", "at_least": "is not before"}
_IN_FORCE = {
    "at_least": "in force from",
    "at_most": "in force until",
    "less": "in force only from",
    "greater": "in force only until",
}
_ROUNDED = {"round_half_up": "rounded half up", "round_down": "rounded down", "round_up": "rounded up"}
_TOTALS = {
    c.Aggregation.TOTAL: "the total",
    c.Aggregation.AVERAGE: "the average",
    c.Aggregation.HIGHEST: "the highest",
    c.Aggregation.LOWEST: "the lowest",
}
_ALLOCATED = {
    c.Allocation.FILL: "filling each row up to",
    c.Allocation.LEVEL: "levelling the highest first by",
    c.Allocation.LEVEL_EXACTLY: "levelling the highest first, exactly, by",
}
CHANGERS = {
    "participant": "the participant",
    "plan sponsor": "the plan sponsor, by amendment",
    "administrator": "the administrator",
    "time": "time",
    "nobody": "nobody: it is past",
}


def spaced(name: str) -> str:
    """A name of the rule book or a plan file as words."""
    return name.replace("_", " ")


def told(value: Result, kind: Kind) -> str:
    """A value in a sentence: as people write it, a choice as words."""
    text = shown(value, kind)
    return spaced(text) if kind is Kind.CHOICE else text


def listed(parts: Sequence[str], last: str = "and") -> str:
    """Parts as an enumeration."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}" if parts else ""


class Wording:
    """The words of one rule book."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self._phases = {name: (path.label, spaced(phase)) for path in book.core.paths for phase, name in path.phases}

    # -------------------------------------------------------------- names and values

    def label(self, name: str) -> str:
        """What people call a name."""
        if name in _ASKED:
            return _ASKED[name]
        if name in self.book.columns:
            return spaced(name.rpartition(".")[2])
        test = self._test_itself(name)
        if test:
            return self.phrase(test)
        if name in self._phases:
            return ", ".join(self._phases[name])
        return self.book.label(name)

    def _test_itself(self, name: str) -> c.Expression | None:
        """The test of a requirement that is written as one, and has no label but its text."""
        definition = self.book.definitions.get(name)
        alone = definition and definition.base.body_text and definition.label == definition.base.body_text
        return definition.base.body if definition and alone else None

    def head(self, name: str, value: Result, kind: Kind) -> str:
        """A value as told of a name; a path is open or not."""
        if name in self._phases and isinstance(value, bool):
            return "open" if value else "not open"
        return told(value, kind)

    def slot(self, name: str, key: int | None) -> str:
        """What people call a fact, of a year if `key` is one."""
        return f"{self.label(name)} for {key}" if key else self.label(name)

    def part(self, part: Possible, name: str) -> str:
        """A word or a stretch of numbers that a fact may be."""
        fact, kind = self.book.facts[name], self.book.kind(name)
        if part.certain:
            return told(part.value, kind)
        low: Any = part.low
        high: Any = part.high
        if low == fact.low and high == fact.high:
            return "any number"
        if high == fact.high:
            return f"at least {told(low, kind)}"
        return f"at most {told(high, kind)}" if low == fact.low else f"between {told(low, kind)} and {told(high, kind)}"

    def limit(self, binding: str | None, amount: str) -> str:
        """What decides an amount, in words; nothing if it is not known, or is the amount itself."""
        if binding is None or binding == amount:
            return ""
        if binding in self.book.definitions or binding in self.book.parameters or binding in self.book.facts:
            return self.label(binding)
        owner, _, exception = binding.rpartition(".")
        return f"exception “{spaced(exception)}”" + (f" of {self.label(owner)}" if owner != amount else "")

    def _quoted(self, name: str, values: Values) -> str:
        value = values.get(name, NOT_TOLD)
        text = f"the {_ASKED[name]}" if name in _ASKED else f"“{self.label(name)}”"
        if value is NOT_TOLD:
            return text
        kind = self.book.kind(name)
        return f"{text} ({told(value, kind)})" if kind in NUMERIC or isinstance(value, Unknown) else text  # type: ignore[arg-type]

    def _kind(self, node: c.Expression) -> Kind:
        match node:
            case c.Literal(_, type_):
                return type_.kind
            case c.Named(name) | c.Keyed(name) | c.Cell(_, name):
                return self.book.kind(name)
            case c.Apply("year_of", _):
                return Kind.YEAR
            case c.Apply("start_of_year", _):
                return Kind.DATE
            case c.Apply(_, (first, *_)):
                return self._kind(first)
            case c.Aggregate(_, _, body) if node.kind is not c.Aggregation.COUNT:
                return self._kind(body)
            case _:
                return Kind.COUNT

    # -------------------------------------------------------------- amounts

    def term(self, node: c.Expression, values: Values = _NOTHING) -> str:
        """An amount, date or choice: how it is made, with the known values of what it is made from."""
        match node:
            case c.Literal(value, type_):
                return told(value, type_.kind)
            case c.Named(name):
                return self._quoted(name, values)
            case c.Keyed(name, key, own):
                return self._quoted(name, values) if own else f"{self._quoted(name, values)} for {self.term(key, values)}"
            case c.Cell(_, name):
                return f"“{self.label(name)}”"
            case c.Apply():
                return self._apply(node, values)
            case c.Aggregate():
                return self._aggregate(node)
            case c.Allocate():
                return self._allocate(node)
            case _:
                return f"whether {self.phrase(node)}"

    def _apply(self, node: c.Apply, values: Values) -> str:
        function, arguments = node.function, node.arguments
        if function in _SIGNS:
            first, second = arguments
            left = self.term(first, values) if _alike(function, first) else self._operand(first, values)
            return f"{left} {_SIGNS[function]} {self._operand(second, values)}"
        if function in _ROUNDED:
            return f"{self.term(arguments[0], values)}, {_ROUNDED[function]} to {_step(arguments[1])}"
        if function == "greater_of" and isinstance(arguments[-1], c.Literal):
            return f"{self.term(arguments[0], values)}, but not less than {self.term(arguments[-1])}"
        extremes = [isinstance(argument, c.Apply) and argument.function in VARIADIC for argument in arguments]
        parts = [(self._operand if extreme else self.term)(argument, values) for argument, extreme in zip(arguments, extremes, strict=True)]
        match function:
            case "lesser_of":
                return f"the {'lesser' if len(parts) == 2 else 'least'} of {listed(parts)}"
            case "greater_of":
                return f"the {'greater' if len(parts) == 2 else 'greatest'} of {listed(parts)}"
            case "negate":
                return f"minus {self._operand(arguments[0], values)}"
            case "year_of":
                return f"the year of {parts[0]}"
            case "start_of_year":
                return f"1 January of {parts[0]}"
            case _:
                return f"whether {self.phrase(node)}"

    def _operand(self, node: c.Expression, values: Values) -> str:
        text = self.term(node, values)
        return f"({text})" if isinstance(node, c.Apply) and node.function not in ("year_of", "start_of_year", "negate") else text

    def _rows(self, row: str, where: c.Expression | None, earlier: bool = False) -> str:
        label = next(found.label for found in self.book.core.lists if found.row == row)
        text = f"{'earlier ' if earlier else ''}row of “{label}”"
        return f"{text} where {self.phrase(where)}" if where is not None else text

    def _aggregate(self, node: c.Aggregate) -> str:
        rows = self._rows(node.row, node.where, node.earlier)
        if node.kind is c.Aggregation.COUNT:
            return f"the count of each {rows}"
        return f"{_TOTALS[node.kind]} of {self.term(node.body)} for each {rows}" if node.kind in _TOTALS else f"whether {self.phrase(node)}"

    def _allocate(self, node: c.Allocate) -> str:
        amount, measure = self.term(node.amount), self.term(node.measure)
        return f"this row's share of {amount}, {_ALLOCATED[node.kind]} {measure}, over each {self._rows(node.row, node.where)}"

    # -------------------------------------------------------------- what holds

    def phrase(self, node: c.Expression, holds: bool = True) -> str:
        """A condition as a clause that says that it holds, or that it does not."""
        match node:
            case c.AllOf(operands) | c.AnyOf(operands):
                return self._several(operands, isinstance(node, c.AllOf) is holds, holds)
            case c.Not(operand):
                return self.phrase(operand, not holds)
            case c.IsKnown(operand):
                return f"{self.term(operand)} is {'known' if holds else 'not known'}"
            case c.IsNone(operand):
                return f"{self.term(operand)} is {'none' if holds else 'not none'}"
            case c.Named(name) if name in self._phases:
                label, phase = self._phases[name]
                return f"“{label}” is {'open' if holds else 'not open'} {phase}"
            case c.Named(name) if test := self._test_itself(name):
                return self.phrase(test, holds)
            case c.Apply(function, (left, right)) if function in TESTS:
                return self._test(function if holds else _OPPOSITE[function], left, right)
            case c.Aggregate(c.Aggregation.SOME | c.Aggregation.EVERY):
                return self._of_rows(node, holds)
            case c.Literal(value):
                return "always" if value is holds else "never"
            case _:
                return f"{self.term(node)} is {'yes' if holds else 'no'}"

    def _several(self, operands: Sequence[c.Expression], every: bool, holds: bool) -> str:
        merged = self._one_of(operands, every is holds, holds)
        if merged:
            return merged
        parts = []
        for operand in _flat(operands, c.AllOf if every is holds else c.AnyOf):
            text = self.phrase(operand, holds)
            inner = isinstance(operand, c.AllOf | c.AnyOf) and text.count("“") > 1
            parts.append(f"({text})" if inner else text)
        return _joined(list(dict.fromkeys(parts)), every)

    def _one_of(self, operands: Sequence[c.Expression], every: bool, holds: bool) -> str | None:
        """Of one name held against several choices, one clause."""
        tests = [operand for operand in operands if isinstance(operand, c.Apply)]
        wanted = "unequal" if every else "equal"
        if len(tests) < len(operands) or any(test.function != wanted or not isinstance(test.arguments[1], c.Literal) for test in tests):
            return None
        if len({test.arguments[0] for test in tests}) > 1:
            return None
        verb = "is not" if every is holds else "is"
        return f"{self.term(tests[0].arguments[0])} {verb} {listed([self.term(test.arguments[1]) for test in tests], 'or')}"

    def _test(self, function: str, left: c.Expression, right: c.Expression) -> str:
        if left == c.Named(c.LAW_DATE) and isinstance(right, c.Literal) and function in _IN_FORCE:
            return f"the provision is {_IN_FORCE[function]} {self.term(right)}"
        words = _TESTS_OF_TIME if self._kind(left) in (Kind.DATE, Kind.YEAR) else _TESTS
        return f"{self.term(left)} {words[function]} {self.term(right)}"

    def _of_rows(self, node: c.Aggregate, holds: bool) -> str:
        rows = self._rows(node.row, node.where, node.earlier)
        body = "" if isinstance(node.body, c.Literal) else f" has that {self.phrase(node.body)}"
        if node.kind is c.Aggregation.SOME:
            return f"{'some' if holds else 'no'} {rows}{body or ' is there'}"
        return f"{'every' if holds else 'not every'} {rows}{body}"

    def because(self, node: c.Expression, values: Values) -> str:
        """What settles a condition, as it stands; nothing where all of it is open."""
        parts = [self.phrase(part, holds) for part, holds in settled(node, values)]
        return _joined(list(dict.fromkeys(part for part in parts if part not in ("always", "never"))), every=True)


def settled(node: c.Expression, values: Values) -> Iterator[tuple[c.Expression, bool]]:
    """The parts of a condition that settle it, each with whether it holds: of several that would, the first."""
    match node:
        case c.AllOf(operands) | c.AnyOf(operands):
            wanted = isinstance(node, c.AnyOf)
            sure = next((operand for operand in operands if truth(operand, values) is wanted), None)
            for operand in operands if sure is None else (sure,):
                yield from settled(operand, values)
        case c.Not(operand):
            yield from settled(operand, values)
        case c.Apply(function, arguments) if function in TESTS and any(value_read(argument, values) is None for argument in arguments):
            yield from ((c.IsNone(argument), True) for argument in arguments if value_read(argument, values) is None)
        case _:
            found = truth(node, values)
            if isinstance(found, bool):
                yield node, found


def opened(node: c.Expression, values: Values) -> c.Expression:
    """Of a condition that is open, only the parts that are; any other as it is."""
    if not isinstance(node, c.AllOf | c.AnyOf) or truth(node, values) is not None:
        return node
    parts = tuple(opened(operand, values) for operand in node.operands if truth(operand, values) is None)
    return parts[0] if len(parts) == 1 else type(node)(parts)


_CLAUSE = re.compile(r"(“[^”]*”) is ([^“”,]+)")


def _joined(clauses: Sequence[str], every: bool) -> str:
    """Clauses as one; what is said alike of several subjects is said once."""
    alike: dict[str, list[str]] = {}
    for clause in clauses:
        match = _CLAUSE.fullmatch(clause)
        alike.setdefault(match[2] if match else f"\0{clause}", []).append(match[1] if match else clause)
    word, verb = ("and", "are") if every else ("or", "is")
    parts = []
    for said, subjects in alike.items():
        if said.startswith("\0"):
            parts += subjects
        else:
            parts.append(f"{listed(subjects, word)} {verb if len(subjects) > 1 else 'is'} {said}")
    return listed(parts, word)


def _flat(operands: Sequence[c.Expression], kind: type[c.AllOf | c.AnyOf]) -> Iterator[c.Expression]:
    for operand in operands:
        if isinstance(operand, kind):
            yield from _flat(operand.operands, kind)
        else:
            yield operand


_SUMS = ("add", "subtract")


def _alike(function: str, node: c.Expression) -> bool:
    """Whether a first operand binds as its operator does, so that it needs no brackets."""
    return isinstance(node, c.Apply) and (node.function == "multiply" or (function in _SUMS and node.function in _SUMS))


def _step(node: c.Expression) -> str:
    assert isinstance(node, c.Literal), "a rounding step is written"
    named: dict[tuple[Value, Kind], str] = {(1, Kind.MONEY): "cents", (100, Kind.MONEY): "dollars"}
    return named.get((node.value, node.type.kind)) or f"a multiple of {told(node.value, node.type.kind)}"
