"""Every declaration of a rule book with what it reads, what reads it, and which examples show it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from planproof import core as c
from planproof.answer import Answerer
from planproof.decide import deciding_inputs
from planproof.diagnostics import Diagnostic, Severity
from planproof.examples import run_examples
from planproof.order import dependencies
from planproof.proof import DefinitionStep, GivenStep, Step
from planproof.rulebook import Rulebook
from planproof.source import Span
from planproof.values import Unknown


@dataclass(frozen=True, slots=True)
class Provision:
    """One declaration as written, its place among the others, and the examples whose results rest on it.

    `texts` holds the declaration, and each exception that stands apart from it.
    """

    name: str
    kind: str
    label: str
    authorities: tuple[tuple[str, c.Authority], ...]
    span: Span
    texts: tuple[str, ...]
    reads: tuple[str, ...]
    read_by: tuple[str, ...]
    examples: tuple[c.Example, ...]


def catalogue(answerer: Answerer) -> tuple[Provision, ...]:
    """Every provision in the order of the rule files."""
    book = answerer.book
    shown = _Shown(answerer)
    owner = _owners(book.core)
    examples: dict[str, dict[str, c.Example]] = {}
    for (name, _), by_title in shown.taken.items():
        examples.setdefault(owner.get(name, name), {}).update(by_title)
    reads: dict[str, dict[str, None]] = {}
    read_by: dict[str, dict[str, None]] = {}
    for name, needed in dependencies(book.core).items():
        for other in needed:
            mine, theirs = owner.get(name, name), owner.get(other, other)
            if mine != theirs:
                reads.setdefault(mine, {})[theirs] = None
                read_by.setdefault(theirs, {})[mine] = None
    found = [
        Provision(
            name,
            kind,
            label,
            authorities,
            span,
            _texts(book, (span, *apart)),
            tuple(sorted(reads.get(name, ()))),
            tuple(sorted(read_by.get(name, ()))),
            tuple(example for _, example in sorted(examples.get(name, {}).items())),
        )
        for name, kind, label, authorities, span, apart in _declared(book.core)
    ]
    return tuple(sorted(found, key=lambda p: (p.span.path, p.span.start)))


def not_shown(answerer: Answerer) -> Iterator[Diagnostic]:
    """What no example shows: a branch of a definition, a parameter, a pitfall that applies, does not, or may."""
    book = answerer.book
    shown = _Shown(answerer)
    pitfalls = {pitfall.name for pitfall in book.core.pitfalls}
    made = {name for name, owner in _owners(book.core).items() if owner != name and not name.endswith((".costs", ".taxes", ".withholds"))}
    for definition in book.core.definitions:
        if definition.name in pitfalls:
            for value, words in ((True, "applying"), (False, "not applying"), (None, "as one that may apply")):
                if (definition.name, value) not in shown.values:
                    yield _unshown(f"no example shows the pitfall `{definition.name}` {words}", definition.span)
        elif definition.name not in made:
            for branch in definition.branches:
                if (definition.name, branch.label) not in shown.taken:
                    what = f"exception `{branch.label}` of " if branch.label else ""
                    yield _unshown(f"no example shows {what}`{definition.name}`", branch.span)
    for parameter in book.core.parameters:
        if (parameter.name, "") not in shown.taken:
            yield _unshown(f"no example shows `{parameter.name}`", parameter.span)


def _unshown(message: str, span: Span) -> Diagnostic:
    return Diagnostic("not-shown", message, span, "write an example whose result rests on it", Severity.WARNING)


class _Shown:
    """What decides the results of the examples: branches that surely hold, figures, what is stated, and values of yes/no definitions."""

    def __init__(self, answerer: Answerer) -> None:
        self.taken: dict[tuple[str, str], dict[str, c.Example]] = {}
        self.values: set[tuple[str, bool | None]] = set()
        for outcome in run_examples(answerer):
            seen: set[Step] = set()
            waiting = list(outcome.steps)
            while waiting:
                step = waiting.pop()
                if step not in seen:
                    seen.add(step)
                    self._note(step, outcome.example)
                    waiting.extend(deciding_inputs(answerer.evaluator.definitions, step))

    def _note(self, step: Step, example: c.Example) -> None:
        if isinstance(step, DefinitionStep):
            if isinstance(step.value, bool | Unknown):
                self.values.add((step.name, None if isinstance(step.value, Unknown) else step.value))
            for label in step.taken if len(step.taken) == 1 else ():
                self.taken.setdefault((step.name, label), {})[example.title] = example
        elif not isinstance(step, GivenStep) and not isinstance(step.value, Unknown):
            self.taken.setdefault((step.name, ""), {})[example.title] = example


def _owners(core: c.Core) -> dict[str, str]:
    """The declaration to which a name belongs: parts of paths and pitfalls, rows of lists and their columns."""
    owner: dict[str, str] = {}
    for path in core.paths:
        parts = (*path.requirements, *(phase for _, phase in path.phases), *path.consequences)
        owner |= dict.fromkeys(parts, path.name)
    for pitfall in core.pitfalls:
        parts = (*((pitfall.costs,) if pitfall.costs else ()), *(remedy.when for remedy in pitfall.remedies if remedy.when))
        owner |= dict.fromkeys(parts, pitfall.name)
    for listed in core.lists:
        owner |= dict.fromkeys((listed.row, *(column.name for column in listed.columns)), listed.name)
    return owner


def _declared(core: c.Core) -> Iterator[tuple[str, str, str, tuple[tuple[str, c.Authority], ...], Span, tuple[Span, ...]]]:
    owner = _owners(core)
    pitfalls = {pitfall.name for pitfall in core.pitfalls}
    for definition in core.definitions:
        if definition.name in pitfalls or definition.name not in owner:
            kind = "pitfall" if definition.name in pitfalls else "define"
            if core.verdict and definition.name == core.verdict.name:
                kind = "verdict"
            authorities = tuple((branch.label, branch.authority) for branch in definition.branches)
            apart = tuple(branch.span for branch in definition.branches)
            yield definition.name, kind, definition.label, authorities, definition.span, apart
    bases = {definition.name: definition.base.authority for definition in core.definitions}
    for path in core.paths:
        parts = (*path.requirements, *(phase for _, phase in path.phases), *path.consequences)
        named = [(part.rpartition(".")[2], bases[part]) for part in parts] + [(note.kind, note.authority) for note in path.notes]
        yield path.name, "path", path.label, (("", path.authority), *named), path.span, ()
    for parameter in core.parameters:
        rows = tuple((str(value.key or ""), value.authority) for value in parameter.values)
        own = (("", parameter.authority),) if parameter.authority and parameter.key else ()
        yield parameter.name, "parameter", parameter.label, (*own, *rows), parameter.span, ()
    for fact in core.facts:
        presumed = (("presumed", fact.presumed.authority),) if fact.presumed else ()
        yield fact.name, "fact", fact.label, presumed, fact.span, ()
    for listed in core.lists:
        yield listed.name, "list", listed.label, (), listed.span, ()


_HEAD = re.compile(r"^(?![#\s])", re.MULTILINE)


def _texts(book: Rulebook, spans: Iterable[Span]) -> tuple[str, ...]:
    """The declarations around some places, each once, without comments after the last clause."""
    sources = {source.path: source.text for source in book.sources}
    found: dict[tuple[str, int], str] = {}
    for span in spans:
        text = sources[span.path]
        heads = [match.start() for match in _HEAD.finditer(text) if match.start() < len(text)]
        start = max(head for head in heads if head <= span.start)
        end = min((head for head in heads if head > span.start), default=len(text))
        found[span.path, start] = _without_tail(text[start:end])
    return tuple(found.values())


def _without_tail(text: str) -> str:
    """A declaration without the blank lines and comments that follow it."""
    lines = text.splitlines()
    while lines and lines[-1].lstrip()[:1] in ("", "#"):
        lines.pop()
    return "\n".join(lines)
