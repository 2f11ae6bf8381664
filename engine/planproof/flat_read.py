"""Rows of the flat form to facts, plans and participants: every cell exact, every fault told with row and column."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingABC
from collections.abc import Sequence as SequenceABC
from dataclasses import dataclass, field, replace
from datetime import date

from planproof import core as c
from planproof.core import Fact, ListFact
from planproof.diagnostics import Diagnostic, clip, did_you_mean, has_errors
from planproof.flat import ALL_STATES, OWN_COLUMNS, PASSED_OVER, STATE_WORDS, Cell, Cells, Column, Columns, Rows, parted, short
from planproof.plan import Amendment, Claim, Evidence, Facts, Group, Key, Participant, Plan, RowsStatement, Statement
from planproof.rulebook import Rulebook
from planproof.source import Source, Span
from planproof.statements import NO_GROUP, StatementReader
from planproof.types import shown
from planproof.values import State, parse_date
from planproof.yaml_text import Mapping, Node, Scalar, Sequence

_OF_WORD = {word: state for state, word in STATE_WORDS.items()}
_NAME = re.compile("[a-z][a-z0-9_]*")
MOST_GROUPS = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: the table's name, the line or number at which it stands, and its cells that are not empty."""

    path: str
    number: int
    cells: Cells

    def place(self, column: str) -> Span:
        """The place of a cell: its row, and in it the number of its column among those that are not empty."""
        names = list(self.cells)
        return Span(self.path, 0, 0, self.number, names.index(column) + 1 if column in names else 1)

    def text(self, column: str) -> str:
        """The text of one of the row's own columns; nothing if it is empty."""
        cell = self.cells.get(column, "")
        return cell if isinstance(cell, str) else ""

    def column(self, span: Span | None) -> str:
        """The column that a place in the row is of."""
        names = list(self.cells)
        return names[span.column - 1] if span and len(names) >= span.column else ""


class PlacedRow(dict[str, str]):
    """A row of a list that stands in a table of its own, with its place there; the number in it is that of its `id`, the first."""

    def __init__(self, cells: MappingABC[str, str], span: Span) -> None:
        super().__init__(cells)
        self.span = span

    def place(self, name: str) -> Span:
        """The place of a cell."""
        return replace(self.span, column=list(self).index(name) + 2)

    def column(self, span: Span) -> str:
        """The column that a place in the row is of."""
        names: list[str] = ["id", *self]
        return names[span.column - 1]


@dataclass(slots=True)
class _Said:
    """What a row's columns say of one fact (of one year) or of one list."""

    of: Fact | ListFact
    parts: dict[str, tuple[Cell, Span]] = field(default_factory=dict)
    columns: dict[str, tuple[str, Span]] = field(default_factory=dict)


class FlatReader:
    """Reads rows of the flat form for one rule book; make it once and use it for every row."""

    def __init__(self, book: Rulebook, columns: Columns | None = None) -> None:
        self.book = book
        self.columns = columns or Columns(book)

    # -------------------------------------------------------------- plans and participants

    def plan(self, rows: SequenceABC[Row]) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
        """The plan of the rows that have its id, and what is wrong with them."""
        reading = _Reading(self)
        own = [row for row in rows if not row.text("effective") and not row.text("group")]
        reading.one_row_of_the_plan(rows, own)
        base = own[0] if own else rows[0]
        facts = reading.facts(base, "plan")
        amendments = tuple(reading.amendment(row) for row in rows if row.text("effective"))
        groups = tuple(reading.group(row) for row in rows if row.text("group") and not row.text("effective"))
        reading.statements.check_amendments(amendments)
        reading.check_groups(rows, groups)
        reading.check_expected(base)
        plan = Plan(
            Source(base.path, ""),
            base.text("employer"),
            base.text("name") or base.text("id"),
            _type(self.book, facts),
            base.text("ein"),
            base.text("plan_number"),
            base.text("recordkeeper"),
            (),
            facts,
            amendments,
            groups,
            base.text("expected"),
            base.text("difference"),
        )
        return (None if has_errors(reading.found) else plan), tuple(reading.found)

    def participant(self, row: Row) -> tuple[Participant | None, tuple[Diagnostic, ...]]:
        """The participant of a row, and what is wrong with it."""
        reading = _Reading(self)
        facts = reading.facts(row, "participant")
        group = row.text("group")
        if group and not _NAME.fullmatch(group):
            reading.error("bad-key", f"`{clip(group)}` is no name of a group", row.place("group"))
        return (None if has_errors(reading.found) else Participant(None, facts, group)), tuple(reading.found)


def _type(book: Rulebook, facts: Facts) -> str:
    statement, fact = facts.statements.get((c.PLAN_TYPE, None)), book.facts.get(c.PLAN_TYPE)
    known = statement is not None and fact is not None and statement.state is State.STATED
    return shown(statement.value, fact.type.kind) if known and statement and fact else "unknown"


class _Reading:
    """One plan or participant being read, with what is wrong so far."""

    def __init__(self, flat: FlatReader) -> None:
        self.book = flat.book
        self.columns = flat.columns
        self.statements = StatementReader(flat.book)
        self.found = self.statements.diagnostics
        self.error = self.statements.error

    # -------------------------------------------------------------- layers of a plan

    def one_row_of_the_plan(self, rows: SequenceABC[Row], own: SequenceABC[Row]) -> None:
        """Report a plan without a row of its own, or with several."""
        id_ = clip(rows[0].text("id"))
        if not own:
            self.error("plan-rows", f"plan `{id_}` has no row without `effective` and `group`", rows[0].place("id"))
        for row in own[1:]:
            help_ = f"the first is row {own[0].number}; a row of an amendment has `effective`, one of a group `group`"
            self.error("plan-rows", f"plan `{id_}` has two rows", row.place("id"), help_)

    def amendment(self, row: Row) -> Amendment:
        """The amendment of a row."""
        if row.text("group"):
            self.error("plan-rows", "a row is of an amendment or of a group, not of both", row.place("group"))
        effective = self._date(row, "effective") or date.min
        return Amendment(row.text("amendment"), effective, self._date(row, "adopted"), self.facts(row, "plan"), row.place("effective"))

    def _date(self, row: Row, column: str) -> date | None:
        text = row.text(column)
        day = parse_date(text) if text else None
        if text and day is None:
            self.error("bad-date", f"there is no date `{clip(text)}`", row.place(column), "write year-month-day: 2026-07-01")
        return day

    def group(self, row: Row) -> Group:
        """The group of a row."""
        name = row.text("group")
        if name == NO_GROUP:
            self.error("name-reserved", f"a group cannot be called `{NO_GROUP}`", row.place("group"))
        elif not _NAME.fullmatch(name):
            help_ = "a name has lower-case letters, digits and `_`"
            self.error("bad-key", f"`{clip(name)}` cannot stand as a key here", row.place("group"), help_)
        return Group(name, row.text("label"), self.facts(row, "plan"))

    def check_groups(self, rows: SequenceABC[Row], groups: SequenceABC[Group]) -> None:
        """Report groups of one name, and too many."""
        seen: set[str] = set()
        for row in rows:
            name = row.text("group")
            if name and name in seen:
                self.error("plan-rows", f"two rows are of the group `{clip(name)}`", row.place("group"))
            seen.add(name)
        if len(groups) > MOST_GROUPS:
            self.error("plan-value", f"more than {MOST_GROUPS} entries", rows[0].place("group"))

    def check_expected(self, row: Row) -> None:
        """Report an expected verdict that is none, and a difference without one."""
        expected, verdict = row.text("expected"), self.book.core.verdict
        if expected and verdict is not None:
            known = (*self.book.definitions[verdict.name].type.options, "unknown")
            if expected not in known:
                message = f"`{clip(expected)}` is not one of {', '.join(known)}"
                self.error("plan-value", message, row.place("expected"), did_you_mean(expected, known))
        if row.text("difference") and not expected:
            self.error("difference-alone", "a difference is told without the expected verdict", row.place("difference"))

    # -------------------------------------------------------------- facts

    def facts(self, row: Row, root: str) -> Facts:
        """The facts of a row whose names begin with `root`."""
        statements: dict[Key, Statement] = {}
        lists: dict[str, RowsStatement] = {}
        for said_name, year, said in self._said(row, root):
            if isinstance(said.of, ListFact):
                rows = self._rows(said.of, said)
                if rows is not None:
                    lists[said_name] = rows
            else:
                statement = self._statement(said.of, said)
                if statement is not None:
                    statements[said_name, year] = statement
        self._plain_or_years(row, statements)
        return Facts(statements, lists)

    def _said(self, row: Row, root: str) -> list[tuple[str, int | None, _Said]]:
        """The cells of a row by the fact, year or list that they are of."""
        said: dict[Key, _Said] = {}
        for number, (text, cell) in enumerate(row.cells.items(), 1):
            if text in OWN_COLUMNS or text.startswith(PASSED_OVER):
                continue
            column, span = self.columns.find(text), Span(row.path, 0, 0, row.number, number)
            if column is None:
                message, help_ = self.columns.why_not(clip(text))
                self.error("unknown-column", message, span, help_)
            elif column.of.name.partition(".")[0] == root:
                one = said.setdefault((column.of.name, column.year), _Said(column.of))
                self._take(one, column, cell, span)
        return [(name, year, one) for (name, year), one in said.items()]

    def _take(self, said: _Said, column: Column, cell: Cell, span: Span) -> None:
        if not isinstance(cell, str) and (column.cell or column.part or isinstance(column.of, Fact)):
            self.error("plan-value", "a list of rows cannot stand here", span)
        elif column.cell and isinstance(cell, str):
            said.columns[column.cell] = cell, span
        else:
            said.parts[column.part] = cell, span

    def _plain_or_years(self, row: Row, statements: MappingABC[Key, Statement]) -> None:
        years = {name for name, year in statements if year is not None}
        for name in sorted(years):
            plain = statements.get((name, None))
            if plain is not None:
                help_ = "leave one of them empty; an amendment or a group has a row of its own"
                self.error("plain-and-year", f"`{name}` has a plain value and values of years", plain.span or row.place(name), help_)

    def _statement(self, fact: Fact, said: _Said) -> Statement | None:
        value = self._value(said)
        state = said.parts.get("state")
        claims = said.parts.get("claims")
        if state is None:
            if claims is not None:
                self.error(
                    "cell-state", "claims are told of what is not conflicting", claims[1], "the state is `conflicting` or `ambiguous`"
                )
            return self.statements.statement(fact, value) if value else None
        word, span = str(state[0]), state[1]
        if word not in ALL_STATES:
            help_ = did_you_mean(word, ALL_STATES)
            self.error("cell-state", f"`{clip(word)}` is not one of {', '.join(ALL_STATES)}", span, help_)
        elif not _agree(word, value):
            told = f"the value is `{clip(value.text)}`" if value else "there is no value"
            self.error("cell-state", f"the state is `{word}`, and {told}", span)
        elif word in ("stated", "none") or word == "unknown":
            return self.statements.statement(fact, value or Scalar(word, True, span))
        elif word != "not_stated":
            return Statement(None, _OF_WORD[word], Evidence(), span, self._claims(fact, claims) if claims else ())
        return None

    def _value(self, said: _Said) -> Scalar | None:
        """The one value that is told, as a plan file has it."""
        found = [(part, *said.parts[part]) for part in ("", "cents", "percent") if part in said.parts]
        if len(found) > 1:
            self.error("cell-state", f"the value stands twice, with and without `__{found[1][0]}`", found[1][2])
        if not found:
            return None
        part, cell, span = found[0]
        return Scalar(self._plain(part, str(cell), span), True, span)

    def _plain(self, part: str, text: str, span: Span) -> str:
        if not part or text in ("none", "unknown"):
            return text
        if part == "percent":
            return f"{text}%"
        if not re.fullmatch("[0-9]{1,18}", text):
            self.error("plan-value", f"`{clip(text)}` is not a whole number of cents", span)
            return "unknown"
        return f"{int(text) // 100}.{int(text) % 100:02d}"

    def _claims(self, fact: Fact, claims: tuple[Cell, Span]) -> tuple[Claim, ...]:
        texts, span = parted(str(claims[0])), claims[1]
        statements = [self.statements.statement(fact, Scalar(text, True, span)) for text in texts]
        if len(set(texts)) < 2 or any(one.state is not State.STATED for one in statements):
            self.error("no-conflict", "a conflict takes two claims or more that differ", span, "part the claims by `;`")
        return tuple(Claim(one.value, Evidence(), span) for one in statements)

    # -------------------------------------------------------------- lists

    def _rows(self, listed: ListFact, said: _Said) -> RowsStatement | None:
        state = said.parts.get("state")
        own = said.parts.get("")
        if state is not None and (own or said.columns or str(state[0]) not in _OF_WORD):
            self.error("cell-state", f"the state is `{clip(str(state[0]))}`, and of a list that is told by its rows", state[1])
            return None
        if state is not None:
            return RowsStatement((), _OF_WORD[str(state[0])], Evidence(), state[1])
        node: Node | None
        if own and not isinstance(own[0], str):
            node = self._tree(listed, own[0], own[1])
        elif own and own[0] == "unknown" and not said.columns:
            node = Scalar("unknown", True, own[1])
        else:
            node = self._joined(listed, str(own[0]) if own else None, own[1] if own else None, said)
        return self.statements.rows(listed, node) if node is not None else None

    def _tree(self, listed: ListFact, rows: Rows, span: Span) -> Sequence | None:
        known = [short(column.name) for column in listed.columns]
        span = next((row.span for row in rows if isinstance(row, PlacedRow)), span)
        odd = sorted({name for row in rows for name in row} - set(known))
        for name in odd:
            self.error("unknown-column", f"`{clip(name)}` is no column of `{listed.name}`", span, did_you_mean(name, known))
        return Sequence(tuple(_item(row, known, span) for row in rows), span) if not odd else None

    def _joined(self, listed: ListFact, count: str | None, span: Span | None, said: _Said) -> Node | None:
        """The rows of a list whose columns are told one by one, with the values parted by `;`."""
        columns = {name: parted(text) for name, (text, _) in said.columns.items()}
        span = span or next(place for _, place in said.columns.values())
        if count is not None and not re.fullmatch("[0-9]{1,6}", count):
            help_ = "write the number of rows, or `unknown`"
            self.error("plan-value", f"`{clip(count)}` is not the number of rows of `{listed.name}`", span, help_)
            return None
        wanted = int(count) if count is not None else max(len(texts) for texts in columns.values())
        for name, texts in columns.items():
            if len(texts) != wanted:
                message = f"`{listed.name}.{name}` has {len(texts)} values, and the list {wanted} rows"
                self.error(
                    "list-length",
                    message,
                    said.columns[name][1],
                    "part the values by `;`, and leave the place of one that is not told empty",
                )
                return None
        rows = [{name: texts[number] for name, texts in columns.items() if texts[number]} for number in range(wanted)]
        return self._tree(listed, tuple(rows), span)


def _item(row: MappingABC[str, str], known: SequenceABC[str], span: Span) -> Mapping:
    """A row of a list as a plan file has it; its places are its own if it stands elsewhere."""
    own = row if isinstance(row, PlacedRow) else None
    cells = {name: (own.place(name) if own else span, text) for name in known if (text := row.get(name))}
    return Mapping({name: (place, Scalar(text, True, place)) for name, (place, text) in cells.items()}, own.span if own else span)


def _agree(word: str, value: Scalar | None) -> bool:
    """Whether a state can stand beside a value."""
    match word:
        case "stated":
            return value is not None and value.text not in ("none", "unknown")
        case "none" | "unknown":
            return value is None or value.text == word
        case _:
            return value is None
