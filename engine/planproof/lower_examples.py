"""The examples of a rule book, bound and typed like the rules beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from planproof import core as c
from planproof import syntax as s
from planproof.authorities import Authorities
from planproof.check import Checker, Rejected
from planproof.diagnostics import did_you_mean
from planproof.scope import Category, Scope, authority_of


def lower_examples(scope: Scope, checker: Checker, authorities: Authorities) -> Iterator[c.Example]:
    """Every example of a scope."""
    examples = _Examples(scope, checker, authorities)
    return (examples.example(declaration) for declaration in scope.examples)


class _Examples:
    def __init__(self, scope: Scope, checker: Checker, authorities: Authorities) -> None:
        self.scope = scope
        self.checker = checker
        self.authorities = authorities

    def example(self, declaration: s.Declaration) -> c.Example:
        """One example; what has no meaning is reported and left out."""
        given: list[c.Given] = []
        expect: list[c.Expectation] = []
        for clause in declaration.clauses:
            with suppress(Rejected):
                match clause:
                    case s.Setting():
                        given.append(self._new(self._given(clause), given))
                    case s.Rows():
                        given.append(self._new(self._rows(clause), given))
                    case s.Expect():
                        expect.append(self._expectation(clause))
                    case _:
                        pass
        return c.Example(
            declaration.name.text, self.authorities.of(authority_of(declaration)), tuple(given), tuple(expect), declaration.name.span
        )

    def _new(self, item: c.Given, before: list[c.Given]) -> c.Given:
        if any((other.name, other.key) == (item.name, item.key) for other in before):
            raise self.checker.reject("given-repeated", f"`{item.name}` is given twice", item.span)
        return item

    def _given(self, node: s.Setting) -> c.Given:
        symbol = self.checker.symbol(node.name)
        if symbol.category in (Category.PARAMETER, Category.COLUMN) or symbol.row:
            raise self.checker.reject(
                "given-misplaced", f"`{symbol.name}` is not given: an example gives facts, rows of lists, and definitions", node.name.span
            )
        if node.key is not None and symbol.key is None:
            raise self.checker.reject("not-keyed", f"`{symbol.name}` has no years", node.name.span)
        value = None if node.value is None else self.checker.literal(node.value, symbol.type).value
        return c.Given(symbol.name, node.key, value, node.value is None, None, node.span)

    def _rows(self, node: s.Rows) -> c.Given:
        declaration = self.scope.lists.get(node.name.text)
        if declaration is None or declaration.subject is None:
            raise self.checker.reject(
                "unknown-name", f"`{node.name.text}` is no list", node.name.span, did_you_mean(node.name.text, self.scope.lists)
            )
        columns = [self.checker.symbol(s.Word(f"{declaration.subject.text}.{word.text}", word.span)) for word in node.columns]
        if len({column.name for column in columns}) < len(columns):
            raise self.checker.reject("given-repeated", "a column stands twice", node.name.span)
        rows = []
        for cells in node.rows:
            if len(cells.values) != len(columns):
                raise self.checker.reject("row-length", f"a row has {len(cells.values)} values for {len(columns)} columns", cells.span)
            pairs = zip(columns, cells.values, strict=True)
            rows.append(tuple((column.name, self.checker.literal(cell, column.type).value) for column, cell in pairs if cell is not None))
        return c.Given(node.name.text, None, None, False, tuple(rows), node.span)

    def _expectation(self, node: s.Expect) -> c.Expectation:
        symbol = self.checker.symbol(node.name)
        if symbol.category is Category.COLUMN or (symbol.row is None) != (node.row is None):
            raise self.checker.reject(
                "row-unbound", f"`{symbol.name}` is expected with `row N` exactly if it is one value a row", node.name.span
            )
        for word in node.unknown_for:
            if word.text not in self.scope.symbols and word.text not in self.scope.lists:
                raise self.checker.reject(
                    "unknown-name", f"nothing is called `{word.text}`", word.span, did_you_mean(word.text, self.scope.symbols)
                )
        value = None if node.value is None else self.checker.literal(node.value, symbol.type).value
        return c.Expectation(symbol.name, node.row, value, node.value is None, tuple(w.text for w in node.unknown_for), node.span)
