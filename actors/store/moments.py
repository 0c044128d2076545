"""Times as the database keeps them: RFC 3339 in UTC with milliseconds."""

from datetime import UTC, datetime


def to_text(moment: datetime) -> str:
    """`2026-11-21T12:00:00.000Z`. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a time zone")
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def to_text_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)


def from_text(text: str) -> datetime:
    return datetime.fromisoformat(text)


def from_text_or_none(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)


def from_unix(seconds: int | None) -> datetime | None:
    """None as well for seconds outside the calendar: providers send anything."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
