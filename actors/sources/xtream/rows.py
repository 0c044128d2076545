"""An entry of a listing becomes a row of the catalogue."""

from typing import Final

from actors.sources import values
from actors.sources.folding import fold
from actors.sources.hashing import row_hash
from actors.sources.xtream import fields, texts
from actors.sources.xtream.details import channel_details, film_details
from actors.sources.xtream.entry import CategoryEntry, ItemEntry
from contracts.catalog import Category, Item, ItemKind

_SHOW: Final = ItemKind.SHOW
"""Looking a member up in its class takes as long as reading a field."""
_NO: Final = ("0", 0, None)
"""What `is_adult` nearly always is."""


def category(entry: CategoryEntry, kind: ItemKind, position: int) -> Category:
    """Raises Unreadable."""
    remote_id = values.remote_id(entry.category_id, "category_id")
    title = texts.title(entry.category_name) or _untitled(remote_id)
    parent = fields.category_id(entry.parent_id)
    return Category(remote_id, kind, row_hash((title, parent)), title, fold(title), parent, position)


def channel(entry: ItemEntry, kind: ItemKind, category_ids: list[str]) -> Item:
    """Raises Unreadable."""
    remote_id = values.remote_id(entry.stream_id, "stream_id")
    title = texts.title(entry.name) or texts.title(entry.title) or _untitled(remote_id)
    added_at = fields.moment(entry.added, "added")
    is_adult = entry.is_adult not in _NO and values.yes(entry.is_adult)
    image = texts.image(entry.stream_icon)
    details = channel_details(entry)
    content_hash = row_hash((title, added_at, is_adult, image, category_ids, details))
    return Item(
        remote_id, kind, content_hash, title, fold(title), None, None, None, added_at, is_adult, image, "channels",
        None, None, category_ids, details,
    )  # fmt: skip


def film(entry: ItemEntry, kind: ItemKind, category_ids: list[str]) -> Item:
    """A film, or a series when the kind says so. Raises Unreadable."""
    is_show = kind is _SHOW
    remote_id = values.remote_id(entry.series_id, "series_id") if is_show else values.remote_id(entry.stream_id, "stream_id")
    title = texts.title(entry.name) or texts.title(entry.title) or _untitled(remote_id)
    released, release_year = _released(entry)
    year = (entry.year and fields.year(entry.year)) or release_year or fields.year_in_title(title)
    rating = fields.rating(entry.rating, entry.rating_5based)
    duration_s = _duration_s(entry) if entry.episode_run_time or entry.duration_secs or entry.duration else None
    added_at = fields.moment(entry.added, "added") or fields.moment(entry.last_modified, "last_modified")
    is_adult = entry.is_adult not in _NO and values.yes(entry.is_adult)
    image = texts.image(entry.stream_icon) or texts.image(entry.cover) or texts.image(entry.movie_image)
    details = film_details(entry, released, added_at)
    content_hash = row_hash((title, year, rating, duration_s, added_at, is_adult, image, category_ids, details))
    return Item(
        remote_id, kind, content_hash, title, fold(title), year, rating, duration_s, added_at, is_adult, image,
        "series" if is_show else "movies", None, None, category_ids, details,
    )  # fmt: skip


def _released(entry: ItemEntry) -> tuple[str, int | None]:
    """The date as it is given, and the year in it; the first of three spellings that says something."""
    for value in (entry.release_date, entry.releaseDate, entry.releasedate):
        if value and (found := texts.text(value)):
            return found, fields.year(found)
    return "", None


def _duration_s(entry: ItemEntry) -> int | None:
    return fields.duration_s(entry.duration_secs, entry.episode_run_time, entry.duration)


def _untitled(remote_id: str) -> str:
    return f"Untitled {remote_id}"
