"""A batch as a whole: what is said to help most of its plans is what trying every change of one fact finds."""

from __future__ import annotations

import json
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from batches import batch, people, rows
from conftest import ROOT
from outputs import problem
from planproof import batch_command
from planproof.answer import Answerer
from planproof.batch import prospects as searched
from planproof.batch.outputs import read_results
from planproof.batch.places import Places
from planproof.batch.prospects import Prospects, prospects
from planproof.batch.reading import PartReader, Reject
from planproof.batch.results import Question, columns
from planproof.batch.run import read_manifest
from planproof.batch.whole import prospect_text, prospects_told
from planproof.rulebook import Rulebook
from planproof.supposition import Slot
from planproof.types import Kind
from planproof.wanted import Wanted, wanted
from planproof.why_not import changed

SOME = tuple(ROOT / "plans" / f"{name}.yaml" for name in ("mit", "anon-schwab-2021", "anon-fidelity-exec-2019", "intel", "apple"))
LIBRARY = ROOT / "tests" / "books" / "library"


def questions(answerer: Answerer, output: Path) -> list[Question]:
    """The questions of all rows of an output of plans."""
    job, _ = read_manifest(Places(output))
    reader = PartReader(answerer.book, job, {})
    found = (one for part in job.parts for one in reader.found(part))
    return [question for one in found if not isinstance(one, Reject) for question in reader.questions(one)]


def gives(answerer: Answerer, question: Question, values: dict[Slot, Any]) -> bool:
    """Whether a row's facts with some changes give the best verdict, by the evaluator."""
    sought = wanted(answerer.book, "supported")
    assert isinstance(sought, Wanted), "the verdict can be wanted"
    return answerer.evaluator.run(changed(question.facts, values), question.asked).value(sought.test) is True


def brute(answerer: Answerer, asked: list[Question]) -> Counter[tuple[str, Any]]:
    """For how many rows without the best verdict each yes, no or word of each fact, laid over what is stated, gives it."""
    counts: Counter[tuple[str, Any]] = Counter()
    for question in asked:
        if gives(answerer, question, {}):
            continue
        for fact in answerer.book.core.facts:
            words = (True, False) if fact.type.kind is Kind.TRUTH else fact.type.options
            for word in words if fact.key is None else ():
                if gives(answerer, question, {Slot(fact.name): word}):
                    counts[fact.name, word] += 1
    return counts


def single(found: Prospects) -> Counter[tuple[str, Any]]:
    """For how many rows each word of one fact alone is told to be enough."""
    counts: Counter[tuple[str, Any]] = Counter()
    for one in (*found.answers, *found.changes):
        if len(one.turns) == 1:
            for part in one.turns[0].to:
                counts[one.turns[0].slot.name, part.value] += one.rows
    return counts


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over some plans, one of which is there twice, and for two years."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "twin.yaml").write_bytes(SOME[0].read_bytes())
    assert batch(*SOME, folder / "twin.yaml", "-o", folder / "out.csv", "--year", "2025..2026", "--summary") == 0
    return folder / "out.csv"


def found_in(answerer: Answerer, output: Path, most: int = searched.MOST_LOOKED_AT) -> Prospects:
    """What would help most rows of an output."""
    job, _ = read_manifest(Places(output))
    return prospects(answerer, job, read_results(output, columns(answerer.book)), lambda done, count: None, most)


def test_single_changes_are_those_that_trying_finds(
    answerer: Answerer, book: Rulebook, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each word of each fact is told to help as many rows as it gives the verdict to; equal facts count each time."""
    monkeypatch.setattr(searched, "MOST_TOLD", 10_000)
    found = found_in(answerer, output)
    tried = brute(answerer, questions(answerer, output))
    assert single(found) == tried
    assert len(tried) > 1, "there are several to see"
    short = [row for row in rows(book, output) if row["verdict"] != "supported"]
    assert (found.short, found.looked_at) == (len(short), len(short))


def test_every_set_is_enough_for_as_many_rows_as_it_is_told_to_be(answerer: Answerer, output: Path) -> None:
    """Laid over the facts of all rows, a set gives the verdict to no fewer rows than are told."""
    found = found_in(answerer, output)
    assert found.answers, "there are answers to see"
    assert any(len(one.turns) > 1 for one in found.changes), "there are sets to see"
    without = [one for one in questions(answerer, output) if not gives(answerer, one, {})]
    for one in (*found.answers, *found.changes):
        values = {turn.slot: turn.to[0].value if turn.to[0].certain else turn.to[0].high for turn in one.turns}
        assert sum(gives(answerer, question, values) for question in without) >= one.rows > 0


def test_the_rarest_facts_are_left_out(answerer: Answerer, output: Path) -> None:
    """Of so many different facts only the most frequent are looked at, and how many rows are not is told."""
    found = found_in(answerer, output, 1)
    assert found.looked_at == 2, "the plan that is there twice"
    lines = list(prospects_told(answerer.wording, found))
    assert f"  {found.short - 2} of them have rarer facts and were not looked at" in lines


def test_the_summary_tells_it_as_text_and_data(answerer: Answerer, output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text names what is answered, what is changed and by whom; the file holds against its schema, and so do its parts."""
    folder = output.parent
    assert batch(*SOME, folder / "twin.yaml", "-o", output, "--year", "2025..2026", "--summary") == 0
    told = capsys.readouterr().out
    data = json.loads((folder / "out.summary.json").read_text("utf-8"))
    assert problem("batch-summary", data) == ""
    found = data["prospects"]
    assert f"of {found['others']} that are not supported, how many would be, by changes\n" in told
    assert "Voluntary after-tax contributions changed to yes (the plan sponsor, by amendment); " in told
    for key in found:
        assert problem("batch-summary", {**data, "prospects": {name: one for name, one in found.items() if name != key}}), key
    one = found["changes"][0]
    for key in one["facts"][0]:
        short = {name: value for name, value in one["facts"][0].items() if name != key}
        assert problem("batch-summary", {**data, "prospects": {**found, "changes": [{**one, "facts": [short]}]}}), key


def test_what_decides_of_participants_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each reason with all that it decides, whatever their plans, and each plan with its verdicts."""
    lines = ["id,plan", *(f"{number},{plan}" for number, plan in enumerate(["mit"] * 3 + ["nike"] * 2 + [""])), ""]
    (tmp_path / "people.csv").write_text("\n".join(lines[:-2]) + "\n", "utf-8")
    (tmp_path / "nike.yaml").write_text((ROOT / "plans" / "mit.yaml").read_text("utf-8"), "utf-8")
    assert batch(SOME[0], tmp_path / "nike.yaml", tmp_path / "people.csv", "-o", tmp_path / "out.jsonl", "--summary") == 0
    told = capsys.readouterr().out
    assert "why\n  5  unsupported: Voluntary after-tax contributions is no; Kind of plan is 401(k)\n\n" in told
    assert "by plan\n  3  unsupported: mit\n  2  unsupported: nike\n\n" in told
    data = json.loads((tmp_path / "out.summary.json").read_text("utf-8"))
    assert data["plans"] == {"unsupported;mit": 3, "unsupported;nike": 2}
    assert data["clusters"] == {"unsupported;plan.after_tax.allowed=no;plan.type=401(k)": 5}
    assert problem("batch-summary", data) == ""


def test_the_search_tells_how_far_it_is(output: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Now and then a line with how many different facts it has looked at, and of how many."""
    monkeypatch.setattr("planproof.progress._SECONDS", -1)
    capsys.readouterr()
    assert batch(*SOME, output.parent / "twin.yaml", "-o", output, "--year", "2025..2026", "--summary") == 0
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("what would help most: ")]
    numbers = [line.split()[4] for line in told]
    assert numbers == [str(number) for number in range(len(told))]
    assert len({line.split()[6] for line in told}) == 1
    assert len(told) == int(told[0].split()[6]) > 1


def test_participants_and_another_rule_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of participants nothing is searched; the unrelated rule book is, for its own best verdict."""
    (tmp_path / "people.csv").write_text(people(3, ("mit",)), "utf-8")
    assert batch(SOME[0], tmp_path / "people.csv", "-o", tmp_path / "people.jsonl", "--summary") == 0
    assert "how many would be" not in capsys.readouterr().out
    assert json.loads((tmp_path / "people.summary.json").read_text("utf-8"))["prospects"] is None
    assert batch(LIBRARY / "plans", "-o", tmp_path / "loans.jsonl", "--rules", LIBRARY, "--summary") == 0
    data = json.loads((tmp_path / "loans.summary.json").read_text("utf-8"))
    assert problem("batch-summary", data) == ""
    assert data["prospects"]["others"] == data["rows"] - data["verdicts"].get(data["prospects"]["wanted"], 0)


# ------------------------------------------------------------------ the page


class Elements(HTMLParser):
    """The elements of a page: their names, attributes and texts, as a browser would read them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.cells: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remembers an element."""
        self.tags.append((tag, dict(attrs)))
        if tag in ("th", "td"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        """Adds to the text of the cell."""
        if self.cells:
            self.cells[-1] += data


def test_the_page_tells_the_counts_and_the_rows(answerer: Answerer, book: Rulebook, output: Path) -> None:
    """Each verdict stands with its number and a bar as long, and each row with its verdict; the same run gives the same page."""
    page, again = output.with_name("a.html"), output.with_name("b.html")
    for one in (page, again):
        assert batch(*SOME, output.parent / "twin.yaml", "-o", output, "--year", "2025..2026", "--report", one) == 0
    assert page.read_bytes() == again.read_bytes()
    found = Elements(page.read_text("utf-8"))
    stored = rows(book, output)
    counts = Counter(str(row["verdict"]) for row in stored).most_common()
    most = counts[0][1]
    bars = [attributes["width"] for tag, attributes in found.tags if tag == "rect"]
    for number, (verdict, count) in enumerate(sorted(counts, key=lambda item: (-item[1], item[0]))):
        at = found.cells.index(verdict)
        assert found.cells[at + 1] == str(count)
        assert bars[number] == str(count * 1000 // most)
    for row in stored:
        assert [str(row["id"]), str(row["year"]), str(row["verdict"]).replace("_", " ")] in [
            found.cells[at : at + 3] for at, cell in enumerate(found.cells) if cell == row["id"]
        ]
    assert prospect_text(answerer.wording, found_in(answerer, output).changes[0]) in found.cells


def test_the_page_holds_no_more_than_so_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It tells how many it has and where the others are."""
    monkeypatch.setattr(batch_command, "MOST_ROWS", 2)
    (tmp_path / "people.csv").write_text(people(5, ("mit",)), "utf-8")
    assert batch(SOME[0], tmp_path / "people.csv", "-o", tmp_path / "out.jsonl", "--report", tmp_path / "out.html") == 0
    text = (tmp_path / "out.html").read_text("utf-8")
    assert "The first 2 of 5; all are in <code>out.jsonl</code>." in text
    assert [cell for cell in Elements(text).cells if cell in ("p0", "p1", "p2", "p3", "p4")] == ["p0", "p1"]


def test_what_inputs_say_is_text_on_the_page(tmp_path: Path) -> None:
    """Markup in an id, and what would steer the text, is shown and does nothing; the page names no address."""
    evil = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>\u202e"
    (tmp_path / "people.csv").write_text(f"id,plan,participant.age_at_year_end\n{evil},mit,35\n", "utf-8")
    assert batch(SOME[0], tmp_path / "people.csv", "-o", tmp_path / "out.csv", "--report", tmp_path / "out.html") == 0
    text = (tmp_path / "out.html").read_text("utf-8")
    found = Elements(text)
    assert evil.replace("\u202e", "\\u202e") in found.cells
    assert [tag for tag, _ in found.tags].count("script") == 1
    assert not {"img", "iframe", "object"} & {tag for tag, _ in found.tags}
    links = {attributes["href"] or "" for _, attributes in found.tags if "href" in attributes}
    assert {link[:1] for link in links} == {"#", "d"}
    assert "http" not in text.replace("http-equiv", "")


@pytest.mark.parametrize(
    ("name", "message"),
    [("out.pdf", "`out.pdf` does not end as a page does"), ("nowhere/out.html", "no such folder")],
)
def test_where_no_page_can_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, message: str) -> None:
    """It is told before anything is answered."""
    assert batch(SOME[0], "-o", tmp_path / "out.csv", "--report", tmp_path / name) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()
