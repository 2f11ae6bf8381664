"""The reference evaluator: core and facts to proof. Strict built-ins, Kleene logic, defeasible exceptions.

Every definition is compiled once to closures over a `Run`, which holds the facts of one question and remembers each
step it has derived. A closure reads other steps through the run, so a step's inputs are what it really read.

Exceptions. Let each guard be yes, no or unknown, completed independently. An exception is an outcome if its guard is
not no and it is over every other exception whose guard is yes; the base is an outcome if no guard is yes. Two
exceptions that can both hold with neither over the other, and neither beaten by one that surely holds, are a
possible conflict. Without one, and with all outcomes known and equal, that is the value; otherwise it is unknown.
No outcome at all is a conflict in every completion: an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, TypeAlias, assert_never

from planproof import core as c
from planproof.functions import FUNCTIONS, TESTS
from planproof.plan import Asked, Facts, Statement
from planproof.proof import AskedStep, DefinitionStep, FactStep, GivenStep, ListStep, ParameterStep, Step
from planproof.values import Exact, Reason, Result, State, Unknown, normal, unknown_because

Compiled: TypeAlias = Callable[["Run"], Any]
_NOT_GIVEN = frozenset[Reason]()


class Evaluator:
    """A rule book compiled for evaluation; make it once, run it for every plan and participant."""

    def __init__(self, core: c.Core) -> None:
        self.core = core
        self.definitions = {definition.name: definition for definition in core.definitions}
        self.facts = {fact.name: fact for fact in core.facts}
        self.parameters = {parameter.name: parameter for parameter in core.parameters}
        self.lists = {listed.row: listed for listed in core.lists}
        self.derivers: dict[str, Compiled] = {}
        for definition in core.definitions:
            self.derivers[definition.name] = _definition(self, definition)
        for fact in core.facts:
            if fact.key is None:
                self.derivers[fact.name] = _plain_fact(self, fact)
        for parameter in core.parameters:
            if parameter.key is None:
                self.derivers[parameter.name] = _constant(parameter)
        self.derivers[c.ASKED_YEAR] = lambda run: _asked(c.ASKED_YEAR, run.asked.year)
        self.derivers[c.ASKED_DATE] = lambda run: _asked(c.ASKED_DATE, run.asked.date)

    def run(self, facts: Facts, asked: Asked, given: Mapping[str, Result] | None = None) -> Run:
        """A run over some facts; `given` replaces definitions by values."""
        return Run(self, facts, asked, given or {})


class Run:
    """One question being answered: facts, rows at hand, steps derived so far."""

    __slots__ = ("asked", "before", "derivers", "evaluator", "facts", "given", "memo", "reads", "rows")

    def __init__(self, evaluator: Evaluator, facts: Facts, asked: Asked, given: Mapping[str, Result]) -> None:
        self.evaluator = evaluator
        self.derivers = evaluator.derivers
        self.facts = facts
        self.asked = asked
        self.given = given
        self.memo: dict[Any, Any] = {}
        self.reads: list[Step] = []
        self.rows: dict[str, int] = {}
        self.before: Exact | None = None

    def step(self, name: str) -> Step:
        """The step of a definition, a fact or parameter without years, or what was asked."""
        step: Step | None = self.memo.get(name)
        if step is None:
            given = self.given.get(name, self)
            step = self.derivers[name](self) if given is self else GivenStep(name, given)  # type: ignore[arg-type]
            self.memo[name] = step
        return step

    def keyed(self, name: str) -> Step:
        """The step of a fact or parameter for the year it is keyed by."""
        evaluator = self.evaluator
        key = (evaluator.facts.get(name) or evaluator.parameters[name]).key
        assert key is not None
        return self._outside(compile_expression(evaluator, c.Keyed(name, c.Named(key), own=True)))[1][-1]

    def cell(self, row: str, name: str, index: int) -> Step:
        """The step of a column or definition of one row, counted from 0."""
        outer, self.rows = self.rows, {row: index}
        step = self._outside(compile_expression(self.evaluator, c.Cell(row, name)))[1][-1]
        self.rows = outer
        return step

    def value(self, expression: c.Expression) -> Result:
        """The value of an expression by itself, outside any step."""
        return self._outside(compile_expression(self.evaluator, expression))[0]

    def _outside(self, compiled: Compiled) -> tuple[Result, list[Step]]:
        outer, self.reads = self.reads, []
        value = compiled(self)
        reads, self.reads = self.reads, outer
        return value, reads


def merged(values: list[Any]) -> Unknown:
    """The unknown that strict use of these values gives: every reason, an error if one is."""
    unknowns = [value for value in values if value.__class__ is Unknown]
    if len(unknowns) == 1:
        return unknowns[0]
    return Unknown(frozenset().union(*(u.reasons for u in unknowns)), any(u.error for u in unknowns))


# ------------------------------------------------------------------ facts and parameters


def _asked(name: str, value: Any) -> AskedStep:
    return AskedStep(name, unknown_because(name, State.NOT_STATED) if value is None else value)


def _plain_fact(evaluator: Evaluator, fact: c.Fact) -> Compiled:
    name = fact.name
    guard = compile_expression(evaluator, fact.applies) if fact.applies else None
    at = (name, None)

    def derive(run: Run) -> FactStep:
        return _fact_step(run, fact, guard, None, run.facts.statements.get(at), _NOT_GIVEN)

    return derive


def _fact_step(run: Run, fact: c.Fact, guard: Compiled | None, key: int | None, statement: Statement | None, why: frozenset[Reason]) -> FactStep:
    outer, run.reads = run.reads, []
    applies = True if guard is None else guard(run)
    inputs = tuple(dict.fromkeys(run.reads))
    run.reads = outer
    if applies is False:
        return FactStep(fact.name, key, None, None, State.NOT_APPLICABLE, statement, inputs)
    if statement is not None and statement.state is State.STATED:
        return FactStep(fact.name, key, None, statement.value, State.STATED, statement, inputs)
    if statement is None and fact.presumed is not None:
        return FactStep(fact.name, key, None, fact.presumed.value, State.PRESUMED, None, inputs)
    state = statement.state if statement else State.NOT_STATED
    reasons = why or frozenset((Reason(fact.name, state, key),))
    if applies is not True:
        reasons |= applies.reasons
    return FactStep(fact.name, key, None, Unknown(reasons), state, statement, inputs)


def _constant(parameter: c.Parameter) -> Compiled:
    step = ParameterStep(parameter.name, None, parameter.values[0].value, ())
    return lambda run: step


def _parameter_step(parameter: c.Parameter, key: Any, inputs: tuple[Step, ...]) -> ParameterStep:
    if key.__class__ is Unknown:
        return ParameterStep(parameter.name, None, key, inputs)
    row = next((value for value in parameter.values if value.key == key), None)
    if row is None:
        return ParameterStep(parameter.name, key, unknown_because(parameter.name, State.PARAMETER_UNPUBLISHED, key=key), inputs)
    if not row.in_force:
        return ParameterStep(parameter.name, key, unknown_because(parameter.name, State.NOT_IN_FORCE, key=key), inputs)
    return ParameterStep(parameter.name, key, row.value, inputs)


def _keyed(evaluator: Evaluator, node: c.Keyed) -> Compiled:
    key_of = compile_expression(evaluator, node.key)
    fact, parameter = evaluator.facts.get(node.name), evaluator.parameters.get(node.name)
    guard = compile_expression(evaluator, fact.applies) if fact and fact.applies else None

    def read(run: Run) -> Result:
        key, reads = run._outside(key_of)
        at = (node.name, None if key.__class__ is Unknown else key, node.own)
        step: Step | None = run.memo.get(at)
        if step is None:
            inputs = tuple(dict.fromkeys(reads))
            if parameter is not None:
                step = _parameter_step(parameter, key, inputs)
            else:
                assert fact is not None
                step = _keyed_fact(run, fact, guard, key, node.own, inputs)
            run.memo[at] = step
        run.reads.append(step)
        return step.value

    return read


def _keyed_fact(run: Run, fact: c.Fact, guard: Compiled | None, key: Any, own: bool, inputs: tuple[Step, ...]) -> FactStep:
    """A plain value answers the fact's own year, even where that year is not known; a value of a year answers it."""
    statements, name = run.facts.statements, fact.name
    plain = statements.get((name, None))
    known = key.__class__ is not Unknown
    statement = statements.get((name, key)) if known else None
    assert fact.key is not None
    if statement is None and plain is not None and (own or (known and run.step(fact.key).value == key)):
        statement = plain
    why = _NOT_GIVEN
    if statement is None and not known and any(at[0] == name for at in statements):
        why = key.reasons
    step = _fact_step(run, fact, guard, key if known else None, statement, why)
    return FactStep(step.name, step.key, None, step.value, step.state, step.statement, tuple(dict.fromkeys((*inputs, *step.inputs))))


# ------------------------------------------------------------------ lists


def _rows(run: Run, listed: c.ListFact) -> int | Unknown:
    step: ListStep | None = run.memo.get(listed.name)
    if step is None:
        statement = run.facts.lists.get(listed.name)
        value: int | Unknown
        if statement is None or statement.state is not State.STATED:
            value = unknown_because(listed.name, statement.state if statement else State.NOT_STATED)
        else:
            value = len(statement.rows)
        step = run.memo[listed.name] = ListStep(listed.name, value, statement)
    run.reads.append(step)
    return step.value  # type: ignore[return-value]


def _cell(evaluator: Evaluator, node: c.Cell) -> Compiled:
    row, name = node.row, node.name
    deriver = evaluator.derivers.get(name)
    listed = evaluator.lists[row].name

    def read(run: Run) -> Result:
        index = run.rows[row]
        step: Step | None = run.memo.get((name, index))
        if step is None:
            step = run.memo[name, index] = derive(run, index)
        run.reads.append(step)
        return step.value

    def derive(run: Run, index: int) -> Step:
        if name in evaluator.definitions:
            outer, run.rows = run.rows, {row: index}
            step: Step = (deriver or evaluator.derivers[name])(run)
            run.rows = outer
            return step
        statement = run.facts.lists[listed].rows[index].get(name)
        if statement is not None and statement.state is State.STATED:
            return FactStep(name, None, index, statement.value, State.STATED, statement, ())
        state = statement.state if statement else State.NOT_STATED
        return FactStep(name, None, index, unknown_because(name, state, detail=f"row {index + 1}"), state, statement, ())

    return read


def _in_order(evaluator: Evaluator, row: str) -> Callable[[Run], Any]:
    """The indexes of the rows in the list's order, or why it is not known."""
    listed = evaluator.lists[row]

    def read(run: Run) -> list[int] | Unknown:
        count = _rows(run, listed)
        if isinstance(count, Unknown):
            return count
        if listed.order is None:
            return list(range(count))
        ranks = [_at(run, row, index, order) for index in range(count)]
        if any(rank.__class__ is Unknown for rank in ranks):
            return merged(ranks)
        return sorted(range(count), key=lambda index: ranks[index])

    order = _cell(evaluator, c.Cell(row, listed.order)) if listed.order else _nothing
    return read


def _nothing(run: Run) -> None:
    return None


def _at(run: Run, row: str, index: int, compiled: Compiled) -> Any:
    outer, run.rows = run.rows, {**run.rows, row: index}
    value = compiled(run)
    run.rows = outer
    return value


def _aggregate(evaluator: Evaluator, node: c.Aggregate) -> Compiled:
    body = compile_expression(evaluator, node.body)
    where = compile_expression(evaluator, node.where) if node.where else None
    indexes = _in_order(evaluator, node.row) if node.earlier else _all_rows(evaluator, node.row)
    kind, row = node.kind, node.row

    def read(run: Run) -> Result:
        rows = indexes(run)
        if rows.__class__ is Unknown:
            return rows  # type: ignore[no-any-return]
        if node.earlier:
            rows = rows[: rows.index(run.rows[row])]
        kept = [(index, True if where is None else _at(run, row, index, where)) for index in rows]
        if kind is c.Aggregation.SOME or kind is c.Aggregation.EVERY:
            return _quantify(kind, [(keep, _at(run, row, index, body)) for index, keep in kept])
        if any(keep.__class__ is Unknown for _, keep in kept):
            return merged([keep for _, keep in kept])
        values = [_at(run, row, index, body) for index, keep in kept if keep]
        if any(value.__class__ is Unknown for value in values):
            return merged(values)
        if any(value is None for value in values):
            return unknown_because(row, State.NOT_APPLICABLE)
        return _gathered(kind, row, values)

    return read


def _all_rows(evaluator: Evaluator, row: str) -> Callable[[Run], Any]:
    listed = evaluator.lists[row]

    def read(run: Run) -> range | Unknown:
        count = _rows(run, listed)
        return count if isinstance(count, Unknown) else range(count)

    return read


def _quantify(kind: c.Aggregation, rows: list[tuple[Any, Any]]) -> bool | Unknown:
    if kind is c.Aggregation.SOME:
        return _any([_all([keep, value]) for keep, value in rows])
    return _all([_any([_not(keep), value]) for keep, value in rows])


def _gathered(kind: c.Aggregation, row: str, values: list[Any]) -> Result:
    if kind is c.Aggregation.TOTAL or kind is c.Aggregation.COUNT:
        return normal(sum(values))
    if not values:
        return unknown_because(row, State.NO_ROWS, error=True)
    if kind is c.Aggregation.AVERAGE:
        return normal(Fraction(sum(values)) / len(values))
    return max(values) if kind is c.Aggregation.HIGHEST else min(values)  # type: ignore[no-any-return]


def _allocate(evaluator: Evaluator, node: c.Allocate) -> Compiled:
    """The whole allocation is computed once in a run; each row then reads its own share."""
    indexes = _in_order(evaluator, node.row)
    amount = compile_expression(evaluator, node.amount)
    measure = compile_expression(evaluator, node.measure)
    where = compile_expression(evaluator, node.where) if node.where else None

    def shares(run: Run) -> dict[int, Exact] | Unknown:
        rows, total = indexes(run), amount(run)
        if rows.__class__ is Unknown or total.__class__ is Unknown:
            return merged([rows, total])
        kept = [True if where is None else _at(run, node.row, index, where) for index in rows]
        if any(keep.__class__ is Unknown for keep in kept):
            return merged(kept)
        chosen = [index for index, keep in zip(rows, kept, strict=True) if keep]
        measures = [_at(run, node.row, index, measure) for index in chosen]
        if any(value.__class__ is Unknown for value in (*measures, total)):
            return merged([*measures, total])
        if total is None or any(value is None for value in measures):
            return unknown_because(node.row, State.NOT_APPLICABLE)
        spread = _filled if node.kind is c.Allocation.FILL else _levelled
        return dict(zip(chosen, spread(total, measures), strict=True))

    def read(run: Run) -> Result:
        at = ("allocation", id(node))
        if at not in run.memo:
            run.memo[at] = run._outside(shares)  # type: ignore[arg-type]
        found, reads = run.memo[at]
        run.reads.extend(reads)
        return found if isinstance(found, Unknown) else found.get(run.rows[node.row], 0)

    return read


def _filled(total: Exact, measures: list[Exact]) -> list[Exact]:
    """Each in turn up to its measure, until nothing is left."""
    shares: list[Exact] = []
    for measure in measures:
        share = max(0, min(total, measure))
        shares.append(share)
        total -= share
    return shares


def _levelled(total: Exact, measures: list[Exact]) -> list[Exact]:
    """Taken from the highest first, until the rest are level at a whole cent; odd cents fall on earlier rows."""
    total = max(0, min(total, sum(max(0, measure) for measure in measures)))
    low, high = 0, int(max(measures, default=0))
    while low < high:
        middle = (low + high + 1) // 2
        if sum(max(0, measure - middle) for measure in measures) >= total:
            low = middle
        else:
            high = middle - 1
    shares = [max(0, measure - low) for measure in measures]
    spare = sum(shares) - total
    for index in range(len(shares) - 1, -1, -1):
        if spare > 0 and shares[index] > 0:
            shares[index] -= 1
            spare -= 1
    return shares


# ------------------------------------------------------------------ expressions


def compile_expression(evaluator: Evaluator, node: c.Expression) -> Compiled:
    """A closure that gives the expression's value in a run."""
    match node:
        case c.Literal(value):
            return lambda run: value
        case c.Named(name):
            return _named(name)
        case c.Keyed():
            return _keyed(evaluator, node)
        case c.Cell():
            return _cell(evaluator, node)
        case c.Apply():
            return _apply(evaluator, node)
        case c.All(operands):
            parts = [compile_expression(evaluator, operand) for operand in operands]
            return lambda run: _all([part(run) for part in parts])
        case c.Any_(operands):
            parts = [compile_expression(evaluator, operand) for operand in operands]
            return lambda run: _any([part(run) for part in parts])
        case c.Not(operand):
            inner = compile_expression(evaluator, operand)
            return lambda run: _not(inner(run))
        case c.IsKnown(operand):
            inner = compile_expression(evaluator, operand)
            return lambda run: inner(run).__class__ is not Unknown
        case c.IsNone(operand):
            return _is_none(compile_expression(evaluator, operand))
        case c.Aggregate():
            return _aggregate(evaluator, node)
        case c.Allocate():
            return _allocate(evaluator, node)
        case _:
            assert_never(node)


def _named(name: str) -> Compiled:
    def read(run: Run) -> Result:
        step = run.memo.get(name) or run.step(name)
        run.reads.append(step)
        return step.value  # type: ignore[no-any-return]

    return read


def _is_none(inner: Compiled) -> Compiled:
    def read(run: Run) -> Result:
        value = inner(run)
        return value if value.__class__ is Unknown else value is None

    return read


def _all(values: list[Any]) -> Any:
    unknown = False
    for value in values:
        if value is False or value is None:
            return False
        unknown |= value is not True
    return merged(values) if unknown else True


def _any(values: list[Any]) -> Any:
    unknown = False
    for value in values:
        if value is True:
            return True
        unknown |= value.__class__ is Unknown
    return merged(values) if unknown else False


def _not(value: Any) -> Any:
    return value if value.__class__ is Unknown else value is not True


def _apply(evaluator: Evaluator, node: c.Apply) -> Compiled:
    function = FUNCTIONS[node.function].apply
    parts = [compile_expression(evaluator, argument) for argument in node.arguments]
    absent = _absent_test if node.function in TESTS else _absent_operand(node)
    if len(parts) == 2:
        first, second = parts

        def read(run: Run) -> Result:
            left, right = first(run), second(run)
            if left is None or right is None:
                return absent([left, right])
            if left.__class__ is Unknown or right.__class__ is Unknown:
                return merged([left, right])
            return function(left, right)

        return read

    def read_all(run: Run) -> Result:
        values = [part(run) for part in parts]
        if any(value is None for value in values):
            return absent(values)
        if any(value.__class__ is Unknown for value in values):
            return merged(values)
        return function(*values)

    return read_all


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


# ------------------------------------------------------------------ definitions


def _body(evaluator: Evaluator, branch: c.Branch) -> Compiled:
    """A branch's value; where it rounds, the run keeps the value before."""
    body = branch.body
    if not (isinstance(body, c.Apply) and body.function.startswith("round_")):
        return compile_expression(evaluator, body)
    inner = compile_expression(evaluator, body.arguments[0])
    step = body.arguments[1]
    assert isinstance(step, c.Literal)
    function, size = FUNCTIONS[body.function].apply, step.value

    def read(run: Run) -> Result:
        value = inner(run)
        if value.__class__ is Unknown:
            return value  # type: ignore[no-any-return]
        run.before = value
        return function(value, size)

    return read


def _definition(evaluator: Evaluator, definition: c.Definition) -> Compiled:
    name, row = definition.name, definition.row
    bodies = [_late(evaluator, branch) for branch in definition.branches]
    exceptions = definition.branches[1:]
    guards = [compile_late(evaluator, branch.guard) for branch in exceptions if branch.guard is not None]
    labels = [branch.label for branch in definition.branches]
    over = [frozenset(i for i, other in enumerate(exceptions) if other.label in branch.over) for branch in exceptions]

    def derive(run: Run) -> DefinitionStep:
        outer, run.reads = run.reads, []
        run.before = None
        held = [guard(run) for guard in guards]
        outcomes, unknown = _outcomes(name, held, over, labels)
        values = []
        for outcome in outcomes:
            run.before = None
            values.append(bodies[outcome](run))
        value = _chosen(values, unknown)
        before = run.before if len(values) == 1 and value.__class__ is not Unknown else None
        step = DefinitionStep(
            name, run.rows[row] if row else None, value, before, tuple([labels[outcome] for outcome in outcomes]),
            tuple([(labels[i + 1], guard) for i, guard in enumerate(held)]), tuple(dict.fromkeys(run.reads)),
        )
        run.reads = outer
        return step

    return derive


def _outcomes(name: str, held: list[Any], over: list[frozenset[int]], labels: list[str]) -> tuple[list[int], Unknown | None]:
    """The branches that can hold (0 is the base), and why it is not certain which, if it is not."""
    sure = [i for i, guard in enumerate(held) if guard is True]
    maybe = [i for i, guard in enumerate(held) if guard.__class__ is Unknown]
    if not sure and not maybe:
        return [0], None
    outcomes = [] if sure else [0]
    outcomes += [i + 1 for i in (*sure, *maybe) if all(other == i or other in over[i] for other in sure)]
    outcomes.sort()
    live = [i for i in (*sure, *maybe) if not any(i in over[other] for other in sure)]
    clashes = [(i, j) for n, i in enumerate(live) for j in live[n + 1 :] if i not in over[j] and j not in over[i]]
    reasons: set[Reason] = set()
    for i, j in clashes:
        first, second = sorted((labels[i + 1], labels[j + 1]))
        reasons.add(Reason(name, State.PROVISIONS_CONFLICT, detail=f"{first} and {second}"))
    pending = [held[i] for i in live if held[i].__class__ is Unknown]
    for guard in pending:
        reasons |= guard.reasons
    if not reasons:
        return outcomes, None
    return outcomes, Unknown(frozenset(reasons), error=not outcomes)


def _chosen(values: list[Any], unknown: Unknown | None) -> Any:
    """The one value that every completion gives, or every reason why there is none."""
    if unknown is None:
        return values[0]
    clash = any(reason.state is State.PROVISIONS_CONFLICT for reason in unknown.reasons)
    known = [value for value in values if value.__class__ is not Unknown]
    if not clash and len(known) == len(values) and all(value == known[0] for value in known):
        return known[0]
    error = unknown.error or (bool(values) and not known and all(value.error for value in values))
    return Unknown(unknown.reasons.union(*(value.reasons for value in values if value.__class__ is Unknown)), error)


def compile_late(evaluator: Evaluator, node: c.Expression) -> Compiled:
    """Compile on first use, when every name of the rule book has its place."""
    compiled: list[Compiled] = []

    def read(run: Run) -> Any:
        if not compiled:
            compiled.append(compile_expression(evaluator, node))
        return compiled[0](run)

    return read


def _late(evaluator: Evaluator, branch: c.Branch) -> Compiled:
    compiled: list[Compiled] = []

    def read(run: Run) -> Any:
        if not compiled:
            compiled.append(_body(evaluator, branch))
        return compiled[0](run)

    return read
