"""Reports: what they tell, that every text is escaped, and that the same input gives the same bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conftest import ROOT, book_of
from outputs import output, problem
from planproof.answer import Answerer
from planproof.cli import main
from planproof.markup import el, markup, raw, visible
from planproof.report_markdown import escaped
from planproof.reporting import FORMS
from planproof.wording import Wording

FULL = str(ROOT / "docs" / "examples" / "full-plan.yaml")
PERSON = ("--participant", str(ROOT / "docs" / "examples" / "full-participant.yaml"))
SET = (
    "--set",
    "participant.employer_contributions=12500",
    "--set",
    "plan.catch_up.higher_60_63=yes",
    "--set",
    "participant.other_plans.any=no",
)
LIBRARY = ROOT / "tests" / "books" / "library"
ASHFORD = (str(LIBRARY / "plans" / "ashford.yaml"), "--rules", str(LIBRARY), "--participant", str(LIBRARY / "participants" / "ines.yaml"))
HOSTILE = (
    'employer: "<script>alert(1)</script> | [x](http://example.org) `a` **b**"\n'
    'name: "\\"><img src=x onerror=alert(1)> \\u202Eevil\\u2066\\u0007\\e[2J\\uFFFE"\ntype: 401(k)\n'
    'sources:\n  spd: {document: "]]></style><script>alert(2)</script>", title: "\' onload=\'x", date: "<!-- --"}\n'
    'features:\n  after_tax:\n    allowed: {value: yes, source: spd, note: "|a|\\n# heading\\n<iframe>"}\n'
    'groups:\n  staff: {label: "<a href=javascript:alert(3)>staff</a>", features: {roth: {deferrals: yes}}}\n'
)

Command = Callable[..., str]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command that must succeed, and gives back what it wrote."""

    def run(*arguments: str) -> str:
        code = main(arguments)
        written = capsys.readouterr()
        assert code == 0, written.err
        return written.out

    return run


class _Page(HTMLParser):
    """What a page has: its elements with their attributes, and its texts without style and script."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs)
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        """All that is read."""
        return " ".join(" ".join(self.texts).split())


# ------------------------------------------------------------------ what a report tells


def test_the_page_tells_everything(told: Command) -> None:
    """Verdict and why, amounts and what decides them, paths, pitfalls, what is presumed and not verified, the proof."""
    page = _Page(told("report", FULL, *PERSON, *SET)).text
    for text in (
        "Mega-backdoor Roth is supported in 2026 for this participant.",
        "Room for after-tax contributions $25,000 Room under the plan's percentage cap step",
        "Automatic in-plan Roth conversion",
        "Form 1099-R, code G: box 1 the amount, box 2a the earnings, box 5 the after-tax contributions.",
        "After-tax contributions are tested for highly compensated employees",
        "Plan sponsor: Run the test during the year",
        "others may apply, depending on what is not known",
        "Top-paid group election no IRC 414(q)(1)(B)(ii)",
        "IRC 402A(c)(4)(A); IRC 402A(c)(4)(E) (derived: the statute lets the plan say which amounts",
        "It is the least of “Room left under the limit on annual additions” ($35,000), “Room under the plan's percentage cap” ($25,000)",
        "in Summary plan description, “Your Acme 401(k) Savings Plan” (2025-01-01), p. 14",
        "full-plan.yaml:27:22]",
    ):
        assert text in page, text


def test_unknown_is_told_with_its_questions(told: Command) -> None:
    """What is missing for the verdict comes first, with the question and who answers it."""
    page = _Page(told("report", str(ROOT / "plans" / "apple.yaml"))).text
    assert "Mega-backdoor Roth is unknown in 2026. Whether a path is open while employed is unknown." in page
    assert "May a participant who is still employed convert part of the account to Roth inside the plan?" in page
    assert page.index("Needed for the verdict") < page.index("Needed for amounts only")
    assert "The plan file expects supported" in page


def test_what_stands_in_the_way(told: Command) -> None:
    """A verdict of no says which requirement fails; an exception that decides an amount is told in words."""
    page = _Page(told("report", str(ROOT / "plans" / "mit.yaml"))).text
    assert "What stands in the way: “The plan can and does accept after-tax contributions” is no." in page
    assert "Room for after-tax contributions: $0, decided by exception “not accepted”." in page


def test_groups_have_their_verdicts(told: Command) -> None:
    """Each group by its label; asked for one, the report is about it."""
    page = _Page(told("report", FULL)).text
    assert "Groups whose features differ" in page
    assert "Group" in _Page(told("report", FULL, "--set", "participant.group=hourly")).text


def test_a_step_is_told_once(told: Command) -> None:
    """Every step has one number and one place; others link to it."""
    page = _Page(told("report", FULL, *PERSON, *SET))
    ids = [str(attributes["id"]) for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    numbers = sorted(int(name.removeprefix("step-")) for name in ids if re.fullmatch(r"step-\d+", name))
    assert numbers == list(range(1, len(numbers) + 1))
    links = {str(attributes["href"])[1:] for tag, attributes in page.elements if tag == "a"}
    assert links <= set(ids)


def test_another_subject(told: Command) -> None:
    """The library's book gives a report in its own words, and in no others."""
    page = _Page(told("report", *ASHFORD)).text
    for text in (
        "Lending is lent in 2026",
        "Lending by courier",
        "Late fees owed $8.25",
        "Cost: $1.50",
        "Bring the reserved books back first.",
    ):
        assert text in page, text
    assert not re.search(r"roth|tax|retire", page.replace("This is no tax or legal advice.", ""), re.IGNORECASE)


# ------------------------------------------------------------------ forms


def test_json_is_that_of_check() -> None:
    """One truth: the same object, which holds against the schema of check."""
    data = output("check", "docs/examples/full-plan.yaml", "--year", "2025")
    assert problem("check", data) == ""


@pytest.mark.parametrize("form", FORMS)
def test_same_input_same_bytes(told: Command, tmp_path: Path, form: str) -> None:
    """To a file and to the output, once and again."""
    first = told("report", FULL, *PERSON, "--as", form)
    path = tmp_path / f"report.{form}"
    assert told("report", FULL, *PERSON, "-o", str(path)) == ""
    assert path.read_bytes() == first.encode()
    if form == "json":
        assert first == told("check", FULL, *PERSON, "--format", "json")


@pytest.mark.parametrize(
    ("name", "start"), [("a.HTM", "<!DOCTYPE html>"), ("a.markdown", "# "), ("a.mmd", "flowchart LR"), ("a.svg", "<svg ")]
)
def test_the_form_follows_the_name(told: Command, tmp_path: Path, name: str, start: str) -> None:
    """The suffix says which; `--as` is over it."""
    told("report", FULL, "-o", str(tmp_path / name))
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)
    told("report", FULL, "-o", str(tmp_path / name), "--as", "json")
    assert json.loads((tmp_path / name).read_text(encoding="utf-8"))["format"] == "planproof-check/1"


def test_a_name_that_says_no_form(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Is refused before anything is read, with what to say."""
    assert main(["report", "absent.yaml", "-o", str(tmp_path / "report.pdf")]) == 2
    assert capsys.readouterr().err == (
        "error[report-form]: `report.pdf` does not end as a form of report does\n   help: say --as html, md, json, svg or mermaid\n"
    )


def test_a_place_that_cannot_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Is told, and nothing else."""
    path = tmp_path / "absent" / "report.html"
    assert main(["report", FULL, "-o", str(path)]) == 2
    assert capsys.readouterr().err == f"error[output]: cannot write `{path}`: no such file or directory\n"


def test_markdown(told: Command) -> None:
    """Headings in order, tables whose rows are as wide as their heads."""
    text = told("report", FULL, *PERSON, *SET, "--as", "md")
    assert text.startswith("# Acme 401(k) Savings Plan\n")
    levels = [len(found) for found in re.findall(r"^(#+) ", text, re.MULTILINE)]
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_graphs(told: Command) -> None:
    """Every step of the verdict that decides, and each edge between two of them, in both forms."""
    text = told("report", str(ROOT / "plans" / "intel.yaml"), "--as", "mermaid")
    nodes = re.findall(r'^  (s\d+)\["([^"]+)"\]', text, re.MULTILINE)
    edges = re.findall(r"^  (s\d+) --> (s\d+)$", text, re.MULTILINE)
    assert nodes[0] == ("s1", "Mega-backdoor Roth: supported")
    assert {end for edge in edges for end in edge} == {name for name, _ in nodes}
    drawing = ElementTree.fromstring(told("report", str(ROOT / "plans" / "intel.yaml"), "--as", "svg"))
    space = "{http://www.w3.org/2000/svg}"
    assert len(drawing.findall(f"{space}g")) == len(nodes)
    assert len(drawing.findall(f"{space}path")) == len(edges)


def test_boxes_of_a_drawing_do_not_overlap(told: Command) -> None:
    """Nor stand outside of it."""
    drawing = ElementTree.fromstring(told("report", str(ROOT / "plans" / "apple.yaml"), "--as", "svg"))
    width, height = (int(str(drawing.get(name))) for name in ("width", "height"))
    boxes = [
        tuple(int(str(box.get(name))) for name in ("x", "y", "width", "height")) for box in drawing.iter() if box.tag.endswith("}rect")
    ]
    assert len(boxes) > 10
    for index, (x, y, w, h) in enumerate(boxes):
        assert min(x, y, width - x - w, height - y - h) >= 0
        assert not any(x < x2 + w2 and x2 < x + w and y < y2 + h2 and y2 < y + h for x2, y2, w2, h2 in boxes[:index])


# ------------------------------------------------------------------ nothing from outside, nothing from within


def test_the_page_has_no_resource_and_a_policy(told: Command) -> None:
    """No address but those of the page itself; the policy allows the page's own style and script by their hashes."""
    text = told("report", FULL, *PERSON)
    page = _Page(text)
    for tag, attributes in page.elements:
        assert not {"src", "srcset", "style", "action", "ping", "data"} & set(attributes), tag
        assert not any(name.startswith("on") for name in attributes)
        assert str(attributes.get("href", "#")).startswith(("#", "data:,"))
    policy = next(
        str(attributes["content"]) for _, attributes in page.elements if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"https?://", re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL))
    assert not re.search(r"url\(|@import|fetch|XMLHttp|innerHTML|eval", text)


@pytest.mark.parametrize("form", ["html", "svg", "md", "mermaid"])
def test_hostile_texts_are_shown_and_do_nothing(told: Command, tmp_path: Path, form: str) -> None:
    """Markup, signs of Markdown, control and bidi characters of a plan file are text in every form."""
    path = tmp_path / "plan.yaml"
    path.write_text(HOSTILE.replace("\\uFFFE", ""), encoding="utf-8")
    text = told("report", str(path), "--as", form)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert "<img" not in text
    assert "<iframe" not in text
    assert "alert(1)</script>" not in text
    if form == "html":
        page = _Page(text)
        assert {tag for tag, _ in page.elements if tag in ("img", "iframe", "object", "embed", "form", "base")} == set()
        assert [tag for tag, _ in page.elements].count("script") == 1
        assert "<script>alert(1)</script> | [x](http://example.org) `a` **b**" in page.text
        assert "\\u202eevil\\u2066\\x07\\x1b[2J" in page.text
    if form == "svg":
        ElementTree.fromstring(text)
    if form == "md":
        assert not re.search(r"(?<!\\)\]\(", text)
        assert "\n# heading" not in text


@pytest.mark.parametrize("form", FORMS)
def test_long_names(told: Command, tmp_path: Path, form: str) -> None:
    """A name of ten thousand characters is cut where it is a heading, and breaks nothing."""
    path = tmp_path / "plan.yaml"
    path.write_text(
        f"employer: {'e' * 10_000}\nname: {'n' * 10_000}\ntype: 401(k)\nfeatures: {{after_tax: {{allowed: yes}}}}\n", encoding="utf-8"
    )
    text = told("report", str(path), "--as", form)
    assert form == "json" or "n" * 400 not in text


def test_escaping() -> None:
    """Text is escaped, markup is not, and what is unseen is made visible."""
    assert el("p", "<b>", el("b", "&"), title='"x"') == '<p title="&quot;x&quot;">&lt;b&gt;<b>&amp;</b></p>'
    assert markup(["a", [el("i", "b"), None]]) == "a<i>b</i>"
    assert el("details", open=True, hidden=False, class_=None) == "<details open></details>"
    assert visible("a\n\tb\u202e\ufffe\U000e0041") == "a b\\u202e\\ufffe\\ue0041"
    assert (
        escaped("# 1. <b> [a](b) `c` *d* x|y www.a.b http://c") == "\\# 1. &lt;b&gt; \\[a\\](b) \\`c\\` \\*d\\* x\\|y www\\.a.b http\\://c"
    )
    assert escaped("12. August") == "12\u200b. August"
    with pytest.raises(AssertionError):
        raw("style", "</STYLE>")


# ------------------------------------------------------------------ the words


RULES = """
fact plan.type : one of a, b
  label "Kind"
  asks "Which kind?"
  answered by plan document

fact plan.paid : money
  label "Paid"
  asks "How much?"
  between $0 and $100
  answered by plan document

fact plan.member : yes/no
  label "Member"
  asks "A member?"
  answered by plan document

define fee : money
  label "Fee"
  cites Code 1
  is lesser of (plan.paid * 50%, $20) but not less than $1 rounded half up to cents

define free : yes/no
  label "Free"
  cites Code 2
  is plan.member and (plan.type = "a" or plan.type = "b")

define owed : yes/no
  label "Owed"
  cites Code 3
  is not plan.member or plan.paid > fee and plan.type != "a"
"""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("fee", "the lesser of “Paid” × 50% and $20, but not less than $1, rounded half up to cents"),
        ("free", "“Member” is yes and “Kind” is a or b"),
        ("owed", "“Member” is no or (“Paid” is more than “Fee” and “Kind” is not a)"),
    ],
)
def test_expressions_in_words(name: str, words: str) -> None:
    """Labels for names, signs for operators, and a choice among several as one clause."""
    book = book_of(RULES)
    wording = Wording(book)
    body = book.definitions[name].base.body
    assert (wording.term(body) if name == "fee" else wording.phrase(body)) == words


def test_what_does_not_hold() -> None:
    """The opposite of a condition is said as plainly."""
    book = book_of(RULES)
    words = Wording(book)
    assert words.phrase(book.definitions["free"].base.body, False) == "“Member” is no or “Kind” is not a or b"
    values: dict[str, object] = {"plan.member": False, "plan.type": "a"}
    assert words.because(book.definitions["free"].base.body, values) == "“Member” is no"


def test_one_paragraph(told: Command) -> None:
    """`explain --brief` gives the verdict and why, or one value and why; its JSON is of the same format."""
    text = " ".join(told("explain", str(ROOT / "plans" / "intel.yaml"), "--brief").split())
    assert "Mega-backdoor Roth is supported in 2026. Open while employed: “Automatic in-plan Roth conversion”" in text
    assert "“Automatic in-plan Roth conversion” rests on “Voluntary after-tax contributions” being yes" in text
    text = " ".join(told("explain", FULL, "after_tax_room", *PERSON, *SET, "--brief").split())
    assert "Room for after-tax contributions: $25,000. It is the least of “Room left under the limit on annual additions” ($35,000)" in text
    assert "By IRC 415(c)(1); Plan document." in text
    data = output("explain", "docs/examples/full-plan.yaml", "--brief")
    assert problem("explain", data) == ""
    assert len(data["lines"]) == 1


def test_what_plainly_does_not_apply_is_told_if_asked(told: Command) -> None:
    """An exception that a stated fact rules out is noise; `--all` tells it, and the rule as written."""
    intel = str(ROOT / "plans" / "intel.yaml")
    plain, everything = told("explain", intel), told("explain", intel, "--all")
    assert "exception “kind excludes” does not apply" not in plain
    assert "exception “kind excludes” does not apply" in everything
    assert "does not apply, as “Kind of plan” is not" in everything
    assert "as written: is plan.after_tax.allowed" in everything


def test_no_name_of_a_rule_book_in_an_explanation(told: Command, answerer: Answerer) -> None:
    """Every value is told by its label: dotted names do not occur, but in places and questions."""
    text = re.sub(r"\[[^\]\n]*\]", "", told("explain", FULL, "after_tax_room", *PERSON, *SET))
    assert [name for name in answerer.book.facts if re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", text)] == []
