"""Completions: every open fact told, as facts that the reference evaluator takes; and what changes if one of them is told otherwise.

Which values are tried is drawn by a generator of its own, so that the same question always gives the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from planproof.plan import Facts, Key, RowsStatement, Statement
from planproof.possible import NOT_KNOWN
from planproof.run import Run, Silence
from planproof.search import Inquiry
from planproof.stretches import grain
from planproof.supposition import Slot
from planproof.values import State, Unknown

Told: TypeAlias = dict[Slot, Any]
"""A value for each open fact; for a list how many rows it has (none or one), and for each cell of a row its value."""


class Draw:
    """A generator of numbers that is the same everywhere: a linear congruence of 64 bits."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, count: int) -> int:
        """A whole number from 0 up to, but not including, `count`."""
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self._state >> 33) * count >> 31

    def one_of(self, values: Sequence[Any]) -> Any:
        """One of several values."""
        return values[self.below(len(values))]


class Completions:
    """Completions of an inquiry, evaluated by the reference; `slots` are all open facts that were met, also those that do not matter."""

    def __init__(self, inquiry: Inquiry, slots: Sequence[Slot], seed: int = 1) -> None:
        self.inquiry = inquiry
        self.slots = slots
        self.draw = Draw(seed)
        self.evaluator = inquiry.supposer.evaluator
        self._lists = frozenset(slot for slot in slots if inquiry.is_list(slot))
        self._supposed = frozenset(cell.name for slot in self._lists for cell in inquiry.cells(slot))

    # -------------------------------------------------------------- making one

    def some(self, like: Told | None = None, percent: int = 100) -> Told:
        """A completion; of another one, only so many facts in a hundred told anew."""
        told = dict(like or {})
        for slot in self.slots:
            if slot not in told or self.draw.below(100) < percent:
                self.tell(told, slot)
        return told

    def tell(self, told: Told, slot: Slot) -> None:
        """Tell one fact anew."""
        if slot in self._lists:
            told[slot] = min(self.draw.below(4), 1)
            for cell in self.inquiry.cells(slot):
                told[cell] = self._value(cell)
        else:
            told[slot] = self._value(slot)

    def _value(self, slot: Slot) -> Any:
        found = self.inquiry.whole(slot)
        words = sorted(found.some, key=str)
        if words and (not found.numbers or self.draw.below(10) < 4):
            return self.draw.one_of(words)
        figures = self.inquiry.figures(slot)
        if figures and self.draw.below(10) < 7:
            return self.draw.one_of(figures)
        step = grain(self.inquiry.root.vocabulary.kind(slot.name))
        steps: int = (found.high - found.low) // step  # type: ignore[operator]
        part = self.draw.one_of((0, steps, self.draw.below(steps + 1), self.draw.below(steps // 16 + 1)))
        return found.high if part == steps else found.low + part * step

    # -------------------------------------------------------------- evaluating

    def facts(self, told: Told) -> Facts:
        """A completion as facts."""
        base = self.inquiry.root.facts
        return self._with(Facts(base.statements, base.lists, base.depth + 1), told, told)

    def _with(self, facts: Facts, told: Told, slots: Iterable[Slot]) -> Facts:
        """Facts with some open facts told as in a completion."""
        statements: dict[Key, Statement] = dict(facts.statements)
        lists = dict(facts.lists)
        for slot in slots:
            if slot in self._lists:
                lists[slot.name] = self._rows(told, slot)
            elif slot.row is None:
                self._tell_plain(statements, slot, told[slot])
            elif slot.name not in self._supposed:
                lists = self._with_cell(lists, slot, told[slot])
        return Facts(statements, lists, facts.depth)

    def _tell_plain(self, statements: dict[Key, Statement], slot: Slot, value: Any) -> None:
        base, key = self.inquiry.root.facts, (slot.name, slot.key)
        if value is not NOT_KNOWN:
            statements[key] = Statement(value, State.STATED, layer=base.depth + 1)
        elif key in base.statements:
            statements[key] = base.statements[key]
        else:
            statements.pop(key, None)

    def _rows(self, told: Told, slot: Slot) -> RowsStatement:
        if told[slot] == 0:
            return RowsStatement(())
        cells = {cell.name: Statement(told[cell], State.STATED) for cell in self.inquiry.cells(slot) if told[cell] is not NOT_KNOWN}
        return RowsStatement((cells,))

    def _with_cell(self, lists: dict[str, RowsStatement], cell: Slot, value: Any) -> dict[str, RowsStatement]:
        assert cell.row is not None, "a cell stands in a row"
        name = self.inquiry.list_of(cell)
        rows = list(lists[name].rows)
        if value is not NOT_KNOWN:
            rows[cell.row - 1] = {**rows[cell.row - 1], cell.name: Statement(value, State.STATED)}
        return {**lists, name: RowsStatement(tuple(rows))}

    def run(self, told: Told, before: Run | None = None, changed: Slot | None = None) -> Run:
        """A run over a completion; with `before`, one that differs in a single fact."""
        asked = self.inquiry.root.asked
        if before is None or changed is None:
            return Run(self.evaluator.program, self.facts(told), asked, {})
        facts = self._with(before.facts, told, (changed,))
        run = Run(self.evaluator.program, facts, asked, {}, Silence(before, self.evaluator.touches, self.evaluator.bit))
        run.touched = self.evaluator.touches[changed.name]
        return run

    def permitted(self, run: Run) -> bool:
        """Whether every row fulfils what its list demands."""
        return all(run.at(row, index, test) is not False for row, index, test in self.inquiry.tests(run))


def value_in(run: Run, name: str) -> Any:
    """A value in a run; whatever is not known is one value."""
    value = run.step(name).value
    return NOT_KNOWN if isinstance(value, Unknown) else value
