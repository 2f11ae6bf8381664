"""What is known of a plan for one group, or for a participant whose group is not told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from planproof.diagnostics import Diagnostic, clip, did_you_mean
from planproof.plan import Facts, Key, Participant, Plan, RowsStatement, Settings, Statement
from planproof.statements import NO_GROUP
from planproof.values import State


def layered(
    plan: Plan, participant: Participant | None, day: date, settings: Settings, known: date | None = None
) -> Iterator[tuple[str, Facts]]:
    """What is stated of a plan, layer over layer, with the group it is true of; then, if no group is told, that of each group.

    The participant's own facts lie over it.
    """
    base = plan.on(day, known)
    chosen = participant.group if participant else ""
    yield "" if chosen == NO_GROUP else chosen, of_group(plan, base, chosen, participant).joined(settings.facts)
    for group in () if chosen else plan.groups:
        yield group.name, base.joined(group.facts).joined(settings.facts)


def of_group(plan: Plan, base: Facts, chosen: str, participant: Participant | None) -> Facts:
    """The facts of the participant's group; where the group is not told, what differs between groups is not known."""
    if not plan.groups or participant is None or chosen == NO_GROUP:
        return base
    if chosen:
        return base.joined(next(group.facts for group in plan.groups if group.name == chosen))
    statements: dict[Key, Statement] = {}
    lists: dict[str, RowsStatement] = {}
    for group in plan.groups:
        for key, statement in group.facts.statements.items():
            other = base.statements.get(key)
            if other is None or (other.value, other.state) != (statement.value, statement.state):
                statements[key] = Statement(None, State.DIFFERS_BY_GROUP, statement.evidence, statement.span)
        for name, rows in group.facts.lists.items():
            if name not in base.lists or _cells(base.lists[name]) != _cells(rows):
                lists[name] = RowsStatement((), State.DIFFERS_BY_GROUP, rows.evidence, rows.span)
    return base.joined(Facts(statements, lists))


def unknown_group(plan: Plan, group: str) -> Diagnostic | None:
    """That a participant's group is none of the plan's; nothing if it is one, or is not told."""
    names = [one.name for one in plan.groups]
    if not group or group == NO_GROUP or group in names:
        return None
    known = f"the groups are {', '.join(names)}, or `{NO_GROUP}`" if names else f"write `{NO_GROUP}` or leave it out"
    message = f"`{plan.source.path}` has no group `{clip(group)}`"
    return Diagnostic("unknown-group", message, help=did_you_mean(group, names) or known)


def _cells(rows: RowsStatement) -> object:
    return rows.state, [{name: (cell.value, cell.state) for name, cell in row.items()} for row in rows.rows]
