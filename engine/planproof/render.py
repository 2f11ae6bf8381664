"""Answers and explanations as text for a terminal. Colour only where asked for."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from planproof.answer import Answer, Answerer, Missing, PathAnswer, PitfallAnswer
from planproof.core import ANSWERERS, SEVERITIES, Fact
from planproof.diagnostics import printable
from planproof.explain import STATES, Line, cited
from planproof.plan import Plan
from planproof.proof import FactStep
from planproof.reading_words import ReadingWords
from planproof.readings import readings
from planproof.statements import NO_GROUP
from planproof.types import Kind, shown
from planproof.values import Result, State, Unknown

_WIDTH = 100
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}
_CONSEQUENCES = {"taxes": "adds to income", "withholds": "is withheld"}
_SIGNS = {"open": "green", "closed": "red", "unknown": "yellow", "yes": "green", "no": "red"}


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours a text, or leaves it as it is."""

    on: bool

    def __call__(self, text: str, *styles: str) -> str:
        """Colour a text."""
        if not self.on or not styles:
            return text
        return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{text}\x1b[0m"

    def word(self, text: str) -> str:
        """A status word in its colour."""
        return self(text, _SIGNS[text]) if text in _SIGNS else text


PLAIN = Paint(False)


def table(rows: Sequence[Sequence[str]], paint: Paint) -> str:
    """Columns under a head line."""
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for number, row in enumerate(rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        if number:
            cells = [cell.replace(word, paint.word(word)) if (word := cell.strip()) in _SIGNS else cell for cell in cells]
        line = "  ".join(cells).rstrip()
        lines.append(paint(line, "bold") if number == 0 else line)
    return "\n".join(lines)


def answers_table(answers: Iterable[Answer], paint: Paint) -> str:
    """One line a plan (and one a group), for many plans."""
    answers = list(answers)
    with_expected = any(answer.plan.expected for answer in answers)
    phase = answers[0].paths[0].phases[0][0] if answers and answers[0].paths else ""
    rows = [["plan", "type", "verdict", *(["expected"] if with_expected else []), *open_and_missing(phase)]]
    for answer in answers:
        rows.append(_row(answer, with_expected, below=False))
        rows += [_row(group, with_expected, below=True) for group in answer.groups]
    return table(rows, paint)


def open_and_missing(phase: str) -> tuple[str, str]:
    """The heads of the columns that tell what is open in a phase, and what is missing first."""
    return f"open {phase.replace('_', ' ')}".rstrip(), "first missing fact"


def _row(answer: Answer, with_expected: bool, below: bool) -> list[str]:
    plan = answer.plan
    name = plan.source.path.rsplit("/", 1)[-1].removesuffix(".yaml")
    if answer.group:
        name = f"  group {answer.group}" if below else f"{name}, group {answer.group}"
    expected = "" if answer.group else expected_told(plan.expected, answer.verdict)
    return [
        name,
        "" if below else plan.type,
        answer.verdict,
        *([expected] if with_expected else []),
        opened_told([path.path.name for path in answer.paths if path.phases[0][1] == "open"]),
        next((m.reason.name for m in answer.missing if "verdict" in m.needed_for), ""),
    ]


def expected_told(expected: str, verdict: str) -> str:
    """The verdict that a plan expects, marked if it is another than that found."""
    return f"{expected} (!)" if expected and expected != verdict else expected


def opened_told(paths: Sequence[str]) -> str:
    """The first of the paths that are open, and how many more there are."""
    return (paths[0] + (f" and {len(paths) - 1} more" if paths[1:] else "")) if paths else "-"


def differences(answers: Iterable[Answer]) -> str:
    """Why verdicts differ from what the files expect."""
    return differences_told(
        (answer.plan.source.path, answer.plan.expected, answer.verdict, answer.plan.difference) for answer in answers if not answer.group
    )


def differences_told(found: Iterable[tuple[str, str, str, str]]) -> str:
    """Why verdicts differ from what is expected: of each plan its file, the verdict that it expects, the one found, and its reason."""
    lines = [
        wrapped(f"{path}: expected {expected}, found {verdict}: {told or 'not explained in the file'}", 2)
        for path, expected, verdict, told in found
        if expected and expected != verdict
    ]
    return "\n".join(["differences from the expected verdicts:", *lines]) if lines else ""


def verdicts_counted(verdicts: Iterable[str], of: str) -> str:
    """How many answers there are, called by what they are `of`, and how many of each verdict."""
    counts = Counter(verdicts)
    return f"{counts.total():,} {of}: " + ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(counts.items()))


# ------------------------------------------------------------------ one plan


def question(answer: Answer) -> str:
    """What an answer was asked: the year, and the dates of the plan and of what is known."""
    known = answer.proof.context.known
    return f"year {answer.year} · plan as of {answer.date}" + (f" · as known on {known}" if known else "")


def page(answerer: Answerer, answer: Answer, paint: Paint, *, everything: bool = False) -> str:
    """One plan on a page; with `everything`, also each pitfall that turns on what the plan document cannot tell."""
    plan = answer.plan
    verdict = answerer.book.core.verdict
    assert verdict is not None
    group = f", group {answer.group}" if answer.group else ""
    parts = [
        paint(printable(f"{plan.employer}: {plan.name}"), "bold"),
        f"{printable(plan.type)} · {printable(plan.source.path)} · {question(answer)}{group}",
        "",
        f"{verdict.label}: {paint(answer.verdict, 'bold', *([_SIGNS[answer.verdict]] if answer.verdict in _SIGNS else []))}",
        *_expected(answer),
        *section("Paths", _paths(answer.paths, paint), paint),
        *section("Amounts", _amounts(answerer, answer), paint),
        *section("Pitfalls", _pitfalls(answerer, answer.pitfalls, paint, everything), paint),
        *section("Missing for the verdict", _missing([m for m in answer.missing if "verdict" in m.needed_for], plan), paint),
        *section("Missing for amounts only", _missing_briefly([m for m in answer.missing if "verdict" not in m.needed_for]), paint),
        *section(
            "Presumed by law, as nobody says otherwise",
            [_presumed(answerer.book.facts[step.name], step) for step in answer.presumed],
            paint,
        ),
        *section(
            "The verdict rests on provisions that are not verified",
            [wrapped(f"{r.label or r.name}: {cited(r.authority)}", 2) for r in answer.rests_on],
            paint,
        ),
        *section("Where the documents can be read in more than one way", _readings(answerer, answer), paint),
        *section("Groups whose features differ", _groups(answer, paint), paint),
    ]
    return printable_lines("\n".join(parts), paint)


def _expected(answer: Answer) -> list[str]:
    plan = answer.plan
    if not plan.expected or plan.expected == answer.verdict or answer.group:
        return []
    return [wrapped(f"The file expects {plan.expected}: {plan.difference or 'it does not say why the verdict differs'}", 0)]


def printable_lines(text: str, paint: Paint) -> str:
    """The text with control characters of the input made visible, colours kept."""
    lines = text.split("\n")
    if paint.on:
        lines = ["\x1b".join(printable(piece) for piece in line.split("\x1b")) for line in lines]
        return "\n".join(lines)
    return "\n".join(printable(line) for line in lines)


def section(title: str, lines: Sequence[str], paint: Paint) -> list[str]:
    """Lines under a title, with an empty line before; nothing without lines."""
    return ["", paint(title, "bold"), *lines] if lines else []


def wrapped(text: str, indent: int) -> str:
    """A text over several lines where it is long, all but the first two columns further in."""
    lead = " " * indent
    return textwrap.fill(
        printable(text), _WIDTH, initial_indent=lead, subsequent_indent=lead + "  ", break_long_words=False, break_on_hyphens=False
    )


def _paths(paths: Sequence[PathAnswer], paint: Paint) -> list[str]:
    lines = []
    for answer in paths:
        states = ", ".join(f"{phase.replace('_', ' ')} {paint.word(status)}" for phase, status in answer.phases)
        lines.append(f"  {answer.path.label}: {states}")
        lines += [wrapped(f"{_mark(r.value)} {r.label} ({cited(r.authority)})", 6) for r in answer.requirements]
        if any(status == "open" for _, status in answer.phases):
            lines += _consequences(answer)
    return lines


def _consequences(answer: PathAnswer) -> list[str]:
    """What an open path taxes, withholds and reports, which clocks it starts, and what it means afterwards."""
    lines = []
    for one in answer.consequences:
        told = f"depends on {_few(one.depends_on, 2)}" if one.depends_on else shown(one.value, Kind.MONEY)
        lines.append(wrapped(f"{_CONSEQUENCES[one.kind]}: {told} ({cited(one.authority)})", 6))
    lines += [wrapped(f"{note.kind}: {note.text} ({cited(note.authority)})", 6) for note in answer.path.notes]
    return lines


def _few(names: Sequence[str], most: int = 4) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _mark(value: Result) -> str:
    return "?" if isinstance(value, Unknown) else "+" if value else "-"


def _amounts(answerer: Answerer, answer: Answer) -> list[str]:
    labels = [answerer.book.label(name) for name, _ in answer.amounts]
    width = max((len(label) for label in labels), default=0)
    lines = []
    for label, (name, amount) in zip(labels, answer.amounts, strict=True):
        limit = answerer.wording.limit(amount.binding, name)
        decided = f"   decided by: {limit}" if limit else ""
        lines.append(f"  {label.ljust(width)}  {shown(amount.step.value, Kind.MONEY):>10}{decided}")
    return lines


def _pitfalls(answerer: Answerer, pitfalls: Sequence[PitfallAnswer], paint: Paint, everything: bool) -> list[str]:
    lines = []
    told = [answer for answer in pitfalls if everything or answer.certain or _document_decides(answerer, answer)]
    for answer in sorted(told, key=lambda a: not a.certain):
        pitfall = answer.pitfall
        lead = f"{pitfall.severity}: {pitfall.label}" if answer.certain else f"may apply ({pitfall.severity}): {pitfall.label}"
        lines.append(f"  {paint(lead, 'yellow')}")
        if answer.certain:
            lines.append(wrapped(f"{pitfall.says} ({cited(pitfall.authority)})", 6))
            lines += [wrapped(f"{remedy.by}: {remedy.text}", 6) for remedy, value in answer.remedies if value is True]
            if pitfall.costs and not isinstance(answer.cost, Unknown):
                lines.append(f"      cost: {shown(answer.cost, Kind.MONEY)}")
        else:
            lines.append(wrapped(f"depends on {_few(answer.depends_on)}", 6))
    counts = Counter(answer.pitfall.severity for answer in pitfalls if answer not in told)
    if counts:
        kinds = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity])
        why = "depending on what the participant or the administrator can tell"
        lines.append(wrapped(f"{counts.total()} others may apply ({kinds}), {why}; --all lists them", 2))
    return lines


def _document_decides(answerer: Answerer, answer: PitfallAnswer) -> bool:
    """Whether what is not known about a pitfall is all answered by the plan document or by the plan sponsor."""
    asked = [answerer.book.stated(name) for name in answer.depends_on]
    return all(fact is not None and fact.answered_by in ANSWERERS[:2] for fact in asked)


def _missing(missing: Sequence[Missing], plan: Plan) -> list[str]:
    lines = []
    for one in missing:
        reason = one.reason
        year = f" for {reason.key}" if reason.key is not None else ""
        row = f", row {reason.row}" if reason.row is not None else ""
        detail = f" ({reason.detail})" if reason.detail else ""
        question = one.asks
        if reason.state is State.DIFFERS_BY_GROUP:
            question = f"Say --set participant.group=GROUP: {', '.join(group.name for group in plan.groups)}, or {NO_GROUP}."
        lines.append(wrapped(f"{reason.name}{year}{row}{detail}: {STATES[reason.state]}. {question}".rstrip(), 2))
    return lines


def _missing_briefly(missing: Sequence[Missing]) -> list[str]:
    """Names only, by who can answer."""
    by: dict[str, list[str]] = {}
    for one in missing:
        year = f" for {one.reason.key}" if one.reason.key is not None else ""
        by.setdefault(one.answered_by or "rule book", []).append(f"{one.reason.name}{year}")
    return [wrapped(f"{who}: {', '.join(names)}", 2) for who, names in by.items()]


def _presumed(fact: Fact, step: FactStep) -> str:
    by = f" ({cited(fact.presumed.authority)})" if fact.presumed else ""
    return wrapped(f"{fact.label}: {shown(step.value, fact.type.kind)}{by}", 2)


def _readings(answerer: Answerer, answer: Answer) -> list[str]:
    found = readings(answerer, answer)
    if found is None:
        return []
    words = ReadingWords(answerer, answer, found)
    lines = [wrapped(words.lead(), 2)]
    for case in words.cases():
        lines.append(wrapped(f"if {case.read}: {case.outcome}", 2))
        lines += [wrapped(origin, 6) for origin in case.origins]
    return lines


def _groups(answer: Answer, paint: Paint) -> list[str]:
    labels = {group.name: group.label for group in answer.plan.groups}
    return [f"  {group.group} ({printable(labels[group.group])}): {paint.word(group.verdict)}" for group in answer.groups]


# ------------------------------------------------------------------ explanations


def explanation(lines: Iterable[Line], paint: Paint) -> str:
    """An explanation as indented text."""
    shown_lines = []
    for line in lines:
        lead = "  " * line.depth
        shown_lines.append(f"{lead}{paint(printable(line.text), 'bold') if line.depth == 0 else printable(line.text)}")
        shown_lines += [f"{lead}    {printable(detail)}" for detail in line.details]
        shown_lines.append(f"{lead}    {paint(printable(line.origin), 'dim')}")
    return "\n".join(shown_lines)


def paragraph(text: str) -> str:
    """A paragraph, wrapped."""
    return textwrap.fill(printable(text), _WIDTH, break_long_words=False, break_on_hyphens=False)
