"""In which order columns are made: what is used more than once is a column of its own, level after level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from planproof.columns.nodes import OVER_ROWS, At, Node, Op

_DEEPEST = 24
_INLINE = frozenset((Op.NOT, Op.IS_NULL))
_APART = OVER_ROWS | {Op.SPREAD}


@dataclass(frozen=True, slots=True)
class Level:
    """Columns that can be made at once: over rows of other frames, and within the rows of each frame.

    `kept` are the columns of a frame that are still needed after the level.
    """

    across: tuple[Node, ...]
    within: tuple[tuple[At, tuple[Node, ...], tuple[Node, ...]], ...]


def walk(roots: Iterable[Node]) -> Iterator[Node]:
    """Every node under the roots once, what is used before what uses it."""
    seen: set[Node] = set()
    stack: list[tuple[Node, bool]] = [(root, False) for root in roots]
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((argument, False) for argument in node.arguments if argument not in seen)


def uses(node: Node) -> int:
    """How often each operand is written where the node is made."""
    if node.op in (Op.LESSER, Op.GREATER):
        return 2 if any(argument.unknown or argument.constant for argument in node.arguments) else 1
    return 1


class Schedule:
    """The columns to be made for some roots."""

    def __init__(self, roots: Iterable[Node]) -> None:
        self.roots = tuple(dict.fromkeys(roots))
        self._nodes = tuple(walk(self.roots))
        self.own = self._own()
        self.inputs = frozenset(node for node in self._nodes if node.op is Op.INPUT)
        self.levels = tuple(self._levels())
        self.wide = any(node.bits > 64 for node in self._nodes)

    def _own(self) -> frozenset[Node]:
        """The nodes that are columns of their own; inputs are columns already."""
        used: dict[Node, int] = dict.fromkeys(self._nodes, 0)
        own: set[Node] = set(self.roots)
        for node in self._nodes:
            for argument in node.arguments:
                used[argument] += uses(node)
            if node.op in _APART:
                own.update((node, *node.arguments))
        depth: dict[Node, int] = {}
        for node in self._nodes:
            depth[node] = 1 + max((depth[argument] for argument in node.arguments if argument not in own), default=0)
            if node.op in (Op.CONSTANT, Op.INPUT):
                own.discard(node)
                depth[node] = 0
            elif (used[node] > 1 and node.op not in _INLINE) or depth[node] > _DEEPEST:
                own.add(node)
        return frozenset(own)

    def _levels(self) -> Iterator[Level]:
        """Each column in the first level that has all it is made of; a column is kept as long as it is needed."""
        read: dict[Node, frozenset[Node]] = {}
        level: dict[Node, int] = {}
        last: dict[Node, int] = {}
        for node in self._nodes:
            if node in self.own or node.op is Op.INPUT:
                inside = frozenset().union(*(read[argument] for argument in node.arguments))
                level[node] = 1 + max((level[column] for column in inside), default=0) if node in self.own else 0
                for column in inside:
                    last[column] = max(last.get(column, 0), level[node])
                read[node] = frozenset((node,))
            else:
                read[node] = frozenset().union(*(read[argument] for argument in node.arguments))
        for root in self.roots:
            last[root] = len(level) + 1
        made: dict[int, list[Node]] = {}
        for node, number in level.items():
            made.setdefault(number if node in self.own else 0, []).append(node)
        for number in sorted(made.keys() - {0}):
            across = tuple(node for node in made[number] if node.op in _APART)
            frames = dict.fromkeys(node.at for node in made[number])
            within = []
            for at in frames:
                columns = tuple(node for node in made[number] if node.at == at and node.op not in _APART)
                kept = tuple(node for node in level if node.at == at and level[node] < number and last.get(node, 0) > number)
                within.append((at, columns, kept))
            yield Level(across, tuple(within))
