"""The rule book that ships, for tests whose strategies need it before any fixture is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date

from hypothesis import HealthCheck, Phase, settings

from planproof import core as c
from planproof.core import Core
from planproof.evaluate import Evaluator
from planproof.plan import Asked
from planproof.rulebook import load_rulebook


def _core() -> Core:
    book, _, diagnostics = load_rulebook()
    assert book is not None, diagnostics
    return book.core


CORE = _core()
EVALUATOR = Evaluator(CORE)
PLAIN = tuple(definition.name for definition in CORE.definitions if definition.row is None)
ASKED = Asked(2026, date(2026, 12, 31))
SETTINGS = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def parts(node: object) -> Iterator[object]:
    """A tree of dataclasses and tuples, node by node."""
    yield node
    if isinstance(node, tuple):
        for item in node:
            yield from parts(item)
    elif is_dataclass(node):
        for field in fields(node):
            yield from parts(getattr(node, field.name))


DEFINITIONS = {definition.name: definition for definition in CORE.definitions}
FACTS = {fact.name: fact for fact in CORE.facts}
LISTS = {listed.row: listed for listed in CORE.lists}
KEYS = {named.name: named.key for named in CORE.parameters} | {fact.name: fact.key for fact in CORE.facts}


def named_in(node: object) -> set[str]:
    """What an expression names: facts, parameters, definitions, and lists."""
    found: set[str] = set()
    for part in parts(node):
        if isinstance(part, c.Named | c.Keyed | c.Cell):
            found.add(part.name)
        if isinstance(part, c.Aggregate | c.Allocate | c.Cell):
            found.add(LISTS[part.row].name)
    return found


def reached(*names: str, but: str = "") -> set[str]:
    """All that these can depend on, themselves included; not through one definition."""
    seen: set[str] = {but}
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        seen.add(name)
        below = {KEYS.get(name) or name}
        if name in DEFINITIONS:
            below |= named_in(DEFINITIONS[name].branches)
        if name in FACTS:
            below |= named_in(FACTS[name].applies)
        waiting |= below - seen
    return seen


def read_by(*names: str, but: str = "") -> set[str]:
    """The facts and lists that these can depend on; not through one definition."""
    return reached(*names, but=but) & (FACTS.keys() | {listed.name for listed in CORE.lists})
