"""The commands on what is not known: what is missing, the letter that asks for it, bounds, and headroom."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from planproof.answer import Answer
from planproof.bounds import bounds
from planproof.commands import BAD_INPUT, DONE, Question, Session
from planproof.diagnostics import Diagnostic, clip, did_you_mean
from planproof.encode import dumps
from planproof.headroom import headroom
from planproof.letter import letter
from planproof.missing import missing
from planproof.missing_data import MISSING_FORMAT, AskingEncoder
from planproof.missing_text import bounds_page, headroom_page, missing_page
from planproof.search import Inquiry


def missing_facts(session: Session, args: Namespace) -> int:
    """The facts that could still change the verdict or an amount, what decides most first."""
    question, answer = _asked(session, args)
    if answer is None:
        return BAD_INPUT
    answers = [answer, *answer.groups]
    found = [missing(question.answerer, one) for one in answers]
    if args.format == "json":
        encoder = AskingEncoder(question.answerer)
        main, *groups = [encoder.missing(one) for one in found]
        session.write(dumps({"format": MISSING_FORMAT, **main, "groups": groups}))
    else:
        session.write("\n\n".join(missing_page(question.answerer, one, session.paint) for one in found))
    return BAD_INPUT if session.failed else DONE


def write_letter(session: Session, args: Namespace) -> int:
    """The questions to the administrator, as a letter."""
    question, answer = _asked(session, args)
    if answer is None:
        return BAD_INPUT
    session.write(letter(question.answerer, missing(question.answerer, answer), markdown=args.form == "md"))
    return BAD_INPUT if session.failed else DONE


def show_bounds(session: Session, args: Namespace) -> int:
    """The least and the most of each amount over all that the missing facts may be."""
    question, answer = _asked(session, args)
    if answer is None:
        return BAD_INPUT
    names = _amounts(session, question, args.amount)
    inquiry = Inquiry(question.answerer.supposer, answer.run.facts, answer.run.asked)
    found = tuple(bounds(inquiry, name) for name in names)
    if args.format == "json":
        session.write(dumps(AskingEncoder(question.answerer).bounds(answer, found)))
    else:
        session.write(bounds_page(question.answerer, answer, found, session.paint, told=args.amount is not None))
    return BAD_INPUT if session.failed else DONE


def show_headroom(session: Session, args: Namespace) -> int:
    """How far each known number may move before the verdict or the limit that binds an amount changes."""
    question, answer = _asked(session, args)
    if answer is None:
        return BAD_INPUT
    verdict = question.answerer.book.core.verdict
    assert verdict is not None, "a question is asked of a rule book with a verdict"
    names = (verdict.name, *verdict.amounts)
    found = tuple(headroom(question.answerer.supposer, answer.run.facts, answer.run.asked, names))
    if args.format == "json":
        session.write(dumps(AskingEncoder(question.answerer).headroom(answer, found)))
    else:
        session.write(headroom_page(question.answerer, answer, found, session.paint))
    return BAD_INPUT if session.failed else DONE


def _asked(session: Session, args: Namespace) -> tuple[Question, Answer | None]:
    question = Question(session, args)
    plan = question.plan(Path(args.plan))
    return question, question.answer(plan) if plan else None


def _amounts(session: Session, question: Question, name: str | None) -> tuple[str, ...]:
    verdict = question.answerer.book.core.verdict
    assert verdict is not None, "a question is asked of a rule book with a verdict"
    if name is None:
        return verdict.amounts
    if name not in verdict.amounts:
        help_ = did_you_mean(name, verdict.amounts) or f"the amounts are {', '.join(verdict.amounts)}"
        raise session.stop(Diagnostic("unknown-amount", f"`{clip(name)}` is no amount of the verdict", help=help_))
    return (name,)
