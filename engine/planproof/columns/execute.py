"""Runs what nodes are lowered to over frames, block after block of rows, and once more without end of numbers where they need it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from planproof.columns.bits import BYTE, Bits, column_of, known_of, values_of
from planproof.columns.kernels import Array, Below, packed, unpacked
from planproof.columns.lower import KNOWN, Form, Lowering, Pair, Step
from planproof.columns.nodes import OVER_ROWS, PLANS, UPWARD, WIDE, At, Node, Unsupported, walk
from planproof.columns.program import ROWS_OF_A_BLOCK, Machine, Program, Types

Frames = dict[At, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Tables:
    """The frames of plans and of the rows of lists, and how the rows of each list lie below the plans."""

    frames: Frames
    below: dict[At, Below] = field(default_factory=dict)

    def only(self, plans: Array) -> Tables:
        """Those of some plans."""
        frames, below = {PLANS: self.frames[PLANS][plans]}, {}
        for at, lies in self.below.items():
            counts = lies.end[plans] - lies.first[plans]
            below[at] = Below.of(counts)
            rows = np.arange(len(below[at].owner)) - below[at].first[below[at].owner] + lies.first[plans][below[at].owner]
            frames[at] = self.frames[at][rows] if self.frames[at].width else self.frames[at]
        return Tables(frames, below)


@dataclass(frozen=True, slots=True)
class Made:
    """The columns of the roots, which stand over plans, and the rows in which one of them does not fit its column."""

    columns: Mapping[Node, pl.Series]
    void: pl.Series


class Execution:
    """What is made of some roots, over tables after tables; `too_wide` tells which plans need numbers of more than 64 bits."""

    def __init__(self, roots: Iterable[Node], too_wide: Node) -> None:
        self._roots = tuple(dict.fromkeys(roots))
        self._products = _products((*self._roots, too_wide))
        pairs = Lowering().lowered((*self._roots, too_wide))
        self._pairs = {root: pairs[root] for root in self._roots}
        self._too_wide = pairs[too_wide].first
        self._steps = tuple(dict.fromkeys((*(step for pair in self._pairs.values() for step in pair), self._too_wide)))
        self._narrow = Program(self._steps, wide=False)
        self._wide: Program | None = None

    def run(self, tables: Tables) -> Made:
        """The columns of the roots."""
        found = self._results(self._narrow, tables)
        height = tables.frames[PLANS].height
        void = np.zeros(height, dtype=bool)
        rows = np.flatnonzero(unpacked(found[self._too_wide], height))
        if len(rows):
            self._wide = self._wide or Program(self._steps, wide=True)
            for step, exact in self._results(self._wide, tables.only(rows)).items():
                if step.truth:
                    truths = unpacked(found[step], height)
                    truths[rows] = unpacked(exact, len(rows))
                    found[step] = packed(truths)
                else:
                    void[rows] |= (exact > WIDE) | (exact < -WIDE)
                    found[step][rows] = np.where(void[rows], 0, exact).astype(found[step].dtype)
        return Made({root: _column(pair, root, found, height) for root, pair in self._pairs.items()}, pl.Series(void))

    def _results(self, program: Program, tables: Tables) -> dict[Step, Array]:
        """What the steps of the roots give for every plan; as many threads as Polars has take the blocks by turns."""
        height = tables.frames[PLANS].height
        found = {step: _empty(step, height, program.types) for step in self._steps}
        inputs = _inputs(program, tables)
        starts = range(0, height, ROWS_OF_A_BLOCK)
        threads = min(pl.thread_pool_size(), len(starts))

        def work(first: int) -> None:
            machine = program.machine()
            for low in starts[first::threads]:
                high = min(low + ROWS_OF_A_BLOCK, height)
                self._block(program, machine, inputs, tables, low, high)
                for step, to in found.items():
                    to[slice(low // BYTE, -(-high // BYTE)) if step.truth else slice(low, high)] = machine.slots[program.slots[step]]

        if threads > 1:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(work, range(threads)))
        elif threads:
            work(0)
        return found

    def _block(self, program: Program, machine: Machine, inputs: Mapping[Step, Array | Bits], tables: Tables, low: int, high: int) -> None:
        ends, lies = {PLANS: (low, high)}, {}
        for at, below in tables.below.items():
            first, last = int(below.first[low]), int(below.end[high - 1])
            ends[at] = first, last
            lies[at, PLANS] = Below(below.owner[first:last] - low, below.first[low:high] - first, below.end[low:high] - first)
        heights = {at: last - first for at, (first, last) in ends.items()}
        for major, minor in self._products:
            heights[frozenset((major, minor))] = _product(lies, major, minor)
        for slot, step in program.inputs:
            held, (first, last) = inputs[step], ends[step.at]
            part = held.between(first, last) if isinstance(held, Bits) else held[first:last].astype(program.types[step.form], copy=False)
            machine.slots[slot] = part
        for pair, slot in program.lies.items():
            machine.slots[slot] = lies[pair]
        for at, slot in program.heights.items():
            machine.slots[slot] = heights[at]
        machine.run(heights)


def _inputs(program: Program, tables: Tables) -> dict[Step, Array | Bits]:
    found: dict[Step, Array | Bits] = {}
    for _, step in program.inputs:
        column = tables.frames[step.at][str(step.payload)]
        found[step] = known_of(column) if step.part == KNOWN else values_of(column)
    return found


def _empty(step: Step, height: int, types: Types) -> Array:
    """An array for what a step gives: columns have numbers of 8 or 64 bits."""
    if step.form is Form.TRUTH:
        return np.empty(-(-height // BYTE), dtype=types[step.form])
    return np.empty(height, dtype=types[Form.NUMBER if step.form is Form.SMALL else step.form])


def _column(pair: Pair, root: Node, found: Mapping[Step, Array], height: int) -> pl.Series:
    first, second = found[pair.first], found[pair.second]
    known = None if not root.unknown or pair.first is pair.second else first | ~second if root.truth else second
    return column_of(first, known, height)


def _products(roots: Iterable[Node]) -> tuple[tuple[str, str], ...]:
    """The pairs of lists whose rows are taken together; the rows of the second are gathered for each row of the first."""
    pairs: dict[At, tuple[str, str]] = {}
    for node in walk(roots):
        at = node.at | {str(node.payload)} if node.op in UPWARD else node.at
        if len(at) > 2:
            raise Unsupported("three lists are taken together")
        if len(at) == 2:
            first, second = sorted(at)
            if node.op in OVER_ROWS:
                second = str(node.payload)
                (first,) = at - {second}
                if pairs.get(at, (first, second)) != (first, second):
                    raise Unsupported("two lists are gathered over each other both ways")
                pairs[at] = (first, second)
    return tuple(pairs.values())


def _product(lies: dict[tuple[At, At], Below], major: str, minor: str) -> int:
    """How every row of one list with every row of another of the same plan lies below both and below the plan; how many they are."""
    first, second = frozenset((major,)), frozenset((minor,))
    upper, lower = lies[first, PLANS], lies[second, PLANS]
    together = Below.of((lower.end - lower.first)[upper.owner])
    place = np.arange(len(together.owner)) - together.first[together.owner]
    nothing = np.empty(0, dtype=np.int64)
    lies[first | second, first] = together
    lies[first | second, second] = Below(lower.first[upper.owner][together.owner] + place, nothing, nothing)
    lies[first | second, PLANS] = Below(upper.owner[together.owner], nothing, nothing)
    return len(together.owner)
