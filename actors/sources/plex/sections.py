"""A hub of the home listing becomes a home section with its items."""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from actors.sources.plex import rows
from actors.sources.plex.entry import HubEntry, MetadataEntry
from actors.sources.plex.hub_types import section_type
from actors.sources.rejects import reject
from actors.sources.texts import one_line
from actors.sources.values import Unreadable, optional_id, remote_id
from contracts import limits
from contracts.catalog import HomeSection, Item, ItemKind, Reject

_KINDS: Final = {kind.value: kind for kind in ItemKind if kind is not ItemKind.CHANNEL} | {
    "clip": ItemKind.VIDEO,
    "trailer": ItemKind.VIDEO,
    "photoalbum": ItemKind.FOLDER,
}
_PHOTO: Final = "photo"
_TOKEN: Final = re.compile(r"x-plex-token", re.IGNORECASE)


def section(entry: HubEntry) -> tuple[HomeSection, list[Reject]]:
    """The section, and a reject for each of its items that can be no row. Raises Unreadable when the hub has no identifier.

    A hub of which no item can be read has failed: its old rows are better than none. Single photos are left out, since no kind
    of ours is one.
    """
    if type(entry.hub) is not dict:
        raise Unreadable("hub: missing")
    identifier = remote_id(entry.hub.get("hubIdentifier"), "hubIdentifier")
    rejects: list[Reject] = []
    items = list(_items(entry.items, identifier, rejects))
    failure = one_line(entry.failure)[: limits.ERROR_TEXT_CHARS_MAX] or None
    if failure is None and rejects and not items:
        failure = f"none of its {len(rejects)} items can be read"
    return _section(entry, identifier, items, failure), rejects


def _section(entry: HubEntry, identifier: str, items: list[Item], failure: str | None) -> HomeSection:
    said = {key: one_line(entry.hub.get(key)) for key in ("title", "type", "context", "style")}
    size = entry.hub.get("size")
    return HomeSection(
        identifier,
        said["title"] or identifier,
        section_type(identifier, said["context"]),
        entry.position if type(entry.position) is int and entry.position >= 0 else 0,
        items,
        said["context"] or None,
        said["style"] or None,
        said["type"] or None,
        size if type(size) is int and 0 <= size <= limits.INTEGER_MAX else None,
        failure,
    )


def _items(entries: Any, identifier: str, rejects: list[Reject]) -> Iterator[Item]:
    seen: set[tuple[ItemKind, str]] = set()
    for piece in entries if type(entries) is list else ():
        entry = msgspec.convert(piece, MetadataEntry) if type(piece) is dict else MetadataEntry()
        try:
            found = _item(entry)
        except Unreadable as unreadable:
            reason = f"items of {identifier}: {unreadable}"
            rejects.append(reject(reason, _copy(piece), optional_id(entry.rating_key)))
            continue
        if found is not None and (found.kind, found.remote_id) not in seen:
            seen.add((found.kind, found.remote_id))
            yield found


def _item(entry: MetadataEntry) -> Item | None:
    """None for a single photo."""
    kind = _kind(entry)
    if kind is None:
        return None
    library = optional_id(entry.section_id)
    return rows.item(entry, _id(entry), kind, library if library != "0" else None)


def _kind(entry: MetadataEntry) -> ItemKind | None:
    """Of what the server calls by another name: what runs is a video, everything else holds something."""
    said = one_line(entry.type)
    if said in _KINDS:
        return _KINDS[said]
    if said == _PHOTO:
        return ItemKind.FOLDER if one_line(entry.key).endswith("/children") else None
    if entry.rating_key is None and entry.key is None:
        raise Unreadable("ratingKey: missing")
    return ItemKind.VIDEO if entry.duration else ItemKind.FOLDER


def _id(entry: MetadataEntry) -> str:
    """A genre or a person has no `ratingKey`; its `key` is a path that lists what belongs to it."""
    if entry.rating_key is not None or entry.key is None:
        return rows.rating_key(entry)
    key = remote_id(entry.key, "key")
    if _TOKEN.search(key):
        raise Unreadable("key: holds a token")
    return key


def _copy(piece: Any) -> bytes:
    try:
        return msgspec.json.encode(piece)
    except (ValueError, RecursionError, OverflowError):
        return b""
