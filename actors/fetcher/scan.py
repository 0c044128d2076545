"""Finds the commas between the entries of a listing exactly, one token at a time."""

import re
from typing import Final

from msgspec import Struct

_TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},"]', re.DOTALL)
"""A whole string, a mark of structure, or the quote of a string that does not end here."""


class Marks(Struct, frozen=True):
    """What stands between entries."""

    commas: list[int]
    """Indexes of the commas between entries."""
    closed_at: int | None
    """Index of the bracket that closes the listing."""


def scan(window: bytes) -> Marks:
    """The marks in the bytes after a listing's opening bracket. Linear; whether the entries are valid is not looked at."""
    commas: list[int] = []
    depth = 1
    for token in _TOKEN.finditer(window):
        match token[0]:
            case b"{" | b"[":
                depth += 1
            case b"}" | b"]":
                depth -= 1
                if depth == 0:
                    return Marks(commas, token.start())
            case b",":
                if depth == 1:
                    commas.append(token.start())
            case b'"':
                break
            case _:
                pass
    return Marks(commas, None)
