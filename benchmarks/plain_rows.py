"""A panel's entries to the columns of a row, straight on: types as this provider sends them, no quirks, no rejects."""

import hashlib
from typing import Any, Final

import msgspec

from actors.sources.folding import fold

_details: Final = msgspec.json.Encoder().encode
_content: Final = msgspec.msgpack.Encoder().encode


class Category(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    category_id: str
    category_name: str


class Channel(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    stream_id: int
    name: str
    stream_icon: str
    epg_channel_id: str | None
    added: str
    is_adult: str
    category_id: str
    tv_archive: int
    tv_archive_duration: str | int


class Movie(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    stream_id: int
    name: str
    stream_icon: str
    rating: str
    tmdb: str
    plot: str
    cast: str
    director: str
    genre: str
    release_date: str
    added: str
    is_adult: str
    category_id: str
    category_ids: list[int]
    container_extension: str


class Series(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    series_id: int
    name: str
    cover: str
    plot: str
    cast: str
    director: str
    genre: str
    release_date: str
    last_modified: str
    rating: str
    rating_5based: float
    backdrop_path: list[str]
    episode_run_time: str
    category_id: str


class Row(msgspec.Struct, frozen=True, gc=False):
    """The columns of an item that come from the provider."""

    remote_id: str
    title: str
    folded_title: str
    year: int | None
    rating: float | None
    duration_s: int | None
    added_at: int
    is_adult: bool
    image: str
    details: str
    category_ids: list[str]

    @property
    def row_hash(self) -> int:
        content = _content((self.title, self.year, self.rating, self.added_at, self.image, self.category_ids, self.details))
        return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little", signed=True)


def channel(entry: Channel) -> Row:
    details: dict[str, Any] = {}
    if entry.tv_archive:
        details["tv_archive"] = True
        details["tv_archive_days"] = int(entry.tv_archive_duration)
    if entry.epg_channel_id:
        details["epg_channel_id"] = entry.epg_channel_id
    return Row(
        str(entry.stream_id), entry.name, fold(entry.name), None, None, None, int(entry.added), entry.is_adult == "1",
        entry.stream_icon, _details(details).decode(), [entry.category_id],
    )  # fmt: skip


def movie(entry: Movie) -> Row:
    details: dict[str, Any] = {
        "plot": entry.plot,
        "genre": entry.genre.split(", "),
        "cast": entry.cast.split(", "),
        "director": entry.director.split(", "),
        "release_date": entry.release_date,
    }
    if entry.tmdb:
        details["tmdb"] = entry.tmdb
    details["container_extension"] = entry.container_extension
    category_ids = [str(category_id) for category_id in entry.category_ids]
    return Row(
        str(entry.stream_id), entry.name, fold(entry.name), int(entry.release_date[:4]), _rating(entry.rating), None,
        int(entry.added), entry.is_adult == "1", entry.stream_icon, _details(details).decode(), category_ids,
    )  # fmt: skip


def series(entry: Series) -> Row:
    details = {
        "plot": entry.plot,
        "genre": entry.genre.split(" / "),
        "cast": entry.cast.split(", "),
        "director": entry.director.split(", "),
        "release_date": entry.release_date,
        "backdrops": entry.backdrop_path,
    }
    rating = _rating(entry.rating) or entry.rating_5based * 2
    return Row(
        str(entry.series_id), entry.name, fold(entry.name), int(entry.release_date[:4]), rating,
        int(entry.episode_run_time) * 60, int(entry.last_modified), False, entry.cover, _details(details).decode(),
        [entry.category_id],
    )  # fmt: skip


def _rating(text: str) -> float | None:
    try:
        return float(text.replace(",", ".")) or None
    except ValueError:
        return None
