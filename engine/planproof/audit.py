"""Whether a ledger is whole: every fault of its chain, its receipts and what it stores, each with its entry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields

from planproof.answer import UNKNOWN
from planproof.ledger import BEGINNING, Entry, Head, Ledger, entry_hash
from planproof.receipts import Outcome, Receipt, receipt_of, rulebook_hash
from planproof.rulebook import hash_text


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong; `entry` is 0 if it concerns no single entry."""

    code: str
    entry: int
    message: str

    def __str__(self) -> str:
        return f"error[{self.code}]: " + (f"entry {self.entry}: " if self.entry else "") + self.message


def faults(ledger: Ledger, head: Head | None = None) -> Iterator[Fault]:
    """Everything that is wrong with a ledger; with a head that was noted earlier, also what was cut off or rewritten."""
    yield from (Fault("ledger-guards", 0, text) for text in ledger.oddities())
    chain = _Chain()
    named: dict[str, int] = {}
    checked = _Contents(ledger)
    for entry in ledger.entries():
        yield from chain.follow(entry)
        receipt = receipt_of(entry.receipt)
        if receipt is None:
            yield Fault("receipt-form", entry.number, "its receipt is not one")
            continue
        for name in (*receipt.names(), *checked.rules(receipt).values()):
            named.setdefault(name, entry.number)
        yield from (Fault("receipt-untrue", entry.number, text) for text in checked.untruths(receipt))
    stored = set(ledger.names())
    for name, number in named.items():
        if name not in stored:
            yield Fault("stored-missing", number, f"what it names as {name} is not there")
        elif checked.content(name) is None:
            yield Fault("stored-altered", number, f"what is stored as {name} was altered")
    yield from (Fault("stored-surplus", 0, f"no entry names what is stored as {name}") for name in sorted(stored - set(named)))
    yield from chain.ends_at(head) if head else ()


class _Chain:
    """The entries one after the other: each has the next number and follows the one before."""

    def __init__(self) -> None:
        self.hashes: dict[str, int] = {BEGINNING: 0}
        self.last: Entry | None = None
        self.at: dict[int, str] = {0: BEGINNING}

    def follow(self, entry: Entry) -> Iterator[Fault]:
        """What is wrong with the place of an entry, or with its hash."""
        number = self.last.number if self.last else 0
        if entry.number > number + 1:
            which = f"entry {number + 1} is" if entry.number == number + 2 else f"entries {number + 1} to {entry.number - 1} are"
            yield Fault("entry-dropped", number + 1, f"{which} not there")
        elif entry.number <= number:
            yield Fault("entry-surplus", entry.number, "its number is not the next")
        elif entry.previous != (self.last.hash if self.last else BEGINNING):
            yield Fault("chain-broken", entry.number, self._out_of_place(entry))
        if entry_hash(entry.previous, entry.receipt) != entry.hash:
            yield Fault("entry-altered", entry.number, "its hash is not that of its receipt and of the hash before it")
        if entry.hash in self.hashes:
            yield Fault("entry-surplus", entry.number, f"it repeats entry {self.hashes[entry.hash]}")
        self.hashes.setdefault(entry.hash, entry.number)
        self.at[entry.number] = entry.hash
        self.last = entry

    def _out_of_place(self, entry: Entry) -> str:
        """Why an entry does not follow the one before it."""
        after = self.hashes.get(entry.previous)
        before = f"entry {entry.number - 1}" if entry.number > 1 else "the beginning"
        if after is None:
            return f"it does not follow {before}, but an entry that is not there or stands later"
        return f"it does not follow {before}, but {f'entry {after}' if after else 'the beginning'}"

    def ends_at(self, head: Head) -> Iterator[Fault]:
        """What is wrong with the entries up to a head that was noted earlier."""
        if head.count not in self.at:
            count = self.last.number if self.last else 0
            yield Fault("head-missed", 0, f"the ledger ends at entry {count}, and had {head.count} when the head was noted")
        elif self.at[head.count] != head.hash:
            yield Fault("head-missed", head.count, "it has another hash than when the head was noted: the ledger was rewritten")


class _Contents:
    """What receipts say, held against what is stored for them."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._rules: dict[str, dict[str, str]] = {}
        self._proofs: dict[str, _Proof | None] = {}
        self._good: set[str] = set()

    def content(self, name: str) -> bytes | None:
        """What is stored under a hash, or that it was found good before; nothing if it is not."""
        if name in self._good:
            return b""
        content = self.ledger.content(name)
        if content is not None:
            self._good.add(name)
        return content

    def rules(self, receipt: Receipt) -> dict[str, str]:
        """The names of the rule files and the hashes of their texts; nothing if the list is not there."""
        if receipt.rules not in self._rules:
            self._rules[receipt.rules] = rules_of(self.ledger.content(receipt.rules))
        return self._rules[receipt.rules]

    def untruths(self, receipt: Receipt) -> Iterator[str]:
        """What a receipt says and what it names does not bear out; what is missing or altered is told elsewhere."""
        rules = self.rules(receipt)
        if rules and rulebook_hash(rules) != receipt.rulebook:
            yield "its rule files do not make its rule book"
        for outcome in receipt.outcomes():
            if outcome.proof not in self._proofs:
                content = self.content(outcome.proof)
                self._proofs[outcome.proof] = _proof_of(content) if content is not None else _ABSENT
            yield from self._of_proof(receipt, outcome, self._proofs[outcome.proof])

    def _of_proof(self, receipt: Receipt, outcome: Outcome, proof: _Proof | None) -> Iterator[str]:
        of = f"the proof of group {outcome.group}" if outcome.group else "its proof"
        if proof is None:
            yield f"{of} is none"
        elif proof is not _ABSENT:
            said = _Proof(
                receipt.rulebook,
                receipt.plan.hash,
                receipt.participant.hash if receipt.participant else None,
                self._settings(receipt),
                receipt.year,
                receipt.date.isoformat(),
                receipt.about_participant,
                outcome.group or receipt.group or None,
                proof.verdict if receipt.private else outcome.verdict,
                receipt.known.isoformat() if receipt.known else None,
            )
            for what in fields(_Proof):
                if getattr(said, what.name) != getattr(proof, what.name):
                    yield f"{of} has another {what.name.replace('_', ' ')}"

    def _settings(self, receipt: Receipt) -> str | None:
        if not receipt.settings:
            return None
        return hash_text("\n".join(settings_of(self.ledger.content(receipt.settings))))


@dataclass(frozen=True, slots=True)
class _Proof:
    """What a proof says of itself."""

    rulebook: str
    plan: str
    participant: str | None
    settings: str | None
    year: int
    date: str
    about_participant: bool
    group: str | None
    verdict: str
    known: str | None


_ABSENT = _Proof("", "", None, None, 0, "", False, None, "", None)


def _proof_of(content: bytes) -> _Proof | None:
    try:
        data = json.loads(content)
        asked = data["asked"]
        value = next(step["value"] for step in data["steps"] if step["id"] == data["verdict"])
        return _Proof(
            data["rulebook"],
            data["plan"],
            data["participant"],
            data["settings"],
            asked["year"],
            asked["date"],
            asked["participant"],
            asked["group"],
            UNKNOWN if value is None else value,
            asked.get("known"),
        )
    except (ValueError, KeyError, TypeError, StopIteration, RecursionError):
        return None


def rules_of(content: bytes | None) -> dict[str, str]:
    """The rule files that a stored list names, with the hashes of their texts; nothing if it is no such list."""
    try:
        data = json.loads(content or b"{}")
        good = isinstance(data, dict) and all(isinstance(hash_, str) and len(bytes.fromhex(hash_)) == 32 for hash_ in data.values())
    except (ValueError, RecursionError):
        return {}
    return data if good else {}


def settings_of(content: bytes | None) -> tuple[str, ...]:
    """The settings that a stored list holds; nothing if it is no such list."""
    try:
        data = json.loads(content or b"[]")
    except (ValueError, RecursionError):
        return ()
    return tuple(data) if isinstance(data, list) and all(isinstance(text, str) for text in data) else ()
