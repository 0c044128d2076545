"""A slice of a listing becomes rows and rejects, each entry in exactly one place."""

from collections.abc import Collection
from typing import Final

import msgspec

from actors.sources.answer import Read
from actors.sources.hashing import salt_of
from actors.sources.jellyfin import rows
from actors.sources.jellyfin.entry import Entry
from actors.sources.jellyfin.fields import other_id
from actors.sources.jellyfin.read_home import read_home
from actors.sources.jellyfin.steps import HOME, LIBRARIES, listing
from actors.sources.reading import Refused, entries, rejects
from actors.sources.values import Unreadable
from contracts.catalog import Item, ItemKind, Library, SourceKind

READER_VERSION: Final = 1
"""Raised whenever the same bytes become other rows."""
USES_DIGESTS: Final = False
"""What a user watches changes rows of every slice, and a home section's stubs those of any."""

_ENTRIES: Final = msgspec.json.Decoder(list[Entry])


def digest_salt(denied_category_ids: Collection[str]) -> bytes:
    """The reader's version, in 32 bytes; there is no category filter."""
    return salt_of(SourceKind.JELLYFIN, READER_VERSION, denied_category_ids)


def read(step: str, body: bytes, denied_category_ids: Collection[str]) -> Read:
    """The rows of a JSON array of whole entries, in its order.

    Of a listing, rows, rejects and excluded are as many as it has entries; excluded is what the server lists and does not have.
    Raises UnexpectedAnswer when the body is no JSON array, and BadRequest when the step has no rows.
    """
    if step == HOME:
        return read_home(body)
    if step == LIBRARIES:
        return _read_libraries(body)
    _, plural, library_id = listing(step)
    return _read_items(plural.kind, library_id, body)


def _read_libraries(body: bytes) -> Read:
    libraries: list[Library] = []
    refused: Refused = {}
    for place, entry in entries(body, _ENTRIES, Entry, refused):
        try:
            libraries.append(rows.library(entry, place))
        except Unreadable as unreadable:
            refused[place] = (str(unreadable), other_id(entry.id))
    return Read(libraries=libraries, rejects=rejects(body, refused))


def _read_items(kind: ItemKind, library_id: str, body: bytes) -> Read:
    items: list[Item] = []
    refused: Refused = {}
    excluded = 0
    for place, entry in entries(body, _ENTRIES, Entry, refused):
        if rows.is_virtual(entry):
            excluded += 1
            continue
        try:
            items.append(rows.listed_item(entry, kind, library_id))
        except Unreadable as unreadable:
            refused[place] = (str(unreadable), other_id(entry.id))
    return Read(items=items, rejects=rejects(body, refused), excluded=excluded)
