"""The rows of a stand-in Plex server's home page and of its libraries: what each is called, where it is, what it shows."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from actors.demo.plex_item import LEVELS, Item
from actors.demo.plex_library import Collection, PlexLibrary, Section
from actors.demo.plex_listing import genre_id, listed, ordered

_RECENT_MAX: Final = 200
_POSITION_FROM: Final = 68
_LEADS: Final = {"movie": "movie", "show": "tv", "artist": "music"}
_NOUNS: Final = {"movie": "Movies", "show": "TV", "artist": "Music"}


class Hub(msgspec.Struct, frozen=True, kw_only=True):
    """One row."""

    identifier: str
    title: str
    type: str
    key: str
    """The address of all it has, which may hold a raw `>`."""
    context: str
    items: Callable[[], Sequence[int]]
    """The rating keys of all it has."""
    style: str = "shelf"
    is_promoted: bool = True
    is_random: bool = False


def home_hubs(library: PlexLibrary) -> list[Hub]:
    """What `/hubs` lists: rows over all libraries."""
    recent = [
        ("home.movies.recent", "Recently Added Movies", "movie"),
        ("home.television.recent", "Recently Added TV", "show"),
        ("home.music.recent", "Recently Added Music", "artist"),
    ]
    rows = [_recent_anywhere(library, *row) for row in recent]
    lists = Hub(
        identifier="home.playlists",
        title="Recent Playlists",
        type="playlist",
        key="/playlists/all?sort=lastViewedAt:desc",
        context="hub.home.playlists",
        items=list,
    )
    return [_continue(library), *rows, lists, *_collections(library)]


def promoted_hubs(library: PlexLibrary) -> list[Hub]:
    """What the clients show on their home page: rows of the libraries that are not hidden, and of people's own."""
    shown = [section for section in library.sections if not section.hidden and section.type in _LEADS]
    recent = [_recent(library, section) for section in shown]
    films = [section for section in shown if section.type == "movie"][:1]
    return [
        _continue(library),
        *recent,
        *_collections(library),
        *(row for section in films for row in _recommended(library, section)),
    ]


def section_hubs(library: PlexLibrary, section: Section) -> list[Hub]:
    """What a library's own page shows."""
    if section.type not in _LEADS:
        return []
    released = _recommended(library, section) if section.type == "movie" else []
    started = [_in_progress(library, section)] if section.type != "artist" else []
    return [*started, _recent(library, section), *released, *_collections(library, section.key)]


def every_hub(library: PlexLibrary) -> list[Hub]:
    """All of the above; some are there more than once."""
    rows = [row for section in library.sections for row in section_hubs(library, section)]
    return [*home_hubs(library), *promoted_hubs(library), *rows]


def on_deck(library: PlexLibrary, sections: Sequence[str] | None = None) -> list[int]:
    """What was stopped in the middle, or comes next in a show; the latest first."""
    found: dict[int, None] = {}
    for key in library.watched.latest():
        item = library.item(key)
        if item is None or item["type"] == "track" or not _is_in(item, sections):
            continue
        following = key if "viewOffset" in item else _next_of(library, item)
        if following is not None:
            found[following] = None
    return list(found)


def recently_added(library: PlexLibrary, sections: Sequence[str]) -> list[int]:
    """The newest films, albums and episodes of libraries; two episodes of a season in a row are that season."""
    dated: list[tuple[int, int]] = []
    for section in library.sections:
        if section.key in sections and section.type in _LEADS:
            kind = {"movie": "movie", "show": "episode", "artist": "album"}[section.type]
            newest = ordered(library, section.key, kind, "addedAt:desc")[:_RECENT_MAX]
            dated += [(-(library.item(key) or {}).get("addedAt", 0), key) for key in newest]
    return _seasons_for_episodes(library, [key for _, key in sorted(dated)])


def _seasons_for_episodes(library: PlexLibrary, keys: list[int]) -> list[int]:
    shown: dict[int, None] = {}
    seasons = [int((library.item(key) or {}).get("parentRatingKey", 0)) if _is_episode(library, key) else 0 for key in keys]
    for place, (key, season) in enumerate(zip(keys, seasons, strict=True)):
        together = season and season in (seasons[place - 1] if place else 0, *seasons[place + 1 : place + 2])
        shown[season if together else key] = None
    return list(shown)


def _is_episode(library: PlexLibrary, key: int) -> bool:
    return (library.item(key) or {}).get("type") == "episode"


def _is_in(item: Item, sections: Sequence[str] | None) -> bool:
    return sections is None or str(item["librarySectionID"]) in sections


def _next_of(library: PlexLibrary, item: Item) -> int | None:
    """The first unwatched episode after the watched ones of this show that come last."""
    if item["type"] != "episode":
        return None
    leaves = library.leaves(int(item["grandparentRatingKey"]))
    last = max(place for place, key in enumerate(leaves) if library.watched[key].is_watched)
    return leaves[last + 1] if last + 1 < len(leaves) else None


# --- Rows ---


def _continue(library: PlexLibrary) -> Hub:
    return Hub(
        identifier="home.continue",
        title="Continue Watching",
        type="mixed",
        key="/hubs/home/continueWatching",
        context="hub.home.continue",
        items=lambda: on_deck(library),
        style="hero",
    )


def _recent_anywhere(library: PlexLibrary, identifier: str, title: str, kind: str) -> Hub:
    sections = [section.key for section in library.sections if section.type == kind]
    number = {"movie": 1, "show": 2, "artist": 8}[kind]
    return Hub(
        identifier=identifier,
        title=title,
        type="mixed" if kind == "show" else LEVELS[kind][-2] if kind == "artist" else kind,
        key=f"/hubs/home/recentlyAdded?type={number}",
        context=f"hub.{identifier}",
        items=lambda: recently_added(library, sections),
    )


def _recent(library: PlexLibrary, section: Section) -> Hub:
    name = "recent.added" if section.type == "artist" else "recentlyadded"
    identifier = f"{_LEADS[section.type]}.{name}.{section.key}"
    return Hub(
        identifier=identifier,
        title=f"Recently Added in {section.title}",
        type={"movie": "movie", "show": "mixed", "artist": "album"}[section.type],
        key=f"/hubs/sections/{section.key}/recentlyAdded",
        context=f"hub.{_LEADS[section.type]}.{name}",
        items=lambda: recently_added(library, [section.key]),
    )


def _in_progress(library: PlexLibrary, section: Section) -> Hub:
    lead = _LEADS[section.type]
    return Hub(
        identifier=f"{lead}.inprogress.{section.key}",
        title=f"Continue Watching {_NOUNS[section.type]}",
        type="mixed",
        key=f"/hubs/sections/{section.key}/continueWatching",
        context=f"hub.{lead}.inprogress",
        items=lambda: on_deck(library, [section.key]),
        style="hero",
    )


def _recommended(library: PlexLibrary, section: Section) -> list[Hub]:
    """Old films by date, at an address with a raw `>`, and one genre out of all, by `rotation`."""
    query = {"sort": "originallyAvailableAt:desc", "originallyAvailableAt>": "-200y"}
    released = Hub(
        identifier=f"movie.recentlyreleased.{section.key}",
        title="Recently Released Movies",
        type="movie",
        key=f"/library/sections/{section.key}/all?sort=originallyAvailableAt:desc&originallyAvailableAt>=-200y",
        context="hub.movie.recentlyreleased",
        items=lambda: library.remembered(
            ("released", section.key), lambda: listed(library, section.key, "movie", query, filtered=True)
        ),
    )
    tags = library.remembered(("genres", section.key), lambda: _genres(library, section.key))
    if not tags:
        return [released]
    tag = tags[library.rotation % len(tags)]
    wanted = {"genre": tag, "sort": "audienceRating:desc"}
    genre = Hub(
        identifier=f"movie.genre.{section.key}.{genre_id(tag)}",
        title=f"Top Movies in {tag}",
        type="movie",
        key=f"/library/sections/{section.key}/all?genre={genre_id(tag)}&sort=audienceRating:desc",
        context="hub.movie.genre",
        items=lambda: library.remembered(
            ("genre", section.key, tag), lambda: listed(library, section.key, "movie", wanted, filtered=True)
        ),
        is_random=True,
    )
    return [released, genre]


def _genres(library: PlexLibrary, section: str) -> list[str]:
    rows = (library.item(key) or {} for key in library.keys(section, "movie")[:_RECENT_MAX])
    return sorted({tag["tag"] for row in rows for tag in row.get("Genre", ())})


def _collections(library: PlexLibrary, section: str | None = None) -> list[Hub]:
    rows = [row for row in library.collections if section in (None, row.section)]
    return [_collection(row, _POSITION_FROM + place) for place, row in enumerate(rows)]


def _collection(row: Collection, position: int) -> Hub:
    return Hub(
        identifier=f"custom.collection.{row.section}.{row.key}",
        title=row.title,
        type="movie",
        key=f"/library/collections/{row.key}/children",
        context=f"hub.custom.collection~{position}",
        items=lambda: row.items,
    )
