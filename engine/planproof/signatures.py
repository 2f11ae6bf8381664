"""Which signature of a built-in takes which typed operands."""

from __future__ import annotations

from dataclasses import dataclass

from planproof import core as c
from planproof.functions import FUNCTIONS, Signature
from planproof.types import Kind, Type


@dataclass(frozen=True, slots=True)
class Typed:
    """A core expression with its type, whether it can be a fraction, and whether it is a bare whole number."""

    core: c.Expression
    type: Type
    fraction: bool = False
    bare: bool = False


def signature_of(name: str, operands: list[Typed]) -> Signature | None:
    """The signature that takes these operands, with the fewest conversions of whole numbers."""
    best: tuple[int, Signature] | None = None
    for signature in FUNCTIONS[name].signatures:
        cost = _cost(signature, operands)
        if cost is not None and (best is None or cost < best[0]):
            best = cost, signature
    return best[1] if best else None


def _cost(signature: Signature, operands: list[Typed]) -> int | None:
    if len(signature.parameters) != len(operands):
        return None
    cost = 0
    for parameter, operand in zip(signature.parameters, operands, strict=True):
        if operand.type.kind is parameter:
            continue
        if operand.type.kind is not Kind.COUNT or not (parameter is Kind.NUMBER or (parameter is Kind.YEAR and operand.bare)):
            return None
        cost += 1
    return cost


def retyped(core: c.Expression, wanted: Type) -> c.Expression:
    """A written whole number as a value of the wanted kind; anything else as it is."""
    if isinstance(core, c.Literal) and core.type.kind is Kind.COUNT and wanted.kind in (Kind.NUMBER, Kind.YEAR):
        return c.Literal(core.value, Type(wanted.kind))
    return core


def article(type_: Type) -> str:
    """A type in a sentence."""
    match type_.kind:
        case Kind.TRUTH:
            return "yes/no"
        case Kind.CHOICE:
            return "a choice"
        case Kind.MONEY | Kind.NONE:
            return type_.kind.value
        case _:
            return f"a {type_.kind.value}"
