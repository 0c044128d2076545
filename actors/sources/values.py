"""What a JSON value means where a server may send any: ids, whole numbers, fractions and flags, also written as text.

What says nothing is None; only an id that is missing and a number that no column can hold raise Unreadable.
"""

import re
from functools import lru_cache
from typing import Any, Final

from contracts import limits

SHORT_CHARS_MAX: Final = 32
"""A number, a flag or a date is no longer; what is longer says nothing."""
_CACHED_VALUES: Final = 4_096
"""Texts remembered: ratings repeat over a catalogue."""
_LARGEST_ID: Final = 10**limits.REMOTE_ID_CHARS_MAX
_TOO_LONG: Final = "9" * (limits.REMOTE_ID_CHARS_MAX + 1)
"""Stands in for a number that Python would refuse to write out."""
_YES: Final = frozenset({"1", "true", "yes", "y", "on"})
_DIGITS: Final = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]*)?")


class Unreadable(ValueError):
    """An entry that can be no row. The text names the field."""


def remote_id(value: Any, field: str) -> str:
    """An id as text. Raises Unreadable when there is none: an id that is guessed would hide a row or make one up."""
    if type(value) is int and 0 <= value <= limits.INTEGER_MAX:
        return str(value)
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is int:
        return _checked_id(str(value) if abs(value) <= _LARGEST_ID else _TOO_LONG, field)
    if type(value) is str:
        return _checked_id(value.strip(), field)
    raise Unreadable(f"{field}: missing" if value is None else f"{field}: not an id but {_json_name(value)}")


def _checked_id(text: str, field: str) -> str:
    if not text:
        raise Unreadable(f"{field}: empty")
    if len(text) > limits.REMOTE_ID_CHARS_MAX:
        raise Unreadable(f"{field}: longer than {limits.REMOTE_ID_CHARS_MAX} characters")
    if not text.isprintable():
        raise Unreadable(f"{field}: holds control characters")
    return text


def _json_name(value: Any) -> str:
    return {bool: "a boolean", float: "a fraction", list: "a list", dict: "an object"}.get(type(value), "a value")


def optional_id(value: Any) -> str | None:
    """An id as text; None for what is none."""
    try:
        return remote_id(value, "")
    except Unreadable:
        return None


def integer(value: Any, field: str) -> int | None:
    """A whole number, also as text; what follows the number (`45 min`) is left out. Raises Unreadable beyond 64 bits."""
    if type(value) is int:
        return whole(value, field)
    if type(value) is float:
        return int(value) if abs(value) <= limits.INTEGER_MAX else None
    found = _DIGITS.match(value.strip()) if type(value) is str and len(value) <= SHORT_CHARS_MAX else None
    return whole(int(found[0].partition(".")[0]), field) if found else None


def whole(value: int, field: str) -> int:
    if not limits.INTEGER_MIN <= value <= limits.INTEGER_MAX:
        raise Unreadable(f"{field}: a number beyond 64 bits")
    return value


def fraction(value: Any, field: str) -> float | None:
    """A number, also as text and with a comma. Raises Unreadable beyond 64 bits."""
    if type(value) is float:
        return value
    if type(value) is int:
        return float(whole(value, field))
    return _fraction_in(value) if type(value) is str and len(value) <= SHORT_CHARS_MAX else None


@lru_cache(_CACHED_VALUES)
def _fraction_in(text: str) -> float | None:
    try:
        return float(text.replace(",", ".")) if "_" not in text else None
    except ValueError:
        return None


def yes(value: Any) -> bool:
    """Whether a flag is set: 1, true and their spellings; everything else is no."""
    if type(value) is str:
        return len(value) <= SHORT_CHARS_MAX and value.strip().lower() in _YES
    return type(value) in (int, bool, float) and value == 1
