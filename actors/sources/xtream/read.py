"""A slice of a listing becomes rows and rejects, each entry in exactly one place."""

import hashlib
from collections.abc import Callable, Collection
from typing import Final, TypeVar

import msgspec

from actors.sources.answer import Read
from actors.sources.ask import StepDefinition
from actors.sources.xtream import rows
from actors.sources.xtream.entry import CategoryEntry, ItemEntry
from actors.sources.xtream.fields import Unreadable, category_ids
from actors.sources.xtream.pieces import pieces
from actors.sources.xtream.rejects import reject
from actors.sources.xtream.steps import BY_NAME
from actors.sources.xtream.tolerant import decode_entry
from contracts.catalog import Category, Item, ItemKind, Reject
from contracts.errors import BadRequest

READER_VERSION: Final = 1
"""Raised whenever the same bytes become other rows, so that slices that are known are parsed once more."""

_items: Final = msgspec.json.Decoder(list[ItemEntry])
_categories: Final = msgspec.json.Decoder(list[CategoryEntry])

E = TypeVar("E", ItemEntry, CategoryEntry)


def digest_salt(denied_category_ids: Collection[str]) -> bytes:
    """The reader's version and the category filter, in 32 bytes."""
    said = msgspec.msgpack.encode(("xtream", READER_VERSION, sorted(set(denied_category_ids))))
    return hashlib.blake2b(said, digest_size=32).digest()


def read(step: str, body: bytes, denied_category_ids: Collection[str]) -> Read:
    """The rows of a JSON array of whole entries, in its order; rows + rejects + excluded are as many as it has entries.

    An entry all of whose categories are denied is excluded; one that names none is not. Raises UnexpectedAnswer when the
    body is no JSON array, and nothing else for a step that has rows.
    """
    definition = BY_NAME.get(step)
    if definition is None or definition.item_kind is None:
        raise BadRequest(f"an Xtream source has no listing {step!r}")
    if definition.is_categories:
        return _read_categories(definition.item_kind, body)
    return _read_items(definition.item_kind, body, frozenset(denied_category_ids))


def _read_items(kind: ItemKind, body: bytes, denied: frozenset[str]) -> Read:
    items: list[Item] = []
    rejects: list[Reject] = []
    excluded = 0
    for position, entry in enumerate(_entries(body, _items, ItemEntry)):
        if entry is not ItemEntry
        ids = category_ids(entry.category_id, entry.category_ids)
