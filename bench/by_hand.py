"""The shipped rules written by hand in plain Python, for 2026, without proof: what the engine is measured against.

Money in cents, rates as fractions, `None` for what is not known; the same cases are definite as in the rule book.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

Facts: TypeAlias = dict[str, Any]
Truth: TypeAlias = "bool | None"

DEFERRAL, CATCH_UP, HIGHER_CATCH_UP, ADDITIONS = 24_500_00, 8_000_00, 11_250_00, 72_000_00
PAY_LIMIT, PAY_LIMIT_BEFORE, ROTH_WAGES = 360_000_00, 350_000_00, 150_000_00
CANNOT = ("SIMPLE IRA", "SIMPLE 401(k)", "starter 401(k)", "SEP", "457(b)", "TSP")
ABSENT = object()


def both(*values: Truth) -> Truth:
    """Kleene and."""
    return False if False in values else None if None in values else True


def either(*values: Truth) -> Truth:
    """Kleene or."""
    return True if True in values else None if None in values else False


def negated(value: Truth) -> Truth:
    """Kleene not."""
    return None if value is None else not value


def test(left: Any, right: Any, compare: Callable[[Any, Any], bool]) -> Truth:
    """A comparison: no on what is absent, unknown on what is not known."""
    if left is ABSENT or right is ABSENT:
        return False
    return None if left is None or right is None else compare(left, right)


def same(left: Any, right: Any) -> Truth:
    """Equality."""
    return test(left, right, lambda a, b: a == b)


def least(*values: Any) -> Any:
    """The smallest, strict."""
    return None if any(v is None or v is ABSENT for v in values) else min(values)


def add(*values: Any) -> Any:
    """The sum, strict."""
    return None if any(v is None or v is ABSENT for v in values) else sum(values)


def cents(value: Any) -> Any:
    """Rounded half up to cents."""
    return None if value is None else int((Fraction(value) * 2 + 1) // 2)


def choose(base: Callable[[], Any], *exceptions: tuple[Truth, Callable[[], Any]]) -> Any:
    """The first exception that holds, each over those behind it; unknown unless every completion agrees."""
    outcomes = []
    for guard, value in exceptions:
        if guard is not False:
            outcomes.append(value())
        if guard is True:
            break
    else:
        outcomes.append(base())
    return outcomes[0] if all(o is not None and o == outcomes[0] for o in outcomes) else None


def given(facts: Facts, name: str, guard: Truth = True) -> Any:
    """A fact: absent where it does not apply, or is stated as none."""
    if guard is False:
        return ABSENT
    if name in facts:
        return ABSENT if facts[name] is None else facts[name]
    return None


def answer(facts: Facts) -> tuple[str, dict[str, Any]]:
    """The verdict and the amounts."""
    kind, allowed, roth = given(facts, "plan.type"), given(facts, "plan.after_tax.allowed"), given(facts, "plan.roth.deferrals")
    accepted = choose(lambda: allowed, (None if kind is None else kind in CANNOT, lambda: False))
    verdict = _verdict(facts, kind, accepted, roth)
    amounts = _amounts(facts, accepted, allowed, roth)
    return verdict, amounts


def _verdict(facts: Facts, kind: Any, accepted: Truth, roth: Truth) -> str:
    service = given(facts, "plan.in_service.after_tax")
    custodial = given(facts, "plan.custodial_account", same(kind, "403(b)"))
    age = given(facts, "participant.age_at_withdrawal")
    young = test(age, Fraction(119, 2), lambda a, b: a < b)
    block = choose(lambda: False, (both(same(kind, "403(b)"), False if custodial is ABSENT else custodial, young), lambda: True))
    minimum = given(facts, "plan.in_service.minimum_age", same(service, "from_minimum_age"))
    withdrawable = choose(
        lambda: both(same(service, "at_any_age"), negated(block)),
        (same(service, "from_minimum_age"), lambda: both(test(age, minimum, lambda a, b: a >= b), negated(block))),
    )
    in_plan = given(facts, "plan.in_plan_roth.allowed")
    which = given(facts, "plan.in_plan_roth.after_tax", in_plan)
    convertible = choose(
        lambda: both(in_plan, same(which, "included")), (same(which, "included_if_withdrawable"), lambda: both(in_plan, withdrawable))
    )
    program = choose(lambda: roth, (same(kind, "401(a)"), lambda: False))
    on_request = both(accepted, convertible, program)
    direct = _presumed(facts, "plan.in_service.direct_rollover", negated(same(service, "not_allowed")))
    rollover = both(accepted, withdrawable, direct)
    # Each other path adds a requirement to one of these two, so it is open only where the one is.
    automatic = both(on_request, _truth(given(facts, "plan.in_plan_roth.automatic", in_plan)))
    split = both(rollover, given(facts, "plan.rollover.two_destinations"))
    employed = either(automatic, on_request, rollover, split)
    later = both(accepted, _presumed(facts, "plan.separation.rollover", True))
    found = choose(lambda: "unsupported", (employed, lambda: "supported"), (later, lambda: "after_separation"))
    return found or "unknown"


def _truth(value: Any) -> Truth:
    return False if value is ABSENT else value


def _presumed(facts: Facts, name: str, guard: Truth) -> Truth:
    if guard is False:
        return False
    return facts.get(name, True if guard else None)


def _amounts(facts: Facts, accepted: Truth, allowed: Truth, roth: Truth) -> dict[str, Any]:
    pay, made = given(facts, "participant.compensation"), given(facts, "participant.after_tax_contributions")
    deferrals = given(facts, "participant.elective_deferrals")
    limit = least(ADDITIONS, pay)
    catch_up = _catch_up(facts, roth)
    within = test(deferrals, DEFERRAL, lambda a, b: a <= b)
    used = choose(lambda: _floor(least(catch_up, add(deferrals, -DEFERRAL))), (within, lambda: 0))
    counted = choose(lambda: add(deferrals, _minus(used)), (same(given(facts, "plan.type"), "401(a)"), lambda: 0))
    counted_pay = _counted_pay(facts)
    match, full = _match(facts, deferrals, counted, used, counted_pay, made)
    fixed = _fixed(facts, counted_pay)
    stated = given(facts, "participant.employer_contributions")
    additions = add(counted, stated if stated is not None else add(match, fixed))
    total_made = add(additions, made)
    relievable = _floor(add(additions, _minus(limit)))
    absorbed = least(add(catch_up, _minus(used)), counted, relievable)
    over = test(total_made, limit, lambda a, b: a > b)
    excess = choose(lambda: 0, (over, lambda: _floor(add(total_made, _minus(limit), _minus(absorbed)))))
    offered = given(facts, "plan.match.offered")
    grows = both(_truth(given(facts, "plan.match.on_after_tax", offered)), offered, stated is None)
    before = choose(lambda: additions, (grows, lambda: add(counted, full, fixed)))
    under = _floor(add(limit, _minus(before)))
    room = _room(facts, accepted, allowed, under, counted, counted_pay, deferrals)
    return {
        "after_tax_room": room,
        "annual_additions_limit": limit,
        "elective_deferral_limit": DEFERRAL,
        "catch_up_limit": catch_up,
        "employer_match": match,
        "total_limit": add(limit, least(catch_up, pay)),
        "excess_annual_additions": excess,
    }


def _minus(value: Any) -> Any:
    return None if value is None else -value


def _floor(value: Any) -> Any:
    return None if value is None else max(value, 0)


def _catch_up(facts: Facts, roth: Truth) -> Any:
    allowed, age = given(facts, "plan.catch_up.allowed"), given(facts, "participant.age_at_year_end")
    wages = given(facts, "participant.fica_wages")
    must_be_roth = choose(lambda: False, (test(wages, ROTH_WAGES, lambda a, b: a > b), lambda: True))
    from_50 = both(allowed, test(age, 50, lambda a, b: a >= b))
    from_60 = both(
        allowed, given(facts, "plan.catch_up.higher_60_63"), test(age, 60, lambda a, b: a >= b), test(age, 63, lambda a, b: a <= b)
    )
    roth_only = both(must_be_roth, negated(roth))
    return choose(lambda: 0, (roth_only, lambda: 0), (from_60, lambda: HIGHER_CATCH_UP), (from_50, lambda: CATCH_UP))


def _counted_pay(facts: Facts) -> Any:
    pay, month = given(facts, "participant.plan_compensation"), given(facts, "plan.plan_year_ends_in_month")
    return choose(lambda: least(pay, _pay_limit(month)), (test(pay, PAY_LIMIT_BEFORE, lambda a, b: a <= b), lambda: pay))


def _pay_limit(month: Any) -> Any:
    return None if month is None else PAY_LIMIT_BEFORE if month < 12 else PAY_LIMIT


def _match(facts: Facts, deferrals: Any, counted: Any, used: Any, counted_pay: Any, made: Any) -> tuple[Any, Any]:
    """The match, and the whole match that contributions could bring."""
    offered = given(facts, "plan.match.offered")
    tiers = facts.get("plan.match.tiers")
    on_catch_up = both(test(used, 0, lambda a, b: a > b), _truth(given(facts, "plan.match.on_catch_up", offered)))
    matched = choose(lambda: counted, (on_catch_up, lambda: deferrals))

    def slices(base: Any) -> Any:
        if tiers is None or (tiers and (base is None or counted_pay is None)):
            return None
        return sum(cents(t["rate"] * (min(base, t["to"] * counted_pay) - min(base, t["from"] * counted_pay))) for t in tiers)

    def full() -> Any:
        if tiers is None or counted_pay is None:
            return None if tiers is None or tiers else 0
        return sum(cents(t["rate"] * (t["to"] - t["from"]) * counted_pay) for t in tiers)

    def fills(base: Any) -> Truth:
        if tiers is None or base is None or counted_pay is None:
            return None
        return base >= max(t["to"] for t in tiers) * counted_pay  # type: ignore[no-any-return]

    filled: Truth = True
    if tiers is None or tiers:
        without = fills(counted)
        filled = choose(lambda: fills(matched), (without, lambda: True))
    after_tax_too = _truth(given(facts, "plan.match.on_after_tax", offered))
    annual = choose(lambda: slices(matched), (filled, full), (after_tax_too, lambda: slices(add(matched, made))))
    computed = given(facts, "plan.match.computed", offered)
    by_period = same(computed, "each_pay_period")
    true_up = _truth(given(facts, "plan.match.true_up", by_period))
    before = choose(lambda: annual, (both(by_period, negated(true_up)), lambda: None))  # no pay periods in these cases
    cap = given(facts, "plan.match.dollar_cap", offered)
    uncapped = None if cap is None else cap is ABSENT
    match = choose(lambda: choose(lambda: least(before, cap), (uncapped, lambda: before)), (negated(offered), lambda: 0))
    return match, choose(lambda: least(full(), cap), (uncapped, full))


def _fixed(facts: Facts, counted_pay: Any) -> Any:
    """Employer money that no contribution of the participant changes."""
    rate = given(facts, "plan.nonelective.rate")
    none = None if rate is None else rate is ABSENT
    nonelective = choose(lambda: None if rate in (None, ABSENT) or counted_pay is None else cents(rate * counted_pay), (none, lambda: 0))
    use = given(facts, "plan.forfeitures")
    forfeitures = choose(lambda: given(facts, "participant.forfeitures"), (same(use, "not_allocated"), lambda: 0))
    return add(nonelective, forfeitures)


def _room(facts: Facts, accepted: Truth, allowed: Truth, under: Any, counted: Any, counted_pay: Any, deferrals: Any) -> Any:
    def capped(name: str, value: Callable[[Any], Any]) -> Any:
        cap = given(facts, name, allowed)
        absent = None if cap is None else cap is ABSENT
        return choose(lambda: None if cap in (None, ABSENT) else value(cap), (absent, lambda: under))

    by_percent = capped("plan.after_tax.percent_cap", lambda cap: None if counted_pay is None else int(cap * counted_pay // 1))
    by_dollars = capped("plan.after_tax.dollar_cap", lambda cap: cap)
    combined = capped(
        "plan.after_tax.combined_percent_cap",
        lambda cap: None if counted_pay is None or counted is None else int(max(cap * counted_pay - counted, 0) // 1),
    )
    spillover = _truth(given(facts, "plan.after_tax.only_by_spillover", allowed))
    first = both(spillover, test(deferrals, DEFERRAL, lambda a, b: a < b))
    return choose(lambda: least(under, by_percent, by_dollars, combined), (first, lambda: 0), (negated(accepted), lambda: 0))
