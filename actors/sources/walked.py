"""What the sources that are walked in pages have no use for: a stream that is cut, known slices, and series one by one."""

from typing import NoReturn

from actors.sources.answer import Read
from actors.sources.ask import Ask
from contracts.errors import BadRequest, PlaybillError


def lasting(body: bytes) -> bytes:
    """All of it: nothing is written anew each time."""
    return body


def unexpected_root(body_prefix: bytes) -> PlaybillError | None:
    """None: nothing is streamed, and the walks look at whole answers."""
    return None


def series_ask(series_id: str) -> Ask:
    """Raises BadRequest."""
    _refuse()


def series_body(body: bytes) -> bytes:
    """Raises BadRequest."""
    _refuse()


def is_unknown_series(body: bytes) -> bool:
    """Raises BadRequest."""
    _refuse()


def read_series(series_id: str, body: bytes) -> Read:
    """Raises BadRequest."""
    _refuse()


def _refuse() -> NoReturn:
    raise BadRequest("this kind of source lists its episodes by library, and is not asked for those of one series")
