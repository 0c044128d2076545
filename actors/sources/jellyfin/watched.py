"""The walk through what a user has watched of a library since a time: what was played, then what was left in the middle."""

from typing import Any, Final

import msgspec

from actors.sources import values
from actors.sources.ask import Ask
from actors.sources.jellyfin.fields import moment, other_id
from actors.sources.jellyfin.listing import ListingWalk, slices
from actors.sources.recency import NEVER, Recency
from contracts.errors import PlaybillError


class _Entry(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", gc=False):
    id: Any = None
    user_data: Any = None


class _Seen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an entry says of its watching."""

    item_id: str | None
    played_at: int | None
    is_played: bool
    """Also where it says nothing."""
    is_in_progress: bool | None
    """None: it says nothing."""


_entry: Final = msgspec.json.Decoder(_Entry)


class WatchedWalk:
    """What was played, last first, until it was before that time; then everything in progress, which is little.

    What was marked as played without a date comes behind everything that has one, of which a page is read at most; what was
    marked as not played, and favourites, show nowhere. Only the whole listing tells of them.
    """

    def __init__(self, played: Ask, in_progress: Ask, page_size: int, since: int | None) -> None:
        """Without a time: whatever was ever played."""
        self._played, self._in_progress = ListingWalk(played, page_size), ListingWalk(in_progress, page_size)
        self._since = NEVER if since is None else since
        self._recency = Recency(self._since)
        self._is_over = False
        self._given: set[str] = set()

    def ask(self) -> Ask | None:
        ask = self._ask_played()
        if ask is not None or self._is_over:
            return ask
        return self._in_progress.ask()

    def _ask_played(self) -> Ask | None:
        return None if self._recency.is_past else self._played.ask()

    def take(self, body: bytes) -> list[bytes]:
        return slices(self._take_played(body) if self._ask_played() is not None else self._take_in_progress(body))

    def _take_played(self, body: bytes) -> list[bytes]:
        entries = [(entry, _seen(entry)) for entry in self._played.news(body)]
        self._recency.take(NEVER if seen.played_at is None else seen.played_at for _, seen in entries)
        found = [(entry, seen) for entry, seen in entries if self._is_recent(seen)]
        self._given.update(seen.item_id for _, seen in found if seen.item_id is not None)
        return [entry for entry, _ in found]

    def _is_recent(self, seen: _Seen) -> bool:
        """Servers that do not know the filter give what was never played too."""
        return seen.is_played if seen.played_at is None else seen.played_at >= self._since

    def _take_in_progress(self, body: bytes) -> list[bytes]:
        """A page of which nothing is in progress is that of a server that does not know the filter: it is the last."""
        entries = [(entry, _seen(entry)) for entry in self._in_progress.news(body)]
        self._is_over = not any(seen.is_in_progress for _, seen in entries)
        return [entry for entry, seen in entries if seen.is_in_progress is not False and seen.item_id not in self._given]

    def failed(self, error: PlaybillError) -> list[bytes] | None:
        return None

    @property
    def doubt(self) -> str | None:
        return self._played.doubt or self._in_progress.doubt

    @property
    def rows_expected(self) -> int | None:
        """None: what is counted is whatever was ever played."""
        return None

    @property
    def announced(self) -> int | None:
        return None


def _seen(piece: bytes) -> _Seen:
    try:
        entry = _entry.decode(piece)
    except (ValueError, RecursionError):
        entry = _Entry()
    data, item_id = entry.user_data, other_id(entry.id)
    if type(data) is not dict:
        return _Seen(item_id=item_id, played_at=None, is_played=True, is_in_progress=None)
    return _Seen(
        item_id=item_id,
        played_at=moment(data.get("LastPlayedDate")),
        is_played=values.yes(data.get("Played")),
        is_in_progress=_is_in_progress(data.get("PlaybackPositionTicks")),
    )


def _is_in_progress(ticks: Any) -> bool:
    try:
        return (values.integer(ticks, "") or 0) > 0
    except values.Unreadable:
        return False
