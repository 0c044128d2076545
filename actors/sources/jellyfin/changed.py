"""The walk through what a server has saved of a library's items since a time."""

from actors.sources.ask import Ask
from actors.sources.jellyfin.bodies import page
from actors.sources.jellyfin.listing import ListingWalk
from actors.sources.jellyfin.questions import changed, paged
from contracts.errors import PlaybillError


class ChangedWalk:
    """First how many there are in all, then those that changed, to the empty page at their end.

    Entries do not say when they were saved, so that the server's choice cannot be checked. One that does not know the filter
    gives everything, which costs time and no more. What has no such date is never among them: only the whole listing has it.
    """

    def __init__(self, listing: Ask, page_size: int, since: int) -> None:
        self._counting: Ask | None = paged(listing, 0, 1, is_counted=True)
        self._changed = ListingWalk(changed(listing, since), page_size)
        self.announced: int | None = None

    def ask(self) -> Ask | None:
        return self._changed.ask() if self._counting is None else self._counting

    def take(self, body: bytes) -> list[bytes]:
        if self._counting is None:
            return self._changed.take(body)
        _, self.announced = page(body, "the number of items")
        self._counting = None
        return []

    def failed(self, error: PlaybillError) -> list[bytes] | None:
        return None

    @property
    def doubt(self) -> str | None:
        return self._changed.doubt

    @property
    def rows_expected(self) -> int | None:
        return self._changed.rows_expected
