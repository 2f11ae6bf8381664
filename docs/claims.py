"""The page of claims: reads what articles say about the law, holds it against the rule book, and makes the tables of claims.md."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from planproof.answer import Answerer
from planproof.catalogue import Provision, catalogue
from planproof.core import Example
from planproof.diagnostics import Diagnostic, render
from planproof.rulebook import Rulebook
from planproof.source import Source, Span
from planproof.yaml_text import Mapping, Node, Scalar, Sequence, read_yaml

FILE = Path(__file__).resolve().parent / "claims.yaml"
VERDICTS = {
    "holds": "The claim is right.",
    "imprecise": "Right in the main, but a condition or a part is missing or wrong.",
    "outdated": "It was right in an earlier year.",
    "wrong": "The law or the figure is another one.",
    "contradictory": "The article says both one thing and its opposite.",
    "opinion": "Advice or a judgment, which no rule decides.",
    "market_fact": "What plans, firms or prices are like. The rule book does not judge it.",
    "omission": "What the article does not speak of, and should.",
    "outside": "Law that the rule book does not cover.",
}
UNTESTED = frozenset({"opinion", "market_fact", "omission", "outside"})
_CORRECTED = frozenset({"imprecise", "outdated", "wrong", "contradictory"})
_LINKED = frozenset({"define", "parameter", "path", "pitfall"})
_KEYS = frozenset({"number", "article", "claim", "verdict", "right", "shown_by", "note"})
_MONEY = re.compile(r"\$\d{1,3}(?:,\d{3})*(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Name:
    """A word of the file and where it stands."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Article:
    """One article: its key, the heading of its table, and what it is."""

    key: str
    heading: str
    about: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of an article, what is to be said of it, and what shows it."""

    number: Name
    article: Name
    claim: Name
    verdict: Name
    right: str
    note: str
    provisions: tuple[Name, ...]
    examples: tuple[Name, ...]

    @property
    def tested(self) -> bool:
        """Whether an example must show it."""
        return self.verdict.text not in UNTESTED

    @property
    def figures(self) -> tuple[str, ...]:
        """The amounts of money that are said to be right."""
        return tuple(dict.fromkeys(_MONEY.findall(self.claim.text if self.verdict.text == "holds" else self.right)))


@dataclass(frozen=True, slots=True)
class Claims:
    """The file as read."""

    articles: tuple[Article, ...]
    claims: tuple[Claim, ...]


# ------------------------------------------------------------------ reading


class _Reader:
    """Takes the tree apart, and notes what does not fit."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def fault(self, code: str, message: str, span: Span) -> None:
        """Note a fault."""
        self.found.append(Diagnostic(code, message, span))

    def mapping(self, node: Node | None, what: str, span: Span, keys: Iterable[str] = ()) -> Mapping:
        """A mapping with no keys but these, or an empty one."""
        if not isinstance(node, Mapping):
            self.fault("claim-form", f"{what} must have keys", node.span if node else span)
            return Mapping({}, span)
        for key, (place, _) in node.entries.items():
            if keys and key not in keys:
                self.fault("claim-key", f"{what} has no `{key}`", place)
        return node

    def text(self, node: Node | None, what: str, span: Span, *, needed: bool = True) -> Name:
        """A text, in one line."""
        if isinstance(node, Scalar) and node.text.strip():
            return Name(" ".join(node.text.split()), node.span)
        if needed or node is not None:
            self.fault("claim-form", f"{what} must be a text", node.span if node else span)
        return Name("", node.span if node else span)

    def names(self, node: Node | None, what: str) -> tuple[Name, ...]:
        """A list of texts."""
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            self.fault("claim-form", f"{what} must be a list", node.span)
            return ()
        return tuple(self.text(item, "each of them", node.span) for item in node.items)

    def claim(self, node: Node, span: Span) -> Claim:
        """One entry."""
        entry = self.mapping(node, "a claim", span, _KEYS)
        place = node.span
        shown_by = self.mapping(entry.get("shown_by") or Mapping({}, place), "`shown_by`", place, ("provisions", "examples"))
        needed = {key: self.text(entry.get(key), f"`{key}`", place) for key in ("number", "article", "claim", "verdict")}
        return Claim(
            **needed,
            right=self.text(entry.get("right"), "`right`", place, needed=False).text,
            note=self.text(entry.get("note"), "`note`", place, needed=False).text,
            provisions=self.names(shown_by.get("provisions"), "`provisions`"),
            examples=self.names(shown_by.get("examples"), "`examples`"),
        )


def read(source: Source) -> tuple[Claims, tuple[Diagnostic, ...]]:
    """The claims of a file, and what is wrong with its form."""
    root, faults = read_yaml(source)
    reader = _Reader()
    if root is None:
        return Claims((), ()), faults
    top = reader.mapping(root, "the file", root.span, ("articles", "claims"))
    articles = []
    for key, (span, node) in reader.mapping(top.get("articles"), "`articles`", root.span).entries.items():
        article = reader.mapping(node, "an article", span, ("heading", "about"))
        heading, about = (reader.text(article.get(name), f"`{name}`", span).text for name in ("heading", "about"))
        articles.append(Article(key, heading, about))
    listed = top.get("claims")
    if not isinstance(listed, Sequence):
        reader.fault("claim-form", "`claims` must be a list", listed.span if listed else root.span)
        listed = Sequence((), root.span)
    claims = tuple(reader.claim(node, root.span) for node in listed.items)
    return Claims(tuple(articles), claims), (*faults, *reader.found)


# ------------------------------------------------------------------ checking


@dataclass(frozen=True)
class Book:
    """What claims may name: the provisions, and the examples with the amounts that stand in them."""

    provisions: dict[str, Provision]
    examples: dict[str, Example]
    amounts: dict[str, frozenset[str]]

    def rests_on(self, title: str, name: str) -> bool:
        """Whether the result of an example rests on a provision, or is a part of the path that it names."""
        provision = self.provisions[name]
        if provision.kind == "path":
            return any(expected.name.startswith(f"{name}.") for expected in self.examples[title].expect)
        expects = any(expected.name == name and not expected.unknown for expected in self.examples[title].expect)
        return expects or any(example.title == title for example in provision.examples)


@cache
def book_of(rules: Rulebook) -> Book:
    """What claims may name in a rule book."""
    sources = {source.path: source for source in rules.sources}
    examples = {example.title: example for example in rules.core.examples}
    amounts = {title: frozenset(_MONEY.findall(_body(sources[example.span.path], example))) for title, example in examples.items()}
    provisions = {provision.name: provision for provision in catalogue(Answerer(rules)) if provision.kind in _LINKED}
    return Book(provisions, examples, amounts)


def _body(source: Source, example: Example) -> str:
    """What an example is given and expects, without its title, authority and comments."""
    lines = source.text.split("\n")[example.span.line :]
    end = next((number for number, line in enumerate(lines) if line[:1].strip()), len(lines))
    inside = [re.sub(r"(^|\s)#.*", "", line).strip() for line in lines[:end]]
    start = next((number for number, line in enumerate(inside) if line.startswith("given ")), 0)
    return "\n".join(inside[start:])


def check(claims: Claims, book: Book) -> Iterator[Diagnostic]:
    """What is wrong with the claims, held against the rule book."""
    keys = [article.key for article in claims.articles]
    order = [claim.article.text for claim in claims.claims]
    for number, claim in enumerate(claims.claims, 1):
        if claim.number.text != str(number):
            yield Diagnostic("claim-number", f"claim {number} has the number `{claim.number.text}`", claim.number.span)
        if claim.article.text not in keys:
            yield Diagnostic("claim-article", f"`{claim.article.text}` is no article of this file", claim.article.span)
        elif number > 1 and order[number - 2] in keys and keys.index(order[number - 2]) > keys.index(claim.article.text):
            yield Diagnostic(
                "claim-order", "the claims of an article must stand together, in the order of the articles", claim.article.span
            )
        yield from _claim(claim, book)
    for article in claims.articles:
        if claims.claims and article.key not in order:
            yield Diagnostic("claim-article", f"the article `{article.key}` has no claim", claims.claims[0].number.span)


def _claim(claim: Claim, book: Book) -> Iterator[Diagnostic]:
    verdict, span = claim.verdict.text, claim.verdict.span
    if verdict not in VERDICTS:
        yield Diagnostic("claim-verdict", f"`{verdict}` is no verdict on a claim", span, f"one of {', '.join(VERDICTS)}")
        return
    if verdict == "holds" and claim.right:
        yield Diagnostic("claim-right", "a claim that holds needs no `right`", span, "say what else there is to know in `note`")
    if verdict in _CORRECTED and not claim.right:
        yield Diagnostic("claim-right", f"a claim that is {verdict} needs `right`", span)
    known = [name for name in claim.provisions if name.text in book.provisions]
    shown = [title for title in claim.examples if title.text in book.examples]
    for name in claim.provisions:
        if name not in known:
            yield Diagnostic("claim-provision", f"`{name.text}` is no definition, parameter, path or pitfall", name.span)
    for title in claim.examples:
        if title not in shown:
            yield Diagnostic("claim-example", f"no example has the title “{title.text}”", title.span)
    for named in (claim.provisions, claim.examples):
        for name in named:
            if [other.text for other in named].count(name.text) > 1:
                yield Diagnostic("claim-twice", f"`{name.text}` is named more than once", name.span)
    if claim.tested:
        yield from _tested(claim, book, known, shown)


def _tested(claim: Claim, book: Book, known: list[Name], shown: list[Name]) -> Iterator[Diagnostic]:
    """Examples and provisions belong together, and the figures that are said to be right stand in the examples."""
    if not claim.provisions:
        yield Diagnostic("claim-untested", "no provision is named", claim.claim.span)
    if not claim.examples:
        yield Diagnostic("claim-untested", "no example is named", claim.claim.span)
    for name in known:
        if shown and not any(book.rests_on(title.text, name.text) for title in shown):
            yield Diagnostic("claim-beside", f"no example that is named rests on `{name.text}`", name.span)
    for title in shown:
        if known and not any(book.rests_on(title.text, name.text) for name in known):
            yield Diagnostic("claim-beside", f"“{title.text}” rests on no provision that is named", title.span)
    stand = {amount for title in shown for amount in book.amounts[title.text]}
    missing = [figure for figure in claim.figures if figure not in stand]
    for figure in missing if shown else ():
        yield Diagnostic("claim-figure", f"{figure} stands in no example that is named", claim.claim.span)


# ------------------------------------------------------------------ the page


def part(rules: Rulebook) -> str:
    """The generated part of claims.md; a file that is not in order stops the run."""
    source = Source("docs/claims.yaml", FILE.read_text(encoding="utf-8"))
    claims, faults = read(source)
    book = book_of(rules)
    found = [*faults, *check(claims, book)]
    if found:
        raise SystemExit("\n".join(render(one, {source.path: source}) for one in found))
    return rendered(claims, book)


def rendered(claims: Claims, book: Book) -> str:
    """How many claims have which verdict, and the claims by article."""
    keys = [article.key for article in claims.articles]
    counts = Counter((claim.article.text, claim.verdict.text) for claim in claims.claims)
    rows = []
    for verdict, meaning in VERDICTS.items():
        by_article = [counts[key, verdict] for key in keys]
        rows.append([f"**{_words(verdict)}**", meaning, *(str(count) for count in (*by_article, sum(by_article)))])
    rows.append(["all", "", *(str(sum(counts[key, verdict] for verdict in VERDICTS)) for key in keys), str(len(claims.claims))])
    numerals = [str(number) for number in range(1, len(keys) + 1)]
    parts = [_table(["verdict", "what it means", *numerals, "all"], rows)]
    for number, article in enumerate(claims.articles, 1):
        mine = [_row(claim, book) for claim in claims.claims if claim.article.text == article.key]
        body = _table(["", "the article says", "verdict", "right is", "shown by"], mine)
        parts.append(f"## {number}. {article.heading}\n\n{article.about}\n\n{body}")
    return "\n".join(parts)


def _row(claim: Claim, book: Book) -> list[str]:
    right = claim.right + (f" *{claim.note}*" if claim.right and claim.note else f"*{claim.note}*" if claim.note else "")
    provisions = ", ".join(f"[`{name.text}`](law.md#{name.text})" for name in claim.provisions)
    examples = "; ".join(_example(book.examples[title.text]) for title in claim.examples)
    return [claim.number.text, claim.claim.text, _words(claim.verdict.text), right, "<br>".join(filter(None, (provisions, examples)))]


def _example(example: Example) -> str:
    span = example.span
    return f"[{example.title}](../{span.path}#L{span.line}) ({Path(span.path).name}, line {span.line})"


def _words(verdict: str) -> str:
    return verdict.replace("_", " ")


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
