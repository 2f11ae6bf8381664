"""Why values are not known, in every row: each reason is a bit, and a set of reasons a few columns of bits.

The bits of a value are those of `logic` and `evaluate`: none where the value is known, all causes where it is not. A
reason is a name, a year where it has one, and whether it says that something does not apply. The row of a list that a
reason names is not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from planproof import core as c
from planproof.columns.compile import Compiler
from planproof.columns.nodes import Node, Op, Unsupported
from planproof.columns.quantities import Quantity
from planproof.functions import TESTS
from planproof.types import Kind
from planproof.values import State

Bits: TypeAlias = dict[int, Node]  # by number of the word; a word that is not there is zero
WORD = 62
_MOST_YEARS = 40


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason without its state where that is the row's own; `state` is the state of all others.

    `listed`: it is a cell of some row of a list.
    """

    name: str
    key: int | None
    state: State | None
    detail: str = ""
    listed: bool = False


class Reasons:
    """Compiles the reasons of names; the n-th of `causes` is the n-th bit."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._pool = compiler.pool
        self._arithmetic = compiler.arithmetic
        self._places: dict[Cause, int] = {}
        self._found: dict[object, Bits] = {}

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Every reason that was met."""
        return tuple(self._places)

    # -------------------------------------------------------------- sets

    def _bit(self, cause: Cause) -> Bits:
        place = self._places.setdefault(cause, len(self._places))
        return {place // WORD: self._pool.constant(1 << place % WORD)}

    def _cause(self, name: str, state: State | None, key: int | None = None, detail: str = "") -> Bits:
        return self._bit(Cause(name, key, state, detail))

    def _all(self, sets: Iterable[Bits]) -> Bits:
        found: dict[int, list[Node]] = {}
        for bits in sets:
            for word, node in bits.items():
                found.setdefault(word, []).append(node)
        return {word: self._pool.bits(*nodes) for word, nodes in found.items()}

    def _where(self, condition: Node, bits: Bits) -> Bits:
        """The bits where a condition that is never unknown holds."""
        if condition is self._pool.no:
            return {}
        return {word: self._pool.bits_where(condition, node) for word, node in bits.items()}

    # -------------------------------------------------------------- names

    def prepare(self, names: Sequence[str]) -> None:
        """Compiles the reasons of what names need, from the bottom."""
        self._compiler.prepare(names)
        for name in self._compiler.in_order(names):
            with suppress(Unsupported):
                self.named(name)

    def together(self, names: Iterable[str]) -> Bits:
        """The reasons of any of some names."""
        return self._all(map(self.named, names))

    def named(self, name: str) -> Bits:
        """The reasons of a name's value."""
        if name not in self._found:
            self._found[name] = self._named(name)
        return self._found[name]

    def _named(self, name: str) -> Bits:
        compiler = self._compiler
        if name in (c.ASKED_YEAR, c.ASKED_DATE):
            return self._where(self._pool.is_null(compiler.named(name).main), self._cause(name, State.NOT_STATED))
        definition = compiler.definitions.get(name)
        if definition is not None:
            return self._definition(definition)
        fact = compiler.facts.get(name)
        if fact is None:
            return self._constant(compiler.parameters[name]) if name in compiler.parameters else {}
        given = compiler.stated.given.get((name, None))
        said = given.said if given else self._pool.no
        own = self._pool.yes if fact.presumed is None else said
        return self._fact(fact, compiler.named(name), self._where(own, self._cause(name, None)))

    def _constant(self, parameter: c.Parameter) -> Bits:
        """Those of a parameter without years, which has no value if it was published later than what is known."""
        return {} if parameter.value_for(None) else self._cause(parameter.name, State.PARAMETER_UNPUBLISHED)

    def _fact(self, fact: c.Fact, value: Quantity, own: Bits) -> Bits:
        """The reasons of a fact that is not known: its own, and those of the condition under which it applies."""
        parts = [own] if fact.applies is None else [own, self.of(fact.applies)]
        return self._where(self._arithmetic.unknown(value), self._all(parts))

    def _definition(self, definition: c.Definition) -> Bits:
        compiler = self._compiler
        outcome = compiler.outcomes(definition)
        parts = [
            self._where(found, self._body(definition, branch.body))
            for found, branch in zip(outcome.found, definition.branches, strict=True)
        ]
        exceptions = definition.branches[1:]
        for live, branch in zip(outcome.live, exceptions, strict=True):
            if branch.guard is not None:
                parts.append(self._where(live, self.of(branch.guard)))
        for (one, other), clash in outcome.clashes.items():
            first, second = sorted((exceptions[one].label, exceptions[other].label))
            cause = self._cause(definition.name, State.PROVISIONS_CONFLICT, detail=f"{first} and {second}")
            parts.append(self._where(clash, cause))
        unknown = self._arithmetic.unknown(compiler.named(definition.name))
        return self._where(unknown, self._all(parts)) if len(definition.branches) > 1 else self._all(parts)

    def _body(self, definition: c.Definition, body: c.Expression) -> Bits:
        """The reasons of a branch's value, where what is absent may have none."""
        found = self.of(body)
        if definition.type.optional or definition.type.kind is Kind.TRUTH:
            return found
        absent = self._compiler.value(body).absent
        return self._all([found, self._where(absent, self._cause(definition.name, State.NOT_APPLICABLE))])

    # -------------------------------------------------------------- expressions

    def of(self, node: c.Expression) -> Bits:
        """The reasons of an expression's value."""
        match node:
            case c.Literal() | c.IsKnown():
                return {}
            case c.Named(name):
                return self.named(name)
            case c.Keyed():
                return self._keyed(node)
            case c.Apply():
                return self._apply(node)
            case c.AllOf(operands) | c.AnyOf(operands):
                unknown = self._pool.is_null(self._compiler.value(node).main)
                return self._where(unknown, self._all(map(self.of, operands)))
            case c.Not(operand) | c.IsNone(operand):
                return self.of(operand)
            case c.Cell(_, name):
                return self.named(name) if name in self._compiler.definitions else self._cell(node)
            case c.Aggregate():
                return self._aggregate(node)
            case c.Allocate():
                return self._allocate(node)
            case _:
                assert_never(node)

    def _apply(self, node: c.Apply) -> Bits:
        pool = self._pool
        values = [self._compiler.value(operand) for operand in node.arguments]
        told = self._all(map(self.of, node.arguments))
        if node.function in TESTS:
            absent = pool.either(*(value.absent for value in values))
            return self._where(pool.negated(absent), told)
        parts = [told]
        for operand, value in zip(node.arguments, values, strict=True):
            name = operand.name if isinstance(operand, c.Named | c.Keyed | c.Cell) else node.function
            parts.append(self._where(value.absent, self._cause(name, State.NOT_APPLICABLE)))
        known = pool.both(*(pool.known(value.main) for value in values))
        fault = pool.both(known, pool.is_null(self._compiler.value(node).main))
        return self._all([*parts, self._where(fault, self._fault(node.function))])

    def _fault(self, function: str) -> Bits:
        """Why a built-in has no value for known operands."""
        match function:
            case "divide":
                return self._cause("/", State.DIVISION_BY_ZERO)
            case "add" | "subtract":
                return self._cause("+" if function == "add" else "-", State.OUT_OF_RANGE)
            case _:
                return self._cause(function, State.OUT_OF_RANGE)

    # -------------------------------------------------------------- years

    def _keyed(self, node: c.Keyed) -> Bits:
        pool, compiler = self._pool, self._compiler
        key = compiler.value(node.key)
        at = (node.name, key.main, node.own and key.main.unknown)
        if at in self._found:
            return self._found[at]
        no_year = self._where(key.absent, self._cause(getattr(node.key, "name", node.name), State.NOT_APPLICABLE))
        of_key = self._all([self.of(node.key), no_year])
        value = compiler.value(node)
        fact = compiler.facts.get(node.name)
        if fact is None:
            own = self._published(compiler.parameters[node.name], key.main)
            unknown = self._arithmetic.unknown(value)
            found = self._where(unknown, self._all([own, self._where(pool.is_null(key.main), of_key)]))
        else:
            found = self._fact(fact, value, self._keyed_own(fact, key.main, of_key, own=node.own))
        self._found[at] = found
        return found

    def _years(self, key: Node) -> Sequence[int]:
        if key.null:
            return ()
        if key.high - key.low >= _MOST_YEARS:
            raise Unsupported("reasons of too many years")
        return range(key.low, key.high + 1)

    def _published(self, parameter: c.Parameter, key: Node) -> Bits:
        parts = []
        for year in self._years(key):
            found = parameter.value_for(year)
            if found is None or not found.in_force:
                state = State.NOT_IN_FORCE if found else State.PARAMETER_UNPUBLISHED
                at = self._pool.sure(self._pool.equal(key, self._pool.constant(year)))
                parts.append(self._where(at, self._cause(parameter.name, state, year)))
        return self._all(parts)

    def _keyed_own(self, fact: c.Fact, key: Node, of_key: Bits, *, own: bool) -> Bits:
        """Those of the year, where it is not known whether a plain value answers it; else the fact's own."""
        assert fact.key is not None
        pool = self._pool
        found = self._compiler.stated.answering(fact, key, own=own)
        parts = [self._where(found.key_unclear, of_key), self._where(found.year_unclear, self.named(fact.key))]
        itself = pool.negated(pool.either(found.key_unclear, found.year_unclear))
        no_key = pool.is_null(key)
        if fact.presumed is not None:
            itself = pool.both(itself, pool.pick(no_key, found.unkeyed.said, found.known.said))
        for year in self._years(key):
            at = pool.both(itself, pool.sure(pool.equal(key, pool.constant(year))))
            parts.append(self._where(at, self._cause(fact.name, None, year)))
        parts.append(self._where(pool.both(itself, no_key), self._cause(fact.name, None)))
        return self._all(parts)

    # -------------------------------------------------------------- rows

    def _cell(self, node: c.Cell) -> Bits:
        unknown = self._arithmetic.unknown(self._compiler.value(node))
        return self._where(unknown, self._bit(Cause(node.name, None, None, listed=True)))

    def _list(self, row: str) -> Bits:
        """The reasons of a list that is not known."""
        known = self._compiler.rows.given(row).known
        return self._where(self._pool.negated(known), self._cause(self._compiler.rows.name(row), None))

    def _of_rows(self, row: str, bits: Bits, *, earlier: bool) -> Bits:
        """The bits of any row, or of any earlier row."""
        if not earlier:
            return {word: self._pool.over_rows(Op.BITS_OF_ROWS, row, (node,), 0, node.high) for word, node in bits.items()}
        return self._all({word: self._before(row, node, place)} for word, node in bits.items() for place in range(WORD))

    def _before(self, row: str, node: Node, place: int) -> Node:
        """One bit, where an earlier row has it."""
        pool = self._pool
        if not node.high >> place & 1:
            return pool.zero
        higher = pool.multiply(pool.floor(node, pool.constant(2 << place)), pool.constant(2))
        has = pool.less(pool.zero, pool.subtract(pool.floor(node, pool.constant(1 << place)), higher))
        return pool.bits_where(self._compiler.rows.some(row, has, earlier=True), pool.constant(1 << place))

    def _order(self, row: str) -> Bits:
        """The reasons of the order of a list that is known, where the order is not."""
        order = self._compiler.rows.order(row)
        return {} if order is None else self._of_rows(row, self._cell(order), earlier=False)

    def _aggregate(self, node: c.Aggregate) -> Bits:
        pool, compiler = self._pool, self._compiler
        known = compiler.rows.known(node.row, in_order=node.earlier)
        parts = [self._list(node.row), self._order(node.row) if node.earlier else {}]
        if compiler.rows.given(node.row).known is not pool.no:
            keep = pool.yes if node.where is None else compiler.truth(node.where)
            read = {} if node.where is None else self.of(node.where)
            if node.kind in (c.Aggregation.SOME, c.Aggregation.EVERY):
                inside = self._quantified(node, keep, read)
            else:
                inside = self._all([read, self._where(pool.sure(keep), self.of(node.body))])
            rows = [self._of_rows(node.row, inside, earlier=node.earlier), self._without_value(node, keep)]
            parts.append(self._where(known, self._all(rows)))
        return self._where(self._arithmetic.unknown(compiler.value(node)), self._all(parts))

    def _quantified(self, node: c.Aggregate, keep: Node, read: Bits) -> Bits:
        pool, wanted = self._pool, self._compiler.truth(node.body)
        wanted = wanted if node.kind is c.Aggregation.SOME else pool.negated(wanted)
        return self._where(pool.is_null(pool.both(keep, wanted)), self._all([read, self.of(node.body)]))

    def _without_value(self, node: c.Aggregate, keep: Node) -> Bits:
        """Where rows are all known and yet give no value: one is absent, or there is none."""
        pool, rows = self._pool, self._compiler.rows
        if node.kind in (c.Aggregation.SOME, c.Aggregation.EVERY):
            return {}
        body, kept = self._compiler.value(node.body), pool.sure(keep)
        open_ = pool.either(pool.is_null(keep), pool.both(kept, self._arithmetic.unknown(body)))
        clear = pool.negated(rows.some(node.row, open_, earlier=node.earlier))
        absent = rows.some(node.row, pool.both(kept, body.absent), earlier=node.earlier)
        name = rows.name(node.row)
        parts = [self._where(pool.both(clear, absent), self._cause(name, State.NOT_APPLICABLE))]
        if node.kind not in (c.Aggregation.TOTAL, c.Aggregation.COUNT):
            none = pool.negated(rows.some(node.row, kept, earlier=node.earlier))
            parts.append(self._where(pool.both(clear, pool.negated(absent), none), self._cause(name, State.NO_ROWS)))
        return self._all(parts)

    def _allocate(self, node: c.Allocate) -> Bits:
        pool, compiler, row = self._pool, self._compiler, node.row
        amount, rows = compiler.value(node.amount), compiler.rows
        parts = [self._list(row), self._order(row), self.of(node.amount)]
        if rows.given(row).known is not pool.no:
            keep = pool.yes if node.where is None else compiler.truth(node.where)
            measure, kept = compiler.value(node.measure), pool.sure(keep)
            keeps = pool.negated(rows.some(row, pool.is_null(keep)))
            measures = pool.negated(rows.some(row, pool.both(kept, self._arithmetic.unknown(measure))))
            absent = pool.either(amount.absent, rows.some(row, pool.both(kept, measure.absent)))
            read = {} if node.where is None else self.of(node.where)
            inside = [
                self._of_rows(row, read, earlier=False),
                self._where(keeps, self._of_rows(row, self._where(kept, self.of(node.measure)), earlier=False)),
                self._where(pool.both(keeps, measures, absent), self._cause(rows.name(row), State.NOT_APPLICABLE)),
            ]
            begun = pool.both(rows.known(row, in_order=True), pool.negated(self._arithmetic.unknown(amount)))
            parts.append(self._where(begun, self._all(inside)))
        return self._where(self._arithmetic.unknown(compiler.value(node)), self._all(parts))
