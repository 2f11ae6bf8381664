"""A run: what is already there is kept, what is not is answered, and the pieces become one file.

Beside an output `OUT.csv` stand `OUT.manifest.json` and `OUT.rejects.csv`; while it is being made, its pieces lie in
`OUT.parts/`. A part counts once the file that says so is in its place, and that is the last to be written. So a run that
is killed, wherever, goes on where it was, and ends with the bytes of one that is not.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

from planproof.batch.jobs import Job, Part, job_of
from planproof.batch.outputs import assemble, assemble_rejects, reject_text
from planproof.batch.places import BEGUN, Places
from planproof.batch.reading import Reject
from planproof.batch.results import Holds
from planproof.batch.tally import Tally
from planproof.batch.worker import Desk, Worker, aside, begin, do, hash_of, piece_paths
from planproof.child_tables import ChildTable
from planproof.plan import Plan
from planproof.source import Source

Answered: TypeAlias = Callable[[Desk, Sequence[Part]], Iterator[int]]
WORTH_A_PROCESS = 2  # parts: with fewer, making processes ready takes longer than the work


@dataclass(frozen=True, slots=True)
class Before:
    """What was read before the parts: the plans to join to, what of them was rejected as CSV lines, and how many are `undated`.

    And the tables of rows of lists, with the ids of plans met to which rows belong.
    """

    plans: Mapping[str, Plan]
    rejects: str = ""
    undated: int = 0
    children: tuple[ChildTable, ...] = ()
    parents: Mapping[str, Set[str]] = field(default_factory=dict)


def run(
    job: Job,
    places: Places,
    before: Before,
    columns: Mapping[str, Holds],
    sources: tuple[Source, ...],
    answered: Answered,
    tell: Callable[[int, int, int], None],
) -> Tally:
    """Make the output of a job, or what of it is not there; `tell` hears of parts done, parts in all, and rows.

    `before` is what belongs to no part; `sources` are the rule book's texts; `answered` does
    the parts that are waiting, in processes or on other machines.
    """
    folder = places.parts
    _begin(folder, job)
    waiting = [part for part in job.parts if not _committed(folder, part, job.form)]
    done = len(job.parts) - len(waiting)
    tell(done, len(job.parts), 0)
    for number, rows in enumerate(answered(Desk(job, sources, folder, before.plans, before.children), waiting), 1):
        tell(done + number, len(job.parts), rows)
    return _finish(job, places, before, columns)


def _begin(folder: Path, job: Job) -> None:
    """Make the folder of pieces, or clear that of another job."""
    text = json.dumps(job.data(), ensure_ascii=False)
    begun = folder / BEGUN
    if begun.is_file() and begun.read_text(encoding="utf-8") == text:
        return
    _clear(folder)
    folder.mkdir()
    with aside(begun) as place:
        place.write_text(text, encoding="utf-8")


def _clear(folder: Path) -> None:
    """Remove the folder of pieces; once it has another name, a worker that outlived its run finds no place to write to."""
    if folder.exists():
        gone = folder.with_name(f"{folder.name}.{uuid4().hex}.tmp")
        folder.rename(gone)
        shutil.rmtree(gone)


def _committed(folder: Path, part: Part, form: str) -> bool:
    """Whether a part's pieces are there and whole."""
    answers, rejected, done = piece_paths(folder, part, form)
    try:
        said = json.loads(done.read_text(encoding="utf-8"))
        return bool(said["answers"] == hash_of(answers) and said["rejects"] == hash_of(rejected))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def in_processes(workers: int, desk: Desk, parts: Sequence[Part]) -> Iterator[int]:
    """Do the parts, in processes of this machine if it pays; gives back the rows of each as it is committed."""
    if len(parts) < WORTH_A_PROCESS or workers < 2:
        worker = Worker(desk) if parts else None
        yield from (worker.do(part) for part in parts if worker)
        return
    with ProcessPoolExecutor(min(workers, len(parts)), get_context("spawn"), begin, (desk,)) as pool:
        open_: set[Future[int]] = set()
        for part in parts:
            if len(open_) >= 4 * workers:
                ready, open_ = wait(open_, return_when=FIRST_COMPLETED)
                yield from (one.result() for one in ready)
            open_.add(pool.submit(do, part))
        while open_:
            ready, open_ = wait(open_, return_when=FIRST_COMPLETED)
            yield from (one.result() for one in ready)


def _finish(job: Job, places: Places, before: Before, columns: Mapping[str, Holds]) -> Tally:
    """Make one file of the pieces, then the manifest, and remove the pieces."""
    pieces = [piece_paths(places.parts, part, job.form) for part in job.parts]
    found = Tally(rejected=before.rejects.count("\n"), undated=before.undated)
    parts: list[dict[str, Any]] = []
    parents = {name: set(met) for name, met in before.parents.items()}
    for part, (_, _, done) in zip(job.parts, pieces, strict=True):
        said = json.loads(done.read_text(encoding="utf-8"))
        found.add(said["tally"])
        for name, met in said["parents"].items():
            parents.setdefault(name, set()).update(met)
        parts.append(
            {"number": part.number, "rows": said["tally"]["rows"], "rejected": said["tally"]["rejected"], "sha256": said["answers"]}
        )
    first, last = places.parts / "before.rejects", places.parts / "after.rejects"
    first.write_text(before.rejects, encoding="utf-8", newline="")
    lonely = [
        Reject(id_, one.path, row, "id", wrong)
        for one in before.children
        for id_, row, wrong in one.without_parent(parents.get(one.listed.name, set()))
    ]
    found.rejected += len(lonely)
    last.write_text(reject_text(lonely), encoding="utf-8", newline="")
    with aside(places.output) as place:
        assemble(place, job.form, columns, [answers for answers, _, _ in pieces])
    with aside(places.rejects) as place:
        assemble_rejects(place, [first, *(rejected for _, rejected, _ in pieces), last])
    manifest = {
        **job.data(),
        "columns": {name: holds.value for name, holds in columns.items()},
        "parts_done": parts,
        "output": {"file": places.output.name, "sha256": hash_of(places.output)},
        "rejects": {"file": places.rejects.name, "sha256": hash_of(places.rejects)},
        "tally": found.data(),
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    with aside(places.manifest) as place:
        place.write_text(text, encoding="utf-8")
    _clear(places.parts)
    return found


class NoManifest(Exception):
    """There is no run of that name, or what is there is none."""


def read_manifest(places: Places) -> tuple[Job, dict[str, Any]]:
    """The job of an output and its manifest; `NoManifest` says why there is none."""
    try:
        data = json.loads(places.manifest.read_text(encoding="utf-8"))
        return job_of(data), data
    except OSError as error:
        raise NoManifest(f"cannot read `{places.manifest}`: {(error.strerror or 'unreadable').lower()}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise NoManifest(f"`{places.manifest}` is no manifest of a batch") from error


def finished(job: Job, places: Places) -> Tally | None:
    """The counts of an output that is there, whole, and of this very job; pieces that its run left are removed."""
    try:
        before, data = read_manifest(places)
        whole = hash_of(places.output) == data["output"]["sha256"] and hash_of(places.rejects) == data["rejects"]["sha256"]
        if before != job or not whole:
            return None
        found = Tally()
        found.add(data["tally"])
        _clear(places.parts)
        return found
    except (NoManifest, OSError, KeyError, TypeError):
        return None
