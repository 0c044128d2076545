"""What time it is, as the writer writes it down."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """To the millisecond, as the store keeps times: a time that was read back is equal to the one that was written."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
