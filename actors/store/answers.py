"""What readers of the catalogue are told."""

from datetime import datetime
from typing import Literal

import msgspec

from actors.store.records import SourceRow, StepRow, SyncRow
from contracts.catalog import ItemKind
from contracts.messages import DeadLetter

Sort = Literal["title", "added", "rating", "year"]


class CatalogueItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item, for people."""

    id: int
    """Playbill's own id; it never changes, and is never given to another item."""
    source_id: str
    kind: ItemKind
    remote_id: str
    title: str
    year: int | None = None
    rating: float | None = None
    """0 to 10."""
    duration_s: int | None = None
    added_at: datetime | None = None
    """When the source got it."""
    is_adult: bool = False
    image: str | None = None
    library: str | None = None
    """Title of the library it is in."""
    categories: list[str] = []
    """Titles, in the source's order."""
    index_number: int | None = None
    parent_id: int | None = None
    details: msgspec.Raw = msgspec.Raw(b"{}")
    """A JSON object: plot, genre, cast, …."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Part of a list."""

    items: list[CatalogueItem]
    next_cursor: str | None = None
    """Give it as `after` for the next part; none: this was the last."""


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
