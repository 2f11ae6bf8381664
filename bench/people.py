"""Made-up participants of three plans as a CSV table: `python bench/people.py [COUNT] > people.csv`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from random import Random

PLANS = ("intel", "mit", "microsoft")
COLUMNS = (
    *("id", "plan", "participant.age_at_year_end", "participant.compensation", "participant.plan_compensation"),
    *("participant.elective_deferrals", "participant.employer_contributions", "participant.after_tax_contributions"),
    *("participant.forfeitures", "participant.other_plans.any"),
)


def people(count: int) -> Iterator[str]:
    """The lines of the table, the same for the same count."""
    chance = Random(count)
    yield ",".join(COLUMNS)
    for number in range(1, count + 1):
        pay = chance.randrange(40_000, 420_000, 500)
        deferred = min(24_500, pay * chance.choice((0, 3, 6, 10, 15)) // 100)
        matched = min(deferred, pay * 5 // 100)
        after_tax = chance.choice((0, 0, 0, 5_000, 20_000, 40_000))
        age = chance.randrange(21, 72)
        others = chance.choice(("no", "no", "no", ""))
        yield f"p{number},{chance.choice(PLANS)},{age},{pay},{pay},{deferred},{matched},{after_tax},0,{others}"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in people(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
