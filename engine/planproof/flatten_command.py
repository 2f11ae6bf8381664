"""The command that turns plan and participant files into rows of the flat form, and back."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from planproof.child_tables import Children, ChildTable, child_table, list_and_file, twice
from planproof.commands import BAD_INPUT, DONE, Session, no_plans, plan_files
from planproof.diagnostics import Diagnostic, clip
from planproof.flat import Cells, Columns, RowColumns, participant_row, plan_rows
from planproof.flat_read import FlatReader, Row
from planproof.plan_text import NoText, participant_text, plan_text
from planproof.plans import Loader
from planproof.rulebook import Rulebook
from planproof.saving import see_to
from planproof.tables import TABLES, Read, csv_text, json_text, text_table

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


def flatten(session: Session, args: Namespace) -> int:
    """Files to a table, or with `--back` tables to files."""
    book = session.book(args.rules)
    columns = Columns(book)
    apart = _apart(session, book, args.rows, [Path(args.output)] if args.output and not args.back else [])
    if args.back:
        return _back(session, args, FlatReader(book, columns), apart)
    files = plan_files(args.input)
    table = next((path for path in files if path.suffix in TABLES), None)
    if table is not None:
        message = f"`{clip(table.as_posix(), 200)}` is a table, and no file of a plan or a participant"
        raise session.stop(Diagnostic("table-form", message, help="say --back to make files of it"))
    if not files:
        raise session.stop(no_plans(args.input))
    read = _participants if args.participants else _plans
    rows = list(read(session, book, files))
    for name, child in apart.items():
        _write_child(session, child, RowColumns(book, book.lists[name]), list(_taken(rows, name, of_plans=not args.participants)))
    path = Path(args.output) if args.output else None
    if path is not None:
        _writable(session, path)
    if path is not None and path.suffix == ".parquet":
        from planproof.frames import write_parquet

        write_parquet(path, rows, columns)
    else:
        text = json_text(rows) if path is not None and path.suffix == ".jsonl" else csv_text(rows)
        _write(session, path, text)
    return BAD_INPUT if session.failed else DONE


def _apart(session: Session, book: Rulebook, texts: Iterable[str], others: Sequence[Path]) -> dict[str, Path]:
    """The lists that have a table of their own, with its file."""
    found: dict[str, Path] = {}
    for text in texts:
        name, path, wrong = list_and_file(book, text)
        if wrong or name in found:
            raise session.stop(wrong or twice(name))
        found[name] = path
    if len({path.resolve() for path in (*found.values(), *others)}) < len(found) + len(others):
        raise session.stop(Diagnostic("output", "two tables would be written to one file", help="give each a name of its own"))
    return found


def _taken(rows: Iterable[Cells], name: str, *, of_plans: bool) -> Iterator[Cells]:
    """The rows of a list, taken out of the rows that they belong to; an empty list stays there, and those of amendments and groups."""
    for row in rows:
        cell = row.get(name)
        if cell and not isinstance(cell, str) and not (of_plans and ("effective" in row or "group" in row)):
            del row[name]
            yield from ({"id": row["id"], **one} for one in cell)


def _write_child(session: Session, path: Path, columns: RowColumns, rows: list[Cells]) -> None:
    _writable(session, path)
    if path.suffix == ".parquet":
        from planproof.frames import write_texts

        write_texts(path, columns.names(), rows)
    else:
        path.write_text(json_text(rows) if path.suffix == ".jsonl" else csv_text(rows, columns.names()), encoding="utf-8")


def _plans(session: Session, book: Rulebook, files: Iterable[Path]) -> Iterator[Cells]:
    loader = Loader(book)
    for path in files:
        plan, source, diagnostics = loader.plan(path)
        session.know([source] if source else [])
        session.tell(diagnostics)
        if plan is not None:
            yield from plan_rows(book, path.stem, plan)


def _participants(session: Session, book: Rulebook, files: Iterable[Path]) -> Iterator[Cells]:
    loader = Loader(book)
    for path in files:
        person, sources, _, diagnostics = loader.participant(path, [])
        session.know(sources)
        session.tell(diagnostics)
        if person is not None:
            yield participant_row(book, path.stem, person)


def _write(session: Session, path: Path | None, text: str) -> None:
    if path is None:
        session.write(text)
    else:
        path.write_text(text, encoding="utf-8")


def _no_table(path: Path) -> Diagnostic:
    return Diagnostic("table-form", f"`{clip(path.name)}` does not end as a table does", help=f"the ends are {', '.join(TABLES)}")


def _writable(session: Session, path: Path) -> None:
    """See that a table can be written there."""
    if path.suffix not in TABLES:
        raise session.stop(_no_table(path))
    see_to(session, path)


# ------------------------------------------------------------------ back


def _back(session: Session, args: Namespace, reader: FlatReader, apart: Mapping[str, Path]) -> int:
    folder = Path(args.output or ".")
    if folder.exists() and not folder.is_dir():
        raise session.stop(Diagnostic("output", f"cannot write into `{clip(str(folder), 200)}`: it is no folder"))
    folder.mkdir(parents=True, exist_ok=True)
    children = Children(_child(session, reader.book, name, path) for name, path in apart.items())
    write = _participant_file if args.participants else _plan_file
    for name in args.input:
        for rows in _by_id(session, _read(session, Path(name), reader.columns), together=not args.participants):
            wrong = children.give(rows, "participant" if args.participants else "plan")
            session.tell(wrong)
            id_, text = write(session, reader, rows) if not wrong else (rows[0].text("id"), None)
            if not _ID.fullmatch(id_):
                help_ = "it names the file; write letters, digits, `.`, `-` and `_`"
                session.tell([Diagnostic("bad-id", f"`{clip(id_)}` cannot be the id of a file", rows[0].place("id"), help_)])
            elif text is not None:
                (folder / f"{id_}.yaml").write_text(text, encoding="utf-8")
    session.tell(wrong for child in children.tables for _, _, wrong in child.without_parent(children.met[child.listed.name]))
    return BAD_INPUT if session.failed else DONE


def _child(session: Session, book: Rulebook, name: str, path: Path) -> ChildTable:
    table, wrong = child_table(book, name, path)
    if table is None:
        raise session.stop(*wrong)
    return table


def _read(session: Session, path: Path, columns: Columns) -> Iterator[Read]:
    if path.suffix not in TABLES:
        raise session.stop(_no_table(path))
    if path.suffix == ".parquet":
        from planproof.frames import parquet_rows, parquet_shape

        _, wrong = parquet_shape(path, columns)
        if wrong:
            raise session.stop(*wrong)
        yield from parquet_rows(path, columns)
        return
    try:
        with path.open("rb") as file:
            rows, wrong = text_table(path.as_posix(), file, columns)
            if wrong:
                raise session.stop(*wrong)
            yield from rows
    except OSError as error:
        cause = (error.strerror or "unreadable").lower()
        raise session.stop(Diagnostic("unreadable", f"cannot read `{clip(path.as_posix(), 200)}`: {cause}")) from error


def _by_id(session: Session, read: Iterable[Read], *, together: bool) -> Iterator[list[Row]]:
    """The rows of each id; those of a plan stand one after the other."""
    rows: list[Row] = []
    for one in read:
        if not isinstance(one, Row):
            session.tell([one])
        elif together and rows and rows[0].text("id") == one.text("id"):
            rows.append(one)
        else:
            if rows:
                yield rows
            rows = [one]
    if rows:
        yield rows


def _plan_file(session: Session, reader: FlatReader, rows: list[Row]) -> tuple[str, str | None]:
    plan, found = reader.plan(rows)
    session.tell(found)
    return rows[0].text("id"), _text(session, rows[0], lambda: plan_text(reader.book, plan)) if plan else None


def _participant_file(session: Session, reader: FlatReader, rows: list[Row]) -> tuple[str, str | None]:
    person, found = reader.participant(rows[0])
    session.tell(found)
    return rows[0].text("id"), _text(session, rows[0], lambda: participant_text(reader.book, person)) if person else None


def _text(session: Session, row: Row, make: Callable[[], str]) -> str | None:
    try:
        return make()
    except NoText as error:
        session.tell([Diagnostic("no-file-form", str(error), row.place("id"))])
        return None
