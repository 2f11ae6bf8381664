"""The declarations of a rule book by kind and name, and what their clauses say."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from planproof import syntax as s
from planproof.source import Source, Span
from planproof.types import Type


class Category(StrEnum):
    """What a name stands for."""

    FACT = "fact"
    PARAMETER = "parameter"
    DEFINITION = "definition"
    COLUMN = "column"
    ASKED = "question"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name of the rule book: its type, the year it is keyed by, and the list row it belongs to."""

    name: str
    category: Category
    type: Type
    label: str
    key: str | None
    row: str | None
    span: Span | None


@dataclass
class Scope:
    """All declarations of a rule book by kind and name, filled by `resolve` and then only read."""

    sources: dict[str, Source] = field(default_factory=dict)
    symbols: dict[str, Symbol] = field(default_factory=dict)
    authorities: dict[str, s.Declaration] = field(default_factory=dict)
    facts: list[s.Declaration] = field(default_factory=list)
    parameters: list[s.Declaration] = field(default_factory=list)
    lists: dict[str, s.Declaration] = field(default_factory=dict)
    rows: dict[str, s.Declaration] = field(default_factory=dict)
    definitions: list[s.Declaration] = field(default_factory=list)
    exceptions: dict[str, list[s.Except]] = field(default_factory=dict)
    paths: list[s.Declaration] = field(default_factory=list)
    pitfalls: list[s.Declaration] = field(default_factory=list)
    verdict: s.Declaration | None = None
    examples: list[s.Declaration] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def text(self, span: Span) -> str:
        """The rule text of a span on one line, without comments."""
        lines = self.sources[span.path].text[span.start : span.end].split("\n")
        return " ".join(" ".join(_without_comment(line).split()) for line in lines).strip()

    @property
    def phases(self) -> tuple[str, ...]:
        """The phases that the verdict names."""
        words = names_of(self.verdict, "phases") if self.verdict else ()
        return tuple(word.text for word in words)


def _without_comment(line: str) -> str:
    quoted = False
    for index, char in enumerate(line):
        quoted ^= char == '"'
        if char == "#" and not quoted:
            return line[:index]
    return line


# ------------------------------------------------------------------ reading clauses


Clauses: TypeAlias = s.Declaration | s.Except


def text_of(declaration: Clauses, clause: str) -> str:
    """The text of a clause, empty if it does not stand."""
    return next((c.text for c in declaration.clauses if isinstance(c, s.Text) and c.clause == clause), "")


def names_of(declaration: Clauses, clause: str) -> tuple[s.Word, ...]:
    """The words of all clauses of that name."""
    return tuple(word for c in declaration.clauses if isinstance(c, s.Names) and c.clause == clause for word in c.words)


def condition_of(declaration: Clauses, clause: str) -> s.Expression | None:
    """The expression of a condition clause, if it stands."""
    return next((c.expression for c in declaration.clauses if isinstance(c, s.Condition) and c.clause == clause), None)


def authority_of(declaration: Clauses) -> s.Authority | None:
    """The authority of the declaration itself."""
    return next((c for c in declaration.clauses if isinstance(c, s.Authority)), None)


def result_of(declaration: Clauses) -> s.ResultNode | None:
    """The `is` clause."""
    return next((c for c in declaration.clauses if isinstance(c, s.ResultNode)), None)
