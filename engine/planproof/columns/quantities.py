"""Values of the rule language as columns, and its built-in functions over them, exactly.

Money is a column of cents, a rate or number a column of numerators over a denominator, a choice its place among all
options of the rule book, a date its days since 1970, a duration months and days. Null is not known; an absent value
(`none`, not applicable) is null too, and another column says that it is absent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor, gcd, lcm

from planproof.columns.nodes import EPOCH, Node, Unsupported
from planproof.columns.pool import Pool
from planproof.functions import TESTS
from planproof.values import Duration, Result, Unknown

LAST_MONTH = 9999 * 12 - 1
FIRST_DAY, LAST_DAY = date.min.toordinal() - EPOCH, date.max.toordinal() - EPOCH


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in every row: `main` over `over`, null where not known or absent; a duration has `days` beside its months.

    `within` bounds the value where it is known better than by the ranges of both columns.
    """

    main: Node
    over: Node
    absent: Node
    days: Node | None = None
    within: tuple[Fraction, Fraction] | None = None

    @property
    def range(self) -> tuple[Fraction, Fraction]:
        """The ends between which the value lies."""
        if self.within is not None:
            return self.within
        low, high = self.main.low, self.main.high
        least, most = self.over.low, self.over.high
        return Fraction(low, least if low < 0 else most), Fraction(high, most if high < 0 else least)


class Arithmetic:
    """Builds quantities out of quantities; `options` are all options of the rule book.

    `faults` collects where a built-in has no value for known operands, as a division by zero.
    """

    def __init__(self, pool: Pool, options: Sequence[str]) -> None:
        self.pool = pool
        self.faults: list[Node] = []
        self.codes = {option: code for code, option in enumerate(options)}

    # -------------------------------------------------------------- making

    def whole(self, main: Node, absent: Node | None = None, over: int = 1) -> Quantity:
        """A column as a value; over a constant denominator if it has one."""
        return Quantity(main, self.pool.constant(over), absent or self.pool.no)

    def constant(self, value: Result, *, truth: bool) -> Quantity:
        """The same value in every row; a truth if `truth`, where the value itself does not tell."""
        pool = self.pool
        if isinstance(value, Unknown) or value is None:
            main = pool.unknown_truth if truth else pool.unknown_number
            return Quantity(main, pool.one, pool.constant(value is None))
        match value:
            case bool():
                return self.whole(pool.constant(value))
            case str():
                return self.whole(pool.constant(self.codes[value]))
            case date():
                return self.whole(pool.constant(value.toordinal() - EPOCH))
            case Duration(months, days):
                return Quantity(pool.constant(months), pool.one, pool.no, pool.constant(days))
            case _:
                exact = Fraction(value)
                return self.whole(pool.constant(exact.numerator), over=exact.denominator)

    def truth(self, value: Quantity) -> Node:
        """A value as a condition: what is absent counts as no."""
        return self.pool.pick(value.absent, self.pool.no, value.main)

    def unknown(self, value: Quantity) -> Node:
        """Whether it is not known; absent is known."""
        return self.pool.both(self.pool.is_null(value.main), self.pool.negated(value.absent))

    def present(self, value: Quantity) -> Quantity:
        """The same value where it is not absent; absent counts as not known."""
        return Quantity(value.main, value.over, self.pool.no, value.days, value.within)

    # -------------------------------------------------------------- choosing

    def pick(self, condition: Node, then: Quantity, other: Quantity) -> Quantity:
        """The one where the condition is yes, else the other."""
        pool = self.pool
        absent = pool.pick(condition, then.absent, other.absent)
        if then.main.null or other.main.null:
            over = other.over if then.main.null else then.over
            first, second = then.main, other.main
            if then.main.null and not other.main.null:
                first = pool.unknown_like(other.main)
            if other.main.null and not then.main.null:
                second = pool.unknown_like(then.main)
            days = self._days(condition, then, other)
            return Quantity(pool.pick(condition, first, second), over, absent, days)
        if then.over.constant and other.over.constant:
            first, second, over = self.common(then, other)
            return Quantity(pool.pick(condition, first, second), over, absent, self._days(condition, then, other))
        over = pool.pick(condition, then.over, other.over)
        return Quantity(pool.pick(condition, then.main, other.main), over, absent)

    def _days(self, condition: Node, then: Quantity, other: Quantity) -> Node | None:
        if then.days is None and other.days is None:
            return None
        return self.pool.pick(condition, then.days or self.pool.unknown_number, other.days or self.pool.unknown_number)

    def same(self, left: Quantity, right: Quantity) -> Node:
        """Whether both are known and equal, absent being equal to absent; never unknown."""
        pool = self.pool
        equal = pool.no if self._apart(left, right) else pool.sure(self._equal(left, right))
        if left.days is not None and right.days is not None:
            equal = pool.both(equal, pool.sure(pool.equal(left.days, right.days)))
        return pool.either(equal, pool.both(left.absent, right.absent))

    # -------------------------------------------------------------- functions

    def apply(self, function: str, operands: Sequence[Quantity]) -> Quantity:
        """A built-in function applied to known values; unknown if one is not known, and a test on what is absent is no."""
        if function in TESTS:
            return self._test(function, operands[0], operands[1])
        if function.startswith("round_"):
            return self._rounded(function, operands[0], operands[1])
        match function:
            case "lesser_of" | "greater_of":
                return self._extreme(function, operands)
            case "negate":
                return Quantity(self.pool.subtract(self.pool.zero, operands[0].main), operands[0].over, self.pool.no)
            case "year_of":
                return self.whole(self.pool.year(operands[0].main))
            case "start_of_year":
                return self._start_of_year(operands[0].main)
            case "add" | "subtract":
                return self._sum(function, operands[0], operands[1])
            case "multiply":
                return self._product(operands[0], operands[1])
            case "divide":
                return self._quotient(operands[0], operands[1])
            case _:
                raise Unsupported(f"the built-in `{function}` has no columns")

    def common(self, left: Quantity, right: Quantity) -> tuple[Node, Node, Node]:
        """Both numerators over one denominator, and that denominator."""
        pool = self.pool
        if left.over is right.over:
            return left.main, right.main, left.over
        if left.over.constant and right.over.constant:
            over = lcm(left.over.low, right.over.low)
            first = pool.multiply(left.main, pool.constant(over // left.over.low))
            return first, pool.multiply(right.main, pool.constant(over // right.over.low)), pool.constant(over)
        first, second = pool.multiply(left.main, right.over), pool.multiply(right.main, left.over)
        return first, second, pool.multiply(left.over, right.over)

    def _test(self, function: str, left: Quantity, right: Quantity) -> Quantity:
        pool = self.pool
        if function in ("equal", "unequal"):
            found = self._equal(left, right)
            found = found if function == "equal" else pool.negated(found)
        else:
            first, second, _ = self.common(left, right)
            if function in ("greater", "at_least"):
                first, second = second, first
            found = (pool.less if function in ("less", "greater") else pool.at_most)(first, second)
        absent = pool.either(left.absent, right.absent)
        return self.whole(pool.pick(absent, pool.no, found))

    def _apart(self, left: Quantity, right: Quantity) -> bool:
        """Whether no value of the one can be one of the other."""
        first, second, _ = self.common(left, right)
        return first.high < second.low or second.high < first.low

    def _equal(self, left: Quantity, right: Quantity) -> Node:
        first, second, _ = self.common(left, right)
        return self.pool.equal(first, second)

    def _extreme(self, function: str, operands: Sequence[Quantity]) -> Quantity:
        choose = self.pool.lesser if function == "lesser_of" else self.pool.greater
        extreme = min if function == "lesser_of" else max
        found = operands[0]
        for other in operands[1:]:
            first, second, over = self.common(found, other)
            ends = zip(found.range, other.range, strict=True)
            low, high = (extreme(mine, yours) for mine, yours in ends)
            found = Quantity(choose(first, second), over, self.pool.no, within=(low, high))
        return self.present(found)

    def _sum(self, function: str, left: Quantity, right: Quantity) -> Quantity:
        pool = self.pool
        join = pool.add if function == "add" else pool.subtract
        if right.days is None:
            first, second, over = self.common(left, right)
            low, high = right.range if function == "add" else (-right.range[1], -right.range[0])
            return Quantity(join(first, second), over, pool.no, within=(left.range[0] + low, left.range[1] + high))
        if left.days is not None:
            return Quantity(join(left.main, right.main), pool.one, pool.no, join(left.days, right.days))
        months, days = join(pool.zero, right.main), join(pool.zero, right.days)
        return self._moved(left.main, months, days)

    def _product(self, left: Quantity, right: Quantity) -> Quantity:
        pool = self.pool
        if right.days is not None:
            return Quantity(pool.multiply(left.main, right.main), pool.one, pool.no, pool.multiply(left.main, right.days))
        first, second = self._reduced(left, right), self._reduced(right, left)
        ends = [mine * yours for mine in left.range for yours in right.range]
        over = pool.multiply(second[1], first[1])
        return Quantity(pool.multiply(first[0], second[0]), over, pool.no, within=(min(ends), max(ends)))

    def _reduced(self, value: Quantity, other: Quantity) -> tuple[Node, Node]:
        """A value's numerator and the other's denominator, without what divides both if both are constant."""
        if not (value.main.constant and value.main.payload is not None and other.over.constant):
            return value.main, other.over
        shared = gcd(value.main.low, other.over.low)
        return self.pool.constant(value.main.low // shared), self.pool.constant(other.over.low // shared)

    def _quotient(self, left: Quantity, right: Quantity) -> Quantity:
        pool = self.pool
        top, sign = right.main, right.main.low >= 0
        main, size = pool.multiply(left.main, right.over), top
        if not sign:
            minus = pool.subtract(pool.zero, top)
            main = pool.pick(pool.less(top, pool.zero), pool.subtract(pool.zero, main), main)
            size = pool.greater(top, minus)
        divides = pool.negated(pool.equal(top, pool.zero))
        if divides is pool.no or top.null:
            return Quantity(pool.unknown_number, pool.one, pool.no)
        over = pool.multiply(pool.greater(size, pool.one), left.over)
        if main.constant and over.constant and main.payload is not None:
            shared = gcd(main.low, over.low)
            main, over = pool.constant(main.low // shared), pool.constant(over.low // shared)
        self.faults.append(pool.both(pool.sure(pool.equal(top, pool.zero)), pool.known(left.main)))
        return Quantity(pool.known_if(divides, main), over, pool.no)

    def _rounded(self, function: str, value: Quantity, step: Quantity) -> Quantity:
        """See `functions.rounded`; the step is constant."""
        pool = self.pool
        up, down = step.over.low, step.main.low
        main, over = value.main, value.over
        if over.constant:
            shared = gcd(up, over.low * down)
            up, below = up // shared, pool.constant(over.low * down // shared)
        else:
            below = pool.multiply(over, pool.constant(down))
        main = pool.multiply(main, pool.constant(up))
        if not (below.constant and below.low == 1):
            low, high = (end * step.over.low / step.main.low for end in value.range)
            main = pool.bounded(self._whole_number(function, main, below), floor(low), ceil(high))
        return Quantity(pool.multiply(main, pool.constant(down)), step.over, pool.no)

    def _whole_number(self, function: str, main: Node, below: Node) -> Node:
        pool = self.pool
        if function == "round_down":
            return pool.floor(main, below)
        if function == "round_up":
            return self._minus(pool.floor(self._minus(main), below))
        half = pool.floor(below, pool.constant(2))  # of a quotient of whole numbers; an odd divisor has no half in between
        nearest = pool.floor(pool.add(main, half), below)
        if main.low >= 0:
            return nearest
        below_zero = self._minus(pool.floor(pool.subtract(half, main), below))
        return pool.pick(pool.less(main, pool.zero), below_zero, nearest)

    def _minus(self, node: Node) -> Node:
        return self.pool.subtract(self.pool.zero, node)

    # -------------------------------------------------------------- calendar

    def _start_of_year(self, year: Node) -> Quantity:
        pool = self.pool
        inside = pool.both(pool.at_most(pool.one, year), pool.at_most(year, pool.constant(9999)))
        self.faults.append(pool.sure(pool.negated(inside)))
        january = pool.multiply(pool.subtract(year, pool.one), pool.constant(12))
        return self.whole(pool.known_if(inside, pool.month_start(self._within(january, 0, LAST_MONTH))))

    def _moved(self, day: Node, months: Node, days: Node) -> Quantity:
        """See `functions.plus_duration`; not known where that is beyond the calendar."""
        pool = self.pool
        inside = pool.yes
        if not (months.constant and months.payload == 0):
            month = pool.month(day)
            at = pool.add(pool.subtract(day, pool.month_start(month)), pool.one)
            at = pool.lesser(at, pool.constant(31))
            total = pool.add(month, months)
            inside = pool.both(pool.at_most(pool.zero, total), pool.at_most(total, pool.constant(LAST_MONTH)))
            total = self._within(total, 0, LAST_MONTH)
            first = pool.month_start(total)
            last = pool.subtract(pool.month_start(pool.lesser(pool.add(total, pool.one), pool.constant(LAST_MONTH))), first)
            last = pool.pick(pool.less(total, pool.constant(LAST_MONTH)), last, pool.constant(31))
            day = pool.add(first, pool.subtract(pool.lesser(at, last), pool.one))
        moved = pool.add(day, days)
        inside = pool.both(inside, pool.at_most(pool.constant(FIRST_DAY), moved), pool.at_most(moved, pool.constant(LAST_DAY)))
        self.faults.append(pool.sure(pool.negated(inside)))
        return self.whole(pool.known_if(inside, self._within(moved, FIRST_DAY, LAST_DAY)))

    def _within(self, number: Node, low: int, high: int) -> Node:
        return self.pool.lesser(self.pool.greater(number, self.pool.constant(low)), self.pool.constant(high))
