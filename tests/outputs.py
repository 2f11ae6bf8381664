"""JSON outputs of the commands and their published schemas, for the tests that hold the ones against the others."""

from __future__ import annotations

import contextlib
import io
import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from doc_blocks import DOCS, ROOT
from planproof import cli

SCHEMAS: dict[str, Any] = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((DOCS / "schema").glob("*.json"))}
FULL = "docs/examples/full-plan.yaml"
PERSON = ("--participant", "docs/examples/full-participant.yaml")
PLANS = ("plans/delta-pilots.yaml", "plans/honeywell-2024.yaml", "plans/purdue.yaml", "plans/tsp.yaml")


@cache
def printed(*arguments: str) -> str:
    """What a command prints as JSON, run from the project's folder."""
    out = io.StringIO()
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        cli.main([*arguments, "--format", "json"])
    return out.getvalue()


def output(*arguments: str) -> Any:
    """The JSON output of a command as data that a test may change."""
    return json.loads(printed(*arguments))


@cache
def validator(name: str) -> Draft202012Validator:
    """The validator of one output."""
    resources: list[tuple[str, Resource[Any]]] = [(schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()]
    registry: Registry[Any] = Registry().with_resources(resources)
    return Draft202012Validator(SCHEMAS[name], registry=registry)


def problem(name: str, data: Any) -> str:
    """The first thing that the schema of an output finds wrong with data; nothing if it holds."""
    error = next(validator(name).iter_errors(data), None)
    return f"{error.json_path}: {error.message}" if error else ""
