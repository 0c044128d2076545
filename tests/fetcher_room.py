"""A server that puts exact bytes on the wire, and a fetcher pointed at it."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Final

from msgspec.structs import replace

from actors.fetcher.actor import Fetcher
from actors.fetcher.config import FetcherSource, RetryPolicy, Timeouts
from actors.sources.ask import Credentials
from contracts.catalog import SourceKind
from contracts.messages import FetchFailed, FetchPage, Message, RawSlice, SliceUnchanged, StepFetching

USERNAME = "canary user@&#+/"
PASSWORD = "canary pass@&#+/%41"
NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)

ROWS: Final = [{"num": number, "stream_id": 1000 + number, "name": f"Film {number} " + "x" * 500} for number in range(2500)]
BODY: Final = json.dumps(ROWS, separators=(",", ":")).encode()
"""A listing of three slices and a bit."""
NO_RETRY: Final = RetryPolicy(max_retries=0)

Answer = bytes | Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def http(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """A plain answer with a length, after which the server may be asked again."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


class Wire:
    """Answers each request with the next of its answers, the last one for ever; keeps what was asked and who left."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers = list(answers)
        self.requests: list[str] = []
        self.at_s: list[float] = []
        self.port = 0
        self.connections = 0
        self.asked = asyncio.Event()
        self.left = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
                self.at_s.append(asyncio.get_running_loop().time())
                self.asked.set()
                answer = self._answers[min(len(self.requests), len(self._answers)) - 1]
                if not isinstance(answer, bytes):
                    await answer(reader, writer)
                    break
                writer.write(answer)
                await writer.drain()
                if b"Content-Length" not in answer or b"Connection: close" in answer:
                    break
        self.left.set()
        writer.close()


@asynccontextmanager
async def wire(*answers: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Wire]:
    """The server, on a port of its own."""
    served = Wire(answers)
    tasks: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(asyncio.CancelledError):
            await served.serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Says nothing until the client leaves."""
    await reader.read()


def source(port: int, **changes: Any) -> FetcherSource:
    """A source on loopback whose waits are short."""
    plain = FetcherSource(
        source_id="iptv",
        kind=SourceKind.XTREAM,
        base_url=f"http://127.0.0.1:{port}",
        credentials=Credentials(username=USERNAME, password=PASSWORD),
        retry=RetryPolicy(max_retries=2, initial_s=0.01, max_s=0.05),
        timeouts=Timeouts(connect_s=5, first_byte_s=5, idle_s=5, total_s=10),
        allow_private_addresses=True,
    )
    return replace(plain, **changes)


def command(step: str = "movies", **changes: Any) -> FetchPage:
    plain = FetchPage(
        sync_id="0123456789abcdef", source_id="iptv", source_kind=SourceKind.XTREAM, step=step, issue=1, requested_ns=1
    )
    return replace(plain, **changes)


def fetcher(configured: FetcherSource) -> Fetcher:
    return Fetcher({"iptv": configured}, clock=lambda: NOW)


async def heard(actor: Fetcher, asked: FetchPage, delivery: int = 1) -> list[Message]:
    """Everything the fetcher says to a command."""
    return [message async for message in actor.handle(asked, delivery)]


async def fetched(served: Wire, asked: FetchPage | None = None, *, delivery: int = 1, **changes: Any) -> list[Message]:
    """Everything a fetcher of its own says to a command."""
    async with fetcher(source(served.port, **changes)) as actor:
        return await heard(actor, asked or command(), delivery)


def slices_of(messages: Sequence[Message]) -> list[RawSlice | SliceUnchanged]:
    return [message for message in messages if isinstance(message, RawSlice | SliceUnchanged)]


def words_of(messages: Sequence[Message]) -> list[StepFetching]:
    return [message for message in messages if isinstance(message, StepFetching)]


def failure_of(messages: Sequence[Message]) -> FetchFailed:
    """The failure, which is the last word and said once."""
    failures = [message for message in messages if isinstance(message, FetchFailed)]
    assert failures == [messages[-1]]
    return failures[0]


def rows_of(slices: Sequence[RawSlice | SliceUnchanged]) -> list[object]:
    """The entries of all slices that carry their bytes."""
    return [row for piece in slices if isinstance(piece, RawSlice) for row in json.loads(piece.body)]
