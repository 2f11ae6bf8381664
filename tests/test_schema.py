"""The committed schemas are those that the rule book's facts give, and they are schemas."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from conftest import ROOT
from planproof.rulebook import Rulebook
from planproof.schema import Schema, participant_schema, plan_schema, schema_text

NAMES = ["schema.json", "participant.schema.json"]


def _generated(book: Rulebook, name: str) -> Schema:
    return plan_schema(book.core) if name == "schema.json" else participant_schema(book.core)


@pytest.mark.parametrize("name", NAMES)
def test_committed_schema_is_current(book: Rulebook, name: str) -> None:
    """`python docs/generate.py` writes what is committed."""
    assert (ROOT / "plans" / name).read_text(encoding="utf-8") == schema_text(_generated(book, name))


@pytest.mark.parametrize("name", NAMES)
def test_schema_is_a_schema(book: Rulebook, name: str) -> None:
    """The schema is valid by its own meta-schema."""
    Draft202012Validator.check_schema(_generated(book, name))


def test_every_fact_completes_in_an_editor(book: Rulebook) -> None:
    """Every fact of a plan stands in the schema with a description, and with its options where it has any."""
    schema = json.loads((ROOT / "plans" / "schema.json").read_text(encoding="utf-8"))
    for fact in book.core.facts:
        root, *path = fact.name.split(".")
        if root != "plan":
            continue
        node = schema if path == ["type"] else schema["$defs"]["features"]
        for word in path:
            node = node["properties"][word]
        assert fact.asks in node["description"], fact.name
        for option in fact.type.options:
            assert option in node["else"]["enum"], fact.name
