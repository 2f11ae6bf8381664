"""The one door to libraries that only the comparison needs: none of them is installed for development or tests."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import Any


def library(name: str) -> Any:
    """A library by the name it is imported by; raises ImportError if it is not installed."""
    return import_module(name)


def versioned(distribution: str) -> str:
    """A library with its version, as the table shows it."""
    return f"{distribution} {version(distribution)}"
