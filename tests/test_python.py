"""From Python: verdicts and proofs as objects that notebooks show, and one exception for whatever cannot be used."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import planproof
from conftest import ROOT
from doc_blocks import DOCS, blocks
from planproof.cli import main
from test_report import HOSTILE

INTEL = ROOT / "plans" / "intel.yaml"
LIBRARY = ROOT / "tests" / "books" / "library"


class _Elements(HTMLParser):
    """The elements of a text, with their attributes, and whatever text stands between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def _framed(shown: str) -> str:
    """The page in a frame, which must be all that is shown."""
    outer = _Elements(shown)
    ((tag, attributes),) = outer.found
    assert (tag, outer.text, attributes["sandbox"]) == ("iframe", "", "")
    return attributes["srcdoc"] or ""


def test_a_verdict_is_a_word_and_a_paragraph(capsys: pytest.CaptureFixture[str]) -> None:
    """The word is the verdict's, the text the paragraph of `explain --brief`, the representation one line."""
    verdict = planproof.ask(INTEL, year=2026)
    assert verdict.word == verdict.answer.verdict == "supported"
    assert main(["explain", str(INTEL), "--brief"]) == 0
    assert " ".join(str(verdict).split()) in " ".join(capsys.readouterr().out.split())
    assert repr(verdict) == "<Verdict supported: 'Intel 401(k) Savings Plan', 2026>"
    assert repr(verdict.proof) == f"<Proof of {len(list(verdict.answer.proof.steps()))} steps: 'Intel 401(k) Savings Plan', 2026>"


def test_a_notebook_shows_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    """A verdict is shown as the page that `report` writes, byte for byte, in a frame that runs nothing."""
    assert main(["report", str(INTEL), "--as", "html"]) == 0
    assert _framed(planproof.ask(INTEL, year=2026)._repr_html_()) == capsys.readouterr().out


def test_a_notebook_shows_the_proof_alone() -> None:
    """The proof's page has the steps and the hashes of the report's, and none of its other sections."""
    verdict = planproof.ask(INTEL, year=2026)
    whole, alone = (_Elements(_framed(shown._repr_html_())).found for shown in (verdict, verdict.proof))
    steps = [attributes["id"] for _, attributes in alone if (attributes.get("id") or "").startswith("step-")]
    assert len(steps) > 50
    assert steps == [attributes["id"] for _, attributes in whole if (attributes.get("id") or "").startswith("step-")]
    assert [attributes["id"] for tag, attributes in alone if tag == "section"] == ["proof"]
    assert ("footer", {}) in alone


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    """Texts of a plan that are markup neither leave the frame nor become elements in it."""
    path = tmp_path / "hostile.yaml"
    path.write_text(HOSTILE, encoding="utf-8")
    verdict = planproof.ask(path, year=2026)
    for shown in (verdict, verdict.proof):
        page = _Elements(_framed(shown._repr_html_()))
        assert "<script>alert(1)</script>" in page.text
        assert sum(tag == "script" for tag, _ in page.found) == 1
        assert not [tag for tag, _ in page.found if tag in ("img", "iframe")]
        assert not [name for _, attributes in page.found for name in attributes if name.startswith("on")]


def test_another_rule_book_with_a_participant() -> None:
    """The library's book answers too."""
    verdict = planproof.ask(
        LIBRARY / "plans" / "ashford.yaml", year=2026, participant=LIBRARY / "participants" / "ines.yaml", rules=LIBRARY
    )
    assert verdict.answer.proof.context.about_participant
    assert "Ashford" in _framed(verdict._repr_html_())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"plan": "no.yaml"}, "\nerror[unreadable]: cannot read `no.yaml`: no such file or directory"),
        ({"rules": "none"}, "\nerror[no-rules]: no rule files (*.rules) in `none`"),
        (
            {"settings": ["plan.after_tax.allowd=yes"]},
            "\n--set:1:1: error[unknown-name]: there is no fact `plan.after_tax.allowd`\n     1 | plan.after_tax.allowd=yes\n"
            "       | ^^^^^^^^^^^^^^^^^^^^^\n   help: did you mean `plan.after_tax.allowed`?",
        ),
        (
            {"settings": ["participant.group=staff"]},
            f"\nerror[unknown-group]: `{INTEL}` has no group `staff`\n   help: write `none` or leave it out",
        ),
        (
            {"settings": "plan.after_tax.allowed=yes"},
            "\nerror[bad-argument]: `settings` is one text\n   help: give a list of texts NAME=VALUE",
        ),
    ],
)
def test_wrong_input_is_one_kind_of_exception(arguments: dict[str, object], message: str) -> None:
    """Whatever cannot be used is told with its place, in one kind of exception that is a ValueError."""
    given: dict[str, object] = {"plan": INTEL, "year": 2026, **arguments}
    with pytest.raises(planproof.InvalidInput) as raised:
        planproof.ask(**given)  # type: ignore[arg-type]
    assert isinstance(raised.value, ValueError)
    assert str(raised.value) == message
    assert [found.code for found in raised.value.diagnostics] == [message[7 + message.index("error[") - 1 : message.index("]: ")]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("year", value) for value in ("2026", 26, True, None)),
        *((name, value) for name in ("on", "known") for value in ("2026-07-01", datetime(2026, 7, 1), 2026)),
    ],
)
def test_arguments_of_another_type_are_told(name: str, value: object) -> None:
    """A year or a date that is none is told by its name, by whatever takes it, before anything is read."""
    given: dict[str, Any] = {"year": 2026, name: value}
    calls: list[Callable[[], object]] = [
        lambda: planproof.ask("no.yaml", **given),
        lambda: planproof.verdicts(None, **given),
        lambda: planproof.why(None, "a", **given),
    ]
    for call in calls:
        with pytest.raises(planproof.InvalidInput, match=f"^\nerror\\[bad-argument\\]: `{name}` is no (year|date): "):
            call()


def test_importing_is_light() -> None:
    """`import planproof` loads neither its own modules nor any library."""
    code = "import sys, planproof; print(*(name for name in sys.modules if name.partition('.')[0] not in sys.stdlib_module_names))"
    path = {"PYTHONPATH": str(ROOT / "engine")}
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, env=path)
    assert done.stdout.split() == ["__main__", "planproof"]


def test_what_is_not_there_is_no_attribute() -> None:
    """A name that the package does not have raises what Python does."""
    with pytest.raises(AttributeError, match="module 'planproof' has no attribute 'verdikts'"):
        _ = planproof.verdikts


def test_the_page_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The blocks of the page run one after the other and print what is shown below them."""
    monkeypatch.chdir(ROOT)
    known: dict[str, object] = {}
    shown = ""
    for block in blocks(DOCS / "python.md"):
        if block.language == "python":
            exec(compile(block.text, str(block), "exec"), known)
            shown = capsys.readouterr().out
        elif block.language == "text":
            assert shown == block.text, str(block)
