"""What is wrong with a text, where, and what would help: values, never exceptions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from planproof.source import Source, Span


class Severity(StrEnum):
    """How bad a finding is: an error stops what depends on it, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a documented code, a message without capital or full stop, a place, and help."""

    code: str
    message: str
    span: Span | None = None
    help: str | None = None
    severity: Severity = Severity.ERROR

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Order of a report: by file, then place, then code."""
        span = self.span
        where = (span.path, span.start, span.end) if span else ("", 0, 0)
        return (*where, self.code, self.message)


def ordered(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings of a run in report order, each once."""
    return tuple(sorted(dict.fromkeys(diagnostics), key=lambda found: found.sort_key))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any finding is an error."""
    return any(found.severity is Severity.ERROR for found in diagnostics)


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """The help line for a name that is not there, if a near one is."""
    near = get_close_matches(word, sorted(set(candidates) - {word}), n=1, cutoff=0.7)
    return f"did you mean `{near[0]}`?" if near else None


_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u061c\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ud800-\udfff]",
)


def printable(text: str) -> str:
    """The text with control and unseen characters made visible, so that input never steers a terminal or forges a line."""
    return _UNSEEN.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def clip(text: str, length: int = 60) -> str:
    """The text, cut if it is long."""
    return text if len(text) <= length else f"{text[: length - 3]}..."


def render(found: Diagnostic, sources: Mapping[str, Source]) -> str:
    """A finding as text: place, code, message, the line with the place underlined, and help."""
    head = f"{found.severity}[{found.code}]: {printable(found.message)}"
    lines = [head]
    if found.span is not None:
        lines = [f"{printable(str(found.span))}: {head}", *_snippet(found.span, sources.get(found.span.path))]
    if found.help:
        lines.append(f"   help: {printable(found.help)}")
    return "\n".join(lines)


_WIDEST = 160


def _snippet(span: Span, source: Source | None) -> list[str]:
    if source is None:
        return []
    text = source.line(span.line)
    first = max(0, span.column - 1 - _WIDEST // 2)
    window = text[first : first + _WIDEST]
    before = printable(window[: span.column - 1 - first].replace("\t", " "))
    marked = printable(window[span.column - 1 - first :][: max(1, span.end - span.start)].replace("\t", " "))
    number = f"{span.line:>6} | "
    shown = printable(window.replace("\t", " "))
    return [number + shown, " " * 7 + "| " + " " * len(before) + "^" * max(1, len(marked))]
