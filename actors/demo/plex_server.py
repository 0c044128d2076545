"""The stand-in Plex Media Server: libraries, hubs and pictures for one token, in JSON and XML."""

import re
from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus
from typing import Final

import msgspec

from actors.demo.answer import HTML, JSON, Answer, Upgrade, coded, plain
from actors.demo.picture import PNG
from actors.demo.plex_answers import find, kind_of
from actors.demo.plex_encode import as_json, as_legacy_json, as_xml
from actors.demo.plex_home import hub_at
from actors.demo.plex_library import PlexLibrary
from actors.demo.plex_notices import PATH as NOTIFICATIONS
from actors.demo.plex_notices import text
from actors.demo.plex_paging import SIZE, START, part_asked, served
from actors.demo.plex_rows import BadRequest, Wanted
from actors.demo.plex_switches import PlexSwitches
from actors.demo.request import Request
from actors.demo.server import StandIn
from actors.demo.websocket import upgraded

_GOOD: Final = PlexSwitches()
_TOKEN: Final = "x-plex-token"  # noqa: S105  a header's name
_XML: Final = "text/xml;charset=utf-8"
_PROTOCOL: Final = ("X-Plex-Protocol", "1.0")
_PICTURE: Final = re.compile(r"/library/metadata/(\d+)/(?:thumb|art)/\d+|/photo/:/transcode|/:/resources/[\w.-]+")
_MIGRATING: Final = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Response code="503" title="Maintenance" '
    b'status="Plex Media Server is currently running database migrations."/>\n'
)


class PlexServer(StandIn[PlexSwitches]):
    """A server with one owner. Its `library` may be changed at any time."""

    secrets = frozenset({_TOKEN})

    def __init__(
        self,
        library: PlexLibrary,
        *,
        token: str = "demo-plex-token",  # noqa: S107  the stand-in's token is no secret
        switches: PlexSwitches = _GOOD,
        port: int = 0,
    ) -> None:
        """Port 0 takes a free one."""
        super().__init__(switches, port=port)
        self.library, self.token = library, token
        library.notices.listen(lambda notice: self.sockets.say(text(notice)))

    def kind_of(self, request: Request) -> str:
        if request.path == NOTIFICATIONS:
            return "notifications"
        if _PICTURE.fullmatch(request.path):
            return "image"
        with self.library.lock:
            return kind_of(self.library, request.path, request.params)

    def refusal(self, request: Request) -> Answer | None:
        query = {name.lower(): value for name, value in request.params.items()}
        given = request.headers.get(_TOKEN, query.get(_TOKEN))
        return None if request.path == "/identity" or given == self.token else error_page(401)

    def answer(self, request: Request, switches: PlexSwitches) -> Answer:
        """The answer, with the library's clock in its head: what is dated in it is dated by that."""
        with self.library.lock:
            date = formatdate(self.library.now_s + switches.clock_offset_s, usegmt=True)
            found = self._found(request, switches)
        return msgspec.structs.replace(found, headers=(*found.headers, ("Date", date)))

    def _found(self, request: Request, switches: PlexSwitches) -> Answer:
        with self.library.lock:
            instead = self._instead(request, switches)
            if instead is not None:
                return instead
            try:
                found = find(self.library, Wanted(path=request.path, params=request.params, switches=switches))
            except BadRequest:
                return error_page(400)
            if found is None:
                return error_page(404)
            self._mark(request)
            part = served(found, part_asked(request), switches)
            content_type, body = _encoded(request, part.container, switches)
        base = Answer(content_type=content_type, headers=(_PROTOCOL, *part.headers), ids=part.ids)
        return coded(base, body, request.accepts_gzip, switches)

    def shown(self, request: Request) -> Mapping[str, str]:
        """With the part that is asked for in headers."""
        part = {name: request.headers[name.lower()] for name in (START, SIZE) if name.lower() in request.headers}
        return {**part, **super().shown(request)}

    def greeting(self) -> list[str]:
        sections = [f"  {section.key}: {section.title} ({section.type})" for section in self.library.sections]
        return [f"{self.url}  token {self.token}", *sections]

    def _instead(self, request: Request, switches: PlexSwitches) -> Answer | None:
        """What is said without looking into the library."""
        if switches.redirect_to is not None:
            return plain(302, b"", HTML, (("Location", switches.redirect_to.replace("{query}", request.query)),))
        if switches.migrating:
            return plain(503, _MIGRATING, _XML, (_PROTOCOL, *_retry(switches)))
        if switches.status != 200:
            return error_page(switches.status, switches)
        if switches.body_text is not None:
            return plain(200, switches.body_text.encode())
        if switches.html_200:
            return plain(200, error_page_body(200), HTML)
        if self._hub_fails(request, switches) or request.params.get("limit") == "0":
            return error_page(500)
        return upgraded(request, Upgrade()) if request.path == NOTIFICATIONS else self._picture(request)

    def _hub_fails(self, request: Request, switches: PlexSwitches) -> bool:
        hub = hub_at(self.library, request.path, request.params) if switches.hub_fails else None
        return hub is not None and hub.identifier in switches.hub_fails

    def _picture(self, request: Request) -> Answer | None:
        found = _PICTURE.fullmatch(request.path)
        if found is None:
            return None
        is_there = found[1] is None or self.library.item(int(found[1])) is not None
        return plain(200, PNG, "image/png") if is_there else error_page(404)

    def _mark(self, request: Request) -> None:
        """What a player says: seen, not seen, seen so far."""
        key, params = request.params.get("key", ""), request.params
        if not key.isdecimal() or self.library.item(int(key)) is None:
            return
        match request.path:
            case "/:/scrobble":
                self.library.mark_watched(key)
            case "/:/unscrobble":
                self.library.mark_unwatched(key)
            case "/:/progress":
                self.library.set_offset(key, int(params.get("time", "0")))
            case _:
                pass


def error_page(status: int, switches: PlexSwitches = _GOOD) -> Answer:
    """What Plex sends with a status: HTML, whatever was accepted."""
    body = error_page_body(status) if switches.body_text is None else switches.body_text.encode()
    return plain(status, body, HTML, (_PROTOCOL, *_retry(switches)))


def error_page_body(status: int) -> bytes:
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = "Unknown"
    return f"<html><head><title>{reason}</title></head><body><h1>{status} {reason}</h1></body></html>".encode()


def _retry(switches: PlexSwitches) -> tuple[tuple[str, str], ...]:
    return () if switches.retry_after is None else (("Retry-After", switches.retry_after),)


def _encoded(request: Request, container: dict[str, object], switches: PlexSwitches) -> tuple[str, bytes]:
    if "json" not in request.headers.get("accept", "").lower():
        return _XML, as_xml(container)
    return JSON, as_legacy_json(container) if switches.legacy_children else as_json(container)
