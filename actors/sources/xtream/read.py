"""A slice of a listing becomes rows and rejects, each entry in exactly one place."""

from collections.abc import Collection
from typing import Final

import msgspec

from actors.sources.answer import Read
from actors.sources.hashing import salt_of
from actors.sources.reading import Refused, entries, rejects
from actors.sources.values import Unreadable, optional_id
from actors.sources.xtream import rows
from actors.sources.xtream.entry import CategoryEntry, ItemEntry
from actors.sources.xtream.fields import category_ids
from actors.sources.xtream.steps import BY_NAME
from contracts.catalog import EPISODES_STEP, Category, Item, ItemKind, SourceKind
from contracts.errors import BadRequest

READER_VERSION: Final = 1
"""Raised whenever the same bytes become other rows, so that slices that are known are parsed once more."""
USES_DIGESTS: Final = True
"""Nothing but its own listing changes a row."""

_ITEMS: Final = msgspec.json.Decoder(list[ItemEntry])
_CATEGORIES: Final = msgspec.json.Decoder(list[CategoryEntry])


def digest_salt(denied_category_ids: Collection[str]) -> bytes:
    """The reader's version and the category filter, in 32 bytes."""
    return salt_of(SourceKind.XTREAM, READER_VERSION, denied_category_ids)


def read(step: str, body: bytes, denied_category_ids: Collection[str]) -> Read:
    """The rows of a JSON array of whole entries, in its order; rows, rejects and excluded are as many as it has entries.

    An entry all of whose categories are denied is excluded; one that names no category is not. Raises UnexpectedAnswer when
    the body is no JSON array, and BadRequest when the step has no rows.
    """
    definition = BY_NAME.get(step)
    if definition is None or definition.item_kind is None or definition.step == EPISODES_STEP:
        raise BadRequest(f"an Xtream source has no listing {step!r}")
    kind = definition.item_kind
    if definition.is_categories:
        return _read_categories(kind, body)
    return _read_items(kind, body, frozenset(denied_category_ids))


def _read_categories(kind: ItemKind, body: bytes) -> Read:
    categories: list[Category] = []
    refused: Refused = {}
    for place, entry in entries(body, _CATEGORIES, CategoryEntry, refused):
        try:
            categories.append(rows.category(entry, kind, place))
        except Unreadable as unreadable:
            refused[place] = (str(unreadable), optional_id(entry.category_id))
    return Read(categories=categories, rejects=rejects(body, refused))


def _read_items(kind: ItemKind, body: bytes, denied: frozenset[str]) -> Read:
    items: list[Item] = []
    refused: Refused = {}
    excluded = 0
    row = rows.channel if kind is ItemKind.CHANNEL else rows.film
    for place, entry in entries(body, _ITEMS, ItemEntry, refused):
        ids = category_ids(entry.category_id, entry.category_ids)
        if denied and ids and denied.issuperset(ids):
            excluded += 1
            continue
        try:
            items.append(row(entry, kind, ids))
        except Unreadable as unreadable:
            refused[place] = (str(unreadable), optional_id(entry.series_id if kind is ItemKind.SHOW else entry.stream_id))
    return Read(items=items, rejects=rejects(body, refused), excluded=excluded)
