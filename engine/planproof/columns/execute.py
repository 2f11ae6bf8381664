"""Runs a schedule over frames: level by level, keeping no column longer than it is needed."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from planproof.columns.emit import TYPES, expression, name_of
from planproof.columns.nodes import OVER_ROWS, PLANS, At, Node, Op, Unsupported
from planproof.columns.schedule import Schedule

Frames = dict[At, pl.DataFrame]
_DEAD = 128


@dataclass(slots=True)
class Below:
    """The rows of a frame seen from a frame above: for each row the row that it belongs to, and where those of each begin and end.

    The rows that belong to one row stand together.
    """

    owner: pl.Series
    first: pl.Series
    end: pl.Series


@dataclass(slots=True)
class Tables:
    """The frames of plans and of the rows of lists, and how each lies below the others."""

    frames: Frames
    below: dict[tuple[At, At], Below] = field(default_factory=dict)


class _Step:
    """What is made within the rows of a frame: dead columns are dropped now and then, since to carry columns costs time too."""

    def __init__(self, at: At, kept: tuple[Node, ...], made: tuple[Node, ...], drops: bool, own: frozenset[Node]) -> None:
        self.at = at
        self._drops = drops
        self._made = [expression(node, own).alias(name_of(node)) for node in made]
        self._kept = [pl.col(name_of(node)) for node in kept]

    def after(self, frame: pl.LazyFrame, more: list[pl.Series]) -> pl.LazyFrame:
        """The frame with what is made, and with columns that were made across frames."""
        if not self._drops:
            return frame.with_columns(self._made + [pl.lit(column) for column in more])
        exprs = [*self._kept, *self._made]
        if not exprs:
            return pl.LazyFrame(more)
        found = frame.select(exprs)
        return found.with_columns(more) if more else found


class Execution:
    """A schedule made ready once, and run over tables after tables."""

    def __init__(self, schedule: Schedule) -> None:
        self.roots = schedule.roots
        self._products = _products(schedule)
        self._levels: list[tuple[tuple[Node, ...], tuple[_Step, ...]]] = []
        alive: dict[At, set[Node]] = {}
        for level in schedule.levels:
            steps = []
            for at, made, kept in level.within:
                across = {node for node in level.across if node.at == at}
                there = alive.setdefault(at, {node for node in schedule.inputs if node.at == at})
                drops = len(there) - len(kept) > _DEAD or not there
                steps.append(_Step(at, kept if drops else (), made, drops, schedule.own))
                alive[at] = {*(kept if drops else there), *made, *across}
            self._levels.append((level.across, tuple(steps)))

    def run(self, tables: Tables) -> dict[Node, pl.Series]:
        """The columns of the roots, which stand over plans."""
        for major, minor in self._products:
            product(tables, major, minor)
        frames, height = tables.frames, tables.frames[PLANS].height
        waiting = {at: frame.lazy() for at, frame in frames.items()}
        for across, steps in self._levels:
            if across:
                frames.update({at: _made(found) for at, found in waiting.items()})
                waiting = {at: frame.lazy() for at, frame in frames.items()}
            apart = [(node, _across(node, tables)) for node in across]
            for step in steps:
                more = [column.alias(name_of(node)) for node, column in apart if node.at == step.at]
                waiting[step.at] = step.after(waiting[step.at], more)
        frames[PLANS] = _made(waiting[PLANS])
        assert frames[PLANS].height == height or not self._levels, "a level has lost rows"
        return {root: _column(root, frames[PLANS], height) for root in self.roots}


def _made(waiting: pl.LazyFrame) -> pl.DataFrame:
    """The frame that waits to be made, as it is written: nothing is left to be optimized."""
    return waiting.collect(optimizations=pl.QueryOptFlags.none())


def _products(schedule: Schedule) -> tuple[tuple[str, str], ...]:
    """The pairs of lists whose rows are taken together; the rows of the second are gathered for each row of the first."""
    pairs: dict[At, tuple[str, str]] = {}
    for node in schedule.own:
        at = node.at | {str(node.payload)} if node.op in OVER_ROWS else node.at
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


def _column(root: Node, frame: pl.DataFrame, height: int) -> pl.Series:
    if root.constant:
        return pl.repeat(root.payload, height, dtype=TYPES[root.bits], eager=True)
    return frame[name_of(root)]


def _across(node: Node, tables: Tables) -> pl.Series:
    """A column that reads rows of another frame, or other rows of its own."""
    arguments = [_operand(argument, node, tables) for argument in node.arguments]
    if node.op is Op.SPREAD:
        return arguments[0].gather(tables.below[node.at, node.arguments[0].at].owner)
    row = frozenset((str(node.payload),))
    at = node.at | row
    below = tables.below[at, at - row]
    match node.op:
        case Op.SUM:
            running = _running(arguments[0].cast(TYPES[node.bits]))
            return running.gather(below.end) - running.gather(below.first)
        case Op.SUM_BEFORE:
            running = _running(arguments[0].cast(TYPES[node.bits]))
            return running.head(len(running) - 1) - running.gather(below.first).gather(below.owner)
        case Op.BITS_OF_ROWS:
            return _gathered(pl.col("value").bitwise_or(), arguments[0].cast(pl.Int64), below).fill_null(0)
        case Op.SUM_FROM_HIGHEST:
            return _from_highest(arguments[0].cast(TYPES[node.bits]), arguments[1], below)
        case _:
            return _extreme(node, arguments[0].cast(TYPES[node.bits]), below)


def _operand(argument: Node, node: Node, tables: Tables) -> pl.Series:
    """A column that is read across; a constant is written out over the rows it is gathered from."""
    if not argument.constant:
        return tables.frames[argument.at][name_of(argument)]
    at = node.at | {str(node.payload)}
    return pl.repeat(argument.payload, tables.frames[at].height, dtype=TYPES[argument.bits], eager=True)


def _running(values: pl.Series) -> pl.Series:
    """The sums of the first none, one, two, ... values. It may wrap; differences within range are right nevertheless."""
    return pl.concat([pl.Series([0], dtype=values.dtype), values.cum_sum()])


def _from_highest(values: pl.Series, ranks: pl.Series, below: Below) -> pl.Series:
    frame = pl.DataFrame({"owner": below.owner, "rank": ranks, "value": values}).with_row_index("place")
    frame = frame.sort("owner", "rank", descending=[False, True], maintain_order=True)
    running = _running(frame["value"])
    sums = running.tail(len(running) - 1) - running.gather(below.first).gather(below.owner)
    return frame.select("place", value=sums).sort("place")["value"]


def _extreme(node: Node, values: pl.Series, below: Below) -> pl.Series:
    highest = node.op in (Op.HIGHEST, Op.HIGHEST_BEFORE)
    value = pl.col("value")
    frame = pl.DataFrame({"owner": below.owner, "value": values})
    if node.op in (Op.HIGHEST_BEFORE, Op.LOWEST_BEFORE):
        best = (value.cum_max() if highest else value.cum_min()).forward_fill().shift(1).over("owner")
        return frame.select(best)["value"]
    return _gathered(value.max() if highest else value.min(), values, below)


def _gathered(how: pl.Expr, values: pl.Series, below: Below) -> pl.Series:
    """What the rows of each row above give; null where there are none."""
    found = pl.DataFrame({"owner": below.owner, "value": values}).group_by("owner").agg(how)
    owners = pl.DataFrame({"owner": pl.int_range(len(below.first), dtype=pl.UInt32, eager=True)})
    return owners.join(found, on="owner", how="left", maintain_order="left")["value"]


def rows_below(plans: int, counts: pl.Series) -> Below:
    """How rows lie below plans, where `counts` tells how many each plan has."""
    end = counts.cast(pl.Int64).cum_sum()
    first = end - counts.cast(pl.Int64)
    owner = pl.int_range(plans, dtype=pl.UInt32, eager=True).repeat_by(counts).explode().drop_nulls()
    return Below(owner, first, end)


def product(tables: Tables, major: str, minor: str) -> None:
    """Adds the frame of every row of one list with every row of another that belongs to the same plan."""
    first, second = frozenset((major,)), frozenset((minor,))
    upper, lower = tables.below[first, PLANS], tables.below[second, PLANS]
    counts = (lower.end - lower.first).gather(upper.owner)
    lies = rows_below(len(upper.owner), counts)
    place = pl.int_range(len(lies.owner), dtype=pl.Int64, eager=True) - lies.first.gather(lies.owner)
    other = lower.first.gather(upper.owner).gather(lies.owner) + place
    at = first | second
    tables.frames[at] = pl.DataFrame({"": place})
    tables.below[at, first] = lies
    tables.below[at, second] = Below(other, other, other)
    tables.below[at, PLANS] = Below(upper.owner.gather(lies.owner), other, other)
