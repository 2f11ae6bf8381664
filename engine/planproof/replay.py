"""Old receipts evaluated again: from what is stored for them, and with another rule book."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from planproof.answer import Answer, Answerer, PathAnswer
from planproof.audit import Fault, rules_of, settings_of
from planproof.compare import Change, Comparison, Key, Parting, Side, Told, compare, placeless, step_key
from planproof.diagnostics import Diagnostic, has_errors
from planproof.encode import Data
from planproof.ledger import content_hash
from planproof.plan import Participant, Settings
from planproof.plans import Loader
from planproof.proof import Amount
from planproof.receipts import PRIVATE_FILE, Receipt, commitment, is_committed, proofs, without_participant
from planproof.rulebook import Rulebook, hash_text, rulebook_of
from planproof.source import Source
from planproof.statements import NO_GROUP
from planproof.types import Kind, encoded, shown

Stored = Callable[[str], bytes | None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Replayed:
    """A receipt evaluated again: what is wrong, whether all of it could be checked, and how it would stand today."""

    number: int
    receipt: Receipt
    faults: tuple[Fault, ...]
    whole: bool
    today: Data | None


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What a receipt was made from."""

    plan: Source
    person: Source | None
    settings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Evaluated:
    """An answer with what it was made of."""

    answerer: Answerer
    answer: Answer
    participant: Participant | None
    settings: Settings


class Refused(Exception):
    """What is stored, or what it leads to, cannot be evaluated."""


class Replayer:
    """Evaluates receipts; `stored` gives a content by its hash, `today` is the rule book to compare with."""

    def __init__(self, stored: Stored, today: Answerer | None = None) -> None:
        self.stored = stored
        self.today = today
        self._answerers: dict[tuple[str, date | None], Answerer] = {}

    def replay(self, number: int, receipt: Receipt, person: Source | None = None) -> Replayed:
        """Evaluate a receipt again; a private one in full only with the text of the participant."""
        found: list[Fault] = []
        today: Data | None = None
        if person:
            fits = receipt.private is not None and is_committed(receipt.private, person)
            person = Source(PRIVATE_FILE, person.text) if fits else None
        try:
            answerer = self._answerer(receipt)
            inputs = self._inputs(receipt, person)
            then = _evaluated(answerer, receipt, inputs)
            found += (Fault("replay-differs", number, text) for text in self._differences(receipt, then, person))
            if self.today and not found:
                book = self.today.book.known_on(receipt.known)
                present = self.today if book is self.today.book else Answerer(book)
                today = _report(self._rules(receipt), then, present, receipt, inputs)
        except Refused as refused:
            found.append(Fault("replay-refused", number, str(refused)))
        return Replayed(number, receipt, tuple(found), receipt.private is None or person is not None, today)

    def _content(self, name: str, what: str) -> bytes:
        content = self.stored(name)
        if content is None:
            raise Refused(f"{what} is not stored, or was altered")
        return content

    def _text(self, name: str, what: str) -> str:
        return self._content(name, what).decode("utf-8", "surrogatepass")

    def _rules(self, receipt: Receipt) -> dict[str, str]:
        return rules_of(self._content(receipt.rules, "the list of rule files"))

    def _answerer(self, receipt: Receipt) -> Answerer:
        """The answerer for the stored rule book, as known on the day that the receipt asked for."""
        at = receipt.rulebook, receipt.known
        if at not in self._answerers:
            sources = tuple(Source(name, self._text(hash_, f"`{name}`")) for name, hash_ in sorted(self._rules(receipt).items()))
            book, diagnostics = rulebook_of(sources)
            if book is None or book.core.verdict is None:
                raise Refused(f"the stored rule book is refused: {_first(diagnostics)}")
            self._answerers[at] = Answerer(book.known_on(receipt.known))
        return self._answerers[at]

    def _inputs(self, receipt: Receipt, person: Source | None) -> _Inputs:
        plan = Source(receipt.plan.name, self._text(receipt.plan.hash, "the plan"))
        if receipt.participant:
            person = Source(receipt.participant.name, self._text(receipt.participant.hash, "the participant"))
        settings = settings_of(self._content(receipt.settings, "the list of settings")) if receipt.settings else ()
        return _Inputs(plan, person, settings)

    def _differences(self, receipt: Receipt, then: _Evaluated, person: Source | None) -> Iterator[str]:
        """What comes out now and is not what the receipt says."""
        found = proofs(then.answerer, then.answer)
        if receipt.private:
            if person:
                if commitment(person, found, receipt.private.salt) != receipt.private or found[0].verdict != receipt.verdict:
                    yield "the verdicts and proofs about the participant are not those that it commits to"
                found = proofs(then.answerer, without_participant(then.answerer, then.answer, then.settings))
            found = found[:1]
        outcomes = receipt.outcomes()
        if [one.group for one in found] != [outcome.group for outcome in outcomes]:
            yield "the groups are not the same"
            return
        for one, outcome in zip(found, outcomes, strict=True):
            of = f" of group {one.group}" if one.group else ""
            if not receipt.private and one.verdict != outcome.verdict:
                yield f"the verdict{of} is {one.verdict}, and was {outcome.verdict}"
            if content_hash(one.content) != outcome.proof:
                yield f"the proof{of} is not the same{_first_step(self.stored(outcome.proof), one.content)}"


def _evaluated(answerer: Answerer, receipt: Receipt, inputs: _Inputs) -> _Evaluated:
    """The answer that the inputs give; a refusal tells the first thing that is wrong."""
    loader = Loader(answerer.book)
    plan, diagnostics = loader.plan_of(inputs.plan)
    if plan is None:
        raise Refused(f"the plan is refused: {_first(diagnostics)}")
    person, _, settings, diagnostics = loader.participant_of(inputs.person, inputs.settings)
    if has_errors(diagnostics):
        raise Refused(f"the participant or a setting is refused: {_first(diagnostics)}")
    if person and person.group not in ("", NO_GROUP, *(group.name for group in plan.groups)):
        raise Refused(f"the plan has no group {person.group}")
    answer = answerer.answer(plan, person, receipt.year, receipt.date, settings)
    if receipt.private and person is None:
        answer = replace(without_participant(answerer, answer, settings), groups=())
    return _Evaluated(answerer, answer, person, settings)


def _first(diagnostics: Iterable[Diagnostic]) -> str:
    return next((f"{found.message}{f' [{found.span}]' if found.span else ''}" for found in diagnostics), "it gives no verdict")


def _first_step(then: bytes | None, now: bytes) -> str:
    """Where two proofs begin to differ, as the end of a sentence."""
    before, after = (_steps(content) if content else {} for content in (then, now))
    name = next((key[1] for key, step in after.items() if before.get(key) != step), "")
    return f"; the first step that differs is {name}" if name and before else ""


def _steps(content: bytes) -> dict[Key, Data]:
    """The steps of a proof without what hangs on where a thing stands in a file."""
    return {step_key(step): placeless(step) for step in json.loads(content)["steps"]}


# ------------------------------------------------------------------ then and today


def _report(rules: Mapping[str, str], then: _Evaluated, today: Answerer, receipt: Receipt, inputs: _Inputs) -> Data:
    """What another rule book changes, and why."""
    files = _changed_files(rules, today.book)
    try:
        now = _evaluated(today, receipt, inputs)
    except Refused as refused:
        return {"rulebook": today.book.hash, "refusal": str(refused), "files": files, "answers": []}
    compared = compare(Side(then.answerer, then.answer), Side(today, now.answer))
    return {"rulebook": today.book.hash, "refusal": None, "files": files, "answers": list(map(_changes, compared))}


def _changed_files(rules: Mapping[str, str], book: Rulebook) -> list[Data]:
    now = {source.path: hash_text(source.text) for source in book.sources}
    changes = {
        name: "added" if name not in rules else "removed" if name not in now else "changed"
        for name in sorted({*rules, *now})
        if rules.get(name) != now.get(name)
    }
    return [{"file": name, "change": change} for name, change in changes.items()]


def _changes(compared: Comparison) -> Data:
    return {
        "group": compared.group or None,
        "verdict": _pair(compared.verdict, str),
        "amounts": _named(compared.amounts, _amount),
        "paths": _named(compared.paths, _path),
        "pitfalls": _named(compared.pitfalls, lambda pitfall: "applies" if pitfall.certain else "may_apply"),
        "steps": compared.steps,
        "first": _difference(compared.first) if compared.first else None,
        "causes": list(map(_difference, compared.causes)),
    }


def _pair(change: Change[T], data: Callable[[T], object]) -> Data:
    """What stood then and stands today, as data."""
    then, today = (None if one is None else data(one) for one in (change.before, change.after))
    return {"then": then, "today": today}


def _named(changes: Iterable[Change[T]], data: Callable[[T], object]) -> list[Data]:
    """What is told of the changes, but for those in which only something else has changed."""
    told = [{"name": change.name, **_pair(change, data)} for change in changes]
    return [one for one in told if one["then"] != one["today"]]


def _amount(amount: Amount) -> Data:
    return {"value": encoded(amount.step.value, Kind.MONEY), "binding": amount.binding}


def _path(path: PathAnswer) -> Data:
    return {"phases": dict(path.phases), "requirements": {one.text: shown(one.value, Kind.TRUTH) for one in path.requirements}}


def _difference(parting: Parting) -> Data:
    """How a step differs."""
    either = parting.after or parting.before
    assert either is not None, "one proof has the step"
    return {
        "kind": parting.key[0],
        "name": parting.key[1],
        "label": either.data["label"],
        "year": either.data.get("year"),
        "row": parting.key[3] or None,
        "fields": list(parting.fields),
        "then": _told(parting.before),
        "today": _told(parting.after),
    }


def _told(told: Told | None) -> Data | None:
    """What a step says, short: its value and its authority."""
    if told is None:
        return None
    step = told.data
    taken = [branch for branch in step.get("branches", ()) if branch["taken"] != "no"]
    authorities = [branch["authority"] for branch in taken] or [step.get("authority")]
    cited = [text for authority in authorities if authority for text in authority["citations"]]
    return {"value": step["value"], "citations": list(dict.fromkeys(cited)), "expressions": [branch["expression"] for branch in taken]}
