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
    "total of", "average of", "highest of", "lowest of", "count of", "lesser of", "greater of", "share of", "reduction of",
    "each earlier", "some", "every", "no", "is known", "is none", "is one of", "in force", "applies when", "presumed", "or none",
    "effective from", "until", "over", "for (", "rounded half up", "rounded up", "rounded down", "but not less", "but not more",
    "parameter", "list", "exception", "path", "pitfall", "verdict", "phases", "amounts", "costs", "remedy", "reports",
    "year_of(", "start_of_year(", "some path open", "unknown for",
)


@cache
def _compiled(name: str) -> tuple[Source, Core | None, tuple[Diagnostic, ...]]:
    source = Source(f"good/{name}.rules", (FOLDER / f"{name}.rules").read_text(encoding="utf-8"))
    return source, *compile_rules([source])


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
    outcomes = list(run_examples(Answerer(Rulebook(core, (source,), hash_of([source])))))
    failures = [render(failure, {source.path: source}) for outcome in outcomes for failure in outcome.failures]
    assert len(outcomes) == len(re.findall(r"^example ", source.text, re.MULTILINE)) > 0
    assert all(outcome.example.expect for outcome in outcomes)
    assert not failures, "\n".join(failures)


def test_a_wrong_expectation_fails() -> None:
    """The runner tells where an example expects something else: a wrong value, a known one as unknown, another reason."""
    wrong = ("$16", "unknown", "unknown for plan.weight")
    for expected in wrong:
        text = _compiled("given_definitions")[0].text.replace("given class heavy, plan.weight 1.5\n  expect postage $15", f"given class heavy\n  expect postage {expected}")
        source = Source("wrong.rules", text)
        core, _ = compile_rules([source])
        assert core is not None
        failures = [failure for outcome in run_examples(Answerer(Rulebook(core, (source,), hash_of([source])))) for failure in outcome.failures]
        assert [(failure.code, failure.span.line if failure.span else None) for failure in failures] == [("example-failed", _line_of(text, expected))]


def _line_of(text: str, expected: str) -> int:
    return text.split("\n").index(f"  expect postage {expected}") + 1


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_shown(form: str) -> None:
    """No form of the language is without a good program."""
    assert any(re.search(rf"(?<![\w.]){re.escape(form)}", _without_texts(name)) for name in PROGRAMS)


@cache
def _without_texts(name: str) -> str:
    return re.sub(r'"[^"\n]*"|#.*', "", _compiled(name)[0].text)
