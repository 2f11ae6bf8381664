"""Lists: aggregates over rows, rows before the one at hand, values of a row, and amounts spread over rows."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planproof.evaluate_rows import levelled_exactly
from planproof.proof import DefinitionStep
from planproof.rulebook import compile_rules
from planproof.source import Source
from planproof.values import State, Unknown
from small import Rows, Said, ask, causes, define, except_, fact, listed, value

OPEN = State.STATED_UNKNOWN
ROWS = "participant.rows"
SETTINGS = settings(max_examples=200, deadline=None, derandomize=True)
LIST = listed(
    ROWS,
    "r",
    "n : count between 1 and 99",
    "m : money between $0 and $1,000,000",
    "ok : yes/no",
    "cap : money or none between $0 and $1,000",
    order="n",
)


def rows(*cells: tuple[Said, ...]) -> Rows:
    """Rows numbered from 1, each of an amount, then whether it is ok, then its cap."""
    names = ("r.m", "r.ok", "r.cap")
    return {ROWS: [{"r.n": number, **dict(zip(names, row, strict=False))} for number, row in enumerate(cells, 1)]}


# ------------------------------------------------------------------ aggregates

AGGREGATES = {
    "total_of_all": "total of (r.m for each r)",
    "average_of_all": "average of (r.m for each r)\n  rounded half up to cents",
    "highest_of_all": "highest of (r.m for each r)",
    "lowest_of_all": "lowest of (r.m for each r)",
    "picked": "total of (r.m for each r where r.ok)",
    "top": "highest of (r.m for each r where r.ok)",
}
COUNTS = {"many": "count of (each r)", "good": "count of (each r where r.ok)", "large": "count of (each r where r.m > $5)"}
AGGREGATED = (
    LIST
    + "".join(define(name, "money", body) for name, body in AGGREGATES.items())
    + "".join(define(name, "count", body) for name, body in COUNTS.items())
)


def test_aggregates_of_rows() -> None:
    """Total, average, highest, lowest and count, of all rows and of those that pass a test."""
    run = ask(AGGREGATED, {}, rows((1000, True), (301, False), (500, True)))
    wanted = {
        "total_of_all": 1801,
        "average_of_all": 600,
        "highest_of_all": 1000,
        "lowest_of_all": 301,
        "picked": 1500,
        "top": 1000,
        "many": 3,
        "good": 2,
        "large": 1,
    }
    assert {name: run.step(name).value for name in wanted} == wanted


def test_an_average_is_exact_until_it_is_rounded() -> None:
    """1801 cents in three rows are 600 and a third."""
    step = ask(AGGREGATED, {}, rows((1000, True), (301, False), (500, True))).step("average_of_all")
    assert isinstance(step, DefinitionStep)
    assert (step.before, step.value) == (Fraction(1801, 3), 600)


def test_aggregates_of_no_rows() -> None:
    """A total and a count are zero; the rest have no value, and no answer would give them one."""
    run = ask(AGGREGATED, {}, {ROWS: []})
    assert [run.step(name).value for name in ("total_of_all", "picked", "many", "good")] == [0, 0, 0, 0]
    for name in ("average_of_all", "highest_of_all", "lowest_of_all", "top"):
        found = run.step(name).value
        assert causes(found) == {("participant.rows", State.NO_ROWS)}
        assert isinstance(found, Unknown)
        assert found.error


def test_no_row_passes_the_test() -> None:
    """The same as no rows."""
    run = ask(AGGREGATED, {}, rows((1000, False)))
    assert (run.step("picked").value, run.step("good").value) == (0, 0)
    assert causes(run.step("top").value) == {("participant.rows", State.NO_ROWS)}


def test_an_unknown_cell_makes_what_reads_it_unknown() -> None:
    """And the reason names column and row; what does not read it is known."""
    run = ask(AGGREGATED, {}, rows((1000, True), (OPEN, False), (State.NOT_STATED, False)))
    for name in ("total_of_all", "average_of_all", "highest_of_all", "lowest_of_all"):
        found = run.step(name).value
        assert causes(found) == {("r.m", State.STATED_UNKNOWN), ("r.m", State.NOT_STATED)}
        assert isinstance(found, Unknown)
        assert {reason.row for reason in found.reasons} == {2, 3}
    assert [run.step(name).value for name in ("picked", "top", "many", "good")] == [1000, 1000, 3, 1]


def test_a_column_that_a_row_leaves_out_is_not_stated() -> None:
    """Never zero."""
    assert causes(ask(AGGREGATED, {}, {ROWS: [{"r.n": 1}]}).step("total_of_all").value) == {("r.m", State.NOT_STATED)}


def test_an_unknown_test_of_a_row_makes_the_aggregate_unknown() -> None:
    """Even if the amount of that row is zero: aggregates are strict."""
    run = ask(AGGREGATED, {}, rows((1000, True), (0, OPEN)))
    for name in ("picked", "top", "good"):
        assert causes(run.step(name).value) == {("r.ok", State.STATED_UNKNOWN)}
    assert run.step("total_of_all").value == 1000


def test_an_absent_cell_is_not_summed() -> None:
    """A total over a cap that one row does not have names what does not apply; a test on it is no."""
    text = (
        LIST
        + define("answer", "money", "total of (r.cap for each r)")
        + define("capped", "money", "total of (r.cap for each r where not r.cap is none)")
    )
    run = ask(text, {}, rows((1, True, 500), (1, True, None)))
    assert {state for _, state in causes(run.step("answer").value)} == {State.NOT_APPLICABLE}
    assert run.step("capped").value == 500


def test_an_aggregate_over_another_list() -> None:
    """Rows within rows: each row sums over the other list, reading its own cells."""
    other = listed("participant.steps", "s", "upto : money between $0 and $100")
    text = (
        LIST
        + other
        + define("r.under", "money", "total of (lesser of (r.m, s.upto) for each s)")
        + define("answer", "money", "total of (r.under for each r)")
    )
    given = {**rows((700, True), (100, True)), "participant.steps": [{"s.upto": 500}, {"s.upto": 1000}]}
    run = ask(text, {}, given)
    assert [run.cell("r", "r.under", index).value for index in (0, 1)] == [1200, 200]
    assert run.step("answer").value == 1400


# ------------------------------------------------------------------ some, every, no

QUANTIFIED = (
    LIST
    + define("some_ok", "yes/no", "some r where (r.ok)")
    + define("no_ok", "yes/no", "no r where (r.ok)")
    + define("every_ok", "yes/no", "every r has (r.ok)")
    + define("every_large", "yes/no", "every r where (r.m > $5) has (r.ok)")
)


@pytest.mark.parametrize(
    ("cells", "some", "every"),
    [
        ([], False, True),
        ([True], True, True),
        ([False], False, False),
        ([OPEN], OPEN, OPEN),
        ([True, OPEN], True, OPEN),
        ([False, OPEN], OPEN, False),
        ([True, False, OPEN], True, False),
        ([False, False], False, False),
        ([OPEN, OPEN], OPEN, OPEN),
        ([True, True], True, True),
    ],
)
def test_some_every_and_no(cells: list[Said], some: Said, every: Said) -> None:
    """Kleene's `or` and `and` over the rows; of no rows, `some` is no and `every` is yes."""
    run = ask(QUANTIFIED, {}, rows(*[(1000, cell) for cell in cells]))
    for name, wanted in (("some_ok", some), ("every_ok", every), ("every_large", every), ("no_ok", some if some is OPEN else not some)):
        found = run.step(name).value
        assert (OPEN if isinstance(found, Unknown) else found) == wanted


@pytest.mark.parametrize(
    ("amount", "ok", "holds"),
    [(OPEN, True, True), (OPEN, False, OPEN), (100, OPEN, True), (100, False, True), (OPEN, OPEN, OPEN), (1000, False, False)],
)
def test_every_with_a_test_of_its_rows(amount: Said, ok: Said, holds: Said) -> None:
    """A row that does not pass, or that has what is asked, breaks nothing, whatever else is unknown of it."""
    found = ask(QUANTIFIED, {}, rows((amount, ok))).step("every_large").value
    assert (OPEN if isinstance(found, Unknown) else found) == holds


def test_quantifiers_over_a_list_that_is_not_given() -> None:
    """Unknown for the list."""
    for name in ("some_ok", "no_ok", "every_ok", "every_large"):
        assert causes(ask(QUANTIFIED).step(name).value) == {(ROWS, State.NOT_STATED)}


# ------------------------------------------------------------------ values of a row

PER_ROW = define("r.half", "money", "r.m / 2\n  rounded down to cents", except_("whole", "r.ok", "r.m"))


def test_a_definition_of_each_row() -> None:
    """Base and exception by the cells of the row itself; a step for each row."""
    run = ask(LIST + PER_ROW + define("answer", "money", "total of (r.half for each r)"), {}, rows((301, False), (301, True), (301, OPEN)))
    assert [run.cell("r", "r.half", index).value for index in (0, 1)] == [150, 301]
    assert causes(run.cell("r", "r.half", 2).value) == {("r.ok", State.STATED_UNKNOWN)}
    assert causes(run.step("answer").value) == {("r.ok", State.STATED_UNKNOWN)}
    step = run.cell("r", "r.half", 0)
    assert isinstance(step, DefinitionStep)
    assert (step.row, step.before, step.taken) == (0, Fraction(301, 2), ("",))


def test_rows_before_the_one_at_hand() -> None:
    """In the list's order, not in the order in which rows are written; the first row has none."""
    text = (
        LIST
        + define("r.before", "money", "total of (r.m for each earlier r)")
        + define("r.kept", "count", "count of (each earlier r where r.ok)")
    )
    given = {ROWS: [{"r.n": n, "r.m": m, "r.ok": ok} for n, m, ok in ((3, 300, True), (1, 100, True), (2, 200, False))]}
    run = ask(text, {}, given)
    assert [run.cell("r", "r.before", index).value for index in range(3)] == [300, 0, 100]
    assert [run.cell("r", "r.kept", index).value for index in range(3)] == [1, 0, 1]


def test_rows_before_are_not_spoilt_by_rows_after() -> None:
    """An unknown amount makes only later rows unknown; an unknown rank makes the order unknown."""
    text = LIST + define("r.before", "money", "total of (r.m for each earlier r)")
    run = ask(text, {}, rows((100,), (OPEN,), (300,)))
    assert [run.cell("r", "r.before", index).value for index in (0, 1)] == [0, 100]
    assert causes(run.cell("r", "r.before", 2).value) == {("r.m", State.STATED_UNKNOWN)}
    run = ask(text, {}, {ROWS: [{"r.n": 1, "r.m": 1}, {"r.n": OPEN, "r.m": 1}]})
    assert [causes(run.cell("r", "r.before", index).value) for index in (0, 1)] == [{("r.n", State.STATED_UNKNOWN)}] * 2


def test_a_running_balance() -> None:
    """A row may read what the same list's earlier rows define, through another definition."""
    text = LIST + define("r.counted", "money", "lesser of (r.m, $10 - total of (r.m for each earlier r))\n  but not less than $0")
    run = ask(text, {}, rows((600,), (600,), (600,)))
    assert [run.cell("r", "r.counted", index).value for index in range(3)] == [600, 400, 0]


# ------------------------------------------------------------------ filling

AMOUNT = fact("participant.amount", "money", "between $0 and $1,000,000")
FILL = (
    AMOUNT
    + define("r.share", "money", "share of (participant.amount filling each r up to r.m)")
    + define("answer", "money", "total of (r.share for each r)")
)


def spread(text: str, amount: Said, measures: list[int]) -> list[object]:
    """The share of each row when an amount is spread over rows with these measures."""
    run = ask(LIST + text, {"participant.amount": amount}, rows(*[(measure,) for measure in measures]))
    return [run.cell("r", "r.share", index).value for index in range(len(measures))]


@pytest.mark.parametrize(
    ("amount", "measures", "wanted"),
    [
        (0, [5, 5], [0, 0]),
        (7, [5, 5], [5, 2]),
        (5, [5, 5], [5, 0]),
        (10, [5, 5], [5, 5]),
        (99, [5, 5], [5, 5]),
        (7, [0, 9], [0, 7]),
        (3, [], []),
        (1, [9, 9, 9], [1, 0, 0]),
    ],
)
def test_an_amount_fills_each_row_in_turn(amount: int, measures: list[int], wanted: list[int]) -> None:
    """Each up to its measure; what is left when all are full goes nowhere."""
    assert spread(FILL, amount, measures) == wanted


def test_filling_goes_by_the_order_of_the_list() -> None:
    """By the column that orders it, not as written."""
    run = ask(LIST + FILL, {"participant.amount": 700}, {ROWS: [{"r.n": 2, "r.m": 500}, {"r.n": 1, "r.m": 500}]})
    assert [run.cell("r", "r.share", index).value for index in (0, 1)] == [200, 500]


def test_an_allocation_with_something_unknown() -> None:
    """Amount, one measure or the list: every share is unknown for it."""
    for text in (FILL, LEVEL):
        assert [causes(share) for share in spread(text, OPEN, [5, 5])] == [{("participant.amount", State.STATED_UNKNOWN)}] * 2  # type: ignore[arg-type]
        run = ask(LIST + text, {"participant.amount": 5}, rows((OPEN,), (5,)))
        assert [causes(run.cell("r", "r.share", index).value) for index in (0, 1)] == [{("r.m", State.STATED_UNKNOWN)}] * 2
        assert causes(value(LIST + text, {"participant.amount": 5})) == {(ROWS, State.NOT_STATED)}


# ------------------------------------------------------------------ reduction, highest first

LEVEL = (
    AMOUNT
    + define("r.share", "money", "reduction of (r.m taking participant.amount from highest first)")
    + define("answer", "money", "total of (r.share for each r)")
)


@pytest.mark.parametrize(
    ("amount", "measures", "wanted"),
    [
        (0, [900, 500], [0, 0]),
        (400, [900, 500], [400, 0]),
        (401, [900, 500], [401, 0]),
        (402, [900, 500], [401, 1]),
        (600, [900, 500], [500, 100]),
        (1, [500, 500], [1, 0]),
        (2, [500, 500, 500], [1, 1, 0]),
        (100, [500, 500, 500], [34, 33, 33]),
        (101, [500, 500, 500], [34, 34, 33]),
        (1400, [900, 500], [900, 500]),
        (5000, [900, 500], [900, 500]),
        (300, [100, 900, 500], [0, 300, 0]),
        (1000, [100, 900, 500], [0, 700, 300]),
        (1202, [100, 900, 500], [1, 801, 400]),
        (7, [0, 0], [0, 0]),
        (7, [], []),
        (7, [3], [3]),
        (3, [2, 3], [1, 2]),
    ],
)
def test_a_reduction_takes_from_the_highest_first(amount: int, measures: list[int], wanted: list[int]) -> None:
    """Until the rest are level; odd cents fall on earlier rows; nobody gives more than there is."""
    assert spread(LEVEL, amount, measures) == wanted


def cent_by_cent(amount: int, measures: list[int]) -> list[int]:
    """The reference: each cent from the row that is highest then, the earliest of equals."""
    left = list(measures)
    for _ in range(min(amount, sum(measures))):
        left[left.index(max(left))] -= 1
    return [before - after for before, after in zip(measures, left, strict=True)]


@SETTINGS
@given(st.integers(0, 120), st.lists(st.integers(0, 40), max_size=6))
def test_a_reduction_is_the_same_cent_by_cent(amount: int, measures: list[int]) -> None:
    """Against the slow way."""
    assert spread(LEVEL, amount, measures) == cent_by_cent(amount, measures)


@SETTINGS
@given(st.integers(0, 10**8), st.lists(st.integers(0, 10**8), min_size=1, max_size=8))
def test_a_reduction_is_exact_and_levels(amount: int, measures: list[int]) -> None:
    """The shares sum to the amount to the cent, and who gave ends at the highest level, give or take a cent."""
    taken = spread(LEVEL, amount, measures)
    left = []
    for share, measure in zip(taken, measures, strict=True):
        assert isinstance(share, int)
        assert 0 <= share <= measure
        left.append(measure - share)
    assert sum(measures) - sum(left) == min(amount, sum(measures))
    assert all(rest >= max(left) - 1 for rest, measure in zip(left, measures, strict=True) if rest < measure)


@SETTINGS
@given(st.integers(0, 10**8), st.lists(st.integers(0, 10**8), max_size=8))
def test_filling_is_exact(amount: int, measures: list[int]) -> None:
    """The shares sum to the amount as far as there is room, and a row is touched only when those before are full."""
    filled = spread(FILL, amount, measures)
    room = amount
    for share, measure in zip(filled, measures, strict=True):
        assert share == min(measure, room)
        room -= min(measure, room)
    given = {"participant.amount": amount}
    assert value(LIST + FILL, given, rows(*[(measure,) for measure in measures])) == min(amount, sum(measures))


def test_a_reduction_of_the_rows_that_pass_a_test() -> None:
    """The others keep what they have, and an unknown test leaves every share open."""
    text = AMOUNT + define("r.share", "money", "reduction of (r.m taking participant.amount from highest first where r.ok)")
    run = ask(LIST + text, {"participant.amount": 300}, rows((900, False), (500, True), (400, True)))
    assert [run.cell("r", "r.share", index).value for index in range(3)] == [0, 200, 100]
    run = ask(LIST + text, {"participant.amount": 300}, rows((900, OPEN), (500, True)))
    assert [causes(run.cell("r", "r.share", index).value) for index in (0, 1)] == [{("r.ok", State.STATED_UNKNOWN)}] * 2


def test_a_measure_below_zero_takes_no_share() -> None:
    """Neither filled nor reduced."""
    fill = AMOUNT + define("r.share", "money", "share of (participant.amount filling each r up to r.m - $5)")
    level = AMOUNT + define("r.share", "money", "reduction of (r.m - $5 taking participant.amount from highest first)")
    for text in (fill, level):
        assert spread(text, 300, [100, 900, 400]) == [0, 300, 0]


def test_a_negative_amount_is_not_spread() -> None:
    """Nothing is taken and nothing given back."""
    fill = AMOUNT + define("r.share", "money", "share of (participant.amount - $9 filling each r up to r.m)")
    level = AMOUNT + define("r.share", "money", "reduction of (r.m taking participant.amount - $9 from highest first)")
    for text in (fill, level):
        assert spread(text, 100, [500, 500]) == [0, 0]


# ------------------------------------------------------------------ reduction of rates, exactly

RATES = "participant.rates"
RATE_LIST = listed(RATES, "p", "of : rate between 0% and 1000%", "ok : yes/no")
TAKEN = fact("participant.taken", "rate", "between 0% and 1000%")
EXACTLY = (
    RATE_LIST
    + TAKEN
    + define("p.share", "rate", "reduction of (p.of taking participant.taken from highest first)\n  rounded half up to 0.01%")
)


def percent(number: int | Fraction) -> int | Fraction:
    """So many per cent."""
    found = Fraction(number, 100)
    return found.numerator if found.denominator == 1 else found


def taken_exactly(text: str, amount: Said, measures: list[Said]) -> list[object]:
    """The share of each row before it is rounded, or why it is not known."""
    run = ask(
        text, {"participant.taken": amount}, {RATES: [{"p.of": measure, "p.ok": index > 0} for index, measure in enumerate(measures)]}
    )
    steps = [run.cell("p", "p.share", index) for index in range(len(measures))]
    assert all(isinstance(step, DefinitionStep) for step in steps)
    return [step.value if isinstance(step.value, Unknown) or step.before is None else step.before for step in steps]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("amount", "measures", "wanted"),
    [
        (0, [9, 5], [0, 0]),
        (3, [9, 5], [3, 0]),
        (5, [9, 5], [Fraction(9, 2), Fraction(1, 2)]),
        (1, [5, 5, 5], [Fraction(1, 3)] * 3),
        (5, [7, 6, 2], [3, 2, 0]),
        (14, [9, 5], [9, 5]),
        (99, [9, 5], [9, 5]),
        (7, [0, 0], [0, 0]),
        (7, [], []),
        (7, [10], [7]),
        (4, [1, 9, 9], [0, 2, 2]),
    ],
)
def test_rates_are_levelled_exactly(amount: int, measures: list[int], wanted: list[int | Fraction]) -> None:
    """Without steps: whoever gave ends at one level, to the last fraction, and order bears no part of it."""
    assert taken_exactly(EXACTLY, percent(amount), [percent(one) for one in measures]) == [percent(one) for one in wanted]
    backwards = taken_exactly(EXACTLY, percent(amount), [percent(one) for one in reversed(measures)])
    assert backwards == [percent(one) for one in reversed(wanted)]


FRACTIONS = st.fractions(0, 20, max_denominator=60)


@SETTINGS
@given(FRACTIONS, st.lists(FRACTIONS, max_size=8))
def test_what_is_left_is_level(amount: Fraction, measures: list[Fraction]) -> None:
    """The shares sum to the amount, or to all there is; the rest are level; nobody below the level is touched."""
    shares = [Fraction(share) for share in levelled_exactly(amount, [*measures])]
    left = [measure - share for measure, share in zip(measures, shares, strict=True)]
    assert sum(shares) == min(amount, sum(measures))
    assert all(0 <= share <= measure for share, measure in zip(shares, measures, strict=True))
    level = max(left, default=Fraction(0))
    assert {rest for rest, share in zip(left, shares, strict=True) if share > 0} <= {level}
    assert all(share == 0 for share, measure in zip(shares, measures, strict=True) if measure <= level)


@SETTINGS
@given(st.integers(0, 30), st.lists(st.integers(0, 8), max_size=6))
def test_exact_levelling_is_the_same_in_sixtieths(amount: int, measures: list[int]) -> None:
    """Against the slow way, in sixtieths: up to six rows share those without a rest."""
    slow = cent_by_cent(amount * 60, [measure * 60 for measure in measures])
    assert levelled_exactly(amount, list(measures)) == [Fraction(share, 60) for share in slow]
    through = taken_exactly(EXACTLY, percent(amount), [percent(measure) for measure in measures])
    assert through == [percent(Fraction(share, 60)) for share in slow]


@SETTINGS
@given(FRACTIONS, st.lists(FRACTIONS, max_size=6), st.randoms())
def test_exact_levelling_knows_no_order(amount: Fraction, measures: list[Fraction], shuffler: Random) -> None:
    """Whichever row comes first, each bears the same."""
    order = list(range(len(measures)))
    shuffler.shuffle(order)
    shares = levelled_exactly(amount, [*measures])
    assert levelled_exactly(amount, [measures[index] for index in order]) == [shares[index] for index in order]


def test_rates_that_pass_a_test_and_rates_that_nobody_tells() -> None:
    """What `where` leaves out keeps what it has; amount, measure and list make every share unknown."""
    tested = EXACTLY.replace("highest first)", "highest first where p.ok)")
    assert taken_exactly(tested, percent(3), [percent(9), percent(5), percent(4)]) == [0, percent(2), percent(1)]
    assert [causes(share) for share in taken_exactly(EXACTLY, OPEN, [percent(5)])] == [{("participant.taken", State.STATED_UNKNOWN)}]  # type: ignore[arg-type]
    shares = taken_exactly(EXACTLY, percent(5), [OPEN, percent(5)])
    assert [causes(share) for share in shares] == [{("p.of", State.STATED_UNKNOWN)}] * 2  # type: ignore[arg-type]


def test_a_rate_below_zero_takes_no_share_and_a_negative_amount_is_not_taken() -> None:
    """Neither the one nor the other gives anything back."""
    lowered = EXACTLY.replace("(p.of taking", "(p.of - 5% taking")
    assert taken_exactly(lowered, percent(3), [percent(1), percent(9), percent(4)]) == [0, percent(3), 0]
    less = EXACTLY.replace("taking participant.taken", "taking participant.taken - 9%")
    assert taken_exactly(less, percent(1), [percent(5), percent(5)]) == [0, 0]


@pytest.mark.parametrize(
    ("result", "code", "words"),
    [
        ("reduction of (p.of taking participant.taken from highest first)", "rounding-missing", "can be a fraction of its unit (rate)"),
        (
            "reduction of (p.of taking $1 from highest first)\n  rounded down to 1%",
            "type-mismatch",
            "this is money, and a rate is needed here",
        ),
        (
            "share of (participant.taken filling each p up to p.of)\n  rounded down to 1%",
            "type-mismatch",
            "this is a rate, and money is needed here",
        ),
    ],
)
def test_a_reduction_of_rates_that_does_not_fit(result: str, code: str, words: str) -> None:
    """It must be rounded, both sides are rates, and filling takes money only."""
    rates = RATE_LIST.replace("list participant.rates of p", "list participant.rates of p in order of p.of")
    source = Source("wrong.rules", f'chapter "Test"\n\n{rates}{TAKEN}{define("p.share", "rate", result)}')
    core, found = compile_rules([source])
    assert core is None
    (error,) = [one for one in found if one.severity == "error"]
    assert error.code == code
    assert words in error.message
