"""What a stand-in server sends, before it is framed, with its body in the content coding that a switch asks for; pure."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from actors.demo.switches import ServerSwitches

JSON: Final = "application/json"
HTML: Final = "text/html; charset=UTF-8"
HTML_PAGE: Final = b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body><h1>nginx</h1></body></html>\n"


class Upgrade(msgspec.Struct, frozen=True, kw_only=True):
    """What the connection goes on as: a websocket."""

    user: str = ""
    """Whose it is."""
    greeting: tuple[str, ...] = ()
    """What the server says first."""
    patience_s: float | None = None
    """How long the server waits for a word before it breaks off."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent, before it is framed."""

    status: int = 200
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    pieces: Iterable[bytes] = ()
    """The body as it goes over the wire, coded."""
    body_bytes: int | None = None
    """Its length; None when it has no end."""
    ids: tuple[str, ...] = ()
    """The ids in the whole body, in their order."""
    upgrade: Upgrade | None = None
    """Of status 101."""


def plain(status: int, body: bytes, content_type: str = JSON, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(status=status, content_type=content_type, headers=headers, pieces=(body,), body_bytes=len(body))


def coded(base: Answer, body: bytes, accepts_gzip: bool, switches: ServerSwitches) -> Answer:
    """The answer with its body in the content coding that the switch asks for."""
    match switches.gzip:
        case "if_accepted" if not accepts_gzip:
            return _with_body(base, body)
        case "if_accepted" | "always":
            return _with_body(base, gzip.compress(body, 6, mtime=0), "gzip")
        case "twice":
            return _with_body(base, gzip.compress(gzip.compress(body, 6, mtime=0), 6, mtime=0), "gzip, gzip")
        case "truncated":
            return _with_body(base, gzip.compress(body, 6, mtime=0)[:-16], "gzip")
        case "bomb":
            return msgspec.structs.replace(base, pieces=_bomb(switches.gzip_bomb_bytes), headers=(("Content-Encoding", "gzip"),))
        case "no":
            return _with_body(base, body)


def _with_body(base: Answer, body: bytes, coding: str | None = None) -> Answer:
    headers = base.headers if coding is None else (*base.headers, ("Content-Encoding", coding))
    return msgspec.structs.replace(base, pieces=(body,), body_bytes=len(body), headers=headers)


def _bomb(inflated_bytes: int) -> Iterator[bytes]:
    compressor = zlib.compressobj(9, wbits=31)
    blanks = b" " * (1024 * 1024)
    yield compressor.compress(b"[")
    for _ in range(inflated_bytes // len(blanks)):
        yield compressor.compress(blanks)
    yield compressor.flush()
