"""Answers from columns beside those of the reference evaluator: verdict, amounts, limits, paths, pitfalls, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planproof.answer import Answer, Answerer
from planproof.plan import Asked, Facts, Participant, Plan
from planproof.source import Source
from planproof.values import Unknown, Value


def as_files(facts: Facts) -> tuple[Plan, Participant]:
    """A plan and a participant that state just this."""
    of_plan, own = (_part(facts, of_plan=of_plan) for of_plan in (True, False))
    plan = Plan(Source("plan", ""), "", "", "", "", "", "", (), of_plan, (), (), "", "")
    return plan, Participant(Source("participant", ""), own, "")


def _part(facts: Facts, *, of_plan: bool) -> Facts:
    """What the plan states, or the participant."""
    statements = {key: said for key, said in facts.statements.items() if key[0].startswith("plan.") is of_plan}
    return Facts(statements, {name: said for name, said in facts.lists.items() if name.startswith("plan.") is of_plan})


def expected(answerer: Answerer, facts: Facts, asked: Asked) -> dict[str, Any]:
    """What the columns must say of a row, from the answer of the reference evaluator."""
    assert asked.year is not None
    assert asked.date is not None
    return told_by(answerer.answer(*as_files(facts), asked.year, asked.date))


def told_by(answer: Answer) -> dict[str, Any]:
    """What the columns must say of a row of which this is the answer."""
    told: dict[str, Any] = {
        "verdict": answer.verdict,
        "missing": list(dict.fromkeys(_text(m.reason.name, m.reason.key) for m in answer.missing)),
    }
    for name, amount in answer.amounts:
        told[name] = _known(amount.step.value)
        told[f"{name}__binding"] = amount.binding
    for path in answer.paths:
        told |= {f"{path.path.name}.{phase}": status for phase, status in path.phases}
        told |= {f"{path.path.name}.{consequence.kind}": _known(consequence.value) for consequence in path.consequences}
    told["pitfalls"] = [pitfall.pitfall.name for pitfall in answer.pitfalls if pitfall.certain]
    told["pitfalls_possible"] = [pitfall.pitfall.name for pitfall in answer.pitfalls if not pitfall.certain]
    told["errors"] = len(answer.errors)
    told["row"] = any(missing.reason.row for missing in answer.missing)
    return told


def _text(name: str, key: int | None) -> str:
    return name if key is None else f"{name}@{key}"


def _known(value: Value | Unknown) -> object:
    return None if isinstance(value, Unknown) else value


def answer_differences(row: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[str]:
    """What differs; what is missing in a row of a list is left to the reference evaluator."""
    for name, value in told.items():
        if name == "errors":
            if value and not row["declined"]:
                yield "an error is not told"
        elif name == "row":
            if value and not row["declined"]:
                yield "a row that is missing is not told"
        elif row[name] != value and not (name == "missing" and told["row"]):
            yield f"{name}: columns say {row[name]}, the reference {value}"
