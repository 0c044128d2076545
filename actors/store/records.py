"""The rows of the store's own bookkeeping, as the writer reads and writes them."""

from datetime import datetime
from typing import Literal

import msgspec

from contracts.catalog import ItemKind, Mode, Part, SourceKind, StepStatus, SyncStatus
from contracts.messages import Counts


class SourceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A configured source. Never a credential, never an address with one in it."""

    source_id: str
    kind: SourceKind
    title: str
    last_synced_at: datetime | None = None
    """End of the last sync that ended `completed` or `partial`."""
    server: dict[str, str | int | bool | None] = {}
    """What the server said of itself at the last account check."""


class SyncRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run over one source."""

    sync_id: str
    source_id: str
    request_id: str
    parts: tuple[Part, ...]
    mode: Mode
    status: SyncStatus
    requested_ns: int
    """The bus server's stamp on the request, Unix nanoseconds."""
    requested_at: datetime
    started_at: datetime
    ended_at: datetime | None = None
    error_code: str | None = None
    error_text: str | None = None
    first_item_id: int = 0
    """The first item id that was free when the sync began: items from here on, of its source, are new in it."""
    libraries: tuple[str, ...] = ()
    """Titles or remote ids of the libraries it is limited to; empty: all."""
    wanted_steps: tuple[str, ...] = ()
    """Names of the steps it is limited to, or what they begin with before the dot; empty: all."""
    confirm: tuple[str, ...] = ()
    """Names of steps whose held-back deletions its asker means."""


class StepRow(msgspec.Struct, frozen=True, kw_only=True):
    """One listing of a sync: its state, and totals that are sums over its ledger lines."""

    sync_id: str
    source_id: str
    step: str
    position: int
    title: str
    weight: int = 1
    item_kind: ItemKind | None = None
    is_categories: bool = False
    library_remote_id: str | None = None
    part: Part = Part.CATALOGUE
    reveals_weight: int = 0
    """Weight that the steps it will reveal were expected to have; 0 for a step that reveals none."""
    status: StepStatus = StepStatus.PENDING
    issue: int = 0
    """How often it was asked for; 0: not yet."""
    attempt: int = 0
    """The highest attempt a slice was seen of."""
    revision: int = 0
    """Grows with every change of this row."""
    counts: Counts = Counts()
    slices_done: int = 0
    slices_dead: int = 0
    slices_total: int | None = None
    section_items: int = 0
    """Items in the home sections that are its rows."""
    mode: Mode = Mode.FULL
    """Whether the whole listing is asked for, or what changed since the last pass."""
    removed: int = 0
    """Rows that were hidden because the listing has them no more."""
    held_back: int = 0
    """Rows that the listing lacks and that were kept nevertheless."""
    notice: str | None = None
    """What a person should know of it although it went well."""
    announced: int | None = None
    """Rows of the whole listing as the server announced them."""
    body_bytes: int = 0
    rows_expected: int | None = None
    digest_salt: bytes = b""
    """The salt its command was issued with."""
    error_code: str | None = None
    error_text: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


class LedgerLine(msgspec.Struct, frozen=True, kw_only=True):
    """One slice that was committed, with the remote ids it served."""

    sync_id: str
    source_id: str
    step: str
    attempt: int
    page: int
    slice: int
    digest: bytes
    counts: Counts
    remote_ids: list[str]
    """Of every entry that is in the catalogue, in the listing's order; rejected and excluded ones have none."""
    body_bytes: int = 0
    is_dead: bool = False
    """Its message is in the dead letters: accounted for, and nothing of it is known."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one step of a source across syncs."""

    source_id: str
    step: str
    complete_sync_id: str | None = None
    """The last sync whose listing of this step was complete; its ledger lines are kept."""
    digest_salt: bytes = b""
    """The salt its digests were made with."""
    rows: int = 0
    body_bytes: int = 0
    dirty_sync_id: str | None = None
    dirty_attempt: int = 0
    """An attempt that changed rows after that listing: its digests hold for this attempt only, until it completes."""
    last_synced_at: datetime | None = None
    """When a complete listing of it was last in."""
    last_checked_at: datetime | None = None
    """When it was last known to be as the server has it: by a listing, by a pass over what changed, or by the server's word."""
    marked_at: datetime | None = None
    """By the server's clock, when the last pass that came to its end began: what changed before is in the catalogue."""
    announced: int | None = None
    """Rows of the whole listing as the server announced them in that pass."""
    change_mark: str | None = None
    """The library's own mark of change (`Library.change_mark`) at that pass."""


class SeriesCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the episodes of one series of an Xtream account."""

    source_id: str
    remote_id: str
    row_hash: int
    """Of the series' row when its episodes were asked for: another hash asks again."""
    state: Literal["asked", "known", "unknown", "failed"]
    """`asked`: no answer has come yet. `unknown`: the source lists the series and answers that there is none. `failed`: it could
    not be asked."""
    checked_at: datetime
    sync_id: str
    """The sync that asked last."""


class OutboxRow(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is to be published, in the order of its id."""

    outbox_id: int
    subject: str
    message_id: str
    body: bytes


class SectionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A home section made of items that are in the catalogue already."""

    hub_identifier: str
    title: str
    section_type: str
    position: int
    item_ids: list[int]
    """In order, each once."""
    context: str | None = None
    style: str | None = None
    hub_type: str | None = None
    size: int | None = None


class SectionWritten(msgspec.Struct, frozen=True):
    """What became of one home section."""

    is_new: bool
    is_changed: bool
    """Its head, its items or their order differ from what was kept."""
    items: int
    """How many items it has now."""


class RowCounts(msgspec.Struct, frozen=True):
    """What became of one slice's rows."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
