"""Finds the commas between the entries of a listing exactly, one token at a time."""

from msgspec import Struct

from actors.sources.pieces import TOKEN


class Marks(Struct, frozen=True):
    """What stands between entries."""

    commas: list[int]
    """Indexes of the commas between entries."""
    closed_at: int | None
    """Index of the bracket that closes the listing."""


def scan(window: bytes, commas_max: int | None = None) -> Marks:
    """The marks in the bytes after a listing's opening bracket. Linear; whether the entries are valid is not looked at.

    With `commas_max` it stops behind so many commas, and knows of no end.
    """
    commas: list[int] = []
    depth = 1
    for token in TOKEN.finditer(window):
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
                    if len(commas) == commas_max:
                        break
            case b'"':
                break
            case _:
                pass
    return Marks(commas, None)
