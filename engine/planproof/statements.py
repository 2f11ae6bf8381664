"""Validated trees to statements: every value exact, with its state, evidence and place."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from planproof import core as c
from planproof.core import Column, Fact, ListFact
from planproof.diagnostics import Diagnostic, clip, did_you_mean
from planproof.plan import Amendment, Claim, Document, Evidence, Facts, Group, Key, Plan, RowsStatement, Statement
from planproof.rulebook import Rulebook
from planproof.schema import matches
from planproof.source import Source, Span
from planproof.types import Kind, Type, shown
from planproof.values import State, Value, duration, outside, parse_date, parse_money, parse_number, parse_rate
from planproof.yaml_text import Mapping, Node, Scalar, Sequence

NO_GROUP = "none"

# ------------------------------------------------------------------ plain values


def parse_value(type_: Type, text: str) -> tuple[bool, Value]:
    """Whether a text is a value of the type, and the value."""
    match type_.kind:
        case _ if text == "none" and type_.optional:
            return True, None
        case Kind.TRUTH:
            return text in ("yes", "no"), text == "yes"
        case Kind.CHOICE:
            return text in type_.options, text
        case kind if not matches(kind, text):
            return False, None
        case Kind.MONEY:
            return _found(parse_money(text))
        case Kind.RATE:
            return _found(parse_rate(text))
        case Kind.DATE:
            return _found(parse_date(text))
        case Kind.NUMBER:
            return _found(parse_number(text))
        case Kind.COUNT | Kind.YEAR:
            return True, int(text)
        case Kind.DURATION:
            number, unit = text.split(" ")
            return True, duration(int(number), unit)
        case _:
            return False, None


def _found(value: Value) -> tuple[bool, Value]:
    return value is not None, value


_EXPECTED = {
    Kind.MONEY: ("an amount of money", "write 5000, 5000.50 or $5,000.50"),
    Kind.RATE: ("a rate", "a rate is written with `%`: 7.5%"),
    Kind.DATE: ("a date", "write year-month-day: 2026-07-01"),
}


def expected(type_: Type) -> tuple[str, str | None]:
    """What a text of a type must be, as a noun, and how to write it."""
    words = ["unknown", *(["none"] if type_.optional else [])]
    if type_.kind is Kind.TRUTH:
        return f"one of {', '.join(['yes', 'no', *words])}", None
    if type_.kind is Kind.CHOICE:
        return f"one of {', '.join([*type_.options, *words])}", None
    return _EXPECTED.get(type_.kind, (f"a {type_.kind}", None))


# ------------------------------------------------------------------ trees to facts

_SEVERAL = {"conflicting": ("claim", State.CONFLICTING), "readings": ("reading", State.AMBIGUOUS)}
_SAYS = ("value", *_SEVERAL)

_SETTING = re.compile(r"\s*([a-z][a-z0-9_.]*)(?:\s+for\s+([0-9]{4}))?\s*=")


def keys(node: Node | None) -> tuple[str, ...]:
    """The keys of a mapping, none of anything else."""
    return tuple(node.entries) if isinstance(node, Mapping) else ()


class StatementReader:
    """Turns validated trees into facts and collects what a schema cannot see."""

    def __init__(self, book: Rulebook, documents: tuple[str, ...] | None = None) -> None:
        self.book = book
        self.documents = documents or ()
        self._sources_help = "only a plan file lists sources" if documents is None else "list it under `sources:`"
        self.diagnostics: list[Diagnostic] = []

    def error(self, code: str, message: str, span: Span, help_: str | None = None) -> None:
        """Report what a schema cannot see."""
        self.diagnostics.append(Diagnostic(code, message, span, help_))

    # -------------------------------------------------------------- settings

    def setting(self, source: Source) -> tuple[str, int | None, Statement | None, str]:
        """Name, year and statement of `name for year = value`; for `participant.group`, the group."""
        whole = source.span(0, len(source.text))
        match = _SETTING.match(source.text)
        if match is None:
            self.error("bad-setting", "a setting is NAME=VALUE", whole, "for instance participant.NAME=35")
            return "", None, None, ""
        name, year, text = match[1], match[2], source.text[match.end() :].strip()
        start = source.text.index(text, match.end())
        place = source.span(start, start + len(text))
        if name == "participant.group":
            if not re.fullmatch("[a-z][a-z0-9_]*", text):
                self.error("bad-setting", f"`{clip(text)}` is no name of a group", place)
            return name, None, None, text
        fact = self.book.facts.get(name)
        if fact is None:
            what = "a list is given in a file, not with --set" if name in self.book.lists else None
            self.error(
                "unknown-name",
                f"there is no fact `{clip(name)}`",
                source.span(match.start(1), match.end(1)),
                what or did_you_mean(name, [*self.book.facts, "participant.group"]),
            )
            return name, None, None, ""
        if year and fact.key is None:
            self.error("not-keyed", f"`{name}` has no years", source.span(match.start(2), match.end(2)))
            return name, None, None, ""
        return name, int(year) if year else None, self.statement(fact, Scalar(text, True, place)), ""

    # -------------------------------------------------------------- the plan

    def plan(self, source: Source, root: Mapping) -> Plan:
        """The plan of a validated tree."""
        documents = tuple(self._document(name, span, node) for name, (span, node) in _entries(root.get("sources")))
        facts = self._features(root)
        fact = self.book.facts.get(c.PLAN_TYPE)
        type_node = root.get("type")
        if fact and type_node:
            facts = facts.joined(Facts({(c.PLAN_TYPE, None): self.statement(fact, type_node)}))
        amendments = tuple(self._amendment(node) for node in _items(root.get("amendments")))
        groups = tuple(Group(name, _text(node, "label"), self._features(node)) for name, (_, node) in _entries(root.get("groups")))
        self.check_amendments(amendments)
        if _text(root, "difference") and not _text(root, "expected"):
            self.error("difference-alone", "a difference is told without the expected verdict", root.entries["difference"][0])
        for group, (span, _) in _entries(root.get("groups")):
            if group == NO_GROUP:
                self.error("name-reserved", f"a group cannot be called `{NO_GROUP}`", span)
        return Plan(
            source,
            _text(root, "employer"),
            _text(root, "name"),
            _shown(facts, c.PLAN_TYPE, fact, _text(root, "type")),
            _text(root, "ein"),
            _text(root, "plan_number"),
            _text(root, "recordkeeper"),
            documents,
            facts,
            amendments,
            groups,
            _text(root, "expected"),
            _text(root, "difference"),
        )

    def _document(self, name: str, span: Span, node: Node) -> Document:
        where = _text(node, "address") or _text(node, "file")
        return Document(name, _text(node, "document"), _text(node, "title"), _text(node, "date"), where, span)

    def _features(self, node: Node) -> Facts:
        features = node.get("features") if isinstance(node, Mapping) else None
        return self.facts(features, "plan") if isinstance(features, Mapping) else Facts()

    def _amendment(self, node: Node) -> Amendment:
        facts = self._features(node)
        source = _text(node, "source")
        if source:
            self._known_source(source, node)
            statements = {key: _sourced(statement, source) for key, statement in facts.statements.items()}
            lists = {name: replace(rows, evidence=_from(rows.evidence, source)) for name, rows in facts.lists.items()}
            facts = Facts(statements, lists)
        return Amendment(_text(node, "name"), self._date(node, "effective") or date.min, self._date(node, "adopted"), facts, node.span)

    def _date(self, node: Node, key: str) -> date | None:
        value = node.get(key) if isinstance(node, Mapping) else None
        if not isinstance(value, Scalar):
            return None
        day = parse_date(value.text)
        if day is None:
            self.error("bad-date", f"there is no date `{value.text}`", value.span)
        return day

    def check_amendments(self, amendments: tuple[Amendment, ...]) -> None:
        """Report amendments of one date that change the same fact."""
        seen: set[tuple[date, str, int | None]] = set()
        for amendment in amendments:
            changed = [(name, key, s.span) for (name, key), s in amendment.facts.statements.items()]
            changed += [(name, None, rows.span) for name, rows in amendment.facts.lists.items()]
            for name, key, span in changed:
                at = (amendment.effective, name, key)
                place = span or amendment.span
                if at in seen and place:
                    self.error("amendments-clash", f"two amendments of {amendment.effective} change `{name}`", place)
                seen.add(at)

    # -------------------------------------------------------------- facts

    def facts(self, node: Mapping, root: str) -> Facts:
        """The facts below a mapping; `root` is `plan` or `participant`."""
        statements: dict[Key, Statement] = {}
        lists: dict[str, RowsStatement] = {}
        waiting: list[tuple[str, Node]] = [(f"{root}.{key}", value) for key, (_, value) in node.entries.items()]
        while waiting:
            name, value = waiting.pop(0)
            if name in self.book.facts:
                fact = self.book.facts[name]
                if fact.key and isinstance(value, Mapping) and all(key.isdigit() for key in value.entries) and value.entries:
                    for year, (_, one) in value.entries.items():
                        statements[name, int(year)] = self.statement(fact, one)
                else:
                    statements[name, None] = self.statement(fact, value)
            elif name in self.book.lists:
                lists[name] = self.rows(self.book.lists[name], value)
            elif isinstance(value, Mapping):
                waiting += [(f"{name}.{key}", inner) for key, (_, inner) in value.entries.items()]
        return Facts(statements, lists)

    def statement(self, fact: Fact, node: Node) -> Statement:
        """What a tree states of a fact: a value, or a mapping with its evidence or its claims."""
        if isinstance(node, Mapping):
            return self._with_claims(fact, node)
        assert isinstance(node, Scalar)
        only = Evidence(self.documents[0]) if len(self.documents) == 1 else Evidence()
        return self._plain(fact.type, fact.low, fact.high, node, only)

    def _with_claims(self, fact: Fact, node: Mapping) -> Statement:
        evidence = self._evidence(node)
        said = [key for key in _SAYS if node.get(key) is not None]
        if len(said) != 1:
            self.error(
                "evidence-form",
                "this says none or several of `value`, `conflicting` and `readings`",
                node.span.first,
                "write {value: ..., source: ...}",
            )
            return Statement(None, State.STATED_UNKNOWN, evidence, node.span)
        value = node.get(said[0])
        if isinstance(value, Scalar):
            return self._plain(fact.type, fact.low, fact.high, value, evidence)
        noun, state = _SEVERAL[said[0]]
        claims = tuple(self._claim(fact, item, noun, evidence) for item in _items(value) if isinstance(item, Mapping))
        if len({shown(claim.value, fact.type.kind) for claim in claims}) < 2:
            self.error("no-conflict", f"these {noun}s agree", node.span.first, "write one `value`")
        return Statement(None, state, evidence, node.span, claims)

    def _claim(self, fact: Fact, item: Mapping, noun: str, around: Evidence) -> Claim:
        """One of several answers; a reading that names no source of its own is one of the words that all are readings of."""
        value, evidence = item.get("value"), self._evidence(item)
        assert isinstance(value, Scalar), "the schema wants a value"
        one = self._plain(fact.type, fact.low, fact.high, value, Evidence())
        if one.state is State.STATED_UNKNOWN:
            self.error("evidence-form", f"a {noun} says a value, not unknown", value.span)
        if noun == "reading" and around.source and "source" not in item.entries:
            evidence = replace(around, note=evidence.note)
        return Claim(one.value, evidence, value.span)

    def _plain(self, type_: Type, low: Value, high: Value, node: Scalar, evidence: Evidence) -> Statement:
        if node.text == "unknown":
            return Statement(None, State.STATED_UNKNOWN, evidence, node.span)
        good, value = parse_value(type_, node.text)
        if not good:
            noun, help_ = expected(type_)
            near = (
                did_you_mean(node.text.lower(), ["yes", "no", "none", "unknown", *type_.options])
                if type_.kind in (Kind.TRUTH, Kind.CHOICE)
                else None
            )
            self.error("plan-value", f"`{clip(node.text)}` is not {noun}", node.span, near or help_)
            return Statement(None, State.STATED_UNKNOWN, evidence, node.span)
        if outside(value, low, high):
            self.error(
                "out-of-range",
                f"{shown(value, type_.kind)} is not between {shown(low, type_.kind)} and {shown(high, type_.kind)}",
                node.span,
            )
        return Statement(value, State.STATED, evidence, node.span)

    def _evidence(self, node: Mapping) -> Evidence:
        source = _text(node, "source")
        if source:
            self._known_source(source, node)
        elif len(self.documents) == 1:
            source = self.documents[0]
        return Evidence(source, _text(node, "page"), _text(node, "section"), _text(node, "note"))

    def _known_source(self, source: str, node: Node) -> None:
        if source not in self.documents:
            value = node.get("source") if isinstance(node, Mapping) else None
            span = value.span if value else node.span
            self.error(
                "unknown-source",
                f"`{clip(source)}` is none of the sources",
                span,
                did_you_mean(source, self.documents) or self._sources_help,
            )

    # -------------------------------------------------------------- lists

    def rows(self, listed: ListFact, node: Node) -> RowsStatement:
        """The rows that a tree states of a list."""
        evidence = Evidence(self.documents[0]) if len(self.documents) == 1 else Evidence()
        if isinstance(node, Mapping):
            evidence, node = self._evidence(node), node.get("rows") or node
        if not isinstance(node, Sequence):
            return RowsStatement((), State.STATED_UNKNOWN, evidence, node.span)
        columns = {column.name.split(".")[-1]: column for column in listed.columns}
        rows = tuple(self._row(columns, item) for item in node.items)
        if listed.order:
            self._check_order(listed.order, rows, node)
        return RowsStatement(rows, State.STATED, evidence, node.span)

    def _row(self, columns: dict[str, Column], node: Node) -> dict[str, Statement]:
        row: dict[str, Statement] = {}
        for key, (_, value) in _entries(node):
            column = columns[key]
            if isinstance(value, Scalar):
                row[column.name] = self._plain(column.type, column.low, column.high, value, Evidence())
        return row

    def _check_order(self, order: str, rows: tuple[dict[str, Statement], ...], node: Sequence) -> None:
        seen: set[Value] = set()
        for row, item in zip(rows, node.items, strict=True):
            rank = row.get(order)
            if rank is None or rank.value is None:
                self.error("order-missing", f"a row has no `{order.split('.')[-1]}`, which orders the list", item.span.first)
            elif rank.value in seen:
                self.error("order-repeated", f"two rows have the same `{order.split('.')[-1]}`", rank.span or item.span)
            else:
                seen.add(rank.value)


def _sourced(statement: Statement, source: str) -> Statement:
    """The statement with a source, where it names none of its own."""
    claims = tuple(replace(claim, evidence=_from(claim.evidence, source)) for claim in statement.claims)
    return replace(statement, evidence=_from(statement.evidence, source), claims=claims)


def _from(evidence: Evidence, source: str) -> Evidence:
    return evidence if evidence.source else replace(evidence, source=source)


def _entries(node: Node | None) -> list[tuple[str, tuple[Span, Node]]]:
    return list(node.entries.items()) if isinstance(node, Mapping) else []


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else ()


def _text(node: Node | None, key: str) -> str:
    value = node.get(key) if isinstance(node, Mapping) else None
    return value.text if isinstance(value, Scalar) else ""


def _shown(facts: Facts, name: str, fact: Fact | None, written: str) -> str:
    statement = facts.statements.get((name, None))
    if fact is None:
        return written
    if statement is None or statement.state is not State.STATED:
        return "unknown"
    return shown(statement.value, fact.type.kind)
