"""The `details` of an item: what a panel gave besides the columns, as a JSON object with its keys in a fixed order."""

from typing import Any, Final

import msgspec

from actors.sources.xtream.entry import ItemEntry
from actors.sources.xtream.fields import integer, moment, yes
from actors.sources.xtream.texts import genres, images, names, one_text, text
from contracts.catalog import ItemKind

_encode: Final = msgspec.json.Encoder().encode
_NO_TMDB_ID: Final = frozenset({"0", "null", "None", "N/A", "n/A", "n/a"})
_USUAL_STREAM_TYPES: Final = {
    ItemKind.CHANNEL: frozenset({"live"}),
    ItemKind.MOVIE: frozenset({"movie"}),
    ItemKind.SHOW: frozenset({"series"}),
}


def channel_details(entry: ItemEntry) -> str:
    details: dict[str, Any] = {}
    if yes(entry.tv_archive):
        details["tv_archive"] = True
        if (days := integer(entry.tv_archive_duration, "tv_archive_duration")) and days > 0:
            details["tv_archive_days"] = days
    if entry.epg_channel_id:
        _put(details, "epg_channel_id", text(entry.epg_channel_id))
    _put_stream(details, entry, ItemKind.CHANNEL)
    return _encode(details).decode() if details else "{}"


def film_details(entry: ItemEntry, kind: ItemKind, release_date: str | None, added_at: int | None) -> str:
    """Of a film or a series."""
    details: dict[str, Any] = {}
    if plot := entry.plot or entry.description:
        _put(details, "plot", text(plot))
    if entry.genre:
        _put(details, "genre", genres(entry.genre))
    if cast := entry.cast or entry.actors:
        _put(details, "cast", names(cast))
    if entry.director:
        _put(details, "director", names(entry.director))
    if entry.country:
        _put(details, "country", text(entry.country))
    _put(details, "release_date", release_date)
    _put_more(details, entry)
    _put_stream(details, entry, kind)
    if entry.last_modified and (changed_at := moment(entry.last_modified, "last_modified")) != added_at:
        _put(details, "last_modified", changed_at)
    return _encode(details).decode()


def _put_more(details: dict[str, Any], entry: ItemEntry) -> None:
    if original := entry.o_name or entry.original_name:
        _put(details, "original_title", text(original))
    if entry.backdrop_path:
        _put(details, "backdrops", images(entry.backdrop_path))
    if trailer := entry.youtube_trailer or entry.trailer:
        _put(details, "trailer", one_text(trailer))
    if (tmdb := entry.tmdb or entry.tmdb_id) and (found := text(tmdb)) not in _NO_TMDB_ID:
        _put(details, "tmdb", found)
    if (imdb := entry.imdb or entry.imdb_id) and (found := text(imdb)) not in _NO_TMDB_ID:
        _put(details, "imdb", found)
    if entry.age:
        _put(details, "age", text(entry.age))
    if entry.mpaa_rating:
        _put(details, "mpaa", text(entry.mpaa_rating))


def _put_stream(details: dict[str, Any], entry: ItemEntry, kind: ItemKind) -> None:
    if entry.container_extension:
        _put(details, "container_extension", text(entry.container_extension))
    if entry.custom_sid:
        _put(details, "custom_sid", text(entry.custom_sid))
    if (stream_type := entry.stream_type) and (found := text(stream_type)) not in _USUAL_STREAM_TYPES[kind]:
        _put(details, "stream_type", found)


def _put(details: dict[str, Any], key: str, value: Any) -> None:
    if value:
        details[key] = value
