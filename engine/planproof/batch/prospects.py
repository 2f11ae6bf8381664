"""What would give most answers the best verdict: the smallest sets of facts made otherwise, counted over the plans of a run.

Equal facts are looked at once. A set is counted for a plan if it gives the plan the verdict and no part of it does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeAlias

from planproof.answer import Answerer
from planproof.batch.jobs import Job, Kind
from planproof.batch.reading import Found, PartReader, Reject, children_of
from planproof.batch.results import Cell, Question, ResultRow
from planproof.possible import Possible
from planproof.suppose import Supposer
from planproof.supposition import Slot
from planproof.wanted import Wanted, best, wanted
from planproof.why_not import MOST_CHANGES, Change, ChangeSet, why_not

MOST_LOOKED_AT = 300  # different facts: about a tenth of a second each
MOST_TOLD = 10
_MOST_KEPT = 100_000

Key: TypeAlias = tuple[Cell, ...]
Turns: TypeAlias = tuple["Turn", ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """A fact and what it must be, words or stretches of numbers; an `answer` if nobody has told it, and then perhaps `anything`."""

    slot: Slot
    to: tuple[Possible, ...]
    answer: bool
    anything: bool


@dataclass(frozen=True, slots=True)
class Prospect:
    """Facts that, made otherwise together, would give so many answers the best verdict."""

    turns: Turns
    rows: int

    @property
    def answers_only(self) -> bool:
        """Whether nothing that is known is changed."""
        return all(turn.answer for turn in self.turns)


@dataclass(frozen=True, slots=True)
class Prospects:
    """What would give most answers the verdict `best`, of `short` that do not have it; `looked_at` of them were looked at.

    `none` of them have no set of up to `size` facts. `more` sets are not told.
    """

    best: str
    short: int
    looked_at: int
    none: int
    size: int
    answers: tuple[Prospect, ...]
    changes: tuple[Prospect, ...]
    more: int


def prospects(
    answerer: Answerer,
    job: Job,
    rows: Iterable[ResultRow],
    tell: Callable[[int, int], None],
    most: int = MOST_LOOKED_AT,
) -> Prospects:
    """What would help most of a run's rows, which are plans; of different facts the `most` frequent are looked at.

    `tell` hears how many different facts are looked at already, and of how many.
    """
    sought = wanted(answerer.book, best(answerer.book))
    assert isinstance(sought, Wanted), "the options of the verdict can be wanted"
    short, counts, first = _short(rows, sought.text)
    chosen = {first[facts]: count for facts, count in counts.most_common(most)}
    supposer = Supposer(answerer.evaluator)
    looked: list[tuple[int, Sequence[ChangeSet]]] = []
    for key, question in _questions(answerer, job, chosen):
        tell(len(looked), len(chosen))
        looked.append((chosen[key], why_not(supposer, question.facts, question.asked, sought).sets))
    told = _counted(answerer, looked)
    answers = [one for one in told if one.answers_only]
    changes = [one for one in told if not one.answers_only]
    return Prospects(
        sought.text,
        short,
        sum(count for count, _ in looked),
        sum(count for count, sets in looked if not sets),
        MOST_CHANGES,
        tuple(answers[:MOST_TOLD]),
        tuple(changes[:MOST_TOLD]),
        sum(len(one[MOST_TOLD:]) for one in (answers, changes)),
    )


def _counted(answerer: Answerer, looked: Sequence[tuple[int, Sequence[ChangeSet]]]) -> list[Prospect]:
    """The sets of all, those that help most first, then the smallest, then by their facts in the order of the rule book."""
    helped: dict[Turns, set[int]] = {}
    for number, (_, sets) in enumerate(looked):
        for turns in _turns(sets):
            helped.setdefault(turns, set()).add(number)
    rank = {fact.name: number for number, fact in enumerate(answerer.book.core.facts)}
    told = [Prospect(turns, sum(looked[number][0] for number in numbers)) for turns, numbers in _merged(helped)]
    return sorted(told, key=lambda one: (-one.rows, len(one.turns), [(rank[turn.slot.name], turn.slot.key or 0) for turn in one.turns]))


# ------------------------------------------------------------------ which plans


def _short(rows: Iterable[ResultRow], verdict: str) -> tuple[int, Counter[Key], dict[Key, Key]]:
    """How many rows have not a verdict; how often each of their different facts is there, and the first row that has them."""
    short = 0
    counts: Counter[Key] = Counter()
    first: dict[Key, Key] = {}
    for row in rows:
        if row["verdict"] == verdict:
            continue
        short += 1
        facts = row["input_hash"], row["year"]
        if facts in counts or len(counts) < _MOST_KEPT:
            counts[facts] += 1
            first.setdefault(facts, _key(row))
    return short, counts, first


def _key(row: ResultRow) -> Key:
    return tuple(row[name] or "" for name in ("source", "row", "id", "year", "scenario", "group"))


def _questions(answerer: Answerer, job: Job, chosen: Mapping[Key, int]) -> Iterator[tuple[Key, Question]]:
    """The questions of some rows, read anew."""
    children, _ = children_of(answerer.book, job)
    reader = PartReader(answerer.book, job, {}, children)
    places = {key[:3] for key in chosen}
    for asking in _askings(reader, {str(key[0]) for key in chosen}):
        if not isinstance(asking, Reject) and (asking.source, asking.row or "", asking.id) in places:
            for question in reader.questions(asking):
                key = _key(question.keys())
                if key in chosen:
                    yield key, question


def _askings(reader: PartReader, sources: set[str]) -> Iterator[Found]:
    """What some sources ask."""
    inputs = reader.job.inputs
    for part in reader.job.parts:
        if inputs[part.input].kind is Kind.PLAN_FILE:
            for file in inputs[part.input : part.input + part.end]:
                if file.path in sources:
                    yield from reader.plan_file(file)
        elif inputs[part.input].path in sources:
            yield from reader.found(part)


# ------------------------------------------------------------------ sets that are alike


def _turns(sets: Sequence[ChangeSet]) -> Iterator[Turns]:
    """Each set with one word of each fact, so that those of several plans are told to be the same."""
    for one in sets:
        yield from product(*map(_each, one.changes))


def _each(change: Change) -> list[Turn]:
    whole = any(part.numbers for part in change.to)
    return [Turn(change.slot, to, change.answer, change.anything) for to in ([change.to] if whole else [(part,) for part in change.to])]


def _merged(helped: Mapping[Turns, set[int]]) -> Iterator[tuple[Turns, frozenset[int]]]:
    """Sets that help the same plans and differ in the word of one fact alone, as one."""
    alike: dict[tuple[frozenset[int], tuple[tuple[Slot, bool], ...]], list[Turns]] = {}
    for turns, plans in helped.items():
        _add(alike.setdefault((frozenset(plans), tuple((turn.slot, turn.answer) for turn in turns)), []), turns)
    for (same, _), found in alike.items():
        yield from ((turns, same) for turns in found)


def _add(found: list[Turns], turns: Turns) -> None:
    for at, other in enumerate(found):
        together = _as_one(other, turns)
        if together is not None:
            found[at] = together
            return
    found.append(turns)


def _as_one(first: Turns, second: Turns) -> Turns | None:
    differ = [at for at, (one, other) in enumerate(zip(first, second, strict=True)) if one != other]
    if len(differ) != 1 or any(part.numbers for turns in (first, second) for part in turns[differ[0]].to):
        return None
    one, other = first[differ[0]], second[differ[0]]
    return tuple(replace(one, to=(*one.to, *other.to)) if at == differ[0] else turn for at, turn in enumerate(first))
