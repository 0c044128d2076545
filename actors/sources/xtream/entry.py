"""The shapes in which a panel sends a channel, a film, a series or a category: any field may hold anything, or be left out."""

from typing import Any

from msgspec import Struct


class ItemEntry(Struct, frozen=True, kw_only=True, gc=False):
    """An entry of `get_live_streams`, `get_vod_streams` or `get_series`.

    The panels' ordinal `num` is not read, since they renumber; neither are `direct_source` and `url`, which hold credentials.
    """

    stream_id: Any = None
    series_id: Any = None
    name: Any = None
    title: Any = None
    stream_icon: Any = None
    cover: Any = None
    movie_image: Any = None
    rating: Any = None
    rating_5based: Any = None
    added: Any = None
    last_modified: Any = None
    is_adult: Any = None
    category_id: Any = None
    category_ids: Any = None
    year: Any = None
    release_date: Any = None
    releaseDate: Any = None  # noqa: N815 - the panel's spelling
    releasedate: Any = None
    duration_secs: Any = None
    duration: Any = None
    episode_run_time: Any = None
    plot: Any = None
    description: Any = None
    genre: Any = None
    cast: Any = None
    actors: Any = None
    director: Any = None
    country: Any = None
    o_name: Any = None
    container_extension: Any = None
    backdrop_path: Any = None
    youtube_trailer: Any = None
    trailer: Any = None
    tmdb: Any = None
    tmdb_id: Any = None
    imdb: Any = None
    imdb_id: Any = None
    tv_archive: Any = None
    tv_archive_duration: Any = None
    epg_channel_id: Any = None
    custom_sid: Any = None
    stream_type: Any = None
    age: Any = None
    mpaa_rating: Any = None


class CategoryEntry(Struct, frozen=True, kw_only=True, gc=False):
    """An entry of one of the three listings of categories."""

    category_id: Any = None
    category_name: Any = None
    parent_id: Any = None
