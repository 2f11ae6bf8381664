"""The reference evaluator over rows that differ little: after a change only what reads something that changed is derived again.

Each step is derived by the evaluator's own closures in a run of its own; what this module adds is which steps of the run
to forget. A definition is derived again if a step that it read has another value than before, and its readers only if
it then has another value itself. Facts of years, cells of lists and definitions of rows count as changed whenever they may be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any

from planproof import core as c
from planproof.evaluate import Evaluator
from planproof.order import dependencies, references
from planproof.plan import Asked, Facts
from planproof.run import Run
from planproof.values import Result

DEMAND = "!"
_NAME = attrgetter("name")


class _Memo(dict[Any, Any]):
    """Steps of a run, with those of one year or one row found by their name."""

    def __init__(self) -> None:
        self._of_name: dict[str, list[Any]] = {}

    def __setitem__(self, at: Any, step: Any) -> None:
        if at.__class__ is tuple:
            self._of_name.setdefault(at[0], []).append(at)
        super().__setitem__(at, step)

    def forget(self, name: str) -> None:
        """Drops every step of a name."""
        self.pop(name, None)
        for at in self._of_name.pop(name, ()):
            self.pop(at, None)


class Incremental:
    """The values of every definition that stands over plans while facts change, for one question.

    It follows the demands of lists too: `tests` says of each whether some row surely does not fulfil it.
    """

    def __init__(self, evaluator: Evaluator, asked: Asked) -> None:
        self._evaluator = evaluator
        self._asked = asked
        core = evaluator.core
        graph = _graph(core)
        self._names = _in_order(graph)
        self.bit = {name: 1 << place for place, name in enumerate(self._names)}
        self._readers = [0] * len(self._names)
        for name, read in graph.items():
            for other in read:
                self._readers[self.bit[other].bit_length() - 1] |= self.bit[name]
        definitions = {definition.name for definition in core.definitions if definition.row is None}
        self._kept = definitions | {fact.name for fact in core.facts if fact.key is None}
        self.tests = dict(self._demands(core))
        self.followed = tuple(name for name in self._names if name in definitions or name in self.tests)
        self.run = self._fresh(Facts())
        self.values: dict[str, Result] = {}

    def _demands(self, core: c.Core) -> Iterator[tuple[str, Callable[[Run], bool]]]:
        for listed in core.lists:
            for number, check in enumerate(listed.checks):
                yield demand_name(listed, number), _fails(listed, self._evaluator.compile(check.test))

    def _fresh(self, facts: Facts) -> Run:
        run = Run(self._evaluator.program, facts, self._asked, {})
        run.memo = _Memo()
        return run

    def start(self, facts: Facts) -> None:
        """Derives everything over other facts; they may be changed in place, and `follow` told what was."""
        self.run = run = self._fresh(facts)
        self.values = {name: self.tests[name](run) if name in self.tests else run.step(name).value for name in self.followed}

    def follow(self, changed: Iterable[str]) -> tuple[dict[str, Result], int]:
        """What has another value, after these facts, columns or lists were changed; and what was derived again, as bits."""
        run, readers, names, kept, values = self.run, self._readers, self._names, self._kept, self.values
        memo = run.memo
        assert isinstance(memo, _Memo)
        run.apart_once.clear()
        waiting, again = 0, 0
        for name in changed:
            waiting |= self.bit[name]
        others: set[str] = set(changed)
        found: dict[str, Result] = {}
        while waiting:
            bit = waiting & -waiting
            waiting ^= bit
            place = bit.bit_length() - 1
            name = names[place]
            if name in kept:
                old = memo.get(name)
                if old is None or (name not in others and others.isdisjoint(map(_NAME, old.inputs))):
                    continue  # nobody has read it, or it has read nothing that changed
                del memo[name]
                again |= bit
                new = run.step(name).value
                if old.value is new or old.value == new:
                    others.discard(name)
                    continue
                if name in values:
                    values[name] = found[name] = new
            elif name in self.tests:
                new = self.tests[name](run)
                if new != values[name]:
                    values[name] = found[name] = new
                continue
            else:
                memo.forget(name)
            others.add(name)
            waiting |= readers[place]
        return found, again


def demand_name(listed: c.ListFact, number: int) -> str:
    """The name under which a demand of a list is followed."""
    return f"{listed.row}{DEMAND}{number}"


def _fails(listed: c.ListFact, test: Callable[[Run], Any]) -> Callable[[Run], bool]:
    def fails(run: Run) -> bool:
        said = run.facts.lists.get(listed.name)
        rows = range(len(said.rows) if said else 0)
        return bool(run.apart(lambda run: any(run.at(listed.row, index, test) is False for index in rows))[0])

    return fails


def _graph(core: c.Core) -> dict[str, tuple[str, ...]]:
    """Every name with what it reads: the rows of a list are read through its columns, and tell how many there are."""
    graph = {c.ASKED_YEAR: (), c.ASKED_DATE: (), **dependencies(core)}
    for listed in core.lists:
        graph |= {listed.name: (), listed.row: (listed.name,)}
        graph |= {column.name: (listed.row,) for column in listed.columns}
        graph |= {demand_name(listed, number): (listed.row, *references(check.test)) for number, check in enumerate(listed.checks)}
    for definition in core.definitions:
        if definition.row is not None:
            graph[definition.name] += (definition.row,)
    return graph


def _in_order(graph: dict[str, tuple[str, ...]]) -> list[str]:
    """The names, each after all that it reads."""
    order: dict[str, None] = {}
    waiting = [(name, False) for name in graph]
    while waiting:
        name, ready = waiting.pop()
        if ready:
            order[name] = None
        elif name not in order:
            waiting.append((name, True))
            waiting += [(other, False) for other in graph[name] if other not in order]
    return list(order)
