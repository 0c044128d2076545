"""The shapes in which panels answer `get_series_info`, brought to one: what is said of the series, its seasons, its episodes.

PHP writes an array whose keys are 0, 1, 2, … as a list and any other as an object, so every level of `episodes` may be either.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from actors.sources.xtream import words
from actors.sources.xtream.roots import of_account
from contracts import limits
from contracts.errors import IncompleteAnswer, PlaybillError, UnexpectedAnswer

_WANTED: Final = "the series"
_INFO, _SEASONS, _EPISODES = "info", "seasons", "episodes"
_PAGE: Final = re.compile(r"<!doctype|<html|<head|<body|<script|<title", re.IGNORECASE)
_ROOT_AFTER_TEXT: Final = re.compile(r'[\n>][ \t\r\n]*(?=\{\s*"|\[\s*\])')
"""PHP ends a warning with a line or a tag."""
_KEY_DIGITS_MAX: Final = 6
"""A season's number has four digits where years number them."""
_tolerant: Final = json.JSONDecoder(strict=False, parse_constant=lambda _: None)

Listed = tuple[int | None, Any]
"""The number of the season that an episode is listed under, where one can be told, and its entry."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer in one shape."""

    info: dict[str, Any] = {}
    seasons: list[dict[str, Any]] = []
    episodes: list[Listed] = []

    @property
    def says_nothing(self) -> bool:
        """Whether there is no word of any series in it: that is how panels say that they do not know one."""
        return not self.episodes and not self.seasons and not any(self.info.values())


def value_of(body: bytes) -> tuple[Any, bool]:
    """The JSON value in an answer, and whether the answer is nothing but that value.

    PHP's warnings around it are survived, and what a strict decoder refuses inside of texts. Raises IncompleteAnswer for JSON
    that does not close, and for anything else that is no answer what it stands for.
    """
    try:
        return msgspec.json.decode(body), True
    except (ValueError, RecursionError):
        said = body.decode(errors="replace").lstrip("\ufeff").strip()
    if not said:
        raise words.nothing()
    found = None if said.startswith(("{", "[")) else _ROOT_AFTER_TEXT.search(said[: limits.SNIFF_BYTES_MAX])
    if found is not None and not _PAGE.search(said, 0, found.end()):
        said = said[found.end() :]
    if not said.startswith(("{", "[")):
        raise words.of_text(said, _WANTED)
    try:
        return _encodable(_tolerant.raw_decode(said)[0]), False
    except RecursionError:
        raise UnexpectedAnswer("the answer is nested too deeply") from None
    except ValueError:
        raise IncompleteAnswer("the answer is not valid JSON, or ended in the middle") from None


def answer_of(value: Any) -> Answer:
    """What the value says of a series. Raises UnexpectedAnswer, or AccountRejected, for what says nothing of the kind."""
    if type(value) is not dict:
        if value == [] and type(value) is list:
            return Answer()
        raise _refusal(value)
    if value and not {_INFO, _SEASONS, _EPISODES}.intersection(value):
        raise _refusal(value)
    info = value.get(_INFO)
    seasons = (part for part in _parts(value.get(_SEASONS)) if type(part) is dict)
    return Answer(info=info if type(info) is dict else {}, seasons=list(seasons), episodes=list(_listed(value.get(_EPISODES))))


def _refusal(value: Any) -> PlaybillError:
    if type(value) is str and value.strip():
        return words.of_text(value, _WANTED)
    if type(value) is not dict:
        return words.empty_value(_WANTED) if type(value) is not list else words.of_object("", _WANTED)
    try:
        said = json.dumps(value)
    except RecursionError:
        said = "{}"
    return of_account(said) if "user_info" in value or "server_info" in value else words.of_object(said, _WANTED)


def _listed(episodes: Any) -> Iterator[Listed]:
    """Each entry below `episodes`. What is null where a season is due is none; where an episode is due it is an entry."""
    if type(episodes) is dict and _is_entry(episodes):
        yield None, episodes
        return
    for place, part in _numbered(episodes):
        if type(part) is list or (type(part) is dict and not _is_entry(part)):
            for entry in _parts(part):
                yield place, entry
        elif part is not None:
            yield (place if type(episodes) is dict else None), part


def _is_entry(part: dict[str, Any]) -> bool:
    """Whether an object is one episode, and not a PHP array of them: arrays have numbers for keys."""
    if type(part.get("id")) in (str, int):
        return True
    return any(not key.isdecimal() for key in part) and not all(type(inner) in (dict, list) for inner in part.values())


def _numbered(parts: Any) -> Iterator[tuple[int | None, Any]]:
    """Parts with the numbers of their seasons: PHP's keys, which are a list's places when they begin at 0."""
    if type(parts) is dict:
        for key, part in parts.items():
            yield (int(key) if key.isdecimal() and len(key) <= _KEY_DIGITS_MAX else None), part
    elif type(parts) is list:
        yield from enumerate(parts)


def _parts(parts: Any) -> list[Any]:
    if type(parts) is dict:
        return list(parts.values())
    return parts if type(parts) is list else []


def _encodable(value: Any) -> Any:
    """The value without lone surrogates, which no encoder takes."""
    if type(value) is str:
        return value.encode(errors="ignore").decode()
    if type(value) is list:
        return [_encodable(part) for part in value]
    if type(value) is dict:
        return {_encodable(key): _encodable(part) for key, part in value.items()}
    return value
