"""The conveyor: commands, slices, and what became of them."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from contracts import limits
from contracts.catalog import Part, Reject, SourceKind
from contracts.messages.kinds import Count, SourceId, SyncId
from contracts.messages.progress import ErrorReport


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
    part: Part = Part.CATALOGUE
    """The part of the sync that the step is of: each part has its own way over the bus."""
    since: int | None = None
    """Unix seconds by the server's clock: what changed since then is wanted. None: the whole listing."""


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
    part: Part = Part.CATALOGUE
    doubt: str | None = None
    """On the last slice only: why the listing, although it came to its end, does not say what is missing."""
    announced: Count | None = None
    """On the last slice only: rows of the whole listing as the server announces them, also in a pass over what changed."""


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
    libraries: msgspec.Raw = msgspec.Raw(b"\x90")
    """MessagePack `list[Library]`: each becomes the steps that list it, in the transaction that stores it."""
    sections: msgspec.Raw = msgspec.Raw(b"\x90")
    """MessagePack `list[HomeSection]`."""
    rejects: list[Reject] = []
    excluded: Count = 0
    """Entries left out by the source's category filter."""


class SeriesAsk(Struct, frozen=True, kw_only=True):
    """One series whose episodes are wanted."""

    remote_id: str
    episodes_known: Count = 0
    """How many the catalogue has: where it has some, an answer without any is suspicious."""


class FetchSeries(Struct, frozen=True, kw_only=True, tag="fetch_series.v1"):
    """Fetch the episodes of some series, one request each, at the provider's pace."""

    sync_id: SyncId
    source_id: SourceId
    source_kind: SourceKind
    step: str
    issue: Annotated[int, Meta(ge=1)]
    """How often the step has asked, from 1."""
    requested_ns: int
    series: Annotated[list[SeriesAsk], Meta(max_length=limits.SERIES_BATCH)]
    part: Part = Part.EPISODES


class RawSeries(Struct, frozen=True, kw_only=True, tag="raw_series.v1"):
    """What a source says of one series."""

    sync_id: SyncId
    source_id: SourceId
    source_kind: SourceKind
    step: str
    requested_ns: int
    series_id: str
    body: bytes = b""
    """The answer; empty when the source does not know the series, or could not be asked."""
    is_unknown: bool = False
    """The source answers that there is no such series, although it lists it."""
    error: ErrorReport | None = None
    """Why it could not be asked, its retries being used up."""
    part: Part = Part.EPISODES


class SeriesParsed(Struct, frozen=True, kw_only=True, tag="series_parsed.v1"):
    """The seasons and episodes of one series."""

    sync_id: SyncId
    source_id: SourceId
    source_kind: SourceKind
    step: str
    requested_ns: int
    series_id: str
    items: msgspec.Raw = msgspec.Raw(b"\x90")
    """MessagePack `list[Item]`: its seasons, then its episodes."""
    rejects: list[Reject] = []
    is_unknown: bool = False
    error: ErrorReport | None = None
    part: Part = Part.EPISODES


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
    part: Part = Part.CATALOGUE


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
    part: Part = Part.CATALOGUE


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
    series_id: str | None = None
    at: datetime
