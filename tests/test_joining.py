"""Parquet files joined by their bytes are one file with all their rows, to three readers that share nothing."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from planproof.batch.joining import NotJoined, join
from planproof.batch.thrift import BINARY, BYTE, DOUBLE, LIST, SET, STRUCT, TRUE, Field, NotThrift, Struct, read, written

SCHEMA = pl.DataFrame(
    [pl.Series("id", dtype=pl.String), pl.Series("names", dtype=pl.List(pl.String)), pl.Series("amount", dtype=pl.Decimal(18, 2))]
).schema | {"number": pl.Int64()}
WORDS = ["", "a", "plan.type", "é", "z"]


def frame(rows: int) -> pl.DataFrame:
    """So many rows of every type that an output has, with nulls."""
    chance = Random(rows)
    made = [
        {
            "id": chance.choice((None, f"p{number}", "é\n")),
            "names": chance.sample(WORDS, chance.randrange(4)),
            "amount": chance.choice((None, Decimal(chance.randrange(-(10**9), 10**9)).scaleb(-2))),
            "number": number,
        }
        for number in range(rows)
    ]
    return pl.DataFrame(made, SCHEMA)


def model() -> bytes:
    """A file without rows."""
    out = BytesIO()
    frame(0).write_parquet(out)
    return out.getvalue()


@pytest.mark.parametrize("sizes", [(), (0,), (1,), (3, 0, 5_000, 1, 7)])
def test_all_rows_in_order(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    """Of pieces with several groups of rows, coded lists and none at all, every reader sees the rows one after the other."""
    frames = [frame(rows) for rows in sizes]
    pieces = [tmp_path / f"{number}.parquet" for number in range(len(sizes))]
    for piece, one in zip(pieces, frames, strict=True):
        one.with_columns(pl.col("names").cast(pl.List(pl.Enum(WORDS)))).write_parquet(piece, compression="zstd", row_group_size=1_000)
    out = tmp_path / "out.parquet"
    join(out, model(), pieces)
    whole = pl.concat([frame(0), *frames])
    found = pl.read_parquet(out)
    assert found.schema == whole.schema
    assert found.equals(whole)
    assert pl.scan_parquet(out).filter(pl.col("number") == 4_321).collect().equals(whole.filter(pl.col("number") == 4_321))
    assert pl.DataFrame(pq.read_table(out)).cast(whole.schema).equals(whole)
    with duckdb.connect() as connection:
        assert connection.execute("select * from read_parquet(?)", [str(out)]).fetchall() == whole.rows()


def test_what_cannot_be_joined(tmp_path: Path) -> None:
    """A file of another schema, one that is none, and one that was cut short."""
    piece, out = tmp_path / "piece.parquet", tmp_path / "out.parquet"
    frame(3).rename({"id": "other"}).write_parquet(piece)
    with pytest.raises(NotJoined, match="another schema"):
        join(out, model(), [piece])
    frame(3).write_parquet(piece)
    whole = piece.read_bytes()
    for damaged in (b"", b"PAR1", b"x" * 100, whole[:-1], whole[:-9] + whole[-8:], whole[:-8] + b"\xff\xff\xff\x7fPAR1"):
        piece.write_bytes(damaged)
        with pytest.raises(NotJoined):
            join(out, model(), [piece])


def some(chance: Random, depth: int) -> Struct:
    """A struct of every type."""
    numbers = sorted(chance.sample((*range(1, 40), 1_000, 30_000), chance.randrange(8)))
    return {number: Field(*value(chance, depth)) for number in numbers}


def value(chance: Random, depth: int) -> tuple[int, Any]:
    """A type and a value of it."""
    type_ = chance.choice((TRUE, BYTE, 4, 5, 6, DOUBLE, BINARY, *((LIST, SET, STRUCT) if depth else ())))
    match type_:
        case 1:
            return type_, chance.random() < 0.5
        case 3:
            return type_, chance.randrange(256)
        case 4 | 5 | 6:
            return type_, chance.choice((0, -1, 1, 63, 64, -64, -65, 2**31, -(2**63), 2**63 - 1))
        case 7:
            return type_, chance.randbytes(8)
        case 8:
            return type_, chance.randbytes(chance.choice((0, 1, 127, 128, 300)))
        case 12:
            return type_, some(chance, depth - 1)
        case _:
            inner, _ = value(chance, depth - 1)
            items = (value(chance, depth - 1) for _ in range(100))
            return type_, (inner, [one for kind, one in items if kind == inner][: chance.choice((0, 3, 20))])


@pytest.mark.parametrize("seed", range(50))
def test_structs_are_read_as_they_were_written(seed: int) -> None:
    """Any struct comes back, and no part of its bytes is one."""
    struct = some(Random(seed), 3)
    data = written(struct)
    assert read(data) == struct
    for end in range(len(data)):
        with pytest.raises(NotThrift):
            read(data[:end])
