"""lark's trees to nodes of the surface tree. With `parse`, the one door to lark."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from lark import Token, Tree

from planproof import syntax as s
from planproof.source import Source, Span
from planproof.types import Kind
from planproof.values import duration, parse_date, parse_money, parse_number, parse_rate

LarkTree: TypeAlias = Tree[Token]

_COMPARATORS = {"=": "equal", "!=": "unequal", "<": "less", "<=": "at_most", ">": "greater", ">=": "at_least"}
_KEYWORD_OF = {"source": "authority"}
_ANSWERER = re.compile(r"\s+")


def _is(node: LarkTree | Token, name: str) -> bool:
    return isinstance(node, Tree) and node.data == name


class Reader:
    """Turns one lark tree into nodes; a method's name is the grammar's rule."""

    def __init__(self, source: Source, offset: int) -> None:
        self._source = source
        self._offset = offset

    # -------------------------------------------------------------- helpers

    def _span(self, node: LarkTree | Token) -> Span:
        if isinstance(node, Token):
            start, end = node.start_pos or 0, node.end_pos or 0
        else:
            start, end = getattr(node.meta, "start_pos", 0), getattr(node.meta, "end_pos", 0)
        text = self._source.text
        while start < end and text[self._offset + start].isspace():
            start += 1
        return self._source.span(self._offset + start, self._offset + end)

    def _word(self, token: Any) -> s.Word:
        text = str(token)
        if token.type == "AUTHORITY":
            text = text.removeprefix("authority").strip()
        return s.Word(text[1:-1] if token.type == "STRING" else text, self._span(token))

    def _one(self, node: LarkTree, name: str) -> LarkTree | None:
        return next((child for child in node.children if isinstance(child, Tree) and child.data == name), None)

    def _joined(self, tokens: list[Any]) -> str:
        return " ".join(str(token)[1:-1] for token in tokens)

    # -------------------------------------------------------------- declarations

    def declaration(self, tree: LarkTree) -> s.Declaration:
        """The declaration of a tree."""
        keyword = _KEYWORD_OF.get(str(tree.data), str(tree.data))
        heads: list[s.Word] = []
        type_: s.TypeNode | None = None
        order: s.Word | None = None
        clauses: list[s.Clause] = []
        for child in tree.children:
            if isinstance(child, Token):
                heads.append(self._word(child))
            elif child.data == "type":
                type_ = self.type(child)
            elif child.data == "keyed_by":
                heads.append(self._word(child.children[0]))
            elif child.data == "ordered_by":
                order = self._word(child.children[0])
            elif child.data in ("given", "expect"):
                clauses.extend(self.clause(item) for item in child.children if isinstance(item, Tree))
            else:
                clauses.append(self.clause(child))
        if keyword == "exception":
            clauses = [self._except(tree, heads[0], clauses)]
        return s.Declaration(keyword, heads[0], type_, heads[1] if len(heads) > 1 else None, order, tuple(clauses), self._span(tree))

    def _except(self, tree: LarkTree, label: s.Word, clauses: list[s.Clause]) -> s.Except:
        return s.Except(label, tuple(clauses), self._span(tree))

    def type(self, tree: LarkTree) -> s.TypeNode:
        """The type as written."""
        plain = tree.children[0]
        assert isinstance(plain, Tree)
        optional = len(tree.children) > 1
        if plain.data == "truth_type":
            return s.TypeNode("yes/no", (), optional, self._span(tree))
        if plain.data == "named_type":
            return s.TypeNode(str(plain.children[0]), (), optional, self._span(tree))
        return s.TypeNode("choice", self._options(plain.children), optional, self._span(tree))

    def _options(self, nodes: list[Any]) -> tuple[s.Word, ...]:
        return tuple(self._word(node.children[0]) for node in nodes if _is(node, "option"))

    # -------------------------------------------------------------- clauses

    def clause(self, tree: LarkTree) -> s.Clause:
        """The clause of a tree, by the method of its name."""
        name = str(tree.data).rstrip("_")
        make: Callable[[LarkTree], s.Clause] = getattr(self, f"_clause_{name}")
        return make(tree)

    def _text_clause(self, tree: LarkTree) -> s.Text:
        return s.Text(str(tree.data), self._joined(tree.children), self._span(tree))

    _clause_label = _clause_asks = _clause_says = _text_clause

    def _clause_severity(self, tree: LarkTree) -> s.Text:
        return s.Text("severity", str(tree.children[0]), self._span(tree))

    def _who_clause(self, tree: LarkTree) -> s.Text:
        return s.Text(str(tree.data), _ANSWERER.sub(" ", str(tree.children[0])), self._span(tree))

    _clause_answered_by = _clause_changed_by = _who_clause

    def _clause_authority(self, tree: LarkTree) -> s.Authority:
        standing = self._one(tree, "standing")
        node = self._clause_standing(standing) if standing else None
        text = str(tree.children[0]).strip().removeprefix("cites").strip()
        return s.Authority(text, node, self._span(tree))

    def _clause_standing(self, tree: LarkTree) -> s.Standing:
        return s.Standing(self._word(tree.children[0]), self._joined(tree.children[1:]), self._span(tree))

    def _clause_published(self, tree: LarkTree) -> s.Published:
        token, standing = tree.children[0], self._one(tree, "standing")
        day = s.Literal(parse_date(str(token)), Kind.DATE, self._span(token))
        return s.Published(day, self._clause_standing(standing) if standing else None, self._span(tree))

    def _authority(self, tree: LarkTree) -> s.Authority | None:
        found = self._one(tree, "authority_here")
        return self._clause_authority(found) if found else None

    def _names_clause(self, tree: LarkTree) -> s.Names:
        listed = tree.children[0]
        assert isinstance(listed, Tree)
        return s.Names(str(tree.data), tuple(self._word(word) for word in listed.children), self._span(tree))

    _clause_phases = _clause_amounts = _clause_over = _names_clause

    def _clause_between(self, tree: LarkTree) -> s.Between:
        low, high = (self._literal(child) for child in tree.children)
        return s.Between(low, high, self._span(tree))

    def _clause_applies_when(self, tree: LarkTree) -> s.Condition:
        when = tree.children[0]
        assert isinstance(when, Tree)
        return s.Condition("applies_when", self.expression(when.children[0]), self._span(tree))

    def _condition_clause(self, tree: LarkTree) -> s.Condition:
        return s.Condition(str(tree.data), self.expression(tree.children[0]), self._span(tree))

    _clause_when = _condition_clause

    def _clause_presumed(self, tree: LarkTree) -> s.Presumed:
        value = self._value(tree.children[0])
        assert value is not None
        return s.Presumed(value, self._authority(tree), self._span(tree))

    def _clause_documents(self, tree: LarkTree) -> s.Documents:
        inner = tree.children[0]
        assert isinstance(inner, Tree)
        listed = inner.children[-1]
        assert isinstance(listed, Tree)
        answer = None
        if inner.data == "say":
            node = inner.children[0]
            answer = self._source.text[self._span(node).start : self._span(node).end].strip('"')
        return s.Documents(answer, tuple(self._word(word).text for word in listed.children), self._span(tree))

    def _clause_column(self, tree: LarkTree) -> s.ColumnNode:
        row, name, type_, *rest = tree.children
        assert isinstance(type_, Tree)
        between = self._clause_between(rest[0]) if rest and isinstance(rest[0], Tree) else None
        return s.ColumnNode(self._word(row), self._word(name), self.type(type_), between, self._span(tree))

    def _clause_must(self, tree: LarkTree) -> s.Must:
        expression, *texts = tree.children
        return s.Must(self.expression(expression), self._joined(texts), self._span(tree))

    def _clause_row(self, tree: LarkTree) -> s.Row:
        value = tree.children[1]
        literal = None if _is(value, "not_in_force") else self._literal(value)
        return s.Row(int(str(tree.children[0])), literal, self._authority(tree), self._span(tree))

    def _clause_result(self, tree: LarkTree) -> s.ResultNode:
        limits = {str(child.data): child for child in tree.children[1:] if isinstance(child, Tree)}
        rounding = limits.get("rounded")
        return s.ResultNode(
            self.expression(tree.children[0]),
            self.expression(limits["floor"].children[0]) if "floor" in limits else None,
            self.expression(limits["ceiling"].children[0]) if "ceiling" in limits else None,
            self._rounding(rounding) if rounding else None,
            self._span(tree),
        )

    _clause_costs = _clause_result

    def _rounding(self, tree: LarkTree) -> s.Rounding:
        direction, step = tree.children
        literal = s.Literal(1, Kind.MONEY, self._span(step)) if isinstance(step, Token) else self._literal(step)
        return s.Rounding(" ".join(str(direction).split()), literal, self._span(tree))

    def _clause_except(self, tree: LarkTree) -> s.Except:
        label = tree.children[0]
        clauses = [self.clause(child) for child in tree.children[1:] if isinstance(child, Tree)]
        return self._except(tree, self._word(label), clauses)

    def _clause_effective(self, tree: LarkTree) -> s.Effective:
        dates = [s.Literal(parse_date(str(token)), Kind.DATE, self._span(token)) for token in tree.children]
        return s.Effective(dates[0], dates[1] if len(dates) > 1 else None, self._span(tree))

    def _clause_open(self, tree: LarkTree) -> s.Requires:
        when = self._one(tree, "when")
        guard = self.expression(when.children[0]) if when else None
        return s.Requires(self._word(tree.children[0]), guard, self._authority(tree), self._span(tree))

    def _clause_requires(self, tree: LarkTree) -> s.Requires:
        return s.Requires(None, self.expression(tree.children[0]), self._authority(tree), self._span(tree))

    def _consequence(self, tree: LarkTree) -> s.Consequence:
        result = self._clause_result(tree)
        parts = [self._span(child) for child in tree.children if not _is(child, "authority_here")]
        amount = self._source.span(parts[0].start, parts[-1].end)
        return s.Consequence(str(tree.data), replace(result, span=amount), self._authority(tree), self._span(tree))

    _clause_taxes = _clause_withholds = _consequence

    def _clause_note(self, tree: LarkTree) -> s.Note:
        kind, *rest = tree.children
        texts = [token for token in rest if isinstance(token, Token)]
        return s.Note(str(kind), self._joined(texts), self._authority(tree), self._span(tree))

    def _clause_remedy(self, tree: LarkTree) -> s.RemedyNode:
        by, *rest = tree.children
        condition = self._one(tree, "remedy_if")
        texts = [token for token in rest if isinstance(token, Token)]
        return s.RemedyNode(
            _ANSWERER.sub(" ", str(by)),
            self._joined(texts),
            self.expression(condition.children[0]) if condition else None,
            self._span(tree),
        )

    # -------------------------------------------------------------- examples

    def _clause_setting(self, tree: LarkTree) -> s.Setting:
        name, *rest = tree.children
        key = int(str(rest[0])) if isinstance(rest[0], Token) else None
        return s.Setting(self._word(name), key, self._value(rest[-1]), self._span(tree))

    def _clause_rows(self, tree: LarkTree) -> s.Rows:
        name, columns, *tuples = tree.children
        if _is(columns, "no_rows"):
            return s.Rows(self._word(name), (), (), self._span(tree))
        assert isinstance(columns, Tree)
        rows = tuple(s.Cells(tuple(self._value(cell) for cell in row.children), self._span(row)) for row in tuples if isinstance(row, Tree))
        return s.Rows(self._word(name), tuple(self._word(token) for token in columns.children), rows, self._span(tree))

    def _clause_expectation(self, tree: LarkTree) -> s.Expect:
        name, *rest = tree.children
        row = int(str(rest[0])) if isinstance(rest[0], Token) else None
        value = rest[0] if row is None else rest[1]
        missing = self._one(tree, "unknown_for")
        words = tuple(self._word(token) for token in missing.children) if missing else ()
        return s.Expect(self._word(name), row, self._value(value), words, self._span(tree))

    def _value(self, node: Any) -> s.Literal | s.Name | None:
        if node.data == "unknown":
            return None
        if node.data == "choice":
            return s.Name(str(node.children[0]), self._span(node))
        return self._literal(node)

    # -------------------------------------------------------------- expressions

    def _literal(self, node: Any) -> s.Literal:
        text = str(node.children[0]) if node.children else ""
        span = self._span(node)
        match node.data:
            case "money":
                return s.Literal(parse_money(text), Kind.MONEY, span)
            case "rate":
                return s.Literal(parse_rate(text), Kind.RATE, span)
            case "number":
                return s.Literal(parse_number(text), Kind.NUMBER, span)
            case "integer":
                return s.Literal(int(text), Kind.COUNT, span)
            case "yes" | "no":
                return s.Literal(node.data == "yes", Kind.TRUTH, span)
            case "none":
                return s.Literal(None, Kind.NONE, span)
            case "date":
                return s.Literal(parse_date(text), Kind.DATE, span)
            case "string":
                return s.Literal(text[1:-1], Kind.CHOICE, span)
            case _:
                return s.Literal(duration(int(text), str(node.children[1])), Kind.DURATION, span)

    def expression(self, node: Any) -> s.Expression:
        """The expression node of a lark tree; the arms are the grammar's expression rules."""
        span = self._span(node)
        children = node.children
        match str(node.data):
            case "name":
                return s.Name(str(children[0]), span)
            case "keyed":
                return s.For(self._word(children[0]), self._key(children[1]), span)
            case "or_":
                return s.Either(self._all(children), span)
            case "and_":
                return s.Both(self._all(children), span)
            case "not_":
                return s.Negation(self.expression(children[0]), span)
            case "compare":
                function = s.Word(_COMPARATORS[str(children[1])], self._span(children[1]))
                return s.Operation(function, self._all([children[0], children[2]]), span)
            case "add" | "subtract" | "multiply" | "divide" as operator:
                return s.Operation(s.Word(operator, span), self._all(children), span)
            case "negative":
                return s.Operation(s.Word("negate", span), self._all(children), span)
            case "within":
                low, middle, high = self._all(children)
                return s.Within(low, middle, high, span)
            case "one_of":
                return s.OneOf(self.expression(children[0]), self._options(children), span)
            case "is_known":
                return s.KnownTest(self.expression(children[0]), span)
            case "is_none":
                return s.NoneTest(self.expression(children[0]), span)
            case "extremum":
                return s.Operation(s.Word(f"{children[0]}_of", self._span(children[0])), self._all(children[1:]), span)
            case "call":
                return s.Operation(self._word(children[0]), self._all(children[1:]), span)
            case "quantified" | "every" | "every_where" | "some_path" | "aggregate" | "count" | "fill" | "level" as rule:
                return self._rows_expression(rule, node, span)
            case _:
                return self._literal(node)

    def _all(self, nodes: list[Any]) -> tuple[s.Expression, ...]:
        return tuple(self.expression(node) for node in nodes if isinstance(node, Tree))

    def _key(self, node: Any) -> s.Expression:
        if isinstance(node, Token):
            return s.Literal(int(str(node)), Kind.YEAR, self._span(node))
        return self.expression(node)

    def _rows_expression(self, rule: str, node: LarkTree, span: Span) -> s.Expression:
        children: list[Any] = node.children
        match rule:
            case "quantified":
                return s.Quantified(str(children[0]), self._word(children[1]), self.expression(children[2]), None, span)
            case "every":
                return s.Quantified("every", self._word(children[0]), None, self.expression(children[1]), span)
            case "every_where":
                where, has = self._all(children[1:])
                return s.Quantified("every", self._word(children[0]), where, has, span)
            case "some_path":
                return s.SomePath(self._word(children[0]), span)
            case "fill":
                amount, row, measure = children
                return s.Spread("fill", self._word(row), self.expression(amount), self.expression(measure), None, span)
            case "level":
                measure, amount = self._all(children[:2])
                return s.Spread("level", None, amount, measure, self._where(node), span)
            case "count":
                return self._aggregated("count", None, node, span)
            case _:
                return self._aggregated(str(children[0]), self.expression(children[1]), node, span)

    def _aggregated(self, kind: str, body: s.Expression | None, node: LarkTree, span: Span) -> s.Aggregated:
        each = self._one(node, "each_row")
        assert each is not None
        return s.Aggregated(kind, body, self._word(each.children[-1]), len(each.children) > 1, self._where(node), span)

    def _where(self, node: LarkTree) -> s.Expression | None:
        where = self._one(node, "where")
        return self.expression(where.children[0]) if where else None
