"""Whole columns give what reading row by row gives: the same answers, rejects, counts and bytes, whatever stands in the cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest

from batches import PLANS, batch
from conftest import ROOT
from planproof.batch import inputs
from planproof.batch.outputs import FORMS
from planproof.batch.vectors import Vectors
from planproof.core import Core, Fact
from planproof.flat import ALL_STATES
from planproof.rulebook import Rulebook, load_rulebook
from planproof.types import Kind

GROUPED = str(ROOT / "docs" / "examples" / "full-plan.yaml")
LIBRARY = ROOT / "tests" / "books" / "library"
ROWS = 60
OPTIONS = {"as_is": "# nothing\n"}
OPTIONS["set"] = "participant.age_at_year_end = 61\nplan.after_tax.allowed = yes\nparticipant.compensation for 2025 = 1000\n"
OPTIONS["group"] = "participant.group = hourly\nparticipant.filing_status=unknown\n"


def made(monkeypatch: pytest.MonkeyPatch, folder: Path, output: str, *arguments: object) -> tuple[int, dict[str, bytes], int]:
    """The code of a run, its files, and how many parts were answered by whole columns."""
    parts = 0
    folder.mkdir()

    def counted(self: Vectors, *part: Any) -> Any:
        nonlocal parts
        found = written(self, *part)
        parts += found is not None
        return found

    with monkeypatch.context() as patch:
        written = Vectors.written
        patch.setattr(Vectors, "written", counted if folder.name == "columns" else lambda *_: None)
        code = batch(*arguments, "-o", folder / output, "--workers", 1)
    return code, {path.name: path.read_bytes() for path in folder.iterdir()}, parts


def alike(monkeypatch: pytest.MonkeyPatch, folder: Path, output: str, *arguments: object, least: int = 1) -> dict[str, bytes]:
    """The files of a run, which are the same both ways; so many parts at least are answered by whole columns."""
    by_columns, by_rows = (made(monkeypatch, folder / name, output, *arguments) for name in ("columns", "rows"))
    assert by_columns[2] >= least
    for name, data in by_rows[1].items():
        assert by_columns[1][name] == data, name
    assert by_columns[:2] == by_rows[:2]
    return by_columns[1]


# ------------------------------------------------------------------ tables of any cells


def good(fact: Fact, chance: Random) -> str:
    """A text that a plan file may have for a fact."""
    match fact.type.kind:
        case Kind.TRUTH:
            return chance.choice(("yes", "no"))
        case Kind.CHOICE:
            return chance.choice(fact.type.options)
        case Kind.DATE:
            return str(date.fromordinal(739_000 + chance.randrange(900)))
        case Kind.YEAR:
            return str(chance.randrange(2000, 2030))
        case Kind.RATE:
            return chance.choice(("0%", "5%", "7.5%", "12.125%", "0.000001%", "100%"))
        case Kind.NUMBER:
            return chance.choice(("18", "59.5", "70.25", "60.000001"))
        case Kind.COUNT:
            return str(chance.randrange(13))
        case _:
            return chance.choice(("0", "100", "5000.50", "123456.07", "250000", "0.01"))


ODD = (
    *("", " ", "none", "unknown", "None", "yes", "no", "x", "-1", "+5", "5.0", "5.5", "05", "1e3", "5000.5", "$5,000.50", "5,000", "7.5"),
    *(
        "7.1234567%",
        "-5%",
        "%",
        "1/2",
        "2026-02-30",
        "2026-2-3",
        "0000-01-01",
        "20260101",
        "999999999999999999999999",
        "\uff11",
        "\x1f12",
        "é",
    ),
    *("12 ", "\u00a035", "\u200b35", "nan", "inf", "true", "1_000", "0x10", "9" * 30, "0.0000001", "99999999999.99", "35\x00", "1;2"),
)


def texts(fact: Fact, chance: Random, rate: float) -> pl.Series:
    """Texts, of which about so many are odd."""
    return pl.Series([chance.choice(ODD) if chance.random() < rate else good(fact, chance) for _ in range(ROWS)])


def numbers(fact: Fact, chance: Random) -> pl.Series:
    """Integers or decimals of a random type, a few of them far out."""
    some = [chance.choice((0, 1, 5, 12, 35, 61, 2020, 2026, 9999, 100_000, -1, 10_000_000_000)) for _ in range(ROWS)]
    match chance.randrange(6):
        case 0:
            return pl.Series(some, dtype=pl.Int64)
        case 1:
            return pl.Series([abs(one) % 200 for one in some], dtype=chance.choice((pl.UInt8, pl.Int16, pl.UInt32, pl.Int128)))
        case 2:
            return pl.Series([2**64 - 1 if one < 0 else one for one in some], dtype=pl.UInt64)
        case _:
            scale = chance.choice((0, 1, 2, 3, 6, 9, 14))
            return pl.Series([Decimal(one) + chance.choice((0, 0, Decimal(1).scaleb(-scale), Decimal(-scale) / 10)) for one in some]).cast(
                pl.Decimal(38, scale)
            )


def fit(fact: Fact, chance: Random) -> tuple[str, pl.Series]:
    """A column of good values, as text or in a type that holds them, and the end of its name."""
    some = [good(fact, chance) for _ in range(ROWS)]
    part = {Kind.MONEY: "__cents", Kind.RATE: "__percent"}.get(fact.type.kind, "")
    match fact.type.kind:
        case _ if chance.random() < 0.3:
            return "", pl.Series(some, dtype=chance.choice((pl.String, pl.Categorical)))
        case Kind.TRUTH:
            return "", pl.Series([one == "yes" for one in some])
        case Kind.CHOICE:
            return "", pl.Series(some, dtype=pl.Enum(fact.type.options))
        case Kind.DATE:
            return "", pl.Series(map(date.fromisoformat, some), dtype=pl.Date)
        case Kind.MONEY if chance.random() < 0.3:
            return part, pl.Series([int(Decimal(one) * 100) for one in some]).cast(chance.choice((pl.Int32, pl.UInt64, pl.String)))
        case Kind.COUNT | Kind.YEAR:
            return "", pl.Series(map(int, some)).cast(chance.choice((pl.Int16, pl.UInt32, pl.Decimal(18, 3))))
        case Kind.MONEY | Kind.NUMBER if chance.random() < 0.3:
            return "", pl.Series([int(Decimal(one)) for one in some], dtype=pl.Int64)
        case _:
            exact = pl.Series([Decimal(one.removesuffix("%")) for one in some]).cast(pl.Decimal(20, chance.choice((6, 8))))
            return part if fact.type.kind is Kind.RATE else "", exact


def wild(fact: Fact, chance: Random) -> pl.Series:
    """A column of any type that may stand in a table."""
    match chance.randrange(4):
        case 0:
            return texts(fact, chance, 0.7)
        case 1:
            return numbers(fact, chance)
        case 2:
            return pl.Series([chance.random() < 0.5 for _ in range(ROWS)])
        case _:
            return pl.Series([date(chance.choice((1, 1970, 2026, 9999)), 12, 31) for _ in range(ROWS)])


def sparse(series: pl.Series, chance: Random, share: float) -> pl.Series:
    """The column with about so many of its cells empty."""
    return pl.select(pl.when(pl.Series([chance.random() >= share for _ in range(ROWS)])).then(series)).to_series()


def columns_of(core: Core, chance: Random) -> Iterator[pl.Series]:
    """Columns of some facts, most of them good, with states, claims, other units and years beside them."""
    facts = [fact for fact in core.facts if fact.name.startswith("participant.")]
    for fact in chance.sample(facts, min(14, len(facts))):
        year = "@2025" if fact.key and chance.random() < 0.4 else ""
        end, column = fit(fact, chance)
        said = sparse(column, chance, chance.choice((0, 0.1, 0.9)))
        words = pl.Series(
            [None if one is not None else chance.choice((*ALL_STATES, "unknown", "unknown", "none", "", None)) for one in said.to_list()]
        )
        yield said.alias(f"{fact.name}{year}{end}")
        if chance.random() < 0.4:
            yield sparse(words, chance, 0.9).alias(f"{fact.name}{year}__state")
        if end and chance.random() < 0.3:
            yield sparse(wild(fact, chance), chance, 0.97).alias(fact.name + year)
        if year and chance.random() < 0.3:
            yield sparse(fit(fact, chance)[1].cast(pl.String), chance, 0.95).alias(fact.name)
        if chance.random() < 0.1:
            yield sparse(pl.Series(["0;1"] * ROWS), chance, 0.95).alias(f"{fact.name}{year}__claims")
    for fact in (fact for fact in facts if fact.type.kind in (Kind.MONEY, Kind.NUMBER, Kind.DATE)):
        if chance.random() < 0.05:
            yield sparse(wild(fact, chance), chance, 0.95).alias(f"{fact.name}")


def table(core: Core, chance: Random, plans: tuple[str, ...], groups: tuple[str, ...]) -> pl.DataFrame:
    """Participants whose every column may hold anything."""
    ids = [chance.choice((f"p{row}", f"p{row}", "", " q ", 'say "x", y', "a;b\\", "line\nend", "é\u2028")) for row in range(ROWS)]
    made = chance.choice(([pl.Series("id", ids)], [pl.Series("id", ids)], [pl.Series("id", range(ROWS))], []))
    named = (*(5 * plans), "nowhere", f" {plans[0]} ")
    made.append(sparse(pl.Series([chance.choice(named) for _ in ids]), chance, 0.05).alias("plan"))
    made.append(sparse(pl.Series([chance.choice(groups) for _ in ids]), chance, 0.7).alias("group"))
    made += columns_of(core, chance)
    yes_no = next(fact.name for fact in core.facts if fact.name.startswith("plan.") and fact.type.kind is Kind.TRUTH)
    if chance.random() < 0.3:
        made.append(sparse(pl.Series([chance.choice(("", "yes")) for _ in ids]), chance, 0.8).alias(yes_no))
    if chance.random() < 0.3:
        made.append(sparse(pl.Series([chance.random() for _ in ids]), chance, 0.8).alias("x_float"))
    if chance.random() < 0.3:
        made.append(sparse(pl.Series([Decimal("1." + "1" * 30)] * ROWS, dtype=pl.Decimal(38, 30)), chance, 0.8).alias("label"))
    return pl.DataFrame({column.name: column for column in made})


def as_csv(frame: pl.DataFrame, chance: Random, rate: float) -> bytes:
    """A table as CSV, of whose lines about so many are quoted or wrong in their form."""
    texts = [[_text(cell) for cell in row] for row in frame.rows()]
    lines = [",".join(frame.columns).encode()]
    for row in texts:
        plain = not any(sign in cell for cell in row for sign in ',"\n\r')
        line = ",".join(row if plain else (f'"{cell}"' for cell in (cell.replace('"', '""') for cell in row))).encode()
        lines.append(line if chance.random() >= rate else chance.choice(_SPOILT)(line))
    return chance.choice((b"\n", b"\r\n")).join(lines) + chance.choice((b"", b"\n", b"\n\n"))


def _text(cell: object) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case Decimal():
            return (f"{cell:.2f}" if cell == round(cell, 2) else f"{cell.normalize():f}").removesuffix(".00")
        case _:
            return str(cell).replace("\n", " ")


_SPOILT: tuple[Callable[[bytes], bytes], ...] = (
    lambda line: line + b",",
    lambda line: line.rpartition(b",")[0],
    lambda line: b" \t\n" + line,
    lambda line: line.replace(b",", b" , "),
    lambda line: line.replace(b",", b"\r,", 1),
    lambda line: line.replace(b",", b",\xff", 1),
    lambda line: b'"' + line.replace(b'"', b"").replace(b",", b'",', 1),
    lambda line: line.replace(b",", b',"', 1),
)


@pytest.mark.parametrize("seed", range(12))
def test_any_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Tables of CSV whose lines may be quoted, too long, too short, empty, no text, or no row."""
    library, _, _ = load_rulebook(LIBRARY)
    assert library is not None
    chance = Random(seed)
    monkeypatch.setattr(inputs, "PARTICIPANTS_A_PART", chance.choice((7, 25, ROWS)))
    people = table(library.core, chance, ("ashford", "hollow"), ("none", "staff"))
    (tmp_path / "t.csv").write_bytes(as_csv(people, chance, chance.choice((0, 0.02, 0.1))))
    asked = (*(LIBRARY / "plans" / f"{name}.yaml" for name in ("ashford", "hollow")), tmp_path / "t.csv", "--rules", LIBRARY)
    alike(monkeypatch, tmp_path, f"out.{FORMS[seed % 3]}", *asked, *options(tmp_path, chance, {}), least=0)


def options(folder: Path, chance: Random, scenarios: Mapping[str, str]) -> Iterator[object]:
    """Years and scenarios of a run."""
    yield from ("--year", chance.choice(("2026", "2025..2026")))
    for name, text in scenarios.items():
        if chance.random() < 0.3:
            (folder / f"{name}.txt").write_text(text, "utf-8")
            yield from ("--scenario", f"{name}={folder / name}.txt")


@pytest.mark.parametrize("seed", range(5))
def test_any_cells(book: Rulebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Tables with cells of every type and every fault, over years, scenarios, groups and parts, in every form of output."""
    chance = Random(seed)
    monkeypatch.setattr(inputs, "PARTICIPANTS_A_PART", chance.choice((25, ROWS)))
    groups = ("hourly", "none", "night", "Bad group")
    table(book.core, chance, ("intel", "mit", "full-plan"), groups).write_parquet(tmp_path / "t.parquet")
    asked = options(tmp_path, chance, OPTIONS)
    alike(monkeypatch, tmp_path, f"out.{FORMS[seed % 3]}", *PLANS[:2], GROUPED, tmp_path / "t.parquet", *asked)


@pytest.mark.parametrize("seed", range(12))
def test_any_cells_of_another_rule_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """The same by the unrelated rule book, whose facts are others."""
    library, _, _ = load_rulebook(LIBRARY)
    assert library is not None
    chance = Random(seed)
    monkeypatch.setattr(inputs, "PARTICIPANTS_A_PART", chance.choice((7, 25, ROWS)))
    table(library.core, chance, ("ashford", "hollow"), ("none", "staff")).write_parquet(tmp_path / "t.parquet")
    asked = (*(LIBRARY / "plans" / f"{name}.yaml" for name in ("ashford", "hollow")), tmp_path / "t.parquet", "--rules", LIBRARY)
    alike(monkeypatch, tmp_path, f"out.{FORMS[seed % 3]}", *asked, *options(tmp_path, chance, {}))


@pytest.mark.parametrize("plans", [(), ("ashford",)])
def test_participants_who_name_no_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plans: tuple[str, ...]) -> None:
    """Without plans nothing is known of one; the only plan that there is need not be named."""
    library, _, _ = load_rulebook(LIBRARY)
    assert library is not None
    table(library.core, Random(3), ("ashford",), ("none",)).drop("plan", "group").write_parquet(tmp_path / "t.parquet")
    asked = (*(LIBRARY / "plans" / f"{name}.yaml" for name in plans), tmp_path / "t.parquet", "--rules", LIBRARY)
    alike(monkeypatch, tmp_path, "out.parquet", *asked)
