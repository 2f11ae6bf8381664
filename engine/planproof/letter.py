"""A letter with the questions that a plan file leaves open, in the words of plan documents, for whoever can answer them.

It asks what the rule book asks, and nothing in it says what the answers are wanted for. No name is made up: what the plan file
does not tell is left open, as is the date.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from planproof import core as c
from planproof.answer import Answerer
from planproof.diagnostics import printable
from planproof.missing import Lacks, Need
from planproof.missing_text import document
from planproof.missing_words import phrase_words
from planproof.plan import Plan
from planproof.report_markdown import escaped
from planproof.types import Kind, shown
from planproof.wording import spaced

_PARTS = {
    "plan document": "What the plan document says",
    "plan sponsor": "What the employer has chosen or done",
    "administrator": "What the plan's records show",
}
_BLANK = "__________"
_WIDTH = 88


def letter(answerer: Answerer, lacks: Lacks, *, markdown: bool = False) -> str:
    """The letter as text or Markdown; it asks whoever is not the participant."""
    lines = (line.rstrip() for line in _Writer(answerer, lacks, markdown=markdown).lines())
    return "\n".join(line if markdown else _wrapped(line) for line in lines) + "\n"


def _wrapped(line: str) -> str:
    lead = " " * (len(line) - len(line.lstrip()))
    rest = lead if lead else "   " if line[:1].isdigit() else ""
    return textwrap.fill(line, _WIDTH, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _telling_words(core: c.Core) -> set[str]:
    """The words of the verdict's label that no question uses: a document named with one would say what the letter is for."""
    stated: list[c.Fact | c.ListFact] = [*core.facts, *core.lists]
    return _words(core.verdict.label if core.verdict else "") - {word for one in stated for word in _words(f"{one.label} {one.asks}")}


class _Writer:
    """One letter being written."""

    def __init__(self, answerer: Answerer, lacks: Lacks, *, markdown: bool) -> None:
        self.answerer, self.lacks, self.markdown = answerer, lacks, markdown
        self.numbers = {need.slot.name: number for number, need in enumerate(self._needs(), 1)}

    def _needs(self) -> Iterator[Need]:
        for who in _PARTS:
            seen = set()
            for need in self.lacks.needs:
                if need.fact.answered_by == who and need.fact.name not in seen:
                    seen.add(need.fact.name)
                    yield need

    def lines(self) -> Iterator[str]:
        """The lines of the letter."""
        plan = self.lacks.answer.plan
        needs = list(self._needs())
        yield f"Date: {_BLANK}"
        yield ""
        yield from self._address(plan)
        yield ""
        if not needs:
            yield "Nothing that you could answer is open."
            return
        yield from self._opening(plan)
        for who, title in _PARTS.items():
            own = [need for need in needs if need.fact.answered_by == who]
            if own:
                yield from ["", f"## {title}" if self.markdown else title.upper(), ""]
                yield from (line for need in own for line in self._question(need))
        yield "Thank you."
        yield from ["", f"Signed: {_BLANK}"]

    def _address(self, plan: Plan) -> Iterator[str]:
        numbers = [f"EIN {plan.ein}" if plan.ein else "", f"plan number {plan.plan_number}" if plan.plan_number else ""]
        told = ", ".join(part for part in numbers if part)
        yield f"To the administrator of the {self._said(plan.name)}" + (f" ({self._said(told)})" if told else "")
        yield self._said(plan.employer)

    def _opening(self, plan: Plan) -> Iterator[str]:
        day = self.lacks.answer.date
        yield (
            f"Please answer these questions about the plan as it stands on {day}. With each answer, please name the document and "
            "section that says so, or enclose the page."
        )
        telling = _telling_words(self.answerer.book.core)
        named = [name for name in map(document, plan.documents) if not telling & _words(name)]
        if named:
            yield ""
            yield "These documents are at hand, and do not answer them:"
            yield ""
            yield from (f"- {self._said(name)}" for name in named)

    def _question(self, need: Need) -> Iterator[str]:
        number, indent = self.numbers[need.slot.name], "   " if self.markdown else "     "
        yield f"{number}. {self._said(need.fact.asks)}"
        if isinstance(need.fact, c.Fact) and need.fact.applies is not None:
            yield f"{indent}(Only if {self._said(self.answerer.wording.phrase(need.fact.applies))}.)"
        yield ""
        yield from (f"{indent}{line}" for line in self._answers(need))
        for text in phrase_words(need.look.phrases):
            yield f"{indent}{self._said(text[0].upper() + text[1:])}."
        yield f"{indent}Document and section: {_BLANK}"
        yield ""

    def _answers(self, need: Need) -> Iterator[str]:
        fact = need.fact
        boxes = self._boxes(fact)
        if boxes:
            ticks = [f"[ ] {self._said(box)}" for box in boxes]
            yield from [f"- {tick}" for tick in ticks] + [""] if self.markdown else ["   ".join(ticks)]
        if isinstance(fact, c.ListFact):
            yield from (f"{spaced(column.name.rpartition('.')[2])}: {_BLANK}" for column in fact.columns)
        elif fact.type.kind not in (Kind.TRUTH, Kind.CHOICE):
            yield f"{_ANSWERS.get(fact.type.kind, 'Number')}: {_BLANK}"

    def _boxes(self, fact: c.Fact | c.ListFact) -> Sequence[str]:
        if isinstance(fact, c.ListFact):
            return ["there are none"]
        words = ["yes", "no"] if fact.type.kind is Kind.TRUTH else [spaced(option) for option in fact.type.options]
        return [*words, *([shown(None, fact.type.kind)] if fact.type.optional else [])]

    def _said(self, text: str) -> str:
        return escaped(printable(text)) if self.markdown else printable(text)


_ANSWERS = {Kind.MONEY: "Dollars", Kind.RATE: "Percent", Kind.DATE: "Date", Kind.YEAR: "Year", Kind.DURATION: "Time"}
