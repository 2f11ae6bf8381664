"""What is missing, bounds and headroom in words: answers, stretches, lines, and the names of facts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from planproof.answer import Answerer
from planproof.diagnostics import printable
from planproof.possible import NOT_KNOWN, Possible
from planproof.replies import Piece, Reply
from planproof.supposition import Slot
from planproof.types import Kind, shown
from planproof.values import Exact, normal
from planproof.wording import listed, spaced

_UNITS: dict[Kind, tuple[str, Exact]] = {Kind.MONEY: ("dollar", 100), Kind.RATE: ("percentage point", Fraction(1, 100))}

_ONE: tuple[str, Exact] = ("one", 1)


def fact_name(slot: Slot) -> str:
    """A fact's name with its year, or a cell's with its row."""
    year = f" for {slot.key}" if slot.key is not None else ""
    return f"{slot.name}{year}" + (f" row {slot.row}" if slot.row is not None else "")


def value_words(value: Any, kind: Kind) -> str:
    """A value, also that nobody tells it."""
    return "not told" if value is NOT_KNOWN else shown(value, kind)


def answer_words(answer: Possible, whole: Possible, kind: Kind) -> str:
    """An answer, or a stretch of answers within all there are."""
    if answer.certain:
        return value_words(answer.value, kind)
    low, high = shown(answer.low, kind), shown(answer.high, kind)
    if answer.low == whole.low:
        return "any number" if answer.high == whole.high else f"up to {high}"
    return f"{low} or more" if answer.high == whole.high else f"{low} to {high}"


def verdict_words(verdicts: Sequence[Any]) -> str:
    """Verdicts that are left, as a choice."""
    return listed(["unknown" if value is NOT_KNOWN else str(value) for value in verdicts], "or")


def reply_words(reply: Reply, whole: Possible, kind: Kind) -> str:
    """An answer and what it leaves."""
    doubt = "" if reply.shown else " (not each of these is shown to be possible)"
    return f"{answer_words(reply.answer, whole, kind)}: {verdict_words(reply.leaves)}{doubt}"


def line_words(pieces: Sequence[Piece], whole: Possible, kind: Kind, amount: Kind) -> str:
    """How an amount moves with a number."""
    return "; ".join(f"{answer_words(piece.answer, whole, kind)}: {_piece(piece, kind, amount)}" for piece in pieces)


def _piece(piece: Piece, kind: Kind, amount: Kind) -> str:
    first = shown(piece.low, amount)
    if not piece.slope or piece.answer.certain:
        return first
    last = shown(piece.high, amount)
    unit, size = _UNITS.get(kind, _ONE)
    each = shown(normal(max(piece.slope, -piece.slope) * size), amount)
    return f"from {first} to {last}, each {unit} {'raises' if piece.slope > 0 else 'lowers'} it by {each}"


def names_words(answerer: Answerer, names: Sequence[str], most: int = 3) -> str:
    """What some names are called; of many the first, and how many more."""
    verdict = answerer.book.core.verdict
    told = ["the verdict" if verdict and name == verdict.name else f"“{answerer.book.label(name)}”" for name in names]
    if len(told) > most + 1:
        return f"{', '.join(told[:most])} and {len(told) - most} more amounts"
    return listed(told)


def phrase_words(phrases: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """Words of documents, by what they say."""
    lines = []
    for says, words in phrases:
        quoted = listed([f"“{printable(word)}”" for word in words], "or")
        lines.append(f"words for {spaced(says)}: {quoted}" if says else f"words that do not answer it: {quoted}")
    return lines
