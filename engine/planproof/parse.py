"""Rule text to surface tree. With `reader`, the one door to lark.

A file is cut at every line that begins in column 0, and each piece is parsed by itself, so that a mistake in one
declaration hides no other. Strings and citations cannot span lines, so the cut is safe.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from planproof import syntax as s
from planproof.diagnostics import Diagnostic, did_you_mean
from planproof.reader import Reader
from planproof.resources import grammar_text
from planproof.slips import CLAUSE_WORDS, KEYWORDS, advice, expected
from planproof.source import Source

_LONGEST_FILE = 1_000_000
_LONGEST_DECLARATION = 100_000
_DEEPEST = 40
_DEEPEST_TREE = 120

_DECLARATION = re.compile(r"^(?![#\s])", re.MULTILINE)


def parse(source: Source) -> tuple[s.Chapter, tuple[Diagnostic, ...]]:
    """The surface tree of a rule file, and what is wrong with its form."""
    if len(source.text) > _LONGEST_FILE:
        found = Diagnostic("file-too-large", f"a rule file may hold {_LONGEST_FILE:,} characters", source.span(0, 0))
        return s.Chapter(source, (), (), ()), (found,)
    declarations: list[s.Declaration] = []
    diagnostics: list[Diagnostic] = []
    broken: list[str] = []
    starts = [match.start() for match in _DECLARATION.finditer(source.text) if match.start() < len(source.text)]
    diagnostics += _indented_head(source, starts[0] if starts else len(source.text))
    for start, end in pairwise([*starts, len(source.text)]):
        parsed = _parse_piece(source, start, end)
        if isinstance(parsed, Diagnostic):
            diagnostics.append(parsed)
            broken += [name for name in _NAMES.match(source.text, start, end).groups() if name]  # type: ignore[union-attr]
        else:
            declarations.append(parsed)
    return s.Chapter(source, tuple(declarations), _comments(source), tuple(broken)), tuple(diagnostics)


_NAMES = re.compile(r"\S*(?:[ \t]+([a-z][a-z0-9_.]*))?(?:[ \t]+of[ \t]+([a-z][a-z0-9_]*))?")


def _indented_head(source: Source, end: int) -> list[Diagnostic]:
    """What stands before the first line in column 0, if it is more than blanks and comments."""
    word = re.search(r"[^\s#]\S*", _without_comments(source.text[:end]))
    if word is None:
        return []
    span = source.span(word.start(), word.end())
    return [Diagnostic("unknown-declaration", f"`{word.group()[:40]}` belongs to no declaration", span, "a declaration begins in column 0")]


def _without_comments(text: str) -> str:
    """The text with comments blanked, every place kept."""
    return _COMMENT.sub(lambda match: match.group() if match.group(1) is None else " " * len(match.group()), text)


def _comments(source: Source) -> tuple[s.Comment, ...]:
    """The comments, which the grammar passes over, collected from the text beside it."""
    return tuple(
        s.Comment(match.group(1), source.span(match.start(1), match.end(1)))
        for match in _COMMENT.finditer(source.text)
        if match.group(1) is not None
    )


_COMMENT = re.compile(r'"[^"\n]*"|(#[^\n]*)')


@cache
def _grammar() -> Lark:
    return Lark(grammar_text(), parser="lalr", start="declaration", propagate_positions=True, maybe_placeholders=False)


def _parse_piece(source: Source, start: int, end: int) -> s.Declaration | Diagnostic:
    text = source.text[start:end]
    deep = _too_deep(text)
    if deep is not None:
        return Diagnostic("nesting-too-deep", f"more than {_DEEPEST} levels of parentheses", source.span(start + deep, start + deep + 1))
    if len(text) > _LONGEST_DECLARATION:
        return Diagnostic("declaration-too-long", f"a declaration may hold {_LONGEST_DECLARATION:,} characters", source.span(start, start))
    word = re.match(r"\S+", text)
    if word and word.group() not in KEYWORDS:
        return Diagnostic(
            "unknown-declaration",
            f"`{word.group()[:40]}` does not begin a declaration",
            source.span(start, start + word.end()),
            _declaration_help(word.group()) or f"a declaration begins in column 0 with one of {', '.join(KEYWORDS)}",
        )
    try:
        tree = _grammar().parse(text)
    except UnexpectedInput as error:
        return _syntax_error(source, start, end, error)
    if _depth(tree) > _DEEPEST_TREE:
        span = source.span(start, start + (word.end() if word else 1))
        return Diagnostic("nesting-too-deep", "an expression has too many parts", span, "name some of them in definitions of their own")
    return Reader(source, start).declaration(tree)


def _depth(tree: Tree[Token]) -> int:
    deepest, stack = 0, [(tree, 1)]
    while stack:
        node, level = stack.pop()
        deepest = max(deepest, level)
        stack.extend((child, level + 1) for child in node.children if isinstance(child, Tree))
    return deepest


def _declaration_help(word: str) -> str | None:
    if word in CLAUSE_WORDS:
        return "a clause is indented under its declaration"
    return did_you_mean(word, KEYWORDS)


def _too_deep(text: str) -> int | None:
    depth = 0
    for match in re.finditer(r'"[^"\n]*"|#[^\n]*|[()]', text):
        depth += {"(": 1, ")": -1}.get(match.group(), 0)
        if depth > _DEEPEST:
            return match.start()
    return None


def _syntax_error(source: Source, start: int, end: int, error: UnexpectedInput) -> Diagnostic:
    names = _terminals(error)
    wanted = expected(names)
    if isinstance(error, UnexpectedEOF) or (isinstance(error, UnexpectedToken) and error.token.type == "$END"):
        last = start + len(_without_comments(source.text[start:end]).rstrip())
        message = "the declaration ends too early"
        return Diagnostic("syntax", f"{message}: expected {wanted}" if wanted else message, source.span(last - 1, last))
    at = start + (error.pos_in_stream or 0)
    while at < end - 1 and source.text[at].isspace():
        at += 1
    if isinstance(error, UnexpectedToken):
        word = str(error.token).strip().split("\n")[0]
    else:
        word = re.match(r"\w+|.", source.text[at:end], re.DOTALL).group()  # type: ignore[union-attr]
    message = f"unexpected `{word[:40]}`"
    return Diagnostic(
        "syntax",
        f"{message}: expected {wanted}" if wanted else message,
        source.span(at, at + max(1, len(word))),
        advice(source.text, at, start, word, names),
    )


def _terminals(error: UnexpectedInput) -> set[str]:
    if isinstance(error, UnexpectedCharacters):
        return set(error.allowed or ())
    if isinstance(error, UnexpectedToken):
        return set(error.accepts or ())
    if isinstance(error, UnexpectedEOF):
        return set(error.expected)
    return set()
