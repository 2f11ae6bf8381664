"""Logic with the unknown: Kleene's and, or, not; and which of several defeasible branches holds.

Exceptions. Let each guard be yes, no or unknown, completed independently. An exception is an outcome if its guard is
not no and it is over every other exception whose guard is yes; the base is an outcome if no guard is yes. Two
exceptions that can both hold with neither over the other, and neither beaten by one that surely holds, are a
possible conflict. Without one, and with all outcomes known and equal, that is the value; otherwise it is unknown.
No outcome at all is a conflict in every completion: an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from planproof.values import Reason, State, Unknown


def merged(values: Iterable[Any]) -> Unknown:
    """The unknown that strict use of these values gives: every reason, an error if one is."""
    unknowns = [value for value in values if value.__class__ is Unknown]
    return _joined(unknowns, any)


def _joined(unknowns: list[Unknown], of: Callable[[list[bool]], bool]) -> Unknown:
    first = unknowns[0]
    if len(unknowns) == 1:
        return first
    return Unknown(first.reasons.union(*[one.reasons for one in unknowns]), of([one.error for one in unknowns]))


def all_of(values: list[Any]) -> bool | Unknown:
    """Kleene `and`; what is absent counts as no. Unknown is an error only if every unknown operand is one."""
    unknowns = []
    for value in values:
        if value is not True:
            if value.__class__ is not Unknown:
                return False
            unknowns.append(value)
    return _joined(unknowns, all) if unknowns else True


def any_of(values: list[Any]) -> bool | Unknown:
    """Kleene `or`; what is absent counts as no. Unknown is an error only if every unknown operand is one."""
    unknowns = []
    for value in values:
        if value is True:
            return True
        if value.__class__ is Unknown:
            unknowns.append(value)
    return _joined(unknowns, all) if unknowns else False


def negated(value: Any) -> Any:
    """Kleene `not`; what is absent counts as no."""
    return value if value.__class__ is Unknown else value is not True


def outcomes(
    name: str, held: Sequence[Any], over: Sequence[frozenset[int]], labels: Sequence[str]
) -> tuple[list[int], list[int], Unknown | None]:
    """The outcomes (0 is the base, i + 1 the i-th exception), with those of a possible conflict, and why it is not certain.

    `held` are the guards of the exceptions, `over[i]` the exceptions that the i-th is over, `labels` their names.
    """
    sure = [i for i, guard in enumerate(held) if guard is True]
    maybe = [i for i, guard in enumerate(held) if guard.__class__ is Unknown]
    if not sure and not maybe:
        return [0], [0], None
    if len(sure) == 1 and not maybe:
        only = [sure[0] + 1]
        return only, only, None
    if len(maybe) == 1 and not sure:
        both = [0, maybe[0] + 1]
        return both, both, Unknown(held[maybe[0]].reasons)
    found = [] if sure else [0]
    found += [i + 1 for i in (*sure, *maybe) if all(other == i or other in over[i] for other in sure)]
    live = [i for i in (*sure, *maybe) if not any(i in over[other] for other in sure)]
    possible = set(found)
    reasons: set[Reason] = set()
    for n, i in enumerate(live):
        for j in live[n + 1 :]:
            if i not in over[j] and j not in over[i]:
                first, second = sorted((labels[i], labels[j]))
                reasons.add(Reason(name, State.PROVISIONS_CONFLICT, detail=f"{first} and {second}"))
                possible |= {i + 1, j + 1}
    for i in live:
        if held[i].__class__ is Unknown:
            reasons |= held[i].reasons
    return sorted(found), sorted(possible), Unknown(frozenset(reasons), error=not found) if reasons else None


def chosen(name: str, values: Sequence[Any], unknown: Unknown | None) -> Any:
    """The one value that every completion gives, or every reason why there is none.

    `values` are those of the outcomes; `unknown` says why it is not certain which outcome holds, if it is not.
    """
    if unknown is None:
        return values[0]
    unknowns = [value for value in values if value.__class__ is Unknown]
    if not unknowns and all(value == values[0] for value in values) and not _clash(name, unknown):
        return values[0]
    hopeless = len(unknowns) == len(values) and all(value.error for value in unknowns)
    return Unknown(unknown.reasons.union(*[value.reasons for value in unknowns]), unknown.error or hopeless)


def _clash(name: str, unknown: Unknown) -> bool:
    """Whether exceptions of a definition conflict, or may."""
    return any(reason.state is State.PROVISIONS_CONFLICT and reason.name == name for reason in unknown.reasons)
