"""The cache of compiled rule books: used when whole, never believed when not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from conftest import ROOT
from planproof import codec
from planproof.rulebook import Rulebook, load_rulebook

DAMAGES: dict[str, Callable[[str], str]] = {
    "empty": lambda text: "",
    "cut": lambda text: text[: len(text) // 2],
    "one digit changed": lambda text: text.replace("7200000", "7300000", 1),
    "no JSON, checksum right": lambda text: f"{sha256(b'no').hexdigest()}\nno",
    "other JSON, checksum right": lambda text: f"{sha256(b'[1]').hexdigest()}\n[1]",
    "binary": lambda text: "\x00\x01",
}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "planproof"


def test_codec_round_trip(book: Rulebook) -> None:
    """The core comes back from its text as it was."""
    assert codec.loads(codec.dumps(book.core)) == book.core


def test_cached_book_is_the_same(cache: Path, book: Rulebook) -> None:
    """A second load takes the file that the first wrote, and gives the same core."""
    first, _, _ = load_rulebook(ROOT / "rules")
    written = list(cache.glob("*.json"))
    second, _, _ = load_rulebook(ROOT / "rules")
    assert first is not None
    assert second is not None
    assert len(written) == 1
    assert first.core == second.core == book.core


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_cache_changes_nothing(cache: Path, book: Rulebook, damage: str) -> None:
    """Whatever is wrong with the file, the book is compiled anew."""
    load_rulebook(ROOT / "rules")
    (file,) = cache.glob("*.json")
    text = file.read_text(encoding="utf-8")
    damaged = DAMAGES[damage](text)
    assert damaged != text
    file.write_text(damaged, encoding="utf-8")
    again, _, _ = load_rulebook(ROOT / "rules")
    assert again is not None
    assert again.core == book.core


def test_changed_rules_are_compiled_anew(cache: Path, tmp_path: Path) -> None:
    """A change of one figure is seen at once."""
    rules = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", rules)
    load_rulebook(rules)
    limits = rules / "limits.rules"
    limits.write_text(limits.read_text(encoding="utf-8").replace("2026: $72,000", "2026: $73,000"), encoding="utf-8")
    changed, _, _ = load_rulebook(rules)
    assert changed is not None
    parameter = changed.parameters["annual_additions_dollar_limit"]
    assert [value.value for value in parameter.values if value.key == 2026] == [7_300_000]
    assert len(list(cache.glob("*.json"))) == 2


def test_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache folder that is a file is no error."""
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    book, _, diagnostics = load_rulebook(ROOT / "rules")
    assert book is not None
    assert not diagnostics
