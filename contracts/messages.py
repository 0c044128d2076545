"""Every message: requests are verbs, facts are in the past tense. The version is in the tag.

Public messages travel as JSON, work messages as MessagePack (`contracts.codec`). Unknown fields are ignored; a field that is
added has a default; a field that changes its meaning makes a new version. Times are UTC.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from contracts import limits
from contracts.catalog import ItemKind, Mode, Part, Reject, SourceKind, StepStatus, SyncStatus

SourceId = Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,64}$", description="Id of a configured source.")]
SyncId = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$", description="Id of one sync, made from its source and request id.")]
RequestId = Annotated[str, Meta(max_length=128, description="The asker's own id; the same id asks for the same sync.")]
Count = Annotated[int, Meta(ge=0, le=limits.INTEGER_MAX)]


# --- What anyone may say -----------------------------------------------------------------------------


class SyncRequest(Struct, frozen=True, kw_only=True, tag="sync_request.v1"):
    """Sync one source. The subject names it; an empty body is a plain sync."""

    request_id: RequestId = ""
    """Empty: made from the message's place in the stream. The same id twice is one sync."""
    parts: list[Part] = []
    """Empty: every part of a plain sync."""
    mode: Mode = Mode.INCREMENTAL
    """How to ask: everything anew, or what changed."""
    steps: Annotated[list[str], Meta(max_length=limits.STEPS_MAX)] = []
    """Names of steps to run, such as `movies`. Empty: all."""
    force: bool = False
    """Run although nothing is due."""


class CancelSync(Struct, frozen=True, kw_only=True, tag="cancel_sync.v1"):
    """Cancel what the subject names: one sync, all syncs of a source, or all. Hits nothing that was asked for later."""

    reason: Annotated[str, Meta(max_length=300)] = ""
    """Why, for people."""


# --- Progress ----------------------------------------------------------------------------------------


class Counts(Struct, frozen=True, kw_only=True):
    """Rows of a step or a sync, each in exactly one place. Served = stored + unchanged + rejected + excluded."""

    new: Count = 0
    """Stored for the first time."""
    changed: Count = 0
    """Stored again because their content differs."""
    unchanged: Count = 0
    """Served as they are in the catalogue already."""
    rejected: Count = 0
    """Could not be read; kept as rejects with their reasons."""
    excluded: Count = 0
    """Left out by the source's own category filter."""

    @property
    def synced(self) -> int:
        """Rows that are in the catalogue as the source serves them."""
        return self.new + self.changed + self.unchanged

    @property
    def served(self) -> int:
        return self.synced + self.rejected + self.excluded

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            new=self.new + other.new,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
            rejected=self.rejected + other.rejected,
            excluded=self.excluded + other.excluded,
        )


class ErrorReport(Struct, frozen=True, kw_only=True):
    """One error for people: never a URL, never a credential."""

    code: str
    """A stable name, from `contracts.errors`."""
    text: str
    """One sentence."""
    step: str | None = None
    """The step it happened in; none for the sync as a whole."""
    at: datetime | None = None
    """When it happened."""


class StepProgress(Struct, frozen=True, kw_only=True):
    """How far one step is."""

    step: str
    """Name of the step, such as `movies`."""
    title: str
    """Name of the step for people."""
    status: StepStatus = StepStatus.PENDING
    """Where the step is."""
    fraction: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """Share of the step that is done; 1 when it ended, however it ended."""
    item_kind: ItemKind | None = None
    """What its rows are; none for the account check."""
    is_categories: bool = False
    """Whether its rows are categories, and not the items themselves."""
    counts: Counts = Counts()
    """What became of its rows."""
    rows_expected: Count | None = None
    """From the last complete listing; none when there was none."""
    bytes_received: Count = 0
    """Bytes of the answer that have come in, as they travelled."""
    bytes_expected: Count | None = None
    """The answer's Content-Length, where it has one."""
    detail: str | None = None
    """What it waits for, in words: `waiting for the first byte`, `cooling down, the server said 429`."""
    waiting_until: datetime | None = None
    """When it goes on; none while it waits for nothing or for an unknown time."""
    error: ErrorReport | None = None
    """Why it failed, or what it last met."""
    revision: Count = 0
    """Of the writer's last count that is in here."""
    fetch_revision: Count = 0
    """Of the fetcher's last word that is in here."""


class SyncProgress(Struct, frozen=True, kw_only=True, tag="sync_progress.v1"):
    """How far a sync is: published at most ten times a second and source, the last one always, and kept for who comes late."""

    sync_id: SyncId
    source_id: SourceId
    request_id: RequestId = ""
    parts: list[Part] = []
    """What it runs over."""
    mode: Mode = Mode.INCREMENTAL
    """How it asks."""
    status: SyncStatus
    """Where the sync is; the last four of the list are final."""
    progress: Annotated[int, Meta(ge=0, le=100)] = 0
    """Percent, never falling. 100 for completed and partial; failed and cancelled keep what they had."""
    current_step: str | None = None
    """The first step that runs, by its place in the plan; none when none does."""
    channels_synced: Count = 0
    """Channels that are in the catalogue as the source serves them, so far."""
    movies_synced: Count = 0
    """Films, in the same way."""
    series_synced: Count = 0
    """Shows, in the same way."""
    seasons_synced: Count = 0
    """Seasons, in the same way."""
    episodes_synced: Count = 0
    """Episodes, in the same way."""
    categories_synced: Count = 0
    """Categories of every kind, in the same way."""
    counts: Counts = Counts()
    """What became of the rows of all steps, categories included."""
    bytes_received: Count = 0
    """Bytes of all answers that have come in, as they travelled."""
    rows_per_second: Annotated[float, Meta(ge=0)] = 0.0
    """Rows served in a second: of the last seconds while it runs, of the whole sync when it ended."""
    seconds_left: Annotated[float, Meta(ge=0)] | None = None
    """An estimate; none while there is nothing to estimate from."""
    errors: list[ErrorReport] = []
    """The accumulated errors, the latest at the end, at most `limits.PROGRESS_ERRORS_MAX`."""
    errors_total: Count = 0
    """How many errors there were, also those that are not in the list."""
    steps: list[StepProgress] = []
    """Every step of the plan, in its order."""
    requested_at: datetime | None = None
    """When the bus took the request in."""
    started_at: datetime | None = None
    """When the writer admitted it."""
    updated_at: datetime
    """When this was said. It grows with every word about a sync: of two, the later one holds."""
    ended_at: datetime | None = None
    """When the writer ended it; none while it runs."""


# --- Events: facts worth reacting to -----------------------------------------------------------------


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


class SourceUnreachable(Struct, frozen=True, kw_only=True, tag="source_unreachable.v1"):
    """A source could not be asked."""

    source_id: SourceId
    sync_id: SyncId
    error: ErrorReport
    """What came of the attempt."""
    at: datetime
    """When it happened."""


# --- Facts that progress is folded from --------------------------------------------------------------


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
    """In the order in which they are shown and asked for."""
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


# --- Work: the conveyor ------------------------------------------------------------------------------


class FetchPage(Struct, frozen=True, kw_only=True, tag="fetch_page.v1"):
    """Fetch one listing of a source, cut it into slices, and send them on."""

    sync_id: SyncId
    source_id: SourceId
    source_kind: SourceKind
    step: str
    """Name of the step; for the source module it says what to ask."""
    issue: Annotated[int, Meta(ge=1, le=4095)]
    """How often the ledger has asked for this step, from 1."""
    requested_ns: int
    """When the server stamped the sync's request, Unix nanoseconds: a cancel hits what was asked for no later."""
    known_digests: list[bytes] = []
    """Digests of the last complete listing's slices; a slice that is among them travels as SliceUnchanged."""
    denied_category_ids: list[str] = []
    """Categories that the source's settings leave out."""
    digest_salt: bytes = b""
    """What the rows of a slice depend on besides its bytes: the reader's version and the filter."""
    bytes_expected: Count | None = None
    """Size of the last complete answer, for progress where the server names none."""


class SlicePlace(Struct, frozen=True, kw_only=True):
    """Where a slice belongs. Fields every slice message has."""

    sync_id: SyncId
    source_id: SourceId
    source_kind: SourceKind
    step: str
    requested_ns: int
    attempt: Annotated[int, Meta(ge=0, le=limits.INTEGER_MAX)]
    """Unique and growing: issue, delivery and HTTP try of the fetch (`contracts.codec.attempt_number`)."""
    page: Count = 0
    """Answer of the server, from 0."""
    slice: Count
    """Part of the page, from 0."""
    slices_total: Count | None = None
    """On the last slice only: how many slices the listing has. An empty listing is one empty slice."""
    digest: bytes
    """blake2b of the slice's bytes, keyed by the command's salt; 16 bytes."""
    body_bytes: Count = 0
    """Size of the raw slice, for the ledger."""


class RawSlice(SlicePlace, frozen=True, kw_only=True, tag="raw_slice.v1"):
    """Whole entries of a listing, as the server sent them: one JSON array."""

    body: bytes
    denied_category_ids: list[str] = []


class SliceUnchanged(SlicePlace, frozen=True, kw_only=True, tag="slice_unchanged.v1"):
    """A slice whose bytes the last complete listing had too; its ids are in the ledger."""


class SliceParsed(SlicePlace, frozen=True, kw_only=True, tag="slice_parsed.v1"):
    """The rows of a slice."""

    categories: msgspec.Raw = msgspec.Raw(b"\x90")
    """MessagePack `list[Category]`, decoded by the writer when it is about to commit."""
    items: msgspec.Raw = msgspec.Raw(b"\x90")
    """MessagePack `list[Item]`."""
    rejects: list[Reject] = []
    excluded: Count = 0
    """Entries left out by the source's category filter."""


class AccountChecked(Struct, frozen=True, kw_only=True, tag="account_checked.v1"):
    """The source answered, and lets us in."""

    sync_id: SyncId
    source_id: SourceId
    step: str
    requested_ns: int
    attempt: Annotated[int, Meta(ge=0, le=limits.INTEGER_MAX)]
    server: dict[str, str | int | bool | None] = {}
    """What the server says of itself and of the account: time zone, status, expires_at, … Never a name or password."""
    warnings: list[str] = []
    """What a person should know: the account ends in three days."""


class FetchFailed(Struct, frozen=True, kw_only=True, tag="fetch_failed.v1"):
    """A step cannot be fetched: a permanent error, or the retries are used up. Its listing says nothing about what is missing."""

    sync_id: SyncId
    source_id: SourceId
    step: str
    requested_ns: int
    attempt: Annotated[int, Meta(ge=0, le=limits.INTEGER_MAX)]
    error: ErrorReport
    slices_cut: Count = 0
    """Slices of this attempt that were sent before it failed: their rows are kept, and the step ends when they are in."""


class DeadLetter(Struct, frozen=True, kw_only=True, tag="dead_letter.v1"):
    """A message that could not be handled."""

    actor: str
    reason: str
    """Code and sentence; `unknown_version` for one that is parked."""
    parked: bool = False
    """Kept for a newer build, which replays it."""
    subject: str
    message_id: str
    deliveries: Count = 0
    body: bytes = b""
    """Clipped to `limits.DEAD_LETTER_BYTES_MAX`."""
    body_clipped: bool = False
    sync_id: str | None = None
    source_id: str | None = None
    step: str | None = None
    attempt: int | None = None
    page: int | None = None
    slice: int | None = None
    slices_total: int | None = None
    at: datetime


PublicRequest = SyncRequest | CancelSync
Event = RequestRefused | SyncStarted | StepEnded | SyncEnded | ItemsAdded | SourceUnreachable
Fact = SyncPlanned | StepFetching | StepCounted | SyncClosed
Slice = RawSlice | SliceUnchanged | SliceParsed
ToFetcher = FetchPage
ToParser = RawSlice
ToWriter = SliceParsed | SliceUnchanged | AccountChecked | FetchFailed
Public = SyncRequest | CancelSync | SyncProgress | Event | Fact
Work = FetchPage | RawSlice | SliceUnchanged | SliceParsed | AccountChecked | FetchFailed | DeadLetter
Message = Public | Work
