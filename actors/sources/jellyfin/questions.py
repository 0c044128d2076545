"""What to ask for of a library's items of one kind: all of them, what changed in them, or what its user has watched."""

from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from actors.sources.ask import Ask, Session
from actors.sources.jellyfin.entry import FIELDS, IMAGES

CHANNELS: Final = "channels"
_AS_THEY_CAME: Final = ("DateCreated,SortName", "Ascending")
"""What is new comes last, so that pages do not shift while they are read."""
_LAST_PLAYED_FIRST: Final = ("DatePlayed", "Descending")
_LAST_MOMENT_S: Final = 253_402_300_799
"""The end of the year 9999: no date is later."""


def whole(plural: str, types: str, library_id: str, session: Session) -> Ask:
    """All of them. Channels are the server's, whatever the library is."""
    if plural == CHANNELS:
        only = (("addCurrentProgram", "false"), ("EnableUserData", "true"), ("Fields", FIELDS), *IMAGES)
        return Ask(path="LiveTv/Channels", params=(("userId", session.user_id), *only))
    return _items(types, library_id, session, _AS_THEY_CAME)


def watched(types: str, library_id: str, session: Session, what: Literal["IsPlayed", "IsResumable"]) -> Ask:
    """What its user has seen to the end, or stopped in; what was last played first."""
    found = _items(types, library_id, session, _LAST_PLAYED_FIRST)
    return msgspec.structs.replace(found, params=(*found.params, ("Filters", what)))


def changed(listing: Ask, since: int) -> Ask:
    """Of a listing what the server has saved since a time.

    Never by `minDateLastSavedForUser`, which asks for the same and not for what users did, whatever its name says.
    """
    moment = datetime.fromtimestamp(min(max(since, 0), _LAST_MOMENT_S), UTC)
    return msgspec.structs.replace(listing, params=(*listing.params, ("minDateLastSaved", f"{moment:%Y-%m-%dT%H:%M:%SZ}")))


def _items(types: str, library_id: str, session: Session, order: tuple[str, str]) -> Ask:
    sort_by, sort_order = order
    params = (
        ("userId", session.user_id),
        ("ParentId", library_id),
        ("Recursive", "true"),
        ("IncludeItemTypes", types),
        ("Fields", FIELDS),
        *IMAGES,
        ("CollapseBoxSetItems", "false"),
        ("ExcludeLocationTypes", "Virtual"),
        ("EnableUserData", "true"),
        ("SortBy", sort_by),
        ("SortOrder", sort_order),
    )
    return Ask(path="Items", params=params)


def paged(listing: Ask, start: int, size: int, *, is_counted: bool) -> Ask:
    """One page. Counting the whole listing is slow, and can be switched off where the server knows of it."""
    place = (("StartIndex", str(start)), ("Limit", str(size)))
    counted = (("EnableTotalRecordCount", "true" if is_counted else "false"),) if can_go_uncounted(listing) else ()
    return msgspec.structs.replace(listing, params=(*listing.params, *place, *counted))


def can_go_uncounted(listing: Ask) -> bool:
    return listing.path == "Items"
