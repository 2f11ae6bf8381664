"""The reference evaluator: core and facts to steps. Strict built-ins, Kleene logic, defeasible exceptions.

Every definition is compiled once to closures over a `Run`. A closure reads other steps through the run, so a step's
inputs are what it really read. Which branch of a definition holds is told in `logic`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, assert_never

from planproof import core as c
from planproof import evaluate_rows as rows
from planproof import evaluate_stated as stated
from planproof.functions import FUNCTIONS, TESTS
from planproof.logic import all_of, any_of, chosen, merged, negated, outcomes
from planproof.order import dependencies
from planproof.plan import Asked, Facts
from planproof.proof import DefinitionStep, Step
from planproof.run import Compiled, Program, Run, Silence
from planproof.types import Kind
from planproof.values import Result, State, Unknown, unknown_because


class Evaluator:
    """A rule book compiled for evaluation; make it once, run it for every plan and participant."""

    def __init__(self, core: c.Core) -> None:
        self.core = core
        self.definitions = {definition.name: definition for definition in core.definitions}
        self.lists = {listed.row: listed for listed in core.lists}
        self._facts = {fact.name: fact for fact in core.facts}
        self._parameters = {parameter.name: parameter for parameter in core.parameters}
        self._guards: dict[str, Compiled] = {}
        self.program = Program(self.compile)
        self._silences: dict[Asked, Silence | None] = {}
        derivers = self.program.derivers
        derivers[c.ASKED_YEAR] = lambda run: stated.asked(c.ASKED_YEAR, run.asked.year)
        derivers[c.ASKED_DATE] = lambda run: stated.asked(c.ASKED_DATE, run.asked.date)
        for fact in core.facts:
            if fact.key is None:
                derivers[fact.name] = stated.plain_fact(fact, self._guard(fact))
            else:
                self.program.keys[fact.name] = fact.key
        for parameter in core.parameters:
            if parameter.key is None:
                derivers[parameter.name] = stated.constant(parameter)
            else:
                self.program.keys[parameter.name] = parameter.key
        for definition in core.definitions:
            derivers[definition.name] = self._definition(definition)

    def run(self, facts: Facts, asked: Asked, given: Mapping[str, Result] | None = None) -> Run:
        """A run over some facts; `given` replaces definitions by values."""
        return Run(self.program, facts, asked, given or {}, self._silence(asked))

    def _silence(self, asked: Asked) -> Silence | None:
        """The run without facts; it pays from the second run of a question on, and the first has none."""
        if asked not in self._silences:
            if len(self._silences) == _MOST_SILENCES:
                self._silences.clear()
            self._silences[asked] = None
            return None
        silence = self._silences[asked]
        if silence is None:
            silence = self._silences[asked] = Silence(Run(self.program, Facts(), asked, {}), self.touches, self.bit)
        return silence

    @cached_property
    def _readers(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        return _touches(self.core)

    @property
    def touches(self) -> Mapping[str, int]:
        """For each name the names that read it, directly or through others, itself included, as bits."""
        return self._readers[0]

    @property
    def bit(self) -> Mapping[str, int]:
        """The bit of each name in `touches`."""
        return self._readers[1]

    def _guard(self, fact: c.Fact | None) -> Compiled | None:
        """What says whether a fact applies, compiled once."""
        if fact is None or fact.applies is None:
            return None
        if fact.name not in self._guards:
            self._guards[fact.name] = self.compile(fact.applies)
        return self._guards[fact.name]

    # -------------------------------------------------------------- definitions

    def _definition(self, definition: c.Definition) -> Compiled:
        if len(definition.branches) == 1:
            return _plain(definition, self._body(definition.base.body))
        exceptions = definition.branches[1:]
        guards = [self.compile(branch.guard) for branch in exceptions if branch.guard is not None]
        return _defeasible(definition, [self._body(branch.body) for branch in definition.branches], guards)

    def _body(self, body: c.Expression) -> Compiled:
        """A branch's value; where it rounds, the run keeps the value before."""
        if not isinstance(body, c.Apply) or not _rounds(body):
            return self.compile(body)
        inner = self.compile(body.arguments[0])
        step = body.arguments[1]
        assert isinstance(step, c.Literal)
        function, size = FUNCTIONS[body.function].apply, step.value
        absent = _absent_operand(body)

        def read(run: Run) -> Result:
            value = inner(run)
            if value is None:
                return absent([value, size])
            if value.__class__ is Unknown:
                return merged([value])
            run.before = value
            return function(value, size)

        return read

    # -------------------------------------------------------------- expressions

    def compile(self, node: c.Expression) -> Compiled:
        """A closure that gives the expression's value in a run."""
        match node:
            case c.Literal(value):
                return lambda run: value
            case c.Named(name):
                return _named(name)
            case c.Keyed(name):
                fact = self._facts.get(name)
                return stated.keyed(node, fact, self._parameters.get(name), self.compile, self._guard(fact))
            case c.Cell(row):
                return rows.cell(self.lists[row], node)
            case c.Apply():
                return self._apply(node)
            case c.AllOf(operands):
                return _connective(all_of, [self.compile(operand) for operand in operands])
            case c.AnyOf(operands):
                return _connective(any_of, [self.compile(operand) for operand in operands])
            case c.Not(operand):
                inner = self.compile(operand)
                return lambda run: negated(inner(run))
            case c.IsKnown(operand):
                inner = self.compile(operand)
                return lambda run: inner(run).__class__ is not Unknown
            case c.IsNone(operand):
                return _is_none(self.compile(operand))
            case c.Aggregate(_, row):
                return rows.aggregate(self.lists[row], node, self.compile)
            case c.Allocate(_, row):
                return rows.allocate(self.lists[row], node, self.compile)
            case _:
                assert_never(node)

    def _apply(self, node: c.Apply) -> Compiled:
        function = FUNCTIONS[node.function].apply
        parts = [self.compile(argument) for argument in node.arguments]
        absent = _absent_test if node.function in TESTS else _absent_operand(node)
        if len(parts) == 2 and isinstance(node.arguments[1], c.Literal):
            return _apply_to_literal(function, parts[0], node.arguments[1].value, absent)
        if len(parts) == 2:
            return _apply_two(function, parts[0], parts[1], absent)

        def read(run: Run) -> Result:
            values = [part(run) for part in parts]
            if any(value is None for value in values):
                return absent(values)
            if any(value.__class__ is Unknown for value in values):
                return merged(values)
            return function(*values)

        return read


_MOST_SILENCES = 32
_BASE_ONLY = ("",)


def _touches(core: c.Core) -> tuple[dict[str, int], dict[str, int]]:
    """For each name the names that read it, directly or through others, itself included, as bits; and the bit of each name."""
    graph = {c.ASKED_YEAR: (), c.ASKED_DATE: (), **dependencies(core)}
    for listed in core.lists:
        graph |= {column.name: (listed.row,) for column in listed.columns}
        graph |= {listed.row: (listed.name,), listed.name: ()}
    names = sorted({*graph, *(name for read in graph.values() for name in read)})
    bit = {name: 1 << number for number, name in enumerate(names)}
    readers: dict[str, list[str]] = {name: [] for name in names}
    for name, read in graph.items():
        for other in read:
            readers[other].append(name)
    touches: dict[str, int] = {}
    for name in names:
        reached, waiting = bit[name], [name]
        while waiting:
            for reader in readers[waiting.pop()]:
                if not reached & bit[reader]:
                    reached |= bit[reader]
                    waiting.append(reader)
        touches[name] = reached
    return touches, bit


def _instead_of_none(definition: c.Definition) -> Result:
    """What a definition makes of an absent value: a yes/no one says no, one without `or none` has no value."""
    if definition.type.optional:
        return None
    if definition.type.kind is Kind.TRUTH:
        return False
    return unknown_because(definition.name, State.NOT_APPLICABLE)


def _plain(definition: c.Definition, body: Compiled) -> Compiled:
    """Derives the step of a definition without exceptions."""
    name, row, rounds = definition.name, definition.row, _rounds(definition.base.body)
    gone = _instead_of_none(definition)

    def derive(run: Run) -> DefinitionStep:
        outer = run.reads
        reads: list[Step] = []
        run.reads = reads
        value = body(run)
        run.reads = outer
        if value is None:
            value = gone
        before = run.before if rounds and value.__class__ is not Unknown else None
        at = None if row is None else run.rows[row]
        return DefinitionStep(name, at, value, before, _BASE_ONLY, (), tuple(dict.fromkeys(reads)))

    return derive


def _defeasible(definition: c.Definition, bodies: list[Compiled], guards: list[Compiled]) -> Compiled:
    """Derives the step of a definition with exceptions: every guard is read, and every branch that can hold."""
    name, row = definition.name, definition.row
    labels = tuple(branch.label for branch in definition.branches)
    exceptions, named = definition.branches[1:], labels[1:]
    over = [frozenset(i for i, other in enumerate(exceptions) if other.label in branch.over) for branch in exceptions]
    rounding = [_rounds(branch.body) for branch in definition.branches]
    gone = _instead_of_none(definition)
    none_holds = tuple([(label, False) for label in named])

    def derive(run: Run) -> DefinitionStep:
        outer = run.reads
        reads: list[Step] = []
        run.reads = reads
        held = [guard(run) or False for guard in guards]  # what is absent is no
        if any(held):
            value, taken, rounds = several(run, held)
            guarded: tuple[tuple[str, Result], ...] = tuple(zip(named, held, strict=True))
        else:
            value, taken, rounds, guarded = bodies[0](run), _BASE_ONLY, rounding[0], none_holds
        run.reads = outer
        if value is None:
            value = gone
        before = run.before if rounds and value.__class__ is not Unknown else None
        at = None if row is None else run.rows[row]
        return DefinitionStep(name, at, value, before, taken, guarded, tuple(dict.fromkeys(reads)))

    def several(run: Run, held: list[Any]) -> tuple[Result, tuple[str, ...], bool]:
        branches, possible, unknown = outcomes(name, held, over, named)
        values = [bodies[branch](run) for branch in branches]
        value = chosen(name, [gone if value is None else value for value in values], unknown)
        return value, tuple([labels[branch] for branch in possible]), len(possible) == 1 and rounding[branches[0]]

    return derive


def _rounds(body: c.Expression) -> bool:
    return isinstance(body, c.Apply) and body.function.startswith("round_")


def _apply_two(function: Callable[..., Result], first: Compiled, second: Compiled, absent: Callable[[list[Any]], Result]) -> Compiled:
    def read(run: Run) -> Result:
        left, right = first(run), second(run)
        if left is None or right is None:
            return absent([left, right])
        if left.__class__ is Unknown:
            return merged((left, right)) if right.__class__ is Unknown else left
        return right if right.__class__ is Unknown else function(left, right)

    return read


def _apply_to_literal(function: Callable[..., Result], first: Compiled, right: Any, absent: Callable[[list[Any]], Result]) -> Compiled:
    def read(run: Run) -> Result:
        left: Result = first(run)
        if left.__class__ is Unknown:
            return left
        if left is None or right is None:
            return absent([left, right])
        return function(left, right)

    return read


def _named(name: str) -> Compiled:
    def read(run: Run) -> Result:
        step = run.memo.get(name) or run.step(name)
        run.reads.append(step)
        value: Result = step.value
        return value

    return read


def _connective(function: Callable[[list[Any]], Result], parts: list[Compiled]) -> Compiled:
    if len(parts) == 2:
        first, second = parts
        return lambda run: function([first(run), second(run)])
    return lambda run: function([part(run) for part in parts])


def _is_none(inner: Compiled) -> Compiled:
    def read(run: Run) -> Result:
        value = inner(run)
        return merged([value]) if value.__class__ is Unknown else value is None

    return read


def _absent_test(values: list[Any]) -> bool:
    """Any test on what is absent is no."""
    return False


def _absent_operand(node: c.Apply) -> Callable[[list[Any]], Unknown]:
    """Arithmetic on what is absent has no value; the reason names it."""
    names = [getattr(argument, "name", node.function) for argument in node.arguments]

    def absent(values: list[Any]) -> Unknown:
        gone = [unknown_because(name, State.NOT_APPLICABLE) for name, value in zip(names, values, strict=True) if value is None]
        return merged([*gone, *values])

    return absent
