"""Where a listing begins in an answer: behind a byte order mark, blanks or the warnings of a PHP server, or not at all."""

import re
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from contracts import limits
from contracts.errors import PlaybillError, UnexpectedAnswer

UnexpectedRoot = Callable[[bytes], PlaybillError | None]
"""What a source says of an answer that does not begin with `[`: an error, or none for a list that came as an object."""

_LEAD: Final = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*")
_PAGE: Final = re.compile(rb"<!doctype|<html|<head|<body|<script|<title", re.IGNORECASE)
_BEGIN_AFTER_TEXT: Final = re.compile(rb'[\n>][ \t\r\n]*(?:\xef\xbb\xbf)?(?=\[\s*\{\s*"|\[\s*\]|\{\s*["}])')
"""PHP ends a warning with a line or a tag; a bracket in the middle of a sentence begins nothing."""


class Root(Struct, frozen=True, kw_only=True):
    """A listing's root."""

    start: int
    """Index of its first byte after the bracket."""
    is_object: bool
    """Entries stand under numeric keys: a PHP array with gaps."""


def root_of(prefix: bytes, *, is_whole: bool, unexpected_root: UnexpectedRoot) -> Root | None:
    """The root of an answer that begins with `prefix`, or none while more bytes are needed to tell.

    What it says depends on the answer's first `limits.SNIFF_BYTES_MAX` bytes only. Raises what the source says of another root.
    """
    start = _end_of(_LEAD, prefix)
    if prefix[start : start + 1] == b"[":
        return Root(start=start + 1, is_object=False)
    if len(prefix) < limits.SNIFF_BYTES_MAX and not is_whole:
        return None
    sniffed = prefix[: limits.SNIFF_BYTES_MAX]
    return _after_text(sniffed, start, unexpected_root)


def _after_text(sniffed: bytes, start: int, unexpected_root: UnexpectedRoot) -> Root:
    if sniffed[start : start + 1] != b"{":
        begin = _BEGIN_AFTER_TEXT.search(sniffed, start)
        if begin is None or _PAGE.search(sniffed, 0, begin.end()):
            raise _refusal(sniffed[start:], unexpected_root)
        start = begin.end()
    if sniffed[start : start + 1] == b"[":
        return Root(start=start + 1, is_object=False)
    error = unexpected_root(sniffed[start:])
    if error is not None:
        raise error
    return Root(start=start + 1, is_object=True)


def _refusal(sniffed: bytes, unexpected_root: UnexpectedRoot) -> PlaybillError:
    return unexpected_root(sniffed) or UnexpectedAnswer("the server answered with something else than a listing")


def _end_of(pattern: re.Pattern[bytes], text: bytes) -> int:
    match = pattern.match(text)
    return match.end() if match else 0
