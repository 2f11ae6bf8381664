"""Damage to proofs: one random change of anything, and proofs sealed anew so that only the meaning betrays it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias

Data: TypeAlias = dict[str, Any]
Path: TypeAlias = tuple[str | int, ...]


def canonical(data: Any) -> str:
    """Canonical JSON, as the page on proofs tells."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(data: Any) -> str:
    """The hash of canonical JSON."""
    return hashlib.sha256(canonical(data).encode("utf-8", "surrogatepass")).hexdigest()


def resealed(proof: Data) -> Data:
    """The proof with ids made of what the steps now say, references that follow them, and a seal."""
    renamed: dict[str, str] = {}
    steps = []
    for step in proof["steps"]:
        content = {key: value for key, value in step.items() if key != "id"}
        content["inputs"] = [renamed.get(used, used) for used in step["inputs"]]
        renamed[step["id"]] = digest(content)[:32]
        steps.append({"id": renamed[step["id"]], **content})
    amounts = {name: {**amount, "step": renamed.get(amount["step"], amount["step"])} for name, amount in proof["amounts"].items()}
    others = {name: renamed.get(found, found) for name, found in proof["others"].items()}
    whole = {**proof, "verdict": renamed.get(proof["verdict"], proof["verdict"]), "amounts": amounts, "others": others, "steps": steps}
    return {**whole, "seal": digest({key: value for key, value in whole.items() if key != "seal"})}


def at(data: Any, path: Path) -> Any:
    """What stands at a path."""
    for key in path:
        data = data[key]
    return data


def changed(data: Any, path: Path, value: Any) -> Any:
    """A copy with one thing changed; everything else is shared."""
    if not path:
        return value
    copy: Any = list(data) if isinstance(data, list) else dict(data)
    copy[path[0]] = changed(data[path[0]], path[1:], value)
    return copy


def paths(data: Any) -> Iterator[Path]:
    """The paths to everything inside data."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, inner in items:
        yield (key,)
        yield from ((key, *rest) for rest in paths(inner))


@dataclass(frozen=True)
class Damage:
    """A proof with one change: what was changed, and of which kind of step."""

    what: str
    kind: str
    proof: Data


@dataclass
class Damager:
    """Makes random changes that look likely: texts are taken from where the same field stands elsewhere."""

    random: Random
    pool: dict[str, list[Any]] = field(default_factory=dict)
    _known: set[tuple[str, str]] = field(default_factory=set)

    def learn(self, proof: Data) -> None:
        """Remember the texts and numbers of a proof by the names of their fields."""
        for path in paths(proof):
            names = [key for key in path if isinstance(key, str)]
            value = at(proof, path)
            if isinstance(value, str | int | None) and (names[-1], repr(value)) not in self._known:
                self._known.add((names[-1], repr(value)))
                self.pool.setdefault(names[-1], []).append(value)

    def damaged(self, proof: Data) -> Damage:
        """The proof with one random change."""
        choice = self.random.random()
        if choice < 0.08:
            return self._steps(proof)
        if choice < 0.2:
            head = {key: value for key, value in proof.items() if key != "steps"}
            return self._value(proof, self.random.choice(list(paths(head))), "head")
        number = self.random.randrange(len(proof["steps"]))
        step = proof["steps"][number]
        inner = self.random.choice([(), *paths(step)])
        return self._value(proof, ("steps", number, *inner), step["kind"])

    def _steps(self, proof: Data) -> Damage:
        steps = list(proof["steps"])
        one, other = self.random.sample(range(len(steps)), 2)
        what = self.random.choice(("dropped", "doubled", "exchanged"))
        if what == "dropped":
            del steps[one]
        elif what == "doubled":
            steps.insert(max(one, other), steps[min(one, other)])
        else:
            steps[one], steps[other] = steps[other], steps[one]
        return Damage(f"steps[{one}] {what}", "steps", {**proof, "steps": steps})

    def _value(self, proof: Data, path: Path, kind: str) -> Damage:
        old = at(proof, path)
        new = self._other(old, [key for key in path if isinstance(key, str)][-1])
        return Damage(f"{'.'.join(map(str, path))}: {str(old)[:60]} -> {str(new)[:60]}", kind, changed(proof, path, new))

    def _other(self, old: Any, name: str) -> Any:
        if isinstance(old, dict):
            return self._other_object(old)
        if isinstance(old, list):
            return self._other_list(old, name)
        likely = [value for value in self.pool.get(name, ()) if value != old or type(value) is not type(old)]
        odd: list[Any] = [None, "", 0, [], {}, True]
        if isinstance(old, str):
            odd += [old + "x", old[:-1], old.swapcase(), f" {old}"]
        elif isinstance(old, int):
            odd += [old + 1, old - 1, str(old), not old]
        odd = [value for value in odd if canonical(value) != canonical(old)]
        return self.random.choice(likely if likely and self.random.random() < 0.7 else odd)

    def _other_object(self, old: Data) -> Data:
        key = self.random.choice(list(old)) if old else ""
        if old and self.random.random() < 0.7:
            return {other: value for other, value in old.items() if other != key}
        return {**old, "surplus": self.random.choice(("x", 1, None, []))}

    def _other_list(self, old: list[Any], name: str) -> list[Any]:
        new, what = list(old), self.random.randrange(4)
        if old and what == 0:
            del new[self.random.randrange(len(new))]
        elif old and what == 1:
            new.insert(self.random.randrange(len(new) + 1), self.random.choice(new))
        elif len({canonical(one) for one in old}) > 1 and what == 2:
            while canonical(new) == canonical(old):
                self.random.shuffle(new)
        else:
            new.insert(self.random.randrange(len(new) + 1), self.random.choice(self.pool.get("id" if name == "inputs" else name) or ["x"]))
        return new


def harmless(original: Data, damaged: Data) -> str:
    """Why a change that is not found says nothing false; empty if it ought to be found."""
    if canonical(original) == canonical(damaged):
        return "sealing anew undid it"
    if canonical(_ordered(original)) == canonical(_ordered(damaged)):
        return "the same steps in another order, each after what it uses"
    if canonical(original["steps"]) == canonical(damaged["steps"]) and canonical(_unasked(original)) == canonical(_unasked(damaged)):
        return "a question of another year or date, which no step reads and no amendment divides"
    if canonical(_ordered(_unplaced(original))) == canonical(_ordered(_unplaced(damaged))):
        return "the only place that names its file: where a file lies does not count"
    return ""


def _ordered(proof: Data) -> Data:
    """The proof with its steps in order of their ids, unsealed."""
    return {**proof, "steps": sorted(proof["steps"], key=lambda step: str(step["id"])), "seal": ""}


def _unasked(proof: Data) -> Data:
    """The proof without the year and date of its question, unsealed; a year or date that is none is left."""
    asked = proof["asked"]
    if isinstance(asked, dict):
        asked = {key: None if key in ("year", "date") and isinstance(value, str | int | None) else value for key, value in asked.items()}
    return {**proof, "asked": asked, "seal": ""}


def _unplaced(proof: Data) -> Data:
    """The proof without the names of the files in which facts are stated."""
    steps = [
        {**step, "place": {**step["place"], "file": ""}}
        if step.get("kind") in ("fact", "list") and isinstance(step.get("place"), dict)
        else step
        for step in proof["steps"]
    ]
    return resealed({**proof, "steps": steps})
