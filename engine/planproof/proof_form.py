"""The form of a proof and of the parts of its steps: which fields an object has, and what may stand in each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from planproof.values import State, parse_date

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class One:
    """A single value that passes a test; `what` it is. It may be `null` if `absent`."""

    what: str
    test: Callable[[Any], bool]
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Several:
    """A list, or an object with names of any kind (`named`), each of one form."""

    form: Form
    named: bool = False


@dataclass(frozen=True, slots=True)
class Fields:
    """An object with just these fields, and perhaps the `optional` ones; with others besides if it is `open`."""

    fields: Mapping[str, Form]
    optional: Mapping[str, Form] = field(default_factory=dict)
    open: bool = False


Form: TypeAlias = One | Several | Fields


def misfit(data: object, form: Form, where: str) -> str:
    """The first thing that is not in its form, `where` it stands; empty if all is."""
    if isinstance(form, One):
        return "" if (form.absent and data is None) or form.test(data) else f"`{where}` is {form.what}"
    listed = isinstance(form, Several) and not form.named
    if not isinstance(data, list if listed else dict):
        return f"`{where}` is no {'list' if listed else 'object'}"
    if isinstance(form, Several):
        items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
        each = (misfit(one, form.form, f"{where}.{key}" if form.named else f"{where}[{key}]") for key, one in items)
        return next(filter(None, each), "")
    return _odd_field(data, form, where)


def _odd_field(data: Any, form: Fields, where: str) -> str:
    known = {**form.fields, **form.optional}
    path = f"{where}." if where else ""
    for name in form.fields:
        if name not in data:
            return f"`{path}{name}` is missing"
    for name, value in data.items():
        if name in known and (wrong := misfit(value, known[name], f"{path}{name}")):
            return wrong
        if name not in known and not form.open:
            return f"`{path}{name}` is no field here"
    return ""


def is_whole(value: object) -> bool:
    """Whether something is a whole number, and no truth."""
    return type(value) is int


TEXT = One("no text", lambda value: isinstance(value, str) and value != "")
TEXT_OR_NONE = One("no text", TEXT.test, absent=True)
HASH = One("no hash", lambda value: isinstance(value, str) and _DIGEST.fullmatch(value) is not None)
HASH_OR_NONE = One("no hash", HASH.test, absent=True)
POSITIVE = One("no whole number above nought", lambda value: is_whole(value) and value > 0)
ANYTHING = One("", lambda value: True)
DAY = One("no date", lambda value: isinstance(value, str) and parse_date(value) is not None)
WHOLE = One("no whole number", is_whole)

PLACE = Fields({"file": TEXT, "line": POSITIVE, "column": POSITIVE})
EVIDENCE = Fields({}, {"source": TEXT, "page": TEXT, "section": TEXT, "note": TEXT})
CLAIMS = Several(Fields({"value": TEXT, "evidence": ANYTHING, "place": ANYTHING}))  # these are looked into one by one
STATE = One("no state", lambda value: value in list(State))
REASONS = Several(Fields({"name": TEXT, "state": STATE}, {"year": WHOLE, "row": WHOLE, "detail": TEXT}))
STEP = Fields({"id": TEXT, "kind": TEXT, "name": TEXT, "inputs": Several(TEXT)}, open=True)
PROOF = Fields(
    {
        "format": TEXT,
        "rulebook": HASH,
        "plan": HASH,
        "participant": HASH_OR_NONE,
        "settings": HASH_OR_NONE,
        "asked": Fields(
            {
                "year": One("no year", lambda value: is_whole(value) and 1 <= value <= 9999, absent=True),
                "date": One("no date", DAY.test, absent=True),
                "participant": One("neither true nor false", lambda value: isinstance(value, bool)),
                "group": TEXT_OR_NONE,
            },
            {"known": DAY},
        ),
        "verdict": TEXT,
        "amounts": Several(Fields({"step": TEXT, "binding": TEXT_OR_NONE}), named=True),
        "others": Several(TEXT, named=True),
        "steps": Several(STEP),
        "seal": HASH,
    }
)
