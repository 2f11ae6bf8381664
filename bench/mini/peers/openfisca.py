"""openfisca-core: a variable with a formula for each rule, over all rows at once in NumPy.

Its whole numbers have 32 bits, so that amounts over $21,474,836 cannot be held (no row has any); products are worked out
in 64. It knows no unknown: a number that no amount comes near stands for it. A truth is 0 or 1, a word its number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from mini.outputs import BEST_WAY, OUTPUTS, PITFALLS, VERDICT, VERDICTS, WAYS, Answer, Value
from mini.peers.decisions import Compare, Constant, Extreme, Floor, Infix, Is, Name, One, Rule, Term, Test
from mini.peers.library import library
from mini.rows import FACTS, Cell

Array: TypeAlias = npt.NDArray[np.int32]
Read: TypeAlias = Mapping[str, Any]

UNKNOWN = -(2**31)
WORDS = {word: code for words in (VERDICTS, WAYS) for code, word in enumerate(words)}
PERIOD = "2026"


class OpenFisca:
    """The rules as a tax and benefit system."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        entities, periods = library("openfisca_core.entities"), library("openfisca_core.periods")
        person = entities.Entity("person", "persons", "", "")
        self._builder = library("openfisca_core.simulation_builder").SimulationBuilder
        self._system = library("openfisca_core.taxbenefitsystems").TaxBenefitSystem([person])
        common = {"value_type": int, "entity": person, "definition_period": periods.DateUnit.YEAR, "label": ""}
        variable = library("openfisca_core.variables").Variable
        for fact in FACTS:
            self._system.add_variable(type(fact, (variable,), dict(common)))
        for rule in rules:
            self._system.add_variable(type(rule.name, (variable,), {**common, "formula": _formula(rule)}))

    def answers(self, table: Mapping[str, Array]) -> dict[str, Array]:
        """The twenty values of every row."""
        simulation = self._builder().build_default_simulation(self._system, len(table["pay"]))
        for name, array in table.items():
            simulation.set_input(name, PERIOD, array)
        return {name: simulation.calculate(name, PERIOD) for name in OUTPUTS}


def prepared(table: Mapping[str, list[Cell]]) -> dict[str, Array]:
    """Rows as arrays."""
    return {name: np.array([UNKNOWN if cell is None else cell for cell in table[name]], dtype=np.int32) for name in FACTS}


def answer_at(found: Mapping[str, Array], row: int) -> Answer:
    """The answer to one row, as all engines give it."""
    return {name: _value(name, int(found[name][row])) for name in OUTPUTS}


def _value(name: str, code: int) -> Value:
    if code == UNKNOWN:
        return None
    if name in (VERDICT, BEST_WAY):
        return (VERDICTS if name == VERDICT else WAYS)[code]
    return bool(code) if name in PITFALLS else code


def _formula(rule: Rule) -> Any:
    names = rule.reads

    def formula(person: Any, period: Any) -> Any:
        read = {name: person(name, period) for name in names}
        found = _term(rule.otherwise, read)
        for case in reversed(rule.cases):
            holds = reduce(np.logical_or, [_test(test, read) for test in case.any_of])
            found = np.where(holds, _term(case.value, read), found)
        return found

    return formula


def _test(test: Test, read: Read) -> Any:
    match test:
        case Is(name, what):
            return read[name] == (UNKNOWN if what is None else int(what))
        case Compare(sign, left, right):
            return _COMPARE[sign](_term(left, read), _term(right, read))


def _term(term: Term, read: Read) -> Any:
    match term:
        case Constant(value):
            return UNKNOWN if value is None else WORDS[value] if isinstance(value, str) else int(value)
        case Name(name):
            return read[name]
        case Infix("*", left, right):
            return np.multiply(_term(left, read), _term(right, read), dtype=np.int64)
        case Infix(sign, left, right):
            return (np.add if sign == "+" else np.subtract)(_term(left, read), _term(right, read))
        case Floor(inner, by):
            return _term(inner, read) // by
        case Extreme(least, left, right):
            return (np.minimum if least else np.maximum)(_term(left, read), _term(right, read))
        case One(test):
            return _test(test, read).astype(np.int32)
        case Compare():
            return _test(term, read).astype(np.int32)


_COMPARE = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "==": np.equal}
