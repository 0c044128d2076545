"""How far a server's clock is from ours, by the `Date` of its answers."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def clock_offset_s(date: str, now: datetime) -> int | None:
    """Seconds that the server is ahead of us, below 0 when it is behind; none when it does not say what time it is.

    Rounded down, as the answer was on its way: what the server is asked for by this time is rather asked for twice than missed.
    """
    try:
        said = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    said = said if said.tzinfo else said.replace(tzinfo=UTC)
    return math.floor((said - now).total_seconds())
