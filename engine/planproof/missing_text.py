"""What is missing, bounds and headroom as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from planproof.answer import Answer, Answerer
from planproof.bounds import Bounds, End
from planproof.diagnostics import printable
from planproof.explain import STATES
from planproof.headroom import Headroom, Turn
from planproof.missing import Lacks, Need
from planproof.missing_words import fact_name, line_words, names_words, phrase_words, reply_words, value_words, verdict_words
from planproof.plan import Document, Evidence, Plan
from planproof.possible import NOT_KNOWN
from planproof.render import Paint, printable_lines
from planproof.supposition import Slot, Vocabulary
from planproof.types import Kind, shown
from planproof.values import State, Value

_WIDTH = 100


def _wrapped(text: str, indent: int) -> str:
    lead = " " * indent
    return textwrap.fill(
        printable(text), _WIDTH, initial_indent=lead, subsequent_indent=lead + "  ", break_long_words=False, break_on_hyphens=False
    )


def heading(answer: Answer, paint: Paint) -> list[str]:
    """Which plan, year and group."""
    plan = answer.plan
    group = f", group {answer.group}" if answer.group else ""
    return [
        paint(printable(f"{plan.employer}: {plan.name}"), "bold"),
        f"{printable(plan.type)} · {printable(plan.source.path)} · year {answer.year} · plan as of {answer.date}{group}",
    ]


# ------------------------------------------------------------------ missing


def missing_page(answerer: Answerer, lacks: Lacks, paint: Paint) -> str:
    """What is missing for one answer, on a page."""
    verdict = answerer.book.core.verdict
    assert verdict is not None, "asked before"
    decided = len(lacks.verdicts) == 1
    possible = "" if decided else f"; possible: {verdict_words(lacks.verdicts)}"
    doubt = "" if lacks.shown else " (not each of these is shown to be possible)"
    lines = [*heading(lacks.answer, paint), "", f"{verdict.label}: {lacks.answer.verdict}{possible}{doubt}"]
    numbered = list(enumerate(lacks.needs, 1))
    first = [(number, need) for number, need in numbered if verdict.name in (*need.needed_for, *need.unsettled_for)]
    rest = [(number, need) for number, need in numbered if (number, need) not in first]
    if first:
        lines += ["", paint("For the verdict, what decides most first", "bold")]
        lines += [line for number, need in first for line in _in_full(answerer, lacks.answer, number, need)]
    if rest:
        lines += ["", paint("For amounts only", "bold")]
        lines += [line for number, need in rest for line in _briefly(answerer, number, need)]
    lines += _beyond(lacks, paint)
    if not lacks.open:
        lines += ["", "Nothing that is missing could change the verdict or an amount."]
    return printable_lines("\n".join(lines), paint)


def _beyond(lacks: Lacks, paint: Paint) -> list[str]:
    if not lacks.beyond:
        return []
    told = [_wrapped(f"{reason.name}: {STATES[reason.state]}", 2) for reason in lacks.beyond]
    return ["", paint("What no answer settles", "bold"), *told]


def _in_full(answerer: Answerer, answer: Answer, number: int, need: Need) -> Iterator[str]:
    vocabulary = answerer.supposer.vocabulary
    whole, kind = vocabulary.domain(need.slot), vocabulary.kind(need.slot.name)
    yield _wrapped(f"{number}. {fact_name(need.slot)}: {need.fact.asks}", 2)
    yield _wrapped(f"{need.fact.answered_by}: {_state(answer.plan, need.state)}", 6)
    yield from (_wrapped(reply_words(reply, whole, kind), 6) for reply in need.replies)
    yield from _amounts(answerer, need)
    yield from (_wrapped(text, 6) for text in phrase_words(need.look.phrases))
    if need.look.documents:
        yield _wrapped(f"look in {'; '.join(map(document, need.look.documents))}", 6)
    for beside in need.look.beside:
        told = shown(beside.statement.value, answerer.book.kind(beside.name))
        where = _evidence(answer.plan, beside.statement.evidence)
        place = f" [{beside.statement.span}]" if beside.statement.span else ""
        yield _wrapped(f"near “{answerer.book.label(beside.name)}” ({told}): {where}{place}", 6)


def _amounts(answerer: Answerer, need: Need) -> Iterator[str]:
    vocabulary = answerer.supposer.vocabulary
    whole, kind = vocabulary.domain(need.slot), vocabulary.kind(need.slot.name)
    if need.needed_for:
        yield _wrapped(f"matters for {names_words(answerer, need.needed_for)}", 6)
    for name, pieces in need.lines:
        yield _wrapped(f"{answerer.book.label(name)}: {line_words(pieces, whole, kind, answerer.book.kind(name))}", 6)
    if need.unsettled_for:
        yield _wrapped(f"may matter for {names_words(answerer, need.unsettled_for)}; that was not settled", 6)


def _briefly(answerer: Answerer, number: int, need: Need) -> Iterator[str]:
    yield _wrapped(f"{number}. {fact_name(need.slot)} ({need.fact.answered_by}): {need.fact.asks}", 2)
    yield from _amounts(answerer, need)


def _state(plan: Plan, state: State) -> str:
    if state is State.DIFFERS_BY_GROUP:
        return f"differs between groups; say --set participant.group=GROUP: {', '.join(group.name for group in plan.groups)}"
    return STATES[state]


def document(found: Document) -> str:
    """A document of a plan file as people name it."""
    title = f", “{found.title}”" if found.title else ""
    return f"{found.document}{title}" + (f" ({found.date})" if found.date else "")


def _evidence(plan: Plan, evidence: Evidence) -> str:
    source = next((found for found in plan.documents if found.id == evidence.source), None)
    parts = [document(source) if source else evidence.source, evidence.section and f"section “{evidence.section}”"]
    return ", ".join(part for part in (*parts, evidence.page and f"page {evidence.page}") if part)


# ------------------------------------------------------------------ bounds


def bounds_page(answerer: Answerer, answer: Answer, found: Sequence[Bounds], paint: Paint, *, told: bool) -> str:
    """The bounds of some amounts; with `told`, also the answers that reach each end."""
    lines = [*heading(answer, paint), ""]
    for one in found:
        kind = answerer.book.kind(one.name)
        lines.append(_wrapped(f"{answerer.book.label(one.name)}: {_range(one, kind)}", 2))
        ends = [("least", one.low), ("most", one.high)] if one.low != one.high else []
        for which, end in ends:
            lines += [_wrapped(text, 6) for text in _end(which, end, kind)]
            if told and end.told:
                answers = ", ".join(f"{fact_name(slot)} {_told(answerer.supposer.vocabulary, slot, value)}" for slot, value in end.told)
                lines.append(_wrapped(f"the {which} is reached with {answers}", 6))
    return printable_lines("\n".join(lines), paint)


def _range(one: Bounds, kind: Kind) -> str:
    without = [{None: "none", NOT_KNOWN: "not known"}[value] for value in one.without]
    also = f"; may also be {' or '.join(without)}" if without else ""
    if one.low.reached is None or one.high.reached is None:
        return f"no number was reached{also}" if one.low.surely is not None or also == "" else also.removeprefix("; ")
    if one.low == one.high:
        return f"{shown(one.low.reached, kind)}{also}"
    return f"{shown(one.low.reached, kind)} to {shown(one.high.reached, kind)}{also}"


def _end(which: str, end: End, kind: Kind) -> Iterator[str]:
    if not end.exact:
        limit = (
            "no limit is known"
            if end.surely is None
            else f"surely {'not below' if which == 'least' else 'not above'} {shown(end.surely, kind)}"
        )
        yield f"the {which} is not shown: {limit}"


def _told(vocabulary: Vocabulary, slot: Slot, value: Value) -> str:
    return value_words(value, vocabulary.kind(slot.name))


# ------------------------------------------------------------------ headroom


def headroom_page(answerer: Answerer, answer: Answer, found: Sequence[Headroom], paint: Paint) -> str:
    """How far each known number may move."""
    lines = [*heading(answer, paint), ""]
    free = []
    for slot in dict.fromkeys(one.slot for one in found):
        own = [one for one in found if one.slot == slot]
        kind = answerer.supposer.vocabulary.kind(slot.name)
        moved = [one for one in own if one.below or one.above]
        if not moved:
            free.append(fact_name(slot))
            continue
        lines.append(_wrapped(f"{fact_name(slot)}, now {shown(own[0].value, kind)}", 2))
        lines += [_wrapped(f"{_held(answerer, one)}: {'; '.join(_turns(answerer, one, kind))}", 6) for one in moved]
    if free:
        lines.append(_wrapped(f"any number changes neither the verdict nor what binds an amount: {', '.join(free)}", 2))
    if not found:
        lines.append("  no known number can change the verdict or what binds an amount")
    return printable_lines("\n".join(lines), paint)


def _held(answerer: Answerer, one: Headroom) -> str:
    verdict = answerer.book.core.verdict
    if verdict and one.name == verdict.name:
        return f"{verdict.label} ({one.now})"
    return f"{answerer.book.label(one.name)}, bound by {_limit(answerer, one.now, one.name)}"


def _limit(answerer: Answerer, limit: Value, name: str) -> str:
    """What binds, in words; a name is quoted, an exception is told as one."""
    words = answerer.wording.limit(str(limit), name) or answerer.book.label(name)
    return words if "“" in words else f"“{words}”"


def _turns(answerer: Answerer, one: Headroom, kind: Kind) -> Iterator[str]:
    for turn, way in ((one.below, "down to"), (one.above, "up to")):
        if turn is not None:
            yield f"{way} {shown(turn.last, kind)}; at {shown(turn.first, kind)} {_then(answerer, one, turn)}"


def _then(answerer: Answerer, one: Headroom, turn: Turn) -> str:
    if turn.to is None:
        return "it is not known"
    verdict = answerer.book.core.verdict
    if verdict and one.name == verdict.name:
        return f"it is {turn.to}"
    return f"{_limit(answerer, turn.to, one.name)} binds"
