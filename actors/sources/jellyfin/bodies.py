"""What a whole answer holds: an object, a list, or a page of a listing, and in words what it is when it is none of them."""

import re
from typing import Any, Final

import msgspec

from actors.sources.mending import mended
from actors.sources.pieces import pieces
from actors.sources.tolerant import decode_entry
from actors.sources.values import Unreadable, integer
from contracts.errors import UnexpectedAnswer

_SNIFFED_BYTES: Final = 2_048
_HTML: Final = re.compile(rb"<(?:!doctype|html|head|body|title|h1|p|br|script)\b", re.IGNORECASE)
_BOM: Final = b"\xef\xbb\xbf"
_ROWS: Final = "Items"


class _Result(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A `QueryResult`: a page of a listing."""

    items: msgspec.Raw = msgspec.Raw(b"")
    total_record_count: Any = None


_result: Final = msgspec.json.Decoder(_Result)


def page(body: bytes, wanted: str) -> tuple[list[bytes], int | None]:
    """The entries of a page, as the server wrote them, and the total that it announces.

    A bare array, which has no total, is a page too. Raises UnexpectedAnswer for everything else.
    """
    answer = body.removeprefix(_BOM).strip()
    if answer.startswith(b"["):
        return pieces(answer), None
    if not answer.startswith(b"{"):
        raise unexpected(answer, wanted)
    found = _page_in(answer)
    if found is None:
        raise UnexpectedAnswer(f"the server sent an object that does not hold {wanted}")
    return found


def _page_in(answer: bytes) -> tuple[list[bytes], int | None] | None:
    try:
        result = _decoded(answer)
        items, total = bytes(result.items), result.total_record_count
    except (ValueError, RecursionError):
        document = _object(answer)
        items, total = _encoded(document.get("Items")), document.get("TotalRecordCount")
    return (pieces(items), _count(total)) if items.startswith(b"[") else None


def _decoded(answer: bytes) -> _Result:
    """Without the entries that no decoder takes, each of which costs only itself."""
    try:
        return _result.decode(answer)
    except (ValueError, RecursionError):
        return _result.decode(mended(answer, _ROWS))


def _encoded(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (ValueError, OverflowError, RecursionError):
        raise UnexpectedAnswer("the answer holds a number that is none") from None


def _count(value: Any) -> int | None:
    try:
        found = integer(value, "TotalRecordCount")
    except Unreadable:
        return None
    return found if found is not None and found >= 0 else None


def listed(body: bytes, wanted: str) -> list[dict[str, Any]]:
    """The objects of a list, which may be a page; what is no object is left out. Raises UnexpectedAnswer."""
    found = []
    for piece in page(body, wanted)[0]:
        try:
            found.append(decode_entry(piece))
        except Unreadable:
            continue
    return found


def objects(body: bytes, wanted: str) -> dict[str, Any]:
    """The fields of an object. Raises UnexpectedAnswer."""
    answer = body.removeprefix(_BOM).strip()
    if not answer.startswith(b"{"):
        raise unexpected(answer, wanted)
    return _object(answer)


def _object(answer: bytes) -> dict[str, Any]:
    try:
        return decode_entry(answer)
    except Unreadable:
        raise UnexpectedAnswer("the server's answer is no JSON") from None


def unexpected(answer: bytes, wanted: str) -> UnexpectedAnswer:
    """What stands where JSON was due. None of its words are repeated: they may hold anything."""
    if not answer:
        return UnexpectedAnswer("the server gave no answer: its body is empty")
    if answer[:1] in b"[{" or re.fullmatch(rb'null|true|false|""|-?[0-9.]+', answer):
        return UnexpectedAnswer(f"the server sent another value instead of {wanted}")
    is_page = _HTML.search(answer[:_SNIFFED_BYTES])
    instead = "a web page: its address may lead elsewhere" if is_page else "text"
    return UnexpectedAnswer(f"instead of {wanted} the server sent {instead}")
