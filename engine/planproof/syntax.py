"""The surface tree: what a rule file says, faithfully, with the span of every node. Pure data.

Node names follow the grammar's rules. Nothing is bound or typed here; sugar still stands as written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from planproof.source import Source, Span
from planproof.types import Kind
from planproof.values import Value

# ------------------------------------------------------------------ words and expressions


@dataclass(frozen=True, slots=True)
class Word:
    """A name or a string with its place."""

    text: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as written; `kind` is what its form says (a bare integer is a count until used)."""

    value: Value
    kind: Kind
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A name, or an option of a choice that needs no quotes."""

    text: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class For:
    """A name for a year that is named: `x for 2025`, `x for (y - 1)`."""

    name: Word
    key: Expression
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """A built-in, written as an operator, as `lesser of (...)` or as a call."""

    function: Word
    operands: tuple[Expression, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Both:
    """`and` between two or more operands."""

    operands: tuple[Expression, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Either:
    """`or` between two or more operands."""

    operands: tuple[Expression, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Negation:
    """`not`."""

    operand: Expression
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Within:
    """`x in low..high`, both ends included."""

    operand: Expression
    low: Expression
    high: Expression
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class OneOf:
    """`x is one of (a, b)`."""

    operand: Expression
    options: tuple[Word, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class KnownTest:
    """`x is known`."""

    operand: Expression
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NoneTest:
    """`x is none`."""

    operand: Expression
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Quantified:
    """`some r where c`, `no r where c`, `every r where c has d`, `every r has d`."""

    quantifier: str
    row: Word
    where: Expression | None
    has: Expression | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SomePath:
    """`some path open phase`."""

    phase: Word
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Aggregated:
    """`total of (e for each r where c)` and its kin; `count` has no body."""

    kind: str
    body: Expression | None
    row: Word
    earlier: bool
    where: Expression | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Spread:
    """`share of (a filling each r up to m)`, `reduction of (m taking a from highest first where c)`."""

    kind: str
    row: Word | None
    amount: Expression
    measure: Expression
    where: Expression | None
    span: Span = field(compare=False, repr=False)


Expression: TypeAlias = (
    Literal
    | Name
    | For
    | Operation
    | Both
    | Either
    | Negation
    | Within
    | OneOf
    | KnownTest
    | NoneTest
    | Quantified
    | SomePath
    | Aggregated
    | Spread
)

# ------------------------------------------------------------------ clauses


@dataclass(frozen=True, slots=True)
class TypeNode:
    """A type as written: a named kind, yes/no, or the options of a choice."""

    name: str
    options: tuple[Word, ...]
    optional: bool
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """How sure we are of a provision, and why not surer."""

    word: Word
    reason: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Published:
    """`published DATE`, and how sure we are of the date."""

    day: Literal
    standing: Standing | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Authority:
    """`cites ...`, raw to the end of the line."""

    text: str
    standing: Standing | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A clause that is a word and a text: label, asks, says, severity, answered by, changed by."""

    clause: str
    text: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Names:
    """A clause that is a word and names: phases, amounts, over."""

    clause: str
    words: tuple[Word, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Condition:
    """A clause that is a word and an expression: when, applies when, floor, ceiling."""

    clause: str
    expression: Expression
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Between:
    """The range of a numeric fact or column."""

    low: Literal
    high: Literal
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Presumed:
    """The law's own default for silence."""

    value: Literal | Name
    authority: Authority | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Documents:
    """How documents word an answer, or words that mislead (`answer` is then empty)."""

    answer: str | None
    phrases: tuple[str, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ColumnNode:
    """`each r has c : type`."""

    row: Word
    name: Word
    type: TypeNode
    between: Between | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Must:
    """What each row of a list must fulfil, and what is wrong where it does not."""

    expression: Expression
    text: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One year of a parameter; no value means not in force."""

    key: int
    value: Literal | None
    authority: Authority | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Rounding:
    """`rounded half up to cents`."""

    direction: str
    step: Literal
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ResultNode:
    """`is ...` with its limits."""

    body: Expression
    floor: Expression | None
    ceiling: Expression | None
    rounding: Rounding | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Effective:
    """`effective from ... until ...`."""

    start: Literal
    end: Literal | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Except:
    """A labelled exception with its clauses in written order, inside its definition or apart from it."""

    label: Word
    clauses: tuple[Clause, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Requires:
    """A requirement of a path, or the condition under which it opens in a phase."""

    phase: Word | None
    expression: Expression | None
    authority: Authority | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a path taxes or withholds, in money."""

    clause: str
    result: ResultNode
    authority: Authority | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Note:
    """What a path reports, which clocks it starts, or what it means afterwards."""

    kind: str
    text: str
    authority: Authority | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RemedyNode:
    """`remedy by ... "..." if ...`."""

    by: str
    text: str
    condition: Expression | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Setting:
    """One given value of an example; no literal means unknown."""

    name: Word
    key: int | None
    value: Literal | Name | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Cells:
    """One given row; no literal means unknown."""

    values: tuple[Literal | Name | None, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Rows:
    """Given rows of a list."""

    name: Word
    columns: tuple[Word, ...]
    rows: tuple[Cells, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Expect:
    """One expected value of an example; no literal means unknown."""

    name: Word
    row: int | None
    value: Literal | Name | None
    unknown_for: tuple[Word, ...]
    span: Span = field(compare=False, repr=False)


Clause: TypeAlias = (
    Authority
    | Text
    | Names
    | Condition
    | Between
    | Presumed
    | Documents
    | ColumnNode
    | Must
    | Row
    | ResultNode
    | Except
    | Requires
    | Consequence
    | Note
    | RemedyNode
    | Setting
    | Rows
    | Expect
    | Effective
    | Standing
    | Published
)

# ------------------------------------------------------------------ declarations


@dataclass(frozen=True, slots=True)
class Declaration:
    """One declaration: its keyword, name and type, what its head says, and its clauses in written order.

    `subject` is what else the head names: the year a value is keyed by, the row of a list, the definition an
    exception belongs to, the verdict of a path. `order` is the column that orders a list. What `authority` declares
    has a citation for its name.
    """

    keyword: str
    name: Word
    type: TypeNode | None
    subject: Word | None
    order: Word | None
    clauses: tuple[Clause, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, kept for whoever writes the file again."""

    text: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One rule file. `broken` are the names of declarations that could not be read."""

    source: Source
    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...]
    broken: tuple[str, ...]
