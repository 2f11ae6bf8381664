"""The commands on what is not known: over the books that ship and the unrelated one, and what is refused."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from conftest import ROOT
from planproof.answer import Answerer
from planproof.cli import main
from planproof.letter import letter
from planproof.matters import matters
from planproof.missing import Lacks, missing
from planproof.missing_text import missing_page
from planproof.plans import Loader
from planproof.render import Paint
from planproof.replies import left, replies
from planproof.search import Effort, Inquiry

PLANS = sorted((ROOT / "plans").glob("*.yaml"))
LIBRARY = ROOT / "tests" / "books" / "library"
DAY = date(2026, 12, 31)
FULL = str(ROOT / "docs" / "examples" / "full-plan.yaml")
PERSON = ("--participant", str(ROOT / "docs" / "examples" / "full-participant.yaml"), "--set", "plan.catch_up.higher_60_63=yes")


def lacks_of(answerer: Answerer, loader: Loader, path: Path) -> Lacks:
    """What a plan lacks without a participant."""
    plan, _, diagnostics = loader.plan(path)
    assert plan is not None, diagnostics
    return missing(answerer, answerer.answer(plan, None, 2026, DAY))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_of_every_plan_the_facts_of_the_verdict_are_settled(answerer: Answerer, loader: Loader, path: Path) -> None:
    """Whatever may change the verdict of a real plan is shown to, and of all else it is shown that it cannot."""
    plan, _, diagnostics = loader.plan(path)
    assert plan is not None, diagnostics
    answer = answerer.answer(plan, None, 2026, DAY)
    verdict = answerer.book.core.verdict
    assert verdict is not None
    inquiry = Inquiry(answerer.supposer, answer.run.facts, answer.run.asked)
    found = matters(inquiry, (verdict.name,))[verdict.name]
    assert found.unsettled == ()
    assert bool(found.facts) is (answer.verdict == "unknown")
    all_left = left(inquiry, inquiry.root, verdict.name, Effort(1000))
    assert all_left.shown
    assert (len(all_left.values) > 1) is bool(found.facts)
    for slot in found.facts:
        for reply in replies(inquiry, slot, verdict.name, all_left, Effort(1000)):
            assert reply.leaves
            assert set(reply.leaves) <= set(all_left.values)


def test_the_first_question_decides_most(answerer: Answerer, loader: Loader) -> None:
    """If a plan takes no after-tax money, nothing else is asked for the verdict."""
    lacks = lacks_of(answerer, loader, ROOT / "plans" / "adobe-2018.yaml")
    first = lacks.needs[0]
    assert first.slot.name == "plan.after_tax.allowed"
    assert {reply.answer.value: set(reply.leaves) for reply in first.replies} == {
        True: {"supported", "after_separation"},
        False: {"unsupported"},
    }
    assert "plan.in_plan_roth.automatic" not in {need.slot.name for need in lacks.needs}
    assert "no: unsupported" in missing_page(answerer, lacks, Paint(False))


@pytest.mark.parametrize("markdown", [False, True])
def test_a_letter_speaks_as_plan_documents_do(answerer: Answerer, loader: Loader, markdown: bool) -> None:
    """It asks nobody but those who can answer, makes up no name, leaves the date open, and does not say what it is for."""
    lacks = lacks_of(answerer, loader, ROOT / "plans" / "adobe-2018.yaml")
    text = letter(answerer, lacks, markdown=markdown)
    assert "mega" not in text.lower()
    assert "backdoor" not in text.lower()
    assert text.startswith("Date: ______")
    asked = re.sub(r"\s+", " ", text)
    for need in lacks.needs:
        if not markdown:
            assert (need.fact.asks in asked) is (need.fact.answered_by != "participant"), need.slot


@pytest.mark.parametrize(("name", "kept"), [("intel", "Intel"), ("nike", ""), ("bofa", "")])
def test_a_letter_names_no_document_that_says_what_it_is_for(answerer: Answerer, loader: Loader, name: str, kept: str) -> None:
    """Articles with the strategy in their name are left out of the documents at hand."""
    text = letter(answerer, lacks_of(answerer, loader, ROOT / "plans" / f"{name}.yaml"))
    assert "mega" not in text.lower()
    assert "backdoor" not in text.lower()
    assert kept in text


def test_no_question_of_the_rule_book_names_what_it_is_for(answerer: Answerer) -> None:
    """Whatever a letter may quote of the rule book: questions, words of documents, and on what they hang."""
    core = answerer.book.core
    texts = [fact.asks + fact.label + str(fact.phrases) for fact in core.facts] + [listed.asks + listed.label for listed in core.lists]
    texts += [answerer.wording.phrase(fact.applies) for fact in core.facts if fact.applies is not None]
    assert not [text for text in texts if "mega" in text.lower() or "backdoor" in text.lower()]


def test_headroom_of_the_documented_plan(capsys: pytest.CaptureFixture[str]) -> None:
    """Ages 60 to 63 have the higher catch-up: at 61 down to 60 and up to 63."""
    assert main(["headroom", FULL, *PERSON]) == 0
    out = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert "participant.age_at_year_end, now 61" in out
    assert "down to 60; at 59 “Catch-up limit, age 50 and over” binds; up to 63; at 64" in out


def test_a_dollar_of_match_lowers_the_room_by_a_dollar(capsys: pytest.CaptureFixture[str]) -> None:
    """72,000 less 24,500 of deferrals is 47,500; 10% of 250,000 caps the room at 25,000 up to 22,500 of employer money."""
    assert main(["missing", FULL, *PERSON, "--set", "participant.other_plans.any=no"]) == 0
    out = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert "Room for after-tax contributions: up to $22,499.99: $25,000; $22,500 to $47,499.99: from $25,000 to $0.01" in out
    assert "each dollar lowers it by $1; $47,500 or more: $0" in out


@pytest.mark.parametrize("command", ["missing", "letter", "bounds", "headroom"])
def test_the_unrelated_book(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command answers for a library's lending, twice the same."""
    arguments = [command, str(LIBRARY / "plans" / "ashford.yaml"), "--rules", str(LIBRARY)]
    texts = []
    for _ in range(2):
        assert main(arguments) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    assert "Ashford Public Library" in texts[0]


def test_numbers_part_where_the_rule_book_does_though_a_list_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A card must be valid for 12 months from 2026-01-01; there is neither courier nor reading online at this library."""
    assert main(["missing", str(LIBRARY / "plans" / "hollow.yaml"), "--rules", str(LIBRARY)]) == 0
    out = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert "up to 2026-12-31: refused 2027-01-01 or more: lent, lent_once_paid, refused" in out


def test_no_answer_leaves_more_than_all_leave(capsys: pytest.CaptureFixture[str]) -> None:
    """Who works there may be a member wherever they live, and members read online: nobody of them is refused."""
    assert main(["missing", str(LIBRARY / "plans" / "ashford.yaml"), "--rules", str(LIBRARY)]) == 0
    staff = capsys.readouterr().out.partition("group staff")[2]
    assert "Lending: unknown; possible: lent, lent_once_paid" in staff
    assert "refused" not in staff


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("missing", "absent.yaml"), "error[unreadable]"),
        (("letter", FULL, "--set", "participant.nothing=1"), "error[unknown-name]"),
        (("bounds", FULL, "after_tax_rom"), "error[unknown-amount]: `after_tax_rom` is no amount of the verdict\n   help: did you mean"),
        (("headroom", FULL, "--set", "participant.group=nobody"), "error[unknown-group]"),
    ],
)
def test_what_cannot_be_used_is_told(arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Bad input has a diagnostic and the exit code 2."""
    assert main(list(arguments)) == 2
    assert told in capsys.readouterr().err
