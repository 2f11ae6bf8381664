"""What definitions may come to while some facts are open: the core over sets of values.

A second meaning of the same core, never narrower than the reference: whatever the evaluator gives for some completion of
the open facts is in the set that is found here; where nothing open matters the set is that one value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import assert_never

from planproof import core as c
from planproof import suppose_rows as rows
from planproof.evaluate import Evaluator
from planproof.logic import chosen, outcomes
from planproof.plan import Asked, Facts, Statement
from planproof.possible import ABSENT, ANYTHING, NOT_KNOWN, UNKNOWN, YES, Possible, Ranges, applied, exactly, joined
from planproof.suppose_logic import agreed, branching, folded, is_known, is_none, negation, truth, whole_of
from planproof.supposition import Box, Slot, Supposition, Thought, Vocabulary
from planproof.values import State


class Supposer:
    """A rule book compiled to sets; make it once for an evaluator."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.core = evaluator.core
        self._facts = {fact.name: fact for fact in self.core.facts}
        self._parameters = {parameter.name: parameter for parameter in self.core.parameters}
        self._lists = {listed.row: listed for listed in self.core.lists}
        self.vocabulary = Vocabulary(self.core)
        self._guards = {fact.name: self.compile(fact.applies) for fact in self.core.facts if fact.applies is not None}
        thoughts = self.vocabulary.thoughts
        thoughts[c.ASKED_YEAR] = lambda s: UNKNOWN if s.asked.year is None else exactly(s.asked.year)
        thoughts[c.ASKED_DATE] = lambda s: UNKNOWN if s.asked.date is None else exactly(s.asked.date)
        thoughts |= {fact.name: self._plain_fact(fact) for fact in self.core.facts if fact.key is None}
        thoughts |= {p.name: _constant(p) for p in self.core.parameters if p.key is None}
        thoughts |= {definition.name: self._definition(definition) for definition in self.core.definitions}

    def suppose(self, facts: Facts, asked: Asked, box: Box) -> Supposition:
        """The sets over some facts with some of them open."""
        return Supposition(self.vocabulary, facts, asked, box)

    def reopened(self, base: Supposition, slots: Mapping[Slot, Possible]) -> Supposition:
        """A supposition with some facts open, or in other sets, and what does not read them as in `base`."""
        touched = reduce(int.__or__, (self.evaluator.touches[slot.name] for slot in slots), 0)
        bit = self.evaluator.bit
        one = Supposition(self.vocabulary, base.facts, base.asked, Box({**base.box.slots, **slots}, base.box.rule, base.box.kept))
        one.bits, one.ranges = base.bits, Ranges(dict(base.ranges.ends), base.ranges.whole)
        one.memo = {at: found for at, found in base.memo.items() if not touched & bit[at if isinstance(at, str) else at[0]]}
        return one

    def given(self, base: Supposition, name: str, value: Possible) -> Supposition:
        """`base` with a definition, or a fact without years, in a set that is part of its own, whatever would make it so."""
        one = self.reopened(base, {})
        touched, bit = self.evaluator.touches[name], self.evaluator.bit
        one.memo = {at: found for at, found in base.memo.items() if not touched & bit[at if isinstance(at, str) else at[0]]}
        one.memo[name] = value
        return one

    # -------------------------------------------------------------- facts and parameters

    def _plain_fact(self, fact: c.Fact) -> Thought:
        slot = Slot(fact.name)
        return lambda s: self._fact(s, fact, slot, s.facts.statements.get((fact.name, None)), YES)

    def _fact(self, s: Supposition, fact: c.Fact, slot: Slot, statement: Statement | None, sure: Possible) -> Possible:
        """A fact as opened or stated; `sure` is unknown where it is not known whether the statement answers."""
        guard = self._guards.get(fact.name)
        applies = guard(s) if guard else YES
        never, ever = applies.may_be(False) or applies.may_be(None), applies.may_be(True) or NOT_KNOWN in applies.some
        if never and not ever:
            return ABSENT
        found = s.opened(slot, statement)
        if found is None and statement is not None and statement.state is State.STATED:
            found = exactly(statement.value)
        elif found is None and statement is None and fact.presumed is not None and sure is YES:
            found = exactly(fact.presumed.value)
            if NOT_KNOWN in applies.some:
                found = joined([found, UNKNOWN], applies.slots) if applies.may_be(True) else UNKNOWN
        elif found is None:
            found = UNKNOWN
        return joined([found, ABSENT], applies.slots) if never else found

    def _keyed(self, node: c.Keyed) -> Thought:
        key_of = self.compile(node.key)
        fact, parameter = self._facts.get(node.name), self._parameters.get(node.name)
        by_year = {value.key: value for value in parameter.values} if parameter else {}

        def of_year(s: Supposition, year: int) -> Possible:
            at = (node.name, year)
            if at not in s.memo:
                s.memo[at] = self._dated(s, fact, year) if fact else _published(by_year.get(year))
            return s.memo[at]

        def undated(s: Supposition) -> Possible:
            plain = s.facts.statements.get((node.name, None))
            latest = max(
                (said.layer for (name, year), said in s.facts.statements.items() if name == node.name and year is not None), default=-1
            )
            if fact is None or plain is None or not node.own or plain.layer < latest or plain.state is not State.STATED:
                return UNKNOWN
            if any(slot.name == node.name and slot.key is not None for slot in s.box.slots):  # a year's value lies over the plain one
                return UNKNOWN
            return self._fact(s, fact, Slot(node.name), plain, YES)

        def think(s: Supposition) -> Possible:
            key = key_of(s)
            if key.certain:
                return of_year(s, key.value) if key.numbers else undated(s)
            parts = [of_year(s, year) for year in _years(key)]
            if key.some or not parts:
                parts += [undated(s), UNKNOWN]
            if key.numbers and len(parts) > _MOST_YEARS:
                return Possible(frozenset((ANYTHING, NOT_KNOWN)), slots=key.slots | reduce(int.__or__, (p.slots for p in parts), 0))
            return joined(parts, key.slots)

        return think

    def _dated(self, s: Supposition, fact: c.Fact, year: int) -> Possible:
        """A fact for a year: a value of that year, or a plain value whose own year it is."""
        statement, plain = s.facts.statements.get((fact.name, year)), s.facts.statements.get((fact.name, None))
        slot = Slot(fact.name, year)
        if plain is None or slot in s.box.slots or (statement is not None and plain.layer <= statement.layer):
            return self._fact(s, fact, slot, statement, YES)
        assert fact.key is not None, "a fact of a year is keyed"
        own = s.possible(fact.key)
        parts = []
        if own.may_be(year):
            parts.append(self._fact(s, fact, slot, plain, YES))
        if not own.certain or not own.numbers or own.value != year:
            parts.append(self._fact(s, fact, slot, statement, YES) if own.numbers else UNKNOWN)
        if NOT_KNOWN in own.some:
            parts.append(self._fact(s, fact, slot, None, UNKNOWN))
        return joined(parts, own.slots)

    # -------------------------------------------------------------- definitions

    def _definition(self, definition: c.Definition) -> Thought:
        exceptions = definition.branches[1:]
        bodies = [self.compile(branch.body) for branch in definition.branches]
        guards = [self.compile(branch.guard) for branch in exceptions if branch.guard is not None]
        over = [frozenset(i for i, other in enumerate(exceptions) if other.label in branch.over) for branch in exceptions]
        whole = whole_of(definition.type)
        if not exceptions:
            return lambda s: whole(bodies[0](s))

        def think(s: Supposition) -> Possible:
            held = [truth(guard(s)) for guard in guards]
            if all(guard.certain for guard in held):
                known = [guard.value for guard in held]
                found, _, unknown = outcomes(definition.name, known, over, [branch.label for branch in exceptions])
                if unknown is None:
                    return whole(bodies[found[0]](s))
                parts = [whole(bodies[branch](s)) for branch in found]
                if all(part.certain for part in parts):
                    return exactly(chosen(definition.name, [part.value for part in parts], unknown))
                return agreed(parts, s.ranges)
            return branching(held, over, lambda branch: whole(bodies[branch](s)))

        return think

    # -------------------------------------------------------------- expressions

    def compile(self, node: c.Expression) -> Thought:
        """What gives an expression's set in a supposition."""
        match node:
            case c.Literal(value):
                found = exactly(value)
                return lambda s: found
            case c.Named(name):
                return lambda s: s.memo.get(name) or s.possible(name)
            case c.Keyed():
                return self._keyed(node)
            case c.Cell(row):
                return rows.cell(self._lists[row], node)
            case c.Apply(function, arguments):
                parts = [self.compile(argument) for argument in arguments]
                return lambda s: applied(function, [part(s) for part in parts], s.ranges)
            case c.AllOf(operands):
                return _connective([self.compile(operand) for operand in operands], decisive=False)
            case c.AnyOf(operands):
                return _connective([self.compile(operand) for operand in operands], decisive=True)
            case c.Not(operand):
                inner = self.compile(operand)
                return lambda s: negation(truth(inner(s)))
            case c.IsKnown(operand):
                inner = self.compile(operand)
                return lambda s: is_known(inner(s))
            case c.IsNone(operand):
                inner = self.compile(operand)
                return lambda s: is_none(inner(s))
            case c.Aggregate(_, row):
                return rows.aggregate(self._lists[row], node, self.compile)
            case c.Allocate(_, row):
                return rows.allocate(self._lists[row], node, self.compile)
            case _:
                assert_never(node)


# ------------------------------------------------------------------ facts and parameters

_MOST_YEARS = 12


def _constant(parameter: c.Parameter) -> Thought:
    found = _published(parameter.value_for(None))
    return lambda s: found


def _published(value: c.ParameterValue | None) -> Possible:
    return UNKNOWN if value is None or not value.in_force else exactly(value.value)


def _years(key: Possible) -> Iterable[int]:
    """The years of a set, one more than are looked at at most."""
    if not key.numbers or not isinstance(key.low, int) or not isinstance(key.high, int):
        return ()
    return range(key.low, min(key.high, key.low + _MOST_YEARS) + 1)


def _connective(parts: list[Thought], *, decisive: bool) -> Thought:
    return lambda s: folded((part(s) for part in parts), decisive=decisive)
