"""Declared authorities: which standing a citation takes, from which declaration, and where it shows."""

from __future__ import annotations

import pytest

from conftest import compiled
from planproof.core import Authority, Core
from planproof.rulebook import compile_rules
from planproof.source import Source
from small import define

DECLARED = """
authority Act 4(v)
  standing secondary "summary of (v)"

authority Act 4
  standing recalled "from memory"

authority Act 4(v)(7)
  standing derived "follows from (v)"

authority Notice 2025-67
  standing secondary "table read"

authority Regulation 1
  standing verified

authority Ruling 9
  standing unsettled "two readings"

authority Ruling 10
  standing unsettled "two readings"
"""
USED = "\n".join(
    f'define used_{number} : money\n  label "Used"\n  cites {text}\n  is $0\n'
    for number, text in enumerate(("Act 4(v)", "Act 4", "Act 4(v)(7)", "Notice 2025-67", "Regulation 1", "Ruling 9", "Ruling 10"))
)
EXPECTED = 'example "all"\n  cites Nothing\n  expect ' + ", ".join(f"used_{number} $0" for number in range(7)) + "\n"


def book(text: str) -> Core:
    """The core of the declared authorities, all in use, and a text."""
    return compiled(f"{DECLARED}\n{USED}\n{EXPECTED}\n{text}")


def authority(*cites: str) -> Authority:
    """The authority of a definition that cites so."""
    lines = "\n    ".join(cites)
    core = book(f'define asked_for : money\n  label "Asked for"\n  cites {lines}\n  is $0\n')
    return next(one for one in core.definitions if one.name == "asked_for").base.authority


@pytest.mark.parametrize(
    ("cited", "standing"),
    [
        ("Act 4", "recalled"),
        ("Act 4(a)", "recalled"),
        ("Act 4, last sentence", "recalled"),
        ("Act 4 note 2", "recalled"),
        ("Act 4(v)", "secondary"),
        ("Act 4(v)(2)(B)", "secondary"),
        ("Act 4(v)(7)", "derived"),
        ("Act 4(v)(7)(A)", "derived"),
        ("Act 4(v)(77)", "secondary"),
        ("Act 40", "verified"),
        ("Act 4A", "verified"),
        ("Act 4-1", "verified"),
        ("act 4", "verified"),
        ("Another Act 4", "verified"),
        ("Act", "verified"),
        ("Notice 2025-67, Q&A-3", "secondary"),
        ("Notice 2025-6", "verified"),
        ("Regulation 1(a)", "verified"),
    ],
)
def test_a_citation_takes_the_standing_of_what_it_cites(cited: str, standing: str) -> None:
    """The longest declared authority that is its text, or the text before `(`, `,` or a blank."""
    found = authority(cited)
    assert (found.citations, found.standing) == ((cited,), standing)
    assert bool(found.reason) == (standing != "verified")


@pytest.mark.parametrize(
    ("cited", "standing", "reason"),
    [
        ("Regulation 1; Notice 2025-67", "secondary", "table read"),
        ("Notice 2025-67; Nowhere 3", "secondary", "table read"),
        ("Act 4(v)(7); Act 4(v)", "derived", "follows from (v)"),
        ("Act 4(v); Act 4(a); Act 4(v)(7)", "recalled", "from memory"),
        ("Act 4; Ruling 9", "unsettled", "two readings"),
        ("Act 4(v); Notice 2025-67", "secondary", "summary of (v); table read"),
        ("Notice 2025-67; Act 4(v); Act 4(v)(1)", "secondary", "table read; summary of (v)"),
        ("Ruling 9; Ruling 10", "unsettled", "two readings"),
        ("Regulation 1; Nowhere 3", "verified", ""),
    ],
)
def test_the_weakest_of_several_counts(cited: str, standing: str, reason: str) -> None:
    """With the reasons of all that are as weak, each once."""
    assert authority(cited) == Authority(tuple(cited.split("; ")), standing, reason)


@pytest.mark.parametrize(
    ("beside", "standing", "reason"),
    [("standing verified", "verified", ""), ('standing derived "by us"', "derived", "by us")],
)
def test_a_standing_beside_the_citation_overrides(beside: str, standing: str, reason: str) -> None:
    """Also a stronger one, and for all citations of the clause."""
    assert authority("Act 4(a); Ruling 9", beside) == Authority(("Act 4(a)", "Ruling 9"), standing, reason)


EVERYWHERE = """
parameter rate_of_duty : rate by asked.year
  label "Rate of duty"
  cites Act 4
  2026: 5%  cites Notice 2025-67
  2027: not in force  cites Regulation 1

fact plan.open : yes/no
  label "Open"
  asks "Is it open?"
  presumed yes  cites Act 4(v)
  answered by plan document

define duty : money
  label "Duty"
  cites Nowhere 3
  is $0
  except shut when not plan.open
    is $0
    cites Act 4(v)(7)

exception late to duty
  when asked.year > 2026
  is $0
  over shut
  cites Ruling 9

path one of outcome
  label "One"
  cites Act 4
  open now when plan.open  cites Act 4(v)
  requires plan.open  cites Notice 2025-67
  taxes duty * rate_of_duty  rounded down to cents  cites Ruling 10
  withholds $0
  reports "Form"  cites Act 4(v)(7)
  starts "Clock"
  afterwards "Later"  cites Regulation 1

pitfall mud
  label "Mud"
  cites Act 4(v)
  severity info
  when plan.open
  says "Mud."

verdict outcome : one of good, bad
  label "Outcome"
  cites Act 4(v)(7)
  phases now
  is bad
  except open when some path open now
    is good
    cites Ruling 9

example "shown"
  cites Act 4
  given plan.open yes
  expect outcome good
"""


def test_every_clause_that_cites_takes_it() -> None:
    """Tables, presumptions, exceptions wherever they stand, paths with all their clauses, pitfalls, verdict and examples."""
    core = book(EVERYWHERE)
    definitions = {one.name: [branch.authority.standing for branch in one.branches] for one in core.definitions}
    assert definitions["duty"] == ["verified", "derived", "unsettled"]
    assert definitions["outcome"] == ["derived", "unsettled"]
    assert definitions["one.now"] == definitions["one.requirement_1"] == ["secondary"]
    assert (definitions["one.taxes"], definitions["one.withholds"]) == (["unsettled"], ["recalled"])
    (parameter,) = core.parameters
    assert parameter.authority is not None
    assert parameter.authority.standing == "recalled"
    assert [value.authority.standing for value in parameter.values] == ["secondary", "verified"]
    (path,) = core.paths
    assert path.authority.standing == "recalled"
    assert [(note.kind, note.authority.standing) for note in path.notes] == [
        ("reports", "derived"),
        ("starts", "recalled"),
        ("afterwards", "verified"),
    ]
    (fact,) = core.facts
    assert fact.presumed is not None
    assert fact.presumed.authority.standing == "secondary"
    assert core.pitfalls[0].authority.standing == "secondary"
    assert {example.title: example.authority.standing for example in core.examples}["shown"] == "recalled"


def test_an_authority_of_another_chapter_counts() -> None:
    """They are declared for the whole rule book, whatever the order of the files."""
    declared = Source("b.rules", 'chapter "B"\n\nauthority Act 4\n  standing recalled "from memory"\n')
    text = 'define a : money\n  label "A"\n  cites Act 4(a)\n  is $0\n\nexample "a"\n  cites Act 5\n  expect a $0\n'
    rule = Source("a.rules", f'chapter "A"\n\n{text}')
    for sources in ([declared, rule], [rule, declared]):
        core, found = compile_rules(sources)
        assert core is not None
        assert found == ()
        assert core.definitions[0].base.authority == Authority(("Act 4(a)",), "recalled", "from memory")


def test_a_comment_and_blanks_after_it_are_no_part_of_it() -> None:
    """As with a citation."""
    core = compiled(
        'authority   Act 4  # the whole act\n  # remark\n  standing recalled "memory"\n\n'
        'define a : money\n  label "A"\n  cites Act 4(a)  # remark\n  is $0\n'
    )
    assert core.definitions[0].base.authority.standing == "recalled"


def test_the_word_is_no_name_of_the_language() -> None:
    """A definition may be called `authority`, and be used as others are."""
    core = compiled(define("authority", "money", "$0") + define("b", "money", "authority + authority"))
    assert [one.name for one in core.definitions] == ["authority", "b"]
