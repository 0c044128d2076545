"""What a stand-in provider has to offer: its listings, action by action, and where they come from."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

LIVE_CATEGORIES: Final = "get_live_categories"
LIVE: Final = "get_live_streams"
MOVIE_CATEGORIES: Final = "get_vod_categories"
MOVIES: Final = "get_vod_streams"
SERIES_CATEGORIES: Final = "get_series_categories"
SERIES: Final = "get_series"
LISTINGS: Final = (LIVE_CATEGORIES, LIVE, MOVIE_CATEGORIES, MOVIES, SERIES_CATEGORIES, SERIES)
"""The six actions that answer with a list, in the order in which they are synced."""

ID_FIELDS: Final = {LIVE: "stream_id", MOVIES: "stream_id", SERIES: "series_id"}
"""What names an entry of a listing; categories are named by `category_id`."""

_OTHER_NAMES: Final = {
    LIVE_CATEGORIES: "categories",
    LIVE: "channels",
    MOVIE_CATEGORIES: "movie-categories",
    MOVIES: "movies",
    SERIES_CATEGORIES: "show-categories",
    SERIES: "shows",
}


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's content. Change it by making another (`with_listing`): entries are never changed in place."""

    listings: Mapping[str, Sequence[Any]]
    """Action to entries. An action that is left out is an empty list."""
    bodies: Mapping[str, bytes] = {}
    """Action to the exact bytes of its answer, where they were recorded; sent as they are while no switch changes entries."""
    series_info: Mapping[str, Mapping[str, Any]] = {}
    """Series id to the answer of `get_series_info`."""
    account: Mapping[str, Mapping[str, Any]] = {}
    """What a recorded account document said in `user_info` and `server_info`; the server sets what must be valid."""

    def entries(self, action: str) -> Sequence[Any]:
        return self.listings.get(action, ())

    def count(self, action: str) -> int:
        """Entries of one listing, unreadable and repeated ones included."""
        return len(self.entries(action))

    def counts(self) -> dict[str, int]:
        return {action: self.count(action) for action in LISTINGS}

    def ids(self, action: str) -> list[str]:
        """The ids that a listing serves, in its order; an unreadable entry has none."""
        return ids_of(action, self.entries(action))

    def with_listing(self, action: str, entries: Sequence[Any]) -> "Catalogue":
        """The same catalogue with another content of one listing."""
        bodies = {name: body for name, body in self.bodies.items() if name != action}
        return msgspec.structs.replace(self, listings={**self.listings, action: entries}, bodies=bodies)


def ids_of(action: str, entries: Sequence[Any]) -> list[str]:
    """The ids of entries, as text, without those of entries that have none."""
    field = ID_FIELDS.get(action, "category_id")
    ids = (entry.get(field) for entry in entries if isinstance(entry, dict))
    return [str(found) for found in ids if isinstance(found, int | str) and not isinstance(found, bool) and found != ""]


def php_json(value: object) -> bytes:
    r"""JSON as the panels' `json_encode` writes it: no blanks, `\/` for a slash, `\uXXXX` for what is not ASCII."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode()


def recorded_catalogue(directory: Path, prefix: str = "") -> Catalogue:
    """The recorded answers of a directory, `<prefix><action>.json` each, byte for byte.

    Also reads captures that are named by their kind (`channels.json`, `movies.json`, …). Raises FileNotFoundError when
    the directory holds no listing at all.
    """
    found = {action: path for action in LISTINGS if (path := _recording(directory, prefix, action)) is not None}
    if not found:
        raise FileNotFoundError(f"no recorded listing in {directory.name}")
    bodies = {action: path.read_bytes() for action, path in found.items()}
    return Catalogue(
        listings={action: _as_list(json.loads(body)) for action, body in bodies.items()},
        bodies=bodies,
        account=_recorded_account(directory, prefix),
    )


def _recording(directory: Path, prefix: str, action: str) -> Path | None:
    names = (f"{prefix}{action}.json", f"{prefix}{_OTHER_NAMES[action]}.json")
    return next((path for name in names if (path := directory / name).is_file()), None)


def _recorded_account(directory: Path, prefix: str) -> dict[str, dict[str, Any]]:
    path = directory / f"{prefix}auth.json"
    document = json.loads(path.read_bytes()) if path.is_file() else {}
    return {part: value for part, value in document.items() if isinstance(value, dict)}


def _as_list(document: Any) -> list[Any]:
    return list(document.values()) if isinstance(document, dict) else list(document)
