"""The fields of steps as a proof must write them, and what is read back from a step that is taken at its word."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeAlias

from planproof import core as c
from planproof.canonical import canonical
from planproof.plan import Evidence, Statement
from planproof.proof_form import EVIDENCE, REASONS, misfit
from planproof.source import Span
from planproof.types import Kind, Type, encoded
from planproof.values import Reason, Result, State, Unknown, Value, outside, parse_date

Data: TypeAlias = dict[str, Any]


class Untrue(Exception):
    """Why a step is not true."""


# ------------------------------------------------------------------ written


def head_data(step: Data, label: str, type_: Type, value: Result) -> Data:
    """The fields that every step has."""
    data: Data = {"kind": step["kind"], "name": step["name"], "label": label, "type": type_.kind.value}
    data |= {"value": encoded(value, type_.kind), "inputs": step["inputs"]}
    if isinstance(value, Unknown):
        data["unknown"] = reasons_data(value.reasons)
        data |= {"error": True} if value.error else {}
    return data


@lru_cache(maxsize=4096)
def reasons_data(reasons: frozenset[Reason]) -> list[Data]:
    """Reasons as a step lists them; many steps have the same."""
    told = []
    for reason in sorted(reasons):
        more = {"year": reason.key, "row": reason.row, "detail": reason.detail or None}
        told.append({"name": reason.name, "state": reason.state.value, **{key: value for key, value in more.items() if value is not None}})
    return told


def authority_data(authority: c.Authority) -> Data:
    """An authority."""
    data: Data = {"citations": list(authority.citations), "standing": authority.standing}
    data |= {"reason": authority.reason} if authority.reason else {}
    return data | ({"published": authority.published.isoformat()} if authority.published else {})


def place_data(span: Span) -> Data:
    """A place in a text."""
    return {"file": span.path, "line": span.line, "column": span.column}


def evidence_data(evidence: Evidence) -> Data | None:
    """Where a document says a thing; nothing if it does not tell."""
    told = {"source": evidence.source, "page": evidence.page, "section": evidence.section, "note": evidence.note}
    return {key: text for key, text in told.items() if text} or None


def cell_text(cell: Statement, kind: Kind) -> str | None:
    """The value of a cell; nothing if none is stated."""
    return encoded(cell.value, kind) if cell.state is State.STATED else None


# ------------------------------------------------------------------ read back


def declared(names: Mapping[str, Any], name: str, what: str) -> Any:
    """What the rule book declares under a name."""
    if name not in names:
        raise Untrue(f"the rule book has no {what} of that name")
    return names[name]


def decoded(type_: Type, text: object, low: Value, high: Value) -> Value:
    """The value of a stated text, which must be written as the page on proofs says."""
    value: Value = None
    if not isinstance(text, str) or len(text) > 200:
        raise Untrue("its `value` is no value")
    if text == "none" and type_.optional:
        return None
    decimal = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text)
    match type_.kind:
        case Kind.TRUTH:
            value = {"yes": True, "no": False}.get(text)
        case Kind.CHOICE:
            value = text if text in type_.options else None
        case Kind.DATE:
            value = parse_date(text)
        case Kind.MONEY | Kind.COUNT | Kind.YEAR if decimal:
            exact = Fraction(text) * (100 if type_.kind is Kind.MONEY else 1)
            value = exact.numerator if exact.denominator == 1 else None
        case Kind.RATE | Kind.NUMBER if decimal:
            value = Fraction(text)
    if value is None or encoded(value, type_.kind) != text or outside(value, low, high):
        raise Untrue(f"its `value` {shown(text)} is no value of the type, in the range, as a proof writes it")
    return value


def told_state(step: Data, allowed: Sequence[State]) -> State:
    """The state that a step tells, if it can be so told."""
    if step.get("state") not in allowed:
        raise Untrue("its `state` is none that can be so told")
    return State(step["state"])


def told_unknown(step: Data) -> Unknown:
    """The reasons that a step gives."""
    reasons = step.get("unknown")
    if not reasons or misfit(reasons, REASONS, "unknown"):
        raise Untrue("its `unknown` are no reasons")
    found = (Reason(one["name"], State(one["state"]), one.get("year"), one.get("row"), one.get("detail", "")) for one in reasons)
    return Unknown(frozenset(found), step.get("error") is True)


def told_evidence(evidence: object) -> object:
    """Evidence as a step tells it."""
    if evidence is not None and (not evidence or misfit(evidence, EVIDENCE, "evidence")):
        raise Untrue("its `evidence` is none")
    return evidence


# ------------------------------------------------------------------ held against what must be


def hold(step: Data, text: bytes, expected: Data) -> None:
    """A step, whose canonical JSON is given, has just the content that is expected, and its id is the hash of that."""
    whole = canonical({**expected, "id": step["id"]})
    if whole != text:
        content = {key: value for key, value in step.items() if key != "id"}
        if content != expected:
            raise Untrue(_difference(content, expected, ""))
        raise Untrue("it has a truth for a number, or a number for a truth")
    if sha256(without_id(whole, step["id"])).hexdigest()[:32] != step["id"]:
        raise Untrue("its id is not the hash of its content")


def without_id(whole: bytes, id_: str) -> bytes:
    """The canonical JSON of a step without its id; no other object in a step has an `id`, and no text an open quote."""
    return whole.replace(b'"id":"%b",' % id_.encode("utf-8", "surrogatepass"), b"", 1)


def _difference(found: object, wanted: object, where: str) -> str:
    """Where a step first differs from what it must be."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for key in (*wanted, *found):
            at = f"{where}.{key}" if where else str(key)
            if key not in found or key not in wanted:
                return f"it {'lacks' if key in wanted else 'has, and must not have,'} `{at}`"
            if found[key] != wanted[key]:
                return _difference(found[key], wanted[key], at)
    if isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        for number, (one, other) in enumerate(zip(found, wanted, strict=True)):
            if one != other:
                return _difference(one, other, f"{where}[{number}]")
    return f"its `{where}` is {shown(found)} and must be {shown(wanted)}"


def shown(value: object) -> str:
    """A value as a message tells it."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "nested too deep"
    return text if len(text) <= 80 else f"{text[:77]}..."
