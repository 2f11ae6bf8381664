"""Facts as rows of a frame, and columns beside what the reference evaluator says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import polars as pl

from planproof import core as c
from planproof.batch.columnar import frame_of as with_states
from planproof.columns.compiled import DAYS, DECLINED, VOID, Columns, Output
from planproof.columns.shapes import STATE
from planproof.evaluate import Evaluator
from planproof.plan import Asked, Facts
from planproof.types import Kind
from planproof.values import Duration, Result, Unknown


def frame_of(core: c.Core, rows: Sequence[Facts]) -> pl.DataFrame:
    """The facts of each row in the form that columns are compiled for, with states only where some row needs them."""
    frame = with_states(core, rows)
    states = [name for name in frame.columns if name.endswith(STATE)]
    return frame.drop(name for name in states if frame[name].is_in(["stated", "not_stated"]).all())


def differences(core: c.Core, evaluator: Evaluator, rows: Sequence[Facts], asked: Asked, *, refused: bool = False) -> list[str]:
    """Where columns and the reference evaluator differ: every definition that stands over plans, in every row.

    `refused`: columns may refuse definitions, which are not compared then; all others are.
    """
    names = [definition.name for definition in core.definitions if definition.row is None]
    columns = Columns(core, names, asked)
    frame = frame_of(core, rows)
    made, compiled = columns.run(frame).to_dicts(), columns.compiled(frame)
    assert not compiled.left or refused
    assert 2 * sum(row[VOID] for row in made) < len(made), "most rows must be compared"
    found = []
    for facts, row in zip(rows, made, strict=True):
        if row[VOID]:
            continue
        run = evaluator.run(facts, asked)
        for output in compiled.outputs:
            if output.name in compiled.left:
                assert row[DECLINED]
                continue
            told, wanted = _told(row, output), _wanted(run.step(output.name).value)
            if told != wanted:
                found.append(f"{output.name}: columns say {told}, the reference {wanted}")
    return found


def _wanted(result: Result) -> object:
    """What a column holds for a result."""
    return "unknown" if isinstance(result, Unknown) else "none" if result is None else result


def _told(row: Mapping[str, Any], output: Output) -> object:
    value = row[output.name]
    if value is None:
        return "none" if row.get(output.name + STATE) else "unknown"
    if output.type.kind is Kind.DURATION:
        return Duration(value, row[output.name + DAYS])
    return value if output.over == 1 else Fraction(value, output.over)
