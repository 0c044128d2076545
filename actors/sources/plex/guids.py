"""Ids that other databases know an item by, from its guids in all the forms that Plex has had."""

import re
from typing import Any, Final

_GUIDS_MAX: Final = 32
"""Of one item; three or four are usual."""
_FORM: Final = re.compile(r"(?:com\.plexapp\.agents\.)?([a-z0-9]+)://([^?#]{1,120})", re.IGNORECASE)
_PROVIDERS: Final = {
    "imdb": "imdb",
    "tmdb": "tmdb",
    "themoviedb": "tmdb",
    "tvdb": "tvdb",
    "thetvdb": "tvdb",
    "anidb": "anidb",
    "mal": "mal",
    "myanimelist": "mal",
    "mbid": "mbid",
    "tsdb": "tsdb",
}
_MIXED: Final = frozenset({"hama", "anidb", "xbmcnfo", "xbmcnfotv"})
"""Agents that write ids of several databases, with the database in front: `hama://tvdb2-347734`, `xbmcnfo://tt0133093`."""
_PREFIXED: Final = re.compile(r"(anidb|tvdb|tmdb|imdb|mal|tsdb)[0-9]?-(.+)", re.IGNORECASE)
_VALUES: Final = {
    "imdb": re.compile(r"tt[0-9]{5,12}"),
    "mbid": re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE),
}
_NUMBER: Final = re.compile(r"[0-9]{1,12}")
_PLACES: Final = re.compile(r"[0-9]{1,5}(?:/[0-9]{1,5})?")
_PLACE_SUFFIXES: Final = ("_season", "_episode")


def external_ids(guid: Any, guids: Any) -> dict[str, str]:
    """By database: `imdb`, `tmdb`, `tvdb`, `anidb`, `mbid`, …; the first of each counts.

    Old guids of seasons and episodes hold the id of their show and a place in it, `thetvdb://268592/1/2`: that is no id of the
    episode, and stands under `tvdb_episode` as `268592/1/2`, which another server with the same agent has too.
    """
    found: dict[str, str] = {}
    listed = guids if type(guids) is list else [guids]
    for value in [*(_id_in(part) for part in listed[:_GUIDS_MAX]), guid]:
        if type(value) is str and (named := _named(value)):
            found.setdefault(*named)
    return found


def _id_in(part: Any) -> Any:
    return part.get("id") if type(part) is dict else part


def _named(guid: str) -> tuple[str, str] | None:
    """(database, id) of one guid; none for `plex://`, `local://` and whatever else names no other database."""
    if guid.startswith("plex://") or not (form := _FORM.match(guid)):
        return None
    agent, value = form[1].lower(), form[2]
    if agent in _MIXED and (prefixed := _PREFIXED.fullmatch(value)):
        agent, value = prefixed[1].lower(), prefixed[2]
    elif agent in ("xbmcnfo", "xbmcnfotv"):
        agent = "imdb"
    provider = _PROVIDERS.get(agent)
    return _checked(provider, value) if provider else None


def _checked(provider: str, value: str) -> tuple[str, str] | None:
    value, _, place = value.rstrip("/").partition("/")
    if not _VALUES.get(provider, _NUMBER).fullmatch(value):
        return None
    if not place:
        return provider, value
    if not _PLACES.fullmatch(place):
        return None
    return provider + _PLACE_SUFFIXES[place.count("/")], f"{value}/{place}"
