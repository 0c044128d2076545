"""JSON with entries that no decoder takes, made whole again, so that each of them costs only itself."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from actors.sources.pieces import TOKEN
from actors.sources.tolerant import decode_entry
from contracts import limits

UNREADABLE: Final = b'"an entry that is not valid JSON, or nested too deeply"'
"""Takes the place of an entry that no reader could decode: no row, so a reject."""
_raw: Final = msgspec.json.Decoder(msgspec.Raw)


def mended_entry(entry: bytes) -> bytes:
    """The entry as it is; in clean JSON where only tolerance can read it; else a text in its place."""
    try:
        _raw.decode(entry)
    except (ValueError, RecursionError):
        return _clean(entry)
    return entry


def _clean(entry: bytes) -> bytes:
    try:
        return msgspec.json.encode(decode_entry(entry))
    except (ValueError, RecursionError, OverflowError):
        return UNREADABLE


def mended(body: bytes, name: str) -> bytes:
    """The document with every entry mended of each list that stands under this name.

    What has no such list, or is too large to be read with tolerance, comes back as it came.
    """
    if len(body) > limits.TOLERANT_BYTES_MAX:
        return body
    begin = re.compile(rb'"%b"\s*:\s*\[' % re.escape(name.encode()))
    parts, done = [], 0
    while found := begin.search(body, done):
        ends = list(_ends(body, found.end()))
        if not ends or body[ends[-1] : ends[-1] + 1] != b"]":
            break
        starts = [found.end(), *(end + 1 for end in ends[:-1])]
        entries = [body[start:end].strip() for start, end in zip(starts, ends, strict=True)]
        parts += [body[done : found.end()], b",".join(mended_entry(entry) for entry in entries if entry)]
        done = ends[-1]
    return b"".join((*parts, body[done:]))


def _ends(body: bytes, start: int) -> Iterator[int]:
    """Where each entry of a list ends whose first one begins at `start`: at its comma, the last one at the list's bracket."""
    depth = 1
    for token in TOKEN.finditer(body, start):
        match token[0]:
            case b"[" | b"{":
                depth += 1
            case b"]" | b"}":
                depth -= 1
            case b'"':
                return
            case _:
                pass
        if depth == 0 or (depth == 1 and token[0] == b","):
            yield token.start()
        if depth == 0:
            return
