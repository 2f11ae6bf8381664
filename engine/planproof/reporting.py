"""The command that writes a report of one plan, in one of several forms."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from planproof.answer import Answer, Answerer
from planproof.commands import BAD_INPUT, DONE, Question, Session
from planproof.diagnostics import Diagnostic, clip
from planproof.encode import Encoder, dumps
from planproof.graph import mermaid, svg
from planproof.report import Report, report
from planproof.report_html import html_page
from planproof.report_markdown import markdown
from planproof.saving import save

_FORMS: dict[str, Callable[[Report], str]] = {
    "html": html_page,
    "md": markdown,
    "svg": lambda made: svg(made) + "\n",
    "mermaid": mermaid,
}
FORMS = ("html", "md", "json", "svg", "mermaid")
_SUFFIXES = {**{f".{form}": form for form in FORMS}, ".htm": "html", ".markdown": "md", ".mmd": "mermaid"}


def report_plan(session: Session, args: Namespace) -> int:
    """A report of one plan, to a file or to the output."""
    path = Path(args.output) if args.output else None
    form = args.form or _form(session, path)
    question = Question(session, args)
    plan = question.plan(Path(args.plan))
    answer = question.answer(plan) if plan else None
    if answer is None:
        return BAD_INPUT
    text = _text(form, question.answerer, answer)
    if path is None:
        session.write(text)
    else:
        save(session, path, text)
    return BAD_INPUT if session.failed else DONE


def _text(form: str, answerer: Answerer, answer: Answer) -> str:
    if form == "json":
        return dumps(Encoder(answerer).answer(answer))
    return _FORMS[form](report(answerer, answer))


def _form(session: Session, path: Path | None) -> str:
    if path is None:
        return "html"
    form = _SUFFIXES.get(path.suffix.lower())
    if form is None:
        message = f"`{clip(path.name)}` does not end as a form of report does"
        raise session.stop(Diagnostic("report-form", message, help=f"say --as {', '.join(FORMS[:-1])} or {FORMS[-1]}"))
    return form
