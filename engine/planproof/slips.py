"""What a mistake in the form of a rule most likely meant: the usual slips, each with its advice."""

from __future__ import annotations

import re
from collections.abc import Iterable

from planproof.diagnostics import did_you_mean

_SLIPS = (
    (re.compile(r"=="), "a comparison is written with one `=`"),
    (re.compile(r"=>|=<"), "write `>=` or `<=`"),
    (re.compile(r"&&?|\|\|?|!(?!=)"), "write `and`, `or`, `not`"),
    (re.compile(r"<>"), "write `!=`"),
    (re.compile(r"\$\d+\.\d(?!\d)|\$\d+\.\d{3,}"), "cents take two digits: `$5,000.50`"),
    (re.compile(r"\$\s|\$\d*,"), "money is written `$5000`, `$5,000` or `$5,000.50`"),
    (re.compile(r"(?<=\d)\s+%|%"), "a rate is written without a space: `5%`"),
    (re.compile(r","), "a number has no commas; money is written `$1,000`"),
    (re.compile(r'"[^"\n]*$', re.MULTILINE), 'a text ends with `"` on the same line'),
    (re.compile(r"'"), 'a text stands in double quotes: "..."'),
    (re.compile(r"[A-Z]"), "names are written in lower case; an option with capitals stands in double quotes"),
    (
        re.compile(r"\b(if|else|then|elif|unless|true|false|null|return)\b"),
        "conditions are written `is ...` and `except NAME when ...`; truth is `yes` and `no`",
    ),
)

CLAUSE_WORDS = (
    "label",
    "cites",
    "standing",
    "asks",
    "answered",
    "between",
    "applies",
    "presumed",
    "documents",
    "each",
    "is",
    "but",
    "rounded",
    "except",
    "when",
    "over",
    "effective",
    "open",
    "requires",
    "reports",
    "severity",
    "says",
    "costs",
    "remedy",
    "phases",
    "amounts",
    "given",
    "expect",
)

_EXPECTED = {
    "COLON": "`:`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "COMMA": "`,`",
    "CITES": "`cites`",
    "CITES_HERE": "`cites`",
    "_IS": "`is`",
    "STRING": "a text in double quotes",
    "NAME": "a name",
    "INT": "a whole number",
    "DATE": "a date (2026-01-31)",
    "$END": "the end of the declaration",
    "__ANON_0": "`..`",
    "IS_KNOWN": "`is known`",
    "IS_NONE": "`is none`",
    "FOR_EACH": "`for each`",
    "CENTS": "`cents`",
    "DIRECTION": "`half up`, `up` or `down`",
    "COMPARATOR": "a comparison",
}
_LITERALS = frozenset(("MONEY", "RATE", "NUMBER", "INT", "DATE", "YES", "NO", "NONE", "STRING"))


def advice(text: str, at: int, start: int, word: str) -> str | None:
    """Help for an unexpected word at an offset of a text whose declaration starts at `start`."""
    near = did_you_mean(word, CLAUSE_WORDS) if word not in CLAUSE_WORDS else None
    if near:
        return near
    before = text[max(start, at - 1) : at]
    for pattern, advice in _SLIPS:
        match = pattern.match(text, at) or (pattern.match(text, at - 1) if before and before in "=<>$!" else None)
        if match:
            return advice
    return None


def expected(names: Iterable[str]) -> str:
    """The terminals that could stand here, in words; empty if they are too many to help."""
    left = set(names) - {"COMMENT"}
    words: set[str] = set()
    if len(left & _LITERALS) >= 5:
        left -= _LITERALS
        words.add("a value")
    words |= {_EXPECTED.get(name) or f"`{name.lower()}`" for name in left}
    shown = sorted(word for word in words if not word.startswith("`__anon"))
    if not shown or len(shown) > 6:
        return ""
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + f" or {shown[-1]}"
