"""The shipped rules against the same rules written by hand in plain Python: equal on random plans and participants."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import strategies
from by_hand import AMOUNTS, COVERED, EARNINGS, NONE, NOT_TOLD, PATHS, PITFALLS
from by_hand import Facts as HandFacts
from by_hand import answer as answer_by_hand
from planproof.plan import Facts, RowsStatement, Statement
from planproof.values import State, Unknown, unknown_because
from shipped import ASKED, CORE, DEFINITIONS, EVALUATOR, FACTS, LISTS, SETTINGS, read_by

READ = read_by(*COVERED, but=EARNINGS)
OTHERS = ({fact.name for fact in CORE.facts} | {listed.name for listed in CORE.lists}) - READ
NAMES = sorted(READ)


def test_what_is_covered() -> None:
    """The verdict, its amounts, every path, every pitfall of the plan's design, and others that ask for nothing more."""
    assert CORE.verdict is not None
    phases = [definition for path in CORE.paths for _, definition in path.phases]
    of_the_design = {pitfall.name for pitfall in CORE.pitfalls if DEFINITIONS[pitfall.name].span.path == "rules/pitfalls.rules"}
    assert (CORE.verdict.name, *AMOUNTS, *PATHS, *PITFALLS) == COVERED
    assert list(CORE.verdict.amounts) == AMOUNTS
    assert sorted(PATHS) == sorted(phases)
    assert of_the_design <= set(PITFALLS) <= {pitfall.name for pitfall in CORE.pitfalls}
    more = READ - read_by(CORE.verdict.name, *CORE.verdict.amounts, *phases)
    assert more == {"plan.in_plan_roth.times_a_year", "plan.in_service.spouse_consent"}


def by_hand(facts: Facts) -> HandFacts:
    """The facts as the hand-written rules take them."""
    found: HandFacts = {name: said.value if said.state is State.STATED else NOT_TOLD for (name, _), said in facts.statements.items()}
    for name, rows in facts.lists.items():
        found[name] = [{column.split(".")[-1]: cell.value for column, cell in row.items()} for row in rows.rows]
    return found


def by_engine(facts: Facts, earnings: int | None) -> dict[str, Any]:
    """What the engine says, as the hand-written rules say it."""
    run = EVALUATOR.run(facts, ASKED, {EARNINGS: unknown_because(EARNINGS, State.NOT_STATED) if earnings is None else earnings})
    values = {name: run.step(name).value for name in COVERED}
    return {name: None if isinstance(value, Unknown) else NONE if value is None else value for name, value in values.items()}


@st.composite
def usual_facts(draw: st.DrawFn) -> Facts:
    """A plan that mostly takes after-tax contributions and a participant of usual pay: amounts are seldom nothing."""
    money = {
        "compensation": (20_000_00, 450_000_00),
        "plan_compensation": (20_000_00, 450_000_00),
        "elective_deferrals": (0, 40_000_00),
        "after_tax_contributions": (0, 60_000_00),
        "fica_wages": (100_000_00, 200_000_00),
        "other_plans.compensation": (0, 100_000_00),
        "self_employment.net_profit": (0, 250_000_00),
        "self_employment.other_wages": (50_000_00, 200_000_00),
        "long_service.increase_used": (0, 16_000_00),
        "church.alternative_used": (25_000_00, 40_000_00),
    }
    said: dict[str, Any] = {f"participant.{name}": draw(st.integers(*ends)) for name, ends in money.items()}
    said["participant.age_at_year_end"] = draw(st.sampled_from([40, 49, 50, 59, 60, 61, 62, 63, 64]))
    said["participant.long_service.years"] = years = draw(st.integers(13, 30))
    said["participant.long_service.deferrals_before"] = years * 5_000_00 - draw(st.integers(-2_000_00, 8_000_00))
    said["plan.type"] = draw(st.sampled_from([*("401(k)", "403(b)", "solo 401(k)", "401(a)") * 3, *FACTS["plan.type"].type.options]))
    said["plan.after_tax.only_by_spillover"] = draw(st.sampled_from([True, False, False, False]))
    said["plan.after_tax.percent_cap"] = draw(st.one_of(st.none(), st.integers(0, 300).map(lambda n: Fraction(n, 1000))))
    said["plan.after_tax.combined_percent_cap"] = draw(st.one_of(st.none(), st.integers(0, 100).map(percent)))
    said["plan.after_tax.dollar_cap"] = draw(st.one_of(st.none(), st.integers(0, 50_000_00)))
    said["plan.nonelective.rate"] = draw(st.one_of(st.none(), st.integers(0, 10).map(percent)))
    for name in ("after_tax.allowed", "catch_up.allowed", "limits.fifteen_year_catch_up", "match.offered", "roth.deferrals"):
        said[f"plan.{name}"] = draw(st.sampled_from([True, True, True, False]))
    rows = draw(st.lists(_other_plans(), max_size=3))
    others = tuple(_stated("other_plan", {"number": n, **row}) for n, row in enumerate(rows, 1))
    ends = sorted(draw(st.lists(st.integers(0, 12), min_size=2, max_size=4, unique=True)))
    rates = (draw(st.sampled_from([25, 50, 100])) for _ in ends)
    tiers = [{"rate": percent(r), "from": percent(low), "to": percent(high)} for r, (low, high) in zip(rates, pairwise(ends), strict=False)]
    period = st.fixed_dictionaries({"pay": st.integers(60_000_00, 250_000_00), "matched_contributions": st.integers(0, 20_000_00)})
    periods = draw(st.lists(period, max_size=4))
    paid = tuple(_stated("pay_period", {"number": n, **paid}) for n, paid in enumerate(periods, 1))
    said["plan.match.computed"] = draw(st.sampled_from(["each_pay_period", "annually"]))
    said["plan.match.true_up"] = draw(st.sampled_from([True, False, False]))
    lists = {
        "participant.pay_periods": RowsStatement(paid),
        "participant.other_plans.plans": RowsStatement(others),
        "plan.match.tiers": RowsStatement(tuple(_stated("tier", tier) for tier in tiers)),
    }
    whole = draw(WHOLE).joined(Facts({(name, None): Statement(value, State.STATED) for name, value in said.items()}, lists))
    summed = draw(st.booleans())
    return Facts(
        {key: said for key, said in whole.statements.items() if summed or key[0] != "participant.employer_contributions"}, whole.lists
    )


def percent(number: int) -> Fraction:
    """So much percent."""
    return Fraction(number, 100)


def _other_plans() -> st.SearchStrategy[dict[str, Any]]:
    columns = {column.name.split(".")[-1]: column for column in LISTS["other_plan"].columns}
    return st.fixed_dictionaries(
        {
            "kind": st.sampled_from(columns["kind"].type.options),
            "sponsor": st.sampled_from(columns["sponsor"].type.options),
            "deferrals": st.integers(0, 30_000_00),
            "annual_additions": st.integers(0, 50_000_00),
        }
    )


def _stated(row: str, cells: dict[str, Any]) -> dict[str, Statement]:
    return {f"{row}.{name}": Statement(value, State.STATED) for name, value in cells.items()}


WHOLE = strategies.whole_facts(CORE, leave_out=OTHERS)
SILENT = st.sets(st.sampled_from(NAMES), max_size=6)


@settings(SETTINGS, max_examples=1500)
@given(st.one_of(WHOLE, usual_facts(), usual_facts()), st.sampled_from([None, 0, 200_00]), SILENT, SILENT)
def test_equal_to_the_rules_by_hand(facts: Facts, earnings: int | None, silent: set[str], not_told: set[str]) -> None:
    """Everything covered is the same, known or not, whatever is silent or stated as unknown."""
    statements = {key: said for key, said in facts.statements.items() if key[0] not in silent}
    statements |= {key: Statement(None, State.STATED_UNKNOWN) for key in statements if key[0] in not_told}
    lists = {name: rows for name, rows in facts.lists.items() if name not in silent | not_told}
    some = Facts(statements, lists)
    assert by_engine(some, earnings) == answer_by_hand(by_hand(some) | {EARNINGS: earnings})
