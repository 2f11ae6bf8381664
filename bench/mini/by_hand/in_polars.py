"""The small rule book by hand in Polars, as an expert writes it: one lazy query, null for unknown, integers only.

Polars' own `and`, `or` and `not` are Kleene's, and its arithmetic and comparisons are strict. Its least and greatest
of several columns pass over nulls, `clip` takes four times as long as a case, and a case whose test is null goes on to
the next: so extremes are cases, written so that null comes out where null goes in. What is used more than once is a
column of its own, since within a case Polars would work it out again.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from mini.by_hand import figures as f
from mini.outputs import OUTPUTS, PITFALLS, VERDICTS, WAYS
from mini.rows import CAP_STEP, FACTS, stated_name

CAP_WHOLE = 10_000 * CAP_STEP
NUMBER = pl.UInt8


def words(options: Iterable[str]) -> pl.Enum:
    """The type of a choice."""
    return pl.Enum(list(options))


def at_most(value: pl.Expr, most: int) -> pl.Expr:
    """The lesser of an amount and a figure, null if the amount is."""
    return pl.when(value > most).then(most).otherwise(value)


def at_least_nothing(value: pl.Expr) -> pl.Expr:
    """The greater of an amount and nothing, null if the amount is."""
    return pl.when(value < 0).then(0).otherwise(value)


def lesser(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """The lesser of two amounts, null if one is: a third of the time of two cases."""
    return left - at_least_nothing(left - right)


def answers(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The twenty values of every row."""
    facts = frame.select(pl.col(stated_name(fact)).alias(fact) for fact in FACTS)
    return _pitfalls(_ways(_room(_catch_up(facts)))).select(OUTPUTS)


def _catch_up(facts: pl.LazyFrame) -> pl.LazyFrame:
    age, pay, over = pl.col("age"), pl.col("pay"), pl.col("over")
    catches_up, more = pl.col("catches_up"), pl.col("more")
    usual, higher = (pl.lit(figure, dtype=pl.Int64) for figure in (f.CATCH_UP, f.HIGHER_CATCH_UP))
    limit = pl.when(~catches_up).then(0).when(more).then(higher).when(catches_up & ~more).then(usual)
    return (
        facts.with_columns(
            catches_up=pl.col("catch_up") & (age >= f.AGE),
            over=pl.col("deferrals") - f.DEFERRALS,
            counted_pay=at_most(pay, f.PAY),
            limit=at_most(pay, f.ADDITIONS),
        )
        .with_columns(more=catches_up & pl.col("higher_catch_up") & (age >= f.FIRST_AGE) & (age <= f.LAST_AGE), over=at_least_nothing(over))
        .with_columns(limit_on_catch_up=limit)
    )


def _room(frame: pl.LazyFrame) -> pl.LazyFrame:
    over, limit, after_tax = pl.col("over"), pl.col("limit_on_catch_up"), pl.col("after_tax")
    used, counting, room, cap = (pl.col(name) for name in ("used_as_catch_up", "deferrals_that_count", "room", "cap"))
    in_plan = pl.when((room == 0) | (cap == 0)).then(0).otherwise(lesser(room, cap))
    return (
        frame.with_columns(
            used_as_catch_up=pl.when(over == 0).then(0).otherwise(lesser(over, limit)),
            cap=pl.col("counted_pay") * pl.col("after_tax_cap") // CAP_WHOLE,
        )
        .with_columns(deferrals_that_count=pl.col("deferrals") - used)
        .with_columns(room=pl.col("limit") - counting - pl.col("match") - pl.col("nonelective"))
        .with_columns(room=at_least_nothing(room))
        .with_columns(room_in_plan=in_plan, over_the_plan=after_tax > cap)
        .with_columns(left=pl.col("room_in_plan") - after_tax)
    )


def _ways(frame: pl.LazyFrame) -> pl.LazyFrame:
    takes = pl.col("takes_after_tax")
    in_plan = takes & pl.col("conversion") & pl.col("roth")
    out_of_plan = takes & pl.col("withdrawal")
    by_itself = in_plan & pl.col("automatic")
    no_way, rollover, conversion, automatic = (pl.lit(way, dtype=words(WAYS)) for way in WAYS)
    best = pl.when(by_itself).then(automatic).when(in_plan & ~by_itself).then(conversion)
    best = best.when(~in_plan & out_of_plan).then(rollover).when(~in_plan & ~out_of_plan).then(no_way)
    available = takes & (in_plan | out_of_plan) & (pl.col("room_in_plan") > 0)
    yes, no = (pl.lit(word, dtype=words(VERDICTS)) for word in VERDICTS)
    return frame.with_columns(best_way=best, small_backdoor=pl.when(available).then(yes).when(~available).then(no))


def _pitfalls(frame: pl.LazyFrame) -> pl.LazyFrame:
    after_tax, room, days, over = pl.col("after_tax"), pl.col("room"), pl.col("days_waiting"), pl.col("over")
    must_be_roth = (pl.col("wages") > f.ROTH_WAGES) & pl.col("catches_up") & (over > 0)
    has_after_tax = after_tax > 0
    pay_over = pl.col("pay") > f.PAY
    rich = pl.col("match") * 100 > pl.col("counted_pay") * f.RICH_PERCENT
    named = frame.with_columns(
        catch_up_must_be_roth=must_be_roth,
        catch_up_without_roth=must_be_roth & ~pl.col("roth"),
        earnings_taxed=(days > f.DAYS) & has_after_tax,
        waits_for_a_quarter=(days > f.QUARTER) & has_after_tax,
        little_left=(room - after_tax) * f.PART < pl.col("limit"),
        over_the_room=after_tax > room,
        match_lost=(pl.col("deferrals") >= f.DEFERRALS) & ~pl.col("true_up"),
        may_be_returned=pl.col("highly_paid") & ~pl.col("safe_harbor") & has_after_tax,
        match_on_too_much_pay=pay_over & rich,
        tax=(pl.col("earnings") * f.TAX_PERCENT + 50) // 100,
    )
    certain = [pl.col(name).fill_null(False).cast(NUMBER) for name in PITFALLS]
    possible = [pl.col(name).is_null().cast(NUMBER) for name in PITFALLS]
    return named.with_columns(pitfalls_certain=_sum(certain), pitfalls_possible=_sum(possible))


def _sum(numbers: list[pl.Expr]) -> pl.Expr:
    total = numbers[0]
    for number in numbers[1:]:
        total = total + number
    return total
