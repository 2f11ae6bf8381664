"""Verdicts over frames: each library's own frames in and out, the same values in all, and every fault told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import planproof
from conftest import ROOT
from planproof.answer import Answer, Answerer
from planproof.batch import memory
from planproof.flat import plan_rows
from planproof.plans import Loader
from planproof.rulebook import Rulebook
from planproof.tables import spread

FULL = ROOT / "docs" / "examples" / "full-plan.yaml"
INTEL = ROOT / "plans" / "intel.yaml"
LIBRARY = ROOT / "tests" / "books" / "library"

PEOPLE = pl.DataFrame(
    {
        "id": ["ann", "bob", "cem"],
        "plan": ["intel", "full-plan", "full-plan"],
        "group": [None, None, "none"],
        "participant.age_at_year_end": [45, 52, None],
        "participant.compensation": [Decimal("250000.50"), Decimal("90000.10"), None],
        "participant.elective_deferrals__cents": [2_450_000, 123_456, None],
        "participant.other_plans.any": [False, None, True],
    },
    schema_overrides={"participant.compensation": pl.Decimal(18, 2)},
)
SETTINGS = {
    "ann": (
        "participant.age_at_year_end=45",
        "participant.compensation=$250,000.50",
        "participant.elective_deferrals=24500",
        "participant.other_plans.any=no",
    ),
    "bob": ("participant.age_at_year_end=52", "participant.compensation=90000.10", "participant.elective_deferrals=1234.56"),
    "cem": ("participant.group=none", "participant.other_plans.any=yes"),
}


def _duckdb(frame: pl.DataFrame) -> Any:
    """A relation of a connection of its own."""
    return duckdb.connect().from_arrow(frame.to_arrow())


KINDS: dict[str, tuple[Callable[[pl.DataFrame], Any], type, Callable[[Any], pl.DataFrame]]] = {
    "polars": (lambda frame: frame, pl.DataFrame, lambda given: given),
    "polars lazily": (lambda frame: frame.lazy(), pl.LazyFrame, lambda given: given.collect()),
    "pandas": (lambda frame: frame.to_pandas(types_mapper=pd.ArrowDtype), pd.DataFrame, pl.from_pandas),
    "pyarrow": (lambda frame: frame.to_arrow(), pa.Table, pl.DataFrame),
    "pyarrow batch": (lambda frame: frame.to_arrow().to_batches()[0], pa.Table, pl.DataFrame),
    "duckdb": (_duckdb, duckdb.DuckDBPyRelation, pl.DataFrame),
}


@pytest.fixture(scope="module")
def expected() -> pl.DataFrame:
    """The results of the people, from a frame of Polars."""
    return planproof.verdicts(PEOPLE, year=2026, plans=[INTEL, FULL])


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_of_each_library(kind: str, expected: pl.DataFrame) -> None:
    """A frame comes back as one of its own library, and holds what that of Polars holds."""
    make, type_, back = KINDS[kind]
    given = planproof.verdicts(make(PEOPLE), year=2026, plans=[str(INTEL), FULL])
    assert isinstance(given, type_)
    found = back(given)
    assert found.columns == expected.columns
    assert found.rows() == expected.rows()


def test_pandas_keeps_amounts_exact(expected: pl.DataFrame) -> None:
    """Amounts with gaps stay decimals in pandas, and numbers integers; by its usual types they would be objects and floats."""
    given = planproof.verdicts(PEOPLE.to_pandas(types_mapper=pd.ArrowDtype), year=2026, plans=[INTEL, FULL])
    assert expected["total_limit"].null_count() > 0
    assert str(given["total_limit"].dtype) == "decimal128(18, 2)[pyarrow]"
    assert str(given["year"].dtype) == "int64[pyarrow]"
    assert not [name for name in given.columns if "float" in str(given[name].dtype) or "double" in str(given[name].dtype)]


def test_no_frame_is_changed() -> None:
    """The frame that is given stays as it is."""
    before = PEOPLE.clone()
    planproof.verdicts(PEOPLE, year=2026, plans=[INTEL, FULL])
    assert before.equals(PEOPLE, null_equal=True)


def _dollars(value: object) -> Decimal | None:
    """An amount in cents, as a column of dollars has it; nothing if it is not known or there is none."""
    return Decimal(value).scaleb(-2) if isinstance(value, int) else None


def _agrees(row: dict[str, Any], answer: Answer) -> None:
    assert row["verdict"] == answer.verdict
    for name, amount in answer.amounts:
        value = amount.step.value
        assert row[name] == _dollars(value), name
        assert (row[f"{name}__state"], row[f"{name}__binding"]) == ("none" if value is None else None, amount.binding)
    for path in answer.paths:
        assert [row[f"{path.path.name}.{phase}"] for phase, _ in path.phases] == [status for _, status in path.phases]
        for one in path.consequences:
            assert row[f"{path.path.name}.{one.kind}"] == _dollars(one.value)
    assert row["pitfalls"] == [one.pitfall.name for one in answer.pitfalls if one.certain]
    assert set(row["pitfalls_possible"]) == {one.pitfall.name for one in answer.pitfalls if not one.certain}
    assert {name.partition("@")[0].partition("#")[0] for name in row["missing"]} == {one.reason.name for one in answer.missing}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_row_says_what_the_files_say(name: str, expected: pl.DataFrame) -> None:
    """A participant's row has the verdict, amounts, paths and pitfalls that the same facts give one by one."""
    row, *of_groups = expected.filter(id=name).iter_rows(named=True)
    answer = planproof.ask(INTEL if name == "ann" else FULL, year=2026, settings=SETTINGS[name]).answer
    assert [one["group"] for one in of_groups] == [group.group for group in answer.groups]
    for one, group in zip(of_groups, answer.groups, strict=True):
        _agrees(one, group)
    assert row["plan"] == ("intel" if name == "ann" else "full-plan")
    assert row["rules_hash"] == answer.proof.context.rulebook
    _agrees(row, answer)


def test_rows_of_a_plan_are_one_question(book: Rulebook, loader: Loader, answerer: Answerer) -> None:
    """A plan with amendments and groups gives its own row and one for each group, as it stands on a date."""
    plan, _, _ = loader.plan(FULL)
    assert plan is not None
    assert plan.amendments
    rows = [spread(cells) for cells in plan_rows(book, "acme", plan)]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(dict.fromkeys(name for row in rows for name in row), pl.String))
    for day in (date(2024, 1, 31), date(2026, 12, 31)):
        answer = answerer.answer(plan, None, 2026, day)
        found = planproof.verdicts(frame, year=2026, on=day)
        assert found["id"].to_list() == ["acme"] * (1 + len(plan.groups))
        assert found["group"].to_list() == [None, *(group.name for group in plan.groups)]
        for row, one in zip(found.iter_rows(named=True), (answer, *answer.groups), strict=True):
            _agrees(row, one)
    participants = PEOPLE.filter(plan="full-plan").with_columns(plan=pl.lit("acme"))
    by_rows = planproof.verdicts(participants, year=2026, plans=frame)
    by_file = planproof.verdicts(PEOPLE.filter(plan="full-plan"), year=2026, plans=FULL)
    assert by_rows.drop("plan").equals(by_file.drop("plan"), null_equal=True)


def test_another_rule_book() -> None:
    """The library's book gives its own columns."""
    lent = planproof.verdicts(pl.DataFrame({"id": ["x"]}), year=2026, rules=LIBRARY)
    assert lent["verdict"].to_list() == ["unknown"]
    assert not [name for name in lent.columns if "roth" in name]


def test_no_rows_give_no_rows() -> None:
    """A frame without rows gives one without rows, with all columns."""
    empty = planproof.verdicts(PEOPLE.clear(), year=2026, plans=[INTEL, FULL])
    assert (empty.height, empty.width) == (0, planproof.verdicts(PEOPLE, year=2026, plans=[INTEL, FULL]).width)


FLOAT = "error[column-type]: `participant.compensation` is of the type Float64, in which not every value is exact\n   help: give texts"
UNREADABLE = "error[frame-unreadable]: the rows of the frame cannot be read: "


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (3, "error[not-a-frame]: a value of the type `int` is no frame"),
        (
            pl.DataFrame({"participant.compensation": [1.5]}),
            f"frame:1:1: {FLOAT}",
        ),
        (
            pd.DataFrame({"id": ["a", "b"], "participant.compensation": [1, None]}),
            f"frame:1:2: {FLOAT}",
        ),
        (pd.DataFrame({"participant.compensation": [1, "x"]}), UNREADABLE),
        (pd.DataFrame([[1, 2]], columns=["id", "id"]), UNREADABLE),
        (
            duckdb.sql("select cast(x as integer) as id from (values ('1'), ('k')) as t(x)"),
            f"{UNREADABLE}Conversion Error: Could not convert string 'k' to INT32",
        ),
        (
            pa.table({"participant.compensatin": [1]}),
            "frame:1:1: error[unknown-column]: there is no column `participant.compensatin`\n"
            "   help: did you mean `participant.compensation`?",
        ),
        (
            pl.DataFrame({"id": ["a", "b"], "participant.compensation": ["12", "12.345"]}),
            "frame:2:2: error[plan-value]: `12.345` is not an amount of money in `participant.compensation`\n"
            "   help: write 5000, 5000.50 or $5,000.50",
        ),
        (
            pl.DataFrame({"id": ["a"], "plan": ["intl"], "participant.age_at_year_end": [40]}),
            "frame:1:2: error[unknown-plan]: there is no plan `intl` among the inputs in `plan`\n   help: did you mean `intel`?",
        ),
        (
            pl.DataFrame({"id": ["a"], "group": ["staff"], "participant.age_at_year_end": [40]}),
            "error[unknown-group]: `",
        ),
        (
            pl.DataFrame({"id": ["p", "p"], "plan.after_tax.allowed": ["yes", "no"]}),
            "frame:2:1: error[plan-rows]: plan `p` has two rows in `id`",
        ),
    ],
)
def test_what_cannot_be_used(frame: object, message: str) -> None:
    """Every fault is told in one kind of exception, with its row and column."""
    with pytest.raises(planproof.InvalidInput) as raised:
        planproof.verdicts(frame, year=2026, plans=INTEL)
    assert str(raised.value).startswith(f"\n{message}")


def test_every_fault_is_told() -> None:
    """All faulty rows are told, not the first alone, and a long list is cut with how many more there are."""
    bad = pl.DataFrame({"id": [str(number) for number in range(500)], "participant.age_at_year_end": ["old"] * 500})
    with pytest.raises(planproof.InvalidInput) as raised:
        planproof.verdicts(bad, year=2026, plans=INTEL)
    assert len(raised.value.diagnostics) == 500
    assert "480 more findings in `frame`" in str(raised.value)


def test_a_faulty_plan_is_told_at_its_place(tmp_path: Any) -> None:
    """A plan file that cannot be used is told with its line."""
    path = tmp_path / "bad.yaml"
    path.write_text("employer: A\nname: B\ntype: 401(k)\nfeatures:\n  after_tax:\n    allowed: yess\n", encoding="utf-8")
    with pytest.raises(planproof.InvalidInput, match=r"bad\.yaml:6:14: error\[plan-value\]: `yess` is not"):
        planproof.verdicts(PEOPLE, year=2026, plans=path)


def test_many_rows_are_answered_in_slices(monkeypatch: pytest.MonkeyPatch, expected: pl.DataFrame) -> None:
    """Where a frame is answered slice by slice, answers and numbers of rows are those of the whole."""
    monkeypatch.setattr(memory, "_ROWS_AT_ONCE", 2)
    assert planproof.verdicts(PEOPLE, year=2026, plans=[INTEL, FULL]).equals(expected, null_equal=True)
    bad = PEOPLE.with_columns(plan=pl.Series(["intel", "full-plan", "intl"]))
    with pytest.raises(planproof.InvalidInput, match=r"^\nframe:3:2: error\[unknown-plan\]"):
        planproof.verdicts(bad, year=2026, plans=[INTEL, FULL])


# ------------------------------------------------------------------ why


@pytest.mark.parametrize("kind", KINDS)
def test_any_row_can_be_asked_why(kind: str, expected: pl.DataFrame) -> None:
    """The verdict on a row has the proof of what the row of results says."""
    verdict = planproof.why(KINDS[kind][0](PEOPLE), "bob", year=2026, plans=[INTEL, FULL])
    row, *of_groups = expected.filter(id="bob").iter_rows(named=True)
    _agrees(row, verdict.answer)
    for one, group in zip(of_groups, verdict.answer.groups, strict=True):
        _agrees(one, group)
    assert verdict.answer.proof.context.about_participant
    assert verdict._repr_html_().startswith("<iframe")


def test_why_a_plan_of_several_rows(book: Rulebook, loader: Loader) -> None:
    """All rows of a plan are of one verdict, which has its groups."""
    plan, _, _ = loader.plan(FULL)
    assert plan is not None
    rows = [spread(cells) for cells in plan_rows(book, "acme", plan)]
    other = {"id": "other", "plan.after_tax.allowed": "no"}
    frame = pl.DataFrame([other, *rows], schema=dict.fromkeys(dict.fromkeys(name for row in rows for name in row), pl.String))
    verdict = planproof.why(frame, "acme", year=2026)
    assert len(verdict.answer.groups) == len(plan.groups) > 0
    assert verdict.word == planproof.ask(FULL, year=2026).word
    assert planproof.why(frame, "other", year=2026).word == "unsupported"


@pytest.mark.parametrize(
    ("frame", "id_", "message"),
    [
        (PEOPLE, "dan", "error[unknown-row]: the frame has no row `dan`"),
        (PEOPLE.drop("id"), "ann", "error[unknown-row]: the frame has no row `ann`"),
        (pl.concat([PEOPLE, PEOPLE]), "ann", "error[unknown-row]: the frame has several rows `ann`"),
        (
            PEOPLE.with_columns(plan=pl.lit("intl")),
            "bob",
            "frame:2:2: error[unknown-plan]: there is no plan `intl` among the inputs in `plan`",
        ),
    ],
)
def test_why_a_row_that_is_not_there(frame: pl.DataFrame, id_: str, message: str) -> None:
    """No row, several, and one that cannot be used are told; a row by its number in the whole frame."""
    with pytest.raises(planproof.InvalidInput) as raised:
        planproof.why(frame, id_, year=2026, plans=[INTEL, FULL])
    assert str(raised.value).startswith(f"\n{message}")
