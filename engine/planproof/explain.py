"""A proof as a tree of lines to read: what each value is, why, by which authority or where a document says so.

The wording is generic; every word of the subject comes from the rule book and the plan file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planproof import core as c
from planproof.answer import Answer, Answerer
from planproof.decide import names_read, values_read
from planproof.plan import Claim, Evidence, Plan, Statement
from planproof.proof import AskedStep, DefinitionStep, FactStep, GivenStep, ListStep, ParameterStep, Step, walk
from planproof.source import Span
from planproof.types import Kind, shown
from planproof.values import State, Unknown
from planproof.wording import Values, opened, spaced
from planproof.wording import told as told_value

STATES = {
    State.STATED: "stated",
    State.STATED_UNKNOWN: "the document was asked and does not tell",
    State.NOT_STATED: "nobody says",
    State.NOT_APPLICABLE: "does not apply",
    State.CONFLICTING: "sources disagree",
    State.AMBIGUOUS: "the document can be read in more than one way",
    State.DIFFERS_BY_GROUP: "differs between groups, and the group is not told",
    State.PRESUMED: "presumed by law, as nobody says otherwise",
    State.PARAMETER_UNPUBLISHED: "not published for that year, or not by the day whose knowledge counts",
    State.NOT_IN_FORCE: "not in force in that year",
    State.PROVISIONS_CONFLICT: "provisions that both could hold",
    State.DIVISION_BY_ZERO: "division by zero",
    State.NO_ROWS: "the list has no rows",
    State.OUT_OF_RANGE: "beyond the calendar",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an explanation: how deep it stands, what it says, and where that comes from.

    `step` is the step it tells; `again`: it was told before.
    """

    depth: int
    text: str
    origin: str
    details: tuple[str, ...]
    step: Step
    again: bool = False


def explain(
    answerer: Answerer, answer: Answer, root: Step, depth: int | None = None, *, everything: bool = False, told: set[Step] | None = None
) -> Iterator[Line]:
    """The lines that explain a step, to a depth (`None`: to the facts).

    Only what decides is told, unless `everything` is asked; a step told before (also in `told`, which grows) is only
    named.
    """
    teller = Teller(answerer, answer.plan)
    told = set() if told is None else told
    stack: list[tuple[Step, int]] = [(root, 0)]
    while stack:
        step, level = stack.pop()
        step, named = teller.named_only(step)
        if step in told:
            yield Line(level, f"{teller.head(step)} (see above)", teller.origin(step), named, step, again=True)
            continue
        told.add(step)
        yield Line(level, teller.head(step), teller.origin(step), (*teller.details(step, everything), *named), step)
        if depth is None or level < depth:
            inputs = step.inputs if everything else teller.deciding(step)
            stack.extend((found, level + 1) for found in reversed(inputs))


class Teller:
    """Tells the steps of one plan's proof in words."""

    def __init__(self, answerer: Answerer, plan: Plan) -> None:
        self.answerer = answerer
        self.book = answerer.book
        self.plan = plan
        self.words = answerer.wording

    def named_only(self, step: Step) -> tuple[Step, tuple[str, ...]]:
        """The step that a requirement only names, and by what it is required; any other step as it is."""
        lines: list[str] = []
        while isinstance(step, DefinitionStep) and len(step.inputs) == 1:
            branch = self.answerer.evaluator.definitions[step.name].base
            if not isinstance(branch.body, c.Named) or self.book.label(step.name) != self.book.label(branch.body.name):
                break
            lines.append(f"required by {cited(branch.authority)} [{branch.span}]")
            step = step.inputs[0]
        return step, tuple(lines)

    # -------------------------------------------------------------- which inputs

    def deciding(self, step: Step) -> tuple[Step, ...]:
        """The inputs to tell: those without which the value could differ, but for what plainly holds.

        Of a fact only why it does not apply or is presumed; of a definition what its branch turns on, and the
        conditions of exceptions that do not hold unless a stated fact or a published figure says so at once.
        """
        if isinstance(step, FactStep):
            return step.inputs if step.state in (State.NOT_APPLICABLE, State.PRESUMED) else ()
        if not isinstance(step, DefinitionStep):
            return step.inputs
        values = values_read(step)
        names: set[str] = set()
        for branch in self.answerer.evaluator.definitions[step.name].branches:
            if branch.label in step.taken:
                names |= _turning(branch.body, values)
            if branch.guard is not None and (branch.label in step.taken or self._to_tell(step, branch)):
                names |= _turning(branch.guard, values)
        return tuple(found for found in step.inputs if found.name in names)

    def _to_tell(self, step: DefinitionStep, branch: c.Branch) -> bool:
        """Whether an exception that is not taken is worth telling without being asked."""
        base = self.answerer.evaluator.definitions[step.name].base
        holds = dict(step.guards)[branch.label]
        if branch.guard is None or branch.label in step.taken or base.label not in step.taken or isinstance(holds, Unknown):
            return False
        return isinstance(base.body, c.Literal) or not self._plain(step, branch.guard)

    def _plain(self, step: DefinitionStep, guard: c.Expression) -> bool:
        """Whether a condition fails by a stated fact, a published figure, or the date of the law."""
        names = names_read(guard, values_read(step))
        used = [found for found in step.inputs if found.name in names]
        return not any(isinstance(found, DefinitionStep) and found.name != c.LAW_DATE and deciding_facts(found) for found in used)

    # -------------------------------------------------------------- the words

    def head(self, step: Step) -> str:
        """What a step's value is."""
        kind = Kind.COUNT if isinstance(step, ListStep) else self.book.kind(step.name)
        where = f", row {step.row + 1}" if isinstance(step, FactStep | DefinitionStep) and step.row is not None else ""
        year = f" for {step.key}" if isinstance(step, FactStep | ParameterStep) and step.key is not None else ""
        label = self.words.label(step.name)
        text = f"{label[0].upper()}{label[1:]}{year}{where}: {self.words.head(step.name, step.value, kind)}"
        if isinstance(step, ListStep) and not isinstance(step.value, Unknown):
            text += " row" if step.value == 1 else " rows"
        if isinstance(step, FactStep) and step.state is not State.STATED:
            text += f" ({STATES[step.state]})"
        return text

    def origin(self, step: Step) -> str:
        """Where a step comes from: an authority or a document, with its place."""
        return _origin(self.answerer, self.plan, step)

    def details(self, step: Step, everything: bool = False) -> tuple[str, ...]:
        """Why a step's value is as it is."""
        if isinstance(step, FactStep):
            return _fact_details(self.answerer, step)
        if not isinstance(step, DefinitionStep):
            return ()
        definition = self.answerer.evaluator.definitions[step.name]
        values = values_read(step)
        taken = [branch for branch in definition.branches if branch.label in step.taken]
        lines = [self._taken(step, branch, values) for branch in taken]
        if step.before is not None and step.before != step.value:
            lines.append(f"before rounding {shown(step.before, definition.type.kind)}")
        if isinstance(step.value, Unknown):
            lines += [
                f"exceptions that could both hold: {spaced(reason.detail)}"
                for reason in sorted(step.value.reasons)
                if reason.name == step.name and reason.detail
            ]
        others = [branch for branch in definition.branches[1:] if branch not in taken and (everything or self._to_tell(step, branch))]
        lines += [self._not_taken(step, branch, values) for branch in others]
        if everything:
            lines += [f"as written: {branch.body_text}" for branch in taken if branch.body_text]
        return tuple(line for line in lines if line)

    def _taken(self, step: DefinitionStep, branch: c.Branch, values: Values) -> str:
        body, words = self._body(step, branch, values), self.words
        if len(step.taken) > 1:
            lead = "as" if dict(step.guards).get(branch.label) is True else "if"
            on = f", {lead} {words.phrase(opened(branch.guard, values))}" if branch.guard else ""
            return f"perhaps{on}: {body}"
        if branch.guard is None:
            return body
        why = words.because(branch.guard, values) or words.phrase(branch.guard)
        then = "" if isinstance(branch.body, c.Literal) else f": {body}"
        return f"exception “{spaced(branch.label)}” applies, as {why}{then}"

    def _body(self, step: DefinitionStep, branch: c.Branch, values: Values) -> str:
        body, words = branch.body, self.words
        kind = self.book.kind(step.name)
        if kind is not Kind.TRUTH or isinstance(body, c.Literal):
            return f"is {words.term(body, values)}"
        if len(step.taken) > 1 or isinstance(step.value, Unknown):
            return f"turns on whether {words.phrase(opened(body, values))}"
        if not isinstance(step.value, bool):
            return f"is {words.term(body)}"
        return f"as {words.because(body, values) or words.phrase(body, step.value)}"

    def _not_taken(self, step: DefinitionStep, branch: c.Branch, values: Values) -> str:
        assert branch.guard is not None
        holds, name = dict(step.guards)[branch.label], f"exception “{spaced(branch.label)}”"
        if isinstance(holds, Unknown):
            return f"{name} gives way; it turns on whether {self.words.phrase(branch.guard)}"
        if holds:
            return f"{name} holds, but another is over it"
        why = self.words.because(branch.guard, values) or self.words.phrase(branch.guard, False)
        return f"{name} does not apply, as {why}"


def _turning(node: c.Expression, values: Values) -> set[str]:
    """The names that a condition or amount turns on, but for the year by which a figure is kept."""
    node = opened(node, values)
    return names_read(node, values) - _own_years(node)


def _own_years(node: object) -> set[str]:
    if isinstance(node, c.Keyed):
        return names_read(node.key, {}) if node.own else set()
    if isinstance(node, tuple):
        return set().union(*map(_own_years, node))
    parts = getattr(node, "arguments", None) or getattr(node, "operands", None) or getattr(node, "operand", ())
    return _own_years(parts) if parts else set()


def deciding_facts(step: Step) -> bool:
    """Whether any stated or missing fact stands below a step; else it is figures of the law alone."""
    return any(isinstance(found, FactStep | ListStep) for found in walk((step,)))


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
    if statement.claims and statement.state is State.CONFLICTING:
        return "; ".join(_document(claim.evidence, plan, str(claim.span or statement.span or "")) for claim in statement.claims)
    return _document(statement.evidence, plan, str(statement.span or ""))


def document_place(evidence: Evidence, plan: Plan, span: Span | None) -> str:
    """Which document says a thing, with the place in the plan file."""
    return _document(evidence, plan, str(span or ""))


def _document(evidence: Evidence, plan: Plan, place: str) -> str:
    named = _named(evidence, plan)
    return " ".join(["in", *([named] if named else []), f"[{place}]"])


def _named(evidence: Evidence, plan: Plan) -> str:
    document = next((d for d in plan.documents if d.id == evidence.source), None)
    parts = []
    if document:
        named = f"{document.document}, “{document.title}”" if document.title else document.document
        parts.append(f"{named} ({document.date})" if document.date else named)
    parts += [f"p. {evidence.page}"] if evidence.page else []
    parts += [evidence.section] if evidence.section else []
    return ", ".join(parts)


def document_of(statement: Statement | None, plan: Plan) -> str:
    """The kind of document that states a fact, with its page; nothing if it is not told."""
    evidence = statement.evidence if statement else Evidence()
    document = next((d.document for d in plan.documents if d.id == evidence.source), "")
    return f"{document}, p. {evidence.page}" if document and evidence.page else document


def _claimed(claim: Claim, statement: Statement, value: str) -> str:
    if statement.state is State.AMBIGUOUS:
        return f"can be read as {value}" + (f": {claim.evidence.note}" if claim.evidence.note else "")
    return f"{claim.evidence.source or 'one source'} says {value}"


def _fact_details(answerer: Answerer, step: FactStep) -> tuple[str, ...]:
    statement, fact = step.statement, answerer.book.facts.get(step.name)
    lines = []
    if statement and statement.claims:
        kind = answerer.book.kind(step.name)
        lines += [_claimed(claim, statement, told_value(claim.value, kind)) for claim in statement.claims]
    if statement and statement.evidence.note:
        lines.append(f"note: {statement.evidence.note}")
    if fact and isinstance(step.value, Unknown):
        lines.append(f"to ask: {fact.asks}")
    if fact and step.state is State.NOT_APPLICABLE:
        assert fact.applies is not None
        lines.append(f"applies when {answerer.wording.phrase(fact.applies)}")
    return tuple(lines)
