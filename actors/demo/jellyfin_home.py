"""The rows of a Jellyfin home screen: what was begun, what comes next, and what is new in a library; pure but for reading."""

from collections.abc import Iterable
from typing import Final

import msgspec

from actors.demo.jellyfin_item import Item
from actors.demo.jellyfin_library import JellyfinLibrary
from actors.demo.jellyfin_listing import selected
from actors.demo.jellyfin_query import Selection

LATEST_LIMIT: Final = 20
"""How many are latest when nobody says how many."""
_WINDOW: Final = 5
_LATEST_TYPES: Final = frozenset({"movie", "episode", "audio", "video"})


class Latest(msgspec.Struct, frozen=True, kw_only=True):
    """One tile of the latest: an item, or what several new ones are in."""

    item: Item
    new_count: int | None = None
    """How many are new in it; none for an item that stands for itself."""


def resumable(library: JellyfinLibrary, user: str, *, media_types: frozenset[str] = frozenset()) -> list[Item]:
    """What the user stopped in the middle of, the last one first."""
    found = []
    for item_id, state in library.states(user).items():
        item = library.item(item_id) if state.position_ticks > 0 else None
        if item is None or item.is_virtual or library.is_forbidden(item.view_id):
            continue
        if not media_types or item.media_type.lower() in media_types:
            found.append((state.last_played or "", item))
    return [item for _, item in sorted(found, key=lambda row: row[0], reverse=True)]


class NextUp(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the next episodes."""

    with_resumable: bool = True
    """Also those that were begun."""
    since: str | None = None
    """Only of shows that were watched from then on."""
    series_id: str | None = None
    parent_id: str | None = None


def next_up(library: JellyfinLibrary, user: str, asked: NextUp) -> list[Item]:
    """The episode after the last one played, of every show in which one was played; the show watched last comes first."""
    rows: list[tuple[str, Item]] = library.remembered(("next up", user), lambda: _next_up(library, user), of_watching=True)
    found = []
    for last_played, item in rows:
        is_begun = library.state(user, item.id).position_ticks > 0
        if (is_begun and not asked.with_resumable) or (asked.since is not None and last_played < asked.since):
            continue
        if asked.series_id in (None, item.series_id) and (asked.parent_id is None or asked.parent_id in item.parents):
            found.append(item)
    return found


def _next_up(library: JellyfinLibrary, user: str) -> list[tuple[str, Item]]:
    last_played: dict[str, str] = {}
    last_place: dict[str, tuple[int, int]] = {}
    for item_id, state in library.states(user).items():
        item = library.item(item_id) if state.is_played else None
        if item is not None and item.type == "Episode" and item.series_id and item.parent_index_number:
            last_played[item.series_id] = max(last_played.get(item.series_id, ""), state.last_played or "")
            last_place[item.series_id] = max(last_place.get(item.series_id, (0, 0)), _place(item))
    found: dict[str, Item] = {}
    for _, item in library.placed(frozenset({"episode"})):
        series_id = item.series_id
        if item.type != "Episode" or series_id is None or series_id not in last_place or item.is_virtual:
            continue
        if _place(item) > last_place[series_id] and not library.state(user, item.id).is_played:
            found[series_id] = min(found.get(series_id, item), item, key=_place)
    return sorted(((last_played[series_id], item) for series_id, item in found.items()), key=lambda row: row[0], reverse=True)


def _place(item: Item) -> tuple[int, int]:
    return item.parent_index_number or 0, item.index_number or 0


def latest(
    library: JellyfinLibrary,
    user: str,
    parent_id: str | None,
    *,
    types: frozenset[str] = frozenset(),
    limit: int | None = None,
    is_grouped: bool = True,
    is_played: bool | None = False,
) -> list[Latest]:
    """What came last and was not played; several new episodes of a show are the show, tracks are always their album."""
    wanted = LATEST_LIMIT if limit is None else limit
    filters = frozenset() if is_played is None else frozenset({"isplayed" if is_played else "isunplayed"})
    selection = Selection(
        parent_id=parent_id,
        types=types or _LATEST_TYPES,
        without_virtual=True,
        filters=filters,
        sort=(("datecreated", True),),
    )
    found = (library.at(place) for place in selected(library, selection, user)[: wanted * _WINDOW])
    items = [item for item in found if item is not None and (parent_id or item.view_id not in library.latest_excludes)]
    return (_grouped(library, items) if is_grouped else [Latest(item=item) for item in items])[:wanted]


def _grouped(library: JellyfinLibrary, items: Iterable[Item]) -> list[Latest]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.series_id or item.album_id or item.id, []).append(item)
    return [_tile(library.item(container), inside) for container, inside in groups.items()]


def _tile(container: Item | None, inside: list[Item]) -> Latest:
    is_container = container is not None and (len(inside) > 1 or container.type == "MusicAlbum") and container.is_folder
    if container is None or not is_container:
        return Latest(item=inside[0])
    return Latest(item=container, new_count=len(inside))
