"""Citations as written to authorities of the core."""

from __future__ import annotations

from planproof import core as c
from planproof import syntax as s

_UNCITED = c.Authority(("(none)",))


def authority(node: s.Authority | None) -> c.Authority:
    """Citations parted at semicolons, with their standing."""
    if node is None:
        return _UNCITED
    citations = tuple(part.strip() for part in node.text.split(";") if part.strip())
    if node.standing is None:
        return c.Authority(citations)
    return c.Authority(citations, node.standing.word.text, node.standing.reason)
