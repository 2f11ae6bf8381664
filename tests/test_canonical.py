"""Canonical JSON: what is written fast is what the page on proofs tells, byte for byte."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planproof.canonical import canonical
from proof_damage import canonical as told

WORDS = st.text(st.characters(exclude_categories=())) | st.sampled_from(["\x00\x1f\x7f\x80", '"\\/', "\u2028", "\ud800", "😀", "ﬀ"])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
@settings(max_examples=500, deadline=None, derandomize=True)
def test_any_data(data: Any) -> None:
    """Keys in order of code points, no blanks, and nothing escaped that need not be."""
    assert canonical(data) == told(data).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 2**64, 10**400, -(2**63), -(2**63) - 1])
def test_numbers_of_any_length(number: int) -> None:
    """Whole numbers beyond 64 bits too."""
    assert canonical([number]) == f"[{number}]".encode()
