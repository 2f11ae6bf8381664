"""What many tests share: the rule book that ships, and what answers and loads for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from planproof.answer import Answerer
from planproof.core import Core
from planproof.diagnostics import render
from planproof.plans import Loader
from planproof.rulebook import Rulebook, compile_rules, hash_of, load_rulebook
from planproof.source import Source

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def book() -> Rulebook:
    """The rule book that ships."""
    book, _, diagnostics = load_rulebook(ROOT / "rules", fresh=True)
    assert book is not None, diagnostics
    return book


@pytest.fixture(scope="session")
def answerer(book: Rulebook) -> Answerer:
    """An answerer for it."""
    return Answerer(book)


@pytest.fixture(scope="session")
def loader(book: Rulebook) -> Loader:
    """A loader for it."""
    return Loader(book)


def compiled(text: str) -> Core:
    """The core of a rule text that must be right."""
    source = Source("test.rules", text if text.startswith("chapter") else f'chapter "Test"\n\n{text}')
    core, diagnostics = compile_rules([source])
    assert core is not None, "\n".join(render(found, {source.path: source}) for found in diagnostics)
    return core


def book_of(text: str) -> Rulebook:
    """A rule book of one text that must be right."""
    source = Source("test.rules", text if text.startswith("chapter") else f'chapter "Test"\n\n{text}')
    return Rulebook(compiled(text), (source,), hash_of([source]))
