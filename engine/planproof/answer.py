"""The answer to the rule book's question for one plan, with or without a participant: verdict, amounts, paths,
pitfalls, what is missing, what is presumed, what it rests on, and the proof. Everything a renderer needs, as data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from planproof import core as c
from planproof.decide import binding, deciding_inputs
from planproof.diagnostics import Diagnostic
from planproof.evaluate import Evaluator
from planproof.plan import Asked, Facts, Key, Participant, Plan, RowsStatement, Statement
from planproof.proof import Amount, Context, DefinitionStep, FactStep, ParameterStep, Proof, Step
from planproof.rulebook import Rulebook, hash_of
from planproof.run import Run
from planproof.source import Source
from planproof.statements import NO_GROUP
from planproof.types import Kind, Type, shown
from planproof.values import Reason, Result, State, Unknown

UNKNOWN = "unknown"
_NOTHING_SET = Facts()
ANSWERERS = ("plan document", "plan sponsor", "administrator", "participant")


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact (or parameter, or provision) that is not known, and what it is needed for."""

    reason: Reason
    label: str
    asks: str
    answered_by: str
    needed_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of a path and how it stands."""

    text: str
    label: str
    value: Result
    authority: c.Authority


@dataclass(frozen=True, slots=True)
class PathAnswer:
    """A path, its requirements, and whether it is open in each phase of the verdict."""

    path: c.Path
    requirements: tuple[Requirement, ...]
    phases: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PitfallAnswer:
    """A pitfall that applies, or may; then `depends_on` names what is not known."""

    pitfall: c.Pitfall
    certain: bool
    depends_on: tuple[str, ...]
    cost: Result
    remedies: tuple[tuple[c.Remedy, Result], ...]


@dataclass(frozen=True, slots=True)
class RestsOn:
    """A provision that a verdict rests on and that is not verified."""

    name: str
    label: str
    branch: str
    authority: c.Authority


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything about one plan (for one group, if `group` says so) in one year."""

    plan: Plan
    year: int
    date: date
    group: str
    verdict: str
    amounts: tuple[tuple[str, Amount], ...]
    paths: tuple[PathAnswer, ...]
    pitfalls: tuple[PitfallAnswer, ...]
    missing: tuple[Missing, ...]
    presumed: tuple[FactStep, ...]
    rests_on: tuple[RestsOn, ...]
    groups: tuple[Answer, ...]
    proof: Proof
    errors: tuple[Diagnostic, ...]
    run: Run


class Answerer:
    """Answers for one rule book; make it once and use it for every plan."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.evaluator = Evaluator(book.core)

    @cached_property
    def latest_year(self) -> int | None:
        """The latest year for which every parameter has a value or is not in force; nothing if there is none."""
        years = sorted({value.key for p in self.book.core.parameters for value in p.values if value.key}, reverse=True)
        return next((year for year in years if self._complete(year)), None)

    def _complete(self, year: int) -> bool:
        run = self.evaluator.run(Facts(), Asked(year, date(year, 12, 31)))
        for parameter in self.book.core.parameters:
            if parameter.key:
                key = run.step(parameter.key).value
                wanted = year if isinstance(key, Unknown) else key
                if wanted not in [value.key for value in parameter.values]:
                    return False
        return True

    def prove(self, facts: Facts, asked: Asked, context: Context) -> tuple[Proof, Run]:
        """The proof of the verdict over some facts, and the run that made it."""
        verdict = self.book.core.verdict
        assert verdict is not None, "a rule book that gives no verdict answers nothing"
        run = self.evaluator.run(facts, asked)
        amounts = tuple([(name, Amount(run.step(name), binding(self.book.core, run, name))) for name in verdict.amounts])
        others = tuple([(name, run.step(name)) for name in self._others])
        return Proof(context, run.step(verdict.name), amounts, others), run

    @cached_property
    def _others(self) -> tuple[str, ...]:
        core = self.book.core
        names = [name for path in core.paths for name in (*path.requirements, *(phase for _, phase in path.phases))]
        for pitfall in core.pitfalls:
            names += [pitfall.name, *([pitfall.costs] if pitfall.costs else []), *(r.when for r in pitfall.remedies if r.when)]
        return tuple(names)

    def answer(self, plan: Plan, participant: Participant | None, year: int, day: date, settings: Facts = _NOTHING_SET) -> Answer:
        """The answer for a plan; with a participant, for that participant in its group."""
        base = plan.on(day)
        chosen = participant.group if participant else ""
        own = _of_group(plan, base, chosen, participant)
        main = self._one(plan, participant, year, day, "" if chosen == NO_GROUP else chosen, own, settings)
        if chosen:
            return main
        groups = tuple(self._one(plan, participant, year, day, g.name, base.joined(g.facts), settings) for g in plan.groups)
        return _with_groups(main, groups)

    def _one(self, plan: Plan, participant: Participant | None, year: int, day: date, group: str, facts: Facts, settings: Facts) -> Answer:
        facts = facts.joined(settings)
        told = participant.group if participant else ""
        if participant:
            facts = facts.joined(participant.facts)
        asked = Asked(year, day)
        context = Context(self.book.hash, hash_of((plan.source,)), _participant_hash(participant, settings), year, day, told or group)
        proof, run = self.prove(facts, asked, context)
        return Answer(
            plan,
            year,
            day,
            group,
            _word(proof.verdict.value),
            proof.amounts,
            self._paths(run),
            self._pitfalls(run),
            self._missing(proof),
            _presumed(proof),
            self._rests_on(proof.verdict),
            (),
            proof,
            self._errors(proof),
            run,
        )

    # -------------------------------------------------------------- parts

    def _paths(self, run: Run) -> tuple[PathAnswer, ...]:
        core, definitions = self.book.core, self.evaluator.definitions
        assert core.verdict is not None
        answers = []
        for path in core.paths:
            opened = dict(path.phases)
            phases = tuple(
                (phase, _status(run.step(opened[phase]).value) if phase in opened else "closed") for phase in core.verdict.phases
            )
            requirements = []
            for name in path.requirements:
                definition = definitions[name]
                requirements.append(
                    Requirement(definition.base.body_text, definition.label, run.step(name).value, definition.base.authority)
                )
            answers.append(PathAnswer(path, tuple(requirements), phases))
        return tuple(answers)

    def _pitfalls(self, run: Run) -> tuple[PitfallAnswer, ...]:
        answers = []
        for pitfall in self.book.core.pitfalls:
            value = run.step(pitfall.name).value
            if value is False:
                continue
            depends = tuple(sorted({r.name for r in value.reasons})) if isinstance(value, Unknown) else ()
            cost = run.step(pitfall.costs).value if pitfall.costs else None
            remedies = tuple((remedy, run.step(remedy.when).value if remedy.when else True) for remedy in pitfall.remedies)
            answers.append(PitfallAnswer(pitfall, value is True, depends, cost, remedies))
        return tuple(answers)

    def _missing(self, proof: Proof) -> tuple[Missing, ...]:
        needed: dict[Reason, list[str]] = {}
        for name, step in (("verdict", proof.verdict), *((name, amount.step) for name, amount in proof.amounts)):
            if isinstance(step.value, Unknown):
                for reason in step.value.reasons:
                    needed.setdefault(reason, []).append(name)
        found = [self._one_missing(reason, tuple(needed[reason])) for reason in needed]
        return tuple(sorted(found, key=self._urgency))

    def _urgency(self, missing: Missing) -> tuple[bool, int, str, int, Reason]:
        """What the verdict needs first, then by who answers, then in the order of the rule book."""
        reason = missing.reason
        fact = self.book.facts.get(reason.name) or self.book.lists.get(reason.name)
        who = ANSWERERS.index(missing.answered_by) if missing.answered_by in ANSWERERS else len(ANSWERERS)
        path, start = (fact.span.path, fact.span.start) if fact else ("", 0)
        return ("verdict" not in missing.needed_for, who, path, start, reason)

    def _one_missing(self, reason: Reason, needed_for: tuple[str, ...]) -> Missing:
        found: c.Fact | c.ListFact | None = self.book.facts.get(reason.name) or self.book.lists.get(reason.name)
        if found is None:
            found = next((listed for listed in self.book.core.lists if any(col.name == reason.name for col in listed.columns)), None)
        if found is not None:
            return Missing(reason, found.label, found.asks, found.answered_by, needed_for)
        return Missing(reason, self.label(reason.name), "", "", needed_for)

    def find(self, answer: Answer, name: str) -> tuple[Step, ...]:
        """The steps of a name in an answer: a path gives one for each phase; nothing for what is no name, or one a row."""
        path = next((path for path in self.book.core.paths if path.name == name), None)
        if path:
            return tuple(answer.run.step(phase) for _, phase in path.phases)
        keyed = self.book.facts.get(name) or self.book.parameters.get(name)
        if keyed and keyed.key:
            return (answer.run.keyed(name),)
        definition = self.book.definitions.get(name)
        if keyed or (definition and definition.row is None) or name in (c.ASKED_YEAR, c.ASKED_DATE):
            return (answer.run.step(name),)
        return ()

    def label(self, name: str) -> str:
        """What people call a name of the rule book."""
        for table in (self.book.facts, self.book.parameters, self.book.definitions, self.book.lists):
            if name in table:
                label: str = table[name].label
                return label or name
        return name

    def kind(self, name: str) -> Kind:
        """The kind of a name's value."""
        for table in (self.book.facts, self.book.parameters, self.book.definitions):
            if name in table:
                type_: Type = table[name].type
                return type_.kind
        columns = {column.name: column.type.kind for listed in self.book.core.lists for column in listed.columns}
        return columns.get(name, {c.ASKED_YEAR: Kind.YEAR, c.ASKED_DATE: Kind.DATE}.get(name, Kind.COUNT))

    def _rests_on(self, root: Step) -> tuple[RestsOn, ...]:
        found: dict[tuple[str, str], RestsOn] = {}
        seen: set[Step] = set()
        waiting = [root]
        while waiting:
            step = waiting.pop()
            if step in seen:
                continue
            seen.add(step)
            for name, branch, authority in self._provisions(step):
                if authority.standing != "verified":
                    found[name, branch] = RestsOn(name, self.label(name), branch, authority)
            waiting.extend(deciding_inputs(self.evaluator.definitions, step))
        return tuple(found[key] for key in sorted(found))

    def _provisions(self, step: Step) -> Iterable[tuple[str, str, c.Authority]]:
        if isinstance(step, DefinitionStep):
            for branch in self.evaluator.definitions[step.name].branches:
                if branch.label in step.taken:
                    yield step.name, branch.label, branch.authority
        elif isinstance(step, ParameterStep):
            parameter = self.book.parameters[step.name]
            for value in parameter.values:
                if value.key == step.key:
                    yield step.name, str(value.key or ""), value.authority
        elif isinstance(step, FactStep) and step.state is State.PRESUMED:
            presumed = self.book.facts[step.name].presumed
            if presumed:
                yield step.name, "presumed", presumed.authority

    def _errors(self, proof: Proof) -> tuple[Diagnostic, ...]:
        found = []
        for step in proof.steps():
            if isinstance(step, DefinitionStep) and isinstance(step.value, Unknown) and step.value.error:
                for reason in sorted(step.value.reasons):
                    if reason.name == step.name and reason.state is State.PROVISIONS_CONFLICT:
                        message = f"exceptions {reason.detail} of `{step.name}` both hold, and neither is over the other"
                        found.append(Diagnostic("provisions-conflict", message, self.book.definitions[step.name].span))
                    elif reason.state in (State.DIVISION_BY_ZERO, State.NO_ROWS, State.OUT_OF_RANGE) and _reads_directly(step, reason):
                        message = f"`{step.name}` has no value: {reason.state.replace('_', ' ')}"
                        found.append(Diagnostic("no-value", message, self.book.definitions[step.name].span))
        return tuple(dict.fromkeys(found))


def _reads_directly(step: DefinitionStep, reason: Reason) -> bool:
    """Whether the reason arose here and not in an input."""
    return not any(isinstance(found.value, Unknown) and reason in found.value.reasons for found in step.inputs)


def _with_groups(main: Answer, groups: tuple[Answer, ...]) -> Answer:
    errors = tuple(dict.fromkeys((*main.errors, *(error for group in groups for error in group.errors))))
    return replace(main, groups=groups, errors=errors)


def _of_group(plan: Plan, base: Facts, chosen: str, participant: Participant | None) -> Facts:
    """The facts of the participant's group; where the group is not told, what differs between groups is not known."""
    if not plan.groups or participant is None or chosen == NO_GROUP:
        return base
    if chosen:
        return base.joined(next(group.facts for group in plan.groups if group.name == chosen))
    statements: dict[Key, Statement] = {}
    lists: dict[str, RowsStatement] = {}
    for group in plan.groups:
        for key, statement in group.facts.statements.items():
            other = base.statements.get(key)
            if other is None or (other.value, other.state) != (statement.value, statement.state):
                statements[key] = Statement(None, State.DIFFERS_BY_GROUP, statement.evidence, statement.span)
        for name, rows in group.facts.lists.items():
            if name not in base.lists or _cells(base.lists[name]) != _cells(rows):
                lists[name] = RowsStatement((), State.DIFFERS_BY_GROUP, rows.evidence, rows.span)
    return base.joined(Facts(statements, lists))


def _cells(rows: RowsStatement) -> object:
    return rows.state, [{name: (cell.value, cell.state) for name, cell in row.items()} for row in rows.rows]


def _participant_hash(participant: Participant | None, settings: Facts) -> str:
    """The hash of a participant's file and of every setting, those of plan facts included."""
    texts = participant.sources if participant else ()
    stated = [f"{name} {key} {s.state} {s.value}" for (name, key), s in sorted(settings.statements.items(), key=str)]
    return hash_of((*texts, Source("settings", "\n".join(stated)))) if texts or stated else ""


def _word(value: Result) -> str:
    return UNKNOWN if isinstance(value, Unknown) else str(value)


def _status(value: Result) -> str:
    return UNKNOWN if isinstance(value, Unknown) else "open" if value else "closed"


def _presumed(proof: Proof) -> tuple[FactStep, ...]:
    return tuple(step for step in proof.steps() if isinstance(step, FactStep) and step.state is State.PRESUMED)


def presumed_text(step: FactStep, facts: Mapping[str, c.Fact]) -> str:
    """A presumed fact as a line: label and value."""
    fact = facts[step.name]
    return f"{fact.label}: {shown(step.value, fact.type.kind)}"
