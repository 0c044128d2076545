"""The `details` of an item: what the server gave besides the columns, as a JSON object with its keys in a fixed order."""

from typing import Any, Final

import msgspec

from actors.sources import values
from actors.sources.jellyfin.entry import Entry
from actors.sources.jellyfin.fields import day, number
from actors.sources.jellyfin.images import backdrop
from actors.sources.texts import one_line, paragraphs
from contracts.catalog import ItemKind

_encode: Final = msgspec.json.Encoder().encode
_LISTED_MAX: Final = 64
"""Genres or ids of one item."""
_ID_CHARS_MAX: Final = 256
_OWN_MUSIC_IDS: Final = {
    ItemKind.ARTIST: ("musicbrainzartist", "audiodbartist"),
    ItemKind.ALBUM: ("musicbrainzalbum", "musicbrainzreleasegroup", "audiodbalbum"),
    ItemKind.TRACK: ("musicbrainztrack", "musicbrainzrecording"),
}
_MUSIC: Final = ("musicbrainz", "audiodb")
_OF_SOMETHING_ELSE: Final = frozenset({"tmdbcollection"})


def details(entry: Entry, kind: ItemKind, remote_id: str) -> str:
    """Raises Unreadable."""
    found: dict[str, Any] = {}
    if entry.provider_ids and (ids := external_ids(entry.provider_ids, kind)):
        found["external_ids"] = ids
    if entry.overview and (plot := paragraphs(entry.overview)):
        found["plot"] = plot
    if entry.genres and (genres := _names(entry.genres)):
        found["genres"] = genres
    if entry.studios and (studios := _names(entry.studios)):
        found["studio"] = studios[0]
    if entry.official_rating and (rating := one_line(entry.official_rating)):
        found["content_rating"] = rating
    _put_release(found, entry)
    if entry.backdrop_image_tags and (path := backdrop(entry, remote_id)):
        found["backdrop"] = path
    _put_of_kind(found, entry, kind)
    if type(entry.user_data) is dict and values.yes(entry.user_data.get("IsFavorite")):
        found["favorite"] = True
    return _encode(found).decode() if found else "{}"


def _put_release(found: dict[str, Any], entry: Entry) -> None:
    if entry.taglines and (taglines := _names(entry.taglines)):
        found["tagline"] = taglines[0]
    if entry.original_title and (title := one_line(entry.original_title)):
        found["original_title"] = title
    if entry.premiere_date and (released := day(entry.premiere_date)):
        found["released"] = released


def _put_of_kind(found: dict[str, Any], entry: Entry, kind: ItemKind) -> None:
    """What an item of its kind is a part of, for people who see it alone."""
    texts = {
        "show": entry.series_name if kind in (ItemKind.SEASON, ItemKind.EPISODE) else None,
        "season": entry.season_name if kind is ItemKind.EPISODE else None,
        "artist": entry.album_artist if kind in (ItemKind.ALBUM, ItemKind.TRACK) else None,
        "album": entry.album if kind is ItemKind.TRACK else None,
        "status": entry.status if kind is ItemKind.SHOW else None,
        "number": _odd_number(entry) if kind is ItemKind.CHANNEL else None,
        "channel_type": entry.channel_type if kind is ItemKind.CHANNEL else None,
    }
    found |= {key: text for key, value in texts.items() if value and (text := one_line(value))}
    if entry.index_number_end is not None and (end := number(entry.index_number_end, "IndexNumberEnd")) is not None:
        found["index_number_end"] = end


def channel_number(entry: Entry) -> Any:
    """The number of a channel as the server writes it, under the newer of its two names or the older."""
    return entry.channel_number if entry.channel_number not in (None, "") else entry.number


def _odd_number(entry: Entry) -> Any:
    """A channel's number that is no whole one, such as `5.1`."""
    said = channel_number(entry)
    return None if one_line(said).isdecimal() else said


def external_ids(provider_ids: Any, kind: ItemKind) -> dict[str, str]:
    """Ids by provider in lower case, only those of the item itself, `mbid` being MusicBrainz' of what it is.

    A film's collection and a track's artist have ids there too, which many items share: they would be taken for one title.
    """
    if type(provider_ids) is not dict:
        return {}
    own = _OWN_MUSIC_IDS.get(kind, ())
    found: dict[str, str] = {}
    for provider, value in list(provider_ids.items())[:_LISTED_MAX]:
        key, text = provider.strip().lower(), one_line(value)
        if text and key and len(text) <= _ID_CHARS_MAX and key not in _OF_SOMETHING_ELSE and not _is_another(key, own):
            found.setdefault(key, text)
    if own and own[0] in found:
        found["mbid"] = found[own[0]]
    return found


def _is_another(key: str, own: tuple[str, ...]) -> bool:
    return key.startswith(_MUSIC) and key not in own


def _names(value: Any) -> list[str]:
    """Texts from a list of texts or of objects with a `Name`, each once, or from one text."""
    listed = value[:_LISTED_MAX] if type(value) is list else [value]
    names = (one_line(part.get("Name") if type(part) is dict else part) for part in listed)
    return list(dict.fromkeys(name for name in names if name))
