"""What somebody wants to be given: an option of the verdict, a path that is open, or a value of a definition, as a test."""

from __future__ import annotations

import re
from dataclasses import dataclass

from planproof import core as c
from planproof.diagnostics import Diagnostic, clip, did_you_mean
from planproof.rulebook import Rulebook
from planproof.statements import expected, parse_value
from planproof.types import NUMERIC, TRUTH, Kind

_FORM = re.compile(r"\s*([a-z][a-z0-9_.]*)\s*(?:(>=|<=|=|>|<)\s*(.*?))?\s*", re.DOTALL)
_TESTS = {">=": "at_least", "<=": "at_most", "=": "equal", ">": "greater", "<": "less"}
_ORDERED = NUMERIC | {Kind.DATE, Kind.YEAR}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A test over the rule book that holds where somebody is given what is wanted; `name` is what it is about."""

    text: str
    name: str
    test: c.Expression


def best(book: Rulebook) -> str:
    """What is wanted if nobody says: the first option of the verdict."""
    assert book.core.verdict is not None, "a rule book that gives no verdict answers nothing"
    return book.definitions[book.core.verdict.name].type.options[0]


def wanted(book: Rulebook, text: str) -> Wanted | Diagnostic:
    """The test that a text asks for, or what is wrong with the text."""
    match = _FORM.fullmatch(text)
    name, sign, value = match.groups() if match else (text.strip(), None, "")
    if sign is None:
        return _named(book, name)
    definition = book.definitions.get(name)
    if definition is None or definition.row is not None:
        return _no_such(book, name)
    if sign != "=" and definition.type.kind not in _ORDERED:
        return Diagnostic("wanted-value", f"`{name}` is {definition.type} and has no order", None, f"write `{name}=VALUE`")
    good, found = parse_value(definition.type, value)
    if not good:
        noun, help_ = expected(definition.type)
        return Diagnostic("wanted-value", f"`{clip(value)}` is not {noun}", None, help_)
    read = c.Named(name)
    test = c.IsNone(read) if found is None else c.Apply(_TESTS[sign], (read, c.Literal(found, definition.type)))
    return Wanted(f"{name}{sign}{value}", name, test)


def _named(book: Rulebook, name: str) -> Wanted | Diagnostic:
    """An option of the verdict, a path in any phase or in one, or a definition that is yes."""
    verdict = book.core.verdict
    assert verdict is not None, "a rule book that gives no verdict answers nothing"
    type_ = book.definitions[verdict.name].type
    if name in type_.options:
        return Wanted(name, verdict.name, c.Apply("equal", (c.Named(verdict.name), c.Literal(name, type_))))
    path = next((path for path in book.core.paths if path.name == name), None)
    if path is not None:
        return Wanted(name, name, c.AnyOf(tuple(c.Named(phase) for _, phase in path.phases)))
    definition = book.definitions.get(name)
    if definition is None or definition.row is not None or definition.type != TRUTH:
        return _no_such(book, name)
    return Wanted(name, name, c.Named(name))


def _no_such(book: Rulebook, name: str) -> Diagnostic:
    verdict = book.core.verdict
    assert verdict is not None, "a rule book that gives no verdict answers nothing"
    definition = book.definitions.get(name)
    if definition is not None and definition.row is None:
        return Diagnostic("wanted-value", f"`{name}` is {definition.type}", None, f"say which value: `{name}=VALUE`")
    options = book.definitions[verdict.name].type.options
    names = [*options, *(path.name for path in book.core.paths), *(d.name for d in book.core.definitions if d.row is None)]
    help_ = did_you_mean(name, names) or f"the options are {', '.join(options)}; paths and amounts are those of `check`"
    return Diagnostic("wanted-unknown", f"`{clip(name)}` is no option of the verdict, path or amount", None, help_)
