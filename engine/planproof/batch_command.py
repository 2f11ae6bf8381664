"""The command that answers for many plans and participants at once, and the explanation of a row of its output."""

from __future__ import annotations

import os
import re
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from planproof import __version__
from planproof.answer import Answer, Answerer
from planproof.batch.again import Again, Sought
from planproof.batch.against import changes, pairs
from planproof.batch.against import told as told_changes
from planproof.batch.cluster import SparkTrouble, in_spark
from planproof.batch.inputs import inputs_of, named, parts_of
from planproof.batch.jobs import Input, Job, Kind, Scenario
from planproof.batch.outputs import FORMS, NotAnOutput, read_results, reject_text
from planproof.batch.prospects import Prospects, prospects
from planproof.batch.reading import PartReader, joined_plans
from planproof.batch.results import Holds, ResultRow, columns
from planproof.batch.run import Answered, NoManifest, Places, finished, in_processes, read_manifest, run
from planproof.batch.tally import Tally
from planproof.batch.whole import prospects_told, whole
from planproof.batch.worker import aside
from planproof.batch_data import summary_data
from planproof.batch_html import MOST_ROWS, Batch, batch_page
from planproof.batch_text import rows_told
from planproof.commands import BAD_INPUT, DONE, Session, explain_plan, explained, unpublished
from planproof.diagnostics import Diagnostic, clip, has_errors
from planproof.encode import dumps
from planproof.flat import Columns
from planproof.plans import Loader, read_source

_BASE = Scenario("", ())


def batch(session: Session, args: Namespace) -> int:
    """Answers for every row of the inputs, as a table."""
    answerer = session.answerer(args.rules)
    places = _places(session, args.output)
    if args.report:
        _page_place(session, Path(args.report))
    former = _former(session, args.against, places) if args.against else None
    inputs = _inputs(session, args.input, Columns(answerer.book))
    joined = any(one.kind is Kind.PARTICIPANTS for one in inputs)
    asked = [place for place, one in enumerate(inputs) if not joined or one.kind is Kind.PARTICIPANTS]
    job = Job(
        __version__,
        answerer.book.hash,
        _years(session, answerer, args.year),
        args.on.isoformat() if args.on else "",
        _scenarios(session, Loader(answerer.book), args.scenario),
        places.output.suffix[1:],
        tuple(inputs),
        tuple(parts_of(inputs, asked, Columns(answerer.book))),
    )
    found = finished(job, places)
    if found is None:
        plans, rejects = joined_plans(PartReader(answerer.book, job, {})) if joined else ({}, ())
        progress = Progress(session.err)
        answered = _engine(session, args)
        told = columns(answerer.book, of_plans=job.of_plans)
        try:
            found = run(job, places, plans, reject_text(rejects), told, answerer.book.sources, answered, progress.tell)
        except SparkTrouble as trouble:
            raise session.stop(trouble.diagnostic) from trouble
        progress.end()
    if former is not None:
        session.write("\n".join(_against(session, former, places)))
    _told(session, answerer, args, places, found, job)
    return DONE if not found.rejected else BAD_INPUT


def _told(session: Session, answerer: Answerer, args: Namespace, places: Places, found: Tally, job: Job) -> None:
    if args.summary or args.report:
        _, manifest = _manifest(session, places)
        help_ = prospects(answerer, job, _stored(session, places, manifest)) if job.of_plans else None
        if args.summary:
            session.write("\n".join(_summary(answerer, places, manifest, found, help_)) + "\n")
        if args.report:
            rows = tuple(islice(_stored(session, places, manifest), MOST_ROWS))
            _write(session, Path(args.report), batch_page(answerer.wording, Batch(job, manifest, found, help_, rows)))
    if args.table:
        _, manifest = _manifest(session, places)
        for text in rows_told(answerer.book.core, job, _stored(session, places, manifest), session.paint):
            session.write(text)
        session.write("")
    rejected = f", {found.rejected:,} rejected: {places.rejects}" if found.rejected else ""
    session.write(f"{found.rows:,} answers: {places.output}{rejected}")


def _write(session: Session, path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode("utf-8", "backslashreplace"))
    except (OSError, ValueError) as error:
        cause = (getattr(error, "strerror", "") or "no such name").lower()
        raise session.stop(Diagnostic("output", f"cannot write `{clip(str(path), 200)}`: {cause}")) from error


def _summary(answerer: Answerer, places: Places, manifest: dict[str, Any], found: Tally, help_: Prospects | None) -> Iterator[str]:
    """The run as a whole in words; as data it goes to a file beside the output."""
    with aside(places.summary) as place:
        place.write_text(dumps(summary_data(answerer.book, manifest, found, help_)) + "\n", encoding="utf-8")
    yield from whole(answerer.book, found)
    if help_ is not None:
        yield from prospects_told(answerer.wording, help_)


def _engine(session: Session, args: Namespace) -> Answered:
    """What does the parts: processes of this machine, or the workers of a Spark cluster."""
    if args.engine == "local":
        if args.master:
            raise session.stop(Diagnostic("spark", "`--master` names a cluster, and the engine is none", help="say --engine spark too"))
        return partial(in_processes, args.workers or os.cpu_count() or 1)
    return partial(in_spark, args.master or "local[*]")


# ------------------------------------------------------------------ against a former run


def _former(session: Session, name: str, places: Places) -> Places:
    """The former run, which must be there, and not be the one that is made."""
    former = Places(Path(name))
    if former.manifest.absolute() == places.manifest.absolute():
        message = f"`{clip(name, 200)}` is what is being made"
        raise session.stop(Diagnostic("no-batch", message, help="give the new run another name"))
    _manifest(session, former)
    return former


def _manifest(session: Session, places: Places) -> tuple[Job, dict[str, Any]]:
    try:
        return read_manifest(places)
    except NoManifest as error:
        raise session.stop(Diagnostic("no-batch", str(error), help="name the table that `planproof batch -o` wrote")) from error


def _against(session: Session, former: Places, places: Places) -> Iterator[str]:
    """What changed since the former run, in words; every changed cell goes to a file beside the output."""
    (before, old), (now, new) = _manifest(session, former), _manifest(session, places)
    kept = {name: Holds(word) for name, word in new["columns"].items()}
    path = places.output.with_name(f"{places.output.stem}.changes.csv")
    both = pairs(_stored(session, former, old), _stored(session, places, new))
    yield from told_changes(changes(path, kept, both, other_engine=before.engine != now.engine))


def _stored(session: Session, places: Places, manifest: dict[str, Any]) -> Iterator[ResultRow]:
    try:
        yield from read_results(places.output, {name: Holds(word) for name, word in manifest["columns"].items()})
    except (NotAnOutput, OSError, KeyError, ValueError) as error:
        raise session.stop(_not_as_written(places.output)) from error


def _not_as_written(path: Path) -> Diagnostic:
    return Diagnostic("row-differs", f"`{clip(path.as_posix(), 200)}` is not as the run wrote it", help="run the batch again")


# ------------------------------------------------------------------ what is asked


def _places(session: Session, name: str) -> Places:
    path = Path(name)
    if path.suffix[1:] not in FORMS:
        ends = ", ".join(f".{form}" for form in FORMS)
        raise session.stop(Diagnostic("table-form", f"`{clip(path.name)}` does not end as a table does", help=f"the ends are {ends}"))
    if not path.parent.is_dir():
        raise session.stop(Diagnostic("output", f"cannot write `{clip(name, 200)}`: no such folder"))
    return Places(path)


def _page_place(session: Session, path: Path) -> None:
    """See that a page can be written there, before the work."""
    if path.suffix != ".html":
        raise session.stop(Diagnostic("report-form", f"`{clip(path.name)}` does not end as a page does", help="the end is .html"))
    if not path.parent.is_dir():
        raise session.stop(Diagnostic("output", f"cannot write `{clip(str(path), 200)}`: no such folder"))


def _inputs(session: Session, names: Sequence[str], columns: Columns) -> list[Input]:
    paths, wrong = named(names)
    if wrong:
        raise session.stop(*wrong)
    inputs, wrong = inputs_of(paths, columns)
    if wrong:
        raise session.stop(*wrong)
    return inputs


def _years(session: Session, answerer: Answerer, years: tuple[int, ...] | None) -> tuple[int, ...]:
    latest = answerer.latest_year
    if years is None and latest is None:
        raise session.stop(Diagnostic("year-missing", "the rule book has no year that is complete", help="say --year YEAR"))
    asked = years or (latest or 0,)
    session.tell(found for year in asked for found in unpublished(answerer, year))
    return asked


def _scenarios(session: Session, loader: Loader, texts: Sequence[str]) -> tuple[Scenario, ...]:
    """The scenarios of the command line; if none is asked for, the one that sets nothing."""
    found: dict[str, Scenario] = {}
    for text in texts:
        name, _, file = text.partition("=")
        if not re.fullmatch("[a-z0-9][a-z0-9_-]{0,40}", name) or not file or name in found:
            help_ = "a name has lower-case letters, digits, `-` and `_`, and stands once"
            raise session.stop(Diagnostic("bad-scenario", f"`{clip(text)}` is not NAME=FILE of a scenario", help=help_))
        source, wrong = read_source(Path(file))
        if source is None:
            raise session.stop(*wrong)
        settings = tuple(line.strip() for line in source.text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
        _, sources, _, wrong = loader.participant_of(None, settings)
        session.know(sources)
        session.tell(wrong)
        if has_errors(wrong):
            raise session.stop(
                Diagnostic("bad-scenario", f"scenario `{name}` cannot be read", help=f"each line of `{clip(file)}` is NAME=VALUE")
            )
        found[name] = Scenario(name, settings)
    return tuple(found.values()) or (_BASE,)


# ------------------------------------------------------------------ progress


class Progress:
    """How far a run is: one line that changes on a terminal, else a line now and then."""

    def __init__(self, err: TextIO) -> None:
        self._err = err
        self._live = err.isatty()
        self._begun = self._last = time.monotonic()
        self._before: int | None = None
        self._rows = 0

    def tell(self, done: int, parts: int, rows: int) -> None:
        """Tell of parts done, of how many, and of the rows of the one just done."""
        now = time.monotonic()
        self._rows += rows
        if self._before is None:
            self._before = done
            if done and done < parts:
                print(f"{done:,} of {parts:,} parts are there from before", file=self._err)
            return
        if self._live or now - self._last > 10:
            self._last = now
            self._print(done, parts, now - self._begun)

    def _print(self, done: int, parts: int, seconds: float) -> None:
        rate = self._rows / max(seconds, 0.001)
        left = seconds / max(1, done - (self._before or 0)) * (parts - done)
        line = f"{done:,} of {parts:,} parts, {self._rows:,} answers, {rate:,.0f} a second, {left:,.0f} s left"
        print(f"\r\x1b[K{line}" if self._live else line, end="" if self._live else "\n", file=self._err, flush=True)

    def end(self) -> None:
        """Clear the line."""
        if self._live:
            print("\r\x1b[K", end="", file=self._err, flush=True)


def years(text: str) -> tuple[int, ...]:
    """The years of `2026` or `2024..2026`; anything else raises ValueError."""
    match = re.fullmatch(r"([1-9]\d{3})(?:\.\.([1-9]\d{3}))?", text, re.ASCII)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if last < first:
        raise ValueError(text)
    return tuple(range(first, last + 1))


# ------------------------------------------------------------------ one row


def explain(session: Session, args: Namespace) -> int:
    """A proof as readable text: of a plan file, or of a row of a batch's output."""
    if args.source is None:
        if args.plan is None or args.row is not None:
            raise session.stop(Diagnostic("plan-missing", "say which plan file, or --from OUT --row ID"))
        return explain_plan(session, args)
    if args.row is None or args.participant or args.set or args.on:
        help_ = "of a row, --row, --year, --scenario and --group say which"
        raise session.stop(
            Diagnostic("row-missing", "say which row with --row ID, and set nothing: the run says what was asked", help=help_)
        )
    if args.name:
        raise session.stop(Diagnostic("row-missing", "with --from stands one NAME, and no plan file"))
    answer, answerer = _row(session, args)
    return explained(session, args, answerer, answer, args.plan)


def _row(session: Session, args: Namespace) -> tuple[Answer, Answerer]:
    """The one row that is sought, answered again and found to be as it is stored."""
    places = Places(Path(args.source))
    job, _ = _manifest(session, places)
    answerer = session.answerer(args.rules)
    if answerer.book.hash != job.rulebook:
        message = f"the rule book is not that of the run: {answerer.book.hash[:12]} and not {job.rulebook[:12]}"
        raise session.stop(Diagnostic("row-differs", message, help="name the rule book of then with --rules"))
    again = Again(answerer, job, places)
    try:
        rows = list(islice(again.rows(Sought(args.row, args.year, args.scenario, args.group)), 20))
    except (NotAnOutput, OSError) as error:
        raise session.stop(_not_as_written(places.output)) from error
    if len(rows) != 1:
        raise session.stop(_not_one(args.row, rows))
    answer = again.answer(rows[0])
    if isinstance(answer, Diagnostic):
        raise session.stop(answer)
    return answer, answerer


def _not_one(name: str, rows: list[ResultRow]) -> Diagnostic:
    if not rows:
        return Diagnostic("row-not-found", f"the output has no row `{clip(name)}` of that year, scenario and group")
    told = sorted({f"--year {row['year']}" + "".join(f" --{key} {row[key]}" for key in ("scenario", "group") if row[key]) for row in rows})
    return Diagnostic("row-not-found", f"the output has several rows `{clip(name)}`", help=f"say which: {'; '.join(told[:6])}")
