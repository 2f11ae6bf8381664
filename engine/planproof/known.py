"""The law as it was known on a date: what was published or enacted later is not there. From core to core.

An exception, a presumption, a pitfall or a note on a path that came later is left out. A figure that came later is not
published. A definition cannot be left out, as others read it: one whose base came later rests on a figure that is not
published, so that it is unknown and never guessed; but a base that says `no` stays, as it says that the rest is not
there. What names no date was always known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from planproof.core import Authority, Branch, Core, Definition, Fact, Literal, Named, Parameter, Path
from planproof.types import TRUTH

_NO = Literal(False, TRUTH)


def known_on(core: Core, day: date) -> Core:
    """The core without what was published after the day."""
    parameters = [_parameter(parameter, day) for parameter in core.parameters]
    later = [definition for definition in core.definitions if _came_later(definition, day)]
    return replace(
        core,
        facts=tuple(_fact(fact, day) for fact in core.facts),
        parameters=(*parameters, *map(_unpublished, later)),
        definitions=tuple(_definition(definition, day) for definition in core.definitions),
        paths=tuple(_path(path, day) for path in core.paths),
        pitfalls=tuple(pitfall for pitfall in core.pitfalls if _known(pitfall.authority, day)),
    )


def _known(authority: Authority, day: date) -> bool:
    return authority.published is None or authority.published <= day


def _fact(fact: Fact, day: date) -> Fact:
    return fact if fact.presumed is None or _known(fact.presumed.authority, day) else replace(fact, presumed=None)


def _parameter(parameter: Parameter, day: date) -> Parameter:
    """What says that the law was not in force in a year stays: it was not, whoever said so later."""
    values = tuple(value for value in parameter.values if not value.in_force or _known(value.authority, day))
    return replace(parameter, values=values)


def _definition(definition: Definition, day: date) -> Definition:
    base, *exceptions = definition.branches
    if _came_later(definition, day):
        return replace(definition, branches=(replace(base, body=Named(_provision(definition))),))
    kept = [branch for branch in exceptions if _known(branch.authority, day)]
    labels = {branch.label for branch in kept}
    return replace(definition, branches=(base, *(_over(branch, labels) for branch in kept)))


def _came_later(definition: Definition, day: date) -> bool:
    return not _known(definition.base.authority, day) and definition.base.body != _NO


def _over(branch: Branch, labels: Iterable[str]) -> Branch:
    return replace(branch, over=tuple(label for label in branch.over if label in labels))


def _provision(definition: Definition) -> str:
    return f"{definition.name}.provision"


def _unpublished(definition: Definition) -> Parameter:
    """The figure, never published, that a definition rests on whose base came later."""
    label = f"Provision: {definition.label}"
    return Parameter(_provision(definition), definition.type, label, None, definition.base.authority, (), definition.span)


def _path(path: Path, day: date) -> Path:
    return replace(path, notes=tuple(note for note in path.notes if _known(note.authority, day)))
