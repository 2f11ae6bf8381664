"""The text of a proof to its data: whatever is no proof at all is refused here, with the place of what is wrong."""

from __future__ import annotations

import json
import re
from typing import Any, TypeAlias

from planproof.values import parse_date
from planproof.verify_inputs import Asked

Data: TypeAlias = dict[str, Any]

_FORMAT, _WHOLE = "planproof-proof/1", "planproof-check/1"
_FIELDS = ("format", "rulebook", "plan", "participant", "settings", "asked", "verdict", "amounts", "others", "steps", "seal")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class NoProof(Exception):
    """Why a text is no proof, and where in the text, if that is told by an offset."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.offset = offset


def read_proof(text: str) -> Data:
    """The proof in a text: a proof itself, or what `check` prints for one plan."""
    try:
        data = json.loads(text, object_pairs_hook=_object, parse_float=_fraction, parse_constant=_fraction)
    except json.JSONDecodeError as error:
        raise NoProof(f"this is not JSON: {error.msg[0].lower()}{error.msg[1:]}", error.pos) from None
    except RecursionError:
        raise NoProof("it is nested too deep") from None
    except ValueError:
        raise NoProof("it has a number that is too long") from None
    if isinstance(data, dict) and data.get("format") == _WHOLE:
        if "proof" not in data:
            raise NoProof("this is the answer for several plans: take the proof of one")
        data = data["proof"]
    return formed(data)


def formed(data: object) -> Data:
    """The data, if it has the form of a proof as far as a check needs it to begin."""
    if not isinstance(data, dict) or data.get("format") != _FORMAT:
        raise NoProof(f"this is no proof: its `format` is not `{_FORMAT}`")
    odd = sorted(set(data) ^ set(_FIELDS))
    if odd:
        raise NoProof(f"`{odd[0]}` {'is missing' if odd[0] in _FIELDS else 'is no field of a proof'}")
    for name in ("rulebook", "plan", "participant", "settings", "seal"):
        may_be_none = name in ("participant", "settings")
        if not (isinstance(data[name], str) and _DIGEST.fullmatch(data[name])) and not (data[name] is None and may_be_none):
            raise NoProof(f"`{name}` is no hash")
    _formed_asked(data["asked"])
    _text(data["verdict"], "verdict")
    for name, amount in _mapping(data["amounts"], "amounts").items():
        if set(_mapping(amount, f"amounts.{name}")) != {"step", "binding"}:
            raise NoProof(f"`amounts.{name}` has other fields than `step` and `binding`")
        _text(amount["step"], f"amounts.{name}.step")
        if amount["binding"] is not None:
            _text(amount["binding"], f"amounts.{name}.binding")
    for name, found in _mapping(data["others"], "others").items():
        _text(found, f"others.{name}")
    if not isinstance(data["steps"], list):
        raise NoProof("`steps` is no list")
    for number, step in enumerate(data["steps"]):
        for key in ("id", "kind", "name"):
            _text(_mapping(step, f"steps[{number}]").get(key), f"steps[{number}].{key}")
        if not isinstance(step.get("inputs"), list) or not all(isinstance(one, str) for one in step["inputs"]):
            raise NoProof(f"`steps[{number}].inputs` is no list of texts")
    return data


def head(proof: Data) -> Asked:
    """Whose facts a proof is about; its form must be right."""
    asked = proof["asked"]
    day = None if asked["date"] is None else parse_date(asked["date"])
    known = parse_date(asked["known"]) if "known" in asked else None
    told, plan = (asked["participant"], asked["group"]), (proof["plan"], proof["participant"], proof["settings"])
    return Asked(asked["year"], day, *told, *plan, known)


def _formed_asked(asked: object) -> None:
    if set(_mapping(asked, "asked")) - {"known"} != {"year", "date", "participant", "group"}:
        raise NoProof("`asked` has other fields than `year`, `date`, `participant`, `group` and `known`")
    assert isinstance(asked, dict), "a mapping is one"
    year, day, group = asked["year"], asked["date"], asked["group"]
    if year is not None and not (type(year) is int and 1 <= year <= 9999):
        raise NoProof("`asked.year` is no year")
    if day is not None and not (isinstance(day, str) and parse_date(day)):
        raise NoProof("`asked.date` is no date")
    if "known" in asked and not (isinstance(asked["known"], str) and parse_date(asked["known"])):
        raise NoProof("`asked.known` is no date")
    if not isinstance(asked["participant"], bool):
        raise NoProof("`asked.participant` is neither true nor false")
    if group is not None:
        _text(group, "asked.group")


def _mapping(data: object, where: str) -> Data:
    if not isinstance(data, dict):
        raise NoProof(f"`{where}` is no object")
    return data


def _text(data: object, where: str) -> None:
    if not isinstance(data, str) or not data:
        raise NoProof(f"`{where}` is no text")


def _object(pairs: list[tuple[str, Any]]) -> Data:
    """An object, in which no key stands twice."""
    data = dict(pairs)
    if len(data) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise NoProof(f"the key `{twice}` stands twice in an object")
    return data


def _fraction(text: str) -> Any:
    raise NoProof(f"it has the number `{text[:40]}`, and all numbers of a proof are whole")
