"""An item as a Jellyfin server writes it: which fields it has, and which only when they are asked for; pure but for reading."""

from collections import Counter
from typing import Any, Final

import msgspec

from actors.demo.jellyfin_item import Item, View, digest
from actors.demo.jellyfin_library import JellyfinLibrary

Entry = dict[str, Any]

_NEVER_SERVED: Final = ("ViewId", "DateLastSaved", "StudioNames", "ArtistId", "BoxSetIds", "HasImage", "HasBackdrop", "More")
_USER_VIEWS: Final = ("livetv", "playlists")
_WHEN_ASKED: Final = ("DateCreated", "SortName", "OriginalTitle", "Overview", "Taglines", "Genres", "ProviderIds", "Path")
ALL_FIELDS: Final = frozenset(
    {
        *(name.lower() for name in _WHEN_ASKED),
        *("etag", "parentid", "studios", "tags", "people", "childcount", "recursiveitemcount", "mediasources"),
        *("primaryimageaspectratio", "datelastmediaadded"),
    }
)
"""Those that an item has when it is asked for alone, in lower case."""


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """For whom entries are written, and how much of them."""

    user: str | None
    """None: nobody in particular, as for an API key; then there is no watch state."""
    fields: frozenset[str] = frozenset()
    """The names in `Fields`, in lower case."""


def entry(library: JellyfinLibrary, item: Item, viewer: Viewer) -> Entry:
    """One item."""
    found: Entry = msgspec.to_builtins(item)
    for name in _NEVER_SERVED:
        found.pop(name, None)
    for name in _WHEN_ASKED:
        if name.lower() not in viewer.fields:
            found.pop(name, None)
    found |= {"ServerId": library.server_id, "ChannelId": None, "IsFolder": item.is_folder, "MediaType": item.media_type}
    found |= {"LocationType": item.location_type} | _images(item) | _music(item) | _channel(item)
    found |= _asked_for(library, item, viewer.fields)
    if viewer.user is not None:
        found["UserData"] = user_data(library, item, viewer.user)
    return found | item.more


def view_entry(library: JellyfinLibrary, view: View, viewer: Viewer) -> Entry:
    """A library of the home screen."""
    found: Entry = {"Name": view.name, "ServerId": library.server_id, "Id": view.id}
    if "etag" in viewer.fields:
        found["Etag"] = digest("etag", view.id, view.name)
    found |= {"ChannelId": None, "IsFolder": True, "ParentId": digest("root", library.server_id)}
    found["Type"] = "UserView" if view.collection_type in _USER_VIEWS else "CollectionFolder"
    if view.collection_type is not None:
        found["CollectionType"] = view.collection_type
    if viewer.user is not None:
        found["UserData"] = {"PlaybackPositionTicks": 0, "PlayCount": 0, "IsFavorite": False, "Played": False}
        found["UserData"] |= {"Key": view.id, "ItemId": view.id}
    tags = {"Primary": digest("image", view.id)}
    return found | {"ImageTags": tags, "BackdropImageTags": [], "LocationType": "FileSystem", "MediaType": "Unknown"}


def user_data(library: JellyfinLibrary, item: Item, user: str) -> Entry:
    """What a user made of an item; of a folder, what is left in it."""
    state = library.state(user, item.id)
    found: Entry = {"PlaybackPositionTicks": state.position_ticks, "PlayCount": state.play_count}
    found |= {"IsFavorite": state.is_favorite, "Played": state.is_played, "Key": _key(item), "ItemId": item.id}
    if state.last_played is not None:
        found["LastPlayedDate"] = state.last_played
    if state.position_ticks and item.run_time_ticks:
        found["PlayedPercentage"] = 100 * state.position_ticks / item.run_time_ticks
    if item.is_folder:
        found |= _left_over(library, item, user)
    return found


def _left_over(library: JellyfinLibrary, item: Item, user: str) -> Entry:
    there = library.children()[item.id]
    played: Counter[str] = library.remembered(("played", user), lambda: _played_below(library, user), of_watching=True)
    left = there - played[item.id]
    return {"UnplayedItemCount": left, "Played": there > 0 and left == 0}


def _played_below(library: JellyfinLibrary, user: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    for item_id, state in library.states(user).items():
        item = library.item(item_id) if state.is_played else None
        if item is not None and not item.is_folder:
            counted.update(parent for parent in item.parents if parent)
    return counted


def _key(item: Item) -> str:
    return item.provider_ids.get("Tvdb") or item.provider_ids.get("Tmdb") or item.id


def _images(item: Item) -> Entry:
    found: Entry = {"ImageTags": {"Primary": item.image_tag} if item.image_tag else {}, "ImageBlurHashes": {}}
    found["BackdropImageTags"] = [digest("backdrop", item.id)] if item.has_backdrop else []
    if item.series_id is not None:
        found |= {"SeriesPrimaryImageTag": digest("image", item.series_id), "ParentBackdropItemId": item.series_id}
        found["ParentBackdropImageTags"] = [digest("backdrop", item.series_id)]
    return found


def _music(item: Item) -> Entry:
    if item.type not in ("Audio", "MusicAlbum"):
        return {}
    found: Entry = {"ArtistItems": [{"Name": name, "Id": digest("MusicArtist", name)} for name in item.artists]}
    if item.album_artist is not None:
        found["AlbumArtists"] = [{"Name": item.album_artist, "Id": item.artist_id}]
    if item.album_id is not None:
        found["AlbumPrimaryImageTag"] = digest("image", item.album_id)
    return found


def _channel(item: Item) -> Entry:
    return {} if item.channel_number is None else {"Number": item.channel_number}


def _asked_for(library: JellyfinLibrary, item: Item, fields: frozenset[str]) -> Entry:
    """The fields that cost the server something and therefore come only when they are named."""
    found: Entry = {}
    if "etag" in fields:
        found["Etag"] = item.etag
    if "parentid" in fields:
        found["ParentId"] = item.parent if item.parent != item.view_id else digest("folder", item.view_id)
    if "genres" in fields:
        found |= {"Genres": list(item.genres), "GenreItems": _named("Genre", item.genres)}
    if "studios" in fields:
        found["Studios"] = _named("Studio", item.studio_names)
    if "providerids" in fields:
        found["ProviderIds"] = item.provider_ids
    if "datelastmediaadded" in fields and item.is_folder:
        found["DateLastMediaAdded"] = item.date_created
    if "mediasources" in fields and item.path is not None and not item.is_folder:
        found["MediaSources"] = [_media_source(item)]
    found |= {name: [] for name in ("Tags", "People", "Taglines") if name.lower() in fields and name not in found}
    found |= {"Taglines": list(item.taglines)} if "taglines" in fields else {}
    if "primaryimageaspectratio" in fields and item.has_image:
        found["PrimaryImageAspectRatio"] = 1.7777777777777777 if item.type == "Episode" else 0.6666666666666666
    if item.is_folder:
        found |= {"ChildCount": library.children()[f"({item.id})"]} if "childcount" in fields else {}
        found |= {"RecursiveItemCount": library.children()[item.id]} if "recursiveitemcount" in fields else {}
    return found


def _named(kind: str, names: tuple[str, ...]) -> list[Entry]:
    return [{"Name": name, "Id": digest(kind, name)} for name in names]


def _media_source(item: Item) -> Entry:
    return {
        "Protocol": "File",
        "Id": item.id,
        "Path": item.path,
        "Type": "Default",
        "Container": item.container,
        "Name": item.name,
        "IsRemote": False,
        "ETag": digest("media", item.id),
        "RunTimeTicks": item.run_time_ticks,
        "SupportsDirectPlay": True,
        "MediaStreams": [],
    }
