"""Nodes to steps: what may be unknown becomes two columns that never are, so that every step is plain arithmetic or logic.

Of a number: its value, which is anything where it is not known, and whether it is known. Of a truth: whether it is
surely yes, and whether it may be yes. Most of what tests for the unknown is then there already, or folds away. Truths are
packed, eight to a byte; what needs one in each row takes its bytes. Numbers are as narrow as their range allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from operator import eq, le, lt
from typing import Any, NamedTuple

from planproof.columns.nodes import CALENDAR, EXTREMES, OVER_ROWS, PLANS, SAFE, UPWARD, At, Node, Op, Payload, walk

VALUE, KNOWN = "value", "known"
_TESTS: Mapping[Op, Callable[[Any, Any], bool]] = {Op.EQUAL: eq, Op.LESS: lt, Op.AT_MOST: le}


class Form(IntEnum):
    """What an array of a step holds: truths as bits, or numbers of 8, 32, or 64 bits, the last in wide programs without end."""

    TRUTH = 0
    TINY = 1
    SMALL = 2
    NUMBER = 3


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A column without unknowns: how it is made, over which rows. `part` tells of an input whether it is the value."""

    op: Op
    arguments: tuple[Step, ...]
    payload: Payload | tuple[int, int]
    at: At
    form: Form
    part: str = VALUE

    @property
    def truth(self) -> bool:
        """Whether it is a truth."""
        return self.form is Form.TRUTH


class Pair(NamedTuple):
    """A node as two steps: of a number its value and whether it is known, of a truth whether it is sure and whether it may be."""

    first: Step
    second: Step


class Lowering:
    """Makes the steps of nodes; asked twice for the same, it gives the same step."""

    def __init__(self) -> None:
        self._steps: dict[tuple[object, ...], Step] = {}
        self._within: set[tuple[Step, Step]] = set()
        self.yes = self._step(Op.CONSTANT, (), True, PLANS, Form.TRUTH)
        self.no = self._step(Op.CONSTANT, (), False, PLANS, Form.TRUTH)
        self._nothing = self._number(0)

    def lowered(self, roots: Iterable[Node]) -> Mapping[Node, Pair]:
        """The steps of all nodes under the roots."""
        pairs: dict[Node, Pair] = {}
        for node in walk(roots):
            pair = pairs[node] = self._lowered(node, [pairs[argument] for argument in node.arguments])
            if node.truth and pair.first is not pair.second:
                self._within.add((pair.first, pair.second))
        return pairs

    # -------------------------------------------------------------- steps

    def _step(
        self, op: Op, arguments: tuple[Step, ...], payload: Payload | tuple[int, int], at: At, form: Form, *, part: str = VALUE
    ) -> Step:
        key = (op, *map(id, arguments), payload.__class__, payload, at, form, part)
        step = self._steps.get(key)
        if step is None:
            step = self._steps[key] = Step(op, arguments, payload, at, form, part)
        return step

    def _truth(self, op: Op, arguments: tuple[Step, ...], at: At) -> Step:
        return self._step(op, arguments, None, at, Form.TRUTH)

    def _number(self, value: int, form: Form = Form.NUMBER) -> Step:
        return self._step(Op.CONSTANT, (), value, PLANS, form)

    def _as(self, step: Step, form: Form) -> Step:
        """A number in another form that holds it."""
        if step.form is form:
            return step
        if step.op is Op.CONSTANT:
            assert isinstance(step.payload, int)
            return self._number(step.payload, form)
        return self._step(Op.RESIZE, (step,), None, step.at, form)

    def _form(self, *numbers: Step) -> Form:
        """The form in which some numbers are taken together."""
        return max(_form_between(step.payload, step.payload) if step.op is Op.CONSTANT else step.form for step in numbers)  # type: ignore[arg-type]

    def _made(self, node: Node, *arguments: Step) -> Step:
        """The step of a node's own operation on numbers of 64 bits."""
        wide = tuple([self._as(argument, Form.NUMBER) for argument in arguments])
        return self._step(node.op, wide, node.payload, node.at, Form.TRUTH if node.truth else Form.NUMBER)

    def _joined(self, node: Node, left: Step, right: Step) -> Step:
        """The step of an operation on two numbers, in the form that both and the result need."""
        form = max(self._form(left, right), self._least(node))
        return self._step(node.op, (self._as(left, form), self._as(right, form)), node.payload, node.at, form)

    def _least(self, node: Node) -> Form:
        return _form_between(node.low, node.high)

    def _narrowed(self, node: Node, step: Step) -> Step:
        """A node's number in no wider form than 32 bits if they hold it: what uses it is done in half the time."""
        return self._as(step, Form.SMALL) if step.form is Form.NUMBER and self._least(node) is not Form.NUMBER else step

    def _both(self, left: Step, right: Step) -> Step:
        if left is self.yes or left is right or (right, left) in self._within:
            return right
        if right is self.yes or (left, right) in self._within:
            return left
        if self.no in (left, right) or self._opposite(left, right):
            return self.no
        return self._truth(Op.AND, (left, right), left.at | right.at)

    def _either(self, left: Step, right: Step) -> Step:
        if left is self.no or left is right or (left, right) in self._within:
            return right
        if right is self.no or (right, left) in self._within:
            return left
        if self.yes in (left, right) or self._opposite(left, right):
            return self.yes
        return self._truth(Op.OR, (left, right), left.at | right.at)

    def _not(self, step: Step) -> Step:
        if step in (self.yes, self.no):
            return self.no if step is self.yes else self.yes
        return step.arguments[0] if step.op is Op.NOT else self._truth(Op.NOT, (step,), step.at)

    def _opposite(self, left: Step, right: Step) -> bool:
        return self._not(left) is right

    def _all(self, steps: Iterable[Step]) -> Step:
        found = self.yes
        for step in steps:
            found = self._both(found, step)
        return found

    def _any(self, steps: Iterable[Step]) -> Step:
        found = self.no
        for step in steps:
            found = self._either(found, step)
        return found

    def _choice(self, condition: Step, then: Step, other: Step) -> Step:
        """The one truth where the condition holds, else the other."""
        if then is other:
            return then
        return self._either(self._both(condition, then), self._both(self._not(condition), other))

    def _differ(self, left: Step, right: Step) -> Step:
        return self._either(self._both(left, self._not(right)), self._both(self._not(left), right))

    # -------------------------------------------------------------- nodes

    def _lowered(self, node: Node, of: list[Pair]) -> Pair:
        match node.op:
            case Op.CONSTANT:
                return self._constant(node)
            case Op.INPUT:
                return self._input(node)
            case Op.AND:
                return Pair(self._all(pair.first for pair in of), self._all(pair.second for pair in of))
            case Op.OR:
                return Pair(self._any(pair.first for pair in of), self._any(pair.second for pair in of))
            case Op.NOT:
                return Pair(self._not(of[0].second), self._not(of[0].first))
            case Op.SURE:
                return Pair(of[0].first, of[0].first)
            case Op.MAYBE:
                return Pair(of[0].second, of[0].second)
            case Op.IS_NULL:
                return self._plain(self._unsure(of[0]) if node.arguments[0].truth else self._not(of[0].second))
            case Op.PICK:
                return self._picked(node, of)
            case Op.EQUAL | Op.LESS | Op.AT_MOST:
                return self._tested(node, of)
            case Op.TOO_WIDE:
                known = self._both(of[0].second, of[1].second)
                return self._plain(self._both(known, self._product_too_wide(node, of[0].first, of[1].first)))
            case Op.YEAR | Op.MONTH | Op.MONTH_START:
                return Pair(self._calendar(node, of[0].first), of[0].second)
            case Op.SPREAD:
                return Pair(self._spread(of[0].first, node), self._spread(of[0].second, node))
            case Op.BITS:
                return self._bits(node, of)
            case _ if node.op in EXTREMES:
                return self._extreme(node, of[0])
            case _ if node.op in OVER_ROWS:
                made = self._made(node, *(pair.first for pair in of))
                return self._plain(made) if node.truth else Pair(made, self.yes)
            case _:
                found = self._narrowed(node, self._joined(node, of[0].first, of[1].first))
                return Pair(found, self._both(of[0].second, of[1].second))

    def _plain(self, truth: Step) -> Pair:
        return Pair(truth, truth)

    def _constant(self, node: Node) -> Pair:
        if node.truth:
            return Pair(self.no, self.yes) if node.null else self._plain(self.yes if node.payload else self.no)
        return Pair(self._nothing, self.no) if node.null else Pair(self._number(node.low), self.yes)

    def _input(self, node: Node) -> Pair:
        form = Form.TRUTH if node.truth else _form_between(node.low, node.high)
        value = self._step(Op.INPUT, (), node.payload, node.at, form)
        known = self._step(Op.INPUT, (), node.payload, node.at, Form.TRUTH, part=KNOWN) if node.unknown else self.yes
        if not node.truth:
            return Pair(value, known)
        return Pair(self._both(value, known), self._either(value, self._not(known)))

    def _unsure(self, truth: Pair) -> Step:
        return self._both(truth.second, self._not(truth.first))

    def _picked(self, node: Node, of: list[Pair]) -> Pair:
        condition, then, other = of[0].first, of[1], of[2]
        second = self._choice(condition, then.second, other.second)
        if node.truth:
            return Pair(self._choice(condition, then.first, other.first), second)
        if condition is self.yes or node.arguments[2].null:
            return Pair(then.first, second)
        if condition is self.no or node.arguments[1].null or then.first is other.first:
            return Pair(other.first, second)
        return Pair(self._narrowed(node, self._chosen(node, condition, then.first, other.first)), second)

    def _chosen(self, node: Node, condition: Step, then: Step, other: Step) -> Step:
        """One of two numbers; half the time where one is zero."""
        form = self._form(then, other)
        if then is self._nothing:
            return self._masked(self._not(condition), other, form)
        if other is self._nothing:
            return self._masked(condition, then, form)
        parts = self._bytes(condition, node.at), self._as(then, form), self._as(other, form)
        return self._step(Op.PICK, parts, None, node.at, form)

    def _masked(self, condition: Step, number: Step, form: Form) -> Step:
        """The number where the condition holds, else zero."""
        return self._step(Op.MASK, (self._as(number, form), self._bytes(condition, condition.at)), None, condition.at, form)

    def _bytes(self, truth: Step, at: At) -> Step:
        return self._step(Op.BYTES, (truth,), None, at, Form.TINY)

    def _tested(self, node: Node, of: list[Pair]) -> Pair:
        if node.arguments[0].truth:
            test = self._not(self._differ(of[0].first, of[1].first))
            known = self._all(self._not(self._unsure(pair)) for pair in of)
        else:
            test, known = self._test(node, of[0].first, of[1].first), self._both(of[0].second, of[1].second)
        return Pair(self._both(test, known), self._either(test, self._not(known)))

    def _test(self, node: Node, left: Step, right: Step) -> Step:
        if left.op is Op.CONSTANT and right.op is Op.CONSTANT:
            return self.yes if _TESTS[node.op](left.payload, right.payload) else self.no
        form = self._form(left, right)
        return self._truth(node.op, (self._as(left, form), self._as(right, form)), node.at)

    def _product_too_wide(self, node: Node, left: Step, right: Step) -> Step:
        if left.op is Op.CONSTANT and right.op is Op.CONSTANT:
            assert isinstance(left.payload, int)
            assert isinstance(right.payload, int)
            return self.yes if abs(left.payload * right.payload) > SAFE else self.no
        return self._made(node, left, right)

    def _calendar(self, node: Node, number: Step) -> Step:
        ends = node.arguments[0].low, node.arguments[0].high
        if number.op is Op.CONSTANT:
            assert isinstance(number.payload, int)
            return self._number(CALENDAR[node.op](max(ends[0], min(number.payload, ends[1]))))
        return self._step(node.op, (self._as(number, max(Form.SMALL, number.form)),), ends, node.at, Form.SMALL)

    def _spread(self, step: Step, node: Node) -> Step:
        if step.op is Op.CONSTANT:
            return step
        if step.truth:
            return self._truth(Op.SPREAD, (self._bytes(step, step.at),), node.at)
        return self._step(Op.SPREAD, (step,), None, node.at, step.form)

    def _bits(self, node: Node, of: list[Pair]) -> Pair:
        found = of[0].first
        for pair in of[1:]:
            parts = self._as(found, Form.NUMBER), self._as(pair.first, Form.NUMBER)
            found = self._step(Op.BITS, parts, None, node.at, Form.NUMBER)
        return Pair(found, self.yes)

    def _extreme(self, node: Node, of: Pair) -> Pair:
        """The extreme of what is known among the rows, and whether anything is."""
        at = node.at
        known = self._bytes(of.second, at | {str(node.payload)})
        some = self._step(Op.SOME if node.op in UPWARD else Op.SOME_BEFORE, (known,), node.payload, at, Form.TRUTH)
        best = self._step(node.op, (self._as(of.first, Form.NUMBER), known), node.payload, at, Form.NUMBER)
        return Pair(best, some)


def _form_between(low: int, high: int) -> Form:
    """The narrowest form of numbers between two ends: of any two such the difference fits too."""
    size = max(abs(low), abs(high))
    return Form.TINY if size < 2**6 else Form.SMALL if size < 2**30 else Form.NUMBER
