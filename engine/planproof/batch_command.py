"""The command that answers for many plans and participants at once."""

from __future__ import annotations

import os
import re
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from planproof import __version__
from planproof.answer import Answerer
from planproof.batch.against import changes, pairs
from planproof.batch.against import told as told_changes
from planproof.batch.cluster import SparkTrouble, in_spark
from planproof.batch.inputs import inputs_of, named, parts_of, rows_input
from planproof.batch.jobs import Input, Job, Kind, Scenario
from planproof.batch.lock import Busy, alone
from planproof.batch.outputs import FORMS, reject_text
from planproof.batch.places import Places
from planproof.batch.prospects import Prospects, prospects
from planproof.batch.reading import PartReader, children_of, joined_plans
from planproof.batch.results import Holds, columns
from planproof.batch.run import Answered, Before, finished, in_processes, run
from planproof.batch.tally import Tally
from planproof.batch.whole import prospects_told, whole
from planproof.batch.worker import aside
from planproof.batch_data import summary_data
from planproof.batch_html import MOST_ROWS, Batch, batch_page
from planproof.batch_stored import manifest_of, stored
from planproof.batch_text import rows_told
from planproof.child_tables import list_and_file, twice
from planproof.commands import BAD_INPUT, DONE, Session, unpublished
from planproof.diagnostics import Diagnostic, Severity, clip, has_errors
from planproof.encode import dumps
from planproof.flat import Columns
from planproof.plans import Loader, read_source
from planproof.progress import Looking, Progress
from planproof.rulebook import Rulebook
from planproof.saving import save, see_to
from planproof.source import Source

_BASE = Scenario("", ())
_MOST_NAMED = 6


def batch(session: Session, args: Namespace) -> int:
    """Answers for every row of the inputs, as a table."""
    answerer = session.answerer(args.rules, args.known)
    places = _places(session, args.output)
    if args.report:
        _page_place(session, Path(args.report))
    try:
        with alone(places.lock):
            return _batch(session, args, answerer, places)
    except Busy as busy:
        message = f"another run is making `{clip(args.output, 200)}`"
        raise session.stop(Diagnostic("output-busy", message, help="wait until it ends, or name another output")) from busy


def _batch(session: Session, args: Namespace, answerer: Answerer, places: Places) -> int:
    former = _former(session, args.against, places) if args.against else None
    job = _job(session, args, answerer, places)
    found = finished(job, places) or _made(session, args, answerer, places, job)
    session.tell(_undated(found))
    if former is not None:
        session.write("\n".join(_against(session, former, places)))
    _told(session, answerer, args, places, found, job)
    return DONE if not found.rejected else BAD_INPUT


def _job(session: Session, args: Namespace, answerer: Answerer, places: Places) -> Job:
    """What is asked, with all that the output depends on."""
    rows = list(_rows_inputs(session, answerer.book, args.rows))
    inputs = [*_inputs(session, args.input, [Path(one.path) for one in rows], places, Columns(answerer.book)), *rows]
    joined = any(one.kind is Kind.PARTICIPANTS for one in inputs)
    asked = [place for place, one in enumerate(inputs) if one.kind is not Kind.ROWS and (not joined or one.kind is Kind.PARTICIPANTS)]
    for one in rows if not joined else []:
        if not one.id.startswith("plan."):
            raise session.stop(Diagnostic("unknown-parent", f"`{one.id}` is of participants, and there are none"))
    return Job(
        __version__,
        answerer.book.hash,
        _years(session, answerer, args.year),
        args.on.isoformat() if args.on else "",
        args.known.isoformat() if args.known else "",
        _scenarios(session, Loader(answerer.book), args.scenario),
        places.output.suffix[1:],
        tuple(inputs),
        tuple(parts_of(inputs, asked, Columns(answerer.book))),
    )


def _made(session: Session, args: Namespace, answerer: Answerer, places: Places, job: Job) -> Tally:
    """The output made, with a line that tells how far it is."""
    children, wrong = children_of(answerer.book, job)
    if wrong:
        raise session.stop(*wrong)
    before = Before({}, children=children)
    if not job.of_plans:
        reader = PartReader(answerer.book, job, {}, children)
        plans, rejects = joined_plans(reader)
        before = Before(plans, reject_text(rejects), reader.undated, children, reader.children.met)
    progress = Progress(session.err)
    told = columns(answerer.book, of_plans=job.of_plans)
    try:
        return run(job, places, before, told, answerer.book.sources, _engine(session, args), progress.tell)
    except SparkTrouble as trouble:
        raise session.stop(trouble.diagnostic) from trouble
    except KeyboardInterrupt:
        progress.end()
        print("what is done is kept: run again to go on", file=session.err)
        raise
    finally:
        progress.end()


def _undated(found: Tally) -> Iterator[Diagnostic]:
    if found.undated:
        several = found.undated > 1
        message = f"{found.undated:,} plan{'s have amendments that do' if several else ' has an amendment that does'} not say when"
        message += f" {'they were' if several else 'it was'} adopted, and count{'' if several else 's'} as adopted on the effective date"
        yield Diagnostic("amendment-undated", message, None, "write `adopted`", Severity.WARNING)


def _told(session: Session, answerer: Answerer, args: Namespace, places: Places, found: Tally, job: Job) -> None:
    if args.summary or args.report:
        _, manifest = manifest_of(session, places)
        help_ = _prospects(session, answerer, places, job, manifest) if job.of_plans else None
        if args.summary:
            session.write("\n".join(_summary(answerer, places, manifest, found, help_)) + "\n")
        if args.report:
            rows = tuple(islice(stored(session, places, manifest), MOST_ROWS))
            save(session, Path(args.report), batch_page(answerer.wording, Batch(job, manifest, found, help_, rows)))
    if args.table:
        _, manifest = manifest_of(session, places)
        for text in rows_told(answerer.book.core, job, stored(session, places, manifest), session.paint):
            session.write(text)
        session.write("")
    rejected = f", {found.rejected:,} rejected: {places.rejects}" if found.rejected else ""
    session.write(f"{found.rows:,} answers: {places.output}{rejected}")


def _prospects(session: Session, answerer: Answerer, places: Places, job: Job, manifest: dict[str, Any]) -> Prospects:
    looking = Looking(session.err)
    try:
        return prospects(answerer, job, stored(session, places, manifest), looking.tell)
    finally:
        looking.end()


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
    manifest_of(session, former)
    return former


def _against(session: Session, former: Places, places: Places) -> Iterator[str]:
    """What changed since the former run, in words; every changed cell goes to a file beside the output."""
    (before, old), (now, new) = manifest_of(session, former), manifest_of(session, places)
    kept = {name: Holds(word) for name, word in new["columns"].items()}
    both = pairs(stored(session, former, old), stored(session, places, new))
    yield from told_changes(changes(places.changes, kept, both, before=before, now=now))


# ------------------------------------------------------------------ what is asked


def _places(session: Session, name: str) -> Places:
    path = Path(name)
    if path.suffix[1:] not in FORMS:
        ends = ", ".join(f".{form}" for form in FORMS)
        raise session.stop(Diagnostic("table-form", f"`{clip(path.name)}` does not end as a table does", help=f"the ends are {ends}"))
    places = Places(path)
    for one in places.written:
        see_to(session, one, aside=True)
    if places.parts.exists() and not places.parts.is_dir():
        raise session.stop(Diagnostic("output", f"cannot write into `{clip(str(places.parts), 200)}`: it is no folder"))
    return places


def _page_place(session: Session, path: Path) -> None:
    """See that a page can be written there, before the work."""
    if path.suffix != ".html":
        raise session.stop(Diagnostic("report-form", f"`{clip(path.name)}` does not end as a page does", help="the end is .html"))
    see_to(session, path, aside=True)


def _rows_inputs(session: Session, book: Rulebook, texts: Sequence[str]) -> Iterator[Input]:
    """The tables of rows of lists that the command line names."""
    seen: set[str] = set()
    for text in texts:
        name, path, wrong = list_and_file(book, text)
        if wrong or name in seen:
            raise session.stop(wrong or twice(name))
        seen.add(name)
        found, problems = rows_input(path, name)
        if found is None:
            raise session.stop(*problems)
        yield found


def _inputs(session: Session, names: Sequence[str], apart: Sequence[Path], places: Places, columns: Columns) -> list[Input]:
    """The inputs but for the tables that are read `apart`; nothing is written over any of them."""
    found, wrong = named(names)
    read_apart = {path.resolve() for path in apart}
    if found.skipped:
        told = [f"`{clip(path.as_posix(), 200)}`" for path in found.skipped[:_MOST_NAMED]]
        more = f" and {len(found.skipped) - len(told):,} more" if len(found.skipped) > len(told) else ""
        print(f"not read, as a batch wrote them: {', '.join(told)}{more}", file=session.err)
    written = {path.resolve() for path in places.written}
    wrong += [
        Diagnostic("output", f"`{clip(path.as_posix(), 200)}` is an input, and would be written over", help="give the output another name")
        for path in (*found.files, *apart)
        if path.resolve() in written
    ]
    if wrong:
        raise session.stop(*wrong)
    inputs, wrong = inputs_of([path for path in found.files if path.resolve() not in read_apart], columns)
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
        lines = [(number, line) for number, line in enumerate(source.text.splitlines(), 1) if line.strip() and line.lstrip()[0] != "#"]
        settings = tuple(line.strip() for _, line in lines)
        _, _, _, wrong = loader.participant_of(None, settings)
        session.know([source])
        session.tell(_in_file(found, source, lines) for found in wrong)
        if has_errors(wrong):
            raise session.stop(
                Diagnostic("bad-scenario", f"scenario `{name}` cannot be read", help=f"each line of `{clip(file)}` is NAME=VALUE")
            )
        found[name] = Scenario(name, settings)
    return tuple(found.values()) or (_BASE,)


def _in_file(found: Diagnostic, source: Source, lines: Sequence[tuple[int, str]]) -> Diagnostic:
    """What is wrong with a setting, at the place where its line stands in the file of a scenario."""
    if found.span is None:
        return found
    number, line = lines[int(found.span.path.removeprefix("--set") or 1) - 1]
    indent = len(line) - len(line.lstrip())
    return replace(found, span=replace(found.span, path=source.path, line=number, column=found.span.column + indent))


def years(text: str) -> tuple[int, ...]:
    """The years of `2026` or `2024..2026`; anything else raises ValueError."""
    match = re.fullmatch(r"([1-9]\d{3})(?:\.\.([1-9]\d{3}))?", text, re.ASCII)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if last < first:
        raise ValueError(text)
    return tuple(range(first, last + 1))
