"""The demo's catalogue: made from the lists of films and serials, the same at every call, with a provider's quirks in it.

The quirks, each in a small share of the entries: ids, years, ratings, dates and flags now as text and now as numbers; ratings
with a decimal comma, as "N/A", empty or null; `category_ids` as a list, a list of texts, CSV, a scalar or null; release dates
under three names; genres split by commas or slashes; a name that is null and one with an HTML entity; an id beyond 32 bits;
one film served once per category; a category without entries; channels of a category that is not listed; and three
entries that cannot be read (`UNREADABLE`), so that rejects show.
"""

from functools import lru_cache
from typing import Any, Final

from actors.demo.catalogue import (
    LIVE,
    LIVE_CATEGORIES,
    MOVIE_CATEGORIES,
    MOVIES,
    SERIES,
    SERIES_CATEGORIES,
    Catalogue,
)
from actors.demo.channels import CHANNELS, UNLISTED_CATEGORY
from actors.demo.films import FILMS
from actors.demo.serials import SERIALS

UNREADABLE: Final = {LIVE: 1, MOVIES: 2}
"""How many entries of a listing nobody can read: they have no id, or are no object."""
REPEATED: Final = {MOVIES: 1}
"""How many entries of a listing are there a second time."""

Entry = dict[str, Any]

_ADDED_FROM: Final = 1_577_836_800
_DAY_S: Final = 86_400
_EMPTY_CATEGORY: Final = "Coming Soon"


@lru_cache(maxsize=1)
def demo_catalogue() -> Catalogue:
    """A few hundred titles and channels. The same at every call."""
    films, serials = _lines(FILMS), _lines(SERIALS)
    film_categories = _category_ids(200, [*(film[3] for film in films), _EMPTY_CATEGORY])
    serial_categories = _category_ids(300, [serial[3] for serial in serials])
    channel_categories = _category_ids(100, [channel.category for channel in CHANNELS])
    return Catalogue(
        listings={
            LIVE_CATEGORIES: _categories(channel_categories),
            LIVE: _channels(channel_categories),
            MOVIE_CATEGORIES: _categories(film_categories),
            MOVIES: _movies(films, film_categories),
            SERIES_CATEGORIES: _categories(serial_categories),
            SERIES: [_series(index, serial, serial_categories) for index, serial in enumerate(serials)],
        },
        series_info={str(5001 + index): _series_info(index, serial) for index, serial in enumerate(serials)},
    )


def _lines(text: str) -> list[list[str]]:
    return [line.split("|") for line in text.strip().splitlines()]


def _category_ids(first: int, names: list[str]) -> dict[str, str]:
    return {name: str(first + 1 + place) for place, name in enumerate(dict.fromkeys(names))}


def _categories(ids: dict[str, str]) -> list[Entry]:
    return [{"category_id": category_id, "category_name": name, "parent_id": 0} for name, category_id in ids.items()]


def _numbered(entries: list[Any]) -> list[Any]:
    return [{"num": number, **entry} if isinstance(entry, dict) else entry for number, entry in enumerate(entries, 1)]


def _movies(films: list[list[str]], category_ids: dict[str, str]) -> list[Any]:
    entries: list[Any] = [_movie(index, film, category_ids) for index, film in enumerate(films)]
    twice = {**entries[16], "category_id": category_ids["Shorts"], "category_ids": [int(category_ids["Shorts"])]}
    entries.insert(120, twice)
    entries.insert(60, {"name": "A reel without a label", "stream_type": "movie", "stream_id": None, "category_id": "201"})
    entries.insert(180, "film can, empty")
    return _numbered(entries)


def _movie(index: int, film: list[str], category_ids: dict[str, str]) -> Entry:
    title, year, director, category, *plot = film
    category_id = category_ids[category]
    return {
        "name": f"{title} ({year})" if index % 2 else title,
        "title": title,
        "year": year if index % 5 else int(year),
        "stream_type": "movie",
        "stream_id": _stream_id(index),
        "stream_icon": None if index % 11 == 0 else "",
        "rating": _rating(index),
        "rating_5based": 0,
        "added": _date(index),
        "is_adult": "0" if index % 3 else 0,
        "plot": plot[0] if plot else "",
        "director": director,
        "genre": category,
        "release_date" if index % 4 else "releaseDate": year,
        "category_id": category_id if index % 6 else int(category_id),
        "category_ids": _several(index, category_id),
        "container_extension": None if index == 30 else "mp4",
        "custom_sid": "" if index % 2 else None,
        "direct_source": "",
    }


def _stream_id(index: int) -> int | str:
    if index == 40:
        return 2_356_443_347
    return 1001 + index if index % 7 else str(1001 + index)


def _rating(index: int) -> str | float | None:
    tenths = 60 + index * 7 % 31
    shapes: tuple[str | float | None, ...] = (
        f"{tenths / 10:.1f}",
        tenths / 10,
        f"{tenths // 10},{tenths % 10}",
        f"{tenths / 10:.1f}",
        "N/A",
        "",
        None,
        tenths / 10,
    )
    return shapes[index % len(shapes)]


def _date(index: int) -> str | int:
    added = _ADDED_FROM + index * _DAY_S
    return added if index % 9 == 0 else str(added)


def _several(index: int, category_id: str) -> Any:
    shapes: tuple[Any, ...] = (
        [int(category_id)],
        [category_id],
        [int(category_id)],
        f"{category_id},",
        None,
        int(category_id),
        [],
    )
    return shapes[index % len(shapes)]


def _series(index: int, serial: list[str], category_ids: dict[str, str]) -> Entry:
    title, year, director, category, _ = serial
    return {
        "num": index + 1,
        "name": title,
        "series_id": 5001 + index if index % 4 else str(5001 + index),
        "cover": "",
        "plot": "",
        "cast": "",
        "director": director,
        "genre": ", ".join((category, "Serial")) if index % 2 else " / ".join((category, "Serial")),
        ("releaseDate", "release_date", "releasedate")[index % 3]: year,
        "last_modified": None if index == 8 else _date(index),
        "rating": _rating(index + 3),
        "rating_5based": 0,
        "backdrop_path": ([], "", None, [None])[index % 4],
        "youtube_trailer": "",
        "episode_run_time": "20" if index % 3 else "0",
        "category_id": category_ids[category],
        "category_ids": [int(category_ids[category])],
    }


def _series_info(index: int, serial: list[str]) -> Entry:
    title, year, _, _, chapters = serial
    episodes = [_episode(index, title, chapter) for chapter in range(1, int(chapters) + 1)]
    return {
        "seasons": [{"season_number": 1, "name": "Chapters", "episode_count": len(episodes), "air_date": year}],
        "info": {"name": title, "releaseDate": year, "backdrop_path": []},
        "episodes": {"1": episodes},
    }


def _episode(index: int, title: str, chapter: int) -> Entry:
    return {
        "id": str(100_000 + index * 1000 + chapter),
        "episode_num": chapter if chapter % 3 else str(chapter),
        "title": f"{title}, Chapter {chapter}",
        "container_extension": "mp4",
        "info": [] if chapter % 5 == 0 else {"duration_secs": 1200, "duration": "00:20:00"},
        "custom_sid": "",
        "added": _date(index),
        "season": 1,
        "direct_source": "",
    }


def _channels(category_ids: dict[str, str]) -> list[Any]:
    entries: list[Any] = [_channel(index, category_ids) for index in range(len(CHANNELS))]
    entries.insert(75, None)
    return _numbered(entries)


def _channel(index: int, category_ids: dict[str, str]) -> Entry:
    channel = CHANNELS[index]
    category_id = UNLISTED_CATEGORY if index in (50, 51) else category_ids[channel.category]
    return {
        "name": None if index == 33 else channel.name,
        "stream_type": channel.stream_type,
        "stream_id": 1 + index if index % 8 else str(1 + index),
        "stream_icon": None if index % 10 == 0 else "",
        "epg_channel_id": None if index % 3 == 0 else f"channel{1 + index}.playbill.example",
        "added": _date(index),
        "is_adult": "0",
        "category_id": None if index == 99 else category_id,
        "category_ids": [int(category_id)] if index % 2 else category_id,
        "custom_sid": None,
        "tv_archive": 1 if index % 4 == 0 else 0,
        "tv_archive_duration": "3" if index % 4 == 0 else 0,
        "direct_source": "",
    }
