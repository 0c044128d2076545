"""A JSON array taken apart into its entries, also when a decoder gives up on the whole because of one of them."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from contracts.errors import UnexpectedAnswer

_decoder: Final = msgspec.json.Decoder(list[msgspec.Raw])
TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},"]', re.DOTALL)
"""A whole text of JSON, a mark of structure, or the quote of a text that does not end."""
_CLOSES: Final = {b"[": b"]", b"{": b"}"}


def pieces(body: bytes) -> list[bytes]:
    """The bytes of each entry. Raises UnexpectedAnswer when brackets and quotes do not make one array."""
    try:
        return [bytes(piece) for piece in _decoder.decode(body)]
    except (ValueError, RecursionError):
        return _found_by_brackets(body)


def _found_by_brackets(body: bytes) -> list[bytes]:
    """Counts brackets outside of texts, without recursion: any depth, any value, any bytes inside a text."""
    array = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not array.startswith(b"["):
        raise UnexpectedAnswer("the listing is no JSON array")
    ends = list(_ends(array))
    if ends == [len(array) - 1] and not array[1:-1].strip():
        return []
    found = [array[start + 1 : end].strip() for start, end in zip([0, *ends], ends, strict=False)]
    if not all(found):
        raise UnexpectedAnswer("the listing is no JSON array: it has commas without an entry")
    return found


def _ends(array: bytes) -> Iterator[int]:
    """Where each entry ends: at its comma, or at the bracket that closes the array."""
    open_brackets: list[bytes] = []
    for match in TOKEN.finditer(array):
        token = match[0]
        if token in _CLOSES:
            open_brackets.append(_CLOSES[token])
        elif token in b"]}":
            if open_brackets.pop() != token:
                break
            if not open_brackets:
                yield match.start()
                if match.end() == len(array):
                    return
                break
        elif token == b'"':
            break
        elif token == b"," and len(open_brackets) == 1:
            yield match.start()
    raise UnexpectedAnswer("the listing is no JSON array: its brackets or quotes do not close")
