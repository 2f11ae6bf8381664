"""The shipped rules against the same rules written by hand in plain Python: equal on random plans and participants."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from by_hand import Facts as HandFacts
from by_hand import answer as answer_by_hand
from planproof.plan import Facts
from planproof.values import Unknown
from shipped import ASKED, CORE, EVALUATOR, SETTINGS
from strategies import whole_facts

NAMES = [fact.name for fact in CORE.facts]


def by_hand(facts: Facts) -> HandFacts:
    """The facts as the hand-written rules take them."""
    found: HandFacts = {name: statement.value for (name, _), statement in facts.statements.items()}
    for name, rows in facts.lists.items():
        found[name] = [{column.split(".")[-1]: cell.value for column, cell in row.items()} for row in rows.rows]
    return found


@settings(SETTINGS, max_examples=1500)
@given(whole_facts(CORE, leave_out=("participant.pay_periods",)), st.sets(st.sampled_from(NAMES), max_size=6), st.booleans())
def test_equal_to_the_rules_by_hand(facts: Facts, hidden: set[str], without_tiers: bool) -> None:
    """Verdict and amounts are the same, known or not, whatever is silent."""
    statements = {key: statement for key, statement in facts.statements.items() if key[0] not in hidden}
    some = Facts(statements, {} if without_tiers else facts.lists)
    run = EVALUATOR.run(some, ASKED)
    assert CORE.verdict is not None
    verdict = run.step(CORE.verdict.name).value
    amounts: dict[str, Any] = {name: run.step(name).value for name in CORE.verdict.amounts}
    ours = ("unknown" if isinstance(verdict, Unknown) else verdict, {n: None if isinstance(v, Unknown) else v for n, v in amounts.items()})
    assert ours == answer_by_hand(by_hand(some))
