"""What a Jellyfin server has, piece by piece: an item, a view of the home screen, and what one user made of an item."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import md5
from typing import Any, Final, Protocol

import msgspec

TICKS_PER_S: Final = 10_000_000
FOLDER_TYPES: Final = frozenset({"Series", "Season", "MusicAlbum", "MusicArtist", "BoxSet", "CollectionFolder", "Playlist"})
_AUDIO: Final = "Audio"
_VIDEO_TYPES: Final = frozenset({"Movie", "Episode", "Video", "TvChannel"})


class Item(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """An entry of a library, named as the server names its fields. What is unset is left out of answers, as Jellyfin does."""

    name: str
    id: str
    """32 lower-case hexadecimal digits."""
    type: str
    """Movie, Series, Season, Episode, MusicArtist, MusicAlbum, Audio, BoxSet, TvChannel, …."""
    view_id: str = ""
    """The library it is in; never served, as Jellyfin does not say it."""
    date_created: str = ""
    """UTC with seven digits of a second, as is every date here."""
    date_last_saved: str = ""
    """Never served: the Etag is made of it."""
    sort_name: str = ""
    original_title: str | None = None
    overview: str | None = None
    taglines: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    studio_names: tuple[str, ...] = ()
    provider_ids: dict[str, str] = {}
    production_year: int | None = None
    premiere_date: str | None = None
    official_rating: str | None = None
    community_rating: float | None = None
    critic_rating: float | None = None
    run_time_ticks: int | None = None
    container: str | None = None
    path: str | None = None
    location_type: str = "FileSystem"
    index_number: int | None = None
    index_number_end: int | None = None
    parent_index_number: int | None = None
    series_id: str | None = None
    series_name: str | None = None
    season_id: str | None = None
    season_name: str | None = None
    status: str | None = None
    """Of a series: Continuing or Ended."""
    artists: tuple[str, ...] = ()
    artist_id: str | None = None
    album: str | None = None
    album_id: str | None = None
    album_artist: str | None = None
    box_set_ids: tuple[str, ...] = ()
    """The collections it belongs to; never served."""
    channel_number: str | None = None
    channel_type: str | None = None
    has_image: bool = True
    has_backdrop: bool = False
    more: dict[str, Any] = {}
    """Fields that replace or join the served ones as they are, under any name."""

    @property
    def is_folder(self) -> bool:
        return self.type in FOLDER_TYPES

    @property
    def media_type(self) -> str:
        if self.type == _AUDIO:
            return _AUDIO
        return "Video" if self.type in _VIDEO_TYPES else "Unknown"

    @property
    def is_virtual(self) -> bool:
        """Known to exist, and not there: a missing or unaired episode."""
        return self.location_type == "Virtual"

    @property
    def parents(self) -> tuple[str | None, ...]:
        """Everything it is below, the nearest first."""
        return (self.season_id, self.album_id, self.series_id, self.artist_id, *self.box_set_ids, self.view_id)

    @property
    def parent(self) -> str:
        """What it is directly in."""
        return next((found for found in (self.season_id, self.album_id, self.series_id, self.artist_id) if found), self.view_id)

    @property
    def etag(self) -> str:
        return digest("etag", self.id, self.date_last_saved)

    @property
    def image_tag(self) -> str | None:
        return digest("image", self.id) if self.has_image else None


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A library as a user sees it."""

    id: str
    name: str
    collection_type: str | None = None
    """movies, tvshows, music, boxsets, …; none for a library of mixed content."""


class WatchState(msgspec.Struct, frozen=True, kw_only=True):
    """What one user made of one item."""

    position_ticks: int = 0
    play_count: int = 0
    is_played: bool = False
    is_favorite: bool = False
    last_played: str | None = None
    """None also for what was marked played over the API without a date."""


class Stock(Protocol):
    """What a library begins with, by place; may make its items when they are asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: int, /) -> Item: ...

    def place_of(self, item_id: str) -> int | None:
        """Where the item of that id is."""

    def places(self, types: frozenset[str], /) -> Iterable[int]:
        """Where items of these types, named in lower case, can be, perhaps among others; of no types: where any can be."""


class ListedStock:
    """Items that are all in memory."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = tuple(items)
        self._places = {item.id: place for place, item in enumerate(self._items)}

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, place: int, /) -> Item:
        return self._items[place]

    def place_of(self, item_id: str) -> int | None:
        return self._places.get(item_id)

    def places(self, types: frozenset[str], /) -> Iterable[int]:
        return range(len(self._items))


def digest(*words: str) -> str:
    """An id made of words, the same at every call."""
    return md5("/".join(words).encode(), usedforsecurity=False).hexdigest()


def stamp(moment: datetime) -> str:
    """A date as Jellyfin writes it: UTC, seven digits of a second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def read_stamp(text: str) -> str:
    """A date of any ISO form, which is UTC when it says nothing, as `stamp` writes it. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
