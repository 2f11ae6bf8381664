"""How a step is worked out over a block of rows with NumPy: as an instruction on slots, each of which holds an array.

Numbers are whole numbers of 8, 32 or 64 bits; in `wide` programs those of 64 are Python's own, which have no end. Truths
are bits, eight to a byte; those after the last row are anything. What is not known is anything at all: no instruction may
fail over it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from planproof.columns.lower import Step
from planproof.columns.nodes import CALENDAR, SAFE, Op

Array: TypeAlias = NDArray[Any]
Slots: TypeAlias = list[Any]
Instruction: TypeAlias = Callable[[Slots], None]

NEAR = float(SAFE) / 2
_TABLE = 2**16
_EPOCH_MONTH = 1969 * 12
_IN_PLACE: dict[Op, Any] = {
    Op.ADD: np.add,
    Op.SUBTRACT: np.subtract,
    Op.MULTIPLY: np.multiply,
    Op.FLOOR: np.floor_divide,
    Op.LESSER: np.minimum,
    Op.GREATER: np.maximum,
    Op.AND: np.bitwise_and,
    Op.OR: np.bitwise_or,
    Op.NOT: np.invert,
    Op.BITS: np.bitwise_or,
    Op.MASK: np.multiply,
}


@dataclass(frozen=True, slots=True)
class Below:
    """The rows of a frame seen from a frame above: of each row the row that it belongs to, and where those of each begin and end.

    The rows that belong to one row stand together. `first` and `end` are empty where nothing is gathered over them.
    """

    owner: Array
    first: Array
    end: Array

    @classmethod
    def of(cls, counts: Array) -> Below:
        """How rows lie below others, where `counts` tells how many each has."""
        end = np.cumsum(counts, dtype=np.int64)
        return cls(np.repeat(np.arange(len(counts)), counts), end - counts, end)


def in_place(step: Step) -> bool:
    """Whether a step is made into an array that is there already."""
    return step.op in _IN_PLACE or step.op in (Op.PICK, Op.RESIZE)


_TESTS: dict[Op, Any] = {Op.EQUAL: np.equal, Op.LESS: np.less, Op.AT_MOST: np.less_equal}


def instruction(step: Step, arguments: Sequence[int], to: int, context: int, *, wide: bool) -> Instruction:
    """The instruction of a step over slots; the slot of its context tells how the rows it reads lie, or how many they are."""
    match step.op:
        case Op.FLOOR if wide:
            return _filled(_floored, arguments, to)
        case op if op in _IN_PLACE:
            return _filled(_IN_PLACE[op], arguments, to)
        case op if op in _TESTS:
            return _packed(_TESTS[op], arguments, to)
        case Op.PICK:
            return _picked(arguments, to)
        case Op.RESIZE:
            return _resized(arguments, to)
        case Op.YEAR | Op.MONTH | Op.MONTH_START:
            assert isinstance(step.payload, tuple)
            return _put(_calendar(step.op, *step.payload), arguments, to)
        case Op.TOO_WIDE:
            return _packed(_never if wide else _product_too_wide, arguments, to)
        case Op.BYTES:
            return _put(_bytes, (context, *arguments), to)
        case _:
            function = _never if wide and step.op is Op.SUM_TOO_WIDE else _OVER_ROWS[step.op]
            return (_packed if step.truth else _put)(function, (context, *arguments), to)


def _filled(function: Any, arguments: Sequence[int], to: int) -> Instruction:
    if len(arguments) == 1:
        (only,) = arguments

        def alone(slots: Slots) -> None:
            function(slots[only], out=slots[to])

        return alone
    first, second = arguments

    def run(slots: Slots) -> None:
        function(slots[first], slots[second], out=slots[to])

    return run


def _picked(arguments: Sequence[int], to: int) -> Instruction:
    """The difference where the condition holds, and the other: as fast as NumPy's own choice, and into an array that is there."""
    condition, then, other = arguments

    def run(slots: Slots) -> None:
        found, least = slots[to], slots[other]
        np.subtract(slots[then], least, out=found)
        np.multiply(found, slots[condition], out=found)
        np.add(found, least, out=found)

    return run


def _resized(arguments: Sequence[int], to: int) -> Instruction:
    """A number in another width; what is not known may not fit, and is cut."""
    (number,) = arguments

    def run(slots: Slots) -> None:
        held, found = slots[number], slots[to]
        if held.dtype == object and found.dtype != object:
            ends = np.iinfo(found.dtype)
            held = np.clip(held, ends.min, ends.max)
        np.copyto(found, held, casting="unsafe")

    return run


def _put(function: Callable[..., Array], arguments: Sequence[int], to: int) -> Instruction:
    def run(slots: Slots) -> None:
        slots[to] = function(*[slots[argument] for argument in arguments])

    return run


def _packed(function: Callable[..., Array], arguments: Sequence[int], to: int) -> Instruction:
    def run(slots: Slots) -> None:
        slots[to] = packed(function(*[slots[argument] for argument in arguments]))

    return run


def packed(truths: Array) -> Array:
    """Truths, one in a byte, as bits."""
    return np.packbits(truths, bitorder="little")


def unpacked(bits: Array, count: int) -> Array:
    """The first so many bits, each as a truth in a byte."""
    return np.unpackbits(bits, count=count, bitorder="little").view(bool)


def _bytes(height: int, bits: Array) -> Array:
    """Truths as 0 or 1; a single byte stands for all rows."""
    if len(bits) * 8 < height:
        return np.full(height, bits[0] & 1, dtype=np.int8)
    return np.unpackbits(bits, count=height, bitorder="little").view(np.int8)


def _floored(left: Array, right: Array, out: Array) -> None:
    np.floor_divide(left, np.maximum(right, 1), out=out)


# ------------------------------------------------------------------ what 64 bits may not hold


def _never(first: Array | Below, second: Array) -> Array:
    """No row, in as many as there are."""
    return np.zeros(len(first.first) if isinstance(first, Below) else np.broadcast(first, second).size, dtype=bool)


def _size(array: Array) -> Array:
    return np.abs(np.asarray(array).astype(np.float64))


def _product_too_wide(left: Array, right: Array) -> Array:
    """Told by its size in floating point, with much to spare."""
    found: Array = _size(left) * _size(right) > NEAR
    return found


# ------------------------------------------------------------------ the calendar


def _calendar(op: Op, low: int, high: int) -> Callable[[Array], Array]:
    """From a table if it is small: a tenth of the time of taking dates apart."""
    if high - low >= _TABLE:
        return {Op.YEAR: _year, Op.MONTH: _month, Op.MONTH_START: _month_start}[op]
    table = _table(op, low, high)
    return lambda numbers: np.take(table, _index(numbers, low, high), mode="clip")


@cache
def _table(op: Op, low: int, high: int) -> Array:
    return np.array([CALENDAR[op](number) for number in range(low, high + 1)], dtype=np.int32)


def _index(numbers: Array, low: int, high: int) -> Array:
    """Places in the table; those of what is not a date at all are clipped."""
    if numbers.dtype == object:
        numbers = np.clip(numbers, low, high).astype(np.int64)
    index: Array = numbers - low
    return index


def _month(days: Array) -> Array:
    return days.astype(np.int64).view("M8[D]").astype("M8[M]").astype(np.int32) + np.int32(_EPOCH_MONTH)


def _year(days: Array) -> Array:
    found: Array = _month(days) // 12 + 1
    return found


def _month_start(months: Array) -> Array:
    return (months.astype(np.int64) - _EPOCH_MONTH).view("M8[M]").astype("M8[D]").astype(np.int32)


# ------------------------------------------------------------------ rows


def _rows(below: Below, values: Array) -> Array:
    """One value for each row, also where all rows have the same."""
    return np.broadcast_to(np.asarray(values), below.owner.shape)


def _spread(below: Below, values: Array) -> Array:
    return np.take(values, below.owner)


def _running(values: Array) -> Array:
    """The sums of the first none, one, two, ... values. It may wrap; differences within range are right nevertheless."""
    found = np.zeros(len(values) + 1, dtype=object if values.dtype == object else values.dtype)
    np.cumsum(values, out=found[1:])
    return found


def _sum(below: Below, values: Array) -> Array:
    running = _running(_rows(below, values))
    found: Array = running[below.end] - running[below.first]
    return found


def _sum_before(below: Below, values: Array) -> Array:
    running = _running(_rows(below, values))
    found: Array = running[:-1] - running[below.first][below.owner]
    return found


def _from_highest(below: Below, values: Array, ranks: Array) -> Array:
    """Sums from the row of the highest rank on; of equal ranks the first comes first."""
    values, ranks = _rows(below, values), _rows(below, ranks)
    if ranks.dtype == object:
        order = np.array(sorted(range(len(ranks)), key=lambda row: (below.owner[row], -ranks[row])), dtype=np.int64)
    else:
        order = np.lexsort((-ranks, below.owner))
    found = np.empty(len(values), dtype=values.dtype)
    found[order] = _running(values[order])[1:] - _running(values[order])[below.first][below.owner[order]]
    return found


def _sums_too_wide(below: Below, values: Array) -> Array:
    found: Array = _sum(below, _size(values)) > NEAR
    return found


def _reduced(join: Any, below: Below, values: Array, none: Any) -> Array:
    """What the rows of each row above give; `none` where there are none."""
    rows = _rows(below, values)
    ended = np.append(rows, np.array([none], dtype=rows.dtype))
    return np.where(below.end > below.first, join.reduceat(ended, below.first) if len(below.first) else ended[:0], none)


def _shifted(below: Below, values: Array, by: int, none: Any) -> Array:
    """The value of so many rows before, of the same owner."""
    found = np.full(len(values), none, dtype=values.dtype)
    if by < len(values):
        same = below.owner[by:] == below.owner[:-by]
        found[by:] = np.where(same, values[:-by], none)
    return found


def _earlier(join: Any, below: Below, values: Array, none: Any) -> Array:
    """What the earlier rows of the same owner give: of one, two, four, ... rows at a time."""
    found = _shifted(below, _rows(below, values), 1, none)
    longest, by = int(np.max(below.end - below.first, initial=0)), 1
    while by < longest:
        found = join(found, _shifted(below, found, by, none))
        by *= 2
    return found


def _best(join: Any, gather: Callable[..., Array], below: Below, values: Array, known: Array) -> Array:
    """The extreme of what is known; whatever where nothing is."""
    rows = _rows(below, values)
    if not len(rows):
        return _reduced(join, below, rows, 0) if gather is _reduced else rows
    none = rows.min() if join is np.maximum else rows.max()
    return gather(join, below, np.where(_rows(below, known) != 0, rows, none), none)


_OVER_ROWS: dict[Op, Callable[..., Array]] = {
    Op.SPREAD: _spread,
    Op.SUM: _sum,
    Op.SUM_BEFORE: _sum_before,
    Op.SUM_FROM_HIGHEST: _from_highest,
    Op.SUM_TOO_WIDE: _sums_too_wide,
    Op.BITS_OF_ROWS: lambda below, bits: _reduced(np.bitwise_or, below, bits, 0),
    Op.SOME: lambda below, truths: _reduced(np.logical_or, below, truths, False),
    Op.SOME_BEFORE: lambda below, truths: _earlier(np.logical_or, below, truths, False),
    Op.HIGHEST: lambda below, values, known: _best(np.maximum, _reduced, below, values, known),
    Op.LOWEST: lambda below, values, known: _best(np.minimum, _reduced, below, values, known),
    Op.HIGHEST_BEFORE: lambda below, values, known: _best(np.maximum, _earlier, below, values, known),
    Op.LOWEST_BEFORE: lambda below, values, known: _best(np.minimum, _earlier, below, values, known),
}
