"""What answers are made of: the catalogue as people and screens see it."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from contracts.catalog import ItemKind, Mode, Part, SourceKind, SyncStatus
from contracts.messages.kinds import Count, RequestId, SyncId
from contracts.messages.progress import Counts, ErrorReport

Details = Annotated[msgspec.Raw, Meta(extra_json_schema={"type": "object"})]


def _no_details() -> msgspec.Raw:
    return msgspec.Raw(b"{}")


class Links(Struct, frozen=True, kw_only=True):
    """Addresses, built when they are asked for; never with a credential."""

    web: str | None = None
    """The item's page in the server's own web client."""
    image: str | None = None
    """Its picture; some servers ask for a sign-in before they show it."""


class CatalogueItem(Struct, frozen=True, kw_only=True):
    """One item, for people."""

    id: int
    """Playbill's own id; it never changes, and is never given to another item."""
    source_id: str
    """The source that has it."""
    kind: ItemKind
    """What it is."""
    remote_id: str
    """The source's own id."""
    title: str
    """As the source writes it."""
    year: int | None = None
    """When it came out; none where the source does not say."""
    rating: float | None = None
    """0 to 10."""
    duration_s: int | None = None
    """How long it runs, in seconds."""
    added_at: datetime | None = None
    """When the source got it."""
    is_adult: bool = False
    """Whether the source marks it as for adults."""
    image: str | None = None
    """Path on the server or address of a third party."""
    library: str | None = None
    """Title of the library it is in; none for what is known from a home section only."""
    categories: list[str] = []
    """Titles, in the source's order."""
    index_number: int | None = None
    """Number of a season in its show, of an episode in its season, of a track on its disc."""
    parent_index: int | None = None
    """Number of the season of an episode, of the disc of a track."""
    parent_id: int | None = None
    """Playbill's own id of the show of an episode or season, of the artist of an album, of the album of a track."""
    parent_title: str | None = None
    """Title of the show of an episode or season, of the artist of an album, of the album of a track."""
    view_count: int | None = None
    """How often the source's user has seen it to its end; none where the source tells nothing of it."""
    view_offset_s: int | None = None
    """Where the user stopped, in seconds; none when it is not in progress."""
    last_viewed_at: datetime | None = None
    """When the source's user last saw it."""
    details: Details = msgspec.field(default_factory=_no_details)
    """A JSON object: plot, genre, cast, external_ids, …."""


class HomeSectionShown(Struct, frozen=True, kw_only=True):
    """One row of a home page, with its items in order."""

    id: int
    """Playbill's own id of it."""
    source_id: str
    """The source whose home page it is on."""
    hub_identifier: str
    """The server's own id of it."""
    title: str
    """As the source writes it."""
    section_type: str
    """`continue_watching`, `next_up`, `recently_added`, `top_rated`, …, or the server's own text."""
    position: int
    """Place on the home page, from 0."""
    context: str | None = None
    """The server's own word for where it comes from."""
    style: str | None = None
    """The server's own word for how it is drawn."""
    hub_type: str | None = None
    """Type of its items in the server's words; `mixed` for several."""
    size: int | None = None
    """How many items the server says it has; it may be more than are kept."""
    last_updated: datetime
    """When it was last read from the server."""
    is_stale: bool = False
    """Whether it is older than the source's settings allow, its last refresh failed, or a library has changed since."""
    items: list[CatalogueItem] = []
    """In the server's order."""


class LibraryShown(Struct, frozen=True, kw_only=True):
    """A library, with how much of it is in the catalogue."""

    source_id: str
    """The source that has it."""
    remote_id: str
    """The source's own id."""
    title: str
    """As the source writes it."""
    library_type: str | None = None
    """`movies`, `shows`, `music`, `videos`, `channels`, `mixed`, or the server's own word."""
    items: dict[ItemKind, Count] = {}
    """How many items it holds, by their kind."""


class FoundPlace(Struct, frozen=True, kw_only=True):
    """Where a title can be played."""

    source_id: str
    """The source that has it."""
    library: str | None = None
    """Title of its library there."""
    item: CatalogueItem
    """The item as that source has it."""


class FoundTitle(Struct, frozen=True, kw_only=True):
    """A title that was found, with every place that has it, the best match first."""

    title: str
    """As the best match writes it."""
    kind: ItemKind
    """What it is."""
    year: int | None = None
    """When it came out; none where no source says."""
    places: list[FoundPlace]
    """The best match first."""


class SourceShown(Struct, frozen=True, kw_only=True):
    """A source, and how it stands."""

    source_id: str
    """Its id in the settings."""
    kind: SourceKind
    """What kind of server it is."""
    title: str
    """Its name for people."""
    last_synced_at: datetime | None = None
    """End of its last sync that ended well."""
    last_status: SyncStatus | None = None
    """Of the sync that started last."""
    items: dict[ItemKind, Count] = {}
    """How many items it has in the catalogue, by their kind."""


class SyncShown(Struct, frozen=True, kw_only=True):
    """A sync that ran or runs."""

    sync_id: SyncId
    source_id: str
    """The source it ran over."""
    request_id: RequestId
    parts: list[Part]
    """What it ran over."""
    mode: Mode
    """How it asked."""
    status: SyncStatus
    """Where it is."""
    counts: Counts = Counts()
    """What became of the rows of all steps."""
    started_at: datetime
    """When the writer admitted it."""
    ended_at: datetime | None = None
    """When the writer ended it; none while it runs."""
    error: ErrorReport | None = None
    """A reason of the sync as a whole; none where its steps have their own."""
