"""A report as one HTML page that needs nothing else: no network, no file beside it, and no script to be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from planproof.core import SEVERITIES
from planproof.diagnostics import clip
from planproof.graph import svg
from planproof.markup import Content, Markup, el, markup
from planproof.page_html import Table, page, section, with_contents
from planproof.report import AmountView, Cell, Comparison, GroupView, MissingView, PitfallView, Report, Row, Term, Told, Tree, by_answerer
from planproof.resources import asset
from planproof.summary import few, sentence

_SIGNS = {"yes": "✓", "open": "✓", "no": "✗", "closed": "✗", "unknown": "?", "applies": "●"}
_MOST_DRAWN = 60
_MOST_TOLD = 6
_OPEN_LEVELS = 2


def html_page(report: Report) -> str:
    """The report as a page."""
    return _page(report, _main(report))


def proof_page(report: Report) -> str:
    """The proof of a report alone as a page."""
    return _page(report, el("main", section("proof", "Proof", _proof(report)), id="main", tabindex="-1"))


def _page(report: Report, main: Markup) -> str:
    title = f"{report.question}: {report.verdict} – {clip(report.plan, 80)} ({report.year})"
    return page(title, _header(report), main, _footer(report), asset("report.css"), asset("report.js"))


# ------------------------------------------------------------------ frame


def _header(report: Report) -> Markup:
    asked = [el("div", el("dt", term.name), el("dd", term.text)) for term in report.asked]
    return el(
        "header",
        el("p", report.employer, class_="employer"),
        el("h1", report.plan),
        el("dl", asked, class_="about"),
    )


def _main(report: Report) -> Markup:
    return el("main", _verdict(report), with_contents(list(_sections(report))), id="main", tabindex="-1")


def _verdict(report: Report) -> Markup:
    differs = el("p", report.difference, class_="note") if report.difference else None
    return el(
        "section",
        el("h2", report.question, id="asked"),
        el("p", el("strong", report.verdict), class_="verdict"),
        el("p", report.summary, class_="why"),
        differs,
        id="verdict",
        class_=f"tone-{report.tone}",
        aria_labelledby="asked",
    )


def _sections(report: Report) -> Iterator[tuple[str, str, Content]]:
    """Anchor, heading and content of every section that has any."""
    if report.groups:
        yield "groups", "Groups whose features differ", _groups(report)
    if report.amounts:
        yield "amounts", "Amounts", _amounts(report.amounts)
    if report.comparison.paths:
        yield "paths", "Paths side by side", _paths(report.comparison)
    yield "pitfalls", "Pitfalls", _pitfalls(report)
    if report.missing:
        yield "missing", "What is not known", _missing(report.missing)
    if report.readings:
        yield "readings", "Where the documents can be read in more than one way", [el("p", report.reading), _terms(report.readings)]
    if report.presumed:
        yield "presumed", "Presumed by law, as nobody says otherwise", _terms(report.presumed)
    if report.rests_on:
        lead = el("p", "The verdict rests on these provisions, whose text was not read whole or not at first hand.")
        yield "unverified", "What is not verified", [lead, _terms(report.rests_on)]
    yield "proof", "Proof", _proof(report)


def _footer(report: Report) -> Markup:
    rows = [el("div", el("dt", term.name), el("dd", el("code", term.text))) for term in report.hashes]
    return el(
        "footer",
        el("h2", "How to check this report"),
        el(
            "p",
            "The report was made from the texts with these hashes (SHA-256). From the same texts, for the same question,"
            " planproof makes the same report, byte for byte. The proof is data too: ",
            el("code", "planproof check PLAN --format json"),
            " with the same options prints it, and the seal is the hash of all of it."
            " So every step can be computed anew by another program.",
        ),
        el("dl", rows, class_="hashes"),
        el("p", "What the authorities say is encoded with how sure the encoding is of each. This is no tax or legal advice."),
    )


# ------------------------------------------------------------------ tables


def _groups(report: Report) -> Markup:
    rows = [(group.label, group.verdict, _opened(group)) for group in report.groups]
    how = el("code", "--set participant.group=GROUP")
    lead = el("p", "The rest of the report is about employees in none of these groups. For a group, ask with ", how, ".")
    return markup(lead, Table("The verdict for each group", ("Group", report.question, "Open paths"), rows).markup())


def _opened(group: GroupView) -> Content:
    return _list(group.opened) if group.opened else "none"


def _amounts(amounts: Sequence[AmountView]) -> Markup:
    rows: list[Sequence[Content]] = []
    for amount in amounts:
        decided: Content = sentence(amount.decided_by)[:-1] if amount.decided_by else "–"
        if not amount.known:
            decided = f"Needs {few([f'“{label}”' for label in amount.lacks], 3)}" if amount.lacks else "Cannot be known"
        figure = el("span", amount.text, class_="figure" if amount.known else "figure unknown")
        rows.append((amount.label, figure, decided, el("a", f"step {amount.step}", href=f"#step-{amount.step}")))
    return Table("Amounts of the verdict and what decides them", ("Amount", "Value", "Decided by", "Proof"), rows, "amounts").markup()


def _missing(missing: Sequence[MissingView]) -> Markup:
    parts: list[Content] = []
    for title, found in (
        ("Needed for the verdict", [one for one in missing if one.for_verdict]),
        ("Needed for amounts only", [one for one in missing if not one.for_verdict]),
    ):
        if found:
            ordered = [one for _, group in by_answerer(found) for one in group]
            heads = ("Question", "Who can answer", "How it stands", "Needed for")
            rows: list[Sequence[Content]] = []
            for one in ordered:
                row = (_question(one), sentence(one.answered_by)[:-1], one.state, few(one.needed_for, 3))
                rows.append(row[:3] if one.for_verdict else row)
            parts += [el("h3", title), Table(title, heads[: len(rows[0])], rows, "missing").markup()]
    return markup(parts)


def _question(one: MissingView) -> Markup:
    named = el("span", one.label, " · ", el("code", one.name), class_="small")
    return markup(el("span", one.question, class_="question"), named)


# ------------------------------------------------------------------ paths


def _paths(comparison: Comparison) -> Markup:
    heads = [el("th", path, scope="col") for path in comparison.paths]
    corner = el("td", el("span", "Path", class_="unseen"), class_="corner")
    bodies = []
    for part in comparison.parts:
        title = el("tr", el("th", part.title, scope="rowgroup", colspan=str(len(comparison.paths) + 1)), class_="part")
        rows = [el("tr", el("th", _row_head(row), scope="row"), [el("td", _cell(cell)) for cell in row.cells]) for row in part.rows]
        bodies.append(el("tbody", title, rows))
    caption = el("caption", "Each path with its requirements and effects", class_="unseen")
    table = el("table", caption, el("thead", el("tr", corner, heads)), bodies)
    label = "Table of the paths, which may be scrolled sideways"
    wide = el("div", table, class_="wide", role="region", aria_label=label, tabindex="0")
    cards = [_card(comparison, index) for index in range(len(comparison.paths))]
    return markup(wide, el("div", cards, class_="cards"), _depends(comparison))


def _row_head(row: Row) -> Markup:
    return markup(el("span", row.label), el("span", row.authority, class_="small") if row.authority else None)


def _cell(cell: Cell) -> Markup:
    if not cell.word:
        told = el("span", "does not concern this path", class_="unseen")
        return el("span", el("span", "–", aria_hidden="true"), told, class_="none")
    if cell.word == "text":
        return el("span", cell.text, class_="small")
    sign = _SIGNS.get(cell.word)
    signed = el("span", sign, aria_hidden="true") if sign else None
    return el("span", signed, el("span", cell.text), class_=f"mark {cell.word}")


def _card(comparison: Comparison, index: int) -> Markup:
    path = comparison.paths[index]
    told = [row.cells[index].text for part in comparison.parts for row in part.rows if row.cells[index].word == "text"]
    parts: list[Content] = [el("p", text, class_="small") for text in told]
    for part in comparison.parts:
        rows = [row for row in part.rows if row.cells[index].word not in ("", "text")]
        if rows:
            parts += [el("h4", part.title), el("ul", [el("li", _cell(row.cells[index]), el("div", _row_head(row))) for row in rows])]
    return el("section", el("h3", path), parts, class_="card")


def _depends(comparison: Comparison) -> Markup | None:
    if not comparison.depends:
        return None
    parts = [el("div", el("dt", of), el("dd", _list(labels))) for of, labels in comparison.depends]
    return el("details", el("summary", "What the taxes and withholding that are not known depend on"), el("dl", parts, class_="terms"))


# ------------------------------------------------------------------ pitfalls


def _pitfalls(report: Report) -> Markup:
    parts: list[Content] = []
    if not report.pitfalls:
        parts.append(el("p", "None is certain to apply."))
    for severity in SEVERITIES:
        found = [pitfall for pitfall in report.pitfalls if pitfall.severity == severity]
        if found:
            parts += [el("h3", sentence(severity)[:-1]), *map(_pitfall, found)]
    if report.possible:
        count = len(report.possible)
        told = f"{count} other{'s' if count > 1 else ''} may apply, depending on what is not known"
        parts.append(el("details", el("summary", told), *_possible(report), class_="possible"))
    return markup(parts)


def _pitfall(pitfall: PitfallView) -> Markup:
    cost = el("p", el("strong", "Cost: "), pitfall.cost) if pitfall.cost else None
    remedies = [el("li", el("strong", f"{sentence(term.name)[:-1]}: "), term.text) for term in pitfall.remedies]
    return el(
        "article",
        el("h4", pitfall.label),
        el("p", pitfall.says),
        cost,
        [el("p", "Remedies", class_="lead"), el("ul", remedies)] if remedies else None,
        el("p", pitfall.authority, class_="small"),
        class_=f"pitfall {pitfall.severity}",
    )


def _possible(report: Report) -> Iterator[Markup]:
    for severity in SEVERITIES:
        found = [pitfall for pitfall in report.possible if pitfall.severity == severity]
        if found:
            yield el("h3", f"May apply: {severity}")
            for pitfall in found:
                depends = el("p", el("strong", "Depends on: "), few([f"“{label}”" for label in pitfall.depends_on], _MOST_TOLD), ".")
                authority = el("p", pitfall.authority, class_="small")
                yield el("article", el("h4", pitfall.label), el("p", pitfall.says), depends, authority, class_=f"pitfall {severity}")


# ------------------------------------------------------------------ the proof


@dataclass(slots=True)
class _Node:
    """A step with the steps below it."""

    told: Told
    below: list[_Node] = field(default_factory=list)


def _proof(report: Report) -> Markup:
    lead = el(
        "p",
        "Each step says what a value is, why, and where that comes from. Open a step for what it rests on."
        " A step that was told before is named by its number.",
    )
    verdict, *amounts = report.trees
    trees = [el("h3", verdict.title), el("ul", _tree(verdict, 0), class_="tree")]
    if amounts:
        trees += [el("h3", "Amounts"), el("ul", [_tree(tree, _OPEN_LEVELS) for tree in amounts], class_="tree")]
    numbers = {told.number for told in report.trees[0].steps}
    drawn: Content = None
    if 1 < len(numbers) <= _MOST_DRAWN:
        label = "Drawing, which may be scrolled"
        picture = el("div", svg(report, alone=False), class_="graph", role="region", aria_label=label, tabindex="0")
        drawn = el("details", el("summary", "The same for the verdict as a drawing"), picture)
    return markup(lead, el("div", trees, id="trees"), drawn)


def _tree(tree: Tree, level: int) -> list[Markup]:
    """The items of a tree, whose root is as deep as is said."""
    roots: list[_Node] = []
    above: list[_Node] = []
    for told in tree.steps:
        node = _Node(told)
        del above[told.depth :]
        (above[-1].below if above else roots).append(node)
        above.append(node)
    return [_step(node, level) for node in roots]


def _step(node: _Node, level: int) -> Markup:
    told = node.told
    if told.again:
        see = el("a", f"see step {told.number}", href=f"#step-{told.number}")
        return el("li", el("p", el("span", told.text, class_="text"), " ", see), class_=f"again {told.word}")
    number = el("span", str(told.number), class_="number")
    head = [number, el("span", told.text, class_="text")]
    why = [el("p", reason, class_="because") for reason in told.why]
    origin = el("p", told.origin, class_="origin")
    name = f"step-{told.number}"
    if not node.below:
        return el("li", el("p", head), why, origin, class_=f"leaf {told.word}", id=name)
    below = el("ul", [_step(found, level + 1) for found in node.below])
    opened = level < _OPEN_LEVELS
    return el("li", el("details", el("summary", head), why, origin, below, open=opened), class_=told.word, id=name)


# ------------------------------------------------------------------ small things


def _terms(terms: Sequence[Term]) -> Markup:
    return el("dl", [el("div", el("dt", term.name), _described(term)) for term in terms], class_="terms")


def _described(term: Term) -> list[Markup]:
    texts = [el("dd", term.text)] if term.text else []
    return [*texts, el("dd", term.authority, class_="small")] if term.authority else texts


def _list(texts: Sequence[str]) -> Markup:
    return el("ul", [el("li", text) for text in texts])
