"""Why, in one paragraph: the verdict or one value, what it turns on, and which documents say so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planproof.answer import UNKNOWN, Answer, Answerer, PathAnswer
from planproof.core import SEVERITIES
from planproof.explain import STATES, Line, cited, document_of, explain
from planproof.proof import DefinitionStep, FactStep, Step
from planproof.types import Kind
from planproof.values import State, Unknown
from planproof.wording import listed, spaced, told

_MOST = 4


def sentence(text: str) -> str:
    """A clause as a sentence."""
    whole = text[:1].upper() + text[1:]
    return whole if whole.endswith((".", "?", "!")) else f"{whole}."


def whole(detail: str) -> str:
    """A detail of an explanation as a sentence of its own."""
    if detail.startswith("is "):
        return sentence(f"it {detail}")
    if detail.startswith("turns on"):
        return sentence(f"it {detail}")
    return sentence(f"that is so, {detail}" if detail.startswith("as ") and not detail.startswith("as written") else detail)


def few(parts: Sequence[str], most: int = _MOST) -> str:
    """The first parts as an enumeration, and how many more there are."""
    left = len(parts) - most
    return listed([*parts[:most], f"{left} more"] if left > 0 else list(parts))


def summary(answerer: Answerer, answer: Answer) -> str:
    """The verdict of an answer and why, in one paragraph."""
    return " ".join(_sentences(answerer, answer))


def _sentences(answerer: Answerer, answer: Answer) -> Iterator[str]:
    verdict = answerer.book.core.verdict
    assert verdict is not None
    whom = " for this participant" if answer.proof.context.about_participant else ""
    yield f"{verdict.label} is {spaced(answer.verdict)} in {answer.year}{whom}."
    for index, phase in enumerate(verdict.phases):
        yield _phase(answer, index, spaced(phase))
    if answer.verdict == UNKNOWN:
        yield from _missing(answerer, answer)
    elif any(status == "open" for path in answer.paths for _, status in path.phases):
        yield from _rests(answerer, answer)
    else:
        yield from _closed(answer)
    yield from _amount(answerer, answer)
    yield from _pitfalls(answer)
    count = len(answer.rests_on)
    if count:
        yield f"{count} provision{'s' if count > 1 else ''} that the verdict rests on {'are' if count > 1 else 'is'} not verified."


def _phase(answer: Answer, index: int, phase: str) -> str:
    by: dict[str, list[str]] = {}
    for path in answer.paths:
        by.setdefault(path.phases[index][1], []).append(f"“{path.path.label}”")
    if "open" in by:
        return f"Open {phase}: {few(by['open'], 3)}."
    if UNKNOWN in by:
        return f"Whether a path is open {phase} is unknown."
    return f"No path is open {phase}."


def _missing(answerer: Answerer, answer: Answer) -> Iterator[str]:
    missing = [m for m in answer.missing if "verdict" in m.needed_for]
    if missing:
        parts = [f"“{answerer.wording.label(m.reason.name)}” ({STATES[m.reason.state]})" for m in missing]
        yield f"What is not known: {few(parts)}."
        if missing[0].asks:
            yield f"The first question, to the {missing[0].answered_by}: {missing[0].asks}"


def _rests(answerer: Answerer, answer: Answer) -> Iterator[str]:
    phases = range(len(answer.paths[0].phases))
    path, phase = next((path.path, path.phases[index][0]) for index in phases for path in answer.paths if path.phases[index][1] == "open")
    step = answer.run.step(dict(path.phases)[phase])
    found = leaves(answerer, answer, list(explain(answerer, answer, step)))
    if found:
        yield f"“{path.label}” rests on {found}."


def leaves(answerer: Answerer, answer: Answer, lines: Sequence[Line], most: int = 6) -> str:
    """The facts that an explanation comes down to, by the document that says so; nothing if there are none."""
    by: dict[str, dict[str, None]] = {}
    for line in lines:
        step = line.step
        if isinstance(step, FactStep) and step.row is None and step.state in (State.STATED, State.PRESUMED):
            label = answerer.wording.label(step.name)
            value = told(step.value, answerer.book.kind(step.name))
            where = "presumed by law" if step.state is State.PRESUMED else document_of(step.statement, answer.plan)
            by.setdefault(where, {})[f"“{label}” being {value}"] = None
    parts = []
    left = most
    for where, facts in by.items():
        shown = list(facts)[:left]
        left -= len(shown)
        parts += [listed(shown) + (f" ({where})" if where else "")] if shown else []
    more = sum(map(len, by.values())) - most
    parts += [f"and {more} more"] if more > 0 else []
    return "; ".join(parts)


def _closed(answer: Answer) -> Iterator[str]:
    barred: dict[str, int] = {}
    for path in answer.paths:
        label = _first_no(path)
        if label:
            barred[label] = barred.get(label, 0) + 1
    if barred:
        yield f"What stands in the way: {few([f'“{label}” is no' for label in barred])}."


def _first_no(path: PathAnswer) -> str | None:
    return next((found.label for found in path.requirements if found.value is False), None)


def _amount(answerer: Answerer, answer: Answer) -> Iterator[str]:
    for name, amount in answer.amounts[:1]:
        label = answerer.book.label(name)
        if isinstance(amount.step.value, Unknown):
            needed = sum(name in m.needed_for for m in answer.missing)
            why = f", as {needed} answer{'s are' if needed > 1 else ' is'} missing" if needed else ""
            yield f"{label}: not known{why}."
        else:
            by = answerer.wording.limit(amount.binding, name)
            decided = f", decided by {by if by.startswith('exception') else f'“{by}”'}" if by else ""
            yield f"{label}: {told(amount.step.value, Kind.MONEY)}{decided}."


def _pitfalls(answer: Answer) -> Iterator[str]:
    sure = sorted((p for p in answer.pitfalls if p.certain), key=lambda p: SEVERITIES.index(p.pitfall.severity))
    if sure:
        count = "One pitfall applies" if len(sure) == 1 else f"{len(sure)} pitfalls apply, first"
        yield f"{count}: “{sure[0].pitfall.label}” ({sure[0].pitfall.severity})."


def brief(answerer: Answerer, answer: Answer, step: Step) -> str:
    """One value and why, in one paragraph."""
    lines = list(explain(answerer, answer, step))
    first = lines[0]
    parts = [sentence(first.text), *(whole(detail) for detail in first.details if " does not apply, as " not in detail)]
    if isinstance(first.step, DefinitionStep):
        definition = answerer.evaluator.definitions[first.step.name]
        authorities = [branch.authority for branch in definition.branches if branch.label in first.step.taken]
        parts.append(f"By {'; '.join(dict.fromkeys(map(cited, authorities)))}.")
        found = leaves(answerer, answer, lines)
        parts += [f"It rests on {found}."] if found else []
    else:
        parts.append(sentence(first.origin))
    return " ".join(parts)
