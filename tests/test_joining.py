"""Parquet files joined are one file with all their rows, to three readers that share nothing."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from random import Random

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from planproof.batch.joining import NotJoined, join

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


@pytest.mark.parametrize("sizes", [(), (0,), (1,), (3, 0, 5_000, 1, 7)])
def test_all_rows_in_order(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    """Of pieces with several groups of rows, coded lists and none at all, every reader sees the rows one after the other."""
    frames = [frame(rows) for rows in sizes]
    pieces = [tmp_path / f"{number}.parquet" for number in range(len(sizes))]
    for piece, one in zip(pieces, frames, strict=True):
        one.with_columns(pl.col("names").cast(pl.List(pl.Enum(WORDS)))).write_parquet(piece, compression="zstd", row_group_size=1_000)
    out = tmp_path / "out.parquet"
    join(out, frame(0), pieces)
    whole = pl.concat([frame(0), *frames])
    found = pl.read_parquet(out)
    assert found.schema == whole.schema
    assert found.equals(whole)
    assert pl.scan_parquet(out).filter(pl.col("number") == 4_321).collect().equals(whole.filter(pl.col("number") == 4_321))
    assert pl.DataFrame(pq.read_table(out)).cast(whole.schema).equals(whole)
    with duckdb.connect() as connection:
        assert connection.execute("select * from read_parquet(?)", [str(out)]).fetchall() == whole.rows()


def test_what_cannot_be_joined(tmp_path: Path) -> None:
    """A file of other columns, the first or a later one, one that is none, and one that was cut short."""
    piece, out = tmp_path / "piece.parquet", tmp_path / "out.parquet"
    good = tmp_path / "good.parquet"
    frame(2).write_parquet(good)
    frame(3).rename({"id": "other"}).write_parquet(piece)
    for pieces in ([piece], [good, piece]):
        with pytest.raises(NotJoined, match="piece"):
            join(out, frame(0), pieces)
    frame(3).write_parquet(piece)
    whole = piece.read_bytes()
    for damaged in (b"", b"PAR1", b"x" * 100, whole[:-1], whole[:-9] + whole[-8:], whole[:-8] + b"\xff\xff\xff\x7fPAR1"):
        piece.write_bytes(damaged)
        for pieces in ([piece], [good, piece]):
            with pytest.raises(NotJoined):
                join(out, frame(0), pieces)
