"""What all HTML pages have in common: a page that needs nothing else, its sections and its tables."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from planproof.markup import Content, Markup, el, markup, raw


def page(title: str, header: Markup, main: Markup, footer: Markup, style: str, script: str) -> str:
    """A whole page; the policy in it forbids the network and every style and script but its own."""
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; base-uri 'none'; form-action 'none'"
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("link", rel="icon", href="data:,"),
        el("title", title),
        raw("style", style),
    )
    skip = el("a", "Skip to the report", class_="skip", href="#main")
    body = el("body", skip, header, main, footer, raw("script", script))
    return f"<!DOCTYPE html>\n{el('html', head, body, lang='en')}\n"


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def section(name: str, title: str, body: Content) -> Markup:
    """A section with its anchor and heading."""
    return el("section", el("h2", title, id=f"{name}-title"), body, id=name, aria_labelledby=f"{name}-title")


def with_contents(sections: Sequence[tuple[str, str, Content]]) -> Markup:
    """Sections by anchor, heading and content, with links to each before them."""
    links = [el("li", el("a", title, href=f"#{name}")) for name, title, _ in sections]
    return markup(el("nav", el("ul", links), aria_label="Contents"), [section(*one) for one in sections])


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its caption for those who do not see it, its heads, and rows of a head and cells."""

    caption: str
    heads: Sequence[Content]
    rows: Sequence[Sequence[Content]] = field(default=())
    kind: str = ""

    def markup(self) -> Markup:
        """The table; each cell also names its column, for narrow screens."""
        head = el("tr", [el("th", cell, scope="col") for cell in self.heads])
        rows = []
        for first, *others in self.rows:
            cells = [el("td", other, data_label=str(label)) for label, other in zip(self.heads[1:], others, strict=True)]
            rows.append(el("tr", el("th", first, scope="row"), cells))
        caption = el("caption", self.caption, class_="unseen")
        return el("table", caption, el("thead", head), el("tbody", rows), class_=f"stacked {self.kind}".strip())
