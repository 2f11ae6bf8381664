"""Citations as written to authorities of the core, with the standing and date that they, or what they cite, declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, TypeVar

from planproof import core as c
from planproof import syntax as s
from planproof.clauses import STANDINGS
from planproof.diagnostics import Diagnostic, Severity
from planproof.scope import Scope

T = TypeVar("T", s.Standing, s.Published)

_UNCITED = c.Authority(("(none)",))
_PINPOINT = ("(", ",", " ")


class Authorities:
    """Turns citations into authorities; a citation without a standing of its own has that of what it cites.

    A declared authority covers its own text and every pinpoint below it: `IRC 414(v)` covers `IRC 414(v)(7)(A)`. The
    longest that covers and says one counts. Of several citations together the weakest standing counts, and the latest
    date.
    """

    def __init__(self, scope: Scope) -> None:
        self._declared = scope.authorities
        self._used: set[str] = set()
        self._clauses: dict[type, dict[str, Any]] = {}

    def of(self, node: s.Authority | None) -> c.Authority:
        """Citations parted at semicolons, with their standing and the day on which the last of them was published."""
        if node is None:
            return _UNCITED
        citations = tuple(part.strip() for part in node.text.split(";") if part.strip())
        days = [day for citation in citations for day in self._published(citation)]
        published = max(days, default=None)
        if node.standing is not None:
            return c.Authority(citations, node.standing.word.text, node.standing.reason, published)
        found = [standing for citation in citations for standing in self._standing(citation)]
        if not found:
            return c.Authority(citations, published=published)
        word = max((standing.word.text for standing in found), key=STANDINGS.index)
        reasons = dict.fromkeys(standing.reason for standing in found if standing.word.text == word)
        return c.Authority(citations, word, "; ".join(reasons), published)

    def _standing(self, citation: str) -> Iterator[s.Standing]:
        said = {name: clause for name, clause in self._said(s.Standing).items() if clause.word.text in STANDINGS}
        name = _longest(said, citation)
        if name is not None:
            self._used.add(name)
            yield said[name]

    def _published(self, citation: str) -> Iterator[date]:
        said = self._said(s.Published)
        name = _longest(said, citation)
        if name is not None:
            self._used.add(name)
            day = said[name].day.value
            yield from (day,) if isinstance(day, date) else ()

    def _said(self, kind: type[T]) -> dict[str, T]:
        """The clauses of a kind, by the declared authority that has one."""
        if kind not in self._clauses:
            pairs = ((name, next((x for x in found.clauses if isinstance(x, kind)), None)) for name, found in self._declared.items())
            self._clauses[kind] = {name: clause for name, clause in pairs if clause is not None}
        return self._clauses[kind]

    def unused(self) -> Iterator[Diagnostic]:
        """The declared authorities from which no citation takes a standing or a date."""
        for name, declaration in self._declared.items():
            if name not in self._used:
                message = f"no citation takes its standing or date from `{name}`"
                yield Diagnostic("unused", message, declaration.name.span, None, Severity.WARNING)


def _longest(names: Iterable[str], citation: str) -> str | None:
    """The longest of the names that covers a citation."""
    return max((name for name in names if _covers(name, citation)), key=len, default=None)


def _covers(name: str, citation: str) -> bool:
    return citation == name or (citation.startswith(name) and citation[len(name) :].startswith(_PINPOINT))
