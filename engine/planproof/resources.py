"""Where the data of the project lie: the wheel's `data` folder if it exists, else the checkout's root."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def root() -> Path:
    """The folder that holds `grammar`, `rules` and `plans`."""
    here = Path(__file__).resolve().parent
    shipped = here / "data"
    return shipped if shipped.is_dir() else here.parent.parent


def grammar_text() -> str:
    """The grammar of the rule language."""
    return (root() / "grammar" / "planproof.lark").read_text(encoding="utf-8")


def rules_folder() -> Path:
    """The rule book that comes with the package."""
    return root() / "rules"


@cache
def asset(name: str) -> str:
    """A text that lies beside the modules: the style or the script of a report."""
    return (Path(__file__).resolve().parent / name).read_text(encoding="utf-8")
