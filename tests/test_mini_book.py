"""The small rule book that is measured: its examples, and the same rules by hand and in columns, equal row by row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import bench_peers
from mini.by_hand import in_numpy, in_polars, in_python
from mini.engines import ByRow, Engine, HandNumpy, HandPolars, OwnColumns, OwnResults
from mini.entrants import Entrant, entrants
from mini.outputs import OUTPUTS, Answer, differences
from mini.peers.decisions import rules
from mini.peers.text import Python
from mini.reference import ASKED, Reference
from mini.rows import FACTS, as_frame, as_rows, columns
from planproof.columns.backend import ColumnBackend
from planproof.columns.compiled import Columns
from planproof.examples import run_examples
from planproof.rulebook import load_rulebook

NUMBER = 400
TABLE = columns(NUMBER, seed=59)
ROWS = as_rows(TABLE, NUMBER)
REFERENCE = Reference()
EXPECTED = [REFERENCE.answer(row) for row in ROWS]
CORE = REFERENCE.answerer.book.core


def test_the_book_compiles_without_a_finding() -> None:
    """Fresh, with all warnings; twenty facts, and the 59 definitions with those that count a pitfall and those of paths."""
    book, _, diagnostics = load_rulebook(Path(in_python.__file__).parents[1], fresh=True)
    assert book is not None
    assert diagnostics == ()
    of_paths = {name for path in CORE.paths for name in (*path.requirements, *(phase for _, phase in path.phases))}
    counting = {f"{pitfall.name}{end}" for pitfall in CORE.pitfalls for end in ("_counts", "_may_count")}
    assert len(CORE.facts) == len(FACTS) == 20
    assert len({definition.name for definition in CORE.definitions} - of_paths - counting) == 59


def test_its_examples() -> None:
    """Every one comes out."""
    outcomes = list(run_examples(REFERENCE.answerer))
    assert len(outcomes) == 9
    assert [outcome.failures for outcome in outcomes if outcome.failures] == []


def test_the_rows_show_every_value() -> None:
    """Each truth is yes, no and unknown somewhere, each choice every word, and each amount many."""
    for name in OUTPUTS:
        found = {answer[name] for answer in EXPECTED}
        match next(value for value in found if value is not None):
            case bool():
                assert found == ({True, False} if name == "match_on_too_much_pay" else {True, False, None}), name
            case str():
                definition = REFERENCE.answerer.book.definitions[name]
                assert found == {*definition.type.options, None}, name
            case int():
                assert len(found) > 5, name


def by_decisions(row: dict[str, Any]) -> Answer:
    """What other engines are given, in Python."""
    values = dict(row)
    for name, text in DECISIONS:
        values[name] = eval(text, {}, values)
    return values


DECISIONS = [(rule.name, compile(Python().rule(rule), rule.name, "eval")) for rule in rules(CORE)]
ANSWERS: dict[str, Callable[[dict[str, Any]], Answer]] = {"by hand in Python": in_python.answer, "as decisions": by_decisions}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_row_by_row(answer: Callable[[dict[str, Any]], Answer]) -> None:
    """All twenty values of every row are those of the reference evaluator."""
    assert [(row, found) for row, expected in zip(ROWS, EXPECTED, strict=True) if (found := differences(expected, answer(row)))] == []


FRAME = as_frame(TABLE)
ENGINES: dict[str, Engine] = {
    "by hand in Polars": HandPolars(FRAME),
    "by hand in NumPy": HandNumpy(in_numpy.prepared(TABLE)),
    "columns": OwnColumns(Columns(CORE, OUTPUTS, ASKED), FRAME),
    "results of columns": OwnResults(ColumnBackend(REFERENCE.answerer), FRAME),
}


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_in_columns(engine: Engine) -> None:
    """All twenty values of every row are those of the reference evaluator."""
    found = engine.frame(engine.run()).rows(named=True)
    assert [differ for one, other in zip(EXPECTED, found, strict=True) if (differ := differences(one, other))] == []


def test_the_comparison_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """Every engine whose library is there is compared on all its rows, and has a line; of the others it is said that they are not."""
    bench_peers.main(["1", "300"])
    printed = capsys.readouterr().out
    assert "300 rows; all twenty values of every engine are equal on all its rows" in printed
    lines = [line.split("  ")[0] for line in printed.splitlines() if line.endswith(" x")]
    assert lines[0] == "planproof, columns"
    assert {"planproof, columns, results as written by a batch", "Python, by hand", "planproof, reference evaluator"} < set(lines)
    assert len(lines) + printed.count("left out, since it is not installed") == len(list(entrants()))


def test_a_wrong_engine_is_told() -> None:
    """One value that differs in one row stops the comparison."""
    wrong: list[Answer] = [{**answer, "room": 1} if place == 7 else answer for place, answer in enumerate(EXPECTED)]
    contests = [contest(lambda rows: EXPECTED), contest(lambda rows: wrong)]
    with pytest.raises(AssertionError, match="an engine: 1 of 400 rows have another `room`"):
        bench_peers.checked(contests)


def contest(answers: Callable[[Any], list[Answer]]) -> bench_peers.Contest:
    """An engine that answers rows in a way of its own."""
    entrant = Entrant(lambda: "an engine", NUMBER, lambda table, number: ByRow(answers, ROWS))
    return bench_peers.Contest(entrant.label(), entrant, entrant.made(TABLE, NUMBER), NUMBER)


def test_unknown_stays_unknown_in_polars() -> None:
    """Nobody says how old the participant is, so that neither catch-up nor what rests on it is known: not zero, not no."""
    row = ROWS[0] | {"age": None, "catch_up": True, "deferrals": 30_000_00, "nonelective": 0, "pay": 200_000_00, "match": 0}
    found = in_polars.answers(as_frame({name: [value] for name, value in row.items()}).lazy()).collect().row(0, named=True)
    assert {name: found[name] for name in ("used_as_catch_up", "deferrals_that_count", "room", "over_the_room")} == {
        "used_as_catch_up": None,
        "deferrals_that_count": None,
        "room": None,
        "over_the_room": None,
    }
