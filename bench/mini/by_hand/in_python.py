"""The small rule book by hand in plain Python, one row at a time: one function and three helpers for the unknown."""

from __future__ import annotations

from typing import Any

from mini.by_hand import figures as f
from mini.outputs import Answer
from mini.rows import Row


def both(left: bool | None, right: bool | None) -> bool | None:
    """Kleene and."""
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def either(left: bool | None, right: bool | None) -> bool | None:
    """Kleene or."""
    if left is True or right is True:
        return True
    return None if left is None or right is None else False


def opposite(value: bool | None) -> bool | None:
    """Kleene not."""
    return None if value is None else not value


def answer(row: Row) -> Answer:
    """The twenty values of a row."""
    stated: Any = row  # the six amounts are always stated
    pay, deferrals, match, after_tax = stated["pay"], stated["deferrals"], stated["match"], stated["after_tax"]
    age, wages, days, cap = stated["age"], stated["wages"], stated["days_waiting"], stated["after_tax_cap"]
    roth, takes = stated["roth"], stated["takes_after_tax"]
    counted_pay, limit = min(pay, f.PAY), min(pay, f.ADDITIONS)

    old_enough = None if age is None else age >= f.AGE
    of_the_ages = None if age is None else f.FIRST_AGE <= age <= f.LAST_AGE
    catches_up = both(stated["catch_up"], old_enough)
    more = both(catches_up, both(stated["higher_catch_up"], of_the_ages))
    limit_on_catch_up = None
    if catches_up is False:
        limit_on_catch_up = 0
    elif catches_up and more is not None:
        limit_on_catch_up = f.HIGHER_CATCH_UP if more else f.CATCH_UP
    over = max(deferrals - f.DEFERRALS, 0)
    used = 0 if over == 0 else None if limit_on_catch_up is None else min(over, limit_on_catch_up)

    counting = None if used is None else deferrals - used
    room = None if counting is None else max(limit - counting - match - stated["nonelective"], 0)
    plan_cap = None if cap is None else counted_pay * cap // 10_000
    if room == 0 or plan_cap == 0:
        room_in_plan: int | None = 0
    else:
        room_in_plan = None if room is None or plan_cap is None else min(room, plan_cap)
    over_the_room = None if room is None else after_tax > room

    in_plan = both(takes, both(stated["conversion"], roth))
    out_of_plan = both(takes, stated["withdrawal"])
    some_way = either(in_plan, out_of_plan)
    by_itself = both(in_plan, stated["automatic"])
    best_way = None
    if in_plan is False:
        best_way = None if out_of_plan is None else "rollover" if out_of_plan else "no_way"
    elif in_plan and by_itself is not None:
        best_way = "automatic_conversion" if by_itself else "conversion"
    available = both(both(takes, some_way), None if room_in_plan is None else room_in_plan > 0)

    high_wages = None if wages is None else wages > f.ROTH_WAGES
    must_be_roth = both(both(high_wages, catches_up), over > 0)
    has_after_tax = after_tax > 0
    pitfalls = {
        "catch_up_must_be_roth": must_be_roth,
        "catch_up_without_roth": both(must_be_roth, opposite(roth)),
        "earnings_taxed": both(None if days is None else days > f.DAYS, has_after_tax),
        "waits_for_a_quarter": both(None if days is None else days > f.QUARTER, has_after_tax),
        "little_left": None if room is None else (room - after_tax) * f.PART < limit,
        "over_the_room": over_the_room,
        "over_the_plan": None if plan_cap is None else after_tax > plan_cap,
        "match_lost": both(deferrals >= f.DEFERRALS, opposite(stated["true_up"])),
        "may_be_returned": both(both(stated["highly_paid"], opposite(stated["safe_harbor"])), has_after_tax),
        "match_on_too_much_pay": pay > f.PAY and match * 100 > counted_pay * f.RICH_PERCENT,
    }
    found = list(pitfalls.values())
    return {
        "small_backdoor": None if available is None else "supported" if available else "not_supported",
        "best_way": best_way,
        "room": room,
        "room_in_plan": room_in_plan,
        "left": None if room_in_plan is None else room_in_plan - after_tax,
        "used_as_catch_up": used,
        "deferrals_that_count": counting,
        "tax": (stated["earnings"] * f.TAX_PERCENT + 50) // 100,
        **pitfalls,
        "pitfalls_certain": found.count(True),
        "pitfalls_possible": found.count(None),
    }
