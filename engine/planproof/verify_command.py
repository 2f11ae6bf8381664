"""The command that checks a proof: reads it and the inputs, and tells the first fault."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path

from planproof.commands import DONE, FINDINGS, Session
from planproof.diagnostics import Diagnostic, clip, has_errors, printable, render
from planproof.encode import dumps, place_data
from planproof.plans import Loader
from planproof.proof_fields import Data
from planproof.proof_text import NoProof, read_proof
from planproof.rulebook import Rulebook
from planproof.source import Source
from planproof.verify import Fault, Verification, Verifier
from planproof.verify_inputs import Given

LARGEST_PROOF = 268_435_456


def verify(session: Session, args: Namespace) -> int:
    """Whether every step of a proof is true, and the first that is not."""
    book = session.book(args.rules)
    if book.core.verdict is None:
        raise session.stop(Diagnostic("verdict-missing", "the rule book gives no verdict"))
    proof = _proof(session, args.proof)
    found = Verifier(book).verify(proof, _given(session, Loader(book), args))
    if args.format == "json":
        session.write(dumps(_data(found)))
    elif found.fault is not None:
        session.write(render(_diagnostic(found.fault), session.sources))
    else:
        session.write(_sound(book, proof, found))
    return DONE if found.fault is None else FINDINGS


def _proof(session: Session, name: str) -> Data:
    """The proof in a file or, for `-`, in the standard input."""
    source = Source(name, "")
    try:
        if name == "-":
            data = sys.stdin.buffer.read(LARGEST_PROOF + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(LARGEST_PROOF + 1)
        if len(data) > LARGEST_PROOF:
            raise NoProof(f"it is larger than {LARGEST_PROOF:,} bytes")
        source = Source(name, data.decode("utf-8-sig"))
        return read_proof(source.text)
    except (OSError, ValueError) as error:
        cause = f"byte {error.start} is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else getattr(error, "strerror", None)
        raise session.stop(Diagnostic("unreadable", f"cannot read `{clip(name, 200)}`: {(cause or 'no such file').lower()}")) from None
    except NoProof as error:
        session.know([source])
        at = error.offset if error.offset is not None else 0
        raise session.stop(Diagnostic("proof-form", str(error), source.span(at, at + 1))) from None


def _given(session: Session, loader: Loader, args: Namespace) -> Given:
    """The inputs that are there to be held against the proof; what is wrong with one stops the command."""
    plan, source, found = loader.plan(Path(args.plan)) if args.plan else (None, None, ())
    person, sources, settings, wrong = loader.participant(Path(args.participant) if args.participant else None, args.set)
    session.know([*([source] if source else []), *sources])
    told: Iterable[Diagnostic] = (*found, *wrong)
    if has_errors(told):
        raise session.stop(*told)
    return Given(plan, person, settings)


def _sound(book: Rulebook, proof: Data, found: Verification) -> str:
    assert book.core.verdict is not None, "a proof proves a verdict"
    verdict = f"{book.core.verdict.label}: {found.verdict or 'unknown'}"
    lines = [printable(f"sound: {verdict} · year {proof['asked']['year']} · {found.steps} steps")]
    if not found.unchecked:
        return "\n".join([*lines, "inputs checked"])
    over = "; as settings lie over the files, no fact is held against them" if "settings" in found.unchecked else ""
    return "\n".join([*lines, f"inputs not checked: {', '.join(found.unchecked)}{over}"])


def _diagnostic(fault: Fault) -> Diagnostic:
    where = "" if fault.number is None else f"step {fault.number}, `{clip(fault.name or '')}`: "
    return Diagnostic("proof-false", clip(where + fault.message, 500), fault.span)


def _data(found: Verification) -> Data:
    told = found.fault and {
        "step": found.fault.number,
        "id": found.fault.id,
        "name": found.fault.name,
        "message": clip(found.fault.message, 400),
        "place": place_data(found.fault.span),
    }
    return {
        "format": "planproof-verify/1",
        "sound": told is None,
        "verdict": found.verdict,
        "steps": found.steps,
        "unchecked": list(found.unchecked),
        "fault": told,
    }
