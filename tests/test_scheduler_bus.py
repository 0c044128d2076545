"""Schedulers on a real bus: one request from several of them, heeding what ran, and going on when the bus comes back."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest

from actors import logs
from actors.runtime.client import BusClient
from actors.runtime.connection import connect
from actors.runtime.process import ActorBus, actor_bus
from actors.runtime.provision import provision
from actors.runtime.pull import Delivery
from actors.scheduler.actor import Scheduler
from contracts import codec, subjects
from contracts.catalog import Part, SyncStatus
from contracts.messages import RequestRefused, SyncProgress, SyncRequest
from tests.bus_server import BusServer, bus_server
from tests.scheduler_room import MINUTE, NOON, SECOND, catalogue, home, progress, source

WAIT_S: Final = 30
ROLE: Final = "scheduler"
PLEX: Final = source(home(), catalogue())
PLAIN: Final = SyncRequest(request_id="schedule-catalogue+home-2026-11-21T12:00:00Z", parts=[Part.CATALOGUE, Part.HOME])


class Clock:
    """Turned by hand."""

    def __init__(self, now: datetime = NOON + SECOND) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    logs.configure(role="scheduler", stream=stream)
    yield stream
    logs.reset()


@asynccontextmanager
async def scheduler(server: BusServer, clock: Clock) -> AsyncIterator[None]:
    async with actor_bus(ROLE, server.config(ROLE), hears_cancels=False) as bus:
        running = asyncio.create_task(Scheduler(bus, [PLEX], clock).run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.wait({running})
    assert running.cancelled(), "it never ends by itself"


@asynccontextmanager
async def bus_of(server: BusServer, role: str) -> AsyncIterator[ActorBus]:
    async with actor_bus(role, server.config(role)) as bus:
        try:
            yield bus
        finally:
            await bus.give_back()


async def provisioned(server: BusServer) -> None:
    connection = await connect(server.config("admin"), purpose="test")
    await provision(connection.client, {})
    await connection.close()


class Requests:
    """The writer's end of the stream of requests."""

    def __init__(self, bus: ActorBus) -> None:
        self._bus = bus

    async def open(self) -> "Requests":
        self._puller = await self._bus.puller(subjects.STREAM_REQUESTS, subjects.CONSUMER_WRITER, in_hand_max=8)
        return self

    async def next(self) -> tuple[str, SyncRequest]:
        async with asyncio.timeout(WAIT_S):
            delivery: Delivery = await self._puller.next()
        await delivery.ack()
        return subjects.source_of(delivery.subject), codec.decode_public(delivery.body, SyncRequest)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.01)


def plain(started_at: datetime, **fields: object) -> SyncProgress:
    return progress(Part.CATALOGUE, Part.HOME, started_at=started_at, **fields)  # type: ignore[arg-type]


async def test_a_due_source_is_asked_for_once_by_two_schedulers(nats_server: BusServer, log: io.StringIO) -> None:
    await provisioned(nats_server)
    async with bus_of(nats_server, "writer") as writer:
        async with scheduler(nats_server, Clock()), scheduler(nats_server, Clock(NOON + MINUTE)):
            await until(lambda: log.getvalue().count("a sync is due") == 2)
        requests = await Requests(writer).open()

        assert await requests.next() == ("plex", PLAIN)
        async with await BusClient.connect(nats_server.config("client")) as client:
            await client.request_sync("plex", SyncRequest())
        assert await requests.next() == ("plex", SyncRequest())


async def test_what_ran_last_is_heard_before_anything_is_asked_for(nats_server: BusServer, log: io.StringIO) -> None:
    await provisioned(nats_server)
    clock = Clock()
    async with bus_of(nats_server, "writer") as writer, bus_of(nats_server, "progress") as aggregator:
        await aggregator.publisher.publish(plain(NOON - MINUTE))
        async with scheduler(nats_server, clock):
            await until(lambda: log.getvalue().count("a slot is skipped") == 2)
            clock.now = NOON + 15 * MINUTE
            await aggregator.publisher.publish(plain(NOON - MINUTE, ended_at=NOON + 14 * MINUTE))
            _, request = await (await Requests(writer).open()).next()

        assert request == SyncRequest(request_id="schedule-home-2026-11-21T12:15:00Z", parts=[Part.HOME])


async def test_an_outage_and_its_end_are_said_once(nats_server: BusServer, log: io.StringIO) -> None:
    await provisioned(nats_server)
    async with bus_of(nats_server, "progress") as aggregator, scheduler(nats_server, Clock()):
        await until(lambda: "a sync is due" in log.getvalue())
        for second in (1, 2):
            at = NOON + second * SECOND
            await aggregator.publisher.publish(plain(at, ended_at=at, status=SyncStatus.FAILED, error="unreachable"))
        await aggregator.publisher.publish(plain(NOON + 3 * SECOND, ended_at=NOON + 3 * SECOND))
        await until(lambda: "answers again" in log.getvalue())

    assert log.getvalue().count("cannot be synced; asked less often until that changes") == 1
    assert log.getvalue().count("answers again") == 1


async def test_a_refusal_that_the_next_request_would_meet_too_is_said(nats_server: BusServer, log: io.StringIO) -> None:
    await provisioned(nats_server)
    refusal = RequestRefused(
        source_id="plex", request_id=PLAIN.request_id, code="unknown_source", text="no source 'plex' is configured", at=NOON
    )
    async with bus_of(nats_server, "writer") as writer, scheduler(nats_server, Clock()):
        await until(lambda: "a sync is due" in log.getvalue())
        await writer.publisher.publish(refusal)
        await until(lambda: "no source 'plex' is configured" in log.getvalue())


async def test_a_scheduler_goes_on_when_the_bus_comes_back(nats_server: BusServer, free_port: int, log: io.StringIO) -> None:
    nats_server.process.kill()
    nats_server.process.wait(10)
    clock = Clock()
    with bus_server(nats_server.directory, free_port) as first:
        await provisioned(first)
        async with bus_of(first, "writer") as writer, scheduler(first, clock):
            await until(lambda: "a sync is due" in log.getvalue())
            first.process.kill()
            first.process.wait(10)
            clock.now = NOON + 15 * MINUTE + SECOND
            with bus_server(nats_server.directory, free_port):
                requests = await Requests(writer).open()

                assert await requests.next() == ("plex", PLAIN)
                assert (await requests.next())[1].request_id == "schedule-home-2026-11-21T12:15:00Z"


async def test_a_bus_that_comes_back_empty_is_asked_once_more(tmp_path: Path, free_port: int, log: io.StringIO) -> None:
    with bus_server(tmp_path / "first", free_port) as first:
        await provisioned(first)
        async with bus_of(first, "writer") as writer, scheduler(first, Clock()):
            await until(lambda: "a sync is due" in log.getvalue())
            first.process.kill()
            first.process.wait(10)
            with bus_server(tmp_path / "second", free_port) as second:
                await provisioned(second)

                assert await (await Requests(writer).open()).next() == ("plex", PLAIN)


async def test_nothing_is_asked_for_while_it_is_not_known_what_ran(nats_server: BusServer, log: io.StringIO) -> None:
    await provisioned(nats_server)
    async with bus_of(nats_server, "admin") as admin, bus_of(nats_server, "writer") as writer:
        await admin.control.client.jetstream().delete_stream(subjects.STREAM_PROGRESS)
        async with scheduler(nats_server, Clock()):
            await until(lambda: "waits for the last progress" in log.getvalue())
            assert "a sync is due" not in log.getvalue()
            await provisioned(nats_server)

            assert await (await Requests(writer).open()).next() == ("plex", PLAIN)
