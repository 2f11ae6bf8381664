"""YAML text to a tree by a parser in C, where nothing about the text is out of the ordinary. The one door to PyYAML.

What this accepts gives the tree of `yaml_text`, place by place, in a tenth of the time. Whatever is odd (a fault, an
anchor, a tag, a key that stands twice, a value that is not there, a character that the two parsers read differently) is
left to `yaml_text`, which tells what is wrong with it.
"""

from __future__ import annotations

import re
from typing import Any

from planproof.diagnostics import Diagnostic
from planproof.source import Source, Span
from planproof.yaml_text import DEEPEST, LARGEST_FILE, MOST_VALUES, Mapping, Node, Scalar, Sequence, read_yaml

_READ_DIFFERENTLY = re.compile("[\t\r\x85\u2028\u2029\ufeff]|[|>][0-9+-]*#")


def read(source: Source) -> tuple[Node | None, tuple[Diagnostic, ...]]:
    """The tree of a text, or what is wrong with it and where."""
    node = quick(source)
    return (node, ()) if node is not None else read_yaml(source)


def quick(source: Source) -> Node | None:
    """The tree of a text; nothing for a text that is not plainly right."""
    text = source.text
    if len(text) > LARGEST_FILE or _READ_DIFFERENTLY.search(text) or text.lstrip().startswith("%"):
        return None
    try:
        from yaml import CSafeLoader, YAMLError
        from yaml.events import MappingStartEvent, SequenceStartEvent
    except ImportError:  # PyYAML without its part in C
        return None
    try:
        return _tree(CSafeLoader(text), source.path, (MappingStartEvent, SequenceStartEvent))
    except (YAMLError, UnicodeError, _Odd):
        return None


class _Odd(Exception):
    """What the other reader must look at."""


def _tree(parser: Any, path: str, starts: tuple[type, type]) -> Node:
    """The tree of a document, grown event by event on a stack; see the module's own words for what is odd."""
    parser.get_event()  # the stream begins
    parser.get_event()  # the document begins
    open_: list[_Open] = []
    values = 0
    while True:
        event = parser.get_event()
        kind = type(event)
        done: Node
        if hasattr(event, "value"):
            values += 1
            done = _scalar(event, path)
        elif kind in starts:
            values += 1
            if event.anchor is not None or event.tag is not None or len(open_) >= DEEPEST or values > MOST_VALUES:
                raise _Odd
            open_.append(_Open(kind is starts[0], event.start_mark))
            continue
        elif open_ and not hasattr(event, "anchor"):
            done = open_.pop().closed(path, event.end_mark.index)
        else:
            raise _Odd
        if not open_:
            break
        open_[-1].add(done)
    parser.get_event()  # the document ends
    if isinstance(done, Scalar) or values > MOST_VALUES or type(parser.get_event()).__name__ != "StreamEndEvent":
        raise _Odd
    return done


def _scalar(event: Any, path: str) -> Scalar:
    plain = event.style == "" or event.style is None
    if event.anchor is not None or event.tag is not None or (plain and event.value == ""):
        raise _Odd
    start = event.start_mark
    return Scalar(event.value, plain, Span(path, start.index, event.end_mark.index, start.line + 1, start.column + 1))


class _Open:
    """A mapping or sequence whose end is not yet read."""

    __slots__ = ("entries", "items", "key", "mapping", "start")

    def __init__(self, mapping: bool, start: Any) -> None:
        self.mapping = mapping
        self.start = start
        self.items: list[Node] = []
        self.entries: dict[str, tuple[Span, Node]] = {}
        self.key: Scalar | None = None

    def add(self, node: Node) -> None:
        """Take an item, a key or the value of the key before."""
        if not self.mapping:
            self.items.append(node)
        elif self.key is not None:
            self.entries[self.key.text] = self.key.span, node
            self.key = None
        elif isinstance(node, Scalar) and node.text not in self.entries:
            self.key = node
        else:
            raise _Odd

    def closed(self, path: str, end: int) -> Mapping | Sequence:
        """The node, with its end."""
        start = self.start
        span = Span(path, start.index, max(start.index, end), start.line + 1, start.column + 1)
        return Mapping(self.entries, span) if self.mapping else Sequence(tuple(self.items), span)
