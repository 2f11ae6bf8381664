"""What changed between two answers, as data for JSON and as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from planproof.answer import Missing, PathAnswer, PitfallAnswer
from planproof.compare import Change, Comparison, Parting, Side, Told
from planproof.diagnostics import printable
from planproof.encode import Data
from planproof.explain import STATES, Teller
from planproof.proof import Amount
from planproof.render import PLAIN, Paint, printable_lines, question, section, table, wrapped
from planproof.types import Kind, encoded, shown
from planproof.values import Result

_MOST_TOLD = 12
_CONSEQUENCES = {"taxes": "adds to income", "withholds": "is withheld"}


@dataclass(frozen=True, slots=True)
class Compared:
    """One plan on both sides, as it is called on both."""

    plan: str
    comparisons: tuple[Comparison, ...]

    @property
    def same(self) -> bool:
        """Whether nothing changed, for no group either."""
        return all(comparison.same for comparison in self.comparisons)


# ------------------------------------------------------------------ as data


def comparison_data(comparison: Comparison) -> Data:
    """What changed in one answer."""
    book = _either(comparison).answerer.book
    return {
        "group": comparison.group or None,
        "same": comparison.same,
        "verdict": {"before": comparison.verdict.before, "after": comparison.verdict.after},
        "amounts": [{**_named(one, book.label(one.name)), **_sides(one, _amount_data)} for one in comparison.amounts],
        "paths": [{**_named(one, book.label(one.name)), **_sides(one, _path_data)} for one in comparison.paths],
        "pitfalls": [{**_named(one, book.label(one.name)), **_sides(one, _pitfall_data)} for one in comparison.pitfalls],
        "missing": [{**_named(one, _missing_label(one)), **_sides(one, _missing_data)} for one in comparison.missing],
        "steps": comparison.steps,
        "first": _parting_data(comparison, comparison.first) if comparison.first else None,
        "causes": [_parting_data(comparison, cause) for cause in comparison.causes],
    }


def side_data(side: Side) -> Data:
    """What one side is an answer to."""
    answer, context = side.answer, side.answer.proof.context
    return {
        "plan": answer.plan.source.path,
        "year": answer.year,
        "date": answer.date.isoformat(),
        "known": context.known.isoformat() if context.known else None,
        "rulebook": context.rulebook,
        "participant": context.about_participant,
    }


def _either(comparison: Comparison) -> Side:
    side = comparison.after or comparison.before
    assert side is not None, "one side has the group"
    return side


def _named(change: Change[Any], label: str) -> Data:
    return {"name": change.name, "label": label}


def _sides(change: Change[Any], data: Any) -> Data:
    return {word: data(one) if one is not None else None for word, one in (("before", change.before), ("after", change.after))}


def _amount_data(amount: Amount) -> Data:
    return {"value": encoded(amount.step.value, Kind.MONEY), "binding": amount.binding}


def _path_data(path: PathAnswer) -> Data:
    return {
        "phases": dict(path.phases),
        "requirements": {one.text: shown(one.value, Kind.TRUTH) for one in path.requirements},
        **{one.kind: encoded(one.value, Kind.MONEY) for one in path.consequences},
    }


def _pitfall_data(pitfall: PitfallAnswer) -> Data:
    costs = encoded(pitfall.cost, Kind.MONEY) if pitfall.pitfall.costs else None
    return {"status": _status(pitfall), "severity": pitfall.pitfall.severity, "cost": costs}


def _missing_label(change: Change[Missing]) -> str:
    one = change.after or change.before
    return one.label if one else change.name


def _missing_data(missing: Missing) -> Data:
    reason = missing.reason
    return {
        "state": reason.state.value,
        "year": reason.key,
        "row": reason.row,
        "answered_by": missing.answered_by,
        "needed_for": list(missing.needed_for),
    }


def _parting_data(comparison: Comparison, parting: Parting) -> Data:
    either = parting.after or parting.before
    assert either is not None, "one proof has the step"
    return {
        "kind": parting.key[0],
        "name": parting.key[1],
        "label": either.data["label"],
        "row": parting.key[3] or None,
        "fields": list(parting.fields),
        "before": _told_data(comparison.before, parting.before),
        "after": _told_data(comparison.after, parting.after),
    }


def _told_data(side: Side | None, told: Told | None) -> Data | None:
    if side is None or told is None:
        return None
    teller = Teller(side.answerer, side.answer.plan)
    return {
        "value": told.data["value"],
        "year": told.data.get("year"),
        "text": teller.head(told.step),
        "details": list(teller.details(told.step)),
        "origin": teller.origin(told.step),
    }


# ------------------------------------------------------------------ one plan, as text


def difference_page(compared: Compared, names: tuple[str, str], paint: Paint) -> str:
    """One plan on both sides: what changed, and where the proofs part; `names` are those of the sides."""
    parts: list[str] = []
    for comparison in compared.comparisons:
        if not comparison.group:
            parts += _head(comparison, names, paint)
        if comparison.group and not comparison.same:
            parts += ["", paint(f"Group {comparison.group}", "bold")]
        parts += _changes(comparison, names, paint) if not comparison.same else _nothing(comparison)
    return printable_lines("\n".join(parts), paint)


def _head(comparison: Comparison, names: tuple[str, str], paint: Paint) -> list[str]:
    """The plan, or both if they are not called the same, and what each side is asked."""
    sides = [side for side in (comparison.before, comparison.after) if side is not None]
    titles = [printable(f"{side.answer.plan.employer}: {side.answer.plan.name}") for side in sides]
    width = max(map(len, names))
    lines = [paint(title, "bold") for title in dict.fromkeys(titles)]
    for name, side in zip(names, sides, strict=True):
        answer = side.answer
        lines.append(f"{name.ljust(width)}  {printable(answer.plan.source.path)} · {question(answer)}")
    return lines


def _nothing(comparison: Comparison) -> list[str]:
    if comparison.group:
        return []
    proofs = f"; {_counted(comparison.steps, 'step of the proof differs', 'steps of the proofs differ')}" if comparison.steps else ""
    return ["", f"no difference in verdict, amounts, paths, pitfalls and what is missing{proofs}"]


def _changes(comparison: Comparison, names: tuple[str, str], paint: Paint) -> Iterator[str]:
    verdict = _either(comparison).answerer.book.core.verdict
    assert verdict is not None
    yield ""
    yield f"{verdict.label}: {_turn(comparison.verdict.before or 'no such group', comparison.verdict.after or 'no such group', paint)}"
    yield from section("Where the proofs part", list(_causes(comparison, names)), paint)
    yield from section("Amounts", list(_amounts(comparison)), paint)
    yield from section("Paths", list(_paths(comparison, paint)), paint)
    yield from section("Pitfalls", list(_pitfalls(comparison)), paint)
    yield from section("Missing", list(_missing(comparison)), paint)


def _turn(before: str, after: str, paint: Paint = PLAIN) -> str:
    return f"{paint.word(before)}, as before" if before == after else f"{paint.word(before)} → {paint.word(after)}"


def _causes(comparison: Comparison, names: tuple[str, str]) -> Iterator[str]:
    width = max(map(len, names))
    found = comparison.causes or ((comparison.first,) if comparison.first else ())
    for cause in found[:_MOST_TOLD]:
        for name, side, told in zip(names, (comparison.before, comparison.after), (cause.before, cause.after), strict=True):
            if side is None or told is None:
                yield f"  {name.ljust(width)}  not in the proof"
                continue
            teller = Teller(side.answerer, side.answer.plan)
            yield wrapped(f"{name.ljust(width)}  {teller.head(told.step)}", 2)
            yield from (wrapped(text, 6 + width) for text in (*teller.details(told.step), teller.origin(told.step)))
    if len(found) > _MOST_TOLD:
        yield f"  and {_counted(len(found) - _MOST_TOLD, 'more', 'more')}"


def _amounts(comparison: Comparison) -> Iterator[str]:
    for change in comparison.amounts:
        label = _either(comparison).answerer.book.label(change.name)
        before, after = (shown(one.step.value, Kind.MONEY) if one else "not told" for one in (change.before, change.after))
        yield wrapped(f"{label}: {_turn(before, after)}", 2)
        old, new = _limit(comparison.before, change.name, change.before), _limit(comparison.after, change.name, change.after)
        if old != new:
            yield wrapped(f"decided by: {_turn(old, new)}", 6)


def _limit(side: Side | None, name: str, amount: Amount | None) -> str:
    binding = amount.binding if amount else None
    return (side.answerer.wording.limit(binding, name) if side else "") or "nothing else"


def _paths(comparison: Comparison, paint: Paint) -> Iterator[str]:
    for change in comparison.paths:
        before, after = change.before, change.after
        either = after or before
        assert either is not None, "one side has the path"
        if before is None or after is None:
            yield wrapped(f"{either.path.label}: only {'after' if after else 'before'}", 2)
            continue
        turned = [
            f"{phase.replace('_', ' ')} {_turn(old, new, paint)}"
            for (phase, old), (_, new) in zip(before.phases, after.phases, strict=False)
            if old != new
        ]
        yield f"  {after.path.label}: {', '.join(turned) or 'as before'}"
        yield from (wrapped(text, 6) for text in _of_path(before, after))


def _of_path(before: PathAnswer, after: PathAnswer) -> Iterator[str]:
    """The requirements that hold otherwise, and the other amounts that are taxed or withheld."""
    old, new = (_told_of(path) for path in (before, after))
    for what in dict.fromkeys((*old, *new)):
        if old.get(what) != new.get(what):
            yield f"{what}: {_turn(old.get(what, 'not asked'), new.get(what, 'not asked'))}"


def _told_of(path: PathAnswer) -> dict[str, str]:
    required = {f"requires {one.label}": shown(one.value, Kind.TRUTH) for one in path.requirements}
    return required | {_CONSEQUENCES[one.kind]: _money(one.value) for one in path.consequences}


def _money(value: Result) -> str:
    return shown(value, Kind.MONEY)


def _status(pitfall: PitfallAnswer | None) -> str:
    return "no" if pitfall is None else "applies" if pitfall.certain else "may_apply"


def _pitfalls(comparison: Comparison) -> Iterator[str]:
    for change in comparison.pitfalls:
        either = change.after or change.before
        assert either is not None, "one side has the pitfall"
        before, after = (_status(one).replace("_", " ") for one in (change.before, change.after))
        yield wrapped(f"{either.pitfall.severity}: {either.pitfall.label}: {_turn(before, after)}", 2)
        cost, now = (_money(one.cost) if one and one.pitfall.costs else "nothing" for one in (change.before, change.after))
        if cost != now:
            yield wrapped(f"costs: {_turn(cost, now)}", 6)


def _missing(comparison: Comparison) -> Iterator[str]:
    for change in comparison.missing:
        either = change.after or change.before
        assert either is not None, "one side misses it"
        lead = "needed otherwise" if change.before and change.after else "no longer" if change.before else "newly"
        year = f" for {either.reason.key}" if either.reason.key is not None else ""
        needed = ", ".join(either.needed_for)
        yield wrapped(f"{lead}: {either.reason.name}{year}: {STATES[either.reason.state]}, for {needed}", 2)


# ------------------------------------------------------------------ many plans, as text


def differences_table(compared: Sequence[Compared], paint: Paint) -> str:
    """One line a plan, and one a group, that is not the same: how much changed, and where it begins."""
    rows = [["plan", "verdict", "amounts", "paths", "pitfalls", "missing", "begins at"]]
    for one in compared:
        for comparison in one.comparisons:
            if not comparison.same:
                rows.append(_row(one.plan, comparison))
    return table(rows, paint) if len(rows) > 1 else ""


def _row(plan: str, comparison: Comparison) -> list[str]:
    verdict = comparison.verdict
    counts = [len(part) for part in (comparison.amounts, comparison.paths, comparison.pitfalls, comparison.missing)]
    return [
        f"{plan}, group {comparison.group}" if comparison.group else plan,
        str(verdict.after) if verdict.before == verdict.after else f"{verdict.before or '-'} → {verdict.after or '-'}",
        *(str(count) if count else "-" for count in counts),
        _begins(comparison),
    ]


def _begins(comparison: Comparison) -> str:
    causes = comparison.causes
    if not causes or comparison.after is None:
        return "-"
    label = comparison.after.answerer.wording.label(causes[0].key[1])
    return f"{label} and {len(causes) - 1} more" if len(causes) > 1 else label


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
