"""How far a sync is."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from contracts.catalog import ItemKind, Mode, Part, StepStatus, SyncStatus
from contracts.messages.kinds import Count, RequestId, SourceId, SyncId


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
    part: Part = Part.CATALOGUE
    """The part of the sync it belongs to."""
    weight: Count = 1
    """Its share of the sync's progress; 0 for a check that moves no bar."""
    reveals_weight: Count = 0
    """Weight that the steps it will reveal may have."""
    counts: Counts = Counts()
    """What became of its rows."""
    section_items: Count = 0
    """Items in the home sections that are its rows."""
    mode: Mode = Mode.FULL
    """Whether the whole listing is asked for, or what changed."""
    removed: Count = 0
    """Rows that were hidden because the listing has them no more."""
    held_back: Count = 0
    """Rows that the listing lacks and that were kept nevertheless."""
    notice: str | None = None
    """What a person should know of a step that went well."""
    rows_expected: Count | None = None
    """From the last complete listing, or as the server announces them; none when neither is known."""
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
    home_sections_synced: Count | None = None
    """Sections of the home page that are in the database as the source shows them; none while it was not read."""
    home_items_synced: Count = 0
    """Items in those sections."""
    removed: Count = 0
    """Rows of all steps that were hidden because their listings have them no more."""
    held_back: Count = 0
    """Rows of all steps that were kept although their listings lack them."""
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
