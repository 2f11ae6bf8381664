"""A proof as a tree of lines to read: what each value is, why, by which authority or where a document says so.

The wording is generic; every word of the subject comes from the rule book and the plan file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planproof import core as c
from planproof.answer import Answer, Answerer
from planproof.decide import deciding_inputs
from planproof.plan import Evidence, Plan, Statement
from planproof.proof import AskedStep, DefinitionStep, FactStep, GivenStep, ListStep, ParameterStep, Step
from planproof.types import Kind, shown
from planproof.values import State, Unknown

STATES = {
    State.STATED: "stated",
    State.STATED_UNKNOWN: "the document was asked and does not tell",
    State.NOT_STATED: "nobody says",
    State.NOT_APPLICABLE: "does not apply",
    State.CONFLICTING: "sources disagree",
    State.DIFFERS_BY_GROUP: "differs between groups, and the group is not told",
    State.PRESUMED: "presumed by law, as nobody says otherwise",
    State.PARAMETER_UNPUBLISHED: "not published for that year",
    State.NOT_IN_FORCE: "not in force in that year",
    State.PROVISIONS_CONFLICT: "provisions that both could hold",
    State.DIVISION_BY_ZERO: "division by zero",
    State.NO_ROWS: "the list has no rows",
    State.OUT_OF_RANGE: "beyond the calendar",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an explanation: how deep it stands, what it says, and where that comes from."""

    depth: int
    text: str
    origin: str
    details: tuple[str, ...] = ()


def explain(answerer: Answerer, answer: Answer, root: Step, depth: int | None = None, *, everything: bool = False) -> Iterator[Line]:
    """The lines that explain a step, to a depth (`None`: to the facts).

    Only what decides is told, unless `everything` is asked; a step told before is only named.
    """
    told: set[Step] = set()
    stack: list[tuple[Step, int]] = [(root, 0)]
    while stack:
        step, level = stack.pop()
        step, named = _named_only(answerer, step)
        if step in told and step.inputs:
            yield Line(level, f"{_head(answerer, step)} (see above)", _origin(answerer, answer.plan, step), named)
            continue
        told.add(step)
        details = (*_details(answerer, step, everything), *named)
        yield Line(level, _head(answerer, step), _origin(answerer, answer.plan, step), details)
        if depth is None or level < depth:
            inputs = step.inputs if everything else deciding_inputs(answerer.evaluator.definitions, step)
            stack.extend((found, level + 1) for found in reversed(inputs))


def _named_only(answerer: Answerer, step: Step) -> tuple[Step, tuple[str, ...]]:
    """The step that a requirement only names, and by what it is required; any other step as it is."""
    lines: list[str] = []
    while isinstance(step, DefinitionStep) and len(step.inputs) == 1:
        branch = answerer.evaluator.definitions[step.name].base
        if not isinstance(branch.body, c.Named) or answerer.book.label(step.name) != answerer.book.label(branch.body.name):
            break
        lines.append(f"required by {cited(branch.authority)} [{branch.span}]")
        step = step.inputs[0]
    return step, tuple(lines)


def _head(answerer: Answerer, step: Step) -> str:
    kind = Kind.COUNT if isinstance(step, ListStep) else answerer.book.kind(step.name)
    label = answerer.book.label(step.name)
    where = f", row {step.row + 1}" if isinstance(step, FactStep | DefinitionStep) and step.row is not None else ""
    year = f" for {step.key}" if isinstance(step, FactStep | ParameterStep) and step.key is not None else ""
    text = f"{label}{year}{where}: {shown(step.value, kind)}"
    if isinstance(step, ListStep) and not isinstance(step.value, Unknown):
        text += " row" if step.value == 1 else " rows"
    if isinstance(step, FactStep) and step.state is not State.STATED:
        text += f" ({STATES[step.state]})"
    return text


def _origin(answerer: Answerer, plan: Plan, step: Step) -> str:
    book = answerer.book
    match step:
        case AskedStep():
            return "as asked"
        case GivenStep():
            return "as given"
        case ParameterStep():
            parameter = book.parameters[step.name]
            row = parameter.value_for(step.key)
            authority = row.authority if row else parameter.authority
            place = row.span if row else parameter.span
            return f"by {cited(authority)} [{place}]" if authority else f"in [{place}]"
        case FactStep():
            fact = book.facts.get(step.name)
            if step.state is State.PRESUMED and fact and fact.presumed:
                return f"by {cited(fact.presumed.authority)} [{fact.span}]"
            if step.statement:
                return _stated(step.statement, plan)
            return f"asked of the {_answerer(answerer, step.name)} [{_span(answerer, step.name)}]"
        case ListStep():
            if step.statement is None:
                return f"asked of the {book.lists[step.name].answered_by} [{book.lists[step.name].span}]"
            return _document(step.statement.evidence, plan, str(step.statement.span or ""))
        case DefinitionStep():
            branch = _taken(answerer, step)
            return f"by {cited(branch.authority)} [{branch.span}]"


def _taken(answerer: Answerer, step: DefinitionStep) -> c.Branch:
    definition = answerer.evaluator.definitions[step.name]
    label = step.taken[0] if len(step.taken) == 1 else ""
    return next(branch for branch in definition.branches if branch.label == label)


def _answerer(answerer: Answerer, name: str) -> str:
    stated = answerer.book.stated(name)
    return stated.answered_by if stated else "author of the file"


def _span(answerer: Answerer, name: str) -> str:
    stated = answerer.book.stated(name)
    return str(stated.span) if stated else name


def cited(authority: c.Authority) -> str:
    """An authority as a phrase, with its standing unless verified."""
    text = "; ".join(authority.citations)
    return text if authority.standing == "verified" else f"{text} ({authority.standing}: {authority.reason})"


def _stated(statement: Statement, plan: Plan) -> str:
    if statement.claims:
        return "; ".join(_document(claim.evidence, plan, str(claim.span or statement.span or "")) for claim in statement.claims)
    return _document(statement.evidence, plan, str(statement.span or ""))


def _document(evidence: Evidence, plan: Plan, place: str) -> str:
    document = next((d for d in plan.documents if d.id == evidence.source), None)
    parts = []
    if document:
        named = f"{document.document}, “{document.title}”" if document.title else document.document
        parts.append(f"{named} ({document.date})" if document.date else named)
    parts += [f"p. {evidence.page}"] if evidence.page else []
    parts += [evidence.section] if evidence.section else []
    return " ".join(["in", *([", ".join(parts)] if parts else []), f"[{place}]"])


def _details(answerer: Answerer, step: Step, everything: bool) -> tuple[str, ...]:
    if isinstance(step, FactStep):
        return _fact_details(answerer, step)
    if not isinstance(step, DefinitionStep):
        return ()
    definition = answerer.evaluator.definitions[step.name]
    guards = dict(step.guards)
    lines = []
    for branch in definition.branches:
        if branch.label not in step.taken:
            continue
        lead = "" if len(step.taken) == 1 else "perhaps "
        head = f"{lead}exception {branch.label}, as {branch.guard_text}: " if branch.guard is not None else lead
        lines.append(head + branch.body_text)
    if step.before is not None and step.before != step.value:
        lines.append(f"before rounding {shown(step.before, definition.type.kind)}")
    if isinstance(step.value, Unknown):
        lines += [
            f"provisions that could both hold: {reason.detail}"
            for reason in sorted(step.value.reasons)
            if reason.name == step.name and reason.detail
        ]
    if everything:
        lines += [
            f"not taken: {branch.label}, when {branch.guard_text} ({_holds(guards[branch.label])})"
            for branch in definition.branches[1:]
            if branch.label not in step.taken
        ]
    return tuple(lines)


def _holds(value: object) -> str:
    return "unknown" if isinstance(value, Unknown) else "holds, but another is over it" if value else "does not hold"


def _fact_details(answerer: Answerer, step: FactStep) -> tuple[str, ...]:
    statement, fact = step.statement, answerer.book.facts.get(step.name)
    lines = []
    if statement and statement.claims:
        kind = answerer.book.kind(step.name)
        lines += [f"{claim.evidence.source or 'one source'} says {shown(claim.value, kind)}" for claim in statement.claims]
    if statement and statement.evidence.note:
        lines.append(f"note: {statement.evidence.note}")
    if fact and isinstance(step.value, Unknown):
        lines.append(f"to ask: {fact.asks}")
    if fact and step.state is State.NOT_APPLICABLE:
        lines.append(f"applies when {fact.applies_text}")
    return tuple(lines)
