"""Push on a real bus: what a server says becomes one request, and a part that runs already is asked for again."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from actors.demo import JellyfinServer, PlexServer
from actors.push.actor import Push, left_out
from actors.push.config import Pace, PushSource
from actors.runtime.connection import connect
from actors.runtime.process import ActorBus, actor_bus
from actors.runtime.provision import provision
from contracts import codec, subjects
from contracts.catalog import Mode, Part
from contracts.messages import RequestRefused, SyncRequest, SyncStarted
from tests.bus_server import BusServer, bus_server
from tests.push_room import FAST, WAIT_S, log, of_jellyfin, of_plex, until

pytest_plugins = ("tests.plex_fixtures", "tests.jellyfin_stand_in_fixtures")
__all__ = ["log"]

ROLE: Final = "push"
NOON: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BOTH: Final = [Part.CATALOGUE, Part.HOME]


@asynccontextmanager
async def push(server: BusServer, *sources: PushSource, pace: Pace = FAST, clock: Callable[[], datetime]) -> AsyncIterator[None]:
    async with actor_bus(ROLE, server.config(ROLE), hears_cancels=False) as bus:
        running = asyncio.create_task(Push(bus, sources, clock, pace=pace).run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.wait({running})
    assert running.cancelled(), "it never ends by itself"


@asynccontextmanager
async def writer_of(server: BusServer) -> AsyncIterator["Writer"]:
    connection = await connect(server.config("admin"), purpose="test")
    await provision(connection.client, {})
    await connection.close()
    async with actor_bus("writer", server.config("writer")) as bus:
        try:
            yield await Writer(bus).open()
        finally:
            await bus.give_back()


class Writer:
    """The writer's end of the stream of requests, and its word on them."""

    def __init__(self, bus: ActorBus) -> None:
        self._bus = bus

    async def open(self) -> "Writer":
        self._puller = await self._bus.puller(subjects.STREAM_REQUESTS, subjects.CONSUMER_WRITER, in_hand_max=8)
        return self

    async def next(self) -> tuple[str, SyncRequest]:
        async with asyncio.timeout(WAIT_S):
            delivery = await self._puller.next()
        await delivery.ack()
        return subjects.source_of(delivery.subject), codec.decode_public(delivery.body, SyncRequest)

    @property
    def has_more(self) -> bool:
        return bool(self._puller.ready())

    async def starts(self, source_id: str, request: SyncRequest, *left_out: Part) -> None:
        await self._bus.publisher.publish(started(source_id, request, *left_out))

    async def refuses(self, source_id: str, request: SyncRequest, code: str) -> None:
        await self._bus.publisher.publish(refused(source_id, request, code))


def started(source_id: str, request: SyncRequest, *left_out: Part) -> SyncStarted:
    running = "0123456789abcdef"
    return SyncStarted(
        sync_id=codec.sync_id_of(source_id, request.request_id),
        source_id=source_id,
        request_id=request.request_id,
        parts=[part for part in request.parts if part not in left_out],
        mode=request.mode,
        left_out=dict.fromkeys(left_out, running),
        at=NOON,
    )


def refused(source_id: str, request: SyncRequest, code: str) -> RequestRefused:
    return RequestRefused(source_id=source_id, request_id=request.request_id, code=code, text="not now", at=NOON)


class Seconds:
    """A clock that is a second later whenever it is looked at."""

    def __init__(self) -> None:
        self._at = NOON.timestamp()

    def __call__(self) -> datetime:
        self._at += 1
        return datetime.fromtimestamp(self._at, UTC)


async def test_a_burst_of_changes_becomes_one_request(nats_server: BusServer, plex: PlexServer) -> None:
    async with writer_of(nats_server) as writer, push(nats_server, of_plex(plex), clock=Seconds()):
        await until(lambda: plex.sockets.open_count)
        films = [plex.library.add("1", "movie", f"Reel {number}") for number in range(200)]
        plex.library.mark_watched(films[0])

        source_id, request = await writer.next()
        await writer.starts(source_id, request)
        assert (source_id, request) == ("plex", SyncRequest(request_id="push-plex-20261121T120001", parts=BOTH))
        assert request.mode is Mode.INCREMENTAL

        plex.library.remove(films[0])
        assert await writer.next() == ("plex", SyncRequest(request_id="push-plex-20261121T120002", parts=BOTH))
        assert not writer.has_more


async def test_each_source_is_asked_for_on_its_own(nats_server: BusServer, plex: PlexServer, jellyfin: JellyfinServer) -> None:
    sources = (of_plex(plex), of_jellyfin(jellyfin))
    async with writer_of(nats_server) as writer, push(nats_server, *sources, clock=Seconds()):
        await until(lambda: plex.sockets.open_count and jellyfin.sockets.open_count)
        jellyfin.library.mark_played(jellyfin.library.items("Movie")[0].id)
        assert (await writer.next())[0] == "jellyfin"

        plex.library.add("1", "movie", "A Trip to the Moon")
        assert (await writer.next())[0] == "plex"


async def test_what_ran_already_is_asked_for_again(nats_server: BusServer, plex: PlexServer) -> None:
    async with writer_of(nats_server) as writer, push(nats_server, of_plex(plex), clock=Seconds()):
        await until(lambda: plex.sockets.open_count)
        plex.library.add("1", "movie", "A Trip to the Moon")
        requests = [(await writer.next())[1]]
        await writer.refuses("plex", requests[-1], "already_running")
        requests.append((await writer.next())[1])
        await writer.starts("plex", requests[-1], Part.CATALOGUE)
        requests.append((await writer.next())[1])
        await writer.starts("plex", requests[-1])

    assert [request.parts for request in requests] == [BOTH, BOTH, [Part.CATALOGUE]]
    assert len({request.request_id for request in requests}) == 3


async def test_another_refusal_is_said_and_not_asked_for_again(
    nats_server: BusServer, plex: PlexServer, log: io.StringIO
) -> None:
    async with writer_of(nats_server) as writer, push(nats_server, of_plex(plex), clock=Seconds()):
        await until(lambda: plex.sockets.open_count)
        plex.library.add("1", "movie", "A Trip to the Moon")
        _, request = await writer.next()
        await writer.refuses("plex", request, "unknown_source")
        await until(lambda: "a sync that push asked for is refused" in log.getvalue())

        assert not writer.has_more


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        (None, set()),
        (started("plex", SyncRequest(parts=BOTH)), set()),
        (started("plex", SyncRequest(parts=BOTH), Part.HOME), {Part.HOME}),
        (refused("plex", SyncRequest(parts=BOTH), "already_running"), {*BOTH}),
        (refused("plex", SyncRequest(parts=BOTH), "bad_request"), set()),
    ],
)
def test_what_a_word_on_a_request_leaves_out(word: Any, wanted: set[Part]) -> None:
    assert left_out(word, frozenset(BOTH)) == wanted


async def test_a_reconnection_asks_for_one_sync(nats_server: BusServer, plex: PlexServer) -> None:
    async with writer_of(nats_server) as writer, push(nats_server, of_plex(plex), clock=Seconds()):
        await until(lambda: plex.sockets.open_count)
        plex.set("notifications", status=502, first_requests=3)
        plex.sockets.drop()

        assert await writer.next() == ("plex", SyncRequest(request_id="push-plex-20261121T120001", parts=BOTH))


async def test_a_request_waits_for_a_bus_that_is_away(nats_server: BusServer, free_port: int, plex: PlexServer) -> None:
    nats_server.process.kill()
    nats_server.process.wait(10)
    with bus_server(nats_server.directory, free_port) as first:
        async with writer_of(first) as writer, push(first, of_plex(plex), clock=Seconds()):
            await until(lambda: plex.sockets.open_count)
            first.process.kill()
            first.process.wait(10)
            plex.library.add("1", "movie", "A Trip to the Moon")
            with bus_server(nats_server.directory, free_port):
                assert await writer.next() == ("plex", SyncRequest(request_id="push-plex-20261121T120001", parts=BOTH))


async def test_with_nothing_to_listen_to_it_waits(nats_server: BusServer) -> None:
    async with push(nats_server, clock=Seconds()):
        await asyncio.sleep(0)
