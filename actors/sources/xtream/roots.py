"""Why an answer with status 200 is no listing, from how it begins."""

import json
import re
from datetime import UTC, datetime
from typing import Any, Final

from actors.sources.values import Unreadable
from actors.sources.xtream import words
from actors.sources.xtream.account import read_account
from actors.sources.xtream.fields import moment
from contracts.errors import AccountRejected, PlaybillError, UnexpectedAnswer

_WANTED: Final = "the listing"
_NUMERIC_KEY: Final = re.compile(r'\{\s*"-?[0-9]+"\s*:')
_ACCOUNT: Final = re.compile(r'^\{\s*"(?:user_info|server_info)"\s*:')
_NOTHING: Final = re.compile(r'(?:false|null|true|""|\{\s*\}|-?[0-9.eE+-]+)\Z')


def unexpected_root(body_prefix: bytes) -> PlaybillError | None:
    """The error that the first bytes of an answer stand for, up to all of it; none if a listing may follow.

    A listing is an array, or an object with numeric keys, which is what PHP makes of an array with gaps. An answer that says
    nothing is never an empty catalogue.
    """
    found = body_prefix.decode(errors="replace").lstrip("\ufeff").strip()
    if not found:
        return words.nothing()
    if found.startswith("[") or _NUMERIC_KEY.match(found):
        return None
    if _NOTHING.match(found):
        return words.empty_value(_WANTED)
    if _ACCOUNT.match(found):
        return of_account(found)
    return words.of_object(found, _WANTED) if found.startswith("{") else words.of_text(found, _WANTED)


def of_account(found: str) -> PlaybillError:
    """Old panels answer so when an account ended; others when they do not know the listing, and then the account is good."""
    try:
        read_account([found.encode()], _server_time(json.loads(found)))
    except AccountRejected as error:
        return error
    except (ValueError, RecursionError, UnexpectedAnswer):
        return AccountRejected("the server sends the account instead of the listing: it does not let this account in")
    return UnexpectedAnswer("the server does not offer this listing: it sends the account instead, which is good")


def _server_time(document: Any) -> datetime:
    """The server's own clock, so that reading needs none; the epoch, when nothing has ended yet, if it names no time."""
    server = document.get("server_info") if isinstance(document, dict) else None
    try:
        said = moment(server.get("timestamp_now"), "timestamp_now") if isinstance(server, dict) else None
    except Unreadable:
        said = None
    return datetime.fromtimestamp(said or 0, UTC)
