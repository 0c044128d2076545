"""What a Plex server, or what stands in front of it, says of its own trouble in the body of an error."""

import html
import re
from http import HTTPStatus
from typing import Final

from actors.sources.texts import one_line
from contracts import limits

_RESPONSE: Final = re.compile(r"<Response\b([^<>]*)", re.IGNORECASE)
_ATTRIBUTES: Final = re.compile(r"""\b(status|title)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_TITLE: Final = re.compile(r"<title[^<>]{0,99}>([^<]*)<", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[a-z]{2,9}://\S+", re.IGNORECASE)
_WORDS: Final = re.compile(r"[a-z]+", re.IGNORECASE)
_SAYS_NOTHING: Final = frozenset({"error", "http", "status", "code", "page", "plex", "the", "a", "server"})


def words_of_failure(status: int, body: bytes) -> str | None:
    """The `status` of an XML `<Response>`, or the title of an HTML page that says more than the number does; on one line."""
    text = body[: limits.ERROR_BODY_BYTES_MAX].decode(errors="replace")
    if response := _RESPONSE.search(text):
        said = {name.lower(): double or single for name, double, single in _ATTRIBUTES.findall(response[1])}
        return _plain(said.get("status", "")) or _beyond(status, said.get("title", ""))
    title = _TITLE.search(text)
    return _beyond(status, title[1]) if title else None


def _beyond(status: int, title: str) -> str | None:
    """The title, unless all its words are those of the status: `401 Unauthorized` says nothing new."""
    said = _plain(title)
    known = _SAYS_NOTHING | set(_words(_phrase(status)))
    return said if said and not known.issuperset(_words(said)) else None


def _plain(text: str) -> str | None:
    said = _ADDRESS.sub("…", " ".join(one_line(html.unescape(text)).split()))[: limits.ERROR_TEXT_CHARS_MAX].strip()
    return said or None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(text)]
