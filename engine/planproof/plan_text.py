"""Plans and participants as the text of a plan file or participant file, without evidence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from planproof.core import PLAN_TYPE
from planproof.flat import written
from planproof.plan import Facts, Participant, Plan, RowsStatement, Statement
from planproof.rulebook import Rulebook
from planproof.types import Kind
from planproof.values import State, Value

# A text in a tree is a scalar as YAML takes it.
Tree: TypeAlias = "str | dict[str, Tree] | list[Tree]"


class NoText(Exception):
    """What is stated has no form in a file: a conflict without its claims, or what differs by group."""


def plan_text(book: Rulebook, plan: Plan) -> str:
    """The plan file of a plan; what a file cannot say raises `NoText`."""
    own = ("employer", "name", "type", "ein", "plan_number", "recordkeeper")
    tree: dict[str, Tree] = {name: _own(text) for name in own if (text := getattr(plan, name))}
    tree.setdefault("employer", _own(plan.name))
    if plan.type == "unknown" and plan.facts.statements.get((PLAN_TYPE, None)) is None:
        raise NoText("a plan file tells the kind of plan")
    tree["features"] = _features(book, plan.facts)
    if plan.amendments:
        tree["amendments"] = [
            {
                "name": _own(amendment.name),
                **({"adopted": amendment.adopted.isoformat()} if amendment.adopted else {}),
                "effective": amendment.effective.isoformat(),
                "features": _features(book, amendment.facts),
            }
            for amendment in plan.amendments
        ]
    if plan.groups:
        tree["groups"] = {group.name: {"label": _own(group.label), "features": _features(book, group.facts)} for group in plan.groups}
    tree |= {name: _own(text) for name in ("expected", "difference") if (text := getattr(plan, name))}
    return "\n".join(_lines(tree, "")) + "\n"


def participant_text(book: Rulebook, participant: Participant) -> str:
    """The participant file of a participant; what a file cannot say raises `NoText`."""
    tree: dict[str, Tree] = {"group": _own(participant.group)} if participant.group else {}
    tree |= _features(book, participant.facts)
    return "\n".join(_lines(tree, "")) + "\n" if tree else "{}\n"


def _features(book: Rulebook, facts: Facts) -> dict[str, Tree]:
    tree: dict[str, Tree] = {}
    for (name, year), statement in facts.statements.items():
        if name != PLAN_TYPE:
            _put(tree, [*name.split(".")[1:], *([str(year)] if year is not None else [])], _statement(statement, book.kind(name)))
    for name, rows in facts.lists.items():
        _put(tree, name.split(".")[1:], _rows(book, rows))
    return tree


def _put(tree: dict[str, Tree], path: list[str], value: Tree) -> None:
    for word in path[:-1]:
        inner = tree.setdefault(word, {})
        assert isinstance(inner, dict), "no fact's name begins with another's and a dot"
        tree = inner
    tree[path[-1]] = value


def _statement(statement: Statement, kind: Kind) -> Tree:
    match statement.state:
        case State.STATED:
            return _value(statement.value, kind)
        case State.STATED_UNKNOWN:
            return "unknown"
        case State.CONFLICTING | State.AMBIGUOUS if statement.claims:
            several = "conflicting" if statement.state is State.CONFLICTING else "readings"
            return {several: [{"value": _value(claim.value, kind)} for claim in statement.claims]}
        case state:
            raise NoText(f"a file cannot say that a fact is {state.replace('_', ' ')}, and no more")


def _rows(book: Rulebook, rows: RowsStatement) -> Tree:
    if rows.state is State.STATED:
        return [{name.rpartition(".")[2]: _statement(cell, book.kind(name)) for name, cell in row.items()} for row in rows.rows]
    if rows.state is State.STATED_UNKNOWN:
        return "unknown"
    raise NoText(f"a file cannot say that a list is {rows.state.replace('_', ' ')}")


# ------------------------------------------------------------------ YAML

_WORD = re.compile(r"(?!(?:true|false|null)$)[A-Za-z][A-Za-z0-9.()/_-]*(?: [A-Za-z0-9.()/_-]+)*", re.IGNORECASE)


def _value(value: Value, kind: Kind) -> str:
    """A value as it stands in YAML: plain where it cannot be misread, else in quotes."""
    text = written(value, kind)
    return _own(text) if kind is Kind.CHOICE else text


def _own(text: str) -> str:
    """A text of the file itself as it stands in YAML: in quotes where it could be read as a number or a word of YAML."""
    return text if _WORD.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _lines(tree: Mapping[str, Tree], indent: str) -> Iterator[str]:
    for key, value in tree.items():
        if isinstance(value, str):
            yield f"{indent}{key}: {value}"
        elif not value:
            yield f"{indent}{key}: {'{}' if isinstance(value, dict) else '[]'}"
        elif isinstance(value, dict):
            yield f"{indent}{key}:"
            yield from _lines(value, indent + "  ")
        else:
            yield f"{indent}{key}:"
            for item in value:
                yield from _item(item, indent + "  ")


def _item(item: Tree, indent: str) -> Iterator[str]:
    if isinstance(item, dict) and item and all(isinstance(value, str) for value in item.values()):
        cells = ", ".join(f"{key}: {value}" for key, value in item.items())
        yield f"{indent}- {{{cells}}}"
    elif isinstance(item, dict) and item:
        first, *rest = _lines(item, indent + "  ")
        yield f"{indent}- {first.lstrip()}"
        yield from rest
    else:
        yield f"{indent}- {{}}"
