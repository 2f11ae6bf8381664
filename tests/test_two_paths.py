"""After-tax money that goes from the plan to a Roth IRA is never taxed through IRA balances; through a traditional IRA it is."""

from __future__ import annotations

from datetime import date

import pytest

from planproof.answer import Answerer
from planproof.plan import Asked, Facts, Statement
from planproof.proof import DefinitionStep, Step, walk
from planproof.rulebook import Rulebook
from planproof.values import State, Value

DIRECT = ("rollover_to_roth_ira.taxes", "rollover_after_separation.taxes", "in_plan_roth_automatic.taxes", "in_plan_roth_on_request.taxes")
THROUGH = "rollover_through_traditional_ira.taxes"


def _facts(balance: int, basis: int, ira: int) -> Facts:
    told: dict[str, Value] = {
        "plan.type": "401(k)",
        "plan.accounting.separate": True,
        "participant.after_tax_account.balance": balance,
        "participant.after_tax_account.basis": basis,
        "participant.conversion.amount": None,
        "participant.conversion.route": "roth_ira",
        "participant.ira.any": True,
        "participant.ira.year_end_value": ira,
        "participant.ira.earlier_basis": 0,
        "participant.ira.nondeductible_contributions": 0,
        "participant.ira.distributions": 0,
        "participant.ira.conversions": 0,
    }
    return Facts({(name, None): Statement(value, State.STATED) for name, value in told.items()}, {})


def _step(answerer: Answerer, facts: Facts, name: str) -> Step:
    return answerer.evaluator.run(facts, Asked(2026, date(2026, 12, 31))).step(name)


@pytest.mark.parametrize("ira", [0, 1, 92_500_00, 99_999_999_00])
@pytest.mark.parametrize(("balance", "basis"), [(40_000_00, 40_000_00), (10_200_00, 10_000_00)])
def test_ira_balances_do_not_touch_plan_money(answerer: Answerer, balance: int, basis: int, ira: int) -> None:
    """Only the earnings are income, and no step of the proof speaks of an IRA."""
    for name in DIRECT:
        step = _step(answerer, _facts(balance, basis, ira), name)
        assert step.value == balance - basis
        names = {below.name for below in walk((step,))}
        assert not [found for found in names if found.startswith(("participant.ira.", "form_8606"))]
        assert "conversion_earnings" in names


def test_the_provision_that_decides_is_in_each_proof(answerer: Answerer, book: Rulebook) -> None:
    """Directly by sections 72(e)(8) and 408A(d)(3); through a traditional IRA by section 408(d)(2), and most of it is taxed.

    40,000 / (92,500 + 40,000) = 0.301887, on the form 0.30189; 40,000 x (1 - 0.30189) = 27,924.40.
    """
    facts = _facts(40_000_00, 40_000_00, 92_500_00)
    assert "IRC 408A(d)(3)(A)(i)" in _cited(book, _step(answerer, facts, DIRECT[0]))
    assert "IRC 408(d)(2)" not in _cited(book, _step(answerer, facts, DIRECT[0]))
    through = _step(answerer, facts, THROUGH)
    assert through.value == 27_924_40
    assert "IRC 408(d)(2)" in _cited(book, through)


def _cited(book: Rulebook, root: Step) -> set[str]:
    """Every citation of a branch that is taken below a step."""
    cited: set[str] = set()
    for step in walk((root,)):
        if isinstance(step, DefinitionStep):
            for branch in book.definitions[step.name].branches:
                cited |= set(branch.authority.citations) if branch.label in step.taken else set()
    return cited
