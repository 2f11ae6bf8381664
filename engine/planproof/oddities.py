"""What is odd about a plan file that is right in form: warnings for whoever encodes it."""

from __future__ import annotations

from collections.abc import Iterator

from planproof.answer import Answerer
from planproof.core import PLAN_TYPE
from planproof.diagnostics import Diagnostic, Severity
from planproof.plan import Asked, Facts, Plan
from planproof.proof import FactStep
from planproof.source import Span
from planproof.values import State


def oddities(answerer: Answerer, plan: Plan) -> Iterator[Diagnostic]:
    """Sources that nothing cites, values without source, facts that do not apply, rows that cannot be."""
    yield from _unused_sources(plan)
    yield from _unsourced(plan)
    yield from _inapplicable(answerer, plan)
    for facts in _all_facts(plan):
        yield from answerer.row_errors(answerer.evaluator.run(facts, Asked()))


def _warning(code: str, message: str, span: Span | None) -> Diagnostic:
    return Diagnostic(code, message, span, None, Severity.WARNING)


def _all_facts(plan: Plan) -> list[Facts]:
    return [plan.facts, *(a.facts for a in plan.amendments), *(g.facts for g in plan.groups)]


def _unused_sources(plan: Plan) -> Iterator[Diagnostic]:
    facts = _all_facts(plan)
    cited = {s.evidence.source for f in facts for s in f.statements.values()} | {r.evidence.source for f in facts for r in f.lists.values()}
    cited |= {claim.evidence.source for f in facts for s in f.statements.values() for claim in s.claims}
    for document in plan.documents:
        if document.id not in cited:
            yield _warning("source-unused", f"no value cites the source `{document.id}`", document.span)


def _unsourced(plan: Plan) -> Iterator[Diagnostic]:
    for facts in _all_facts(plan):
        for (name, _), statement in facts.statements.items():
            sourced = statement.evidence.source or (statement.claims and all(claim.evidence.source for claim in statement.claims))
            if not sourced and name != PLAN_TYPE:
                yield _warning("value-unsourced", f"`{name}` names no source", statement.span)
        for name, rows in facts.lists.items():
            if not rows.evidence.source:
                yield _warning("value-unsourced", f"`{name}` names no source", rows.span.first if rows.span else None)


def _inapplicable(answerer: Answerer, plan: Plan) -> Iterator[Diagnostic]:
    run = answerer.evaluator.run(plan.facts, Asked())
    for name, key in plan.facts.statements:
        step = run.step(name) if key is None and answerer.book.facts[name].key is None else None
        if (
            isinstance(step, FactStep)
            and step.state is State.NOT_APPLICABLE
            and step.statement
            and step.statement.state is State.STATED
            and step.statement.value is not None
        ):
            message = f"`{name}` is stated, but applies only when {answerer.book.facts[name].applies_text}"
            yield _warning("not-applicable", message, step.statement.span)
