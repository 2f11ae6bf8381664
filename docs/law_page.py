"""The generated parts of law.md: from the verdict to its provisions, and every provision with its authority and neighbours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache

from planproof.answer import Answerer
from planproof.catalogue import Provision, catalogue
from planproof.core import Authority, Core, Parameter
from planproof.explain import cited
from planproof.rulebook import Rulebook
from planproof.types import shown

_STANDINGS = ("verified", "secondary", "derived", "recalled", "unsettled")


@cache
def _catalogue(book: Rulebook) -> tuple[Provision, ...]:
    return catalogue(Answerer(book))


def verdict(book: Rulebook) -> str:
    """The verdict, its amounts, each path with its requirements, and the pitfalls, with links to the provisions."""
    core = book.core
    assert core.verdict is not None
    provisions = {provision.name: provision for provision in _catalogue(book)}
    lines = [f"- **{_link(provisions[core.verdict.name])}**"]
    for path in core.paths:
        phases = ", ".join(phase.replace("_", " ") for phase, _ in path.phases)
        lines.append(f"  - path: {_link(provisions[path.name])} ({phases})")
        needed = [name for name in provisions[path.name].reads if name in provisions]
        lines.append(f"    - reads {_links(provisions, needed)}")
    lines.append(f"  - amounts: {_links(provisions, core.verdict.amounts)}")
    for severity in ("disqualifying", "costly", "info"):
        named = [pitfall.name for pitfall in core.pitfalls if pitfall.severity == severity]
        lines.append(f"  - {severity} pitfalls: {_links(provisions, named)}")
    return "\n".join(lines) + "\n"


def standings(book: Rulebook) -> str:
    """How many provisions have which standing."""
    counts = Counter(authority.standing for provision in _catalogue(book) for _, authority in provision.authorities)
    rows = [f"| {word} | {counts[word]} |" for word in _STANDINGS]
    return "\n".join(["| standing | citations |", "| --- | --- |", *rows]) + "\n"


def law(book: Rulebook) -> str:
    """Chapter by chapter: every provision with its authority and standing, what it reads, what reads it, and its examples."""
    provisions = {provision.name: provision for provision in _catalogue(book)}
    titles = {source.path: _title(source.text) or source.path for source in book.sources}
    parts = []
    for path in sorted(titles, key=lambda path: _section(titles[path])):
        inside = [provision for provision in provisions.values() if provision.span.path == path]
        if inside:
            body = "\n".join(line for provision in inside for line in _told(provision, provisions, book.core))
            parts.append(f"### {titles[path]}\n\nFrom [`{path}`](../{path}).\n\n{body}\n")
    return "\n".join(parts)


def _title(text: str) -> str:
    match = re.search(r'^chapter "([^"\n]*)"', text, re.MULTILINE)
    return match[1] if match else ""


def _section(title: str) -> tuple[int, str, str]:
    """The place of a chapter in the order of the Code: by the first section that its title names; first those that name none."""
    match = re.search(r"\(sections? (\d+)([A-Za-z]*)", title)
    return (int(match[1]), match[2], title) if match else (0, "", title)


def _told(provision: Provision, provisions: dict[str, Provision], core: Core) -> Iterator[str]:
    name, span = provision.name, provision.span
    kinds = {pitfall.name: f"{pitfall.severity} pitfall" for pitfall in core.pitfalls}
    kind = kinds.get(name, {"define": "definition"}.get(provision.kind, provision.kind))
    yield f'- <a id="{name}"></a>**{provision.label}**, `{name}` ({kind}, [line {span.line}](../{span.path}#L{span.line}))'
    parameter = next((parameter for parameter in core.parameters if parameter.name == name), None)
    yield from (f"  - {text}" for text in (_figures(parameter) if parameter else _authorities(provision)))
    if provision.reads:
        yield f"  - reads {_links(provisions, provision.reads)}"
    if provision.read_by:
        yield f"  - read by {_links(provisions, provision.read_by)}"
    if provision.examples:
        shown = [f"[{example.title}](../{example.span.path}#L{example.span.line})" for example in provision.examples[:3]]
        more = len(provision.examples) - 3
        yield f"  - shown by {'; '.join(shown)}" + (f"; and {more} more" if more > 0 else "")


def _figures(parameter: Parameter) -> Iterator[str]:
    """What the parameter is, by year, each with the authority that published it."""
    if parameter.key and parameter.authority:
        yield cited(parameter.authority)
    for row in parameter.values:
        value = shown(row.value, parameter.type.kind) if row.in_force else "not in force"
        standing = "" if row.authority.standing == "verified" else f" ({row.authority.standing})"
        yield f"{f'{row.key}: ' if row.key else ''}{value}, {'; '.join(row.authority.citations)}{standing}"


def _authorities(provision: Provision) -> Iterator[str]:
    """Each authority once, with the exceptions or years that rest on it."""
    by: dict[Authority, list[str]] = {}
    for of, authority in provision.authorities:
        by.setdefault(authority, []).append(of)
    for authority, parts in by.items():
        named = [part for part in parts if part]
        about = f"{', '.join(f'`{part}`' for part in named)}: " if named and len(named) == len(parts) else ""
        yield f"{about}{cited(authority)}"


def _link(provision: Provision) -> str:
    return f"[{provision.label}](#{provision.name})"


def _links(provisions: dict[str, Provision], names: Iterable[str]) -> str:
    return ", ".join(f"[`{name}`](#{name})" if name in provisions else f"`{name}`" for name in names)
