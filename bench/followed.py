"""What the reference evaluator says over a block of random walks, as streams of what changes from row to row."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

import numpy as np
import polars as pl

from incremental import DEMAND, Incremental
from planproof.answer import Answerer
from planproof.decide import binding
from planproof.evaluate import Evaluator
from planproof.order import references
from planproof.plan import Asked, Facts, Key
from planproof.values import Result, Unknown
from random_walks import Changes, RandomWalks, Said, Standing

SHORTEST, LONGEST = 300, 800
MENDS = 60
CARELESS = 0.02  # the share of steps that are taken though they bring errors


class Stream:
    """What holds in each row, told where it changes."""

    def __init__(self) -> None:
        self._places: list[int] = []
        self.items: list[Any] = []

    def add(self, place: int, item: object) -> None:
        """What holds from a row on."""
        self._places.append(place)
        self.items.append(item)

    def at(self, place: int) -> Any:
        """What holds in a row."""
        return self.items[bisect_right(self._places, place) - 1]

    def forward(self, count: int) -> pl.Series:
        """For each row the place among the items of what holds there."""
        lasts = np.diff(np.array([*self._places, count]))
        return pl.Series(np.repeat(np.arange(len(lasts), dtype=np.uint32), lasts))


def _streams(names: Iterable[Any]) -> dict[Any, Stream]:
    return {name: Stream() for name in names}


@dataclass(slots=True)
class Streams:
    """What is stated, by slot; what each definition is and what binds each amount; whether something is in error or not as demanded.

    `proved` are the rows to answer in full, and `astray` tells where a definition was another when evaluated from nothing.
    """

    stated: dict[Key, Stream]
    values: dict[str, Stream]
    bindings: dict[str, Stream]
    flawed: Stream = field(default_factory=Stream)
    proved: dict[int, Facts] = field(default_factory=dict)
    astray: list[tuple[int, str, str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """A row: all that is stated, what of that is new, what of the reference is, and what was derived again, as bits."""

    place: int
    now: Standing
    stated: Mapping[Key, Said]
    found: Mapping[str, Result]
    again: int


class Followed:
    """The reference evaluator over random walks in one year."""

    def __init__(self, answerer: Answerer, year: int) -> None:
        assert answerer.book.core.verdict is not None, "a rule book that gives no verdict answers nothing"
        self.asked = Asked(year, date(year, 12, 31))
        self.amounts = answerer.book.core.verdict.amounts
        self._evaluator = answerer.evaluator
        self._reference = Incremental(answerer.evaluator, self.asked)
        self._walks = RandomWalks(answerer.evaluator, self.asked)
        self._now = Standing({}, {})
        self._flawed: set[str] = set()
        self.names = tuple(name for name in self._reference.followed if name not in self._reference.tests)
        self._deciders = {name: _deciders(self._evaluator, self._reference, name) for name in self.amounts}

    def rows(self, block: int, count: int) -> Iterator[Row]:
        """Each row of a block."""
        place = walk = 0
        while place < count:
            random = Random(f"{block}.{walk}")
            yield Row(place, self._start(random), {key: self._now.said(key) for key in self._walks.slots()}, self._reference.values, -1)
            for at in range(place + 1, min(count, place + random.randint(SHORTEST, LONGEST))):
                place = at
                yield self._step(random, at)
            place, walk = place + 1, walk + 1

    def _start(self, random: Random) -> Standing:
        """A row, mended as far as it goes where something is in error or a list does not fulfil its demands."""
        self._now = self._walks.first(random)
        self._reference.start(self._now.facts)
        self._flawed = set()
        self._note(self._reference.values)
        for _ in range(MENDS):
            if not self._flawed:
                break
            self._tried(self._mending(random))
        return self._now

    def _step(self, random: Random, place: int) -> Row:
        """The next row. A step that brings errors is drawn again, but for a few."""
        while True:
            mends = self._flawed and random.random() < 0.5
            changes = self._mending(random) if mends else self._walks.step(random, self._now, self._reference.run)
            done = self._tried(changes, anyway=random.random() < CARELESS)
            if done is not None:
                return Row(place, self._now, changes, *done)

    def _mending(self, random: Random) -> Changes:
        return self._walks.mend(random, self._now, [name.partition(DEMAND)[0] for name in self._flawed])

    def _tried(self, changes: Changes, *, anyway: bool = False) -> tuple[dict[str, Result], int] | None:
        """What changes bring; nothing if they brought errors and were taken back."""
        flaws = len(self._flawed)
        before = {key: self._now.said(key) for key in changes}
        changed = self._now.put(changes, self._walks.lists)
        found, again = self._reference.follow(changed)
        self._note(found)
        if len(self._flawed) <= flaws or anyway:
            return found, again
        self._now.put(before, self._walks.lists)
        self._note(self._reference.follow(changed)[0])
        return None

    def _note(self, found: Mapping[str, Result]) -> None:
        for name, value in found.items():
            if value is True if name in self._reference.tests else isinstance(value, Unknown) and value.error:
                self._flawed.add(name)
            else:
                self._flawed.discard(name)

    def follow(self, block: int, count: int, proved_of: int) -> Streams:
        """What changes over a block, of which one row in so many is evaluated from nothing too."""
        streams = Streams(_streams(self._walks.slots()), _streams(self.names), _streams(self.amounts))
        binds: dict[str, str | None] = {}
        was = None
        for row in self.rows(block, count):
            place = row.place
            for key, said in row.stated.items():
                streams.stated[key].add(place, said)
            for name, value in row.found.items():
                if name in streams.values:
                    streams.values[name].add(place, value)
            for name in self.amounts:
                if row.again & self._deciders[name]:
                    limit = binding(self._evaluator.definitions, self._reference.run, name)
                    if row.again == -1 or limit != binds[name]:
                        binds[name] = limit
                        streams.bindings[name].add(place, limit)
            if bool(self._flawed) is not was:
                was = bool(self._flawed)
                streams.flawed.add(place, was)
            if place % proved_of == block % proved_of:
                streams.proved[place] = row.now.copy().facts
                streams.astray += self._astray(place, streams.proved[place])
        return streams

    def _astray(self, place: int, facts: Facts) -> Iterator[tuple[int, str, str, str]]:
        """Definitions that are another when evaluated from nothing."""
        whole = self._evaluator.run(facts, self.asked)
        for name in self.names:
            told, wanted = self._reference.values[name], whole.step(name).value
            if told != wanted:
                yield place, name, f"step by step {told}", f"from nothing {wanted}"


def _deciders(evaluator: Evaluator, reference: Incremental, name: str) -> int:
    """The definitions whose branch or values may tell what binds an amount, as bits of the incremental reference."""
    bits, waiting, seen = 0, [name], {name}
    while waiting:
        definition = evaluator.definitions.get(waiting.pop())
        if definition is not None and definition.row is None:
            bits |= reference.bit[definition.name]
            named = {other for branch in definition.branches for other in references(branch.body)} - seen
            seen |= named
            waiting += named
    return bits
