"""A row of an output answered again from its inputs: found, read anew, and held against what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from planproof.answer import Answer, Answerer
from planproof.batch.jobs import Job, Kind, Part
from planproof.batch.outputs import read_results
from planproof.batch.places import Places
from planproof.batch.reading import Asking, PartReader, Reject, children_of, joined_plans, over
from planproof.batch.results import PLAN_WORDS, Question, Reference, ResultRow, columns
from planproof.diagnostics import Diagnostic, clip


@dataclass(frozen=True, slots=True)
class Sought:
    """Which row is sought: its id, and what tells it from others of that id."""

    id: str
    year: int | None = None
    scenario: str | None = None
    group: str | None = None

    def fits(self, row: ResultRow) -> bool:
        """Whether a row is one that is sought."""
        told = (("year", self.year), ("scenario", self.scenario), ("group", self.group))
        return row["id"] == self.id and all(wanted is None or (row[name] or "") == wanted for name, wanted in told)


class Again:
    """Answers rows of one output again."""

    def __init__(self, answerer: Answerer, job: Job, places: Places) -> None:
        self.answerer = answerer
        self.job = job
        self.places = places

    def rows(self, sought: Sought) -> Iterator[ResultRow]:
        """The stored rows that are sought."""
        told = columns(self.answerer.book, of_plans=self.job.of_plans)
        return filter(sought.fits, read_results(self.places.output, told, sought.id))

    def answer(self, row: ResultRow) -> Answer | Diagnostic:
        """The answer to a stored row by the reference evaluator, or how it differs from what is stored."""
        children, wrong = children_of(self.answerer.book, self.job)
        if wrong:
            return replace(wrong[0], code="row-differs", message=f"an input changed since the run: {wrong[0].message}")
        reader = PartReader(self.answerer.book, self.job, {}, children)
        place = next(number for number, one in enumerate(self.job.inputs) if one.path == row["source"])
        if self.job.inputs[place].kind is Kind.PARTICIPANTS:
            reader.plans, _ = joined_plans(reader)
        for asking in self._askings(reader, place, row):
            for question in reader.questions(asking):
                if all((row[name] or "") == told for name, told in _keys(question).items()):
                    return self._differs(row, question) or self._answered(reader, asking, question)
        return Diagnostic("row-differs", f"row `{clip(str(row['id']))}` is not in `{row['source']}` any more, or is wrong there now")

    def _askings(self, reader: PartReader, place: int, row: ResultRow) -> Iterator[Asking]:
        """What the input asks at the place of a row."""
        number = row["row"]
        assert isinstance(number, int), "a row has a number"
        for part in self._parts_at(place, number):
            for found in reader.found(part):
                if not isinstance(found, Reject) and (found.row, found.id) == (number, row["id"]):
                    yield found

    def _parts_at(self, place: int, number: int) -> Iterator[Part]:
        """What is to be read of an input to find the row of a number; of a table of plans, whose rows belong together, its part."""
        one, parts = self.job.inputs[place], [part for part in self.job.parts if part.input == place]
        if one.kind is Kind.PLAN_FILE:
            yield Part(0, place, 0, 1)
        elif not one.path.endswith(".parquet"):
            yield from [part for part in parts if part.line <= number][-1:]
        elif one.kind is Kind.PARTICIPANTS:
            yield from (Part(0, place, number - 1, 1) for part in parts[-1:] if 0 < number <= part.start + part.end)
        else:
            yield from (part for part in parts if part.start < number <= part.start + part.end)

    def _differs(self, row: ResultRow, question: Question) -> Diagnostic | None:
        """How the stored row differs from what the evaluator says now."""
        (now,) = Reference(self.answerer, of_plans=self.job.of_plans).results([question])
        different = [name for name in row if row[name] != now[name]]
        if not different:
            return None
        told = "; ".join(f"`{name}` is stored as {_shown(row[name])}, and comes out as {_shown(now[name])}" for name in different[:3])
        more = f"; {len(different) - 3} more columns differ" if len(different) > 3 else ""
        help_ = (
            "the input changed since the run"
            if {"input_hash", *PLAN_WORDS} & set(different)
            else "the output was altered, or the engine is another"
        )
        return Diagnostic("row-differs", f"row `{clip(str(row['id']))}`: {told}{more}", help=help_)

    def _answered(self, reader: PartReader, asking: Asking, question: Question) -> Answer:
        person, settings = reader.scenarios[question.scenario]
        participant, year = over(asking.participant, person), question.asked.year
        assert year is not None, "a batch asks for years"
        answer = self.answerer.answer(asking.plan, participant, year, self.job.day(year), settings)
        return next((one for one in answer.groups if one.group == question.group), answer)


def _keys(question: Question) -> dict[str, Any]:
    return {"year": question.asked.year, "scenario": question.scenario, "group": question.group}


def _shown(cell: object) -> str:
    text = ", ".join(cell) if isinstance(cell, tuple) else "nothing" if cell is None else str(cell)
    return f"`{clip(text)}`" if text else "nothing"
