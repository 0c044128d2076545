"""The `details` of an item: what the server gave besides the columns, as a JSON object with its keys in a fixed order."""

import re
from typing import Any, Final

import msgspec

from actors.sources.plex.entry import MetadataEntry
from actors.sources.plex.guids import external_ids
from actors.sources.plex.pictures import picture
from actors.sources.texts import one_line, paragraphs
from actors.sources.values import integer
from contracts.catalog import ItemKind

_encode: Final = msgspec.json.Encoder().encode
_GENRES_MAX: Final = 64
_DATE: Final = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")
_SEASON, _EPISODE, _ALBUM, _TRACK = ItemKind.SEASON, ItemKind.EPISODE, ItemKind.ALBUM, ItemKind.TRACK
_SHOW: Final = ItemKind.SHOW


def details(entry: MetadataEntry, kind: ItemKind, released: str) -> str:
    """Raises Unreadable for a number that no column holds."""
    found: dict[str, Any] = {}
    if ids := external_ids(entry.guid, entry.guids):
        found["external_ids"] = ids
    if entry.summary and (plot := paragraphs(entry.summary)):
        found["plot"] = plot
    if entry.genres and (genres := _tags(entry.genres)):
        found["genres"] = genres
    _put_lines(found, entry)
    if released:
        found["released"] = released
    _put_place(found, entry, kind)
    _put_pictures(found, entry, kind)
    if entry.deleted_at:
        found["in_trash"] = True
    return _encode(found).decode()


def released_on(value: Any) -> str:
    """The date in `originallyAvailableAt`, which sometimes has a time; empty if there is none."""
    return value[:10] if type(value) is str and _DATE.fullmatch(value[:10]) else ""


def _put_lines(found: dict[str, Any], entry: MetadataEntry) -> None:
    for key, value in (
        ("studio", entry.studio),
        ("content_rating", entry.content_rating),
        ("tagline", entry.tagline),
        ("original_title", entry.original_title),
        ("edition", entry.edition_title),
        ("guid", entry.guid),
    ):
        if value and (line := one_line(value)):
            found[key] = line


def _put_place(found: dict[str, Any], entry: MetadataEntry, kind: ItemKind) -> None:
    """What holds the item, by name, and how much of what it holds has been seen."""
    if kind is _EPISODE:
        _put_titles(found, show=entry.grandparent_title, season=entry.parent_title)
    elif kind is _SEASON:
        _put_titles(found, show=entry.parent_title)
    elif kind is _TRACK:
        _put_titles(found, artist=entry.grandparent_title, album=entry.parent_title)
    elif kind is _ALBUM:
        _put_titles(found, artist=entry.parent_title)
    if kind is _SHOW or kind is _SEASON:
        _put_count(found, "episodes", integer(entry.leaf_count, "leafCount"))
        _put_count(found, "episodes_viewed", integer(entry.viewed_leaf_count, "viewedLeafCount"))


def _put_titles(found: dict[str, Any], **titles: Any) -> None:
    for key, value in titles.items():
        if value and (line := one_line(value)):
            found[key] = line


def _put_count(found: dict[str, Any], key: str, count: int | None) -> None:
    if count is not None and count >= 0:
        found[key] = count


def _put_pictures(found: dict[str, Any], entry: MetadataEntry, kind: ItemKind) -> None:
    if entry.art and (backdrop := picture(entry.art)):
        found["backdrop"] = backdrop
    above = entry.grandparent_thumb if kind is _EPISODE else entry.parent_thumb if kind is _SEASON else None
    if above and (thumb := picture(above)):
        found["thumb_of_show"] = thumb


def _tags(value: Any) -> list[str]:
    """The names in `[{"tag": …}]`; one object stands for a list of one."""
    listed = value if type(value) is list else [value]
    names = (one_line(part.get("tag") if type(part) is dict else part) for part in listed[:_GENRES_MAX])
    return list(dict.fromkeys(name for name in names if name))
