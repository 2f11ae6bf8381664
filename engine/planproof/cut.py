"""What cannot be, shown by supposing what lies beside it.

Where what is open turns on yes/no values and choices, each of these is supposed to be what it may be, one after the other,
whatever would make it so. What is in none of the cases cannot be; this needs no look at the numbers that a test compares.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from planproof.possible import ANYTHING, NO, Possible
from planproof.search import Effort, Inquiry, taken_apart
from planproof.supposition import Slot, Supposition
from planproof.types import Kind

DEEP = 40


def cannot_matter(inquiry: Inquiry, name: str, slot: Slot, effort: Effort) -> bool:
    """Whether it is shown that a fact never changes a name."""
    own = inquiry.root.bit(slot)
    return _never(inquiry, inquiry.root, name, lambda found: bool(found.slots & own), effort, own)


def cannot_be(inquiry: Inquiry, s: Supposition, name: str, value: Any, effort: Effort) -> bool:
    """Whether it is shown that a name never has a value here."""
    return _never(inquiry, s, name, lambda found: found.may_be(value), effort, 0)


def _never(inquiry: Inquiry, s: Supposition, name: str, trace: Callable[[Possible], bool], effort: Effort, own: int) -> bool:
    """Whether no case leaves a trace; of what is supposed, nothing turns on the fact at hand (`own`)."""
    waiting, deep = [s], DEEP
    while waiting:
        one = waiting.pop()
        if not trace(one.possible(name)) or inquiry.permitted(one) is NO:
            continue
        beside = _beside(inquiry, one, name, own)
        deep -= 1
        if beside is None or deep < 0 or effort.left <= 0:
            return False
        effort.left -= 1
        waiting += [inquiry.supposer.given(one, beside, value) for value in taken_apart(one.possible(beside), Kind.TRUTH)]
    return True


def _beside(inquiry: Inquiry, s: Supposition, name: str, own: int) -> str | None:
    """Of the yes/no values and choices that are open without turning on the fact, the one on which most that is open turns."""
    touches, bit = inquiry.supposer.evaluator.touches, inquiry.supposer.evaluator.bit
    open_, words = 0, []
    for at, found in s.memo.items():
        if isinstance(at, str) and at != name and not found.certain and touches[at] & bit[name]:
            open_ |= bit[at]
            if not found.numbers and not found.slots & own and ANYTHING not in found.some:
                words.append(at)
    return max(words, key=lambda at: (touches[at] & open_).bit_count(), default=None)
