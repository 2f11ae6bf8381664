"""What is missing, bounds and headroom as JSON data; docs/schema has the schemas."""

from __future__ import annotations

from typing import Any

from planproof.answer import Answer, Answerer
from planproof.bounds import Bounds, End
from planproof.encode_proof import Data, evidence_data, place_data, reason_data
from planproof.headroom import Headroom, Turn
from planproof.missing import Lacks, Look, Need
from planproof.possible import NOT_KNOWN, Possible
from planproof.replies import Piece, Reply
from planproof.supposition import Slot
from planproof.types import Kind, encoded

MISSING_FORMAT, BOUNDS_FORMAT, HEADROOM_FORMAT = "planproof-missing/1", "planproof-bounds/1", "planproof-headroom/1"


class AskingEncoder:
    """Turns what is missing, bounds and headroom of one answerer into data."""

    def __init__(self, answerer: Answerer) -> None:
        self.answerer = answerer
        self.book = answerer.book
        self.vocabulary = answerer.supposer.vocabulary

    def _head(self, answer: Answer) -> Data:
        plan = answer.plan
        return {
            "plan": {"file": plan.source.path, "employer": plan.employer, "name": plan.name, "type": plan.type},
            "year": answer.year,
            "date": answer.date.isoformat(),
            "group": answer.group or None,
        }

    def _slot(self, slot: Slot) -> Data:
        data: Data = {"name": slot.name}
        if slot.key is not None:
            data["year"] = slot.key
        return {**data, "row": slot.row} if slot.row is not None else data

    # -------------------------------------------------------------- missing

    def missing(self, lacks: Lacks) -> Data:
        """The object that `missing --format json` prints for one answer."""
        return {
            **self._head(lacks.answer),
            "verdict": {"present": lacks.answer.verdict, "possible": _verdicts(lacks.verdicts), "shown": lacks.shown},
            "facts": [self._need(need) for need in lacks.needs],
            "open": list(lacks.open),
            "beyond": [reason_data(reason) for reason in lacks.beyond],
        }

    def _need(self, need: Need) -> Data:
        kind = self.vocabulary.kind(need.slot.name)
        return {
            **self._slot(need.slot),
            "state": need.state.value,
            "type": kind.value,
            "label": need.fact.label,
            "asks": need.fact.asks,
            "answered_by": need.fact.answered_by,
            "needed_for": list(need.needed_for),
            "unsettled_for": list(need.unsettled_for),
            "answers": [self._reply(reply, kind) for reply in need.replies],
            "lines": {name: [_piece(piece, kind, self.book.kind(name)) for piece in pieces] for name, pieces in need.lines},
            "look": self._look(need.look),
        }

    def _reply(self, reply: Reply, kind: Kind) -> Data:
        return {**_stretch(reply.answer, kind), "leaves": _verdicts(reply.leaves), "shown": reply.shown}

    def _look(self, look: Look) -> Data:
        return {
            "words": [{"says": says or None, "words": list(words)} for says, words in look.phrases],
            "sources": [found.id for found in look.documents],
            "beside": [
                {
                    "name": beside.name,
                    "value": encoded(beside.statement.value, self.book.kind(beside.name)),
                    "evidence": evidence_data(beside.statement.evidence),
                    "place": place_data(beside.statement.span),
                }
                for beside in look.beside
            ],
        }

    # -------------------------------------------------------------- bounds and headroom

    def bounds(self, answer: Answer, found: tuple[Bounds, ...]) -> Data:
        """The object that `bounds --format json` prints."""
        return {"format": BOUNDS_FORMAT, **self._head(answer), "amounts": {one.name: self._bounds(one) for one in found}}

    def _bounds(self, one: Bounds) -> Data:
        kind = self.book.kind(one.name)
        without = [{None: "none", NOT_KNOWN: "unknown"}[value] for value in one.without]
        return {"least": self._end(one.low, kind), "most": self._end(one.high, kind), "may_also_be": without}

    def _end(self, end: End, kind: Kind) -> Data:
        reached, surely = (None if value is None else encoded(value, kind) for value in (end.reached, end.surely))
        told = [{**self._slot(slot), **_one(value, self.vocabulary.kind(slot.name))} for slot, value in end.told]
        return {"reached": reached, "surely": surely, "exact": end.exact, "with": told}

    def headroom(self, answer: Answer, found: tuple[Headroom, ...]) -> Data:
        """The object that `headroom --format json` prints."""
        return {"format": HEADROOM_FORMAT, **self._head(answer), "numbers": [self._headroom(one) for one in found]}

    def _headroom(self, one: Headroom) -> Data:
        kind = self.vocabulary.kind(one.slot.name)
        return {
            **self._slot(one.slot),
            "value": encoded(one.value, kind),
            "of": one.name,
            "present": None if one.now is None else str(one.now),
            "below": _turn(one.below, kind),
            "above": _turn(one.above, kind),
        }


def _verdicts(values: tuple[Any, ...]) -> list[str]:
    return ["unknown" if value is NOT_KNOWN else str(value) for value in values]


def _one(value: Any, kind: Kind) -> Data:
    return {"told": False, "value": None} if value is NOT_KNOWN else {"told": True, "value": encoded(value, kind)}


def _stretch(answer: Possible, kind: Kind) -> Data:
    if answer.certain:
        return _one(answer.value, kind)
    return {"told": True, "low": encoded(answer.low, kind), "high": encoded(answer.high, kind)}


def _piece(piece: Piece, kind: Kind, amount: Kind) -> Data:
    return {**_stretch(piece.answer, kind), "first": encoded(piece.low, amount), "last": encoded(piece.high, amount)}


def _turn(turn: Turn | None, kind: Kind) -> Data | None:
    if turn is None:
        return None
    return {"last": encoded(turn.last, kind), "first": encoded(turn.first, kind), "to": None if turn.to is None else str(turn.to)}
