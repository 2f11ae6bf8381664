"""Levers: the facts that can be made otherwise, how each stands, and what each could be instead.

A fact by year is a lever of each year that is read. Lists and lengths of time are none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planproof import core as c
from planproof.plan import Asked, Facts, Statement
from planproof.possible import ANYTHING, NOT_KNOWN, Possible, exactly
from planproof.suppose import Supposer
from planproof.supposition import Slot, Supposition, Vocabulary
from planproof.types import YEAR
from planproof.values import State


@dataclass(frozen=True, slots=True)
class Standing:
    """How a fact stands: its value (`NOT_KNOWN` if it is not known, absent if it does not apply), and what is stated of it."""

    value: Any
    state: State
    statement: Statement | None

    @property
    def known(self) -> bool:
        """Whether to make the fact otherwise is a change, and not an answer."""
        return self.state in (State.STATED, State.PRESUMED)


class Levers:
    """The levers over some facts."""

    def __init__(self, supposer: Supposer, facts: Facts, asked: Asked) -> None:
        self.facts, self.asked = facts, asked
        self.kind = supposer.vocabulary.kind
        self._facts = {fact.name: fact for fact in supposer.core.facts}
        self._vocabulary = supposer.vocabulary
        self._read = supposer.compile

    def rule(self, vocabulary: Vocabulary, slot: Slot, statement: Statement | None) -> Possible | None:
        """The rule of a box by which every lever is open to all its values, and to be as it is."""
        fact = self._facts.get(slot.name)
        if fact is None or (fact.key is not None and slot.key is None):
            return None
        found = vocabulary.domain(slot)
        if ANYTHING in found.some:
            return None
        some = found.some - {NOT_KNOWN}
        stated = statement is not None and statement.state is State.STATED
        presumed = statement is None and fact.presumed is not None and fact.applies is None and fact.key is None
        return Possible(some if stated or presumed else some | {NOT_KNOWN}, found.numbers, found.low, found.high)

    def rule_with_lists(self, vocabulary: Vocabulary, slot: Slot, statement: Statement | None) -> Possible | None:
        """The rule by which lists and their cells are open too."""
        return self.rule(vocabulary, slot, statement) if slot.name in self._facts else vocabulary.domain(slot)

    def standing(self, slot: Slot, s: Supposition) -> Standing:
        """How a fact stands where `s` says what it and its year turn on."""
        fact = self._facts[slot.name]
        read = c.Named(slot.name) if slot.key is None else c.Keyed(slot.name, c.Literal(slot.key, YEAR), own=False)
        found = self._read(read)(s)
        value = found.value if found.certain else NOT_KNOWN
        statement = self._statement(fact, slot, s)
        if statement is not None:
            return Standing(value, statement.state, statement)
        presumed = fact.presumed is not None and value is not NOT_KNOWN
        return Standing(value, State.PRESUMED if presumed else State.NOT_STATED, None)

    def _statement(self, fact: c.Fact, slot: Slot, s: Supposition) -> Statement | None:
        """What answers a fact of a year: a statement of that year, or a later plain one whose own year it is."""
        plain = self.facts.statements.get((slot.name, None))
        if slot.key is None or fact.key is None:
            return plain
        dated = self.facts.statements.get((slot.name, slot.key))
        if plain is None or (dated is not None and plain.layer <= dated.layer):
            return dated
        own = s.possible(fact.key)
        return plain if own.certain and own.value == slot.key else dated

    def whole(self, slot: Slot) -> Possible:
        """All values that a fact could be told to have."""
        found = self._vocabulary.domain(slot)
        return Possible(found.some - {NOT_KNOWN}, found.numbers, found.low, found.high)

    def otherwise(self, slot: Slot, standing: Standing) -> tuple[Possible, ...]:
        """What a fact could be instead: each other word by itself in the order of the rule book, and all its numbers together."""
        found = self.whole(slot)
        told = standing.statement.value if standing.state is State.STATED and standing.statement else standing.value
        now = told if standing.known else NOT_KNOWN
        fact = self._facts[slot.name]
        words = [word for word in (True, False, *fact.type.options, None) if word in found.some]
        parts = [exactly(word) for word in words if word is not now]
        return (*parts, Possible(frozenset(), True, found.low, found.high)) if found.numbers else tuple(parts)
