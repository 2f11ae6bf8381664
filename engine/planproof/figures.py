"""Figures of the law that stand in a rule and not in a parameter, where nobody would look for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from planproof import syntax as s
from planproof.diagnostics import Diagnostic, Severity
from planproof.types import Kind, shown
from planproof.values import Duration

_FIGURES = frozenset((Kind.MONEY, Kind.RATE, Kind.DURATION))
_UNITS = (Duration(0, 1), Duration(1, 0), Duration(12, 0))
_RULES = frozenset(("define", "exception", "path", "pitfall", "verdict", "fact", "list"))
_DATA = (s.Rounding, s.Between, s.Presumed)


def figures(chapters: Iterable[s.Chapter]) -> Iterator[Diagnostic]:
    """A warning for each amount, rate or duration in an expression, but for nothing ($0, 0%), the whole (100%) and single units.

    Ranges of facts, presumptions, dates of effect and steps of rounding are not expressions.
    """
    for chapter in chapters:
        for declaration in chapter.declarations:
            if declaration.keyword in _RULES:
                for literal in _literals(declaration.clauses):
                    message = f"the figure {shown(literal.value, literal.kind)} stands in a rule"
                    yield Diagnostic(
                        "figure-in-rule", message, literal.span, "declare it as a parameter, with its authority", Severity.WARNING
                    )


def _plain(literal: s.Literal) -> bool:
    whole = literal.kind is Kind.RATE and literal.value == 1
    return literal.value == 0 or whole or literal.value in _UNITS


def _literals(node: Any) -> Iterator[s.Literal]:
    if isinstance(node, s.Literal):
        if node.kind in _FIGURES and not _plain(node):
            yield node
    elif isinstance(node, tuple):
        for part in node:
            yield from _literals(part)
    elif is_dataclass(node) and not isinstance(node, _DATA):
        for field in fields(node):
            yield from _literals(getattr(node, field.name))
