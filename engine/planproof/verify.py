"""The verifier of proofs: every step checked against the rule book's text, the steps before it, and the files, if given.

It trusts the reading of rule files, plan files and participant files, hashes of texts, and the modules `core`, `values`,
`types` and `canonical`. It shares nothing with what makes proofs: neither built-ins nor logic, evaluator, answer or
encoder. What expressions mean is computed anew in `recompute`, what files state in `verify_inputs`. docs/proofs.md tells
what a proof must be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from hashlib import sha256

from planproof import core as c
from planproof.canonical import canonical
from planproof.proof_fields import Data, Untrue, authority_data, declared, head_data, hold, place_data, shown, told_unknown
from planproof.proof_form import is_whole
from planproof.recompute import At, Interpreter, Outcome, Proved, Reading, named
from planproof.rulebook import Rulebook
from planproof.source import Span
from planproof.types import DATE, YEAR, encoded
from planproof.values import Result, State, Unknown, unknown_because
from planproof.verify_facts import StatedSteps
from planproof.verify_inputs import Files, Given, head

_MOST_DAYS = 16
_MOST_REMEMBERED = 16_000
_NOTHING_GIVEN = Given()


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
        self.texts: list[bytes] = []
        self.places: set[At] = set()
        self.stated = StatedSteps(self.book, verifier.interpreter, files)
        self.kinds: Mapping[str, Callable[[Data, Reading], tuple[Data, Proved]]] = {
            "asked": self._asked,
            "parameter": self._parameter,
            "fact": self.stated.fact,
            "list": self.stated.listed,
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
                raise Untrue(f"`amounts.{name}.binding` is {shown(amount['binding'])} and must be {shown(binding)}")
        for name, root in proof["others"].items():
            self._root(f"others.{name}", root, name)
        used = {found for step in self.steps.values() for found in step.data["inputs"]}
        used |= {proof["verdict"], *proof["others"].values(), *(amount["step"] for amount in proof["amounts"].values())}
        idle = next((step for found, step in self.steps.items() if found not in used), None)
        if idle:
            raise Untrue(f"nothing uses the step of {named(idle.at)}")
        if sha256(self._sealed(proof)).hexdigest() != proof["seal"]:
            raise Untrue("the seal is not the hash of the proof")

    def _sealed(self, proof: Data) -> bytes:
        """The canonical JSON of a proof without its seal, with the texts of the steps put in; nothing below is named `steps`."""
        frame = canonical({**{key: value for key, value in proof.items() if key != "seal"}, "steps": []})
        return frame.replace(b'"steps":[]', b'"steps":[%b]' % b",".join(self.texts), 1)

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
            reading = Reading(inputs, self.stated.misfit, {})
            expected, proved = check(step, reading)
            reading.end()
            hold(step, text, expected)
            if grounds and not reading.by_files:
                self.verifier.remember(grounds, text, proved)
        if step["id"] in self.steps or (proved.at in self.places and not self._is_undated(proved.at)):
            raise Untrue("it stands twice")
        self.steps[step["id"]] = proved
        self.texts.append(text)
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

    def _asked(self, step: Data, reading: Reading) -> tuple[Data, Proved]:
        name = step["name"]
        if name not in (c.ASKED_YEAR, c.ASKED_DATE):
            raise Untrue("no question asks for it")
        asked, type_ = (self.files.asked.year, YEAR) if name == c.ASKED_YEAR else (self.files.asked.date, DATE)
        value = unknown_because(name, State.NOT_STATED) if asked is None else asked
        return head_data(step, name, type_, value), Proved((name, None, None), value, step, reading.seen)

    def _parameter(self, step: Data, reading: Reading) -> tuple[Data, Proved]:
        name, year = step["name"], step.get("year")
        parameter = declared(self.book.parameters, name, "parameter")
        if not is_whole(year) and (year is not None or "year" not in step):
            raise Untrue("its `year` is no year")
        row = parameter.value_for(year)
        value: Result = row.value if row else unknown_because(name, State.PARAMETER_UNPUBLISHED, key=year)
        if row and not row.in_force:
            value = unknown_because(name, State.NOT_IN_FORCE, key=year)
        if parameter.key and year is None:  # the year is not known; what reads it says why
            value = told_unknown(step)
        authority = row.authority if row else parameter.authority
        data: Data = {"year": year, "authority": authority_data(authority) if authority else None}
        data["place"] = place_data(row.span if row else parameter.span)
        return {**head_data(step, parameter.label, parameter.type, value), **data}, Proved((name, year, None), value, step, reading.seen)

    def _definition(self, step: Data, reading: Reading) -> tuple[Data, Proved]:
        definition = declared(self.book.definitions, step["name"], "definition")
        row = step.get("row")
        if (definition.row is not None) != is_whole(row) or ("row" in step and row is None):
            raise Untrue("its `row` is none")
        at_hand = {definition.row: row} if definition.row is not None and isinstance(row, int) else {}
        outcome = self.verifier.interpreter.outcome(definition, reading, at_hand)
        data = head_data(step, definition.label, definition.type, outcome.value)
        data["taken"] = list(outcome.taken)
        if row is not None:
            data["row"] = row
        if outcome.before is not None:
            data["before_rounding"] = encoded(outcome.before, definition.type.kind)
        fixed, place = self.verifier.fixed[definition.name]
        branches = [_branch(branch, known, outcome) for branch, known in zip(definition.branches, fixed, strict=True)]
        proved = Proved((definition.name, None, row), outcome.value, step, reading.seen, outcome.taken)
        return {**data, "branches": branches, "place": place}, proved

    # -------------------------------------------------------------- what decides an amount

    def _binding(self, step: Proved) -> str | None:
        """The limit that decides a known amount, followed from step to step."""
        if isinstance(step.value, Unknown):
            return None
        while len(step.taken) == 1:
            name = step.at[0]
            branch = next(b for b in self.book.definitions[name].branches if b.label == step.taken[0])
            inner = self._decider(branch.body, Reading((), self.stated.misfit, step.reads))
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
        data: Data = {"label": branch.label or None, "expression": branch.body_text, "authority": authority_data(branch.authority)}
        data["place"] = place_data(branch.span)
        branches.append({**data, "when": branch.guard_text, "over": list(branch.over)} if branch.guard is not None else data)
    return branches, place_data(definition.span)


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


def _same_names(where: str, found: Mapping[str, object], wanted: Sequence[str]) -> None:
    odd = sorted(set(found) ^ set(wanted))
    if odd:
        raise Untrue(f"`{where}` {'lacks' if odd[0] in wanted else 'has, and must not have,'} `{odd[0]}`")
