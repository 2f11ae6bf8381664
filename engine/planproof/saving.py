"""Files that commands write where they are told to: seen to before the work, and written after it."""

from __future__ import annotations

import os
from pathlib import Path

from planproof.commands import Session, Stop
from planproof.diagnostics import Diagnostic, clip


def see_to(session: Session, path: Path, *, aside: bool = False) -> None:
    """See that a file can be written, as far as can be seen before; `aside`: it is made anew in its folder."""
    cause = "no such folder" if not path.parent.is_dir() else "it is a folder" if path.is_dir() else ""
    if aside and not cause and not os.access(path.parent, os.W_OK):
        cause = "nothing may be written to its folder"
    if cause:
        raise _not_written(session, path, cause)


def save(session: Session, path: Path, text: str) -> None:
    """Text to a file; a stop if it cannot be written."""
    try:
        path.write_bytes(text.encode("utf-8", "backslashreplace"))
    except (OSError, ValueError) as error:
        raise _not_written(session, path, (getattr(error, "strerror", "") or "no such name").lower()) from error


def _not_written(session: Session, path: Path, cause: str) -> Stop:
    return session.stop(Diagnostic("output", f"cannot write `{clip(str(path), 200)}`: {cause}"))
