"""The text of a proof to its data: whatever is no proof at all is refused here, with the place of what is wrong."""

from __future__ import annotations

import json
from typing import Any

from planproof.proof_fields import Data
from planproof.proof_form import PROOF, misfit

_FORMAT, _WHOLE = "planproof-proof/1", "planproof-check/1"


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
    wrong = misfit(data, PROOF, "")
    if wrong:
        raise NoProof(wrong)
    return data


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
