"""Replay: old receipts give the same bytes again, today's rule book is held beside them, and private ones keep quiet."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Iterator
from contextlib import closing
from hashlib import scrypt, sha256
from pathlib import Path
from sqlite3 import connect
from typing import Any

import pytest

from conftest import ROOT
from ledgers import ASHFORD, HOLLOW, INES, LIBRARY, Said, codes, planproof, receipts, rechain, record, restored, store, tamper
from outputs import problem
from planproof.encode import canonical

GOLDEN = sorted((ROOT / "tests" / "data" / "golden").glob("*.jsonl"))
JUNE = ("--on", "2026-06-30")


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Where a ledger will be."""
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The library's rule book, in which a later council has raised a fee and allows less debt."""
    rules = Path(shutil.copytree(LIBRARY, tmp_path / "later" / "library"))
    path = rules / "parameters.rules"
    text = path.read_text(encoding="utf-8").replace(
        "2026: $0.25   cites Council Minute 2025/11", "2026: $0.30   cites Council Minute 2026/4"
    )
    path.write_text(text.replace("is $5.00", "is $4.50"), encoding="utf-8")
    return rules


def replay(ledger: Path, *arguments: str | Path) -> Said:
    """Replay entries."""
    return planproof("ledger", "replay", "--ledger", ledger, *arguments)


# ------------------------------------------------------------------ the same bytes


def test_every_kind_of_question_gives_the_same_bytes_again(ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With amendments, groups, settings, a year; from files that are gone by then, and without a cache."""
    for file in (ASHFORD, HOLLOW, INES):
        shutil.copy(file, tmp_path)
    plan, other, person = (tmp_path / file.name for file in (ASHFORD, HOLLOW, INES))
    record(ledger, plan, other)
    record(ledger, plan, "--participant", person, *JUNE, "--year", "2025")
    record(ledger, plan, "--set", "participant.group=staff", "--set", " plan.own_limit = 4", "--set", "participant.age=9")
    record(ledger, other, "--set", "plan.grace_days=unknown")
    for file in (plan, other, person):
        file.unlink()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    said = replay(ledger)
    assert (said.code, said.err) == (0, "")
    assert [line.rpartition(": ")[2] for line in said.out.splitlines()[:-1]] == ["same verdict and proof"] * 5
    assert said.out.endswith("5 entries replayed, no fault\n")


def test_the_rule_book_that_ships_gives_the_same_bytes_again(ledger: Path) -> None:
    """For a plan with groups and for a participant, by the stored copy of the rules."""
    plan, person = "docs/examples/full-plan.yaml", "docs/examples/full-participant.yaml"
    record(ledger, ROOT / plan, "--participant", ROOT / person, rules=ROOT / "rules")
    record(ledger, ROOT / plan, ROOT / "plans" / "intel.yaml", rules=ROOT / "rules")
    said = replay(ledger, "1", "2", "--today", "--format", "json")
    assert (said.code, said.err) == (0, "")
    assert [result["same"] for result in said.data["results"]] == [True, True]
    assert [answer["first"] for result in said.data["results"] for answer in result["today"]["answers"]] == [None] * 3


def test_a_proof_that_the_engine_does_not_give_is_found(ledger: Path) -> None:
    """A false proof, well hashed and chained, is told with the step where it begins to be false."""
    record(ledger, ASHFORD, "--participant", INES)

    def forge(connection: Any) -> None:
        found = receipts(connection)
        name = found[0]["proof"]
        proof = json.loads(zlib.decompress(connection.execute("SELECT body FROM stored WHERE hash = ?", (name,)).fetchone()[0]))
        next(step for step in proof["steps"] if step["name"] == "fees_owed")["value"] = "0.00"
        connection.execute("DELETE FROM stored WHERE hash = ?", (name,))
        found[0]["proof"] = store(connection, canonical(proof))
        rechain(connection, found)

    tamper(ledger, forge)
    assert codes(ledger) == []
    said = replay(ledger)
    assert said.code == 1
    assert "error[replay-differs]: entry 1: the proof is not the same; the first step that differs is fees_owed\n" in said.out
    assert ": differs\n" in said.out


def test_what_is_not_there_cannot_be_replayed(ledger: Path) -> None:
    """It is a fault, and the other entries are replayed."""
    record(ledger, HOLLOW)
    record(ledger, ASHFORD)
    plan = sha256(HOLLOW.read_bytes()).hexdigest()
    tamper(ledger, lambda connection: connection.execute("DELETE FROM stored WHERE hash = ?", (plan,)))
    said = replay(ledger)
    assert said.code == 1
    assert "error[replay-refused]: entry 1: the plan is not stored, or was altered\n" in said.out
    assert "entry 2  " in said.out


def test_an_entry_that_is_no_receipt_cannot_be_replayed(ledger: Path) -> None:
    """Told by `replay`, `show` and `list`."""
    record(ledger, HOLLOW)
    tamper(ledger, lambda connection: connection.execute("UPDATE entry SET receipt = x'7b7d'"))
    assert replay(ledger).out.startswith("error[receipt-form]: entry 1: its receipt is not one\n")
    assert "error[receipt-form]: entry 1: its receipt is not one" in planproof("ledger", "show", "1", "--ledger", ledger).err
    assert "no receipt" in planproof("ledger", "list", "--ledger", ledger).out


# ------------------------------------------------------------------ golden receipts


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_golden_receipts_of_a_release_still_hold(golden: Path, ledger: Path) -> None:
    """What a release recorded is whole, and today's engine gives the same verdicts and proofs, byte for byte."""
    restored(golden.read_text(encoding="utf-8"), ledger)
    assert codes(ledger) == []
    said = replay(ledger, "--participant", INES, "--format", "json")
    assert (said.code, said.err) == (0, "")
    results = said.data["results"]
    assert [(result["same"], result["whole"]) for result in results] == [(True, True)] * len(results)
    assert len({result["plan"] for result in results}) == 5


def test_there_are_golden_receipts() -> None:
    """Of the first release on, with a verdict of every kind among them but `refused`, which no plan of theirs gives."""
    assert [path.stem for path in GOLDEN][:1] == ["0.1.0"]
    entries = [json.loads(line) for line in GOLDEN[0].read_text(encoding="utf-8").splitlines()]
    found = {entry["receipt"]["verdict"] for entry in entries if "receipt" in entry}
    assert found == {"lent", "lent_once_paid", "unknown"}


# ------------------------------------------------------------------ today


def test_today_tells_what_changed_and_why(ledger: Path, later: Path) -> None:
    """13 days less 1 at $0.30 are $3.60, and the ceiling of $5.00 and one day of $0.30: $8.90, less $4.00: more than $4.50."""
    record(ledger, ASHFORD, "--participant", INES)
    said = replay(ledger, "--rules", later)
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        f"entry 1  {ASHFORD.as_posix()}  year 2026  lent: same verdict and proof\n"
        "  today: lent_once_paid, then lent\n"
        "    fees_owed: 8.90, then 8.25\n"
        "    fees_after_deposit: 4.90, then 4.25\n"
        "    at_the_desk: now closed, then open\n"
        "    because of parameter late_fee_a_day year 2026 (Late fee for a day):"
        " 0.30 by Council Minute 2026/4, then 0.25 by Council Minute 2025/11\n"
        "    because of parameter debt_allowed (Fees owed up to which books are lent): 4.50 by By-law 5(3), then 5.00 by By-law 5(3)\n"
        f"    {_steps(said)} steps differ\n"
        "  rule files: library/parameters.rules changed\n"
        "1 entry replayed, no fault\n"
    )
    data = replay(ledger, "--rules", later, "--format", "json").data
    assert problem("replay", data) == ""
    (answer,) = data["results"][0]["today"]["answers"]
    assert answer["verdict"] == {"then": "lent", "today": "lent_once_paid"}
    assert answer["first"]["name"] == "late_fee_a_day"
    assert answer["steps"] == _steps(said)


def _steps(said: Said) -> int:
    return int(next(line for line in said.out.splitlines() if line.endswith(" steps differ")).split()[0])


def test_today_tells_of_pitfalls_paths_and_provisions(ledger: Path, later: Path) -> None:
    """A pitfall and a path that are gone, a requirement that is other, a file that is new."""
    lending = later / "lending.rules"
    text = lending.read_text(encoding="utf-8").replace("when loans_left <= 1", "when loans_left <= 9")
    text = text.replace("requires signed_for             cites By-law 2", "requires signed_for and may_be_member  cites By-law 2")
    lending.write_text(text, encoding="utf-8")
    (later / "more.rules").write_text('chapter "More"\n', encoding="utf-8")
    record(ledger, ASHFORD, "--participant", INES)
    said = replay(ledger, "--rules", later)
    for words in (
        "last_loan: applies, then no",
        "requires signed_for not asked, then yes; requires signed_for and may_be_member yes, then not asked",
        "rule files: library/lending.rules changed, library/more.rules added, library/parameters.rules changed",
    ):
        assert words in said.out


def test_a_rule_book_with_other_facts_refuses_old_files(ledger: Path, later: Path) -> None:
    """That is told, and is no fault of the ledger."""
    facts = later / "facts.rules"
    facts.write_text(facts.read_text(encoding="utf-8").replace("one of town, university", "one of city, college"), encoding="utf-8")
    lending = later / "lending.rules"
    lending.write_text(
        lending.read_text(encoding="utf-8")
        .replace("plan.type = university", "plan.type = college")
        .replace("plan.type town", "plan.type city")
        .replace("plan.type university", "plan.type college"),
        encoding="utf-8",
    )
    record(ledger, HOLLOW)
    said = replay(ledger, "--rules", later)
    assert said.code == 0
    assert f"  today: the plan is refused: `university` is not one of city, college, unknown [{HOLLOW.as_posix()}:3:7]\n" in said.out


def test_an_edit_that_moves_lines_changes_nothing(ledger: Path, later: Path) -> None:
    """Places in files are no change of the law."""
    shutil.copytree(LIBRARY, later, dirs_exist_ok=True)
    path = later / "lending.rules"
    path.write_text(path.read_text(encoding="utf-8").replace('"Lending"\n', '"Lending"\n\n# a remark\n', 1), encoding="utf-8")
    record(ledger, HOLLOW)
    assert (
        "  today: the same verdict by the same steps\n  rule files: library/lending.rules changed\n" in replay(ledger, "--rules", later).out
    )


# ------------------------------------------------------------------ private


def everything(ledger: Path) -> Iterator[str]:
    """All that a ledger holds: the bytes of the file, the receipts, and what is stored, unpacked."""
    yield ledger.read_bytes().decode("latin-1")
    yield planproof("ledger", "export", "--ledger", ledger, "--stored").out
    with closing(connect(ledger)) as connection:
        for (body,) in connection.execute("SELECT body FROM stored"):
            yield zlib.decompress(body).decode("utf-8")


def hangs_on_participant(proof: Any) -> set[str]:
    """The ids of the steps that are stated of the participant, or computed from such a one."""
    found: set[str] = set()
    for step in proof["steps"]:
        if step["name"].startswith(("participant.", "loan.")) or found & set(step["inputs"]):
            found.add(step["id"])
    return found


@pytest.fixture
def person(tmp_path: Path) -> Path:
    """A participant whose values and name occur nowhere else."""
    path = tmp_path / "zelda-quimby.yaml"
    path.write_text(INES.read_text(encoding="utf-8").replace("9.99", "7.77").replace("miles: 12", "miles: 4321"), encoding="utf-8")
    return path


def test_a_private_receipt_keeps_nothing_of_the_participant(ledger: Path, person: Path) -> None:
    """No value, no name of the file, no hash that could be compared with a guess: of the text, of the proof, of a step."""
    shown = record(ledger, ASHFORD, "--participant", person, "--private", "--set", "plan.online=no", "--format", "json").data
    text = person.read_text(encoding="utf-8")
    secrets = {"zelda", "quimby", "4321", "7.77", "2027-06-30", sha256(text.encode()).hexdigest(), shown["proof"]["seal"]}
    ids = hangs_on_participant(shown["proof"])
    assert len(ids) > 20
    amounts = {amount["value"] for amount in shown["amounts"].values()} - {"1.50"}  # which is a figure of the rule book too
    for held in everything(ledger):
        assert [secret for secret in secrets | ids | amounts if secret in held] == []
    receipt = planproof("ledger", "show", "1", "--ledger", ledger, "--format", "json").data["receipt"]
    assert (receipt["participant"], receipt["asked"]["group"], receipt["groups"]) == (None, None, [])
    assert receipt["verdict"] == shown["verdict"]


def test_a_private_receipt_keeps_the_proof_with_nothing_told_of_the_participant(ledger: Path, person: Path) -> None:
    """It is a proof as any other: the facts of the plan stand in it, those of the participant are not stated."""
    record(ledger, ASHFORD, "--participant", person, "--private")
    lines = [json.loads(line) for line in planproof("ledger", "export", "--ledger", ledger, "--stored").out.splitlines()]
    receipt = lines[0]["receipt"]
    proof = json.loads(next(line["text"] for line in lines if line["hash"] == receipt["proof"]))
    assert problem("proof", {**proof, "seal": receipt["proof"]}) == ""
    states = {step["name"]: step["state"] for step in proof["steps"] if step["kind"] == "fact"}
    assert states["participant.resident"] == "not_stated"
    assert states["plan.courier.offered"] == "stated"


def test_the_commitments_are_as_the_page_says(ledger: Path, person: Path) -> None:
    """A word, a line feed and the content through scrypt, with the salt of the receipt; two receipts have two salts."""
    shown = record(ledger, ASHFORD, "--participant", person, "--private", "--format", "json").data
    record(ledger, ASHFORD, "--participant", person, "--private")
    first, second = (
        planproof("ledger", "show", number, "--ledger", ledger, "--format", "json").data["receipt"]["private"] for number in ("1", "2")
    )

    def committed(content: bytes) -> str:
        return scrypt(content, salt=bytes.fromhex(first["salt"]), n=2**15, r=8, p=1, maxmem=2**26, dklen=32).hex()

    assert first["participant"] == committed(b"participant\n" + person.read_bytes())
    outcomes = canonical([["", shown["verdict"], shown["proof"]["seal"]]])
    assert first["proofs"] == committed(b"proofs\n" + outcomes)
    assert first["salt"] != second["salt"]
    assert not set(first.values()) & set(second.values())


def test_a_private_receipt_is_replayed_with_its_participant(ledger: Path, person: Path, tmp_path: Path) -> None:
    """From wherever the file lies; the proofs that it commits to are made again and compared."""
    record(ledger, ASHFORD, "--participant", person, "--private", "--set", "plan.online=no")
    moved = tmp_path / "moved.yaml"
    moved.write_bytes(person.read_bytes().replace(b"\n", b"\r\n"))
    said = replay(ledger, "1", "--participant", moved)
    assert (said.code, said.err) == (0, "")
    assert "lent: same verdict and proof\n" in said.out


def test_a_participant_whose_group_is_not_told_is_committed_to_with_every_group(ledger: Path, person: Path) -> None:
    """The groups are not kept, and are replayed."""
    person.write_text(person.read_text(encoding="utf-8").replace("group: none\n", ""), encoding="utf-8")
    shown = record(ledger, ASHFORD, "--participant", person, "--private", "--format", "json").data
    assert set(shown["groups"]) == {"staff"}
    assert replay(ledger, "1", "--participant", person).code == 0


def test_a_private_receipt_without_its_participant(ledger: Path, person: Path, tmp_path: Path) -> None:
    """Named, it needs the participant: bad input. Among all, what it keeps is replayed, with a warning."""
    record(ledger, ASHFORD, "--participant", person, "--private")
    record(ledger, HOLLOW)
    named, among = replay(ledger, "1"), replay(ledger)
    assert (named.code, among.code) == (2, 0)
    assert named.err == (
        "error[participant-needed]: entry 1 is private, and only what it keeps was replayed\n   help: say --participant FILE\n"
    )
    assert among.err.startswith("warning[participant-needed]: entry 1 is private")
    assert "lent: same proof of what it keeps\n" in among.out
    other = tmp_path / "other.yaml"
    other.write_text(person.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    named, among = replay(ledger, "1", "--participant", other), replay(ledger, "--participant", other)
    assert (named.code, among.code) == (1, 0)
    assert "error[participant-differs]: entry 1: the participant is not the one that it commits to\n" in named.out
    assert "warning[participant-differs]: entry 1 is private and about another participant" in among.err
    assert replay(ledger, "1", "--participant", tmp_path / "absent.yaml").code == 2


def test_another_verdict_in_a_private_receipt_is_found(ledger: Path, person: Path) -> None:
    """By replay with the participant; the commitment is to verdict and proofs."""
    record(ledger, ASHFORD, "--participant", person, "--private")
    tamper(ledger, lambda connection: rechain(connection, [{**receipts(connection)[0], "verdict": "refused"}]))
    assert codes(ledger) == []
    said = replay(ledger, "1", "--participant", person)
    assert said.code == 1
    assert "error[replay-differs]: entry 1: the verdicts and proofs about the participant are not those that it commits to\n" in said.out


def test_today_of_a_private_receipt_is_in_full_with_its_participant(ledger: Path, later: Path) -> None:
    """And only of what is kept without."""
    record(ledger, ASHFORD, "--participant", INES, "--private")
    assert "  today: lent_once_paid, then lent\n" in replay(ledger, "--participant", INES, "--rules", later).out
    assert "  today: the same verdict, unknown\n" in replay(ledger, "--rules", later).out


def test_a_private_receipt_takes_no_settings_of_the_participant(ledger: Path, person: Path) -> None:
    """The settings are kept as typed, so the participant is told by a file alone."""
    said = planproof(
        "check",
        ASHFORD,
        "--participant",
        person,
        "--set",
        " participant.age=9",
        "--rules",
        LIBRARY,
        "--record",
        "--private",
        "--ledger",
        ledger,
    )
    assert (said.code, said.out, ledger.exists()) == (2, "", False)
    assert said.err == (
        "error[private-setting]: `participant.age` is set on the command line, which a private receipt would keep\n"
        "   help: state it in the participant file\n"
    )


def test_a_question_about_no_participant_has_nothing_to_hide(ledger: Path) -> None:
    """Its receipt is as any other."""
    record(ledger, ASHFORD, "--private")
    receipt = planproof("ledger", "show", "1", "--ledger", ledger, "--format", "json").data["receipt"]
    assert receipt["private"] is None
    assert [group["group"] for group in receipt["groups"]] == ["staff"]
