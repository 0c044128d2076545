"""What to ask an Xtream server in each step, and how credentials join a request."""

from typing import Final

from actors.sources.ask import Ask, Credentials
from actors.sources.xtream.steps import ACCOUNT
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


def ask(step: str) -> Ask:
    """The request of a step; the account is what the server answers when no action is named."""
    if step == ACCOUNT:
        return Ask(path=_PATH)
    if step not in _ACTIONS:
        raise BadRequest(f"an Xtream source has no step {step!r}")
    return Ask(path=_PATH, params=(("action", _ACTIONS[step]),))


def authorize(ask: Ask, credentials: Credentials) -> Ask:
    """Credentials first, as players send them: some panels read the parameters in order."""
    secrets = (("username", credentials.username), ("password", credentials.password))
    return Ask(path=ask.path, params=secrets + ask.params)
