"""What a mistake in the form of a rule most likely meant: the usual slips, each with its advice."""

from __future__ import annotations

import re
from collections.abc import Iterable

from planproof.diagnostics import did_you_mean

_TEXT = 'a text stands in double quotes: "..."'
_MONEY = "money is written `$5000`, `$5,000` or `$5,000.50`"
# ruff: noqa: RUF001 (the signs that word processors put in are what is looked for)
_SLIPS = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"==", "a comparison is written with one `=`"),
        (r"=>|≥", "write `>=`"),
        (r"=<|≤", "write `<=`"),
        (r"<>|≠", "write `!=`"),
        (r"[–—−]", "write `-`"),
        (r"[×·]", "write `*`"),
        (r"&|\||!(?!=)", "write `and`, `or`, `not`"),
        (r"[0-9]{17,}", "a number has at most 16 digits"),
        (r"\$[0-9,]+\.[0-9](?![0-9])|\$[0-9,]+\.[0-9]{3,}", "cents take two digits: `$5,000.50`"),
        (r"(?<![0-9.,])0[0-9]", "a number does not begin with a zero"),
        (r"\$", _MONEY),
        (r"^%", "a rate is written without a space: `5%`"),
        (r"[0-9],[0-9]", "a number has no commas; money is written `$1,000`"),
        (r"^\"", 'a text ends with `"` on the same line'),
        (r"[“”„‘’']", _TEXT),
        (r"[\u00a0\u2000-\u200b\u202f\u3000]", "this blank is none; write a plain one"),
        (r"^(if|else|then|elif|unless|return)\b", "conditions are written `is ...` and `except NAME when ...`"),
        (r"^[A-Z]", "names are written in lower case; an option with capitals stands in double quotes"),
    )
)

KEYWORDS = ("chapter", "authority", "parameter", "fact", "list", "define", "exception", "path", "pitfall", "verdict", "example")
CLAUSE_WORDS = tuple(
    "label cites standing published asks answered changed between applies presumed documents each must is but rounded except when over"
    " effective open requires taxes withholds reports starts afterwards severity says costs remedy phases amounts given expect".split()
)

_EXPECTED = {
    "COLON": "`:`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "COMMA": "`,`",
    "CITES": "`cites`",
    "CITES_HERE": "`cites`",
    "_IS": "`is` on a line of its own",
    "STRING": "a text in double quotes",
    "NAME": "a name",
    "INT": "a whole number",
    "DATE": "a date (2026-01-31)",
    "$END": "the end of the declaration",
    "FOR_EACH": "`for each`",
    "CENTS": "`cents`",
    "DIRECTION": "`half up`, `up` or `down`",
    "ANSWERER": "who answers",
    "UNIT": "`years`, `months` or `days`",
}
_VALUES = frozenset(
    "MONEY RATE NUMBER INT DATE YES NO NONE STRING LPAR MINUS AGGREGATE COUNT EXTREMUM SHARE REDUCTION QUANTIFIER EVERY SOME NOT"
    " UNKNOWN".split()
)
_OPERATORS = frozenset("PLUS MINUS STAR SLASH COMPARATOR IN IS_KNOWN IS_NONE IS_ONE_OF AND OR __ANON_0".split())
_OTHER_WORDS = frozenset(
    "by of to or one not from until up taking filling first highest where has if for in order row rows say mislead".split()
)


def advice(text: str, at: int, start: int, word: str, names: Iterable[str]) -> str | None:
    """Help for an unexpected word at an offset of a text whose declaration starts at `start`.

    `names` are the terminals that could stand there.
    """
    first = at
    while first > start and text[first - 1] not in " \t\n()":
        first -= 1
    chunk = re.match(r"[^\s()]*", text[first:])
    written = chunk.group() if chunk and chunk.group() else word
    if word in KEYWORDS:
        return "a declaration begins in column 0"
    for pattern, words in _SLIPS:
        if pattern.search(written) or pattern.search(word):
            return words
    wanted = {name.lower().strip("_") for name in names}
    near = did_you_mean(word, [clause for clause in CLAUSE_WORDS if clause in wanted])
    if re.search(r"changed\s+by\s*$", text[start:first]):
        return "a fact is changed by the participant, the plan sponsor, the administrator, time or nobody"
    if (near is None and word == "answered") or "ANSWERER" in names:
        return "the answer comes from the plan document, the plan sponsor, the participant or the administrator"
    return near


def expected(names: Iterable[str]) -> str:
    """The terminals that could stand here, in words; empty if they are too many to help."""
    left = set(names)
    words: set[str] = set()
    for several, noun in ((_VALUES, "a value"), (_OPERATORS, "an operator")):
        if len(left & several) >= 5:
            left -= several
            words.add(noun)
    clauses = {name for name in left if name.lower().strip("_") in CLAUSE_WORDS or name == "CITES"}
    if len(clauses) > 3:
        left -= clauses
        words.add("a clause")
    for name in left:
        word = name.lower()
        if name in _EXPECTED:
            words.add(_EXPECTED[name])
        elif word in CLAUSE_WORDS or word in _OTHER_WORDS:
            words.add(f"`{word}`")
    shown = sorted(words)
    if not shown or len(shown) > 5:
        return ""
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + f" or {shown[-1]}"
