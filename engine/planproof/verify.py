"""The verifier of proofs: every step checked against the rule book's text, the steps before it, and the files, if given.

It trusts the reading of rule files, plan files and participant files, hashes of texts, and the modules `core`, `values`,
`types` and `canonical`. It shares nothing with what makes proofs: neither built-ins nor logic, evaluator, answer or
encoder. What expressions mean is computed anew in `recompute`, what files state in `verify_inputs`. docs/proofs.md tells
what a proof must be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from planproof import core as c
from planproof.canonical import canonical, digest
from planproof.plan import Evidence, RowsStatement, Statement
from planproof.proof_text import Data, head
from planproof.recompute import At, Interpreter, Outcome, Proved, Reading, Untrue, named
from planproof.rulebook import Rulebook
from planproof.source import Span
from planproof.types import COUNT, DATE, YEAR, Kind, Type, encoded
from planproof.values import Reason, Result, State, Unknown, Value, outside, parse_date, unknown_because
from planproof.verify_inputs import Files, Given

_MOST_DAYS = 16
_MOST_REMEMBERED = 16_000
MOST_ROWS = 12_000  # no file holds more
_NOTHING_GIVEN = Given()
_NO_ROWS = digest([])
_SETTING = re.compile(r"--set( [1-9][0-9]*)?")
_HASH = re.compile(r"[0-9a-f]{64}")
_SEVERAL = (State.CONFLICTING, State.AMBIGUOUS)
_SAID = (State.STATED, State.STATED_UNKNOWN, *_SEVERAL, State.DIFFERS_BY_GROUP)


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is not true: of a step, counted from 1, or of the whole."""

    message: str
    number: int | None = None
    id: str | None = None
    name: str | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check found: the first fault, if any, the verdict's value, and the inputs that were not checked."""

    fault: Fault | None
    verdict: str | None
    steps: int
    unchecked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What a document or a person says of a fact, and the fields of a step that tell it."""

    state: State
    value: Value
    fields: Data


class Verifier:
    """Checks proofs against one rule book; make it once and use it for every proof."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.true: dict[tuple[str, bytes], Proved] = {}
        self.interpreter = Interpreter(book.core)
        self.rows = {listed.row: listed for listed in book.core.lists}
        self.fixed = {definition.name: _fixed(definition) for definition in book.core.definitions}
        self._earlier: dict[date, Verifier] = {}

    def verify(self, proof: Data, given: Given = _NOTHING_GIVEN) -> Verification:
        """The first fault of a proof whose form is right (see `proof_text.read_proof`), held against the inputs given."""
        files = Files(head(proof), given)
        check = _Check(self._on(files.asked.known), files)
        fault = check.whole(proof)
        verdict = check.steps[proof["verdict"]].data["value"] if fault is None else None
        return Verification(fault, verdict, len(proof["steps"]), files.unchecked)

    def remember(self, grounds: str, text: bytes, proved: Proved) -> None:
        """A step is true wherever it stands on the same grounds and on the same steps."""
        if len(self.true) >= _MOST_REMEMBERED:
            self.true.clear()
        self.true[grounds, text] = proved

    def _on(self, known: date | None) -> Verifier:
        """The verifier for the rule book as it was known on a day."""
        if known is None or known == self.book.known:
            return self
        if known not in self._earlier:
            if len(self._earlier) == _MOST_DAYS:
                self._earlier.clear()
            self._earlier[known] = Verifier(self.book.known_on(known))
        return self._earlier[known]

    def span(self, name: str) -> Span | None:
        """Where the rule book declares a name."""
        declared = self.book.stated(name) or self.book.definitions.get(name) or self.book.parameters.get(name)
        return declared.span if declared else None


class _Check:
    """The check of one proof: the steps that are true so far."""

    def __init__(self, verifier: Verifier, files: Files) -> None:
        self.verifier, self.book, self.files = verifier, verifier.book, files
        self.steps: dict[str, Proved] = {}
        self.places: set[At] = set()
        self.names: dict[str, str] = {}
        self.kinds: Mapping[str, Callable[[Data, Reading], tuple[Data, Proved]]] = {
            "asked": self._asked,
            "parameter": self._parameter,
            "fact": self._fact,
            "list": self._list,
            "definition": self._definition,
        }

    def whole(self, proof: Data) -> Fault | None:
        """The first fault: of the head, of a step in the order of the proof, or of what is asked for."""
        try:
            if proof["rulebook"] != self.book.hash:
                raise Untrue("the proof rests on another rule book")
            self.files.check()
        except Untrue as untrue:
            return Fault(str(untrue))
        for number, step in enumerate(proof["steps"], 1):
            try:
                self._step(step)
            except Untrue as untrue:
                return Fault(str(untrue), number, step["id"], step["name"], self.verifier.span(step["name"]))
            except RecursionError:
                return Fault("it is nested too deep", number, step["id"], step["name"])
        try:
            self._asked_for(proof)
        except Untrue as untrue:
            return Fault(str(untrue))
        return None

    def _asked_for(self, proof: Data) -> None:
        """Verdict, amounts and others are what the rule book asks for; nothing is there besides, and the seal holds."""
        core = self.book.core
        assert core.verdict is not None, "a rule book without a verdict asks for nothing"
        self._root("verdict", proof["verdict"], core.verdict.name)
        _same_names("amounts", proof["amounts"], core.verdict.amounts)
        _same_names("others", proof["others"], _others(core))
        for name, amount in proof["amounts"].items():
            binding = self._binding(self._root(f"amounts.{name}", amount["step"], name))
            if binding != amount["binding"]:
                raise Untrue(f"`amounts.{name}.binding` is {_told(amount['binding'])} and must be {_told(binding)}")
        for name, root in proof["others"].items():
            self._root(f"others.{name}", root, name)
        used = {found for step in self.steps.values() for found in step.data["inputs"]}
        used |= {proof["verdict"], *proof["others"].values(), *(amount["step"] for amount in proof["amounts"].values())}
        idle = next((step for found, step in self.steps.items() if found not in used), None)
        if idle:
            raise Untrue(f"nothing uses the step of {named(idle.at)}")
        if digest({key: value for key, value in proof.items() if key != "seal"}) != proof["seal"]:
            raise Untrue("the seal is not the hash of the proof")

    def _root(self, where: str, found: str, name: str) -> Proved:
        step = self.steps.get(found)
        if step is None or step.at != (name, None, None):
            raise Untrue(f"`{where}` is not the step of `{name}`")
        return step

    # -------------------------------------------------------------- steps

    def _step(self, step: Data) -> None:
        check = self.kinds.get(step["kind"])
        if check is None:
            raise Untrue(f"a proof of a plan has no step of the kind `{step['kind']}`")
        found = [self.steps.get(used) for used in step["inputs"]]
        inputs = [one for one in found if one is not None]
        if len(inputs) < len(found):
            raise Untrue("it uses a step that does not stand before it")
        text, grounds = canonical(step), self._grounds(step)
        proved = self.verifier.true.get((grounds, text)) if grounds else None
        if proved is None:
            reading = Reading(inputs, self._misfit, {})
            expected, proved = check(step, reading)
            reading.end()
            _hold(step, text, expected)
            if grounds and not reading.by_files:
                self.verifier.remember(grounds, text, proved)
        if step["id"] in self.steps or (proved.at in self.places and not self._is_undated(proved.at)):
            raise Untrue("it stands twice")
        self.steps[step["id"]] = proved
        self.places.add(proved.at)

    def _grounds(self, step: Data) -> str:
        """What a step's truth rests on besides the rule book and its inputs, if it can be told; empty if it is more.

        It is then true in every proof where the same is so, as the ids of its inputs stand for all that is below it.
        """
        name = step["name"]
        if step["kind"] in ("definition", "parameter"):
            return "nothing"
        if step["kind"] != "fact" or "place" in step or name not in self.book.facts:
            return ""
        if not self.files.covers(name):
            return "the file is not there"
        return "" if self.files.speaks_of(name) else "nobody speaks of it"

    def _is_undated(self, at: At) -> bool:
        declared = self.book.facts.get(at[0]) or self.book.parameters.get(at[0])
        return declared is not None and declared.key is not None and at[1] is None

    def _head(self, step: Data, label: str, type_: Type, value: Result) -> Data:
        """The fields that every step has."""
        data: Data = {"kind": step["kind"], "name": step["name"], "label": label, "type": type_.kind.value}
        data |= {"value": encoded(value, type_.kind), "inputs": step["inputs"]}
        if isinstance(value, Unknown):
            data["unknown"] = _reasons(value.reasons)
            data |= {"error": True} if value.error else {}
        return data

    def _asked(self, step: Data, reading: Reading) -> tuple[Data, Proved]:
        name = step["name"]
        if name not in (c.ASKED_YEAR, c.ASKED_DATE):
            raise Untrue("no question asks for it")
        asked, type_ = (self.files.asked.year, YEAR) if name == c.ASKED_YEAR else (self.files.asked.date, DATE)
        value = unknown_because(name, State.NOT_STATED) if asked is None else asked
        return self._head(step, name, type_, value), Proved((name, None, None), value, step, reading.seen)

    def _parameter(self, step: Data, reading: Reading) -> tuple[Data, Proved]:
        name, year = step["name"], step.get("year")
        parameter = _declared(self.book.parameters, name, "parameter")
        if not _whole(year) and (year is not None or "year" not in step):
            raise Untrue("its `year` is no year")
        row = parameter.value_for(year)
        value: Result = row.value if row else unknown_because(name, State.PARAMETER_UNPUBLISHED, key=year)
        if row and not row.in_force:
            value = unknown_because(name, State.NOT_IN_FORCE, key=year)
        if parameter.key and year is None:  # the year is not known; what reads it says why
            value = _told_unknown(step)
        authority = row.authority if row else parameter.authority
        data: Data = {"year": year, "authority": _authority(authority) if authority else None}
        data["place"] = _place(row.span if row else parameter.span)
        return {**self._head(step, parameter.label, parameter.type, value), **data}, Proved((name, year, None), value, step, reading.seen)

    def _definition(self, step: Data, reading: Reading) -> tuple[Data, Proved]:
        definition = _declared(self.book.definitions, step["name"], "definition")
        row = step.get("row")
        if (definition.row is not None) != _whole(row) or ("row" in step and row is None):
            raise Untrue("its `row` is none")
        at_hand = {definition.row: row} if definition.row is not None and isinstance(row, int) else {}
        outcome = self.verifier.interpreter.outcome(definition, reading, at_hand)
        data = self._head(step, definition.label, definition.type, outcome.value)
        data["taken"] = list(outcome.taken)
        if row is not None:
            data["row"] = row
        if outcome.before is not None:
            data["before_rounding"] = encoded(outcome.before, definition.type.kind)
        fixed, place = self.verifier.fixed[definition.name]
        branches = [_branch(branch, known, outcome) for branch, known in zip(definition.branches, fixed, strict=True)]
        proved = Proved((definition.name, None, row), outcome.value, step, reading.seen, outcome.taken)
        return {**data, "branches": branches, "place": place}, proved

    # -------------------------------------------------------------- facts

    def _fact(self, step: Data, reading: Reading) -> tuple[Data, Proved]:
        if step["name"] in self.book.columns:
            return self._cell(step, reading)
        fact = _declared(self.book.facts, step["name"], "fact")
        name, year = fact.name, step.get("year")
        if "year" in step and not (_whole(year) and fact.key):
            raise Untrue("its `year` is none")
        covered, undated = self.files.covers(name), bool(fact.key) and year is None
        own: Result = None
        if fact.key and year is not None:
            told = bool(reading.inputs) and reading.inputs[0].at[0] == fact.key
            plain = self.files.statement(name, None) is not None if covered else told
            own = reading.value(fact.key) if plain else None
        applies = True if fact.applies is None else self.verifier.interpreter.value(fact.applies, reading, {})
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
            value, state = _told_unknown(step), State.NOT_STATED  # what reads it says why
        data = {**self._head(step, fact.label, fact.type, value), "state": state.value, **(said.fields if said else {})}
        data |= {} if year is None else {"year": year}
        if fact.presumed and state is State.PRESUMED:
            data["authority"] = _authority(fact.presumed.authority)
        if fact.applies_text:
            data["applies_when"] = fact.applies_text
        return data, Proved((name, year, None), value, step, reading.seen, applies=applies)

    def _misfit(self, found: Proved, why: Unknown, own: bool) -> str:
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
        if not isinstance(row, int) or not _whole(row) or not 1 <= row <= MOST_ROWS:
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
        data = {**self._head(step, column.name, column.type, value), "state": state.value, "row": row, **(said.fields if said else {})}
        return data, Proved((column.name, None, row), value, step, reading.seen)

    def _list(self, step: Data, reading: Reading) -> tuple[Data, Proved]:
        listed = _declared(self.book.lists, step["name"], "list")
        name = listed.name
        if self.files.covers(name):
            statement = self.files.rows(name)
            state = statement.state if statement else State.NOT_STATED
            count = len(statement.rows) if statement else 0
            fields: Data = {"place": None, "evidence": None, "rows": None}
            if statement:
                fields = {"place": self._located(step.get("place"), name, statement.span), "evidence": _evidence(statement.evidence)}
                fields["rows"] = self._rows(statement)
        else:
            state, count, fields = self._claimed_rows(step, name)
        value: Result = count if state is State.STATED else unknown_because(name, state)
        data = {**self._head(step, listed.label, COUNT, value), "state": state.value, "order": listed.order, **fields}
        return data, Proved((name, None, None), value, step, reading.seen)

    def _claimed_rows(self, step: Data, name: str) -> tuple[State, int, Data]:
        """What a step says of a list that the files given do not tell of; its own form must be right."""
        rows, state = step.get("rows"), _state(step, (*_SAID, State.NOT_STATED))
        if state is State.NOT_STATED:
            return state, 0, {"place": None, "evidence": None, "rows": None}
        self._told_place(step.get("place"), name)
        count = _decoded(COUNT, step.get("value"), 0, MOST_ROWS) if state is State.STATED else 0
        if not isinstance(rows, str) or not _HASH.fullmatch(rows) or state in _SEVERAL:
            raise Untrue("it does not tell the rows of a list")
        assert isinstance(count, int), "a count is whole"
        fields = {"place": step["place"], "evidence": _told_evidence(step.get("evidence")), "rows": rows if count else _NO_ROWS}
        return state, count, fields

    def _rows(self, statement: RowsStatement) -> str:
        """The hash of rows."""
        types = {name: column.type for name, (_, column) in self.book.columns.items()}
        return digest(
            [{name: [cell.state.value, _cell_text(cell, types[name].kind)] for name, cell in row.items()} for row in statement.rows]
        )

    # -------------------------------------------------------------- what is said

    def _stated(self, step: Data, root: str, type_: Type, statement: Statement | None) -> Said | None:
        """What the files say, in the fields of a step."""
        if statement is None:
            return None
        place = self._located(step.get("place"), root, statement.span)
        fields: Data = {"place": place, "evidence": _evidence(statement.evidence)}
        if statement.claims:
            fields["claims"] = [
                {
                    "value": encoded(claim.value, type_.kind),
                    "evidence": _evidence(claim.evidence),
                    "place": claim.span and {**_place(claim.span), "file": place["file"] if place else claim.span.path},
                }
                for claim in statement.claims
            ]
        return Said(statement.state, statement.value, fields)

    def _located(self, claimed: object, root: str, span: Span | None) -> Data | None:
        """The place of what a file says. Where the file lies does not count, as long as all places name the same."""
        if span is None:
            return None
        place = _place(span)
        if _SETTING.fullmatch(span.path):
            return place
        self._told_place(claimed, root)
        return {**place, "file": self.names.get(root.partition(".")[0], span.path)}

    def _told_place(self, place: object, root: str) -> None:
        """A place of a file or setting that the head of the proof names."""
        if not isinstance(place, dict) or set(place) != {"file", "line", "column"}:
            raise Untrue("its `place` is no place")
        file, whose = place["file"], root.partition(".")[0]
        if not (isinstance(file, str) and file and all(_whole(place[key]) and place[key] > 0 for key in ("line", "column"))):
            raise Untrue("its `place` is no place")
        asked = self.files.asked
        if _SETTING.fullmatch(file):
            if asked.settings is None:
                raise Untrue("its `place` is a setting, and the proof names none")
        elif whose == "participant" and asked.participant_file is None:
            raise Untrue("its `place` is a participant file, and the proof names none")
        elif self.names.setdefault(whose, file) != file:
            raise Untrue(f"its `place` names another file than steps before it: {_told(file)}")

    def _claimed(self, step: Data, root: str, type_: Type, low: Value, high: Value) -> Said | None:
        """What a step says is said, where the files given do not tell; its own form must be right."""
        if "place" not in step:
            return None
        self._told_place(step["place"], root)
        fields: Data = {"place": step["place"], "evidence": _told_evidence(step.get("evidence"))}
        several = "claims" in step
        if several:
            fields["claims"] = self._told_claims(step["claims"], root, type_, low, high)
        state = _state(step, (*_SAID, State.NOT_APPLICABLE))
        if state is not State.NOT_APPLICABLE and several != (state in _SEVERAL):
            raise Untrue("claims stand where sources conflict or words can be read in several ways, and nowhere else")
        stated = state is State.STATED
        return Said(state, _decoded(type_, step.get("value"), low, high) if stated else None, fields)

    def _told_claims(self, claims: object, root: str, type_: Type, low: Value, high: Value) -> list[Data]:
        if not isinstance(claims, list) or not all(isinstance(one, dict) and set(one) == {"value", "evidence", "place"} for one in claims):
            raise Untrue("its `claims` are no claims")
        for claim in claims:
            self._told_place(claim["place"], root)
            _told_evidence(claim["evidence"])
        if len({_decoded(type_, claim["value"], low, high) for claim in claims}) < 2:
            raise Untrue("its claims agree")
        return claims

    # -------------------------------------------------------------- what decides an amount

    def _binding(self, step: Proved) -> str | None:
        """The limit that decides a known amount, followed from step to step."""
        if isinstance(step.value, Unknown):
            return None
        while len(step.taken) == 1:
            name = step.at[0]
            branch = next(b for b in self.book.definitions[name].branches if b.label == step.taken[0])
            inner = self._decider(branch.body, Reading((), self._misfit, step.reads))
            if inner is None:
                return f"{name}.{branch.label}" if branch.label and isinstance(branch.body, c.Literal) else name
            step = inner
        return step.at[0]

    def _decider(self, body: c.Expression, reading: Reading) -> Proved | None:
        """The step that decides the value of an expression; none if it is the expression itself."""
        if isinstance(body, c.Named) or (isinstance(body, c.Keyed) and body.own):
            self.verifier.interpreter.value(body, reading, {})
            return reading.latest
        if not isinstance(body, c.Apply):
            return None
        first, last = body.arguments[0], body.arguments[-1]
        floor = body.function == "greater_of" and isinstance(last, c.Literal)
        if floor or body.function == "subtract" or body.function.startswith("round_"):
            return self._decider(first, reading)
        if body.function not in ("lesser_of", "greater_of"):
            return None
        values = [self.verifier.interpreter.value(argument, reading, {}) for argument in body.arguments]
        if not all(isinstance(value, int | Fraction) for value in values):
            return None
        chosen = min(values) if body.function == "lesser_of" else max(values)
        return self._decider(body.arguments[values.index(chosen)], reading)


# ------------------------------------------------------------------ what the rule book says


def _fixed(definition: c.Definition) -> tuple[list[Data], Data]:
    """What is the same in every step of a definition: of each branch its text, authority and place; and its own place."""
    branches = []
    for branch in definition.branches:
        data: Data = {"label": branch.label or None, "expression": branch.body_text, "authority": _authority(branch.authority)}
        data["place"] = _place(branch.span)
        branches.append({**data, "when": branch.guard_text, "over": list(branch.over)} if branch.guard is not None else data)
    return branches, _place(definition.span)


def _branch(branch: c.Branch, fixed: Data, outcome: Outcome) -> Data:
    """A branch as a step must tell it."""
    taken = branch.label in outcome.taken
    data = {**fixed, "taken": "no" if not taken else "yes" if len(outcome.taken) == 1 else "possibly"}
    held = outcome.held.get(branch.label)
    if branch.guard is not None:
        data["holds"] = "unknown" if isinstance(held, Unknown) else "yes" if held else "no"
    if taken:
        return data
    holding = [label for label, holds in outcome.held.items() if holds is True and label != branch.label and label not in branch.over]
    if branch.guard is None:
        return {**data, "why_not": f"an exception holds: {', '.join(holding)}"}
    if held is False:
        return {**data, "why_not": "its condition does not hold"}
    return {**data, "why_not": f"another exception holds and is not below it: {', '.join(holding)}"}


def _others(core: c.Core) -> list[str]:
    """The names of `others`: what paths require, open, tax and withhold; pitfalls with their costs and remedies."""
    names = [name for path in core.paths for name in (*path.requirements, *(phase for _, phase in path.phases), *path.consequences)]
    for pitfall in core.pitfalls:
        names += [pitfall.name, *([pitfall.costs] if pitfall.costs else []), *(r.when for r in pitfall.remedies if r.when)]
    return names


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


def _declared(names: Mapping[str, Any], name: str, what: str) -> Any:
    if name not in names:
        raise Untrue(f"the rule book has no {what} of that name")
    return names[name]


def _same_names(where: str, found: Mapping[str, object], wanted: Sequence[str]) -> None:
    odd = sorted(set(found) ^ set(wanted))
    if odd:
        raise Untrue(f"`{where}` {'lacks' if odd[0] in wanted else 'has, and must not have,'} `{odd[0]}`")


# ------------------------------------------------------------------ values as a proof writes them


def _decoded(type_: Type, text: object, low: Value, high: Value) -> Value:
    """The value of a stated text, which must be written as the page on proofs says."""
    value: Value = None
    if not isinstance(text, str) or len(text) > 200:
        raise Untrue("its `value` is no value")
    if text == "none" and type_.optional:
        return None
    decimal = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text)
    match type_.kind:
        case Kind.TRUTH:
            value = {"yes": True, "no": False}.get(text)
        case Kind.CHOICE:
            value = text if text in type_.options else None
        case Kind.DATE:
            value = parse_date(text)
        case Kind.MONEY | Kind.COUNT | Kind.YEAR if decimal:
            exact = Fraction(text) * (100 if type_.kind is Kind.MONEY else 1)
            value = exact.numerator if exact.denominator == 1 else None
        case Kind.RATE | Kind.NUMBER if decimal:
            value = Fraction(text)
    if value is None or encoded(value, type_.kind) != text or outside(value, low, high):
        raise Untrue(f"its `value` {_told(text)} is no value of the type, in the range, as a proof writes it")
    return value


def _whole(value: object) -> bool:
    return type(value) is int


def _state(step: Data, allowed: Sequence[State]) -> State:
    if step.get("state") not in allowed:
        raise Untrue("its `state` is none that can be so told")
    return State(step["state"])


def _told_unknown(step: Data) -> Unknown:
    """The reasons that a step gives; they must be reasons in the right form."""
    reasons, fields = step.get("unknown"), {"name": str, "state": str, "year": int, "row": int, "detail": str}
    if not isinstance(reasons, list) or not reasons or not all(isinstance(one, dict) and {"name", "state"} <= set(one) for one in reasons):
        raise Untrue("its `unknown` are no reasons")
    for one in reasons:
        if not all(key in fields and type(value) is fields[key] for key, value in one.items()) or one["state"] not in list(State):
            raise Untrue("its `unknown` are no reasons")
    found = (Reason(one["name"], State(one["state"]), one.get("year"), one.get("row"), one.get("detail", "")) for one in reasons)
    return Unknown(frozenset(found), step.get("error") is True)


@lru_cache(maxsize=4096)
def _reasons(reasons: frozenset[Reason]) -> list[Data]:
    """Reasons as a step lists them; many steps have the same."""
    told = []
    for reason in sorted(reasons):
        more = {"year": reason.key, "row": reason.row, "detail": reason.detail or None}
        told.append({"name": reason.name, "state": reason.state.value, **{key: value for key, value in more.items() if value is not None}})
    return told


def _authority(authority: c.Authority) -> Data:
    data: Data = {"citations": list(authority.citations), "standing": authority.standing}
    data |= {"reason": authority.reason} if authority.reason else {}
    return data | ({"published": authority.published.isoformat()} if authority.published else {})


def _place(span: Span) -> Data:
    return {"file": span.path, "line": span.line, "column": span.column}


def _evidence(evidence: Evidence) -> Data | None:
    told = {"source": evidence.source, "page": evidence.page, "section": evidence.section, "note": evidence.note}
    return {key: text for key, text in told.items() if text} or None


def _told_evidence(evidence: object) -> object:
    if evidence is not None:
        fields = {"source", "page", "section", "note"}
        if not isinstance(evidence, dict) or not evidence or not set(evidence) <= fields:
            raise Untrue("its `evidence` is none")
        if not all(isinstance(text, str) and text for text in evidence.values()):
            raise Untrue("its `evidence` is none")
    return evidence


def _cell_text(cell: Statement, kind: Kind) -> str | None:
    return encoded(cell.value, kind) if cell.state is State.STATED else None


# ------------------------------------------------------------------ hashes and differences


def _hold(step: Data, text: bytes, expected: Data) -> None:
    """A step, whose canonical JSON is given, has just the content that is expected, and its id is the hash of that."""
    content = {key: value for key, value in step.items() if key != "id"}
    if content != expected:
        raise Untrue(_difference(content, expected, ""))
    if digest(expected)[:32] != step["id"]:
        raise Untrue("its id is not the hash of its content")
    if canonical({**expected, "id": step["id"]}) != text:
        raise Untrue("it has a truth for a number, or a number for a truth")


def _told(value: object) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "nested too deep"
    return text if len(text) <= 80 else f"{text[:77]}..."


def _difference(found: object, wanted: object, where: str) -> str:
    """Where a step first differs from what it must be."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for key in (*wanted, *found):
            at = f"{where}.{key}" if where else str(key)
            if key not in found or key not in wanted:
                return f"it {'lacks' if key in wanted else 'has, and must not have,'} `{at}`"
            if found[key] != wanted[key]:
                return _difference(found[key], wanted[key], at)
    if isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        for number, (one, other) in enumerate(zip(found, wanted, strict=True)):
            if one != other:
                return _difference(one, other, f"{where}[{number}]")
    return f"its `{where}` is {_told(found)} and must be {_told(wanted)}"
