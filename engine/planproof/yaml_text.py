"""YAML and JSON text to a tree in which every key and value has its place. The one door to ruamel.yaml.

The tree is built from the parser's events, so nothing is resolved, shared or expanded: scalars keep their text, and
aliases, anchors, tags, directives and duplicate keys are refused where they stand. Size, depth and number of values
are bounded, so that hostile input is refused early.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from planproof.diagnostics import Diagnostic, clip
from planproof.source import Source, Span

LARGEST_FILE = 262_144
MOST_VALUES = 12_000
DEEPEST = 24
_MOST_FAULTS = 200


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as written; `plain` if it had no quotes."""

    text: str
    plain: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of values."""

    items: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with their places, and values."""

    entries: dict[str, tuple[Span, Node]]
    span: Span

    def get(self, key: str) -> Node | None:
        """The value of a key, if it is there."""
        entry = self.entries.get(key)
        return entry[1] if entry else None


Node: TypeAlias = Scalar | Sequence | Mapping


class _Refused(Exception):
    def __init__(self, found: Diagnostic) -> None:
        self.found = found


def read_yaml(source: Source) -> tuple[Node | None, tuple[Diagnostic, ...]]:
    """The tree of a text, or what is wrong with it and where."""
    text = source.text.replace("\t", " ") if source.path.endswith(".json") else source.text
    if len(text) > LARGEST_FILE:
        return None, (Diagnostic("yaml-size", f"the file is larger than {LARGEST_FILE:,} characters", source.span(0, 0)),)
    directive = _DIRECTIVE.match(text)
    if directive:
        span = source.span(directive.start(1), directive.end(1))
        return None, (Diagnostic("yaml-directive", "a directive cannot stand in this file", span, "remove the line"),)
    builder = _Builder(source)
    try:
        for event in _events(text):
            builder.take(event)
    except _Refused as refused:
        return None, (*builder.found, refused.found)
    except MarkedYAMLError as error:
        return None, (*builder.found, _yaml_error(source, error))
    except YAMLError as error:
        return None, (*builder.found, _reader_error(source, error))
    except (ValueError, OverflowError):
        return None, (*builder.found, Diagnostic("yaml-syntax", "what follows is not YAML", builder.last))
    if builder.root is None:
        return None, (Diagnostic("yaml-empty", "the file is empty", source.span(0, 0)),)
    return builder.root, tuple(builder.found)


_DIRECTIVE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*(%[^\n]{0,60})")


def _events(text: str) -> Iterator[Any]:
    yaml = YAML(typ="safe", pure=True)
    yield from yaml.parse(text)


_YAML_WORDING = (
    ("expected <block end>", "this line does not fit the lines around it", "indent it like its neighbours"),
    (
        "mapping values are not allowed here",
        "a `:` cannot stand here",
        "put a text with `: ` in quotes; indent what belongs to a key below it",
    ),
    ("could not find expected ':'", "a key without `:`", "write `key: value`"),
    ("expected ',' or '}'", "these braces do not close", "part the entries by `,` and end them with `}`"),
    ("expected ',' or ']'", "these brackets do not close", "part the items by `,` and end them with `]`"),
)


def _yaml_error(source: Source, error: MarkedYAMLError) -> Diagnostic:
    mark = error.problem_mark or error.context_mark
    if "quoted scalar" in str(error.context) and "end of stream" in str(error.problem) and error.context_mark:
        offset = error.context_mark.index
        return Diagnostic("yaml-syntax", "this quote is not closed", source.span(offset, offset + 1))
    offset = min(mark.index, len(source.text)) if mark else 0
    problem = str(error.problem or error.context or "not YAML").split("\n")[0]
    help_ = None
    if offset < len(source.text) and source.text[offset] == "\t":
        problem, help_ = "a tab cannot indent or part values", "use spaces"
    for start, words, advice in _YAML_WORDING:
        if problem.startswith(start):
            problem, help_ = words, advice
    return Diagnostic("yaml-syntax", problem[0].lower() + problem[1:].rstrip("."), source.span(offset, offset + 1), help_)


def _reader_error(source: Source, error: YAMLError) -> Diagnostic:
    offset = int(getattr(error, "position", 0) or 0)
    return Diagnostic("yaml-syntax", "the file holds a character that YAML does not allow", source.span(offset, offset + 1))


class _Builder:
    """Grows the tree event by event on a stack of its own, never by recursion."""

    def __init__(self, source: Source) -> None:
        self.root: Node | None = None
        self.found: list[Diagnostic] = []
        self._source = source
        self._stack: list[_Open] = []
        self._values = 0
        self._documents = 0
        self.last = source.span(0, 0)

    def take(self, event: Any) -> None:
        span = self.last = self._span(event)
        if isinstance(event, AliasEvent):
            raise self._refuse("yaml-alias", f"an alias (`*{clip(event.anchor)}`) cannot stand in this file", span, "write the value again")
        if isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent):
            self._check(event, span)
        if isinstance(event, ScalarEvent):
            self._add(Scalar(self._text(event.value, span), event.style is None, span))
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            if len(self._stack) >= DEEPEST:
                raise self._refuse("yaml-depth", f"more than {DEEPEST} levels deep", span)
            self._stack.append(_Open(isinstance(event, MappingStartEvent), span))
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self._close(span)
        elif isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._refuse("yaml-documents", "a file holds one document", span, "remove the `---`")

    def _span(self, event: Any) -> Span:
        length = len(self._source.text)
        return self._source.span(min(event.start_mark.index, length), min(event.end_mark.index, length))

    def _text(self, text: str, span: Span) -> str:
        """The text with the halves of a character that JSON writes as two joined; half a character is refused."""
        try:
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            raise self._refuse("yaml-syntax", "this text holds half a character", span) from None

    def _report(self, code: str, message: str, span: Span, help_: str | None = None) -> None:
        """Tell what can be passed over, so that the rest is read too; a file full of it is refused."""
        if len(self.found) >= _MOST_FAULTS:
            raise self._refuse(code, message, span, help_)
        self.found.append(Diagnostic(code, message, span, help_))

    def _refuse(self, code: str, message: str, span: Span, help_: str | None = None) -> _Refused:
        return _Refused(Diagnostic(code, message, span, help_))

    def _check(self, event: Any, span: Span) -> None:
        self._values += 1
        if self._values > MOST_VALUES:
            raise self._refuse("yaml-values", f"more than {MOST_VALUES:,} values", span)
        if event.anchor is not None:
            self._report("yaml-anchor", f"an anchor (`&{clip(event.anchor)}`) cannot stand in this file", span)
        if event.tag is not None:
            self._report("yaml-tag", f"a tag (`{clip(str(event.tag))}`) cannot stand in this file", span)

    def _add(self, node: Node) -> None:
        if not self._stack:
            self.root = node
            return
        top = self._stack[-1]
        if not top.mapping:
            top.items.append(node)
        elif top.key is None:
            if not isinstance(node, Scalar):
                raise self._refuse("yaml-key", "a key is a name, not a list or mapping", node.span)
            if node.text in top.entries:
                first = top.entries[node.text][0]
                self._report("yaml-duplicate-key", f"`{clip(node.text)}` stands twice", node.span, f"the first is at {first}")
            top.key = node
        else:
            top.entries.setdefault(top.key.text, (top.key.span, node))
            top.key = None

    def _close(self, end: Span) -> None:
        top = self._stack.pop()
        span = self._source.span(top.span.start, max(top.span.start, end.end))
        self._add(Mapping(top.entries, span) if top.mapping else Sequence(tuple(top.items), span))


class _Open:
    """A mapping or sequence whose end is not yet read."""

    def __init__(self, mapping: bool, span: Span) -> None:
        self.mapping = mapping
        self.span = span
        self.items: list[Node] = []
        self.entries: dict[str, tuple[Span, Node]] = {}
        self.key: Scalar | None = None
