"""Takes a source's own credentials out of what it sends, before any of it leaves the fetcher."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus

import msgspec

from actors.sources.ask import Credentials
from contracts import limits
from contracts.errors import UnexpectedAnswer

_MARK: Final = "[redacted]"
_PAIR_MARK: Final = f"{_MARK}/{_MARK}".encode()
_USERINFO_MARK: Final = f"{_MARK}:{_MARK}".encode()
_PARAMS_MARK: Final = f"username={_MARK}&password={_MARK}".encode()
_BARE_CHARS_MIN: Final = 8
"""A shorter password is likely to be an ordinary word of some title; it is taken out where it stands as a credential."""
_TEXT_CHARS_MIN: Final = 3
"""In error texts, where a title cannot suffer. A shorter name would be found inside of words and shown by its gaps."""
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9_.~-]+")
_ESCAPE: Final = rb"\\u[0-9a-fA-F]{4}|\\."

_list_decoder: Final = msgspec.json.Decoder(list[msgspec.Raw])


class Redactor:
    """Knows one source's credentials in every spelling that its answers may hold."""

    def __init__(self, credentials: Credentials) -> None:
        username, password = credentials.username, credentials.password
        self._secrets: dict[bytes, list[bytes]] = {}
        """The spellings of each secret, by a part that all of them have."""
        spellings = self._remember(password)
        pairs = list(zip(_encodings(username), _encodings(password), strict=True)) if password else []
        bare = spellings if len(password) >= _BARE_CHARS_MIN else []
        self._marks = dict.fromkeys(_needles(pairs, "{}/{}"), _PAIR_MARK)
        self._marks |= dict.fromkeys(_needles(pairs, "username={}&password={}"), _PARAMS_MARK)
        self._marks |= dict.fromkeys(_needles(pairs, "{}:{}"), _USERINFO_MARK)
        self._marks |= {needle: _MARK.encode() for needle in bare if needle not in self._marks}
        self._texts = sorted(_text_needles(username) | _text_needles(password), key=len, reverse=True)
        for token in (credentials.token, credentials.api_key):
            self.learn(token)

    def learn(self, token: str) -> None:
        """One more secret, which is taken out wherever it stands: a token is no word of any title."""
        if token:
            self._marks |= dict.fromkeys(self._remember(token), _MARK.encode())
            self._texts = sorted({*self._texts, *_text_needles(token)}, key=len, reverse=True)

    def _remember(self, secret: str) -> list[bytes]:
        if not secret:
            return []
        spellings = _needles(((spelled,) for spelled in _encodings(secret)), "{}")
        self._secrets[_core(secret)] = spellings
        return spellings

    def _is_in(self, body: bytes) -> bool:
        return any(core in body and any(map(body.__contains__, spellings)) for core, spellings in self._secrets.items())

    def body(self, body: bytes) -> bytes:
        """A JSON array without the credentials, and still a JSON array. A number that looks like a password is an id: stays."""
        if not self._is_in(body):
            return body
        redacted = body
        for needle, mark in self._marks.items():
            redacted = redacted.replace(needle, mark)
        if redacted == body or _is_list(redacted):
            return redacted
        redacted = self._by_token(body)
        if not _is_list(redacted):
            raise UnexpectedAnswer("the answer repeats the credentials in a form that cannot be taken out")
        return redacted

    def text(self, text: str) -> str:
        """A text for people without the credentials, clipped."""
        for needle in self._texts:
            text = text.replace(needle, _MARK)
        return text[: limits.ERROR_TEXT_CHARS_MAX]

    def _by_token(self, body: bytes) -> bytes:
        """The slow and exact way: inside of strings only, and never from the middle of an escape."""
        needles = b"|".join(re.escape(needle) for needle in sorted(self._marks, key=len, reverse=True))
        token = re.compile(needles + b"|" + _ESCAPE, re.DOTALL)

        def in_string(string: re.Match[bytes]) -> bytes:
            return token.sub(lambda found: self._marks.get(found[0], found[0]), string[0])

        return _STRING.sub(in_string, body)


def _encodings(text: str) -> Iterator[str]:
    """As it is, and as addresses spell it. Always the same number, so that a name and a password pair up."""
    yield text
    encoders: tuple[Callable[[str], str], ...] = (lambda t: quote(t, safe=""), quote, quote_plus)
    for encode in encoders:
        yield encode(text)
        yield re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), encode(text))


def _core(text: str) -> bytes:
    """The longest part of a text that every encoding spells alike: one search for it spares most slices all the others."""
    return max(_UNRESERVED.findall(text), key=len, default="").encode()


def _needles(texts: Iterable[tuple[str, ...]], form: str) -> list[bytes]:
    found = {spelling for text in texts for spelling in _in_json(form.format(*text))}
    return sorted(found, key=len, reverse=True)


def _in_json(text: str) -> Iterator[bytes]:
    """How JSON writers spell a text inside of a string: with or without escaping what is not ASCII, `/` and `&`."""
    for is_ascii in (True, False):
        plain = json.dumps(text, ensure_ascii=is_ascii)[1:-1]
        for slashed in (plain, plain.replace("/", "\\/")):
            yield slashed.encode(errors="surrogatepass")
            yield slashed.replace("&", "\\u0026").encode(errors="surrogatepass")


def _text_needles(text: str) -> set[str]:
    return {needle for needle in _encodings(text) if len(needle) >= _TEXT_CHARS_MIN}


def _is_list(body: bytes) -> bool:
    try:
        _list_decoder.decode(body)
    except (ValueError, RecursionError):
        return False
    return True
