"""A season and an episode of a series become rows of the catalogue."""

import re
from typing import Any, Final

import msgspec

from actors.sources import values
from actors.sources.folding import fold
from actors.sources.hashing import row_hash
from actors.sources.xtream import fields, texts
from contracts.catalog import Item, ItemKind

LIBRARY: Final = "series"
_SPECIALS: Final = "Specials"
_DATE: Final = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")
_RELEASE_KEYS: Final = ("releasedate", "release_date", "air_date", "releaseDate")
_IMAGE_KEYS: Final = ("movie_image", "cover_big", "cover", "stream_icon", "image")
_NO_ID: Final = frozenset({"0", "null", "None", "N/A", "n/A", "n/a"})
_encode: Final = msgspec.json.Encoder().encode

EPISODE_KEYS: Final = (
    "id", "episode_num", "title", "name", "container_extension", "custom_sid", "added", "season", "plot", "info",
    *_RELEASE_KEYS, *_IMAGE_KEYS,
)  # fmt: skip
INFO_KEYS: Final = (
    "name", "title", "plot", "overview", "description", "tmdb_id", "imdb_id", "duration_secs", "duration", "rating", "season",
    *_RELEASE_KEYS, *_IMAGE_KEYS,
)  # fmt: skip
SEASON_KEYS: Final = ("season_number", "name", "overview", "vote_average", "air_date", *_IMAGE_KEYS)
"""What is read of an episode, of its `info`, and of a season. Not `direct_source` or `url`, which hold credentials."""
PLOT_KEYS: Final = ("plot", "overview", "description")


def season_number(entry: dict[str, Any], listed_under: int | None) -> int | None:
    """The episode's own word first: what it is listed under is a place where panels send lists. Raises Unreadable."""
    info = info_of(entry)
    for value in (entry.get("season"), info.get("season"), listed_under):
        number = values.integer(value, "season")
        if number is not None and number >= 0:
            return number
    return None


def info_of(entry: dict[str, Any]) -> dict[str, Any]:
    """What else is said of an episode; panels send an empty list for nothing."""
    info = entry.get("info")
    return info if type(info) is dict else {}


def season(series_id: str, show: str, number: int, said: dict[str, Any]) -> Item:
    """A season has no id that plays anything: it is named by its series and its number. Raises Unreadable."""
    title = texts.title(said.get("name")) or (f"Season {number}" if number else _SPECIALS)
    released = _released(said)
    year = fields.year(released) if released else None
    rating = fields.rating(said.get("vote_average"), None)
    image = _image(said)
    found = _described(texts.text(said.get("overview")), show, released)
    details = _encode(found).decode() if found else "{}"
    content_hash = row_hash((title, year, rating, image, series_id, number, details))
    return Item(
        f"{series_id}:{number}", ItemKind.SEASON, content_hash, title, fold(title), year, rating, None, None, False, image,
        LIBRARY, series_id, number, [], details,
    )  # fmt: skip


def episode(series_id: str, show: str, entry: dict[str, Any], number: int | None, *, has_plot: bool) -> Item:
    """An episode of the season of a number. Raises Unreadable."""
    remote_id, info = values.remote_id(entry.get("id"), "id"), info_of(entry)
    index = values.integer(entry.get("episode_num"), "episode_num")
    title = _title(entry, info) or (f"Episode {index}" if index is not None else f"Untitled {remote_id}")
    released = _released(info) or _released(entry)
    year = fields.year(released) if released else None
    rating = fields.rating(info.get("rating"), None)
    duration_s = _duration_s(info)
    added_at = fields.moment(entry.get("added"), "added")
    image = _image(info) or _image(entry)
    plot = _plot(entry, info) if has_plot else ""
    details = _encode(_of_episode(_described(plot, show, released), entry, info)).decode()
    content_hash = row_hash((title, year, rating, duration_s, added_at, image, series_id, index, number, details))
    return Item(
        remote_id, ItemKind.EPISODE, content_hash, title, fold(title), year, rating, duration_s, added_at, False, image,
        LIBRARY, series_id, index, [], details, number,
    )  # fmt: skip


def _title(entry: dict[str, Any], info: dict[str, Any]) -> str:
    said = (entry.get("title"), entry.get("name"), info.get("name"), info.get("title"))
    return next((title for value in said if (title := texts.title(value))), "")


def _plot(entry: dict[str, Any], info: dict[str, Any]) -> str:
    said = (*(info.get(key) for key in PLOT_KEYS), entry.get("plot"))
    return next((plot for value in said if (plot := texts.text(value))), "")


def _released(said: dict[str, Any]) -> str:
    """A whole date; empty if there is none."""
    dates = (said.get(key) for key in _RELEASE_KEYS)
    return next((value[:10] for value in dates if type(value) is str and _DATE.fullmatch(value[:10])), "")


def _duration_s(info: dict[str, Any]) -> int | None:
    """`duration` is a clock (`00:36:54`) or minutes (`39min`)."""
    said = info.get("duration")
    minutes = None if type(said) is str and ":" in said else said
    return fields.duration_s(info.get("duration_secs"), minutes, said)


def _image(said: dict[str, Any]) -> str | None:
    return next((image for key in _IMAGE_KEYS if (image := texts.image(said.get(key)))), None)


def _described(plot: str, show: str, released: str) -> dict[str, Any]:
    said = {"plot": plot, "released": released, "show": show}
    return {key: text for key, text in said.items() if text}


def _of_episode(found: dict[str, Any], entry: dict[str, Any], info: dict[str, Any]) -> dict[str, Any]:
    ids = {name: texts.text(info.get(f"{name}_id")) for name in ("imdb", "tmdb")}
    if known := {name: text for name, text in ids.items() if text and text not in _NO_ID}:
        found["external_ids"] = known
    for key in ("container_extension", "custom_sid"):
        if said := texts.label(entry.get(key)):
            found[key] = said
    return found
