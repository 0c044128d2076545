"""A slice of a Plex listing becomes rows and rejects."""

import re
from collections.abc import Collection
from typing import Final

import msgspec

from actors.sources.answer import Read
from actors.sources.hashing import salt_of
from actors.sources.plex import rows
from actors.sources.plex.entry import HubEntry, MetadataEntry, SectionEntry
from actors.sources.plex.sections import section
from actors.sources.plex.steps import HOME, LIBRARIES, Listing, listing
from actors.sources.reading import Refused, entries, rejects
from actors.sources.texts import one_line, scalar
from actors.sources.values import Unreadable, optional_id
from contracts.catalog import HomeSection, Item, ItemKind, Library, Reject, SourceKind

READER_VERSION: Final = 1
"""Raised whenever the same bytes become other rows."""
USES_DIGESTS: Final = False
"""Watch state changes rows without their listing's doing, and hubs fill in what no library has given: every slice is read."""

_METADATA: Final = msgspec.json.Decoder(list[MetadataEntry])
_SECTIONS: Final = msgspec.json.Decoder(list[SectionEntry])
_HUBS: Final = msgspec.json.Decoder(list[HubEntry])
_SECTION_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LIBRARY_TYPES: Final = {
    "movie": ("movies", [ItemKind.MOVIE]),
    "show": ("shows", [ItemKind.SHOW, ItemKind.SEASON, ItemKind.EPISODE]),
    "artist": ("music", [ItemKind.ARTIST, ItemKind.ALBUM, ItemKind.TRACK]),
    "photo": ("photos", []),
}


def digest_salt(denied_category_ids: Collection[str]) -> bytes:
    """The reader's version and the category filter, in 32 bytes."""
    return salt_of(SourceKind.PLEX, READER_VERSION, denied_category_ids)


def read(step: str, body: bytes, denied_category_ids: Collection[str]) -> Read:
    """The rows of a JSON array of whole entries, in its order, each entry a row or a reject.

    An item inside a hub that cannot be read is a reject of its own, and the hub keeps the others. There are no categories to
    deny. Raises UnexpectedAnswer when the body is no JSON array, and BadRequest when the step has no rows.
    """
    if step == HOME:
        return _read_home(body)
    if step == LIBRARIES:
        return _read_libraries(body)
    return _read_items(listing(step), body)


def _read_items(listing: Listing, body: bytes) -> Read:
    items: list[Item] = []
    refused: Refused = {}
    kind, library, type_name = listing.kind, listing.section_id, listing.kind.value
    for place, entry in entries(body, _METADATA, MetadataEntry, refused):
        try:
            if entry.type != type_name:
                raise Unreadable(f"type: {_quoted(entry.type)} in a listing of {type_name}s")
            items.append(rows.item(entry, rows.rating_key(entry), kind, library))
        except Unreadable as unreadable:
            refused[place] = (str(unreadable), optional_id(entry.rating_key))
    return Read(items=items, rejects=rejects(body, refused))


def _quoted(said: object) -> str:
    return repr(one_line(said)[:32]) if one_line(said) else "missing"


def _read_libraries(body: bytes) -> Read:
    libraries: list[Library] = []
    refused: Refused = {}
    for place, entry in entries(body, _SECTIONS, SectionEntry, refused):
        try:
            libraries.append(_library(entry, place))
        except Unreadable as unreadable:
            refused[place] = (str(unreadable), optional_id(entry.key))
    return Read(libraries=libraries, rejects=rejects(body, refused))


def _library(entry: SectionEntry, position: int) -> Library:
    """Raises Unreadable. Some servers give the library's id as its path."""
    section_id = one_line(entry.key).rstrip("/").rpartition("/")[2]
    if not _SECTION_ID.fullmatch(section_id):
        raise Unreadable("key: missing" if entry.key is None else "key: not the id of a library")
    said = one_line(entry.type)
    if not said:
        raise Unreadable("type: missing")
    library_type, kinds = _LIBRARY_TYPES.get(said, (said, []))
    mark = entry.content_changed_at if type(entry.content_changed_at) is str else scalar(entry.content_changed_at)
    title = one_line(entry.title) or f"Library {section_id}"
    return Library(section_id, title, library_type, position, list(kinds), one_line(mark) or None)


def _read_home(body: bytes) -> Read:
    sections: list[HomeSection] = []
    inside: list[Reject] = []
    refused: Refused = {}
    for place, entry in entries(body, _HUBS, HubEntry, refused):
        try:
            found, unreadable_items = section(entry)
        except Unreadable as unreadable:
            refused[place] = (str(unreadable), None)
        else:
            sections.append(found)
            inside += unreadable_items
    return Read(sections=sections, rejects=rejects(body, refused) + inside)
