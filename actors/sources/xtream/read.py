"""A slice of a listing becomes rows and rejects, each entry in exactly one place."""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from typing import Final, TypeVar

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

E = TypeVar("E", ItemEntry, CategoryEntry)
Refused = dict[int, tuple[str, str | None]]
"""Of each entry that can be no row, by its place: the reason, and its id if that could be read."""


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
    categories: list[Category] = []
    refused: Refused = {}
    for place, entry in _entries(body, _CATEGORIES, CategoryEntry, refused):
        try:
            categories.append(rows.category(entry, kind, place))
        except Unreadable as unreadable:
            refused[place] = (str(unreadable), _id_in(entry.category_id))
    return Read(categories=categories, rejects=_rejects(body, refused))


def _read_items(kind: ItemKind, body: bytes, denied: frozenset[str]) -> Read:
    items: list[Item] = []
    refused: Refused = {}
    excluded = 0
    row = rows.channel if kind is ItemKind.CHANNEL else rows.film
    for place, entry in _entries(body, _ITEMS, ItemEntry, refused):
        ids = category_ids(entry.category_id, entry.category_ids)
        if denied and ids and denied.issuperset(ids):
            excluded += 1
            continue
        try:
            items.append(row(entry, kind, ids))
        except Unreadable as unreadable:
            refused[place] = (str(unreadable), _id_in(entry.series_id if kind is ItemKind.SHOW else entry.stream_id))
    return Read(items=items, rejects=_rejects(body, refused), excluded=excluded)


def _entries(body: bytes, decoder: msgspec.json.Decoder[list[E]], shape: type[E], refused: Refused) -> Iterable[tuple[int, E]]:
    """Each entry with its place. The slice is decoded at once; only one with an entry that fails is taken apart."""
    try:
        return enumerate(decoder.decode(body))
    except (ValueError, RecursionError):
        return list(_each_entry(body, shape, refused))


def _each_entry(body: bytes, shape: type[E], refused: Refused) -> Iterator[tuple[int, E]]:
    for place, piece in enumerate(pieces(body)):
        try:
            yield place, msgspec.convert(decode_entry(piece), shape)
        except Unreadable as unreadable:
            refused[place] = (str(unreadable), None)


def _rejects(body: bytes, refused: Refused) -> list[Reject]:
    copies = pieces(body) if refused else []
    return [reject(reason, copies[place], remote_id) for place, (reason, remote_id) in sorted(refused.items())]


def _id_in(value: object) -> str | None:
    try:
        return remote_id(value, "")
    except Unreadable:
        return None
