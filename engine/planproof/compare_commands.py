"""The commands that compare: a plan with what if, and two plans, years, dates or rule books."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from planproof.commands import BAD_INPUT, DONE, FINDINGS, Question, Session, plan_files
from planproof.compare import Side, compare
from planproof.diagnostics import Diagnostic, clip
from planproof.difference import Compared, comparison_data, difference_page, differences_table, side_data
from planproof.encode import Data, dumps
from planproof.plan import Facts, Participant, Plan
from planproof.plans import is_folder

_SIDES = ("before", "after")
_WHAT_IF = ("as it is", "what if")


@dataclass(frozen=True, slots=True)
class _Pair:
    """What the two sides ask."""

    before: Question
    after: Question

    def compared(self, name: str, first: Path, second: Path) -> Compared | None:
        """One plan on both sides; nothing if it is bad on either, which is told."""
        old = self.before.plan(first)
        shared = first == second and self.before.answerer is self.after.answerer
        new: Plan | None = old if shared else self.after.plan(second)
        before, after = (question.answer(plan) if plan else None for question, plan in ((self.before, old), (self.after, new)))
        if before is None or after is None:
            return None
        return Compared(name, compare(Side(self.before.answerer, before), Side(self.after.answerer, after)))


def what_if(session: Session, args: Namespace) -> int:
    """A plan as it is, beside the plan with some facts set."""
    before = Question(session, Namespace(**{**vars(args), "set": args.given}))
    after = Question(session, Namespace(**{**vars(args), "set": [*args.given, *args.set]}))
    if after.participant and not before.participant:
        before.participant = Participant(None, Facts(), "")
    path = Path(args.plan)
    found = _Pair(before, after).compared(path.stem, path, path)
    return _told(session, args, [found] if found else [], _WHAT_IF)


def diff(session: Session, args: Namespace) -> int:
    """Two plans, years, dates or rule books, over one plan or over a folder of plans."""
    options = {name: _twice(session, name, getattr(args, name)) for name in ("year", "on", "known", "participant", "rules")}
    doubled = [name for name, (first, second) in options.items() if first != second]
    if args.other is None and not doubled:
        help_ = "name a second plan, or give --year, --on, --known, --participant or --rules twice"
        raise session.stop(Diagnostic("nothing-to-compare", "both sides are the same", help=help_))
    before, after = (Namespace(**{name: pair[side] for name, pair in options.items()}, set=args.set) for side in (0, 1))
    _same_year(session, before, after)
    pair = _Pair(Question(session, before), Question(session, after))
    first, second = Path(args.plan), Path(args.other or args.plan)
    if is_folder(first) != is_folder(second):
        raise session.stop(Diagnostic("pair-missing", "a folder is compared with a folder, and a plan with a plan"))
    if not is_folder(first):
        found = pair.compared(second.stem, first, second)
        return _told(session, args, [found] if found else [], _SIDES)
    return _folders(session, args, pair, first, second)


def _twice(session: Session, name: str, given: Sequence[object]) -> tuple[object, object]:
    """An option's value on either side: given once for both, twice for one each."""
    if len(given) > 2:
        raise session.stop(Diagnostic("too-many-sides", f"`--{name}` is given {len(given)} times", help="two sides are compared"))
    return (given[0], given[-1]) if given else (None, None)


def _same_year(session: Session, before: Namespace, after: Namespace) -> None:
    """Where no year is said, one year for both sides: the latest that both rule books have complete."""
    latest = [session.answerer(side.rules, side.known).latest_year for side in (before, after)]
    if before.year is None and None not in latest:
        before.year = after.year = min(year for year in latest if year is not None)


def _folders(session: Session, args: Namespace, pair: _Pair, first: Path, second: Path) -> int:
    old, new = ({path.name: path for path in plan_files([str(folder)])} for folder in (first, second))
    if not old and not new:
        raise session.stop(Diagnostic("no-plans", f"no plan files in `{clip(str(first), 200)}`, `{clip(str(second), 200)}`"))
    found = [pair.compared(Path(name).stem, old[name], new[name]) for name in old if name in new]
    alone = ([name for name in old if name not in new], [name for name in new if name not in old])
    return _told(session, args, [one for one in found if one], _SIDES, alone)


def _told(
    session: Session,
    args: Namespace,
    found: Sequence[Compared],
    names: tuple[str, str],
    alone: tuple[Sequence[str], Sequence[str]] | None = None,
) -> int:
    if not found and not alone:
        return BAD_INPUT
    if args.format == "json":
        session.write(dumps(_data(found, alone or ((), ()))))
    elif alone is None:
        for one in found:
            session.write(difference_page(one, names, session.paint))
    else:
        session.write(_many(session, found, alone))
    if session.failed:
        return BAD_INPUT
    return DONE if all(one.same for one in found) and not any(alone or ()) else FINDINGS


def _data(found: Sequence[Compared], alone: tuple[Sequence[str], Sequence[str]]) -> Data:
    results = []
    for one in found:
        first = one.comparisons[0]
        assert first.before is not None, "the plan itself is on both sides"
        assert first.after is not None, "the plan itself is on both sides"
        sides = {"before": side_data(first.before), "after": side_data(first.after)}
        results.append({"plan": one.plan, "same": one.same, **sides, "answers": list(map(comparison_data, one.comparisons))})
    return {"format": "planproof-diff/1", "results": results, "only_before": list(alone[0]), "only_after": list(alone[1])}


def _many(session: Session, found: Sequence[Compared], alone: tuple[Sequence[str], Sequence[str]]) -> str:
    differing = sum(not one.same for one in found)
    lines = [differences_table(found, session.paint)] if differing else []
    lines.append(f"{len(found)} plans compared: {differing} differ, {len(found) - differing} do not")
    for word, names in zip(_SIDES, alone, strict=True):
        lines += [f"only {word}: {', '.join(names)}"] if names else []
    return "\n\n".join(lines)
