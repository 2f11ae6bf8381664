"""planproof: a rules engine that says what a plan allows, and proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planproof.asking import InvalidInput as InvalidInput
    from planproof.asking import ask as ask
    from planproof.many import verdicts as verdicts
    from planproof.many import why as why

__version__ = "0.1.0"
__all__ = ["InvalidInput", "__version__", "ask", "verdicts", "why"]
_HOMES = {"InvalidInput": "planproof.asking", "ask": "planproof.asking", "verdicts": "planproof.many", "why": "planproof.many"}


def __getattr__(name: str) -> object:
    """What people use from Python, loaded when it is first asked for, so that `import planproof` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
