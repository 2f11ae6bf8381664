"""The commands that look something up in the rule book: its figures of a year, and its provisions."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from planproof import core as c
from planproof.answer import Answerer
from planproof.catalogue import Provision, catalogue
from planproof.commands import DONE, Session
from planproof.diagnostics import Diagnostic, clip, did_you_mean
from planproof.encode import authority_data, dumps, place_data
from planproof.explain import cited
from planproof.plan import Asked, Facts
from planproof.render import Paint, table
from planproof.run import Run
from planproof.types import encoded, shown
from planproof.values import State


def limits(session: Session, args: Namespace) -> int:
    """Every parameter's value for a year, with the year it is keyed by and its authority."""
    answerer = Answerer(session.book(args.rules).known_on(args.known))
    run = answerer.evaluator.run(Facts(), Asked(args.year, date(args.year, 12, 31)))
    rows = [_limit(answerer, run, parameter, args.year) for parameter in answerer.book.core.parameters]
    if not any(row["state"] != State.PARAMETER_UNPUBLISHED for row in rows if row["year"]):
        names = ", ".join(str(row["name"]) for row in rows if row["year"])
        raise session.stop(
            Diagnostic(
                "year-unpublished",
                f"nothing is published for {args.year}: {names}",
                help=f"the latest complete year is {answerer.latest_year}",
            )
        )
    if args.format == "json":
        session.write(dumps({"format": "planproof-limits/1", "year": args.year, "rulebook": answerer.book.hash, "parameters": rows}))
        return DONE
    head = ["parameter", "keyed by", "year", "value", "authority"]
    body = [[str(row["label"]), str(row["key"] or "-"), str(row["year"] or "-"), str(row["shown"]), str(row["cited"])] for row in rows]
    session.write(table([head, *body], session.paint))
    return DONE


def _limit(answerer: Answerer, run: Run, parameter: c.Parameter, year: int) -> dict[str, object]:
    key: int | None = None
    if parameter.key:
        wanted = run.step(parameter.key).value
        key = wanted if isinstance(wanted, int) else year
    row = parameter.value_for(key)
    authority = row.authority if row else parameter.authority
    kind = parameter.type.kind
    state = State.PARAMETER_UNPUBLISHED if row is None else State.STATED if row.in_force else State.NOT_IN_FORCE
    text = "not published" if row is None else shown(row.value, kind) if row.in_force else "not in force"
    return {
        "name": parameter.name,
        "label": parameter.label,
        "type": kind.value,
        "key": parameter.key,
        "year": key,
        "value": encoded(row.value, kind) if row and row.in_force else None,
        "state": state.value,
        "shown": text,
        "cited": cited(authority) if authority else "",
        "authority": authority_data(authority) if authority else None,
        "place": place_data(row.span if row else parameter.span),
    }


# ------------------------------------------------------------------ rules


def rules(session: Session, args: Namespace) -> int:
    """Every provision with its label; or one, as written, with its authority, who uses it and the examples that show it."""
    answerer = Answerer(session.book(args.rules))
    provisions = catalogue(answerer)
    chosen = provisions if args.name is None else [provision for provision in provisions if provision.name == args.name]
    if args.name is not None and not chosen:
        names = [provision.name for provision in provisions]
        message = f"`{clip(args.name)}` is no provision, fact or list of the rule book"
        raise session.stop(Diagnostic("unknown-name", message, help=did_you_mean(args.name, names)))
    if args.format == "json":
        data = {"format": "planproof-rules/1", "rulebook": answerer.book.hash, "provisions": [_data(provision) for provision in chosen]}
        session.write(dumps(data))
    elif args.name is None:
        session.write("\n".join(_listing(chosen, session.paint)) or "no provisions")
    else:
        session.write("\n".join(_told(chosen[0], session.paint)))
    return DONE


def _listing(provisions: Sequence[Provision], paint: Paint) -> Iterator[str]:
    width = max((len(provision.name) for provision in provisions), default=0)
    for path, inside in groupby(provisions, key=lambda provision: provision.span.path):
        yield paint(path, "bold")
        for provision in inside:
            yield f"  {provision.kind:<9} {provision.name:<{width}}  {provision.label}"


def _told(provision: Provision, paint: Paint) -> Iterator[str]:
    yield f"{paint(provision.label, 'bold')}  [{provision.span}]"
    for text in provision.texts:
        yield from ("", *(f"  {line}" for line in text.splitlines()))
    authorities = dict.fromkeys(authority for _, authority in provision.authorities)
    examples = [f"{example.title} [{example.span}]" for example in provision.examples]
    for title, lines in (
        ("authority", [cited(authority) for authority in authorities]),
        ("reads", provision.reads),
        ("read by", provision.read_by),
        ("shown by", examples),
    ):
        if lines:
            yield from ("", paint(title, "bold"), *(f"  {line}" for line in lines))


def _data(provision: Provision) -> dict[str, object]:
    return {
        "name": provision.name,
        "kind": provision.kind,
        "label": provision.label,
        "place": place_data(provision.span),
        "authorities": [{"of": of or None, **authority_data(authority)} for of, authority in provision.authorities],
        "texts": list(provision.texts),
        "reads": list(provision.reads),
        "read_by": list(provision.read_by),
        "examples": [{"title": example.title, "place": place_data(example.span)} for example in provision.examples],
    }
