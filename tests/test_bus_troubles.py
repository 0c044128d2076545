"""The runtime when the bus refuses, is made wrongly, or is made late: it says so, waits, and loses nothing."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from actors.progress.actor import Aggregator
from actors.runtime.client import BusClient
from actors.runtime.config import BusConfig
from actors.runtime.connection import connect
from actors.runtime.process import ActorBus, actor_bus
from actors.runtime.provision import provision
from actors.runtime.publish import Publisher
from contracts import limits, subjects
from contracts.catalog import Part
from contracts.errors import BusMisconfigured, BusUnavailable
from contracts.messages import SyncRequest
from tests.bus_server import BusServer, nats_server_path
from tests.test_bus import bus_of, command, next_of, provision_on, until_empty

WAIT_S = 20


@pytest.fixture
async def provisioned(nats_server: BusServer) -> BusServer:
    await provision_on(nats_server)
    return nats_server


@asynccontextmanager
async def admin_of(server: BusServer) -> AsyncIterator[ActorBus]:
    async with actor_bus("admin", server.config("admin")) as bus:
        yield bus


@pytest.fixture
def bus_without_streams(free_port: int) -> Iterator[str]:
    """A nats-server that has no JetStream."""
    with subprocess.Popen([nats_server_path(), "-a", "127.0.0.1", "-p", str(free_port)], stderr=subprocess.DEVNULL) as process:
        yield f"nats://127.0.0.1:{free_port}"
        process.terminate()


async def test_work_in_hand_is_spoken_for_while_an_actor_finishes_it(provisioned: BusServer) -> None:
    spoken = asyncio.Event()

    async def hear(message: Msg) -> None:
        if message.data == b"+WPI":
            spoken.set()

    async with bus_of(provisioned, "writer") as writer, bus_of(provisioned, "fetcher") as fetcher, admin_of(provisioned) as admin:
        await admin.control.client.subscribe("$JS.ACK.PLAYBILL_FETCH.>", cb=hear)
        await admin.control.client.flush()
        await writer.publisher.publish(command())
        puller = await fetcher.puller(subjects.STREAM_FETCH, subjects.consumer_fetch("iptv", Part.CATALOGUE), in_hand_max=1)
        delivery = await next_of(puller)
        await fetcher.give_back()
        await asyncio.wait_for(spoken.wait(), limits.ACK_WAIT_S)

        was_idle = fetcher.is_idle
        await delivery.ack()
        assert (was_idle, fetcher.is_idle) == (False, True)
        await until_empty(writer)


async def test_what_nobody_has_started_is_given_back_at_once(provisioned: BusServer) -> None:
    async with bus_of(provisioned, "writer") as writer, bus_of(provisioned, "fetcher") as first:
        puller = await first.puller(subjects.STREAM_FETCH, subjects.consumer_fetch("other", Part.CATALOGUE), in_hand_max=2)
        for step in ("movies", "series"):
            await writer.publisher.publish(command(step), subjects.fetch("other", Part.CATALOGUE))
        await next_of(puller)
        async with asyncio.timeout(WAIT_S):
            while not puller._queue.qsize():
                await asyncio.sleep(0.01)
        began_s = time.monotonic()
        await first.give_back()
        async with bus_of(provisioned, "fetcher") as second:
            other = await second.puller(subjects.STREAM_FETCH, subjects.consumer_fetch("other", Part.CATALOGUE), in_hand_max=2)

            assert (await next_of(other)).deliveries == 2
            assert time.monotonic() - began_s < limits.ACK_WAIT_S / 2


async def test_a_puller_outlives_a_consumer_that_is_made_late_and_one_that_is_deleted(nats_server: BusServer) -> None:
    async with admin_of_unprovisioned(nats_server) as admin:
        await provision(admin, {("other", Part.CATALOGUE): 1})
        async with bus_of(nats_server, "fetcher") as fetcher, bus_of(nats_server, "writer") as writer:
            puller = await fetcher.puller(subjects.STREAM_FETCH, subjects.consumer_fetch("iptv", Part.CATALOGUE), in_hand_max=1)
            for _ in range(2):
                await provision(admin, {("iptv", Part.CATALOGUE): 1})
                await writer.publisher.publish(command())
                await (await next_of(puller)).ack()
                await until_empty(writer)
                await admin.jetstream().delete_consumer(subjects.STREAM_FETCH, subjects.consumer_fetch("iptv", Part.CATALOGUE))
                await admin.jetstream().purge_stream(subjects.STREAM_FETCH)
                await admin.jetstream().delete_stream(subjects.STREAM_FETCH)


@asynccontextmanager
async def admin_of_unprovisioned(server: BusServer) -> AsyncIterator[Client]:
    connection = await connect(server.config("admin"), purpose="test")
    try:
        yield connection.client
    finally:
        await connection.close()


async def test_a_publish_that_is_refused_ends_its_window_although_others_wait(provisioned: BusServer) -> None:
    connection = await connect(provisioned.config("admin"), purpose="test")
    publisher = Publisher(connection.client)
    await publisher.start()
    try:
        events = (await connection.client.jetstream().stream_info(subjects.STREAM_EVENTS)).config
        events.sealed = True
        await connection.client.jetstream().update_stream(events)

        async def publish() -> None:
            async with publisher.window() as window:
                await window.put_bytes("playbill.nobody.takes.this", "1", b"x")
                await window.put_bytes(subjects.event("iptv", "odd"), "2", b"x")

        with pytest.raises(BusUnavailable, match="refuses"):
            await asyncio.wait_for(publish(), WAIT_S)
        assert publisher._slots._value == limits.PUBLISH_WINDOW
        await asyncio.wait_for(publisher.publish_bytes(subjects.fetch("iptv", Part.CATALOGUE), "3", b"x"), WAIT_S)
    finally:
        await connection.close()


async def test_a_stream_that_is_made_late_gets_what_waits_for_it(nats_server: BusServer) -> None:
    connection = await connect(nats_server.config("admin"), purpose="test")
    publisher = Publisher(connection.client)
    await publisher.start()
    waiting = asyncio.create_task(publisher.publish(command()))
    try:
        async with asyncio.timeout(WAIT_S):
            while not publisher.refused_total:
                await asyncio.sleep(0.01)
        await provision(connection.client, {("iptv", Part.CATALOGUE): 1})
        await asyncio.wait_for(waiting, WAIT_S)

        assert (await connection.client.jetstream().stream_info(subjects.STREAM_FETCH)).state.messages == 1
    finally:
        waiting.cancel()
        await connection.close()


async def test_two_requests_without_an_id_are_two_wishes_and_two_of_one_id_are_one(provisioned: BusServer) -> None:
    async with await BusClient.connect(provisioned.config("client")) as client:
        for request in (SyncRequest(), SyncRequest(), SyncRequest(request_id="mine"), SyncRequest(request_id="mine")):
            await client.request_sync("iptv", request)
    async with admin_of(provisioned) as admin:
        info = await admin.control.client.jetstream().stream_info(subjects.STREAM_REQUESTS)

    assert info.state.messages == 3


async def test_an_actor_starts_however_many_syncs_were_cancelled(provisioned: BusServer) -> None:
    async with admin_of(provisioned) as admin:
        for number in range(1_100):
            await admin.control.client.publish(subjects.cancel_sync(f"{number:016x}"), b"")
        await admin.control.client.flush()

    async with bus_of(provisioned, "parser") as parser:
        assert parser.cancels.hit("iptv", f"{1_099:016x}", 1)


async def test_a_bus_that_takes_smaller_messages_than_ours_is_refused_at_once(
    nats_server: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MESSAGE_BYTES_MAX", 2 * limits.MIB)

    with pytest.raises(BusMisconfigured, match="set max_payload"):
        await connect(nats_server.config("parser"), purpose="test")


async def test_a_bus_that_has_no_streams_yet_may_still_get_them(bus_without_streams: str) -> None:
    connection = await connect(BusConfig(url=bus_without_streams), purpose="test")
    try:
        with pytest.raises(BusUnavailable):
            await provision(connection.client, {("iptv", Part.CATALOGUE): 1})
    finally:
        await connection.close()


async def test_an_aggregator_without_a_stream_asks_a_few_times_a_second_and_not_a_thousand(
    provisioned: BusServer, capsys: pytest.CaptureFixture[str]
) -> None:
    async with admin_of(provisioned) as admin, bus_of(provisioned, "progress") as bus:
        await admin.control.client.jetstream().delete_stream(subjects.STREAM_PROGRESS)
        working = asyncio.create_task(Aggregator(bus).run())
        done, _ = await asyncio.wait({working}, timeout=1.5)
        working.cancel()
        await asyncio.wait({working})

    assert not done
    assert 1 <= capsys.readouterr().out.count("waits for the last progress") <= 3
