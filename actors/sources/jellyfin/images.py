"""Where the server has an item's pictures: paths below its address, without a token, since it shows them to everybody."""

from typing import Any, Final
from urllib.parse import quote

from actors.sources.jellyfin.entry import Entry
from actors.sources.jellyfin.fields import other_id

_TAG_CHARS_MAX: Final = 128


def primary(entry: Entry, remote_id: str) -> str | None:
    """The item's own picture, or that of its show or album."""
    if type(entry.image_tags) is dict and (path := _path(remote_id, "Primary", entry.image_tags.get("Primary"))):
        return path
    if entry.series_primary_image_tag and (series := other_id(entry.series_id)):
        return _path(series, "Primary", entry.series_primary_image_tag)
    if entry.album_primary_image_tag and (album := other_id(entry.album_id)):
        return _path(album, "Primary", entry.album_primary_image_tag)
    return None


def backdrop(entry: Entry, remote_id: str) -> str | None:
    """The item's own backdrop. That of its show is the show's."""
    tags = entry.backdrop_image_tags
    return _path(remote_id, "Backdrop", tags[0]) if type(tags) is list and tags else None


def _path(item_id: str, image_type: str, tag: Any) -> str | None:
    if type(tag) is not str or not tag or len(tag) > _TAG_CHARS_MAX:
        return None
    if not (item_id.isalnum() and tag.isalnum() and item_id.isascii() and tag.isascii()):
        item_id, tag = quote(item_id, safe=""), quote(tag, safe="")
    return f"Items/{item_id}/Images/{image_type}?tag={tag}"
