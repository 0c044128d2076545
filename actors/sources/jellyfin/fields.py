"""What the values of a Jellyfin entry mean: ids, dates, ticks and years, in every spelling that servers and emulators send."""

import re
from datetime import UTC, date, datetime
from typing import Any, Final

from actors.sources import values

_TICKS_PER_S: Final = 10_000_000
_GUID: Final = re.compile(r"[0-9a-fA-F]{32}")
_NO_GUID: Final = "0" * 32
"""How .NET writes an id that is not there."""
_NO_YEAR: Final = (1, 1601)
"""The years of .NET's and of Windows' unset dates."""
_FIRST_YEAR: Final = 1870
_LAST_YEAR: Final = 2100
_LONGEST_S: Final = 366 * 24 * 3600
"""The longest that is believed, of an album or of a channel's recording."""
_DATE_CHARS_MAX: Final = 40
_NUMBER_MAX: Final = 2**31
"""More than any season, episode or track is numbered; dates as `20231201` are fewer."""


def item_id(value: Any, field: str = "Id") -> str:
    """An id in the one spelling of it: GUIDs in lower case without dashes, whatever else an emulator sends as it comes.

    Raises Unreadable when there is none.
    """
    if type(value) is str and len(value) == 32 and _GUID.fullmatch(value) and value != _NO_GUID:
        return value.lower()
    found = values.remote_id(value, field)
    bare = found.strip("{}").replace("-", "")
    if not _GUID.fullmatch(bare):
        return found
    if bare == _NO_GUID:
        raise values.Unreadable(f"{field}: empty")
    return bare.lower()


def other_id(value: Any) -> str | None:
    """The id of something else that the entry names, None if it names none."""
    if not value:
        return None
    try:
        return item_id(value)
    except values.Unreadable:
        return None


def seconds(ticks: Any, field: str) -> int | None:
    """Whole seconds of a number of ticks, which are 100 ns; None for none at all."""
    found = values.integer(ticks, field)
    if found is None or found < _TICKS_PER_S:
        return None
    found //= _TICKS_PER_S
    return found if found <= _LONGEST_S else None


def moment(value: Any) -> int | None:
    """Unix seconds of a date, or of a date and time (UTC unless it says otherwise)."""
    at = _at(value)
    return None if at is None else int(at.timestamp())


def day(value: Any) -> str | None:
    """The day of a date, or of a date and time: `1922-03-04`."""
    at = _at(value)
    return None if at is None else at.date().isoformat()


def _at(value: Any) -> datetime | None:
    if type(value) is not str or len(value) > _DATE_CHARS_MAX:
        return None
    try:
        at = datetime.fromisoformat(value.strip())
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return None if at.year in _NO_YEAR else at


def year(production_year: Any, premiere_date: Any) -> int | None:
    """The year of making, as a number or a text, or else of the first showing."""
    found = values.integer(production_year, "ProductionYear")
    if found is not None and _FIRST_YEAR <= found <= _LAST_YEAR:
        return found
    shown = day(premiere_date)
    if shown is None:
        return None
    found = date.fromisoformat(shown).year
    return found if _FIRST_YEAR <= found <= _LAST_YEAR else None


def rating(value: Any) -> float | None:
    """0 to 10; 0 is what nobody rated."""
    found = values.fraction(value, "CommunityRating")
    return round(found, 2) if found is not None and 0 < found <= 10 else None


def number(value: Any, field: str) -> int | None:
    """The number of a season, an episode or a track; None for one that counts nothing."""
    found = values.integer(value, field)
    return found if found is not None and abs(found) <= _NUMBER_MAX else None
