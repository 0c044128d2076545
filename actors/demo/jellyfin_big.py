"""The stand-in Jellyfin server's big library: as many films and shows as wanted, each made when it is asked for."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from actors.demo.jellyfin_item import TICKS_PER_S, Item, View, digest, stamp
from actors.demo.jellyfin_library import JellyfinLibrary

BIG_FILMS_VIEW: Final = View(id=digest("view", "Big Films"), name="Films", collection_type="movies")
BIG_SHOWS_VIEW: Final = View(id=digest("view", "Big Shows"), name="Shows", collection_type="tvshows")
_ID_PREFIX: Final = digest("big")[:24]
_ADDED_FROM: Final = datetime(2020, 1, 1, tzinfo=UTC)
_HOUR_TICKS: Final = 3600 * TICKS_PER_S


def big_jellyfin_library(*, shows: int = 12_000, episodes: int = 50_000, films: int = 0) -> JellyfinLibrary:
    """Films, and shows of one season each over which the episodes are spread evenly. Small in memory; the same at every call."""
    return JellyfinLibrary((BIG_FILMS_VIEW, BIG_SHOWS_VIEW), BigStock(shows=shows, episodes=episodes, films=films))


class BigStock:
    """Films, then shows, then their seasons, then episodes; the place of an item is in its id."""

    def __init__(self, *, shows: int, episodes: int, films: int) -> None:
        self.shows, self.episodes, self.films = shows, episodes if shows else 0, films

    def __len__(self) -> int:
        return self.films + 2 * self.shows + self.episodes

    def __getitem__(self, place: int, /) -> Item:
        if place < self.films:
            return self._film(place)
        number = place - self.films
        if number < self.shows:
            return self._show(number)
        number -= self.shows
        return self._season(number) if number < self.shows else self._episode(number - self.shows)

    def place_of(self, item_id: str) -> int | None:
        place = int(item_id[24:], 16) if item_id.startswith(_ID_PREFIX) else len(self)
        return place if place < len(self) else None

    def places(self, types: frozenset[str], /) -> Iterable[int]:
        kinds = {"movie": self.films, "series": self.shows, "season": self.shows, "episode": self.episodes}
        first = 0
        for kind, count in kinds.items():
            if not types or kind in types:
                yield from range(first, first + count)
            first += count

    def _film(self, number: int) -> Item:
        return Item(
            type="Movie",
            name=f"Reel {number + 1}",
            view_id=BIG_FILMS_VIEW.id,
            overview="A film that was made up for measuring.",
            genres=("Drama",),
            provider_ids={"Tmdb": str(100_000 + number)},
            production_year=1895 + number % 35,
            run_time_ticks=_HOUR_TICKS,
            container="mkv",
            **self._common(number, number),
        )

    def _show(self, number: int) -> Item:
        return Item(
            type="Series",
            name=_show_name(number),
            view_id=BIG_SHOWS_VIEW.id,
            overview="A show that was made up for measuring.",
            genres=("Adventure",),
            provider_ids={"Tvdb": str(100_000 + number)},
            production_year=1912 + number % 18,
            status="Ended",
            **self._common(self.films + number, number),
        )

    def _season(self, number: int) -> Item:
        return Item(
            type="Season",
            name="Season 1",
            index_number=1,
            **self._of_show(number),
            **self._common(self.films + self.shows + number, number),
        )

    def _episode(self, number: int) -> Item:
        show = number * self.shows // self.episodes
        first = -(-show * self.episodes // self.shows)
        return Item(
            type="Episode",
            name=f"Chapter {number - first + 1}",
            index_number=number - first + 1,
            parent_index_number=1,
            season_id=self._id(self.films + self.shows + show),
            season_name="Season 1",
            run_time_ticks=_HOUR_TICKS // 3,
            container="mkv",
            **self._of_show(show),
            **self._common(self.films + 2 * self.shows + number, number),
        )

    def _of_show(self, show: int) -> dict[str, Any]:
        return {"view_id": BIG_SHOWS_VIEW.id, "series_id": self._id(self.films + show), "series_name": _show_name(show)}

    def _common(self, place: int, number: int) -> dict[str, Any]:
        dated = stamp(_ADDED_FROM + timedelta(minutes=number))
        return {"id": self._id(place), "sort_name": f"{number:08}", "date_created": dated, "date_last_saved": dated}

    def _id(self, place: int) -> str:
        return f"{_ID_PREFIX}{place:08x}"


def _show_name(number: int) -> str:
    return f"The Perils of No. {number + 1}"
