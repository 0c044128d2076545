"""What readers are told of the bookkeeping; what they are told of the catalogue is in `contracts.messages`."""

from datetime import datetime

import msgspec

from actors.store.records import SourceRow, StepRow, SyncRow
from contracts.catalog import ItemKind, Part
from contracts.messages import Counts, DeadLetter


class StepFreshness(msgspec.Struct, frozen=True, kw_only=True):
    """How far what the catalogue has of one listing can be relied on."""

    step: str
    last_synced_at: datetime | None = None
    """When the whole listing was last in."""
    last_checked_at: datetime | None = None
    """When it was last known to be as the server has it."""
    rows: int = 0
    """Of the last complete listing."""
    announced: int | None = None
    """Rows that the server announced at the last pass."""
    last_run: StepRow | None = None
    """The one that was planned last; it may be running. None when the history has none any more."""
    held_back: int = 0
    """Rows that the last complete listing lacked and that were kept nevertheless."""
    notice: str | None = None
    """What a person should know: of the rows that are held back, or else of the last run."""


class HomeFreshness(msgspec.Struct, frozen=True, kw_only=True):
    """How old a source's home sections are."""

    sections: int
    stale_sections: int
    """Of them, those that are marked as stale; age is for the reader to judge."""
    oldest_updated: datetime
    """When the section was read that has waited longest."""
    last_updated: datetime
    """When any of them was read last."""

    @property
    def is_stale(self) -> bool:
        return self.stale_sections > 0


class SyncHistory(msgspec.Struct, frozen=True, kw_only=True):
    """A sync that ran or runs, with its steps in their order."""

    sync: SyncRow
    steps: list[StepRow]

    @property
    def counts(self) -> Counts:
        return sum((step.counts for step in self.steps), Counts())

    @property
    def removed(self) -> int:
        return sum(step.removed for step in self.steps)

    @property
    def held_back(self) -> int:
        return sum(step.held_back for step in self.steps)

    @property
    def seconds(self) -> float | None:
        """From its start to its end; none while it runs."""
        return None if self.sync.ended_at is None else (self.sync.ended_at - self.sync.started_at).total_seconds()

    @property
    def word(self) -> str | None:
        """The first thing to know of it: its error, that of a step, or a step's notice."""
        words = [self.sync.error_text, *(step.error_text for step in self.steps), *(step.notice for step in self.steps)]
        return next((word for word in words if word), None)


class SourceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a source stands."""

    source: SourceRow
    last_sync: SyncRow | None = None
    """The one that started last; it may be running."""
    steps: list[StepRow] = []
    """Of that sync."""
    items: dict[ItemKind, int] = {}
    categories: dict[ItemKind, int] = {}
    rejects: int = 0
    """Entries of that sync that could not be read."""
    steps_synced_at: dict[str, datetime] = {}
    """When each step's listing was last complete."""
    last_syncs: dict[Part, SyncRow] = {}
    """Of each part, the one that started last."""
    freshness: list[StepFreshness] = []
    """Of each listing, in the order of the last runs. Those of a library that is gone are left out."""
    home: HomeFreshness | None = None
    """None while there are no home sections."""


class StoredCategory(msgspec.Struct, frozen=True, kw_only=True):
    """A category that its source has listed."""

    id: int
    source_id: str
    item_kind: ItemKind
    remote_id: str
    title: str


class StoredReject(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that could not be read, and where it was."""

    sync_id: str
    source_id: str
    step: str
    page: int
    slice: int
    position: int
    reason: str
    entry: str
    remote_id: str | None
    at: datetime


class StoredDeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message that could not be handled. In lists it has no body."""

    id: int
    dead: DeadLetter
    body_bytes: int
