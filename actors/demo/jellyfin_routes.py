"""Which addresses a Jellyfin server has, the old ones too, and what kind of request each is; pure."""

from typing import Final

import msgspec

OPEN: Final = frozenset({"public_info", "ping", "login", "public_users", "image"})
"""The kinds that need no token."""

_TABLE: Final = """
GET    system/info/public               public_info
GET    system/info                      info
GET    system/ping                      ping
POST   system/ping                      ping
POST   users/authenticatebyname         login
GET    users                            users
GET    users/public                     public_users
GET    users/me                         me
GET    users/{user}                     user
GET    userviews                        views
GET    users/{user}/views               views
GET    library/virtualfolders           virtual_folders
GET    useritems/resume                 resume
GET    users/{user}/items/resume        resume
GET    items/latest                     latest
GET    users/{user}/items/latest        latest
GET    items                            items
GET    users/{user}/items               items
GET    items/{item}                     item
GET    users/{user}/items/{item}        item
GET    shows/nextup                     next_up
GET    shows/{item}/seasons             seasons
GET    shows/{item}/episodes            episodes
GET    displaypreferences/{item}        display_preferences
GET    livetv/info                      live_tv_info
GET    livetv/channels                  channels
GET    items/{item}/images/{image}      image
HEAD   items/{item}/images/{image}      image
GET    items/{item}/images/{image}/{n}  image
HEAD   items/{item}/images/{image}/{n}  image
POST   userplayeditems/{item}           played
DELETE userplayeditems/{item}           played
POST   users/{user}/playeditems/{item}  played
DELETE users/{user}/playeditems/{item}  played
POST   sessions/logout                  logout
GET    socket                           socket
POST   sessions/capabilities            session
POST   sessions/capabilities/full       session
"""
_ROUTES: Final = tuple((method, path.split("/"), kind) for method, path, kind in map(str.split, _TABLE.strip().splitlines()))
KINDS: Final = tuple(dict.fromkeys(kind for _, _, kind in _ROUTES))


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request goes."""

    kind: str
    item: str = ""
    """The id in the path, as it was sent."""
    user: str = ""
    image: str = ""
    n: str = ""


def route(method: str, path: str) -> Route | None:
    """The route of a path without the base path; letters count in any case. None: there is nothing."""
    parts = [part for part in path.lower().split("/") if part]
    for wanted_method, pattern, kind in _ROUTES:
        if wanted_method == method and len(parts) == len(pattern):
            pairs = list(zip(pattern, parts, strict=True))
            if all(wanted == part or wanted.startswith("{") for wanted, part in pairs):
                return Route(kind=kind, **{wanted[1:-1]: part for wanted, part in pairs if wanted.startswith("{")})
    return None
