"""Which of several defeasible branches holds, in every row: the outcome rule of `logic`, as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planproof.columns.nodes import Node
from planproof.columns.pool import Pool
from planproof.columns.quantities import Arithmetic, Quantity


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Of each branch, the base first: whether it is an outcome, and whether it is possible, conflicts included.

    `live` are the exceptions that are not beaten, `clashes` the pairs of them that conflict, `clash` whether any pair
    does. `uncertain`: it is not certain which branch holds. `none`: no branch is an outcome. `chain`: the exceptions from
    the weakest to the strongest, if each is over all before it.
    """

    guards: tuple[Node, ...]
    found: tuple[Node, ...]
    possible: tuple[Node, ...]
    live: tuple[Node, ...]
    clashes: Mapping[tuple[int, int], Node]
    uncertain: Node
    clash: Node
    none: Node
    chain: tuple[int, ...] | None


def outcomes(pool: Pool, guards: Sequence[Node], over: Sequence[frozenset[int]]) -> Outcomes:
    """The outcomes for some guards; `over[i]` are the exceptions that the i-th is over."""
    count = range(len(guards))
    sure, maybe = [pool.sure(guard) for guard in guards], [pool.maybe(guard) for guard in guards]
    found = [pool.negated(pool.either(*sure))]
    live = []
    for i in count:
        rivals = [pool.negated(sure[j]) for j in count if j != i and j not in over[i]]
        found.append(pool.both(maybe[i], *rivals))
        live.append(pool.both(maybe[i], *(pool.negated(sure[j]) for j in count if i in over[j])))
    possible, clash = list(found), pool.no
    pairs: dict[tuple[int, int], Node] = {}
    for i in count:
        for j in range(i + 1, len(guards)):
            if i not in over[j] and j not in over[i]:
                clashes = pairs[i, j] = pool.both(live[i], live[j])
                clash = pool.either(clash, clashes)
                possible[i + 1] = pool.either(possible[i + 1], clashes)
                possible[j + 1] = pool.either(possible[j + 1], clashes)
    open_ = [pool.both(live[i], pool.is_null(guards[i])) for i in count]
    chain = _chain(over)
    none = pool.negated(pool.either(*found)) if chain is None else pool.no
    uncertain = pool.either(clash, *open_)
    return Outcomes(tuple(guards), tuple(found), tuple(possible), tuple(live), pairs, uncertain, clash, none, chain)


def _chain(over: Sequence[frozenset[int]]) -> tuple[int, ...] | None:
    order = sorted(range(len(over)), key=lambda i: len(over[i]))
    return tuple(order) if all(over[i] == frozenset(order[:place]) for place, i in enumerate(order)) else None


def chosen(arithmetic: Arithmetic, outcome: Outcomes, values: Sequence[Quantity]) -> Quantity:
    """The one value that every completion gives; not known where they differ or conflict, or one is not known."""
    if outcome.chain is not None:
        return _chosen_of_chain(arithmetic, outcome.guards, outcome.chain, values)
    pool = arithmetic.pool
    picked = values[-1]
    for found, value in zip(reversed(outcome.found[:-1]), reversed(values[:-1]), strict=True):
        picked = arithmetic.pick(found, value, picked)
    if outcome.uncertain is pool.no:
        return picked
    agree = [pool.either(pool.negated(found), arithmetic.same(value, picked)) for found, value in zip(outcome.found, values, strict=True)]
    unclear = pool.both(outcome.uncertain, pool.either(outcome.clash, pool.negated(pool.both(*agree))))
    return _known_if(pool, pool.negated(unclear), picked)


def _chosen_of_chain(arithmetic: Arithmetic, guards: Sequence[Node], chain: Sequence[int], values: Sequence[Quantity]) -> Quantity:
    """The same where each exception is over all that are weaker, from the weakest on.

    What a guard that holds gives, stands; one that is not known leaves what the weaker ones give only if it is the same.
    """
    pool, found = arithmetic.pool, values[0]
    for exception in chain:
        guard, value = guards[exception], values[exception + 1]
        unknown = pool.is_null(guard)
        if unknown is not pool.no:
            found = _known_if(pool, pool.either(pool.negated(unknown), arithmetic.same(value, found)), found)
        found = arithmetic.pick(guard, value, found)
    return found


def _known_if(pool: Pool, condition: Node, value: Quantity) -> Quantity:
    days = None if value.days is None else pool.known_if(condition, value.days)
    return Quantity(pool.known_if(condition, value.main), value.over, pool.both(value.absent, condition), days)
