"""The rows of the catalogue and their enumerations.

Rows travel as MessagePack arrays (field order is the wire format: append, never reorder) and are stored as they come.
"""

import enum

import msgspec


class SourceKind(enum.StrEnum):
    """What kind of server a source is."""

    XTREAM = "xtream"


class ItemKind(enum.StrEnum):
    """What an item is. The kind is part of every key: providers give the same id to a channel and a film."""

    MOVIE = "movie"
    SHOW = "show"
    SEASON = "season"
    EPISODE = "episode"
    CHANNEL = "channel"
    ARTIST = "artist"
    ALBUM = "album"
    TRACK = "track"


class Part(enum.StrEnum):
    """A part of a sync. A part of one source runs once at a time."""

    CATALOGUE = "catalogue"


class Mode(enum.StrEnum):
    """How a sync asks."""

    FULL = "full"
    """Every listing is read and compared row by row."""
    INCREMENTAL = "incremental"
    """Slices whose bytes are those of the last complete listing are not parsed again."""


class SyncStatus(enum.StrEnum):
    """Where a sync is. The last four are final."""

    PENDING = "pending"
    SYNCING = "syncing"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self not in (SyncStatus.PENDING, SyncStatus.SYNCING)


class StepStatus(enum.StrEnum):
    """Where a step is. All but the first two are final."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    PARTIAL = "partial"
    """The whole listing is accounted for, and some of its slices are in the dead letters."""
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    """Never asked for: what it stands on had failed, such as the account check."""

    @property
    def is_final(self) -> bool:
        return self not in (StepStatus.PENDING, StepStatus.RUNNING)


class Category(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A category of a source. `item_kind` is what it sorts; the same id in two kinds is two categories."""

    remote_id: str
    item_kind: ItemKind
    row_hash: int
    """blake2b of the row's content, 8 bytes, as a signed 64-bit integer."""
    title: str
    folded_title: str
    parent_remote_id: str | None = None
    position: int = 0
    """Place in the provider's order, from 0 in the slice. Not part of the hash."""


class Item(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Anything that can be played or that holds what can be played."""

    remote_id: str
    """The source's own id, as text: providers send 64-bit numbers, strings and GUIDs."""
    kind: ItemKind
    row_hash: int
    """blake2b of the row's content without the provider's ordinal `num`, 8 bytes, as a signed 64-bit integer."""
    title: str
    folded_title: str
    """The title for search and order: NFKD without marks, case-folded, ł ø đ æ þ spelled out."""
    year: int | None = None
    rating: float | None = None
    """0 to 10."""
    duration_s: int | None = None
    added_at: int | None = None
    """When the source got it, Unix seconds."""
    is_adult: bool = False
    image: str | None = None
    """Path on the server or address of a third party; never with a credential in it."""
    library_remote_id: str | None = None
    parent_remote_id: str | None = None
    """The show of a season or episode, the album of a track."""
    index_number: int | None = None
    """Number of an episode, season or track inside its parent."""
    category_remote_ids: list[str] = []
    details: str = "{}"
    """The rest, as a JSON object: plot, genre, cast, container_extension, …. Only what the source gave."""


class Reject(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An entry of a listing that could not be read."""

    reason: str
    """What was wrong, naming the field."""
    entry: str
    """A clipped copy of the entry."""
    remote_id: str | None = None
