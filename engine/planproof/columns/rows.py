"""Lists as columns: what `evaluate_rows` gathers from rows and spreads over them, for all plans at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from planproof import core as c
from planproof.columns.nodes import Node, Op, Unsupported
from planproof.columns.quantities import Arithmetic, Quantity
from planproof.columns.stated import Given


@dataclass(frozen=True, slots=True)
class GivenRows:
    """The rows of a list: whether they are known, the cells by column, and how many a plan has at most."""

    known: Node
    cells: Mapping[str, Given]
    most: int


class Rows:
    """Aggregates and allocations over given lists; `value` and `truth` compile what they are over."""

    def __init__(
        self,
        arithmetic: Arithmetic,
        lists: Mapping[str, c.ListFact],
        given: Mapping[str, GivenRows],
        value: Callable[[c.Expression], Quantity],
        truth: Callable[[c.Expression], Node],
    ) -> None:
        self.arithmetic = arithmetic
        self.pool = arithmetic.pool
        self._lists = lists
        self._given = given
        self._value = value
        self._truth = truth

    def given(self, row: str) -> GivenRows:
        """What is given of a list, by the name of its rows."""
        found = self._given.get(self._lists[row].name)
        return found or GivenRows(self.pool.no, {}, 0)

    def name(self, row: str) -> str:
        """The name of the list with such rows."""
        return self._lists[row].name

    def order(self, row: str) -> c.Cell | None:
        """What orders the rows of a list, if anything does."""
        order = self._lists[row].order
        return None if order is None else c.Cell(row, order)

    def column(self, node: c.Cell, *, truth: bool) -> Quantity:
        """A column of the row at hand."""
        found = self.given(node.row).cells.get(node.name)
        return found.value if found else self.arithmetic.present(self.arithmetic.constant(None, truth=truth))

    # -------------------------------------------------------------- aggregates

    def aggregate(self, node: c.Aggregate) -> Quantity:
        """What an aggregate makes of the rows; not known where the rows are not."""
        pool, row = self.pool, node.row
        if self.given(row).known is pool.no:
            truth = node.kind in (c.Aggregation.SOME, c.Aggregation.EVERY)
            return self.arithmetic.present(self.arithmetic.constant(None, truth=truth))
        keep = pool.yes if node.where is None else self._truth(node.where)
        if node.kind in (c.Aggregation.SOME, c.Aggregation.EVERY):
            found = self.arithmetic.whole(self._quantified(node, keep))
        else:
            found = self._gathered(node, keep)
        known = self.known(row, in_order=node.earlier)
        return Quantity(pool.known_if(known, found.main), found.over, pool.no)

    def known(self, row: str, *, in_order: bool) -> Node:
        """Whether the rows are known, and where asked their order."""
        pool, order = self.pool, self.order(row)
        known = self.given(row).known
        if not in_order or order is None:
            return known
        rank = self.column(order, truth=False)
        return pool.both(known, pool.negated(self.some(row, pool.is_null(rank.main))))

    def _quantified(self, node: c.Aggregate, keep: Node) -> Node:
        pool, body = self.pool, self._truth(node.body)
        if node.kind is c.Aggregation.SOME:
            return self._any(node, pool.both(keep, body))
        return pool.negated(self._any(node, pool.both(keep, pool.negated(body))))

    def _any(self, node: c.Aggregate, test: Node) -> Node:
        pool = self.pool
        yes = self.some(node.row, pool.sure(test), earlier=node.earlier)
        open_ = self.some(node.row, pool.is_null(test), earlier=node.earlier)
        return pool.pick(yes, pool.yes, pool.pick(open_, pool.unknown_truth, pool.no))

    def some(self, row: str, test: Node, *, earlier: bool = False) -> Node:
        """Whether a test that is never unknown holds in a row."""
        if test is self.pool.no:
            return test
        return self.pool.less(self.pool.zero, self._count(row, test, earlier=earlier))

    def anywhere(self, test: Node) -> Node:
        """Whether a test that is never unknown holds in any row of the lists that it is over."""
        while test.at:
            test = self.some(self.pool.inner.get(test.at, min(test.at)), test)
        return test

    def _count(self, row: str, test: Node, *, earlier: bool = False) -> Node:
        return self._sum(row, self.pool.pick(test, self.pool.one, self.pool.zero), earlier=earlier)

    def _sum(self, row: str, number: Node, *, earlier: bool = False) -> Node:
        """The sum over the rows of a number that is never null."""
        most = self.given(row).most
        low, high = min(0, number.low) * most, max(0, number.high) * most
        if low == high:
            return self.pool.zero
        return self.pool.over_rows(Op.SUM_BEFORE if earlier else Op.SUM, row, (number,), low, high)

    def _gathered(self, node: c.Aggregate, keep: Node) -> Quantity:
        pool, row, earlier = self.pool, node.row, node.earlier
        body = self._value(node.body)
        if not body.over.constant:
            raise Unsupported("an aggregate of fractions that are not rounded has no column")
        kept = pool.sure(keep)
        unclear = self.some(row, pool.either(pool.is_null(keep), pool.both(kept, pool.is_null(body.main))), earlier=earlier)
        if node.kind in (c.Aggregation.HIGHEST, c.Aggregation.LOWEST):
            main = self._extreme(node, pool.known_if(kept, body.main))
            self.arithmetic.faults.append(self._none(node, keep))
        else:
            counted = pool.both(kept, pool.known(body.main))
            main = self._sum(row, pool.pick(counted, body.main, pool.zero), earlier=earlier)
        found = Quantity(pool.known_if(pool.negated(unclear), main), body.over, pool.no)
        if node.kind is not c.Aggregation.AVERAGE:
            return found
        return self.arithmetic.apply("divide", (found, self.arithmetic.whole(self._count(row, kept, earlier=earlier))))

    def _none(self, node: c.Aggregate, keep: Node) -> Node:
        """Whether the rows are known, and surely none is kept."""
        known = self.known(node.row, in_order=node.earlier)
        return self.pool.both(known, self.pool.negated(self.some(node.row, self.pool.maybe(keep), earlier=node.earlier)))

    def _extreme(self, node: c.Aggregate, number: Node) -> Node:
        if number.null:
            return number
        highest = node.kind is c.Aggregation.HIGHEST
        op = (Op.HIGHEST_BEFORE if node.earlier else Op.HIGHEST) if highest else (Op.LOWEST_BEFORE if node.earlier else Op.LOWEST)
        return self.pool.over_rows(op, node.row, (number,), number.low, number.high)

    # -------------------------------------------------------------- allocation

    def allocate(self, node: c.Allocate) -> Quantity:
        """The share of the row at hand; not known in any row where it is not in one."""
        pool, row = self.pool, node.row
        if self.given(row).known is pool.no:
            return self.arithmetic.present(self.arithmetic.constant(None, truth=False))
        keep = pool.yes if node.where is None else self._truth(node.where)
        amount, measure = self._value(node.amount), self._value(node.measure)
        if not amount.over.constant or not measure.over.constant or row in amount.main.at:
            raise Unsupported("an allocation of fractions that are not rounded has no columns")
        total, size, over = self.arithmetic.common(amount, measure)
        kept = pool.sure(keep)
        unclear = self.some(row, pool.either(pool.is_null(keep), pool.both(kept, pool.is_null(size))))
        known = pool.both(self.known(row, in_order=True), pool.negated(unclear), pool.known(total))
        size = pool.pick(pool.both(kept, pool.known(size)), pool.greater(size, pool.zero), pool.zero)
        match node.kind:
            case c.Allocation.FILL:
                share, parts = self._filled(row, total, size), pool.one
            case c.Allocation.LEVEL:
                if over.low != 1:
                    raise Unsupported("a reduction of parts of a cent has no columns")
                share, parts = self._levelled(row, total, size), pool.one
            case c.Allocation.LEVEL_EXACTLY:
                share, parts = self._levelled_exactly(row, total, size)
        return Quantity(pool.known_if(known, share), pool.multiply(parts, over), pool.no)

    def _filled(self, row: str, total: Node, size: Node) -> Node:
        pool = self.pool
        left = pool.subtract(total, self._sum(row, size, earlier=True))
        return pool.greater(pool.lesser(left, size), pool.zero)

    def _cut(self, row: str, total: Node, size: Node) -> tuple[Node, Node, Node]:
        """What is taken in all; how many rows are above the level that is left, and what they have together."""
        pool, most = self.pool, self.given(row).most
        taken = pool.lesser(pool.greater(total, pool.zero), self._sum(row, size))
        together = pool.over_rows(Op.SUM_FROM_HIGHEST, row, (size, size), 0, size.high * most)
        place = pool.over_rows(Op.SUM_FROM_HIGHEST, row, (pool.one, size), 1, most)
        above = pool.sure(pool.less(pool.subtract(together, pool.multiply(place, size)), taken))
        return taken, self._count(row, above), self._sum(row, pool.pick(above, size, pool.zero))

    def _levelled_exactly(self, row: str, total: Node, size: Node) -> tuple[Node, Node]:
        pool = self.pool
        taken, count, together = self._cut(row, total, size)
        share = pool.subtract(pool.multiply(size, count), pool.subtract(together, taken))
        return pool.greater(share, pool.zero), pool.greater(count, pool.one)

    def _levelled(self, row: str, total: Node, size: Node) -> Node:
        """Whole cents; where they do not divide, rows later in the list's order bear one less."""
        pool = self.pool
        taken, count, together = self._cut(row, total, size)
        level = pool.floor(pool.subtract(together, taken), pool.greater(count, pool.one))
        bears = pool.less(pool.zero, count)
        share = pool.pick(bears, pool.greater(pool.subtract(size, level), pool.zero), pool.zero)
        positive = pool.less(pool.zero, share)
        spare = pool.subtract(self._sum(row, pool.pick(pool.known(share), share, pool.zero)), taken)
        from_end = pool.subtract(self._count(row, pool.sure(positive)), self._count(row, pool.sure(positive), earlier=True))
        lower = pool.both(positive, pool.at_most(from_end, spare))
        return pool.subtract(share, pool.pick(lower, pool.one, pool.zero))
