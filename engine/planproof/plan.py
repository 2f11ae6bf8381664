"""What people and documents state: statements with their state, evidence and place. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from planproof.source import Source, Span
from planproof.values import State, Value


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a document says a thing."""

    source: str = ""
    page: str = ""
    section: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A document that a plan file draws on."""

    id: str
    document: str
    title: str = ""
    date: str = ""
    where: str = ""
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One of several answers: of sources that disagree, or readings of words that can be read in more than one way."""

    value: Value
    evidence: Evidence
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Statement:
    """What is stated of one fact: a value, or why there is none.

    Of a plain value and one for a year, the one of the later layer answers that year.
    """

    value: Value
    state: State
    evidence: Evidence = Evidence()
    span: Span | None = None
    claims: tuple[Claim, ...] = ()
    layer: int = 0


@dataclass(frozen=True, slots=True)
class RowsStatement:
    """The rows stated of one list; a cell that a row leaves out is not there. No rows and a state: why not."""

    rows: tuple[Mapping[str, Statement], ...]
    state: State = State.STATED
    evidence: Evidence = Evidence()
    span: Span | None = None


Key = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is stated: facts by name and year (`None`: a plain value), and lists by name."""

    statements: Mapping[Key, Statement] = field(default_factory=dict)
    lists: Mapping[str, RowsStatement] = field(default_factory=dict)
    depth: int = 0

    def joined(self, other: Facts) -> Facts:
        """These facts with others laid over them."""
        if not other.statements:
            return Facts(self.statements, {**self.lists, **other.lists}, self.depth)
        depth = self.depth + 1 + other.depth
        over = {key: replace(statement, layer=statement.layer + self.depth + 1) for key, statement in other.statements.items()}
        return Facts({**self.statements, **over}, {**self.lists, **other.lists}, depth)


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change of the plan from its effective date."""

    name: str
    effective: date
    adopted: date | None
    facts: Facts
    span: Span | None = None

    @property
    def since(self) -> date:
        """The day from which it is known: that of its adoption, or if none is told, of its effect."""
        return self.adopted or self.effective


@dataclass(frozen=True, slots=True)
class Group:
    """A group of employees whose features differ."""

    name: str
    label: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan file."""

    source: Source
    employer: str
    name: str
    type: str
    ein: str
    plan_number: str
    recordkeeper: str
    documents: tuple[Document, ...]
    facts: Facts
    amendments: tuple[Amendment, ...]
    groups: tuple[Group, ...]
    expected: str
    difference: str

    def on(self, day: date, known: date | None = None) -> Facts:
        """The plan's facts as it stood on a date: amendments in effect by then, and adopted by `known`, by effective date."""
        facts = self.facts
        for amendment in sorted(self.amendments, key=lambda a: a.effective):
            if amendment.effective <= day and (known is None or amendment.since <= known):
                facts = facts.joined(amendment.facts)
        return facts


@dataclass(frozen=True, slots=True)
class Participant:
    """One participant: the file, if any, with settings laid over it. `group` is empty if not told."""

    source: Source | None
    facts: Facts
    group: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line sets: the texts as typed, and the facts of the plan among them."""

    texts: tuple[str, ...] = ()
    facts: Facts = field(default_factory=Facts)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a verdict is asked for."""

    year: int | None = None
    date: date | None = None
