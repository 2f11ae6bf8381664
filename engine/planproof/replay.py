"""Old receipts evaluated again: from what is stored for them, and with another rule book."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from planproof.answer import Answer, Answerer, PathAnswer
from planproof.audit import Fault, rules_of, settings_of
from planproof.diagnostics import Diagnostic, has_errors
from planproof.encode import Data, Encoder
from planproof.ledger import content_hash
from planproof.plan import Participant, Settings
from planproof.plans import Loader
from planproof.receipts import PRIVATE_FILE, Receipt, commitment, is_committed, proofs, without_participant
from planproof.rulebook import Rulebook, hash_text, rulebook_of
from planproof.source import Source
from planproof.statements import NO_GROUP
from planproof.types import Kind, shown

Stored = Callable[[str], bytes | None]
_Key = tuple[str, str, int, int]


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
        self._answerers: dict[str, Answerer] = {}

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
                today = _report(self._rules(receipt), then, self.today, receipt, inputs)
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
        if receipt.rulebook not in self._answerers:
            sources = tuple(Source(name, self._text(hash_, f"`{name}`")) for name, hash_ in sorted(self._rules(receipt).items()))
            book, diagnostics = rulebook_of(sources)
            if book is None or book.core.verdict is None:
                raise Refused(f"the stored rule book is refused: {_first(diagnostics)}")
            self._answerers[receipt.rulebook] = Answerer(book)
        return self._answerers[receipt.rulebook]

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
    before, after = (_steps(json.loads(content)) if content else {} for content in (then, now))
    name = next((key[1] for key, step in after.items() if before.get(key) != step), "")
    return f"; the first step that differs is {name}" if name and before else ""


# ------------------------------------------------------------------ then and today


def _report(rules: Mapping[str, str], then: _Evaluated, today: Answerer, receipt: Receipt, inputs: _Inputs) -> Data:
    """What another rule book changes, and why."""
    files = _changed_files(rules, today.book)
    try:
        now = _evaluated(today, receipt, inputs)
    except Refused as refused:
        return {"rulebook": today.book.hash, "refusal": str(refused), "files": files, "answers": []}
    old, new = (_by_group(found.answerer, found.answer) for found in (then, now))
    answers = [
        {"group": group or None, **_changes(old.get(group, _NOTHING), new.get(group, _NOTHING))} for group in dict.fromkeys((*old, *new))
    ]
    return {"rulebook": today.book.hash, "refusal": None, "files": files, "answers": answers}


def _by_group(answerer: Answerer, answer: Answer) -> dict[str, Data]:
    encoder = Encoder(answerer)
    return {one.group if one is not answer else "": _summary(encoder.answer(one), one) for one in (answer, *answer.groups)}


def _summary(data: Data, answer: Answer) -> Data:
    """What is compared of an answer."""
    return {
        "verdict": data["verdict"],
        "amounts": {name: {"value": amount["value"], "binding": amount["binding"]} for name, amount in data["amounts"].items()},
        "paths": {path.path.name: {"phases": dict(path.phases), "requirements": _requirements(path)} for path in answer.paths},
        "pitfalls": {pitfall["id"]: pitfall["status"] for pitfall in data["pitfalls"]},
        "steps": _steps(data["proof"]),
        "inputs": _inputs(data["proof"]),
    }


def _requirements(path: PathAnswer) -> dict[str, str]:
    return {requirement.text: shown(requirement.value, Kind.TRUTH) for requirement in path.requirements}


def _changed_files(rules: Mapping[str, str], book: Rulebook) -> list[Data]:
    now = {source.path: hash_text(source.text) for source in book.sources}
    changes = {
        name: "added" if name not in rules else "removed" if name not in now else "changed"
        for name in sorted({*rules, *now})
        if rules.get(name) != now.get(name)
    }
    return [{"file": name, "change": change} for name, change in changes.items()]


_NOTHING: Data = {"verdict": None, "amounts": {}, "paths": {}, "pitfalls": {}, "steps": {}, "inputs": {}}


def _changes(old: Data, new: Data) -> Data:
    before, after = old["steps"], new["steps"]
    differing = [key for key, step in after.items() if before.get(key) != step]
    differing += [key for key in before if key not in after]
    return {
        "verdict": _pair(old["verdict"], new["verdict"]),
        **{part: _named(old[part], new[part]) for part in ("amounts", "paths", "pitfalls")},
        "steps": len(differing),
        "first": _difference(differing[0], before, after) if differing else None,
        "causes": [_difference(key, before, after) for key in _causes(before, after, new["inputs"])],
    }


def _causes(before: Mapping[_Key, Data], after: Mapping[_Key, Data], inputs: Mapping[_Key, tuple[_Key, ...]]) -> list[_Key]:
    """The steps with another value that none of their inputs has brought."""
    changed = {key for key, step in after.items() if key not in before or before[key]["value"] != step["value"]}
    return [key for key in after if key in changed and changed.isdisjoint(inputs[key])]


def _pair(old: object, new: object) -> Data:
    return {"then": old, "today": new}


def _named(old: Mapping[str, object], new: Mapping[str, object]) -> list[Data]:
    names = dict.fromkeys((*old, *new))
    return [{"name": name, **_pair(old.get(name), new.get(name))} for name in names if old.get(name) != new.get(name)]


def _steps(proof: Data) -> dict[_Key, Data]:
    """The steps of a proof without what hangs on where a thing stands in a file."""
    return {_key(step): _placeless(step) for step in proof["steps"]}


def _inputs(proof: Data) -> dict[_Key, tuple[_Key, ...]]:
    keys = {step["id"]: _key(step) for step in proof["steps"]}
    return {_key(step): tuple(keys[found] for found in step["inputs"]) for step in proof["steps"]}


def _key(step: Data) -> _Key:
    return step["kind"], step["name"], step.get("year") or 0, step.get("row") or 0


def _placeless(step: Data) -> Data:
    content = {key: value for key, value in step.items() if key not in ("id", "inputs", "place")}
    if "branches" in content:
        content["branches"] = [{key: value for key, value in branch.items() if key != "place"} for branch in content["branches"]]
    return content


def _difference(key: _Key, before: Mapping[_Key, Data], after: Mapping[_Key, Data]) -> Data:
    """How a step differs."""
    old, new = before.get(key), after.get(key)
    either = new or old or {}
    fields = [name for name in dict.fromkeys((*(old or {}), *(new or {}))) if (old or {}).get(name) != (new or {}).get(name)]
    return {
        "kind": key[0],
        "name": key[1],
        "label": either["label"],
        "year": key[2] or None,
        "row": key[3] or None,
        "fields": fields if old and new else [],
        "then": _told(old),
        "today": _told(new),
    }


def _told(step: Data | None) -> Data | None:
    """What a step says, short: its value and its authority."""
    if step is None:
        return None
    taken = [branch for branch in step.get("branches", ()) if branch["taken"] != "no"]
    authorities = [branch["authority"] for branch in taken] or [step.get("authority")]
    cited = [text for authority in authorities if authority for text in authority["citations"]]
    return {"value": step["value"], "citations": list(dict.fromkeys(cited)), "expressions": [branch["expression"] for branch in taken]}
