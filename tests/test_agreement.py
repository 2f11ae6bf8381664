"""The comparison of columns with the reference evaluator over random walks: that it follows rightly, and finds what differs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreement import Agreement
from bench_agreement import Done, years
from conftest import compiled
from incremental import Incremental
from planproof.answer import Answerer
from planproof.columns.compiled import Compiled
from planproof.core import Core
from planproof.evaluate import Evaluator
from planproof.plan import Asked
from random_rules import RandomRules
from random_walks import RandomWalks, Seeking, Standing, stated
from shipped import CORE, SETTINGS
from small import define, fact

PROGRAMS = sorted((Path(__file__).parent / "good_rules").glob("*.rules"))


def astray(core: Core, asked: Asked, random: Random, steps: int, every: int = 1) -> Iterator[str]:
    """The definitions that a walk makes another than an evaluation from nothing does, with every reason of what is not known."""
    evaluator = Evaluator(core)
    followed, walks = Incremental(evaluator, asked), RandomWalks(evaluator, asked)
    now = walks.first(random)
    followed.start(now.facts)
    for step in range(steps):
        followed.follow(now.put(walks.step(random, now, followed.run), walks.lists))
        if step % every == 0:
            whole = evaluator.run(now.facts, asked)
            for name in followed.followed:
                value = followed.tests[name](whole) if name in followed.tests else whole.step(name).value
                if followed.values[name] != value:
                    yield name


@pytest.mark.parametrize("year", [2019, 2026, 2027])
def test_step_by_step_as_from_nothing(year: int) -> None:
    """Every definition of the rule book that ships, and every demand of its lists."""
    assert list(astray(CORE, Asked(year, date(year, 12, 31)), Random(year), 300, every=5)) == []


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_each_form_step_by_step(path: Path) -> None:
    """Each form of the language."""
    core = compiled(path.read_text(encoding="utf-8"))
    assert list(astray(core, Asked(2026, date(2026, 6, 30)), Random(1), 100)) == []


@SETTINGS
@given(st.integers(0, 2**32))
def test_random_rules_step_by_step(seed: int) -> None:
    """Small rule books made at random."""
    random = Random(seed)
    core = compiled(RandomRules(random).draw(8))
    assert list(astray(core, Asked(2026, date(2026, 3, 31)), random, 12)) == []


@pytest.mark.parametrize("block", [4, 14])
def test_columns_agree(answerer: Answerer, block: int) -> None:
    """Blocks as the long comparison makes them, but shorter: nothing differs, and most rows are compared in full."""
    found = Agreement(answerer, years(CORE)).block(block, 1500, 375)
    assert found.differences == ()
    assert found.year == years(CORE)[block]
    assert found.compared > 1200
    assert found.compared + found.flawed + found.unsure + found.void == 1500
    assert found.proved == 4


def test_what_differs_is_found(answerer: Answerer, monkeypatch: pytest.MonkeyPatch) -> None:
    """An amount that is one cent more in one row, and one that is not known in another."""
    run = Compiled.run

    def wrong(self: Compiled, frame: pl.DataFrame) -> pl.DataFrame:
        place = pl.int_range(pl.len())
        return run(self, frame).with_columns(
            pl.col("annual_additions_limit") + (place == 7).cast(pl.Int64),
            pl.when(place != 9).then(pl.col("elective_deferral_limit")).alias("elective_deferral_limit"),
        )

    monkeypatch.setattr(Compiled, "run", wrong)
    found = Agreement(answerer, (2025,)).block(0, 12, 100).differences
    assert {(difference.place, difference.name) for difference in found} == {(7, "annual_additions_limit"), (9, "elective_deferral_limit")}


def test_a_row_is_shown_again(answerer: Answerer) -> None:
    """The number of a block and of a row in it tell what is stated there, whatever was compared before."""
    one, other = Agreement(answerer, (2025, 2026)), Agreement(answerer, (2025, 2026))
    one.row(1, 30)
    assert one.row(3, 40) == other.row(3, 40)
    assert one.row(3, 40) != one.row(3, 10)


def test_boundaries_are_sought() -> None:
    """A fact is moved so that a sum comes out at the other side of a comparison, or a cent beside it."""
    texts = [fact(f"plan.{name}", "money", "between $0 and $1,000,000") for name in ("one", "two")]
    core = compiled("\n".join([*texts, define("both", "money", "plan.one + plan.two"), define("reached", "yes/no", "both >= $500")]))
    evaluator, asked = Evaluator(core), Asked(2026)
    random, found = Random(1), set()
    for _ in range(60):
        now = Standing({("plan.one", None): stated(40_000), ("plan.two", None): stated(20_000)}, {})
        now.put(Seeking(evaluator, (2026,)).change(random, now, evaluator.run(now.facts, asked)), {})
        found.add(evaluator.run(now.facts, asked).step("both").value)
    # $600 is $100 over: one of the two goes down by $100, or up, and a cent more or less
    assert found == {side + cent for side in (50_000, 70_000) for cent in (-1, 0, 1)}


def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    """A line that was cut off is done again; one of other code counts for nothing."""
    path = tmp_path / "agreement.txt"
    done = Done(path, {"rules": "a", "code": "b"})
    assert done.blocks() == {}
    done.add({"block": 0, "compared": 5})
    path.write_text(path.read_text() + json.dumps({"rules": "a", "code": "c", "block": 1}) + '\n{"rules": "a", "co')
    done.add({"block": 2, "compared": 6})
    assert {block: data["compared"] for block, data in done.blocks().items()} == {0: 5, 2: 6}
