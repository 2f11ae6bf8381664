"""What each command does: library calls, then text or JSON. Each gives back the process's exit code."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TextIO

from planproof.answer import UNKNOWN, Answer, Answerer
from planproof.catalogue import not_shown
from planproof.diagnostics import Diagnostic, Severity, clip, did_you_mean, has_errors, ordered, printable, render
from planproof.encode import CHECK_FORMAT, Encoder, dumps, place_data
from planproof.examples import run_examples
from planproof.explain import Line, explain
from planproof.findings import MOST_SHOWN, fewer
from planproof.groups import unknown_group
from planproof.ledger import Entry, Ledger, LedgerTrouble
from planproof.oddities import oddities
from planproof.plan import Plan
from planproof.plans import Loader, is_folder
from planproof.receipts import PRIVATE_FILE, drafted
from planproof.render import Paint, answers_table, differences, explanation, page, paragraph, verdicts_counted
from planproof.render import question as asked_of
from planproof.rulebook import Rulebook, load_rulebook, read_rules
from planproof.source import Source
from planproof.summary import brief, summary

DONE, FINDINGS, BAD_INPUT = 0, 1, 2


class Stop(Exception):
    """The command cannot go on; what is wrong is already told."""


class Session:
    """One run of a command: where it writes, and the sources that its messages point into."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self.out = out
        self.err = err
        self.sources: dict[str, Source] = {}
        self.failed = False
        self._told: dict[str, None] = {}
        self._answerers: dict[tuple[str | None, date | None], Answerer] = {}

    @property
    def paint(self) -> Paint:
        """Colour on a terminal, unless NO_COLOR asks for none."""
        return Paint(self.out.isatty() and not os.environ.get("NO_COLOR"))

    def tell(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Diagnostics to the error stream, each once; an error makes the command fail with bad input."""
        for found in fewer(diagnostics, MOST_SHOWN - len(self._told)):
            text = render(found, self.sources)
            if text not in self._told:
                print(text, file=self.err)
            self._told[text] = None
            self.failed |= found.severity is Severity.ERROR

    def stop(self, *diagnostics: Diagnostic) -> Stop:
        """Tell, and give back the exception to raise."""
        self.tell(diagnostics)
        return Stop()

    def write(self, text: str) -> None:
        """Text to the output stream, with one line end."""
        self.out.write(text.rstrip("\n") + "\n")

    def know(self, sources: Iterable[Source]) -> None:
        """Remember sources for messages."""
        self.sources |= {source.path: source for source in sources}

    # -------------------------------------------------------------- loading

    def book(self, folder: str | None, *, fresh: bool = False) -> Rulebook:
        """The rule book, or a stop with what is wrong with it."""
        book, sources, diagnostics = load_rulebook(Path(folder) if folder else None, fresh=fresh)
        self.know(sources)
        if book is None:
            raise self.stop(*diagnostics)
        return book

    @contextmanager
    def using(self, path: Path, *, writing: bool = False) -> Iterator[Ledger]:
        """The ledger of a file; a stop if it cannot be used."""
        try:
            with Ledger(path, writing=writing) as ledger:
                yield ledger
        except LedgerTrouble as trouble:
            raise self.stop(trouble.diagnostic) from trouble

    def answerer(self, folder: str | None, known: date | None = None) -> Answerer:
        """An answerer for the rule book, as known on a day if one is said; it must give a verdict. The same one for the same."""
        if (folder, known) not in self._answerers:
            book = self.book(folder)
            if book.core.verdict is None:
                raise self.stop(Diagnostic("verdict-missing", "the rule book gives no verdict"))
            self._answerers[folder, known] = Answerer(book.known_on(known))
        return self._answerers[folder, known]


# ------------------------------------------------------------------ check and explain


def unpublished(answerer: Answerer, year: int) -> tuple[Diagnostic, ...]:
    """A warning of figures that are not published for a year, if there are such."""
    names, known = answerer.unpublished(year), answerer.book.known
    if not names:
        return ()
    message = f"not published for {year}{f' by {known}' if known else ''}: {', '.join(names)}"
    return (Diagnostic("year-unpublished", message, None, "what depends on them is unknown", Severity.WARNING),)


class Question:
    """What the options of `check` and `explain` ask: year, date, participant, settings."""

    def __init__(self, session: Session, args: Namespace) -> None:
        self.session = session
        self.answerer = session.answerer(args.rules, args.known)
        self.loader = Loader(self.answerer.book)
        self.year = self._year(args.year)
        session.tell(unpublished(self.answerer, self.year))
        self.date: date = args.on or date(self.year, 12, 31)
        path = Path(args.participant) if args.participant else None
        self.participant, sources, self.settings, diagnostics = self.loader.participant(path, args.set)
        session.know(sources)
        session.tell(diagnostics)
        if has_errors(diagnostics):
            raise Stop

    def _year(self, year: int | None) -> int:
        latest = self.answerer.latest_year
        if year is None and latest is None:
            raise self.session.stop(Diagnostic("year-missing", "the rule book has no year that is complete", help="say --year YEAR"))
        return year if year is not None else latest or 0

    def plan(self, path: Path) -> Plan | None:
        """The plan of a file; what is wrong with it is told."""
        plan, source, diagnostics = self.loader.plan(path)
        self.session.know([source] if source else [])
        self.session.tell(diagnostics)
        if plan and self.answerer.book.known:
            self.session.tell(self._undated(plan))
        return plan

    def _undated(self, plan: Plan) -> Iterator[Diagnostic]:
        """Amendments in effect that do not say when they were adopted, which the day of what is known asks for."""
        for amendment in plan.amendments:
            if amendment.adopted is None and amendment.effective <= self.date:
                message = (
                    f"the amendment `{clip(amendment.name)}` does not say when it was adopted, and counts as adopted on its effective date"
                )
                yield Diagnostic("amendment-undated", message, amendment.span, "write `adopted: YEAR-MONTH-DAY`", Severity.WARNING)

    def answer(self, plan: Plan) -> Answer | None:
        """The answer for a plan, if its groups have the participant's."""
        odd = unknown_group(plan, self.participant.group) if self.participant else None
        if odd:
            self.session.tell([odd])
            return None
        answer = self.answerer.answer(plan, self.participant, self.year, self.date, self.settings)
        self.session.tell(answer.errors)
        return answer

    def hide_participant(self, settings: Sequence[str]) -> None:
        """Take the name of the participant's file out of what is proved, and see that only the file tells of the participant."""
        told = [text for text in settings if text.lstrip().startswith("participant.")]
        if told:
            message = f"`{clip(told[0].partition('=')[0].strip())}` is set on the command line, which a private receipt would keep"
            raise self.session.stop(Diagnostic("private-setting", message, help="state it in the participant file"))
        if self.participant and self.participant.source:
            source = Source(PRIVATE_FILE, self.participant.source.text)
            self.participant, _, self.settings, _ = self.loader.participant_of(source, settings)
            self.session.know([source])

    def record(self, answers: Sequence[Answer], path: Path, *, private: bool) -> tuple[Entry, ...]:
        """The entries of the answers in a ledger; when this returns they are on the disk."""
        if not answers:
            return ()
        drafts = [drafted(self.answerer, answer, self.participant, self.settings, private=private) for answer in answers]
        with self.session.using(path, writing=True) as ledger:
            return ledger.append(drafts)


def plan_files(paths: Sequence[str]) -> list[Path]:
    """The files named, and for a folder the YAML and JSON files in it, but for schemas."""
    found: list[Path] = []
    for name in paths:
        path = Path(name)
        if is_folder(path):
            inside = [p for p in path.iterdir() if p.suffix in (".yaml", ".yml", ".json") and not p.name.endswith("schema.json")]
            found += sorted(inside)
        else:
            found.append(path)
    return found


def ledger_path(name: str | None) -> Path:
    """The ledger that is named, or that the environment names, or the one in the working folder."""
    return Path(name or os.environ.get("PLANPROOF_LEDGER") or "planproof-ledger.sqlite")


def check(session: Session, args: Namespace) -> int:
    """Verdicts: a page for one plan, a table for many."""
    if not args.record and (args.private or args.ledger):
        message = "`--ledger` and `--private` say how to record, and nothing is recorded"
        raise session.stop(Diagnostic("record-missing", message, help="say --record too, or leave them out"))
    question = Question(session, args)
    if args.private:
        question.hide_participant(args.set)
    fail_on = _fail_on(session, question.answerer, args.fail_on)
    files = plan_files(args.plan)
    if not files:
        raise session.stop(no_plans(args.plan))
    plans = [plan for plan in map(question.plan, files) if plan is not None]
    answers = [answer for answer in map(question.answer, plans) if answer is not None]
    entries = question.record(answers, ledger_path(args.ledger), private=args.private) if args.record else ()
    told = ""
    if args.format == "json":
        _write_json(session, question, answers, entries, single=len(files) == 1)
    elif len(files) == 1 and answers:
        session.write(page(question.answerer, answers[0], session.paint, everything=args.all))
    elif answers:
        known = f" · as known on {args.known}" if args.known else ""
        session.write(f"year {question.year} · plans as of {question.date}{known}\n")
        session.write(answers_table(answers, session.paint))
        session.write("\n" + verdicts_counted((answer.verdict for answer in answers), "plans"))
        told = differences(answers)
        session.write("\n" + told if told else "")
    if entries and args.format != "json":
        lead = "" if len(files) > 1 and not told else "\n"
        session.write(lead + "\n".join(f"recorded as entry {entry.number}: {entry.hash}" for entry in entries))
    if session.failed:
        return BAD_INPUT
    return FINDINGS if any(answer.verdict in fail_on for answer in answers) else DONE


def no_plans(names: Sequence[str]) -> Diagnostic:
    """That no plan files were found where they were looked for."""
    return Diagnostic("no-plans", f"no plan files in {', '.join(f'`{clip(name, 200)}`' for name in names)}")


def _write_json(session: Session, question: Question, answers: list[Answer], entries: Sequence[Entry], *, single: bool) -> None:
    encoder = Encoder(question.answerer)
    results = [encoder.answer(answer) for answer in answers]
    for result, entry in zip(results, entries, strict=False):
        result["recorded"] = {"entry": entry.number, "hash": entry.hash}
    if not single:
        session.write(dumps({"format": CHECK_FORMAT, "results": results}))
    elif results:
        session.write(dumps(results[0]))


def _fail_on(session: Session, answerer: Answerer, text: str | None) -> set[str]:
    verdict = answerer.book.core.verdict
    assert verdict is not None
    known = (*answerer.book.definitions[verdict.name].type.options, UNKNOWN)
    words = {word.strip() for word in text.split(",")} if text else set[str]()
    for word in sorted(words - set(known)):
        raise session.stop(
            Diagnostic(
                "unknown-verdict", f"`{clip(word)}` is no verdict", help=did_you_mean(word, known) or f"the verdicts are {', '.join(known)}"
            )
        )
    return words


def explain_plan(session: Session, args: Namespace) -> int:
    """A proof as readable text."""
    question = Question(session, args)
    plan = question.plan(Path(args.plan))
    answer = question.answer(plan) if plan else None
    return BAD_INPUT if answer is None else explained(session, args, question.answerer, answer, args.name)


def explained(session: Session, args: Namespace, answerer: Answerer, answer: Answer, asked: str | None) -> int:
    """Tell an answer's proof: of the name that is asked for, or of the verdict."""
    assert answerer.book.core.verdict is not None
    name = asked or answerer.book.core.verdict.name
    roots = answerer.find(answer, name)
    if not roots:
        names = [
            *answerer.book.definitions,
            *answerer.book.facts,
            *answerer.book.parameters,
            *(path.name for path in answerer.book.core.paths),
        ]
        raise session.stop(
            Diagnostic(
                "unknown-name", f"`{clip(name)}` is no definition, fact, parameter or path of the rule book", help=did_you_mean(name, names)
            )
        )
    if args.brief:
        whole = name == answerer.book.core.verdict.name
        texts = [summary(answerer, answer)] if whole else [brief(answerer, answer, root) for root in roots]
        blocks = [[Line(0, text, f"[{answer.plan.source.path}]", (), root)] for text, root in zip(texts, roots, strict=True)]
    else:
        blocks = [list(explain(answerer, answer, root, args.depth, everything=args.all)) for root in roots]
    if args.format == "json":
        lines = [
            {"depth": line.depth, "text": line.text, "origin": line.origin, "details": list(line.details)}
            for block in blocks
            for line in block
        ]
        session.write(
            dumps({"format": "planproof-explain/1", "plan": answer.plan.source.path, "year": answer.year, "name": name, "lines": lines})
        )
    else:
        session.write(f"{printable(answer.plan.employer)}: {printable(answer.plan.name)} · {asked_of(answer)}\n")
        if args.brief:
            session.write("\n\n".join(paragraph(line.text) for block in blocks for line in block))
        else:
            session.write("\n\n".join(explanation(block, session.paint) for block in blocks))
    return BAD_INPUT if session.failed else DONE


# ------------------------------------------------------------------ test and lint


def test(session: Session, args: Namespace) -> int:
    """The examples beside the rules."""
    answerer = Answerer(session.book(args.rules, fresh=True))
    outcomes = list(run_examples(answerer))
    failed = [outcome for outcome in outcomes if outcome.failures]
    if args.format == "json":
        results = [
            {
                "title": o.example.title,
                "place": place_data(o.example.span),
                "passed": not o.failures,
                "failures": [f.message for f in o.failures],
            }
            for o in outcomes
        ]
        session.write(dumps({"format": "planproof-test/1", "examples": results, "failed": len(failed)}))
    else:
        for outcome in failed:
            session.write(f"failed: {outcome.example.title}")
            for failure in outcome.failures:
                session.write(render(failure, session.sources))
        session.write(f"{len(outcomes)} examples, {len(failed)} failed")
    return FINDINGS if failed or not outcomes else DONE


def lint(session: Session, args: Namespace) -> int:
    """Everything that is wrong or odd about rule books and plan files."""
    findings: list[Diagnostic] = []
    unreadable = False
    rest: list[str] = []
    for name in args.paths:
        path = Path(name)
        if path.suffix == ".rules" or (is_folder(path) and any(path.rglob("*.rules"))):
            findings += _lint_rules(session, path)
        else:
            rest.append(name)
    if rest:
        answerer = session.answerer(args.rules)
        loader = Loader(answerer.book)
        files = plan_files(rest)
        if not files:
            raise session.stop(no_plans(rest))
        for file in files:
            findings += _lint_plan(session, answerer, loader, file)
    findings = list(ordered(findings))
    unreadable = any(found.code == "unreadable" for found in findings)
    if args.format == "json":
        session.write(dumps({"format": "planproof-lint/1", "findings": [_finding(found) for found in findings]}))
    else:
        for found in fewer(findings):
            session.write(render(found, session.sources))
        session.write(f"{len(findings)} finding{'s' if len(findings) > 1 else ''}" if findings else "nothing found")
    return BAD_INPUT if unreadable else FINDINGS if findings else DONE


def _lint_rules(session: Session, path: Path) -> list[Diagnostic]:
    folder = path if path.is_dir() else path.parent
    sources, diagnostics = read_rules(folder)
    session.know(sources)
    if not diagnostics:
        book, _, diagnostics = load_rulebook(folder, fresh=True)
        if book is not None:
            diagnostics = (*diagnostics, *not_shown(Answerer(book)))
    if path.is_dir():
        return list(diagnostics)
    if not path.is_file():
        return [Diagnostic("unreadable", f"cannot read `{path.as_posix()}`: no such file")]
    return [found for found in diagnostics if found.span is None or found.span.path == f"{folder.name}/{path.name}"]


def _lint_plan(session: Session, answerer: Answerer, loader: Loader, file: Path) -> list[Diagnostic]:
    plan, source, diagnostics = loader.plan(file)
    session.know([source] if source else [])
    if plan is None:
        return list(diagnostics)
    return [*diagnostics, *oddities(answerer, plan)]


def _finding(found: Diagnostic) -> dict[str, object]:
    return {
        "code": found.code,
        "severity": found.severity.value,
        "message": found.message,
        "place": place_data(found.span),
        "help": found.help,
    }
