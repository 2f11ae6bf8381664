"""What people state and notices publish: facts, lists and parameters, lowered to the core."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from planproof import core as c
from planproof import syntax as s
from planproof.authorities import Authorities
from planproof.check import ORDERED, Bound, Checker, Rejected
from planproof.diagnostics import did_you_mean
from planproof.scope import Scope, authority_of, condition_of, result_of, text_of
from planproof.types import TRUTH, Type
from planproof.values import Value, outside


class StatedLowering:
    """Lowers what is declared as stated; mistakes are collected by the checker."""

    def __init__(self, scope: Scope, checker: Checker, authorities: Authorities) -> None:
        self.scope = scope
        self.checker = checker
        self.authorities = authorities

    def facts(self) -> Iterator[c.Fact]:
        """Every fact."""
        for declaration in self.scope.facts:
            symbol = self.scope.symbols[declaration.name.text]
            between = next((x for x in declaration.clauses if isinstance(x, s.Between)), None)
            low, high = self._range(between, symbol.type)
            applies = condition_of(declaration, "applies_when")
            yield c.Fact(
                symbol.name,
                symbol.type,
                symbol.label,
                text_of(declaration, "asks"),
                text_of(declaration, "answered_by"),
                _changer(declaration),
                symbol.key,
                low,
                high,
                self._test(applies),
                self.scope.text(applies.span) if applies else "",
                self._presumption(declaration, symbol.type, low, high),
                self._phrases(declaration),
                declaration.name.span,
            )

    def _test(self, node: s.Expression | None) -> c.Expression | None:
        if node is None:
            return None
        try:
            return self.checker.test(node)
        except Rejected:
            return c.Literal(True, TRUTH)

    def _presumption(self, declaration: s.Declaration, type_: Type, low: Value, high: Value) -> c.Presumption | None:
        clause = next((x for x in declaration.clauses if isinstance(x, s.Presumed)), None)
        if clause is None:
            return None
        value = self._value(clause.value, type_)
        if outside(value, low, high):
            self.checker.reject("range-missed", "what is presumed is outside the range", clause.value.span)
        return c.Presumption(value, self.authorities.of(clause.authority))

    def _phrases(self, declaration: s.Declaration) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return tuple((x.answer or "", x.phrases) for x in declaration.clauses if isinstance(x, s.Documents))

    def _range(self, between: s.Between | None, type_: Type) -> tuple[Value, Value]:
        if between is None:
            return None, None
        if type_.kind not in ORDERED:
            return None, None
        type_ = Type(type_.kind)
        low, high = self._value(between.low, type_), self._value(between.high, type_)
        if low is not None and high is not None and low > high:  # type: ignore[operator]
            self.checker.reject("range-empty", "the range is empty: its low end is above its high end", between.span)
        return low, high

    def _value(self, node: s.Literal | s.Name, type_: Type) -> Value:
        try:
            return self.checker.literal(node, type_).value
        except Rejected:
            return None

    def lists(self) -> Iterator[c.ListFact]:
        """Every list."""
        for declaration in self.scope.lists.values():
            columns = []
            for node in declaration.clauses:
                if isinstance(node, s.ColumnNode):
                    name = f"{node.row.text}.{node.name.text}"
                    if name in self.scope.symbols:
                        type_ = self.scope.symbols[name].type
                        columns.append(c.Column(name, type_, *self._range(node.between, type_)))
            assert declaration.subject is not None
            order = self._order(declaration.order, columns)
            yield c.ListFact(
                declaration.name.text,
                declaration.subject.text,
                text_of(declaration, "label"),
                text_of(declaration, "asks"),
                text_of(declaration, "answered_by"),
                order,
                tuple(columns),
                tuple(self._checks(declaration, declaration.subject.text)),
                declaration.name.span,
            )

    def _checks(self, declaration: s.Declaration, row: str) -> Iterator[c.RowCheck]:
        for clause in declaration.clauses:
            if isinstance(clause, s.Must):
                with suppress(Rejected):
                    yield c.RowCheck(self.checker.test(clause.expression, Bound(frozenset((row,)), row)), clause.text)

    def _order(self, word: s.Word | None, columns: list[c.Column]) -> str | None:
        if word is None:
            return None
        column = next((column for column in columns if column.name == word.text), None)
        if column is None:
            if word.text not in self.scope.broken:
                names = [column.name for column in columns]
                self.checker.reject("unknown-name", f"`{word.text}` is no column of this list", word.span, did_you_mean(word.text, names))
            return None
        if column.type.optional or column.type.kind not in ORDERED:
            self.checker.reject("type-mismatch", f"rows are not in order of {column.type}: it may be none or has no order", word.span)
        return column.name

    def parameters(self) -> Iterator[c.Parameter]:
        """Every parameter."""
        for declaration in self.scope.parameters:
            symbol = self.scope.symbols[declaration.name.text]
            own = authority_of(declaration)
            values = [
                c.ParameterValue(
                    row.key,
                    self._value(row.value, symbol.type) if row.value else None,
                    row.value is not None,
                    self.authorities.of(row.authority),
                    row.span,
                )
                for row in declaration.clauses
                if isinstance(row, s.Row)
            ]
            constant = result_of(declaration)
            if constant is not None:
                body = constant.body
                if isinstance(body, s.Literal | s.Name):
                    values.append(c.ParameterValue(None, self._value(body, symbol.type), True, self.authorities.of(own), constant.span))
                else:
                    self.checker.reject("literal-needed", "a parameter is a written value", body.span)
            values.sort(key=lambda value: value.key or 0)
            yield c.Parameter(
                symbol.name,
                symbol.type,
                symbol.label,
                symbol.key,
                self.authorities.of(own) if own else None,
                tuple(values),
                declaration.name.span,
            )


def _changer(declaration: s.Declaration) -> str:
    """Who can make a fact otherwise: as it says, else whoever answers it; a plan document is its sponsor's to amend."""
    answerer = text_of(declaration, "answered_by")
    return text_of(declaration, "changed_by") or ("plan sponsor" if answerer == "plan document" else answerer)
