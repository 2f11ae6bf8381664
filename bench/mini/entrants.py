"""Who takes part in the comparison, on how many rows, and what each leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mini.by_hand import in_numpy, in_python
from mini.engines import ByRow, Engine, HandNumpy, HandPolars, OpenFisca, OwnColumns, OwnResults, Table
from mini.outputs import OUTPUTS, Answer
from mini.peers import openfisca
from mini.peers.decisions import rules
from mini.peers.durable import Durable
from mini.peers.json_logic import JsonLogic
from mini.peers.library import versioned
from mini.peers.rego import Rego
from mini.peers.rule_engine import RuleEngine
from mini.peers.zen import Zen
from mini.reference import ASKED, Reference, book
from mini.rows import Row, as_frame, as_rows
from planproof.answer import Answerer
from planproof.columns.backend import ColumnBackend
from planproof.columns.compiled import Columns

MANY = 1_000_000
OWN = "reasons of what is unknown, and steps, which the reference evaluator gives of any row"
BY_HAND = "reasons of what is unknown, checks of ranges and of overflow"
NO_UNKNOWN = f"unknown itself (cases for null stand for it), {BY_HAND}"


@dataclass(frozen=True, slots=True)
class Entrant:
    """An engine that takes part: how it is called, on how many rows, what makes it, and what it leaves out."""

    label: Callable[[], str]
    rows: int
    made: Callable[[Table, int], Engine]
    leaves_out: str = ""
    vectors: bool = False


def by_row(label: Callable[[], str], rows: int, made: Callable[[], Callable[[Sequence[Row]], list[Answer]]], leaves_out: str) -> Entrant:
    """An entrant that answers rows one by one."""
    return Entrant(label, rows, lambda table, number: ByRow(made(), as_rows(table, number)), leaves_out)


def _each(answer: Callable[[Row], Answer]) -> Callable[[Sequence[Row]], list[Answer]]:
    return lambda rows: [answer(row) for row in rows]


def entrants() -> Iterator[Entrant]:
    """Every engine, in the order of the table; the first is what the others are held against."""
    decisions = rules(book().core)
    yield Entrant(
        lambda: "planproof, columns",
        MANY,
        lambda table, number: OwnColumns(Columns(book().core, OUTPUTS, ASKED), as_frame(table).head(number)),
        OWN,
        vectors=True,
    )
    yield Entrant(
        lambda: "planproof, columns, results as written by a batch",
        MANY,
        lambda table, number: OwnResults(ColumnBackend(Answerer(book())), as_frame(table).head(number)),
        OWN,
        vectors=True,
    )
    yield Entrant(
        lambda: f"{versioned('polars')}, by hand",
        MANY,
        lambda table, number: HandPolars(as_frame(table).head(number)),
        BY_HAND,
        vectors=True,
    )
    yield Entrant(
        lambda: f"{versioned('numpy')}, by hand, in blocks",
        MANY,
        lambda table, number: HandNumpy(in_numpy.prepared({name: cells[:number] for name, cells in table.items()})),
        BY_HAND,
        vectors=True,
    )
    yield Entrant(
        lambda: versioned("openfisca-core"),
        MANY,
        lambda table, number: OpenFisca(
            openfisca.OpenFisca(decisions), openfisca.prepared({name: cells[:number] for name, cells in table.items()})
        ),
        f"unknown itself (a number stands for it), amounts over 32 bits, {BY_HAND}",
        vectors=True,
    )
    yield by_row(lambda: "Python, by hand", 20_000, lambda: _each(in_python.answer), BY_HAND)
    yield by_row(lambda: versioned("zen-engine"), 2_000, lambda: Zen(decisions).answers, NO_UNKNOWN)
    yield by_row(lambda: versioned("rule-engine"), 1_000, lambda: RuleEngine(decisions).answers, NO_UNKNOWN)
    yield by_row(lambda: versioned("panzi-json-logic"), 1_000, lambda: JsonLogic(decisions).answers, NO_UNKNOWN)
    yield by_row(
        lambda: versioned("durable-rules"),
        100,
        lambda: Durable(decisions).answers,
        f"arithmetic (Python in its consequents), {NO_UNKNOWN}",
    )
    yield by_row(lambda: versioned("regopy"), 50, lambda: Rego(decisions).answers, f"its own min and max, which are wrong, {NO_UNKNOWN}")
    yield by_row(
        lambda: "planproof, reference evaluator", 1_000, lambda: _each(Reference().answer), "nothing: every step is kept for the proof"
    )
