"""Facts that progress is folded from."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from contracts.catalog import ItemKind, Mode, Part, StepStatus, SyncStatus
from contracts.messages.kinds import Count, RequestId, SourceId, SyncId
from contracts.messages.progress import Counts, ErrorReport


class StepPlan(Struct, frozen=True, kw_only=True):
    """One step as planned."""

    step: str
    """Name of the step, such as `movies`."""
    title: str
    """Name of the step for people."""
    weight: Annotated[int, Meta(ge=0)] = 1
    """Its share of the sync's progress; 0 for a check that moves no bar."""
    item_kind: ItemKind | None = None
    """What its rows are, or are categories of; none for the account check."""
    is_categories: bool = False
    """Whether its rows are categories, and not the items themselves."""
    rows_expected: Count | None = None
    """Rows of the last complete listing; none when there was none."""
    bytes_expected: Count | None = None
    """Bytes of the last complete listing; none when there was none."""
    part: Part = Part.CATALOGUE
    """The part of the sync it belongs to."""
    mode: Mode = Mode.FULL
    """Whether the whole listing is asked for, or what changed."""
    reveals_weight: Count = 0
    """Weight that the steps it will reveal may have: part of the whole until it has ended and they are in the plan."""


class SyncPlanned(Struct, frozen=True, kw_only=True, tag="sync_planned.v1"):
    """The writer admitted a sync and wrote its steps."""

    sync_id: SyncId
    source_id: SourceId
    request_id: RequestId
    parts: list[Part]
    """What it runs over."""
    mode: Mode
    """How it asks."""
    steps: list[StepPlan]
    """In the order in which they are shown and asked for. A later plan of the same sync has more of them, never fewer."""
    requested_at: datetime
    """When the bus took the request in."""
    started_at: datetime
    """When the writer admitted it."""


class StepFetching(Struct, frozen=True, kw_only=True, tag="step_fetching.v1"):
    """The fetcher says how far a download is: totals of one attempt, with a revision that only grows."""

    sync_id: SyncId
    source_id: SourceId
    step: str
    """Name of the step, such as `movies`."""
    revision: Count
    """Attempt first, then time: a later word replaces an earlier one in any order of arrival."""
    bytes_received: Count = 0
    """Bytes of the answer that have come in, as they travelled."""
    bytes_expected: Count | None = None
    """Size of the whole answer, where it is known."""
    slices_cut: Count = 0
    """Slices that were cut from it and sent on."""
    rows_expected: Count | None = None
    """Rows of the listing as the server announces them; a hint, for progress only."""
    detail: str | None = None
    """What it waits for, in words; none while bytes come in."""
    waiting_until: datetime | None = None
    """When it goes on; none while it waits for nothing or for an unknown time."""
    at: datetime
    """When it happened."""


class StepCounted(Struct, frozen=True, kw_only=True, tag="step_counted.v1"):
    """The writer committed: cumulative totals of a step, with the revision of its row in the database."""

    sync_id: SyncId
    source_id: SourceId
    step: str
    """Name of the step, such as `movies`."""
    revision: Count
    """Grows with every change of the step: of two words the higher one holds."""
    status: StepStatus
    """Where the step is."""
    counts: Counts
    """What became of its rows, since the step began."""
    slices_done: Count = 0
    """Slices that are committed."""
    slices_total: Count | None = None
    """Slices of the whole listing; none until the last of them is in."""
    section_items: Count = 0
    """Items in the home sections that are its rows; 0 for every other step."""
    removed: Count = 0
    """Rows that were hidden because the listing has them no more."""
    held_back: Count = 0
    """Rows that the listing lacks and that were kept nevertheless: too many at once."""
    notice: str | None = None
    """What a person should know of a step that went well: why deletions were held back, or that ids have changed."""
    error: ErrorReport | None = None
    """Why it failed, or what it last met."""
    at: datetime
    """When it happened."""


class SyncClosed(Struct, frozen=True, kw_only=True, tag="sync_closed.v1"):
    """The writer ended a sync; nothing of it is written after this."""

    sync_id: SyncId
    source_id: SourceId
    status: SyncStatus
    """How it ended."""
    error: ErrorReport | None = None
    """A reason of the sync as a whole, such as a refused account."""
    at: datetime
    """When it ended."""
