"""Answers as JSON data: exact, and the same bytes for the same inputs. `docs/schema/` holds their JSON schemas."""

from __future__ import annotations

import json
from typing import Any

from planproof import core as c
from planproof.answer import Answer, Answerer, Missing, PathAnswer, PitfallAnswer
from planproof.canonical import canonical as canonical
from planproof.encode_proof import Data as Data
from planproof.encode_proof import ProofEncoder, claim_data, reason_data
from planproof.encode_proof import authority_data as authority_data
from planproof.encode_proof import place_data as place_data
from planproof.proof import Amount, FactStep, Proof
from planproof.readings import Case, Choice, Readings, readings
from planproof.types import Kind, encoded, shown
from planproof.values import Unknown

CHECK_FORMAT = "planproof-check/1"


def dumps(data: Any) -> str:
    """JSON for people and programs: sorted as built, one line end."""
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _note(note: c.Note) -> Data:
    return {"text": note.text, "authority": authority_data(note.authority)}


class Encoder:
    """Turns answers of one answerer into data."""

    def __init__(self, answerer: Answerer) -> None:
        self.answerer = answerer
        self.book = answerer.book
        self._proofs = ProofEncoder(answerer.book)

    def answer(self, answer: Answer) -> Data:
        """The object that `check --format json` prints for one plan."""
        return {"format": CHECK_FORMAT, **self._one(answer)}

    def _one(self, answer: Answer) -> Data:
        plan = answer.plan
        return {
            "plan": {"file": plan.source.path, "employer": plan.employer, "name": plan.name, "type": plan.type},
            "year": answer.year,
            "date": answer.date.isoformat(),
            "known": self.book.known.isoformat() if self.book.known else None,
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
            "readings": self._readings(answer),
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
            **reason_data(missing.reason),
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

    def _readings(self, answer: Answer) -> Data | None:
        found = readings(self.answerer, answer)
        if found is None:
            return None
        return {
            "agree": found.agree,
            "facts": [self._choice(choice) for choice in found.choices],
            "cases": [self._case(found, case) for case in found.cases],
            "left_out": found.left_out,
        }

    def _choice(self, choice: Choice) -> Data:
        (name, year), statement = choice.key, choice.statement
        claims = [claim_data(claim, self.book.kind(name)) for claim in statement.claims]
        return {"name": name, "year": year, "label": self.book.label(name), "state": statement.state.value, "readings": claims}

    def _case(self, found: Readings, case: Case) -> Data:
        values = [encoded(claim.value, self.book.kind(choice.key[0])) for choice, claim in zip(found.choices, case.claims, strict=True)]
        amounts = {name: {"value": encoded(one.step.value, Kind.MONEY), "binding": one.binding} for name, one in case.amounts}
        return {"values": values, "verdict": case.verdict, "amounts": amounts, "paths": {name: dict(phases) for name, phases in case.paths}}

    def proof(self, proof: Proof) -> Data:
        """A proof with its steps, what is used before what uses it. It shares data with other proofs and must not be changed."""
        return self._proofs.proof(proof)
