"""Steps as a program: in which order, and in which slots, so that no array is kept longer than it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from planproof.columns.bits import BYTE
from planproof.columns.kernels import Instruction, Slots, in_place, instruction
from planproof.columns.lower import Form, Step
from planproof.columns.nodes import OVER_ROWS, UPWARD, WIDE, At, Op, walk

ROWS_OF_A_BLOCK = 65_536
Types: TypeAlias = Mapping[Form, "np.dtype[Any]"]


@dataclass(frozen=True, slots=True)
class Register:
    """A slot whose array stays and is written again and again: over which rows, and of what form."""

    at: At
    form: Form


class Program:
    """The steps of some roots as instructions over slots; those of a `wide` one have numbers without end."""

    def __init__(self, roots: Iterable[Step], *, wide: bool) -> None:
        self._wide = wide
        self.types: Types = {
            Form.TRUTH: np.dtype(np.uint8),
            Form.TINY: np.dtype(np.int8),
            Form.SMALL: np.dtype(np.int32),
            Form.NUMBER: np.dtype(object) if wide else np.dtype(np.int64),
        }
        self.inputs: list[tuple[int, Step]] = []
        self.slots: dict[Step, int] = {}
        self.lies: dict[tuple[At, At], int] = {}
        self.heights: dict[At, int] = {}
        self._registers: dict[int, Register] = {}
        self._start: Slots = []
        self._code: list[Instruction] = []
        self._free: dict[Register | None, list[int]] = {}
        roots = tuple(roots)
        order = tuple(walk(roots))
        last = {argument: place for place, step in enumerate(order) for argument in step.arguments}
        last |= dict.fromkeys(roots, len(order))
        for place, step in enumerate(order):
            self._add(step, [argument for argument in dict.fromkeys(step.arguments) if last[argument] == place])

    def _add(self, step: Step, done: list[Step]) -> None:
        if step.op is Op.CONSTANT:
            self.slots[step] = self._slot(self._constant(step))
            return
        if step.op is Op.INPUT:
            self.slots[step] = self._slot(None)
            self.inputs.append((self.slots[step], step))
            return
        arguments = [self.slots[argument] for argument in step.arguments]
        register = Register(step.at, step.form) if in_place(step) else None
        if step.op is Op.PICK:  # which reads again after it has begun to write
            to = self._taken(register)
            self._release(done)
        else:
            self._release(done)
            to = self._taken(register)
        self.slots[step] = to
        self._code.append(instruction(step, arguments, to, self._context(step), wide=self._wide))

    def _release(self, done: list[Step]) -> None:
        for step in done:
            if step.op not in (Op.CONSTANT, Op.INPUT):
                self._free.setdefault(self._registers.get(self.slots[step]), []).append(self.slots[step])

    def _slot(self, held: Any) -> int:
        self._start.append(held)
        return len(self._start) - 1

    def _taken(self, register: Register | None) -> int:
        free = self._free.get(register)
        if free:
            return free.pop()
        slot = self._slot(None)
        if register is not None:
            self._registers[slot] = register
        return slot

    def _constant(self, step: Step) -> Any:
        """One value for all rows. Where 64 bits cannot hold it, the nearest that they can: no other number is beyond it."""
        assert isinstance(step.payload, int)
        if step.truth:
            return np.array([255 * step.payload], dtype=np.uint8)
        if step.form is not Form.NUMBER:
            return self.types[step.form].type(step.payload)
        return np.array(step.payload, dtype=object) if self._wide else np.int64(max(-WIDE, min(step.payload, WIDE)))

    def _context(self, step: Step) -> int:
        """The slot that tells how the rows that a step reads lie, or of bytes how many there are; none if it needs neither."""
        if step.op is Op.BYTES:
            if step.at not in self.heights:
                self.heights[step.at] = self._slot(None)
            return self.heights[step.at]
        if step.op is Op.SPREAD:
            lies = step.at, step.arguments[0].at
        elif step.op in OVER_ROWS:
            row = frozenset((str(step.payload),))
            at = step.at | row if step.op in UPWARD else step.at
            lies = at, at - row
        else:
            return -1
        if lies not in self.lies:
            self.lies[lies] = self._slot(None)
        return self.lies[lies]

    def machine(self) -> Machine:
        """What runs it; not to be used by two at once."""
        return Machine(self._start, self._registers, tuple(self._code), self.types)


class Machine:
    """Runs a program over one block of rows after another."""

    def __init__(self, start: Slots, registers: Mapping[int, Register], code: tuple[Instruction, ...], types: Types) -> None:
        self.slots = list(start)
        self._code = code
        self._registers = [(slot, register, np.empty(0, dtype=types[register.form])) for slot, register in registers.items()]
        self._heights: dict[At, int] = {}

    def run(self, heights: Mapping[At, int]) -> None:
        """Runs it over frames of some heights, whose inputs are in their slots."""
        if heights != self._heights:
            self._resize(heights)
        with np.errstate(all="ignore"):
            for step in self._code:
                step(self.slots)

    def _resize(self, heights: Mapping[At, int]) -> None:
        """Gives the registers of frames whose height has changed as many rows."""
        changed = {at for at, height in heights.items() if self._heights.get(at) != height}
        self._heights = dict(heights)
        for place, (slot, register, held) in enumerate(self._registers):
            if register.at not in changed:
                continue
            size = -(-heights[register.at] // BYTE) if register.form is Form.TRUTH else heights[register.at]
            if len(held) < size:
                held = np.empty(size, dtype=held.dtype)
                self._registers[place] = slot, register, held
            self.slots[slot] = held[:size]
