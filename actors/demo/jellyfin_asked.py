"""A request to a Jellyfin server, with all that answering it needs: who asks, for whom, and how much of it."""

from collections.abc import Callable
from typing import Final

import msgspec

from actors.demo.jellyfin_accounts import Accounts, Caller, Client
from actors.demo.jellyfin_entry import Entry, Viewer, entry
from actors.demo.jellyfin_item import Item
from actors.demo.jellyfin_library import JellyfinLibrary
from actors.demo.jellyfin_query import Params, guid
from actors.demo.jellyfin_routes import Route
from actors.demo.jellyfin_switches import JellyfinSwitches

ERROR: Final = b"Error processing request."


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request, and all that answering it needs."""

    library: JellyfinLibrary
    accounts: Accounts
    route: Route
    params: Params
    caller: Caller | None
    """None where none is needed."""
    client: Client
    body: bytes
    method: str
    version: str
    address: str
    accepts_gzip: bool
    switches: JellyfinSwitches


class Refused(Exception):
    """The request ends here, with a status."""

    def __init__(self, status: int, text: bytes = ERROR) -> None:
        super().__init__(status)
        self.status, self.text = status, text


def user_of(asked: Asked) -> str | None:
    """The user whose view of things is wanted; none when an API key names nobody. Raises Refused, NotUnderstood."""
    assert asked.caller is not None
    given = guid(asked.route.user, "userId") if asked.route.user else asked.params.guid("userid")
    if given is None:
        return asked.caller.user
    user = asked.accounts.user_of(given)
    if user is None:
        raise Refused(404)
    if user != asked.caller.user and not asked.accounts.is_administrator(asked.caller.user):
        raise Refused(403)
    return user


def somebody(asked: Asked) -> str:
    """The same, where there must be one."""
    user = user_of(asked)
    if user is None:
        raise Refused(400)
    return user


def viewer_of(asked: Asked, user: str | None) -> Viewer:
    is_wanted = asked.params.flag("enableuserdata") is not False
    return Viewer(user=user if is_wanted else None, fields=asked.params.lowered("fields"))


def writing(asked: Asked, user: str | None) -> Callable[[Item], Entry]:
    viewer = viewer_of(asked, user)
    return lambda item: entry(asked.library, item, viewer)


def known_item(asked: Asked) -> Item:
    item = asked.library.item(guid(asked.route.item, "itemId"))
    if item is None or asked.library.is_forbidden(item.view_id):
        raise Refused(404)
    return item
