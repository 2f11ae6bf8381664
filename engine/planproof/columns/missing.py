"""What is missing in every row: the facts that the verdict and its amounts turn on, in the order of `Answer.missing`."""

from __future__ import annotations

import polars as pl

from planproof import core as c
from planproof.columns.compile import Compiler, arithmetic_of
from planproof.columns.compiled import in_slices
from planproof.columns.execute import Execution
from planproof.columns.inputs import Reader
from planproof.columns.lists import distinct, lists_of
from planproof.columns.nodes import Unsupported
from planproof.columns.reasons import WORD, Bits, Cause, Reasons
from planproof.columns.shapes import FOLDED_FROM, Kept, Shape
from planproof.plan import Asked
from planproof.rulebook import Rulebook
from planproof.values import Reason, State

_FIRST, _THEN = "of the verdict", "of its amounts"


class Missing:
    """What is missing, for one question, over frames of any shape; what is compiled for a shape is kept."""

    def __init__(self, book: Rulebook, asked: Asked) -> None:
        self._kept = Kept(book.core, lambda shape: CompiledMissing(book, asked, shape))

    def run(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`missing`: what is missing in each row; `unresolved`: it is cells of a list, of rows that are not told."""
        return in_slices(frame, lambda part: self._kept.of(part, fold=frame.height >= FOLDED_FROM).run(part))


class CompiledMissing:
    """What is missing, for one question and frames of one shape. If columns cannot tell, no row is resolved."""

    def __init__(self, book: Rulebook, asked: Asked, shape: Shape) -> None:
        verdict = book.core.verdict
        assert verdict is not None, "a rule book that gives no verdict misses nothing"
        arithmetic = arithmetic_of(book.core)
        self._reader = Reader(book.core, arithmetic, shape)
        compiler = Compiler(book.core, arithmetic, self._reader.given, self._reader.rows, asked, self._reader.refused)
        reasons = Reasons(compiler)
        reasons.prepare((verdict.name, *verdict.amounts))
        sets: dict[str, Bits] = {}
        try:
            sets = {_FIRST: reasons.named(verdict.name), _THEN: reasons.together(verdict.amounts)}
        except Unsupported:
            self._told = False
        else:
            self._told = True
        self._sets = {f"{rank} {word}": node for rank, bits in sets.items() for word, node in bits.items()}
        self._causes = _in_order(book, reasons.causes)
        too_wide = compiler.too_wide(self._sets.values())
        self.wide = too_wide is not compiler.pool.no
        self._execution = Execution(self._sets.values(), too_wide)

    def run(self, frame: pl.DataFrame) -> pl.DataFrame:
        """What is missing in each row of a frame of this shape."""
        columns = self._execution.run(self._reader.tables(frame)).columns
        every = pl.DataFrame([columns[node].alias(name) for name, node in self._sets.items()])
        places, which = distinct(every, frame.height)
        table = every[places].with_row_index("")
        ranked = [(rank, place, cause) for rank in (_FIRST, _THEN) for place, cause in self._causes]
        shown = [(self._has(rank, place), cause) for rank, place, cause in ranked if f"{rank} {place // WORD}" in self._sets]
        truths = table.select(has.alias(f"{number}") for number, (has, _) in enumerate(shown))
        found = lists_of(truths, [_text(cause) for _, cause in shown], table.height)
        listed = pl.any_horizontal(pl.lit(not self._told), *(has for has, cause in shown if cause.listed))
        return table.select(missing=pl.lit(found), unresolved=listed & (pl.col("") >= 0))[which]

    def _has(self, rank: str, place: int) -> pl.Expr:
        """Whether a row has a cause: of those of the amounts, what the verdict has not already."""
        word, bit = divmod(place, WORD)
        has = (pl.col(f"{rank} {word}") & (1 << bit)) != 0
        if rank == _THEN and f"{_FIRST} {word}" in self._sets:
            return has & ((pl.col(f"{_FIRST} {word}") & (1 << bit)) == 0)
        return has


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
