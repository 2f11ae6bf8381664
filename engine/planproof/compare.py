"""Two answers held against each other: what changed, and the steps in which the proofs part.

Steps are paired by kind, name, row, and how far their year lies from the year asked, so that this year's figure stands
beside last year's. Where a thing stands in a file is no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeAlias, TypeVar

from planproof.answer import UNKNOWN, Answer, Answerer, Missing, PathAnswer, PitfallAnswer
from planproof.encode import Data, Encoder
from planproof.order import references
from planproof.proof import Amount, FactStep, ListStep, Step
from planproof.types import Kind
from planproof.values import Result, Unknown

T = TypeVar("T")
Key: TypeAlias = tuple[str, str, int | None, int]  # kind, name, years from the year asked, row from 1

_TIMES = (Kind.YEAR.value, Kind.DATE.value)


@dataclass(frozen=True, slots=True)
class Side:
    """An answer with what it was made by."""

    answerer: Answerer
    answer: Answer

    def groups(self) -> dict[str, Side]:
        """The answer itself, under no name, and those of the groups."""
        return {"": self, **{group.group: Side(self.answerer, group) for group in self.answer.groups}}


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """A thing that is not the same on both sides; nothing where one side does not have it."""

    name: str
    before: T | None
    after: T | None


@dataclass(frozen=True, slots=True)
class Told:
    """A step of one side, and its content as a proof has it."""

    step: Step
    data: Data
    inputs: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Parting:
    """A step that is not the same in both proofs, and the fields that differ; nothing where one proof does not have it."""

    key: Key
    fields: tuple[str, ...]
    before: Told | None
    after: Told | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is not the same in two answers about one group (or about no group).

    `causes` are the steps where the changes begin: stated or published otherwise, turned by the date, or by another
    provision; what the verdict turns on first. `first` is the first step that differs in anything, `steps` how many do.
    """

    group: str
    before: Side | None
    after: Side | None
    verdict: Change[str]
    amounts: tuple[Change[Amount], ...]
    paths: tuple[Change[PathAnswer], ...]
    pitfalls: tuple[Change[PitfallAnswer], ...]
    missing: tuple[Change[Missing], ...]
    steps: int
    first: Parting | None
    causes: tuple[Parting, ...]

    @property
    def same(self) -> bool:
        """Whether the answers are the same, by whatever steps."""
        return self.verdict.before == self.verdict.after and not (self.amounts or self.paths or self.pitfalls or self.missing)


def compare(before: Side, after: Side) -> tuple[Comparison, ...]:
    """What changed, for the plan and for each group that either side has."""
    old, new = before.groups(), after.groups()
    return tuple(_compared(group, old.get(group), new.get(group)) for group in dict.fromkeys((*old, *new)))


def _compared(group: str, before: Side | None, after: Side | None) -> Comparison:
    old, new = (side.answer if side else None for side in (before, after))
    told, now = _told(before), _told(after)
    differing = _differing(told, now)
    return Comparison(
        group,
        before,
        after,
        Change("verdict", old.verdict if old else None, new.verdict if new else None),
        _changes(_amounts(old), _amounts(new), lambda amount: (_plain(amount.step.value), amount.binding)),
        _changes(_paths(old), _paths(new), _path),
        _changes(_pitfalls(old), _pitfalls(new), lambda pitfall: (pitfall.certain, _plain(pitfall.cost))),
        tuple(Change(change.name.split()[0], change.before, change.after) for change in _changes(_missing(old), _missing(new), _needed)),
        len(differing),
        _parting(differing[0], told, now) if differing else None,
        _causes(before, after, told, now) if before and after else (),
    )


def _causes(before: Side, after: Side, old: Mapping[Key, Told], new: Mapping[Key, Told]) -> tuple[Parting, ...]:
    paired = _Causes(before, after, old, new)
    return tuple([_parting(key, paired.old, paired.new) for key in paired.found()])


# ------------------------------------------------------------------ what is told


def _amounts(answer: Answer | None) -> dict[str, Amount]:
    return dict(answer.amounts) if answer else {}


def _paths(answer: Answer | None) -> dict[str, PathAnswer]:
    return {path.path.name: path for path in answer.paths} if answer else {}


def _pitfalls(answer: Answer | None) -> dict[str, PitfallAnswer]:
    return {pitfall.pitfall.name: pitfall for pitfall in answer.pitfalls} if answer else {}


def _missing(answer: Answer | None) -> dict[str, Missing]:
    """What is missing, by name, years from the year asked, row and state."""
    found = {}
    for missing in answer.missing if answer else ():
        reason = missing.reason
        year = reason.key - answer.year if reason.key is not None and answer else None
        found[f"{reason.name} {year} {reason.row} {reason.state} {reason.detail}"] = missing
    return found


def _changes(old: Mapping[str, T], new: Mapping[str, T], content: Callable[[T], object]) -> tuple[Change[T], ...]:
    found = []
    for name in dict.fromkeys((*old, *new)):
        before, after = old.get(name), new.get(name)
        if before is None or after is None or content(before) != content(after):
            found.append(Change(name, before, after))
    return tuple(found)


def _plain(value: Result) -> object:
    return UNKNOWN if isinstance(value, Unknown) else value


def _path(answer: PathAnswer) -> object:
    requirements = [(one.text, _plain(one.value)) for one in answer.requirements]
    return answer.phases, requirements, [(one.kind, _plain(one.value)) for one in answer.consequences]


def _needed(missing: Missing) -> object:
    return missing.needed_for


# ------------------------------------------------------------------ where the proofs part


def _differing(old: Mapping[Key, Told], new: Mapping[Key, Told]) -> list[Key]:
    """The steps that differ in anything but where things stand, in the order of the later proof."""
    found = [key for key, told in new.items() if key not in old or _fields(old[key], told)]
    return found + [key for key in old if key not in new]


def _parting(key: Key, old: Mapping[Key, Told], new: Mapping[Key, Told]) -> Parting:
    before, after = old.get(key), new.get(key)
    return Parting(key, tuple(_fields(before, after)) if before and after else (), before, after)


def _fields(before: Told, after: Told) -> list[str]:
    old, new = before.data, after.data
    return [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]


@dataclass(slots=True)
class _Causes:
    """The steps of two proofs, paired; what only one proof needs is derived for the other too, so that it can be compared."""

    before: Side
    after: Side
    old: Mapping[Key, Told]
    new: Mapping[Key, Told]

    def __post_init__(self) -> None:
        only_old, only_new = ([key[1] for key in one if key not in other] for one, other in ((self.old, self.new), (self.new, self.old)))
        if only_new:
            self.old = _told(self.before, only_new)
        if only_old:
            self.new = _told(self.after, only_old)

    def found(self) -> list[Key]:
        """Where the changes begin, what the verdict turns on first, then in the order of the later proof."""
        order = {key: number for number, key in enumerate(self.new)}
        found: dict[Key, None] = {}
        seen: set[Key] = set()
        for root in self._changed_roots():
            reached = self._reached(root, seen)
            begun = [key for key in reached if self._begins(key)]
            found |= dict.fromkeys(sorted(begun, key=order.__getitem__))
        return list(found)

    def _changed_roots(self) -> Iterator[Key]:
        """What is asked for itself and has changed; an amount too that another limit decides."""
        old, new = ({name: amount.binding for name, amount in side.answer.proof.amounts} for side in (self.before, self.after))
        proof = self.after.answer.proof
        keys = {told.step: key for key, told in self.new.items()}
        for step in proof.roots():
            key = keys.get(step)
            if key is not None and (self._changed(key) or (key in self.old and old.get(step.name) != new.get(step.name))):
                yield key

    def _reached(self, root: Key, seen: set[Key]) -> list[Key]:
        """The changed steps below a root that were not seen before, itself included."""
        waiting, found = [root], []
        while waiting:
            key = waiting.pop()
            if key not in seen:
                seen.add(key)
                found.append(key)
                waiting += [inner for inner in self._inputs(key) if self._changed(inner)]
        return found

    def _inputs(self, key: Key) -> Iterable[Key]:
        return dict.fromkeys((*self.old[key].inputs, *self.new[key].inputs))

    def _changed(self, key: Key) -> bool:
        """Whether both proofs have the step, with another value or for other reasons."""
        return key in self.old and key in self.new and _meaning(self.old[key].data) != _meaning(self.new[key].data)

    def _begins(self, key: Key) -> bool:
        """Whether a change begins here, and does not come from an input. What was asked is told at the head of a comparison."""
        if not self._changed(key) or self._of_the_question(key):
            return False
        changed = [inner for inner in self._inputs(key) if self._changed(inner)]
        return all(map(self._of_the_question, changed)) or self._stated_otherwise(key) or self._turned(key)

    def _of_the_question(self, key: Key) -> bool:
        """Whether a step is what was asked, or a year or date that follows from it alone."""
        if key[0] == "asked":
            return True
        if key[0] != "definition" or self.new[key].data["type"] not in _TIMES or self._stated_otherwise(key):
            return False
        changed = [inner for inner in self._inputs(key) if self._changed(inner)]
        return bool(changed) and all(map(self._of_the_question, changed))

    def _stated_otherwise(self, key: Key) -> bool:
        """Whether the documents or the provision say something else."""
        before, after = self.old[key], self.new[key]
        if isinstance(before.step, FactStep | ListStep) and isinstance(after.step, FactStep | ListStep):
            return _statement(before.step) != _statement(after.step)
        return _texts(before.data) != _texts(after.data)

    def _turned(self, key: Key) -> bool:
        """Whether the question alone turned the condition of an exception."""
        if key[0] != "definition":
            return False
        old, new = ({branch["label"]: branch.get("holds") for branch in told.data["branches"]} for told in (self.old[key], self.new[key]))
        for branch in self.after.answerer.evaluator.definitions[key[1]].branches[1:]:
            if branch.guard is not None and branch.label in old and old[branch.label] != new[branch.label]:
                names = set(references(branch.guard))
                changed = [inner for inner in self._inputs(key) if inner[1] in names and self._changed(inner)]
                if changed and all(map(self._of_the_question, changed)):
                    return True
        return False


def _told(side: Side | None, also: Iterable[str] = ()) -> dict[Key, Told]:
    """The steps of a proof, and of other names of the rule book, what is used before what uses it."""
    if side is None:
        return {}
    proof = side.answer.proof
    others = [(name, step) for name in dict.fromkeys(also) for step in side.answerer.find(side.answer, name)]
    proof = replace(proof, others=(*proof.others, *others))
    steps = {_step_key(step): step for step in proof.steps()}
    encoded = Encoder(side.answerer).proof(proof)["steps"]
    year = side.answer.year
    keys = {data["id"]: step_key(data, year) for data in encoded}
    return {
        keys[data["id"]]: Told(steps[_written_key(data)], placeless(data), tuple(keys[id_] for id_ in data["inputs"])) for data in encoded
    }


def _written_key(data: Data) -> tuple[str, int, int]:
    return data["name"], data.get("year") or 0, data.get("row") or 0


def _step_key(step: Step) -> tuple[str, int, int]:
    row = getattr(step, "row", None)
    return step.name, getattr(step, "key", None) or 0, row + 1 if row is not None else 0


def step_key(data: Data, asked: int = 0) -> Key:
    """What a step of a proof is paired by; years are counted from the year asked."""
    year = data.get("year")
    return data["kind"], data["name"], year - asked if year else None, data.get("row") or 0


def placeless(data: Data) -> Data:
    """A step without what hangs on where a thing stands in a file."""
    content = {key: value for key, value in data.items() if key not in ("id", "inputs", "place")}
    for part in ("branches", "claims"):
        if part in content:
            content[part] = [{key: value for key, value in one.items() if key != "place"} for one in content[part]]
    return content


def _meaning(data: Data) -> object:
    return data["value"], [(reason["name"], reason["state"], reason.get("row")) for reason in data.get("unknown", ())]


def _statement(step: FactStep | ListStep) -> object:
    statement = step.statement
    if statement is None:
        return None
    return statement.state, getattr(statement, "value", None), [claim.value for claim in getattr(statement, "claims", ())]


def _texts(data: Data) -> object:
    return [(branch["label"], branch["expression"], branch.get("when"), branch.get("over")) for branch in data.get("branches", ())]
