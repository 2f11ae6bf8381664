"""Proofs as JSON data: the steps with their ids, and the seal.

A step's `id` is the hash of its content, inputs included by their ids; the proof's `seal` is the hash of the whole.
Hashed is canonical JSON. What is the same in many proofs is encoded once: a step that rests on nothing stated, and a
definition's branches as far as they went the same way. Data is shared, and never changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from planproof import core as c
from planproof.canonical import digest
from planproof.plan import Claim, Evidence, Statement
from planproof.proof import AskedStep, DefinitionStep, FactStep, GivenStep, ListStep, ParameterStep, Proof, Step
from planproof.rulebook import Rulebook
from planproof.source import Span
from planproof.types import Kind, encoded, shown
from planproof.values import Reason, Result, State, Unknown

Data: TypeAlias = dict[str, Any]

PROOF_FORMAT = "planproof-proof/1"

_MOST_KEPT = 8_000


def authority_data(authority: c.Authority) -> Data:
    """Citations with their standing, and the day of the latest, if one is told."""
    data: Data = {"citations": list(authority.citations), "standing": authority.standing}
    data |= {"reason": authority.reason} if authority.reason else {}
    return data | ({"published": authority.published.isoformat()} if authority.published else {})


def place_data(span: Span | None) -> Data | None:
    """A place as file, line and column."""
    return {"file": span.path, "line": span.line, "column": span.column} if span else None


class Told(NamedTuple):
    """A step as data, with its id."""

    id: str
    data: Data


class ProofEncoder:
    """Encodes the proofs of one rule book."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self._kept: dict[Step, Told] = {}
        self._ways: dict[tuple[object, ...], list[Data]] = {}

    def proof(self, proof: Proof) -> Data:
        """A proof with its steps, what is used before what uses it."""
        told: dict[Step, Told] = {}
        for step in proof.steps():
            told[step] = self._kept.get(step) or self._told(step, [told[found] for found in step.inputs])
        steps = {one.id: one for one in told.values()}  # the same for several years that are not known
        context = proof.context
        whole: Data = {
            "format": PROOF_FORMAT,
            "rulebook": context.rulebook,
            "plan": context.plan,
            "participant": context.participant or None,
            "settings": context.settings or None,
            "asked": {
                "year": context.year,
                "date": context.date.isoformat() if context.date else None,
                "participant": context.about_participant,
                "group": context.group or None,
                **({"known": context.known.isoformat()} if context.known else {}),
            },
            "verdict": told[proof.verdict].id,
            "amounts": {name: {"step": told[amount.step].id, "binding": amount.binding} for name, amount in proof.amounts},
            "others": {name: told[step].id for name, step in proof.others},
            "steps": [one.data for one in steps.values()],
        }
        return {**whole, "seal": digest(whole)}

    def _told(self, step: Step, inputs: Sequence[Told]) -> Told:
        data = {**self._step(step), "inputs": list(dict.fromkeys([one.id for one in inputs]))}
        found = digest(data)[:32]
        told = Told(found, {"id": found, **data})
        if _is_unstated(step) and all(below in self._kept for below in step.inputs):
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[step] = told
        return told

    def _step(self, step: Step) -> Data:
        match step:
            case AskedStep():
                return self._head(step, "asked", self.book.label(step.name))
            case GivenStep():
                return self._head(step, "given", self.book.label(step.name))
            case ListStep():
                return self._list(step)
            case ParameterStep():
                return self._parameter(step)
            case FactStep():
                return self._fact(step)
            case DefinitionStep():
                return self._definition(step)

    def _head(self, step: Step, kind: str, label: str) -> Data:
        value_kind = Kind.COUNT if isinstance(step, ListStep) else self.book.kind(step.name)
        data: Data = {"kind": kind, "name": step.name, "label": label, "type": value_kind.value, "value": encoded(step.value, value_kind)}
        if isinstance(step.value, Unknown):
            data["unknown"] = _reasons(step.value.reasons)
            if step.value.error:
                data["error"] = True
        return data

    def _list(self, step: ListStep) -> Data:
        listed = self.book.lists[step.name]
        statement = step.statement
        state = statement.state if statement else State.NOT_STATED
        data = {**self._head(step, "list", listed.label), "state": state.value, "place": place_data(statement.span if statement else None)}
        rows = [{name: self._cell(name, cell) for name, cell in row.items()} for row in statement.rows] if statement else []
        content = digest(rows) if statement else None
        return {**data, "evidence": evidence_data(statement.evidence) if statement else None, "order": listed.order, "rows": content}

    def _cell(self, name: str, cell: Statement) -> list[str | None]:
        return [cell.state.value, encoded(cell.value, self.book.kind(name)) if cell.state is State.STATED else None]

    def _parameter(self, step: ParameterStep) -> Data:
        parameter = self.book.parameters[step.name]
        row = parameter.value_for(step.key)
        authority = row.authority if row else parameter.authority
        return {
            **self._head(step, "parameter", parameter.label),
            "year": step.key,
            "authority": authority_data(authority) if authority else None,
            "place": place_data(row.span if row else parameter.span),
        }

    def _fact(self, step: FactStep) -> Data:
        fact = self.book.facts.get(step.name)
        statement = step.statement
        data = {**self._head(step, "fact", self.book.label(step.name)), "state": step.state.value}
        if step.key is not None:
            data["year"] = step.key
        if step.row is not None:
            data["row"] = step.row + 1
        if statement:
            data |= {"place": place_data(statement.span), "evidence": evidence_data(statement.evidence)}
            data |= {"claims": self._claims(statement, step)} if statement.claims else {}
        if fact and fact.presumed and step.state is State.PRESUMED:
            data["authority"] = authority_data(fact.presumed.authority)
        if fact and fact.applies_text:
            data["applies_when"] = fact.applies_text
        return data

    def _claims(self, statement: Statement, step: FactStep) -> list[Data]:
        kind = self.book.kind(step.name)
        return [claim_data(claim, kind) for claim in statement.claims]

    def _definition(self, step: DefinitionStep) -> Data:
        definition = self.book.definitions[step.name]
        data = {**self._head(step, "definition", definition.label), "taken": list(step.taken)}
        if step.row is not None:
            data["row"] = step.row + 1
        if step.before is not None:
            data["before_rounding"] = encoded(step.before, definition.type.kind)
        return {**data, "branches": self._branches(definition, step), "place": place_data(definition.span)}

    def _branches(self, definition: c.Definition, step: DefinitionStep) -> list[Data]:
        """The branches as they are told whenever the same conditions hold."""
        way = (step.name, step.taken, *[None if held.__class__ is Unknown else held for _, held in step.guards])
        if way not in self._ways:
            guards = dict(step.guards)
            self._ways[way] = [_branch(branch, guards, step, definition) for branch in definition.branches]
        return self._ways[way]


def _is_unstated(step: Step) -> bool:
    """Whether nothing that is stated is told in a step."""
    return not isinstance(step, GivenStep) and not (isinstance(step, FactStep | ListStep) and step.statement is not None)


def _branch(branch: c.Branch, guards: Mapping[str, Result], step: DefinitionStep, definition: c.Definition) -> Data:
    data: Data = {
        "label": branch.label or None,
        "expression": branch.body_text,
        "authority": authority_data(branch.authority),
        "place": place_data(branch.span),
    }
    if branch.guard is not None:
        data |= {"when": branch.guard_text, "holds": shown(guards[branch.label], Kind.TRUTH), "over": list(branch.over)}
    data["taken"] = "no" if branch.label not in step.taken else "yes" if len(step.taken) == 1 else "possibly"
    if branch.label not in step.taken:
        data["why_not"] = why_not(branch, guards, definition)
    return data


def why_not(branch: c.Branch, guards: Mapping[str, Result], definition: c.Definition) -> str:
    """Why a branch does not hold."""
    if branch.guard is not None and not guards[branch.label]:
        return "its condition does not hold"
    rivals = [other.label for other in definition.branches[1:] if other.label not in (branch.label, *branch.over)]
    holding = [label for label in rivals if guards[label] is True]
    if branch.guard is None:
        return f"an exception holds: {', '.join(holding)}"
    return f"another exception holds and is not below it: {', '.join(holding)}"


@lru_cache(maxsize=8192)
def _reasons(reasons: frozenset[Reason]) -> list[Data]:
    """Reasons as a step lists them; many steps have the same."""
    return [reason_data(reason) for reason in sorted(reasons)]


def reason_data(reason: Reason) -> Data:
    """A cause of not knowing, with its year, row and detail as far as it has them."""
    data: Data = {"name": reason.name, "state": reason.state.value}
    if reason.key is not None:
        data["year"] = reason.key
    if reason.row is not None:
        data["row"] = reason.row
    return {**data, "detail": reason.detail} if reason.detail else data


def claim_data(claim: Claim, kind: Kind) -> Data:
    """One of several answers, with where it stands."""
    return {"value": encoded(claim.value, kind), "evidence": evidence_data(claim.evidence), "place": place_data(claim.span)}


def evidence_data(evidence: Evidence) -> Data | None:
    """Where a document says a thing; nothing if no document is told."""
    data = {key: getattr(evidence, key) for key in ("source", "page", "section", "note") if getattr(evidence, key)}
    return data or None
