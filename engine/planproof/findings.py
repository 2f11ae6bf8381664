"""How many findings a person is shown: the first of each file, and how many more there are."""

from __future__ import annotations

from collections.abc import Iterable

from planproof.diagnostics import Diagnostic, Severity, has_errors

_MOST_OF_A_FILE = 20
_MOST_SHOWN = 100


def fewer(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The first findings of each file, a hundred in all, and how many more there are."""
    by_file: dict[str, list[Diagnostic]] = {}
    for found in diagnostics:
        by_file.setdefault(found.span.path if found.span else "", []).append(found)
    shown: list[Diagnostic] = []
    for path, several in by_file.items():
        shown += several[:_MOST_OF_A_FILE]
        shown += _more(several[_MOST_OF_A_FILE:], f" in `{path}`")
    return shown[:_MOST_SHOWN] + _more(shown[_MOST_SHOWN:], "")


def _more(rest: list[Diagnostic], where: str) -> list[Diagnostic]:
    if not rest:
        return []
    worst = Severity.ERROR if has_errors(rest) else Severity.WARNING
    return [Diagnostic("and-more", f"{len(rest):,} more findings{where}", severity=worst)]
