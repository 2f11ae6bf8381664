"""The flat form: what is stated survives the way there and back, and what cannot be read is told by row and column."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import ROOT
from plan_files import plan_of
from planproof.cli import main
from planproof.diagnostics import Diagnostic
from planproof.flat import Cells, Columns, joined, parted, participant_row, plan_rows
from planproof.flat_read import FlatReader, Row
from planproof.frames import parquet_rows, parquet_shape, write_parquet
from planproof.plan import Amendment, Facts, Group, Participant, Plan
from planproof.plan_text import NoText, participant_text, plan_text
from planproof.plans import Loader
from planproof.rulebook import Rulebook, load_rulebook
from planproof.source import Source
from planproof.tables import csv_text, json_text, text_table
from planproof.types import Kind
from planproof.values import State
from strategies import some_facts

PLANS = [*sorted((ROOT / "plans").glob("*.yaml")), ROOT / "docs" / "examples" / "full-plan.yaml"]
LIBRARY = ROOT / "tests" / "books" / "library"


def meant(facts: Facts) -> object:
    """What decides of some facts: values, states, claims and layers' order, without evidence and places."""
    values = {key: (one.state, one.value, tuple(claim.value for claim in one.claims)) for key, one in facts.statements.items()}
    rows = {
        name: (listed.state, [{column: (cell.state, cell.value) for column, cell in row.items()} for row in listed.rows])
        for name, listed in facts.lists.items()
    }
    return values, rows


def meant_plan(plan: Plan) -> object:
    """What decides of a plan, and what a flat row tells besides."""
    amendments = [(a.name, a.effective, a.adopted, meant(a.facts)) for a in plan.amendments]
    groups = [(g.name, g.label, meant(g.facts)) for g in plan.groups]
    own = (plan.employer, plan.name, plan.type, plan.ein, plan.plan_number, plan.recordkeeper, plan.expected, plan.difference)
    return own, meant(plan.facts), amendments, groups


def through(book: Rulebook, rows: Iterable[Cells], form: str) -> list[Row]:
    """Rows written as text and read again."""
    text = csv_text(rows) if form == "csv" else json_text(rows)
    read, wrong = text_table(f"plans.{form}", io.BytesIO(text.encode()), Columns(book))
    assert not wrong
    found = []
    for one in read:
        assert isinstance(one, Row), one
        found.append(one)
    return found


@pytest.mark.parametrize(("number", "path"), list(enumerate(PLANS)), ids=[path.stem for path in PLANS])
def test_a_plan_file_survives(book: Rulebook, loader: Loader, number: int, path: Path) -> None:
    """A plan file as rows and back is the same plan, and so is the plan file written from it."""
    plan, _, _ = loader.plan(path)
    assert plan is not None
    again, wrong = FlatReader(book).plan(through(book, plan_rows(book, path.stem, plan), ("csv", "jsonl")[number % 2]))
    assert not wrong
    assert again is not None
    assert meant_plan(again) == meant_plan(plan)
    assert meant_plan(plan_of(loader, plan_text(book, again))) == meant_plan(plan)


def test_the_participant_file_survives(book: Rulebook, loader: Loader) -> None:
    """The participant file that shows every form, as a row and back."""
    person, _, _, _ = loader.participant(ROOT / "docs" / "examples" / "full-participant.yaml", [])
    assert person is not None
    for form in ("csv", "jsonl"):
        (row,) = through(book, [participant_row(book, "me", person, "acme")], form)
        assert (row.text("id"), row.text("plan"), row.text("group")) == ("me", "acme", "none")
        again, wrong = FlatReader(book).participant(row)
        assert again is not None, wrong
        assert (again.group, meant(again.facts)) == (person.group, meant(person.facts))
        file, _, _, _ = loader.participant_of(Source("me.yaml", participant_text(book, again)), [])
        assert file is not None
        assert (file.group, meant(file.facts)) == (person.group, meant(person.facts))


def of_root(book: Rulebook, facts: Facts, root: str) -> Facts:
    """The facts of a plan or of a participant, with claims of yes and no only where these are values."""
    return Facts(
        {
            key: said if book.kind(key[0]) is Kind.TRUTH else replace(said, claims=())
            for key, said in facts.statements.items()
            if key[0].startswith(root)
        },
        {name: rows for name, rows in facts.lists.items() if name.startswith(root)},
    )


def _books() -> list[Rulebook]:
    return [book for folder in (None, LIBRARY) if (book := load_rulebook(folder)[0]) is not None]


@pytest.mark.parametrize("book", _books(), ids=["ours", "library"])
def test_random_plans_survive(book: Rulebook) -> None:
    """Random facts, amendments and groups, with every state a fact may have, as rows and back."""
    reader, loader = FlatReader(book), Loader(book)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        base=some_facts(book.core), change=some_facts(book.core), other=some_facts(book.core), form=st.sampled_from(["csv", "jsonl"]),
        label=st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12),
    )  # fmt: skip
    def survive(base: Facts, change: Facts, other: Facts, form: str, label: str) -> None:
        amendments = (Amendment("First; one", date(2026, 7, 1), None, of_root(book, change, "plan.")),)
        groups = (Group("hourly", label, of_root(book, other, "plan.")),)
        source = Source("plan.yaml", "")
        plan = Plan(source, label, '"Plan"', "", "", "", "", (), of_root(book, base, "plan."), amendments, groups, "", "")
        again, wrong = reader.plan(through(book, plan_rows(book, "p", plan), form))
        assert again is not None, wrong
        assert meant_plan(again)[1:] == meant_plan(plan)[1:]  # type: ignore[index]
        person = Participant(None, of_root(book, base, "participant."), "hourly")
        (row,) = through(book, [participant_row(book, "me", person)], form)
        back, wrong = reader.participant(row)
        assert back is not None, wrong
        assert meant(back.facts) == meant(person.facts)
        try:
            text = participant_text(book, back)
        except NoText:
            assert {said.state for said in person.facts.statements.values()} & {State.DIFFERS_BY_GROUP, State.CONFLICTING, State.AMBIGUOUS}
            return
        file, _, _, found = loader.participant_of(Source("me.yaml", text), [])
        assert file is not None, found
        assert meant(file.facts) == meant(person.facts)

    survive()


# ------------------------------------------------------------------ what cannot be read


def read_one(book: Rulebook, text: str | bytes, form: str = "csv", *, participant: bool = False) -> list[Diagnostic]:
    """What is wrong with a table of one plan or participant."""
    data = text.encode() if isinstance(text, str) else text
    read, wrong = text_table(f"t.{form}", io.BytesIO(data), Columns(book))
    if wrong:
        return list(wrong)
    rows = list(read)
    found = [row for row in rows if isinstance(row, Diagnostic)]
    good = [row for row in rows if isinstance(row, Row)]
    reader = FlatReader(book)
    if participant:
        return [*found, *(one for row in good for one in reader.participant(row)[1])]
    return [*found, *(reader.plan(good)[1] if good else ())]


TYPE = "id,plan.type"
WRONG_CSV = [
    ("", "table-empty", None, "`t.csv` is empty"),
    (f"{TYPE},plan.after_tax.alowed\np,401(k),yes\n", "unknown-column", (1, 3), "did you mean `plan.after_tax.allowed`"),
    (f"{TYPE},id\np,401(k),yes\n", "unknown-column", (1, 3), "`id` stands twice"),
    (f"{TYPE},\np,401(k),yes\n", "unknown-column", (1, 3), "column 3 has no name"),
    ("id;plan.type\np;401(k)\n", "unknown-column", (1, 1), "parted by `,`"),
    (f"{TYPE},plan.after_tax.allowed@2025\np,401(k),yes\n", "unknown-column", (1, 3), "has no years"),
    (f"{TYPE},plan.after_tax.allowed__cents\np,401(k),yes\n", "unknown-column", (1, 3), "there is no column"),
    (f"{TYPE}\np,401k\n", "plan-value", (2, 2), "did you mean `401(k)`"),
    (f"{TYPE}\n\np,401(k),yes\n", "csv-syntax", (3, 1), "3 values, and the header 2 columns"),
    (f'{TYPE}\np,"401(k)\n', "csv-syntax", (2, 1), "this row is not CSV"),
    (f"{TYPE},plan.after_tax.dollar_cap\np,401(k),0.5\n", "plan-value", (2, 3), "not an amount of money"),
    (f"{TYPE},plan.after_tax.dollar_cap__cents\np,401(k),0.5\n", "plan-value", (2, 3), "whole number of cents"),
    (f"{TYPE},plan.after_tax.dollar_cap__cents\np,401(k),99999999999999\n", "out-of-range", (2, 3), "is not between"),
    (f"{TYPE},plan.after_tax.percent_cap\np,401(k),0.075\n", "plan-value", (2, 3), "written with `%`"),
    (f"{TYPE},plan.after_tax.dollar_cap,plan.after_tax.dollar_cap__cents\np,401(k),5,500\n", "cell-state", (2, 4), "stands twice"),
    (f"{TYPE},plan.after_tax.allowed,plan.after_tax.allowed__state\np,401(k),yes,unknown\n", "cell-state", (2, 4), "the value is `yes`"),
    (f"{TYPE},plan.after_tax.allowed__state\np,401(k),stated\n", "cell-state", (2, 3), "there is no value"),
    (f"{TYPE},plan.after_tax.allowed__state\np,401(k),conflictin\n", "cell-state", (2, 3), "did you mean `conflicting`"),
    (f"{TYPE},plan.after_tax.allowed__claims\np,401(k),yes;no\n", "cell-state", (2, 3), "not conflicting"),
    (
        f"{TYPE},plan.after_tax.allowed__state,plan.after_tax.allowed__claims\np,401(k),conflicting,yes\n",
        "no-conflict",
        (2, 4),
        "two claims",
    ),
    (f"{TYPE},plan.test.highly_average,plan.test.highly_average@2025\np,401(k),1%,2%\n", "plain-and-year", (2, 3), "values of years"),
    (f"{TYPE},plan.match.tiers.rate,plan.match.tiers.from\np,401(k),1%;2%,0%\n", "list-length", (2, 4), "1 values, and the list 2 rows"),
    (f"{TYPE},plan.match.tiers,plan.match.tiers.rate\np,401(k),3,1%;2%\n", "list-length", (2, 4), "2 values, and the list 3 rows"),
    (f"{TYPE},plan.match.tiers\np,401(k),many\n", "plan-value", (2, 3), "the number of rows"),
    (f"{TYPE},effective\np,401(k),2026-01-01\n", "plan-rows", (2, 1), "has no row without"),
    (f"{TYPE}\np,401(k)\np,401(k)\n", "plan-rows", (3, 1), "has two rows"),
    (f"{TYPE},effective\np,401(k),\np,,2026-13-01\n", "bad-date", (3, 2), "there is no date"),
    (f"{TYPE},group\np,401(k),\np,,none\n", "name-reserved", (3, 2), "cannot be called"),
    (f"{TYPE},group\np,401(k),\np,,Day Shift\n", "bad-key", (3, 2), "cannot stand as a key"),
    (f"{TYPE},group\np,401(k),\np,,a\np,,a\n", "plan-rows", (4, 2), "two rows are of the group"),
    (f"{TYPE},expected\np,401(k),yes\n", "plan-value", (2, 3), "not one of"),
    (f"{TYPE},difference\np,401(k),so\n", "difference-alone", (2, 3), "without the expected verdict"),
]


@pytest.mark.parametrize(("text", "code", "place", "message"), WRONG_CSV, ids=[f"{code}: {message}" for _, code, _, message in WRONG_CSV])
def test_wrong_csv(book: Rulebook, text: str, code: str, place: tuple[int, int] | None, message: str) -> None:
    """What is wrong in a CSV table is told once, at its row and column."""
    (found,) = read_one(book, text)
    assert (found.code, (found.span.line, found.span.column) if found.span else None) == (code, place)
    assert message in f"{found.message} / {found.help}"


WRONG_JSON = [
    ('{"id": "p", "plan.type": "401(k)", "plan.type": "401(k)"}', "json-syntax", "`plan.type` stands twice"),
    ('{"id": "p", "plan.type": }', "json-syntax", "this line is not JSON"),
    ('["p"]', "json-syntax", "a line is one row"),
    ('{"id": "p", "plan.after_tax.dollar_cap": NaN}', "json-syntax", "`NaN` is no value"),
    ('{"id": "p", "plan.after_tax.dollar_cap": true}', "plan-value", "`true` cannot stand"),
    ('{"id": "p", "plan.after_tax.dollar_cap": 1e400}', "plan-value", "cannot stand"),
    ('{"id": "p", "plan.after_tax.dollar_cap": 0.125}', "plan-value", "not an amount of money"),
    ('{"id": "p", "plan.after_tax.allowed": [{"a": 1}]}', "plan-value", "a list of rows cannot stand here"),
    ('{"id": "p", "plan.match.tiers": [{"rat": "1%"}]}', "unknown-column", "did you mean `rate`"),
    ('{"id": "p", "plan.match.tiers": [1]}', "plan-value", "cannot stand in `plan.match.tiers`"),
    ('{"id": "p", "plan.match": "yes"}', "unknown-column", "there is no column `plan.match`"),
    ("[" * 50_000, "json-syntax", "not JSON"),
    ('{"id": ' + "9" * 5_000 + "}", "json-syntax", "not JSON"),
]


@pytest.mark.parametrize(("text", "code", "message"), WRONG_JSON, ids=[message for *_, message in WRONG_JSON])
def test_wrong_json(book: Rulebook, text: str, code: str, message: str) -> None:
    """What is wrong in a line of JSON is told once, and the next line is read."""
    read, _ = text_table("t.jsonl", io.BytesIO(f'{text}\n{{"id": "q"}}\n'.encode()), Columns(book))
    first, second = read
    found = [first] if isinstance(first, Diagnostic) else list(FlatReader(book).plan([first])[1])
    assert [one.code for one in found] == [code]
    assert message in f"{found[0].message} / {found[0].help}"
    assert isinstance(second, Row)
    assert second.number == 2


def test_numbers_of_json_are_exact(book: Rulebook) -> None:
    """A number of JSON means what is written, whatever a float would make of it."""
    text = '{"plan.after_tax.dollar_cap": 70368744177664.1, "plan.after_tax.percent_cap__percent": 7.10, "plan.governmental": false}\n'
    (row,), _ = text_table("t.jsonl", io.BytesIO(text.encode()), Columns(book))
    assert isinstance(row, Row)
    assert row.cells["plan.after_tax.dollar_cap"] == "70368744177664.10"
    assert row.cells["plan.after_tax.percent_cap__percent"] == "7.1"
    assert row.cells["plan.governmental"] == "no"


def test_bytes_that_are_no_text_and_records_too_long(book: Rulebook) -> None:
    """Bad bytes and a field of 10 MB are told with their line, and the rows around them are read."""
    lines = [b"id,plan.type", b"a,401(k)", b"b,\xff", b'c,"' + b"x" * 10_000_000 + b'"', b"d,401(k)", b'e,"401', b"f,401(k)", b""]
    read, _ = text_table("t.csv", io.BytesIO(b"\n".join(lines)), Columns(book))
    told = [(one.number, one.text("id")) if isinstance(one, Row) else (one.span.line if one.span else 0, one.code) for one in read]
    assert told == [(2, "a"), (3, "unreadable"), (4, "record-size"), (5, "d"), (6, "csv-syntax"), (7, "f")]


@given(st.lists(st.text("ab;\\", max_size=6).map(str.strip), min_size=1, max_size=5))
def test_texts_in_one_come_apart_again(texts: list[str]) -> None:
    """What is joined by `;` is parted again, whatever stands in it."""
    assert parted(joined(texts)) == texts


def test_the_empty_list_the_unknown_and_the_silent(book: Rulebook) -> None:
    """Three lists that have no rows are three things."""
    read, _ = text_table("t.csv", io.BytesIO(b"id,plan.match.tiers\na,0\nb,unknown\nc,\n"), Columns(book))
    facts = [FlatReader(book).plan([row])[0] for row in read if isinstance(row, Row)]
    told = [plan.facts.lists.get("plan.match.tiers") for plan in facts if plan is not None]
    assert [rows and rows.state for rows in told] == [State.STATED, State.STATED_UNKNOWN, None]


# ------------------------------------------------------------------ Parquet, and the command


def test_parquet_says_the_same(book: Rulebook, loader: Loader, tmp_path: Path) -> None:
    """Every plan that ships, as Parquet with typed columns and back."""
    columns, reader = Columns(book), FlatReader(book)
    plans = {path.stem: loader.plan(path)[0] for path in PLANS}
    rows = [row for id_, plan in plans.items() if plan for row in plan_rows(book, id_, plan)]
    write_parquet(tmp_path / "plans.parquet", rows, columns)
    count, wrong = parquet_shape(tmp_path / "plans.parquet", columns)
    assert (count, wrong) == (len(rows), ())
    read = [row for row in parquet_rows(tmp_path / "plans.parquet", columns) if isinstance(row, Row)]
    for id_, plan in plans.items():
        again, found = reader.plan([row for row in read if row.text("id") == id_])
        assert plan is not None
        assert again is not None, found
        assert meant_plan(again) == meant_plan(plan)


WRONG_COLUMNS = [
    ({"plan.after_tax.dollar_cap": [0.1]}, "column-type", "is of the type Float64, in which not every value is exact"),
    ({"plan.match.tiers": [[{"rate": 0.5}]]}, "column-type", "Float64"),
    ({"plan.test.refund_date": [datetime(2026, 1, 1)]}, "column-type", "Datetime"),
    ({"plan.after_tax.allowed": [b"yes"]}, "column-type", "Binary"),
    ({"plan.after_tax.alowed": ["yes"]}, "unknown-column", "did you mean `plan.after_tax.allowed`"),
]


@pytest.mark.parametrize(("data", "code", "message"), WRONG_COLUMNS, ids=[message for *_, message in WRONG_COLUMNS])
def test_wrong_parquet_columns(book: Rulebook, tmp_path: Path, data: dict[str, list[object]], code: str, message: str) -> None:
    """A column whose values cannot be exact is refused before any row is read."""
    path = tmp_path / "t.parquet"
    pl.DataFrame({"id": ["p"], **data}).write_parquet(path)
    _, (found,) = parquet_shape(path, Columns(book))
    assert (found.code, found.span.column if found.span else 0) == (code, 2)
    assert message in f"{found.message} / {found.help}"


def test_files_that_are_no_parquet(book: Rulebook, tmp_path: Path) -> None:
    """A missing file, an empty one, text, and a file cut short are told as unreadable."""
    whole = tmp_path / "whole.parquet"
    pl.DataFrame({"id": ["p"] * 1000}).write_parquet(whole)
    cut = {"empty": b"", "text": b"id,plan.type\n", "cut": whole.read_bytes()[:-20]}
    for name, data in cut.items():
        (tmp_path / f"{name}.parquet").write_bytes(data)
    for name in (*cut, "missing"):
        _, (found,) = parquet_shape(tmp_path / f"{name}.parquet", Columns(book))
        assert found.code == "unreadable", name


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_the_command_goes_both_ways(tmp_path: Path, form: str) -> None:
    """Files to a table and back give files that say the same, with the rule book that ships and with another."""
    library = str(LIBRARY)
    for rules, folder in (([], ROOT / "plans"), (["--rules", library], LIBRARY / "plans")):
        table, copies, again = (tmp_path / f"{len(rules)}{name}" for name in (f"t.{form}", "copies", f"again.{form}"))
        assert main(["flatten", str(folder), "-o", str(table), *rules]) == 0
        assert main(["flatten", "--back", str(table), "-o", str(copies), *rules]) == 0
        assert main(["flatten", str(copies), "-o", str(again), *rules]) == 0
        assert again.read_bytes() == table.read_bytes()


def test_the_command_tells_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An id that is no name of a file, a conflict without claims, and the end of a file's name."""
    table = tmp_path / "t.csv"
    table.write_text("id,plan.type,plan.after_tax.allowed__state\n../up,401(k),\nq,401(k),conflicting\nr,401(k),\n", "utf-8")
    assert main(["flatten", "--back", str(table), "-o", str(tmp_path / "copies")]) == 2
    assert main(["flatten", str(ROOT / "plans" / "mit.yaml"), "-o", str(tmp_path / "t.xlsx")]) == 2
    assert main(["flatten", "--back", str(tmp_path / "missing.csv")]) == 2
    assert main(["flatten", "--back", str(ROOT / "plans" / "mit.yaml")]) == 2
    assert main(["flatten", str(table)]) == 2
    assert main(["flatten", str(ROOT / "plans" / "mit.yaml"), "-o", str(tmp_path / "no" / "t.csv")]) == 2
    assert main(["flatten", "--back", str(table), "-o", str(table)]) == 2
    same = str(tmp_path / "same.csv")
    assert main(["flatten", str(ROOT / "plans" / "mit.yaml"), "-o", same, "--rows", f"plan.match.tiers={same}"]) == 2
    told = capsys.readouterr().err
    assert re.findall(r"error\[([a-z-]+)\]", told) == [
        "bad-id",
        "no-file-form",
        "table-form",
        "unreadable",
        "table-form",
        "table-form",
        *("output",) * 3,
    ]
    assert [path.name for path in (tmp_path / "copies").iterdir()] == ["r.yaml"]
