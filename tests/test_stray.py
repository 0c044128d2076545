"""Cancellations that nobody asked for: they are told, and what was in hand is neither lost nor acknowledged."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from actors.demo import XtreamServer
from actors.failpoints import Point, armed, hits
from actors.runtime.connection import connect
from actors.runtime.process import ActorBus, actor_bus
from actors.runtime.provision import provision
from actors.runtime.serving import Server
from actors.runtime.stray import StrayCancellation, is_stray, unsilenced
from contracts import codec, subjects
from contracts.catalog import Part, SourceKind, SyncStatus
from contracts.messages import FetchPage, Message, RawSlice, StepFetching
from tests.big_catalogue import big_catalogue
from tests.bus_server import BusServer
from tests.playbill_room import ACTION_OF, playbill, served_ids

COMMAND = FetchPage(
    sync_id="0123456789abcdef", source_id="iptv", source_kind=SourceKind.XTREAM, step="movies", issue=1, requested_ns=5
)


async def strayed() -> None:
    """As a library does it that cancels what is not its own."""
    raise asyncio.CancelledError


async def stands(begun: asyncio.Event) -> None:
    begun.set()
    await asyncio.Event().wait()


async def caught(work: Awaitable[None]) -> bool:
    try:
        await work
    except asyncio.CancelledError:
        return is_stray()
    raise AssertionError("nothing was cancelled")


async def test_a_cancellation_that_nobody_asked_for_is_a_stray_one() -> None:
    assert await asyncio.create_task(caught(strayed()))


async def test_a_cancellation_of_the_task_itself_is_none() -> None:
    begun = asyncio.Event()
    task = asyncio.create_task(caught(stands(begun)))
    await begun.wait()
    task.cancel()

    assert not await task


async def test_a_stray_cancellation_fails_loudly_where_a_group_would_take_it_for_a_good_end() -> None:
    async with asyncio.TaskGroup() as group:
        silenced = group.create_task(strayed())
    assert silenced.cancelled()

    with pytest.raises(BaseExceptionGroup) as failed:
        async with asyncio.TaskGroup() as group:
            group.create_task(unsilenced(strayed()))
    assert [type(error) for error in failed.value.exceptions] == [StrayCancellation]


async def test_a_wanted_cancellation_passes_through() -> None:
    begun = asyncio.Event()
    task = asyncio.create_task(unsilenced(stands(begun)))
    await begun.wait()
    task.cancel()
    await asyncio.wait({task})

    assert task.cancelled()


async def test_a_failure_and_a_good_end_are_what_they_were() -> None:
    async def ends() -> None: ...

    async def fails() -> None:
        raise ValueError("as it was")

    await unsilenced(ends())
    with pytest.raises(ValueError, match="as it was"):
        await unsilenced(fails())


@asynccontextmanager
async def bus_of(server: BusServer, role: str) -> AsyncIterator[ActorBus]:
    async with actor_bus(role, server.config(role)) as bus:
        try:
            yield bus
        finally:
            await bus.give_back()


@pytest.fixture
async def provisioned(nats_server: BusServer) -> BusServer:
    connection = await connect(nats_server.config("admin"), purpose="test")
    await provision(connection.client, {("iptv", Part.CATALOGUE): 1})
    await connection.close()
    return nats_server


Handle = Callable[[FetchPage, int], AsyncGenerator[Message, None]]


@asynccontextmanager
async def serving(bus: ActorBus, handle: Handle) -> AsyncIterator[None]:
    async def say(fact: StepFetching) -> None:
        raise AssertionError(fact)

    puller = await bus.puller(subjects.STREAM_FETCH, subjects.consumer_fetch("iptv", Part.CATALOGUE), in_hand_max=1)
    server = Server("fetcher", FetchPage, handle, puller=puller, publisher=bus.publisher, cancels=bus.cancels, say=say)
    running = asyncio.create_task(server.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait({running})


async def until_empty(writer: ActorBus) -> None:
    async with asyncio.timeout(30):
        while not await writer.is_conveyor_empty("iptv", Part.CATALOGUE):
            await asyncio.sleep(0.01)


async def answers(message: FetchPage, deliveries: int) -> AsyncGenerator[Message, None]:
    yield RawSlice(
        sync_id=message.sync_id,
        source_id=message.source_id,
        source_kind=message.source_kind,
        step=message.step,
        requested_ns=message.requested_ns,
        attempt=deliveries,
        slice=0,
        digest=b"",
        body=b"[]",
    )


async def strays_at_first(message: FetchPage, deliveries: int) -> AsyncGenerator[Message, None]:
    if deliveries == 1:
        await strayed()
    async for following in answers(message, deliveries):
        yield following


@pytest.mark.parametrize(
    ("handle", "orders"),
    [
        pytest.param(strays_at_first, "", id="in the handler"),
        pytest.param(answers, f"{Point.FETCHER_RECEIVED}=cancel", id="before the handler"),
        pytest.param(answers, f"{Point.FETCHER_PUBLISHING}=cancel", id="while it publishes"),
    ],
)
async def test_a_message_whose_handling_was_cancelled_by_nobody_comes_again(
    handle: Handle, orders: str, provisioned: BusServer, tmp_path: Path
) -> None:
    with armed(orders, tmp_path):
        async with (
            bus_of(provisioned, "writer") as writer,
            bus_of(provisioned, "fetcher") as fetcher,
            serving(fetcher, handle),
            bus_of(provisioned, "parser") as parser,
        ):
            await writer.publisher.publish(COMMAND)
            puller = await parser.puller(subjects.STREAM_PARSE, subjects.CONSUMER_PARSER, in_hand_max=1)
            delivery = await asyncio.wait_for(puller.next(), 30)

            assert codec.decode_work(delivery.body, RawSlice).attempt == 2
            await delivery.ack()
            await until_empty(writer)


async def test_a_sync_survives_stray_cancellations_in_every_role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = (
        Point.FETCHER_RECEIVED,
        Point.FETCHER_READING,
        Point.FETCHER_PUBLISHING,
        Point.PARSER_RECEIVED,
        Point.PARSER_PUBLISHED,
        Point.WRITER_RECEIVED,
        Point.WRITER_COMMITTING,
        Point.WRITER_COMMITTED,
    )
    monkeypatch.setenv("PLAYBILL_FAILPOINTS", "; ".join(f"{point}=cancel@2" for point in points))
    monkeypatch.setenv("PLAYBILL_FAILPOINTS_DIR", str(tmp_path))
    with XtreamServer(big_catalogue()) as provider:
        async with playbill(tmp_path, {"iptv": provider.url}) as running:
            pids = [running.pid(role) for role in ("fetcher", "parser", "writer")]
            ended = await running.sync()

            assert (ended.status, ended.progress) == (SyncStatus.COMPLETED, 100)
            assert {point: hits(tmp_path, point) for point in points} == dict.fromkeys(points, 1)
            assert [running.pid(role) for role in ("fetcher", "parser", "writer")] == pids
            for step in ACTION_OF:
                assert running.ids(step) == served_ids(provider, step), step
    with closing(sqlite3.connect(tmp_path / "playbill.db")) as database:
        assert database.execute("SELECT count(*) FROM dead_letters").fetchall() == [(0,)]
