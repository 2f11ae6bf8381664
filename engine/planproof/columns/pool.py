"""The graph of column operations: every operation once, constants folded, and the range of every number known.

Folding is exact. The range of every number is known; where it is more than the 64 bits of a column can hold, another
column tells in which rows the number is, so that nothing ever wraps unseen.
"""

from __future__ import annotations

from collections.abc import Iterable

from planproof.columns.nodes import (
    EXTREMES,
    PLANS,
    SAFE,
    SUMS,
    UPWARD,
    At,
    Node,
    Op,
    Payload,
    Unsupported,
    first_of_month,
    month_of,
    walk,
)

_STRICT = frozenset(
    (
        Op.ADD,
        Op.SUBTRACT,
        Op.MULTIPLY,
        Op.FLOOR,
        Op.EQUAL,
        Op.LESS,
        Op.AT_MOST,
        Op.LESSER,
        Op.GREATER,
        Op.NOT,
        Op.YEAR,
        Op.MONTH,
        Op.MONTH_START,
    )
)


class Pool:
    """Makes nodes; asked twice for the same, it gives the same node."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Node] = {}
        self.inner: dict[At, str] = {}  # of lists taken together, the one whose rows were gathered first
        self._too_wide: list[tuple[Node, Node]] = []
        self.yes, self.no = self.constant(True), self.constant(False)
        self.unknown_truth = self._node(Op.CONSTANT, (), None, 0, 1, truth=True, unknown=True)
        self.unknown_number = self._node(Op.CONSTANT, (), None, 0, 0, unknown=True)
        self.zero, self.one = self.constant(0), self.constant(1)

    def _node(
        self,
        op: Op,
        arguments: tuple[Node, ...],
        payload: Payload,
        low: int,
        high: int,
        *,
        truth: bool = False,
        unknown: bool = False,
        at: At | None = None,
    ) -> Node:
        if at is None:
            at = frozenset().union(*(argument.at for argument in arguments))
            arguments = tuple([self.spread(argument, at) for argument in arguments])
        key = (op, *map(id, arguments), payload.__class__, payload, at, low, high, truth, unknown)
        node = self._known.get(key)
        if node is None:
            node = self._known[key] = Node(op, arguments, payload, at, low, high, truth, unknown)
            self._watch(node)
        return node

    def _watch(self, node: Node) -> None:
        """Notes in which rows a number needs more than 64 bits, if it may; what it is made of is watched by itself, but for constants."""
        of_wide = any(argument.constant and argument.wide for argument in node.arguments)
        if of_wide and node.op in (Op.ADD, Op.SUBTRACT, Op.FLOOR):
            self._too_wide.append((node, self.known(node)))
        if not node.wide:
            return
        if node.op is Op.INPUT or (of_wide and node.op in (Op.LESSER, Op.GREATER, *EXTREMES)):
            self._too_wide.append((node, self._beyond(node, SAFE)))
        if node.op in (Op.ADD, Op.SUBTRACT):
            self._too_wide.append((node, self._beyond(node, SAFE)))
        elif node.op is Op.MULTIPLY:
            self._too_wide.append((node, self._product_beyond(*node.arguments)))
        elif node.op in SUMS:
            to = node.arguments[0].at - {str(node.payload)}
            self._too_wide.append((node, self._node(Op.SUM_TOO_WIDE, node.arguments[:1], node.payload, 0, 1, truth=True, at=to)))
        elif node.op is Op.PICK:
            condition, then, other = node.arguments
            taken = self.sure(condition)
            self._too_wide += [(node, taken)] * (then.constant and then.wide)
            self._too_wide += [(node, self.negated(taken))] * (other.constant and other.wide)

    def _beyond(self, node: Node, size: int) -> Node:
        """Whether a number is known and larger than a size, above or below zero."""
        above, below = self.less(self.constant(size), node), self.less(node, self.constant(-size))
        return self.either(self.sure(above), self.sure(below))

    def _product_beyond(self, left: Node, right: Node) -> Node:
        if left.constant:
            left, right = right, left
        if right.constant and right.low:
            return self._beyond(left, SAFE // abs(right.low))
        return self._node(Op.TOO_WIDE, (left, right), None, 0, 1, truth=True)

    def too_wide(self, roots: Iterable[Node]) -> tuple[Node, ...]:
        """Truths, one of which is yes in every row in which a number under the roots needs more than 64 bits."""
        roots = tuple(roots)
        if any(root.constant and root.wide for root in roots):
            return (self.yes,)
        under = set(walk(roots))
        return tuple(dict.fromkeys(told for node, told in self._too_wide if node in under))

    def constant(self, value: int | bool) -> Node:
        """The same value in every row."""
        return self._node(Op.CONSTANT, (), value, int(value), int(value), truth=isinstance(value, bool))

    def input(self, name: str, low: int, high: int, *, truth: bool, unknown: bool, at: At = PLANS) -> Node:
        """A column that is given."""
        return self._node(Op.INPUT, (), name, low, high, truth=truth, unknown=unknown, at=at)

    def spread(self, node: Node, at: At) -> Node:
        """The same column over rows below its own."""
        if node.at == at or node.constant:
            return node
        return self._node(Op.SPREAD, (node,), None, node.low, node.high, truth=node.truth, unknown=node.unknown, at=at)

    def unknown_like(self, node: Node) -> Node:
        """Null in every row, of the sort of the other."""
        return self.unknown_truth if node.truth else self.unknown_number

    # -------------------------------------------------------------- numbers

    def _strict(self, op: Op, left: Node, right: Node, low: int, high: int) -> Node:
        if left.null or right.null:
            return self.unknown_number
        if low == high and not left.unknown and not right.unknown:
            return self.constant(low)
        return self._node(op, (left, right), None, low, high, unknown=left.unknown or right.unknown)

    def add(self, left: Node, right: Node) -> Node:
        """The sum."""
        if left.constant and left.payload == 0:
            return right
        if right.constant and right.payload == 0:
            return left
        return self._strict(Op.ADD, left, right, left.low + right.low, left.high + right.high)

    def subtract(self, left: Node, right: Node) -> Node:
        """The difference."""
        if right.constant and right.payload == 0:
            return left
        return self._strict(Op.SUBTRACT, left, right, left.low - right.high, left.high - right.low)

    def multiply(self, left: Node, right: Node) -> Node:
        """The product."""
        if left.constant and left.payload == 1:
            return right
        if right.constant and right.payload == 1:
            return left
        ends = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
        return self._strict(Op.MULTIPLY, left, right, min(ends), max(ends))

    def floor(self, left: Node, right: Node) -> Node:
        """The quotient, the next lower whole number; the divisor is positive."""
        if right.constant and right.payload == 1:
            return left
        if right.low < 1:
            raise Unsupported("a divisor may not be positive")
        ends = [a // b for a in (left.low, left.high) for b in (right.low, right.high)]
        return self._strict(Op.FLOOR, left, right, min(ends), max(ends))

    def bounded(self, node: Node, low: int, high: int) -> Node:
        """The same column where it is proved to lie in a narrower range than its operands tell."""
        low, high = max(low, node.low), min(high, node.high)
        if node.constant or (low, high) == (node.low, node.high):
            return node
        return self._node(node.op, node.arguments, node.payload, low, high, unknown=node.unknown, at=node.at)

    def lesser(self, left: Node, right: Node) -> Node:
        """The lesser of two numbers."""
        return self._extreme(Op.LESSER, left, right)

    def greater(self, left: Node, right: Node) -> Node:
        """The greater of two numbers."""
        return self._extreme(Op.GREATER, left, right)

    def _extreme(self, op: Op, left: Node, right: Node) -> Node:
        if left is right:
            return left
        choose = min if op is Op.LESSER else max
        low, high = choose(left.low, right.low), choose(left.high, right.high)
        wins, loses = (right.low, left.high) if op is Op.LESSER else (left.low, right.high)
        if wins >= loses and not right.unknown:
            return left
        wins, loses = (left.low, right.high) if op is Op.LESSER else (right.low, left.high)
        if wins >= loses and not left.unknown:
            return right
        return self._strict(op, left, right, low, high)

    def month(self, day: Node) -> Node:
        """The month of a day, which is counted from 1970; months are counted from January of year 1 as 0."""
        if day.null:
            return self.unknown_number
        low, high = month_of(day.low), month_of(day.high)
        return self.constant(low) if day.constant else self._node(Op.MONTH, (day,), None, low, high, unknown=day.unknown)

    def year(self, day: Node) -> Node:
        """The year of a day, which is counted from 1970."""
        if day.null:
            return self.unknown_number
        low, high = month_of(day.low) // 12 + 1, month_of(day.high) // 12 + 1
        return self.constant(low) if day.constant else self._node(Op.YEAR, (day,), None, low, high, unknown=day.unknown)

    def month_start(self, month: Node) -> Node:
        """The first day of a month, which is counted from January of year 1 as 0; days are counted from 1970."""
        if month.null:
            return self.unknown_number
        low, high = first_of_month(month.low), first_of_month(month.high)
        return self.constant(low) if month.constant else self._node(Op.MONTH_START, (month,), None, low, high, unknown=month.unknown)

    # -------------------------------------------------------------- comparisons

    def equal(self, left: Node, right: Node) -> Node:
        """Whether two numbers, or two truths, are equal."""
        if left.null or right.null:
            return self.unknown_truth
        known = not (left.unknown or right.unknown)
        if left is right:
            return self.pick(self.is_null(left), self.unknown_truth, self.yes)
        if known and (left.high < right.low or right.high < left.low):
            return self.no
        if known and left.constant and right.constant:
            return self.constant(left.payload == right.payload)
        if left.truth and (left.constant or right.constant):
            told, other = (left, right) if left.constant else (right, left)
            return other if told.payload else self.negated(other)
        if left.constant:
            left, right = right, left
        if left.op is Op.ADD and left.arguments[1].constant and right.constant:
            return self.equal(left.arguments[0], self.constant(right.low - left.arguments[1].low))
        return self._test(Op.EQUAL, left, right)

    def less(self, left: Node, right: Node) -> Node:
        """Whether the first is less."""
        return self._ordered(Op.LESS, left, right, left.high < right.low, left.low >= right.high)

    def at_most(self, left: Node, right: Node) -> Node:
        """Whether the first is not more."""
        return self._ordered(Op.AT_MOST, left, right, left.high <= right.low, left.low > right.high)

    def _ordered(self, op: Op, left: Node, right: Node, surely: bool, never: bool) -> Node:
        if left.null or right.null:
            return self.unknown_truth
        if not (left.unknown or right.unknown) and (surely or never):
            return self.constant(surely)
        return self._test(op, left, right)

    def _test(self, op: Op, left: Node, right: Node) -> Node:
        return self._node(op, (left, right), None, 0, 1, truth=True, unknown=left.unknown or right.unknown)

    # -------------------------------------------------------------- truths

    def both(self, *operands: Node) -> Node:
        """Kleene's and."""
        return self._connective(Op.AND, operands, self.no, self.yes)

    def either(self, *operands: Node) -> Node:
        """Kleene's or."""
        return self._connective(Op.OR, operands, self.yes, self.no)

    def _connective(self, op: Op, operands: tuple[Node, ...], settles: Node, idle: Node) -> Node:
        whole = {id(operand): operand for operand in operands}
        told = self._told(op, tuple(whole.values()), whole)
        if told is not None:
            return self._connective(op, told, settles, idle)
        kept: dict[int, Node] = {}
        for operand in operands:
            parts = operand.arguments if operand.op is op else (operand,)
            kept |= {id(part): part for part in parts if part is not idle}
        if id(settles) in kept:
            return settles
        parts = tuple(kept.values())
        for part in parts:
            if not part.unknown and part.op is Op.NOT and id(part.arguments[0]) in kept:
                return settles
        told = self._told(op, parts, kept)
        if told is not None:
            return self._connective(op, told, settles, idle)
        if len(parts) < 2:
            return parts[0] if parts else idle
        low, high = (0, min(p.high for p in parts)) if op is Op.AND else (max(p.low for p in parts), 1)
        return self._node(op, parts, None, low, high, truth=True, unknown=any(part.unknown for part in parts))

    def _told(self, op: Op, parts: tuple[Node, ...], kept: dict[int, Node]) -> tuple[Node, ...] | None:
        """The operands without what others among them tell of whether they are known; nothing if none does."""
        for part in parts:
            inside = part.arguments[0] if part.op is Op.NOT else part
            if inside.op is not Op.IS_NULL:
                continue
            about, null = inside.arguments[0], part.op is not Op.NOT
            rest = tuple(other for other in parts if other is not part)
            if null != (op is Op.OR):  # null and ..., or not null or ...
                beside = (Op.MAYBE, about) if op is Op.AND else (Op.SURE, about)
                idle = [o for o in rest if (o.op, *o.arguments) == beside or (o.op is Op.NOT and self._opposite(op, o, about))]
                if idle:
                    return (part, *(other for other in rest if other not in idle))
            elif id(about) in kept:  # known and itself, or unknown or itself
                itself = self.sure(about) if op is Op.AND else self.maybe(about)
                return (itself, *(other for other in rest if other is not about))
            elif any(other.op is Op.NOT and other.arguments[0] is about for other in rest):
                itself = self.negated(self.maybe(about) if op is Op.AND else self.sure(about))
                return (itself, *(other for other in rest if other.op is not Op.NOT or other.arguments[0] is not about))
        return None

    def _opposite(self, op: Op, other: Node, about: Node) -> bool:
        """Whether the other is `not surely` (in an and) or `surely not` (in an or) of something."""
        inner = other.arguments[0]
        return inner.op is (Op.SURE if op is Op.AND else Op.MAYBE) and inner.arguments[0] is about

    def negated(self, operand: Node) -> Node:
        """Kleene's not."""
        if operand.constant:
            return operand if operand.payload is None else self.constant(not operand.payload)
        if operand.op is Op.NOT:
            return operand.arguments[0]
        return self._node(Op.NOT, (operand,), None, 0, 1, truth=True, unknown=operand.unknown)

    def is_null(self, operand: Node) -> Node:
        """Whether it is null."""
        if not operand.unknown:
            return self.no
        if operand.null:
            return self.yes
        if operand.op in _STRICT and not operand.truth:
            unknown = [argument for argument in operand.arguments if argument.unknown]
            if len(unknown) <= 2:
                return self.either(*map(self.is_null, unknown))
        return self._node(Op.IS_NULL, (operand,), None, 0, 1, truth=True)

    def known(self, operand: Node) -> Node:
        """Whether it is not null."""
        return self.negated(self.is_null(operand))

    def sure(self, operand: Node) -> Node:
        """Whether it is yes, and not unknown."""
        if not operand.unknown:
            return operand
        if operand.null:
            return self.no
        if operand.op is Op.NOT:
            return self.negated(self.maybe(operand.arguments[0]))
        return self._node(Op.SURE, (operand,), None, 0, 1, truth=True)

    def maybe(self, operand: Node) -> Node:
        """Whether it is not no."""
        if not operand.unknown:
            return operand
        if operand.null:
            return self.yes
        if operand.op is Op.NOT:
            return self.negated(self.sure(operand.arguments[0]))
        return self._node(Op.MAYBE, (operand,), None, 0, 1, truth=True)

    # -------------------------------------------------------------- choice

    def pick(self, condition: Node, then: Node, other: Node) -> Node:
        """The one where the condition is yes, else the other."""
        if condition.constant:
            return then if condition.payload else other
        if then is other or (then.null and other.null):
            return then
        if not condition.unknown and condition.op is Op.NOT:
            condition, then, other = condition.arguments[0], other, then
        if then.truth:
            found = self._pick_truth(condition, then, other)
            if found is not None:
                return found
        if then.op is Op.PICK and then.arguments[0] is condition:
            return self.pick(condition, then.arguments[1], other)
        if other.op is Op.PICK and other.arguments[0] is condition:
            return self.pick(condition, then, other.arguments[2])
        numbers = [branch for branch in (then, other) if not branch.null]
        low, high = min(n.low for n in numbers), max(n.high for n in numbers)
        return self._node(Op.PICK, (condition, then, other), None, low, high, truth=then.truth, unknown=then.unknown or other.unknown)

    def _pick_truth(self, condition: Node, then: Node, other: Node) -> Node | None:
        sure = self.sure(condition)
        if then is self.yes:
            return self.either(sure, other)
        if then is self.no:
            return self.both(self.negated(sure), other)
        if other is self.no:
            return self.both(sure, then)
        if other is self.yes:
            return self.either(self.negated(sure), then)
        return None

    def known_if(self, condition: Node, then: Node) -> Node:
        """The column where the condition is yes, else null."""
        return self.pick(condition, then, self.unknown_like(then))

    # -------------------------------------------------------------- bits

    def bits(self, *operands: Node) -> Node:
        """The bits that are set in any of some numbers, which are never null; `high` has the bits that can be."""
        kept: dict[int, Node] = {}
        fixed = 0
        for operand in operands:
            for part in operand.arguments if operand.op is Op.BITS else (operand,):
                if part.constant:
                    fixed |= part.low
                else:
                    kept[id(part)] = part
        parts = (*kept.values(), *([self.constant(fixed)] if fixed else []))
        if len(parts) < 2:
            return parts[0] if parts else self.zero
        high = 0
        for part in parts:
            high |= part.high
        return self._node(Op.BITS, parts, None, 0, high)

    def bits_where(self, condition: Node, bits: Node) -> Node:
        """The bits in rows where a condition that is never unknown holds."""
        return self.pick(condition, bits, self.zero)

    # -------------------------------------------------------------- rows

    def over_rows(self, op: Op, row: str, arguments: tuple[Node, ...], low: int, high: int) -> Node:
        """What the rows of a list give: for what they belong to, or (`..._before`) for each row what the earlier ones give."""
        at = frozenset((row,)).union(*(argument.at for argument in arguments))
        arguments = tuple([self.spread(argument, at) for argument in arguments])
        self.inner.setdefault(at, row)
        to = at - {row} if op in UPWARD else at
        return self._node(op, arguments, row, low, high, unknown=op in EXTREMES, at=to)
