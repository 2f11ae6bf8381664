"""Why not, as text: each set of changes with who can make them and where the present values stand, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planproof.answer import Answer, Answerer
from planproof.explain import STATES, cited, document_place
from planproof.law_in_the_way import Figure, Provision
from planproof.possible import NOT_KNOWN, Possible
from planproof.render import Paint, section, wrapped
from planproof.types import Type
from planproof.values import State, Unknown
from planproof.why_not import Change, ChangeSet, WhyNot
from planproof.wording import CHANGERS, listed, spaced, told
from planproof.worth import Worth


class WhyNotText:
    """The words of why-not for one answerer."""

    def __init__(self, answerer: Answerer, paint: Paint) -> None:
        self.book, self.words, self.paint = answerer.book, answerer.wording, paint

    def page(self, answer: Answer, found: WhyNot, taken: str) -> str:
        """All that was found for one plan, or for one group of it; `taken` says why that is wanted, if nobody said."""
        group = f", group {answer.group}" if answer.group else ""
        plan = answer.plan
        lines = [
            self.paint(f"{plan.employer}: {plan.name} · year {answer.year} · plan as of {answer.date}{group}", "bold"),
            wrapped(f"wanted: {self._wanted(found)}{taken}", 0),
            wrapped(f"now: {self._now(found.before)}", 0),
        ]
        if found.holds:
            return "\n".join([*lines, "", "It is given already."])
        sets = list(enumerate(found.sets, 1))
        answers = [line for number, one in sets if one.answers_only for line in self._set(number, one, answer, found)]
        changes = [line for number, one in sets if not one.answers_only for line in self._set(number, one, answer, found)]
        lines += section("Answers to what is not known that would give it", answers, self.paint)
        lines += section("Changes that would give it", changes, self.paint)
        lines += section("What of the law stands in the way", [line for one in found.law for line in self._law(one)], self.paint)
        return "\n".join([*lines, "", *(wrapped(line, 0) for line in self._scope(found))])

    def _wanted(self, found: WhyNot) -> str:
        wanted = found.wanted
        verdict = self.book.core.verdict
        if verdict and wanted.name == verdict.name and wanted.text != wanted.name and "=" not in wanted.text:
            return f"“{verdict.label}” {spaced(wanted.text)}"
        path = next((path for path in self.book.core.paths if path.name == wanted.name), None)
        return f"“{path.label}” open" if path else self.words.phrase(wanted.test)

    # -------------------------------------------------------------- sets

    def _set(self, number: int, one: ChangeSet, answer: Answer, found: WhyNot) -> Iterator[str]:
        lead = f"{number}."
        for change in one.changes:
            yield wrapped(f"{lead:>4} {self._change(change)}", 0)
            yield wrapped(self._who(change, answer), 7)
            lead = ""
        if not one.apart:
            yield wrapped("not every combination of these numbers will do", 7)
        stretches = [change for change in one.changes if not change.to[0].certain]
        examples = [f"“{self._label(change)}” {told(change.example, self.book.kind(change.slot.name))}" for change in stretches]
        with_ = f", with {listed(examples)}" if examples else ""
        yield wrapped(f"then{with_}: {self._then(found.before, one.after)}", 7)

    def _label(self, change: Change) -> str:
        return self.words.slot(change.slot.name, change.slot.key)

    def _change(self, change: Change) -> str:
        standing, kind = change.standing, self.book.kind(change.slot.name)
        to = "any answer" if change.anything else listed([self.words.part(part, change.slot.name) for part in change.to], "or")
        if change.answer:
            return f"{self._label(change)}: {to}"
        presumed = ", presumed by law," if standing.state is State.PRESUMED else ""
        now = standing.statement.value if standing.statement else standing.value
        return f"{self._label(change)}: from {told(now, kind)}{presumed} to {to}"

    def _who(self, change: Change, answer: Answer) -> str:
        fact, statement = self.book.facts[change.slot.name], change.standing.statement
        place = document_place(statement.evidence, answer.plan, statement.span) if statement and statement.span else f"[{fact.span}]"
        if change.answer:
            return f"{STATES.get(change.standing.state, 'not known')}; asked of the {fact.answered_by} {place}"
        if change.standing.state is State.PRESUMED and fact.presumed:
            place = f"{cited(fact.presumed.authority)} [{fact.span}]"
        return f"changed by {CHANGERS[fact.changed_by]}; now {place}"

    # -------------------------------------------------------------- worth

    def _now(self, worth: Worth) -> str:
        return "; ".join([self._verdicts(worth), self._opened(worth)])

    def _then(self, before: Worth, after: Worth) -> str:
        amounts = [
            f"{self.words.label(name)} {self._amount(name, before)} → {self._amount(name, after)}"
            for name in after.amounts
            if self._amount(name, before) != self._amount(name, after)
        ]
        parts = [self._verdicts(after), *([self._opened(after)] if after.opened != before.opened else []), *amounts]
        return "; ".join(parts)

    def _verdicts(self, worth: Worth) -> str:
        verdict = self.book.core.verdict
        assert verdict is not None, "a rule book that gives no verdict answers nothing"
        return f"{verdict.label} {listed([word(value) for value in worth.verdicts], 'or')}"

    def _opened(self, worth: Worth) -> str:
        labels = {path.name: path.label for path in self.book.core.paths}
        return "open: " + ("; ".join(f"{labels[path]} {spaced(phase)}" for path, phase in worth.opened) or "no path")

    def _amount(self, name: str, worth: Worth) -> str:
        type_ = self.book.definitions[name].type
        text = possible_text(worth.amounts[name], type_)
        return f"{text}, {possible_text(worth.ranges[name], type_, known=True)}".rstrip(", ") if name in worth.ranges else text

    # -------------------------------------------------------------- law and scope

    def _law(self, one: Provision | Figure) -> Iterator[str]:
        if isinstance(one, Provision):
            name = f"exception “{spaced(one.branch.label)}” of {self.words.label(one.definition.name)}"
            yield wrapped(f"{name}: {one.branch.guard_text}", 2)
            yield wrapped(f"without it, it would be given; changed by Congress; {cited(one.branch.authority)} [{one.branch.span}]", 6)
            return
        kind = one.parameter.type.kind
        to = listed([f"{'at least' if part.low > one.value else 'at most'} {told(_near(part, one), kind)}" for part in one.to], "or")  # type: ignore[operator]
        row = one.parameter.value_for(one.year)
        assert row is not None, "a figure that has a value is published"
        yield wrapped(f"{self.words.label(one.parameter.name)}: from {told(one.value, kind)} to {to}", 2)
        yield wrapped(f"changed by Congress; {cited(row.authority)} [{row.span}]", 6)

    def _scope(self, found: WhyNot) -> Iterator[str]:
        if not found.possible and found.lists:
            yield "No facts but rows of lists could give it, however many were changed."
        elif not found.possible:
            yield "No facts give it, however many were changed: the law as it stands does not let it be."
        elif not found.sets:
            yield f"No set of up to {_changes(found.size)} gives it."
        else:
            yield f"These are all sets of up to {_changes(found.size)}, no part of any is enough; each was confirmed by evaluating it."
        if any(len(one.changes) > found.size for one in found.sets):
            yield "Of larger sets some are told, and there may be others."
        if found.unsettled:
            yield f"Of {found.unsettled} more it was not found out whether they give it."
        if found.lists:
            names = listed([f"“{self.book.lists[name].label}”" for name in found.lists])
            yield f"Rows of lists were not changed, and could give it too: {names}."
        if not found.law and not found.possible and not found.lists:
            yield "No single provision or figure stands in the way alone, as the facts are."


def same_for(group: str) -> str:
    """That a group's page would be the plan's."""
    return f"Group {group}: the same."


def word(value: Any) -> str:
    """A verdict, or that it is not known."""
    return "unknown" if isinstance(value, Unknown) else spaced(str(value))


def possible_text(found: Possible, type_: Type, *, known: bool = False) -> str:
    """A set of amounts; with `known`, only what it may be if it is known."""
    parts = [] if known or NOT_KNOWN not in found.some else ["unknown"]
    parts += ["none"] if None in found.some else []
    if found.numbers:
        low, high = (None if end is None else told(end, type_.kind) for end in (found.low, found.high))
        parts.append(low if low is not None and low == high else f"{low or 'any'} to {high or 'any'}")
    return listed(parts, "or")


def _near(part: Possible, one: Figure) -> Any:
    low: Any = part.low
    return low if low > one.value else part.high


def _changes(count: int) -> str:
    return f"{count} change{'s' if count > 1 else ''}"
