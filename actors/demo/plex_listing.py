"""Which items of a library a request asks for, and in which order; pure."""

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from actors.demo.plex_item import PLAYABLE, Item
from actors.demo.plex_library import PlexLibrary

_COMPARED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "": operator.eq,
    "!": operator.ne,
    ">": operator.ge,
    ">>": operator.gt,
    "<": operator.le,
    "<<": operator.lt,
}
_NUMBERS: Final = ("updatedAt", "addedAt", "lastViewedAt", "originallyAvailableAt", "year", "audienceRating", "viewCount")
_TEXTS: Final = ("guid", "studio")
_SORTS: Final = ("id", "titleSort", "addedAt", "updatedAt", "originallyAvailableAt", "year", "audienceRating")
_FILTER: Final = re.compile(r"(?:\w+\.)?(\w+?)(!|>>?|<<?)?")
_UNIT_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400, "mon": 30 * 86_400, "y": 365 * 86_400}


def listed(library: PlexLibrary, section: str, kind: str, params: Mapping[str, str], *, filtered: bool) -> Sequence[int]:
    """Rating keys. An unknown order is the order of titles, as is none; an unknown filter changes nothing."""
    keys = ordered(library, section, kind, params.get("sort", "titleSort"))
    tests = [test for name, value in params.items() if (test := _test(library, name, value)) is not None] if filtered else []
    if not tests:
        return keys
    rows = ((key, library.item(key) or {}) for key in keys)
    return [key for key, row in rows if all(test(row) for test in tests)]


def ordered(library: PlexLibrary, section: str, kind: str, sort: str) -> Sequence[int]:
    """The rating keys of a library's kind: `id`, `titleSort`, `addedAt:desc`, `lastViewedAt:desc`, …."""
    field, _, direction = sort.split(",")[0].rpartition(".")[2].partition(":")
    if field == "id":
        name = (section, kind, field, direction)
        return library.remembered(name, lambda: sorted(library.keys(section, kind), reverse=direction == "desc"))
    if field == "lastViewedAt":
        return _by_last_view(library, library.keys(section, kind), direction == "desc")
    chosen = field if field in _SORTS else "titleSort"
    return library.remembered((section, kind, chosen, direction), lambda: _sorted(library, section, kind, chosen, direction))


def _sorted(library: PlexLibrary, section: str, kind: str, field: str, direction: str) -> list[int]:
    def value(key: int) -> Any:
        row = library.item(key) or {}
        if field == "titleSort":
            return str(row.get("titleSort", row.get("title", ""))).casefold()
        return row.get("addedAt", 0) if field == "updatedAt" and "updatedAt" not in row else _number(row.get(field, 0))

    return sorted(library.keys(section, kind), key=lambda key: (value(key), key), reverse=direction == "desc")


def _by_last_view(library: PlexLibrary, keys: Iterable[int], newest_first: bool) -> list[int]:
    there = frozenset(keys)
    seen = [key for key in library.watched.latest() if key in there]
    unseen = sorted(there.difference(seen))
    return [*seen, *unseen] if newest_first else [*unseen, *reversed(seen)]


def _test(library: PlexLibrary, name: str, value: str) -> Callable[[Item], bool] | None:
    """The filter that a parameter is; None when it is another parameter."""
    found = _FILTER.fullmatch(name)
    if found is None:
        return None
    field, compared = found[1], _COMPARED[found[2] or ""]
    if field in _NUMBERS:
        wanted = _wanted(library, value)
        return lambda row: field in row and compared(_number(row[field]), wanted)
    if field in _TEXTS:
        return lambda row: compared(row.get(field), value)
    if field == "id":
        return lambda row: value in (row.get(f"{above}atingKey") for above in ("r", "parentR", "grandparentR"))
    if field == "title":
        return lambda row: value.casefold() in row["title"].casefold()
    if field == "genre":
        return lambda row: any(value in (tag["tag"], genre_id(tag["tag"])) for tag in row.get("Genre", ()))
    if field == "unwatched":
        return lambda row: _is_unwatched(row) is (value == "1")
    return None


def genre_id(tag: str) -> str:
    """The number that filters and hubs name a genre by."""
    return str(100 + sum(tag.encode()) % 900)


def _is_unwatched(row: Item) -> bool:
    if row["type"] in PLAYABLE:
        return "viewCount" not in row
    return bool(row.get("viewedLeafCount", 0) < row.get("leafCount", 0))


def _wanted(library: PlexLibrary, value: str) -> float:
    """`1700000000`, `7.5`, `1920-01-31`, or `-3d`, seen from the server's clock."""
    relative = re.fullmatch(r"-(\d+)([a-z]+)", value)
    if relative is not None and relative[2] in _UNIT_S:
        return library.now_s - int(relative[1]) * _UNIT_S[relative[2]]
    return _number(value)


def _number(value: object) -> float:
    text = str(value)
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0
