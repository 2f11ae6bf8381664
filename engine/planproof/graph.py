"""The graph of the steps that decide a verdict: as text for Mermaid, and drawn as SVG."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from planproof.diagnostics import clip
from planproof.markup import Markup, el, markup, raw, visible
from planproof.report import Report, Told

_WIDTH, _LINE, _PAD, _GAP, _COLUMN = 232, 16, 9, 14, 300
_CHARACTERS, _LINES = 30, 5
_PLAIN = re.compile(r"[^A-Za-z0-9 .,:$%/()?'’“”§½-]")
STYLE = (
    "text{font:12px system-ui,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;fill:#1b2430}"
    "rect{fill:#fff;stroke:#697586;stroke-width:1.2}"
    ".yes rect{stroke:#17663a;fill:#eef7f1}.no rect{stroke:#a3262a;fill:#fbefee}"
    ".unknown rect{stroke:#7a5200;fill:#fdf6e3;stroke-dasharray:5 3}"
    "path{fill:none;stroke:#8a94a3;stroke-width:1.2}.root text{font-weight:600}"
    "@media (prefers-color-scheme:dark){text{fill:#e8ebf0}rect{fill:#1c222b;stroke:#8f9bab}"
    ".yes rect{fill:#15291d;stroke:#7fd19b}.no rect{fill:#2f1a1b;stroke:#ff9b94}.unknown rect{fill:#2d2613;stroke:#f0c36a}"
    "path{stroke:#6c7888}}"
)


@dataclass(frozen=True, slots=True)
class Graph:
    """Steps, each once, in the order in which they are told, and from which step each leads to which."""

    nodes: tuple[Told, ...]
    edges: tuple[tuple[int, int], ...]


def graph_of(report: Report) -> Graph:
    """The graph of the verdict."""
    nodes: dict[int, Told] = {}
    edges: dict[tuple[int, int], None] = {}
    above: list[int] = []
    for told in report.trees[0].steps:
        nodes.setdefault(told.number, told)
        del above[told.depth :]
        if above and above[-1] != told.number:
            edges[above[-1], told.number] = None
        above.append(told.number)
    return Graph(tuple(nodes.values()), tuple(edges))


# ------------------------------------------------------------------ Mermaid


def mermaid(report: Report) -> str:
    """The graph as text for Mermaid."""
    graph = graph_of(report)
    lines = ["flowchart LR"]
    lines += [f'  s{told.number}["{_quoted(told.text)}"]:::{told.word}' for told in graph.nodes]
    lines += [f"  s{start} --> s{end}" for start, end in graph.edges]
    lines += [
        "  classDef yes fill:#eef7f1,stroke:#17663a,color:#1b2430",
        "  classDef no fill:#fbefee,stroke:#a3262a,color:#1b2430",
        "  classDef unknown fill:#fdf6e3,stroke:#7a5200,color:#1b2430,stroke-dasharray:5 3",
        "  classDef value fill:#ffffff,stroke:#697586,color:#1b2430",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text between the quotes of a label: what Mermaid or HTML could read as a sign is told by its number."""
    return _PLAIN.sub(lambda match: f"#{ord(match.group())};", clip(visible(text), 160))


# ------------------------------------------------------------------ SVG


def svg(report: Report, *, alone: bool = True) -> Markup:
    """The graph as a drawing; `alone`: as a file of its own, with its style."""
    graph = graph_of(report)
    layers = _layers(graph)
    texts = {told.number: _wrapped(told.text) for told in graph.nodes}
    places = _placed(layers, texts)
    height = max(y + _height(texts[number]) for number, (_, y) in places.items()) + _GAP
    width = (max(layers.values()) + 1) * _COLUMN - (_COLUMN - _WIDTH) + 2 * _GAP
    title = f"{report.question}: {report.verdict}. What decides it"
    drawn = [
        el("title", title, id="drawing"),
        raw("style", STYLE) if alone else None,
        [_edge(places[start], places[end], texts[start], texts[end]) for start, end in graph.edges],
        [_node(told, places[told.number], texts[told.number], root=index == 0) for index, told in enumerate(graph.nodes)],
    ]
    space = "http://www.w3.org/2000/svg" if alone else None
    box = f"0 0 {width} {height}"
    return el("svg", *drawn, xmlns=space, viewBox=box, width=str(width), height=str(height), role="img", aria_labelledby="drawing")


def _layers(graph: Graph) -> dict[int, int]:
    """How far from the verdict each step stands, by its longest way."""
    layers = {told.number: 0 for told in graph.nodes}
    for _ in graph.nodes:
        moved = False
        for start, end in graph.edges:
            if layers[end] <= layers[start]:
                layers[end] = layers[start] + 1
                moved = True
        if not moved:
            break
    return layers


def _placed(layers: dict[int, int], texts: dict[int, tuple[str, ...]]) -> dict[int, tuple[int, int]]:
    """The upper left corner of every step: a column for each layer, each column in the middle."""
    columns: dict[int, list[int]] = {}
    for number, layer in layers.items():
        columns.setdefault(layer, []).append(number)
    heights = {layer: sum(_height(texts[number]) + _GAP for number in column) for layer, column in columns.items()}
    tallest = max(heights.values())
    places = {}
    for layer, column in columns.items():
        y = _GAP + (tallest - heights[layer]) // 2
        for number in column:
            places[number] = (_GAP + layer * _COLUMN, y)
            y += _height(texts[number]) + _GAP
    return places


def _wrapped(text: str) -> tuple[str, ...]:
    lines = textwrap.wrap(clip(visible(text), 400), _CHARACTERS)
    return tuple(lines if len(lines) <= _LINES else [*lines[: _LINES - 1], f"{lines[_LINES - 1][: _CHARACTERS - 2]} …"])


def _height(lines: Sequence[str]) -> int:
    return len(lines) * _LINE + 2 * _PAD


def _edge(start: tuple[int, int], end: tuple[int, int], start_lines: Sequence[str], end_lines: Sequence[str]) -> Markup:
    x1, y1 = start[0] + _WIDTH, start[1] + _height(start_lines) // 2
    x2, y2 = end[0], end[1] + _height(end_lines) // 2
    bend = (x2 - x1) // 2
    return el("path", d=f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}")


def _node(told: Told, place: tuple[int, int], lines: Sequence[str], *, root: bool) -> Markup:
    x, y = place
    spans = [el("text", line, x=str(x + 10), y=str(y + _PAD + 12 + index * _LINE)) for index, line in enumerate(lines)]
    box = el("rect", x=str(x), y=str(y), width=str(_WIDTH), height=str(_height(lines)), rx="7")
    return markup(el("g", el("title", f"Step {told.number}. {told.text}"), box, spans, class_=f"{told.word}{' root' if root else ''}"))
