"""HTML and SVG that cannot be malformed or injected: elements are built by a function, and every plain text is escaped.

Text from outside is told apart by its type: a `Markup` is made here alone, anything else is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import TypeAlias

from planproof.diagnostics import printable

_BLANKS = re.compile(r"[ \t\r\n\x0b\x0c]+")
_NOWHERE = re.compile("[\u115f\u1160\u180e\u3164\ufdd0-\ufdef\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]")
_VOID = frozenset(("br", "link", "meta"))


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Content: TypeAlias = str | Iterable["Content"] | None


def visible(text: str) -> str:
    """One line of text in which what would be unseen, or would steer what shows it, is made visible."""
    shown = printable(_BLANKS.sub(" ", text))
    return _NOWHERE.sub(lambda match: f"\\u{ord(match.group()):04x}", shown)


def markup(*content: Content) -> Markup:
    """Several pieces as one: plain text escaped, markup as it is."""
    parts: list[str] = []
    for piece in content:
        if isinstance(piece, Markup):
            parts.append(piece)
        elif isinstance(piece, str):
            parts.append(escape(visible(piece), quote=True))
        elif piece is not None:
            parts.append(markup(*piece))
    return Markup("".join(parts))


def el(tag: str, *content: Content, **attributes: str | bool | None) -> Markup:
    """An element. In attributes `_` is `-`, a `_` at the end is dropped; `True` has no value, `None` and `False` are left out."""
    told = []
    for name, value in attributes.items():
        if value is not None and value is not False:
            key = name.rstrip("_").replace("_", "-")
            told.append(f" {key}" if value is True else f' {key}="{escape(visible(str(value)), quote=True)}"')
    opened = f"<{tag}{''.join(told)}>"
    return Markup(opened if tag in _VOID else f"{opened}{markup(*content)}</{tag}>")


def raw(tag: str, text: str) -> Markup:
    """A `style` or `script` element of the project's own text, which is no place for text from outside."""
    assert f"</{tag}" not in text.lower(), "the text would end its element"
    return Markup(f"<{tag}>{text}</{tag}>")


def framed(page: str, title: str, height: int) -> Markup:
    """A whole page within another, `height` pixels high; it can neither run a script there nor reach what is around it."""
    told = f'title="{escape(visible(title), quote=True)}" srcdoc="{escape(page, quote=True)}"'
    return Markup(f'<iframe sandbox="" width="100%" height="{height}" style="border:0" {told}></iframe>')
