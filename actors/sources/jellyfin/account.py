"""The answers to the account check: who the server is, and whether it lets its user in."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from actors.sources.answer import Account
from actors.sources.jellyfin.bodies import objects
from actors.sources.jellyfin.fields import other_id
from actors.sources.texts import one_line
from actors.sources.values import yes
from contracts.errors import AccountDisabled, AccountRejected, UnexpectedAnswer

_VERSION: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){1,3}(?:-[0-9A-Za-z.]{1,32})?")
_SERVER_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")
_NAME_CHARS_MAX: Final = 100
_OLDEST: Final = (10, 8)
_FIRST_OF_JELLYFIN: Final = 10
"""Emby, from which Jellyfin comes, is at 4."""


def read_account(bodies: Sequence[bytes], now: datetime) -> Account:
    """The server and what its user may, from `System/Info/Public` and `Users/{id}`.

    Raises AccountRejected when the server was never set up, AccountDisabled when the user is switched off, and UnexpectedAnswer.
    """
    if len(bodies) != 2:
        raise UnexpectedAnswer("the account check takes two answers")
    server, user = objects(bodies[0], "the server's description"), objects(bodies[1], "the user")
    if server.get("StartupWizardCompleted") is False:
        raise AccountRejected("the server is not set up yet: its first start has not been finished")
    if other_id(user.get("Id")) is None:
        raise UnexpectedAnswer("the server sent an object that does not hold the user")
    policy: Any = user.get("Policy")
    policy = policy if isinstance(policy, dict) else {}
    if yes(policy.get("IsDisabled")):
        raise AccountDisabled("the server's administrator has switched this user off")
    said = _said(server, policy)
    return Account(server=said, warnings=_warnings(said["version"]))


def _said(server: dict[str, Any], policy: dict[str, Any]) -> dict[str, str | int | bool | None]:
    return {
        "server_id": _matching(_SERVER_ID, other_id(server.get("Id"))),
        "version": _matching(_VERSION, server.get("Version")),
        "name": one_line(server.get("ServerName"))[:_NAME_CHARS_MAX].rstrip() or None,
        "live_tv": yes(policy.get("EnableLiveTvAccess")),
    }


def _matching(pattern: re.Pattern[str], value: Any) -> str | None:
    """Only what looks like what it should be."""
    return value if type(value) is str and pattern.fullmatch(value) else None


def _warnings(version: object) -> list[str]:
    parts = version_parts(version)
    if parts is None:
        return ["the server does not say which version it is"]
    if parts >= _OLDEST:
        return []
    if parts[0] < _FIRST_OF_JELLYFIN:
        return [f"the server says it is of version {version}, which no Jellyfin is: it is taken as one, and may lack things"]
    return [f"the server's Jellyfin {version} is old: 10.8 is the oldest that Playbill is made for"]


def version_parts(version: object) -> tuple[int, int] | None:
    """The first two numbers of a version."""
    found = re.match(r"([0-9]{1,6})\.([0-9]{1,6})", version) if isinstance(version, str) else None
    return (int(found[1]), int(found[2])) if found else None
