"""The ledger: what is recorded, what is found when it was tampered with, and what survives a kill."""

from __future__ import annotations

import json
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT
from doc_blocks import DOCS, blocks, section
from ledgers import ASHFORD, HOLLOW, INES, LIBRARY, Said, caught, codes, content, planproof, receipts, rechain, record, run, store, tamper
from outputs import SCHEMAS, problem
from planproof import __version__
from planproof.encode import canonical
from planproof.ledger import BEGINNING, Draft, Head, Ledger, LedgerTrouble
from planproof.rulebook import hash_text

Tampering = Callable[[sqlite3.Connection], object]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of five entries that nobody touches."""
    ledger = tmp_path_factory.mktemp("ledger") / "whole.sqlite"
    record(ledger, ASHFORD, "--participant", INES)
    record(ledger, ASHFORD, HOLLOW)
    record(ledger, HOLLOW, "--participant", INES, "--set", "plan.grace_days=2", "--set", "participant.age=17")
    record(ledger, ASHFORD, "--participant", INES, "--private")
    return ledger


@pytest.fixture
def ledger(whole: Path, tmp_path: Path) -> Path:
    """A copy of it to tamper with."""
    return Path(shutil.copy(whole, tmp_path / "ledger.sqlite"))


def exported(ledger: Path) -> list[Any]:
    """The lines of an export with everything stored."""
    said = planproof("ledger", "export", "--ledger", ledger, "--stored")
    return [json.loads(line) for line in said.out.splitlines()]


# ------------------------------------------------------------------ recording


def test_a_receipt_has_the_hashes_of_all_that_it_is_a_receipt_of(tmp_path: Path) -> None:
    """Of the texts as they lie on the disk, and of the proof that was shown; the time is that of recording."""
    ledger = tmp_path / "ledger.sqlite"
    before = datetime.now(UTC)
    shown = record(ledger, ASHFORD, "--participant", INES, "--set", "plan.online=no", "--format", "json").data
    after = datetime.now(UTC)
    entry = planproof("ledger", "show", "1", "--ledger", ledger, "--format", "json").data
    receipt = entry["receipt"]
    assert problem("check", shown) == ""
    assert shown["recorded"] == {"entry": 1, "hash": entry["hash"]}
    assert receipt["plan"] == {"file": ASHFORD.as_posix(), "hash": hash_text(ASHFORD.read_text(encoding="utf-8"))}
    assert receipt["participant"] == {"file": INES.as_posix(), "hash": hash_text(INES.read_text(encoding="utf-8"))}
    assert (receipt["rulebook"], receipt["proof"]) == (shown["proof"]["rulebook"], shown["proof"]["seal"])
    assert (receipt["engine"], receipt["verdict"], receipt["groups"]) == (__version__, shown["verdict"], [])
    assert receipt["asked"] == shown["proof"]["asked"]
    assert before <= datetime.fromisoformat(receipt["time"]) <= after
    assert entry["hash"] == sha256(b"0" * 64 + canonical(receipt)).hexdigest()


def test_every_plan_and_every_group_is_recorded(tmp_path: Path) -> None:
    """Two plans give two entries, one after the other; a group has a verdict and a proof of its own."""
    ledger = tmp_path / "ledger.sqlite"
    shown = record(ledger, ASHFORD, HOLLOW, "--format", "json").data["results"]
    first, second = [line for line in exported(ledger) if line["format"] == "planproof-entry/1"]
    assert [result["recorded"]["hash"] for result in shown] == [first["hash"], second["hash"]]
    assert (first["previous"], second["previous"]) == (BEGINNING, first["hash"])
    staff = shown[0]["groups"]["staff"]
    assert first["receipt"]["groups"] == [{"group": "staff", "verdict": staff["verdict"], "proof": staff["proof"]["seal"]}]


def test_an_entry_is_told_at_the_end_of_a_page_and_of_a_table(tmp_path: Path) -> None:
    """Number and hash, on a line each."""
    ledger = tmp_path / "ledger.sqlite"
    page, several = record(ledger, ASHFORD), record(ledger, ASHFORD, HOLLOW)
    hashes = [line["hash"] for line in exported(ledger) if "receipt" in line]
    assert page.out.endswith(f"\n\nrecorded as entry 1: {hashes[0]}\n")
    assert several.out.endswith(f"\n\nrecorded as entry 2: {hashes[1]}\nrecorded as entry 3: {hashes[2]}\n")


def test_recording_changes_no_exit_code_and_no_proof(tmp_path: Path) -> None:
    """A verdict that --fail-on names is recorded, and still ends with 1."""
    arguments = ("check", ASHFORD, "--participant", INES, "--rules", LIBRARY, "--format", "json", "--fail-on", "lent")
    plain, told = planproof(*arguments), planproof(*arguments, "--record", "--ledger", tmp_path / "ledger.sqlite")
    assert (plain.code, told.code) == (1, 1)
    assert plain.data == {key: value for key, value in told.data.items() if key != "recorded"}


def test_what_is_the_same_is_stored_once(tmp_path: Path) -> None:
    """The same question twice adds an entry, and nothing else."""
    ledger = tmp_path / "ledger.sqlite"
    record(ledger, ASHFORD)
    stored = [line for line in exported(ledger) if line["format"] == "planproof-stored/1"]
    record(ledger, ASHFORD)
    assert [line for line in exported(ledger) if line["format"] == "planproof-stored/1"] == stored
    # four rule files and their list, the plan, and the proofs of the plan and of its group
    assert len(stored) == 8
    assert all(line["hash"] == hash_text(line["text"]) for line in stored)


def test_a_plan_that_is_bad_is_not_recorded_and_the_others_are(tmp_path: Path) -> None:
    """Exit code 2, one entry."""
    bad, ledger = tmp_path / "bad.yaml", tmp_path / "ledger.sqlite"
    bad.write_text("employer: X\n", encoding="utf-8")
    said = planproof("check", bad, ASHFORD, "--rules", LIBRARY, "--record", "--ledger", ledger)
    assert said.code == 2
    assert "recorded as entry 1: " in said.out
    assert planproof("ledger", "head", "--ledger", ledger).out.startswith("1:")


def test_the_ledger_is_where_the_environment_says_or_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--ledger` comes first, then PLANPROOF_LEDGER, then a file in the folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PLANPROOF_LEDGER", raising=False)
    arguments = ("check", ASHFORD, "--rules", LIBRARY, "--record")
    planproof(*arguments)
    monkeypatch.setenv("PLANPROOF_LEDGER", "other.sqlite")
    planproof(*arguments)
    planproof(*arguments, "--ledger", "third.sqlite")
    assert sorted(path.name for path in tmp_path.glob("*.sqlite")) == ["other.sqlite", "planproof-ledger.sqlite", "third.sqlite"]


@pytest.mark.parametrize("option", [["--private"], ["--ledger", "x.sqlite"]])
def test_how_to_record_is_refused_where_nothing_is_recorded(option: list[str]) -> None:
    """So that nobody believes that something was."""
    said = planproof("check", ASHFORD, "--rules", LIBRARY, *option)
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "error[record-missing]: `--ledger` and `--private` say how to record, and nothing is recorded\n"
        "   help: say --record too, or leave them out\n"
    )


# ------------------------------------------------------------------ looking at it


def test_list_show_and_head(whole: Path) -> None:
    """A line an entry; all that a receipt says; count and hash."""
    lines = planproof("ledger", "list", "--ledger", whole).out.splitlines()
    assert [line.split()[0] for line in lines] == ["entry", "1", "2", "3", "4", "5"]
    assert ["private" in line for line in lines[1:]] == [False, False, False, False, True]
    told = planproof("ledger", "show", "2", "--ledger", whole).out
    for words in ("verdict of group staff  ", "engine                  0.", "asked                   year 2026, plan as of 2026-12-31"):
        assert words in told
    head = planproof("ledger", "head", "--ledger", whole).out
    last = planproof("ledger", "show", "5", "--ledger", whole, "--format", "json").data
    assert head == f"5:{last['hash']}\n"


def test_outputs_hold_against_their_schemas(whole: Path, ledger: Path) -> None:
    """Every JSON that the commands write, with faults and without."""
    for name, arguments in (
        ("ledger", ["list"]),
        ("ledger", ["head"]),
        ("entry", ["show", "1"]),
        ("entry", ["show", "5"]),
        ("audit", ["verify"]),
        ("replay", ["replay"]),
        ("replay", ["replay", "--today"]),
    ):
        data = planproof("ledger", *arguments, "--ledger", whole, "--format", "json").data
        assert problem(name, data) == "", name
        for key in data:
            if key != "entries":
                assert problem(name, {other: value for other, value in data.items() if other != key}), (name, key)
        assert problem(name, {**data, "surplus": 1})
    for line in exported(whole):
        assert problem(line["format"].removeprefix("planproof-").removesuffix("/1"), line) == ""
        if "receipt" in line:
            assert problem("receipt", line["receipt"]) == ""
    tamper(ledger, run("UPDATE entry SET receipt = x'7b7d' WHERE number = 3", "DELETE FROM stored WHERE rowid = 1"))
    said = planproof("ledger", "verify", "--ledger", ledger, "--format", "json")
    assert (said.code, problem("audit", said.data)) == (1, "")


def test_an_export_is_of_ascii_lines_and_can_be_checked_by_anybody(whole: Path) -> None:
    """The chain holds by the rule that the page tells."""
    previous = BEGINNING
    for line in exported(whole):
        if line["format"] == "planproof-entry/1":
            assert line["previous"] == previous
            text = json.dumps(line["receipt"], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            previous = sha256((previous + text).encode()).hexdigest()
            assert line["hash"] == previous


# ------------------------------------------------------------------ the page on ledgers

PAGE = DOCS / "ledger.md"


def masked(text: str) -> str:
    """The text without what differs from run to run: hashes, long and short, and times."""
    text = re.sub(r"\b[0-9a-f]{64}\b", "HASH", text)
    text = re.sub(r"\b[0-9a-f]{12}\b", "SHORT", text)
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", "TIME", text)


def test_the_session_on_the_page_is_a_real_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its commands, run in order, print what stands below them, but for hashes and times."""
    monkeypatch.setenv("PLANPROOF_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.chdir(ROOT)
    calls = [call for block in blocks(PAGE) for call in re.split(r"^\$ planproof ", block.text, flags=re.MULTILINE)[1:]]
    assert len(calls) == 6
    for call in calls:
        command, _, shown = call.partition("\n")
        assert masked(planproof(*command.split()).out) == masked(shown)


def test_the_program_on_the_page_checks_an_export(whole: Path) -> None:
    """It finds nothing in a whole export, and finds damage."""
    names: dict[str, Any] = {}
    exec(next(block.text for block in blocks(PAGE) if block.language == "python"), names)
    lines = planproof("ledger", "export", "--ledger", whole, "--stored").out.splitlines()
    assert list(names["faults"](lines)) == []
    assert list(names["faults"]([lines[0], *lines[2:]])) == ["entry 3 does not follow"]
    assert len(list(names["faults"](line.replace("lent", "sent") for line in lines))) > 3


def test_every_field_of_a_receipt_is_on_the_page() -> None:
    """Those of its parts included."""
    receipt = SCHEMAS["receipt"]["properties"]
    parts = [receipt["asked"], receipt["groups"]["items"], receipt["plan"], receipt["private"]["anyOf"][0]]
    fields = {*receipt, *(field for part in parts for field in part["properties"])} - {"format"}
    assert fields - set(re.findall(r"`([a-z]+)`", section(PAGE, "## Receipts"))) == set()


# ------------------------------------------------------------------ what cannot be used


def refused(said: Said, words: str) -> None:
    """The command stops with this diagnostic, and writes nothing else."""
    assert (said.code, said.out) == (2, "")
    assert words in said.err


def test_a_ledger_that_is_not_there(tmp_path: Path) -> None:
    """Reading makes none."""
    path = tmp_path / "none.sqlite"
    for action in (["list"], ["show", "1"], ["head"], ["verify"], ["replay"], ["export"]):
        refused(planproof("ledger", *action, "--ledger", path), f"error[ledger-missing]: there is no ledger `{path.as_posix()}`")
    assert not path.exists()


def test_a_file_that_is_no_ledger(tmp_path: Path) -> None:
    """Neither a text, nor an empty file, nor another program's database is read as one, and none is written to."""
    text, empty, other = tmp_path / "text", tmp_path / "empty", tmp_path / "other"
    text.write_text("a text that is no database\n" * 100, encoding="utf-8")
    empty.touch()
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE entry (number INTEGER)")
        connection.commit()
    for path in (text, empty, other):
        refused(planproof("ledger", "verify", "--ledger", path), f"error[ledger-form]: `{path.as_posix()}` is no ledger")
    for path in (text, other):
        before = path.read_bytes()
        said = planproof("check", ASHFORD, "--rules", LIBRARY, "--record", "--ledger", path)
        refused(said, f"error[ledger-form]: `{path.as_posix()}` is no ledger")
        assert path.read_bytes() == before


def test_a_ledger_of_a_newer_version(ledger: Path) -> None:
    """It is neither read nor written."""
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("PRAGMA user_version = 2")
    words = f"error[ledger-version]: `{ledger.as_posix()}` is a ledger of version 2; this planproof knows version 1"
    refused(planproof("ledger", "list", "--ledger", ledger), words)
    refused(planproof("check", ASHFORD, "--rules", LIBRARY, "--record", "--ledger", ledger), words)


@pytest.mark.parametrize("where", ["/proc/ledger.sqlite", "{}/absent/ledger.sqlite", "{}"])
def test_a_place_that_cannot_be_written(where: str, tmp_path: Path) -> None:
    """A folder where nothing can be made, one that is not there, a folder in place of a file: no verdict without its receipt."""
    said = planproof("check", ASHFORD, "--rules", LIBRARY, "--record", "--ledger", where.format(tmp_path))
    refused(said, "error[ledger-write]: cannot write to the ledger")
    assert "help: nothing was recorded" in said.err


def test_a_full_disk_records_nothing(ledger: Path) -> None:
    """A file that may not grow stays as it was, and the entries in it are whole."""
    limit = ledger.stat().st_size
    code = (
        "import resource, sys\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "from planproof.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    settings = [word for days in range(1, 30) for word in ("--set", f"plan.grace_days={days}")]
    arguments = ["check", str(ASHFORD), *settings, "--rules", str(LIBRARY), "--record", "--ledger", str(ledger)]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "error[ledger-write]: cannot write to the ledger" in done.stderr
    assert "Traceback" not in done.stderr
    assert codes(ledger) == []
    assert planproof("ledger", "head", "--ledger", ledger).out.startswith("5:")


def test_a_ledger_that_another_program_holds(ledger: Path) -> None:
    """After a while it is told, and not waited for."""
    with closing(sqlite3.connect(ledger, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerTrouble) as trouble:
            Ledger(ledger, writing=True, wait=0.05)
        holder.execute("ROLLBACK")
    assert trouble.value.diagnostic.code == "ledger-busy"
    assert trouble.value.diagnostic.message == f"`{ledger.as_posix()}` has been held by another program for too long"


def test_a_file_that_is_cut_short(ledger: Path) -> None:
    """Half a file is told, without a trace."""
    size = ledger.stat().st_size
    with ledger.open("r+b") as file:
        file.truncate(size // 2)
    said = planproof("ledger", "verify", "--ledger", ledger)
    assert said.code in (1, 2)
    assert "error[ledger-guards]" in said.out or "error[ledger-read]: cannot read the ledger" in said.err


def test_an_entry_that_is_not_there(whole: Path) -> None:
    """Of `show` and of `replay`."""
    for action in ("show", "replay"):
        refused(planproof("ledger", action, "6", "--ledger", whole), f"error[ledger-entry]: `{whole.as_posix()}` has no entry 6")


@pytest.mark.parametrize("head", ["5", "5:abc", f"-1:{'0' * 64}", f"5:{'G' * 64}", "5:" + "0" * 65])
def test_a_head_that_is_none(whole: Path, head: str) -> None:
    """Wrong use, not a fault of the ledger."""
    said = planproof("ledger", "verify", "--ledger", whole, f"--head={head}")
    assert said.code == 2
    assert "is not a head: write what `planproof ledger head` printed" in said.err


# ------------------------------------------------------------------ tampering


def test_a_ledger_that_nobody_touched_is_whole(whole: Path) -> None:
    """Also beside a head that was noted when it was shorter, or empty."""
    assert codes(whole) == []
    entries = [line for line in exported(whole) if "receipt" in line]
    for head in (Head(0, BEGINNING), *(Head(entry["number"], entry["hash"]) for entry in entries)):
        assert codes(whole, head) == []
    said = planproof("ledger", "verify", "--ledger", whole, "--head", f"5:{entries[-1]['hash']}")
    assert (said.code, said.out) == (0, f"5 entries, no fault; head 5:{entries[-1]['hash']}\n")


def test_the_file_refuses_changes_by_accident(ledger: Path) -> None:
    """Its guards refuse to change, drop, replace or put in between."""
    with closing(sqlite3.connect(ledger)) as connection:
        for statement in (
            "UPDATE entry SET receipt = x'00'",
            "DELETE FROM entry WHERE number = 5",
            "UPDATE stored SET body = x'00'",
            "DELETE FROM stored",
            "INSERT OR REPLACE INTO entry SELECT 5, previous, hash, x'00' FROM entry WHERE number = 5",
            "INSERT OR REPLACE INTO stored SELECT hash, x'00' FROM stored",
            "INSERT INTO entry VALUES (7, 'a', 'b', x'00')",
            "INSERT INTO entry VALUES (6, 'a', 'b', x'00')",
        ):
            with pytest.raises(sqlite3.IntegrityError, match=r"append-only|an entry follows the last one"):
                connection.execute(statement)
    assert codes(ledger) == []


def _swap(connection: sqlite3.Connection) -> None:
    rows = dict(connection.execute("SELECT number, receipt FROM entry WHERE number IN (2, 3)").fetchall())
    connection.execute("UPDATE entry SET receipt = ? WHERE number = 2", (rows[3],))
    connection.execute("UPDATE entry SET receipt = ? WHERE number = 3", (rows[2],))


def _drop_and_renumber(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM entry WHERE number = 3")
    connection.execute("UPDATE entry SET number = 3 WHERE number = 4")
    connection.execute("UPDATE entry SET number = 4 WHERE number = 5")


def _rehash(connection: sqlite3.Connection) -> None:
    previous, receipt = connection.execute("SELECT previous, receipt FROM entry WHERE number = 2").fetchone()
    changed = canonical({**json.loads(receipt), "engine": "9.9.9"})
    hash_ = sha256(previous.encode() + changed).hexdigest()
    connection.execute("UPDATE entry SET receipt = ?, hash = ? WHERE number = 2", (changed, hash_))


def _claim(**changes: Any) -> Tampering:
    """Entry 1 says something else, and the whole chain is made anew."""

    def change(connection: sqlite3.Connection) -> None:
        found = receipts(connection)
        found[0] |= changes
        rechain(connection, found)

    return change


def _other_proof(connection: sqlite3.Connection) -> None:
    """Entry 1 names another proof, which is stored, and the whole chain is made anew."""
    found = receipts(connection)
    proof = json.loads(content(connection, found[0]["proof"]))
    for step in proof["steps"]:
        if step["id"] == proof["verdict"]:
            step["value"] = "refused"
    connection.execute("DELETE FROM stored WHERE hash = ?", (found[0]["proof"],))
    found[0]["proof"] = store(connection, canonical(proof))
    rechain(connection, found)


FORGERIES: dict[str, tuple[Tampering, set[tuple[str, int]]]] = {
    "a receipt that is altered": (
        run("UPDATE entry SET receipt = replace(receipt, 'lent', 'sent') WHERE number = 1"),
        {("entry-altered", 1)},
    ),
    "a receipt that is altered, and the entry hashed anew": (_rehash, {("chain-broken", 3)}),
    "an entry that is dropped": (run("DELETE FROM entry WHERE number = 3"), {("entry-dropped", 3)}),
    "an entry that is dropped and the others renumbered": (_drop_and_renumber, {("chain-broken", 3)}),
    "the last entry dropped, with nothing else": (run("DELETE FROM entry WHERE number = 5"), {("stored-surplus", 0)}),
    "two receipts exchanged": (_swap, {("entry-altered", 2), ("entry-altered", 3)}),
    "two entries exchanged": (
        run(
            "UPDATE entry SET number = 9 WHERE number = 2",
            "UPDATE entry SET number = 2 WHERE number = 3",
            "UPDATE entry SET number = 3 WHERE number = 9",
        ),
        {("chain-broken", 2), ("chain-broken", 3), ("chain-broken", 4)},
    ),
    "an entry that is repeated": (
        run("INSERT INTO entry SELECT 6, hash, substr(hash, 1, 63) || 'x', receipt FROM entry WHERE number = 5"),
        {("entry-altered", 6)},
    ),
    "an entry before the first": (run("INSERT INTO entry VALUES (0, 'a', 'b', x'7b7d')"), {("entry-surplus", 0)}),
    "a content that is altered": (run("UPDATE stored SET body = body || x'00' WHERE rowid = 1"), {("stored-altered", 1)}),
    "a content that is exchanged": (
        run("UPDATE stored SET body = (SELECT body FROM stored WHERE rowid = 2) WHERE rowid = 1"),
        {("stored-altered", 1)},
    ),
    "a content that is dropped": (run("DELETE FROM stored WHERE rowid = 2"), {("stored-missing", 1)}),
    "a content that is put in": (run("INSERT INTO stored VALUES ('00', x'00')"), {("stored-surplus", 0)}),
    "a guard that is taken down": (run("CREATE TABLE x (y)"), {("ledger-guards", 0)}),
    "another verdict, chained anew": (_claim(verdict="refused"), {("receipt-untrue", 1)}),
    "another rule book, chained anew": (_claim(rulebook="0" * 64), {("receipt-untrue", 1)}),
    "another year, chained anew": (
        _claim(asked={"year": 2025, "date": "2026-12-31", "participant": True, "group": "none"}),
        {("receipt-untrue", 1)},
    ),
    "another group, chained anew": (
        _claim(asked={"year": 2026, "date": "2026-12-31", "participant": True, "group": "staff"}),
        {("receipt-untrue", 1)},
    ),
    "other settings, chained anew": (_claim(settings="0" * 64), {("receipt-untrue", 1), ("stored-missing", 1)}),
    "another participant, chained anew": (_claim(participant=None), {("receipt-untrue", 1)}),
    "a key of no meaning, chained anew": (_claim(surplus=1), {("receipt-form", 1)}),
    "a time that is none, chained anew": (_claim(time="yesterday"), {("receipt-form", 1)}),
    "a year that is none, chained anew": (_claim(asked={"year": True}), {("receipt-form", 1)}),
    "a proof of another verdict, chained anew": (_other_proof, {("receipt-untrue", 1)}),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_tampering_is_found_and_named(what: str, ledger: Path) -> None:
    """Each with the number of the entry that it concerns; the command ends with 1."""
    change, expected = FORGERIES[what]
    tamper(ledger, change)
    assert expected <= set(codes(ledger))
    said = planproof("ledger", "verify", "--ledger", ledger)
    assert said.code == 1
    assert all(f"error[{code}]: " + (f"entry {number}: " if number else "") in said.out for code, number in expected)


def test_a_guard_that_is_not_put_up_again_is_missed(ledger: Path) -> None:
    """The ledger is as it was, but no longer guarded."""
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("DROP TRIGGER entry_is_not_dropped")
        connection.commit()
    said = planproof("ledger", "verify", "--ledger", ledger)
    assert said.code == 1
    assert said.out.startswith("error[ledger-guards]: the trigger entry_is_not_dropped is not as it was made\n")


def test_every_column_of_every_row_matters(whole: Path, tmp_path: Path) -> None:
    """Whatever single value is altered, emptied, or given another type, it is found."""
    changes = {"number": ("number + 100", "-number"), "body": ("x''", "substr(body, 2)", "body || x'78'", "zeroblob(9)", "hex(body)")}
    texts = ("''", "upper({0}) || 'x'", "substr({0}, 2)", "{0} || ' '", "x'00'")
    tried = 0
    with closing(sqlite3.connect(whole)) as connection:
        rows = [(table, row[0]) for table in ("entry", "stored") for row in connection.execute(f"SELECT rowid FROM {table}")]
    columns = {"entry": ("number", "previous", "hash", "receipt"), "stored": ("hash", "body")}
    for table, row in rows:
        for column in columns[table]:
            for new in changes.get(column, tuple(text.format(column) for text in texts)):
                copy = Path(shutil.copy(whole, tmp_path / "copy.sqlite"))
                tamper(copy, run(f"UPDATE {table} SET {column} = {new} WHERE rowid = {row}"))
                assert caught(copy), (table, row, column, new)
                tried += 1
    assert tried > 200


def test_flipped_bits_are_found_or_change_nothing(whole: Path, tmp_path: Path) -> None:
    """A bit of the file that is flipped is found, or what the ledger holds is the same."""
    choose, data, before = random.Random(7), whole.read_bytes(), exported(whole)
    found = 0
    for _ in range(300):
        at = choose.randrange(len(data))
        damaged = bytearray(data)
        damaged[at] ^= 1 << choose.randrange(8)
        copy = tmp_path / "copy.sqlite"
        copy.write_bytes(damaged)
        if caught(copy):
            found += 1
        else:
            assert exported(copy) == before, at
    assert found > 150


def _shorter(connection: sqlite3.Connection) -> None:
    """The last entry goes, with all that only it names."""
    last = receipts(connection)[-1]
    others = json.dumps(receipts(connection)[:-1])
    connection.execute("DELETE FROM entry WHERE number = 5")
    connection.execute("DELETE FROM stored WHERE hash = ?", (last["proof"],) if last["proof"] not in others else ("",))


def _earlier(connection: sqlite3.Connection) -> None:
    """Every receipt of an earlier day."""
    rechain(connection, [{**receipt, "time": "2020-01-01T00:00:00.000000Z"} for receipt in receipts(connection)])


@pytest.mark.parametrize(
    ("change", "entry", "words"),
    [
        (_shorter, 0, "the ledger ends at entry 4, and had 5 when the head was noted"),
        (_earlier, 5, "it has another hash than when the head was noted: the ledger was rewritten"),
    ],
)
def test_only_a_head_tells_of_what_was_cut_off_or_made_anew(ledger: Path, change: Tampering, entry: int, words: str) -> None:
    """Without it the ledger seems whole; with it, the fault is named."""
    head = planproof("ledger", "head", "--ledger", ledger).out.strip()
    tamper(ledger, change)
    assert codes(ledger) == []
    said = planproof("ledger", "verify", "--ledger", ledger, "--head", head)
    assert said.code == 1
    assert said.out.startswith(f"error[head-missed]: {f'entry {entry}: ' if entry else ''}{words}\n")


def test_a_ledger_replaced_by_another_is_found_by_its_head(ledger: Path) -> None:
    """Also if the other has as many entries, or more."""
    count, hash_ = planproof("ledger", "head", "--ledger", ledger).out.strip().split(":")
    ledger.unlink()
    for _ in range(6):
        record(ledger, HOLLOW)
    assert codes(ledger) == []
    assert codes(ledger, Head(int(count), hash_)) == [("head-missed", 5)]


def test_a_bomb_is_no_content(ledger: Path) -> None:
    """A body that would unpack to more than a ledger stores is altered, and not unpacked."""
    bomb = subprocess.run(
        [sys.executable, "-c", "import sys, zlib; sys.stdout.buffer.write(zlib.compress(bytes(300_000_000), 9))"],
        capture_output=True,
        check=True,
    ).stdout
    tamper(ledger, run(("UPDATE stored SET body = ? WHERE rowid = 1", (bomb,))))
    assert codes(ledger) == [("stored-altered", 1)]


# ------------------------------------------------------------------ many writers, and none that ends well


def test_nothing_acknowledged_is_lost_when_writers_are_killed(tmp_path: Path) -> None:
    """Four writers at once, a hundred kills at random: every entry that was told of is there, in one whole chain."""
    ledger = tmp_path / "ledger.sqlite"
    writers = [sys.executable, str(ROOT / "tests" / "ledger_writers.py"), str(ledger), "100", "11"]
    done = subprocess.run(writers, capture_output=True, text=True, check=True)
    told = [line.split() for line in done.stdout.splitlines()]
    with Ledger(ledger) as opened:
        there = {entry.number: entry.hash for entry in opened.entries()}
    assert len(told) > 50
    assert len({number for number, _ in told}) == len(told)
    assert [number for number, hash_ in told if there.get(int(number)) != hash_] == []
    assert codes(ledger) == []
    record(ledger, ASHFORD)


def test_all_of_one_command_is_recorded_or_nothing(ledger: Path) -> None:
    """A receipt that cannot be entered takes those before it along."""
    with Ledger(ledger, writing=True) as opened:
        good = Draft({"format": "x"}, {"0" * 64: b"x"})
        bad = Draft({"format": "x"}, {"1" * 64: b"x"})
        opened._connection.execute(
            f"CREATE TEMP TRIGGER no BEFORE INSERT ON main.stored WHEN NEW.hash = '{'1' * 64}' BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        with pytest.raises(LedgerTrouble, match="cannot write to the ledger"):
            opened.append([good, bad])
    assert codes(ledger) == []
    assert planproof("ledger", "head", "--ledger", ledger).out.startswith("5:")
