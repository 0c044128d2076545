"""A server in the middle: it hands requests on to a stand-in, and spoils the answers that it was told to, byte by byte."""

import asyncio
import contextlib
import re
import ssl
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Final, Self, TypeVar

from faults.proxy import HOST

Edit = Callable[[bytes], bytes]
"""From the body of the right answer to another one."""
Reply = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""What is said instead; the connection is closed when it returns."""

Found = TypeVar("Found")
_HEAD_BYTES_MAX: Final = 65_536
_LENGTH: Final = re.compile(rb"(?mi)^content-length: *(\d+)\r\n")
_KEPT_OPEN: Final = re.compile(rb"(?mi)^connection:[^\r]*\r\n")


class Hostile:
    """Listens on a port of its own before a server of `target_port`. An async context manager.

    One request to a connection, so that what is spoilt is spoilt for one request and no other.
    """

    def __init__(self, target_port: int, context: ssl.SSLContext | None = None) -> None:
        """With a context, it speaks TLS to whoever connects."""
        self.target_port = target_port
        self.port = 0
        self.spoilt: list[str] = []
        """The target of every request whose answer was spoilt, in the order of their coming."""
        self._context = context
        self._edits: dict[str, Edit] = {}
        self._replies: dict[str, Reply] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._came, HOST, 0, limit=_HEAD_BYTES_MAX, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def edit(self, wanted: str, edit: Edit) -> None:
        """Change the bodies of answers to requests in whose target a pattern is found."""
        self.good()
        self._edits[wanted] = edit

    def instead(self, wanted: str, reply: Reply) -> None:
        """Say something else to them."""
        self.good()
        self._replies[wanted] = reply

    def good(self) -> None:
        """Spoil nothing any more, and forget what was spoilt."""
        self._edits.clear()
        self._replies.clear()
        self.spoilt.clear()

    def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._connected(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: writer.transport.abort())

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head) or 0)
            target = head.split(b" ", 2)[1].decode("latin-1")
            reply = _of(self._replies, target)
            edit = _of(self._edits, target)
            if reply is not None or edit is not None:
                self.spoilt.append(target)
            if reply is not None:
                await reply(reader, writer)
            else:
                await self._handed_on(head + body, edit, writer)
            writer.close()
            await writer.wait_closed()

    async def _handed_on(self, request: bytes, edit: Edit | None, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(HOST, self.target_port)
        try:
            far_writer.write(request)
            head = await far_reader.readuntil(b"\r\n\r\n")
            length = _length(head)
            closing = _KEPT_OPEN.sub(b"", head)[:-2] + b"Connection: close\r\n\r\n"
            if edit is not None and length is not None:
                changed = edit(await far_reader.readexactly(length))
                closing = _LENGTH.sub(b"Content-Length: %d\r\n" % len(changed), closing)
                writer.write(closing + changed)
            else:
                writer.write(closing)
                await _piped(far_reader, writer, length)
            await writer.drain()
        finally:
            far_writer.transport.abort()


def answer(body: bytes, *, status: str = "200 OK", head: str = "Content-Type: application/json") -> Reply:
    """A whole answer."""

    async def reply(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()

    return reply


def endless(begin: bytes, piece: bytes, *, head: str = "") -> Reply:
    """A body that never ends, as fast as it is read."""

    async def reply(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{head}Connection: close\r\n\r\n".encode() + begin)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()

    return reply


def dripping(begin: bytes, piece: bytes, pause_s: float = 0.1) -> Reply:
    """A little now and then, for ever."""

    async def reply(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(begin)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return reply


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Nothing, until the other side has had enough."""
    await reader.read()


def _of(by_wanted: dict[str, Found], target: str) -> Found | None:
    return next((found for wanted, found in by_wanted.items() if re.search(wanted, target)), None)


def _length(head: bytes) -> int | None:
    found = _LENGTH.search(head)
    return int(found[1]) if found else None


async def _piped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, length: int | None) -> None:
    """To the end of the body: so many bytes, or until the last chunk or the end of the connection."""
    left = length
    tail = b""
    while left != 0 and (piece := await reader.read(_HEAD_BYTES_MAX)):
        writer.write(piece)
        await writer.drain()
        left = None if left is None else left - len(piece)
        tail = (tail + piece)[-7:]
        if left is None and tail == b"\r\n0\r\n\r\n":
            return
