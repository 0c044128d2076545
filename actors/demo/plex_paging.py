"""Which part of a listing a request gets, what the container says of it, and how switches spoil both; pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from actors.demo.plex_item import Item
from actors.demo.plex_switches import PlexSwitches
from actors.demo.request import Request

START: Final = "X-Plex-Container-Start"
SIZE: Final = "X-Plex-Container-Size"
TOTAL: Final = "X-Plex-Container-Total-Size"
_BAD_ROWS: Final[tuple[Any, ...]] = (
    {"title": "no rating key at all"},
    None,
    "a row that is a text",
    {"ratingKey": {"id": 1}},
    17,
)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a request asks for, whole."""

    places: Sequence[Any]
    """One for each entry, such as its rating key."""
    entry: Callable[[Any], Any]
    """Makes the entry of a place."""
    child: str = "Metadata"
    """The name of the list of entries."""
    container: Item = {}
    """What the container says beside its entries."""
    name: str = "ratingKey"
    """The field that an entry is known by."""
    is_paged: bool = True


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What is served of it."""

    container: Item
    headers: tuple[tuple[str, str], ...] = ()
    ids: tuple[str, ...] = ()


def part_asked(request: Request) -> tuple[int, int] | None:
    """Start and size, from headers or the query. A size in the query without a start is ignored, as Plex does."""
    query = {name.lower(): value for name, value in request.params.items()}
    start = _number(query.get(START.lower(), request.headers.get(START.lower())))
    size = _number(query.get(SIZE.lower()))
    if size is not None and start is None:
        return None
    size = _number(request.headers.get(SIZE.lower())) if size is None else size
    return None if size is None else (start or 0, size)


def served(found: Found, asked: tuple[int, int] | None, switches: PlexSwitches) -> Part:
    """The container of a part, with the headers that go with it."""
    if not found.is_paged or switches.ignore_paging:
        asked = None
    places, total = _places(found.places, asked, switches)
    if switches.empty_200:
        return Part(container={"size": 0, **_total(None, None, switches)})
    entries = [found.entry(place) for place in places]
    ids = tuple(str(entry[found.name]) for entry in entries if isinstance(entry, Mapping) and found.name in entry)
    entries = _spoilt(entries, switches)
    lone = switches.lone_object and len(entries) == 1
    container = {"size": len(entries), **_total(asked, total, switches), **found.container}
    if entries:
        container[found.child] = entries[0] if lone else entries
    headers = ((START, str(asked[0])),) if asked else ()
    if "totalSize" in container:
        headers = (*headers, (TOTAL, str(container["totalSize"])))
    return Part(container=container, headers=headers, ids=ids)


def _places(places: Sequence[Any], asked: tuple[int, int] | None, switches: PlexSwitches) -> tuple[Sequence[Any], int]:
    """The places of a part, and how many there are in all."""
    if switches.keep_share < 1.0:
        places = places[: int(len(places) * switches.keep_share)]
    if asked is None:
        return places, len(places)
    start, size = asked
    if switches.shrink_after_page is not None and size and start >= switches.shrink_after_page * size:
        places = places[switches.shrink_by :]
    first = 0 if switches.repeat_pages else start
    end = first + (max(0, size + switches.rows_more) if size else 0)
    return places[first:end], len(places)


def _total(asked: tuple[int, int] | None, total: int | None, switches: PlexSwitches) -> Item:
    """Only a part says a total and an offset; a switch may say one anywhere."""
    if switches.wrong_total is not None:
        return {"totalSize": switches.wrong_total, "offset": asked[0] if asked else 0}
    if asked is None or switches.no_total_size:
        return {}
    return {"totalSize": total, "offset": asked[0]}


def _spoilt(entries: list[Any], switches: PlexSwitches) -> list[Any]:
    if switches.no_guids:
        entries = [{name: value for name, value in entry.items() if name != "Guid"} for entry in entries]
    if switches.bad_entry_every:
        every = switches.bad_entry_every
        entries = [
            _BAD_ROWS[place % len(_BAD_ROWS)] if (place + 1) % every == 0 else entry for place, entry in enumerate(entries)
        ]
    if switches.duplicate_every:
        every = switches.duplicate_every
        entries = [copy for place, entry in enumerate(entries) for copy in [entry] * (1 + ((place + 1) % every == 0))]
    return entries


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
