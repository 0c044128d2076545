"""The rows of the catalogue and their enumerations.

Rows travel as MessagePack arrays (field order is the wire format: append, never reorder) and are stored as they come.
"""

import enum
from typing import Final

import msgspec

ACCOUNT_STEP: Final = "account"
"""The step of every source that comes first, alone: whether the server lets us in."""

EPISODES_STEP: Final = "episodes"
"""The step that asks an Xtream account for series one by one, and lists nothing."""
WATCHED: Final = "watched_"
"""What the name of a step begins with that reads what was watched of the listing named behind it: `watched_movies.1`."""


class SourceKind(enum.StrEnum):
    """What kind of server a source is."""

    PLEX = "plex"
    JELLYFIN = "jellyfin"
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
    VIDEO = "video"
    """A clip, a trailer, a home video. Known from home sections only, as are the next three."""
    COLLECTION = "collection"
    PLAYLIST = "playlist"
    FOLDER = "folder"
    """What holds other things: a library among *My Media*, a folder, a person's page."""


class Part(enum.StrEnum):
    """A part of a sync. A part of one source runs once at a time."""

    CATALOGUE = "catalogue"
    """Libraries, categories and what they hold."""
    HOME = "home"
    """The sections of the server's home page."""
    EPISODES = "episodes"
    """The episodes of an Xtream account's series: one request each, and so never in a plain sync."""


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
    """The show of a season or episode, the artist of an album, the album of a track."""
    index_number: int | None = None
    """Number of a season in its show, of an episode in its season, of a track on its disc."""
    category_remote_ids: list[str] = []
    details: str = "{}"
    """The rest, as a JSON object: plot, genre, cast, container_extension, …. Only what the source gave."""
    parent_index: int | None = None
    """Number of the season of an episode, of the disc of a track."""
    view_count: int | None = None
    """How often the source's user has seen it to its end; none where the source tells nothing of it."""
    view_offset_s: int | None = None
    """Where the user stopped, in seconds; none when it is not in progress."""
    last_viewed_at: int | None = None
    """When the user last saw it, Unix seconds."""
    change_token: str | None = None
    """The server's own mark of the entry's version: Jellyfin's `Etag`, Plex's `updatedAt`. Not part of the hash."""


class Library(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A library of a Plex or Jellyfin server."""

    remote_id: str
    title: str
    library_type: str
    """`movies`, `shows`, `music`, `videos`, `channels`, `mixed`, or the server's own word."""
    position: int = 0
    """Place in the server's order, from 0."""
    item_kinds: list[ItemKind] = []
    """What is listed of it, in this order; empty for a library that holds nothing we list, such as photos."""
    change_mark: str | None = None
    """What the server changes whenever the library's content changes: Plex's `contentChangedAt`. Opaque."""


class HomeSection(msgspec.Struct, frozen=True, array_like=True):
    """One row of a server's home page, with its items in order."""

    hub_identifier: str
    """The server's own id of it, unique in its source."""
    title: str
    section_type: str
    """`continue_watching`, `next_up`, `recently_added`, `top_rated`, `suggested`, `my_media`, …, or the server's own text."""
    position: int
    """Place on the home page, from 0."""
    items: list[Item] = []
    """As the hub describes them: what the catalogue does not hold yet is kept as a stub of this."""
    context: str | None = None
    style: str | None = None
    hub_type: str | None = None
    """Type of its items in the server's words; `mixed` for several."""
    size: int | None = None
    """How many items the server says it has; it may have more than are kept."""
    failure: str | None = None
    """Why it could not be read: its old rows stay, and it is stale."""


class Reject(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An entry of a listing that could not be read."""

    reason: str
    """What was wrong, naming the field."""
    entry: str
    """A clipped copy of the entry."""
    remote_id: str | None = None
