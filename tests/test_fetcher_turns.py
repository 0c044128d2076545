"""Answers that are held whole and larger than any sensible one are read one at a time, whichever sources they come from."""

import asyncio

from actors.fetcher.access import Access
from actors.fetcher.http import Bounds
from actors.sources.ask import Ask
from contracts import limits
from tests.fetcher_room import NOW, Answer, http, source, wire

_BOUNDS = Bounds(body_bytes=limits.PAGE_BYTES_MAX, wire_bytes=limits.PAGE_BYTES_MAX)
_LARGE = b"[" + b" " * (limits.LARGE_BYTES + 1) + b"]"


def _held_until(going_on: asyncio.Event, reached: asyncio.Event) -> Answer:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, body = http(b"", length=len(_LARGE)), _LARGE
        writer.write(head + body[:-1])
        await writer.drain()
        reached.set()
        await going_on.wait()
        writer.write(body[-1:])
        await writer.drain()

    return answer


async def test_a_large_answer_waits_for_another_and_a_small_one_does_not() -> None:
    turn, going_on, reached = asyncio.Lock(), asyncio.Event(), asyncio.Event()
    async with wire(_held_until(going_on, reached)) as first, wire(http(_LARGE)) as second, wire(http(b"[]")) as third:
        accesses = [Access(source(server.port), lambda: NOW, None, turn) for server in (first, second, third)]
        holder = asyncio.create_task(accesses[0].whole(Ask(path="x"), _BOUNDS))
        async with asyncio.timeout(5):
            await reached.wait()
            while not turn.locked():
                await asyncio.sleep(0)
        waiter = asyncio.create_task(accesses[1].whole(Ask(path="x"), _BOUNDS))
        small = await accesses[2].whole(Ask(path="x"), _BOUNDS)
        done, _ = await asyncio.wait({waiter}, timeout=0.3)
        going_on.set()
        bodies = await asyncio.gather(holder, waiter)
        for access in accesses:
            await access.close()

    assert (small, done) == (b"[]", set())
    assert list(bodies) == [_LARGE, _LARGE]
    assert not turn.locked()


async def test_a_turn_ends_with_an_answer_that_is_too_large() -> None:
    turn = asyncio.Lock()
    async with wire(http(b" " * (limits.PAGE_BYTES_MAX + 1))) as server:
        access = Access(source(server.port), lambda: NOW, None, turn)
        result = (await asyncio.gather(access.whole(Ask(path="x"), _BOUNDS), return_exceptions=True))[0]
        await access.close()

    assert isinstance(result, Exception)
    assert not turn.locked()
