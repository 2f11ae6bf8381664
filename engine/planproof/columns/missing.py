"""What is missing in every row: the facts that the verdict and its amounts turn on, in the order of `Answer.missing`."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from planproof import core as c
from planproof.columns.compile import Compiler, arithmetic_of
from planproof.columns.compiled import in_slices
from planproof.columns.execute import Execution
from planproof.columns.inputs import Reader
from planproof.columns.lists import names_where
from planproof.columns.reasons import WORD, Bits, Cause, Reasons
from planproof.columns.schedule import Schedule
from planproof.columns.shapes import FOLDED_FROM, Kept, Shape
from planproof.plan import Asked
from planproof.rulebook import Rulebook
from planproof.values import Reason, State


class Missing:
    """What is missing, for one question, over frames of any shape; what is compiled for a shape is kept."""

    def __init__(self, book: Rulebook, asked: Asked) -> None:
        self._kept = Kept(book.core, lambda shape: CompiledMissing(book, asked, shape))

    def run(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`missing`: what is missing in each row; `unresolved`: it is cells of a list, of rows that are not told."""
        return in_slices(frame, lambda part: self._kept.of(part, fold=frame.height >= FOLDED_FROM).run(part))


class CompiledMissing:
    """What is missing, for one question and frames of one shape."""

    def __init__(self, book: Rulebook, asked: Asked, shape: Shape) -> None:
        verdict = book.core.verdict
        assert verdict is not None, "a rule book that gives no verdict misses nothing"
        arithmetic = arithmetic_of(book.core)
        self._reader = Reader(book.core, arithmetic, shape)
        reasons = Reasons(Compiler(book.core, arithmetic, self._reader.given, self._reader.rows, asked, self._reader.refused))
        self._first = reasons.named(verdict.name)
        self._then: Bits = {}
        for name in verdict.amounts:
            for word, node in reasons.named(name).items():
                self._then[word] = arithmetic.pool.bits(node, *([self._then[word]] if word in self._then else []))
        self._causes = _in_order(book, reasons.causes)
        self._listed = _words(place for place, cause in self._causes if cause.listed)
        schedule = Schedule((*self._first.values(), *self._then.values()))
        self.wide = schedule.wide
        self._execution = Execution(schedule)

    def run(self, frame: pl.DataFrame) -> pl.DataFrame:
        """What is missing in each row of a frame of this shape."""
        columns = self._execution.run(self._reader.tables(frame))
        words = {f"1 {word}": columns[node] for word, node in self._first.items()}
        words |= {f"2 {word}": columns[node] for word, node in self._then.items()}
        table = pl.DataFrame(words) if words else pl.DataFrame({"": pl.repeat(0, frame.height, eager=True)})
        truths, names = [], []
        for rank, place, cause in [(rank, place, cause) for rank in "12" for place, cause in self._causes]:
            word, bit = divmod(place, WORD)
            if f"{rank} {word}" in words:
                has = (pl.col(f"{rank} {word}") & (1 << bit)) != 0
                if rank == "2" and f"1 {word}" in words:
                    has = has & ((pl.col(f"1 {word}") & (1 << bit)) == 0)
                truths.append(has.alias(f"{rank} {place}"))
                names.append(_text(cause))
        listed = [(pl.col(f"{r} {word}") & mask) != 0 for r in "12" for word, mask in self._listed.items() if f"{r} {word}" in words]
        unresolved = table.select(pl.any_horizontal(pl.lit(value=False), *listed).alias("unresolved")) if listed else None
        found = names_where(table.select(truths) if truths else pl.DataFrame({}), names, frame.height)
        told = pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True) if unresolved is None else unresolved.to_series()
        return pl.DataFrame([found.alias("missing"), told.alias("unresolved")])


def _words(places: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for place in places:
        found[place // WORD] = found.get(place // WORD, 0) | 1 << place % WORD
    return found


def _text(cause: Cause) -> str:
    return cause.name if cause.key is None else f"{cause.name}@{cause.key}"


def _in_order(book: Rulebook, causes: tuple[Cause, ...]) -> list[tuple[int, Cause]]:
    """Places and causes by who answers, then what no other fact decides the sense of, then by name; see `Answerer.answer`."""

    def urgency(numbered: tuple[int, Cause]) -> tuple[int, bool, Reason]:
        cause = numbered[1]
        fact, stated = book.facts.get(cause.name), book.stated(cause.name)
        who = stated.answered_by if stated else ""
        reason = Reason(cause.name, cause.state or State.STATED_UNKNOWN, cause.key, detail=cause.detail)
        place = c.ANSWERERS.index(who) if who in c.ANSWERERS else len(c.ANSWERERS)
        return place, fact is not None and fact.applies is not None, reason

    return sorted(enumerate(causes), key=urgency)
