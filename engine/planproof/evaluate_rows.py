"""Lists: rows, aggregates over them, and exact allocation of an amount."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

from planproof import core as c
from planproof.logic import all_of, any_of, merged, negated
from planproof.proof import FactStep, ListStep, Step
from planproof.run import Compile, Compiled, Run
from planproof.values import Exact, Result, State, Unknown, normal, unknown_because


def _count(run: Run, listed: c.ListFact) -> int | Unknown:
    home = run.home(listed.name)
    step: ListStep | None = home.memo.get(listed.name)
    if step is None:
        statement = run.facts.lists.get(listed.name)
        value: int | Unknown
        if statement is None or statement.state is not State.STATED:
            value = unknown_because(listed.name, statement.state if statement else State.NOT_STATED)
        else:
            value = len(statement.rows)
        step = home.memo[listed.name] = ListStep(listed.name, value, statement)
    run.reads.append(step)
    assert isinstance(step.value, int | Unknown)
    return step.value


def cell(listed: c.ListFact, node: c.Cell) -> Compiled:
    """Reads a column, or a definition, of the row at hand."""
    row, name = node.row, node.name

    def read(run: Run) -> Result:
        index = run.rows[row]
        step: Step | None = run.memo.get((name, index))
        if step is None:
            step = run.memo[name, index] = derive(run, index)
        run.reads.append(step)
        return step.value

    def derive(run: Run, index: int) -> Step:
        deriver = run.program.derivers.get(name)
        if deriver is not None:
            outer, run.rows = run.rows, {row: index}
            step: Step = deriver(run)
            run.rows = outer
            return step
        statement = run.facts.lists[listed.name].rows[index].get(name)
        if statement is not None and statement.state is State.STATED:
            return FactStep(name, None, index, statement.value, State.STATED, statement, ())
        state = statement.state if statement else State.NOT_STATED
        return FactStep(name, None, index, unknown_because(name, state, row=index + 1), state, statement, ())

    return read


def _indexes(listed: c.ListFact, *, in_order: bool) -> Callable[[Run], Any]:
    """The indexes of the rows, in the list's order where asked, or why they are not known."""
    order = cell(listed, c.Cell(listed.row, listed.order)) if in_order and listed.order else None

    at = ("order", listed.name)

    def ranked(run: Run) -> list[int] | Unknown:
        count = _count(run, listed)
        if isinstance(count, Unknown):
            return count
        if order is None:
            return list(range(count))
        ranks = [run.at(listed.row, index, order) for index in range(count)]
        if any(rank.__class__ is Unknown for rank in ranks):
            return merged(ranks)
        return sorted(range(count), key=lambda index: ranks[index])

    return ranked if order is None else lambda run: run.once(at, ranked)


# ------------------------------------------------------------------ aggregates


def aggregate(listed: c.ListFact, node: c.Aggregate, compile_: Compile) -> Compiled:
    """Gathers a value from the rows."""
    body = compile_(node.body)
    where = compile_(node.where) if node.where else None
    indexes = _indexes(listed, in_order=node.earlier)
    kind, row = node.kind, node.row

    def read(run: Run) -> Result:
        rows = indexes(run)
        if rows.__class__ is Unknown:
            return merged([rows])
        if node.earlier:
            rows = rows[: rows.index(run.rows[row])]
        kept = [(index, True if where is None else run.at(row, index, where)) for index in rows]
        if kind in (c.Aggregation.SOME, c.Aggregation.EVERY):
            read_too = [(index, keep) for index, keep in kept if keep is not False and keep is not None]
            if kind is c.Aggregation.SOME:
                return any_of([all_of([keep, run.at(row, index, body)]) for index, keep in read_too])
            return all_of([any_of([negated(keep), run.at(row, index, body)]) for index, keep in read_too])
        values = [run.at(row, index, body) for index, keep in kept if keep is True]
        unknown = [value for value in (*(keep for _, keep in kept), *values) if value.__class__ is Unknown]
        if unknown:
            return merged(unknown)
        if any(value is None for value in values):
            return unknown_because(listed.name, State.NOT_APPLICABLE)
        return _gathered(kind, listed.name, values)

    return read


def _gathered(kind: c.Aggregation, name: str, values: list[Any]) -> Result:
    if kind is c.Aggregation.TOTAL or kind is c.Aggregation.COUNT:
        return normal(sum(values))
    if not values:
        return unknown_because(name, State.NO_ROWS, error=True)
    if kind is c.Aggregation.AVERAGE:
        return normal(Fraction(sum(values)) / len(values))
    extreme: Result = max(values) if kind is c.Aggregation.HIGHEST else min(values)
    return extreme


# ------------------------------------------------------------------ allocation


def allocate(listed: c.ListFact, node: c.Allocate, compile_: Compile) -> Compiled:
    """The share of the row at hand; the whole allocation is computed once in a run."""
    indexes = _indexes(listed, in_order=True)
    amount, measure = compile_(node.amount), compile_(node.measure)
    where = compile_(node.where) if node.where else None
    at = ("allocation", id(node))

    def shares(run: Run) -> dict[int, Exact] | Unknown:
        rows, total = indexes(run), amount(run)
        if rows.__class__ is Unknown or total.__class__ is Unknown:
            return merged([rows, total])
        kept = [True if where is None else run.at(node.row, index, where) for index in rows]
        if any(keep.__class__ is Unknown for keep in kept):
            return merged(kept)
        among = [index for index, keep in zip(rows, kept, strict=True) if keep]
        measures = [run.at(node.row, index, measure) for index in among]
        if any(value.__class__ is Unknown for value in measures):
            return merged(measures)
        if total is None or any(value is None for value in measures):
            return unknown_because(listed.name, State.NOT_APPLICABLE)
        return dict(zip(among, spread(node.kind, total, measures), strict=True))

    def read(run: Run) -> Result:
        found = run.once(at, shares)
        return found if isinstance(found, Unknown) else found.get(run.rows[node.row], 0)

    return read


def filled(total: Exact, measures: list[Exact]) -> list[Exact]:
    """Each in turn up to its measure, until nothing is left."""
    shares: list[Exact] = []
    for measure in measures:
        share = max(0, min(total, measure))
        shares.append(share)
        total -= share
    return shares


def levelled(total: Exact, measures: list[Exact]) -> list[Exact]:
    """Taken from the highest first, until the rest are level at a whole cent; odd cents fall on rows earlier in the list's order."""
    total = max(0, min(total, sum(max(0, measure) for measure in measures)))
    low, high = 0, int(max(measures, default=0))
    while low < high:
        middle = (low + high + 1) // 2
        if sum(max(0, measure - middle) for measure in measures) >= total:
            low = middle
        else:
            high = middle - 1
    shares = [max(0, measure - low) for measure in measures]
    spare = sum(shares) - total
    for index in range(len(shares) - 1, -1, -1):
        if spare > 0 and shares[index] > 0:
            shares[index] -= 1
            spare -= 1
    return shares


def levelled_exactly(total: Exact, measures: list[Exact]) -> list[Exact]:
    """Taken from the highest first, until the rest are exactly level."""
    left = max(0, min(total, sum(max(0, measure) for measure in measures)))
    ranked = sorted((max(0, measure) for measure in measures), reverse=True)
    level = ranked[0] if ranked else 0
    for count, (measure, below) in enumerate(pairwise([*ranked, 0]), 1):
        step = min(left, count * (measure - below))
        level = measure - Fraction(step, count)
        left -= step
        if left == 0:
            break
    return [normal(max(0, measure - level)) for measure in measures]


def spread(kind: c.Allocation, total: Exact, measures: list[Exact]) -> list[Exact]:
    """The share of each row, in the list's order, of an amount."""
    return _SPREAD[kind](total, measures)


_SPREAD = {c.Allocation.FILL: filled, c.Allocation.LEVEL: levelled, c.Allocation.LEVEL_EXACTLY: levelled_exactly}
