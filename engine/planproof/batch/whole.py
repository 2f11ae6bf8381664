"""What a run found as a whole, in words: counts, and the clusters of like reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from planproof.batch.prospects import Prospect, Prospects, Turn
from planproof.batch.tally import Tally
from planproof.flat import parted
from planproof.rulebook import Rulebook
from planproof.wording import CHANGERS, Wording, listed, spaced

_MOST = 12


@dataclass(frozen=True, slots=True)
class Count:
    """What is counted, by its name among the counts and a title: texts in words, the most frequent first."""

    name: str
    title: str
    told: tuple[tuple[str, int], ...]


def counted(book: Rulebook, found: Tally) -> Iterator[Count]:
    """All that is counted: verdicts, why, of which plans, what binds, pitfalls, and what is missing."""
    yield _count("verdicts", "verdicts", found.verdicts, lambda word: word)
    yield _count("clusters", "why", found.clusters, lambda text: cluster_text(book, text))
    yield _count("plans", "by plan", found.plans, plan_text)
    yield _count("bindings", "what binds an amount", found.bindings, lambda text: binding_text(book, text))
    yield _count("pitfalls", "pitfalls", found.pitfalls, book.label)
    yield _count("missing", "missing", found.missing, lambda text: named_text(book, text))


def _count(name: str, title: str, counts: Counter[str], word: Callable[[str], str]) -> Count:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return Count(name, title, tuple((word(text), number) for text, number in ordered))


def whole(book: Rulebook, found: Tally) -> Iterator[str]:
    """Lines that tell all that is counted."""
    for count in counted(book, found):
        if count.told:
            yield from _lines(count)


def _lines(count: Count) -> Iterator[str]:
    width = len(f"{count.told[0][1]:,}")
    yield count.title
    yield from (f"  {number:>{width},}  {text}" for text, number in count.told[:_MOST])
    if len(count.told) > _MOST:
        rest = sum(number for _, number in count.told[_MOST:])
        yield f"  {rest:>{width},}  in {len(count.told) - _MOST:,} others"
    yield ""


def cluster_text(book: Rulebook, text: str) -> str:
    """A verdict, and the facts that decide it or are missing, by their labels."""
    verdict, *names = parted(text)
    told = [_decider(book, name) for name in names]
    lead = "for want of " if verdict == "unknown" else ""
    return f"{verdict}: {lead}{'; '.join(told)}" if told else verdict


def plan_text(text: str) -> str:
    """A verdict, and the plan of which it was given."""
    verdict, plan = parted(text)
    return f"{verdict}: {plan or 'no plan is told'}"


def _decider(book: Rulebook, text: str) -> str:
    name, equals, value = text.partition("=")
    return f"{named_text(book, name)}{' is ' + value if equals else ''}"


def binding_text(book: Rulebook, text: str) -> str:
    """An amount and the limit that decides it, by their labels."""
    amount, _, limit = text.partition(": ")
    name, _, label = limit.rpartition(".")
    told = book.label(limit)
    if told == limit and name in book.definitions:
        told = f"{book.label(name)}, {label.replace('_', ' ')}"
    return f"{book.label(amount)}: {told}"


def named_text(book: Rulebook, text: str) -> str:
    """What is not known, by its label, with the year."""
    name, at, year = text.partition("@")
    return f"{book.label(name)}{' for ' + year if at else ''}"


# ------------------------------------------------------------------ what would help most


def prospects_told(words: Wording, found: Prospects) -> Iterator[str]:
    """Lines that tell what would give most answers the best verdict, and what was not looked at."""
    if not found.short:
        return
    for title, told in prospect_groups(found):
        width = len(f"{told[0].rows:,}")
        yield title
        yield from (f"  {one.rows:>{width},}  {prospect_text(words, one)}" for one in told)
        yield ""
    yield from (f"  {line}" for line in scope_lines(found))
    yield ""


def prospect_groups(found: Prospects) -> Iterator[tuple[str, tuple[Prospect, ...]]]:
    """The sets that only answer what is not known, and the others, each with a title."""
    of = f"of {found.short:,} that are not {spaced(found.best)}, how many would be, by"
    if found.answers:
        yield f"{of} answers to what is not known", found.answers
    if found.changes:
        yield f"{of} changes", found.changes


def prospect_text(words: Wording, one: Prospect) -> str:
    """A set of facts, with what each must be, and who can change those that are known."""
    return "; ".join(_turn(words, turn) for turn in one.turns)


def _turn(words: Wording, turn: Turn) -> str:
    label = words.slot(turn.slot.name, turn.slot.key)
    to = "any answer" if turn.anything else listed([words.part(part, turn.slot.name) for part in turn.to], "or")
    who = CHANGERS[words.book.facts[turn.slot.name].changed_by]
    return f"{label}: {to}" if turn.answer else f"{label} changed to {to} ({who})"


def scope_lines(found: Prospects) -> Iterator[str]:
    """What the search did not find, tell or look at."""
    yield f"each is enough by itself where it is counted, and no part of it is; sets of up to {found.size} facts"
    if found.none:
        yield f"for {found.none:,} of them no such set was found"
    if found.more:
        yield f"{found.more:,} more sets help no more than these"
    if found.short > found.looked_at:
        yield f"{found.short - found.looked_at:,} of them have rarer facts and were not looked at"
