"""Ledgers for tests: commands on them, and hands that reach past the program into the file."""

from __future__ import annotations

import io
import json
import sqlite3
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from conftest import ROOT
from planproof.audit import faults
from planproof.cli import main
from planproof.encode import canonical
from planproof.ledger import BEGINNING, Head, Ledger, LedgerTrouble

LIBRARY = ROOT / "tests" / "books" / "library"
ASHFORD, HOLLOW = (LIBRARY / "plans" / f"{name}.yaml" for name in ("ashford", "hollow"))
INES = LIBRARY / "participants" / "ines.yaml"


@dataclass(frozen=True)
class Said:
    """What a command wrote, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Its output as JSON."""
        return json.loads(self.out)


def planproof(*arguments: str | Path) -> Said:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stopped:
            code = int(stopped.code or 0)
    assert "Traceback" not in err.getvalue()
    return Said(code, out.getvalue(), err.getvalue())


def record(ledger: Path, *arguments: str | Path, rules: Path = LIBRARY) -> Said:
    """Check plans of the library and record the verdicts."""
    said = planproof("check", *arguments, "--rules", rules, "--record", "--ledger", ledger)
    assert said.code == 0, said.err
    return said


def codes(ledger: Path, head: Head | None = None) -> list[tuple[str, int]]:
    """The faults of a ledger: code and entry."""
    with Ledger(ledger) as opened:
        return [(fault.code, fault.entry) for fault in faults(opened, head)]


def caught(ledger: Path) -> bool:
    """Whether `verify` finds anything, or cannot even read the file."""
    try:
        return bool(codes(ledger))
    except LedgerTrouble:
        return True


def tamper(ledger: Path, change: Callable[[sqlite3.Connection], object]) -> None:
    """Change the file behind the program's back: its guards are taken down and put up again."""
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = MEMORY")
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        change(connection)
        for _, sql in guards:
            connection.execute(sql)
        connection.commit()


def run(*statements: str | tuple[str, Sequence[object]]) -> Callable[[sqlite3.Connection], None]:
    """A change that runs statements."""

    def change(connection: sqlite3.Connection) -> None:
        for statement in statements:
            connection.execute(*((statement,) if isinstance(statement, str) else statement))

    return change


def receipts(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """The receipts of a ledger as data."""
    return [json.loads(row[0]) for row in connection.execute("SELECT receipt FROM entry ORDER BY number")]


def rechain(connection: sqlite3.Connection, found: Sequence[dict[str, Any]]) -> None:
    """Replace all entries by these receipts in a chain that is right."""
    connection.execute("DELETE FROM entry")
    previous = BEGINNING
    for number, receipt in enumerate(found, 1):
        content = canonical(receipt)
        hash_ = sha256(previous.encode() + content).hexdigest()
        connection.execute("INSERT INTO entry (number, previous, hash, receipt) VALUES (?, ?, ?, ?)", (number, previous, hash_, content))
        previous = hash_


def store(connection: sqlite3.Connection, content: bytes) -> str:
    """Store a content under its hash."""
    name = sha256(content).hexdigest()
    connection.execute("INSERT OR IGNORE INTO stored (hash, body) VALUES (?, ?)", (name, zlib.compress(content)))
    return name


def content(connection: sqlite3.Connection, name: str) -> bytes:
    """What is stored under a hash."""
    return zlib.decompress(connection.execute("SELECT body FROM stored WHERE hash = ?", (name,)).fetchone()[0])


def restored(exported: str, ledger: Path) -> None:
    """The ledger whose export with everything stored this is."""
    with Ledger(ledger, writing=True):
        pass
    with closing(sqlite3.connect(ledger)) as connection:
        for data in map(json.loads, exported.splitlines()):
            if data["format"] == "planproof-stored/1":
                store(connection, data["text"].encode("utf-8", "surrogatepass"))
            else:
                row = (data["number"], data["previous"], data["hash"], canonical(data["receipt"]))
                connection.execute("INSERT INTO entry (number, previous, hash, receipt) VALUES (?, ?, ?, ?)", row)
        connection.commit()
