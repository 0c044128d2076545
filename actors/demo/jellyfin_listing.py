"""From what was asked to the items of a page: chosen, sorted, cut, and spoilt by switches; pure but for reading."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from actors.demo.jellyfin_item import Item, WatchState
from actors.demo.jellyfin_library import JellyfinLibrary
from actors.demo.jellyfin_query import Selection
from actors.demo.jellyfin_switches import JellyfinSwitches

T = TypeVar("T")
Key = Callable[[Item, WatchState], Any]

_KEYS: Final[dict[str, Key]] = {
    "sortname": lambda item, _: (item.sort_name or item.name).casefold(),
    "name": lambda item, _: item.name.casefold(),
    "datecreated": lambda item, _: item.date_created,
    "datelastcontentadded": lambda item, _: item.date_created,
    "premieredate": lambda item, _: item.premiere_date or "",
    "productionyear": lambda item, _: item.production_year or 0,
    "communityrating": lambda item, _: item.community_rating or 0.0,
    "indexnumber": lambda item, _: item.index_number or 0,
    "parentindexnumber": lambda item, _: item.parent_index_number or 0,
    "airedepisodeorder": lambda item, _: (item.parent_index_number or 0, item.index_number or 0),
    "seriessortname": lambda item, _: (item.series_name or "").casefold(),
    "album": lambda item, _: (item.album or "").casefold(),
    "albumartist": lambda item, _: (item.album_artist or "").casefold(),
    "runtime": lambda item, _: item.run_time_ticks or 0,
    "isfolder": lambda item, _: not item.is_folder,
    "dateplayed": lambda _, state: state.last_played or "",
    "playcount": lambda _, state: state.play_count,
    "isplayed": lambda _, state: state.is_played,
    "isunplayed": lambda _, state: not state.is_played,
}
_STATES: Final[dict[str, Callable[[WatchState], bool]]] = {
    "isplayed": lambda state: state.is_played,
    "isunplayed": lambda state: not state.is_played,
    "isresumable": lambda state: state.position_ticks > 0,
    "isfavorite": lambda state: state.is_favorite,
}
_UNWATCHED: Final = WatchState()


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a listing was asked for."""

    start: int = 0
    limit: int | None = None
    with_total: bool = True


def selected(library: JellyfinLibrary, selection: Selection, user: str | None) -> Sequence[int]:
    """The places of the items, in order; remembered while nothing changes that they depend on."""
    key = (selection, user if selection.is_of_watching else None)
    places: Sequence[int] = library.remembered(
        key, lambda: array("I", _places(library, selection, user)), of_watching=selection.is_of_watching
    )
    return places


def _places(library: JellyfinLibrary, selection: Selection, user: str | None) -> list[int]:
    states = library.states(user) if user is not None else {}
    sort = [(_KEYS[name], descends) for name, descends in selection.sort if name in _KEYS]
    sort.append((_KEYS["sortname"], False))
    rows = []
    for place, item in _looked_at(library, selection):
        state = states.get(item.id, _UNWATCHED)
        if _is_chosen(item, state, selection):
            rows.append((place, [key(item, state) for key, _ in sort]))
    for number, (_, descends) in reversed(list(enumerate(sort))):
        rows.sort(key=partial(_nth, number), reverse=descends)
    return [place for place, _ in rows]


def _nth(number: int, row: tuple[int, list[Any]]) -> Any:
    return row[1][number]


def _looked_at(library: JellyfinLibrary, selection: Selection) -> Iterator[tuple[int, Item]]:
    """The items below what was asked for; where films are replaced by their collections, those that stand for them."""
    if not selection.collapses:
        yield from ((place, item) for place, item in library.placed(selection.types) if _is_inside(item, selection))
        return
    inside = [(place, item) for place, item in library.placed() if _is_inside(item, selection)]
    boxes = {box for _, item in inside if _is_chosen(item, _UNWATCHED, selection) for box in item.box_set_ids}
    boxes.discard(selection.parent_id or "")
    yield from ((place, item) for place, item in inside if item.id not in boxes and boxes.isdisjoint(item.box_set_ids))
    yield from ((place, item) for place, item in library.placed() if item.id in boxes)


def _is_inside(item: Item, selection: Selection) -> bool:
    if selection.ids:
        return item.id in selection.ids
    if selection.parent_id is None:
        return True
    if selection.recursive:
        return selection.parent_id in item.parents
    return item.parent == selection.parent_id or selection.parent_id in item.box_set_ids


def _is_type(item: Item, selection: Selection) -> bool:
    item_type = item.type.lower()
    if item_type in selection.types_left_out or (selection.media_types and item.media_type.lower() not in selection.media_types):
        return False
    return not selection.types or item_type in selection.types


def _is_chosen(item: Item, state: WatchState, selection: Selection) -> bool:
    if selection.without_virtual and item.is_virtual:
        return False
    if selection.saved_from is not None and item.date_last_saved < selection.saved_from:
        return False
    if selection.years and str(item.production_year) not in selection.years:
        return False
    if selection.search and selection.search not in item.name.casefold():
        return False
    is_replaced = selection.collapses and item.type == "BoxSet"
    return (is_replaced or _is_type(item, selection)) and all(
        _STATES[name](state) for name in selection.filters if name in _STATES
    )


def cut(rows: Sequence[T], page: Page, switches: JellyfinSwitches) -> tuple[list[T], int]:
    """The rows of one page, and the total that is announced with them."""
    if switches.empty_200:
        return [], 0
    start, limit = page.start, page.limit
    if switches.shrink_after_page is not None and limit and start // limit >= switches.shrink_after_page:
        rows = rows[switches.shrink_by :]
    total = len(rows)
    if switches.dries_up_after is not None:
        rows = rows[: switches.dries_up_after]
    if switches.ignore_paging:
        start, limit = 0, None
    if switches.repeat_pages:
        start = 0
    if switches.page_rows_max is not None:
        limit = min(limit if limit is not None else total, switches.page_rows_max)
    found = list(rows[start:] if limit is None else rows[start : start + limit])
    if not page.with_total or (page.limit is None and page.start == 0):
        total = len(found)
    if switches.hidden_every:
        found = [row for place, row in enumerate(found, start + 1) if place % switches.hidden_every]
    return found, max(0, total + switches.total_off_by)
