"""The core to columns: one quantity for each definition, each expression as the language means it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import assert_never

from planproof import core as c
from planproof.columns.exceptions import Outcomes, chosen, outcomes
from planproof.columns.nodes import Node, Unsupported
from planproof.columns.pool import Pool
from planproof.columns.quantities import Arithmetic, Quantity
from planproof.columns.rows import GivenRows, Rows
from planproof.columns.stated import Given, Key, Stated
from planproof.order import dependencies
from planproof.plan import Asked
from planproof.types import DATE, YEAR, Kind, Type


class Compiler:
    """Compiles names of a rule book over what is given; a name that columns cannot hold raises `Unsupported`."""

    def __init__(
        self,
        core: c.Core,
        arithmetic: Arithmetic,
        given: Mapping[Key, Given],
        rows: Mapping[str, GivenRows],
        asked: Asked,
        refused: Collection[str] = (),
    ) -> None:
        self.arithmetic = arithmetic
        self.pool = arithmetic.pool
        self.asked = asked
        self._core = core
        self._refused = refused
        self.definitions = {definition.name: definition for definition in core.definitions}
        self.facts = {fact.name: fact for fact in core.facts}
        self.parameters = {parameter.name: parameter for parameter in core.parameters}
        self.columns = {column.name: column for listed in core.lists for column in listed.columns}
        self.stated = Stated(arithmetic, given, self.named)
        self.rows = Rows(arithmetic, {listed.row: listed for listed in core.lists}, rows, self.value, self.truth)
        self._found: dict[object, Quantity | str] = {}
        self._types = _types(core)
        self._lists = core.lists
        self._faulty: list[Node] = []
        self._outcomes: dict[str, Outcomes] = {}

    def in_order(self, names: Iterable[str]) -> Iterator[str]:
        """The definitions that names need, each after those that it needs, so that none is compiled deep inside others."""
        reads = dependencies(self._core)
        seen: set[str] = set()
        waiting = [(name, False) for name in names]
        while waiting:
            name, ready = waiting.pop()
            if ready:
                yield name
            elif name not in seen:
                seen.add(name)
                waiting += [(name, True)] * (name in self.definitions)
                waiting += [(other, False) for other in reads.get(name, ()) if other not in seen]

    def prepare(self, names: Iterable[str]) -> None:
        """Compiles what names need, from the bottom; what columns cannot hold is told when it is asked for."""
        for name in self.in_order(names):
            with suppress(Unsupported):
                self.named(name)

    def named(self, name: str) -> Quantity:
        """A definition, a constant parameter, a fact without years, or what is asked."""
        found = self._found.get(name)
        if found is None:
            try:
                found = self._named(name)
            except Unsupported as why:
                found = f"{why}" if str(why).startswith("`") else f"`{name}`: {why}"
            self._found[name] = found
        if isinstance(found, str):
            raise Unsupported(found)
        return found

    def type_of(self, name: str) -> Type:
        """The type of a name."""
        return self._types.get(name) or (YEAR if name == c.ASKED_YEAR else DATE)

    def _named(self, name: str) -> Quantity:
        if name == c.ASKED_YEAR:
            return self._asked(self.asked.year)
        if name == c.ASKED_DATE:
            return self._asked(self.asked.date)
        if name in self.definitions:
            return self._definition(self.definitions[name])
        if name in self.parameters:
            return self.stated.parameter(self.parameters[name], None)
        fact = self._fact(name)
        return self.stated.plain(fact, self._applies(fact))

    def _fact(self, name: str) -> c.Fact:
        if name in self._refused:
            raise Unsupported(f"`{name}`: no column holds a duration")
        return self.facts[name]

    def _asked(self, value: object) -> Quantity:
        found = self.arithmetic.constant(value, truth=False)  # type: ignore[arg-type]
        return self.arithmetic.present(found)

    def _applies(self, fact: c.Fact) -> Node:
        return self.pool.yes if fact.applies is None else self.truth(fact.applies)

    # -------------------------------------------------------------- definitions

    def _definition(self, definition: c.Definition) -> Quantity:
        outer, self.arithmetic.faults = self.arithmetic.faults, []
        outcome = self.outcomes(definition)
        faults = [*self.arithmetic.faults, outcome.none]
        values = []
        for found, branch in zip(outcome.found, definition.branches, strict=True):
            self.arithmetic.faults = []
            values.append(self._whole(definition, self.value(branch.body)))
            faults.append(self.pool.both(found, self.pool.either(*self.arithmetic.faults)))
        self.arithmetic.faults = outer
        value = chosen(self.arithmetic, outcome, values)
        self._faulty.append(self.pool.both(self.arithmetic.unknown(value), self.pool.either(*faults)))
        return value

    def faulty(self) -> Node:
        """Whether what was compiled so far may be in error, or a row of a list does not fulfil what the list demands."""
        checks = [self.pool.sure(self.pool.negated(self.truth(check.test))) for listed in self._lists for check in listed.checks]
        return self.pool.either(*(self.rows.anywhere(node) for node in (*self._faulty, *checks)))

    def too_wide(self, roots: Iterable[Node]) -> Node:
        """Whether a number under some roots needs more bits than a column has."""
        return self.pool.either(*map(self.rows.anywhere, self.pool.too_wide(roots)))

    def outcomes(self, definition: c.Definition) -> Outcomes:
        """Which branches of a definition hold."""
        found = self._outcomes.get(definition.name)
        if found is None:
            exceptions = definition.branches[1:]
            guards = [self.truth(branch.guard) for branch in exceptions if branch.guard is not None]
            over = [frozenset(i for i, other in enumerate(exceptions) if other.label in branch.over) for branch in exceptions]
            found = self._outcomes[definition.name] = outcomes(self.pool, guards, over)
        return found

    def _whole(self, definition: c.Definition, value: Quantity) -> Quantity:
        """What a definition makes of an absent value."""
        if definition.type.optional:
            return value
        if definition.type.kind is Kind.TRUTH:
            return self.arithmetic.whole(self.arithmetic.truth(value))
        return self.arithmetic.present(value)

    # -------------------------------------------------------------- expressions

    def truth(self, node: c.Expression) -> Node:
        """An expression as a condition."""
        return self.arithmetic.truth(self.value(node))

    def _truths(self, nodes: Sequence[c.Expression]) -> list[Node]:
        return [self.truth(node) for node in nodes]

    def value(self, node: c.Expression) -> Quantity:
        """The value of an expression in every row."""
        arithmetic, pool = self.arithmetic, self.pool
        match node:
            case c.Literal(value, type_):
                return arithmetic.constant(value, truth=type_.kind is Kind.TRUTH)
            case c.Named(name):
                return self.named(name)
            case c.Keyed():
                return self._keyed(node)
            case c.Apply(function, operands):
                return arithmetic.apply(function, [self.value(operand) for operand in operands])
            case c.AllOf(operands):
                return arithmetic.whole(pool.both(*self._truths(operands)))
            case c.AnyOf(operands):
                return arithmetic.whole(pool.either(*self._truths(operands)))
            case c.Not(operand):
                return arithmetic.whole(pool.negated(self.truth(operand)))
            case c.IsKnown(operand):
                return arithmetic.whole(pool.negated(arithmetic.unknown(self.value(operand))))
            case c.IsNone(operand):
                read = self.value(operand)
                return arithmetic.whole(pool.pick(arithmetic.unknown(read), pool.unknown_truth, read.absent))
            case c.Cell(_, name):
                return self.named(name) if name in self.definitions else self.rows.column(node, truth=self._truth_column(name))
            case c.Aggregate():
                return self.rows.aggregate(node)
            case c.Allocate():
                return self.rows.allocate(node)
            case _:
                assert_never(node)

    def _truth_column(self, name: str) -> bool:
        return self.columns[name].type.kind is Kind.TRUTH

    def _keyed(self, node: c.Keyed) -> Quantity:
        key = self.arithmetic.present(self.value(node.key))
        at = (node.name, key.main, node.own and key.main.unknown)
        found = self._found.get(at)
        if found is None:
            if node.name in self.facts:
                fact = self._fact(node.name)
                found = self.stated.keyed_fact(fact, self._applies(fact), key, node.own)
            else:
                found = self.stated.parameter(self.parameters[node.name], key)
            self._found[at] = found
        assert isinstance(found, Quantity)
        return found


def arithmetic_of(core: c.Core) -> Arithmetic:
    """Arithmetic over all options of a rule book; options that stand together in a type have codes in that order where they can."""
    types = list(_types(core).values())
    types += [column.type for listed in core.lists for column in listed.columns]
    return Arithmetic(Pool(), tuple(dict.fromkeys(option for type_ in types for option in type_.options)))


def _types(core: c.Core) -> dict[str, Type]:
    items: list[c.Definition | c.Fact | c.Parameter] = [*core.facts, *core.parameters, *core.definitions]
    return {item.name: item.type for item in items}
