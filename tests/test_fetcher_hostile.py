"""Answers that are slow, cut short, endless, inflated or led astray: each ends in time, in bounds, and never as complete."""

import asyncio
import gzip
import tracemalloc
from contextlib import aclosing

import pytest

from actors.fetcher.config import RetryPolicy, Timeouts
from actors.fetcher.http import Bounds, Door
from actors.sources.ask import Ask
from contracts import limits
from contracts.errors import AnswerTooLarge
from contracts.messages import FetchFailed, RawSlice
from tests.fetcher_room import (
    BODY,
    NOW,
    ROWS,
    Answer,
    command,
    failure_of,
    fetched,
    fetcher,
    http,
    rows_of,
    silence,
    slices_of,
    source,
    wire,
)


async def _half_then_silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(http(BODY[: len(BODY) // 2], length=len(BODY)))
    await reader.read()


async def _drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n[")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def _drip_of_headers(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.is_closing():
        writer.write(b"X-A: b\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def _headers_then_silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    await reader.read()


@pytest.mark.parametrize(
    ("answer", "timeouts", "text"),
    [
        (silence, Timeouts(first_byte_s=0.1), "nothing came within 0.1 s"),
        (_headers_then_silence, Timeouts(first_byte_s=0.1), "nothing came within 0.1 s"),
        (_drip_of_headers, Timeouts(first_byte_s=0.1), "nothing came within 0.1 s"),
        (_half_then_silence, Timeouts(idle_s=0.1), "the answer stood still for 0.1 s"),
        (_drip, Timeouts(total_s=0.15), "the answer took longer than 0.15 s"),
    ],
)
async def test_a_slow_server_runs_out_of_time(answer: Answer, timeouts: Timeouts, text: str) -> None:
    async with wire(answer) as server:
        messages = await fetched(server, timeouts=timeouts, retry=RetryPolicy(max_retries=1, initial_s=0.001))

    assert failure_of(messages).error.code == "timeout"
    assert failure_of(messages).error.text == f"{text} (tried 2 times)"
    assert server.connections == 2


async def test_time_that_our_own_side_takes_is_not_the_servers() -> None:
    async with wire(http(BODY)) as server, fetcher(source(server.port, timeouts=Timeouts(total_s=0.6))) as actor:
        messages = []
        async for message in actor.handle(command(), 1):
            messages.append(message)
            if isinstance(message, RawSlice):
                await asyncio.sleep(0.25)  # As a full bus would; three slices of this pass the server's total.

    assert not [message for message in messages if isinstance(message, FetchFailed)]
    assert rows_of(slices_of(messages)) == ROWS


@pytest.mark.parametrize(
    "answer",
    [
        http(BODY[:900_000], "Connection: close", length=len(BODY)),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFF\r\n" + BODY[:900_000],
        b"HTTP/1.1 200 OK\r\n\r\n" + BODY[:900_000],
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(BODY)[:-20],
        http(BODY[:900_000]),
    ],
    ids=["length", "chunk", "close", "gzip", "json"],
)
async def test_an_answer_that_is_cut_short_is_never_a_complete_listing(answer: bytes) -> None:
    async with wire(answer) as server:
        messages = await fetched(server, retry=RetryPolicy(max_retries=1, initial_s=0.001))

    failure = failure_of(messages)
    assert failure.error.code == "incomplete_answer"
    assert all(piece.slices_total is None for piece in slices_of(messages))
    kept = [piece for piece in slices_of(messages) if piece.attempt == failure.attempt]
    assert len(kept) == failure.slices_cut > 0
    assert len(server.requests) == 2


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "deflate"])
async def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    async with wire(http(gzip.compress(gzip.compress(BODY)), f"Content-Encoding: {encoding}")) as server:
        messages = await fetched(server)

    assert failure_of(messages).error.code == "unexpected_answer"


async def _swallowed(port: int, bounds: Bounds) -> None:
    door = Door(source(port), lambda: NOW)
    try:
        async with door.open(Ask(path="x"), bounds) as download, aclosing(download.pieces()) as pieces:
            async for _ in pieces:
                pass
    finally:
        await door.close()


async def _infinite(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n[1")
    while not writer.is_closing():
        writer.write(b",1" * 50_000)
        await writer.drain()


@pytest.mark.parametrize("bounds", [Bounds(body_bytes=limits.MIB), Bounds(wire_bytes=limits.MIB)])
async def test_an_endless_answer_stops_at_the_bound(bounds: Bounds) -> None:
    async with wire(_infinite) as server:
        with pytest.raises(AnswerTooLarge):
            await _swallowed(server.port, bounds)
        await asyncio.wait_for(server.left.wait(), 5)


async def test_a_gzip_bomb_costs_a_few_pieces_of_memory() -> None:
    bomb = gzip.compress(bytes(100 * limits.MIB), compresslevel=1)
    tracemalloc.start()
    try:
        async with wire(http(bomb, "Content-Encoding: gzip")) as server:
            before_bytes = tracemalloc.get_traced_memory()[0]
            with pytest.raises(AnswerTooLarge):
                await _swallowed(server.port, Bounds(body_bytes=64 * limits.MIB))
            peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak_bytes - before_bytes < 8 * limits.MIB


async def test_a_bomb_of_blanks_in_a_listing_is_refused() -> None:
    async with wire(http(gzip.compress(b"[" + b" " * (50 * limits.MIB) + b"]"), "Content-Encoding: gzip")) as server:
        messages = await fetched(server)

    assert failure_of(messages).error.code == "answer_too_large"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_on_the_same_server_is_followed(status: int) -> None:
    async with wire(http(b"", "Location: /other/player_api.php?x=1", status=f"{status} Moved"), http(b'[{"a":1}]')) as server:
        messages = await fetched(server)

    assert rows_of(slices_of(messages)) == [{"a": 1}]
    assert server.requests[1].startswith("GET /other/player_api.php?x=1 ")


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:1/x", "http://localhost/x", "https://127.0.0.1/x", "file:///etc/passwd", "//169.254.169.254/x"]
)
async def test_a_redirect_to_another_origin_is_refused(location: str) -> None:
    async with wire(http(b"", f"Location: {location}", status="302 Found")) as server:
        messages = await fetched(server)

    assert failure_of(messages).error.code == "redirect_refused"
    assert len(server.requests) == 1


async def test_redirects_in_a_circle_are_refused() -> None:
    async with wire(http(b"", "Location: /again", status="302 Found")) as server:
        messages = await fetched(server)

    assert failure_of(messages).error.code == "redirect_refused"
    assert len(server.requests) == limits.REDIRECTS_MAX + 1


async def test_a_redirect_to_nowhere_is_refused() -> None:
    async with wire(http(b"", status="302 Found")) as server:
        messages = await fetched(server)

    assert failure_of(messages).error.code == "redirect_refused"
