"""The children of an item in their own order, paged by key: seasons, then episodes by season and number; pure."""

import base64
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from actors.store.database import Values
from actors.store.schema import IS_SHOWN
from contracts import limits
from contracts.errors import BadRequest

_CHARS_MAX: Final = 4_096
_IN_CATEGORIES: Final = (
    "EXISTS (SELECT 1 FROM item_categories AS place"
    " WHERE place.id >= items.id * 256 AND place.id < (items.id + 1) * 256 AND place.category_id"
)
_ORDER: Final = ("parent_index", "index_number", "folded_title", "id")


_Integer = Annotated[int, msgspec.Meta(ge=limits.INTEGER_MIN, le=limits.INTEGER_MAX)]


class Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A child's place among its siblings; no number is before any."""

    parent_id: _Integer
    parent_index: _Integer | None
    index_number: _Integer | None
    folded_title: str
    item_id: _Integer


_decoder: Final = msgspec.json.Decoder(Place)


def written(place: Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read(text: str, parent_id: int) -> Place:
    """Raises BadRequest for what is no place among the children of this item."""
    try:
        padded = text[:_CHARS_MAX] + "=" * (-len(text) % 4)
        place = _decoder.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        raise BadRequest("after: not a cursor of this list") from None
    if place.parent_id != parent_id:
        raise BadRequest("after: the cursor is of a list of another parent")
    return place


def statement(
    parent_id: int, *, libraries: Sequence[int] | None, categories: Sequence[int] | None, after: Place | None, limit: int
) -> tuple[str, Values]:
    """(id, parent_index, index_number, folded_title) of the children that are shown, in these lists, and behind `after`."""
    conditions: list[str] = [f"parent_id = ? AND {IS_SHOWN}"]
    values: list[object] = [parent_id]
    if libraries is not None:
        conditions.append(f"+library_id IN ({_marks(libraries)})")
        values.extend(libraries)
    if categories is not None:
        conditions.append(f"{_IN_CATEGORIES} IN ({_marks(categories)}))")
        values.extend(categories)
    if after is not None:
        behind, keys = _behind(_ORDER, (after.parent_index, after.index_number, after.folded_title, after.item_id))
        conditions.append(behind)
        values.extend(keys)
    sql = f"SELECT id, {', '.join(_ORDER[:3])} FROM items WHERE {' AND '.join(conditions)} ORDER BY {', '.join(_ORDER)} LIMIT ?"  # noqa: S608
    return sql, [*values, limit]


def _behind(columns: Sequence[str], keys: Sequence[object]) -> tuple[str, list[object]]:
    """The condition that a row comes after these keys. SQLite puts NULL first, and compares nothing to it."""
    column, key = columns[0], keys[0]
    if len(columns) == 1:
        return f"{column} > ?", [key]
    rest, values = _behind(columns[1:], keys[1:])
    if key is None:
        return f"({column} IS NOT NULL OR ({rest}))", values
    return f"({column} > ? OR ({column} = ? AND {rest}))", [key, key, *values]


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
