"""Lists over sets: rows that are told, with what their cells may be, and lists that are not told, whose rows may be anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import reduce
from typing import Any, TypeAlias

from planproof import core as c
from planproof.evaluate_rows import spread
from planproof.logic import all_of, any_of, negated
from planproof.possible import ABSENT, NO, NOT_KNOWN, UNKNOWN, YES, Possible, Ranges, applied, exactly, joined
from planproof.suppose_logic import folded, negation, truth
from planproof.supposition import ANY_ROW, MOST_ROWS, Slot, Supposition, Thought, domain
from planproof.values import State

Compile: TypeAlias = Callable[[c.Expression], Thought]


def _count(s: Supposition, listed: c.ListFact) -> Possible:
    statement = s.facts.lists.get(listed.name)
    if statement is not None and statement.state is State.STATED:
        return exactly(len(statement.rows))
    found = s.domain(Slot(listed.name))
    if found is None or found.certain:
        return UNKNOWN if found is None else found
    return Possible(found.some, found.numbers, found.low, found.high, None, s.bit(Slot(listed.name)))


def cell(listed: c.ListFact, node: c.Cell) -> Thought:
    """The set of a column, or a definition, of the row at hand."""
    column = next((column for column in listed.columns if column.name == node.name), None)

    def think(s: Supposition) -> Possible:
        index = s.rows[node.row]
        at = (node.name, index, "row")
        found = s.memo.get(at)
        if found is None:
            found = s.memo[at] = derive(s, index)
        return found

    def derive(s: Supposition, index: int) -> Possible:
        if column is None:
            outer, s.rows = s.rows, {node.row: index}
            found = s.vocabulary.thoughts[node.name](s)
            s.rows = outer
            return found
        if index == ANY_ROW:
            of_type = domain(column.type, column.low, column.high, untold=True)
            return Possible(of_type.some, of_type.numbers, of_type.low, of_type.high, None, s.bit(Slot(listed.name)))
        statement = s.facts.lists[listed.name].rows[index].get(node.name)
        opened = s.opened(Slot(node.name, None, index + 1), statement)
        if opened is not None:
            return opened
        return exactly(statement.value) if statement is not None and statement.state is State.STATED else UNKNOWN

    return think


def _indexes(s: Supposition, listed: c.ListFact, *, in_order: bool) -> tuple[list[int], int] | None:
    """The rows, and the open facts on which their order depends; nothing where a cell that orders them is not known."""
    count = _count(s, listed).value
    if not in_order or listed.order is None:
        return list(range(count)), 0
    rank = cell(listed, c.Cell(listed.row, listed.order))
    ranks = [s.at(listed.row, index, rank) for index in range(count)]
    if any(one is UNKNOWN for one in ranks):
        return None
    if all(one.certain for one in ranks):
        return sorted(range(count), key=lambda index: ranks[index].value), 0
    return list(range(count)), reduce(int.__or__, (one.slots for one in ranks))


def aggregate(listed: c.ListFact, node: c.Aggregate, compile_: Compile) -> Thought:
    """The set of what is gathered from the rows."""
    body = compile_(node.body)
    where = compile_(node.where) if node.where else lambda s: YES

    def think(s: Supposition) -> Possible:
        count = _count(s, listed)
        if count is UNKNOWN:
            return UNKNOWN
        if not count.certain:
            kept = truth(s.at(node.row, ANY_ROW, where))
            return _of_any_rows(node.kind, kept, s.at(node.row, ANY_ROW, body), count)
        numbers = _indexes(s, listed, in_order=node.earlier)
        if numbers is None:
            return UNKNOWN
        indexes, ranking = numbers
        if node.earlier:
            at_hand = s.rows[node.row]
            indexes = indexes[: indexes.index(at_hand)] if not ranking else [index for index in indexes if index != at_hand]
        tests = [truth(s.at(node.row, index, where)) for index in indexes]
        if ranking:
            tests = [joined([test, NO], ranking) for test in tests]
        bodies = [NO if test is NO else s.at(node.row, index, body) for index, test in zip(indexes, tests, strict=True)]
        return _gathered(node.kind, tests, bodies, s.ranges)

    return think


def allocate(listed: c.ListFact, node: c.Allocate, compile_: Compile) -> Thought:
    """The set of the row's share when an amount is spread over the rows."""
    amount, measure = compile_(node.amount), compile_(node.measure)
    where = compile_(node.where) if node.where else lambda s: YES

    def think(s: Supposition) -> Possible:
        total, at_hand = amount(s), s.rows[node.row]
        count = _count(s, listed)
        if count is UNKNOWN or total in (UNKNOWN, ABSENT):
            return UNKNOWN
        if not count.certain:
            own = s.at(node.row, ANY_ROW, measure)
            return _share(total, own, count.slots | total.slots | own.slots | s.at(node.row, ANY_ROW, where).slots, known=False)
        numbers = _indexes(s, listed, in_order=True)
        if numbers is None:
            return UNKNOWN
        indexes, ranking = numbers
        tests = [truth(s.at(node.row, index, where)) for index in indexes]
        if any(test is UNKNOWN for test in tests):
            return UNKNOWN
        among = [index for index, test in zip(indexes, tests, strict=True) if test is not NO]
        measures = [s.at(node.row, index, measure) for index in among]
        if not ranking and total.certain and all(one.certain for one in (*tests, *measures)):
            if any(one in (UNKNOWN, ABSENT) for one in measures):
                return UNKNOWN
            shares = dict(zip(among, spread(node.kind, total.value, [one.value for one in measures]), strict=True))
            return exactly(shares.get(at_hand, 0))
        slots = reduce(int.__or__, (one.slots for one in (*tests, *measures)), total.slots | ranking)
        known = all(not one.some & {NOT_KNOWN, None} for one in (total, *measures)) and not any(NOT_KNOWN in t.some for t in tests)
        own = measures[among.index(at_hand)] if at_hand in among else exactly(0)
        return _share(total, own, slots, known=known)

    return think


def _of_any_rows(kind: c.Aggregation, kept: Possible, body: Possible, count: Possible) -> Possible:
    """An aggregate over a list that is not told: any number of rows, each of any content."""
    slots = count.slots | kept.slots | body.slots
    unknown = frozenset((NOT_KNOWN,))
    if kind in (c.Aggregation.SOME, c.Aggregation.EVERY):
        some = frozenset((True, False)) | unknown
        return Possible(some, slots=slots)
    if kind is c.Aggregation.TOTAL or kind is c.Aggregation.COUNT:
        if kept is NO:
            return joined([exactly(0), UNKNOWN], count.slots) if NOT_KNOWN in count.some else exactly(0)
        low, high = body.low, body.high
        assert not isinstance(low, date), "dates have no sum"
        assert not isinstance(high, date), "dates have no sum"
        least = None if low is None else min(0, low * MOST_ROWS)
        most = None if high is None else max(0, high * MOST_ROWS)
        return Possible(unknown, True, least, most, None, slots)
    return Possible(unknown, body.numbers, body.low, body.high, None, slots)


def _gathered(kind: c.Aggregation, tests: list[Possible], bodies: list[Possible], box: Ranges) -> Possible:
    """An aggregate over rows that are told."""
    if kind in (c.Aggregation.SOME, c.Aggregation.EVERY):
        return _quantified(tests, bodies, some=kind is c.Aggregation.SOME)
    pairs = [(test, body) for test, body in zip(tests, bodies, strict=True) if test is not NO]
    slots = reduce(int.__or__, (part.slots for pair in pairs for part in pair), 0)
    if any(test is UNKNOWN or (test is YES and body in (UNKNOWN, ABSENT)) for test, body in pairs):
        return UNKNOWN
    unknown = any(test.some & {NOT_KNOWN} or body.some & {NOT_KNOWN, None} for test, body in pairs)
    plain = [(test, Possible(frozenset(), True, body.low, body.high, body.form, body.slots)) for test, body in pairs if body.numbers]
    if kind in (c.Aggregation.TOTAL, c.Aggregation.COUNT):
        zero = exactly(0)
        terms = [body if test is YES else joined([body, zero], test.slots) for test, body in plain]
        found = reduce(lambda a, b: applied("add", [a, b], box), terms, zero)
    else:
        found = _of_rows(kind, [body for test, body in plain if test is YES], [body for test, body in plain if test is not YES], slots, box)
    return joined([found, UNKNOWN], slots) if unknown else found


def _of_rows(kind: c.Aggregation, sure: list[Possible], maybe: list[Possible], slots: int, box: Ranges) -> Possible:
    if maybe or not sure:
        parts = [*sure, *maybe, *([] if sure else [UNKNOWN])]
        return joined(parts, slots)
    if kind is c.Aggregation.AVERAGE:
        total = reduce(lambda a, b: applied("add", [a, b], box), sure)
        return applied("divide", [total, exactly(len(sure))], box)
    name = "greater_of" if kind is c.Aggregation.HIGHEST else "lesser_of"
    return sure[0] if len(sure) == 1 else applied(name, sure, box)


def _quantified(tests: list[Possible], bodies: list[Possible], *, some: bool) -> Possible:
    truths = [truth(body) for body in bodies]
    if all(one.certain for one in (*tests, *truths)):
        pairs = [(test.value, body.value) for test, body in zip(tests, truths, strict=True) if test is not NO]
        if some:
            return exactly(any_of([all_of([test, body]) for test, body in pairs]))
        return exactly(all_of([any_of([negated(test), body]) for test, body in pairs]))
    first = tests if some else [negation(test) for test in tests]
    each = [folded(pair, decisive=not some) for pair in zip(first, truths, strict=True)]
    return folded(each, decisive=some)


def _share(total: Possible, measure: Possible, slots: int, *, known: bool) -> Possible:
    """A row's share of an amount: not less than zero, nor more than the amount or the row's own measure."""
    highs = [found.high for found in (total, measure) if found.numbers and found.high is not None]
    high = max(0, min(highs)) if highs else None
    some = frozenset[Any]() if known else frozenset((NOT_KNOWN,))
    return Possible(some, True, 0, high, None, slots)
