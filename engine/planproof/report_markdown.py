"""A report as Markdown, for wherever that is shown or edited."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from planproof.core import SEVERITIES
from planproof.markup import visible
from planproof.report import Cell, Comparison, PitfallView, Report, Term, Told, by_answerer
from planproof.summary import few, sentence

_SIGN = re.compile(r"[\\`*_\[\]<>|&~$]|^[#+=-]|^\d+(?=[.)])|(?<=[a-zA-Z]):(?=//)|(?<=www)\.", re.IGNORECASE)
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


def escaped(text: str) -> str:
    """A text in which nothing is a sign of Markdown or HTML."""
    return _SIGN.sub(_as_text, visible(text))


def _as_text(match: re.Match[str]) -> str:
    sign = match[0]
    return _ENTITIES.get(sign) or (f"{sign}\u200b" if sign.isdigit() else f"\\{sign}")


def code(text: str) -> str:
    """A text as code."""
    plain = visible(text).replace("`", "'")
    return f"`{plain}`"


def markdown(report: Report) -> str:
    """The report as Markdown."""
    return "\n".join(_lines(report)).rstrip("\n") + "\n"


def _lines(report: Report) -> Iterator[str]:
    e = escaped
    yield from (f"# {e(report.plan)}", "", e(report.employer), "")
    yield from (f"- {e(term.name)}: {e(term.text)}" for term in report.asked)
    yield from ("", f"## {e(report.question)}: {e(report.verdict)}", "", e(report.summary), "")
    if report.difference:
        yield from (e(report.difference), "")
    if report.groups:
        yield from _section("Groups whose features differ")
        groups = [(group.label, group.verdict, "; ".join(group.opened) or "none") for group in report.groups]
        yield from _table(("Group", report.question, "Open paths"), groups)
    if report.amounts:
        yield from _section("Amounts")
        rows = []
        for amount in report.amounts:
            lacks = f"needs {few([f'“{label}”' for label in amount.lacks], 3)}" if amount.lacks else ""
            decided = amount.decided_by if amount.known else lacks
            rows.append((amount.label, amount.text, decided, f"step {amount.step}"))
        yield from _table(("Amount", "Value", "Decided by", "Proof"), rows)
    if report.comparison.paths:
        yield from _section("Paths side by side")
        yield from _paths(report.comparison)
    yield from _section("Pitfalls")
    yield from _pitfalls(report)
    if report.missing:
        yield from _section("What is not known")
        for who, found in by_answerer(report.missing):
            yield from (f"### {e(sentence(who)[:-1])}", "")
            yield from (f"- {e(one.question)} ({code(one.name)}: {e(one.state)}; needed for {e(few(one.needed_for, 3))})" for one in found)
            yield ""
    if report.readings:
        yield from _terms("Where the documents can be read in more than one way", report.readings)
        yield from (e(report.reading), "")
    yield from _terms("Presumed by law, as nobody says otherwise", report.presumed)
    yield from _terms("What is not verified", report.rests_on)
    yield from _section("Proof")
    for tree in report.trees:
        yield from (f"### {e(tree.title)}", "")
        yield from (line for told in tree.steps for line in _step(told))
        yield ""
    yield from _section("How to check this report")
    yield from (f"- {e(term.name)}: {code(term.text)}" for term in report.hashes)


def _section(title: str) -> tuple[str, str]:
    return (f"## {escaped(title)}", "")


def _terms(title: str, terms: Sequence[Term]) -> Iterator[str]:
    if terms:
        yield from _section(title)
        yield from (f"- **{escaped(term.name)}**: {escaped(_described(term))}" for term in terms)
        yield ""


def _described(term: Term) -> str:
    return f"{term.text} ({term.authority})" if term.text and term.authority else term.text or term.authority


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(map(escaped, heads))} |"
    yield f"| {' | '.join('---' for _ in heads)} |"
    yield from (f"| {' | '.join(map(escaped, row))} |" for row in rows)
    yield ""


def _paths(comparison: Comparison) -> Iterator[str]:
    for part in comparison.parts:
        yield from (f"### {escaped(part.title)}", "")
        rows = [(row.label + (f" ({row.authority})" if row.authority else ""), *map(_cell, row.cells)) for row in part.rows]
        yield from _table(("", *comparison.paths), rows)
    for of, labels in comparison.depends:
        yield from (f"{escaped(of)}: depends on {escaped('; '.join(labels))}.", "")


def _cell(cell: Cell) -> str:
    return cell.text or "–"


def _pitfalls(report: Report) -> Iterator[str]:
    if not report.pitfalls:
        yield from ("None is certain to apply.", "")
    for title, pitfalls in (("{}", report.pitfalls), ("May apply: {}", report.possible)):
        for severity in SEVERITIES:
            found = [pitfall for pitfall in pitfalls if pitfall.severity == severity]
            if found:
                yield from (f"### {escaped(sentence(title.format(severity))[:-1])}", "")
                for pitfall in found:
                    yield from _pitfall(pitfall)
                yield ""


def _pitfall(pitfall: PitfallView) -> Iterator[str]:
    yield f"- **{escaped(pitfall.label)}** {escaped(pitfall.says)} ({escaped(pitfall.authority)})"
    if pitfall.cost:
        yield f"  - Cost: {escaped(pitfall.cost)}"
    yield from (f"  - {escaped(sentence(term.name)[:-1])}: {escaped(term.text)}" for term in pitfall.remedies)
    if pitfall.depends_on:
        yield f"  - Depends on: {escaped('; '.join(pitfall.depends_on))}"


def _step(told: Told) -> Iterator[str]:
    lead = "  " * told.depth
    if told.again:
        yield f"{lead}- {escaped(told.text)} (see step {told.number})"
    else:
        parts = [escaped(part) for part in (*told.why, sentence(told.origin))]
        yield f"{lead}- {told.number}: **{escaped(told.text)}** {' '.join(parts)}"
