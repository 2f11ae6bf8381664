"""The JSON schemas of plan and participant files, generated from the rule book's facts and the fixed parts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, TypeAlias

from planproof.core import PLAN_TYPE, Column, Core, Fact, ListFact
from planproof.types import Kind, Type, shown
from planproof.values import Value

Schema: TypeAlias = dict[str, Any]

# `$` alone would let a trailing line end through in Python.
_END = r"$(?!\n)"
_NAME = "^[a-z][a-z0-9_]*" + _END
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DATE = f"^{_DAY}{_END}"
_WHOLE = r"(0|[1-9][0-9]*)"
_AMOUNT = r"\$?(0|[1-9][0-9]{0,2}(,[0-9]{3})+|[1-9][0-9]*)(\.[0-9]{2})?"
_PATTERNS = {
    Kind.MONEY: _AMOUNT,
    Kind.RATE: _WHOLE + r"(\.[0-9]{1,6})?%",
    Kind.NUMBER: _WHOLE + r"(\.[0-9]{1,6})?",
    Kind.COUNT: _WHOLE,
    Kind.YEAR: "[0-9]{4}",
    Kind.DATE: _DAY,
    Kind.DURATION: r"[0-9]+ (day|month|year)s?",
}
_EXAMPLES: dict[Kind, list[Any]] = {
    Kind.MONEY: ["$11,500", 11500, "$5,000.50"],
    Kind.RATE: ["10%", "7.5%"],
    Kind.NUMBER: [59.5],
    Kind.COUNT: [12],
    Kind.YEAR: [2026],
    Kind.DATE: ["2026-07-01"],
}
_TEXT: Schema = {"type": ["string", "integer"]}


def plan_schema(core: Core) -> Schema:
    """The schema of a plan file."""
    features = _tree(core, "plan", skip=(PLAN_TYPE,))
    type_fact = next((fact for fact in core.facts if fact.name == PLAN_TYPE), None)
    verdicts = next((d.type.options for d in core.definitions if core.verdict and d.name == core.verdict.name), ())
    amendment = _object(
        {
            "name": _described("What the amendment is called", {"type": "string"}),
            "effective": _described("Date from which it has effect", {"type": "string", "pattern": _DATE}),
            "adopted": _described("Date on which it was adopted", {"type": "string", "pattern": _DATE}),
            "source": _described("Id of one of the sources", {"type": "string"}),
            "features": {"$ref": "#/$defs/features"},
        },
        ("name", "effective", "features"),
    )
    group = _object(
        {"label": _described("Who is in the group", {"type": "string"}), "features": {"$ref": "#/$defs/features"}}, ("label", "features")
    )
    properties = {
        "employer": _described("Name of the employer that sponsors the plan", {"type": "string", "minLength": 1}),
        "name": _described("Name of the plan", {"type": "string", "minLength": 1}),
        "type": _leaf(type_fact) if type_fact else _described("Kind of plan", {"type": "string"}),
        "ein": _described(
            "Employer identification number of the sponsor",
            {"type": "string", "pattern": "^[0-9]{2}-[0-9]{7}" + _END, "examples": ["12-3456789"]},
        ),
        "plan_number": _described("Three-digit plan number", {"type": "string", "pattern": "^[0-9]{3}" + _END, "examples": ["001"]}),
        "recordkeeper": _described("Who keeps the plan's records", {"type": "string"}),
        "sources": _described("The documents that the values come from, by an id of your choice", _named({"$ref": "#/$defs/source"})),
        "features": {"$ref": "#/$defs/features"},
        "amendments": _described("Changes of the plan with the date they have effect", {"type": "array", "items": amendment}),
        "groups": _described("Groups of employees whose features differ from the rest", {**_named(group), "maxProperties": 100}),
        "expected": _described("The verdict that the author of the file expects", {"enum": [*verdicts, "unknown"]}),
        "difference": _described("Why the verdict differs from the expected one", {"type": "string", "minLength": 1}),
    }
    return _whole("A plan file", properties, ("employer", "name", "type", "features"), {"features": features})


def participant_schema(core: Core) -> Schema:
    """The schema of a participant file."""
    tree = _tree(core, "participant")
    group = _described("The plan's group that the participant is in, or none", {"type": "string", "pattern": _NAME, "examples": ["none"]})
    return _whole("A participant file", {"group": group, **tree["properties"]}, (), {})


def schema_text(schema: Schema) -> str:
    """A schema as it is committed."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


# ------------------------------------------------------------------ the fixed parts


def _whole(title: str, properties: Schema, required: Iterable[str], definitions: Schema) -> Schema:
    source = _object(
        {
            "document": _described(
                "Kind of document", {"type": "string", "minLength": 1, "examples": ["Summary plan description", "Adoption agreement"]}
            ),
            "title": _described("Its title", {"type": "string"}),
            "date": _described("Its date, as far as known", _TEXT),
            "address": _described("Where it is published", {"type": "string"}),
            "file": _described("The file that holds it", {"type": "string"}),
        },
        ("document",),
    )
    claim = _object({"value": True, **_EVIDENCE}, ("value",))
    several: Schema = {"type": "array", "minItems": 2, "items": claim}
    conflicting = _described("What each of several sources says, where they disagree", several)
    readings = _described("What the words can be read to say, where they can be read in more than one way", several)
    evidence = _object({"value": True, "conflicting": conflicting, "readings": readings, **_EVIDENCE}, ())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **_object(properties, required),
        "$defs": {"source": source, "evidence": evidence, **definitions},
    }


def _described(text: str, schema: Schema) -> Schema:
    return {"description": text, **schema}


_EVIDENCE: Schema = {
    "source": _described("Id of one of the sources", {"type": "string"}),
    "page": _described("Page of the source", _TEXT),
    "section": _described("Section or heading of the source", _TEXT),
    "note": _described("What a reader should know", {"type": "string"}),
}


def _object(properties: Schema, required: Iterable[str]) -> Schema:
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": list(required)} if required else schema


def _named(item: Schema) -> Schema:
    return {"type": "object", "propertyNames": {"pattern": _NAME}, "additionalProperties": item}


# ------------------------------------------------------------------ facts


def _tree(core: Core, root: str, skip: tuple[str, ...] = ()) -> Schema:
    tree = _object({}, ())
    items: list[Fact | ListFact] = [*core.facts, *core.lists]
    for item in sorted(items, key=lambda item: (item.span.path, item.span.start)):
        head, *path = item.name.split(".")
        if head != root or item.name in skip:
            continue
        place = tree["properties"]
        for word in path[:-1]:
            place = place.setdefault(word, _object({}, ()))["properties"]
        place[path[-1]] = _leaf(item) if isinstance(item, Fact) else _rows(item)
    return tree


def _leaf(fact: Fact) -> Schema:
    value = value_schema(fact.type, fact.low, fact.high)
    claims: Schema = {"items": {"properties": {"value": value}}}
    evidence: Schema = {"$ref": "#/$defs/evidence", "properties": {"value": value, "conflicting": claims, "readings": claims}}
    one: Schema = {"if": {"type": "object"}, "then": evidence, "else": value}
    if fact.key is None:
        return {"description": _description(fact), **one}
    years: Schema = {"propertyNames": {"pattern": "^[0-9]{4}" + _END}, "additionalProperties": one}
    either: Schema = {"if": {"propertyNames": {"pattern": "^[0-9]"}}, "then": years, "else": evidence}
    return {"description": _description(fact), "if": {"type": "object"}, "then": either, "else": value}


def _description(fact: Fact) -> str:
    parts = [f"{fact.label}. {fact.asks}"]
    if fact.key:
        parts.append("A plain value is for the year asked; `{2025: ..., 2026: ...}` gives years.")
    for answer, phrases in fact.phrases:
        quoted = ", ".join(f"“{phrase}”" for phrase in phrases)
        parts.append(f"Documents say {quoted} for {answer}." if answer else f"Not meant: {quoted}.")
    if fact.presumed:
        parts.append(f"If nobody says: {shown(fact.presumed.value, fact.type.kind)} ({'; '.join(fact.presumed.authority.citations)}).")
    return " ".join(parts)


def _rows(listed: ListFact) -> Schema:
    columns = {column.name.split(".")[-1]: _column(column) for column in listed.columns}
    rows: Schema = {"type": "array", "items": _object(columns, ()), "x-type": "list"}
    unknown: Schema = {"enum": ["unknown"], "x-type": "list"}
    evidence = _object({"rows": {"if": {"type": "array"}, "then": rows, "else": unknown}, **_EVIDENCE}, ("rows",))
    other: Schema = {"if": {"type": "object"}, "then": evidence, "else": unknown}
    return {"description": f"{listed.label}. {listed.asks}", "if": {"type": "array"}, "then": rows, "else": other}


def _column(column: Column) -> Schema:
    return value_schema(column.type, column.low, column.high)


def value_schema(type_: Type, low: Value, high: Value) -> Schema:
    """The schema of one plain value; `x-type` tells the loader how to word what is wrong."""
    words = ["unknown", *(["none"] if type_.optional else [])]
    if type_.kind is Kind.TRUTH:
        return {"enum": ["yes", "no", *words], "x-type": "yes/no"}
    if type_.kind is Kind.CHOICE:
        return {"enum": [*type_.options, *words], "x-type": "choice"}
    pattern = f"^({'|'.join((*words, _PATTERNS[type_.kind]))}){_END}"
    types = {
        Kind.MONEY: ["number", "string"],
        Kind.NUMBER: ["number", "string"],
        Kind.COUNT: ["integer", "string"],
        Kind.YEAR: ["integer", "string"],
    }
    schema: Schema = {"type": types.get(type_.kind, "string"), "pattern": pattern, "x-type": type_.kind.value}
    if type_.kind in types:
        for word, limit in (("minimum", low), ("maximum", high)):
            whole = _whole_units(limit, type_.kind)
            if whole is not None:
                schema[word] = whole
    return {**schema, "examples": [*_EXAMPLES.get(type_.kind, []), *words]}


def _whole_units(limit: Value, kind: Kind) -> int | None:
    if not isinstance(limit, int):
        return None
    if kind is Kind.MONEY:
        return limit // 100 if limit % 100 == 0 else None
    return limit


def matches(kind: Kind, text: str) -> bool:
    """Whether a text is a value of the kind, as the schema says."""
    return len(text) <= 24 and text.isascii() and re.fullmatch(_PATTERNS[kind], text) is not None
