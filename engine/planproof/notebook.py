"""A verdict and its proof as a person at a notebook meets them: a word, a paragraph, and a page to look at."""

from __future__ import annotations

from dataclasses import dataclass

from planproof.answer import Answer, Answerer
from planproof.markup import framed
from planproof.report import report
from planproof.report_html import html_page, proof_page
from planproof.summary import summary
from planproof.wording import spaced

_HEIGHT = 560


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """The answer for one plan, with or without a participant, and what words it."""

    answerer: Answerer
    answer: Answer

    @property
    def word(self) -> str:
        """The verdict's word; `unknown` if it is not known."""
        return self.answer.verdict

    @property
    def proof(self) -> VerdictProof:
        """The proof, as a notebook shows it."""
        return VerdictProof(self)

    def __str__(self) -> str:
        return summary(self.answerer, self.answer)

    def __repr__(self) -> str:
        return f"<Verdict {self.word}: {self.answer.plan.name!r}, {self.answer.year}>"

    def _repr_html_(self) -> str:
        return framed(html_page(report(self.answerer, self.answer)), _title("Verdict", self), _HEIGHT)


@dataclass(frozen=True, slots=True, repr=False)
class VerdictProof:
    """The proof of a verdict: its steps as a tree that opens, with the hashes of what it was made from."""

    of: Verdict

    def __repr__(self) -> str:
        count = sum(1 for _ in self.of.answer.proof.steps())
        return f"<Proof of {count} steps: {self.of.answer.plan.name!r}, {self.of.answer.year}>"

    def _repr_html_(self) -> str:
        return framed(proof_page(report(self.of.answerer, self.of.answer)), _title("Proof", self.of), _HEIGHT)


def _title(what: str, verdict: Verdict) -> str:
    return f"{what}: {spaced(verdict.word)}"
