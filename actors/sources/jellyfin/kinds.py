"""Which of Jellyfin's types are which kind of item, and what the libraries of each collection type hold."""

from typing import Final

from contracts.catalog import ItemKind

KINDS: Final[dict[str, ItemKind]] = {
    "movie": ItemKind.MOVIE,
    "video": ItemKind.MOVIE,
    "musicvideo": ItemKind.MOVIE,
    "series": ItemKind.SHOW,
    "season": ItemKind.SEASON,
    "episode": ItemKind.EPISODE,
    "musicartist": ItemKind.ARTIST,
    "musicalbum": ItemKind.ALBUM,
    "audio": ItemKind.TRACK,
    "tvchannel": ItemKind.CHANNEL,
    "livetvchannel": ItemKind.CHANNEL,
    "trailer": ItemKind.VIDEO,
    "recording": ItemKind.VIDEO,
    "boxset": ItemKind.COLLECTION,
    "playlist": ItemKind.PLAYLIST,
    "collectionfolder": ItemKind.FOLDER,
    "userview": ItemKind.FOLDER,
    "folder": ItemKind.FOLDER,
    "aggregatefolder": ItemKind.FOLDER,
    "userrootfolder": ItemKind.FOLDER,
    "manualplaylistsfolder": ItemKind.FOLDER,
    "playlistsfolder": ItemKind.FOLDER,
    "photoalbum": ItemKind.FOLDER,
    "channel": ItemKind.FOLDER,
    "channelfolderitem": ItemKind.FOLDER,
}
"""By type in lower case. A home video and a music video are films on the home page too, since their libraries list them so:
under another kind they would be other items, which no library ever fills."""

_SHOWS: Final = (ItemKind.SHOW, ItemKind.SEASON, ItemKind.EPISODE)
_MIXED: Final = ("mixed", (ItemKind.MOVIE, *_SHOWS))
_CONTENTS: Final[dict[str, tuple[str, tuple[ItemKind, ...]]]] = {
    "movies": ("movies", (ItemKind.MOVIE,)),
    "tvshows": ("shows", _SHOWS),
    "music": ("music", (ItemKind.ARTIST, ItemKind.ALBUM, ItemKind.TRACK)),
    "homevideos": ("videos", (ItemKind.MOVIE,)),
    "musicvideos": ("videos", (ItemKind.MOVIE,)),
    "livetv": ("channels", (ItemKind.CHANNEL,)),
    "": _MIXED,
    "mixed": _MIXED,
    "folders": _MIXED,
    "unknown": _MIXED,
}
_LIBRARY_TYPES: Final = frozenset({"", "collectionfolder", "userview", "folder"})
"""Types of a view that may hold files; others are a plug-in's channel, or the folder of playlists."""


def contents(collection_type: str, view_type: str) -> tuple[str, tuple[ItemKind, ...]]:
    """Our word for a library and what is listed of it, from its two words in lower case.

    What holds nothing that we list (box sets, playlists, books, photos, a plug-in's channel) keeps the server's own word.
    """
    if not collection_type and view_type not in _LIBRARY_TYPES:
        return view_type, ()
    return _CONTENTS.get(collection_type, (collection_type, ()))
