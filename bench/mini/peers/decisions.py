"""The small rule book as lists of decisions: the first case that holds gives the value, and no test is ever unknown.

This is what an engine without unknowns can express. It is made from the compiled rule book, so that all engines have the
same rules: figures are written out, rates are whole hundredths of a percent, definitions that nothing asked reads are
left out, and so are paths. What cannot be lowered this way is an error, never left out in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from mini.outputs import OUTPUTS
from mini.rows import AMOUNTS
from planproof import core as c
from planproof.types import Kind
from planproof.values import Exact

BASIS = 10_000  # a rate is a whole number of these parts
COUNTED = ("_counts", "_may_count")  # definitions that are 0 or 1, and are written where they are read


@dataclass(frozen=True, slots=True)
class Is:
    """Whether a name is yes, no or (`None`) unknown."""

    name: str
    what: bool | None


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two known numbers, `<`, `<=`, `>`, `>=` or `==`: a test, and a value too."""

    sign: str
    left: Term
    right: Term


Test: TypeAlias = Is | Compare


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, a word, a truth, or (`None`) unknown."""

    value: int | str | bool | None


@dataclass(frozen=True, slots=True)
class Name:
    """A fact, or a rule before this one."""

    name: str


@dataclass(frozen=True, slots=True)
class Infix:
    """`+`, `-` or `*` of whole numbers."""

    sign: str
    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Floor:
    """A whole number, not negative, divided by a whole number and rounded down."""

    term: Term
    by: int


@dataclass(frozen=True, slots=True)
class Extreme:
    """The lesser or the greater of two whole numbers."""

    least: bool
    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class One:
    """1 if a name is yes (or, for `None`, unknown), else 0."""

    test: Is


Term: TypeAlias = Constant | Name | Infix | Floor | Extreme | One | Compare


@dataclass(frozen=True, slots=True)
class Case:
    """A value, and tests of which one must hold for it."""

    any_of: tuple[Test, ...]
    value: Term


@dataclass(frozen=True, slots=True)
class Rule:
    """A definition: the first case that holds, else the value at the end."""

    name: str
    cases: tuple[Case, ...]
    otherwise: Term

    @property
    def reads(self) -> tuple[str, ...]:
        """The names that it reads, each once."""
        terms = [self.otherwise, *(case.value for case in self.cases), *(test for case in self.cases for test in case.any_of)]
        return tuple(dict.fromkeys(name for term in terms for name in names_in(term)))


def names_in(term: Term | Test) -> Iterator[str]:
    """The names in a term or test, in order."""
    match term:
        case Is(name) | Name(name):
            yield name
        case Compare(_, left, right) | Infix(_, left, right) | Extreme(_, left, right):
            yield from names_in(left)
            yield from names_in(right)
        case Floor(inner):
            yield from names_in(inner)
        case One(test):
            yield test.name
        case Constant():
            return


def rules(core: c.Core) -> tuple[Rule, ...]:
    """What the outputs need, each after what it reads."""
    return tuple(_Lowering(core).rules())


_SIGNS = {"less": "<", "at_most": "<=", "greater": ">", "at_least": ">=", "equal": "=="}
_ARITHMETIC = {"add": "+", "subtract": "-", "multiply": "*"}


class _Lowering:
    def __init__(self, core: c.Core) -> None:
        self.definitions = {definition.name: definition for definition in core.definitions}
        self.figures = {parameter.name: parameter for parameter in core.parameters}
        self.kinds = {fact.name: fact.type.kind for fact in core.facts}
        self.found: dict[str, Rule] = {}
        self.never_unknown = set(AMOUNTS)

    def rules(self) -> Iterator[Rule]:
        for name in OUTPUTS:
            self._need(name)
        yield from self.found.values()

    def _need(self, name: str) -> None:
        definition = self.definitions.get(name)
        if definition is None or name in self.found:
            return
        cases, otherwise = self._cases(definition)
        rule = Rule(name, tuple(cases), otherwise)
        if not any(case.value == Constant(None) for case in cases):
            self.never_unknown.add(name)
        self.found[name] = rule

    def _cases(self, definition: c.Definition) -> tuple[list[Case], Term]:
        """Exceptions from the strongest on; a guard that is unknown makes the value unknown."""
        cases: list[Case] = []
        exceptions = sorted(definition.branches[1:], key=lambda branch: -len(branch.over))
        for place, branch in enumerate(exceptions):
            assert {weaker.label for weaker in exceptions[place + 1 :]} == set(branch.over), "the exceptions are no chain"
            assert branch.guard is not None
            more, value = self._body(branch.body)
            assert not more, "an exception is a plain value"
            cases += _case(self._holds(branch.guard, True), value)
            cases += _case(self._holds(branch.guard, None), Constant(None))
        more, value = self._body(definition.base.body)
        return cases + more, value

    def _body(self, body: c.Expression) -> tuple[list[Case], Term]:
        match body:
            case c.AllOf(operands):
                return self._connective(operands, stops=False), Constant(True)
            case c.AnyOf(operands):
                return self._connective(operands, stops=True), Constant(False)
            case c.Not():
                return _case(self._holds(body, None), Constant(None)) + _case(self._holds(body, True), Constant(True)), Constant(False)
            case c.Apply(function) if function in _SIGNS:
                return _case(self._unknowns(body), Constant(None)), self._comparison(_SIGNS[function], *body.arguments)
            case _:
                term, scale = self._term(body)
                assert scale == 1, "a value in parts of its unit"
                return _case(self._unknowns(body), Constant(None)), term

    def _connective(self, operands: tuple[c.Expression, ...], *, stops: bool) -> list[Case]:
        stopped = [test for operand in operands for test in self._holds(operand, stops)]
        unknown = [test for operand in operands for test in self._holds(operand, None)]
        return _case(stopped, Constant(stops)) + _case(unknown, Constant(None))

    def _holds(self, test: c.Expression, what: bool | None) -> list[Test]:
        """Tests of which one holds if an expression is yes, no or unknown."""
        match test:
            case c.Named():
                return self._is(test, what)
            case c.Not(operand):
                return self._holds(operand, None if what is None else not what)
            case c.AnyOf(operands) if what is not False:
                assert what or all(isinstance(operand, c.Named) for operand in operands)
                return [found for operand in operands for found in self._holds(operand, what)]
            case c.Apply(function, (left, right)) if function in _SIGNS and what:
                return [self._comparison(_SIGNS[function], left, right)]
            case c.Apply() if what is None:
                return self._unknowns(test)
            case _:
                raise AssertionError(f"no decision tells whether {test} is {what}")

    def _is(self, named: c.Named, what: bool | None) -> list[Test]:
        name = self._read(named.name)
        return [] if what is None and name in self.never_unknown else [Is(name, what)]

    def _comparison(self, sign: str, left: c.Expression, right: c.Expression) -> Compare:
        (first, scale), (second, other) = self._term(left), self._term(right)
        return Compare(sign, _times(first, max(other // scale, 1)), _times(second, max(scale // other, 1)))

    def _unknowns(self, body: c.Expression) -> list[Test]:
        """That a name which a strict expression reads is unknown."""
        match body:
            case c.Named(name) if name not in self.figures and not name.endswith(COUNTED):
                return self._is(body, None)
            case c.Apply(_, arguments):
                return list(dict.fromkeys(test for argument in arguments for test in self._unknowns(argument)))
            case _:
                return []

    def _read(self, name: str) -> str:
        self._need(name)
        return name.rpartition(".")[2] if name in self.kinds else name

    def _term(self, body: c.Expression) -> tuple[Term, int]:
        """A number in whole parts of its unit, and how many parts make one."""
        match body:
            case c.Literal(value, type_):
                return _constant(value, type_.kind)
            case c.Named(name) if name in self.figures:
                figure = self.figures[name]
                return _constant(figure.values[0].value, figure.type.kind)
            case c.Named(name) if name.endswith(COUNTED):
                return One(self._counted(name)), 1
            case c.Named(name):
                return Name(self._read(name)), BASIS if self.kinds.get(name) is Kind.RATE else 1
            case c.Apply(function, (left, right)):
                return self._applied(function, left, right)
            case _:
                raise AssertionError(f"no number: {body}")

    def _applied(self, function: str, left: c.Expression, right: c.Expression) -> tuple[Term, int]:
        (first, scale), (second, other) = self._term(left), self._term(right)
        match function:
            case "multiply":
                return Infix("*", first, second), scale * other
            case "round_down":
                return Floor(first, scale), 1
            case "round_half_up":
                return Floor(Infix("+", first, Constant(scale // 2)), scale), 1
            case _:
                assert scale == other == 1, "parts of different units"
        if function in _ARITHMETIC:
            return Infix(_ARITHMETIC[function], first, second), 1
        assert function in ("lesser_of", "greater_of"), function
        return Extreme(function == "lesser_of", first, second), 1

    def _counted(self, name: str) -> Is:
        """What a counting definition counts: that another is yes or (`None`) unknown. Its branches must say just that."""
        counts, may_count = COUNTED
        certain = not name.endswith(may_count)
        of = c.Named(name.removesuffix(counts if certain else may_count))
        base, exception = self.definitions[name].branches
        guard = c.AllOf((c.IsKnown(of), of)) if certain else c.IsKnown(of)
        assert (base.body, exception.guard) == (c.Literal(0 if certain else 1, self.definitions[name].type), guard), name
        return Is(self._read(of.name), True if certain else None)


def _case(tests: list[Test], value: Term) -> list[Case]:
    return [Case(tuple(dict.fromkeys(tests)), value)] if tests else []


def _times(term: Term, factor: int) -> Term:
    return term if factor == 1 else Infix("*", term, Constant(factor))


def _constant(value: Exact | object, kind: Kind) -> tuple[Term, int]:
    if kind is Kind.RATE:
        assert isinstance(value, int | Fraction)
        whole = value * BASIS
        assert whole == int(whole), "a rate in less than hundredths of a percent"
        return Constant(int(whole)), BASIS
    assert isinstance(value, int | str), value
    return Constant(value), 1
