"""Columns against the reference evaluator: the same in every row, for every definition that stands over plans."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from column_rows import differences, frame_of
from conftest import ROOT, compiled
from planproof.columns import compiled as compiled_columns
from planproof.columns import execute
from planproof.columns.compiled import Columns
from planproof.core import Core
from planproof.evaluate import Evaluator
from planproof.known import known_on
from planproof.plan import Asked
from planproof.rulebook import load_rulebook
from random_rows import RandomRows
from random_rules import RandomRules
from shipped import CORE, EVALUATOR, SETTINGS
from small import define, except_, fact, facts, listed

PROGRAMS = sorted((Path(__file__).parent / "good_rules").glob("*.rules"))
LARGE = fact("plan.amount", "money", "between $0 and $90,000,000,000") + "\n"
LIBRARY = ROOT / "tests" / "books" / "library"


def drawn_differences(core: Core, evaluator: Evaluator, asked: Asked, count: int) -> list[str]:
    """The differences over random rows, whose seed is the year asked."""
    assert asked.year is not None
    rows = RandomRows(core, (asked.year - 1, asked.year, asked.year + 1))
    random = Random(asked.year)
    return differences(core, evaluator, [rows.draw(random) for _ in range(count)], asked)


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026, 2027])
def test_shipped_rule_book(year: int) -> None:
    """Every definition of the rule book that ships, in years with and without published figures."""
    assert drawn_differences(CORE, EVALUATOR, Asked(year, date(year, 12, 31)), 60) == []


def test_the_rule_book_as_known_on_a_day() -> None:
    """In 2022, before the Act of that December: figures, with years and without, and provisions are not there."""
    core = known_on(CORE, date(2022, 6, 1))
    assert drawn_differences(core, Evaluator(core), Asked(2022, date(2022, 12, 31)), 30) == []


def test_no_year_asked() -> None:
    """Where no year is asked, what hangs on it is unknown in columns too."""
    rows = RandomRows(CORE, (2025, 2026))
    assert differences(CORE, EVALUATOR, [rows.draw(Random(seed)) for seed in range(20)], Asked()) == []


def test_unrelated_book() -> None:
    """A rule book about something else."""
    book, _, _ = load_rulebook(LIBRARY)
    assert book is not None
    assert drawn_differences(book.core, Evaluator(book.core), Asked(2026, date(2026, 12, 31)), 200) == []


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_each_form(path: Path) -> None:
    """Each form of the language at work."""
    core = compiled(path.read_text(encoding="utf-8"))
    assert drawn_differences(core, Evaluator(core), Asked(2026, date(2026, 6, 30)), 200) == []


@SETTINGS
@given(st.integers(0, 2**32))
def test_random_rules(seed: int) -> None:
    """Small rule books made at random, over random rows."""
    random = Random(seed)
    core = compiled(RandomRules(random).draw(8))
    rows, asked = RandomRows(core, (2025, 2026, 2027)), Asked(random.choice((2024, 2026, 2028)), date(2026, 3, 31))
    assert differences(core, Evaluator(core), [rows.draw(random) for _ in range(12)], asked, refused=True) == []


@pytest.mark.parametrize("rows", [8, 24, 64])
def test_blocks(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few rows a block has, and whichever thread takes it, all columns come out the same; rows too wide among them."""
    drawn, random = RandomRows(CORE, (2025, 2026)), Random(rows)
    frame = frame_of(CORE, [drawn.draw(random) for _ in range(90)])
    names = [definition.name for definition in CORE.definitions if definition.row is None]
    columns = Columns(CORE, names, Asked(2026, date(2026, 12, 31)), decided=["after_tax_room"])
    whole = columns.run(frame)
    monkeypatch.setattr(execute, "ROWS_OF_A_BLOCK", rows)
    assert columns.run(frame).equals(whole)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_blocks_of_each_form(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for each form of the language: also lists, of which a block may have no row at all."""
    core = compiled(path.read_text(encoding="utf-8"))
    drawn, random = RandomRows(core, (2025, 2026)), Random(7)
    frame = frame_of(core, [drawn.draw(random) for _ in range(60)])
    names = [definition.name for definition in core.definitions if definition.row is None]
    columns = Columns(core, names, Asked(2026, date(2026, 6, 30)))
    whole = columns.run(frame)
    monkeypatch.setattr(execute, "ROWS_OF_A_BLOCK", 8)
    assert columns.run(frame).equals(whole)


def test_states_in_some_frames_only() -> None:
    """What is compiled for rows of which some are stated as unknown serves rows of which none are."""
    text = fact("plan.often", "yes/no", "presumed yes   cites Test") + "\n" + define("answer", "yes/no", "plan.often")
    columns = Columns(compiled(text), ["answer"], Asked(2026))
    stated = pl.DataFrame({"plan.often": [None, False, None], "plan.often__state": ["unknown", "stated", "not_stated"]})
    assert columns.run(stated)["answer"].to_list() == [None, False, True]
    assert columns.run(stated.drop("plan.often__state"))["answer"].to_list() == [True, False, True]


def test_stated_without_a_value() -> None:
    """It is not known, also in what was compiled for rows that all have a value."""
    text = fact("plan.often", "yes/no", "presumed yes   cites Test") + "\n" + define("answer", "yes/no", "plan.often")
    columns = Columns(compiled(text), ["answer"], Asked(2026))
    for often in ([True, False], [None, False]):
        stated = pl.DataFrame({"plan.often": often, "plan.often__state": ["stated", "stated"]}, schema_overrides={"plan.often": pl.Boolean})
        assert columns.run(stated)["answer"].to_list() == often


def test_frames_of_other_ranges() -> None:
    """A larger number than any so far is computed as exactly as the first; one beyond its range is refused."""
    text = (
        fact("plan.amount", "money", "between $0 and $90,000,000,000") + "\n" + define("answer", "money", "plan.amount * 3 - plan.amount")
    )
    columns = Columns(compiled(text), ["answer"], Asked(2026))
    for amounts in ([5], [7, 2**40], [9 * 10**12, None], [3]):
        doubled = [None if amount is None else 2 * amount for amount in amounts]
        assert columns.run(pl.DataFrame({"plan.amount": amounts}, schema={"plan.amount": pl.Int64}))["answer"].to_list() == doubled
    with pytest.raises(ValueError, match="above its range"):
        columns.run(pl.DataFrame({"plan.amount": [9 * 10**12 + 1]}))
    with pytest.raises(ValueError, match="below its range"):
        columns.run(pl.DataFrame({"plan.amount": [-1]}))


def test_frames_with_more_decimal_places() -> None:
    """A finer rate than any so far is computed as exactly, also where the widest columns are needed."""
    fine = "plan.share * plan.share * plan.share * plan.share * plan.amount * 3 / 7"
    text = LARGE + fact("plan.share", "rate", "between 0% and 1000%") + "\n" + define("answer", "money", f"{fine} rounded down to cents")
    columns = Columns(compiled(text), ["answer"], Asked(2026))
    schema = {"plan.share": pl.Int64, "plan.amount": pl.Int64}
    for share, amount in ((10**7, 10**6), (3 * 10**4, 10**10), (10**8 + 1, 10**5), (5, 10**12)):
        made = columns.run(pl.DataFrame({"plan.share": [share, None], "plan.amount": [amount, amount]}, schema=schema))
        assert made["void"].to_list() == [False, False]
        assert made["answer"].to_list() == [share**4 * amount * 3 // (7 * 10**32), None]


def test_what_does_not_fit_its_column_is_told() -> None:
    """Numbers on the way may be as large as they will; a row of which the result needs more than 64 bits is void."""
    cube = "plan.amount * (plan.amount / $0.01) * (plan.amount / $0.01) * (plan.amount / $0.01) / 1000000"
    text = (
        fact("plan.amount", "money", "between $0 and $90,000,000,000") + "\n" + define("answer", "money", f"{cube} rounded down to cents")
    )
    columns = Columns(compiled(text), ["answer"], Asked(2026))
    made = columns.run(pl.DataFrame({"plan.amount": [1000, 9 * 10**12, 10**6 + 1, None]}))
    assert made["void"].to_list() == [False, True, False, False]
    assert made["answer"].to_list()[::2] == [1000**4 // 10**6, (10**6 + 1) ** 4 // 10**6]  # the latter by way of more than 10^24
    assert made["answer"][3] is None


def test_lists_of_numbers_that_do_not_fit_columns() -> None:
    """Totals, extremes and what earlier rows give, where rows on the way need more than 64 bits in some plans only."""
    area = "(plot.side * (plot.side / $0.01))"
    text = (
        "list plan.plots of plot in order of plot.number\n"
        '  label "Plots"\n  asks "Which plots are there?"\n  answered by administrator\n'
        "  each plot has number : count between 1 and 99\n"
        "  each plot has side : money between $0 and $90,000,000,000\n\n"
        + define("all", "money", f"total of ({area} for each plot) / 1000000 rounded down to cents")
        + "\n"
        + define("largest", "money", f"highest of ({area} for each plot) / 1000000 rounded down to cents")
    )
    plots = [[3, 4], [5 * 10**11, 2 * 10**11], [], None, [10**6]]
    listed = [None if sides is None else [{"number": n + 1, "side": side} for n, side in enumerate(sides)] for sides in plots]
    frame = pl.DataFrame({"plan.plots": listed}, schema={"plan.plots": pl.List(pl.Struct({"number": pl.Int64, "side": pl.Int64}))})
    made = Columns(compiled(text), ["all", "largest"], Asked(2026)).run(frame)
    assert made["void"].to_list() == [False] * 5
    assert made["all"].to_list() == [0, 29 * 10**22 // 10**6, 0, None, 10**6]  # 25 * 10^22 + 4 * 10^22
    assert made["largest"].to_list() == [0, 25 * 10**22 // 10**6, None, None, 10**6]


CONSTANTS = "\n".join(
    (
        fact("plan.yes", "yes/no"),
        fact("plan.day", "date", "presumed 2025-01-31   cites Test", "applies when plan.yes"),
        fact("plan.large", "money", "between $0 and $90,000,000,000", "presumed $89,000,000,000   cites Test", "applies when plan.yes"),
        fact("plan.cap", "money", "between $0 and $100", "applies when plan.yes"),
        listed("plan.parts", "part", "day : date"),
    )
)


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        ("yes/no", "year_of(plan.day) = 2025"),
        ("count", "count of (each part where year_of(part.day) = year_of(plan.day))"),
        ("money", "plan.large * (plan.large / $0.01) / 1000000000000 rounded down to cents"),
        ("money", "highest of ($7 for each part)"),
    ],
)
@pytest.mark.parametrize("rows", [5, 20])
def test_the_same_wherever_it_is_known(kind: str, result: str, rows: int) -> None:
    """What has one value in all rows in which it is known, or in none, in few rows and in more than a byte has bits."""
    core = compiled(CONSTANTS + "\n" + define("answer", kind, result))
    lists = [{"plan.parts": [{"day": date(2025 + part, 1, 1)} for part in range(row % 4)]} for row in range(rows)]
    stated = [facts({"plan.yes": row % 3 > 0, "plan.cap": row}, lists[row]) for row in range(rows)]
    assert differences(core, Evaluator(core), stated, Asked(2026)) == []


def test_a_choice_of_nothing() -> None:
    """Where the one value is never stated, and the other has none in just the rows in which it is chosen."""
    core = compiled(
        CONSTANTS.replace("presumed $89,000,000,000   cites Test", "")
        + define("answer", "money", "plan.large", except_("no", "not plan.yes", "plan.cap"))
    )
    stated = [facts({"plan.yes": row % 2 > 0, "plan.cap": row}) for row in range(9)]
    assert differences(core, Evaluator(core), stated, Asked(2026)) == []


def test_a_day_that_all_rows_have() -> None:
    """A date that is folded in, and applies in some rows only."""
    core = compiled(CONSTANTS + "\n" + define("answer", "yes/no", "year_of(plan.day) = 2024"))
    frame = pl.DataFrame({"plan.yes": [True, False, None] * 4, "plan.day": [date(2024, 2, 29)] * 12})
    columns = Columns(core, ["answer"], Asked(2026))
    assert columns.compiled(frame, fold=True).run(frame)["answer"].to_list() == [True, None, True] * 4


def test_a_duration_that_no_row_of_a_slice_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """Months and days are there for every slice of a large frame, also where the year of all of its rows has no figure."""
    grace = 'parameter grace : duration by asked.year\n  label "grace"\n  cites Test\n  2025: 40 days   cites Test\n'
    text = (
        fact("plan.first", "year", "between 2020 and 2030") + "\n" + grace + "\n" + define("answer", "duration", "grace for (plan.first)")
    )
    monkeypatch.setattr(compiled_columns, "FOLDED_FROM", 1)
    monkeypatch.setattr(compiled_columns, "ROWS_AT_ONCE", 2)
    made = Columns(compiled(text), ["answer"], Asked(2026)).run(pl.DataFrame({"plan.first": [2025, 2025, 2028, 2028]}))
    assert made["answer"].to_list() == [0, 0, None, None]
    assert made["answer__days"].to_list() == [40, 40, None, None]


def test_constants_and_facts_beyond_64_bits() -> None:
    """A result of which a constant, or a stated amount, makes a number of more than 64 bits is never another number."""
    large, size = "$200,000,000,000,000,000", 2 * 10**19
    answers = {
        "constant": ("money", large),
        "greater": ("money", f"greater of (plan.amount * (plan.amount / $0.01), {large}) rounded down to cents"),
        "sum": ("yes/no", "plan.amount + plan.amount < $0"),
        "twice": ("money", "plan.amount + plan.amount"),
        "four": ("yes/no", "plan.amount + plan.amount + plan.amount + plan.amount < $20"),
        "less": ("yes/no", f"{large} - plan.amount < $92,233,720,368,547,758.07"),
        "part": ("money", f"{large} / (plan.times + 1000) rounded down to cents"),
        "highest": ("yes/no", f"highest of ({large} for each part) > plan.amount"),
    }
    amounts = (1, 2**62 - 1, 2**62, 2**62 + 1, 2**63 - 1)
    text = CONSTANTS + "\n" + fact("plan.amount", "money", "between $0 and $92,233,720,368,547,758.07")
    text += "\n" + fact("plan.times", "count", "between 1 and 99")
    frame = pl.DataFrame({"plan.amount": amounts, "plan.times": [7] * 5, "plan.parts": [[{"day": date(2025, 1, 1)}]] * 5})
    wanted = {
        "constant": [None] * 5,
        "greater": [None] * 5,
        "sum": [False] * 5,
        "twice": [2, 2**63 - 2, None, None, None],
        "four": [True, False, False, False, False],
        "less": [size - amount < 2**63 - 1 for amount in amounts],
        "part": [size // 1007] * 5,
        "highest": [True] * 5,
    }
    for name, (kind, result) in answers.items():
        made = Columns(compiled(text + "\n" + define("answer", kind, result)), ["answer"], Asked(2026)).run(frame)
        assert [None if void else value for value, void in zip(made["answer"], made["void"], strict=True)] == wanted[name], name


def test_a_long_chain_of_definitions() -> None:
    """As long a chain as a rule book may have, each link nested, is compiled without going deep."""
    step = except_("one", "((d{0} > $5 and d{0} < $7) or d{0} = $6)", "$1")
    texts = [fact("plan.amount", "money", "between $0 and $1,000"), define("d0", "money", "plan.amount")]
    texts += [define(f"d{n + 1}", "money", f"d{n} + (d{n} + $1) - (d{n} + ($0 + $0))", step.format(n)) for n in range(115)]
    core = compiled("\n".join(texts))
    columns = Columns(core, ["d115"], Asked(2026), decided=["d115"])
    found = columns.run(pl.DataFrame({"plan.amount": [0, 10_000, None]}))
    # from $0 each link adds a dollar, but $6 becomes $1 again, six links a turn: 115 = 1 + 6 * 19; from $100 it only adds
    assert found["d115"].to_list() == [1_00, 215_00, None]
