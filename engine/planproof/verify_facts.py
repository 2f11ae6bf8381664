"""Steps of what is stated: facts, cells and lists, held against the files, or taken at their word where there is none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from planproof import core as c
from planproof.canonical import digest
from planproof.plan import RowsStatement, Statement
from planproof.proof_fields import (
    Data,
    Untrue,
    authority_data,
    cell_text,
    declared,
    decoded,
    evidence_data,
    head_data,
    place_data,
    shown,
    told_evidence,
    told_state,
    told_unknown,
)
from planproof.proof_form import CLAIMS, HASH, PLACE, is_whole
from planproof.proof_form import misfit as odd
from planproof.recompute import Interpreter, Proved, Reading, named
from planproof.rulebook import Rulebook
from planproof.source import Span
from planproof.types import COUNT, Type, encoded
from planproof.values import Reason, Result, State, Unknown, Value, unknown_because
from planproof.verify_inputs import Files

MOST_ROWS = 12_000  # no file holds more
_NO_ROWS = digest([])
_SETTING = re.compile(r"--set( [1-9][0-9]*)?")
_SEVERAL = (State.CONFLICTING, State.AMBIGUOUS)
_SAID = (State.STATED, State.STATED_UNKNOWN, *_SEVERAL, State.DIFFERS_BY_GROUP)


@dataclass(frozen=True, slots=True)
class Said:
    """What a document or a person says of a fact, and the fields of a step that tell it."""

    state: State
    value: Value
    fields: Data


class StatedSteps:
    """The checks of one proof's facts, cells and lists; the names of the files that their places tell."""

    def __init__(self, book: Rulebook, interpreter: Interpreter, files: Files) -> None:
        self.book, self.interpreter, self.files = book, interpreter, files
        self.names: dict[str, str] = {}

    def fact(self, step: Data, reading: Reading) -> tuple[Data, Proved]:
        """A fact or a cell as it must be told, and what is proved by it."""
        if step["name"] in self.book.columns:
            return self._cell(step, reading)
        fact = declared(self.book.facts, step["name"], "fact")
        name, year = fact.name, step.get("year")
        if "year" in step and not (is_whole(year) and fact.key):
            raise Untrue("its `year` is none")
        covered, undated = self.files.covers(name), bool(fact.key) and year is None
        own: Result = None
        if fact.key and year is not None:
            told = bool(reading.inputs) and reading.inputs[0].at[0] == fact.key
            plain = self.files.statement(name, None) is not None if covered else told
            own = reading.value(fact.key) if plain else None
        applies = True if fact.applies is None else self.interpreter.value(fact.applies, reading, {})
        unsure = own.reasons if isinstance(own, Unknown) else frozenset[Reason]()
        if covered and not undated:
            statement = self.files.later(name, year) if year is not None and own == year else self.files.statement(name, year)
            if unsure and year is not None and self.files.plain_is_later(name, year):
                statement = None  # whether the plain value is of this year is not known
            elif unsure:
                unsure = frozenset()
            said = self._stated(step, name, fact.type, statement)
        else:
            said = self._claimed(step, name, fact.type, fact.low, fact.high)
        value, state = _standing(fact, year, said, applies, unsure if said is None else frozenset())
        if undated and said is None and isinstance(applies, bool | Unknown) and applies is not False and step.get("value") is None:
            value, state = told_unknown(step), State.NOT_STATED  # what reads it says why
        data = {**head_data(step, fact.label, fact.type, value), "state": state.value, **(said.fields if said else {})}
        data |= {} if year is None else {"year": year}
        if fact.presumed and state is State.PRESUMED:
            data["authority"] = authority_data(fact.presumed.authority)
        if fact.applies_text:
            data["applies_when"] = fact.applies_text
        return data, Proved((name, year, None), value, step, reading.seen, applies=applies)

    def misfit(self, found: Proved, why: Unknown, own: bool) -> str:
        """What is wrong with a step as the answer for a year that is not known; only a plain value of a fact can answer."""
        fact, told = self.book.facts.get(found.at[0]), named(found.at)
        if fact is None:
            return "" if found.value == why else f"the unknown year of {told} has other reasons"
        name, said = fact.name, "place" in found.data
        plain, dated = _standing(fact, None, None, found.applies)[0], _standing(fact, None, None, found.applies, why.reasons)[0]
        if not self.files.covers(name):
            fits = own if said else found.value in (plain, dated)
            return "" if fits else f"{told} does not stand so for a year that is not known"
        statement = self.files.plain_over_years(name) if own else None
        answer = self._stated(found.data, name, fact.type, statement)
        told_at_all = self.files.by_year(name) or self.files.statement(name, None) is not None
        wanted = dated if told_at_all else plain
        if answer is not None:
            wanted = _standing(fact, None, answer, found.applies)[0]
        fields = {key: found.data[key] for key in ("place", "evidence", "claims") if key in found.data}
        fits = found.value == wanted and fields == (answer.fields if answer else {})
        return "" if fits else f"{told} does not stand so in the files for a year that is not known"

    def _cell(self, step: Data, reading: Reading) -> tuple[Data, Proved]:
        listed, column = self.book.columns[step["name"]]
        row = step.get("row")
        if not isinstance(row, int) or not is_whole(row) or not 1 <= row <= MOST_ROWS:
            raise Untrue("its `row` is none")
        if self.files.covers(listed.name):
            rows = self.files.rows(listed.name)
            if rows is None or row > len(rows.rows):
                raise Untrue("the files have no such row")
            said = self._stated(step, listed.name, column.type, rows.rows[row - 1].get(column.name))
        else:
            said = self._claimed(step, listed.name, column.type, column.low, column.high)
        state = said.state if said else State.NOT_STATED
        value = said.value if said and state is State.STATED else unknown_because(column.name, state, row=row)
        data = {**head_data(step, column.name, column.type, value), "state": state.value, "row": row, **(said.fields if said else {})}
        return data, Proved((column.name, None, row), value, step, reading.seen)

    def listed(self, step: Data, reading: Reading) -> tuple[Data, Proved]:
        """A list as it must be told, and what is proved by it."""
        listed = declared(self.book.lists, step["name"], "list")
        name = listed.name
        if self.files.covers(name):
            statement = self.files.rows(name)
            state = statement.state if statement else State.NOT_STATED
            count = len(statement.rows) if statement else 0
            fields: Data = {"place": None, "evidence": None, "rows": None}
            if statement:
                fields = {"place": self._located(step.get("place"), name, statement.span), "evidence": evidence_data(statement.evidence)}
                fields["rows"] = self._rows(statement)
        else:
            state, count, fields = self._claimed_rows(step, name)
        value: Result = count if state is State.STATED else unknown_because(name, state)
        data = {**head_data(step, listed.label, COUNT, value), "state": state.value, "order": listed.order, **fields}
        return data, Proved((name, None, None), value, step, reading.seen)

    def _claimed_rows(self, step: Data, name: str) -> tuple[State, int, Data]:
        """What a step says of a list that the files given do not tell of; its own form must be right."""
        rows, state = step.get("rows"), told_state(step, (*_SAID, State.NOT_STATED))
        if state is State.NOT_STATED:
            return state, 0, {"place": None, "evidence": None, "rows": None}
        self._told_place(step.get("place"), name)
        count = decoded(COUNT, step.get("value"), 0, MOST_ROWS) if state is State.STATED else 0
        if odd(rows, HASH, "rows") or state in _SEVERAL:
            raise Untrue("it does not tell the rows of a list")
        assert isinstance(count, int), "a count is whole"
        fields = {"place": step["place"], "evidence": told_evidence(step.get("evidence")), "rows": rows if count else _NO_ROWS}
        return state, count, fields

    def _rows(self, statement: RowsStatement) -> str:
        """The hash of rows."""
        types = {name: column.type for name, (_, column) in self.book.columns.items()}
        return digest(
            [{name: [cell.state.value, cell_text(cell, types[name].kind)] for name, cell in row.items()} for row in statement.rows]
        )

    # -------------------------------------------------------------- what is said

    def _stated(self, step: Data, root: str, type_: Type, statement: Statement | None) -> Said | None:
        """What the files say, in the fields of a step."""
        if statement is None:
            return None
        place = self._located(step.get("place"), root, statement.span)
        fields: Data = {"place": place, "evidence": evidence_data(statement.evidence)}
        if statement.claims:
            fields["claims"] = [
                {
                    "value": encoded(claim.value, type_.kind),
                    "evidence": evidence_data(claim.evidence),
                    "place": claim.span and {**place_data(claim.span), "file": place["file"] if place else claim.span.path},
                }
                for claim in statement.claims
            ]
        return Said(statement.state, statement.value, fields)

    def _located(self, claimed: object, root: str, span: Span | None) -> Data | None:
        """The place of what a file says. Where the file lies does not count, as long as all places name the same."""
        if span is None:
            return None
        place = place_data(span)
        if _SETTING.fullmatch(span.path):
            return place
        self._told_place(claimed, root)
        return {**place, "file": self.names.get(root.partition(".")[0], span.path)}

    def _told_place(self, place: object, root: str) -> None:
        """A place of a file or setting that the head of the proof names."""
        if not isinstance(place, dict) or odd(place, PLACE, "place"):
            raise Untrue("its `place` is no place")
        file, whose, asked = place["file"], root.partition(".")[0], self.files.asked
        if _SETTING.fullmatch(file):
            if asked.settings is None:
                raise Untrue("its `place` is a setting, and the proof names none")
        elif whose == "participant" and asked.participant_file is None:
            raise Untrue("its `place` is a participant file, and the proof names none")
        elif self.names.setdefault(whose, file) != file:
            raise Untrue(f"its `place` names another file than steps before it: {shown(file)}")

    def _claimed(self, step: Data, root: str, type_: Type, low: Value, high: Value) -> Said | None:
        """What a step says is said, where the files given do not tell; its own form must be right."""
        if "place" not in step:
            return None
        self._told_place(step["place"], root)
        fields: Data = {"place": step["place"], "evidence": told_evidence(step.get("evidence"))}
        several = "claims" in step
        if several:
            fields["claims"] = self._told_claims(step["claims"], root, type_, low, high)
        state = told_state(step, (*_SAID, State.NOT_APPLICABLE))
        if state is not State.NOT_APPLICABLE and several != (state in _SEVERAL):
            raise Untrue("claims stand where sources conflict or words can be read in several ways, and nowhere else")
        stated = state is State.STATED
        return Said(state, decoded(type_, step.get("value"), low, high) if stated else None, fields)

    def _told_claims(self, claims: object, root: str, type_: Type, low: Value, high: Value) -> list[Data]:
        if not isinstance(claims, list) or odd(claims, CLAIMS, "claims"):
            raise Untrue("its `claims` are no claims")
        for claim in claims:
            self._told_place(claim["place"], root)
            told_evidence(claim["evidence"])
        if len({decoded(type_, claim["value"], low, high) for claim in claims}) < 2:
            raise Untrue("its claims agree")
        return claims


def _standing(
    fact: c.Fact, year: int | None, said: Said | None, applies: Result, why: frozenset[Reason] = frozenset()
) -> tuple[Result, State]:
    """How a fact stands; `why` are reasons for which it is not known whether what is said is of the year."""
    if applies is False or applies is None:
        return None, State.NOT_APPLICABLE
    if said is not None and said.state is State.STATED:
        return said.value, State.STATED
    if said is None and fact.presumed is not None and applies is True and not why:
        return fact.presumed.value, State.PRESUMED
    state = said.state if said else State.NOT_STATED
    own = frozenset((Reason(fact.name, state, year),)) if said is not None or fact.presumed is None else frozenset()
    return Unknown((why or own) | (applies.reasons if isinstance(applies, Unknown) else frozenset())), state
