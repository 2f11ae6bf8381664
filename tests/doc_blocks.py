"""Fenced blocks of the documentation, for the tests that compile and run them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its page, the line it starts on, the words after the fence, and its text."""

    page: str
    line: int
    info: str
    text: str

    @property
    def language(self) -> str:
        """The first word after the fence."""
        return self.info.split()[0] if self.info else ""

    @property
    def bad(self) -> str | None:
        """The diagnostic code that a bad block must give."""
        return next((word.removeprefix("bad=") for word in self.info.split() if word.startswith("bad=")), None)

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> tuple[Path, ...]:
    """Every page of the documentation."""
    return tuple(sorted(DOCS.rglob("*.md")))


def blocks(page: Path) -> tuple[Block, ...]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    name = page.relative_to(ROOT).as_posix()
    return tuple(Block(name, text.count("\n", 0, match.start()) + 1, match[1].strip(), match[2]) for match in _BLOCK.finditer(text))


def all_blocks() -> tuple[Block, ...]:
    """The fenced blocks of every page."""
    return tuple(block for page in pages() for block in blocks(page))


def section(page: Path, heading: str) -> str:
    """The text below a heading, up to the next of its own level or above."""
    text = page.read_text(encoding="utf-8")
    level = len(heading) - len(heading.lstrip("#"))
    start = text.index(f"\n{heading}\n") + len(heading) + 2
    rest = re.compile(rf"^#{{1,{level}}} ", re.MULTILINE).search(text, start)
    return text[start : rest.start() if rest else len(text)]


def first_cells(text: str) -> tuple[str, ...]:
    """The words in code style of the first column of the tables in a text, but for their heads."""
    rows = re.findall(r"^\| ([^|]*) \|", text, re.MULTILINE)
    return tuple(word for row in rows for word in re.findall(r"`([^`]*)`", row))
