"""What plan file, participant file and settings state, as a proof must tell it: for `verify`.

Files are read by the loader; which of several statements counts is worked out here anew, from docs/plan-files.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TypeAlias

from planproof.plan import Amendment, Facts, Participant, Plan, RowsStatement, Settings, Statement
from planproof.proof_fields import Data, Untrue
from planproof.rulebook import hash_text
from planproof.values import State, parse_date

Day: TypeAlias = date  # as a field is called `date`
IN_NO_GROUP = "none"


@dataclass(frozen=True, slots=True)
class Asked:
    """The head of a proof: whose facts it is about."""

    year: int | None
    date: date | None
    participant: bool
    group: str | None
    plan: str
    participant_file: str | None
    settings: str | None
    known: Day | None = None


def head(proof: Data) -> Asked:
    """Whose facts a proof is about; its form must be right."""
    asked = proof["asked"]
    day = None if asked["date"] is None else parse_date(asked["date"])
    known = parse_date(asked["known"]) if "known" in asked else None
    told, plan = (asked["participant"], asked["group"]), (proof["plan"], proof["participant"], proof["settings"])
    return Asked(asked["year"], day, *told, *plan, known)


@dataclass(frozen=True, slots=True)
class Given:
    """The inputs that the checker has; what is not there is not checked."""

    plan: Plan | None = None
    participant: Participant | None = None
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True)
class Files:
    """The inputs that the checker has, held against the head of a proof."""

    asked: Asked
    given: Given

    @cached_property
    def unchecked(self) -> tuple[str, ...]:
        """The inputs that the proof names and the checker does not have."""
        missing = {
            "plan": self.given.plan is None,
            "participant": self.asked.participant_file is not None and self._person_text is None,
            "settings": self.asked.settings is not None and not self.given.settings.texts,
        }
        return tuple(name for name, absent in missing.items() if absent)

    def covers(self, name: str) -> bool:
        """Whether it is known what the inputs state of a fact or list; settings may lie over either file."""
        return name.partition(".")[0] not in self.unchecked and "settings" not in self.unchecked

    def speaks_of(self, name: str) -> bool:
        """Whether any input given states anything of a fact."""
        return name in self._named

    @cached_property
    def _named(self) -> frozenset[str]:
        return frozenset(name for layer in self._layers for name, _ in layer.statements)

    def check(self) -> None:
        """The texts are those that the proof names, and the question is about the person and group that they name."""
        given, asked = self.given, self.asked
        if given.plan is not None and hash_text(given.plan.source.text) != asked.plan:
            raise Untrue("the plan file is not the one that the proof is about")
        if self._person_text is not None and hash_text(self._person_text) != asked.participant_file:
            raise Untrue("the participant file is not the one that the proof is about")
        texts = given.settings.texts
        if texts and hash_text("\n".join(texts)) != asked.settings:
            raise Untrue("the settings are not those that the proof is about")
        if asked.participant_file is not None and not asked.participant:
            raise Untrue("the proof names a participant file and is about no participant")
        if asked.participant and asked.participant_file is None and asked.settings is None:
            raise Untrue("the proof is about a participant of whom no input tells")
        if asked.group == IN_NO_GROUP and not asked.participant:
            raise Untrue("only a participant is said to be in no group")
        if self.covers("participant.group"):
            self._check_person()
        groups = () if given.plan is None else tuple(group.name for group in given.plan.groups)
        if given.plan is not None and asked.group not in (None, IN_NO_GROUP, *groups):
            raise Untrue("the plan has no group of that name")

    def _check_person(self) -> None:
        person, asked = self.given.participant, self.asked
        if (person is not None) != asked.participant:
            raise Untrue("the proof and the inputs differ on whether a participant is told")
        told = person.group if person else ""
        if (told and told != asked.group) or (asked.group == IN_NO_GROUP and not told):
            raise Untrue("the participant is in another group")

    @property
    def _person_text(self) -> str | None:
        person = self.given.participant
        return person.source.text if person is not None and person.source is not None else None

    # -------------------------------------------------------------- layers

    @cached_property
    def _layers(self) -> tuple[Facts, ...]:
        plan, person = self.given.plan, self.given.participant
        layers: list[Facts] = []
        if plan is not None:
            layers.append(plan.facts)
            amendments = sorted(plan.amendments, key=lambda amendment: amendment.effective)
            layers += [amendment.facts for amendment in amendments if self._counts(amendment)]
            if self.asked.group is not None:
                layers += [group.facts for group in plan.groups if group.name == self.asked.group]
            elif self.asked.participant:
                layers.append(_differing(layers, [group.facts for group in plan.groups]))
        return (*layers, self.given.settings.facts, *([person.facts] if person is not None else []))

    def _counts(self, amendment: Amendment) -> bool:
        """Whether an amendment has effect by the date, and is adopted by the day whose knowledge counts; undated, as it has effect."""
        day, known = self.asked.date, self.asked.known
        adopted = amendment.effective if amendment.adopted is None else amendment.adopted
        return day is not None and amendment.effective <= day and (known is None or adopted <= known)

    def statement(self, name: str, year: int | None) -> Statement | None:
        """What the last layer that speaks of a fact says, for a year or as a plain value."""
        found = _last(self._layers, name, year)
        return found[1] if found else None

    def later(self, name: str, year: int) -> Statement | None:
        """Of a plain value and a value of the fact's own year, what the later layer says."""
        several = [found for found in (_last(self._layers, name, key) for key in (year, None)) if found]
        return max(several, key=lambda found: found[0])[1] if several else None

    def plain_is_later(self, name: str, year: int) -> bool:
        """Whether a plain value is stated in a later layer than the value of a year, or without one."""
        plain, dated = _last(self._layers, name, None), _last(self._layers, name, year)
        return plain is not None and (dated is None or plain[0] > dated[0])

    def plain_over_years(self, name: str) -> Statement | None:
        """The plain value, if no layer after its own gives a value of a year."""
        plain = _last(self._layers, name, None)
        return plain[1] if plain and all(found[0] <= plain[0] for found in self._dated(name)) else None

    def by_year(self, name: str) -> bool:
        """Whether any layer gives the fact a value of a year."""
        return bool(self._dated(name))

    def rows(self, name: str) -> RowsStatement | None:
        """The rows of a list that the last layer that speaks of it gives."""
        return next((layer.lists[name] for layer in reversed(self._layers) if name in layer.lists), None)

    def _dated(self, name: str) -> list[tuple[tuple[int, int], Statement]]:
        years = {year for layer in self._layers for other, year in layer.statements if other == name and year is not None}
        return [found for found in (_last(self._layers, name, year) for year in years) if found]


def _last(layers: tuple[Facts, ...], name: str, year: int | None) -> tuple[tuple[int, int], Statement] | None:
    """The last statement of a fact, with its layer; the loader's own layers (one setting over another) count within."""
    for number in range(len(layers) - 1, -1, -1):
        statement = layers[number].statements.get((name, year))
        if statement is not None:
            return (number, statement.layer), statement
    return None


def _differing(base: Iterable[Facts], groups: Iterable[Facts]) -> Facts:
    """What is not known as long as the group is not told: all that a group says otherwise than the plan."""
    statements: dict[tuple[str, int | None], Statement] = {}
    lists: dict[str, RowsStatement] = {}
    layers = tuple(base)
    for group in groups:
        for key, said in group.statements.items():
            found = _last(layers, *key)
            if found is None or (found[1].state, found[1].value) != (said.state, said.value):
                statements[key] = Statement(None, State.DIFFERS_BY_GROUP, said.evidence, said.span)
        for name, rows in group.lists.items():
            other = next((layer.lists[name] for layer in reversed(layers) if name in layer.lists), None)
            if other is None or _content(other) != _content(rows):
                lists[name] = RowsStatement((), State.DIFFERS_BY_GROUP, rows.evidence, rows.span)
    return Facts(statements, lists)


def _content(rows: RowsStatement) -> tuple[State, list[Mapping[str, tuple[State, object]]]]:
    return rows.state, [{name: (cell.state, cell.value) for name, cell in row.items()} for row in rows.rows]
