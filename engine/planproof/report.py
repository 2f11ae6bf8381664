"""What a report of one plan tells, as data: every text in its order, for whatever form it is then given.

Nothing here is escaped; each form does that for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from planproof.answer import UNKNOWN, Answer, Answerer, PathAnswer, PitfallAnswer
from planproof.core import ANSWERERS, NOTE_KINDS, SEVERITIES, Authority
from planproof.diagnostics import clip
from planproof.encode import Encoder
from planproof.explain import STATES, Line, cited, explain
from planproof.proof import Step
from planproof.reading_words import ReadingWords
from planproof.readings import readings
from planproof.statements import NO_GROUP
from planproof.summary import sentence, summary, whole
from planproof.types import Kind, shown
from planproof.values import Result, State, Unknown
from planproof.wording import spaced, told

_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class Term:
    """A name with what it is, and by which authority."""

    name: str
    text: str
    authority: str = ""


@dataclass(frozen=True, slots=True)
class AmountView:
    """An amount; if unknown, what it lacks. `step` is its number in the proof."""

    label: str
    text: str
    known: bool
    decided_by: str
    lacks: tuple[str, ...]
    step: int


@dataclass(frozen=True, slots=True)
class Cell:
    """How a path stands to one row: a word (`yes`, `no`, `open`, ...; empty: it does not concern the path) and a text."""

    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the comparison of paths."""

    label: str
    authority: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one kind."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The paths side by side, and what their unknown amounts depend on."""

    paths: tuple[str, ...]
    parts: tuple[Part, ...]
    depends: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class PitfallView:
    """A pitfall that applies or may."""

    label: str
    severity: str
    says: str
    authority: str
    cost: str
    remedies: tuple[Term, ...]
    depends_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MissingView:
    """A fact that is not known: what to ask, whom, and what for."""

    name: str
    label: str
    question: str
    answered_by: str
    state: str
    needed_for: tuple[str, ...]
    for_verdict: bool


@dataclass(frozen=True, slots=True)
class GroupView:
    """What a group of employees is answered."""

    label: str
    verdict: str
    opened: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One step of the proof: its number, what it says and why, and where that comes from. `again`: told before."""

    depth: int
    number: int
    text: str
    why: tuple[str, ...]
    origin: str
    again: bool
    word: str


@dataclass(frozen=True, slots=True)
class Tree:
    """The proof of the verdict or of an amount."""

    title: str
    steps: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report tells."""

    employer: str
    plan: str
    question: str
    verdict: str
    tone: str
    year: int
    asked: tuple[Term, ...]
    summary: str
    difference: str
    amounts: tuple[AmountView, ...]
    comparison: Comparison
    pitfalls: tuple[PitfallView, ...]
    possible: tuple[PitfallView, ...]
    missing: tuple[MissingView, ...]
    reading: str
    readings: tuple[Term, ...]
    presumed: tuple[Term, ...]
    rests_on: tuple[Term, ...]
    groups: tuple[GroupView, ...]
    trees: tuple[Tree, ...]
    hashes: tuple[Term, ...]


def report(answerer: Answerer, answer: Answer) -> Report:
    """The report of an answer."""
    return _Maker(answerer, answer).made()


class _Maker:
    """Makes the report of one answer."""

    def __init__(self, answerer: Answerer, answer: Answer) -> None:
        self.answerer = answerer
        self.answer = answer
        self.words = answerer.wording
        self._numbers: dict[Step, int] = {}

    def made(self) -> Report:
        """The report."""
        answer, verdict = self.answer, self.answerer.book.core.verdict
        assert verdict is not None
        trees = tuple(self._trees(verdict.label))
        found = readings(self.answerer, answer)
        words = ReadingWords(self.answerer, answer, found) if found else None
        return Report(
            employer=clip(answer.plan.employer, _LONGEST_NAME),
            plan=clip(answer.plan.name, _LONGEST_NAME),
            question=verdict.label,
            verdict=spaced(answer.verdict),
            tone=_tone(answer),
            year=answer.year,
            asked=tuple(self._asked()),
            summary=summary(self.answerer, answer),
            difference=self._difference(),
            amounts=tuple(self._amounts()),
            comparison=self._comparison(),
            pitfalls=self._pitfalls(certain=True),
            possible=self._pitfalls(certain=False),
            missing=tuple(self._missing()),
            reading=words.lead() if words else "",
            readings=tuple(Term(f"If {one.read}", one.outcome, "; ".join(one.origins)) for one in words.cases()) if words else (),
            presumed=tuple(self._presumed()),
            rests_on=tuple(Term(r.label or r.name, "", cited(r.authority)) for r in answer.rests_on),
            groups=tuple(self._groups()),
            trees=trees,
            hashes=tuple(self._hashes()),
        )

    # -------------------------------------------------------------- what was asked

    def _asked(self) -> Iterator[Term]:
        answer, plan, context = self.answer, self.answer.plan, self.answer.proof.context
        yield Term("Kind of plan", plan.type)
        yield Term("Year", str(answer.year))
        yield Term("Plan as of", str(answer.date))
        if context.known:
            yield Term("As known on", str(context.known))
        if plan.recordkeeper:
            yield Term("Recordkeeper", clip(plan.recordkeeper, _LONGEST_NAME))
        if answer.group or context.group:
            yield Term("Group", self._group(answer.group or context.group))
        yield Term("About", "one participant" if context.about_participant else "the plan, for no participant in particular")
        if context.settings:
            yield Term("Settings", "some facts were set by hand; the proof names them where they count")
        yield Term("Plan file", plan.source.path)

    def _group(self, name: str) -> str:
        label = next((group.label for group in self.answer.plan.groups if group.name == name), "")
        return "in none of the groups" if name == NO_GROUP else clip(label or name, _LONGEST_NAME)

    def _difference(self) -> str:
        plan = self.answer.plan
        about = self.answer.group or self.answer.proof.context.about_participant
        if about or not plan.expected or plan.expected == self.answer.verdict:
            return ""
        return f"The plan file expects {spaced(plan.expected)}: {plan.difference or 'it does not say why the verdict differs'}"

    # -------------------------------------------------------------- amounts

    def _amounts(self) -> Iterator[AmountView]:
        for name, amount in self.answer.amounts:
            value = amount.step.value
            lacks = tuple(self.words.label(m.reason.name) for m in self.answer.missing if name in m.needed_for)
            decided = self.words.limit(amount.binding, name)
            known = not isinstance(value, Unknown)
            number = self._numbers[amount.step]
            yield AmountView(self.words.label(name), shown(value, Kind.MONEY), known, decided, () if known else lacks, number)

    # -------------------------------------------------------------- paths

    def _comparison(self) -> Comparison:
        paths = self.answer.paths
        parts = [Part("Open", tuple(self._phases(paths)))] if paths else []
        parts += [Part("Requirements", tuple(self._requirements(paths))), Part("Taxes and withholding", tuple(self._money(paths)))]
        parts += [Part(spaced(kind).capitalize(), tuple(_notes(paths, kind))) for kind in NOTE_KINDS]
        return Comparison(tuple(path.path.label for path in paths), tuple(part for part in parts if part.rows), self._depends(paths))

    def _phases(self, paths: Sequence[PathAnswer]) -> Iterator[Row]:
        for index, (phase, _) in enumerate(paths[0].phases):
            yield Row(spaced(phase).capitalize(), "", tuple(Cell(path.phases[index][1], path.phases[index][1]) for path in paths))
        yield Row("Authority of the path", "", tuple(Cell("text", cited(path.path.authority)) for path in paths))

    def _requirements(self, paths: Sequence[PathAnswer]) -> Iterator[Row]:
        labels: dict[str, str] = {}
        found: dict[tuple[str, int], Cell] = {}
        for index, path in enumerate(paths):
            for name, requirement in zip(path.path.requirements, path.requirements, strict=True):
                label = self.words.label(name)
                authority = cited(requirement.authority)
                labels[label] = authority if labels.get(label, authority) == authority else ""
                word = shown(requirement.value, Kind.TRUTH)
                found[label, index] = Cell(word, word)
        for label, authority in labels.items():
            yield Row(sentence(label)[:-1], authority, tuple(found.get((label, index), Cell("", "")) for index in range(len(paths))))

    def _money(self, paths: Sequence[PathAnswer]) -> Iterator[Row]:
        kinds = dict.fromkeys(one.kind for path in paths for one in path.consequences)
        for kind in kinds:
            cells = []
            for path in paths:
                one = next((one for one in path.consequences if one.kind == kind), None) if _may_be_open(path) else None
                cells.append(Cell("", "") if one is None else _amount_cell(one.value))
            authorities = [one.authority for path in paths for one in path.consequences if one.kind == kind]
            if any(cell.text for cell in cells):
                yield Row(spaced(kind).capitalize(), _cited_together(authorities), tuple(cells))

    def _depends(self, paths: Sequence[PathAnswer]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What unknown taxes depend on, told once for paths that depend on the same."""
        by: dict[tuple[str, ...], list[str]] = {}
        for path in paths:
            for one in path.consequences:
                if _may_be_open(path) and isinstance(one.value, Unknown):
                    names = sorted({reason.name for reason in one.value.reasons})
                    by.setdefault(self._labels(names), []).append(f"{path.path.label}: {spaced(one.kind)}")
        return tuple(("; ".join(of), labels) for labels, of in by.items())

    def _labels(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.words.label(name) for name in names))

    # -------------------------------------------------------------- pitfalls

    def _pitfalls(self, *, certain: bool) -> tuple[PitfallView, ...]:
        chosen = [pitfall for pitfall in self.answer.pitfalls if pitfall.certain is certain]
        chosen.sort(key=lambda found: SEVERITIES.index(found.pitfall.severity))
        return tuple(self._pitfall(found) for found in chosen)

    def _pitfall(self, found: PitfallAnswer) -> PitfallView:
        pitfall = found.pitfall
        cost = ""
        if pitfall.costs:
            cost = "not known" if isinstance(found.cost, Unknown) else shown(found.cost, Kind.MONEY)
        remedies = tuple(
            Term(remedy.by, remedy.text if value is True else f"{remedy.text} (whether this is open is not known)")
            for remedy, value in found.remedies
            if value is not False
        )
        depends = self._labels(found.depends_on)
        return PitfallView(pitfall.label, pitfall.severity, pitfall.says, cited(pitfall.authority), cost, remedies, depends)

    # -------------------------------------------------------------- facts

    def _missing(self) -> Iterator[MissingView]:
        for one in self.answer.missing:
            reason = one.reason
            year = f" for {reason.key}" if reason.key is not None else ""
            row = f", row {reason.row}" if reason.row is not None else ""
            detail = f" ({spaced(reason.detail)})" if reason.detail else ""
            question = one.asks
            if reason.state is State.DIFFERS_BY_GROUP:
                labels = "; ".join(f"{clip(group.label or group.name, _LONGEST_NAME)} ({group.name})" for group in self.answer.plan.groups)
                question = f"To which group does the participant belong, if to any: {labels}?"
            needed = tuple(self._needed(name) for name in one.needed_for)
            label = self.words.label(reason.name)
            yield MissingView(
                reason.name,
                f"{label}{year}{row}{detail}",
                question or f"{label}{year}",
                one.answered_by or "rule book",
                STATES[reason.state],
                needed,
                "verdict" in one.needed_for,
            )

    def _needed(self, name: str) -> str:
        return "the verdict" if name == "verdict" else self.words.label(name)

    def _presumed(self) -> Iterator[Term]:
        for step in self.answer.presumed:
            fact = self.answerer.book.facts[step.name]
            by = cited(fact.presumed.authority) if fact.presumed else ""
            yield Term(fact.label, told(step.value, fact.type.kind), by)

    def _groups(self) -> Iterator[GroupView]:
        for group in self.answer.groups:
            opened = tuple(path.path.label for path in group.paths if any(status == "open" for _, status in path.phases))
            yield GroupView(self._group(group.group), spaced(group.verdict), opened)

    # -------------------------------------------------------------- the proof

    def _trees(self, question: str) -> Iterator[Tree]:
        seen: set[Step] = set()
        proof = self.answer.proof
        for title, root in ((question, proof.verdict), *((self.words.label(name), amount.step) for name, amount in proof.amounts)):
            lines = list(explain(self.answerer, self.answer, root, told=seen))
            self._numbers.setdefault(root, self._numbers.get(lines[0].step) or len(self._numbers) + 1)
            yield Tree(title, tuple(self._told(line) for line in lines))

    def _told(self, line: Line) -> Told:
        number = self._numbers.setdefault(line.step, len(self._numbers) + 1)
        text = line.text.removesuffix(" (see above)") if line.again else line.text
        why = () if line.again else tuple(map(whole, line.details))
        return Told(line.depth, number, text, why, line.origin, line.again, _word(line.step.value))

    def _hashes(self) -> Iterator[Term]:
        proof = Encoder(self.answerer).proof(self.answer.proof)
        for name in ("rulebook", "plan", "participant", "settings", "seal"):
            if proof[name]:
                yield Term({"rulebook": "Rule book", "seal": "Proof (seal)"}.get(name, name.capitalize()), proof[name])


def _tone(answer: Answer) -> str:
    """How the verdict stands, whatever its words: a path is open in the first phase, in another, in none, or unknown."""
    if answer.verdict == UNKNOWN:
        return UNKNOWN
    statuses = [[status for _, status in path.phases] for path in answer.paths]
    if any(found[:1] == ["open"] for found in statuses):
        return "open"
    return "partly" if any("open" in found for found in statuses) else "closed"


def _cited_together(authorities: Sequence[Authority]) -> str:
    """Several authorities as one: each citation once, then what is not verified of them."""
    text = "; ".join(dict.fromkeys(citation for authority in authorities for citation in authority.citations))
    reasons = dict.fromkeys(f"{found.standing}: {found.reason}" for found in authorities if found.standing != "verified")
    return f"{text} ({'; '.join(reasons)})" if reasons else text


def _may_be_open(path: PathAnswer) -> bool:
    return any(status != "closed" for _, status in path.phases)


def _amount_cell(value: Result) -> Cell:
    return Cell(UNKNOWN, "unknown") if isinstance(value, Unknown) else Cell("amount", shown(value, Kind.MONEY))


def _notes(paths: Sequence[PathAnswer], kind: str) -> Iterator[Row]:
    rows: dict[tuple[str, str], set[int]] = {}
    for index, path in enumerate(paths):
        for note in path.path.notes if _may_be_open(path) else ():
            if note.kind == kind:
                rows.setdefault((note.text, cited(note.authority)), set()).add(index)
    for (text, authority), on in rows.items():
        yield Row(text, authority, tuple(Cell("applies", "applies") if index in on else Cell("", "") for index in range(len(paths))))


def _word(value: Result) -> str:
    return UNKNOWN if isinstance(value, Unknown) else "yes" if value is True else "no" if value is False else "value"


def by_answerer(missing: Sequence[MissingView]) -> tuple[tuple[str, tuple[MissingView, ...]], ...]:
    """What is missing, by who can answer."""
    order = [*ANSWERERS, *dict.fromkeys(one.answered_by for one in missing if one.answered_by not in ANSWERERS)]
    groups = ((who, tuple(one for one in missing if one.answered_by == who)) for who in order)
    return tuple((who, found) for who, found in groups if found)
