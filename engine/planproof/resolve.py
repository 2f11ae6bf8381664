"""Surface trees to one scope: every name once, every clause where it belongs, nothing that must stand missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from planproof import syntax as s
from planproof.clauses import check_clauses
from planproof.core import ASKED_DATE, ASKED_YEAR
from planproof.diagnostics import Diagnostic, Severity, did_you_mean
from planproof.functions import NAMED_FUNCTIONS
from planproof.scope import Category, Scope, Symbol, names_of, text_of
from planproof.slips import CLAUSE_WORDS
from planproof.source import Span
from planproof.types import DATE, MONEY, NAMED_KINDS, NUMERIC, TRUTH, YEAR, Kind, Type

ROOTS = ("plan", "participant")
RESERVED = frozenset(
    (
        *CLAUSE_WORDS,
        *"yes no none unknown true false and or not in for earlier some every where has of to by if less more than else".split(),
        *"lesser greater total average highest lowest count share reduction filling taking from rows row known path".split(),
        *"asked plan participant".split(),
    )
)
_PATH_KEYS = frozenset("id label status requirements taxes withholds reports starts afterwards authority".split())
_FIXED = frozenset(("participant.group",))


def resolve(chapters: Iterable[s.Chapter]) -> tuple[Scope, tuple[Diagnostic, ...]]:
    """One scope of all chapters, and what is wrong with names and clauses. The order of chapters has no meaning."""
    resolver = _Resolver()
    declared = [d for chapter in sorted(chapters, key=lambda c: c.source.path) for d in resolver.chapter(chapter)]
    for declaration in declared:
        resolver.declare(declaration)
    resolver.check_references()
    resolver.check_tree()
    return resolver.scope, tuple(resolver.diagnostics)


class _Broken(Exception):
    """A declaration that cannot be used; why is already told."""


class _Resolver:
    def __init__(self) -> None:
        self.scope = Scope()
        self.diagnostics: list[Diagnostic] = []
        self._names: dict[str, Span] = {}

    def error(self, code: str, message: str, span: Span | None, advice: str | None = None) -> None:
        self.diagnostics.append(Diagnostic(code, message, span, advice))

    def chapter(self, chapter: s.Chapter) -> list[s.Declaration]:
        self.scope.sources[chapter.source.path] = chapter.source
        self.scope.broken.update(chapter.broken)
        titles = [d for d in chapter.declarations if d.keyword == "chapter"]
        if not titles and chapter.declarations:
            self.error(
                "chapter-missing",
                "a rule file begins with its chapter",
                chapter.declarations[0].span,
                'write chapter "..." above the first declaration',
            )
        for extra in titles[1:]:
            self.error("chapter-repeated", "a rule file is one chapter", extra.span)
        return [d for d in chapter.declarations if d.keyword != "chapter"]

    # -------------------------------------------------------------- one declaration

    def declare(self, declaration: s.Declaration) -> None:
        self.diagnostics += check_clauses(declaration)
        scope, keyword = self.scope, declaration.keyword
        if keyword == "example":
            scope.examples.append(declaration)
            return
        if keyword == "authority":
            self._authority(declaration)
            return
        if keyword == "exception":
            assert declaration.subject is not None
            clause = declaration.clauses[0]
            assert isinstance(clause, s.Except)
            scope.exceptions.setdefault(declaration.subject.text, []).append(clause)
            return
        if not self._take_name(declaration.name):
            return
        try:
            self._declare(declaration)
        except _Broken:
            scope.broken.add(declaration.name.text)

    def _authority(self, declaration: s.Declaration) -> None:
        name = declaration.name.text
        if name in self.scope.authorities:
            other = self.scope.authorities[name].name.span
            self.error(
                "name-repeated", f"authority `{name}` is declared twice", declaration.name.span, f"the other declaration is at {other}"
            )
        self.scope.authorities[name] = declaration

    def _declare(self, declaration: s.Declaration) -> None:
        scope = self.scope
        type_ = self._type(declaration.type) if declaration.type else TRUTH
        match declaration.keyword:
            case "fact":
                self._rooted(declaration.name)
                scope.facts.append(declaration)
                self._symbol(declaration, Category.FACT, type_)
                self._needs_range(type_, any(isinstance(c, s.Between) for c in declaration.clauses), declaration.name)
            case "parameter":
                self._undotted(declaration.name)
                scope.parameters.append(declaration)
                self._symbol(declaration, Category.PARAMETER, type_)
            case "list":
                self._rooted(declaration.name)
                self._list(declaration)
            case "define":
                scope.definitions.append(declaration)
                self._symbol(declaration, Category.DEFINITION, type_)
            case "path":
                self._undotted(declaration.name)
                scope.paths.append(declaration)
                self._path_symbols(declaration)
            case "pitfall":
                self._undotted(declaration.name)
                scope.pitfalls.append(declaration)
                self._symbol(declaration, Category.DEFINITION, type_)
                if any(isinstance(c, s.ResultNode) for c in declaration.clauses):
                    self._add(Symbol(f"{declaration.name.text}.costs", Category.DEFINITION, MONEY, "", None, None, declaration.span))
            case _:
                self._undotted(declaration.name)
                self._verdict(declaration, type_)

    def _verdict(self, declaration: s.Declaration, type_: Type) -> None:
        if self.scope.verdict is not None:
            self.error(
                "verdict-repeated", f"a rule book gives one verdict, and `{self.scope.verdict.name.text}` is one", declaration.name.span
            )
            return
        self.scope.verdict = declaration
        for word in names_of(declaration, "phases"):
            if word.text in _PATH_KEYS:
                self.error("name-reserved", f"`{word.text}` cannot be a phase: the answer's paths have it as a key", word.span)
        if type_.kind is not Kind.CHOICE:
            self.error("verdict-type", f"a verdict is one of several names, not {type_}", declaration.span)
        self._symbol(declaration, Category.DEFINITION, type_)

    def _path_symbols(self, declaration: s.Declaration) -> None:
        name = declaration.name.text
        numbers: Counter[str] = Counter()
        for clause in declaration.clauses:
            if isinstance(clause, s.Requires) and clause.phase:
                if f"{name}.{clause.phase.text}" in self.scope.symbols:
                    self.error("clause-repeated", f"`open {clause.phase.text}` stands twice", clause.span, "join the conditions with `or`")
                self._add(Symbol(f"{name}.{clause.phase.text}", Category.DEFINITION, TRUTH, "", None, None, clause.span))
            elif isinstance(clause, s.Consequence):
                self._add(Symbol(f"{name}.{clause.clause}", Category.DEFINITION, MONEY, "", None, None, clause.span))
            elif isinstance(clause, s.Requires):
                numbers["requirement"] += 1
                self._add(Symbol(f"{name}.requirement_{numbers['requirement']}", Category.DEFINITION, TRUTH, "", None, None, clause.span))

    def _list(self, declaration: s.Declaration) -> None:
        assert declaration.subject is not None
        row = declaration.subject
        if "." in row.text:
            self.error("row-name", f"`{row.text}` cannot name a row: it has a dot", row.span)
            return
        if not self._take_name(row):
            return
        self.scope.lists[declaration.name.text] = declaration
        self.scope.rows[row.text] = declaration
        columns = [c for c in declaration.clauses if isinstance(c, s.ColumnNode)]
        if not columns:
            self.error(
                "clause-missing",
                f"list `{declaration.name.text}` has no columns",
                declaration.name.span,
                f"write: each {row.text} has NAME : TYPE",
            )
        for column in columns:
            if column.row.text != row.text:
                self.error("row-name", f"the rows of this list are called `{row.text}`, not `{column.row.text}`", column.row.span)
                continue
            name = s.Word(f"{row.text}.{column.name.text}", column.name.span)
            if "." in column.name.text:
                self.error("name-dotted", f"a column name has no dot: `{column.name.text}`", column.name.span)
            elif self._take_name(name):
                self._column(column, name, row.text)

    def _column(self, column: s.ColumnNode, name: s.Word, row: str) -> None:
        try:
            type_ = self._type(column.type)
        except _Broken:
            self.scope.broken.add(name.text)
            return
        self._add(Symbol(name.text, Category.COLUMN, type_, "", None, row, column.span))
        self._needs_range(type_, column.between is not None, name)

    # -------------------------------------------------------------- names

    def _take_name(self, word: s.Word) -> bool:
        if word.text in self._names:
            self.error(
                "name-repeated", f"`{word.text}` is declared twice", word.span, f"the other declaration is at {self._names[word.text]}"
            )
            return False
        self._names[word.text] = word.span
        if word.text.split(".")[0] in RESERVED and not word.text.startswith(tuple(f"{root}." for root in ROOTS)):
            self.error("name-reserved", f"`{word.text}` is a word of the language", word.span)
            return False
        if word.text in NAMED_FUNCTIONS:
            self.error("name-reserved", f"`{word.text}` is a built-in function", word.span)
            return False
        return True

    def _rooted(self, word: s.Word) -> None:
        if word.text.split(".")[0] not in ROOTS or "." not in word.text:
            self.error("fact-root", f"`{word.text}` does not say whose it is", word.span, "a fact begins with `plan.` or `participant.`")
        if word.text in _FIXED:
            self.error("name-reserved", f"`{word.text}` is a fixed part of the file", word.span)

    def _undotted(self, word: s.Word) -> None:
        if "." in word.text:
            self.error("name-dotted", f"`{word.text}` has a dot", word.span, "only facts and values of a row have dotted names")

    def _add(self, symbol: Symbol) -> None:
        self.scope.symbols[symbol.name] = symbol

    def _symbol(self, declaration: s.Declaration, category: Category, type_: Type) -> None:
        name = declaration.name.text
        key = declaration.subject.text if declaration.subject and category in (Category.FACT, Category.PARAMETER) else None
        self._add(Symbol(name, category, type_, text_of(declaration, "label"), key, None, declaration.span))

    # -------------------------------------------------------------- types and clauses

    def _type(self, node: s.TypeNode) -> Type:
        if node.name == "yes/no":
            return Type(Kind.TRUTH, (), node.optional)
        if node.name == "choice":
            return self._choice(node)
        kind = NAMED_KINDS.get(node.name)
        if kind is None:
            self.error(
                "unknown-type",
                f"`{node.name}` is no type",
                node.span,
                did_you_mean(node.name, NAMED_KINDS) or f"the types are yes/no, one of ..., {', '.join(NAMED_KINDS)}",
            )
            raise _Broken
        return Type(kind, (), node.optional)

    def _choice(self, node: s.TypeNode) -> Type:
        options = tuple(word.text for word in node.options)
        for word in node.options:
            if options.count(word.text) > 1:
                self.error("option-repeated", f"option `{word.text}` is listed twice", word.span)
            if word.text in ("unknown", "none", "yes", "no"):
                self.error(
                    "option-reserved",
                    f"`{word.text}` cannot be an option",
                    word.span,
                    "`unknown` is always possible; write `or none` after the type for none",
                )
        return Type(Kind.CHOICE, options, node.optional)

    def _needs_range(self, type_: Type, has_range: bool, word: s.Word) -> None:
        kind = type_.kind
        if kind in NUMERIC or kind is Kind.YEAR:
            if not has_range:
                self.error("range-missing", f"`{word.text}` is a {kind} and declares no range", word.span, "write: between LOW and HIGH")
        elif has_range:
            self.error("range-misplaced", f"`{word.text}` is not numeric and has no range", word.span)

    # -------------------------------------------------------------- the whole

    def check_references(self) -> None:
        """Dotted definitions belong to a row; exceptions to a definition; paths to the verdict; keys are years."""
        scope = self.scope
        self._add(Symbol(ASKED_YEAR, Category.ASKED, YEAR, "year asked for", None, None, None))
        self._add(Symbol(ASKED_DATE, Category.ASKED, DATE, "date asked for", None, None, None))
        for declaration in scope.definitions:
            name = declaration.name.text
            row = name.rpartition(".")[0]
            if row and row in scope.broken:
                scope.broken.add(name)
            elif row and row not in scope.rows:
                self.error("unknown-row", f"`{row}` names no row of a list", declaration.name.span, did_you_mean(row, scope.rows))
            elif row:
                known = scope.symbols[name]
                self._add(Symbol(name, known.category, known.type, known.label, None, row, known.span))
        names = {d.name.text for d in scope.definitions} | ({scope.verdict.name.text} if scope.verdict else set())
        for target, clauses in scope.exceptions.items():
            if target not in names and target not in scope.broken:
                for clause in clauses:
                    self.error("unknown-name", f"`{target}` is no definition", clause.span, did_you_mean(target, names))
        for path in scope.paths:
            assert path.subject is not None
            if path.subject.text not in scope.broken and (scope.verdict is None or path.subject.text != scope.verdict.name.text):
                self.error("unknown-name", f"`{path.subject.text}` is no verdict", path.subject.span)
        for declaration in (*scope.facts, *scope.parameters):
            self._check_key(declaration)
        if scope.verdict is None and scope.paths + scope.pitfalls:
            self.diagnostics.append(Diagnostic("verdict-missing", "the rule book gives no verdict", None, None, Severity.WARNING))

    def _check_key(self, declaration: s.Declaration) -> None:
        key = declaration.subject
        if key is None:
            return
        symbol = self.scope.symbols.get(key.text)
        if key.text in self.scope.broken:
            return
        if symbol is None or symbol.category not in (Category.DEFINITION, Category.ASKED):
            years = [x.name for x in self.scope.symbols.values() if x.type.kind is Kind.YEAR and not x.row and not x.key]
            self.error("unknown-name", f"`{key.text}` is no definition to key by", key.span, did_you_mean(key.text, years))
        elif symbol.type.kind is not Kind.YEAR or symbol.row:
            self.error("key-type", f"`{key.text}` is not a year", key.span)

    def check_tree(self) -> None:
        """A fact is a leaf of the plan file: no other fact may lie inside it."""
        leaves = {d.name.text: d.name for d in (*self.scope.facts, *self.scope.lists.values())}
        for name, word in leaves.items():
            for other in leaves:
                if other.startswith(f"{name}."):
                    self.error("fact-nested", f"`{name}` is a fact and also holds `{other}`", word.span)
