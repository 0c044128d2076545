"""What can be asked of the catalogue over the bus, and the answers: request and reply, one subject for each question."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from contracts import limits
from contracts.catalog import ItemKind, Mode, Part
from contracts.messages.kinds import RequestId, SourceId, SyncId
from contracts.messages.shown import (
    CatalogueItem,
    FoundTitle,
    HomeSectionShown,
    LibraryShown,
    Links,
    SourceShown,
    SyncShown,
)

Sort = Literal["title", "added", "rating", "year"]
"""Items without a year, a rating or a date come last in either direction."""
Limit = Annotated[int, Meta(ge=1, le=limits.QUERY_ROWS_MAX)]
Cursor = Annotated[str, Meta(max_length=4 * limits.TITLE_CHARS_MAX * 2)]
"""Opaque; a cursor of a list by title holds a title, coded."""
Words = Annotated[str, Meta(max_length=limits.TITLE_CHARS_MAX)]
ItemId = Annotated[int, Meta(ge=0, le=limits.INTEGER_MAX)]


class HomeQuery(Struct, frozen=True, kw_only=True, tag="home_query.v1"):
    """The home page of one source, or of all."""

    source: SourceId | None = None
    """Id of a source; none: all."""
    limit: Limit = 20
    """Items of each section."""
    refresh: bool = False
    """Ask for a refresh in the background of what is stale; the answer comes at once, with what there is."""


class HomeAnswer(Struct, frozen=True, kw_only=True, tag="home_answer.v1"):
    """Sections by source and place."""

    sections: list[HomeSectionShown]
    """In their order, with their items."""
    refreshing: dict[SourceId, SyncId] = {}
    """Sources whose home page is being read anew, each with its sync: its end is told by the event `sync_ended`, and by
    `home_sections_refreshed` if something changed."""
    """By source and place on its page."""


class LibrariesQuery(Struct, frozen=True, kw_only=True, tag="libraries_query.v1"):
    """The libraries of one source, or of all."""

    source: SourceId | None = None
    """Id of a source; none: all."""


class LibrariesAnswer(Struct, frozen=True, kw_only=True, tag="libraries_answer.v1"):
    """The libraries that are known."""

    libraries: list[LibraryShown]
    """By source and place in its order."""


class ItemsQuery(Struct, frozen=True, kw_only=True, tag="items_query.v1"):
    """A page of the catalogue."""

    kind: ItemKind | None = None
    """Only items of this kind."""
    source: SourceId | None = None
    """Only items of this source."""
    library: Words | None = None
    """An id of the server, or a title."""
    category: Words | None = None
    """Only items of this category: an id of the server, or a title."""
    parent: ItemId | None = None
    """Id of the show, season's show, artist or album whose children are wanted, in their own order; nothing else sorts them."""
    sort: Sort = "title"
    """What they are sorted by; items that have none of it come last."""
    descending: bool = False
    """The other way around."""
    limit: Limit = 50
    """Items of one page."""
    after: Cursor | None = None
    """The `next_cursor` of the page before."""


class ItemsAnswer(Struct, frozen=True, kw_only=True, tag="items_answer.v1"):
    """One page."""

    items: list[CatalogueItem]
    """In the order that was asked for."""
    next_cursor: str | None = None
    """Give it as `after` for the next page; none: this was the last."""


class ItemQuery(Struct, frozen=True, kw_only=True, tag="item_query.v1"):
    """One item."""

    id: ItemId
    """Playbill's own id of it."""


class ItemAnswer(Struct, frozen=True, kw_only=True, tag="item_answer.v1"):
    """The item, and where to find it."""

    item: CatalogueItem | None
    """None when there is none of this id."""
    links: Links = Links()
    """Where a person or a screen finds it."""


class SearchQuery(Struct, frozen=True, kw_only=True, tag="search_query.v1"):
    """Titles by their words, over all sources at once."""

    text: Words
    """Words of the title; the beginnings of words will do."""
    kind: ItemKind | None = None
    """Only items of this kind."""
    source: SourceId | None = None
    """Only items of this source."""
    limit: Limit = 50
    """Items looked at; titles that several sources have are one of the answer."""


class SearchAnswer(Struct, frozen=True, kw_only=True, tag="search_answer.v1"):
    """What was found."""

    titles: list[FoundTitle]
    """The best match first."""


class SourcesQuery(Struct, frozen=True, kw_only=True, tag="sources_query.v1"):
    """The configured sources."""


class SourcesAnswer(Struct, frozen=True, kw_only=True, tag="sources_answer.v1"):
    """The sources and how they stand."""

    sources: list[SourceShown]
    """Every configured source, by its id."""


class SyncsQuery(Struct, frozen=True, kw_only=True, tag="syncs_query.v1"):
    """The last syncs of one source, or of all."""

    source: SourceId | None = None
    """Id of a source; none: all."""
    limit: Limit = 20
    """How many."""


class SyncsAnswer(Struct, frozen=True, kw_only=True, tag="syncs_answer.v1"):
    """The last syncs."""

    syncs: list[SyncShown]
    """The last started first."""


class SyncQuery(Struct, frozen=True, kw_only=True, tag="sync_query.v1"):
    """Ask for a sync and hear at once whether it starts: the request/reply form of a SyncRequest."""

    source: SourceId
    request_id: RequestId = ""
    """Empty: made up."""
    parts: list[Part] = []
    """Empty: every part of a plain sync."""
    mode: Mode = Mode.INCREMENTAL
    """How to ask: everything anew, or what changed."""
    steps: Annotated[list[str], Meta(max_length=limits.STEPS_MAX)] = []
    """Names of steps to run, such as `movies`. Empty: all."""
    libraries: Annotated[list[Words], Meta(max_length=limits.STEPS_MAX)] = []
    """Titles or the server's ids of the libraries to sync. Empty: all."""


class SyncAnswer(Struct, frozen=True, kw_only=True, tag="sync_answer.v1"):
    """The sync that will bring what was asked for."""

    sync_id: SyncId
    """The sync that was started, or the one that runs already."""
    started: bool
    """Whether it is a new one."""
    left_out: dict[Part, SyncId] = {}
    """Parts that were asked for and run already, each with the sync that runs it."""


class QueryFailed(Struct, frozen=True, kw_only=True, tag="query_failed.v1"):
    """A question that could not be answered."""

    code: str
    """A stable name: `bad_request`, `unknown_source`, `store_unavailable`, `bus_unavailable`, `message_too_large`, `internal`."""
    text: str
    """The reason in one sentence."""


Query = HomeQuery | LibrariesQuery | ItemsQuery | ItemQuery | SearchQuery | SourcesQuery | SyncsQuery | SyncQuery
Answer = (
    HomeAnswer
    | LibrariesAnswer
    | ItemsAnswer
    | ItemAnswer
    | SearchAnswer
    | SourcesAnswer
    | SyncsAnswer
    | SyncAnswer
    | QueryFailed
)
