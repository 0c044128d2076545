"""A cancel ends a back-off and a download at once, and leaves no connection behind."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

from actors.fetcher.config import RetryPolicy
from contracts.messages import Message, RawSlice, StepFetching
from tests.fetcher_room import Answer, command, fetched, fetcher, http, silence, source, wire

_ENTRY = b'{"name":"' + b"x" * 1000 + b'"},'


async def _endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n[")
    while not writer.is_closing():
        writer.write(_ENTRY * 50)
        await writer.drain()


async def _stalled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n[" + _ENTRY * 1000)
    await reader.read()


def _is_slice(message: Message) -> bool:
    return isinstance(message, RawSlice)


def _is_first_word(message: Message) -> bool:
    return isinstance(message, StepFetching)


def _is_retry(message: Message) -> bool:
    return isinstance(message, StepFetching) and message.waiting_until is not None


@pytest.mark.parametrize(
    ("answer", "moment"),
    [(silence, _is_first_word), (_stalled, _is_slice), (_endless, _is_slice), (http(b"", status="500 Oops"), _is_retry)],
    ids=["first byte", "stalled", "streaming", "back-off"],
)
async def test_a_cancelled_task_ends_at_once_and_its_connection_is_closed(
    answer: Answer, moment: Callable[[Message], bool]
) -> None:
    reached = asyncio.Event()
    async with wire(answer) as server, fetcher(source(server.port, retry=RetryPolicy(initial_s=30))) as actor:

        async def run() -> None:
            async for message in actor.handle(command(), 1):
                if moment(message):
                    reached.set()

        task = asyncio.create_task(run())
        await asyncio.wait_for(asyncio.gather(reached.wait(), server.asked.wait()), 5)
        started_s = asyncio.get_running_loop().time()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        if not isinstance(answer, bytes):
            await asyncio.wait_for(server.left.wait(), 0.5)
        took_s = asyncio.get_running_loop().time() - started_s

    assert task.cancelled()
    assert took_s < 0.5


@pytest.mark.parametrize("answer", [_stalled, _endless], ids=["stalled", "streaming"])
async def test_a_closed_generator_closes_its_connection(answer: Answer) -> None:
    async with wire(answer) as server, fetcher(source(server.port)) as actor:
        messages = actor.handle(command(), 1)
        async for message in messages:
            if _is_slice(message):
                break
        await messages.aclose()

        await asyncio.wait_for(server.left.wait(), 0.5)


async def test_a_generator_that_is_closed_before_its_back_off_asks_no_more() -> None:
    async with wire(http(b"", status="500 Oops")) as server, fetcher(source(server.port)) as actor:
        messages = actor.handle(command(), 1)
        async for message in messages:
            if _is_retry(message):
                break
        await messages.aclose()

    assert len(server.requests) == 1


async def test_after_a_cancel_the_same_fetcher_fetches_again() -> None:
    async with wire(_stalled, http(b"[]")) as server, fetcher(source(server.port)) as actor:
        messages = actor.handle(command(), 1)
        async for message in messages:
            if _is_slice(message):
                break
        await messages.aclose()

        again = [message async for message in actor.handle(command(), 2)]

    assert [message.slices_total for message in again if isinstance(message, RawSlice)] == [1]


async def test_two_listings_of_one_source_come_at_once() -> None:
    async with wire(http(b'[{"a":1}]')) as server:
        both = await asyncio.gather(fetched(server), fetched(server, command("channels")))

    assert [sum(isinstance(message, RawSlice) for message in messages) for messages in both] == [1, 1]
