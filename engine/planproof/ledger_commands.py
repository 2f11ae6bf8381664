"""The commands on a ledger: list, show, head, verify, replay, export."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path

from planproof.audit import Fault, faults
from planproof.commands import BAD_INPUT, DONE, FINDINGS, Session, ledger_path
from planproof.diagnostics import Diagnostic, Severity, printable
from planproof.encode import Data, dumps
from planproof.ledger import Entry, Ledger
from planproof.plans import read_source
from planproof.receipts import Receipt, is_committed, receipt_of
from planproof.render import table
from planproof.replay import Replayed, Replayer
from planproof.source import Source

_SHORT = 12
_MOST_CAUSES = 10


def listing(session: Session, args: Namespace) -> int:
    """Every entry, a line each."""
    with session.using(ledger_path(args.ledger)) as ledger:
        if args.format == "json":
            entries = [_entry_data(entry) for entry in ledger.entries()]
            session.write(dumps({**_head_data(ledger), "entries": entries}))
            return DONE
        rows = [["entry", "time", "plan", "year", "participant", "verdict", "hash"], *map(_row, ledger.entries())]
        session.write(table(rows, session.paint))
    return DONE


def _row(entry: Entry) -> list[str]:
    receipt = receipt_of(entry.receipt)
    if receipt is None:
        return [str(entry.number), "", "no receipt", "", "", "", entry.hash[:_SHORT]]
    person = "private" if receipt.private else "told" if receipt.about_participant else "-"
    return [str(entry.number), receipt.time, receipt.plan.name, str(receipt.year), person, receipt.verdict, entry.hash[:_SHORT]]


def show(session: Session, args: Namespace) -> int:
    """One entry with all that its receipt says."""
    with session.using(ledger_path(args.ledger)) as ledger:
        entry = ledger.entry(args.entry)
    if args.format == "json":
        session.write(dumps({"format": "planproof-entry/1", **_entry_data(entry)}))
        return DONE
    receipt = receipt_of(entry.receipt)
    if receipt is None:
        raise session.stop(_no_receipt(entry.number))
    lines = [("entry", str(entry.number)), ("hash", entry.hash), ("previous", entry.previous), *_told(receipt)]
    width = max(len(name) for name, _ in lines)
    session.write("\n".join(f"{name:<{width}}  {printable(text)}" for name, text in lines))
    return DONE


def _told(receipt: Receipt) -> Iterator[tuple[str, str]]:
    yield "time", receipt.time
    yield "engine", receipt.engine
    yield "rule book", receipt.rulebook
    yield "plan", f"{receipt.plan.hash}  {receipt.plan.name}"
    if receipt.participant:
        yield "participant", f"{receipt.participant.hash}  {receipt.participant.name}"
    if receipt.private:
        yield "participant", f"private, committed to as {receipt.private.participant}"
    if receipt.settings:
        yield "settings", receipt.settings
    known, group = f", as known on {receipt.known}" if receipt.known else "", f", group {receipt.group}" if receipt.group else ""
    yield "asked", f"year {receipt.year}, plan as of {receipt.date}{known}{group}"
    for outcome in receipt.outcomes():
        of = f" of group {outcome.group}" if outcome.group else ""
        yield f"verdict{of}", outcome.verdict
        yield f"proof{of}", outcome.proof


def head(session: Session, args: Namespace) -> int:
    """Count and hash, to be noted elsewhere."""
    with session.using(ledger_path(args.ledger)) as ledger:
        session.write(dumps(_head_data(ledger)) if args.format == "json" else str(ledger.head()))
    return DONE


def verify(session: Session, args: Namespace) -> int:
    """Every fault of a ledger."""
    with session.using(ledger_path(args.ledger)) as ledger:
        found = list(faults(ledger, args.head))
        last = ledger.head()
    if args.format == "json":
        session.write(dumps({"format": "planproof-audit/1", "count": last.count, "hash": last.hash, "faults": _faults_data(found)}))
    else:
        _write_faults(session, found)
        session.write(f"{_counted(last.count)}, {_counted(len(found), 'fault', 'faults') if found else 'no fault'}; head {last}")
    return FINDINGS if found else DONE


def export(session: Session, args: Namespace) -> int:
    """Every entry as a line of JSON; with `--stored`, then everything that is stored."""
    with session.using(ledger_path(args.ledger)) as ledger:
        for entry in ledger.entries():
            session.write(_line({"format": "planproof-entry/1", **_entry_data(entry)}))
        for name in ledger.names() if args.stored else ():
            content = ledger.content(name)
            text = content.decode("utf-8", "surrogatepass") if content is not None else None
            session.write(_line({"format": "planproof-stored/1", "hash": name, "text": text}))
    return DONE


def _line(data: Data) -> str:
    return json.dumps(data, separators=(",", ":"))


# ------------------------------------------------------------------ replay


def replay(session: Session, args: Namespace) -> int:
    """Receipts evaluated again, and with `--today` beside the present rule book."""
    person = _person(session, args.participant)
    today = session.answerer(args.rules) if args.today or args.rules else None
    found: list[Replayed] = []
    broken: list[Fault] = []
    with session.using(ledger_path(args.ledger)) as ledger:
        replayer = Replayer(ledger.content, today)
        for entry in map(ledger.entry, args.entry) if args.entry else ledger.entries():
            receipt = receipt_of(entry.receipt)
            if receipt is None:
                broken.append(Fault("receipt-form", entry.number, "its receipt is not one"))
                continue
            broken += _of_person(session, entry.number, receipt, person, named=bool(args.entry))
            found.append(replayer.replay(entry.number, receipt, person))
    broken += [fault for one in found for fault in one.faults]
    if args.format == "json":
        data = {"format": "planproof-replay/1", "results": [_result(one) for one in found], "faults": _faults_data(broken)}
        session.write(dumps(data))
    else:
        for one in found:
            session.write("\n".join(_report(one)))
        _write_faults(session, broken)
        session.write(f"{_counted(len(found))} replayed, {_counted(len(broken), 'fault', 'faults') if broken else 'no fault'}")
    if session.failed:
        return BAD_INPUT
    return FINDINGS if broken else DONE


def _person(session: Session, name: str | None) -> Source | None:
    if name is None:
        return None
    source, diagnostics = read_source(Path(name))
    if source is None:
        raise session.stop(*diagnostics)
    return source


def _of_person(session: Session, number: int, receipt: Receipt, person: Source | None, *, named: bool) -> Iterator[Fault]:
    """What stands in the way of replaying a private receipt in full; one that was not named is replayed as far as it goes."""
    if receipt.private is None or (person and is_committed(receipt.private, person)):
        return
    if person is None:
        severity = Severity.ERROR if named else Severity.WARNING
        message = f"entry {number} is private, and only what it keeps was replayed"
        session.tell([Diagnostic("participant-needed", message, help="say --participant FILE", severity=severity)])
    elif named:
        yield Fault("participant-differs", number, "the participant is not the one that it commits to")
    else:
        message = f"entry {number} is private and about another participant"
        session.tell([Diagnostic("participant-differs", message, severity=Severity.WARNING)])


def _result(one: Replayed) -> Data:
    return {
        "entry": one.number,
        "plan": one.receipt.plan.name,
        "verdict": one.receipt.verdict,
        "same": not one.faults,
        "whole": one.whole,
        "today": one.today,
    }


def _report(one: Replayed) -> Iterator[str]:
    state = "differs" if one.faults else "same verdict and proof" if one.whole else "same proof of what it keeps"
    yield f"entry {one.number}  {printable(one.receipt.plan.name)}  year {one.receipt.year}  {one.receipt.verdict}: {state}"
    if one.today:
        yield from (f"  {line}" for line in _today(one.today))


def _today(today: Data) -> Iterator[str]:
    if today["refusal"]:
        yield f"today: {printable(today['refusal'])}"
    for answer in today["answers"]:
        yield from _of_answer(answer)
    if today["files"]:
        yield "rule files: " + ", ".join(f"{printable(found['file'])} {found['change']}" for found in today["files"])


def _of_answer(answer: Data) -> Iterator[str]:
    of = f" for group {answer['group']}" if answer["group"] else ""
    verdict, first = answer["verdict"], answer["first"]
    if first is None:
        yield f"today{of}: the same verdict by the same steps"
        return
    same = verdict["then"] == verdict["today"]
    yield f"today{of}: the same verdict, {verdict['today']}" if same else f"today{of}: {verdict['today']}, then {verdict['then']}"
    for amount in answer["amounts"]:
        yield f"  {amount['name']}: {_amounts(amount['then'], amount['today'])}"
    for path in answer["paths"]:
        yield f"  {path['name']}: " + ("; ".join(_path(path["then"], path["today"])))
    for pitfall in answer["pitfalls"]:
        yield f"  {pitfall['name']}: {_word(pitfall['today'])}, then {_word(pitfall['then'])}"
    causes = answer["causes"] or [first]
    yield from (f"  because of {_step(cause)}" for cause in causes[:_MOST_CAUSES])
    rest = len(causes) - _MOST_CAUSES
    yield f"  {_counted(answer['steps'], 'step differs', 'steps differ')}" + (f", {rest} more of them as causes" if rest > 0 else "")


def _word(text: str | None) -> str:
    return text.replace("_", " ") if text else "no"


def _amounts(then: Data | None, today: Data | None) -> str:
    bound = (then or {}).get("binding") != (today or {}).get("binding")
    return f"{_amount(today, bound=bound)}, then {_amount(then, bound=bound)}"


def _amount(amount: Data | None, *, bound: bool) -> str:
    if amount is None:
        return "none"
    value = amount["value"] or "unknown"
    return f"{value} (decided by {amount['binding'] or 'nothing else'})" if bound else value


def _path(then: Data | None, today: Data | None) -> Iterator[str]:
    if then is None or today is None:
        yield "not in the rule book today" if then else "not in the rule book then"
        return
    for part, words in (("phases", ""), ("requirements", "requires ")):
        for name in dict.fromkeys((*then[part], *today[part])):
            old, new = then[part].get(name), today[part].get(name)
            if old != new:
                yield f"{words}{name.replace('_', ' ') if not words else name} {new or 'not asked'}, then {old or 'not asked'}"


def _step(first: Data) -> str:
    where = "".join(f" {what} {first[what]}" for what in ("year", "row") if first[what])
    then, today = first["then"], first["today"]
    if then is None or today is None:
        return f"{first['kind']} {first['name']}{where} ({first['label']}) is only in the proof {'then' if then else 'today'}"
    told = f"{first['kind']} {first['name']}{where} ({first['label']})"
    if then != today:
        return f"{told}: {_told_step(today)}, then {_told_step(then)}"
    return f"{told}: other {', '.join(first['fields'])}"


def _told_step(step: Data) -> str:
    value = step["value"] if step["value"] is not None else "unknown"
    expression = f" is {' or '.join(step['expressions'])}" if step["expressions"] else ""
    return f"{value}{expression}" + (f" by {'; '.join(step['citations'])}" if step["citations"] else "")


# ------------------------------------------------------------------ forms


def _head_data(ledger: Ledger) -> Data:
    last = ledger.head()
    return {"format": "planproof-ledger/1", "count": last.count, "hash": last.hash}


def _entry_data(entry: Entry) -> Data:
    try:
        receipt = json.loads(entry.receipt)
    except (ValueError, RecursionError):
        receipt = None
    return {"number": entry.number, "previous": entry.previous, "hash": entry.hash, "receipt": receipt}


def _faults_data(found: Iterable[Fault]) -> list[Data]:
    return [{"code": fault.code, "entry": fault.entry or None, "message": fault.message} for fault in found]


def _write_faults(session: Session, found: Iterable[Fault]) -> None:
    for fault in found:
        session.write(printable(str(fault)))


def _counted(number: int, one: str = "entry", many: str = "entries") -> str:
    return f"{number:,} {one if number == 1 else many}"


def _no_receipt(number: int) -> Diagnostic:
    return Diagnostic("receipt-form", f"entry {number}: its receipt is not one", help="`planproof ledger verify` tells what is wrong")
