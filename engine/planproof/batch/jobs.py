"""What a run is: its inputs, question and parts. Pure data, and the same for the same arguments and contents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

BATCH_FORMAT = "planproof-batch/1"


class Kind(StrEnum):
    """What an input holds."""

    PLAN_FILE = "plan file"
    PLANS = "plans"
    PARTICIPANTS = "participants"
    ROWS = "rows of a list"


@dataclass(frozen=True, slots=True)
class Input:
    """One file that is read, by its content; `id` names the plan of a plan file, or the list of a table of its rows."""

    path: str
    kind: Kind
    size: int
    sha256: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the inputs that is answered as one.

    So many plan files from the input on; or of one table the rows between two offsets, the first on `line`; or, of a
    Parquet file, so many rows from `start` on.
    """

    number: int
    input: int
    start: int
    end: int
    line: int = 1


@dataclass(frozen=True, slots=True)
class Scenario:
    """A name, and settings as the command line takes them."""

    name: str
    settings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that an output depends on."""

    engine: str
    rulebook: str
    years: tuple[int, ...]
    on: str
    known: str
    scenarios: tuple[Scenario, ...]
    form: str
    inputs: tuple[Input, ...]
    parts: tuple[Part, ...] = field(default=())

    def data(self) -> dict[str, Any]:
        """The job as JSON data."""
        return {"format": BATCH_FORMAT, **asdict(self)}

    def day(self, year: int) -> date:
        """The day on which plans are looked at for a year."""
        return date.fromisoformat(self.on) if self.on else date(year, 12, 31)

    @property
    def known_on(self) -> date | None:
        """The day on which law and plans are taken as known; nothing if all that is known counts."""
        return date.fromisoformat(self.known) if self.known else None

    @property
    def of_plans(self) -> bool:
        """Whether the rows are plans: there are no participants."""
        return all(one.kind is not Kind.PARTICIPANTS for one in self.inputs)

    @property
    def crossed(self) -> tuple[tuple[int, Scenario], ...]:
        """Every year with every scenario."""
        return tuple((year, scenario) for year in self.years for scenario in self.scenarios)


def job_of(data: Mapping[str, Any]) -> Job:
    """The job of JSON data that `Job.data` made; anything else raises KeyError, TypeError or ValueError."""
    if data["format"] != BATCH_FORMAT:
        raise ValueError(data["format"])
    return Job(
        data["engine"],
        data["rulebook"],
        tuple(data["years"]),
        data["on"],
        data["known"],
        tuple(Scenario(one["name"], tuple(one["settings"])) for one in data["scenarios"]),
        data["form"],
        tuple(Input(**{**one, "kind": Kind(one["kind"])}) for one in data["inputs"]),
        tuple(Part(**one) for one in data["parts"]),
    )
