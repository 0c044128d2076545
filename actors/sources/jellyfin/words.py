"""What a Jellyfin server says of its own trouble: a page while it starts, a problem in JSON, a line of text."""

import html
import re
from typing import Any, Final

from actors.sources.jellyfin.bodies import objects
from actors.sources.texts import one_line
from contracts import limits
from contracts.errors import UnexpectedAnswer

_SILENT: Final = re.compile(rb"<(script|style|head)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TITLE: Final = re.compile(rb"<title[^>]{0,100}>(.{0,400}?)</title", re.IGNORECASE | re.DOTALL)
_TAG: Final = re.compile(r"<[^>]*(?:>|\Z)")
_MARKUP: Final = re.compile(rb"\s*<(?:!doctype|!--|html|head|body|title|h1|p|div)", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{1,15}://\S+")
_KEYS: Final = ("title", "Title", "message", "Message", "error", "detail")
_BARE_STATUS: Final = re.compile(r"(?:error\W*)?[0-9]{3}(?:\W+(?:\w+\W*){0,4})?", re.IGNORECASE)


def words_of_failure(status: int, body: bytes) -> str | None:
    """One line of at most `limits.ERROR_TEXT_CHARS_MAX`, without addresses; None when it says no more than the status does."""
    searched = body[: limits.ERROR_BODY_BYTES_MAX].removeprefix(b"\xef\xbb\xbf").strip()
    if searched[:1] in (b"{", b"["):
        said = _of_problem(searched)
    elif _MARKUP.match(searched):
        said = _of_page(searched)
    else:
        said = searched.decode(errors="replace").strip('"')
    line = _ADDRESS.sub("…", one_line(re.sub(r"\s+", " ", said)))
    if not any(character.isalpha() for character in line) or _BARE_STATUS.fullmatch(line) or "\ufffd" in line:
        return None
    return line[: limits.ERROR_TEXT_CHARS_MAX].rstrip()


def _of_problem(body: bytes) -> str:
    try:
        problem: dict[str, Any] = objects(body, "the problem")
    except UnexpectedAnswer:
        return ""
    return next((found for key in _KEYS if type(found := problem.get(key)) is str and found.strip()), "")


def _of_page(body: bytes) -> str:
    """What the page shows, where it is short; its title otherwise."""
    shown = " ".join(_text(_SILENT.sub(b" ", body)).split())
    if 0 < len(shown) <= limits.ERROR_TEXT_CHARS_MAX:
        return shown
    title = _TITLE.search(body)
    return _text(title[1]) if title else ""


def _text(markup: bytes) -> str:
    return html.unescape(_TAG.sub(" ", markup.decode(errors="replace")))
