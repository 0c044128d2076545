"""Series on a real bus: the fetcher's and the parser's own processes take both kinds of work from their lanes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from actors.cli import roles
from actors.demo import XtreamServer
from actors.demo.xtream_limiter import Limiter
from actors.demo.xtream_series import many_series
from actors.runtime.connection import connect
from actors.runtime.process import ActorBus, actor_bus
from actors.runtime.provision import provision
from actors.settings import Settings
from actors.settings.load import load
from actors.sources.lanes import lanes
from contracts import codec, subjects
from contracts.catalog import Item, SourceKind
from contracts.messages import CancelSync, FetchPage, SeriesParsed, ToWriter
from tests.bus_server import BusServer
from tests.series_room import command


@pytest.fixture
async def provisioned(nats_server: BusServer) -> BusServer:
    connection = await connect(nats_server.config("admin"), purpose="test")
    await provision(connection.client, {("iptv", part): requests for part, requests in lanes(SourceKind.XTREAM, 1).items()})
    await connection.close()
    return nats_server


def settings_of(provider: XtreamServer, place: Path, more: str = "") -> Settings:
    file = place / "playbill.toml"
    file.write_text(
        f'[[source]]\nid = "iptv"\nkind = "xtream"\nurl = "{provider.url}"\nusername = "demo"\npassword = "demo"\n{more}'
    )
    file.chmod(0o600)
    return load(file, {})


@asynccontextmanager
async def working(role: str, server: BusServer, settings: Settings) -> AsyncIterator[None]:
    parts = {"fetcher": roles._fetcher, "parser": roles._parser}
    async with actor_bus(role, server.config(role)) as bus, parts[role](bus, settings) as work:
        task = asyncio.ensure_future(work())
        try:
            yield
        finally:
            await bus.give_back()
            task.cancel()
            await asyncio.wait({task})


@asynccontextmanager
async def writer_of(server: BusServer) -> AsyncIterator[ActorBus]:
    async with actor_bus("writer", server.config("writer")) as bus:
        try:
            yield bus
        finally:
            await bus.give_back()


async def taken(writer: ActorBus, count: int) -> list[ToWriter]:
    puller = await writer.puller(subjects.STREAM_WRITE, subjects.CONSUMER_WRITER, in_hand_max=8)
    found: list[ToWriter] = []
    while len(found) < count:
        delivery = await asyncio.wait_for(puller.next(), 10)
        found.append(codec.decode_work(delivery.body, ToWriter))
        await delivery.ack()
    return found


async def test_series_and_listings_go_their_ways_side_by_side(provisioned: BusServer, tmp_path: Path) -> None:
    limiter = Limiter()
    with XtreamServer(many_series(30), limiter=limiter) as provider:
        settings = settings_of(provider, tmp_path)
        async with (
            working("fetcher", provisioned, settings),
            working("parser", provisioned, settings),
            writer_of(provisioned) as writer,
        ):
            page = FetchPage(
                sync_id="fedcba9876543210",
                source_id="iptv",
                source_kind=SourceKind.XTREAM,
                step="series",
                issue=1,
                requested_ns=5,
            )
            await writer.publisher.publish(command([3, 99, 4]))
            await writer.publisher.publish(page)
            found = await taken(writer, 4)

    series = {message.series_id: message for message in found if isinstance(message, SeriesParsed)}
    rows = msgspec.msgpack.decode(series["3"].items, type=list[Item])
    assert {"3", "99", "4"} == set(series)
    assert series["99"].is_unknown
    assert len(rows) == 14
    assert limiter.bans_s == []


async def test_a_cancel_interrupts_a_series_that_waits_its_turn(provisioned: BusServer, tmp_path: Path) -> None:
    with XtreamServer(many_series(30)) as provider:
        settings = settings_of(provider, tmp_path, "requests_per_10_s = 0.1\n")
        async with working("fetcher", provisioned, settings), writer_of(provisioned) as writer:
            await writer.publisher.publish(command([1, 2, 3]))
            async with asyncio.timeout(10):
                while not provider.served or await writer.is_conveyor_empty("iptv", command([1]).part):
                    await asyncio.sleep(0)
            async with actor_bus("client", provisioned.config("client"), hears_cancels=False) as client:
                await client.publisher.publish_bytes(subjects.CANCEL_ALL, "cancel", codec.encode(CancelSync()))
            async with asyncio.timeout(10):
                while await _waits(writer):
                    await asyncio.sleep(0)

    assert len(provider.served) == 1


async def _waits(writer: ActorBus) -> bool:
    """Whether the command is still on the bus."""
    return await writer._holds(subjects.STREAM_FETCH, subjects.fetch("iptv", command([1]).part))
