"""The command line: options, help, exit codes.

Exit codes: 0 done; 1 findings, failed tests, a false proof, or a verdict that --fail-on names; 2 bad input or usage.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from datetime import date
from io import TextIOWrapper
from typing import Any, TypeAlias

from planproof import (
    __version__,
    batch_command,
    commands,
    compare_commands,
    flatten_command,
    ledger_commands,
    lookup,
    missing_command,
    reporting,
    row_command,
    verify_command,
    why_not_command,
)
from planproof.commands import BAD_INPUT, Session, Stop
from planproof.ledger import Head
from planproof.values import parse_date
from planproof.why_not import MOST_CHANGES

_EPILOG = """\
exit codes:
  0  done
  1  findings, failed tests, a false proof, or a verdict that --fail-on names
  2  bad input or usage

examples:
  planproof check plans/acme.yaml
  planproof check plans/ --year 2025 --fail-on unknown
  planproof check plans/acme.yaml --participant me.yaml --set participant.NAME=VALUE
  planproof explain plans/acme.yaml NAME --depth 2
  planproof report plans/acme.yaml -o report.html
  planproof batch plans/ -o verdicts.csv --summary
  planproof explain --from verdicts.csv --row acme
  planproof flatten plans/ -o plans.csv
  planproof limits 2026
  planproof check plans/acme.yaml --record
  planproof ledger verify
"""


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) == 4 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"`{text}` is not a year: write four digits")
    return int(text)


def _years(text: str) -> tuple[int, ...]:
    try:
        return batch_command.years(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` are not years: write 2026 or 2024..2026") from None


def _date(text: str) -> date:
    day = parse_date(text)
    if day is None:
        raise argparse.ArgumentTypeError(f"`{text}` is not a date: write year-month-day, for instance 2026-07-01")
    return day


def _depth(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise argparse.ArgumentTypeError(f"`{text}` is not a depth: write a whole number")
    return int(text)


def _workers(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"`{text}` is not a number of processes: write a whole number from 1 on")
    return int(text)


def _size(text: str) -> int:
    if text not in ("1", "2", "3", "4", "5"):
        raise argparse.ArgumentTypeError(f"`{text}` is not a size: write a number from 1 to 5")
    return int(text)


def _entry(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"`{text}` is not an entry: write its number")
    return int(text)


def _head(text: str) -> Head:
    count, _, hash_ = text.partition(":")
    if not (count.isascii() and count.isdigit() and len(count) < 16 and re.fullmatch("[0-9a-f]{64}", hash_)):
        raise argparse.ArgumentTypeError(f"`{text}` is not a head: write what `planproof ledger head` printed")
    return Head(int(count), hash_)


_Add: TypeAlias = Callable[..., argparse.ArgumentParser]


class _Command(argparse.ArgumentParser):
    """A command whose options may stand before, between and after its arguments."""

    _inside = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """The arguments; what comes before an option and what comes after it belong together."""
        if self._inside or any(action.nargs == argparse.PARSER for action in self._actions):
            return super().parse_known_args(args, namespace)
        self._inside = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._inside = False


class _Version(argparse.Action):
    """Prints the version."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"planproof {__version__}")
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    top = argparse.ArgumentParser(
        prog="planproof",
        description="Says what a plan allows, and proves it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    command: type[argparse.ArgumentParser] = _Command
    sub = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=command)

    ruled = argparse.ArgumentParser(add_help=False)
    ruled.add_argument("--rules", metavar="DIR", help="folder of the rule book (default: the one that comes with planproof)")
    common = argparse.ArgumentParser(add_help=False, parents=[ruled])
    common.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")

    question = argparse.ArgumentParser(add_help=False)
    question.add_argument("--year", type=_year, help="year asked for (default: the rule book's latest complete year)")
    question.add_argument("--on", type=_date, metavar="DATE", help="the plan as amended by this date (default: 31 December of the year)")
    question.add_argument(
        "--known", type=_date, metavar="DATE", help="only law published, and amendments adopted, by this date (default: all that is known)"
    )
    question.add_argument("--participant", metavar="FILE", help="participant file, YAML or JSON")
    asking = argparse.ArgumentParser(add_help=False, parents=[question])
    asking.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="set a fact, over the files; may be repeated")

    one = sub.add_parser("check", parents=[common, asking], help="verdicts: a page for one plan, a table for many")
    one.add_argument("plan", nargs="+", metavar="PLAN", help="plan files, or folders of them")
    one.add_argument("--fail-on", metavar="VERDICTS", help="exit with 1 if a verdict is one of these, parted by commas")
    one.add_argument("--all", action="store_true", help="list every pitfall that may apply, on the page for one plan")
    one.add_argument("--record", action="store_true", help="record a receipt of each verdict in the ledger")
    one.add_argument("--private", action="store_true", help="record nothing that the participant file says, only a commitment to it")
    _add_ledger(one)
    one.set_defaults(run=commands.check)

    two = sub.add_parser("explain", parents=[common, asking], help="the proof as readable text")
    two.add_argument("plan", nargs="?", metavar="PLAN", help="plan file; with --from, the NAME")
    two.add_argument(
        "name", nargs="?", metavar="NAME", help="what to explain: a definition, path, fact or parameter (default: the verdict)"
    )
    two.add_argument("--from", dest="source", metavar="OUT", help="explain a row of this output of `batch`")
    two.add_argument("--row", metavar="ID", help="the row, with --from; --year, --scenario and --group say which of several")
    two.add_argument("--scenario", metavar="NAME", help="the scenario, with --from")
    two.add_argument("--group", metavar="NAME", help="the group, with --from")
    deep = two.add_mutually_exclusive_group()
    deep.add_argument("--brief", action="store_true", help="one paragraph")
    deep.add_argument("--depth", type=_depth, help="how many levels to tell (default: down to the facts)")
    two.add_argument("--all", action="store_true", help="also what does not decide, and the exceptions not taken")
    two.set_defaults(run=row_command.explain)

    why = sub.add_parser("why-not", parents=[common, asking], help="the smallest sets of changes that would give a verdict, path or amount")
    why.add_argument("plan", metavar="PLAN", help="plan file")
    why.add_argument(
        "wanted", nargs="?", metavar="WANTED", help="an option of the verdict, a path, or NAME>=VALUE (default: the verdict's first option)"
    )
    why.add_argument("--size", type=_size, default=MOST_CHANGES, metavar="N", help=f"the most changes in a set (default: {MOST_CHANGES})")
    why.set_defaults(run=why_not_command.why_not_plan)

    page = sub.add_parser("report", parents=[ruled, asking], help="a report of one plan to hand on: a page, Markdown, JSON, or a graph")
    page.add_argument("plan", metavar="PLAN", help="plan file")
    page.add_argument("-o", "--output", metavar="FILE", help="file to write (default: the standard output)")
    page.add_argument("--as", dest="form", choices=reporting.FORMS, help="form of the report (default: as FILE ends, else html)")
    page.set_defaults(run=reporting.report_plan)

    _add_comparisons(sub.add_parser, common, question)

    many = sub.add_parser("batch", parents=[ruled], help="answers for many plans and participants, as a table")
    many.add_argument("input", nargs="+", metavar="INPUT", help="plan files, tables of plans or participants, folders, patterns")
    many.add_argument("-o", "--output", required=True, metavar="OUT", help="table to write: .csv, .jsonl or .parquet")
    many.add_argument(
        "--year", type=_years, metavar="YEARS", help="year asked for, or years: 2024..2026 (default: the latest complete year)"
    )
    many.add_argument("--on", type=_date, metavar="DATE", help="plans as amended by this date (default: 31 December of each year)")
    many.add_argument(
        "--known", type=_date, metavar="DATE", help="only law published, and amendments adopted, by this date (default: all that is known)"
    )
    many.add_argument("--scenario", action="append", default=[], metavar="NAME=FILE", help="settings, one a line; may be repeated")
    many.add_argument("--rows", action="append", default=[], metavar="NAME=FILE", help="table of the rows of a list; may be repeated")
    many.add_argument("--workers", type=_workers, metavar="N", help="processes (default: one for each core)")
    many.add_argument("--engine", choices=("local", "spark"), default="local", help="processes here, or a Spark cluster")
    many.add_argument("--master", metavar="URL", help="cluster of --engine spark (default: local[*])")
    many.add_argument("--against", metavar="OLD", help="tell what changed since a former run, whose table this is, and why")
    many.add_argument("--table", action="store_true", help="tell the answers too, a line each, as `check` does")
    many.add_argument("--summary", action="store_true", help="tell the whole: verdicts and why, limits, pitfalls, what is missing")
    many.add_argument("--report", metavar="FILE", help="write the whole as a page: charts, what would help most plans, and the rows")
    many.set_defaults(run=batch_command.batch)

    flat = sub.add_parser("flatten", parents=[ruled], help="plan or participant files as a table, and back")
    flat.add_argument("input", nargs="+", metavar="INPUT", help="plan files, or folders of them; with --back, tables")
    flat.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="table to write: .csv, .jsonl or .parquet (default: CSV to the standard output); with --back, a folder",
    )
    flat.add_argument("--participants", action="store_true", help="the files or tables are of participants")
    flat.add_argument(
        "--rows", action="append", default=[], metavar="NAME=FILE", help="give a list a table of its own, in this file; may be repeated"
    )
    flat.add_argument("--back", action="store_true", help="from tables to a file for each id")
    flat.set_defaults(run=flatten_command.flatten)

    _add_asking_back(sub, [common, asking], [ruled, asking])

    three = sub.add_parser("limits", parents=[common], help="every parameter's value for a year")
    three.add_argument("year", type=_year, metavar="YEAR")
    three.add_argument("--known", type=_date, metavar="DATE", help="only what was published by this date (default: all that is known)")
    three.set_defaults(run=lookup.limits)

    rules = sub.add_parser("rules", parents=[common], help="the provisions of the rule book, or one with its authority and examples")
    rules.add_argument(
        "name", nargs="?", metavar="NAME", help="a definition, parameter, path, pitfall, fact or list (default: all, by name)"
    )
    rules.set_defaults(run=lookup.rules)

    proof = sub.add_parser("verify", parents=[common], help="check a proof, step by step, against the rule book and the files")
    proof.add_argument("proof", metavar="PROOF", help="proof, or what `check --format json` prints for one plan; - for the standard input")
    proof.add_argument("--plan", metavar="FILE", help="plan file to hold the facts against")
    proof.add_argument("--participant", metavar="FILE", help="participant file to hold the facts against")
    proof.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the proof; repeat all in their order")
    proof.set_defaults(run=verify_command.verify)

    four = sub.add_parser("test", parents=[common], help="run the examples beside the rules")
    four.set_defaults(run=commands.test)

    five = sub.add_parser("lint", parents=[common], help="find what is wrong or odd in plan files and rule books")
    five.add_argument("paths", nargs="+", metavar="PLAN-or-RULES", help="plan files, rule files, or folders of them")
    five.set_defaults(run=commands.lint)

    _add_ledger_commands(sub.add_parser("ledger", help="receipts: list, show, verify, replay and export them"))

    six = sub.add_parser("completion", help="print a completion script for a shell")
    six.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    six.set_defaults(run=_completion)
    return top


def _add_comparisons(add: _Add, common: argparse.ArgumentParser, question: argparse.ArgumentParser) -> None:
    one = add("what-if", parents=[common, question], help="what changes in the answer for a plan if facts are set, and why")
    one.add_argument("plan", metavar="PLAN", help="plan file")
    one.add_argument("--set", action="append", required=True, metavar="NAME=VALUE", help="what if; may be repeated")
    one.add_argument("--given", action="append", default=[], metavar="NAME=VALUE", help="a fact that is so either way; may be repeated")
    one.set_defaults(run=compare_commands.what_if)

    two = add("diff", help="what differs between two plans, years, dates or rule books, and why")
    two.add_argument("plan", metavar="PLAN", help="plan file, or folder of them")
    two.add_argument("other", nargs="?", metavar="OTHER", help="another, or another version (default: PLAN on both sides)")
    two.add_argument("--year", type=_year, action="append", default=[], help="year asked for; twice: one a side")
    two.add_argument("--on", type=_date, action="append", default=[], metavar="DATE", help="the plan as amended by; twice: one a side")
    two.add_argument("--known", type=_date, action="append", default=[], metavar="DATE", help="law and plan as known on; twice: one a side")
    two.add_argument("--participant", action="append", default=[], metavar="FILE", help="participant file; twice: one a side")
    two.add_argument("--rules", action="append", default=[], metavar="DIR", help="folder of the rule book; twice: one a side")
    two.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="set a fact on both sides; may be repeated")
    two.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    two.set_defaults(run=compare_commands.diff)


def _add_asking_back(
    sub: argparse._SubParsersAction[argparse.ArgumentParser], formed: list[argparse.ArgumentParser], plain: list[argparse.ArgumentParser]
) -> None:
    one = sub.add_parser("missing", parents=formed, help="the facts that could still change the verdict or an amount, ranked")
    one.add_argument("plan", metavar="PLAN", help="plan file")
    one.set_defaults(run=missing_command.missing_facts)

    two = sub.add_parser("letter", parents=plain, help="the open questions to the administrator, as a letter")
    two.add_argument("plan", metavar="PLAN", help="plan file")
    two.add_argument("--as", dest="form", choices=("text", "md"), default="text", help="form of the letter (default: text)")
    two.set_defaults(run=missing_command.write_letter)

    three = sub.add_parser("bounds", parents=formed, help="the least and the most of each amount, whatever the missing facts are")
    three.add_argument("plan", metavar="PLAN", help="plan file")
    three.add_argument("amount", nargs="?", metavar="AMOUNT", help="one amount, with the answers that reach its ends (default: all)")
    three.set_defaults(run=missing_command.show_bounds)

    four = sub.add_parser("headroom", parents=formed, help="how far each known number may move before something changes")
    four.add_argument("plan", metavar="PLAN", help="plan file")
    four.set_defaults(run=missing_command.show_headroom)


def _add_ledger(one: argparse.ArgumentParser) -> None:
    one.add_argument("--ledger", metavar="FILE", help="the ledger (default: $PLANPROOF_LEDGER, or planproof-ledger.sqlite in this folder)")


def _add_ledger_commands(ledger: argparse.ArgumentParser) -> None:
    sub = ledger.add_subparsers(dest="action", required=True, metavar="ACTION")
    common = argparse.ArgumentParser(add_help=False)
    _add_ledger(common)
    form = argparse.ArgumentParser(add_help=False)
    form.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")

    one = sub.add_parser("list", parents=[common, form], help="every entry, a line each")
    one.set_defaults(run=ledger_commands.listing)

    two = sub.add_parser("show", parents=[common, form], help="all that one receipt says")
    two.add_argument("entry", type=_entry, metavar="ENTRY", help="number of the entry")
    two.set_defaults(run=ledger_commands.show)

    three = sub.add_parser("head", parents=[common, form], help="count and hash, to be noted elsewhere")
    three.set_defaults(run=ledger_commands.head)

    four = sub.add_parser("verify", parents=[common, form], help="find what was altered, dropped, put in or moved")
    four.add_argument("--head", type=_head, metavar="HEAD", help="a head that was noted earlier: finds what was cut off or rewritten")
    four.set_defaults(run=ledger_commands.verify)

    five = sub.add_parser("replay", parents=[common, form], help="evaluate receipts again, from what is stored for them")
    five.add_argument("entry", nargs="*", type=_entry, metavar="ENTRY", help="numbers of entries (default: all)")
    five.add_argument("--participant", metavar="FILE", help="the participant of private receipts")
    five.add_argument("--today", action="store_true", help="compare with the present rule book, and say what changed and why")
    five.add_argument("--rules", metavar="DIR", help="compare with the rule book of this folder")
    five.set_defaults(run=ledger_commands.replay)

    six = sub.add_parser("export", parents=[common], help="every entry as a line of JSON")
    six.add_argument("--stored", action="store_true", help="then everything that is stored: rules, plans, participants, proofs")
    six.set_defaults(run=ledger_commands.export)


def _completion(session: Session, args: argparse.Namespace) -> int:
    import shtab

    session.write(shtab.complete(parser(), args.shell))
    return commands.DONE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; no traceback reaches a user unless PLANPROOF_DEBUG is set."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    args = parser().parse_args(arguments)
    session = Session(sys.stdout, sys.stderr)
    try:
        code: int = args.run(session, args)
        sys.stdout.flush()
        return code
    except Stop:
        return BAD_INPUT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return commands.DONE
    except OSError as error:
        print(f"error[output]: cannot write: {(error.strerror or 'unknown cause').lower()}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return BAD_INPUT
    except Exception as error:
        if os.environ.get("PLANPROOF_DEBUG"):
            raise
        print(
            f"error[internal]: {type(error).__name__}: {error}\n   help: this is a fault of planproof; set PLANPROOF_DEBUG=1 for its trace",
            file=sys.stderr,
        )
        return BAD_INPUT
