"""What to ask an Xtream server in each step, and how credentials join a request."""

from typing import Final

import msgspec

from actors.sources.ask import Ask, Credentials, Session
from actors.sources.walk import Walk
from contracts.errors import BadRequest

_PATH: Final = "player_api.php"
_ACTIONS: Final = {
    "channel_categories": "get_live_categories",
    "channels": "get_live_streams",
    "movie_categories": "get_vod_categories",
    "movies": "get_vod_streams",
    "series_categories": "get_series_categories",
    "series": "get_series",
}


def sign_in(credentials: Credentials) -> Ask | None:
    """None: user and password are in every request."""
    return None


def session(credentials: Credentials, body: bytes) -> Session:
    """Nothing; there is no signing in."""
    return Session()


def account_asks(session: Session) -> tuple[Ask, ...]:
    """The account is what the server answers when no action is named."""
    return (Ask(path=_PATH),)


def walk(step: str, session: Session, page_size: int, since: int | None = None) -> Walk | None:
    """None: there is no paging, each listing is one answer."""
    return None


def ask(step: str) -> Ask:
    """The request of a step. Raises BadRequest for one that is no listing."""
    if step not in _ACTIONS:
        raise BadRequest(f"an Xtream source has no step {step!r}")
    return Ask(path=_PATH, params=(("action", _ACTIONS[step]),))


def authorize(ask: Ask, credentials: Credentials, session: Session) -> Ask:
    """Credentials first, as players send them: some panels read the parameters in order."""
    secrets = (("username", credentials.username), ("password", credentials.password))
    return msgspec.structs.replace(ask, params=secrets + ask.params)
