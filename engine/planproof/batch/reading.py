"""A part of the inputs to questions: what is stated of each row, for every year and scenario, and what is rejected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

from planproof.batch.inputs import parts_of
from planproof.batch.jobs import Input, Job, Kind, Part
from planproof.batch.results import Question
from planproof.child_tables import Children, ChildTable, child_table
from planproof.diagnostics import Diagnostic, clip, did_you_mean, has_errors
from planproof.flat import Columns, json_row_text
from planproof.flat_read import FlatReader, PlacedRow, Row
from planproof.groups import layered
from planproof.plan import Asked, Facts, Participant, Plan, Settings
from planproof.plans import Loader
from planproof.rulebook import Rulebook
from planproof.source import Source, Span
from planproof.statements import NO_GROUP
from planproof.tables import Header, Read, csv_header, csv_row, json_row, records


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that is not answered, and why: one of the things that are wrong with it."""

    id: str
    source: str
    row: int
    column: str
    found: Diagnostic


@dataclass(frozen=True, slots=True)
class Asking:
    """One plan with or without a participant, before it is crossed with years and scenarios."""

    id: str
    plan_id: str
    source: str
    row: int
    plan: Plan
    participant: Participant | None


Found: TypeAlias = Asking | Reject


class PartReader:
    """Reads parts of one job; `plans` are those that participants are joined to, by id, and `children` tables of rows of lists."""

    def __init__(self, book: Rulebook, job: Job, plans: Mapping[str, Plan], children: Sequence[ChildTable] = ()) -> None:
        self.book = book
        self.job = job
        self.plans = plans
        self.children = Children(children)
        self.columns = Columns(book)
        self.flat = FlatReader(book, self.columns)
        self.loader = Loader(book)
        self.undated = 0  # plans read with an amendment in effect that does not say when it was adopted, which `known` asks for
        self._kept: dict[tuple[int, bool, str, Asked, str], tuple[Plan, tuple[tuple[str, Facts], ...]]] = {}
        self.scenarios = {one.name: self._scenario(one.settings) for one in job.scenarios}

    def _scenario(self, texts: Sequence[str]) -> tuple[Participant | None, Settings]:
        person, _, settings, diagnostics = self.loader.participant_of(None, texts)
        assert not has_errors(diagnostics), "scenarios were checked before"
        return person, settings

    # -------------------------------------------------------------- what is asked

    def questions(self, asking: Asking) -> Iterator[Question]:
        """Every question about a row: for each year, scenario, and group."""
        for year, scenario in self.job.crossed:
            participant = over(asking.participant, self.scenarios[scenario.name][0])
            asked = Asked(year, self.job.day(year))
            own = participant.facts if participant else Facts()
            for group, facts in self._plan_facts(asking.plan, participant, asked, scenario.name):
                told = group or (participant.group if participant else "")
                words = (asking.plan.type, *(("", "") if group else (asking.plan.expected, asking.plan.difference)))
                yield Question(asking.id, asking.plan_id, told, asking.source, asking.row, scenario.name, asked, facts, own, words)

    def _plan_facts(self, plan: Plan, participant: Participant | None, asked: Asked, scenario: str) -> tuple[tuple[str, Facts], ...]:
        """What is stated of a plan for each group that is asked about, made once for all participants alike."""
        key = id(plan), participant is None, participant.group if participant else "", asked, scenario
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) > 10_000:
                self._kept.clear()
            assert asked.date is not None, "a batch asks for a day"
            found = tuple(layered(plan, participant, asked.date, self.scenarios[scenario][1], self.book.known))
            kept = self._kept[key] = plan, found
        return kept[1]

    # -------------------------------------------------------------- rows

    def found(self, part: Part) -> Iterator[Found]:
        """What a part asks about, and what of it is rejected."""
        one = self.job.inputs[part.input]
        match one.kind:
            case Kind.PLAN_FILE:
                for file in self.job.inputs[part.input : part.input + part.end]:
                    yield from self.plan_file(file)
            case Kind.PLANS:
                yield from self.plan_rows(one, self.rows(one, part))
            case Kind.PARTICIPANTS:
                for row in self.rows(one, part):
                    yield from self.participant(one, row)

    def rows(self, one: Input, part: Part) -> Iterator[Read]:
        """The rows of a part of a table."""
        path = Path(one.path)
        if path.suffix == ".parquet":
            from planproof.frames import parquet_rows

            yield from parquet_rows(path, self.columns, part.start, part.end)
            return
        with path.open("rb") as file:
            quotes = path.suffix == ".csv"
            header, _ = csv_header(one.path, file, self.columns) if quotes else (Header(), ())
            for record in records(file, part.start, part.line, part.end, quotes=quotes):
                yield csv_row(one.path, record, header.names) if quotes else json_row(one.path, record, self.columns)

    def plan_file(self, file: Input) -> Iterator[Found]:
        """The plan of a file."""
        plan, _, diagnostics = self.loader.plan(Path(file.path))
        yield from (Reject(file.id, file.path, _line(found), "", found) for found in diagnostics if plan is None)
        if plan is not None:
            yield from self._with_file_rows(file, plan)

    def _with_file_rows(self, file: Input, plan: Plan) -> Iterator[Found]:
        """The plan of a file with the rows of lists that belong to it."""
        told = Row(file.path, 0, dict.fromkeys(plan.facts.lists, ""))
        row, wrong = self.children.given(told, file.id, "plan")
        if row is not told or wrong:
            own = Row(row.path, 0, {name: cell for name, cell in row.cells.items() if cell})
            read, wrong = (None, wrong) if wrong else self.flat.plan([own])
            if read is None:
                yield from (_rejected(file, [Row(own.path, 0, {"id": file.id, **own.cells})], found) for found in wrong)
                return
            source = Source(file.path, plan.source.text + json_row_text(own.cells))
            plan = replace(plan, source=source, facts=plan.facts.joined(read.facts))
        yield from self._checked(Asking(file.id, file.id, file.path, 0, plan, None))

    def plan_rows(self, one: Input, rows: Iterable[Read]) -> Iterator[Found]:
        """The plans of rows; those of one plan stand one after the other."""
        for _, together in groupby(rows, key=lambda row: row.text("id") or row.number if isinstance(row, Row) else row):
            first, *others = together
            if not isinstance(first, Row):
                yield _unread(one, first)
                continue
            several = [first, *(row for row in others if isinstance(row, Row))]
            wrong = self.children.give(several, "plan")
            plan, wrong = (None, wrong) if wrong else self.flat.plan(several)
            if plan is None:
                yield from (_rejected(one, several, found) for found in wrong)
                continue
            source = Source(one.path, "".join(json_row_text(row.cells) for row in several))
            id_ = first.text("id") or f"{one.path}:{first.number}"
            yield from self._checked(Asking(id_, id_, one.path, first.number, replace(plan, source=source), None))

    def participant(self, one: Input, row: Read) -> Iterator[Found]:
        """The participant of a row, joined to its plan."""
        if not isinstance(row, Row):
            yield _unread(one, row)
            return
        row, wrong = self.children.given(row, row.text("id"), "participant")
        person, wrong = (None, wrong) if wrong else self.flat.participant(row)
        plan, more = self._plan_of(row)
        if person is None or plan is None:
            yield from (_rejected(one, [row], found) for found in (*wrong, *more))
            return
        told = Participant(Source(one.path, json_row_text(row.cells)), person.facts, person.group)
        yield from self._checked(Asking(row.text("id") or f"{one.path}:{row.number}", self._plan_id(row), one.path, row.number, plan, told))

    # -------------------------------------------------------------- joining

    def _plan_id(self, row: Row) -> str:
        return row.text("plan") or (next(iter(self.plans)) if len(self.plans) == 1 else "")

    def _plan_of(self, row: Row) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
        """The plan that a participant's row names, or tells."""
        of_plan = next((name for name in row.cells if name.startswith("plan.")), None)
        name = self._plan_id(row)
        if of_plan is not None:
            if row.text("plan"):
                message = "this row names a plan and tells facts of a plan"
                return None, (Diagnostic("plan-rows", message, row.place(of_plan), "leave one of them empty"),)
            alone = Row(row.path, row.number, {key: cell for key, cell in row.cells.items() if key not in ("effective", "group")})
            return self.flat.plan([alone])
        if name in self.plans:
            return self.plans[name], ()
        if name:
            place = row.place("plan")
            return None, (
                Diagnostic("unknown-plan", f"there is no plan `{clip(name)}` among the inputs", place, did_you_mean(name, self.plans)),
            )
        if self.plans:
            return None, (Diagnostic("unknown-plan", "this row names no plan", row.place("id"), "name one in the column `plan`"),)
        return Plan(Source(row.path, ""), "", "", "unknown", "", "", "", (), Facts(), (), (), "", ""), ()

    def _checked(self, asking: Asking) -> Iterator[Found]:
        """The row, if its plan has the groups that it and the scenarios name."""
        names = [group.name for group in asking.plan.groups]
        for person, _ in self.scenarios.values():
            participant = over(asking.participant, person)
            group = participant.group if participant else ""
            if group and group != NO_GROUP and group not in names:
                found = Diagnostic("unknown-group", f"`{asking.plan_id}` has no group `{clip(group)}`", help=did_you_mean(group, names))
                yield Reject(asking.id, asking.source, asking.row, "group", found)
                return
        if asking.participant is None and self.book.known and self._undated(asking.plan):
            self.undated += 1
        yield asking

    def _undated(self, plan: Plan) -> bool:
        last = max(map(self.job.day, self.job.years))
        return any(amendment.adopted is None and amendment.effective <= last for amendment in plan.amendments)


def children_of(book: Rulebook, job: Job) -> tuple[tuple[ChildTable, ...], tuple[Diagnostic, ...]]:
    """The tables of rows of lists among a job's inputs, and all that is wrong with them."""
    made = [child_table(book, one.id, Path(one.path)) for one in job.inputs if one.kind is Kind.ROWS]
    return tuple(table for table, _ in made if table is not None), tuple(found for _, several in made for found in several)


def joined_plans(reader: PartReader) -> tuple[dict[str, Plan], tuple[Reject, ...]]:
    """The plans that participants are joined to, by id, and the rejects among them."""
    inputs = reader.job.inputs
    places = [place for place, one in enumerate(inputs) if one.kind in (Kind.PLAN_FILE, Kind.PLANS)]
    plans: dict[str, Plan] = {}
    rejects: list[Reject] = []
    for part in parts_of(inputs, places, reader.columns):
        for found in reader.found(part):
            if isinstance(found, Reject):
                rejects.append(found)
            elif found.id in plans:
                twice = Diagnostic("plan-rows", f"there are two plans `{clip(found.id)}`", help="the first counts")
                rejects.append(Reject(found.id, found.source, found.row, "id", twice))
            else:
                plans[found.id] = found.plan
    return plans, tuple(rejects)


def over(participant: Participant | None, person: Participant | None) -> Participant | None:
    """A participant with what a scenario sets of one laid over."""
    if participant is None or person is None:
        return participant or person
    return replace(participant, facts=participant.facts.joined(person.facts), group=person.group or participant.group)


def _same_row(one: Span, other: Span) -> bool:
    return (one.path, one.line) == (other.path, other.line)


def _line(found: Diagnostic) -> int:
    return found.span.line if found.span else 0


def _unread(one: Input, found: Diagnostic) -> Reject:
    return Reject("", one.path, _line(found), "", found)


def _rejected(one: Input, rows: Sequence[Row], found: Diagnostic) -> Reject:
    """A row that is wrong, by the place of what is wrong with it, which may be a row of one of its lists in another table."""
    placed = (cell for row in rows for several in row.cells.values() if not isinstance(several, str) for cell in several)
    child = next((cell for cell in placed if isinstance(cell, PlacedRow) and found.span and _same_row(cell.span, found.span)), None)
    if child is not None and found.span is not None:
        return Reject(rows[0].text("id"), child.span.path, child.span.line, child.column(found.span), found)
    row = next((row for row in rows if row.number == _line(found)), rows[0])
    return Reject(rows[0].text("id"), one.path, row.number, row.column(found.span), found)
