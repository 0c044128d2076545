"""How a Jellyfin server writes its answers: documents, pages of rows, refusals, and what it says while it starts; pure."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec

from actors.demo.answer import HTML, JSON, Answer, coded, plain
from actors.demo.jellyfin_asked import ERROR, Asked
from actors.demo.jellyfin_documents import problem
from actors.demo.jellyfin_entry import Entry
from actors.demo.jellyfin_listing import Page, cut
from actors.demo.jellyfin_spoiling import dashed, ids_of, spoilt
from actors.demo.jellyfin_switches import JellyfinSwitches

T = TypeVar("T")

_STARTING_PAGE: Final = (
    b"<!DOCTYPE html>\n<html><head><title>Jellyfin</title></head><body>Jellyfin is starting up.</body></html>\n"
)
_TEXT: Final = "text/plain"


def refused(status: int, text: bytes = ERROR) -> Answer:
    """401 has an empty body, what is not there a problem document, and everything else one sentence."""
    if status == 404:
        return document(problem("Not Found", 404), 404)
    return plain(status, b"" if status == 401 and text == ERROR else text, _TEXT)


def early(switches: JellyfinSwitches) -> Answer | None:
    """What is said instead of any document."""
    if switches.starting:
        return plain(503, _STARTING_PAGE, HTML, (("Retry-After", "005"),))
    if switches.redirect_to is not None:
        return plain(302, b"", HTML, (("Location", switches.redirect_to),))
    if switches.status != 200:
        headers = () if switches.retry_after is None else (("Retry-After", switches.retry_after),)
        return msgspec.structs.replace(refused(switches.status), headers=headers)
    if switches.body_text is not None:
        return plain(200, switches.body_text.encode())
    return plain(200, _STARTING_PAGE, HTML) if switches.html_200 else None


def document(value: Any, status: int = 200, ids: tuple[str, ...] = ()) -> Answer:
    body = msgspec.json.encode(value)
    kind = "application/problem+json; charset=utf-8" if status >= 400 else f"{JSON}; charset=utf-8"
    return msgspec.structs.replace(plain(status, body, kind), ids=ids)


def written(asked: Asked, value: Any, ids: tuple[str, ...] = ()) -> Answer:
    """A document as the switches have it."""
    found = document(dashed(value) if asked.switches.guid_dashes else value, ids=ids)
    return coded(found, b"".join(found.pieces), asked.accepts_gzip, asked.switches)


def result(asked: Asked, rows: Sequence[T], write: Callable[[T], Entry]) -> Answer:
    """One page of rows, in the envelope that nearly all listings have."""
    params = asked.params
    page = Page(
        start=params.count("startindex") or 0,
        limit=params.count("limit"),
        with_total=params.flag("enabletotalrecordcount") is not False,
    )
    found, total = cut(rows, page, asked.switches)
    entries = spoilt([write(row) for row in found], asked.switches)
    return written(asked, {"Items": entries, "TotalRecordCount": total, "StartIndex": page.start}, ids_of(entries))
