"""Series of a stand-in provider: any number of them, made when they are asked for, in all the shapes of panels."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, overload

from actors.demo.catalogue import SERIES, SERIES_CATEGORIES, Catalogue

SERIES_MANY: Final = 11_209
"""As many as a provider was seen to have."""
EpisodesAs = Literal["dict", "lists", "flat", "gaps", "one", "empty", "null", "absent", "unknown", "no_info"]
_CATEGORIES: Final = 12
_ADDED_FROM: Final = 1_577_836_800
_DAY_S: Final = 86_400

Entry = dict[str, Any]


def shaped(document: Mapping[str, Any], shape: EpisodesAs) -> Any:
    """The answer to `get_series_info` with its episodes in another shape.

    `lists` of seasons, `flat` without seasons, `gaps` as PHP arrays that lost entries, `one` object in the place of a season's
    list (its first episode), `empty`, `null` or `absent` episodes, an `unknown` series as `[]`, or `no_info` as `{"info":[]}`.
    """
    if not document or shape == "unknown":
        return []
    if shape == "no_info":
        return {"info": []}
    if shape == "dict":
        return document
    episodes: Mapping[str, Sequence[Any]] = document.get("episodes") or {}
    changed: dict[EpisodesAs, Any] = {
        "lists": list(episodes.values()),
        "flat": [entry for season in episodes.values() for entry in season],
        "gaps": {number: {str(2 * place): entry for place, entry in enumerate(season)} for number, season in episodes.items()},
        "one": {number: season[0] for number, season in episodes.items() if season},
        "empty": [],
        "null": None,
    }
    rest = {key: value for key, value in document.items() if key != "episodes"}
    return rest if shape == "absent" else {**rest, "episodes": changed[shape]}


def many_series(count: int = SERIES_MANY, *, episodes_each: int = 12, seasons_each: int = 2) -> Catalogue:
    """So many series and their episodes. Nothing of them is held: each is made when it is asked for."""
    categories = [
        {"category_id": str(number), "category_name": f"Serials {number}", "parent_id": 0} for number in range(1, _CATEGORIES + 1)
    ]
    return Catalogue(
        listings={SERIES_CATEGORIES: categories, SERIES: _Listing(count)},
        series_info=_Documents(count, episodes_each, seasons_each),
    )


def episode_ids(series_id: int, episodes_each: int = 12) -> list[str]:
    """The ids of a series of `many_series`."""
    return [str(series_id * 1_000 + number) for number in range(1, episodes_each + 1)]


class _Listing(Sequence[Entry]):
    """The entries of `get_series`; ids count from 1."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Entry: ...
    @overload
    def __getitem__(self, place: slice) -> list[Entry]: ...
    def __getitem__(self, place: int | slice) -> Entry | list[Entry]:
        numbers = range(self._count)[place]
        return _summary(numbers + 1) if isinstance(numbers, int) else [_summary(number + 1) for number in numbers]


class _Documents(Mapping[str, Mapping[str, Any]]):
    """The answers to `get_series_info`, by id."""

    def __init__(self, count: int, episodes_each: int, seasons_each: int) -> None:
        self._count, self._episodes_each, self._seasons_each = count, episodes_each, seasons_each

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return (str(number) for number in range(1, self._count + 1))

    def __getitem__(self, series_id: str) -> Mapping[str, Any]:
        if not series_id.isdecimal() or not 1 <= int(series_id) <= self._count:
            raise KeyError(series_id)
        return _document(int(series_id), self._episodes_each, self._seasons_each)


def _summary(number: int) -> Entry:
    return {
        "num": number,
        "name": f"Serial {number}",
        "series_id": number,
        "cover": "",
        "last_modified": str(_ADDED_FROM + number * _DAY_S),
        "category_id": str(number % _CATEGORIES + 1),
    }


def _document(number: int, episodes_each: int, seasons_each: int) -> Entry:
    seasons: dict[str, list[Entry]] = {}
    for place, episode_id in enumerate(episode_ids(number, episodes_each)):
        season = place % seasons_each + 1
        seasons.setdefault(str(season), []).append(_episode(number, episode_id, season, place // seasons_each + 1))
    return {
        "seasons": [{"season_number": int(season), "name": f"Season {season}"} for season in seasons],
        "info": {"name": f"Serial {number}", "backdrop_path": []},
        "episodes": seasons,
    }


def _episode(number: int, episode_id: str, season: int, chapter: int) -> Entry:
    return {
        "id": episode_id,
        "episode_num": chapter,
        "title": f"Serial {number} S{season:02}E{chapter:02}",
        "container_extension": "mp4",
        "info": {"duration_secs": 1_200, "plot": "What nobody has filmed."},
        "custom_sid": "",
        "added": str(_ADDED_FROM + number * _DAY_S),
        "season": season,
        "direct_source": "",
    }
