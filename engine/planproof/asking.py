"""Questions asked from Python: a plan in, a verdict with its proof out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from planproof.answer import Answerer
from planproof.diagnostics import Diagnostic, clip, has_errors, render
from planproof.findings import fewer
from planproof.groups import unknown_group
from planproof.notebook import Verdict
from planproof.plans import Loader
from planproof.rulebook import read_rules, rulebook_of
from planproof.source import Source


class InvalidInput(ValueError):
    """What was given cannot be used; `diagnostics` say what is wrong, where, and what would help."""

    def __init__(self, diagnostics: Iterable[Diagnostic], sources: Iterable[Source] = ()) -> None:
        self.diagnostics = tuple(diagnostics)
        texts = {source.path: source for source in sources}
        super().__init__("\n" + "\n".join(render(found, texts) for found in fewer(self.diagnostics)))


def ask(
    plan: str | Path,
    *,
    year: int,
    participant: str | Path | None = None,
    settings: Iterable[str] = (),
    on: date | None = None,
    known: date | None = None,
    rules: str | Path | None = None,
) -> Verdict:
    """The verdict for a plan file, with or without a participant's file; `settings` are as after `--set`.

    The plan is taken as it stands `on` a date, without one on the last day of the year; law and plan as they were `known`
    on a date, without one as they are now. Raises `InvalidInput`.
    """
    check_arguments(year, on=on, known=known)
    if isinstance(settings, str):
        raise InvalidInput([Diagnostic("bad-argument", "`settings` is one text", help="give a list of texts NAME=VALUE")])
    answerer = answerer_of(rules, known)
    loader = Loader(answerer.book)
    person, sources, set_, found = loader.participant(Path(participant) if participant is not None else None, settings)
    read, source, more = loader.plan(Path(plan))
    told, wrong = (*sources, *([source] if source else [])), (*found, *more)
    if read is None or has_errors(wrong):
        raise InvalidInput(wrong, told)
    odd = unknown_group(read, person.group) if person else None
    if odd:
        raise InvalidInput([odd])
    answer = answerer.answer(read, person, year, on or date(year, 12, 31), set_)
    if has_errors(answer.errors):
        raise InvalidInput(answer.errors, (*told, *answerer.book.sources))
    return Verdict(answerer, answer)


def check_arguments(year: object, **days: object) -> None:
    """See that a year is one, and that days are dates if they are said. Raises `InvalidInput`."""
    wrong = []
    if not isinstance(year, int) or isinstance(year, bool) or not 1000 <= year <= 9999:
        wrong.append(Diagnostic("bad-argument", f"`year` is no year: {clip(repr(year))}", help="give a number of four digits: 2026"))
    for name, day in days.items():
        if day is not None and (not isinstance(day, date) or isinstance(day, datetime)):
            help_ = "give a datetime.date, for instance date(2026, 7, 1)"
            wrong.append(Diagnostic("bad-argument", f"`{name}` is no date: {clip(repr(day))}", help=help_))
    if wrong:
        raise InvalidInput(wrong)


def answerer_of(rules: str | Path | None, known: date | None = None) -> Answerer:
    """What answers for the rule book of a folder, or for the one that ships, as it was known on a date. Raises `InvalidInput`."""
    from planproof.resources import rules_folder

    sources, found = read_rules(Path(rules) if rules is not None else rules_folder())
    if found:
        raise InvalidInput(found, sources)
    return _answerer(sources, known)


@lru_cache(maxsize=4)
def _answerer(sources: tuple[Source, ...], known: date | None) -> Answerer:
    book, found = rulebook_of(sources)
    if book is None:
        raise InvalidInput(found, sources)
    if book.core.verdict is None:
        raise InvalidInput([Diagnostic("verdict-missing", "the rule book gives no verdict")])
    return Answerer(book.known_on(known))
