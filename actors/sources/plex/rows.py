"""An entry of an answer becomes a row of the catalogue."""

from typing import Any, Final

from actors.sources.folding import fold
from actors.sources.hashing import row_hash
from actors.sources.plex.details import details, released_on
from actors.sources.plex.entry import MetadataEntry
from actors.sources.plex.pictures import picture
from actors.sources.texts import one_line, scalar
from actors.sources.values import fraction, integer, optional_id, remote_id
from contracts.catalog import Item, ItemKind

_YEARS: Final = range(1870, 2101)
_MS_PER_S: Final = 1_000
_CHANGE_TOKEN_CHARS_MAX: Final = 64
_SEASON, _EPISODE, _ALBUM, _TRACK = ItemKind.SEASON, ItemKind.EPISODE, ItemKind.ALBUM, ItemKind.TRACK
"""Looking a member up in its class takes as long as reading a field."""
_PLAYABLE: Final = frozenset({ItemKind.MOVIE, ItemKind.EPISODE, ItemKind.TRACK, ItemKind.VIDEO})


def item(entry: MetadataEntry, item_id: str, kind: ItemKind, library: str | None) -> Item:
    """Raises Unreadable, naming the field."""
    title = one_line(entry.title) or f"Untitled {item_id}"
    released = released_on(entry.originally_available_at)
    year = _year(entry.year, released)
    rating = _rating(entry.audience_rating, "audienceRating")
    if rating is None:
        rating = _rating(entry.rating, "rating")
    duration_s = _seconds(entry.duration, "duration")
    added_at = integer(entry.added_at, "addedAt") or None
    image = _image(entry)
    parent, index_number, parent_index = _place(entry, kind)
    view_count, view_offset_s = _seen(entry) if kind in _PLAYABLE else (None, None)
    last_viewed_at = integer(entry.last_viewed_at, "lastViewedAt") or None
    rest = details(entry, kind, released)
    content_hash = row_hash((
        title, year, rating, duration_s, added_at, image, library, parent, index_number, parent_index,
        view_count, view_offset_s, last_viewed_at, rest,
    ))  # fmt: skip
    return Item(
        item_id, kind, content_hash, title, fold(title), year, rating, duration_s, added_at, False, image, library,
        parent, index_number, [], rest, parent_index, view_count, view_offset_s, last_viewed_at, _change_token(entry),
    )  # fmt: skip


def rating_key(entry: MetadataEntry) -> str:
    """Raises Unreadable when it has none."""
    return remote_id(entry.rating_key, "ratingKey")


def _year(value: Any, released: str) -> int | None:
    """The year that is given, or that of the release."""
    year = integer(value, "year")
    if year is None and released:
        year = int(released[:4])
    return year if year in _YEARS else None


def _rating(value: Any, field: str) -> float | None:
    found = fraction(value, field)
    return found if found is not None and 0 <= found <= 10 else None


def _seconds(value: Any, field: str) -> int | None:
    """From milliseconds; a second at least, since nothing that is there has no length."""
    found = integer(value, field)
    return max(found // _MS_PER_S, 1) if found is not None and found > 0 else None


def _image(entry: MetadataEntry) -> str | None:
    for value in (entry.thumb, entry.composite, entry.parent_thumb, entry.grandparent_thumb):
        if value and (found := picture(value)):
            return found
    return None


def _place(entry: MetadataEntry, kind: ItemKind) -> tuple[str | None, int | None, int | None]:
    """(parent, number in it, number of the season or disc). An episode hangs on its show, as its season does.

    A season's `parentIndex` and the `index` of what hangs on nothing number nothing.
    """
    if kind is _EPISODE:
        parent = optional_id(entry.grandparent_rating_key)
        return parent, integer(entry.index, "index"), integer(entry.parent_index, "parentIndex")
    if kind is _TRACK:
        return optional_id(entry.parent_rating_key), integer(entry.index, "index"), integer(entry.parent_index, "parentIndex")
    if kind is _SEASON:
        return optional_id(entry.parent_rating_key), integer(entry.index, "index"), None
    return (optional_id(entry.parent_rating_key) if kind is _ALBUM else None), None, None


def _seen(entry: MetadataEntry) -> tuple[int, int | None]:
    """How often it was seen, and where the user stopped.

    What was never seen has no `viewCount`. What was marked as seen may have none either, but it has the time of it and no
    place where it was left.
    """
    offset_s = _seconds(entry.view_offset, "viewOffset")
    count = integer(entry.view_count, "viewCount")
    if count is None:
        count = 1 if entry.last_viewed_at and offset_s is None else 0
    return max(count, 0), offset_s


def _change_token(entry: MetadataEntry) -> str | None:
    """When the server last changed the entry, in its own words; some entries have only the time they came."""
    value = entry.updated_at if entry.updated_at is not None else entry.added_at
    token = value if type(value) is str else scalar(value)
    return token if token and len(token) <= _CHANGE_TOKEN_CHARS_MAX and token.isprintable() else None
