"""Facts as rows of a frame, and columns beside what the reference evaluator says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import polars as pl

from planproof import core as c
from planproof.columns.compiled import DAYS, DECLINED, VOID, Columns, Output
from planproof.columns.shapes import PLACES, STATE
from planproof.evaluate import Evaluator
from planproof.plan import Asked, Facts, Statement
from planproof.types import Kind, Type
from planproof.values import Duration, Result, State, Unknown

WORDS = {
    State.STATED: "stated",
    State.STATED_UNKNOWN: "unknown",
    State.CONFLICTING: "conflicting",
    State.DIFFERS_BY_GROUP: "differs_by_group",
    State.AMBIGUOUS: "ambiguous",
}
STATES = pl.Enum(["stated", "none", "unknown", "not_stated", "conflicting", "differs_by_group", "ambiguous"])


def frame_of(core: c.Core, rows: Sequence[Facts]) -> pl.DataFrame:
    """The facts of each row in the form that columns are compiled for."""
    types = {fact.name: fact.type for fact in core.facts}
    keys = sorted({key for facts in rows for key in facts.statements}, key=lambda key: (key[0], key[1] or 0))
    made: list[pl.Series] = []
    for name, year in keys:
        statements = [facts.statements.get((name, year)) for facts in rows]
        column = name if year is None else f"{name}@{year}"
        made.append(pl.Series(column, [cell(types[name], said) for said in statements], dtype=dtype(types[name])))
        if any(said is not None and (said.state is not State.STATED or said.value is None) for said in statements):
            made.append(pl.Series(column + STATE, [word(said) for said in statements], dtype=STATES))
    made += [_rows(listed, rows) for listed in core.lists if any(listed.name in facts.lists for facts in rows)]
    return pl.DataFrame(made) if made else pl.DataFrame({"row": range(len(rows))})


def _rows(listed: c.ListFact, rows: Sequence[Facts]) -> pl.Series:
    """A list's column: rows of cells; null where the rows are not known."""
    short = {column.name: column.name.split(".")[-1] for column in listed.columns}
    fields: dict[str, Any] = {}
    for column in listed.columns:
        fields[short[column.name]] = dtype(column.type)
        fields[short[column.name] + STATE] = STATES
    values: list[list[dict[str, Any]] | None] = []
    for facts in rows:
        found = facts.lists.get(listed.name)
        if found is None or found.state is not State.STATED:
            values.append(None)
            continue
        values.append([_row(listed, short, row) for row in found.rows])
    return pl.Series(listed.name, values, dtype=pl.List(pl.Struct(fields)))


def _row(listed: c.ListFact, short: Mapping[str, str], row: Mapping[str, Statement]) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for column in listed.columns:
        said = row.get(column.name)
        cells[short[column.name]] = cell(column.type, said)
        cells[short[column.name] + STATE] = word(said)
    return cells


def dtype(type_: Type) -> Any:
    """The type of a fact's column."""
    match type_.kind:
        case Kind.TRUTH:
            return pl.Boolean
        case Kind.CHOICE:
            return pl.Enum(list(type_.options))
        case Kind.DATE:
            return pl.Date
        case _:
            return pl.Int64


def cell(type_: Type, said: Statement | None) -> Any:
    """What stands in a fact's column."""
    if said is None or said.state is not State.STATED or said.value is None:
        return None
    return said.value if type_.kind not in PLACES else int(Fraction(said.value) * 10 ** PLACES[type_.kind])  # type: ignore[arg-type]


def word(said: Statement | None) -> str:
    """What stands in the column of states."""
    return "not_stated" if said is None else "none" if said.state is State.STATED and said.value is None else WORDS[said.state]


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
