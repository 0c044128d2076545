"""What was changed or watched in a library since a time: in which order to ask for it, and which entries it is."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec import Raw, Struct
from msgspec.json import Decoder

from actors.sources.recency import NEVER, Recency
from actors.sources.values import integer

_BY_CHANGE: Final = "updatedAt:desc"
_BY_VIEW: Final = "lastViewedAt:desc"


class _Dates(Struct, frozen=True, kw_only=True, gc=False, rename="camel"):
    updated_at: Any = None
    added_at: Any = None
    last_viewed_at: Any = None


_dates: Final = Decoder(_Dates)
_Dated = Callable[[_Dates], int | None]


class Recent:
    """Picks what is recent out of a listing that comes newest first.

    The order and the dates of the entries decide, never a filter: servers ignore filters on dates and answer with everything.
    """

    def __init__(self, since: int, sort: str, *, ordered: _Dated, dated: _Dated) -> None:
        """`ordered` is the date by which the server sorts, `dated` the one by which an entry is recent; none: it may be."""
        self.sort = sort
        self._since, self._ordered, self._dated = since, ordered, dated
        self._recency = Recency(since)

    def picked(self, entries: Sequence[Raw]) -> list[Raw]:
        """Of the next entries those that are recent, and those of which it cannot be told."""
        dates = [_dates_of(entry) for entry in entries]
        self._recency.take(None if found is None else self._ordered(found) for found in dates)
        return [entry for entry, found in zip(entries, dates, strict=True) if found is None or self._is_recent(found)]

    def _is_recent(self, dates: _Dates) -> bool:
        date = self._dated(dates)
        return date is None or date >= self._since

    @property
    def is_past(self) -> bool:
        """Whether nothing recent can come any more."""
        return self._recency.is_past


def changed_since(since: int) -> Recent:
    """What the server has changed, and what it got.

    An entry that has no date of its change has the one on which it came. It says nothing of the order, as nobody knows where
    servers sort it.
    """
    return Recent(since, _BY_CHANGE, ordered=lambda dates: _date(dates.updated_at), dated=_changed_at)


def watched_since(since: int | None) -> Recent:
    """What the user has seen, stopped in, or marked as seen; without a time, whatever has ever been.

    That something was marked as unseen shows nowhere, since the date goes with the mark: only the whole listing tells. A server
    that ignores the order and gives a first page of what nobody has seen is believed to have nothing that anybody has.
    """
    return Recent(NEVER + 1 if since is None else since, _BY_VIEW, ordered=_viewed_at, dated=_viewed_at)


def _changed_at(dates: _Dates) -> int | None:
    return _date(dates.added_at) if dates.updated_at is None else _date(dates.updated_at)


def _viewed_at(dates: _Dates) -> int:
    """What was never viewed comes last."""
    return _date(dates.last_viewed_at) or NEVER


def _dates_of(entry: Raw) -> _Dates | None:
    """None for what is no entry."""
    try:
        return _dates.decode(entry)
    except (ValueError, RecursionError):
        return None


def _date(value: Any) -> int | None:
    """Unix seconds; none for what is no date, as the negative ones that servers have been seen to send."""
    try:
        found = integer(value, "")
    except ValueError:
        return None
    return found if found is not None and found > 0 else None
