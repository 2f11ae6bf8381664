"""The ledger: an append-only, hash-chained file of receipts and of what they name. The one door to SQLite.

What a receipt names is stored once, under the hash of its content. docs/ledger.md specifies the file.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from planproof.diagnostics import Diagnostic, clip
from planproof.encode import Data, canonical

BEGINNING = "0" * 64
SECONDS_TO_WAIT = 30.0

_APPLICATION = 0x504C_4E50  # "PLNP", in the head of the file
_VERSION = 1
_LARGEST_STORED = 64 * 1024 * 1024
_BATCH = 200
_ENTRIES = "SELECT number, previous, hash, receipt FROM entry"
_SCHEMA = (
    "CREATE TABLE stored (hash TEXT NOT NULL PRIMARY KEY, body BLOB NOT NULL)",
    "CREATE TABLE entry"
    " (number INTEGER NOT NULL PRIMARY KEY, previous TEXT NOT NULL UNIQUE, hash TEXT NOT NULL UNIQUE, receipt BLOB NOT NULL)",
    "CREATE TRIGGER entry_is_next BEFORE INSERT ON entry"
    " WHEN NEW.number IS NOT (SELECT ifnull(max(number), 0) + 1 FROM entry)"
    f" OR NEW.previous IS NOT ifnull((SELECT hash FROM entry ORDER BY number DESC LIMIT 1), '{BEGINNING}')"
    " BEGIN SELECT RAISE(ABORT, 'an entry follows the last one'); END",
    "CREATE TRIGGER entry_is_not_changed BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'a ledger is append-only'); END",
    "CREATE TRIGGER entry_is_not_dropped BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'a ledger is append-only'); END",
    "CREATE TRIGGER stored_is_new BEFORE INSERT ON stored WHEN EXISTS (SELECT 1 FROM stored WHERE hash = NEW.hash)"
    " BEGIN SELECT RAISE(ABORT, 'a ledger is append-only'); END",
    "CREATE TRIGGER stored_is_not_changed BEFORE UPDATE ON stored BEGIN SELECT RAISE(ABORT, 'a ledger is append-only'); END",
    "CREATE TRIGGER stored_is_not_dropped BEFORE DELETE ON stored BEGIN SELECT RAISE(ABORT, 'a ledger is append-only'); END",
)


class LedgerTrouble(Exception):
    """The ledger cannot be used; the diagnostic says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


@dataclass(frozen=True, slots=True)
class Draft:
    """A receipt before it is entered, without its time, and the contents that it names, by hash."""

    data: Data
    contents: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its number, the hash of the entry before it, its own hash, and the receipt's bytes."""

    number: int
    previous: str
    hash: str
    receipt: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """How many entries there are, and the hash of the last."""

    count: int
    hash: str

    def __str__(self) -> str:
        return f"{self.count}:{self.hash}"


def entry_hash(previous: str, receipt: bytes) -> str:
    """The hash of an entry: of the hash before it, in hexadecimal, and the receipt's bytes."""
    return sha256(previous.encode("ascii", "replace") + receipt).hexdigest()


def content_hash(content: bytes) -> str:
    """The hash under which a content is stored."""
    return sha256(content).hexdigest()


class Ledger:
    """One open ledger file. Use it as a context manager."""

    def __init__(self, path: Path, *, writing: bool = False, wait: float = SECONDS_TO_WAIT) -> None:
        self.path = path
        self.name = clip(path.as_posix(), 200)
        if not writing and not _exists(path):
            raise LedgerTrouble(
                Diagnostic("ledger-missing", f"there is no ledger `{self.name}`", help="`planproof check --record` makes one")
            )
        mode = "rwc" if writing else "rw"
        with self._troubles(writing=writing):
            self._connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=wait, isolation_level=None)
        try:
            with self._troubles(writing=writing):
                self._connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
                self._open(writing)
        except BaseException:
            self._connection.close()
            raise

    def _open(self, writing: bool) -> None:
        if not writing:
            self._execute("PRAGMA query_only = ON")
            self._check_form()
            return
        # A commit is told only after it is on the disk, the removal of the journal included.
        self._execute("PRAGMA synchronous = EXTRA")
        self._execute("PRAGMA fullfsync = ON")
        if self._one("SELECT count(*) FROM sqlite_master") == 0:
            with self._transaction():
                if self._one("SELECT count(*) FROM sqlite_master") == 0:
                    for statement in _SCHEMA:
                        self._execute(statement)
                    self._execute(f"PRAGMA application_id = {_APPLICATION}")
                    self._execute(f"PRAGMA user_version = {_VERSION}")
        self._check_form()

    def _check_form(self) -> None:
        if self._one("PRAGMA application_id") != _APPLICATION:
            raise LedgerTrouble(Diagnostic("ledger-form", f"`{self.name}` is no ledger"))
        version = self._one("PRAGMA user_version")
        if version != _VERSION:
            message = f"`{self.name}` is a ledger of version {version}; this planproof knows version {_VERSION}"
            raise LedgerTrouble(Diagnostic("ledger-version", message, help="use a newer planproof"))

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    # -------------------------------------------------------------- writing

    def append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Enter receipts, all or none; when this returns they are on the disk."""
        packed = {name: zlib.compress(content) for draft in drafts for name, content in draft.contents.items() if not self._has(name)}
        entries: list[Entry] = []
        with self._troubles(writing=True), self._transaction():
            head = self._head()
            for draft in drafts:
                for name, content in draft.contents.items():
                    if not self._has(name):
                        self._execute("INSERT INTO stored (hash, body) VALUES (?, ?)", (name, packed.get(name) or zlib.compress(content)))
                receipt = canonical({**draft.data, "time": _now()})
                entry = Entry(head.count + 1, head.hash, entry_hash(head.hash, receipt), receipt)
                self._execute(
                    "INSERT INTO entry (number, previous, hash, receipt) VALUES (?, ?, ?, ?)",
                    (entry.number, entry.previous, entry.hash, entry.receipt),
                )
                entries.append(entry)
                head = Head(entry.number, entry.hash)
        return tuple(entries)

    def _has(self, name: str) -> bool:
        with self._troubles(writing=True):
            return self._one("SELECT count(*) FROM stored WHERE hash = ?", (name,)) > 0

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._execute("BEGIN IMMEDIATE")
        try:
            yield
            self._execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._execute("ROLLBACK")
            raise

    # -------------------------------------------------------------- reading

    def head(self) -> Head:
        """The count and the last hash, as the file has them."""
        with self._troubles():
            return self._head()

    def _head(self) -> Head:
        row = self._execute("SELECT number, hash FROM entry ORDER BY number DESC LIMIT 1").fetchone()
        return Head(_whole(row[0]), _text(row[1])) if row else Head(0, BEGINNING)

    def entries(self) -> Iterator[Entry]:
        """Every entry by number, read in batches so that writers need not wait; values of a wrong type come out empty."""
        with self._troubles():
            rows = self._execute(f"{_ENTRIES} ORDER BY number LIMIT ?", (_BATCH,)).fetchall()
        while rows:
            for number, previous, hash_, receipt in rows:
                yield Entry(_whole(number), _text(previous), _text(hash_), _bytes(receipt))
            with self._troubles():
                rows = self._execute(f"{_ENTRIES} WHERE number > ? ORDER BY number LIMIT ?", (rows[-1][0], _BATCH)).fetchall()

    def entry(self, number: int) -> Entry:
        """One entry by number."""
        with self._troubles():
            row = self._execute(f"{_ENTRIES} WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise LedgerTrouble(Diagnostic("ledger-entry", f"`{self.name}` has no entry {number}"))
        return Entry(number, _text(row[1]), _text(row[2]), _bytes(row[3]))

    def names(self) -> tuple[str, ...]:
        """The hashes under which contents are stored."""
        with self._troubles():
            return tuple(_text(row[0]) for row in self._execute("SELECT hash FROM stored ORDER BY hash").fetchall())

    def content(self, name: str) -> bytes | None:
        """What is stored under a hash; nothing if it is not there, or is not what it was."""
        with self._troubles():
            row = self._execute("SELECT body FROM stored WHERE hash = ?", (name,)).fetchone()
        content = _unpacked(_bytes(row[0])) if row else None
        return content if content is not None and content_hash(content) == name else None

    def oddities(self) -> Iterator[str]:
        """What is not as it was made about the file itself: its tables and guards, and the form of its pages."""
        with self._troubles():
            found = {_text(row[0]) for row in self._execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()}
            pages = [_text(row[0]) for row in self._execute("PRAGMA integrity_check(5)").fetchall()]
        for statement in _SCHEMA:
            if statement not in found:
                yield f"the {_named(statement)} is not as it was made"
        for statement in sorted(found - set(_SCHEMA)):
            yield f"a {_named(statement)} was put in"
        yield from (f"the file is not well formed: {clip(text, 200)}" for text in pages if text != "ok")

    # -------------------------------------------------------------- SQLite

    def _execute(self, statement: str, values: tuple[Any, ...] = ()) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)

    def _one(self, statement: str, values: tuple[Any, ...] = ()) -> int:
        return _whole(self._execute(statement, values).fetchone()[0])

    @contextmanager
    def _troubles(self, *, writing: bool = False) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise LedgerTrouble(_diagnostic(self.name, error, writing=writing)) from error


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _diagnostic(name: str, error: sqlite3.Error, *, writing: bool) -> Diagnostic:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        help_ = "try again when the other program is done"
        return Diagnostic("ledger-busy", f"`{name}` has been held by another program for too long", help=help_)
    if code == sqlite3.SQLITE_NOTADB:
        return Diagnostic("ledger-form", f"`{name}` is no ledger")
    cause = str(error)
    if writing and code != sqlite3.SQLITE_CORRUPT:
        help_ = "nothing was recorded; make room, or name another file with --ledger"
        return Diagnostic("ledger-write", f"cannot write to the ledger `{name}`: {cause}", help=help_)
    return Diagnostic("ledger-read", f"cannot read the ledger `{name}`: {cause}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _named(statement: str) -> str:
    return " ".join(statement.split()[1:3]).lower()


def _unpacked(body: bytes) -> bytes | None:
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(body, _LARGEST_STORED)
    except zlib.error:
        return None
    return content if unpacker.eof and not unpacker.unused_data else None


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""
