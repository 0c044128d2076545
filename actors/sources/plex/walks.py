"""The ways through what a Plex server gives in several answers."""

from typing import Final

from actors.sources.ask import Ask, Session
from actors.sources.paging import Paging, packed
from actors.sources.plex.ask import SECTIONS, listing_page
from actors.sources.plex.container import announced_more, children, container, id_of, number, slim
from actors.sources.plex.entry import Container
from actors.sources.plex.home_walk import HomeWalk
from actors.sources.plex.steps import HOME, LIBRARIES, Listing, listing
from actors.sources.walk import Walk
from contracts import limits
from contracts.errors import PlaybillError

_LISTING: Final = "a page of the listing"
_SECTIONS: Final = "the libraries"


def walk(step: str, session: Session, page_size: int) -> Walk | None:
    """Raises BadRequest for a step that a Plex source does not have."""
    if step == LIBRARIES:
        return LibrariesWalk()
    if step == HOME:
        return HomeWalk(page_size)
    return ListingWalk(listing(step), page_size)


class LibrariesWalk:
    """The libraries: one answer."""

    def __init__(self) -> None:
        self._is_asked = False
        self._announced: int | None = None
        self._rows = 0

    def ask(self) -> Ask | None:
        return None if self._is_asked else SECTIONS

    def take(self, body: bytes) -> list[bytes]:
        found = container(body, _SECTIONS)
        entries = children(found.directory)
        self._is_asked = True
        self._announced, self._rows = number(found.size), len(entries)
        return packed(entries)

    def failed(self, error: PlaybillError) -> list[bytes] | None:
        return None

    @property
    def doubt(self) -> str | None:
        return announced_more(self._announced, self._rows)

    @property
    def rows_expected(self) -> int | None:
        return self._rows if self._is_asked else None


class ListingWalk:
    """All items of one kind in one library, page after page until one is empty."""

    def __init__(self, listing: Listing, page_size: int) -> None:
        self._listing, self._page_size = listing, page_size
        self._paging = Paging(page_size)
        self._page_doubt: str | None = None

    def ask(self) -> Ask | None:
        return None if self._paging.is_through else listing_page(self._listing, self._paging.start, self._page_size)

    def take(self, body: bytes) -> list[bytes]:
        """Only `Metadata` is read: `Directory` holds what clients show beside it, such as *All episodes*."""
        page = container(body, _LISTING)
        entries = children(page.metadata)
        self._look_at(page, len(entries))
        ids = [id_of(entry) for entry in entries]
        kept = self._paging.take(ids, number(page.total_size))
        if ids and not kept and None in ids:
            self._page_doubt = "the listing ends at a page of entries without a ratingKey"
        return packed(_fitting(bytes(entries[place])) for place in kept)

    def _look_at(self, page: Container, rows: int) -> None:
        """A page that holds fewer children than it says: the rest may be anything."""
        self._page_doubt = self._page_doubt or announced_more(number(page.size), rows + len(children(page.directory)))

    def failed(self, error: PlaybillError) -> list[bytes] | None:
        return None

    @property
    def doubt(self) -> str | None:
        if self._paging.doubt:
            return self._paging.doubt
        if self._paging.is_short:
            return announced_more(self._paging.rows_expected, self._paging.rows)
        return self._page_doubt

    @property
    def rows_expected(self) -> int | None:
        return self._paging.rows_expected


def _fitting(entry: bytes) -> bytes:
    """An entry that is too large loses what no row is made of."""
    return entry if len(entry) <= limits.ENTRY_BYTES_MAX else slim(entry)
