"""The rule book that ships, for tests whose strategies need it before any fixture is made."""

from __future__ import annotations

from datetime import date

from hypothesis import HealthCheck, Phase, settings

from planproof.core import Core
from planproof.evaluate import Evaluator
from planproof.plan import Asked
from planproof.rulebook import load_rulebook


def _core() -> Core:
    book, _, diagnostics = load_rulebook()
    assert book is not None, diagnostics
    return book.core


CORE = _core()
EVALUATOR = Evaluator(CORE)
PLAIN = tuple(definition.name for definition in CORE.definitions if definition.row is None)
ASKED = Asked(2026, date(2026, 12, 31))
SETTINGS = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
