"""The quick readers and the telling ones are one: the same plan, or the same diagnostics, whatever a text is."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from conftest import ROOT
from planproof import validate, yaml_quick
from planproof.diagnostics import Diagnostic
from planproof.plan import Participant, Plan
from planproof.plans import Loader, read_source
from planproof.rulebook import Rulebook
from planproof.source import Source
from planproof.yaml_text import read_yaml

_FOLDERS = ("plans", "docs/examples", "tests/bad_plans", "tests/bad_participants")
_FILES = sorted(path for folder in _FOLDERS for path in (ROOT / folder).iterdir() if path.suffix in (".yaml", ".json"))
SOURCES = [source for path in _FILES if (source := read_source(path)[0]) is not None]
SHORT = [source for source in SOURCES if len(source.text) < 2_500]

# What the two parsers of YAML could read differently, and what a schema turns on.
PIECES = [
    *" \n-:#'\"[]{},&*!|>%@`?~\\.=<$0159",
    *"\t\r\x00\x0b\x0c\x1b\x1c\x7f\x85\xa0\xe9\u2028\u2029\ufeff\U0001f600",
    *(
        "---\n",
        "...\n",
        " #",
        "- ",
        ": ",
        "? ",
        "\\u00e9",
        "\\x41",
        "\\/",
        "\\\n",
        "''",
        '""',
        "<<: ",
        "0x1f",
        "null",
        "!!str ",
        "&a ",
        "*a",
    ),
    *(
        "yes",
        "true",
        "unknown",
        "none",
        "1e5",
        "0.5",
        "010",
        "1_000",
        "-1",
        "99999999999999999999",
        "5000.5",
        "7.5%",
        "2026-02-30",
        "\u0661",
    ),
]


def edited(text: str, chance: random.Random) -> str:
    """A text with a few pieces put in, cut out, or lines moved."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        at = chance.randrange(len(text) + 1)
        match chance.randrange(4):
            case 0:
                text = text[:at] + text[at + chance.choice((1, 1, 2, 5)) :]
            case 1:
                lines = text.split("\n")
                lines.insert(chance.randrange(len(lines)), chance.choice(lines))
                text = "\n".join(lines)
            case _:
                text = text[:at] + chance.choice(PIECES) + text[at:]
    return text


def read(loader: Loader, source: Source) -> tuple[Plan | Participant | None, tuple[Diagnostic, ...]]:
    """A text read as what it most likely is."""
    if "participant" in source.path:
        person, _, _, found = loader.participant_of(source, [])
        return person, found
    return loader.plan_of(source)


def slowly(loader: Loader, source: Source, patch: pytest.MonkeyPatch) -> tuple[Plan | Participant | None, tuple[Diagnostic, ...]]:
    """The same without the quick readers."""
    with patch.context() as only:
        only.setattr(yaml_quick, "quick", lambda source: None)
        only.setattr(validate.Validator, "_right", lambda self, data: False)
        return read(loader, source)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: Path(source.path).name)
def test_every_file_reads_the_same(book: Rulebook, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file that ships, and every file that is wrong."""
    loader = Loader(book)
    assert read(loader, source) == slowly(loader, source, monkeypatch)


@pytest.mark.parametrize("seed", range(8))
def test_random_edits_read_the_same(loader: Loader, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random edits of these files: the same tree with the same places, and the same plan or the same diagnostics."""
    chance = random.Random(seed)
    quick = 0
    for _ in range(120):
        source = chance.choice(SHORT)
        source = Source(source.path, edited(source.text, chance))
        node = yaml_quick.quick(source)
        if node is not None:
            quick += 1
            assert read_yaml(source) == (node, ()), source.text
        assert read(loader, source) == slowly(loader, source, monkeypatch), source.text
    assert quick > 20, "many edits are read by the quick reader"


def test_every_plan_that_ships_is_read_quickly() -> None:
    """The quick reader leaves none of the plans to the other."""
    left = [source.path for source in SOURCES if "bad_" not in source.path and yaml_quick.quick(source) is None]
    assert left == []


def test_what_is_odd_is_left(loader: Loader) -> None:
    """Depth, number of values, anchors, tags, keys that stand twice: left to the reader that tells."""
    deep, wide = "- " * 30 + "a", "[" + "1, " * 13_000 + "1]"
    for text in (
        deep,
        wide,
        "a: &b c",
        "a: !x b",
        "a: *b",
        "a: 1\na: 2",
        "a:",
        "[a]: b",
        "a\n---\nb",
        "%YAML 1.1\n---\na",
        "",
        "a: \ud800",
        "a: >#b\n  c",
        "|\n# a\n",
        "[" * 100_000,
    ):
        assert yaml_quick.quick(Source("a.yaml", text)) is None, text[:40]
