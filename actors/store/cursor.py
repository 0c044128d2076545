"""The place in a list where its next page begins, as text that means nothing to anyone else; pure."""

import base64
import binascii
from typing import Annotated, Final

import msgspec

from contracts import limits
from contracts.errors import BadRequest
from contracts.messages import Sort

_CHARS_MAX: Final = 4_096


_Integer = Annotated[int, msgspec.Meta(ge=limits.INTEGER_MIN, le=limits.INTEGER_MAX)]


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The last row of a page: its sort key, and its id among rows of the same key. A key of None is behind all others."""

    sort: Sort
    descending: bool
    key: str | _Integer | float | None
    item_id: _Integer


_decoder: Final = msgspec.json.Decoder(Cursor)


def written(cursor: Cursor) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def read(text: str, sort: Sort, *, descending: bool) -> Cursor:
    """Raises BadRequest for what is no cursor, or one of a list in another order."""
    try:
        padded = text[:_CHARS_MAX] + "=" * (-len(text) % 4)
        cursor = _decoder.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError, binascii.Error):
        raise BadRequest("after: not a cursor of this list") from None
    if (cursor.sort, cursor.descending) != (sort, descending):
        raise BadRequest("after: the cursor is of a list in another order")
    return cursor
