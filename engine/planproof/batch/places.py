"""The files of an output, and which files of a folder a run wrote."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planproof.batch.jobs import BATCH_FORMAT

BEGUN = "job.json"
_MANIFEST = ".manifest.json"
_PARTS = ".parts"


@dataclass(frozen=True, slots=True)
class Places:
    """The files of an output."""

    output: Path

    @property
    def manifest(self) -> Path:
        """What the output was made from, and what it holds."""
        return self.output.with_name(f"{self.output.stem}{_MANIFEST}")

    @property
    def rejects(self) -> Path:
        """The rows that were not answered, with the reasons."""
        return self.output.with_name(f"{self.output.stem}.rejects.csv")

    @property
    def summary(self) -> Path:
        """What was found as a whole, if it was asked for."""
        return self.output.with_name(f"{self.output.stem}.summary.json")

    @property
    def parts(self) -> Path:
        """The pieces, while the output is being made."""
        return self.output.with_name(f"{self.output.stem}{_PARTS}")

    @property
    def changes(self) -> Path:
        """What changed since a former run, if it was asked for."""
        return self.output.with_name(f"{self.output.stem}.changes.csv")

    @property
    def lock(self) -> Path:
        """What a run holds while it makes the output; no pattern finds it."""
        return self.output.with_name(f".{self.output.stem}.lock")

    @property
    def written(self) -> tuple[Path, ...]:
        """The files that runs write."""
        return self.output, self.rejects, self.manifest, self.summary, self.changes


def written_by_batches(folder: Path) -> set[Path]:
    """The files in a folder that runs wrote: those of each manifest there, and of each run that has begun and not ended."""
    found: set[Path] = set()
    for manifest in folder.glob(f"*{_MANIFEST}"):
        data = _data(manifest)
        if data:
            named = (data.get(name) for name in ("output", "rejects"))
            names = [one["file"] for one in named if isinstance(one, dict) and isinstance(one.get("file"), str)]
            form = Path(names[0]).suffix if names else ""
            found |= {folder / Path(name).name for name in names}
            found |= set(Places(folder / f"{manifest.name.removesuffix(_MANIFEST)}{form}").written)
    for begun in folder.glob(f"*{_PARTS}/{BEGUN}"):
        data = _data(begun)
        if data:
            found |= set(Places(folder / f"{begun.parent.name.removesuffix(_PARTS)}.{data.get('form')}").written)
    return found


def is_piece(path: Path) -> bool:
    """Whether a file lies in the folder of pieces of a run."""
    return any(folder.name.endswith(_PARTS) and _data(folder / BEGUN) for folder in path.parents)


def _data(path: Path) -> dict[str, Any]:
    """The manifest of a run, or the job that it began with; nothing if the file is something else."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) and data.get("format") == BATCH_FORMAT else {}
