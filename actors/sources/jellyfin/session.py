"""The session in the answer to a sign-in: whose it is, and the token that it was given."""

from typing import Any, Final

from actors.sources.ask import Credentials, Session
from actors.sources.jellyfin.bodies import listed, objects
from actors.sources.jellyfin.fields import other_id
from contracts.errors import AccountRejected, UnexpectedAnswer

_TOKEN_CHARS_MAX: Final = 512


def session(credentials: Credentials, body: bytes) -> Session:
    """Raises AccountRejected when nobody of the name is there, naming nobody; UnexpectedAnswer for an answer that is none."""
    if credentials.api_key:
        return Session(token=credentials.api_key, user_id=_user_id(credentials.user, body))
    return _of_login(body)


def _user_id(wanted: str, body: bytes) -> str:
    users = [(user_id, user.get("Name")) for user in listed(body, "the users") if (user_id := other_id(user.get("Id")))]
    wanted = wanted.strip()
    wanted_id = other_id(wanted)
    by_id = (user_id for user_id, _ in users if user_id == wanted_id)
    by_name = (user_id for user_id, name in users if name == wanted)
    by_folded_name = (user_id for user_id, name in users if type(name) is str and name.strip().casefold() == wanted.casefold())
    for found in (by_id, by_name, by_folded_name):
        user_id = next(found, None)
        if user_id is not None and wanted:
            return user_id
    raise AccountRejected("this server has no user of that name")


def _of_login(body: bytes) -> Session:
    answer = objects(body, "the sign-in")
    user: Any = answer.get("User")
    user_id = other_id(user.get("Id")) if isinstance(user, dict) else None
    token = answer.get("AccessToken")
    if user_id is None or not isinstance(token, str) or not 0 < len(token) <= _TOKEN_CHARS_MAX:
        raise UnexpectedAnswer("the server's answer to the sign-in holds no session")
    return Session(token=token, user_id=user_id, is_renewable=True)
