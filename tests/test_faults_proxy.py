"""Each way in which the proxy spoils a connection is really one."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from faults.proxy import HOST, Proxy, Toxic

BODY = bytes(range(256)) * 400


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    """A server that says back what it hears; its port."""

    async def came(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(4_096):
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(came, HOST, 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def said_back(proxy: Proxy, body: bytes = BODY, wait_s: float = 20.0) -> bytes:
    """What comes back until as much came as was sent, or the connection ended. Raises TimeoutError and ConnectionResetError."""
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    try:
        async with asyncio.timeout(wait_s):
            writer.write(body)
            found = b""
            while len(found) < len(body) and (piece := await reader.read(65_536)):
                found += piece
            return found
    finally:
        writer.transport.abort()


async def test_a_clean_proxy_changes_nothing(echo: int) -> None:
    async with Proxy(echo) as proxy:
        assert await said_back(proxy) == BODY
        assert proxy.connections_total == 1


@pytest.mark.parametrize("toxic", [Toxic(refuse=True), Toxic(reset_after_bytes=3_000)])
async def test_a_reset_is_one(echo: int, toxic: Toxic) -> None:
    async with Proxy(echo) as proxy:
        proxy.set(toxic)
        with pytest.raises(ConnectionResetError):
            await said_back(proxy)


async def test_a_cut_ends_the_connection_after_so_many_bytes(echo: int) -> None:
    async with Proxy(echo) as proxy:
        proxy.set(Toxic(cut_after_bytes=3_000, ways=("down",)))

        assert await said_back(proxy) == BODY[:3_000]


async def test_a_blackhole_tells_nobody_and_gives_everything_later(echo: int) -> None:
    async with Proxy(echo) as proxy:
        proxy.set(Toxic(blackhole=True))
        waiting = asyncio.create_task(said_back(proxy))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), 0.3)
        proxy.set(Toxic())

        assert await waiting == BODY


async def test_corruption_turns_bits_and_keeps_the_length(echo: int) -> None:
    async with Proxy(echo, seed=3) as proxy:
        proxy.set(Toxic(corrupt_share=1.0, ways=("down",)))
        found = await said_back(proxy)

        assert len(found) == len(BODY)
        assert found != BODY


@pytest.mark.parametrize("toxic", [Toxic(latency_s=0.4), Toxic(bytes_per_s=60_000)])
async def test_a_slow_connection_is_slow_and_whole(echo: int, toxic: Toxic) -> None:
    async with Proxy(echo) as proxy:
        proxy.set(toxic)
        began_s = time.monotonic()
        found = await said_back(proxy, BODY[:30_000])

        assert found == BODY[:30_000]
        assert time.monotonic() - began_s >= 0.2


async def test_every_open_connection_is_reset_at_once(echo: int) -> None:
    async with Proxy(echo) as proxy:
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        writer.write(b"a")
        assert await reader.readexactly(1) == b"a"

        assert proxy.reset_all() == 1
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
        writer.transport.abort()
