"""The limit that decides an amount, in every row: the meaning of `decide.binding`, as columns."""

from __future__ import annotations

from planproof import core as c
from planproof.columns.compile import Compiler
from planproof.columns.nodes import Node


class Deciding:
    """Compiles what decides amounts; a column holds places among `names`."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._pool = compiler.pool
        self._places: dict[str, int] = {}
        self._found: dict[str, Node] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """What was found that can decide an amount."""
        return tuple(self._places)

    def binding(self, name: str) -> Node:
        """What decides a name's value; null where the value is not known."""
        unknown = self._compiler.arithmetic.unknown(self._compiler.named(name))
        return self._pool.known_if(self._pool.negated(unknown), self._of(name))

    def _place(self, name: str) -> Node:
        return self._pool.constant(self._places.setdefault(name, len(self._places)))

    def _of(self, name: str) -> Node:
        """What decides a name; a definition of which it is not certain which branch holds decides itself."""
        definition = self._compiler.definitions.get(name)
        if definition is None:
            return self._place(name)
        if name not in self._found:
            self._found[name] = self._of_definition(definition)
        return self._found[name]

    def _of_definition(self, definition: c.Definition) -> Node:
        pool, possible = self._pool, self._compiler.outcomes(definition).possible
        found = itself = self._place(definition.name)
        for place, branch in enumerate(definition.branches):
            others = [pool.negated(other) for number, other in enumerate(possible) if number != place]
            fixed = bool(branch.label) and isinstance(branch.body, c.Literal)
            ends = self._place(f"{definition.name}.{branch.label}") if fixed else itself
            inner = self._decider(branch.body)
            decides = ends if inner is None else pool.pick(pool.is_null(inner), ends, inner)
            found = pool.pick(pool.both(possible[place], *others), decides, found)
        return found

    def _decider(self, body: c.Expression) -> Node | None:
        """What decides an expression; null in rows where, or nothing if in no row, anything does."""
        match body:
            case c.Named(name):
                return self._of(name)
            case c.Keyed(name, _, own):
                return self._place(name) if own else None
            case c.Apply("greater_of", operands) if isinstance(operands[-1], c.Literal):
                return self._decider(operands[0])
            case c.Apply("lesser_of" | "greater_of"):
                return self._extreme(body)
            case c.Apply(function, operands) if function == "subtract" or function.startswith("round_"):
                return self._decider(operands[0])
            case _:
                return None

    def _extreme(self, body: c.Apply) -> Node:
        pool, arithmetic = self._pool, self._compiler.arithmetic
        values = [self._compiler.value(operand) for operand in body.arguments]
        best = arithmetic.apply(body.function, values)
        found: Node = pool.unknown_number
        for value, operand in reversed(list(zip(values, body.arguments, strict=True))):
            decides = self._decider(operand)
            is_best = pool.sure(pool.equal(*arithmetic.common(value, best)[:2]))
            found = pool.pick(is_best, pool.unknown_number if decides is None else decides, found)
        return pool.known_if(pool.known(best.main), found)
