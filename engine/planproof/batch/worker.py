"""One part answered and written, in a process of its own or in the caller's."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing import parent_process
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from planproof.answer import Answerer
from planproof.batch.jobs import Job, Part
from planproof.batch.outputs import reject_text, write_piece
from planproof.batch.reading import PartReader, Reject
from planproof.batch.results import Backend, Question, Reference, columns
from planproof.batch.tally import Tally, tally
from planproof.child_tables import ChildTable
from planproof.plan import Plan
from planproof.rulebook import rulebook_of
from planproof.source import Source

if TYPE_CHECKING:
    from planproof.batch.vectors import Vectors


@dataclass(frozen=True, slots=True)
class Desk:
    """What a worker needs to know: the job, the texts of the rule book, where pieces go, the plans to join to, and rows of lists."""

    job: Job
    sources: tuple[Source, ...]
    folder: Path
    plans: Mapping[str, Plan]
    children: tuple[ChildTable, ...] = ()


class Worker:
    """Answers parts of one job; make it once and use it for every part."""

    def __init__(self, desk: Desk) -> None:
        whole, _ = rulebook_of(desk.sources)
        assert whole is not None, "the rule book was compiled before"
        book = whole.known_on(desk.job.known_on)
        self.desk = desk
        self.book = book
        self.columns = columns(book, of_plans=desk.job.of_plans)
        self.reader = PartReader(book, desk.job, desk.plans, desk.children)
        answerer = Answerer(book)
        self.backend = Reference(answerer, of_plans=True) if desk.job.of_plans else _columnar(answerer)
        self.vectors = None if desk.job.of_plans else _vectors(answerer, self.reader)

    def do(self, part: Part) -> int:
        """Answer a part and commit it; gives back how many rows it has. What is committed is whole."""
        self.reader.undated = 0
        for met in self.reader.children.met.values():
            met.clear()
        answers, rejected, done = piece_paths(self.desk.folder, part, self.desk.job.form)
        with aside(answers) as place:
            counts, rejects = self._written(part, place)
        with aside(rejected) as place:
            place.write_text(reject_text(rejects), encoding="utf-8", newline="")
        counts.rejected = len({(one.source, one.row, one.id) for one in rejects})
        counts.undated = self.reader.undated
        said = {"answers": hash_of(answers), "rejects": hash_of(rejected), "tally": counts.data()}
        said["parents"] = {name: sorted(met) for name, met in self.reader.children.met.items()}
        with aside(done) as place:
            place.write_text(json.dumps(said), encoding="utf-8")
        return counts.rows

    def _written(self, part: Part, place: Path) -> tuple[Tally, list[Reject]]:
        """Write the answers to a part, by whole columns if its table can be read so; gives back their counts, and what is rejected."""
        made = self.vectors.written(part, place) if self.vectors is not None else None
        return made if made is not None else self.by_rows(part, place)

    def by_rows(self, part: Part, place: Path) -> tuple[Tally, list[Reject]]:
        """Write the answers to a part, read row by row."""
        rejects: list[Reject] = []
        rows = list(self.backend.results(self._questions(part, rejects)))
        write_piece(place, self.desk.job.form, self.columns, rows)
        return tally(self.book, rows), rejects

    def _questions(self, part: Part, rejects: list[Reject]) -> Iterator[Question]:
        for found in self.reader.found(part):
            if isinstance(found, Reject):
                rejects.append(found)
            else:
                yield from self.reader.questions(found)


def _columnar(answerer: Answerer) -> Backend:
    from planproof.batch.columnar import Columnar

    return Columnar(answerer)


def _vectors(answerer: Answerer, reader: PartReader) -> Vectors:
    from planproof.batch.vectors import Vectors

    return Vectors(answerer, reader)


def piece_paths(folder: Path, part: Part, form: str) -> tuple[Path, Path, Path]:
    """Where a part's answers, its rejects, and what says that both are whole are kept."""
    name = f"{part.number:06d}"
    return folder / f"{name}.{form}", folder / f"{name}.rejects", folder / f"{name}.json"


def hash_of(path: Path) -> str:
    """The hash of a file."""
    total = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            total.update(block)
    return total.hexdigest()


class aside:  # noqa: N801 - used as `open` is
    """A file written aside, brought to the disk and moved into its place at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.aside = path.with_name(f"{path.name}.{uuid4().hex}.tmp")

    def __enter__(self) -> Path:
        return self.aside

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                settle(self.aside, self.path)
        finally:
            self.aside.unlink(missing_ok=True)


def settle(aside: Path, path: Path) -> None:
    """Bring a file to the disk and move it into its place."""
    with aside.open("rb") as file:
        os.fsync(file.fileno())
    aside.replace(path)


# ------------------------------------------------------------------ in processes

_worker: list[Worker] = []


def begin(desk: Desk) -> None:
    """Make a process ready for parts."""
    _worker.append(Worker(desk))


def do(part: Part) -> int:
    """Answer a part in a process that is ready; one whose run was killed ends."""
    parent = parent_process()
    if parent is None or not parent.is_alive():
        os._exit(1)
    return _worker[0].do(part)
