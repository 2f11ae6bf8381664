"""One question being answered: the facts, the rows at hand, and every step derived so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from planproof import core as c
from planproof.plan import Asked, Facts
from planproof.proof import GivenStep, Step
from planproof.types import COUNT
from planproof.values import Exact, Result

Compiled: TypeAlias = Callable[["Run"], Any]
Compile: TypeAlias = Callable[[c.Expression], Compiled]
Memo: TypeAlias = dict[Any, Any]  # steps by name, or by a tuple of the name and its year or row

_MOST_SHARES = 64


class Program:
    """A compiled rule book: for each name what derives its step, and the year that a name is keyed by."""

    def __init__(self, compile_: Compile) -> None:
        self.compile = compile_
        self.derivers: dict[str, Compiled] = {}
        self.keys: dict[str, str] = {}
        self._keyed: dict[str, Compiled] = {}

    def keyed(self, name: str) -> Compiled:
        """What reads a fact or parameter for the year it is keyed by."""
        if name not in self._keyed:
            self._keyed[name] = self.compile(c.Keyed(name, c.Named(self.keys[name]), own=True))
        return self._keyed[name]


@dataclass(frozen=True, slots=True)
class Silence:
    """A run of a question without any facts: what nothing stated touches has the same step there.

    `touches` gives each stated name the names that read it, directly or through others, as bits; `bit` gives each name its own.
    """

    run: Run
    touches: Mapping[str, int]
    bit: Mapping[str, int]
    _untouched: dict[int, tuple[int, Memo]] = field(default_factory=dict)

    def touched(self, names: Iterable[str]) -> int:
        """The names that read any of these, as bits."""
        touched = 0
        for name in names:
            touched |= self.touches[name]
        return touched

    def untouched(self, touched: int) -> Memo:
        """The steps that are known without facts and that nothing stated touches; found once, as long as no more are known."""
        known = self.run.memo
        size, found = self._untouched.get(touched, (0, {}))
        if size < len(known):
            named = ((at, at if at.__class__ is str else at[0], step) for at, step in known.items())
            found = {at: step for at, name, step in named if name in self.bit and not self.bit[name] & touched}
            if len(self._untouched) == _MOST_SHARES:
                self._untouched.clear()
            self._untouched[touched] = len(known), found
        return found


class Run:
    """Derives steps on demand and remembers them; a closure that reads a step is recorded as having read it."""

    __slots__ = ("apart_once", "asked", "before", "facts", "given", "memo", "program", "reads", "rows", "silence", "touched")

    def __init__(self, program: Program, facts: Facts, asked: Asked, given: Mapping[str, Result], silence: Silence | None = None) -> None:
        self.program = program
        self.silence = silence
        self.touched = 0
        self.memo: Memo = {}
        if silence is not None:
            self.touched = silence.touched({*[name for name, _ in facts.statements], *facts.lists, *given})
            self.memo = silence.untouched(self.touched).copy()
        self.facts = facts
        self.asked = asked
        self.given = given
        self.apart_once: dict[tuple[str, object], tuple[Any, list[Step]]] = {}
        self.reads: list[Step] = []
        self.rows: dict[str, int] = {}
        self.before: Exact | None = None

    def step(self, name: str) -> Step:
        """The step of a definition, a fact or parameter without years, or what was asked."""
        step: Step | None = self.memo.get(name)
        if step is None:
            silence = self.silence
            if silence is not None and not self.touched & silence.bit[name]:
                step = silence.run.step(name)
            elif name in self.given:
                step = GivenStep(name, self.given[name])
            else:
                step = self.program.derivers[name](self)
            self.memo[name] = step
        return step

    def home(self, name: str) -> Run:
        """The run in which the steps of a name are derived: the one without facts, if nothing stated touches the name."""
        silence = self.silence
        return self if silence is None or self.touched & silence.bit[name] else silence.run

    def keyed(self, name: str) -> Step:
        """The step of a fact or parameter for the year it is keyed by."""
        return self.apart(self.program.keyed(name))[1][-1]

    def cell(self, row: str, name: str, index: int) -> Step:
        """The step of a column or definition of one row, counted from 0."""
        outer, self.rows = self.rows, {row: index}
        step = self.apart(self.program.compile(c.Cell(row, name)))[1][-1]
        self.rows = outer
        return step

    def listed(self, listed: c.ListFact) -> Step:
        """The step of a list."""
        rows = c.Aggregate(c.Aggregation.COUNT, listed.row, c.Literal(1, COUNT))
        return self.apart(self.program.compile(rows))[1][0]

    def value(self, expression: c.Expression) -> Result:
        """The value of an expression by itself, outside any step."""
        if isinstance(expression, c.Named):
            return self.step(expression.name).value
        found: Result = self.apart(self.program.compile(expression))[0]
        return found

    def apart(self, compiled: Compiled) -> tuple[Any, list[Step]]:
        """A closure's value and what it read, kept out of what is being read."""
        outer, self.reads = self.reads, []
        value = compiled(self)
        reads, self.reads = self.reads, outer
        return value, reads

    def once(self, at: tuple[str, object], compiled: Compiled) -> Any:
        """A closure's value, computed once in the run; every reader is recorded as having read what it read."""
        if at not in self.apart_once:
            self.apart_once[at] = self.apart(compiled)
        value, reads = self.apart_once[at]
        self.reads.extend(reads)
        return value

    def at(self, row: str, index: int, compiled: Compiled) -> Any:
        """A closure's value with a row at hand."""
        outer, self.rows = self.rows, {**self.rows, row: index}
        value = compiled(self)
        self.rows = outer
        return value
