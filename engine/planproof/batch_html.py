"""A batch as a whole as one HTML page that needs nothing else: counts as bars, what would help most plans, and the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planproof.batch.jobs import Job
from planproof.batch.prospects import Prospects
from planproof.batch.results import Cell, ResultRow
from planproof.batch.tally import Tally
from planproof.batch.whole import Count, counted, named_text, prospect_groups, prospect_text, scope_lines
from planproof.markup import Content, Markup, el, markup
from planproof.page_html import Table, page, with_contents
from planproof.resources import asset
from planproof.summary import sentence
from planproof.wording import Wording, spaced

MOST_ROWS = 1_000
_MOST_BARS = 25
_MOST_NAMED = 4
_WIDTH = 1_000  # of the longest bar, in its own units


@dataclass(frozen=True, slots=True)
class Batch:
    """What a page is made from: a run, its manifest, what it found as a whole, and the first `MOST_ROWS` of its rows."""

    job: Job
    manifest: Mapping[str, Any]
    found: Tally
    help: Prospects | None
    rows: Sequence[ResultRow]


def batch_page(words: Wording, batch: Batch) -> str:
    """The run as a page."""
    verdict = words.book.core.verdict
    assert verdict is not None, "a rule book that gives no verdict answers nothing"
    title = f"{verdict.label}: {_answers(batch.found.rows)}"
    main = el("main", with_contents(list(_sections(words, batch))), id="main", tabindex="-1")
    style = asset("report.css") + asset("batch_report.css")
    return page(title, _header(title, batch), main, _footer(batch), style, asset("batch_report.js"))


def _answers(count: int) -> str:
    return f"{count:,} answer{'' if count == 1 else 's'}"


def _header(title: str, batch: Batch) -> Markup:
    job, years = batch.job, batch.job.years
    told = {
        "Years" if len(years) > 1 else "Year": ", ".join(map(str, years)),
        "Plans as of": job.on or "31 December of the year",
        "As known on": job.known,
        "Scenarios": ", ".join(one.name for one in job.scenarios if one.name),
        "Inputs": f"{len(job.inputs):,} file{'' if len(job.inputs) == 1 else 's'}",
        "Rejected rows": f"{batch.found.rejected:,}",
        "Output": batch.manifest["output"]["file"],
    }
    terms = [el("div", el("dt", name), el("dd", text)) for name, text in told.items() if text]
    return el("header", el("h1", title), el("dl", terms, class_="about"))


def _footer(batch: Batch) -> Markup:
    hashes = {"rule book": batch.job.rulebook, "output": batch.manifest["output"]["sha256"]}
    rows = [el("div", el("dt", name), el("dd", el("code", text))) for name, text in hashes.items()]
    ask = el("code", f"planproof explain --from {batch.manifest['output']['file']} --row ID")
    return el(
        "footer",
        el("h2", "How to check this report"),
        el("p", "Every row can be asked why, with its whole proof: ", ask, "."),
        el("dl", rows, class_="hashes"),
        el("p", f"Made by planproof {batch.job.engine}. This is no tax or legal advice."),
    )


def _sections(words: Wording, batch: Batch) -> Iterator[tuple[str, str, Content]]:
    """Anchor, heading and content of every section that has any."""
    for count in counted(words.book, batch.found):
        if count.told:
            yield count.name, sentence(count.title)[:-1], _counts(count)
        if count.name == "clusters" and batch.help is not None and batch.help.short:
            yield "prospects", "What would help most", _help(words, batch.help)
    yield "rows", "Rows", _rows(words, batch)


# ------------------------------------------------------------------ bars


def _counts(count: Count) -> Markup:
    rest = count.told[_MOST_BARS:]
    more = el("p", f"{sum(number for _, number in rest):,} in {len(rest):,} others.", class_="small") if rest else None
    return markup(_bars(sentence(count.title)[:-1], count.told[:_MOST_BARS]), more)


def _bars(caption: str, told: Sequence[tuple[str, int]]) -> Markup:
    """A table with a bar for each number."""
    most = max(number for _, number in told)
    rows = [(text, el("span", f"{number:,}", class_="figure"), _bar(number, most)) for text, number in told]
    return Table(caption, ("What", "Answers", el("span", "Bar", class_="unseen")), rows, "bars").markup()


def _bar(number: int, most: int) -> Markup:
    width = max(1, number * _WIDTH // most)
    bar = el("rect", width=str(width), height="10")
    return el("svg", bar, class_="bar", viewBox=f"0 0 {_WIDTH} 10", preserveAspectRatio="none", aria_hidden="true", focusable="false")


def _help(words: Wording, found: Prospects) -> Markup:
    parts: list[Content] = []
    for title, told in prospect_groups(found):
        parts += [el("h3", sentence(title)[:-1]), _bars(title, [(prospect_text(words, one), one.rows) for one in told])]
    return markup(parts, el("ul", [el("li", sentence(line)) for line in scope_lines(found)], class_="small"))


# ------------------------------------------------------------------ rows


def _rows(words: Wording, batch: Batch) -> Markup:
    """A table of rows, with a note where the others are."""
    file = batch.manifest["output"]["file"]
    first = f"The first {len(batch.rows):,} of {batch.found.rows:,}; all" if len(batch.rows) < batch.found.rows else "All"
    note = el("p", f"{first} are in ", el("code", file), ".")
    plans = () if batch.job.of_plans else ("plan",)
    keys = [*plans, *(name for name in ("group", "year", "scenario") if len({row[name] for row in batch.rows} - {None}) > (name == "year"))]
    heads = ("Row", *(name.capitalize() for name in keys), "Verdict", "What is missing", "Pitfalls")
    rows = [
        (
            _told(row["id"]),
            *(_told(row[name]) for name in keys),
            el("span", spaced(str(row["verdict"])), class_="mark"),
            _named(words, row["missing"]),
            _named(words, row["pitfalls"]),
        )
        for row in batch.rows
    ]
    return markup(note, Table("Rows of the output", heads, rows, "rows").markup())


def _told(cell: Cell) -> Markup:
    """A cell that somebody else wrote, as long as it may be."""
    return el("span", "–" if cell is None else str(cell), class_="told")


def _named(words: Wording, cell: Cell) -> str:
    """The first names of a cell by their labels, and how many there are more."""
    names = cell if isinstance(cell, tuple) else ()
    more = f"; {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return "; ".join(named_text(words.book, name) for name in names[:_MOST_NAMED]) + more or "–"
