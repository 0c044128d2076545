"""The walk through a listing: one library's items of one kind, page after page, to the empty page at its end."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from actors.sources.ask import Ask
from actors.sources.jellyfin.bodies import page
from actors.sources.jellyfin.fields import other_id
from actors.sources.jellyfin.hubs import slimmed
from actors.sources.jellyfin.questions import can_go_uncounted, paged
from actors.sources.paging import Paging, packed
from contracts import limits
from contracts.errors import PlaybillError

_WANTED: Final = "the listing"


class _Named(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", gc=False):
    id: Any = None


_named: Final = msgspec.json.Decoder(_Named)


class ListingWalk:
    """Pages of `Items`, or of `LiveTv/Channels`. Complete is what ended with an empty page, whatever the server counts.

    Servers count things that they do not give: private playlists, versions, grouped libraries. So a total that was not reached
    is no doubt; one that changed is, and so is an end that was no empty page.
    """

    def __init__(self, listing: Ask, page_size: int) -> None:
        self._listing, self._page_size = listing, page_size
        self._paging = Paging(page_size)
        self._is_to_be_counted = False
        """It ended where nobody counted, and earlier than was announced at its start."""
        self._doubt: str | None = None

    @property
    def _is_counted(self) -> bool:
        """Whether the next page is to count the whole listing, which is slow: at its start, and where its end may be."""
        is_at_an_end = self._paging.seems_last or self._is_to_be_counted
        return self._paging.start == 0 or is_at_an_end or not can_go_uncounted(self._listing)

    def ask(self) -> Ask | None:
        if self._paging.is_through and not self._is_to_be_counted:
            return None
        return paged(self._listing, self._paging.start, self._page_size, is_counted=self._is_counted)

    def take(self, body: bytes) -> list[bytes]:
        return slices(self.news(body))

    def news(self, body: bytes) -> list[bytes]:
        """The entries of the answer that have not come before."""
        entries, total = page(body, _WANTED)
        was_counted, was_through = self._is_counted, self._paging.is_through
        if not was_counted:
            total = None  # The server calls the length of the page a total then.
        is_first = self._paging.start == 0
        ids = [_id(entry) for entry in entries]
        kept = self._paging.take(ids, total)
        if is_first and not entries and total:
            self._doubt = f"the server announced {total:,} rows and gave none"
        elif was_through and entries:
            self._doubt = "the server gave nothing at the end of the listing, and then more rows"
        elif self._paging.is_through and entries:
            self._doubt = self._doubt_of_an_end(None in ids)
        self._is_to_be_counted = not entries and not was_counted and self._paging.is_short
        return [entries[place] for place in kept]

    def _doubt_of_an_end(self, has_nameless: bool) -> str | None:
        """The server gave again what it had given: fine if that was all of it, as servers do that know no pages."""
        if has_nameless:
            return "the server's last page has entries without an id"
        if self._paging.is_short:
            return (
                f"the server announced {self._paging.rows_expected or 0:,} rows and gave {self._paging.rows:,}, then these again"
            )
        return None

    def failed(self, error: PlaybillError) -> list[bytes] | None:
        return None

    @property
    def doubt(self) -> str | None:
        return self._doubt or self._paging.doubt

    @property
    def rows_expected(self) -> int | None:
        return self._paging.rows_expected

    @property
    def announced(self) -> int | None:
        """Of a server that announces nothing, what it gave up to the end."""
        came = self._paging.rows if self._paging.is_through else None
        return came if self._paging.rows_expected is None else self._paging.rows_expected


def slices(entries: Iterable[bytes]) -> list[bytes]:
    """Entries as the slices that they fit into."""
    return packed(_bounded(entry) for entry in entries)


def _id(entry: bytes) -> str | None:
    try:
        return other_id(_named.decode(entry).id)
    except (ValueError, RecursionError):
        return None


def _bounded(entry: bytes) -> bytes:
    """The entry as it came, unless it is too large for a slice: then without what no row needs."""
    return entry if len(entry) <= limits.ENTRY_BYTES_MAX else slimmed(entry)[0]
