"""One item of a stand-in Plex server as it is served in `Metadata`; pure."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

Item = dict[str, Any]

TYPE_NUMBERS: Final = {"movie": 1, "show": 2, "season": 3, "episode": 4, "artist": 8, "album": 9, "track": 10, "collection": 18}
LEVELS: Final[Mapping[str, tuple[str, ...]]] = {
    "movie": ("movie",),
    "show": ("show", "season", "episode"),
    "artist": ("artist", "album", "track"),
    "photo": (),
}
"""What a library of a type holds, from the top down."""
PLAYABLE: Final = frozenset({"movie", "episode", "track"})
PLURALS: Final = {
    "movie": "movies",
    "show": "shows",
    "season": "seasons",
    "episode": "episodes",
    "artist": "artists",
    "album": "albums",
    "track": "tracks",
    "collection": "collections",
}


def plex_item(key: int, kind: str, title: str, above: Item | None, section: str, **fields: Any) -> Item:
    """An item with what every item has; `above` is the item it belongs to. A field that is None is left out."""
    added_at = fields.get("addedAt", 0)
    updated_at = fields.get("updatedAt") or added_at
    item = {
        "ratingKey": str(key),
        "key": f"/library/metadata/{key}" + ("" if kind in PLAYABLE else "/children"),
        "guid": plex_guid(kind, key),
        "type": kind,
        "title": title,
        "summary": "",
        "thumb": f"/library/metadata/{key}/thumb/{updated_at}",
        "addedAt": added_at,
        "updatedAt": added_at,
        "librarySectionID": int(section),
        **_from_above(above, kind),
        **fields,
    }
    if kind in PLAYABLE:
        item.setdefault("duration", 3_600_000)
        item.setdefault("Media", [_media(key, kind, item["duration"], section)])
    return {name: value for name, value in item.items() if value is not None}


def plex_guid(kind: str, seed: object) -> str:
    """A guid of Plex's own, the same for the same seed."""
    return f"plex://{kind}/{hashlib.blake2b(str(seed).encode(), digest_size=12).hexdigest()}"


def _from_above(above: Item | None, kind: str) -> Item:
    """What an item says of those it belongs to: a season of its show, an episode of both."""
    if above is None:
        return {}
    taken = {
        "parentRatingKey": above["ratingKey"],
        "parentKey": f"/library/metadata/{above['ratingKey']}",
        "parentTitle": above["title"],
        "parentGuid": above["guid"],
        "parentThumb": above["thumb"],
        "parentIndex": above.get("index", 1) if kind in PLAYABLE else 1,
    }
    if "parentRatingKey" in above:
        names = ("RatingKey", "Key", "Title", "Guid", "Thumb")
        taken |= {f"grandparent{name}": above[f"parent{name}"] for name in names}
    return taken


def _media(key: int, kind: str, duration_ms: int, section: str) -> Item:
    is_video = kind != "track"
    container = "mkv" if is_video else "flac"
    file = f"/media/{section}/{key}.{container}"
    part = {
        "id": key,
        "key": f"/library/parts/{key}/1760000000/file.{container}",
        "duration": duration_ms,
        "file": file,
        "size": 700_000_000,
        "container": container,
    }
    codecs = {"videoResolution": "sd", "videoCodec": "h264", "width": 720, "height": 540} if is_video else {}
    return {"id": key, "duration": duration_ms, "audioCodec": "flac", "container": container, **codecs, "Part": [part]}
