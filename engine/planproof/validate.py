"""A tree held against a schema, every violation with its place. The one door to jsonschema and jsonschema-rs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from planproof.diagnostics import Diagnostic, clip, did_you_mean
from planproof.schema import Schema
from planproof.source import Span
from planproof.yaml_text import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator as Validation
    from jsonschema import ValidationError

_WORDING = {
    "money": ("an amount of money", "write 5000, 5000.50 or $5,000.50"),
    "rate": ("a rate", "a rate is written with `%`: 7.5%"),
    "number": ("a number", "write it plainly: 59.5"),
    "count": ("a whole number", "write it plainly: 12"),
    "year": ("a year", "write four digits: 2026"),
    "date": ("a date", "write year-month-day: 2026-07-01"),
    "list": ("a list of rows", "write one `- {...}` a row, or unknown"),
}


class Validator:
    """A schema made ready; make it once and use it for every file.

    Two validators hold a tree against it: one in Rust, which is fast, and one whose errors say enough to be told in our
    words. The second is asked only of what the first does not find right.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._quick = jsonschema_rs.Draft202012Validator(schema)

    @cached_property
    def _telling(self) -> Validation:
        from jsonschema import Draft202012Validator

        return Draft202012Validator(self._schema)

    def problems(self, node: Node) -> tuple[Diagnostic, ...]:
        """What is wrong with a tree by the schema."""
        data = plain(node)
        if self._right(data):
            return ()
        return tuple(found for error in self._telling.iter_errors(data) for found in _diagnostics(error, node))

    def _right(self, data: Any) -> bool:
        try:
            return self._quick.is_valid(data)
        except ValueError:  # what it cannot judge
            return False


_INTEGER = re.compile(r"0|[1-9][0-9]{0,17}")
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,17})\.[0-9]{1,6}")
_CORE_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


def plain(node: Node) -> Any:
    """The tree as plain data: whole and decimal numbers exact, every other unquoted text as text."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, (_, value) in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if not node.plain:
        return node.text
    if _INTEGER.fullmatch(node.text):
        return int(node.text)
    if _DECIMAL.fullmatch(node.text):
        return Decimal(node.text)
    return _CORE_WORDS.get(node.text.lower(), node.text)


# ------------------------------------------------------------------ wording


def _at(node: Node, path: Iterable[Any]) -> tuple[Node, Span]:
    """The node at a path, and the place of its key (or of itself)."""
    span = node.span
    for step in path:
        if isinstance(node, Mapping):
            span, node = node.entries[step]
        elif isinstance(node, Sequence):
            node = node.items[step]
            span = node.span
    return node, span


def _diagnostics(error: ValidationError, root: Node) -> list[Diagnostic]:
    node, key_span = _at(root, error.absolute_path)
    schema: Any = error.schema
    if error.validator == "additionalProperties" and isinstance(node, Mapping):
        known = list(schema.get("properties", {}))
        extra = [(key, *node.entries[key]) for key in node.entries if key not in known]
        return [
            Diagnostic("unknown-key", f"`{clip(key)}` is no key here", span, _extra_help(key, value, known)) for key, span, value in extra
        ]
    if error.validator == "required" and isinstance(node, Mapping):
        missing = [key for key in schema["required"] if error.message == f"{key!r} is a required property"]
        return [Diagnostic("key-missing", f"`{key}` is missing", key_span if error.absolute_path else key_span.first) for key in missing]
    if error.validator == "pattern" and "propertyNames" in error.absolute_schema_path:
        bad = str(error.instance)
        place = node.entries[bad][0] if isinstance(node, Mapping) and bad in node.entries else key_span
        return [Diagnostic("bad-key", f"`{clip(bad)}` cannot stand as a key here", place, _key_help(str(error.validator_value)))]
    return [_value_error(error, node, key_span, schema)]


def _extra_help(key: str, value: Node, known: list[str]) -> str | None:
    if (
        " " in key
        or key[:1].isdigit()
        or (
            isinstance(value, Scalar)
            and value.plain
            and not value.text
            and key not in known
            and "{" not in key
            and not did_you_mean(key, known)
        )
    ):
        return "a text with a comma or `: ` in it stands in quotes"
    return did_you_mean(key, known) or _keys(known)


def _keys(known: list[str]) -> str | None:
    return f"the keys here are {', '.join(known)}" if 0 < len(known) <= 16 else None


def _key_help(pattern: str) -> str:
    return "a year has four digits" if "[0-9]" in pattern[:6] else "a name has lower-case letters, digits and `_`"


def _value_error(error: ValidationError, node: Node, key: Span, schema: Any) -> Diagnostic:
    span = node.span if isinstance(node, Scalar) else node.span.first
    written = f"`{clip(node.text)}`" if isinstance(node, Scalar) else "a list" if isinstance(node, Sequence) else "a mapping"
    kind = schema.get("x-type")
    if isinstance(node, Scalar) and node.plain and node.text == "":
        end = Span(key.path, key.end - 1, key.end, key.line, key.column + key.end - key.start - 1)
        advice = "write `unknown` if the document does not tell, or remove the line" if kind else "give it a value, or remove the line"
        return Diagnostic("plan-value", "there is no value here", end, advice)
    if error.validator in ("minimum", "maximum"):
        side = "below" if error.validator == "minimum" else "above"
        return Diagnostic("out-of-range", f"{written} is {side} {error.validator_value}", span)
    if error.validator == "maxProperties":
        return Diagnostic("plan-value", f"more than {error.validator_value} entries", key)
    if error.validator == "minItems":
        return Diagnostic("plan-value", "there must be two or more, to differ", span)
    if kind in _WORDING:
        noun, advice = _WORDING[kind]
        if "none" in schema.get("examples", ()):
            advice += ", or `none` if there is none"
        return Diagnostic("plan-value", f"{written} is not {noun}", span, advice)
    if error.validator == "enum":
        options = [str(option) for option in schema["enum"]]
        return Diagnostic("plan-value", f"{written} is not one of {', '.join(options)}", span, _enum_help(node, options))
    example = f'write it like "{schema["examples"][0]}", in quotes' if schema.get("examples") else None
    if error.validator == "type":
        return _type_error(written, node, span, schema["type"], example)
    return Diagnostic("plan-value", f"{written} does not fit here", span, example)


def _type_error(written: str, node: Node, span: Span, types: str | list[str], example: str | None) -> Diagnostic:
    wanted = types if isinstance(types, str) else types[0]
    noun = {"object": "a mapping", "array": "a list", "string": "a text", "integer": "a whole number"}.get(wanted, wanted)
    quotable = wanted == "string" and isinstance(node, Scalar) and node.text.lower() not in ("null", "~")
    return Diagnostic("plan-value", f"{written} is not {noun}", span, example or ("put it in quotes" if quotable else None))


def _enum_help(node: Node, options: list[str]) -> str | None:
    if not isinstance(node, Scalar):
        return None
    lowered = node.text.lower()
    truth = {
        "true": "yes",
        "y": "yes",
        "on": "yes",
        "false": "no",
        "n": "no",
        "off": "no",
        "null": "unknown",
        "~": "unknown",
        "n/a": "none",
    }
    if truth.get(lowered) in options:
        return f"write `{truth[lowered]}`"
    return f"did you mean `{lowered}`?" if lowered in options else did_you_mean(lowered, options)
