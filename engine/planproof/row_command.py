"""The command `explain`: the proof of a plan file, or of a row of a batch's output, which is answered again."""

from __future__ import annotations

from argparse import Namespace
from itertools import islice
from pathlib import Path

from planproof.answer import Answer, Answerer
from planproof.batch.again import Again, Sought
from planproof.batch.outputs import NotAnOutput
from planproof.batch.places import Places
from planproof.batch.results import ResultRow
from planproof.batch_stored import manifest_of, not_as_written
from planproof.commands import Session, explain_plan, explained
from planproof.diagnostics import Diagnostic, clip


def explain(session: Session, args: Namespace) -> int:
    """A proof as readable text: of a plan file, or of a row of a batch's output."""
    if args.source is None:
        if args.plan is None or args.row is not None:
            raise session.stop(Diagnostic("plan-missing", "say which plan file, or --from OUT --row ID"))
        return explain_plan(session, args)
    if args.row is None or args.participant or args.set or args.on or args.known:
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
    job, _ = manifest_of(session, places)
    answerer = session.answerer(args.rules, job.known_on)
    if answerer.book.hash != job.rulebook:
        message = f"the rule book is not that of the run: {answerer.book.hash[:12]} and not {job.rulebook[:12]}"
        raise session.stop(Diagnostic("row-differs", message, help="name the rule book of then with --rules"))
    again = Again(answerer, job, places)
    try:
        rows = list(islice(again.rows(Sought(args.row, args.year, args.scenario, args.group)), 20))
    except (NotAnOutput, OSError) as error:
        raise session.stop(not_as_written(places.output)) from error
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
