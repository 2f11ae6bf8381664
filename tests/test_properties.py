"""Properties of the rule book that ships, over random plans and participants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import strategies
from planproof import core as c
from planproof.evaluate import Evaluator
from planproof.plan import Facts, Statement
from planproof.proof import FactStep
from planproof.run import Run
from planproof.values import Exact, Result, State, Unknown
from shipped import ASKED, CORE, DEFINITIONS, EVALUATOR, KEYS, PLAIN, SETTINGS, named_in, parts, reached, read_by


def asked_if_known(name: str) -> set[str]:
    """What a definition itself asks whether it is known."""
    known = (node.operand for node in parts(DEFINITIONS[name].branches) if isinstance(node, c.IsKnown))
    return set().union(*(named_in(operand) for operand in known))


ASKED_IF_KNOWN = set().union(*map(asked_if_known, DEFINITIONS))
# For each definition the facts on which it depends through `is known`: to hide one of them may change what is definite.
READ_IF_KNOWN = {
    name: read_by(*(asked for other in reached(name) & DEFINITIONS.keys() for asked in asked_if_known(other))) for name in PLAIN
}


def run(facts: Facts, evaluator: Evaluator = EVALUATOR) -> Run:
    """A run of the rule book over some facts."""
    return evaluator.run(facts, ASKED)


def number(result: Result) -> Exact:
    """A result that must be a known number."""
    assert isinstance(result, int | Fraction), result
    return result


def amount(found: Run, name: str) -> Exact:
    """A definition's value, which must be known."""
    return number(found.step(name).value)


def stated(facts: Facts, **changes: object) -> Facts:
    """Facts with some values laid over them; `__` in a name stands for a dot."""
    return facts.joined(Facts({(name.replace("__", "."), None): Statement(value, State.STATED) for name, value in changes.items()}))  # type: ignore[arg-type]


@st.composite
def accepting_facts(draw: st.DrawFn) -> Facts:
    """A plan that takes after-tax contributions beside all deferrals, and a usual participant: room is seldom zero."""
    facts = stated(draw(EVERYTHING), plan__type="401(k)", plan__after_tax__allowed=True, plan__after_tax__only_by_spillover=False)
    usual = {
        "compensation": (60_000_00, 500_000_00),
        "plan_compensation": (60_000_00, 500_000_00),
        "elective_deferrals": (0, 36_000_00),
        "employer_contributions": (0, 50_000_00),
    }
    changes: dict[str, object] = {f"participant__{name}": draw(st.integers(*ends)) for name, ends in usual.items()}
    for name in ("percent_cap", "combined_percent_cap"):
        changes[f"plan__after_tax__{name}"] = draw(st.one_of(st.none(), st.integers(0, 1000).map(lambda n: Fraction(n, 1000))))
    return stated(facts, **changes)


EVERYTHING = strategies.whole_facts(CORE)
ACCEPTING = accepting_facts()
ANY = st.one_of(EVERYTHING, ACCEPTING, ACCEPTING)

# ------------------------------------------------------------------ room


@SETTINGS
@given(ANY)
def test_room_is_within_every_limit(facts: Facts) -> None:
    """Never below zero, never above what the law leaves nor above any cap of the plan."""
    found = run(facts)
    room = amount(found, "after_tax_room")
    assert room >= 0
    if found.step("annual_additions_limit").value is None:
        assert room == 0, "a plan without a limit on annual additions takes no after-tax contributions"
    else:
        assert room <= max(0, amount(found, "annual_additions_limit") - amount(found, "counted_additions"))
        elsewhere = amount(found, "additions_elsewhere")
        assert room <= max(0, amount(found, "aggregate_limit") - amount(found, "counted_additions") - elsewhere)
    pay, deferrals = amount(found, "counted_pay"), amount(found, "counted_deferrals")
    for cap, unit, less in (("percent_cap", pay, 0), ("dollar_cap", 1, 0), ("combined_percent_cap", pay, deferrals)):
        value = found.step(f"plan.after_tax.{cap}").value
        assert value is None or room <= max(0, number(value) * unit - less)
    if found.step("plan.after_tax.allowed").value is False:
        assert room == 0


@SETTINGS
@given(ACCEPTING)
def test_room_uses_some_limit_up(facts: Facts) -> None:
    """Where the plan accepts, the room is exactly the least of what the four limits leave."""
    found = run(facts)
    limits = [amount(found, f"room_under_{name}") for name in ("annual_additions", "percent_cap", "dollar_cap", "combined_cap")]
    assert amount(found, "after_tax_room") == min(limits)


def raised(parameter: str, by: int) -> Evaluator:
    """The rule book with every value of a parameter raised."""

    def more(value: c.ParameterValue) -> c.ParameterValue:
        return replace(value, value=value.value + by) if isinstance(value.value, int) and value.in_force else value

    parameters = tuple(replace(p, values=tuple(map(more, p.values))) if p.name == parameter else p for p in CORE.parameters)
    assert parameters != CORE.parameters
    return Evaluator(replace(CORE, parameters=parameters))


LIMITS = {
    "annual_additions_dollar_limit": 1,
    "catch_up_dollar_limit": 1,
    "higher_catch_up_dollar_limit": 1,
    "compensation_dollar_limit": 1,
    "roth_catch_up_wage_threshold": 1,
    "elective_deferral_dollar_limit": -1,
    # a larger increase makes less of the deferrals catch-up
    "fifteen_year_yearly_limit": -1,
    "fifteen_year_lifetime_limit": -1,
    "fifteen_year_amount_per_year": -1,
    # for a church employee of little pay
    "church_alternative_yearly_limit": 1,
    "church_alternative_lifetime_limit": 1,
    # more self-employment tax leaves less earned income
    "social_security_wage_base": -1,
    "self_employment_floor": 1,
    # plans that take no after-tax contributions
    "simple_deferral_dollar_limit": -1,
    "simple_small_employer_deferral_dollar_limit": -1,
    "simple_catch_up_dollar_limit": 1,
    "simple_small_employer_catch_up_dollar_limit": 1,
    "simple_higher_catch_up_dollar_limit": 1,
    "starter_deferral_dollar_limit": -1,
    "ira_catch_up_dollar_limit": 1,
    "deferral_457_dollar_limit": -1,
}


def money_limits() -> set[str]:
    """The parameters of money that the room can depend on."""
    return {parameter.name for parameter in CORE.parameters if parameter.type.kind == "money"} & reached("after_tax_room")


def test_every_limit_is_tested() -> None:
    """A new parameter of money that the room depends on says which way it moves the room."""
    assert set(LIMITS) == money_limits()


@pytest.mark.parametrize("by", [1, 1_000_00, 50_000_00])
@SETTINGS
@given(ANY)
def test_room_is_monotone_in_each_limit(by: int, facts: Facts) -> None:
    """More where a limit rises, with employer money stated; less where more deferrals are none of them catch-up."""
    before = amount(run(facts), "after_tax_room")
    for (name, step), evaluator in RAISED.items():
        if step == by:
            assert (amount(run(facts, evaluator), "after_tax_room") - before) * LIMITS[name] >= 0, name


RAISED = {(name, by): raised(name, by) for name in LIMITS for by in (1, 1_000_00, 50_000_00)}


@SETTINGS
@given(ANY, st.sampled_from(["dollar_cap", "percent_cap", "combined_percent_cap"]), st.lists(st.integers(0, 1000), min_size=2, max_size=2))
def test_room_is_monotone_in_each_cap_of_the_plan(facts: Facts, cap: str, ends: list[int]) -> None:
    """A higher cap never gives less room, and no cap never less than any."""
    unit: Callable[[int], Exact] = (lambda n: n * 10_000) if cap == "dollar_cap" else (lambda n: Fraction(n, 1000))
    low, high = sorted(ends)
    rooms = [amount(run(stated(facts, **{f"plan__after_tax__{cap}": value})), "after_tax_room") for value in (unit(low), unit(high), None)]
    assert rooms == sorted(rooms)


# ------------------------------------------------------------------ what is not known


def consistent(facts: Facts) -> Facts:
    """The same facts without what is stated of things that do not apply."""
    while True:
        found = run(facts)
        idle = [key for key in facts.statements if fact_step(found, key[0]).state is State.NOT_APPLICABLE]
        if not idle:
            return facts
        facts = Facts({key: said for key, said in facts.statements.items() if key not in idle}, facts.lists)


KEYED = {fact.name for fact in CORE.facts if fact.key}


def fact_step(found: Run, name: str) -> FactStep:
    """The step of a fact."""
    step = found.keyed(name) if name in KEYED else found.step(name)
    assert isinstance(step, FactStep)
    return step


def definite(facts: Facts) -> dict[str, Result]:
    """Every definition's value that is known, or is an error whatever the answers."""
    found = run(facts)
    results = {name: found.step(name).value for name in PLAIN}
    return {name: result for name, result in results.items() if not isinstance(result, Unknown) or result.error}


HIDEABLE = sorted({fact.name for fact in CORE.facts} | {listed.name for listed in CORE.lists})


def test_little_is_asked_whether_it_is_known() -> None:
    """Where what `is known` reads is hidden, the next test skips what depends on it, so it must be little."""
    assert {
        "participant.employer_contributions",
        "participant.compensation",
        "participant.self_employment.net_profit",
        "plan.test.other_employees_eligible",
        "plan.test.excess_aggregate",
        "plan.top_heavy.after_tax_received",
        "participant.distribution.disbursements",
        "plan.employees",
        "participant.conversion.route",
        "participant.ira.simple_plan_replaced",
        "earnings_to_roth",
        "highly_compensated",
        "nonhighly_eligible",
        # the years of the facts above
        "calendar_year",
        "limitation_year",
    } == ASKED_IF_KNOWN
    assert CORE.verdict is not None
    assert not READ_IF_KNOWN[CORE.verdict.name]
    assert set().union(*(READ_IF_KNOWN[name] for name in CORE.verdict.amounts)) == {
        "participant.employer_contributions",
        "participant.self_employment.net_profit",
        "participant.self_employment.sponsor",
    }
    assert sum(1 for read in READ_IF_KNOWN.values() if not read) >= len(PLAIN) / 2


@settings(SETTINGS, max_examples=200)
@given(st.data())
def test_what_is_definite_holds_in_every_completion(data: st.DataObject) -> None:
    """With some facts hidden, what is known stays so, and an error stays one, whatever the hidden facts are."""
    silent = data.draw(st.sampled_from([(), tuple(ASKED_IF_KNOWN)]), "left out")
    first = consistent(data.draw(strategies.whole_facts(CORE, silent), "one completion"))
    random, share = Random(data.draw(st.integers(0, 10**6), "seed")), data.draw(st.sampled_from([0.1, 0.3, 0.6]), "share hidden")
    names = {name for name in HIDEABLE if random.random() < share}
    partial = definite(strategies.hidden(first, CORE, names))
    other = data.draw(strategies.whole_facts(CORE, silent), "values of another completion")
    told = {**first.statements, **{key: said for key, said in other.statements.items() if key[0] in names}}
    second = Facts(told, {**first.lists, **{name: said for name, said in other.lists.items() if name in names}})
    kept = consistent(second)
    agrees = all(key in kept.statements or key[0] in names for key in second.statements)
    for completion in (first, *([kept] if agrees else [])):
        found = run(completion)
        for name, result in partial.items():
            if READ_IF_KNOWN[name] & names:
                continue
            value = found.step(name).value
            assert isinstance(value, Unknown) if isinstance(result, Unknown) else value == result, name


@SETTINGS
@given(strategies.some_facts(CORE))
def test_the_unknown_has_reasons_that_can_be_answered(facts: Facts) -> None:
    """Nothing is unknown without a cause, and a cause is never a fact that is stated and applies."""
    found = run(facts)
    for name in PLAIN:
        result = found.step(name).value
        if isinstance(result, Unknown):
            assert result.reasons
            for reason in result.reasons:
                key = KEYS.get(reason.name)
                if reason.state is State.NOT_APPLICABLE or (key and reason.key != found.step(key).value):
                    continue  # the latter is asked of another year than the one that a plain value is for
                said = facts.statements.get((reason.name, None))
                assert said is None or said.state is not State.STATED or said.value is None


@SETTINGS
@given(EVERYTHING)
def test_nothing_answered_turns_on_what_does_not_apply(facts: Facts) -> None:
    """With everything stated, no answer is unknown because it reckons with something that does not apply."""
    assert CORE.verdict is not None
    figures = [name for path in CORE.paths for name in (path.taxes, path.withholds) if name]
    found = run(facts)
    for name in (CORE.verdict.name, *CORE.verdict.amounts, *(pitfall.name for pitfall in CORE.pitfalls), *figures):
        result = found.step(name).value
        assert not isinstance(result, Unknown) or all(reason.state is not State.NOT_APPLICABLE for reason in result.reasons), name
