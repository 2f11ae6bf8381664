"""Random plans and participants for hypothesis, made from the facts that a rule book declares."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from fractions import Fraction
from typing import TypeAlias

from hypothesis import strategies as st

from planproof import core as c
from planproof.plan import Claim, Evidence, Facts, Key, RowsStatement, Statement
from planproof.types import Kind, Type
from planproof.values import State, Value

Stated: TypeAlias = Statement | RowsStatement
MOST_ROWS = 3
USUAL = {Kind.MONEY: 120_000_00, Kind.COUNT: 70, Kind.NUMBER: 70, Kind.RATE: 1}
DETAIL = {Kind.COUNT: 1, Kind.MONEY: 1, Kind.NUMBER: 10, Kind.RATE: 1000}


def values(type_: Type, low: Value, high: Value) -> st.SearchStrategy[Value]:
    """Values of a type in a range: often its ends, mostly of usual size."""
    kind = type_.kind
    if kind is Kind.TRUTH:
        found: st.SearchStrategy[Value] = st.booleans()
    elif kind is Kind.CHOICE:
        found = st.sampled_from(type_.options)
    elif kind is Kind.DATE:
        found = st.dates(date(2020, 1, 1), date(2027, 12, 31))
    else:
        found = _numbers(kind, low, high)
    return st.one_of(st.none(), found) if type_.optional else found


def _numbers(kind: Kind, low: Value, high: Value) -> st.SearchStrategy[Value]:
    assert isinstance(low, int | Fraction), f"a {kind} declares its range"
    assert isinstance(high, int | Fraction), f"a {kind} declares its range"
    detail = DETAIL.get(kind, 1)
    least, most = int(low * detail), int(high * detail)
    usual = min(most, max(least, USUAL.get(kind, most) * detail))
    whole = st.one_of(st.integers(least, usual), st.integers(least, usual), st.sampled_from([least, most]), st.integers(least, most))
    return whole.map(lambda number: Fraction(number, detail) if number % detail else number // detail)


def statements(fact: c.Fact) -> st.SearchStrategy[Statement]:
    """A value of a fact as stated."""
    return values(fact.type, fact.low, fact.high).map(lambda value: Statement(value, State.STATED))


def rows(listed: c.ListFact) -> st.SearchStrategy[RowsStatement]:
    """Rows of a list, every cell stated, the ranks of an ordered list all different."""
    cells = {
        column.name: values(column.type, column.low, column.high).map(lambda value: Statement(value, State.STATED))
        for column in listed.columns
    }
    unique = (lambda row: row[listed.order].value) if listed.order else None
    return st.lists(st.fixed_dictionaries(cells), max_size=MOST_ROWS, unique_by=unique).map(lambda found: RowsStatement(tuple(found)))


def whole_facts(core: c.Core, leave_out: Collection[str] = ()) -> st.SearchStrategy[Facts]:
    """Everything stated, but for what is left out."""
    plain: Mapping[Key, st.SearchStrategy[Statement]] = {
        (fact.name, None): statements(fact) for fact in core.facts if fact.name not in leave_out
    }
    lists = {listed.name: rows(listed) for listed in core.lists if listed.name not in leave_out}
    return st.builds(Facts, st.fixed_dictionaries(plain), st.fixed_dictionaries(lists))


def states() -> st.SearchStrategy[Statement]:
    """What a file can say of a fact without telling its value."""
    claims = (Claim(True, Evidence("one")), Claim(False, Evidence("other")))
    return st.sampled_from(
        [
            Statement(None, State.STATED_UNKNOWN),
            Statement(None, State.CONFLICTING, claims=claims),
            Statement(None, State.AMBIGUOUS, claims=claims),
            Statement(None, State.DIFFERS_BY_GROUP),
        ]
    )


def some_facts(core: c.Core) -> st.SearchStrategy[Facts]:
    """Each fact stated, stated as unknown, in conflict, or not spoken of; lists likewise."""
    silent: st.SearchStrategy[Statement | None] = st.none()
    plain = {(fact.name, None): st.one_of(statements(fact), statements(fact), states(), silent) for fact in core.facts}
    lists = {listed.name: st.one_of(rows(listed), st.none()) for listed in core.lists}
    return st.builds(_spoken, st.fixed_dictionaries(plain), st.fixed_dictionaries(lists))


def _spoken(plain: Mapping[Key, Statement | None], lists: Mapping[str, RowsStatement | None]) -> Facts:
    return Facts(
        {key: said for key, said in plain.items() if said is not None}, {name: said for name, said in lists.items() if said is not None}
    )


def hidden(facts: Facts, core: c.Core, names: Collection[str]) -> Facts:
    """The same facts with some not told: silence, or where the law presumes something of silence, `unknown`."""
    presumed = {fact.name for fact in core.facts if fact.presumed}
    plain = {key: said for key, said in facts.statements.items() if key[0] not in names}
    plain |= {key: Statement(None, State.STATED_UNKNOWN) for key in facts.statements if key[0] in names and key[0] in presumed}
    return Facts(plain, {name: said for name, said in facts.lists.items() if name not in names})
