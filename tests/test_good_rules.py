"""Good rule programs: each form of the language at work, with examples worked out by hand beside it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from planproof.answer import Answerer
from planproof.core import Core
from planproof.diagnostics import Diagnostic, has_errors, render
from planproof.examples import run_examples
from planproof.rulebook import Rulebook, compile_rules, hash_of
from planproof.source import Source

FOLDER = Path(__file__).parent / "good_rules"
PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.rules"))
FORMS = (
    "total of",
    "average of",
    "highest of",
    "lowest of",
    "count of",
    "lesser of",
    "greater of",
    "share of",
    "reduction of",
    "each earlier",
    "some",
    "every",
    "no",
    "is known",
    "is none",
    "is one of",
    "in force",
    "applies when",
    "presumed",
    "or none",
    "effective from",
    "until",
    "over",
    "for (",
    "rounded half up",
    "rounded up",
    "rounded down",
    "but not less",
    "but not more",
    "parameter",
    "list",
    "exception",
    "path",
    "pitfall",
    "verdict",
    "phases",
    "amounts",
    "costs",
    "remedy",
    "reports",
    "taxes",
    "withholds",
    "starts",
    "afterwards",
    "authority",
    "year_of(",
    "start_of_year(",
    "some path open",
    "unknown for",
    "rows none",
)


@cache
def _compiled(name: str) -> tuple[Source, Core | None, tuple[Diagnostic, ...]]:
    """A program, its core, and what is wrong with it."""
    source = Source(f"good/{name}.rules", (FOLDER / f"{name}.rules").read_text(encoding="utf-8"))
    return source, *compile_rules([source])


def _failures(core: Core, source: Source) -> list[Diagnostic]:
    """What the examples of a program find wrong; every example is run."""
    outcomes = list(run_examples(Answerer(Rulebook(core, (source,), hash_of([source])))))
    assert [outcome.example for outcome in outcomes] == list(core.examples)
    return [failure for outcome in outcomes for failure in outcome.failures]


@pytest.mark.parametrize("name", PROGRAMS)
def test_compiles_without_errors(name: str) -> None:
    """A good program has no errors; a warning may stand where the program is a fragment."""
    source, core, found = _compiled(name)
    assert core is not None
    assert not has_errors(found), "\n".join(render(one, {source.path: source}) for one in found)


@pytest.mark.parametrize("name", PROGRAMS)
def test_examples_hold(name: str) -> None:
    """There are examples, each expects something, and everything comes out as they expect."""
    source, core, _ = _compiled(name)
    assert core is not None
    assert len(core.examples) == len(re.findall(r"^example ", source.text, re.MULTILINE)) > 0
    assert all(example.expect for example in core.examples)
    failures = _failures(core, source)
    assert not failures, "\n".join(render(failure, {source.path: source}) for failure in failures)


@pytest.mark.parametrize(
    ("given", "wrong"),
    [("class heavy", "$16"), ("class heavy", "unknown"), ("class unknown", "$5"), ("class unknown", "unknown for plan.weight")],
)
def test_a_wrong_expectation_fails(given: str, wrong: str) -> None:
    """The runner tells, in its place, an example that expects another value, a state of knowing, or a reason."""
    rules = _compiled("given_definitions")[0].text.partition("example")[0]
    text = f'{rules}example "wrong"\n  cites Postal terms\n  given {given}\n  expect postage {wrong}\n'
    source = Source("wrong.rules", text)
    core, _ = compile_rules([source])
    assert core is not None
    (failure,) = _failures(core, source)
    assert failure.code == "example-failed"
    assert failure.span is not None
    assert (failure.span.line, failure.span.column) == (text.count("\n"), len("  expect ") + 1)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_shown(form: str) -> None:
    """No form of the language is without a good program."""
    assert any(re.search(rf"(?<![\w.]){re.escape(form)}", _without_texts(name)) for name in PROGRAMS)


@cache
def _without_texts(name: str) -> str:
    """A program without its quoted texts and comments."""
    return re.sub(r'"[^"\n]*"|#.*', "", _compiled(name)[0].text)


def test_there_are_good_programs() -> None:
    """There are good programs, so that the empty folder does not pass."""
    assert len(PROGRAMS) >= 12
