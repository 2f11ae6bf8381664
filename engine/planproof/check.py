"""Expressions bound and typed: names become references, sugar becomes the core, units must fit.

Each expression of the surface tree is elaborated once into a core expression, its type, and whether its value can
be a fraction of its unit (which a definition must then round).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar, assert_never

from planproof import core as c
from planproof import syntax as s
from planproof.diagnostics import Diagnostic, did_you_mean
from planproof.functions import FUNCTIONS, NAMED_FUNCTIONS, TESTS, VARIADIC
from planproof.scope import Scope, Symbol
from planproof.signatures import Typed, article, retyped, signature_of
from planproof.source import Span
from planproof.types import COUNT, TRUTH, YEAR, Kind, Type

_SIGNS = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "negate": "-",
    "equal": "=",
    "unequal": "!=",
    "less": "<",
    "at_most": "<=",
    "greater": ">",
    "at_least": ">=",
    "lesser_of": "lesser of",
    "greater_of": "greater of",
}
ORDERED = frozenset((Kind.MONEY, Kind.RATE, Kind.NUMBER, Kind.COUNT, Kind.DATE, Kind.YEAR))
_SUMMED = frozenset((Kind.MONEY, Kind.RATE, Kind.NUMBER, Kind.COUNT))


T = TypeVar("T")


class Rejected(Exception):
    """An expression that has no meaning; the diagnostic is already reported."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The rows that are bound where an expression stands; `own` is the row of the definition itself."""

    bound: frozenset[str] = frozenset()
    own: str | None = None
    nested: bool = False

    def inside(self, row: str) -> Bound:
        """The same place, inside an aggregate over a list."""
        return Bound(self.bound | {row}, self.own, nested=True)


class Checker:
    """Elaborates expressions in a scope and collects what is wrong."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.diagnostics: list[Diagnostic] = []

    def reject(self, code: str, message: str, span: Span | None, advice: str | None = None) -> Rejected:
        """Report, and give back the exception to raise."""
        self.diagnostics.append(Diagnostic(code, message, span, advice))
        return Rejected()

    # -------------------------------------------------------------- entry points

    def expect(self, node: s.Expression, type_: Type, rows: Bound = Bound()) -> Typed:
        """The expression, which must be of the type."""
        return self.fit(self.expression(node, rows, type_), type_, node.span)

    def test(self, node: s.Expression, rows: Bound = Bound()) -> c.Expression:
        """The expression, which must be yes or no."""
        return self.expect(node, TRUTH, rows).core

    def fit(self, typed: Typed, wanted: Type, span: Span) -> Typed:
        """The expression as a value of the wanted type; a whole number may become a year or a number."""
        have = typed.type
        if have.kind is wanted.kind and (have.kind is not Kind.CHOICE or set(have.options) <= set(wanted.options)):
            return typed
        if have.kind is Kind.COUNT and (wanted.kind is Kind.NUMBER or (wanted.kind is Kind.YEAR and typed.bare)):
            return Typed(retyped(typed.core, wanted), wanted, typed.fraction, typed.bare)
        if have.kind is Kind.CHOICE and wanted.kind is Kind.CHOICE:
            raise self.reject("type-mismatch", "the options differ", span, f"here the options are {', '.join(wanted.options)}")
        help_ = "write `$5` or `5%`" if typed.bare and wanted.kind in (Kind.MONEY, Kind.RATE) else None
        raise self.reject("type-mismatch", f"this is {article(have)}, and {article(wanted)} is needed here", span, help_)

    def literal(self, node: s.Literal | s.Name, wanted: Type) -> c.Literal:
        """A written value of the wanted type; `none` only where the type has it."""
        if isinstance(node, s.Literal) and node.kind is Kind.NONE:
            if not wanted.optional:
                raise self.reject("type-mismatch", f"`none` is no {wanted}", node.span)
            return c.Literal(None, wanted)
        core = self.expect(node, wanted).core
        if not isinstance(core, c.Literal):
            raise self.reject("literal-needed", "a written value is needed here, not a name", node.span)
        return core

    # -------------------------------------------------------------- expressions

    def expression(self, node: s.Expression, rows: Bound, wanted: Type | None = None) -> Typed:
        """Elaborate one expression; `wanted` only helps to read the options of a choice."""
        match node:
            case s.Literal():
                return self._literal(node, wanted)
            case s.Name():
                return self._name(node, rows, wanted)
            case s.For():
                return self._for(node, rows)
            case s.Operation():
                return self._operation(node, rows)
            case s.Both():
                return Typed(c.AllOf(self._tests(node.operands, rows)), TRUTH)
            case s.Either():
                return Typed(c.AnyOf(self._tests(node.operands, rows)), TRUTH)
            case s.Negation():
                return Typed(c.Not(self.test(node.operand, rows)), TRUTH)
            case s.Within():
                at_least = self._apply("at_least", [node.operand, node.low], rows, node.span)
                at_most = self._apply("at_most", [node.operand, node.high], rows, node.span)
                return Typed(c.AllOf((at_least.core, at_most.core)), TRUTH)
            case s.OneOf():
                return self._one_of(node, rows)
            case s.KnownTest():
                return Typed(c.IsKnown(self.expression(node.operand, rows).core), TRUTH)
            case s.NoneTest():
                return self._none_test(node, rows)
            case s.Quantified():
                return self._quantified(node, rows)
            case s.SomePath():
                return self._some_path(node)
            case s.Aggregated():
                return self._aggregated(node, rows)
            case s.Spread():
                return self._spread(node, rows)
            case _:
                assert_never(node)

    def _tests(self, nodes: tuple[s.Expression, ...], rows: Bound) -> tuple[c.Expression, ...]:
        return tuple(self._each([partial(self.test, node, rows) for node in nodes]))

    def _each(self, parts: list[Callable[[], T]]) -> list[T]:
        """Every part, or, after all are tried, a rejection: so that each says what is wrong with it."""
        found: list[T] = []
        for part in parts:
            with suppress(Rejected):
                found.append(part())
        if len(found) < len(parts):
            raise Rejected
        return found

    def _literal(self, node: s.Literal, wanted: Type | None) -> Typed:
        if node.kind is Kind.NONE:
            if wanted is not None and wanted.optional:
                return Typed(c.Literal(None, wanted), wanted)
            raise self.reject("none-test", "`none` is compared with `is none`", node.span, "write `... is none` or `not ... is none`")
        if node.kind is Kind.DATE and node.value is None:
            raise self.reject("bad-date", "there is no such date", node.span)
        if node.kind is not Kind.CHOICE:
            return Typed(c.Literal(node.value, Type(node.kind)), Type(node.kind), bare=node.kind is Kind.COUNT)
        if wanted is None or wanted.kind is not Kind.CHOICE:
            raise self.reject("text-misplaced", "a text is an option of a choice, and no choice is meant here", node.span)
        return self._option(str(node.value), node.span, wanted)

    def _option(self, text: str, span: Span, wanted: Type) -> Typed:
        if text == "unknown":
            raise self._unknown_test(span)
        if text not in wanted.options:
            raise self.reject(
                "unknown-option", f"`{text}` is not one of {', '.join(wanted.options)}", span, did_you_mean(text, wanted.options)
            )
        return Typed(c.Literal(text, wanted), wanted)

    # -------------------------------------------------------------- names

    def _name(self, node: s.Name, rows: Bound, wanted: Type | None) -> Typed:
        symbol = self.scope.symbols.get(node.text)
        if symbol is None and wanted is not None and wanted.kind is Kind.CHOICE:
            return self._option(node.text, node.span, wanted)
        symbol = symbol or self._unknown_name(node.text, node.span)
        return Typed(self._reference(symbol, rows, node.span), symbol.type)

    def symbol(self, word: s.Word) -> Symbol:
        """The symbol of a name, or a diagnostic."""
        return self.scope.symbols.get(word.text) or self._unknown_name(word.text, word.span)

    def _unknown_test(self, span: Span) -> Rejected:
        return self.reject("unknown-test", "nothing equals unknown", span, "write `... is known` or `not ... is known`")

    def _unknown_name(self, text: str, span: Span) -> Symbol:
        if text in self.scope.broken or text.split(".")[0] in self.scope.broken:
            raise Rejected
        if text == "unknown":
            raise self._unknown_test(span)
        if text in ("true", "false"):
            raise self.reject("unknown-name", f"`{text}` is no value", span, "write `yes` or `no`")
        raise self.reject("unknown-name", f"nothing is called `{text}`", span, did_you_mean(text, self.scope.symbols))

    def _reference(self, symbol: Symbol, rows: Bound, span: Span) -> c.Expression:
        if symbol.row:
            if symbol.row not in rows.bound:
                raise self.reject(
                    "row-unbound",
                    f"`{symbol.name}` is one value a row",
                    span,
                    f"use it inside `total of (... for each {symbol.row})` or in `define {symbol.row}....`",
                )
            return c.Cell(symbol.row, symbol.name)
        if symbol.key:
            return c.Keyed(symbol.name, c.Named(symbol.key), own=True)
        return c.Named(symbol.name)

    def _for(self, node: s.For, rows: Bound) -> Typed:
        symbol = self.symbol(node.name)
        if symbol.key is None:
            raise self.reject(
                "not-keyed", f"`{symbol.name}` has no years", node.span, "only a fact or parameter declared `by` a year is read `for` one"
            )
        key = self.expect(node.key, YEAR, rows).core
        return Typed(c.Keyed(symbol.name, key, own=key == c.Named(symbol.key)), symbol.type)

    # -------------------------------------------------------------- operations

    def _operation(self, node: s.Operation, rows: Bound) -> Typed:
        name = node.function.text
        if name not in FUNCTIONS or (name not in _SIGNS and name not in NAMED_FUNCTIONS):
            raise self.reject(
                "unknown-function",
                f"there is no built-in `{name}`",
                node.function.span,
                did_you_mean(name, NAMED_FUNCTIONS) or f"the built-ins are {', '.join(NAMED_FUNCTIONS)}",
            )
        return self._apply(name, list(node.operands), rows, node.span)

    def _apply(self, name: str, nodes: list[s.Expression], rows: Bound, span: Span) -> Typed:
        operands = self._operands(name, nodes, rows)
        if name in VARIADIC:
            return self._fold(name, operands, span)
        if name in ("equal", "unequal") and operands[0].type.kind is Kind.CHOICE:
            right = self.fit(operands[1], operands[0].type, nodes[1].span)
            return Typed(c.Apply(name, (operands[0].core, right.core)), TRUTH)
        signature = signature_of(name, operands)
        if signature is None:
            raise self._no_signature(name, operands, span)
        cores = tuple(retyped(o.core, Type(kind)) for o, kind in zip(operands, signature.parameters, strict=True))
        fraction = (signature.fraction or any(o.fraction for o in operands)) and name not in TESTS
        bare = name in ("add", "subtract", "multiply", "negate") and all(o.bare for o in operands)
        return Typed(c.Apply(name, cores), Type(signature.result), fraction, bare)

    def _operands(self, name: str, nodes: list[s.Expression], rows: Bound) -> list[Typed]:
        if name not in ("equal", "unequal"):
            return self._each([partial(self.expression, node, rows) for node in nodes])
        left, right = nodes
        if isinstance(left, s.Name | s.Literal) and self._is_option(left):
            if isinstance(left, s.Name) and isinstance(right, s.Name) and self._is_option(right):
                self._unknown_name(left.text, left.span)
            other = self.expression(right, rows)
            return [self.expression(left, rows, replace(other.type, optional=False)), other]
        first = self.expression(left, rows)
        return [first, self.expression(right, rows, replace(first.type, optional=False))]

    def _is_option(self, node: s.Name | s.Literal) -> bool:
        if isinstance(node, s.Literal):
            return node.kind is Kind.CHOICE
        return node.text not in self.scope.symbols and node.text not in self.scope.broken

    def _fold(self, name: str, operands: list[Typed], span: Span) -> Typed:
        signature = signature_of(name, operands[:2])
        for operand in operands[2:]:
            if signature is not None:
                signature = signature_of(name, [Typed(operand.core, Type(signature.result)), operand])
        if signature is None:
            raise self._no_signature(name, operands, span)
        result = Type(signature.result)
        return Typed(c.Apply(name, tuple(retyped(o.core, result) for o in operands)), result, any(o.fraction for o in operands))

    def _no_signature(self, name: str, operands: list[Typed], span: Span) -> Rejected:
        kinds = [article(operand.type) for operand in operands]
        listed = " and ".join(kinds) if len(kinds) < 3 else ", ".join(kinds)
        written = _SIGNS.get(name, name)
        bare = any(o.bare for o in operands) and any(o.type.kind in (Kind.MONEY, Kind.RATE) for o in operands)
        return self.reject("type-mismatch", f"`{written}` does not take {listed}", span, "write `$5` or `5%`" if bare else None)

    def _one_of(self, node: s.OneOf, rows: Bound) -> Typed:
        operand = self.expression(node.operand, rows)
        if operand.type.kind is not Kind.CHOICE:
            raise self.reject("type-mismatch", f"`is one of` takes a choice, and this is {article(operand.type)}", node.operand.span)
        tests = [c.Apply("equal", (operand.core, self._option(word.text, word.span, operand.type).core)) for word in node.options]
        return Typed(c.AnyOf(tuple(tests)) if len(tests) > 1 else tests[0], TRUTH)

    def _none_test(self, node: s.NoneTest, rows: Bound) -> Typed:
        return Typed(c.IsNone(self.expression(node.operand, rows).core), TRUTH)

    # -------------------------------------------------------------- paths and rows

    def _some_path(self, node: s.SomePath) -> Typed:
        names = [f"{path.name.text}.{node.phase.text}" for path in self.scope.paths]
        opened = [c.Named(name) for name in sorted(names) if name in self.scope.symbols]
        if node.phase.text not in self.scope.phases:
            raise self.reject(
                "unknown-phase",
                f"`{node.phase.text}` is no phase of the verdict",
                node.phase.span,
                did_you_mean(node.phase.text, self.scope.phases),
            )
        if not opened:
            raise self.reject("phase-empty", f"no path opens in `{node.phase.text}`", node.phase.span)
        return Typed(c.AnyOf(tuple(opened)) if len(opened) > 1 else opened[0], TRUTH)

    def _row(self, word: s.Word) -> str:
        if word.text in self.scope.broken:
            raise Rejected
        if word.text not in self.scope.rows:
            raise self.reject("unknown-row", f"`{word.text}` names no row of a list", word.span, did_you_mean(word.text, self.scope.rows))
        return word.text

    def _quantified(self, node: s.Quantified, rows: Bound) -> Typed:
        row = self._row(node.row)
        inside = rows.inside(row)
        where = self.test(node.where, inside) if node.where else None
        if node.quantifier == "every":
            assert node.has is not None
            return Typed(c.Aggregate(c.Aggregation.EVERY, row, self.test(node.has, inside), where), TRUTH)
        assert where is not None
        some = c.Aggregate(c.Aggregation.SOME, row, where)
        return Typed(c.Not(some) if node.quantifier == "no" else some, TRUTH)

    def _aggregated(self, node: s.Aggregated, rows: Bound) -> Typed:
        row = self._row(node.row)
        if node.earlier and (rows.own != row or self.scope.rows[row].order is None):
            raise self.reject(
                "earlier-misplaced",
                f"`each earlier {row}` needs a definition of each {row} and a list `in order of` a column",
                node.row.span,
            )
        inside = rows.inside(row)
        where = self.test(node.where, inside) if node.where else None
        if node.body is None:
            return Typed(c.Aggregate(c.Aggregation.COUNT, row, c.Literal(1, COUNT), where, node.earlier), COUNT)
        body = self.expression(node.body, inside)
        kind = c.Aggregation(node.kind)
        if body.type.kind not in (ORDERED if kind in (c.Aggregation.HIGHEST, c.Aggregation.LOWEST) else _SUMMED):
            raise self.reject("type-mismatch", f"`{node.kind} of` does not take {article(body.type)}", node.body.span)
        average = kind is c.Aggregation.AVERAGE
        result = Type(Kind.NUMBER) if average and body.type.kind is Kind.COUNT else Type(body.type.kind)
        return Typed(c.Aggregate(kind, row, body.core, where, node.earlier), result, body.fraction or average)

    def _spread(self, node: s.Spread, rows: Bound) -> Typed:
        row = self._row(node.row) if node.row else rows.own
        if row is None or rows.own != row or rows.nested:
            raise self.reject(
                "allocation-misplaced", "an allocation gives one share a row, and stands in a definition of that row", node.span
            )
        if node.kind == "fill" and self.scope.rows[row].order is None:
            raise self.reject("allocation-misplaced", f"to fill each {row} the list must be `in order of` a column", node.span)
        measure = self.expression(node.measure, rows)
        kind = Kind.RATE if node.kind == "level" and measure.type.kind is Kind.RATE else Kind.MONEY
        measure = self.fit(measure, Type(kind), node.measure.span)
        amount = self.expect(node.amount, Type(kind), Bound(rows.bound - {row}, None))
        where = self.test(node.where, rows) if node.where else None
        if kind is Kind.RATE:
            return Typed(c.Allocate(c.Allocation.LEVEL_EXACTLY, row, amount.core, measure.core, where), Type(kind), fraction=True)
        if amount.fraction or measure.fraction:
            raise self.reject(
                "rounding-missing",
                "an allocation takes whole cents",
                node.span,
                "name the amount in a definition of its own, and round it there",
            )
        return Typed(c.Allocate(c.Allocation(node.kind), row, amount.core, measure.core, where), Type(kind))
