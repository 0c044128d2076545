"""The answer to the account check: whether the account is good, and what the server says of itself."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from actors.sources.answer import Account
from actors.sources.values import Unreadable, integer, yes
from actors.sources.xtream import words
from actors.sources.xtream.fields import moment
from actors.sources.xtream.texts import text

_WANTED: Final = "the account"
_GOOD: Final = frozenset({"active", "trial"})
_EXPIRED: Final = frozenset({"expired"})
_OFF: Final = frozenset({"banned", "disabled", "inactive", "blocked", "suspended", "deleted"})
_SAYS_NO: Final = ("", "0", "false", "no")
_WARNED_BEFORE: Final = timedelta(days=7)
_STATUS: Final = re.compile(r"[A-Za-z][A-Za-z _-]{0,31}")
_TIMEZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]{0,63}")
_VERSION: Final = re.compile(r"[0-9][0-9A-Za-z.-]{0,31}")
_PROTOCOL: Final = re.compile(r"https?|rtmp")


def read_account(bodies: Sequence[bytes], now: datetime) -> Account:
    """The account, if the server lets it in; `now` is aware of its zone. There is one body.

    Raises AccountRejected, AccountExpired or AccountDisabled when the server says so (also with status 200, and also when it
    calls an account active whose time is over), and UnexpectedAnswer when it says nothing of the kind.
    """
    user, server = _parts(bodies[0])
    ends_at = _whole_or_none(moment, user.get("exp_date"))
    _check(user, ends_at, now)
    return Account(server=_said(user, server, ends_at), warnings=_warnings(user, ends_at, now))


def _parts(body: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """`user_info` and `server_info`."""
    said = body.decode(errors="replace").lstrip("\ufeff").strip()
    if not said:
        raise words.nothing()
    document = _document(said)
    if not isinstance(document, dict):
        raise words.empty_value(_WANTED)
    user, server = document.get("user_info"), document.get("server_info")
    if not isinstance(user, dict) or not user:
        raise words.of_object(said, _WANTED)
    return user, server if isinstance(server, dict) else {}


def _document(said: str) -> Any:
    """The JSON value; also the object inside the warnings that PHP prints around it."""
    try:
        document = msgspec.json.decode(said)
    except (ValueError, RecursionError):
        document = _object_inside(said)
    if document is None or (isinstance(document, str) and document.strip()):
        raise words.empty_value(_WANTED) if said == "null" else words.of_text(said, _WANTED)
    return document


def _object_inside(said: str) -> Any:
    start = said.find("{")
    try:
        return json.JSONDecoder(strict=False).raw_decode(said, start)[0] if start >= 0 else None
    except (ValueError, RecursionError):
        return None


def _check(user: dict[str, Any], ends_at: int | None, now: datetime) -> None:
    """The status first: it says more than a login that is refused because of it."""
    status = _status(user)
    if status in _EXPIRED:
        raise words.expired(_day(ends_at))
    if status in _OFF:
        raise words.disabled(status.capitalize())
    if not _lets_in(user.get("auth", 1 if status in _GOOD else None)):
        raise words.rejected()
    if ends_at is not None and ends_at <= now.timestamp():
        raise words.expired(_day(ends_at))


def _lets_in(auth: Any) -> bool:
    return auth.strip().lower() not in _SAYS_NO if type(auth) is str else bool(auth)


def _status(user: dict[str, Any]) -> str:
    return text(user.get("status")).lower()


def _said(user: dict[str, Any], server: dict[str, Any], ends_at: int | None) -> dict[str, str | int | bool | None]:
    return {
        "status": _matching(_STATUS, user.get("status")),
        "expires_at": _rfc3339(ends_at),
        "created_at": _rfc3339(_whole_or_none(moment, user.get("created_at"))),
        "max_connections": _whole_or_none(integer, user.get("max_connections")),
        "active_connections": _whole_or_none(integer, user.get("active_cons")),
        "is_trial": yes(user.get("is_trial")),
        "timezone": _matching(_TIMEZONE, server.get("timezone")),
        "server_protocol": _matching(_PROTOCOL, server.get("server_protocol")),
        "server_version": _matching(_VERSION, server.get("version")),
    }


def _warnings(user: dict[str, Any], ends_at: int | None, now: datetime) -> list[str]:
    found: list[str] = []
    status = _status(user)
    if status and status not in _GOOD:
        found.append("the account's status is none that is known; it is taken as active")
    if ends_at is not None and ends_at - now.timestamp() < _WARNED_BEFORE.total_seconds():
        found.append(f"the account ends on {_day(ends_at)}")
    in_use, allowed = (_whole_or_none(integer, user.get(key)) for key in ("active_cons", "max_connections"))
    if in_use and allowed and in_use >= allowed:
        found.append(f"all {allowed} connections of the account are in use")
    return found


def _whole_or_none(read: Any, value: Any) -> int | None:
    try:
        number: int | None = read(value, "")
    except Unreadable:
        return None
    return number if number is None or number >= 0 else None


def _matching(pattern: re.Pattern[str], value: Any) -> str | None:
    """Only what looks like what it should be: nothing else of the answer may reach a message."""
    found = text(value)
    return found if found and pattern.fullmatch(found) else None


def _rfc3339(seconds: int | None) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds is not None else None


def _day(seconds: int | None) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d") if seconds is not None else None
