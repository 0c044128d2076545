"""The shapes in which a Plex server sends items, hubs and libraries: any field may hold anything, or be left out."""

from typing import Any

from msgspec import Raw, Struct, field

NOTHING = Raw(b"")


class MetadataEntry(Struct, frozen=True, kw_only=True, gc=False, rename="camel", omit_defaults=True):
    """An entry of `Metadata`, with the fields that a row is made of; a hub's items travel as this."""

    rating_key: Any = None
    key: Any = None
    guid: Any = None
    type: Any = None
    title: Any = None
    original_title: Any = None
    edition_title: Any = None
    summary: Any = None
    tagline: Any = None
    content_rating: Any = None
    studio: Any = None
    year: Any = None
    originally_available_at: Any = None
    index: Any = None
    parent_index: Any = None
    rating: Any = None
    audience_rating: Any = None
    duration: Any = None
    added_at: Any = None
    updated_at: Any = None
    deleted_at: Any = None
    thumb: Any = None
    composite: Any = None
    art: Any = None
    parent_thumb: Any = None
    grandparent_thumb: Any = None
    parent_rating_key: Any = None
    grandparent_rating_key: Any = None
    parent_title: Any = None
    grandparent_title: Any = None
    view_count: Any = None
    view_offset: Any = None
    last_viewed_at: Any = None
    leaf_count: Any = None
    viewed_leaf_count: Any = None
    section_id: Any = field(name="librarySectionID", default=None)
    genres: Any = field(name="Genre", default=None)
    guids: Any = field(name="Guid", default=None)


class SectionEntry(Struct, frozen=True, kw_only=True, gc=False, rename="camel"):
    """An entry of `Directory` in `/library/sections`: a library."""

    key: Any = None
    type: Any = None
    title: Any = None
    content_changed_at: Any = None


class Container(Struct, frozen=True, kw_only=True, rename="camel"):
    """What every answer is wrapped in."""

    size: Any = None
    """Children in this answer, of all sorts."""
    total_size: Any = None
    """Children of the whole listing; only in answers that are pages."""
    section_id: Any = field(name="librarySectionID", default=None)
    metadata: Raw = field(name="Metadata", default=NOTHING)
    directory: Raw = field(name="Directory", default=NOTHING)
    hub: Raw = field(name="Hub", default=NOTHING)


class HubAnswer(Struct, frozen=True, kw_only=True, rename="camel"):
    """A hub as the server sends it."""

    hub_identifier: Any = None
    title: Any = None
    type: Any = None
    context: Any = None
    style: Any = None
    key: Any = None
    size: Any = None
    total_size: Any = None
    more: Any = None
    metadata: Raw = field(name="Metadata", default=NOTHING)
    directory: Raw = field(name="Directory", default=NOTHING)


class HubEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A hub as the walk assembled it: one entry of the home listing."""

    hub: Any = None
    """Its fields by the server's names, without its children."""
    position: Any = None
    """On the home page, from 0."""
    items: Any = None
    """Its children in order, each with the fields of MetadataEntry."""
    failure: Any = None
    """Why it could not be read whole."""
