"""Child tables: the rows of one list in a table of their own, each with the `id` of the row that it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from planproof.core import ListFact
from planproof.diagnostics import Diagnostic, clip, did_you_mean
from planproof.flat import PASSED_OVER, RowColumns, column_name
from planproof.flat_read import PlacedRow, Row
from planproof.rulebook import Rulebook
from planproof.source import Span
from planproof.tables import TABLES, Read, text_table


@dataclass(frozen=True, slots=True)
class ChildTable:
    """The rows of a list by the id that they name: of each its number and its texts, in the order of `names`."""

    path: str
    listed: ListFact
    names: tuple[str, ...]
    rows: Mapping[str, list[tuple[int, tuple[str, ...]]]]

    @property
    def root(self) -> str:
        """Whose list it is: the first part of its name."""
        return self.listed.name.partition(".")[0]

    def given(self, row: Row, id_: str) -> tuple[Row, tuple[Diagnostic, ...]]:
        """The row of this id with the rows that belong to it, or what is wrong with it."""
        several = self.rows.get(id_)
        if several is None:
            return row, ()
        name = self.listed.name
        count = row.cells.get(name)
        counted = isinstance(count, str) and count.isdigit()
        inside = next((one for one in row.cells if one == column_name(name, None, "state") or one.startswith(f"{name}.")), None)
        inside = inside or (name if count is not None and not counted else None)
        if inside is None and counted and count != str(len(several)):
            message = f"`{name}` is to have {clip(str(count))} rows, and `{self.path}` has {len(several):,} of this id"
            return row, (Diagnostic("list-length", message, row.place(name)),)
        if inside is not None:
            message = f"`{name}` is told here and by the rows of `{self.path}`"
            return row, (Diagnostic("cell-state", message, row.place(inside), "leave it out in one of them"),)
        rows = tuple(self._row(number, texts) for number, texts in several)
        return Row(row.path, row.number, {**row.cells, name: rows}), ()

    def _row(self, number: int, texts: tuple[str, ...]) -> PlacedRow:
        cells = {name: text for name, text in zip(self.names, texts, strict=True) if text}
        return PlacedRow(cells, Span(self.path, 0, 0, number, 1))

    def without_parent(self, parents: set[str]) -> Iterator[tuple[str, int, Diagnostic]]:
        """The rows whose id is none of these: the id, the number of the row, and what is wrong."""
        for id_, several in self.rows.items():
            if id_ not in parents:
                for number, _ in several:
                    message = f"no {self.root} that is asked about has the id `{clip(id_)}`, which this row of `{self.listed.name}` names"
                    yield id_, number, Diagnostic("unknown-parent", message, Span(self.path, 0, 0, number, 1))


class Children:
    """Tables of rows of several lists; for each list, the ids `met` to which rows belong."""

    def __init__(self, tables: Iterable[ChildTable] = ()) -> None:
        self.tables = tuple(tables)
        self.met: dict[str, set[str]] = {one.listed.name: set() for one in self.tables}

    def given(self, row: Row, id_: str, root: str) -> tuple[Row, tuple[Diagnostic, ...]]:
        """The row of an id with the rows that belong to it, and what is wrong with that."""
        wrong: list[Diagnostic] = []
        for child in self.tables:
            if child.root == root and id_ in child.rows:
                self.met[child.listed.name].add(id_)
                row, found = child.given(row, id_)
                wrong += found
        return row, tuple(wrong)

    def give(self, rows: list[Row], root: str) -> tuple[Diagnostic, ...]:
        """Put the rows that belong to a plan or a participant into its own row; gives back what is wrong with that."""
        own = (at for at, row in enumerate(rows) if root != "plan" or not (row.text("effective") or row.text("group")))
        at = next(own, 0)
        rows[at], wrong = self.given(rows[at], rows[at].text("id"), root)
        return wrong


def list_and_file(book: Rulebook, text: str) -> tuple[str, Path, Diagnostic | None]:
    """The list and the file of a text NAME=FILE, and what is wrong with it."""
    name, _, file = text.partition("=")
    if not file:
        wrong = Diagnostic("unknown-list", f"`{clip(text)}` is not NAME=FILE of a list", help="for instance --rows NAME=rows.csv")
        return name, Path(), wrong
    return name, Path(file), None if name in book.lists else no_list(book, name)


def twice(name: str) -> Diagnostic:
    """That a list has two tables."""
    return Diagnostic("unknown-list", f"`{clip(name)}` stands twice", help="a list has one table")


def child_table(book: Rulebook, name: str, path: Path) -> tuple[ChildTable | None, tuple[Diagnostic, ...]]:
    """The table of the rows of a list, or all that is wrong with it: a row that cannot be read could be of any parent."""
    listed = book.lists.get(name)
    if listed is None:
        return None, (no_list(book, name),)
    columns = RowColumns(book, listed)
    wrong: list[Diagnostic] = []
    names = tuple(dict.fromkeys(columns.fields))
    rows: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
    for read in _read(path, columns, wrong):
        found = list(_wrong(read, columns))
        wrong += found
        if isinstance(read, Row) and not found:
            texts = tuple(str(read.cells.get(one, "")) for one in names)
            rows.setdefault(read.text("id"), []).append((read.number, texts))
    return (None if wrong else ChildTable(path.as_posix(), listed, names, rows)), tuple(wrong)


def no_list(book: Rulebook, name: str) -> Diagnostic:
    """That the rule book has no list of this name."""
    help_ = did_you_mean(name, book.lists) or f"the lists are {', '.join(book.lists)}"
    return Diagnostic("unknown-list", f"the rule book has no list `{clip(name)}`", help=help_)


def _read(path: Path, columns: RowColumns, wrong: list[Diagnostic]) -> Iterator[Read]:
    """The rows of a file; what is wrong with the file as a whole is put with the rest."""
    if path.suffix not in TABLES:
        message = f"`{clip(path.as_posix(), 200)}` is no table"
        wrong.append(Diagnostic("table-form", message, help=f"the ends are {', '.join(TABLES)}"))
        return
    if path.suffix == ".parquet":
        from planproof.frames import parquet_rows, parquet_shape

        _, problems = parquet_shape(path, columns)
        wrong += problems
        if not problems:
            yield from parquet_rows(path, columns)
        return
    try:
        with path.open("rb") as file:
            rows, problems = text_table(path.as_posix(), file, columns)
            wrong += problems
            if not problems:
                yield from rows
    except OSError as error:
        cause = "it is a folder" if path.is_dir() else (error.strerror or "unreadable").lower()
        wrong.append(Diagnostic("unreadable", f"cannot read `{clip(path.as_posix(), 200)}`: {cause}"))


def _wrong(read: Read, columns: RowColumns) -> Iterator[Diagnostic]:
    """What is wrong with a row, but for its values, which are looked at with those of its parent."""
    if not isinstance(read, Row):
        yield read
        return
    for name, cell in read.cells.items():
        if name.startswith(PASSED_OVER):
            continue
        if not isinstance(cell, str):
            yield Diagnostic("plan-value", "a list of rows cannot stand here", read.place(name))
        elif name not in columns.own and columns.find(name) is None:
            message, help_ = columns.why_not(clip(name))
            yield Diagnostic("unknown-column", message, read.place(name), help_)
    if not read.text("id"):
        yield Diagnostic("unknown-parent", "this row does not name the `id` of the row that it belongs to", read.place("id"))
