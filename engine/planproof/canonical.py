"""Canonical JSON: the bytes that are hashed. Keys sorted by code point, no blanks, UTF-8, nothing escaped that need not be."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import orjson


def canonical(data: Any) -> bytes:
    """The bytes of JSON data whose numbers are whole."""
    try:
        return orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # half a surrogate pair, or a number of more than 64 bits
        text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "surrogatepass")


def digest(data: Any) -> str:
    """The hash of JSON data."""
    return sha256(canonical(data)).hexdigest()
