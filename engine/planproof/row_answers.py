"""Rows of the flat form answered one by one by the reference evaluator, each as a row of results.

A result has the columns that docs/python.md lists. Money is whole cents; a null is what is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby
from typing import TypeAlias

from planproof.answer import Answer, Answerer
from planproof.diagnostics import Diagnostic, clip, did_you_mean
from planproof.flat import OWN_COLUMNS, PASSED_OVER
from planproof.flat_read import FlatReader, Row
from planproof.groups import unknown_group
from planproof.plan import Participant, Plan
from planproof.values import Reason, Result, Unknown

Cell: TypeAlias = str | int | list[str] | None
ResultRow: TypeAlias = dict[str, Cell]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of every row: the year, the date as of which plans are taken, and the plans that rows may name."""

    year: int
    on: date
    plans: Mapping[str, Plan]


class RowAnswerer:
    """Answers rows for one rule book; make it once and use it for every row."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer
        self.reader = FlatReader(answerer.book)

    def plans(self, rows: Iterable[Row]) -> Iterator[tuple[str, Plan] | Diagnostic]:
        """The plans of rows, by id; rows of one plan stand one after the other."""
        seen: set[str] = set()
        for id_, layers in _by_id(rows):
            plan, found = self.reader.plan(layers)
            if id_ in seen:
                yield Diagnostic("plan-rows", f"rows of the plan `{clip(id_)}` stand apart", layers[0].place("id"))
            seen.add(id_)
            yield from found
            if plan is not None:
                yield id_, plan

    def answers(self, rows: Sequence[Row], question: Question) -> Iterator[ResultRow | Diagnostic]:
        """The results of rows in their order, or what is wrong with them: one a participant, one a plan and one for each group of it."""
        for ours, together in groupby(rows, is_participant):
            if ours:
                for row in together:
                    yield from self._participant(row, question)
            else:
                for told in self.plans(together):
                    yield from [told] if isinstance(told, Diagnostic) else self._plan(*told, question)

    def _plan(self, id_: str, plan: Plan, question: Question) -> Iterator[ResultRow]:
        answer = self._answerer.answer(plan, None, question.year, question.on)
        for one in (answer, *answer.groups):
            yield {"id": id_, "plan": id_, "group": one.group or None, **self._result(one)}

    def _participant(self, row: Row, question: Question) -> Iterator[ResultRow | Diagnostic]:
        person, found = self.reader.participant(row)
        plan = self._plan_of(row, question.plans)
        told = unknown_group(plan[1], person.group) if person and not isinstance(plan, Diagnostic) else None
        wrong = [*found, *([plan] if isinstance(plan, Diagnostic) else []), *([told] if told else [])]
        if person is None or isinstance(plan, Diagnostic) or wrong:
            yield from wrong
        else:
            yield self._answer(row, plan, person, question)

    def _answer(self, row: Row, plan: tuple[str, Plan], person: Participant, question: Question) -> ResultRow:
        answer = self._answerer.answer(plan[1], person, question.year, question.on)
        id_ = row.text("id") or f"{row.path}:{row.number}"
        return {"id": id_, "plan": plan[0], "group": person.group or None, **self._result(answer)}

    def _plan_of(self, row: Row, plans: Mapping[str, Plan]) -> tuple[str, Plan] | Diagnostic:
        id_ = row.text("plan")
        if id_ in plans:
            return id_, plans[id_]
        if not id_ and len(plans) == 1:
            return next(iter(plans.items()))
        message = f"there is no plan `{clip(id_)}`" if id_ else "the participant names no plan"
        help_ = did_you_mean(id_, plans) or "name one in the column `plan`, and give its file or its rows as `plans`"
        return Diagnostic("unknown-plan", message, row.place("plan" if id_ else "id"), help_)

    # -------------------------------------------------------------- results

    def _result(self, answer: Answer) -> ResultRow:
        result: ResultRow = {"year": answer.year, "verdict": answer.verdict}
        for name, amount in answer.amounts:
            result |= {name: _cents(amount.step.value), f"{name}__binding": amount.binding}
            result[f"{name}__state"] = "none" if amount.step.value is None else None
        for path in answer.paths:
            result |= {f"{path.path.name}.{phase}": status for phase, status in path.phases}
            result |= {f"{path.path.name}.{one.kind}": _cents(one.value) for one in path.consequences}
        result["pitfalls"] = [one.pitfall.name for one in answer.pitfalls if one.certain]
        result["pitfalls_possible"] = [one.pitfall.name for one in answer.pitfalls if not one.certain]
        result["missing"] = list(dict.fromkeys(_missing(one.reason) for one in answer.missing))
        result["errors"] = [found.message for found in answer.errors]
        result["rules_hash"] = self._answerer.book.hash
        return result

    def columns(self) -> dict[str, str]:
        """The columns of a row of results in order, and what each holds: `text`, `texts`, `number` or `status`."""
        core = self._answerer.book.core
        assert core.verdict is not None, "a rule book that gives no verdict answers nothing"
        found = {"id": "text", "plan": "text", "group": "text", "year": "number", "verdict": "text"}
        for name in core.verdict.amounts:
            found |= {name: "number", f"{name}__binding": "text", f"{name}__state": "text"}
        for path in core.paths:
            found |= {f"{path.name}.{phase}": "status" for phase in core.verdict.phases}
            found |= {f"{path.name}.{name.rpartition('.')[2]}": "number" for name in path.consequences}
        return found | dict.fromkeys(("pitfalls", "pitfalls_possible", "missing", "errors"), "texts") | {"rules_hash": "text"}


def is_participant(row: Row) -> bool:
    """Whether a row is of a participant: it names a plan, or states a fact that is no plan's."""
    return "plan" in row.cells or any(not name.startswith(("plan.", PASSED_OVER)) and name not in OWN_COLUMNS for name in row.cells)


def _by_id(rows: Iterable[Row]) -> Iterator[tuple[str, list[Row]]]:
    """The rows of each id that stand one after the other; a row without one stands alone."""
    for id_, together in groupby(rows, lambda row: row.text("id") or f"{row.path}:{row.number}"):
        yield id_, list(together)


def _cents(value: Result) -> int | None:
    if value is None or isinstance(value, Unknown):
        return None
    assert isinstance(value, int | Fraction), "an amount is a number of cents"
    assert value == int(value), "of whole cents"
    return int(value)


def _missing(reason: Reason) -> str:
    row = f"#{reason.row}" if reason.row is not None else ""
    return f"{reason.name}{row}" + (f"@{reason.key}" if reason.key is not None else "")
