"""A server that answers each path in a way of its own, none of them good: raw bytes on a real socket."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

MIB: Final = 1024 * 1024
BLOCK: Final = 64 * 1024
ENTRY: Final = b'{"num":1,"stream_id":1,"name":"Film"}'


def answer(body: bytes, *headers: str, status: str = "200 OK", length: str | None = None) -> Serve:
    """An answer with a length, right or not."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", "Connection: close", *headers]
    return raw("\r\n".join([*head, "", ""]).encode() + body)


def raw(*pieces: bytes) -> Serve:
    """These bytes, and then the end."""
    return flow(lambda: pieces)


def flow(pieces: Callable[[], Iterable[bytes]], pause_s: float = 0.0) -> Serve:
    """Piece after piece, with a pause behind each, until there is none or nobody listens."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces():
            writer.write(piece)
            await writer.drain()
            if pause_s:
                await asyncio.sleep(pause_s)

    return serve


async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


def repeated(head: bytes, piece: bytes, times: int, tail: bytes = b"") -> Callable[[], Iterable[bytes]]:
    """A body that is made while it is sent, in blocks."""

    def pieces() -> Iterable[bytes]:
        yield b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + head
        at_once = max(1, BLOCK // len(piece))
        left = times
        while left > 0:
            yield piece * min(at_once, left)
            left -= at_once
        yield tail

    return pieces


def bomb(body_bytes: int) -> bytes:
    return gzip.compress(bytes(body_bytes), compresslevel=9)


@asynccontextmanager
async def hostile_server(answers: dict[str, Serve]) -> AsyncIterator[int]:
    """The port. The first part of a request's path says which answer it gets, whatever follows."""
    tasks: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            request = await reader.readuntil(b"\r\n\r\n")
            await answers[request.split(b"/", 2)[1].split(b"?")[0].decode()](reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
