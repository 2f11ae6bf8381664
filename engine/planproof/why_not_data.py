"""Why not as JSON data: exact values, places, and who can make each change."""

from __future__ import annotations

from typing import Any

from planproof.answer import Answer, Answerer
from planproof.encode import Data, authority_data, place_data
from planproof.law_in_the_way import Figure, Provision
from planproof.possible import NOT_KNOWN, Possible
from planproof.rulebook import Rulebook
from planproof.types import Kind, encoded
from planproof.values import State
from planproof.why_not import Change, ChangeSet, WhyNot
from planproof.why_not_text import word
from planproof.worth import Worth

FORMAT = "planproof-why-not/1"


class WhyNotEncoder:
    """Turns what would give what is wanted into data."""

    def __init__(self, answerer: Answerer) -> None:
        self.book: Rulebook = answerer.book

    def data(self, results: list[tuple[Answer, WhyNot]], *, chosen: bool) -> Data:
        """The object that `why-not --format json` prints: the plan itself, and each of its groups."""
        answer, main = results[0]
        return {
            "format": FORMAT,
            "plan": answer.plan.source.path,
            "year": answer.year,
            "date": answer.date.isoformat(),
            "wanted": {"text": main.wanted.text, "chosen": chosen},
            **self._one(answer, main),
            "groups": {group.group: self._one(group, found) for group, found in results[1:]},
        }

    def _one(self, answer: Answer, found: WhyNot) -> Data:
        return {
            "group": answer.group or None,
            "holds": found.holds,
            "possible": found.possible,
            "complete_to": found.size,
            "unsettled": found.unsettled,
            "lists_not_searched": list(found.lists),
            "present": self._worth(found.before),
            "sets": [self._set(one) for one in found.sets],
            "law": [self._law(one) for one in found.law],
        }

    def _set(self, one: ChangeSet) -> Data:
        changes = [self._change(change) for change in one.changes]
        return {"answers_only": one.answers_only, "any_combination": one.apart, "changes": changes, "then": self._worth(one.after)}

    def _change(self, change: Change) -> Data:
        fact, standing, kind = self.book.facts[change.slot.name], change.standing, self.book.kind(change.slot.name)
        statement = standing.statement
        now = statement.value if statement and statement.state is State.STATED else standing.value
        return {
            "fact": change.slot.name,
            "year": change.slot.key,
            "label": fact.label,
            "kind": "answer" if change.answer else "change",
            "from": {"state": standing.state.value, "value": encoded(now, kind) if standing.known else None},
            "to": [part_data(part, kind) for part in change.to],
            "example": encoded(change.example, kind),
            "answered_by": fact.answered_by,
            "changed_by": fact.changed_by,
            "place": place_data(statement.span if statement else fact.span),
        }

    def _worth(self, worth: Worth) -> Data:
        return {
            "verdicts": [word(value) if value is NOT_KNOWN else str(value) for value in worth.verdicts],
            "open": [{"path": path, "phase": phase} for path, phase in worth.opened],
            "amounts": {name: self._amount(name, worth) for name in worth.amounts},
        }

    def _amount(self, name: str, worth: Worth) -> Data:
        found, kind = worth.amounts[name], self.book.definitions[name].type.kind
        known = NOT_KNOWN not in found.some
        wide = found if known else worth.ranges[name]
        ends = (wide.low, wide.high) if wide.numbers else (None, None)
        return {"known": known, "may_be_none": None in wide.some, "low": _end(ends[0], kind), "high": _end(ends[1], kind)}

    def _law(self, one: Provision | Figure) -> Data:
        if isinstance(one, Provision):
            authority, place = authority_data(one.branch.authority), place_data(one.branch.span)
            return {"kind": "provision", "name": one.definition.name, "exception": one.branch.label, "authority": authority, "place": place}
        kind, row = one.parameter.type.kind, one.parameter.value_for(one.year)
        assert row is not None, "a figure that has a value is published"
        return {
            "kind": "figure",
            "name": one.parameter.name,
            "year": one.year,
            "from": encoded(one.value, kind),
            "to": [part_data(part, kind) for part in one.to],
            "authority": authority_data(row.authority),
            "place": place_data(row.span),
        }


def part_data(part: Possible, kind: Kind) -> Data:
    """A word, or the ends of a stretch of numbers."""
    if part.certain:
        return {"value": encoded(part.value, kind)}
    return {"low": _end(part.low, kind), "high": _end(part.high, kind)}


def _end(value: Any, kind: Kind) -> str | None:
    return None if value is None else encoded(value, kind)
