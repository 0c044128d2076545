"""The `details` of an item: what a panel gave besides the columns, as a JSON object with its keys in a fixed order."""

from typing import Any, Final

import msgspec

from actors.sources.values import integer, yes
from actors.sources.xtream.entry import ItemEntry
from actors.sources.xtream.fields import moment
from actors.sources.xtream.texts import genres, images, label, names, one_text, text

_encode: Final = msgspec.json.Encoder().encode
_NO_ID: Final = frozenset({"0", "null", "None", "N/A", "n/A", "n/a"})
_USUAL_STREAM_TYPES: Final = ("live", "movie", "series", None, "")
"""What says no more than the listing itself; anything else, such as `radio_streams`, is kept."""


def channel_details(entry: ItemEntry) -> str:
    details: dict[str, Any] = {}
    if entry.tv_archive and yes(entry.tv_archive):
        details["tv_archive"] = True
        if (days := integer(entry.tv_archive_duration, "tv_archive_duration")) and days > 0:
            details["tv_archive_days"] = days
    if entry.epg_channel_id and (found := text(entry.epg_channel_id)):
        details["epg_channel_id"] = found
    _put_stream(details, entry)
    return _encode(details).decode() if details else "{}"


def film_details(entry: ItemEntry, release_date: str, added_at: int | None) -> str:
    """Of a film or a series. Spelled out rather than looped over: it runs for every row."""
    details: dict[str, Any] = {}
    if (plot := entry.plot or entry.description) and (found := text(plot)):
        details["plot"] = found
    if entry.genre and (listed := genres(entry.genre)):
        details["genre"] = listed
    if (cast := entry.cast or entry.actors) and (listed := names(cast)):
        details["cast"] = listed
    if entry.director and (listed := names(entry.director)):
        details["director"] = listed
    if release_date:
        details["release_date"] = release_date
    _put_more(details, entry)
    _put_stream(details, entry)
    if entry.last_modified and (changed_at := moment(entry.last_modified, "last_modified")) and changed_at != added_at:
        details["last_modified"] = changed_at
    return _encode(details).decode()


def _put_more(details: dict[str, Any], entry: ItemEntry) -> None:
    if (tmdb := entry.tmdb or entry.tmdb_id) and (found := text(tmdb)) and found not in _NO_ID:
        details["tmdb"] = found
    if (imdb := entry.imdb or entry.imdb_id) and (found := text(imdb)) and found not in _NO_ID:
        details["imdb"] = found
    if entry.o_name and (found := text(entry.o_name)):
        details["original_title"] = found
    if (trailer := entry.youtube_trailer or entry.trailer) and (found := one_text(trailer)):
        details["trailer"] = found
    if entry.backdrop_path and (listed := images(entry.backdrop_path)):
        details["backdrops"] = listed
    if entry.country and (found := label(entry.country)):
        details["country"] = found
    if entry.age and (found := label(entry.age)):
        details["age"] = found
    if entry.mpaa_rating and (found := label(entry.mpaa_rating)):
        details["mpaa"] = found


def _put_stream(details: dict[str, Any], entry: ItemEntry) -> None:
    if entry.container_extension and (found := label(entry.container_extension)):
        details["container_extension"] = found
    if entry.custom_sid and (found := text(entry.custom_sid)):
        details["custom_sid"] = found
    if entry.stream_type not in _USUAL_STREAM_TYPES and (found := label(entry.stream_type)):
        details["stream_type"] = found
