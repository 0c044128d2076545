"""The ways through what a Plex server gives in several answers."""

from typing import Final

from actors.sources.ask import Ask, Session
from actors.sources.paging import Paging, packed
from actors.sources.plex.ask import BY_ID, SECTIONS, listing_page
from actors.sources.plex.container import announced_more, children, container, id_of, number, slim
from actors.sources.plex.entry import Container
from actors.sources.plex.home_walk import HomeWalk
from actors.sources.plex.recent import Recent, changed_since, watched_since
from actors.sources.plex.steps import HOME, LIBRARIES, Listing, listing
from actors.sources.walk import Walk
from contracts import limits
from contracts.errors import PlaybillError

_LISTING: Final = "a page of the listing"
_SECTIONS: Final = "the libraries"


def walk(step: str, session: Session, page_size: int, since: int | None = None) -> Walk | None:
    """Raises BadRequest for a step that a Plex source does not have. Libraries and the home page are always asked for whole."""
    if step == LIBRARIES:
        return LibrariesWalk()
    if step == HOME:
        return HomeWalk(page_size)
    found = listing(step)
    if found.is_of_watching:
        return ListingWalk(found, page_size, watched_since(since))
    return ListingWalk(found, page_size, None if since is None else changed_since(since))


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

    @property
    def announced(self) -> int | None:
        return self._announced


class ListingWalk:
    """All items of one kind in one library, or the recent ones, page after page until one is empty or past those."""

    def __init__(self, listing: Listing, page_size: int, recent: Recent | None = None) -> None:
        self._listing, self._page_size, self._recent = listing, page_size, recent
        self._paging = Paging(page_size)
        self._page_doubt: str | None = None

    @property
    def _has_stopped(self) -> bool:
        """Whether it came past what is recent, and has not looked at the rest."""
        return self._recent is not None and self._recent.is_past and not self._paging.is_through

    def ask(self) -> Ask | None:
        if self._paging.is_through or self._has_stopped:
            return None
        sort = BY_ID if self._recent is None else self._recent.sort
        return listing_page(self._listing, sort, self._paging.start, self._page_size)

    def take(self, body: bytes) -> list[bytes]:
        """Only `Metadata` is read: `Directory` holds what clients show beside it, such as *All episodes*."""
        page = container(body, _LISTING)
        entries = children(page.metadata)
        self._look_at(page, len(entries))
        ids = [id_of(entry) for entry in entries]
        kept = self._paging.take(ids, number(page.total_size))
        if ids and not kept and None in ids:
            self._page_doubt = "the listing ends at a page of entries without a ratingKey"
        news = [entries[place] for place in kept]
        return packed(_fitting(bytes(entry)) for entry in (self._recent.picked(news) if self._recent else news))

    def _look_at(self, page: Container, rows: int) -> None:
        """A page that holds fewer children than it says: the rest may be anything."""
        self._page_doubt = self._page_doubt or announced_more(number(page.size), rows + len(children(page.directory)))

    def failed(self, error: PlaybillError) -> list[bytes] | None:
        return None

    @property
    def doubt(self) -> str | None:
        if self._paging.doubt:
            return self._paging.doubt
        if self._paging.is_short and not self._has_stopped:
            return announced_more(self._paging.rows_expected, self._paging.rows)
        return self._page_doubt

    @property
    def rows_expected(self) -> int | None:
        return None if self._recent else self._paging.rows_expected

    @property
    def announced(self) -> int | None:
        """Of a server that announces nothing, what it gave up to the end."""
        if self._listing.is_of_watching:
            return None
        came = self._paging.rows if self._paging.is_through else None
        return came if self._paging.rows_expected is None else self._paging.rows_expected


def _fitting(entry: bytes) -> bytes:
    """An entry that is too large loses what no row is made of."""
    return entry if len(entry) <= limits.ENTRY_BYTES_MAX else slim(entry)
