"""The flat form: what is stated, as one row of named cells.

A cell is a text as a plan file has it, or the rows of a list. A column is named after its fact, `NAME@YEAR` for a year;
beside it `NAME__state` says why there is no value, `NAME__claims` what sources that disagree say, and `NAME__cents` and
`NAME__percent` hold amounts and rates as plain numbers. docs/flat-form.md specifies the form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TypeAlias

from planproof.core import Fact, ListFact
from planproof.diagnostics import did_you_mean
from planproof.plan import Facts, Participant, Plan, RowsStatement, Statement
from planproof.rulebook import Rulebook
from planproof.types import Kind, shown
from planproof.values import State, Value, decimal_text

Rows: TypeAlias = tuple[Mapping[str, str], ...]
Cell: TypeAlias = str | Rows
Cells: TypeAlias = dict[str, Cell]

PLAN_COLUMNS = ("id", "employer", "name", "ein", "plan_number", "recordkeeper", "expected", "difference")
LAYER_COLUMNS = ("effective", "amendment", "adopted", "group", "label")
PARTICIPANT_COLUMNS = ("id", "plan", "group")
OWN_COLUMNS = tuple(dict.fromkeys((*PLAN_COLUMNS, *LAYER_COLUMNS, *PARTICIPANT_COLUMNS)))
PASSED_OVER = "x_"

STATE_WORDS = {
    State.STATED_UNKNOWN: "unknown",
    State.CONFLICTING: "conflicting",
    State.AMBIGUOUS: "ambiguous",
    State.DIFFERS_BY_GROUP: "differs_by_group",
}
ALL_STATES = ("stated", "none", "not_stated", *STATE_WORDS.values())

# ------------------------------------------------------------------ columns


@dataclass(frozen=True, slots=True)
class Column:
    """A column that belongs to a fact or a list: its year, which part of the statement it holds, or a list's own column."""

    of: Fact | ListFact
    year: int | None = None
    part: str = ""
    cell: str = ""


_COLUMN = re.compile(r"(?P<name>[a-z][a-z0-9_.]*?)(?:@(?P<year>[0-9]{4}))?(?:__(?P<part>state|claims|cents|percent))?")
_PARTS = {Kind.MONEY: ("", "state", "claims", "cents"), Kind.RATE: ("", "state", "claims", "percent")}


class Columns:
    """The columns that a rule book's flat form may have."""

    own: tuple[str, ...] = OWN_COLUMNS

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.find = cache(self._find)
        self._cells = {
            f"{listed.name}.{short(column.name)}": (listed, short(column.name)) for listed in book.core.lists for column in listed.columns
        }

    def _find(self, text: str) -> Column | None:
        """The column of a name; nothing if the rule book has none such."""
        if text in self._cells:
            listed, cell = self._cells[text]
            return Column(listed, None, "", cell)
        match = _COLUMN.fullmatch(text)
        if match is None:
            return None
        name, year, part = match["name"], match["year"], match["part"] or ""
        if name in self.book.lists:
            return Column(self.book.lists[name], None, part) if year is None and part in ("", "state") else None
        fact = self.book.facts.get(name)
        if fact is None or (year and fact.key is None) or part not in _PARTS.get(fact.type.kind, ("", "state", "claims")):
            return None
        return Column(fact, int(year) if year else None, part)

    def kind(self, text: str) -> Kind | None:
        """The kind of the values in a column of a fact or of a list; nothing for what beside it is text."""
        column = self.find(text)
        if column is None or column.part:
            return None
        if isinstance(column.of, Fact):
            return column.of.type.kind
        return next((one.type.kind for one in column.of.columns if short(one.name) == column.cell), None)

    def why_not(self, text: str) -> tuple[str, str | None]:
        """What is wrong with the name of a column that is not there, and what would help."""
        name, at, rest = text.partition("@")
        fact = self.book.facts.get(name)
        if at and fact is not None and fact.key is None:
            return f"`{name}` has no years", f"call the column `{name}`"
        if at and fact is not None and not re.fullmatch("[0-9]{4}(__.*)?", rest):
            return f"`{rest}` is not a year", f"for instance `{name}@2026`"
        return f"there is no column `{text}`", did_you_mean(
            text, self.names()
        ) or f"a column that nothing reads begins with `{PASSED_OVER}`"

    def names(self) -> tuple[str, ...]:
        """The names that columns may have, but for those of years and parts."""
        return (*OWN_COLUMNS, *self.book.facts, *self.book.lists, *self._cells)


class RowColumns(Columns):
    """The columns that a table of the rows of one list may have: the id of the row that each belongs to, and the list's own."""

    own = ("id",)

    def __init__(self, book: Rulebook, listed: ListFact) -> None:
        super().__init__(book)
        self.fields = {short(column.name): Column(listed, None, "", short(column.name)) for column in listed.columns}

    def _find(self, text: str) -> Column | None:
        return self.fields.get(text)

    def names(self) -> tuple[str, ...]:
        """The names that columns may have."""
        return (*self.own, *self.fields)


def short(name: str) -> str:
    """The name of a list's column as a plan file has it."""
    return name.rpartition(".")[2]


def column_name(name: str, year: int | None = None, part: str = "") -> str:
    """The name of a fact's column."""
    return name + (f"@{year}" if year is not None else "") + (f"__{part}" if part else "")


# ------------------------------------------------------------------ what is stated, as cells


def written(value: Value, kind: Kind) -> str:
    """A value as a plan file takes it, without commas or signs that are not needed."""
    if value is not None and kind is Kind.MONEY:
        assert isinstance(value, int | Fraction), "money is an exact number"
        return decimal_text(Fraction(value, 100), 0 if value % 100 == 0 else 2)
    return shown(value, kind)


def cells_of(book: Rulebook, facts: Facts) -> Cells:
    """Everything stated, in the order of names and years."""
    cells: Cells = {}
    for (name, year), statement in sorted(facts.statements.items(), key=lambda item: (item[0][0], item[0][1] or 0)):
        cells |= _statement(name, year, statement, book.kind(name))
    for name, rows in sorted(facts.lists.items()):
        cells |= _rows(book, name, rows)
    return cells


def _statement(name: str, year: int | None, statement: Statement, kind: Kind) -> Iterator[tuple[str, Cell]]:
    if statement.state is State.STATED:
        yield column_name(name, year), written(statement.value, kind)
    elif statement.state is State.STATED_UNKNOWN:
        yield column_name(name, year), STATE_WORDS[statement.state]
    else:
        yield column_name(name, year, "state"), STATE_WORDS[statement.state]
        if statement.claims:
            yield column_name(name, year, "claims"), joined(written(claim.value, kind) for claim in statement.claims)


def _rows(book: Rulebook, name: str, rows: RowsStatement) -> Iterator[tuple[str, Cell]]:
    if rows.state is State.STATED:
        columns = [column.name for column in book.lists[name].columns]
        yield name, tuple({short(one): _cell(row[one], book.kind(one)) for one in columns if one in row} for row in rows.rows)
    elif rows.state is State.STATED_UNKNOWN:
        yield name, STATE_WORDS[rows.state]
    else:
        yield column_name(name, None, "state"), STATE_WORDS[rows.state]


def _cell(cell: Statement, kind: Kind) -> str:
    return written(cell.value, kind) if cell.state is State.STATED else STATE_WORDS[cell.state]


# ------------------------------------------------------------------ several texts in one


def joined(texts: Iterable[str]) -> str:
    """Texts in one, parted by `;`; one within a text has a backslash before it."""
    return ";".join(text.replace("\\", "\\\\").replace(";", "\\;") for text in texts)


def parted(text: str) -> list[str]:
    """The texts of one that holds several."""
    if "\\" not in text:
        return [part.strip() for part in text.split(";")]
    return [re.sub(r"\\(.)", r"\1", part).strip() for part in re.findall(r"(?:^|;)((?:\\.|[^\\;])*)", text)]


# ------------------------------------------------------------------ plans and participants


def plan_rows(book: Rulebook, id_: str, plan: Plan) -> Iterator[Cells]:
    """A plan as rows, a layer each: what it says, its amendments, its groups."""
    own = ("employer", "name", "ein", "plan_number", "recordkeeper", "expected", "difference")
    yield {"id": id_, **{name: text for name in own if (text := getattr(plan, name))}, **cells_of(book, plan.facts)}
    for amendment in plan.amendments:
        head = {"id": id_, "effective": amendment.effective.isoformat(), "amendment": amendment.name}
        adopted = {"adopted": amendment.adopted.isoformat()} if amendment.adopted else {}
        yield {**head, **adopted, **cells_of(book, amendment.facts)}
    for group in plan.groups:
        yield {"id": id_, "group": group.name, "label": group.label, **cells_of(book, group.facts)}


def participant_row(book: Rulebook, id_: str, participant: Participant, plan: str = "") -> Cells:
    """A participant as a row; `plan` is the id of the plan, if it is told."""
    head = {"id": id_, "plan": plan, "group": participant.group}
    return {**{name: text for name, text in head.items() if text}, **cells_of(book, participant.facts)}


def json_row_text(cells: Cells) -> str:
    """A row as a line of JSON."""
    return json.dumps(cells, ensure_ascii=False, separators=(",", ":")) + "\n"
