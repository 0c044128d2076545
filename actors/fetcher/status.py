"""What an HTTP status means for the request: go on, ask again, wait, or give up."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from contracts import limits
from contracts.catalog import SourceKind
from contracts.errors import (
    AccountRejected,
    CoolDown,
    NotPermitted,
    PlaybillError,
    RequestRejected,
    SourceFailing,
    UnexpectedAnswer,
)

_COOL_DOWN: Final = frozenset({429, 456, 458, 509, 884})
"""429 and 509 are standard for too many requests; 456 and 458 are panels' for a busy line, 884 a proxy's for a block."""
_FAILING_4XX: Final = frozenset({408, 425})
_COOL_DOWN_MIN_S: Final = 1.0
"""`Retry-After: 0` asks for a request in a tight loop."""
_SECONDS_DIGITS_MAX: Final = 9


class NoSuchEndpoint(AccountRejected):
    """404 where everything is asked for: a refused account, or one thing that is not there while the account is good."""


def failure_of(status: int, retry_after: str | None, now: datetime, kind: SourceKind) -> PlaybillError | None:
    """The failure that a status means, or none for an answer to be read. Redirects are not decided here."""
    if status in _COOL_DOWN:
        return CoolDown(f"the server said {status}", cool_down_s(retry_after, now))
    if 500 <= status < 600 or status in _FAILING_4XX:
        if retry_after is not None:
            return CoolDown(f"the server said {status} and when to come back", cool_down_s(retry_after, now))
        return SourceFailing(f"the server failed with status {status}")
    if kind is SourceKind.XTREAM and status in (401, 403, 404):
        return _refused_by_panel(status)
    if status in (401, 403):
        return NotPermitted(f"the server does not let this account in here (status {status})", is_unauthorized=status == 401)
    if status in (204, 205):
        return UnexpectedAnswer(f"the server answered with nothing (status {status})")
    if 200 <= status < 300:
        return None
    return RequestRejected(f"the server refused the request with status {status}")


def _refused_by_panel(status: int) -> AccountRejected:
    """A panel has one endpoint: whom it refuses there, it refuses altogether."""
    if status == 404:
        return NoSuchEndpoint(
            "the server says 404 on its own endpoint: that is how panels refuse an account, an address or a User-Agent"
        )
    return AccountRejected(f"the server refused user name, password or User-Agent (status {status})")


def cool_down_s(retry_after: str | None, now: datetime) -> float:
    """Seconds that a `Retry-After` asks for, as a number or a date; what says neither, or the past, is the default. Capped."""
    asked_s = _asked_s((retry_after or "").strip(), now)
    if asked_s is None or asked_s < 0:
        return limits.COOL_DOWN_DEFAULT_S
    return min(max(asked_s, _COOL_DOWN_MIN_S), limits.COOL_DOWN_MAX_S)


def _asked_s(value: str, now: datetime) -> float | None:
    if value.isascii() and value.isdigit():
        return float(value[:_SECONDS_DIGITS_MAX])
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return (until - now).total_seconds()
