"""What to ask a Plex server, and how the token joins a request."""

import platform
from typing import Final

import msgspec

from actors.sources.ask import Ask, Credentials, Session
from actors.sources.plex.steps import Listing
from actors.version import own_version
from contracts.errors import BadRequest

SECTIONS: Final = Ask(path="library/sections")
_HUB_ITEMS: Final = "50"
"""Items a hub is given with: more than clients show, so that most hubs need no request of their own."""
_FEW_ITEMS: Final = "5"
"""Of a page that is too large with so many: at six kilobytes each, two hundred hubs fit into one answer."""
PROMOTED_HUBS: Final = Ask(path="hubs/promoted", params=(("count", _HUB_ITEMS), ("excludeContinueWatching", "0")))
"""What Plex's own clients put on their home page."""
ALL_HUBS: Final = Ask(path="hubs", params=(("count", _HUB_ITEMS),))
BY_ID: Final = "id"
"""The order of a whole listing: titles are edited while we read, ids are not."""


_WHO_ASKS: Final = (
    ("Accept", "application/json"),
    ("X-Plex-Product", "Playbill"),
    ("X-Plex-Platform", platform.system() or "Python"),
    ("X-Plex-Device", "Playbill"),
    ("X-Plex-Device-Name", "Playbill"),
)


def sign_in(credentials: Credentials) -> Ask | None:
    """None: the token is in every request."""
    return None


def session(credentials: Credentials, body: bytes) -> Session:
    """Nothing; there is no signing in."""
    return Session()


def account_asks(session: Session) -> tuple[Ask, ...]:
    """The server's root, which it shows to nobody without a token."""
    return (Ask(path=""),)


def ask(step: str) -> Ask:
    """Raises BadRequest: every step of a Plex source is walked through, none is one answer."""
    raise BadRequest(f"a Plex source has no step {step!r} that is one answer")


def with_few_items(hubs: Ask) -> Ask:
    """The same hubs, each of which is then asked for the rest by itself."""
    return msgspec.structs.replace(hubs, params=tuple((name, _FEW_ITEMS if name == "count" else of) for name, of in hubs.params))


def listing_page(listing: Listing, sort: str, start: int, size: int) -> Ask:
    """One page of a listing, in an order that the server is asked for by its name of it."""
    params = (("type", str(listing.type_number)), ("includeGuids", "1"), ("sort", sort))
    return paged(Ask(path=f"library/sections/{listing.section_id}/all", params=params), start, size)


def paged(ask: Ask, start: int, size: int) -> Ask:
    """Both bounds always: a size without a start is ignored."""
    bounds = (("X-Plex-Container-Start", str(start)), ("X-Plex-Container-Size", str(size)))
    return msgspec.structs.replace(ask, params=ask.params + bounds)


def authorize(ask: Ask, credentials: Credentials, session: Session) -> Ask:
    """With the token in a header, never in the query: queries end up in the logs of what stands between."""
    who = (
        ("X-Plex-Version", own_version() or "0"),
        ("X-Plex-Token", credentials.token),
        ("X-Plex-Client-Identifier", credentials.client_id),
    )
    headers = ask.headers + _WHO_ASKS + tuple((name, value) for name, value in who if value)
    return msgspec.structs.replace(ask, headers=headers)
