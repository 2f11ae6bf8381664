"""How many findings a person is shown: the first of each file, and how many more there are."""

from __future__ import annotations

from collections.abc import Iterable

from planproof.diagnostics import Diagnostic, Severity, has_errors

MOST_SHOWN = 100
_MOST_OF_A_FILE = 20


def fewer(diagnostics: Iterable[Diagnostic], most: int = MOST_SHOWN) -> list[Diagnostic]:
    """The first findings of each file, so many in all, and how many more there are."""
    by_file: dict[str, list[Diagnostic]] = {}
    for found in diagnostics:
        by_file.setdefault(found.span.path if found.span else "", []).append(found)
    shown: list[Diagnostic] = []
    left: list[Diagnostic] = []
    for path, several in by_file.items():
        room = max(0, min(_MOST_OF_A_FILE, most - len(shown)))
        shown += several[:room]
        if room == _MOST_OF_A_FILE:
            shown += _more(several[room:], f" in `{path}`")
        else:
            left += several[room:]
    return shown + _more(left, "")


def _more(rest: list[Diagnostic], where: str) -> list[Diagnostic]:
    if not rest:
        return []
    worst = Severity.ERROR if has_errors(rest) else Severity.WARNING
    return [Diagnostic("and-more", f"{len(rest):,} more findings{where}", severity=worst)]
