"""Facts worth reacting to."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from contracts.catalog import ItemKind, Mode, Part, StepStatus, SyncStatus
from contracts.messages.kinds import Count, RequestId, SourceId, SyncId
from contracts.messages.progress import Counts, ErrorReport


class RequestRefused(Struct, frozen=True, kw_only=True, tag="request_refused.v1"):
    """A sync request that starts nothing."""

    source_id: str
    """The source that the request's subject named, also when there is none of that name."""
    request_id: str
    """The request's own id."""
    code: str
    """`unknown_source`, `already_running`, `bad_request`."""
    text: str
    """The reason in one sentence."""
    running_sync_id: SyncId | None = None
    """The sync that runs instead, for `already_running`."""
    at: datetime
    """When it happened."""


class SyncStarted(Struct, frozen=True, kw_only=True, tag="sync_started.v1"):
    """A sync was admitted."""

    sync_id: SyncId
    source_id: SourceId
    request_id: RequestId
    parts: list[Part]
    """What it runs over."""
    mode: Mode
    """How it asks."""
    left_out: dict[Part, SyncId] = {}
    """Parts that were asked for and run already, each with the sync that runs it."""
    at: datetime
    """When it happened."""


class StepEnded(Struct, frozen=True, kw_only=True, tag="step_ended.v1"):
    """A step came to its end."""

    sync_id: SyncId
    source_id: SourceId
    step: str
    """Name of the step, such as `movies`."""
    status: StepStatus
    """How it ended."""
    counts: Counts
    """What became of its rows."""
    removed: Count = 0
    """Rows that were hidden because the listing has them no more."""
    held_back: Count = 0
    """Rows that the listing lacks and that were kept nevertheless."""
    notice: str | None = None
    """What a person should know of a step that went well."""
    error: ErrorReport | None = None
    """Why it failed, when it did."""
    at: datetime
    """When it happened."""


class SyncEnded(Struct, frozen=True, kw_only=True, tag="sync_ended.v1"):
    """A sync came to its end; its rows are in the database."""

    sync_id: SyncId
    source_id: SourceId
    request_id: RequestId
    status: SyncStatus
    """How it ended."""
    counts: Counts
    """What became of the rows of all steps."""
    home_sections: Count | None = None
    """Sections of the home page that were read; none when it was not read."""
    home_items: Count = 0
    """Items in those sections."""
    removed: Count = 0
    """Rows that were hidden because their listings have them no more."""
    held_back: Count = 0
    """Rows that were kept although their listings lack them."""
    errors: list[ErrorReport]
    """The errors of its steps and its own, at most `limits.PROGRESS_ERRORS_MAX`."""
    started_at: datetime
    """When the writer admitted it."""
    ended_at: datetime
    """When the writer ended it."""


class ItemsAdded(Struct, frozen=True, kw_only=True, tag="items_added.v1"):
    """Items that are new in the catalogue since the sync began."""

    sync_id: SyncId
    source_id: SourceId
    counts_by_kind: dict[ItemKind, Count]
    """How many items are new, by their kind."""
    item_ids: list[int]
    """The first of them, at most `limits.EVENT_ITEMS_MAX`."""
    at: datetime
    """When it happened."""


class ChangedSection(Struct, frozen=True, kw_only=True):
    """A section of a home page that is not what it was."""

    hub_identifier: str
    """The server's own id of it."""
    title: str
    """As the server writes it."""
    change: Literal["added", "changed", "removed"]
    """What became of it."""


class HomeSectionsRefreshed(Struct, frozen=True, kw_only=True, tag="home_sections_refreshed.v1"):
    """The home page was read, and something on it is not what it was."""

    sync_id: SyncId
    source_id: SourceId
    changes: list[ChangedSection]
    """The first of the sections that changed, at most `limits.EVENT_ITEMS_MAX`."""
    changes_total: Count
    """How many sections changed."""
    sections: Count
    """How many sections the home page has now."""
    items: Count
    """How many items they hold."""
    at: datetime
    """When it happened."""


class SourceUnreachable(Struct, frozen=True, kw_only=True, tag="source_unreachable.v1"):
    """A source could not be asked."""

    source_id: SourceId
    sync_id: SyncId
    error: ErrorReport
    """What came of the attempt."""
    at: datetime
    """When it happened."""
