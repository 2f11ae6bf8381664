"""A rule book's names as columns: compiled once for frames of one shape, and run over frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from planproof import core as c
from planproof.columns.compile import Compiler, arithmetic_of
from planproof.columns.deciding import Deciding
from planproof.columns.execute import Execution
from planproof.columns.inputs import Reader
from planproof.columns.nodes import Node, Unsupported
from planproof.columns.quantities import Quantity
from planproof.columns.shapes import FOLDED_FROM, STATE, Kept, Shape
from planproof.plan import Asked
from planproof.types import Kind, Type

DECLINED, VOID = "declined", "void"
DAYS = "__days"
BINDING = "__binding"
ROWS_AT_ONCE = 1_048_576
_FEW = 6


@dataclass(frozen=True, slots=True)
class Output:
    """A name that is made into columns: `NAME`, null where not known, and `NAME__state` where it can be none.

    A rate or number is a numerator over `over`; a duration is months, and has `NAME__days` beside them.
    """

    name: str
    type: Type
    value: Quantity

    @property
    def over(self) -> int:
        """The denominator of every row."""
        return self.value.over.low

    @property
    def nodes(self) -> tuple[Node, ...]:
        """What is needed of the graph."""
        return self.value.main, self.value.absent, *([self.value.days] if self.value.days else [])


class Columns:
    """Some names of a rule book, for one question, over frames of any shape; what is compiled for a shape is kept.

    Columns that are alike in all rows are folded into what is compiled, in frames that are large enough to be worth it.
    """

    def __init__(self, core: c.Core, names: Iterable[str], asked: Asked, *, decided: Iterable[str] = ()) -> None:
        wanted, limits = tuple(names), tuple(decided)
        self._kept = Kept(core, lambda shape: Compiled(core, wanted, asked, shape, limits))

    def compiled(self, frame: pl.DataFrame, *, fold: bool = False) -> Compiled:
        """What is compiled for frames like this one; raises ValueError for a value beyond its declared range."""
        return self._kept.of(frame, fold=fold)

    def run(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The names' columns for a frame of facts, row by row."""
        return in_slices(frame, lambda part: self.compiled(part, fold=frame.height >= FOLDED_FROM).run(part))


def in_slices(frame: pl.DataFrame, work: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """What is made of each slice of a frame, together."""
    parts = [work(part) for part in frame.iter_slices(ROWS_AT_ONCE)] or [work(frame)]
    return parts[0] if len(parts) == 1 else pl.concat(_alike(parts), how="vertical")


def _alike(parts: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """The same, with lists of names out of all names that any of them has: each is made with those that its rows can have."""
    for name, type_ in parts[0].schema.items():
        if isinstance(type_, pl.List):
            words = pl.Enum(list(dict.fromkeys(word for part in parts for word in _words(part[name].explode().dtype))))
            parts = [part.with_columns(pl.col(name).cast(pl.List(words))) for part in parts]
    return parts


def _words(type_: pl.DataType) -> list[str]:
    assert isinstance(type_, pl.Enum), "names are words"
    return type_.categories.to_list()


class Compiled:
    """Some names of a rule book, for one question and frames of one shape.

    The values of a row that is `void` are not to be used: a number may need more bits than a column has. A row that is
    `declined` must be answered by the reference evaluator: it is void, a row of a list does not fulfil what the list
    demands, or something may be in error. `left` tells which names
    columns cannot hold at all, each with the reason; all rows are declined then.
    """

    def __init__(self, core: c.Core, names: Iterable[str], asked: Asked, shape: Shape, decided: Iterable[str] = ()) -> None:
        self._arithmetic = arithmetic_of(core)
        self._reader = Reader(core, self._arithmetic, shape)
        self.compiler = Compiler(core, self._arithmetic, self._reader.given, self._reader.rows, asked, self._reader.refused)
        self.outputs: list[Output] = []
        self.left: dict[str, str] = {}
        wanted = tuple(names)
        self.compiler.prepare(wanted)
        for name in wanted:
            try:
                self.outputs.append(self._output(name))
            except Unsupported as why:
                self.left[name] = str(why)
                self.outputs.append(self._nothing(name))
        deciding = Deciding(self.compiler)
        bindings = {name: deciding.binding(name) for name in decided if name not in self.left}
        limits = Type(Kind.CHOICE, deciding.names)
        self._bindings = {name: (node, limits) for name, node in bindings.items()}
        self._faulty = self._arithmetic.pool.yes if self.left else self.compiler.faulty()
        roots = [*(node for output in self.outputs for node in output.nodes), *bindings.values(), self._faulty]
        too_wide = self.compiler.too_wide(roots)
        self.wide = too_wide is not self._arithmetic.pool.no
        self._execution = Execution(roots, too_wide)

    def _output(self, name: str) -> Output:
        value = self.compiler.named(name)
        if not value.over.constant:
            raise Unsupported(f"`{name}`: a fraction that is not rounded has no column")
        if value.main.at:
            raise Unsupported(f"`{name}` has a value for each row of a list")
        return Output(name, self.compiler.type_of(name), value)

    def _nothing(self, name: str) -> Output:
        type_ = self.compiler.type_of(name)
        nothing = self._arithmetic.constant(None, truth=type_.kind is Kind.TRUTH)
        return Output(name, type_, self._arithmetic.present(nothing))

    def run(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The names' columns for a frame of this shape."""
        found = self._execution.run(self._reader.tables(frame))
        columns = found.columns
        made = [column for output in self.outputs for column in self._made(output, columns)]
        for name, (node, limits) in self._bindings.items():
            made.append(
                _options(columns[node], {limit: place for place, limit in enumerate(limits.options)}, limits).alias(f"{name}{BINDING}")
            )
        return pl.DataFrame([*made, found.void.alias(VOID), (columns[self._faulty] | found.void).alias(DECLINED)])

    def _made(self, output: Output, columns: Mapping[Node, pl.Series]) -> Iterable[pl.Series]:
        value = columns[output.value.main]
        if output.type.kind is Kind.CHOICE:
            value = _options(value, self._arithmetic.codes, output.type)
        elif output.type.kind is Kind.DATE:
            value = value.cast(pl.Int32).cast(pl.Date)
        elif output.type.kind is Kind.TRUTH:
            value = value.cast(pl.Boolean)
        else:
            value = value.cast(pl.Int64)
        yield value.alias(output.name)
        if output.type.kind is Kind.DURATION:
            days = value if output.value.days is None else columns[output.value.days]
            yield days.cast(pl.Int64).alias(f"{output.name}{DAYS}")
        if output.type.optional:
            yield columns[output.value.absent].alias(f"{output.name}{STATE}")


def _options(codes: pl.Series, every: Mapping[str, int], type_: Type) -> pl.Series:
    """Codes of options of the rule book as options of one type; for few options, picks are the fastest by far."""
    words = pl.Enum(list(type_.options))
    places = [every[option] for option in type_.options]
    if len(places) > _FEW:
        every_code = pl.Series(range(max(places) + 1), dtype=pl.UInt32)
        return every_code.replace_strict(places, list(type_.options), default=None, return_dtype=words).gather(codes)
    found = pl.lit(None, dtype=words)
    for option, place in zip(type_.options, places, strict=True):
        found = pl.when(pl.col("code") == place).then(pl.lit(option, dtype=words)).otherwise(found)
    return pl.DataFrame({"code": codes}).select(found).to_series()
