"""One answer onto one connection, byte by byte: framing, holding, dripping, cutting and resetting."""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Final

from actors.demo.answer import Answer
from actors.demo.switches import ServerSwitches

PIECE_BYTES: Final = 64 * 1024
_DRIPS_PER_S: Final = 20


async def send(writer: asyncio.StreamWriter, answer: Answer, switches: ServerSwitches, sent: Callable[[int], None]) -> bool:
    """Send an answer and say whether it went out whole. `sent` hears of every piece of the body that the kernel took.

    The connection can be used again only if it went out whole and `framing` is not `close`.
    """
    if switches.first_byte_delay_s > 0:
        await asyncio.sleep(switches.first_byte_delay_s)
    framing = "chunked" if answer.body_bytes is None and switches.framing == "length" else switches.framing
    writer.write(head(answer, framing))
    await writer.drain()
    whole = await _send_body(writer, answer, switches, framing == "chunked", sent)
    if whole and framing == "chunked":
        writer.write(b"0\r\n\r\n")
        await writer.drain()
    return whole


def head(answer: Answer, framing: str) -> bytes:
    """The status line and the headers."""
    headers = [("Server", "nginx"), ("Content-Type", answer.content_type), *answer.headers]
    match framing:
        case "length":
            headers.append(("Content-Length", str(answer.body_bytes)))
        case "chunked":
            headers.append(("Transfer-Encoding", "chunked"))
        case _:
            headers.append(("Connection", "close"))
    lines = [f"HTTP/1.1 {answer.status} {_reason(answer.status)}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


async def _send_body(
    writer: asyncio.StreamWriter, answer: Answer, switches: ServerSwitches, chunked: bool, sent: Callable[[int], None]
) -> bool:
    ends = [end for end in (switches.cut_after_bytes, switches.reset_after_bytes) if end is not None]
    end = min(ends, default=None)
    marks = sorted({mark for mark in (end, switches.hold.at_bytes if switches.hold else None) if mark is not None})
    done = 0
    for piece in split(answer.pieces, marks, _piece_bytes(switches)):
        await _stand_still(switches, done)
        if end is not None and done >= end:
            return _broken(writer, switches, end)
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        await writer.drain()
        done += len(piece)
        sent(len(piece))
        if switches.drip_bytes_per_s:
            await asyncio.sleep(1 / _DRIPS_PER_S)
    await _stand_still(switches, done)
    return True


async def _stand_still(switches: ServerSwitches, done: int) -> None:
    if switches.hold is not None and done == switches.hold.at_bytes:
        await switches.hold.wait()


def _broken(writer: asyncio.StreamWriter, switches: ServerSwitches, end: int) -> bool:
    if switches.reset_after_bytes == end:
        wire: socket.socket = writer.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def _piece_bytes(switches: ServerSwitches) -> int:
    if not switches.drip_bytes_per_s:
        return PIECE_BYTES
    return max(1, min(PIECE_BYTES, switches.drip_bytes_per_s // _DRIPS_PER_S))


def split(pieces: Iterable[bytes], marks: list[int], piece_bytes_max: int) -> Iterator[bytes]:
    """The same bytes in pieces of at most `piece_bytes_max`, with a border at every mark (bytes from the start)."""
    done = 0
    for piece in pieces:
        view, place = memoryview(piece), 0
        while place < len(view):
            size = min([piece_bytes_max, len(view) - place, *(mark - done for mark in marks if mark > done)])
            yield bytes(view[place : place + size])
            place += size
            done += size
