"""What to ask a Jellyfin server, and how credentials join a request."""

from typing import Final
from urllib.parse import quote

import msgspec

from actors.sources.ask import Ask, Credentials, Session
from actors.version import own_version
from contracts.errors import BadRequest

_AUTHORIZATION: Final = "Authorization"


def sign_in(credentials: Credentials) -> Ask:
    """With an API key, who the users are: a key has none. With a password, one login, whose token holds until it is revoked."""
    if credentials.api_key:
        return authorize(Ask(path="Users"), credentials, Session())
    login = {"Username": credentials.username, "Pw": credentials.password}
    ask = Ask(
        path="Users/AuthenticateByName",
        method="POST",
        body=msgspec.json.encode(login),
        headers=(("Content-Type", "application/json"),),
    )
    return authorize(ask, credentials, Session())


def account_asks(session: Session) -> tuple[Ask, ...]:
    """Who the server is, and what its user may."""
    return (Ask(path="System/Info/Public"), user_ask(session))


def user_ask(session: Session) -> Ask:
    return Ask(path=f"Users/{quote(session.user_id, safe='')}")


def ask(step: str) -> Ask:
    """Raises BadRequest: each step is a walk."""
    raise BadRequest(f"a Jellyfin source has no step {step!r} of one answer")


def authorize(ask: Ask, credentials: Credentials, session: Session) -> Ask:
    """The request with the one header that all versions take: 12.0 has switched every older form off.

    The server decodes its values, so whatever is no plain character is percent-encoded, quotes and commas
    with it. May be repeated.
    """
    said = [
        ("Client", "Playbill"),
        ("Device", "Playbill"),
        ("DeviceId", credentials.client_id),
        ("Version", own_version() or "0"),
        ("Token", session.token or credentials.api_key),
    ]
    value = ", ".join(f'{name}="{_encoded(text)}"' for name, text in said if text)
    kept = tuple(header for header in ask.headers if header[0] not in (_AUTHORIZATION, "Accept"))
    headers = (*kept, ("Accept", "application/json"), (_AUTHORIZATION, f"MediaBrowser {value}"))
    return msgspec.structs.replace(ask, headers=headers)


def _encoded(text: str) -> str:
    return quote(text, safe="").replace("~", "%7E")
