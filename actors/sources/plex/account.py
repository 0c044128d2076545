"""The answer to the account check: what the server says of itself."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from actors.sources.answer import Account
from actors.sources.plex.container import contained
from actors.sources.texts import one_line
from contracts.errors import UnexpectedAnswer

_WANTED: Final = "the account"
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_VERSION: Final = re.compile(r"[0-9][0-9A-Za-z.+-]{0,63}")
_PLATFORM: Final = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]{0,63}")
_NUMBERS: Final = re.compile(r"([0-9]{1,6})\.([0-9]{1,6})")
_OLDEST: Final = (1, 20)
"""The first with the answers that are read here, as far as is known."""
_NOBODYS: Final = frozenset({"none", "unknown"})


class _Said(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    machine_identifier: Any = None
    version: Any = None
    friendly_name: Any = None
    platform: Any = None
    claimed: Any = None
    my_plex: Any = None
    my_plex_signin_state: Any = None


_said: Final = msgspec.json.Decoder(_Said)


def read_account(bodies: Sequence[bytes], now: datetime) -> Account:
    """What the server says of itself; that it says so means that it takes the token. There is one body.

    Raises UnexpectedAnswer when the answer is not that of a Plex Media Server, or of one that is too old.
    """
    try:
        said = _said.decode(contained(bodies[0] if bodies else b"", _WANTED))
    except (ValueError, RecursionError):
        said = _Said()
    identifier = _matching(_IDENTIFIER, said.machine_identifier)
    if identifier is None:
        raise UnexpectedAnswer("the server answers like Plex, but names no machineIdentifier: is the url that of a media server?")
    version = _matching(_VERSION, said.version)
    server = {
        "machine_identifier": identifier,
        "version": version,
        "name": one_line(said.friendly_name) or None,
        "platform": _matching(_PLATFORM, said.platform),
    }
    return Account(server=dict(server), warnings=_warnings(said, version))


def _warnings(said: _Said, version: str | None) -> list[str]:
    found: list[str] = []
    numbers = _NUMBERS.match(version or "")
    if numbers and (int(numbers[1]), int(numbers[2])) < _OLDEST:
        found.append(f"this Plex Media Server is old ({version}); 1.20 or newer is what this is made for")
    if said.claimed is False or said.my_plex is False or _signed_in(said) in _NOBODYS:
        found.append("the server is not claimed: nobody is signed in to it, so whoever reaches it may be let in")
    return found


def _signed_in(said: _Said) -> str:
    return one_line(said.my_plex_signin_state).lower()


def _matching(pattern: re.Pattern[str], value: Any) -> str | None:
    """Only what looks like what it should be: nothing else of the answer may reach a message."""
    found = one_line(value)
    return found if pattern.fullmatch(found) else None
