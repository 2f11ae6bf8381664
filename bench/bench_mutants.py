"""How many slips the comparison of columns with the reference evaluator finds: columns of rule books with one slip each.

A slip is one node of one definition: a comparison that takes the boundary to the other side, `and` for `or`, rounding down
for half up, a figure that is a cent more. Found is a slip if the definition differs from the reference in any row of one
block of random walks. Some slips change nothing, and cannot be found. Those not found are told.

    python bench/bench_mutants.py [YEAR] [ROWS] [MOST]
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from random import Random
from typing import Any

from agreement import stated_frame, unlike_rows
from bench_agreement import rulebook
from followed import Followed
from planproof import core as c
from planproof.answer import Answerer
from planproof.columns.compiled import VOID, Columns
from planproof.types import Kind

SWAPPED = {"less": "at_most", "at_most": "less", "greater": "at_least", "at_least": "greater"}


def slips(node: Any) -> Iterator[tuple[str, Any]]:
    """Every slip of a tree: its kind, and the tree with it."""
    match node:
        case c.Apply(function) if function in SWAPPED:
            yield "boundary", replace(node, function=SWAPPED[function])
        case c.Apply("round_half_up"):
            yield "rounding", replace(node, function="round_down")
        case c.Literal(int() as value, type_) if type_.kind is Kind.MONEY and value > 0:
            yield "cent", replace(node, value=value + 1)
        case c.AllOf(operands):
            yield "and", c.AnyOf(operands)
        case c.AnyOf(operands):
            yield "or", c.AllOf(operands)
    if isinstance(node, tuple):
        for place, part in enumerate(node):
            yield from ((kind, (*node[:place], slip, *node[place + 1 :])) for kind, slip in slips(part))
    elif is_dataclass(node) and not isinstance(node, c.Authority):
        for field in fields(node):
            found = slips(getattr(node, field.name))
            yield from ((kind, replace(node, **{field.name: slip})) for kind, slip in found)  # type: ignore[type-var]


def main(year: int, count: int, most: int) -> None:
    """Tells of each kind of slip how many were found."""
    book = rulebook()
    core, followed = book.core, Followed(Answerer(book), year)
    streams = followed.follow(0, count, count)
    frame = stated_frame(core, streams, count)
    every = [(definition, *slip) for definition in core.definitions if definition.row is None for slip in slips(definition)]
    made, found = Counter[str](), Counter[str]()
    for definition, kind, slip in Random(year).sample(every, min(most, len(every))):
        other = replace(core, definitions=tuple(slip if one is definition else one for one in core.definitions))
        compiled = Columns(other, [definition.name], followed.asked).compiled(frame)
        columns = compiled.run(frame)
        differ = unlike_rows(compiled.outputs[0], columns, streams.values[definition.name], count) & ~columns[VOID]
        made[kind] += 1
        found[kind] += bool(differ.any())
        if not differ.any():
            print(f"not found: {kind}, {definition.name}", flush=True)
    for kind in sorted(made):
        print(f"{kind}: {found[kind]} of {made[kind]}")
    print(f"all: {found.total()} of {made.total()}")


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    main(*(arguments + [2026, 20_000, 1_000][len(arguments) :]))
