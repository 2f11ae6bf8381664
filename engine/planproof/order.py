"""What depends on what: cycles and chains too deep are errors, what nothing uses is a warning."""

from __future__ import annotations

from collections.abc import Iterator

from planproof import core as c
from planproof.diagnostics import Diagnostic, Severity
from planproof.source import Span

_DEEPEST = 120


def references(expression: c.Expression) -> Iterator[str]:
    """The names that an expression reads, keys of years included; rows of a list by the list's row name."""
    match expression:
        case c.Literal():
            return
        case c.Named(name) | c.Cell(_, name):
            yield name
        case c.Keyed(name, key):
            yield name
            yield from references(key)
        case c.Apply(_, operands) | c.AllOf(operands) | c.AnyOf(operands):
            for operand in operands:
                yield from references(operand)
        case c.Not(operand) | c.IsKnown(operand) | c.IsNone(operand):
            yield from references(operand)
        case c.Aggregate(_, row, body, where):
            yield row
            yield from references(body)
            yield from references(where) if where else ()
        case c.Allocate(_, row, amount, measure, where):
            yield row
            for part in (amount, measure, where):
                yield from references(part) if part else ()


def dependencies(core: c.Core) -> dict[str, tuple[str, ...]]:
    """Every name with the names it reads, in order of first reading."""
    graph: dict[str, tuple[str, ...]] = {}
    for definition in core.definitions:
        parts = [part for branch in definition.branches for part in (branch.guard, branch.body) if part is not None]
        graph[definition.name] = tuple(dict.fromkeys(name for part in parts for name in references(part)))
    for fact in core.facts:
        own = (fact.key,) if fact.key else ()
        graph[fact.name] = (*own, *(references(fact.applies) if fact.applies else ()))
    for parameter in core.parameters:
        graph[parameter.name] = (parameter.key,) if parameter.key else ()
    return graph


def order(core: c.Core) -> tuple[Diagnostic, ...]:
    """Cycles, chains that are too deep, and names that nothing uses."""
    graph = dependencies(core)
    declared: list[c.Definition | c.Fact | c.Parameter] = [*core.definitions, *core.facts, *core.parameters]
    spans = {item.name: item.span for item in declared}
    depths, cycles = _walk(graph, spans)
    if cycles:
        return tuple(cycles)
    deep = [name for name, depth in depths.items() if depth > _DEEPEST]
    if deep:
        first = min(deep, key=lambda name: (depths[name], name))
        return (Diagnostic("chain-too-deep", f"`{first}` stands on a chain of more than {_DEEPEST} definitions", spans.get(first)),)
    return tuple(_unused(core, graph, spans))


def _walk(graph: dict[str, tuple[str, ...]], spans: dict[str, Span]) -> tuple[dict[str, int], list[Diagnostic]]:
    depths: dict[str, int] = {}
    cycles: list[Diagnostic] = []
    seen: set[frozenset[str]] = set()
    for start in sorted(graph):
        trail: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = []
        if start not in depths:
            trail.append(start)
            stack.append((start, iter(graph[start])))
        while stack:
            name, rest = stack[-1]
            child = next(rest, None)
            if child is None:
                stack.pop()
                trail.pop()
                depths[name] = 1 + max((depths.get(x, 0) for x in graph[name]), default=0)
            elif child in trail:
                loop = trail[trail.index(child) :]
                if frozenset(loop) not in seen:
                    seen.add(frozenset(loop))
                    first = loop.index(min(loop))
                    shown = " -> ".join((*loop[first:], *loop[: first + 1]))
                    cycles.append(Diagnostic("cycle", f"definitions that need each other: {shown}", spans.get(min(loop))))
            elif child in graph and child not in depths:
                trail.append(child)
                stack.append((child, iter(graph[child])))
    return depths, cycles


def _unused(core: c.Core, graph: dict[str, tuple[str, ...]], spans: dict[str, Span]) -> Iterator[Diagnostic]:
    waiting = [c.LAW_DATE, c.PLAN_TYPE]
    if core.verdict:
        waiting += [core.verdict.name, *core.verdict.amounts]
        for path in core.paths:
            waiting += [*(name for _, name in path.phases), *path.consequences]
        for pitfall in core.pitfalls:
            waiting += [pitfall.name, *([pitfall.costs] if pitfall.costs else []), *(r.when for r in pitfall.remedies if r.when)]
    waiting += [expected.name for example in core.examples for expected in example.expect]
    used: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting.extend(graph.get(name, ()))
    for name in sorted(spans):
        if name not in used:
            yield Diagnostic("unused", f"neither the verdict nor an example needs `{name}`", spans[name], None, Severity.WARNING)
    for listed in core.lists:
        if listed.row not in used:
            yield Diagnostic(
                "unused", f"neither the verdict nor an example needs the rows of `{listed.name}`", listed.span, None, Severity.WARNING
            )
