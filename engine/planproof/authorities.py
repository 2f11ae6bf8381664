"""Citations as written to authorities of the core, with the standing that they, or what they cite, declare."""

from __future__ import annotations

from collections.abc import Iterator

from planproof import core as c
from planproof import syntax as s
from planproof.clauses import STANDINGS
from planproof.diagnostics import Diagnostic, Severity
from planproof.scope import Scope

_UNCITED = c.Authority(("(none)",))
_PINPOINT = ("(", ",", " ")


class Authorities:
    """Turns citations into authorities; a citation without a standing of its own has that of what it cites.

    A declared authority covers its own text and every pinpoint below it: `IRC 414(v)` covers `IRC 414(v)(7)(A)`. The
    longest that covers counts. Of several citations together the weakest standing counts.
    """

    def __init__(self, scope: Scope) -> None:
        self._declared = scope.authorities
        self._used: set[str] = set()

    def of(self, node: s.Authority | None) -> c.Authority:
        """Citations parted at semicolons, with their standing."""
        if node is None:
            return _UNCITED
        citations = tuple(part.strip() for part in node.text.split(";") if part.strip())
        if node.standing is not None:
            return c.Authority(citations, node.standing.word.text, node.standing.reason)
        found = [standing for citation in citations for standing in self._standing(citation)]
        if not found:
            return c.Authority(citations)
        word = max((standing.word.text for standing in found), key=STANDINGS.index)
        reasons = dict.fromkeys(standing.reason for standing in found if standing.word.text == word)
        return c.Authority(citations, word, "; ".join(reasons))

    def _standing(self, citation: str) -> Iterator[s.Standing]:
        covering = [name for name in self._declared if _covers(name, citation)]
        if covering:
            name = max(covering, key=len)
            self._used.add(name)
            clauses = self._declared[name].clauses
            yield from (clause for clause in clauses if isinstance(clause, s.Standing) and clause.word.text in STANDINGS)

    def unused(self) -> Iterator[Diagnostic]:
        """The declared authorities that no citation without a standing of its own cites."""
        for name, declaration in self._declared.items():
            if name not in self._used:
                yield Diagnostic("unused", f"no citation takes its standing from `{name}`", declaration.name.span, None, Severity.WARNING)


def _covers(name: str, citation: str) -> bool:
    return citation == name or (citation.startswith(name) and citation[len(name) :].startswith(_PINPOINT))
