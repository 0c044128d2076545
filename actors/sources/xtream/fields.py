"""What the values of an entry mean: ratings, times and categories, in every spelling that panels send.

Each function takes any JSON value. What says nothing is None; only a number that no column can hold raises Unreadable,
and with it costs the entry.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from actors.sources.values import SHORT_CHARS_MAX, fraction, integer, whole
from contracts import limits

_CACHED_VALUES: Final = 4_096
"""Values remembered per kind of field: ratings and categories repeat over a catalogue."""
_FIRST_YEAR: Final = 1870
_LAST_YEAR: Final = 2100
_LAST_TIME_S: Final = 253_402_300_799
"""The end of the year 9999."""
_LARGEST_SECONDS: Final = 10**11
"""Times from here on are in milliseconds, or finer: in seconds it is the year 5138."""
_LARGEST_MINUTES: Final = 600
"""A running time above ten hours is in seconds, though the field says minutes."""
_LONGEST_S: Final = 7 * 24 * 3600
_NO_CATEGORY: Final = frozenset({"", "0", "null", "None", "none"})
_DIGITS: Final = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]*)?")
_YEAR: Final = re.compile(r"(?<![0-9])(?:18|19|20|21)[0-9]{2}(?![0-9])")
_CLOCK: Final = re.compile(r"([0-9]{1,3}):([0-5]?[0-9])(?::([0-5]?[0-9]))?")


def rating(of_ten: Any, of_five: Any) -> float | None:
    """0 to 10; the one out of five stands in for one that is missing. Panels send 0 for what nobody rated: that is None."""
    found = fraction(of_ten, "rating")
    if found is not None and 0 < found <= 10:
        return found
    found = fraction(of_five, "rating_5based")
    return round(found * 2, 2) if found is not None and 0 < found <= 5 else None


def moment(value: Any, field: str) -> int | None:
    """Unix seconds, from seconds, milliseconds or finer, a date, or a date and time (UTC unless it says otherwise)."""
    if type(value) is str:
        text = value.strip()
        if len(text) == 10 and text.isascii() and text.isdigit():
            return int(text) or None
        return _moment_in(text) if len(text) <= SHORT_CHARS_MAX else None
    if type(value) is int:
        return _seconds(whole(value, field))
    return _seconds(int(value)) if type(value) is float and abs(value) <= limits.INTEGER_MAX else None


@lru_cache(_CACHED_VALUES)
def _moment_in(text: str) -> int | None:
    if _DIGITS.fullmatch(text):
        return _seconds(int(text.partition(".")[0]))
    try:
        at = datetime.fromisoformat(text)
        return _seconds(int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()))
    except (ValueError, OverflowError):
        return None


def _seconds(number: int) -> int | None:
    for _ in range(3):  # milliseconds, microseconds, nanoseconds
        if number >= _LARGEST_SECONDS:
            number //= 1000
    return number if 0 < number <= _LAST_TIME_S else None


def year(value: Any, field: str = "year") -> int | None:
    """A year from 1870 to 2100, as a number, a text, or in a date. Not remembered: a catalogue has too many dates."""
    if type(value) is int:
        return _plausible(whole(value, field))
    if type(value) is not str or len(value) > SHORT_CHARS_MAX:
        return None
    start = value[:4]
    if start.isdecimal() and value[4:5] in ("-", ""):
        return _plausible(int(start))
    found = _YEAR.search(value)
    return _plausible(int(found[0])) if found else None


def year_in_title(title: str) -> int | None:
    """The year of `Nosferatu (1922)`; only in brackets, and only at the end."""
    if title[-1:] != ")" or title[-6:-5] != "(":
        return None
    digits = title[-5:-1]
    return _plausible(int(digits)) if digits.isdecimal() else None


def _plausible(number: int) -> int | None:
    return number if _FIRST_YEAR <= number <= _LAST_YEAR else None


def duration_s(seconds: Any, minutes: Any, clock: Any) -> int | None:
    """Running time, from whichever of the three says something."""
    found = integer(seconds, "duration_secs")
    if found is not None and 0 < found <= _LONGEST_S:
        return found
    found = integer(minutes, "episode_run_time")
    if found is not None and 0 < found <= _LONGEST_S:
        return found * 60 if found <= _LARGEST_MINUTES else found
    return _clock_s(clock) if type(clock) is str and len(clock) <= SHORT_CHARS_MAX else None


def _clock_s(text: str) -> int | None:
    found = _CLOCK.fullmatch(text.strip())
    if not found:
        return None
    first, second, third = (int(part or 0) for part in found.groups())
    total = first * 3600 + second * 60 + third
    return total if 0 < total <= _LONGEST_S else None


def category_ids(one: Any, several: Any) -> list[str]:
    """The ids that `category_id` and `category_ids` name, in that order, each once; 0, blank and null name none."""
    first = category_id(one)
    found = [first] if first else []
    if not several:
        return found
    for value in several if type(several) is list else _values(several):
        named = category_id(value)
        if named and named not in found:
            found.append(named)
            if len(found) == limits.ITEM_CATEGORIES_MAX:
                break
    return found


def category_id(value: Any) -> str | None:
    """The id of a category, or of the category above it; None for what names none."""
    if type(value) is str:
        return _category_in(value) if len(value) <= limits.REMOTE_ID_CHARS_MAX else None
    if type(value) is int:
        return str(value) if value and limits.INTEGER_MIN <= value <= limits.INTEGER_MAX else None
    return category_id(int(value)) if type(value) is float and value.is_integer() else None


@lru_cache(_CACHED_VALUES)
def _category_in(value: str) -> str | None:
    text = value.strip()
    return None if text in _NO_CATEGORY or not text.isprintable() else text


def _values(several: Any) -> Iterable[Any]:
    """A PHP array with gaps (an object), a scalar, `1,2`, or a list that was written as text: `[1,2]`."""
    if type(several) is str:
        return (part.strip(" []\"'") for part in several.split(","))
    if type(several) is dict:
        return several.values()
    return (several,)
