"""The page of claims: every claim is there, is shown by what it names, and a broken entry is found."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from planproof.answer import Answerer
from planproof.examples import run_examples
from planproof.rulebook import Rulebook
from planproof.source import Source

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "docs"))

import claims as page  # noqa: E402

COUNT = 81
# By article: how many claims it has, counted in the articles' order.
BY_ARTICLE = {"horizons": 19, "savvy": 40, "compound": 11, "organizations": 11}


@pytest.fixture(scope="module")
def listed() -> page.Claims:
    """The claims as read."""
    read, faults = page.read(Source("docs/claims.yaml", page.FILE.read_text(encoding="utf-8")))
    assert faults == ()
    return read


@pytest.fixture(scope="module")
def known(book: Rulebook) -> page.Book:
    """What they may name."""
    return page.book_of(book)


# ------------------------------------------------------------------ the page that ships


def test_every_claim_is_there(listed: page.Claims) -> None:
    """81 claims, numbered, of four articles."""
    assert [claim.number.text for claim in listed.claims] == [str(number) for number in range(1, COUNT + 1)]
    assert Counter(claim.article.text for claim in listed.claims) == BY_ARTICLE
    assert [article.key for article in listed.articles] == list(BY_ARTICLE)


def test_nothing_is_wrong_with_them(listed: page.Claims, known: page.Book) -> None:
    """Held against the rule book."""
    assert [found.message for found in page.check(listed, known)] == []


def test_each_example_passes(listed: page.Claims, answerer: Answerer) -> None:
    """Every example that a claim names, when it is run."""
    passed = {outcome.example.title for outcome in run_examples(answerer) if not outcome.failures}
    assert {title.text for claim in listed.claims for title in claim.examples} <= passed


def test_each_example_beside_the_law_is_named(listed: page.Claims, book: Rulebook) -> None:
    """What was written for a claim is named by one."""
    named = {title.text for claim in listed.claims for title in claim.examples}
    assert {example.title for example in book.core.examples if example.span.path == "rules/claims.rules"} <= named


def test_figures_stand_in_the_examples(listed: page.Claims, book: Rulebook) -> None:
    """An amount of a claim that holds, or that puts a wrong one right, stands in the text of an example it names."""
    sources = {source.path: source.text for source in book.sources}
    texts = {}
    for example in book.core.examples:
        text = sources[example.span.path][example.span.start :].split("\n", 1)[1]
        texts[example.title] = re.split(r"^\S", text, maxsplit=1, flags=re.MULTILINE)[0]
    seen = 0
    for claim in listed.claims:
        if claim.verdict.text in {"holds", "wrong"}:
            told = claim.claim.text if claim.verdict.text == "holds" else claim.right
            for figure in re.findall(r"\$[\d,.]*\d", told):
                seen += 1
                pattern = re.compile(rf"{re.escape(figure)}(?![\d.]|,\d)")
                assert any(pattern.search(texts[title.text]) for title in claim.examples), (claim.number.text, figure)
    assert seen > 60


# What the law says of some claims, found in the Code and the notices: number, verdict, and a figure of the entry.
KNOWN = (
    (1, "holds", "$72,000"),
    (2, "wrong", "$80,000"),
    (3, "holds", "$83,250"),
    (7, "outdated", "$7,500"),
    (17, "wrong", "$1,000"),
    (20, "holds", "$81,250"),
    (27, "wrong", "$350,000"),
    (28, "wrong", "$21,000"),
    (37, "wrong", "$33,333.20"),
    (48, "wrong", "$4,285.71"),
    (62, "holds", "$200"),
    (65, "holds", "$37,500"),
    (72, "imprecise", "$72,000"),
)


@pytest.mark.parametrize(("number", "verdict", "figure"), KNOWN)
def test_known_claims(listed: page.Claims, number: int, verdict: str, figure: str) -> None:
    """The verdict, and the figure that is right."""
    claim = listed.claims[number - 1]
    assert claim.verdict.text == verdict
    assert figure in claim.figures


def test_every_link_leads_somewhere(listed: page.Claims) -> None:
    """Provisions to their anchor on the law page, examples to the line on which they begin."""
    text = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    anchors = set(re.findall(r'<a id="([^"]+)"></a>', (ROOT / "docs" / "law.md").read_text(encoding="utf-8")))
    provisions = re.findall(r"\[`([^`]+)`\]\(law\.md#([^)]+)\)", text)
    assert len(provisions) == sum(len(claim.provisions) for claim in listed.claims)
    assert [name for name, anchor in provisions if name != anchor or anchor not in anchors] == []
    examples = re.findall(r"\[([^\[\]]+)\]\(\.\./(rules/[a-z_]+\.rules)#L(\d+)\) \(([a-z_]+\.rules), line (\d+)\)", text)
    assert len(examples) == sum(len(claim.examples) for claim in listed.claims)
    for title, path, line, name, told in examples:
        assert (ROOT / path).read_text(encoding="utf-8").split("\n")[int(line) - 1] == f'example "{title}"'
        assert (path, line) == (f"rules/{name}", told)


def test_page_tells_every_verdict(listed: page.Claims, known: page.Book) -> None:
    """Every verdict is explained and counted, and every claim has its row."""
    text = page.rendered(listed, known)
    for verdict, meaning in page.VERDICTS.items():
        count = sum(claim.verdict.text == verdict for claim in listed.claims)
        row = next(line for line in text.split("\n") if line.startswith(f"| **{verdict.replace('_', ' ')}** | {meaning} |"))
        assert count > 0
        assert row.endswith(f"| {count} |")
    assert re.findall(r"^\| (\d+) \|", text, re.MULTILINE) == [str(number) for number in range(1, COUNT + 1)]


# ------------------------------------------------------------------ broken entries

GOOD = """articles:
  one:
    heading: One
    about: The first.
claims:
  - number: 1
    article: one
    claim: "In 2026 all contributions together may reach $72,000."
    verdict: holds
    shown_by:
      provisions: [total_limit]
      examples: ["2026: the whole, age 35"]
  - number: 2
    article: one
    claim: "With catch-up it is $79,500."
    verdict: wrong
    right: "$80,000."
    shown_by:
      provisions: [total_limit, catch_up_limit]
      examples: ["the total with catch-up from 50 for 2026 is $80,000, not $79,500"]
  - number: 3
    article: one
    claim: "It is clever."
    verdict: opinion
"""
BROKEN = (
    ("verdict: holds", "verdict: correct", "9: `correct` is no verdict on a claim"),
    ("[total_limit]", "[totl_limit]", "11: `totl_limit` is no definition, parameter, path or pitfall"),
    ("[total_limit]", "[participant.compensation]", "11: `participant.compensation` is no definition, parameter, path or pitfall"),
    ("the whole, age 35", "the whole, age 36", "12: no example has the title “2026: the whole, age 36”"),
    ('      examples: ["2026: the whole, age 35"]\n', "", "8: no example is named"),
    ("      provisions: [total_limit]\n", "", "8: no provision is named"),
    ("reach $72,000", "reach $72,500", "8: $72,500 stands in no example that is named"),
    ('right: "$80,000."', 'right: "$80,500."', "15: $80,500 stands in no example that is named"),
    ('    right: "$80,000."\n', "", "16: a claim that is wrong needs `right`"),
    ("verdict: holds", 'verdict: holds\n    right: "It is."', "9: a claim that holds needs no `right`"),
    ("number: 2", "number: 3", "13: claim 2 has the number `3`"),
    ("number: 1\n    article: one", "number: 1\n    article: two", "7: `two` is no article of this file"),
    ("claims:\n", "  two:\n    heading: Two\n    about: The second.\nclaims:\n", "9: the article `two` has no claim"),
    ("[total_limit]", "[acp_limit]", "11: no example that is named rests on `acp_limit`"),
    ("[total_limit]", "[acp_limit]", "12: “2026: the whole, age 35” rests on no provision that is named"),
    ("[total_limit]", "[total_limit, total_limit]", "11: `total_limit` is named more than once"),
    ("verdict: opinion", "verdict: opinion\n    sure: yes", "25: a claim has no `sure`"),
    ('    claim: "It is clever."\n', "", "21: `claim` must be a text"),
    ("verdict: opinion", "verdict: opinion\n    right: [a]", "25: `right` must be a text"),
    ("provisions: [total_limit]", "provisions: total_limit", "11: `provisions` must be a list"),
    ("    about: The first.\n", "", "2: `about` must be a text"),
    ("verdict: opinion", "verdict: opinion\n    verdict: holds", "25: `verdict` stands twice"),
)


def _found(text: str, known: page.Book) -> list[str]:
    read, faults = page.read(Source("claims.yaml", text))
    return [f"{found.span.line if found.span else 0}: {found.message}" for found in (*faults, *page.check(read, known))]


def test_a_good_file_has_no_faults(known: page.Book) -> None:
    """The file that the broken ones are made from."""
    assert _found(GOOD, known) == []


@pytest.mark.parametrize(("old", "new", "message"), BROKEN)
def test_a_broken_entry_is_found(known: page.Book, old: str, new: str, message: str) -> None:
    """With the line and what is wrong there."""
    assert GOOD.count(old) >= 1
    assert message in _found(GOOD.replace(old, new, 1), known)


@pytest.mark.parametrize("text", ["", "claims: 5\n", "- a\n", "articles:\n  one: x\nclaims: []\n"])
def test_a_file_of_another_form_is_told(known: page.Book, text: str) -> None:
    """It is told, and nothing breaks."""
    assert _found(text, known)


def test_a_claim_out_of_order_is_found(known: page.Book) -> None:
    """The claims of an article stand together."""
    second = "  two:\n    heading: Two\n    about: The second.\nclaims:\n"
    text = GOOD.replace("claims:\n", second, 1).replace("number: 2\n    article: one", "number: 2\n    article: two")
    assert _found(text, known) == ["25: the claims of an article must stand together, in the order of the articles"]


def test_a_broken_file_stops_the_generator(tmp_path: Path) -> None:
    """`python docs/generate.py` writes no page from it."""
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in ("generate.py", "law_page.py", "claims.py"):
        (docs / name).write_bytes((ROOT / "docs" / name).read_bytes())
    for folder in ("rules", "plans"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    (docs / "claims.yaml").write_text(GOOD.replace("verdict: holds", "verdict: correct"), encoding="utf-8")
    (docs / "claims.md").write_text("<!-- generated: claims -->\n<!-- end -->\n", encoding="utf-8")
    done = subprocess.run([sys.executable, str(docs / "generate.py")], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "docs/claims.yaml:9:14" in done.stderr
    assert "`correct` is no verdict on a claim" in done.stderr
    assert (docs / "claims.md").read_text(encoding="utf-8") == "<!-- generated: claims -->\n<!-- end -->\n"
