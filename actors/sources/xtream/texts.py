"""What the texts of an entry mean: titles, plots, lists of names, and addresses of images."""

import html
import re
from functools import lru_cache
from typing import Any, Final

from actors.sources.texts import one_line, scalar
from contracts import limits

_CACHED_TEXTS: Final = 4_096
_CACHED_CHARS_MAX: Final = 256
"""Genres repeat over a catalogue; what is longer is no list of genres that repeats."""
_NAMES_MAX: Final = 200
"""Names in one list: more than any cast that was seen."""
_BACKDROPS_MAX: Final = 20
_GENRE_ENDS: Final = re.compile(r"[,/]")
_USERINFO: Final = re.compile(r"^((?:[A-Za-z][A-Za-z0-9+.-]*:)?//)[^/?#]*@")
_SECRET_PARAMETER: Final = re.compile(r"(?<=[?&])(?:user(?:name)?|pass(?:word)?|token)=[^&#]*&?", re.IGNORECASE)
_NO_ADDRESS: Final = frozenset({"", "null", "none", "n/a", "na", "undefined", "false", "0"})
_SHORTEST: Final = 10
"""Characters of an address that needs no second look at the words above."""


def title(value: Any) -> str:
    """A title on one line, entities unescaped, without control characters, clipped; empty if there is none."""
    return one_line(html.unescape(value) if type(value) is str and "&" in value else value)


def text(value: Any) -> str:
    """A text of any kind, entities unescaped, clipped; empty if it is blank. Lines stay."""
    found = value.strip() if type(value) is str else scalar(value)
    if "&" in found or "\x00" in found:
        found = html.unescape(found).replace("\x00", "").strip()
    return found if len(found) <= limits.TEXT_CHARS_MAX else found[: limits.TEXT_CHARS_MAX].rstrip()


def label(value: Any) -> str:
    """A short text that repeats over a catalogue: a container, a country."""
    return _label_in(value) if type(value) is str and len(value) <= _CACHED_CHARS_MAX else text(value)


@lru_cache(_CACHED_TEXTS)
def _label_in(value: str) -> str:
    return text(value)


def one_text(value: Any) -> str:
    """A text, or the first one of a list."""
    return text(value) if type(value) is not list else next((found for part in value if (found := text(part))), "")


def names(value: Any) -> list[str]:
    """A list of names, from a list or from a text with commas."""
    if type(value) is not str:
        return _listed(value)
    found = text(value)
    if "," not in found:
        return [found] if found else []
    parts = found.split(", ", _NAMES_MAX)
    if found.count(",") == len(parts) - 1 and parts[0] and " ," not in found and "  " not in found:
        return parts[:_NAMES_MAX]
    return list(filter(None, map(str.strip, found.split(",", _NAMES_MAX)[:_NAMES_MAX])))


def genres(value: Any) -> list[str]:
    """A list of genres, from a list, or from a text with commas or slashes (`Drama / Crime`)."""
    if type(value) is str:
        return _genres_in(value) if len(value) <= _CACHED_CHARS_MAX else _genres_in.__wrapped__(value)
    return _listed(value)


@lru_cache(_CACHED_TEXTS)
def _genres_in(value: str) -> list[str]:
    parts = _GENRE_ENDS.split(text(value))[:_NAMES_MAX]
    return list(dict.fromkeys(name for part in parts if (name := part.strip())))


def _listed(value: Any) -> list[str]:
    return [name for part in value[:_NAMES_MAX] if (name := text(part))] if type(value) is list else []


def image(value: Any) -> str | None:
    """An address or a path without credentials; None if it is blank, or too long to be one: half an address shows nothing."""
    if type(value) is not str:
        return None
    address = value.strip()
    if not address or len(address) > limits.URL_CHARS_MAX:
        return None
    if "\x00" in address:
        address = address.replace("\x00", "")
    if "@" in address:
        address = _USERINFO.sub(r"\1", address)
    if "?" in address:
        address = _SECRET_PARAMETER.sub("", address).rstrip("?&")
    return None if len(address) < _SHORTEST and address.lower() in _NO_ADDRESS else address


def images(value: Any) -> list[str]:
    """Addresses from a list that may hold blanks and nulls, or from one text."""
    found = value if type(value) is list else [value]
    return [address for part in found[:_BACKDROPS_MAX] if (address := image(part))]
