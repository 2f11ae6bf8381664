"""Why not by brute force: every value of some facts, alone and together, evaluated by the reference evaluator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product
from typing import Any, TypeAlias

from planproof import core as c
from planproof.evaluate import Evaluator
from planproof.plan import Asked, Facts, Statement
from planproof.supposition import Slot
from planproof.types import Kind
from planproof.values import State
from planproof.ways import Way

NUMBER = "(number)"
Key: TypeAlias = frozenset[tuple[Slot, Any]]  # a set of changes: words by their value, any number as one


def is_number(value: Any) -> bool:
    """Whether a value is a number, and not yes or no."""
    return isinstance(value, int | Fraction) and not isinstance(value, bool)


def key_of(values: Mapping[Slot, Any]) -> Key:
    """The set of changes that some values are."""
    return frozenset((slot, NUMBER if is_number(value) else value) for slot, value in values.items())


def keys_of(way: Way) -> Key:
    """The set of changes that a way is."""
    return frozenset((slot, NUMBER if parts[0].numbers else parts[0].value) for slot, parts in way.to.items())


def over(facts: Facts, values: Mapping[Slot, Any]) -> Facts:
    """Facts with values laid over them."""
    return facts.joined(Facts({(slot.name, slot.key): Statement(value, State.STATED) for slot, value in values.items()}))


def enough(evaluator: Evaluator, facts: Facts, asked: Asked, test: c.Expression, values: Mapping[Slot, Any]) -> bool:
    """Whether facts with values laid over them give what is wanted."""
    return evaluator.run(over(facts, values), asked).value(test) is True


def smallest(
    evaluator: Evaluator, facts: Facts, asked: Asked, test: c.Expression, values: Mapping[Slot, Sequence[Any]], most: int
) -> dict[Key, list[dict[Slot, Any]]]:
    """The sets of up to so many changes that give what is wanted and have no part that does, with every combination that does."""
    found: dict[Key, list[dict[Slot, Any]]] = {}
    for count in range(1, most + 1):
        new: dict[Key, list[dict[Slot, Any]]] = {}
        for one in _combinations(values, count):
            key = key_of(one)
            if not any(smaller <= key for smaller in found) and enough(evaluator, facts, asked, test, one):
                new.setdefault(key, []).append(one)
        found |= new
    return found


def _combinations(values: Mapping[Slot, Sequence[Any]], count: int) -> Iterator[dict[Slot, Any]]:
    for slots in combinations(values, count):
        yield from (dict(zip(slots, chosen, strict=True)) for chosen in product(*(values[slot] for slot in slots)))


def representatives(fact: c.Fact, thresholds: Iterable[Any]) -> list[Any]:
    """Every word of a fact; of a number its ends, the thresholds, and what is next to them."""
    words: list[Any] = [*fact.type.options, *((True, False) if fact.type.kind is Kind.TRUTH else ())]
    words += [None] if fact.type.optional else []
    if fact.low is None or fact.high is None:
        return words
    step = {Kind.NUMBER: Fraction(1, 1000), Kind.RATE: Fraction(1, 100_000)}.get(fact.type.kind, 1)
    near = {fact.low, fact.high, *(t + d for t in thresholds for d in (-step, 0, step))}
    return [*words, *sorted(number for number in near if fact.low <= number <= fact.high)]
