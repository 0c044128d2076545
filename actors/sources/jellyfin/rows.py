"""An entry of a listing or of a home section becomes a row."""

from typing import Any, Final

from actors.sources import values
from actors.sources.folding import fold
from actors.sources.hashing import row_hash
from actors.sources.jellyfin import fields
from actors.sources.jellyfin.details import channel_number, details
from actors.sources.jellyfin.entry import Entry
from actors.sources.jellyfin.images import primary
from actors.sources.jellyfin.kinds import KINDS, contents
from actors.sources.texts import one_line
from actors.sources.values import Unreadable
from contracts import limits
from contracts.catalog import Item, ItemKind, Library

_OF_A_SHOW: Final = (ItemKind.SEASON, ItemKind.EPISODE)
_NUMBERED_WITHIN: Final = (ItemKind.EPISODE, ItemKind.TRACK)
_LENGTHLESS: Final = (ItemKind.ARTIST, ItemKind.SEASON, ItemKind.FOLDER, ItemKind.COLLECTION, ItemKind.PLAYLIST)
"""What cannot be played in one go; an artist's length is that of all the tracks there are."""
_TYPE_CHARS_MAX: Final = 64


def library(entry: Entry, position: int) -> Library:
    """A view of the user. Raises Unreadable."""
    remote_id = fields.item_id(entry.id)
    collection_type, view_type = _word(entry.collection_type), _word(entry.type)
    library_type, kinds = contents(collection_type, view_type)
    return Library(remote_id, title(entry, remote_id), library_type, position, list(kinds))


def is_virtual(entry: Entry) -> bool:
    """Whether it is known to exist and not there: a missing or unaired episode."""
    return _word(entry.location_type) == "virtual"


def is_foreign(entry: Entry) -> bool:
    """Whether it is of a type that no row is made of, such as a photo or a book."""
    return type(entry.type) is str and _word(entry.type) not in KINDS


def kind_of(entry: Entry) -> ItemKind:
    """Raises Unreadable when it names no type."""
    kind = KINDS.get(_word(entry.type))
    if kind is None:
        raise Unreadable(
            "Type: missing" if entry.type is None else f"Type: {one_line(entry.type)[:_TYPE_CHARS_MAX]!r} is no kind"
        )
    return kind


def listed_item(entry: Entry, kind: ItemKind, library_id: str | None) -> Item:
    """A row of a listing that was asked for one kind; one that names no type is taken as that. Raises Unreadable."""
    if entry.type is not None and kind_of(entry) is not kind:
        raise Unreadable(f"Type: {one_line(entry.type)[:_TYPE_CHARS_MAX]!r} in a listing of the kind {kind.value}")
    return item(entry, kind, library_id)


def item(entry: Entry, kind: ItemKind, library_id: str | None) -> Item:
    """Raises Unreadable."""
    remote_id = fields.item_id(entry.id)
    name = title(entry, remote_id)
    year = fields.year(entry.production_year, entry.premiere_date)
    rating = None if entry.community_rating is None else fields.rating(entry.community_rating)
    length = None if entry.run_time_ticks is None or kind in _LENGTHLESS else fields.seconds(entry.run_time_ticks, "RunTimeTicks")
    added_at, image, parent = fields.moment(entry.date_created), primary(entry, remote_id), _parent(entry, kind)
    index = _index(entry, kind)
    parent_index = fields.number(entry.parent_index_number, "ParentIndexNumber") if kind in _NUMBERED_WITHIN else None
    count, offset_s, viewed_at = _viewed(entry.user_data)
    more = details(entry, kind, remote_id)
    content = (
        name, year, rating, length, added_at, image, library_id, parent, index, parent_index, more, count, offset_s, viewed_at,
    )  # fmt: skip
    return Item(
        remote_id, kind, row_hash(content), name, fold(name), year, rating, length, added_at, False, image, library_id,
        parent, index, [], more, parent_index, count, offset_s, viewed_at, _change_token(entry.etag),
    )  # fmt: skip


def title(entry: Entry, remote_id: str) -> str:
    return one_line(entry.name) or f"Untitled {remote_id}"


def _parent(entry: Entry, kind: ItemKind) -> str | None:
    if kind in _OF_A_SHOW:
        return fields.other_id(entry.series_id)
    if kind is ItemKind.TRACK:
        return fields.other_id(entry.album_id)
    if kind is ItemKind.ALBUM and type(entry.album_artists) is list:
        ids = (fields.other_id(artist.get("Id")) for artist in entry.album_artists if type(artist) is dict)
        return next(filter(None, ids), None)
    return None


def _index(entry: Entry, kind: ItemKind) -> int | None:
    if kind is not ItemKind.CHANNEL:
        return None if entry.index_number is None else fields.number(entry.index_number, "IndexNumber")
    said = one_line(channel_number(entry))
    return fields.number(said, "ChannelNumber") if said.isdecimal() and said.isascii() else None


def _viewed(user_data: Any) -> tuple[int | None, int | None, int | None]:
    """How often it was seen to its end, where the user stopped in seconds, and when; nothing without the user's data.

    The server counts a play when it begins. What it does not call played was not seen to its end, however often it was begun;
    what it calls played was, though it may have no count and no date.
    """
    if type(user_data) is not dict:
        return None, None, None
    count = max(values.integer(user_data.get("PlayCount"), "PlayCount") or 0, 0)
    played = user_data.get("Played")
    if played is not None:
        count = max(count, 1) if values.yes(played) else 0
    offset_s = fields.seconds(user_data.get("PlaybackPositionTicks"), "PlaybackPositionTicks")
    return count, offset_s, fields.moment(user_data.get("LastPlayedDate"))


def _change_token(etag: Any) -> str | None:
    token = one_line(etag)
    return token if token and len(token) <= limits.REMOTE_ID_CHARS_MAX else None


def _word(value: Any) -> str:
    return value.strip().lower() if type(value) is str else ""
