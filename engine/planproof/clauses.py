"""The clauses of one declaration: what must stand does, nothing stands twice, and words are from their lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from planproof import syntax as s
from planproof.core import ANSWERERS, CHANGERS, SEVERITIES
from planproof.diagnostics import Diagnostic, did_you_mean
from planproof.scope import authority_of
from planproof.source import Span

STANDINGS = ("verified", "secondary", "derived", "recalled", "unsettled")

_REQUIRED: dict[str, tuple[str, ...]] = {
    "parameter": ("label",),
    "fact": ("label", "asks", "answered_by"),
    "list": ("label", "asks", "answered_by"),
    "define": ("label", "authority", "result"),
    "exception": ("when", "result", "authority"),
    "path": ("label", "authority", "open", "requires"),
    "pitfall": ("label", "authority", "severity", "when", "says"),
    "verdict": ("label", "authority", "phases", "result"),
    "example": ("authority", "expect"),
}
_REPEATABLE = frozenset(
    ("must", "phases", "amounts", "note", "documents", "column", "row", "requires", "open", "remedy", "except", "given", "expect")
)
_WRITTEN = {"authority": "cites", "answered_by": "answered by", "changed_by": "changed by", "result": "is", "applies_when": "applies when"}


def _clause_name(clause: s.Clause) -> str:
    match clause:
        case s.Text() | s.Names() | s.Condition() | s.Consequence():
            return clause.clause
        case s.Requires():
            return "open" if clause.phase else "requires"
        case s.ColumnNode():
            return "column"
        case s.ResultNode():
            return "result"
        case s.RemedyNode():
            return "remedy"
        case s.Setting() | s.Rows():
            return "given"
        case _:
            return type(clause).__name__.lower()


def check_clauses(declaration: s.Declaration) -> Iterator[Diagnostic]:
    """What is wrong with the clauses of a declaration and of its exceptions."""
    if declaration.keyword != "exception":
        yield from _block(declaration.keyword, declaration.name, declaration.clauses)
    if declaration.keyword == "parameter":
        yield from _parameter(declaration)
    if declaration.keyword == "authority" and not declaration.clauses:
        name = declaration.name
        yield Diagnostic("clause-missing", f"authority `{name.text}` has neither `standing` nor `published`", name.span)
    for clause in declaration.clauses:
        if isinstance(clause, s.Except):
            yield from _block("exception", clause.label, clause.clauses)


def _block(keyword: str, name: s.Word, clauses: tuple[s.Clause, ...]) -> Iterator[Diagnostic]:
    words = [_clause_name(clause) for clause in clauses]
    for needed in _REQUIRED.get(keyword, ()):
        if needed not in words:
            code = "citation-missing" if needed == "authority" else "clause-missing"
            yield Diagnostic(code, f"{keyword} `{name.text}` has no `{_WRITTEN.get(needed, needed)}`", name.span)
    seen: set[str] = set()
    for word, clause in zip(words, clauses, strict=True):
        if word in seen and word not in _REPEATABLE:
            yield Diagnostic("clause-repeated", f"`{_WRITTEN.get(word, word)}` stands twice", clause.span)
        seen.add(word)
        yield from _words(clause)


def _parameter(declaration: s.Declaration) -> Iterator[Diagnostic]:
    name = declaration.name
    counts = Counter(_clause_name(clause) for clause in declaration.clauses)
    if bool(declaration.subject) == bool(counts["result"]) or bool(declaration.subject) != bool(counts["row"]):
        advice = "write `by YEAR` and one line a year, or `is VALUE`"
        yield Diagnostic("parameter-form", f"parameter `{name.text}` is neither a table nor a constant", name.span, advice)
    years: set[int] = set()
    for row in declaration.clauses:
        if not isinstance(row, s.Row):
            continue
        if row.key in years:
            yield Diagnostic("year-repeated", f"{row.key} stands twice", row.span)
        years.add(row.key)
        if row.authority is None:
            yield Diagnostic("citation-missing", f"the value for {row.key} cites nothing", row.span)
    if not authority_of(declaration):
        yield Diagnostic("citation-missing", f"parameter `{name.text}` has no `cites`", name.span)


def _words(clause: s.Clause) -> Iterator[Diagnostic]:
    authority = clause if isinstance(clause, s.Authority) else getattr(clause, "authority", None)
    if isinstance(authority, s.Authority) and authority.standing:
        yield from _standing(authority.standing)
    match clause:
        case s.Standing():
            yield from _standing(clause)
        case s.Published(day, standing):
            if day.value is None:
                yield Diagnostic("bad-date", "there is no such date", day.span)
            yield from _standing(standing) if standing else ()
        case s.Presumed(_, None):
            yield Diagnostic("citation-missing", "a presumption must be the law's own, and this one cites nothing", clause.span)
        case s.Text("severity", text):
            yield from _one_of("unknown-severity", text, SEVERITIES, clause.span)
        case s.Text("answered_by", text) | s.RemedyNode(text):
            yield from _one_of("unknown-answerer", text, ANSWERERS, clause.span)
        case s.Text("changed_by", text):
            yield from _one_of("unknown-changer", text, CHANGERS, clause.span)
        case _:
            return


def _standing(standing: s.Standing) -> Iterator[Diagnostic]:
    word = standing.word
    yield from _one_of("unknown-standing", word.text, STANDINGS, word.span)
    if word.text in STANDINGS[1:] and not standing.reason:
        yield Diagnostic("standing-reason", f"standing `{word.text}` gives no reason", standing.span, "write the reason in quotes after it")


def _one_of(code: str, word: str, words: tuple[str, ...], span: Span) -> Iterator[Diagnostic]:
    if word not in words:
        yield Diagnostic(code, f"`{word}` is not one of {', '.join(words)}", span, did_you_mean(word, words))
