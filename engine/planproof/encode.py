"""Answers and proofs as JSON data: exact, canonical, and the same bytes for the same inputs.

A step's `id` is the hash of its content, inputs included by their ids; the proof's `seal` is the hash of the whole.
docs/proofs.md specifies the form, `docs/schema/` holds its JSON schemas.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, TypeAlias

from planproof import core as c
from planproof.answer import Answer, Answerer, Missing, PathAnswer, PitfallAnswer
from planproof.plan import Evidence, Statement
from planproof.proof import Amount, AskedStep, DefinitionStep, FactStep, GivenStep, ListStep, ParameterStep, Proof, Step
from planproof.source import Span
from planproof.types import Kind, encoded, shown
from planproof.values import Reason, Result, State, Unknown

Data: TypeAlias = dict[str, Any]

CHECK_FORMAT = "planproof-check/1"
PROOF_FORMAT = "planproof-proof/1"


def dumps(data: Any) -> str:
    """JSON for people and programs: sorted as built, one line end."""
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def canonical(data: Any) -> bytes:
    """The bytes that are hashed: sorted keys, no spaces, UTF-8."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def authority_data(authority: c.Authority) -> Data:
    """Citations with their standing."""
    data: Data = {"citations": list(authority.citations), "standing": authority.standing}
    return {**data, "reason": authority.reason} if authority.reason else data


def _note(note: c.Note) -> Data:
    return {"text": note.text, "authority": authority_data(note.authority)}


def place_data(span: Span | None) -> Data | None:
    """A place as file, line and column."""
    return {"file": span.path, "line": span.line, "column": span.column} if span else None


# ------------------------------------------------------------------ the answer


class Encoder:
    """Turns answers of one answerer into data."""

    def __init__(self, answerer: Answerer) -> None:
        self.answerer = answerer
        self.book = answerer.book

    def answer(self, answer: Answer) -> Data:
        """The object that `check --format json` prints for one plan."""
        return {"format": CHECK_FORMAT, **self._one(answer)}

    def _one(self, answer: Answer) -> Data:
        plan = answer.plan
        return {
            "plan": {"file": plan.source.path, "employer": plan.employer, "name": plan.name, "type": plan.type},
            "year": answer.year,
            "date": answer.date.isoformat(),
            "group": answer.group or None,
            "verdict": answer.verdict,
            "expected": plan.expected or None,
            "amounts": {name: self._amount(name, amount) for name, amount in answer.amounts},
            "paths": [self._path(path) for path in answer.paths],
            "pitfalls": [self._pitfall(pitfall) for pitfall in answer.pitfalls],
            "missing": [self._missing(missing) for missing in answer.missing],
            "presumed": [self._presumed(step) for step in answer.presumed],
            "rests_on": [
                {"name": r.name, "label": r.label, **({"branch": r.branch} if r.branch else {}), **authority_data(r.authority)}
                for r in answer.rests_on
            ],
            "groups": {group.group: self._one(group) for group in answer.groups},
            "proof": self.proof(answer.proof),
        }

    def _amount(self, name: str, amount: Amount) -> Data:
        value = amount.step.value
        state = "known" if not isinstance(value, Unknown) else "error" if value.error else "unknown"
        return {"label": self.book.label(name), "value": encoded(value, Kind.MONEY), "state": state, "binding": amount.binding}

    def _path(self, answer: PathAnswer) -> Data:
        path = answer.path
        first, *others = answer.phases
        requirements = [
            {"text": r.text, "label": r.label, "value": shown(r.value, Kind.TRUTH), "authority": authority_data(r.authority)}
            for r in answer.requirements
        ]
        return {
            "id": path.name,
            "label": path.label,
            "status": first[1],
            **dict(others),
            "requirements": requirements,
            **{
                one.kind: {
                    "value": encoded(one.value, Kind.MONEY),
                    "depends_on": list(one.depends_on),
                    "authority": authority_data(one.authority),
                }
                for one in answer.consequences
            },
            **{kind: [_note(note) for note in path.notes if note.kind == kind] for kind in c.NOTE_KINDS},
            "authority": authority_data(path.authority),
        }

    def _pitfall(self, answer: PitfallAnswer) -> Data:
        pitfall = answer.pitfall
        return {
            "id": pitfall.name,
            "label": pitfall.label,
            "status": "applies" if answer.certain else "may_apply",
            "severity": pitfall.severity,
            "says": pitfall.says,
            "depends_on": list(answer.depends_on),
            "cost": encoded(answer.cost, Kind.MONEY) if pitfall.costs else None,
            "remedies": [
                {"by": remedy.by, "text": remedy.text, "open": shown(value, Kind.TRUTH)}
                for remedy, value in answer.remedies
                if value is not False
            ],
            "authority": authority_data(pitfall.authority),
        }

    def _missing(self, missing: Missing) -> Data:
        return {
            **_reason(missing.reason),
            "label": missing.label,
            "asks": missing.asks,
            "answered_by": missing.answered_by,
            "needed_for": list(missing.needed_for),
        }

    def _presumed(self, step: FactStep) -> Data:
        fact = self.book.facts[step.name]
        assert fact.presumed is not None
        return {
            "name": step.name,
            "label": fact.label,
            "value": encoded(step.value, fact.type.kind),
            "authority": authority_data(fact.presumed.authority),
        }

    # -------------------------------------------------------------- the proof

    def proof(self, proof: Proof) -> Data:
        """A proof with its steps, what is used before what uses it."""
        ids: dict[Step, str] = {}
        steps: dict[str, Data] = {}  # the same for several years that are not known
        for step in proof.steps():
            data = {**self._step(step), "inputs": list(dict.fromkeys(ids[found] for found in step.inputs))}
            ids[step] = sha256(canonical(data)).hexdigest()[:32]
            steps[ids[step]] = {"id": ids[step], **data}
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
            },
            "verdict": ids[proof.verdict],
            "amounts": {name: {"step": ids[amount.step], "binding": amount.binding} for name, amount in proof.amounts},
            "others": {name: ids[step] for name, step in proof.others},
            "steps": list(steps.values()),
        }
        return {**whole, "seal": sha256(canonical(whole)).hexdigest()}

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
            data["unknown"] = [_reason(reason) for reason in sorted(step.value.reasons)]
            if step.value.error:
                data["error"] = True
        return data

    def _list(self, step: ListStep) -> Data:
        listed = self.book.lists[step.name]
        statement = step.statement
        state = statement.state if statement else State.NOT_STATED
        data = {**self._head(step, "list", listed.label), "state": state.value, "place": place_data(statement.span if statement else None)}
        rows = [{name: self._cell(name, cell) for name, cell in row.items()} for row in statement.rows] if statement else []
        content = sha256(canonical(rows)).hexdigest() if statement else None
        return {**data, "evidence": _evidence(statement.evidence) if statement else None, "order": listed.order, "rows": content}

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
            data |= {"place": place_data(statement.span), "evidence": _evidence(statement.evidence)}
            data |= {"claims": self._claims(statement, step)} if statement.claims else {}
        if fact and fact.presumed and step.state is State.PRESUMED:
            data["authority"] = authority_data(fact.presumed.authority)
        if fact and fact.applies_text:
            data["applies_when"] = fact.applies_text
        return data

    def _claims(self, statement: Statement, step: FactStep) -> list[Data]:
        kind = self.book.kind(step.name)
        return [
            {"value": encoded(claim.value, kind), "evidence": _evidence(claim.evidence), "place": place_data(claim.span)}
            for claim in statement.claims
        ]

    def _definition(self, step: DefinitionStep) -> Data:
        definition = self.answerer.evaluator.definitions[step.name]
        guards = dict(step.guards)
        data = {**self._head(step, "definition", definition.label), "taken": list(step.taken)}
        if step.row is not None:
            data["row"] = step.row + 1
        if step.before is not None:
            data["before_rounding"] = encoded(step.before, definition.type.kind)
        data["branches"] = [_branch(branch, guards, step, definition) for branch in definition.branches]
        return {**data, "place": place_data(definition.span)}


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


def _reason(reason: Reason) -> Data:
    data: Data = {"name": reason.name, "state": reason.state.value}
    if reason.key is not None:
        data["year"] = reason.key
    if reason.row is not None:
        data["row"] = reason.row
    return {**data, "detail": reason.detail} if reason.detail else data


def _evidence(evidence: Evidence) -> Data | None:
    data = {key: getattr(evidence, key) for key in ("source", "page", "section", "note") if getattr(evidence, key)}
    return data or None
