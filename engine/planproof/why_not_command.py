"""The command `why-not`: what would give a wanted verdict, path or amount."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from planproof.commands import BAD_INPUT, DONE, Question, Session
from planproof.diagnostics import Diagnostic
from planproof.encode import dumps
from planproof.suppose import Supposer
from planproof.wanted import best, wanted
from planproof.why_not import why_not
from planproof.why_not_data import WhyNotEncoder
from planproof.why_not_text import WhyNotText, same_for


def why_not_plan(session: Session, args: Namespace) -> int:
    """The smallest sets of changes for a plan, and for each of its groups."""
    question = Question(session, args)
    answerer = question.answerer
    chosen = args.wanted is None
    asked_for = wanted(answerer.book, best(answerer.book) if chosen else args.wanted)
    if isinstance(asked_for, Diagnostic):
        raise session.stop(asked_for)
    plan = question.plan(Path(args.plan))
    answer = question.answer(plan) if plan else None
    if answer is None:
        return BAD_INPUT
    supposer = Supposer(answerer.evaluator)
    answers = [answer, *answer.groups]
    found = [(one, why_not(supposer, one.run.facts, one.run.asked, asked_for, args.size)) for one in answers]
    if args.format == "json":
        session.write(dumps(WhyNotEncoder(answerer).data(found, chosen=chosen)))
    else:
        text = WhyNotText(answerer, session.paint)
        taken = ", the first option of the verdict, as nothing else is asked for" if chosen else ""
        pages = [
            same_for(one.group) if one.group and at and result == found[0][1] else text.page(one, result, taken)
            for at, (one, result) in enumerate(found)
        ]
        session.write("\n\n".join(pages))
    return BAD_INPUT if session.failed else DONE
