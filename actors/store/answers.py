"""What readers are told of the bookkeeping; what they are told of the catalogue is in `contracts.messages`."""

from datetime import datetime

import msgspec

from actors.store.records import SourceRow, StepRow, SyncRow
from contracts.catalog import ItemKind
from contracts.messages import DeadLetter


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
