"""What a change would be worth: the verdict, the paths that are open, and the amounts, where some facts are otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from planproof.plan import Asked, Facts, Statement
from planproof.possible import NOT_KNOWN, UNKNOWN, YES, Possible, joined
from planproof.suppose import Supposer
from planproof.supposition import Box, Slot, Supposition, Vocabulary
from planproof.values import State


@dataclass(frozen=True, slots=True)
class Worth:
    """What the rule book answers: each verdict that may be, the paths surely open with their phase, and each amount.

    `amounts` are over what is known, and so may be not known; `ranges` are over all that the facts not known may be, if the
    amount does not turn on rows that are not told.
    """

    verdicts: tuple[Any, ...]
    opened: tuple[tuple[str, str], ...]
    amounts: Mapping[str, Possible]
    ranges: Mapping[str, Possible]


class Appraiser:
    """Tells the worth of changes of some facts."""

    def __init__(self, supposer: Supposer, facts: Facts, asked: Asked, base: Supposition) -> None:
        verdict = supposer.core.verdict
        assert verdict is not None, "a rule book that gives no verdict answers nothing"
        self._supposer, self._verdict, self._base = supposer, verdict, base
        self._phases = [(path.name, phase, name) for path in supposer.core.paths for phase, name in path.phases]
        self._facts = {fact.name for fact in supposer.core.facts}
        self._presumed = {fact.name for fact in supposer.core.facts if fact.presumed}
        self._open = supposer.suppose(facts, asked, Box({}, self._untold))
        for name in (verdict.name, *verdict.amounts, *(name for _, _, name in self._phases)):
            base.possible(name)

    def _untold(self, vocabulary: Vocabulary, slot: Slot, statement: Statement | None) -> Possible | None:
        """The rule by which a fact is open that is not known; what the law presumes of silence is known."""
        known = slot.name in self._presumed if statement is None else statement.state is State.STATED
        return None if known else vocabulary.domain(slot)

    def worth(self, to: Mapping[Slot, Iterable[Possible]]) -> Worth:
        """What the rule book answers where each of some facts is in one of some sets."""
        boxes = [dict(zip(to, parts, strict=True)) for parts in product(*to.values())]
        known = [self._supposer.reopened(self._base, box) for box in boxes]
        amounts = {name: joined(s.possible(name) for s in known) for name in self._verdict.amounts}
        return Worth(
            self._verdicts(joined(s.possible(self._verdict.name) for s in known)),
            tuple((path, phase) for path, phase, name in self._phases if all(s.possible(name) is YES for s in known)),
            amounts,
            {name: self._range(name, boxes) for name, found in amounts.items() if NOT_KNOWN in found.some},
        )

    def _verdicts(self, found: Possible) -> tuple[Any, ...]:
        definition = next(d for d in self._supposer.core.definitions if d.name == self._verdict.name)
        return tuple(option for option in (*definition.type.options, NOT_KNOWN) if option in found.some)

    def _range(self, name: str, boxes: Iterable[Mapping[Slot, Possible]]) -> Possible:
        """All that an amount may be; not known where that turns on rows that are not told."""
        parts = []
        for box in boxes:
            s = self._supposer.reopened(self._open, box)
            found = s.possible(name)
            parts.append(UNKNOWN if any(slot.name not in self._facts for slot in s.slots(found)) else found)
        return UNKNOWN if UNKNOWN in parts else joined(parts)
