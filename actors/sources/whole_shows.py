"""Servers that list the episodes of all shows at once are never asked for one series."""

from typing import NoReturn

from actors.sources.answer import Read
from actors.sources.ask import Ask
from contracts.errors import BadRequest


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
