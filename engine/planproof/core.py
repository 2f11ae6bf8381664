"""The core: what every rule book is lowered to, and all that any backend needs to know.

One acyclic, typed graph over facts and parameters. An expression is one of a closed set of forms; a definition is a
base branch with guarded exceptions. Paths, pitfalls and verdicts are names for definitions plus presentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from planproof.source import Span
from planproof.types import Type
from planproof.values import Value

# ------------------------------------------------------------------ expressions


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written in the rule text."""

    value: Value
    type: Type


@dataclass(frozen=True, slots=True)
class Named:
    """A definition, a constant parameter or a fact without years."""

    name: str


@dataclass(frozen=True, slots=True)
class Keyed:
    """A parameter or fact of one year. `own`: the year is the one it is keyed by, not named with `for`."""

    name: str
    key: Expression
    own: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A column, or a definition, of the row at hand of a list."""

    row: str
    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """A strict built-in applied to its arguments."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Kleene `and`: no if any is no, else unknown if any is unknown, else yes."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Kleene `or`: yes if any is yes, else unknown if any is unknown, else no."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Kleene `not`."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class IsKnown:
    """Whether the operand is known; always definite. Absent (`none`) is known."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class IsNone:
    """Whether the operand is absent: stated as none, or not applicable."""

    operand: Expression


class Aggregation(StrEnum):
    """What an aggregate makes of the rows."""

    TOTAL = "total"
    AVERAGE = "average"
    HIGHEST = "highest"
    LOWEST = "lowest"
    COUNT = "count"
    SOME = "some"
    EVERY = "every"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One value from the rows of a list. `earlier`: only rows before the one at hand, in the list's order."""

    kind: Aggregation
    row: str
    body: Expression
    where: Expression | None = None
    earlier: bool = False


class Allocation(StrEnum):
    """How an amount is spread over rows."""

    FILL = "fill"
    LEVEL = "level"
    LEVEL_EXACTLY = "level_exactly"


@dataclass(frozen=True, slots=True)
class Allocate:
    """The share of the row at hand when an amount is spread over the rows of its list.

    FILL: in the list's order, each row up to `measure`. LEVEL: `amount` is taken from the rows with the highest
    `measure` first, until the rest are level; cents that do not divide go to rows earlier in the list's order.
    """

    kind: Allocation
    row: str
    amount: Expression
    measure: Expression
    where: Expression | None = None


Expression: TypeAlias = Literal | Named | Keyed | Cell | Apply | AllOf | AnyOf | Not | IsKnown | IsNone | Aggregate | Allocate

# ------------------------------------------------------------------ declarations


@dataclass(frozen=True, slots=True)
class Authority:
    """Where a provision comes from, how sure we are that the source says so, and when all that is cited was published."""

    citations: tuple[str, ...]
    standing: str = "verified"
    reason: str = ""
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """One way a definition can go: the base (no guard) or an exception, with its text as written."""

    label: str
    guard: Expression | None
    body: Expression
    over: tuple[str, ...]
    authority: Authority
    guard_text: str
    body_text: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Definition:
    """A named value: `row` names the list row it is computed for, if any."""

    name: str
    type: Type
    label: str
    row: str | None
    branches: tuple[Branch, ...]
    span: Span = field(compare=False, repr=False)

    @property
    def base(self) -> Branch:
        """The branch that holds where no exception does."""
        return self.branches[0]


@dataclass(frozen=True, slots=True)
class Presumption:
    """What the law itself says where nobody says anything."""

    value: Value
    authority: Authority


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a plan document or a person states."""

    name: str
    type: Type
    label: str
    asks: str
    answered_by: str
    changed_by: str
    key: str | None
    low: Value
    high: Value
    applies: Expression | None
    applies_text: str
    presumed: Presumption | None
    phrases: tuple[tuple[str, tuple[str, ...]], ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list."""

    name: str
    type: Type
    low: Value
    high: Value


@dataclass(frozen=True, slots=True)
class RowCheck:
    """What each row must fulfil, and what is wrong where it surely does not."""

    test: Expression
    text: str


@dataclass(frozen=True, slots=True)
class ListFact:
    """Rows that someone states; `order` names the column that orders them, if order matters."""

    name: str
    row: str
    label: str
    asks: str
    answered_by: str
    order: str | None
    columns: tuple[Column, ...]
    checks: tuple[RowCheck, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """The value of one year (`None`: of every year); `in_force` is false where the law did not yet apply."""

    key: int | None
    value: Value
    in_force: bool
    authority: Authority
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A figure that the law or a notice fixes."""

    name: str
    type: Type
    label: str
    key: str | None
    authority: Authority | None
    values: tuple[ParameterValue, ...]
    span: Span = field(compare=False, repr=False)

    def value_for(self, year: int | None) -> ParameterValue | None:
        """The value of a year (of a constant: of none), if it is published."""
        return next((value for value in self.values if value.key == year), None)


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence about a path: what it `reports`, which clocks it `starts`, or what it means `afterwards`."""

    kind: str
    text: str
    authority: Authority


@dataclass(frozen=True, slots=True)
class Path:
    """One way to the goal; each requirement, each phase, and what it taxes and withholds is a definition."""

    name: str
    label: str
    authority: Authority
    requirements: tuple[str, ...]
    phases: tuple[tuple[str, str], ...]
    taxes: str | None
    withholds: str | None
    notes: tuple[Note, ...]
    span: Span = field(compare=False, repr=False)

    @property
    def consequences(self) -> tuple[str, ...]:
        """The definitions of what the path taxes and withholds, as far as it says."""
        return tuple(name for name in (self.taxes, self.withholds) if name)


@dataclass(frozen=True, slots=True)
class Remedy:
    """What someone can do about a pitfall; `when` is a definition that says whether it is open."""

    by: str
    text: str
    when: str | None


@dataclass(frozen=True, slots=True)
class Pitfall:
    """What can go wrong; its own name is the definition that says whether it applies."""

    name: str
    label: str
    severity: str
    says: str
    authority: Authority
    costs: str | None
    remedies: tuple[Remedy, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The question the rule book answers; its own name is the definition that answers it."""

    name: str
    label: str
    phases: tuple[str, ...]
    amounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """One input of an example: a fact, a definition replaced, or (with columns) the rows of a list."""

    name: str
    key: int | None
    value: Value
    unknown: bool
    rows: tuple[tuple[tuple[str, Value], ...], ...] | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Expectation:
    """One output of an example; `unknown_for` names facts that must be among the missing."""

    name: str
    row: int | None
    value: Value
    unknown: bool
    unknown_for: tuple[str, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Example:
    """A worked case that stands beside the rules and is run by the tests."""

    title: str
    authority: Authority
    given: tuple[Given, ...]
    expect: tuple[Expectation, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Core:
    """A whole rule book, lowered."""

    facts: tuple[Fact, ...]
    lists: tuple[ListFact, ...]
    parameters: tuple[Parameter, ...]
    definitions: tuple[Definition, ...]
    paths: tuple[Path, ...]
    pitfalls: tuple[Pitfall, ...]
    verdict: Verdict | None
    examples: tuple[Example, ...]


ASKED_YEAR = "asked.year"
ASKED_DATE = "asked.date"
LAW_DATE = "law_date"
PLAN_TYPE = "plan.type"
SEVERITIES = ("disqualifying", "costly", "info")
NOTE_KINDS = ("reports", "starts", "afterwards")
ANSWERERS = ("plan document", "plan sponsor", "administrator", "participant")
CHANGERS = ("participant", "plan sponsor", "administrator", "time", "nobody")
