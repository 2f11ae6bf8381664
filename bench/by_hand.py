"""The shipped rules written by hand in plain Python, for 2026, without proof: what the engine is measured against.

Covered are the verdict, the phases of every path, the amounts of the verdict (with the other plans of the participant,
SIMPLE, starter, SEP, 457(b) and Thrift Savings Plans, the increase for 15 years of service, the church alternative,
and income from self-employment), the pitfalls of the plan's design and most of those of contributions: `COVERED` names
them all. Not covered are the other pitfalls (about two thirds of them: nondiscrimination, distributions, IRAs, Roth
accounts, states), what a pitfall costs, and what a path taxes and withholds; the earnings that a conversion makes
income are given, as if they were a fact.

Money in cents, rates as fractions, `None` for what is not known, `NONE` for what does not exist; the same cases are
definite as in the rule book.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

Facts: TypeAlias = dict[str, Any]
Truth: TypeAlias = Any  # True, False, None, or NONE, which counts as no
Thunk: TypeAlias = Callable[[], Any]

NOT_TOLD = object()  # a fact of which it is stated that it is not known
NONE = "none"
EARNINGS = "earnings_to_roth"  # given, not worked out

DEFERRAL, CATCH_UP, HIGHER_CATCH_UP = 24_500_00, 8_000_00, 11_250_00
DEFERRAL_SIMPLE, CATCH_UP_SIMPLE, HIGHER_CATCH_UP_SIMPLE = 17_000_00, 4_000_00, 5_250_00
DEFERRAL_SMALL_SIMPLE, CATCH_UP_SMALL_SIMPLE = 18_100_00, 3_850_00
DEFERRAL_STARTER, CATCH_UP_STARTER, DEFERRAL_457 = 6_000_00, 1_100_00, 24_500_00
ADDITIONS, PAY_LIMIT, PAY_LIMIT_BEFORE, ROTH_WAGES = 72_000_00, 360_000_00, 350_000_00, 150_000_00
LONG_SERVICE_YEARS, LONG_SERVICE_OF_YEAR, LONG_SERVICE_OF_LIFE, LONG_SERVICE_PER_YEAR = 15, 3_000_00, 15_000_00, 5_000_00
WAGE_BASE, OLD_AGE_RATE, HOSPITAL_RATE, NO_TAX_BELOW = 184_500_00, Fraction(124, 1000), Fraction(29, 1000), 400_00
CHURCH_OF_YEAR, CHURCH_OF_LIFE = 10_000_00, 40_000_00
SEP_RATE = DEDUCTION_RATE = Fraction(25, 100)
AGE_59_HALF, OLD_RULING_CAP = Fraction(119, 2), Fraction(10, 100)

SIMPLE = ("SIMPLE IRA", "SIMPLE 401(k)")
CANNOT = (*SIMPLE, "starter 401(k)", "SEP", "457(b)", "TSP")
NO_LIMIT_ON_ADDITIONS = ("SIMPLE IRA", "457(b)")

AMOUNTS = (
    "after_tax_room annual_additions_limit elective_deferral_limit catch_up_limit employer_match total_limit"
    " excess_annual_additions elective_deferrals_left"
).split()
WHILE_EMPLOYED, AFTER = ".while_employed", ".after_separation"
PATHS = [
    *(f"{name}{WHILE_EMPLOYED}" for name in ("in_plan_roth_automatic", "in_plan_roth_on_request", "rollover_to_roth_ira")),
    *(f"{name}{WHILE_EMPLOYED}" for name in ("split_rollover", "rollover_through_traditional_ira", "rollover_within_60_days")),
    *(f"{name}{AFTER}" for name in ("rollover_after_separation", "split_after_separation")),
]
PITFALLS = (
    # the plan's design
    "no_after_tax_source simple_takes_no_after_tax sep_takes_no_after_tax section_457b_takes_no_after_tax tsp_takes_no_after_tax"
    " no_way_out_while_employed conversion_without_roth_program earnings_taxed_on_conversion conversions_are_counted"
    " custodial_account_blocked spouse_must_consent cap_of_an_old_ruling after_tax_money_left_in_minimum_distributions"
    # contributions
    " after_tax_over_the_room catch_up_counted_as_after_tax_room additions_over_the_limit"
    " returned_addition_stays_out_of_roth pay_limits_the_room deferrals_over_pay deferrals_over_the_limit_of_all_457b_plans"
    " deferrals_over_the_limit excess_deferrals_across_employers catch_up_must_go_to_roth"
    " catch_up_lost_without_roth higher_catch_up_without_right match_lost_without_true_up pay_over_the_compensation_limit"
    # other plans, self-employment
    " one_limit_for_several_plans own_business_counts_with_403b unrelated_plan_has_its_own_limit"
    " profit_taken_for_compensation employer_money_over_the_deduction"
).split()
COVERED = ("mega_backdoor", *AMOUNTS, *PATHS, *PITFALLS)


# ------------------------------------------------------------------ three values


def both(*values: Truth) -> Truth:
    """Kleene and."""
    return False if False in values or NONE in values else None if None in values else True


def either(*values: Truth) -> Truth:
    """Kleene or."""
    return True if True in values else None if None in values else False


def negated(value: Truth) -> Truth:
    """Kleene not."""
    return None if value is None else value is not True


def some(values: Iterable[Truth] | None) -> Truth:
    """Whether one of the values is yes; not known if it is not known which there are."""
    return None if values is None else either(*values)


def test(left: Any, right: Any, compare: Callable[[Any, Any], bool]) -> Truth:
    """A comparison: no on what does not exist, unknown on what is not known."""
    if left is NONE or right is NONE:
        return False
    return None if left is None or right is None else compare(left, right)


def same(left: Any, right: Any) -> Truth:
    """Equality."""
    return test(left, right, lambda a, b: a == b)


def among(value: Any, options: tuple[str, ...]) -> Truth:
    """Whether a choice is one of these."""
    return test(value, options, lambda a, b: a in b)


def more(left: Any, right: Any) -> Truth:
    """Greater than."""
    return test(left, right, lambda a, b: a > b)


def less(left: Any, right: Any) -> Truth:
    """Less than."""
    return test(left, right, lambda a, b: a < b)


def reaches(left: Any, right: Any) -> Truth:
    """At least."""
    return test(left, right, lambda a, b: a >= b)


def lies(value: Any, low: Any, high: Any) -> Truth:
    """Within two ends."""
    return both(reaches(value, low), reaches(high, value))


def missing(value: Any) -> Truth:
    """Whether it is known that a value does not exist."""
    return None if value is None else value is NONE


# ------------------------------------------------------------------ amounts


def compute(function: Callable[..., Any], *values: Any) -> Any:
    """Arithmetic: known only if everything is."""
    return None if any(value is None or value is NONE for value in values) else function(*values)


def least(*values: Any) -> Any:
    """The smallest."""
    return compute(min, *values)


def most(*values: Any) -> Any:
    """The largest."""
    return compute(max, *values)


def add(*values: Any) -> Any:
    """The sum."""
    return compute(lambda *known: sum(known), *values)


def take(left: Any, *others: Any) -> Any:
    """The difference."""
    return compute(lambda first, *rest: first - sum(rest), left, *others)


def times(left: Any, right: Any) -> Any:
    """The product."""
    return compute(lambda a, b: a * b, left, right)


def floor(value: Any) -> Any:
    """Not less than zero."""
    return most(value, 0)


def down(value: Any) -> Any:
    """Rounded down to cents."""
    return compute(lambda known: int(known // 1), value)


def cents(value: Any) -> Any:
    """Rounded half up to cents, a half away from zero."""
    return compute(lambda known: int((abs(Fraction(known)) * 2 + 1) // 2) * (-1 if known < 0 else 1), value)


# ------------------------------------------------------------------ provisions


def choose(base: Thunk, *exceptions: tuple[Truth, Thunk]) -> Any:
    """The first exception that holds, each over those behind it; unknown unless every completion agrees."""
    outcomes = []
    for guard, value in exceptions:
        if guard is not False and guard is not NONE:
            outcomes.append(value())
        if guard is True:
            break
    else:
        outcomes.append(base())
    return outcomes[0] if all(o is not None and o == outcomes[0] for o in outcomes) else None


def apart(base: Thunk, *exceptions: tuple[Truth, Thunk]) -> Any:
    """The exception that holds, none being over another: unknown while two may hold."""
    live = [one for one in exceptions if one[0] is not False and one[0] is not NONE]
    return None if len(live) > 1 else choose(base, *live)


def always(value: Any) -> Thunk:
    """A value that needs no computing."""
    return lambda: value


NO, YES, ZERO = always(False), always(True), always(0)


class Case:
    """What follows from some facts; each property is a provision of the rule book."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def fact(self, name: str, applies: Truth = True) -> Any:
        """A fact: `NONE` where it does not apply, or is stated as none."""
        if applies is False or applies is NONE:
            return NONE
        value = self.facts.get(name, NOT_TOLD)
        return None if value is NOT_TOLD else NONE if value is None else value

    def presumed(self, name: str, value: Truth, applies: Truth = True) -> Truth:
        """A fact that the law presumes where it surely applies and nobody speaks of it."""
        return value if applies is True and name not in self.facts else self.fact(name, applies)

    def kind(self, *kinds: str) -> Truth:
        """Whether the plan is of one of these kinds."""
        return among(self.type, kinds)

    # -------------------------------------------------------------- the plan

    @cached_property
    def type(self) -> Any:
        """Kind of plan."""
        return self.fact("plan.type")

    @cached_property
    def allowed(self) -> Truth:
        """Voluntary after-tax contributions."""
        return self.fact("plan.after_tax.allowed")

    @cached_property
    def roth(self) -> Truth:
        """Designated Roth contributions."""
        return self.fact("plan.roth.deferrals")

    @cached_property
    def in_plan(self) -> Truth:
        """In-plan Roth conversion."""
        return self.fact("plan.in_plan_roth.allowed")

    @cached_property
    def automatic(self) -> Truth:
        """Automatic conversion."""
        return self.fact("plan.in_plan_roth.automatic", self.in_plan)

    @cached_property
    def offered(self) -> Truth:
        """Matching contributions."""
        return self.fact("plan.match.offered")

    @cached_property
    def catch_up_allowed(self) -> Truth:
        """Catch-up contributions."""
        return self.fact("plan.catch_up.allowed")

    @cached_property
    def month(self) -> Any:
        """Month in which the plan year ends."""
        return self.fact("plan.plan_year_ends_in_month")

    # -------------------------------------------------------------- paths and verdict

    @cached_property
    def accepted(self) -> Truth:
        """The plan can and does accept after-tax contributions."""
        return choose(lambda: self.allowed, (self.kind(*CANNOT), NO))

    @cached_property
    def program(self) -> Truth:
        """Designated Roth program in this plan."""
        return choose(lambda: self.roth, (self.kind("401(a)"), NO))

    @cached_property
    def service(self) -> Any:
        """Withdrawal of after-tax money while employed."""
        return self.fact("plan.in_service.after_tax")

    @cached_property
    def custodial_block(self) -> Truth:
        """A custodial account pays nothing in service before 59 1/2."""
        custodial = self.fact("plan.custodial_account", self.kind("403(b)"))
        return choose(NO, (both(self.kind("403(b)"), custodial, less(self.fact("participant.age_at_withdrawal"), AGE_59_HALF)), YES))

    @cached_property
    def withdrawable(self) -> Truth:
        """After-tax money can be withdrawn while employed."""
        age, from_age = self.fact("participant.age_at_withdrawal"), same(self.service, "from_minimum_age")
        minimum = self.fact("plan.in_service.minimum_age", from_age)
        plan_lets = choose(lambda: same(self.service, "at_any_age"), (from_age, lambda: reaches(age, minimum)))
        money_purchase = self.fact("plan.money_purchase", self.kind("401(a)"))
        return both(plan_lets, choose(lambda: negated(self.custodial_block), (money_purchase, YES), (self.kind("401(a)"), YES)))

    @cached_property
    def convertible(self) -> Truth:
        """After-tax money can be converted to Roth in the plan."""
        which = self.fact("plan.in_plan_roth.after_tax", self.in_plan)
        included = both(self.in_plan, same(which, "included"))
        return apart(
            always(included),
            (both(included, self.custodial_block), YES),
            (same(which, "included_if_withdrawable"), lambda: both(self.in_plan, self.withdrawable)),
        )

    @cached_property
    def paths(self) -> dict[str, Truth]:
        """Whether each path is open, by the name of its phase."""
        on_request = both(self.accepted, self.convertible, self.program)
        out = both(self.accepted, self.withdrawable)
        by_rollover = self.presumed("plan.in_service.direct_rollover", True, negated(same(self.service, "not_allowed")))
        direct, divided = both(out, by_rollover), self.fact("plan.rollover.two_destinations")
        later = both(self.accepted, self.presumed("plan.separation.rollover", True))
        found = (
            both(on_request, self.automatic),
            on_request,
            direct,
            both(direct, divided),
            direct,
            out,
            later,
            both(later, divided),
        )
        return dict(zip(PATHS, found, strict=True))

    def some_path(self, phase: str) -> Truth:
        """Whether some path is open in a phase."""
        return either(*(is_open for name, is_open in self.paths.items() if name.endswith(phase)))

    @cached_property
    def verdict(self) -> Any:
        """The verdict."""
        employed, later = self.some_path(WHILE_EMPLOYED), self.some_path(AFTER)
        return choose(always("unsupported"), (employed, always("supported")), (later, always("after_separation")))

    # -------------------------------------------------------------- deferrals and catch-up

    @cached_property
    def deferrals(self) -> Any:
        """Deferrals of the year, catch-up included."""
        return self.fact("participant.elective_deferrals")

    @cached_property
    def age(self) -> Any:
        """Age on 31 December."""
        return self.fact("participant.age_at_year_end")

    @cached_property
    def small_simple(self) -> Truth:
        """Higher SIMPLE limits of a small employer."""
        return self.fact("plan.limits.higher_simple", self.kind(*SIMPLE))

    def by_kind(self, usual: int, simple: int, small_simple: int, **others: int) -> Any:
        """A figure by the kind of plan."""
        if self.type is None:
            return None
        if self.type in SIMPLE:
            return choose(always(simple), (self.small_simple, always(small_simple)))
        return others.get({"starter 401(k)": "starter", "SEP": "none", "401(a)": "none", "457(b)": "deferred"}.get(self.type, ""), usual)

    @cached_property
    def deferral_limit(self) -> Any:
        """Limit on deferrals in this kind of plan, without catch-up."""
        return self.by_kind(DEFERRAL, DEFERRAL_SIMPLE, DEFERRAL_SMALL_SIMPLE, starter=DEFERRAL_STARTER, none=0, deferred=DEFERRAL_457)

    @cached_property
    def long_service_increase(self) -> Any:
        """Increase for 15 years of service."""
        offered = self.fact("plan.limits.fifteen_year_catch_up", self.kind("403(b)"))
        years, before, used = (
            self.fact(f"participant.long_service.{name}", offered) for name in ("years", "deferrals_before", "increase_used")
        )

        def increase() -> Any:
            lifetime = take(LONG_SERVICE_OF_LIFE, used)
            return floor(least(LONG_SERVICE_OF_YEAR, lifetime, take(times(years, LONG_SERVICE_PER_YEAR), before)))

        return choose(ZERO, (both(self.kind("403(b)"), offered, reaches(years, LONG_SERVICE_YEARS)), increase))

    @cached_property
    def before_catch_up(self) -> Any:
        """Deferrals beyond which catch-up begins."""
        return add(self.deferral_limit, self.long_service_increase)

    @cached_property
    def must_be_roth(self) -> Truth:
        """Catch-up contributions must be Roth."""
        high_wages = more(self.fact("participant.fica_wages"), ROTH_WAGES)
        return choose(NO, (self.kind("SIMPLE IRA", "SEP"), NO), (high_wages, YES))

    @cached_property
    def catch_up_from_50(self) -> Any:
        """Catch-up of this kind of plan, age 50 and over."""
        return self.by_kind(CATCH_UP, CATCH_UP_SIMPLE, CATCH_UP_SMALL_SIMPLE, starter=CATCH_UP_STARTER)

    @cached_property
    def catch_up_from_60(self) -> Any:
        """Catch-up of this kind of plan, ages 60 to 63."""
        return self.by_kind(HIGHER_CATCH_UP, HIGHER_CATCH_UP_SIMPLE, HIGHER_CATCH_UP_SIMPLE, starter=CATCH_UP_STARTER)

    @cached_property
    def catch_up(self) -> Any:
        """Limit on catch-up contributions."""
        none_here = either(self.kind("SEP", "401(a)"), both(self.kind("457(b)"), negated(self.fact("plan.governmental"))))
        roth_only = both(self.must_be_roth, negated(self.roth))
        from_60 = both(self.catch_up_allowed, self.fact("plan.catch_up.higher_60_63"), lies(self.age, 60, 63))
        from_50 = both(self.catch_up_allowed, reaches(self.age, 50))
        higher, usual = (from_60, lambda: self.catch_up_from_60), (from_50, lambda: self.catch_up_from_50)
        return choose(ZERO, (none_here, ZERO), (roth_only, ZERO), higher, usual)

    @cached_property
    def catch_up_used(self) -> Any:
        """Deferrals that are catch-up contributions."""
        within = reaches(self.deferral_limit, self.deferrals)
        return choose(lambda: floor(least(self.catch_up, take(self.deferrals, self.before_catch_up))), (within, ZERO))

    @cached_property
    def counted_deferrals(self) -> Any:
        """Deferrals that count as annual additions."""
        return choose(lambda: take(self.deferrals, self.catch_up_used), (self.kind("401(a)"), ZERO))

    @cached_property
    def plan_limit(self) -> Any:
        """Most that the plans of this employer may take as deferrals."""
        return add(self.before_catch_up, self.catch_up)

    @cached_property
    def personal_limit(self) -> Any:
        """Limit of the person under the plans of all employers."""
        catch_up = choose(ZERO, (lies(self.age, 60, 63), always(HIGHER_CATCH_UP)), (reaches(self.age, 50), always(CATCH_UP)))
        return add(DEFERRAL, self.long_service_increase, catch_up)

    @cached_property
    def deferrals_everywhere(self) -> Any:
        """Deferrals of the person under the plans of all employers."""
        elsewhere = self.deferrals_elsewhere
        return choose(lambda: add(self.deferrals, elsewhere), (self.kind("457(b)"), always(elsewhere)))

    @cached_property
    def deferrals_left(self) -> Any:
        """Deferrals that are left in this plan."""
        here, within_pay = take(self.plan_limit, self.deferrals), take(self.pay_for_the_limit, self.deferrals)
        used_up_elsewhere = both(negated(self.kind("457(b)")), reaches(self.deferrals_everywhere, self.personal_limit))
        return choose(
            lambda: floor(least(here, take(self.personal_limit, self.deferrals_everywhere), within_pay)),
            (self.kind("401(a)"), ZERO),
            (used_up_elsewhere, ZERO),
            (reaches(self.deferrals, self.plan_limit), ZERO),
            (self.kind("457(b)"), lambda: floor(least(take(here, self.deferrals_under_457b), within_pay))),
        )

    # -------------------------------------------------------------- other plans

    @cached_property
    def any_other(self) -> Truth:
        """Whether anyone contributes to another plan."""
        return self.fact("participant.other_plans.any")

    @cached_property
    def others(self) -> list[Facts] | None:
        """The other plans, each with whether it counts together with this one."""
        rows: list[Facts] | None = self.facts.get("participant.other_plans.plans")
        return None if rows is None else [row | {"together": self.together(row)} for row in rows]

    def together(self, row: Facts) -> Truth:
        """Whether another plan counts together with this one."""
        kind, sponsor = row["kind"], row["sponsor"]
        here, there, defined = self.kind("403(b)"), same(kind, "403(b)"), among(kind, ("qualified", "SEP", "defined_benefit"))
        return apart(
            lambda: both(defined, among(sponsor, ("this_employer", "common_control"))),
            (both(here, defined), lambda: same(sponsor, "own_business")),
            (both(negated(here), there), lambda: self.fact("participant.self_employment.controls_sponsor")),
            (both(here, there), YES),
        )

    def total_elsewhere(self, column: str, where: Callable[[Facts], Truth]) -> Any:
        """The sum of a column over those other plans."""

        def total() -> Any:
            if self.others is None or any(where(row) is None for row in self.others):
                return None
            return add(0, *(row[column] for row in self.others if where(row)))

        return choose(total, (negated(self.any_other), ZERO))

    @cached_property
    def additions_elsewhere(self) -> Any:
        """Annual additions to the other plans that count together."""
        return self.total_elsewhere("annual_additions", lambda row: row["together"])

    @cached_property
    def deferrals_elsewhere(self) -> Any:
        """Deferrals under plans of other employers."""
        return self.total_elsewhere("deferrals", lambda row: negated(same(row["kind"], "457(b)")))

    @cached_property
    def deferrals_under_457b(self) -> Any:
        """Deferrals under other 457(b) plans."""
        return self.total_elsewhere("deferrals", lambda row: same(row["kind"], "457(b)"))

    @cached_property
    def count_together(self) -> Truth:
        """Some other plan counts together with this one."""
        found = some(None if self.others is None else [row["together"] for row in self.others])
        return choose(always(found), (negated(self.any_other), NO))

    # -------------------------------------------------------------- pay and self-employment

    @cached_property
    def pay(self) -> Any:
        """Compensation for the limitation year."""
        return self.fact("participant.compensation")

    @cached_property
    def pay_counted_most(self) -> Any:
        """The 401(a)(17) limit of the plan year."""
        return compute(lambda month: PAY_LIMIT_BEFORE if month < 12 else PAY_LIMIT, self.month)

    @cached_property
    def plan_pay(self) -> Any:
        """Pay that the plan counts, before the 401(a)(17) limit."""
        return self.fact("participant.plan_compensation")

    @cached_property
    def counted_pay(self) -> Any:
        """Pay that the plan counts, within that limit."""
        return choose(
            lambda: least(self.plan_pay, self.pay_counted_most), (reaches(PAY_LIMIT_BEFORE, self.plan_pay), lambda: self.plan_pay)
        )

    @cached_property
    def own_sponsor(self) -> Truth:
        """The plan is that of the participant's own unincorporated business."""
        return self.fact("participant.self_employment.sponsor")

    @cached_property
    def profit(self) -> Any:
        """Net profit from that business."""
        return self.fact("participant.self_employment.net_profit", self.own_sponsor)

    @cached_property
    def profit_after_half_tax(self) -> Any:
        """Net profit less half of the self-employment tax."""
        wages = self.fact("participant.self_employment.other_wages", self.own_sponsor)
        earnings = cents(times(self.profit, 1 - (OLD_AGE_RATE + HOSPITAL_RATE) / 2))
        old_age = least(earnings, floor(take(WAGE_BASE, wages)))
        tax = choose(lambda: cents(add(times(old_age, OLD_AGE_RATE), times(earnings, HOSPITAL_RATE))), (less(earnings, NO_TAX_BELOW), ZERO))
        return cents(take(self.profit, times(tax, Fraction(1, 2))))

    @cached_property
    def earned_income(self) -> Any:
        """Earned income."""
        return floor(take(self.profit_after_half_tax, self.employer_additions))

    @cached_property
    def pay_for_the_limit(self) -> Any:
        """Compensation for the limit on annual additions."""
        return choose(lambda: self.pay, (both(self.own_sponsor, self.profit is not None), lambda: self.earned_income))

    @cached_property
    def deduction_limit(self) -> Any:
        """Most that the business can deduct for its owner."""
        by_pay = down(times(DEDUCTION_RATE, least(self.pay, self.pay_counted_most)))
        profit = times(self.profit_after_half_tax, DEDUCTION_RATE / (1 + DEDUCTION_RATE))
        by_profit = down(least(profit, times(DEDUCTION_RATE, self.pay_counted_most)))
        return choose(always(by_pay), (self.own_sponsor, always(by_profit)))

    # -------------------------------------------------------------- employer money

    @cached_property
    def after_tax_made(self) -> Any:
        """After-tax contributions made or elected."""
        return self.fact("participant.after_tax_contributions")

    @cached_property
    def on_after_tax(self) -> Truth:
        """After-tax contributions are matched."""
        return self.fact("plan.match.on_after_tax", self.offered)

    @cached_property
    def matched_deferrals(self) -> Any:
        """Deferrals that earn a match."""
        on_catch_up = both(more(self.catch_up_used, 0), self.fact("plan.match.on_catch_up", self.offered))
        return choose(lambda: self.counted_deferrals, (on_catch_up, lambda: self.deferrals))

    @cached_property
    def tiers(self) -> list[Facts] | None:
        """Tiers of the match formula."""
        return self.facts.get("plan.match.tiers")

    def over_tiers(self, of_tier: Callable[[Facts], Any]) -> Any:
        """The sum over the tiers."""
        return None if self.tiers is None else add(0, *map(of_tier, self.tiers))

    def slices(self, base: Any, pay: Any) -> Callable[[Facts], Any]:
        """What a tier matches of an amount, before rounding."""
        return lambda tier: compute(lambda b, p: tier["rate"] * (min(b, tier["to"] * p) - min(b, tier["from"] * p)), base, pay)

    def match_on(self, base: Any) -> Any:
        """The match on an amount of the year."""
        return self.over_tiers(lambda tier: cents(self.slices(base, self.counted_pay)(tier)))

    @cached_property
    def full_tiers(self) -> Any:
        """The match of all tiers when they are filled."""
        return self.over_tiers(lambda tier: cents(times(tier["rate"] * (tier["to"] - tier["from"]), self.counted_pay)))

    def fills(self, base: Any) -> Truth:
        """Whether an amount reaches the end of the last tier."""
        if not self.tiers:
            return None
        return reaches(base, times(max(tier["to"] for tier in self.tiers), self.counted_pay))

    @cached_property
    def filled(self) -> Truth:
        """Deferrals alone earn the whole match."""
        no_tiers = None if self.tiers is None else not self.tiers
        return choose(lambda: self.fills(self.matched_deferrals), (no_tiers, YES), (self.fills(self.counted_deferrals), YES))

    @cached_property
    def annual_match(self) -> Any:
        """Match on the whole year."""
        return choose(
            lambda: self.match_on(self.matched_deferrals),
            (self.filled, lambda: self.full_tiers),
            (self.on_after_tax, lambda: self.match_on(add(self.matched_deferrals, self.after_tax_made))),
        )

    @cached_property
    def match_by_period(self) -> Any:
        """Match computed each pay period."""
        rows: list[Facts] | None = self.facts.get("participant.pay_periods")
        if rows is None:
            return None
        total, so_far = 0, 0
        for row in sorted(rows, key=lambda row: row["number"]):
            pay = floor(least(row["pay"], take(self.pay_counted_most, so_far)))
            total = add(total, cents(self.over_tiers(self.slices(row["matched_contributions"], pay))))
            so_far += row["pay"]
        return total

    @cached_property
    def by_period(self) -> Truth:
        """The match is computed each pay period and not trued up."""
        each = same(self.fact("plan.match.computed", self.offered), "each_pay_period")
        return both(each, negated(self.fact("plan.match.true_up", each)))

    def capped(self, match: Any) -> Any:
        """A match within the plan's dollar cap."""
        cap = self.fact("plan.match.dollar_cap", self.offered)
        return choose(lambda: least(match, cap), (missing(cap), always(match)))

    @cached_property
    def match(self) -> Any:
        """Matching contributions."""
        before = choose(lambda: self.annual_match, (self.by_period, lambda: self.match_by_period))
        return choose(lambda: floor(self.capped(before)), (negated(self.offered), ZERO))

    @cached_property
    def nonelective_and_forfeitures(self) -> Any:
        """Employer money that no contribution of the participant changes."""
        rate, use = self.fact("plan.nonelective.rate"), self.fact("plan.forfeitures")
        nonelective = choose(lambda: cents(times(rate, self.counted_pay)), (missing(rate), ZERO))
        return add(nonelective, choose(lambda: self.fact("participant.forfeitures"), (same(use, "not_allocated"), ZERO)))

    @cached_property
    def employer_stated(self) -> Any:
        """All employer money, as stated."""
        return self.fact("participant.employer_contributions")

    @cached_property
    def employer_additions(self) -> Any:
        """Employer contributions and forfeitures."""
        return add(self.match, self.nonelective_and_forfeitures) if self.employer_stated is None else self.employer_stated

    # -------------------------------------------------------------- annual additions

    @cached_property
    def no_limit(self) -> Truth:
        """There is no limit on annual additions."""
        return self.kind(*NO_LIMIT_ON_ADDITIONS)

    @cached_property
    def limit(self) -> Any:
        """Limit on annual additions."""
        sep = times(SEP_RATE, least(self.pay_for_the_limit, self.pay_counted_most))
        usual, church = (
            least(ADDITIONS, self.pay_for_the_limit),
            self.presumed("participant.church.alternative", False, self.kind("403(b)")),
        )
        used = self.fact("participant.church.alternative_used", church)
        return apart(
            always(usual),
            (both(self.kind("403(b)"), church), lambda: most(usual, least(CHURCH_OF_YEAR, take(CHURCH_OF_LIFE, used)))),
            (self.kind("SEP"), lambda: down(least(ADDITIONS, sep))),
            (self.no_limit, always(NONE)),
        )

    @cached_property
    def limit_of_all(self) -> Any:
        """Limit on annual additions to all plans that count together."""
        together = add(self.pay_for_the_limit, self.fact("participant.other_plans.compensation", self.any_other))
        return choose(
            lambda: None if self.limit is NONE else self.limit,
            (reaches(self.pay_for_the_limit, ADDITIONS), always(ADDITIONS)),
            (self.count_together, lambda: least(ADDITIONS, together)),
        )

    @cached_property
    def total_limit(self) -> Any:
        """Limit on all contributions, catch-up included."""
        return apart(
            lambda: add(self.limit, least(self.catch_up, self.pay_for_the_limit)),
            (self.kind("SIMPLE IRA"), always(NONE)),
            (self.kind("457(b)"), lambda: add(least(self.deferral_limit, self.pay_for_the_limit), self.catch_up)),
        )

    @cached_property
    def additions(self) -> Any:
        """Annual additions before any after-tax contribution."""
        return add(self.counted_deferrals, self.employer_additions)

    @cached_property
    def additions_made(self) -> Any:
        """Annual additions with the after-tax contributions made."""
        return add(self.additions, self.after_tax_made)

    def excess_of(self, additions: Any) -> Any:
        """What some additions are over the limit of this plan, or of all plans that count together."""
        return floor(most(take(additions, self.limit), take(add(additions, self.additions_elsewhere), self.limit_of_all)))

    def catch_up_left_for(self, excess: Any) -> Any:
        """What of an excess deferrals can absorb as catch-up."""
        return least(take(self.catch_up, self.catch_up_used), self.counted_deferrals, excess)

    @cached_property
    def excess(self) -> Any:
        """Annual additions over the limit."""
        over = self.excess_of(self.additions_made)
        absorbed = self.catch_up_left_for(self.excess_of(self.additions))
        return choose(ZERO, (self.no_limit, ZERO), (more(over, 0), lambda: floor(take(over, absorbed))))

    @cached_property
    def excess_here(self) -> Truth:
        """This plan alone is over the limit."""
        absorbed = self.catch_up_left_for(floor(take(self.additions, self.limit)))
        within = reaches(self.limit, self.additions_made)
        return choose(lambda: more(take(self.additions_made, self.limit), absorbed), (self.no_limit, NO), (within, NO))

    @cached_property
    def room_under_the_limit(self) -> Any:
        """Room left under the limit on annual additions."""
        grows = both(self.on_after_tax, self.offered, self.employer_stated is None)
        full = add(self.counted_deferrals, floor(self.capped(self.full_tiers)), self.nonelective_and_forfeitures)
        before = choose(lambda: self.additions, (grows, always(full)))
        left = least(take(self.limit, before), take(self.limit_of_all, before, self.additions_elsewhere))
        return choose(lambda: floor(left), (reaches(before, self.limit), ZERO))

    @cached_property
    def room(self) -> Any:
        """Room for after-tax contributions."""
        under = self.room_under_the_limit

        def within(name: str, of_cap: Callable[[Any], Any]) -> Any:
            cap = self.fact(f"plan.after_tax.{name}", self.allowed)
            return choose(lambda: of_cap(cap), (missing(cap), always(under)))

        rooms = (
            under,
            within("percent_cap", lambda cap: down(times(cap, self.counted_pay))),
            within("dollar_cap", lambda cap: None if cap is NONE else cap),
            within("combined_percent_cap", lambda cap: down(floor(take(times(cap, self.counted_pay), self.counted_deferrals)))),
        )
        spillover = self.fact("plan.after_tax.only_by_spillover", self.allowed)
        first = both(spillover, less(self.deferrals, self.deferral_limit))
        return choose(lambda: least(*rooms), (first, ZERO), (negated(self.accepted), ZERO))

    # -------------------------------------------------------------- pitfalls

    def pitfalls(self) -> dict[str, Truth]:
        """Whether each pitfall that is covered applies."""
        return self.of_the_design() | self.of_contributions() | self.of_other_plans()

    def of_the_design(self) -> dict[str, Truth]:
        """Pitfalls of the plan's design."""
        not_automatic, withdrawals = negated(self.automatic), negated(same(self.service, "not_allowed"))
        counted = reaches(self.fact("plan.in_plan_roth.times_a_year", self.in_plan), 1)
        return {
            "no_after_tax_source": both(negated(self.accepted), negated(self.kind(*CANNOT))),
            "simple_takes_no_after_tax": self.kind(*SIMPLE, "starter 401(k)"),
            "sep_takes_no_after_tax": self.kind("SEP"),
            "section_457b_takes_no_after_tax": self.kind("457(b)"),
            "tsp_takes_no_after_tax": self.kind("TSP"),
            "no_way_out_while_employed": both(self.accepted, negated(self.some_path(WHILE_EMPLOYED))),
            "conversion_without_roth_program": both(self.in_plan, negated(self.program)),
            "earnings_taxed_on_conversion": both(self.accepted, not_automatic, self.facts.get(EARNINGS) != 0),
            "conversions_are_counted": both(self.convertible, not_automatic, counted),
            "custodial_account_blocked": both(self.accepted, self.custodial_block),
            "spouse_must_consent": both(self.accepted, self.fact("plan.in_service.spouse_consent", withdrawals)),
            "cap_of_an_old_ruling": both(self.allowed, same(self.fact("plan.after_tax.percent_cap", self.allowed), OLD_RULING_CAP)),
            "after_tax_money_left_in_minimum_distributions": both(self.accepted, negated(self.convertible), negated(self.withdrawable)),
        }

    def of_contributions(self) -> dict[str, Truth]:
        """Pitfalls of deferrals, after-tax contributions and employer money."""
        over_the_room = more(self.after_tax_made, self.room)
        over_the_plan = more(self.deferrals, self.plan_limit)
        roth_from_50 = both(self.catch_up_allowed, self.must_be_roth, reaches(self.age, 50))
        covered_by_higher = reaches(add(self.before_catch_up, self.catch_up_from_60), self.deferrals)
        lost = choose(ZERO, (both(self.offered, self.by_period), lambda: floor(take(self.capped(self.annual_match), self.match))))
        employer_pays = either(self.offered, more(self.fact("plan.nonelective.rate"), 0))
        excess_deferrals = floor(take(self.deferrals_everywhere, self.personal_limit))
        return {
            "after_tax_over_the_room": over_the_room,
            "catch_up_counted_as_after_tax_room": both(
                more(self.catch_up, 0), over_the_room, reaches(add(self.room, self.catch_up), self.after_tax_made)
            ),
            "additions_over_the_limit": either(more(self.excess, 0), self.excess_here),
            "pay_limits_the_room": both(less(self.pay_for_the_limit, ADDITIONS), negated(self.no_limit)),
            "returned_addition_stays_out_of_roth": more(least(self.excess, self.after_tax_made), 0),
            "deferrals_over_pay": both(more(self.deferrals, self.pay_for_the_limit), negated(self.kind("401(a)", "SEP"))),
            "deferrals_over_the_limit_of_all_457b_plans": both(
                self.kind("457(b)"),
                more(self.deferrals_under_457b, 0),
                more(add(self.deferrals, self.deferrals_under_457b), self.plan_limit),
            ),
            "deferrals_over_the_limit": both(negated(self.kind("401(a)")), more(self.deferrals, self.deferral_limit), over_the_plan),
            "excess_deferrals_across_employers": both(more(self.deferrals_elsewhere, 0), more(excess_deferrals, 0)),
            "catch_up_must_go_to_roth": both(roth_from_50, self.roth),
            "catch_up_lost_without_roth": both(roth_from_50, negated(self.roth)),
            "higher_catch_up_without_right": both(more(self.catch_up, 0), over_the_plan, covered_by_higher),
            "match_lost_without_true_up": more(lost, 0),
            "pay_over_the_compensation_limit": both(employer_pays, more(self.plan_pay, self.pay_counted_most)),
        }

    def of_other_plans(self) -> dict[str, Truth]:
        """Pitfalls of other plans and of self-employment."""
        others = self.others
        own_business = some(
            None
            if others is None
            else [
                both(row["together"], test(self.kind("403(b)"), same(row["kind"], "403(b)"), lambda here, there: here != there))
                for row in others
            ]
        )
        unrelated = some(
            None
            if others is None
            else [
                both(
                    among(row["kind"], ("qualified", "403(b)", "SEP")),
                    among(row["sponsor"], ("unrelated", "own_business")),
                    negated(row["together"]),
                )
                for row in others
            ]
        )
        solo = self.kind("solo 401(k)")
        taken = more(self.pay, self.earned_income)
        not_deductible = floor(take(self.employer_additions, self.deduction_limit))
        return {
            "one_limit_for_several_plans": self.count_together,
            "own_business_counts_with_403b": choose(always(own_business), (negated(self.any_other), NO)),
            "unrelated_plan_has_its_own_limit": both(self.any_other, unrelated),
            "profit_taken_for_compensation": both(either(solo, self.profit is not None), self.own_sponsor, self.pay is not None, taken),
            "employer_money_over_the_deduction": both(solo, more(not_deductible, 0)),
        }


def answer(facts: Facts) -> dict[str, Any]:
    """The verdict, the amounts, whether each path is open, and the pitfalls, by name."""
    case = Case(facts)
    return {
        "mega_backdoor": case.verdict,
        "after_tax_room": case.room,
        "annual_additions_limit": case.limit,
        "elective_deferral_limit": case.deferral_limit,
        "catch_up_limit": case.catch_up,
        "employer_match": case.match,
        "total_limit": case.total_limit,
        "excess_annual_additions": case.excess,
        "elective_deferrals_left": case.deferrals_left,
        **case.paths,
        **case.pitfalls(),
    }
