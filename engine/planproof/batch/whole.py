"""What a run found as a whole, in words: counts, and the clusters of like reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from planproof.batch.tally import Tally
from planproof.flat import parted
from planproof.rulebook import Rulebook

_MOST = 12


def whole(book: Rulebook, found: Tally) -> Iterator[str]:
    """Lines that tell a run: verdicts, why, what binds, pitfalls, and what is missing."""
    yield from _counts("verdicts", found.verdicts, lambda word: word)
    yield from _counts("why", found.clusters, lambda text: cluster_text(book, text))
    yield from _counts("what binds an amount", found.bindings, lambda text: _binding(book, text))
    yield from _counts("pitfalls", found.pitfalls, book.label)
    yield from _counts("missing", found.missing, lambda text: _named(book, text))


def _counts(title: str, counts: Counter[str], word: Callable[[str], str]) -> Iterator[str]:
    if not counts:
        return
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    width = len(f"{ordered[0][1]:,}")
    yield title
    yield from (f"  {count:>{width},}  {word(text)}" for text, count in ordered[:_MOST])
    if len(ordered) > _MOST:
        rest = sum(count for _, count in ordered[_MOST:])
        yield f"  {rest:>{width},}  in {len(ordered) - _MOST:,} others"
    yield ""


def cluster_text(book: Rulebook, text: str) -> str:
    """A verdict, and the facts that decide it or are missing, by their labels."""
    verdict, *names = parted(text)
    told = [_decider(book, name) for name in names]
    lead = "for want of " if verdict == "unknown" else ""
    return f"{verdict}: {lead}{'; '.join(told)}" if told else verdict


def _decider(book: Rulebook, text: str) -> str:
    name, equals, value = text.partition("=")
    return f"{_named(book, name)}{' is ' + value if equals else ''}"


def _binding(book: Rulebook, text: str) -> str:
    amount, _, limit = text.partition(": ")
    name, _, label = limit.rpartition(".")
    told = book.label(limit)
    if told == limit and name in book.definitions:
        told = f"{book.label(name)}, {label.replace('_', ' ')}"
    return f"{book.label(amount)}: {told}"


def _named(book: Rulebook, text: str) -> str:
    name, at, year = text.partition("@")
    return f"{book.label(name)}{' for ' + year if at else ''}"
