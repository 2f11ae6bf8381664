"""Readings in words: each case as what is read, what then comes out, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planproof.answer import Answer, Answerer
from planproof.explain import document_place
from planproof.plan import Claim
from planproof.readings import Case, Choice, Readings
from planproof.types import Kind, shown
from planproof.values import State
from planproof.wording import listed, spaced, told


@dataclass(frozen=True, slots=True)
class CaseWords:
    """One case: what is read, what comes out, and of each reading not told before the note and place."""

    read: str
    outcome: str
    origins: tuple[str, ...]


class ReadingWords:
    """Tells the readings of one answer."""

    def __init__(self, answerer: Answerer, answer: Answer, readings: Readings) -> None:
        self.answerer = answerer
        self.answer = answer
        self.readings = readings

    def lead(self) -> str:
        """Whether the verdict is the same under every reading."""
        verdicts = list(dict.fromkeys(spaced(case.verdict) for case in self.readings.cases))
        left = f"; {self.readings.left_out} more combinations were not evaluated" if self.readings.left_out else ""
        count = len(self.readings.cases)
        if len(verdicts) == 1:
            return f"The verdict is {verdicts[0]} in each of {count} cases{left}."
        return f"The verdict turns on the reading: {listed(verdicts, 'or')}{left}."

    def cases(self) -> Iterator[CaseWords]:
        """Every case that was evaluated; a reading's place is told where it first occurs."""
        seen: set[int] = set()
        for case in self.readings.cases:
            read = listed([self._read(choice, claim) for choice, claim in zip(self.readings.choices, case.claims, strict=True)])
            new = [claim for claim in case.claims if id(claim) not in seen]
            seen |= set(map(id, new))
            yield CaseWords(read, self._outcome(case), tuple(map(self._origin, new)))

    def _read(self, choice: Choice, claim: Claim) -> str:
        name, year = choice.key
        value = told(claim.value, self.answerer.book.kind(name))
        by = f" by {claim.evidence.source}" if choice.statement.state is State.CONFLICTING and claim.evidence.source else ""
        return f"“{self.answerer.book.label(name)}”{f' for {year}' if year else ''} is {value}{by}"

    def _outcome(self, case: Case) -> str:
        """The verdict, and the amounts and paths that are not the same in all cases."""
        amounts, paths, label = dict(case.amounts), dict(case.paths), self.answerer.book.label
        told_ = [f"{label(name)}: {shown(amounts[name].step.value, Kind.MONEY)}" for name in self.readings.amounts()]
        for name in self.readings.paths():
            phases = ", ".join(f"{spaced(phase)} {status}" for phase, status in paths[name])
            told_.append(f"“{label(name)}”: {phases}")
        return "; ".join([spaced(case.verdict), *told_])

    def _origin(self, claim: Claim) -> str:
        place = document_place(claim.evidence, self.answer.plan, claim.span)
        return f"{claim.evidence.note} {place}" if claim.evidence.note else place
