"""What every engine answers for a row of the small rule book: twenty values, and how they are compared.

A yes/no is a truth or `None` where it is not known, an amount is in cents, a choice is its word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeAlias

Value: TypeAlias = int | bool | str | None
Answer: TypeAlias = Mapping[str, Value]

VERDICT, BEST_WAY = "small_backdoor", "best_way"
AMOUNTS = ("room", "room_in_plan", "left", "used_as_catch_up", "deferrals_that_count", "tax")
PITFALLS = (
    *("catch_up_must_be_roth", "catch_up_without_roth", "earnings_taxed", "waits_for_a_quarter", "little_left"),
    *("over_the_room", "over_the_plan", "match_lost", "may_be_returned", "match_on_too_much_pay"),
)
COUNTS = ("pitfalls_certain", "pitfalls_possible")
OUTPUTS = (VERDICT, BEST_WAY, *AMOUNTS, *PITFALLS, *COUNTS)

VERDICTS = ("supported", "not_supported")
WAYS = ("no_way", "rollover", "conversion", "automatic_conversion")


def differences(expected: Answer, found: Answer) -> list[str]:
    """What differs between two answers, in words; a truth is no number."""
    return [
        f"{name}: {expected[name]!r} and {found[name]!r}"
        for name in OUTPUTS
        if expected[name] != found[name] or isinstance(expected[name], bool) is not isinstance(found[name], bool)
    ]


def counted(answers: Iterable[Answer]) -> Counter[tuple[Value, Value]]:
    """How often each verdict with each way comes out."""
    return Counter((answer[VERDICT], answer[BEST_WAY]) for answer in answers)
