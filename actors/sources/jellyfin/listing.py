"""The walk through a listing: one library's items of one kind, page after page, to the empty page at its end."""

from typing import Any, Final

import msgspec

from actors.sources.ask import Ask, Session
from actors.sources.jellyfin.bodies import page
from actors.sources.jellyfin.entry import FIELDS, IMAGES
from actors.sources.jellyfin.fields import other_id
from actors.sources.jellyfin.hubs import slimmed
from actors.sources.paging import Paging, packed
from contracts import limits
from contracts.errors import PlaybillError

_CHANNELS: Final = "channels"
_WANTED: Final = "the listing"


class _Named(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", gc=False):
    id: Any = None


_named: Final = msgspec.json.Decoder(_Named)


class ListingWalk:
    """Pages of `Items`, or of `LiveTv/Channels`. Complete is what ended with an empty page, whatever the server counts.

    Servers count things that they do not give: private playlists, versions, grouped libraries. So a total that was not reached
    is no doubt; one that changed is, and so is an end that was no empty page.
    """

    def __init__(self, plural: str, types: str, library_id: str, session: Session, page_size: int) -> None:
        self._plural, self._types, self._library_id, self._user_id = plural, types, library_id, session.user_id
        self._page_size = page_size
        self._paging = Paging(page_size)
        self._doubt: str | None = None

    @property
    def _is_counted(self) -> bool:
        """Whether the next page is to count the whole listing, which is slow: at its start, and where its end may be."""
        return self._paging.start == 0 or self._paging.seems_last or self._plural == _CHANNELS

    def ask(self) -> Ask | None:
        if self._paging.is_through:
            return None
        place = (("StartIndex", str(self._paging.start)), ("Limit", str(self._page_size)))
        if self._plural == _CHANNELS:
            only = (("addCurrentProgram", "false"), ("EnableUserData", "true"), ("Fields", FIELDS), *IMAGES)
            return Ask(path="LiveTv/Channels", params=(("userId", self._user_id), *only, *place))
        counted = ("EnableTotalRecordCount", "true" if self._is_counted else "false")
        return Ask(path="Items", params=(*self._all_of_it(), *place, counted))

    def _all_of_it(self) -> tuple[tuple[str, str], ...]:
        """In an order in which what is new comes last, so that pages do not shift while they are read."""
        return (
            ("userId", self._user_id),
            ("ParentId", self._library_id),
            ("Recursive", "true"),
            ("IncludeItemTypes", self._types),
            ("Fields", FIELDS),
            *IMAGES,
            ("CollapseBoxSetItems", "false"),
            ("ExcludeLocationTypes", "Virtual"),
            ("EnableUserData", "true"),
            ("SortBy", "DateCreated,SortName"),
            ("SortOrder", "Ascending"),
        )

    def take(self, body: bytes) -> list[bytes]:
        entries, total = page(body, _WANTED)
        if not self._is_counted:
            total = None  # The server calls the length of the page a total then.
        is_first = self._paging.start == 0
        ids = [_id(entry) for entry in entries]
        kept = self._paging.take(ids, total)
        if is_first and not entries and total:
            self._doubt = f"the server announced {total:,} rows and gave none"
        elif self._paging.is_through and entries:
            self._doubt = self._doubt_of_an_end(None in ids)
        return packed(_bounded(entries[place]) for place in kept)

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


def _id(entry: bytes) -> str | None:
    try:
        return other_id(_named.decode(entry).id)
    except (ValueError, RecursionError):
        return None


def _bounded(entry: bytes) -> bytes:
    """The entry as it came, unless it is too large for a slice: then without what no row needs."""
    return entry if len(entry) <= limits.ENTRY_BYTES_MAX else slimmed(entry)[0]
