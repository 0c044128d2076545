"""The stand-in Plex server's libraries: a small one of public-domain works, a big one made up as it is asked for.

What a real server shows now and then is in the small one: guids of every agent, an item without `updatedAt`, ratings as whole
numbers, a film that is in two libraries with one guid, a season of specials, a library of photos, and an empty collection.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from actors.demo.films import FILMS
from actors.demo.music import MUSIC
from actors.demo.plex_item import Item, plex_guid, plex_item
from actors.demo.plex_library import PlexLibrary
from actors.demo.serials import SERIALS

_IN_BOTH: Final = "A Trip to the Moon"
_ADDED_FROM: Final = 1_577_836_800
_DAY_S: Final = 86_400
_MINUTE_MS: Final = 60_000
_SERIALS: Final = 12
_GUIDS: Final = (
    "com.plexapp.agents.imdb://tt{id:07d}?lang=en",
    "com.plexapp.agents.themoviedb://{id}?lang=en",
    "com.plexapp.agents.none://{id:040x}?lang=xn",
    "local://{id}",
)
"""What older agents call a film; most are called by Plex's own."""


def demo_plex_library() -> PlexLibrary:
    """A few hundred films, serials and pieces of music. Every call gives another library with the same content."""
    library = PlexLibrary()
    films, shorts = library.add_section("Films", "movie"), library.add_section("Short Films", "movie")
    serials, music = library.add_section("Serials", "show"), library.add_section("Music", "artist")
    library.add_section("Lantern Slides", "photo")
    added = [_add_film(library, films, shorts, place, line) for place, line in enumerate(_lines(FILMS))]
    episodes = [_add_serial(library, serials, place, line) for place, line in enumerate(_lines(SERIALS)[:_SERIALS])]
    for place, line in enumerate(_lines(MUSIC)):
        _add_album(library, music, place, line)
    library.add_collection(films, "Journeys Without a Ticket", added[10:22])
    library.add_collection(films, "Nothing Yet", [])
    library.mark_watched(added[19])
    library.mark_watched(added[3], counted=False)
    library.set_offset(added[40], 17 * _MINUTE_MS)
    library.mark_watched(episodes[0][0])
    library.mark_watched(episodes[1][0])
    library.set_offset(episodes[1][1], 5 * _MINUTE_MS)
    return library


def _lines(text: str) -> list[list[str]]:
    return [line.split("|") for line in text.strip().splitlines()]


def _add_film(library: PlexLibrary, films: str, shorts: str, place: int, line: list[str]) -> str:
    title, _, _, category, *_ = line
    if title == _IN_BOTH:
        library.add(shorts, "movie", title, **_film(place, line))
    return library.add(shorts if category == "Shorts" else films, "movie", title, **_film(place, line))


def _film(place: int, line: list[str]) -> Item:
    title, year, director, category, *plot = line
    added_at = _ADDED_FROM + place * _DAY_S
    return {
        "guid": _GUIDS[place % 4].format(id=1_000 + place) if place % 9 == 0 else plex_guid("movie", title),
        "year": int(year),
        "originallyAvailableAt": f"{year}-01-01",
        "summary": plot[0] if plot else "",
        "titleSort": title.removeprefix("The ") if title.startswith("The ") else None,
        "audienceRating": (60 + place * 7 % 31) / 10 if place % 5 else 7,
        "duration": (2 + place % 90) * _MINUTE_MS,
        "addedAt": added_at,
        "updatedAt": None if place % 13 == 6 else added_at + 3600,
        "Genre": _tags([category]),
        "Director": _tags(director.split(", ")),
        "Guid": _outside_guids("movie", place) if place % 6 else None,
    }


def _add_serial(library: PlexLibrary, section: str, place: int, line: list[str]) -> list[str]:
    """A show of one season, of two for every third; the first has specials as well. Gives the keys of its episodes."""
    title, year, director, category, chapters = line
    added_at = _ADDED_FROM + place * 9 * _DAY_S
    dated: Item = {"addedAt": added_at, "updatedAt": added_at + 3600}
    show = library.add(
        section,
        "show",
        title,
        **dated,
        year=int(year),
        originallyAvailableAt=f"{year}-01-01",
        summary=f"A chapter play by {director}.",
        index=1,
        studio="Pathé" if place % 2 else None,
        Genre=_tags([category, "Serial"]),
        Guid=_outside_guids("show", place),
    )
    places = range(1, int(chapters) + 1)
    half = len(places) // 2 if place % 3 == 0 else len(places)
    parts = {1: places[:half], 2: places[half:], 0: range(1, 2) if place == 0 else range(0)}
    keys = []
    for number, chosen in parts.items():
        if chosen:
            name = f"Season {number}" if number else "Specials"
            season = library.add(
                section, "season", name, parent=show, index=number, guid=plex_guid("season", (title, number)), **dated
            )
            keys += [_add_chapter(library, section, season, chapter, dated, year) for chapter in chosen]
    return keys


def _add_chapter(library: PlexLibrary, section: str, season: str, chapter: int, dated: Item, year: str) -> str:
    fields: dict[str, Any] = {"index": chapter, "year": int(year), "duration": 20 * _MINUTE_MS, **dated}
    if chapter % 7 == 0:
        fields["updatedAt"] = None
    return library.add(section, "episode", f"Chapter {chapter}", parent=season, **fields)


def _add_album(library: PlexLibrary, section: str, place: int, line: list[str]) -> None:
    name, title, year, genre, tracks = line
    known = [key for key in library.keys(section, "artist") if (found := library.item(key)) and found["title"] == name]
    dated: Item = {"addedAt": _ADDED_FROM + place * 30 * _DAY_S, "updatedAt": _ADDED_FROM + place * 31 * _DAY_S}
    artist = str(known[0]) if known else library.add(section, "artist", name, index=1, Genre=_tags([genre]), **dated)
    album = library.add(section, "album", title, parent=artist, index=place + 1, year=int(year), Genre=_tags([genre]), **dated)
    for number, track in enumerate(tracks.split("; "), 1):
        library.add(section, "track", track, parent=album, index=number, duration=3 * _MINUTE_MS, **dated)


def _tags(names: Iterable[str]) -> list[Item]:
    return [{"tag": name} for name in names]


def _outside_guids(kind: str, place: int) -> list[Item]:
    """Made-up ids in the shape of real ones."""
    ids = [f"imdb://tt{9_000_000 + place}", f"tmdb://{9_000_000 + place}"]
    return [{"id": found} for found in (ids if kind == "movie" else [*ids, f"tvdb://{9_000_000 + place}"])]


# --- The big one ---


def big_plex_library(
    *, shows: int = 12_000, episodes: int = 50_000, films: int = 10_000, seasons_each: int = 2, name: str = "The Vault"
) -> PlexLibrary:
    """As many items as asked for. None is kept: each is made anew whenever it is served, always the same."""
    library = PlexLibrary(name=name)
    if films:
        section = library.add_section("Films", "movie")
        first = library.add_made(section, "movie", films, lambda key: _made_film(key, key - first, section)).start
    if shows:
        _Shows(library, shows, episodes, seasons_each)
    return library


def _made_film(key: int, place: int, section: str) -> Item:
    return plex_item(
        key,
        "movie",
        f"Reel {place:06d}",
        None,
        section,
        **_dates(place),
        year=1900 + place % 120,
        originallyAvailableAt=f"{1900 + place % 120}-06-15",
        summary=f"What was found on reel {place} of the vault, without a label and in good condition.",
        audienceRating=place % 100 / 10,
        Genre=_tags([f"Genre {place % 17}"]),
        Guid=_outside_guids("movie", place),
    )


def _dates(place: int) -> Item:
    return {"addedAt": _ADDED_FROM + place * 600, "updatedAt": _ADDED_FROM + place * 600 + 60}


class _Shows:
    """Shows whose seasons and episodes are computed from their rating keys; the episodes are spread evenly."""

    def __init__(self, library: PlexLibrary, shows: int, episodes: int, seasons_each: int) -> None:
        self.shows, self.episodes, self.seasons_each = shows, episodes, seasons_each
        self.section = library.add_section("Shows", "show")
        self.first_show = library.add_made(self.section, "show", shows, self.show).start
        self.first_season = library.add_made(self.section, "season", shows * seasons_each, self.season).start
        self.first_episode = library.add_made(self.section, "episode", episodes, self.episode).start
        self._kept_show, self._kept_season = lru_cache(maxsize=64)(self.show), lru_cache(maxsize=64)(self.season)

    def show(self, key: int) -> Item:
        place = key - self.first_show
        fields = {
            "index": 1,
            "year": 1950 + place % 75,
            "Genre": _tags([f"Genre {place % 17}"]),
            "Guid": _outside_guids("show", place),
        }
        counts = {"childCount": self.seasons_each, "leafCount": self._starts(place + 1) - self._starts(place)}
        return plex_item(key, "show", f"Series {place:05d}", None, self.section, **_dates(place), **fields, **counts)

    def season(self, key: int) -> Item:
        place, number = divmod(key - self.first_season, self.seasons_each)
        leaves = len(
            [
                chapter
                for chapter in range(self._starts(place), self._starts(place + 1))
                if self._season_of(chapter, place) == number
            ]
        )
        above = self._kept_show(self.first_show + place)
        fields = {"index": number + 1, "leafCount": leaves}
        return plex_item(key, "season", f"Season {number + 1}", above, self.section, **_dates(place), **fields)

    def episode(self, key: int) -> Item:
        chapter = key - self.first_episode
        place = chapter * self.shows // self.episodes
        above = self._kept_season(self.first_season + place * self.seasons_each + self._season_of(chapter, place))
        fields = {"index": chapter - self._starts(place) + 1, "duration": 24 * _MINUTE_MS, "year": 1950 + place % 75}
        return plex_item(key, "episode", f"Chapter {chapter:06d}", above, self.section, **_dates(chapter), **fields)

    def _starts(self, place: int) -> int:
        """The first episode of a show, counted over all shows."""
        return -(-place * self.episodes // self.shows)

    def _season_of(self, chapter: int, place: int) -> int:
        """Which season of its show an episode is in, from 0."""
        first, end = self._starts(place), self._starts(place + 1)
        return (chapter - first) * self.seasons_each // max(1, end - first)
