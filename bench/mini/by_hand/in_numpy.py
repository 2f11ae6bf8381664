"""The small rule book by hand in NumPy, as an expert writes it: in blocks that fit the cache, integers only.

A truth is a byte: 0 no, 1 unknown, 2 yes, so that `and` is the lesser, `or` the greater and `not` 2 less it. An amount
that can be unknown is its cents with an array beside it that says where it is known.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from mini.by_hand import figures as f
from mini.outputs import OUTPUTS, PITFALLS
from mini.rows import AMOUNTS, CAP_STEP, FEATURES, NUMBERS

Array = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Truth = npt.NDArray[np.int8]
Table = Mapping[str, npt.NDArray[np.generic]]

BLOCK = 16_384
NO, UNKNOWN, YES = 0, 1, 2
KNOWN = "_known"
MAY_BE_UNKNOWN = ("room", "room_in_plan", "left", "used_as_catch_up", "deferrals_that_count")
RESULTS = (*OUTPUTS, *(f"{name}{KNOWN}" for name in MAY_BE_UNKNOWN))


def prepared(table: Mapping[str, list[int | bool | None]]) -> dict[str, npt.NDArray[np.generic]]:
    """Rows as arrays: amounts, numbers with where they are known, features as bytes."""
    arrays: dict[str, npt.NDArray[np.generic]] = {name: np.array(table[name], dtype=np.int64) for name in AMOUNTS}
    for name in NUMBERS:
        arrays[name] = np.array([cell or 0 for cell in table[name]], dtype=np.int64) * (CAP_STEP if name == "after_tax_cap" else 1)
        arrays[f"{name}{KNOWN}"] = np.array([cell is not None for cell in table[name]])
    codes = {False: NO, None: UNKNOWN, True: YES}
    for name in FEATURES:
        arrays[name] = np.array([codes[cell] for cell in table[name]], dtype=np.int8)  # type: ignore[index]
    return arrays


def answers(table: Table) -> dict[str, npt.NDArray[np.generic]]:
    """The twenty values of every row: amounts with where they are known, truths and choices as bytes."""
    number = len(table["pay"])
    out: dict[str, npt.NDArray[np.generic]] = {}
    for start in range(0, number, BLOCK):
        block = _block({name: array[start : start + BLOCK] for name, array in table.items()})
        for name, array in block.items():
            if name not in out:
                out[name] = np.empty(number, dtype=array.dtype)
            out[name][start : start + BLOCK] = array
    return out


def truth(test: Mask, known: Mask) -> Truth:
    """A test as a byte, where it is known."""
    return np.where(known, test.view(np.int8) << 1, np.int8(UNKNOWN))


def certain(test: Mask) -> Truth:
    """A test that is never unknown, as a byte."""
    return test.view(np.int8) << 1


def _block(given: Mapping[str, npt.NDArray[np.generic]]) -> dict[str, npt.NDArray[np.generic]]:
    pay, deferrals, match, nonelective, after_tax, earnings = (given[name].view(np.int64) for name in AMOUNTS)
    age, wages, days, cap = (given[name].view(np.int64) for name in NUMBERS)
    age_known, wages_known, days_known, cap_known = (given[f"{name}{KNOWN}"].view(np.bool_) for name in NUMBERS)
    highly_paid, takes, conversion, withdrawal, catch_up, higher, roth, automatic, safe, true_up = (
        given[name].view(np.int8) for name in FEATURES
    )
    counted_pay, limit = np.minimum(pay, f.PAY), np.minimum(pay, f.ADDITIONS)
    catches_up = np.minimum(catch_up, truth(age >= f.AGE, age_known))
    of_the_ages = truth((age >= f.FIRST_AGE) & (age <= f.LAST_AGE), age_known)
    more = np.minimum(catches_up, np.minimum(higher, of_the_ages))
    over = np.maximum(deferrals - f.DEFERRALS, 0)
    limit_known = (catches_up == NO) | ((catches_up == YES) & (more != UNKNOWN))
    limit_on_catch_up = np.where(catches_up == NO, 0, np.where(more == YES, f.HIGHER_CATCH_UP, f.CATCH_UP))
    used, used_known = np.minimum(over, limit_on_catch_up), (over == 0) | limit_known
    counting = deferrals - used
    room = np.maximum(limit - counting - match - nonelective, 0)
    plan_cap = counted_pay * cap // (10_000 * CAP_STEP)
    nothing = (used_known & (room == 0)) | (cap_known & (plan_cap == 0))
    room_in_plan, in_plan_known = np.where(nothing, 0, np.minimum(room, plan_cap)), nothing | (used_known & cap_known)

    in_plan = np.minimum(takes, np.minimum(conversion, roth))
    out_of_plan = np.minimum(takes, withdrawal)
    by_itself = np.minimum(in_plan, automatic)
    has_room = truth(room_in_plan > 0, in_plan_known)
    available = np.minimum(np.minimum(takes, np.maximum(in_plan, out_of_plan)), has_room)
    has_after_tax = certain(after_tax > 0)
    must_be_roth = np.minimum(np.minimum(truth(wages > f.ROTH_WAGES, wages_known), catches_up), certain(over > 0))
    rich = (pay > f.PAY) & (match * 100 > counted_pay * f.RICH_PERCENT)
    pitfalls = (
        must_be_roth,
        np.minimum(must_be_roth, 2 - roth),
        np.minimum(truth(days > f.DAYS, days_known), has_after_tax),
        np.minimum(truth(days > f.QUARTER, days_known), has_after_tax),
        truth((room - after_tax) * f.PART < limit, used_known),
        truth(after_tax > room, used_known),
        truth(after_tax > plan_cap, cap_known),
        np.minimum(certain(deferrals >= f.DEFERRALS), 2 - true_up),
        np.minimum(np.minimum(highly_paid, 2 - safe), has_after_tax),
        certain(rich),
    )
    return {
        "small_backdoor": available,
        "best_way": _best_way(in_plan, out_of_plan, by_itself),
        "room": room,
        f"room{KNOWN}": used_known,
        "room_in_plan": room_in_plan,
        f"room_in_plan{KNOWN}": in_plan_known,
        "left": room_in_plan - after_tax,
        f"left{KNOWN}": in_plan_known,
        "used_as_catch_up": used,
        f"used_as_catch_up{KNOWN}": used_known,
        "deferrals_that_count": counting,
        f"deferrals_that_count{KNOWN}": used_known,
        "tax": (earnings * f.TAX_PERCENT + 50) // 100,
        **dict(zip(PITFALLS, pitfalls, strict=True)),
        "pitfalls_certain": _how_many(pitfalls, YES),
        "pitfalls_possible": _how_many(pitfalls, UNKNOWN),
    }


def _best_way(in_plan: Truth, out_of_plan: Truth, by_itself: Truth) -> Truth:
    """The number of the best way, 4 if unknown: the twenty-seven cases in a table."""
    found: Truth = _WAYS[(in_plan * 3 + out_of_plan) * 3 + by_itself]
    return found


def _way_of(in_plan: int, out_of_plan: int, by_itself: int) -> int:
    if in_plan == NO:
        return {NO: 0, UNKNOWN: 4, YES: 1}[out_of_plan]
    return 4 if UNKNOWN in (in_plan, by_itself) else 3 if by_itself == YES else 2


_WAYS: Truth = np.array([_way_of(a, b, c) for a in range(3) for b in range(3) for c in range(3)], dtype=np.int8)


def _how_many(pitfalls: tuple[Truth, ...], code: int) -> Truth:
    total: Truth = (pitfalls[0] == code).view(np.int8).copy()
    for pitfall in pitfalls[1:]:
        total += (pitfall == code).view(np.int8)
    return total
