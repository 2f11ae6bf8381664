"""What a run stored: its manifest and rows, or a stop that says what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from planproof.batch.jobs import Job
from planproof.batch.outputs import NotAnOutput, read_results
from planproof.batch.places import Places
from planproof.batch.results import Holds, ResultRow
from planproof.batch.run import NoManifest, read_manifest
from planproof.commands import Session
from planproof.diagnostics import Diagnostic, clip


def manifest_of(session: Session, places: Places) -> tuple[Job, dict[str, Any]]:
    """The job of an output, and its manifest; a stop if there is none."""
    try:
        return read_manifest(places)
    except NoManifest as error:
        raise session.stop(Diagnostic("no-batch", str(error), help="name the table that `planproof batch -o` wrote")) from error


def stored(session: Session, places: Places, manifest: dict[str, Any]) -> Iterator[ResultRow]:
    """The rows of an output; a stop if it is not as the run wrote it."""
    try:
        yield from read_results(places.output, {name: Holds(word) for name, word in manifest["columns"].items()})
    except (NotAnOutput, OSError, KeyError, ValueError) as error:
        raise session.stop(not_as_written(places.output)) from error


def not_as_written(path: Path) -> Diagnostic:
    """That an output was altered."""
    return Diagnostic("row-differs", f"`{clip(path.as_posix(), 200)}` is not as the run wrote it", help="run the batch again")
