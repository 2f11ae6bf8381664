"""The answer to the rule book's question for one plan, with or without a participant: verdict, amounts, paths,
pitfalls, what is missing, what is presumed, what it rests on, and the proof. Everything a renderer needs, as data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from planproof import core as c
from planproof.decide import binding, deciding_inputs
from planproof.diagnostics import Diagnostic
from planproof.evaluate import Evaluator
from planproof.groups import layered
from planproof.order import references
from planproof.plan import Asked, Facts, Participant, Plan, Settings
from planproof.proof import Amount, Context, DefinitionStep, FactStep, ParameterStep, Proof, Step
from planproof.rulebook import Rulebook, hash_text
from planproof.run import Run
from planproof.suppose import Supposer
from planproof.values import Reason, Result, State, Unknown
from planproof.wording import Wording

UNKNOWN = "unknown"
_NOTHING_SET = Settings()


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
class Consequence:
    """What a path taxes or withholds: the amount of money."""

    kind: str
    value: Result
    authority: c.Authority

    @property
    def depends_on(self) -> tuple[str, ...]:
        """The names of what is not known."""
        return _unknown_names(self.value)


@dataclass(frozen=True, slots=True)
class PathAnswer:
    """A path, its requirements, whether it is open in each phase of the verdict, and what it taxes and withholds."""

    path: c.Path
    requirements: tuple[Requirement, ...]
    phases: tuple[tuple[str, str], ...]
    consequences: tuple[Consequence, ...]


@dataclass(frozen=True, slots=True)
class PitfallAnswer:
    """A pitfall that applies, or may because something is not known."""

    pitfall: c.Pitfall
    value: Result
    cost: Result
    remedies: tuple[tuple[c.Remedy, Result], ...]

    @property
    def certain(self) -> bool:
        """Whether it applies for sure."""
        return self.value is True

    @property
    def depends_on(self) -> tuple[str, ...]:
        """The names of what is not known."""
        return _unknown_names(self.value)


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
    def supposer(self) -> Supposer:
        """What the definitions of the rule book may come to while facts are open."""
        return Supposer(self.evaluator)

    @cached_property
    def wording(self) -> Wording:
        """The words of the rule book."""
        return Wording(self.book)

    @cached_property
    def latest_year(self) -> int | None:
        """The latest year for which every parameter has a value or is not in force; nothing if there is none."""
        years = sorted({value.key for p in self.book.core.parameters for value in p.values if value.key}, reverse=True)
        return next((year for year in years if not self.unpublished(year)), None)

    def unpublished(self, year: int) -> tuple[str, ...]:
        """The parameters that have no value for the year, nor say that they are not in force."""
        asked = Asked(year, date(year, 12, 31))
        return tuple(p.name for p in self.book.core.parameters if p.key and p.value_for(self._usual_year(p.key, asked)) is None)

    def _usual_year(self, name: str, asked: Asked) -> int | None:
        """The year of a key where no exception holds: that of a plan which says nothing unusual about its years."""
        definition = self.book.definitions.get(name)
        if definition is None:
            return asked.year
        needed = [other for other in references(definition.base.body) if other in self.book.definitions]
        usual = {other: year for other in needed if (year := self._usual_year(other, asked)) is not None}
        found = self.evaluator.run(Facts(), asked, usual).value(definition.base.body)
        return found if isinstance(found, int) else asked.year

    def prove(self, facts: Facts, asked: Asked, context: Context) -> tuple[Proof, Run]:
        """The proof of the verdict over some facts, and the run that made it."""
        verdict = self.book.core.verdict
        assert verdict is not None, "a rule book that gives no verdict answers nothing"
        run = self.evaluator.run(facts, asked)
        amounts = tuple([(name, Amount(run.step(name), binding(self.evaluator.definitions, run, name))) for name in verdict.amounts])
        others = tuple([(name, run.memo.get(name) or run.step(name)) for name in self._others])
        return Proof(context, run.step(verdict.name), amounts, others), run

    @cached_property
    def _others(self) -> tuple[str, ...]:
        core = self.book.core
        names = []
        for path in core.paths:
            names += [*path.requirements, *(phase for _, phase in path.phases), *path.consequences]
        for pitfall in core.pitfalls:
            names += [pitfall.name, *([pitfall.costs] if pitfall.costs else []), *(r.when for r in pitfall.remedies if r.when)]
        return tuple(names)

    def answer(self, plan: Plan, participant: Participant | None, year: int, day: date, settings: Settings = _NOTHING_SET) -> Answer:
        """The answer for a plan; with a participant, for that participant in its group."""
        main, *groups = (
            self._one(plan, participant, year, day, group, facts, settings)
            for group, facts in layered(plan, participant, day, settings, self.book.known)
        )
        return _with_groups(main, tuple(groups))

    def _one(
        self, plan: Plan, participant: Participant | None, year: int, day: date, group: str, facts: Facts, settings: Settings
    ) -> Answer:
        if participant:
            facts = facts.joined(participant.facts)
        told = participant.group if participant else ""
        asked = Asked(year, day)
        context = Context(
            self.book.hash,
            hash_text(plan.source.text),
            hash_text(participant.source.text) if participant and participant.source else "",
            hash_text("\n".join(settings.texts)) if settings.texts else "",
            year,
            day,
            told or group,
            participant is not None,
            self.book.known,
        )
        proof, run = self.prove(facts, asked, context)
        steps = tuple(proof.steps())
        return Answer(
            plan,
            year,
            day,
            group,
            verdict_word(proof.verdict.value),
            proof.amounts,
            self.paths(run),
            self.pitfalls(run),
            self.missing(proof),
            tuple(step for step in steps if isinstance(step, FactStep) and step.state is State.PRESUMED),
            self._rests_on(proof.verdict),
            (),
            proof,
            self.errors(run, steps),
            run,
        )

    # -------------------------------------------------------------- parts

    def paths(self, run: Run) -> tuple[PathAnswer, ...]:
        """How every path stands in a run."""
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
            consequences = tuple(
                Consequence(name.rpartition(".")[2], run.step(name).value, definitions[name].base.authority) for name in path.consequences
            )
            answers.append(PathAnswer(path, tuple(requirements), phases, consequences))
        return tuple(answers)

    def pitfalls(self, run: Run) -> tuple[PitfallAnswer, ...]:
        """The pitfalls that apply in a run, or may."""
        answers = []
        for pitfall in self.book.core.pitfalls:
            value = run.step(pitfall.name).value
            if value is False:
                continue
            cost = run.step(pitfall.costs).value if pitfall.costs else None
            remedies = tuple((remedy, run.step(remedy.when).value if remedy.when else True) for remedy in pitfall.remedies)
            answers.append(PitfallAnswer(pitfall, value, cost, remedies))
        return tuple(answers)

    def missing(self, proof: Proof) -> tuple[Missing, ...]:
        """What verdict and amounts lack, what the verdict needs first."""
        needed: dict[Reason, list[str]] = {}
        for name, step in (("verdict", proof.verdict), *((name, amount.step) for name, amount in proof.amounts)):
            if isinstance(step.value, Unknown):
                for reason in step.value.reasons:
                    needed.setdefault(reason, []).append(name)
        found = [self._one_missing(reason, tuple(needed[reason])) for reason in needed]
        return tuple(sorted(found, key=self._urgency))

    def _urgency(self, missing: Missing) -> tuple[bool, int, bool, Reason]:
        """What the verdict needs first, then by who answers, then what no other fact decides the sense of, then by name."""
        fact = self.book.facts.get(missing.reason.name)
        who = c.ANSWERERS.index(missing.answered_by) if missing.answered_by in c.ANSWERERS else len(c.ANSWERERS)
        return ("verdict" not in missing.needed_for, who, fact is not None and fact.applies is not None, missing.reason)

    def _one_missing(self, reason: Reason, needed_for: tuple[str, ...]) -> Missing:
        found = self.book.stated(reason.name)
        if found is not None:
            return Missing(reason, found.label, found.asks, found.answered_by, needed_for)
        return Missing(reason, self.book.label(reason.name), "", "", needed_for)

    def find(self, answer: Answer, name: str) -> tuple[Step, ...]:
        """The steps of a name in an answer: a path gives one for each phase; nothing for what is no name, or one a row."""
        path = next((path for path in self.book.core.paths if path.name == name), None)
        if path:
            return tuple(answer.run.step(phase) for _, phase in path.phases)
        keyed = self.book.facts.get(name) or self.book.parameters.get(name)
        if keyed and keyed.key:
            return (answer.run.keyed(name),)
        if name in self.book.lists:
            return (answer.run.listed(self.book.lists[name]),)
        definition = self.book.definitions.get(name)
        row = definition.row if definition else self.book.columns[name][0].row if name in self.book.columns else None
        if row:
            return self._of_rows(answer, row, name)
        if keyed or definition or name in (c.ASKED_YEAR, c.ASKED_DATE):
            return (answer.run.step(name),)
        return ()

    def _of_rows(self, answer: Answer, row: str, name: str) -> tuple[Step, ...]:
        """The steps of a name for every row; where the rows are not known, the list's own step."""
        counted = answer.run.listed(self.evaluator.lists[row])
        if isinstance(counted.value, int):
            return tuple(answer.run.cell(row, name, index) for index in range(counted.value)) or (counted,)
        return (counted,)

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
                    found[name, branch] = RestsOn(name, self.book.label(name), branch, authority)
            waiting.extend(deciding_inputs(self.evaluator.definitions, step))
        return tuple(found[key] for key in sorted(found))

    def _provisions(self, step: Step) -> Iterable[tuple[str, str, c.Authority]]:
        if isinstance(step, DefinitionStep):
            for branch in self.evaluator.definitions[step.name].branches:
                if branch.label in step.taken:
                    yield step.name, branch.label, branch.authority
        elif isinstance(step, ParameterStep):
            value = self.book.parameters[step.name].value_for(step.key)
            if value:
                yield step.name, str(value.key or ""), value.authority
        elif isinstance(step, FactStep) and step.state is State.PRESUMED:
            presumed = self.book.facts[step.name].presumed
            if presumed:
                yield step.name, "presumed", presumed.authority

    def errors(self, run: Run, steps: Iterable[Step]) -> tuple[Diagnostic, ...]:
        """What is wrong with the rows of lists, and where provisions conflict or give no value."""
        found = [*self.row_errors(run)]
        for step in steps:
            if isinstance(step, DefinitionStep) and isinstance(step.value, Unknown) and step.value.error:
                for reason in sorted(step.value.reasons):
                    if reason.name == step.name and reason.state is State.PROVISIONS_CONFLICT:
                        message = f"exceptions {reason.detail} of `{step.name}` both hold, and neither is over the other"
                        found.append(Diagnostic("provisions-conflict", message, self.book.definitions[step.name].span))
                    elif reason.state in (State.DIVISION_BY_ZERO, State.NO_ROWS, State.OUT_OF_RANGE) and _reads_directly(step, reason):
                        message = f"`{step.name}` has no value: {reason.state.replace('_', ' ')}"
                        found.append(Diagnostic("no-value", message, self.book.definitions[step.name].span))
        return tuple(dict.fromkeys(found))

    def row_errors(self, run: Run) -> Iterator[Diagnostic]:
        """Rows that do not fulfil what their list demands."""
        for listed in self.book.core.lists:
            statement = run.facts.lists.get(listed.name)
            for check in listed.checks if statement else ():
                test = self.evaluator.compile(check.test)
                for index, row in enumerate(statement.rows if statement else ()):
                    if run.at(listed.row, index, test) is False:
                        span = next((cell.span for cell in row.values()), None)
                        yield Diagnostic("row-check", check.text, span.first if span else None)


def _unknown_names(value: Result) -> tuple[str, ...]:
    return tuple(sorted({reason.name for reason in value.reasons})) if isinstance(value, Unknown) else ()


def _reads_directly(step: DefinitionStep, reason: Reason) -> bool:
    """Whether the reason arose here and not in an input."""
    return not any(isinstance(found.value, Unknown) and reason in found.value.reasons for found in step.inputs)


def _with_groups(main: Answer, groups: tuple[Answer, ...]) -> Answer:
    errors = tuple(dict.fromkeys((*main.errors, *(error for group in groups for error in group.errors))))
    return replace(main, groups=groups, errors=errors)


def verdict_word(value: Result) -> str:
    """The verdict as a word."""
    return UNKNOWN if isinstance(value, Unknown) else str(value)


def _status(value: Result) -> str:
    return UNKNOWN if isinstance(value, Unknown) else "open" if value else "closed"
