"""What a run reads: the files that are named, what each holds, and how they are cut into parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from glob import glob
from hashlib import sha256
from pathlib import Path

from planproof.batch.jobs import Input, Kind, Part
from planproof.batch.places import is_piece, written_by_batches
from planproof.diagnostics import Diagnostic, clip
from planproof.flat import LAYER_COLUMNS, Columns
from planproof.flat_read import Row
from planproof.plans import is_folder
from planproof.tables import Header, Record, csv_header, csv_row, json_row, records

FILES_A_PART = 250
ROWS_A_PART = 2_000  # of plans, which the reference evaluator answers
PARTICIPANTS_A_PART = 50_000  # which columns answer
PARTICIPANTS_BY_ROW = 5_000  # in a table that is read row by row
PLAN_SUFFIXES = (".yaml", ".yml", ".json")
TABLE_SUFFIXES = (".csv", ".jsonl", ".parquet")

# ------------------------------------------------------------------ which files


@dataclass(frozen=True, slots=True)
class Named:
    """The files that names, folders and patterns stand for, each once; what runs wrote among them is `skipped`."""

    files: tuple[Path, ...]
    skipped: tuple[Path, ...]


def named(names: Iterable[str]) -> tuple[Named, list[Diagnostic]]:
    """The files that names, folders and patterns stand for, and what is wrong with the names."""
    found: dict[Path, None] = {}
    skipped: dict[Path, None] = {}
    wrong = []
    for name in names:
        if not name:
            wrong.append(Diagnostic("unreadable", "the name of an input is empty"))
            continue
        path = Path(name)
        if is_folder(path):
            paths, ours = _not_ours(one for one in path.iterdir() if one.suffix in (*PLAN_SUFFIXES, *TABLE_SUFFIXES))
        elif any(sign in name for sign in "*?[") and not path.exists():
            paths, ours = _not_ours(one for one in map(Path, glob(name, recursive=True)) if not is_folder(one))
        else:
            paths, ours = [path], []
        for one in paths:
            if one.suffix not in (*PLAN_SUFFIXES, *TABLE_SUFFIXES):
                ends = ", ".join((*PLAN_SUFFIXES, *TABLE_SUFFIXES))
                wrong.append(
                    Diagnostic("table-form", f"`{clip(one.as_posix(), 200)}` is no plan file and no table", help=f"the ends are {ends}")
                )
        if not paths:
            wrong.append(Diagnostic("no-plans", f"no plan files and no tables in `{clip(name, 200)}`"))
        found |= dict.fromkeys(paths)
        skipped |= dict.fromkeys(ours)
    return Named(tuple(found), tuple(skipped)), wrong


def _not_ours(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Files in order but for schemas, and apart from them those that runs wrote."""
    inside = sorted(path for path in paths if not _schema(path))
    written = {path for folder in {path.parent for path in inside} for path in written_by_batches(folder)}
    ours = [path for path in inside if path in written or is_piece(path)]
    return [path for path in inside if path not in set(ours)], ours


def _schema(path: Path) -> bool:
    return path.name.endswith("schema.json")


def inputs_of(paths: Sequence[Path], columns: Columns) -> tuple[list[Input], list[Diagnostic]]:
    """The inputs that files are: plan files first, then tables of plans, then those of participants."""
    found: list[Input] = []
    wrong: list[Diagnostic] = []
    stems = Counter(path.stem for path in paths if path.suffix in PLAN_SUFFIXES)
    for path in paths:
        try:
            size, digest = _hashed(path)
            kind, problems = (Kind.PLAN_FILE, ()) if path.suffix in PLAN_SUFFIXES else _kind(path, columns)
        except OSError as error:
            problems = (_unreadable(path, error),)
        wrong += problems
        if not problems:
            id_ = "" if kind is not Kind.PLAN_FILE else path.stem if stems[path.stem] == 1 else path.as_posix()
            found.append(Input(path.as_posix(), kind, size, digest, id_))
    order = list(Kind)
    return sorted(found, key=lambda one: order.index(one.kind)), wrong


def rows_input(path: Path, name: str) -> tuple[Input | None, tuple[Diagnostic, ...]]:
    """The input that a table of the rows of a list is, or why it cannot be read."""
    try:
        return Input(path.as_posix(), Kind.ROWS, *_hashed(path), name), ()
    except OSError as error:
        return None, (_unreadable(path, error),)


def _unreadable(path: Path, error: OSError) -> Diagnostic:
    cause = "it is a folder" if is_folder(path) else (error.strerror or "unreadable").lower()
    return Diagnostic("unreadable", f"cannot read `{clip(path.as_posix(), 200)}`: {cause}")


def _hashed(path: Path) -> tuple[int, str]:
    """Size and hash of a file."""
    total, size = sha256(), 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            total.update(block)
            size += len(block)
    return size, total.hexdigest()


def _kind(path: Path, columns: Columns) -> tuple[Kind, tuple[Diagnostic, ...]]:
    """Whether a table is of plans or of participants, and what is wrong with its columns."""
    names, problems = _names(path, columns)
    return kind_of(names), problems


def kind_of(names: Iterable[str]) -> Kind:
    """What a table with these columns holds."""
    of_people = any(name == "plan" or name.startswith("participant.") for name in names)
    return Kind.PARTICIPANTS if of_people else Kind.PLANS


def _names(path: Path, columns: Columns) -> tuple[set[str], tuple[Diagnostic, ...]]:
    """The names of a table's columns; of JSONL, those of the first rows."""
    if path.suffix == ".parquet":
        from planproof.frames import parquet_names, parquet_shape

        _, problems = parquet_shape(path, columns)
        return (set() if problems else set(parquet_names(path))), problems
    with path.open("rb") as file:
        if path.suffix == ".csv":
            header, problems = csv_header(path.as_posix(), file, columns)
            return set(header.names), problems
        first = (row for record, _ in zip(records(file), range(100), strict=False) if isinstance(row := json_row("", record, columns), Row))
        return {name for row in first for name in row.cells}, ()


# ------------------------------------------------------------------ parts


def parts_of(inputs: Sequence[Input], asked: Sequence[int], columns: Columns) -> Iterator[Part]:
    """The parts of the inputs that are asked about, by their places among the inputs."""
    number = 0
    files = [place for place in asked if inputs[place].kind is Kind.PLAN_FILE]
    for first in range(0, len(files), FILES_A_PART):
        count = len(files[first : first + FILES_A_PART])
        yield Part(number, files[first], 0, count)
        number += 1
    for place in asked:
        if inputs[place].kind is not Kind.PLAN_FILE:
            for start, end, line in _cuts(inputs[place], columns):
                yield Part(number, place, start, end, line)
                number += 1


def _cuts(one: Input, columns: Columns) -> Iterator[tuple[int, int, int]]:
    path, most = Path(one.path), ROWS_A_PART if one.kind is Kind.PLANS else PARTICIPANTS_A_PART
    if path.suffix == ".jsonl":
        most = min(most, PARTICIPANTS_BY_ROW)
    if path.suffix == ".parquet":
        from planproof.frames import parquet_cuts

        for start, count in parquet_cuts(path, columns, most, layered=one.kind is Kind.PLANS):
            yield start, count, 1
        return
    with path.open("rb") as file:
        header, _ = csv_header(one.path, file, columns) if path.suffix == ".csv" else (Header(), ())
        layered = one.kind is Kind.PLANS and (path.suffix != ".csv" or any(name in header.names for name in LAYER_COLUMNS))
        start, line, count, last = header.end, header.line, 0, ""
        for record in records(file, header.end, header.line, quotes=path.suffix == ".csv"):
            id_ = _id(one.path, record, header, columns) if layered and count >= most - 1 else ""
            if count >= most and (not id_ or id_ != last):
                yield start, record.start, line
                start, line, count = record.start, record.line, 0
            count, last = count + 1, id_
        if count:
            yield start, one.size, line


def _id(path: str, record: Record, header: Header, columns: Columns) -> str:
    row = csv_row(path, record, header.names) if header.names else json_row(path, record, columns)
    return row.text("id") if isinstance(row, Row) else ""
