"""A rule book on another subject, a town library's lending, through the same commands; and an engine that knows neither."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from conftest import ROOT
from planproof.cli import main
from planproof.rulebook import Rulebook, load_rulebook

LIBRARY = ROOT / "tests" / "books" / "library"
ASHFORD, HOLLOW = (LIBRARY / "plans" / f"{name}.yaml" for name in ("ashford", "hollow"))
INES = LIBRARY / "participants" / "ines.yaml"
ENGINE = sorted((ROOT / "engine" / "planproof").glob("*.py"))
JUNE = ("--on", "2026-06-30")


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


Command: TypeAlias = Callable[..., Said]


@pytest.fixture
def planproof(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Runs a command with the library's rule book, and with no cache of an earlier run."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run(command: str, *arguments: str | Path, rules: Path = LIBRARY) -> Said:
        code = main([command, "--rules", str(rules), *map(str, arguments)])
        written = capsys.readouterr()
        return Said(code, written.out, written.err)

    return run


def lending(planproof: Command, plan: Path, *arguments: str) -> dict[str, Any]:
    """The answer for Ines as JSON."""
    said = planproof("check", plan, "--participant", INES, "--format", "json", *arguments)
    assert (said.code, said.err) == (0, "")
    answer: dict[str, Any] = said.data
    return answer


def amounts(answer: dict[str, Any]) -> dict[str, str | None]:
    """The amounts of an answer in dollars."""
    return {name: amount["value"] for name, amount in answer["amounts"].items()}


# ------------------------------------------------------------------ check


def test_a_loan_is_granted_with_fees_to_the_cent(planproof: Command) -> None:
    """10 days at $0.25, half of $9.99 as the ceiling, and one book within the days of grace; $4 of deposit."""
    answer = lending(planproof, ASHFORD, *JUNE)
    assert answer["verdict"] == "lent"
    assert amounts(answer) == {"fees_owed": "7.50", "fees_after_deposit": "3.50", "highest_fee": "5.00", "reservations_kept": "1.50"}
    assert {path["id"]: (path["status"], path["once_paid"]) for path in answer["paths"]} == {
        "at_the_desk": ("open", "open"),
        "by_courier": ("closed", "closed"),
        "to_read_online": ("closed", "open"),
    }
    assert [(pitfall["id"], pitfall["status"], pitfall["cost"]) for pitfall in answer["pitfalls"]] == [
        ("reserved_book_late", "applies", "1.50")
    ]
    assert [(presumed["name"], presumed["value"]) for presumed in answer["presumed"]] == [("plan.online", "yes")]
    assert answer["missing"] == []


def test_an_amendment_shortens_the_days_of_grace(planproof: Command) -> None:
    """12 days at $0.25, the ceiling as before, and now one day of the third book: $8.25."""
    answer = lending(planproof, ASHFORD)
    assert answer["verdict"] == "lent"
    assert (amounts(answer)["fees_owed"], amounts(answer)["fees_after_deposit"]) == ("8.25", "4.25")


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [
        (["participant.deposit=0"], "lent_once_paid"),
        (["participant.deposit=2.50"], "lent"),
        (["participant.deposit=2.49"], "lent_once_paid"),
        (["participant.resident=no"], "refused"),
        (["participant.resident=no", "participant.group=staff"], "lent"),
        (["participant.card_until=2026-12-31", "participant.miles=10"], "lent"),
        (["participant.card_until=2026-12-31"], "lent_once_paid"),
        (["participant.card_until=2026-12-31", "plan.online=no"], "refused"),
        (["participant.age=9", "participant.guardian_signed=yes", "participant.deposit=0"], "lent"),
        (["participant.age=9", "participant.guardian_signed=no", "plan.online=no"], "refused"),
        (["participant.age=9", "plan.online=no"], "unknown"),
        (["plan.own_limit=3", "participant.miles=1"], "lent_once_paid"),
        (["plan.own_limit=4"], "lent"),
    ],
)
def test_verdicts_as_the_facts_change(planproof: Command, settings: list[str], verdict: str) -> None:
    """$5 of fees are allowed, the card must last the year, a guardian signs for children, who pay no fees from 2026."""
    options = [option for setting in settings for option in ("--set", setting)]
    assert lending(planproof, ASHFORD, *JUNE, *options)["verdict"] == verdict


def test_a_verdict_that_does_not_need_what_is_unknown(planproof: Command) -> None:
    """Three loans of three, no courier, nothing online: refused, though the fees hang on days of grace nobody tells."""
    answer = lending(planproof, HOLLOW)
    assert answer["verdict"] == "refused"
    assert amounts(answer) == {"fees_owed": None, "fees_after_deposit": None, "highest_fee": None, "reservations_kept": "1.50"}
    assert [(missing["name"], missing["state"]) for missing in answer["missing"]] == [("plan.grace_days", "stated_unknown")]
    assert {pitfall["id"] for pitfall in answer["pitfalls"]} == {"reserved_book_late", "last_loan", "weeks_of_examinations"}


def test_a_year_in_which_a_fee_was_not_in_force(planproof: Command) -> None:
    """2024: ten days at $0.20 and the ceiling; no fee for reserved books, which is told as the reason."""
    answer = lending(planproof, ASHFORD, "--year", "2024")
    assert (amounts(answer)["fees_owed"], amounts(answer)["reservations_kept"]) == ("7.00", None)
    assert ("reservation_fee", "not_in_force") in [(missing["name"], missing["state"]) for missing in answer["missing"]]


def test_the_page_for_one_plan(planproof: Command) -> None:
    """Verdict, labels and amounts in words of the rule book."""
    said = planproof("check", ASHFORD, "--participant", INES, *JUNE)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("Town of Ashford: Ashford Public Library\ntown · ")
    for text in (
        "Lending: lent\n",
        "Lending at the desk: now open, once paid open",
        "$7.50",
        "Bring the reserved books back first.",
        "cost: $1.50",
    ):
        assert text in said.out


def test_what_a_path_taxes_and_withholds(planproof: Command) -> None:
    """12 miles at $0.35, and 15% of it, withheld; with the standing of the act as it is declared once."""
    paths = {path["id"]: path for path in lending(planproof, ASHFORD, *JUNE)["paths"]}
    courier, desk = paths["by_courier"], paths["at_the_desk"]
    act = {"citations": ["Carriage Duty Act 3"], "standing": "secondary", "reason": "read in the carrier's leaflet"}
    section = {"citations": ["Carriage Duty Act 5"], "standing": "recalled", "reason": "the section was not read"}
    assert courier["taxes"] == {"value": "4.20", "depends_on": [], "authority": act}
    assert courier["withholds"] == {"value": "0.63", "depends_on": [], "authority": section}
    told = {key: [(note["text"], *note["authority"]["citations"]) for note in courier[key]] for key in ("reports", "starts", "afterwards")}
    assert told == {
        "reports": [("Slip A", "By-law 11"), ("Slip C", "By-law 11(4)")],
        "starts": [("Fourteen days until the box is sent back.", "By-law 11(5)")],
        "afterwards": [("A book that came by courier may go back at the desk.", "By-law 11")],
    }
    assert "taxes" not in desk
    assert "withholds" not in desk
    assert [len(desk[key]) for key in ("reports", "starts", "afterwards")] == [1, 0, 0]


def test_what_a_path_taxes_is_not_known(planproof: Command) -> None:
    """Null, and not zero; the miles are not missing for the verdict of a library without a courier."""
    data = planproof("check", HOLLOW, "--format", "json").data
    courier = next(path for path in data["paths"] if path["id"] == "by_courier")
    assert (courier["taxes"]["value"], courier["withholds"]["value"]) == (None, None)
    assert "participant.miles" not in {missing["name"] for missing in data["missing"]}


def test_the_page_tells_the_consequences_of_an_open_path(planproof: Command) -> None:
    """11 miles lie outside the radius, and of a path that is closed nothing is told; 9 lie inside, $3.15 and $0.4725."""
    words = ("adds to income: ", "is withheld: ", "Slip C", "Fourteen days", "may go back at the desk")
    closed = planproof("check", ASHFORD, "--participant", INES, *JUNE, "--set", "participant.miles=11").out
    assert [word for word in words if word in closed] == []
    page = planproof("check", ASHFORD, "--participant", INES, *JUNE, "--set", "participant.miles=9").out
    for text in (
        "      adds to income: $3.15 (Carriage Duty Act 3 (secondary: read in the carrier's leaflet))\n",
        "      is withheld: $0.48 (Carriage Duty Act 5 (recalled: the section was not read))\n",
        "      reports: Slip A (By-law 11)\n      reports: Slip C (By-law 11(4))\n",
        "      starts: Fourteen days until the box is sent back. (By-law 11(5))\n",
        "      afterwards: A book that came by courier may go back at the desk. (By-law 11)\n",
    ):
        assert text in page


def test_a_consequence_is_explained(planproof: Command) -> None:
    """As a definition of the path, by its own authority."""
    said = planproof("explain", ASHFORD, "by_courier.withholds", "--participant", INES)
    computed = "is “Worth of the carriage” ($4.20) × “Part of the carriage that is withheld as duty” (15%), rounded up to cents"
    assert said.out.splitlines()[1:3] == ["Lending by courier: withheld: $0.63", f"    {computed}"]
    assert "by Carriage Duty Act 5 (recalled: the section was not read) [library/lending.rules:" in said.out
    assert "Lending by courier: included in income: $4.20\n" in planproof("explain", ASHFORD, "by_courier.taxes", "--participant", INES).out


def test_the_table_for_a_folder(planproof: Command) -> None:
    """One line for each plan and group, under heads that fit the rule book's own phases."""
    said = planproof("check", LIBRARY / "plans")
    assert (said.code, said.err) == (0, "")
    assert re.search(r"(?m)^ashford +town +unknown +unknown ", said.out)
    assert re.search(r"(?m)^hollow +university +unknown ", said.out)
    assert "employed" not in said.out
    assert "open now" in said.out


def test_the_exit_code_can_follow_the_verdict(planproof: Command) -> None:
    """1 for a verdict that is named, 2 for a word that is no verdict of this rule book or a fact out of its range."""
    plan = ("check", HOLLOW, "--participant", INES)
    assert planproof(*plan, "--fail-on", "refused,unknown").code == 1
    assert planproof(*plan, "--fail-on", "lent").code == 0
    said = planproof(*plan, "--fail-on", "supported")
    assert (said.code, said.out) == (2, "")
    assert "`supported` is no verdict" in said.err
    assert planproof(*plan, "--set", "plan.grace_days=31").code == 2


# ------------------------------------------------------------------ the other commands


def test_an_explanation_in_words_of_the_rule_book(planproof: Command) -> None:
    """Down to the lines of the files."""
    said = planproof("explain", ASHFORD, "fees_owed", "--participant", INES, *JUNE)
    assert (said.code, said.err) == (0, "")
    for text in (
        "Late fees owed: $7.50",
        "Late fee of the book, row 2: $5",
        "before rounding $4.995",
        "Days of grace: 3",
        "Council Minute 2025/11",
    ):
        assert text in said.out
    assert "tests/books/library/participants/ines.yaml:10:28" in said.out
    assert "Loans left: 9\n" in planproof("explain", ASHFORD, "loans_left", "--participant", INES).out


def test_the_examples_beside_the_rules(planproof: Command) -> None:
    """All pass."""
    said = planproof("test")
    assert (said.code, said.out, said.err) == (0, "23 examples, 0 failed\n", "")


def test_an_example_that_fails(planproof: Command, tmp_path: Path) -> None:
    """A cent more than the rules give."""
    copy = tmp_path / "library"
    shutil.copytree(LIBRARY, copy)
    fees = copy / "fees.rules"
    fees.write_text(fees.read_text(encoding="utf-8").replace("expect fees_owed $7.50", "expect fees_owed $7.51"), encoding="utf-8")
    said = planproof("test", rules=copy)
    assert said.code == 1
    assert "failed: late, very late and in time" in said.out
    assert "expected `fees_owed` $7.51, found $7.50" in said.out


def test_nothing_to_find_fault_with(planproof: Command) -> None:
    """Neither in the rules nor in the plans."""
    said = planproof("lint", LIBRARY, LIBRARY / "plans")
    assert (said.code, said.out, said.err) == (0, "nothing found\n", "")


def test_a_fault_in_a_plan_is_found(planproof: Command, tmp_path: Path) -> None:
    """A courier's radius where there is no courier."""
    plan = tmp_path / "hollow.yaml"
    plan.write_text(HOLLOW.read_text(encoding="utf-8").replace("offered: no", "offered: no\n    radius: 5"), encoding="utf-8")
    said = planproof("lint", plan)
    assert said.code == 1
    assert "`plan.courier.radius` is stated, but applies only when plan.courier.offered" in said.out


SHOWN_BY = 'example "nothing on loan"'


@pytest.mark.parametrize(
    ("file", "old", "new", "finding"),
    [
        ("fees.rules", SHOWN_BY, "", "not-shown]: no example shows exception `nothing_on_loan` of `highest_fee`"),
        ("fees.rules", "is $0\n    cites By-law 9(1)", "is $0.10\n    cites By-law 9(1)", "figure-in-rule]: the figure $0.10 stands"),
        (
            "parameters.rules",
            "Duty Act 5\n  standing",
            "Duty Act 6\n  standing",
            "no citation takes its standing or date from `Carriage Duty Act 6`",
        ),
    ],
)
def test_a_fault_in_the_rules_is_found(planproof: Command, tmp_path: Path, file: str, old: str, new: str, finding: str) -> None:
    """A branch that no example shows, a figure in a rule, an authority that nothing cites; no command but `lint` tells them."""
    copy = tmp_path / "rules"
    shutil.copytree(LIBRARY, copy)
    text = (copy / file).read_text(encoding="utf-8")
    assert old in text
    without = re.sub(rf"^{re.escape(old)}\n(  .*\n)+", "", text, flags=re.MULTILINE)
    text = text.replace(old, new) if new else without
    (copy / file).write_text(text, encoding="utf-8")
    for lint in (planproof("lint", copy), planproof("lint", copy / file)):
        assert lint.code == 1
        assert finding in lint.out
        assert lint.out.endswith("1 finding\n")
    other = next(path for path in sorted(copy.glob("*.rules")) if path.name != file)
    assert planproof("lint", other).out == "nothing found\n"
    said = planproof("check", ASHFORD, rules=copy)
    assert (said.code, said.err) == (0, "")


def test_a_provision_with_its_neighbours(planproof: Command) -> None:
    """As written, with the exception from another place, its authorities, both directions of reading, and its examples."""
    told = planproof("rules", "loan.fee").out
    assert told.startswith("Late fee of the book  [library/fees.rules:3:8]\n\n  define loan.fee : money\n    label ")
    assert "\n\n  exception children to loan.fee\n    when participant.age < adult_age\n" in told
    parts = dict(part.split("\n", 1) for part in told.strip().split("\n\n")[3:])
    assert {title: [line.strip() for line in part.splitlines()] for title, part in parts.items()} == {
        "authority": ["By-law 9(1); By-law 9(2)", "By-law 9(1)", "Council Minute 2025/12"],
        "reads": [
            *("adult_age", "fee_ceiling", "late_fee_a_day", "law_date", "library_year"),
            *("participant.age", "participant.loans", "plan.grace_days"),
        ],
        "read by": ["fees_owed", "highest_fee", "loan.settled"],
        "shown by": [
            f"{title} [library/fees.rules:{line}:9]"
            for title, line in (("a child in 2025", 62), ("a child pays nothing from 2026", 56), ("late, very late and in time", 44))
        ],
    }


def test_provisions_as_data(planproof: Command) -> None:
    """Each authority says of what it is; a table has one of each year, a fact that of its presumption."""

    def provision(name: str) -> Any:
        (found,) = planproof("rules", name, "--format", "json").data["provisions"]
        return found

    fee = provision("loan.fee")
    assert (fee["kind"], fee["place"]) == ("define", {"file": "library/fees.rules", "line": 3, "column": 8})
    assert [one["of"] for one in fee["authorities"]] == [None, "in_time", "children"]
    assert [text.splitlines()[0] for text in fee["texts"]] == ["define loan.fee : money", "exception children to loan.fee"]
    assert [one["of"] for one in provision("late_fee_a_day")["authorities"]] == [None, "2024", "2025", "2026"]
    (online,) = provision("plan.online")["authorities"]
    assert online == {"of": "presumed", "citations": ["By-law 12"], "standing": "recalled", "reason": "the by-law was not read"}
    assert [(one["of"], *one["citations"]) for one in provision("by_courier")["authorities"]] == [
        (None, "By-law 11"),
        *(("requirement_1", "By-law 11"), ("requirement_2", "By-law 11(2)"), ("requirement_3", "By-law 3"), ("requirement_4", "By-law 4")),
        *(("now", "By-law 5(3)"), ("taxes", "Carriage Duty Act 3"), ("withholds", "Carriage Duty Act 5")),
        *(("reports", "By-law 11"), ("reports", "By-law 11(4)"), ("starts", "By-law 11(5)"), ("afterwards", "By-law 11")),
    ]
    assert provision("duty_rate")["read_by"] == ["by_courier"]
    assert provision("lending")["kind"] == "verdict"
    assert provision("lending")["reads"] == ["at_the_desk", "by_courier", "to_read_online"]
    assert provision("reserved_book_late")["kind"] == "pitfall"
    assert provision("participant.loans")["kind"] == "list"


DECLARED = r"^(fact|list|define|parameter|path|pitfall|verdict) (\S+)"


def test_every_provision_in_the_order_of_the_files(planproof: Command) -> None:
    """One line each, under the file it stands in."""
    lines = planproof("rules").out.splitlines()
    heads = [line for line in lines if not line.startswith(" ")]
    assert heads == [f"library/{name}.rules" for name in ("facts", "fees", "lending", "parameters")]
    assert "  path      by_courier                   Lending by courier" in lines
    written = [
        match for path in sorted(LIBRARY.glob("*.rules")) for match in re.findall(DECLARED, path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert [tuple(line.split()[:2]) for line in lines if line.startswith(" ")] == written


def test_the_figures_of_a_year(planproof: Command) -> None:
    """Each with its year and authority; a year for which nothing is published is bad input."""
    parameters = {row["name"]: (row["shown"], row["year"]) for row in planproof("limits", "2024", "--format", "json").data["parameters"]}
    assert parameters == {
        "adult_age": ("18", None),
        "carriage_a_mile": ("$0.35", None),
        "duty_rate": ("15%", None),
        "debt_allowed": ("$5", None),
        "fee_ceiling": ("50%", None),
        "late_fee_a_day": ("$0.20", 2024),
        "loans_at_a_time": ("8", 2024),
        "reservation_fee": ("not in force", 2024),
    }
    said = planproof("limits", "2030")
    assert (said.code, said.out) == (2, "")
    assert "the latest complete year is 2026" in said.err


# ------------------------------------------------------------------ the engine knows no rule book

FRAME = {"law_date", "plan.type"}
WORDS = re.compile(r"401|403b|403\(b\)|415|roth|\birs\b|backdoor|after[_-]tax", re.IGNORECASE)


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: path.stem)
def test_the_engine_has_no_word_of_the_law(path: Path) -> None:
    """No name, text or comment under `engine/` is about retirement plans' tax law."""
    text = path.read_text(encoding="utf-8")
    assert [text.splitlines()[text[: found.start()].count("\n")].strip() for found in WORDS.finditer(text)] == []


def names(book: Rulebook) -> set[str]:
    """The compound names that a rule book declares, but for those that the language itself gives a meaning."""
    tables = (book.facts, book.lists, book.parameters, book.definitions)
    declared = {name for table in tables for name in table} | {path.name for path in book.core.paths}
    return {name for name in declared if "_" in name or "." in name} - FRAME


def verdict_words(book: Rulebook) -> set[str]:
    """The words a rule book's verdict can be, and its phases as written and as shown."""
    verdict = book.core.verdict
    assert verdict is not None
    shown = {phase.replace("_", " ") for phase in verdict.phases if "_" in phase}
    return {*book.definitions[verdict.name].type.options, *verdict.phases, *shown}


def compound_words(text: str) -> set[str]:
    """The words of a text, those joined by dots also as far as each dot."""
    found = (word.split(".") for word in re.findall(r"(?<![\w.])\w+(?:\.\w+)*", text))
    return {".".join(parts[:length]) for parts in found for length in range(1, len(parts) + 1)}


@pytest.mark.parametrize("folder", [ROOT / "rules", LIBRARY], ids=lambda folder: folder.name)
def test_the_engine_has_no_name_of_a_rule_book(folder: Path) -> None:
    """Neither of the book that ships nor of this one: what a book declares is read from it."""
    book, _, diagnostics = load_rulebook(folder)
    assert book is not None, diagnostics
    known = []
    for path in ENGINE:
        text = path.read_text(encoding="utf-8")
        known += [(path.name, name) for name in sorted(names(book) & compound_words(text))]
        known += [(path.name, word) for word in sorted(verdict_words(book)) if re.search(rf'"([^"\n]* )?{re.escape(word)}"', text)]
    assert known == []
