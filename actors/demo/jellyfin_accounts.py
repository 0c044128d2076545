"""Who may ask a Jellyfin server: users, their passwords, the tokens they were given, and the key of the administrator."""

import threading
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import msgspec

from actors.demo.jellyfin_item import digest
from actors.demo.request import Request

FAILURES_MAX: Final = 3
"""Wrong passwords in a row, after which a user is disabled."""
_OLD_HEADERS: Final = ("x-emby-token", "x-mediabrowser-token")


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever a request comes from."""

    user: str | None
    """None: an API key, which is nobody and may do everything."""
    token: str


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says of itself in its `Authorization` header."""

    client: str = ""
    device: str = ""
    device_id: str = ""
    version: str = ""
    token: str = ""


class Accounts:
    """Users and tokens. A token belongs to a user and a device: signing in again for the same two ends the one before."""

    def __init__(self, users: Mapping[str, str], api_key: str) -> None:
        """`users` is name to password; the first is the administrator."""
        self.users = dict(users)
        self.api_key = api_key
        self._tokens: dict[str, tuple[str, str]] = {}
        self._failures: dict[str, int] = {}
        self._issued = 0
        self._lock = threading.Lock()

    def login(self, name: str, password: str, device_id: str) -> str | int:
        """A token; or the status of the refusal: 401 for a wrong password, 403 for a user who is disabled."""
        with self._lock:
            known = next((user for user in self.users if user.casefold() == name.casefold()), None)
            if known is None:
                return 401
            if self._failures.get(known, 0) >= FAILURES_MAX:
                return 403
            if self.users[known] != password:
                self._failures[known] = self._failures.get(known, 0) + 1
                return 401
            self._failures.pop(known, None)
            return self._issue(known, device_id)

    def _issue(self, user: str, device_id: str) -> str:
        self._tokens = {token: place for token, place in self._tokens.items() if place != (user, device_id)}
        self._issued += 1
        token = digest("token", user, device_id, str(self._issued))
        self._tokens[token] = (user, device_id)
        return token

    def caller(self, token: str) -> Caller | None:
        """Whose token this is; none for one that is not, or no longer, good."""
        with self._lock:
            if token == self.api_key:
                return Caller(user=None, token=token)
            user, _ = self._tokens.get(token, (None, ""))
            is_good = user is not None and self._failures.get(user, 0) < FAILURES_MAX
            return Caller(user=user, token=token) if is_good else None

    def logout(self, token: str) -> None:
        with self._lock:
            self._tokens.pop(token, None)

    def end_all(self) -> None:
        """End every token, as when an administrator signs everybody out."""
        with self._lock:
            self._tokens.clear()

    def enable(self, user: str) -> None:
        """Let a user in again who was disabled."""
        with self._lock:
            self._failures.pop(user, None)

    def user_id(self, user: str) -> str:
        return digest("user", user)

    def user_of(self, user_id: str) -> str | None:
        return next((user for user in self.users if self.user_id(user) == user_id), None)

    def is_administrator(self, user: str | None) -> bool:
        return user is None or user == next(iter(self.users), None)


def client_of(request: Request, *, legacy: bool) -> Client:
    """What the request says of itself. Old headers, schemes and parameters count only when `legacy` says so."""
    client = _read_header(request.headers.get("authorization", ""), legacy=legacy)
    if legacy and not client.token and not client.device_id:
        client = _read_header(request.headers.get("x-emby-authorization", ""), legacy=True)
    if client.token:
        return client
    params = {name.lower(): value for name, value in parse_qsl(request.query)}
    found = params.get("apikey", "")
    if legacy and not found:
        found = next((request.headers[name] for name in _OLD_HEADERS if name in request.headers), params.get("api_key", ""))
    return msgspec.structs.replace(client, token=found)


def _read_header(value: str, *, legacy: bool) -> Client:
    """`MediaBrowser Client="…", Token="…"`: values are percent-decoded, and of a name that comes twice the last one counts."""
    scheme, _, rest = value.partition(" ")
    if scheme.lower() != "mediabrowser" and not (legacy and scheme.lower() == "emby"):
        return Client()
    parts: dict[str, Any] = {}
    for piece in rest.split(","):
        name, _, given = piece.strip().partition("=")
        parts[name.strip().lower()] = unquote(given.strip().strip('"'))
    named = {"device_id": parts.get("deviceid", ""), "token": parts.get("token", "")}
    return Client(**{name: parts.get(name, "") for name in ("client", "device", "version")}, **named)
