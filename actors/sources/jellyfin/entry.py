"""The shape in which a Jellyfin server sends an item or a view: any field may hold anything, or be left out."""

from typing import Any, Final

from msgspec import Struct


class Entry(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True, rename="pascal"):
    """A `BaseItemDto`, as far as a row needs it. Encoded again, it is the entry without the rest."""

    id: Any = None
    name: Any = None
    type: Any = None
    collection_type: Any = None
    media_type: Any = None
    location_type: Any = None
    is_folder: Any = None
    production_year: Any = None
    premiere_date: Any = None
    community_rating: Any = None
    official_rating: Any = None
    run_time_ticks: Any = None
    date_created: Any = None
    etag: Any = None
    image_tags: Any = None
    backdrop_image_tags: Any = None
    series_id: Any = None
    series_name: Any = None
    series_primary_image_tag: Any = None
    season_name: Any = None
    status: Any = None
    album: Any = None
    album_id: Any = None
    album_primary_image_tag: Any = None
    album_artist: Any = None
    album_artists: Any = None
    index_number: Any = None
    index_number_end: Any = None
    parent_index_number: Any = None
    number: Any = None
    channel_number: Any = None
    channel_type: Any = None
    user_data: Any = None
    provider_ids: Any = None
    genres: Any = None
    overview: Any = None
    original_title: Any = None
    studios: Any = None
    taglines: Any = None


FIELDS: Final = "DateCreated,Etag,ProviderIds,Genres,Overview,OriginalTitle,Studios,Taglines"
"""What must be asked for by name; servers send the rest unasked."""
IMAGES: Final = (("EnableImageTypes", "Primary,Backdrop"), ("ImageTypeLimit", "1"))
"""The pictures that a row keeps; each more costs an entry some 150 bytes."""
