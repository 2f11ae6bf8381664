"""Declarations to the core: sugar goes, texts and authorities stay.

A path becomes one definition for each requirement and each phase; a pitfall one for when it applies, what it costs
and when each remedy is open; an effective date becomes part of an exception's guard.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date

from planproof import core as c
from planproof import syntax as s
from planproof.authorities import Authorities
from planproof.check import Bound, Checker, Rejected
from planproof.diagnostics import Diagnostic, did_you_mean
from planproof.lower_examples import lower_examples
from planproof.lower_stated import StatedLowering
from planproof.scope import Category, Scope, authority_of, condition_of, names_of, result_of, text_of
from planproof.source import Span
from planproof.types import DATE, MONEY, TRUTH, Kind, Type

CONSEQUENCES = {"taxes": "included in income", "withholds": "withheld"}


def lower(scope: Scope) -> tuple[c.Core, tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """The core of a scope, what is wrong with its expressions, and the authorities that nothing cites."""
    lowering = _Lowering(scope)
    stated = StatedLowering(scope, lowering.checker, lowering.authorities)
    definitions = sorted(lowering.definitions(), key=lambda d: d.name)
    core = c.Core(
        facts=tuple(sorted(stated.facts(), key=lambda f: f.name)),
        lists=tuple(sorted(stated.lists(), key=lambda f: f.name)),
        parameters=tuple(sorted(stated.parameters(), key=lambda p: p.name)),
        definitions=tuple(definitions),
        paths=tuple(sorted(lowering.paths(), key=lambda p: p.name)),
        pitfalls=tuple(sorted(lowering.pitfalls(), key=lambda p: (_gravity(p), p.name))),
        verdict=lowering.verdict(),
        examples=tuple(sorted(lower_examples(scope, lowering.checker, lowering.authorities), key=lambda e: e.title)),
    )
    return core, tuple(lowering.checker.diagnostics), tuple(lowering.authorities.unused())


def _gravity(pitfall: c.Pitfall) -> int:
    return c.SEVERITIES.index(pitfall.severity) if pitfall.severity in c.SEVERITIES else len(c.SEVERITIES)


class _Lowering:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.checker = Checker(scope)
        self.authorities = Authorities(scope)

    def _text(self, node: s.Expression | None) -> str:
        return self.scope.text(node.span) if node else ""

    # -------------------------------------------------------------- definitions

    def definitions(self) -> Iterator[c.Definition]:
        for declaration in self.scope.definitions:
            yield self._definition(declaration)
        if self.scope.verdict:
            yield self._definition(self.scope.verdict)
        for path in self.scope.paths:
            yield from self._path_definitions(path)
        for pitfall in self.scope.pitfalls:
            yield from self._pitfall_definitions(pitfall)

    def _definition(self, declaration: s.Declaration) -> c.Definition:
        symbol = self.scope.symbols[declaration.name.text]
        rows = Bound(frozenset((symbol.row,)), symbol.row) if symbol.row else Bound()
        base = self._branch(
            "", None, result_of(declaration), symbol.type, rows, self.authorities.of(authority_of(declaration)), declaration.span
        )
        exceptions = [x for x in declaration.clauses if isinstance(x, s.Except)]
        exceptions += sorted(self.scope.exceptions.get(symbol.name, ()), key=lambda x: x.label.text)
        labels = self._labels(exceptions)
        branches = [base, *(self._exception(x, symbol.type, rows, labels) for x in exceptions)]
        self._check_priorities(exceptions)
        return c.Definition(symbol.name, symbol.type, symbol.label, symbol.row, tuple(branches), declaration.name.span)

    def _labels(self, exceptions: list[s.Except]) -> dict[str, s.Except]:
        labels: dict[str, s.Except] = {}
        for exception in exceptions:
            if exception.label.text in labels:
                other = labels[exception.label.text].label.span
                self.checker.reject(
                    "label-repeated", f"exception `{exception.label.text}` stands twice", exception.label.span, f"the other is at {other}"
                )
            labels[exception.label.text] = exception
        return labels

    def _exception(self, node: s.Except, type_: Type, rows: Bound, labels: dict[str, s.Except]) -> c.Branch:
        for word in names_of(node, "over"):
            if word.text not in labels:
                self.checker.reject(
                    "unknown-label", f"`{word.text}` is no exception of this definition", word.span, did_you_mean(word.text, labels)
                )
        over = tuple(sorted(_closed(node, labels)))
        guard_node = condition_of(node, "when")
        guard = self._guard(guard_node, rows)
        guard_text = self._text(guard_node)
        effective = next((x for x in node.clauses if isinstance(x, s.Effective)), None)
        if effective:
            guard, guard_text = self._effective(effective, guard, guard_text)
        branch = self._branch(node.label.text, guard, result_of(node), type_, rows, self.authorities.of(authority_of(node)), node.span)
        return c.Branch(branch.label, guard, branch.body, over, branch.authority, guard_text, branch.body_text, branch.span)

    def _guard(self, node: s.Expression | None, rows: Bound) -> c.Expression:
        if node is None:
            return c.Literal(False, TRUTH)
        try:
            return self.checker.test(node, rows)
        except Rejected:
            return c.Literal(False, TRUTH)

    def _effective(self, node: s.Effective, guard: c.Expression, text: str) -> tuple[c.Expression, str]:
        symbol = self.scope.symbols.get(c.LAW_DATE)
        if symbol is None or symbol.type.kind is not Kind.DATE or symbol.category is not Category.DEFINITION:
            self.checker.reject("law-date-missing", f"`effective` needs a definition `{c.LAW_DATE} : date`", node.span)
            return guard, text
        for literal in (node.start, node.end):
            if literal is not None and literal.value is None:
                self.checker.reject("bad-date", "there is no such date", literal.span)
        tests = [c.Apply("at_least", (c.Named(c.LAW_DATE), c.Literal(node.start.value, DATE)))]
        if node.end and isinstance(node.start.value, date) and isinstance(node.end.value, date) and node.end.value < node.start.value:
            self.checker.reject("range-empty", "the end of the effect is before its start", node.span)
        words = f"from {node.start.value}"
        if node.end:
            tests.append(c.Apply("at_most", (c.Named(c.LAW_DATE), c.Literal(node.end.value, DATE))))
            words += f" until {node.end.value}"
        return c.AllOf((*tests, guard)), f"{text} (effective {words})"

    def _check_priorities(self, exceptions: list[s.Except]) -> None:
        labels = {exception.label.text: exception for exception in exceptions}
        for exception in exceptions:
            if exception.label.text in _closed(exception, labels):
                self.checker.reject("priority-cycle", f"exception `{exception.label.text}` is over itself", exception.label.span)

    def _branch(
        self, label: str, guard: c.Expression | None, result: s.ResultNode | None, type_: Type, rows: Bound, cited: c.Authority, span: Span
    ) -> c.Branch:
        body: c.Expression = c.Literal(None, type_)
        if result is not None:
            with suppress(Rejected):
                body = self._result(result, type_, rows)
        return c.Branch(label, guard, body, (), cited, "", self.scope.text(result.span) if result else "", span)

    def _result(self, node: s.ResultNode, type_: Type, rows: Bound) -> c.Expression:
        checker = self.checker
        if isinstance(node.body, s.Literal) and node.body.kind is Kind.NONE and not type_.optional:
            raise checker.reject("type-mismatch", f"`none` is no {type_}", node.body.span, f"declare it `{type_} or none`")
        value = checker.expect(node.body, type_, rows)
        body, fraction, at = value.core, value.fraction, node.body.span
        for limit, function in ((node.floor, "greater_of"), (node.ceiling, "lesser_of")):
            if limit is not None:
                edge = checker.expect(limit, type_, rows)
                body, fraction = c.Apply(function, (body, edge.core)), fraction or edge.fraction
                at = limit.span if edge.fraction and not value.fraction else at
        if node.rounding:
            step = checker.literal(node.rounding.step, Type(type_.kind))
            if not isinstance(step.value, bool) and step.value == 0:
                raise checker.reject("rounding-step", "nothing is a multiple of zero", node.rounding.span)
            if type_.kind not in (Kind.MONEY, Kind.RATE, Kind.NUMBER):
                raise checker.reject("rounding-misplaced", f"{type_} is not rounded", node.rounding.span)
            return c.Apply(f"round_{node.rounding.direction.replace(' ', '_')}", (body, step))
        if fraction:
            steps = {Kind.MONEY: "cents", Kind.RATE: "0.01%"}
            advice = f"write `rounded half up to {steps.get(type_.kind, '0.01')}`, or `down`, or `up`"
            raise checker.reject(
                "rounding-missing", f"this can be a fraction of its unit ({type_.kind}), and no rounding is stated", at, advice
            )
        return body

    # -------------------------------------------------------------- paths

    def _simple(self, name: str, type_: Type, label: str, body: c.Expression, cited: c.Authority, text: str, span: Span) -> c.Definition:
        return c.Definition(name, type_, label, None, (c.Branch("", None, body, (), cited, "", text, span),), span)

    def _path_definitions(self, declaration: s.Declaration) -> Iterator[c.Definition]:
        name, own = declaration.name.text, authority_of(declaration)
        required: list[c.Expression] = []
        for clause in declaration.clauses:
            if isinstance(clause, s.Requires) and clause.phase is None:
                assert clause.expression is not None
                requirement = f"{name}.requirement_{len(required) + 1}"
                required.append(c.Named(requirement))
                text = self._text(clause.expression)
                yield self._simple(
                    requirement,
                    TRUTH,
                    self._requirement_label(clause.expression),
                    self._guard(clause.expression, Bound()),
                    self.authorities.of(clause.authority or own),
                    text,
                    clause.span,
                )
        for clause in declaration.clauses:
            if isinstance(clause, s.Consequence):
                cited = self.authorities.of(clause.authority or own)
                branch = self._branch("", None, clause.result, MONEY, Bound(), cited, clause.span)
                label = f"{text_of(declaration, 'label')}: {CONSEQUENCES[clause.clause]}"
                branch = replace(branch, body_text=f"is {branch.body_text}")
                yield c.Definition(f"{name}.{clause.clause}", MONEY, label, None, (branch,), clause.span)
        phases = self.scope.phases
        for clause in declaration.clauses:
            if isinstance(clause, s.Requires) and clause.phase:
                if clause.phase.text not in phases:
                    self.checker.reject(
                        "unknown-phase",
                        f"`{clause.phase.text}` is no phase of the verdict",
                        clause.phase.span,
                        did_you_mean(clause.phase.text, phases),
                    )
                tests = [*required] + ([self._guard(clause.expression, Bound())] if clause.expression else [])
                body: c.Expression = tests[0] if len(tests) == 1 else c.AllOf(tuple(tests))
                yield self._simple(
                    f"{name}.{clause.phase.text}",
                    TRUTH,
                    f"{text_of(declaration, 'label')}: {clause.phase.text.replace('_', ' ')}",
                    body,
                    self.authorities.of(clause.authority or own),
                    self._open_text(len(required), clause),
                    clause.span,
                )

    def _requirement_label(self, node: s.Expression) -> str:
        symbol = self.scope.symbols.get(node.text) if isinstance(node, s.Name) else None
        return symbol.label if symbol else self._text(node)

    def _open_text(self, count: int, clause: s.Requires) -> str:
        return f"is every requirement (1 to {count})" + (f" and {self._text(clause.expression)}" if clause.expression else "")

    def paths(self) -> Iterator[c.Path]:
        for declaration in self.scope.paths:
            name = declaration.name.text
            requires = [x for x in declaration.clauses if isinstance(x, s.Requires)]
            count = sum(1 for x in requires if x.phase is None)
            phases = tuple((x.phase.text, f"{name}.{x.phase.text}") for x in requires if x.phase)
            consequences = {x.clause: f"{name}.{x.clause}" for x in declaration.clauses if isinstance(x, s.Consequence)}
            notes = tuple(
                c.Note(x.kind, x.text, self.authorities.of(x.authority or authority_of(declaration)))
                for x in declaration.clauses
                if isinstance(x, s.Note)
            )
            yield c.Path(
                name,
                text_of(declaration, "label"),
                self.authorities.of(authority_of(declaration)),
                tuple(f"{name}.requirement_{i + 1}" for i in range(count)),
                phases,
                consequences.get("taxes"),
                consequences.get("withholds"),
                notes,
                declaration.name.span,
            )

    # -------------------------------------------------------------- pitfalls and verdict

    def _pitfall_definitions(self, declaration: s.Declaration) -> Iterator[c.Definition]:
        name, cited, label = declaration.name.text, self.authorities.of(authority_of(declaration)), text_of(declaration, "label")
        when = condition_of(declaration, "when")
        yield self._simple(name, TRUTH, label, self._guard(when, Bound()), cited, self._text(when), declaration.name.span)
        costs = result_of(declaration)
        if costs:
            branch = self._branch("", None, costs, MONEY, Bound(), cited, costs.span)
            yield c.Definition(f"{name}.costs", MONEY, f"{label}: cost", None, (branch,), costs.span)
        for number, remedy in enumerate(_remedies(declaration), 1):
            if remedy.condition:
                body = self._guard(remedy.condition, Bound())
                yield self._simple(f"{name}.remedy_{number}", TRUTH, remedy.text, body, cited, self._text(remedy.condition), remedy.span)

    def pitfalls(self) -> Iterator[c.Pitfall]:
        for declaration in self.scope.pitfalls:
            name = declaration.name.text
            remedies = tuple(
                c.Remedy(x.by, x.text, f"{name}.remedy_{number}" if x.condition else None)
                for number, x in enumerate(_remedies(declaration), 1)
            )
            yield c.Pitfall(
                name,
                text_of(declaration, "label"),
                text_of(declaration, "severity"),
                text_of(declaration, "says"),
                self.authorities.of(authority_of(declaration)),
                f"{name}.costs" if result_of(declaration) else None,
                remedies,
            )

    def _amounts(self) -> list[str]:
        symbols = self.scope.symbols.values()
        return [x.name for x in symbols if x.type.kind is Kind.MONEY and not x.row and x.category is Category.DEFINITION]

    def verdict(self) -> c.Verdict | None:
        declaration = self.scope.verdict
        if declaration is None:
            return None
        amounts = names_of(declaration, "amounts")
        for word in amounts:
            symbol = self.scope.symbols.get(word.text)
            if word.text in self.scope.broken:
                continue
            if symbol is None or symbol.type.kind is not Kind.MONEY or symbol.row or symbol.category is not Category.DEFINITION:
                self.checker.reject(
                    "unknown-name", f"`{word.text}` is no definition of money", word.span, did_you_mean(word.text, self._amounts())
                )
        return c.Verdict(declaration.name.text, text_of(declaration, "label"), self.scope.phases, tuple(word.text for word in amounts))


def _remedies(declaration: s.Declaration) -> list[s.RemedyNode]:
    return [x for x in declaration.clauses if isinstance(x, s.RemedyNode)]


def _closed(exception: s.Except, labels: dict[str, s.Except]) -> set[str]:
    """The labels that an exception is over, also through others."""
    reached: set[str] = set()
    waiting = [word.text for word in names_of(exception, "over")]
    while waiting:
        label = waiting.pop()
        if label in labels and label not in reached:
            reached.add(label)
            waiting.extend(word.text for word in names_of(labels[label], "over"))
    return reached
