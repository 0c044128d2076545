"""The memory of a fetch stays near a slice, however large the listing."""

import asyncio
import tracemalloc

from contracts import limits
from contracts.messages import RawSlice
from tests.fetcher_room import command, fetcher, source, wire

_ENTRY = b'{"num":1,"name":"' + b"x" * 600 + b'"}'


async def _large(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n[" + _ENTRY)
    block = (b"," + _ENTRY) * 500
    for _block in range(100):
        writer.write(block)
        await writer.drain()
    writer.write(b"]")
    writer.close()


async def test_a_listing_of_thirty_megabytes_needs_room_for_a_few_slices() -> None:
    async with wire(_large) as server, fetcher(source(server.port)) as actor:
        tracemalloc.start()
        try:
            entries = 0
            async for message in actor.handle(command(), 1):
                entries += message.body.count(b'"num"') if isinstance(message, RawSlice) else 0
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert entries == 50_001
    assert peak_bytes < 8 * limits.MIB
