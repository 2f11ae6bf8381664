"""Receipts: what was asked, of which texts, and what came out, each by its hash; and how a private one commits to what
it leaves out. docs/ledger.md specifies the form.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hashlib import scrypt, sha256
from typing import TypeAlias

from planproof import __version__
from planproof.answer import Answer, Answerer
from planproof.encode import Data, Encoder, canonical
from planproof.ledger import Draft, content_hash
from planproof.plan import Facts, Participant, Settings
from planproof.source import Source
from planproof.values import parse_date

Day: TypeAlias = date  # as a field is called `date`
RECEIPT_FORMAT = "planproof-receipt/1"
PRIVATE_FILE = "participant"  # how a proof names the participant file, if the receipt is private

_SALT_BYTES = 16
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, slots=True)
class File:
    """A file by its name as given and the hash of its text."""

    name: str
    hash: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out for the plan, or for one of its groups: the verdict and the seal of its proof."""

    group: str
    verdict: str
    proof: str


@dataclass(frozen=True, slots=True)
class Private:
    """What a private receipt commits to: the participant's text, and every verdict and proof about the participant."""

    salt: str
    participant: str
    proofs: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt. `proof` of a private one is that of the same question with nothing told of the participant."""

    time: str
    engine: str
    rulebook: str
    rules: str
    plan: File
    participant: File | None
    settings: str
    year: int
    date: date
    about_participant: bool
    group: str
    verdict: str
    proof: str
    groups: tuple[Outcome, ...]
    private: Private | None
    known: Day | None = None

    def data(self) -> Data:
        """The receipt as JSON data."""
        return {
            "format": RECEIPT_FORMAT,
            "time": self.time,
            "engine": self.engine,
            "rulebook": self.rulebook,
            "rules": self.rules,
            "plan": _file_data(self.plan),
            "participant": _file_data(self.participant) if self.participant else None,
            "settings": self.settings or None,
            "asked": {
                "year": self.year,
                "date": self.date.isoformat(),
                "participant": self.about_participant,
                "group": self.group or None,
                **({"known": self.known.isoformat()} if self.known else {}),
            },
            "verdict": self.verdict,
            "proof": self.proof,
            "groups": [{"group": one.group, "verdict": one.verdict, "proof": one.proof} for one in self.groups],
            "private": _private_data(self.private) if self.private else None,
        }

    def outcomes(self) -> tuple[Outcome, ...]:
        """The outcome for the plan itself, which has no name of a group, and those for its groups."""
        return (Outcome("", self.verdict, self.proof), *self.groups)

    def names(self) -> Iterator[str]:
        """The hashes of what is stored for it, but for the rule files, which `rules` lists."""
        yield from (self.rules, self.plan.hash)
        if self.participant:
            yield self.participant.hash
        if self.settings:
            yield self.settings
        yield from (outcome.proof for outcome in self.outcomes())


def _file_data(file: File) -> Data:
    return {"file": file.name, "hash": file.hash}


def _private_data(private: Private) -> Data:
    return {"salt": private.salt, "participant": private.participant, "proofs": private.proofs}


# ------------------------------------------------------------------ reading one


def receipt_of(content: bytes) -> Receipt | None:
    """The receipt that canonical bytes hold; nothing if they hold none."""
    try:
        receipt = _receipt(json.loads(content))
        return receipt if canonical(receipt.data()) == content else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _receipt(data: Data) -> Receipt:
    asked, private, settings = data["asked"], data["private"], data["settings"]
    day, known = parse_date(asked["date"]), parse_date(asked["known"]) if "known" in asked else None
    if day is None or type(asked["year"]) is not int or not 0 < asked["year"] < 10_000:
        raise ValueError
    datetime.strptime(data["time"], _TIME)
    if private:
        bytes.fromhex(private["salt"])
    texts = [data[key] for key in ("time", "engine", "rulebook", "rules", "verdict", "proof")]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    return Receipt(
        data["time"],
        data["engine"],
        data["rulebook"],
        data["rules"],
        _file(data["plan"]),
        _file(data["participant"]) if data["participant"] else None,
        settings or "",
        asked["year"],
        day,
        asked["participant"],
        asked["group"] or "",
        data["verdict"],
        data["proof"],
        tuple(Outcome(one["group"], one["verdict"], one["proof"]) for one in data["groups"]),
        Private(private["salt"], private["participant"], private["proofs"]) if private else None,
        known,
    )


def _file(data: Data) -> File:
    if not isinstance(data["file"], str) or not isinstance(data["hash"], str):
        raise TypeError
    return File(data["file"], data["hash"])


# ------------------------------------------------------------------ writing one


def drafted(answerer: Answerer, answer: Answer, participant: Participant | None, settings: Settings, *, private: bool) -> Draft:
    """The draft of an answer's receipt, with all that it names."""
    plan, book = answer.plan, answerer.book
    contents: dict[str, bytes] = {}

    def keep(content: bytes) -> str:
        name = content_hash(content)
        contents[name] = content
        return name

    rules = keep(canonical({source.path: keep(text_bytes(source.text)) for source in book.sources}))
    person = participant.source if participant else None
    found = proofs(answerer, answer)
    hidden = None
    if private and person:
        hidden = commitment(person, found, os.urandom(_SALT_BYTES).hex())
        shown = proofs(answerer, without_participant(answerer, answer, settings))[:1]
    else:
        shown = found
    receipt = Receipt(
        "",
        __version__,
        book.hash,
        rules,
        File(plan.source.path, keep(text_bytes(plan.source.text))),
        File(person.path, keep(text_bytes(person.text))) if person and not hidden else None,
        keep(canonical(list(settings.texts))) if settings.texts else "",
        answer.year,
        answer.date,
        participant is not None,
        participant.group if participant and not hidden else "",
        answer.verdict,
        keep(shown[0].content),
        tuple(Outcome(one.group, one.verdict, keep(one.content)) for one in shown[1:]),
        hidden,
        book.known,
    )
    return Draft({key: value for key, value in receipt.data().items() if key != "time"}, contents)


@dataclass(frozen=True, slots=True)
class Proved:
    """The outcome for a plan or a group, with the bytes that its seal is the hash of."""

    group: str
    verdict: str
    content: bytes


def proofs(answerer: Answerer, answer: Answer) -> tuple[Proved, ...]:
    """The outcome of an answer, and those of its groups."""
    encoder = Encoder(answerer)
    found = [("", answer), *((group.group, group) for group in answer.groups)]
    return tuple(Proved(group, one.verdict, proof_content(encoder.proof(one.proof))) for group, one in found)


def proof_content(proof: Data) -> bytes:
    """The bytes that a proof's seal is the hash of."""
    return canonical({key: value for key, value in proof.items() if key != "seal"})


def without_participant(answerer: Answerer, answer: Answer, settings: Settings) -> Answer:
    """The answer to the same question about a participant of whom nothing is told."""
    return answerer.answer(answer.plan, Participant(None, Facts(), ""), answer.year, answer.date, settings)


def text_bytes(text: str) -> bytes:
    """The bytes of a text that its hash is made of."""
    return text.encode("utf-8", "surrogatepass")


def rulebook_hash(rules: Mapping[str, str]) -> str:
    """The hash of a rule book whose files have these names and these hashes of texts."""
    total = sha256()
    for name in sorted(rules):
        total.update(sha256(text_bytes(name)).digest() + bytes.fromhex(rules[name]))
    return total.hexdigest()


# ------------------------------------------------------------------ commitments


def commitment(person: Source, found: tuple[Proved, ...], salt: str) -> Private:
    """What a private receipt holds of a participant's text and of the outcomes."""
    outcomes = canonical([[one.group, one.verdict, content_hash(one.content)] for one in found])
    return Private(salt, _committed(salt, "participant", text_bytes(person.text)), _committed(salt, "proofs", outcomes))


def is_committed(private: Private, person: Source) -> bool:
    """Whether a receipt commits to the participant of this text."""
    return _committed(private.salt, "participant", text_bytes(person.text)) == private.participant


@lru_cache(maxsize=64)
def _committed(salt: str, what: str, content: bytes) -> str:
    """A hash that is slow on purpose: whoever guesses at the content pays for every guess."""
    secret = what.encode() + b"\n" + content
    return scrypt(secret, salt=bytes.fromhex(salt), n=2**15, r=8, p=1, maxmem=64 * 1024 * 1024, dklen=32).hex()
