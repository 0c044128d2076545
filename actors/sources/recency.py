"""When a listing that was asked for newest first has come past a time, if the server keeps to that order."""

from collections.abc import Iterable

NEVER = 0
"""The date of what has none where the server puts that behind everything that has one."""


class Recency:
    """Looks at the dates of a listing's entries, in the order in which they come.

    Only an order that was seen is believed: where one entry is newer than the one before it, the server sorts by something
    else, and what is wanted may be anywhere up to the end.
    """

    def __init__(self, since: int) -> None:
        self._since = since
        self._last: int | None = None
        self._is_in_order = True

    def take(self, dates: Iterable[int | None]) -> None:
        """The dates of the next entries, Unix seconds. None says nothing of the order."""
        for date in dates:
            if date is None:
                continue
            self._is_in_order = self._is_in_order and (self._last is None or date <= self._last)
            self._last = date

    @property
    def is_past(self) -> bool:
        """Whether all that is as new as `since`, or newer, has come."""
        return self._is_in_order and self._last is not None and self._last < self._since
