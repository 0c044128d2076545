"""A slice of a listing becomes rows and rejects, each entry in exactly one place."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Final, NoReturn, TypeVar

import msgspec

from actors.sources.answer import Read
from actors.sources.xtream import rows
from actors.sources.xtream.entry import CategoryEntry, ItemEntry
from actors.sources.xtream.fields import Unreadable, category_ids, remote_id
from actors.sources.xtream.pieces import pieces
from actors.sources.xtream.rejects import reject
from actors.sources.xtream.steps import BY_NAME
from actors.sources.xtream.tolerant import decode_entry
from contracts.catalog import Category, Item, ItemKind, Reject
from contracts.errors import BadRequest

READER_VERSION: Final = 1
"""Raised whenever the same bytes become other rows, so that slices that are known are parsed once more."""

_ITEMS: Final = msgspec.json.Decoder(list[ItemEntry])
_CATEGORIES: Final = msgspec.json.Decoder(list[CategoryEntry])
_CHANNEL: Final = ItemKind.CHANNEL

E = TypeVar("E", ItemEntry, CategoryEntry)
Row = TypeVar("Row", Item, Category)


def digest_salt(denied_category_ids: Collection[str]) -> bytes:
    """The reader's version and the category filter, in 32 bytes."""
    said = msgspec.msgpack.encode(("xtream", READER_VERSION, sorted(set(denied_category_ids))))
    return hashlib.blake2b(said, digest_size=32).digest()


def read(step: str, body: bytes, denied_category_ids: Collection[str]) -> Read:
    """The rows of a JSON array of whole entries, in its order; rows, rejects and excluded are as many as it has entries.

    An entry all of whose categories are denied is excluded; one that names no category is not. Raises UnexpectedAnswer when
    the body is no JSON array, and BadRequest when the step has no rows.
    """
    definition = BY_NAME.get(step)
    if definition is None or definition.item_kind is None:
        raise BadRequest(f"an Xtream source has no listing {step!r}")
    kind = definition.item_kind
    if definition.is_categories:
        return _read_categories(kind, body)
    return _read_items(kind, body, frozenset(denied_category_ids))


def _read_categories(kind: ItemKind, body: bytes) -> Read:
    rejects: list[Reject] = []
    found = _rows(
        body, _CATEGORIES, CategoryEntry, "category_id", lambda entry, place: rows.category(entry, kind, place), rejects
    )
    return Read(categories=[row for row in found if row is not None], rejects=rejects)


def _read_items(kind: ItemKind, body: bytes, denied: frozenset[str]) -> Read:
    def item(entry: ItemEntry, _: int) -> Item | None:
        ids = category_ids(entry.category_id, entry.category_ids)
        if denied and ids and denied.issuperset(ids):
            return None
        return rows.channel(entry, ids) if kind is _CHANNEL else rows.film(entry, kind, ids)

    rejects: list[Reject] = []
    found = _rows(body, _ITEMS, ItemEntry, rows.ID_FIELDS[kind], item, rejects)
    items = [row for row in found if row is not None]
    return Read(items=items, rejects=rejects, excluded=len(found) - len(items))


def _rows(
    body: bytes,
    decoder: msgspec.json.Decoder[list[E]],
    shape: type[E],
    id_field: str,
    row_of: Callable[[E, int], Row | None],
    rejects: list[Reject],
) -> list[Row | None]:
    """What `row_of` makes of each entry that can be read; what cannot is added to the rejects."""
    found: list[Row | None] = []
    copies = cache(lambda: pieces(body))
    for place, entry in enumerate(_entries(body, decoder, shape)):
        try:
            found.append(row_of(entry, place) if type(entry) is shape else _raised(entry))
        except Unreadable as unreadable:
            rejects.append(reject(str(unreadable), copies()[place], _id_of(entry, id_field)))
    return found


def _entries(body: bytes, decoder: msgspec.json.Decoder[list[E]], shape: type[E]) -> Sequence[E | Unreadable]:
    """The whole slice is decoded at once; only one with an entry that the decoder refuses is taken apart."""
    try:
        return decoder.decode(body)
    except (ValueError, RecursionError):
        return [_entry(piece, shape) for piece in pieces(body)]


def _entry(piece: bytes, shape: type[E]) -> E | Unreadable:
    try:
        value = decode_entry(piece)
    except Unreadable as unreadable:
        return unreadable
    return msgspec.convert(value, shape) if type(value) is dict else Unreadable("the entry is no object")


def _raised(unreadable: object) -> NoReturn:
    raise unreadable if isinstance(unreadable, Unreadable) else TypeError(type(unreadable))


def _id_of(entry: object, id_field: str) -> str | None:
    try:
        return remote_id(getattr(entry, id_field, None), id_field)
    except Unreadable:
        return None
