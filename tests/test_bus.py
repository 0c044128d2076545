"""The runtime on a real nats-server: pulling, publishing, back-pressure, cancels, and what survives the death of the server."""

import asyncio
import signal
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from actors.cancels import Cancels
from actors.runtime.client import BusClient
from actors.runtime.connection import connect
from actors.runtime.hearing import nanoseconds
from actors.runtime.process import ActorBus, actor_bus
from actors.runtime.provision import provision
from actors.runtime.pull import Delivery, Puller
from actors.runtime.serving import Server
from contracts import codec, subjects
from contracts.catalog import Part, SourceKind, SyncStatus
from contracts.errors import CoolDown
from contracts.messages import DeadLetter, FetchPage, Message, RawSlice, StepFetching, SyncProgress, SyncRequest
from tests.bus_server import BusServer, bus_server


def command(step: str = "movies", sync_id: str = "0123456789abcdef", requested_ns: int = 5) -> FetchPage:
    return FetchPage(
        sync_id=sync_id, source_id="iptv", source_kind=SourceKind.XTREAM, step=step, issue=1, requested_ns=requested_ns
    )


def raw_slice(number: int, body: bytes = b"[]") -> RawSlice:
    return RawSlice(
        sync_id="0123456789abcdef",
        source_id="iptv",
        source_kind=SourceKind.XTREAM,
        step="movies",
        requested_ns=5,
        attempt=1,
        slice=number,
        digest=b"",
        body=body,
    )


@pytest.fixture
async def provisioned(nats_server: BusServer) -> BusServer:
    await provision_on(nats_server)
    return nats_server


async def provision_on(server: BusServer, lanes: dict[tuple[str, Part], int] | None = None) -> None:
    connection = await connect(server.config("admin"), purpose="test")
    await provision(connection.client, lanes or {("iptv", Part.CATALOGUE): 1, ("other", Part.CATALOGUE): 2})
    await connection.close()


@asynccontextmanager
async def bus_of(server: BusServer, role: str) -> AsyncIterator[ActorBus]:
    async with actor_bus(role, server.config(role)) as bus:
        try:
            yield bus
        finally:
            await bus.give_back()


async def next_of(puller: Puller) -> Delivery:
    return await asyncio.wait_for(puller.next(), 10)


async def nothing_said(fact: StepFetching) -> None:
    assert fact.sync_id


async def test_provisioning_twice_changes_nothing(provisioned: BusServer) -> None:
    await provision_on(provisioned)


async def test_a_source_that_is_gone_loses_its_queue(provisioned: BusServer) -> None:
    async with bus_of(provisioned, "writer") as writer:
        await writer.publisher.publish(command(), subjects.fetch("other", Part.CATALOGUE))

        assert not await writer.is_conveyor_empty("other", Part.CATALOGUE)
        await provision_on(provisioned, {("iptv", Part.CATALOGUE): 1})
        assert await writer.is_conveyor_empty("other", Part.CATALOGUE)


async def test_a_message_is_delivered_acknowledged_and_gone(provisioned: BusServer) -> None:
    async with bus_of(provisioned, "writer") as writer, bus_of(provisioned, "fetcher") as fetcher:
        await writer.publisher.publish(command())
        puller = await fetcher.puller(subjects.STREAM_FETCH, subjects.consumer_fetch("iptv", Part.CATALOGUE), in_hand_max=1)
        delivery = await next_of(puller)

        assert codec.decode_work(delivery.body, FetchPage) == command()
        assert (delivery.deliveries, delivery.message_id) == (1, codec.message_id(command()))
        assert abs(delivery.stamped_ns / 1e9 - datetime.now(UTC).timestamp()) < 60
        await delivery.ack()
        await until_empty(writer)


async def until_empty(writer: ActorBus) -> None:
    async with asyncio.timeout(10):
        while not await writer.is_conveyor_empty("iptv", Part.CATALOGUE):
            await asyncio.sleep(0.01)


async def test_a_message_given_back_comes_again_with_a_higher_count(provisioned: BusServer) -> None:
    async with bus_of(provisioned, "writer") as writer, bus_of(provisioned, "fetcher") as fetcher:
        await writer.publisher.publish(command())
        puller = await fetcher.puller(subjects.STREAM_FETCH, subjects.consumer_fetch("iptv", Part.CATALOGUE), in_hand_max=1)
        await (await next_of(puller)).retry(0.05)

        assert (await next_of(puller)).deliveries == 2


async def test_the_same_message_published_twice_is_stored_once(provisioned: BusServer) -> None:
    async with bus_of(provisioned, "writer") as writer, bus_of(provisioned, "fetcher") as fetcher:
        await writer.publisher.publish(command())
        await writer.publisher.publish(command())
        await writer.publisher.publish(command("series"))
        puller = await fetcher.puller(subjects.STREAM_FETCH, subjects.consumer_fetch("iptv", Part.CATALOGUE), in_hand_max=1)
        steps = []
        for _ in range(2):
            delivery = await next_of(puller)
            steps.append(codec.decode_work(delivery.body, FetchPage).step)
            await delivery.ack()

        assert steps == ["movies", "series"]


async def test_many_messages_pass_in_order_through_a_small_hand(provisioned: BusServer) -> None:
    async with bus_of(provisioned, "fetcher") as fetcher, bus_of(provisioned, "parser") as parser:
        async with fetcher.publisher.window() as window:
            for number in range(200):
                await window.put(raw_slice(number, b"x" * 20_000))
        puller = await parser.puller(subjects.STREAM_PARSE, subjects.CONSUMER_PARSER, in_hand_max=3)
        seen = []
        for _ in range(200):
            delivery = await next_of(puller)
            seen.append(codec.decode_work(delivery.body, RawSlice).slice)
            await delivery.ack()

        assert sorted(seen) == list(range(200))


async def test_a_full_stream_holds_the_publisher_back_and_loses_nothing(provisioned: BusServer) -> None:
    body, total = b"x" * 900_000, 40
    async with bus_of(provisioned, "fetcher") as fetcher, bus_of(provisioned, "parser") as parser:

        async def publish() -> None:
            async with fetcher.publisher.window() as window:
                for number in range(total):
                    await window.put(raw_slice(number, body))

        publishing = asyncio.create_task(publish())
        async with asyncio.timeout(20):
            while not fetcher.publisher.refused_total:
                await asyncio.sleep(0.01)
        assert not publishing.done()
        puller = await parser.puller(subjects.STREAM_PARSE, subjects.CONSUMER_PARSER, in_hand_max=4)
        seen: set[int] = set()
        while len(seen) < total:
            delivery = await next_of(puller)
            seen.add(codec.decode_work(delivery.body, RawSlice).slice)
            await delivery.ack()
        await publishing

    assert seen == set(range(total))


async def test_a_cancel_is_heard_live_and_by_who_comes_later(provisioned: BusServer) -> None:
    async with await BusClient.connect(provisioned.config("client")) as client, bus_of(provisioned, "parser") as early:
        heard = asyncio.Event()
        early.on_cancel(heard.set)
        await client.cancel(("source", "iptv"))
        await asyncio.wait_for(heard.wait(), 5)

        async with bus_of(provisioned, "writer") as late:
            for bus in (early, late):
                assert bus.cancels.hit("iptv", "any", 1)
                assert not bus.cancels.hit("iptv", "any", 2**62)
                assert not bus.cancels.hit("other", "any", 1)


async def test_a_cancel_said_while_an_actor_reconnects_is_heard(provisioned: BusServer, free_port: int) -> None:
    directory, server = provisioned.directory, provisioned
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(10)
    with bus_server(directory, free_port) as first:
        async with bus_of(first, "parser") as parser:
            first.process.kill()
            first.process.wait(10)
            with bus_server(directory, free_port) as second:
                async with await BusClient.connect(second.config("client")) as client:
                    await client.cancel(("all", ""))
                async with asyncio.timeout(20):
                    while not parser.cancels.hit("iptv", "any", 1):
                        await asyncio.sleep(0.02)


async def test_a_pull_goes_on_after_the_server_was_killed(nats_server: BusServer, free_port: int) -> None:
    nats_server.process.kill()
    nats_server.process.wait(10)
    with bus_server(nats_server.directory, free_port) as first:
        await provision_on(first)
        async with bus_of(first, "writer") as writer, bus_of(first, "fetcher") as fetcher:
            puller = await fetcher.puller(subjects.STREAM_FETCH, subjects.consumer_fetch("iptv", Part.CATALOGUE), in_hand_max=1)
            first.process.kill()
            first.process.wait(10)
            with bus_server(nats_server.directory, free_port):
                await asyncio.wait_for(writer.publisher.publish(command()), 20)

                assert codec.decode_work((await asyncio.wait_for(puller.next(), 20)).body, FetchPage) == command()


class Handler:
    """A handler whose behaviour a test sets."""

    def __init__(self, *outcomes: Exception | None) -> None:
        self.outcomes = list(outcomes)
        self.calls = 0
        self.started = asyncio.Event()
        self.was_interrupted = False
        self.holds = False

    async def handle(self, message: FetchPage, deliveries: int) -> AsyncGenerator[Message, None]:
        self.calls += 1
        self.started.set()
        if self.holds:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.was_interrupted = True
                raise
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome
        yield raw_slice(deliveries)


@asynccontextmanager
async def serving(bus: ActorBus, handler: Handler) -> AsyncIterator[list[float]]:
    paused: list[float] = []

    async def pause(message: FetchPage, delay_s: float) -> None:
        assert message.source_id == "iptv"
        paused.append(delay_s)

    puller = await bus.puller(subjects.STREAM_FETCH, subjects.consumer_fetch("iptv", Part.CATALOGUE), in_hand_max=1)
    server = Server(
        "fetcher",
        FetchPage,
        handler.handle,
        puller=puller,
        publisher=bus.publisher,
        cancels=bus.cancels,
        say=nothing_said,
        before_retry=pause,
    )
    bus.on_cancel(server.heed_cancels)
    running = asyncio.create_task(server.run())
    try:
        yield paused
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_what_follows_is_published_before_the_acknowledgement(provisioned: BusServer) -> None:
    async with (
        bus_of(provisioned, "writer") as writer,
        bus_of(provisioned, "fetcher") as fetcher,
        serving(fetcher, Handler()),
        bus_of(provisioned, "parser") as parser,
    ):
        await writer.publisher.publish(command())
        puller = await parser.puller(subjects.STREAM_PARSE, subjects.CONSUMER_PARSER, in_hand_max=1)
        delivery = await next_of(puller)
        await delivery.ack()

        assert codec.decode_work(delivery.body, RawSlice) == raw_slice(1)
        await until_empty(writer)


async def test_a_cool_down_pauses_and_comes_again(provisioned: BusServer) -> None:
    handler = Handler(CoolDown("the server said 429", 0.05))
    async with (
        bus_of(provisioned, "writer") as writer,
        bus_of(provisioned, "fetcher") as fetcher,
        serving(fetcher, handler) as paused,
        bus_of(provisioned, "parser") as parser,
    ):
        await writer.publisher.publish(command())
        puller = await parser.puller(subjects.STREAM_PARSE, subjects.CONSUMER_PARSER, in_hand_max=1)

        assert codec.decode_work((await next_of(puller)).body, RawSlice).slice == 2
        assert (paused, handler.calls) == ([0.05], 2)


@pytest.mark.parametrize(
    ("body", "reason", "is_parked"),
    [
        (b"", "bad_message", False),
        (b"\xff\x00", "bad_message", False),
        (codec.encode(command()).replace(b"page.v1", b"page.v9"), "unknown_version", True),
    ],
)
async def test_what_cannot_be_read_is_buried_with_its_reason(
    provisioned: BusServer, body: bytes, reason: str, is_parked: bool
) -> None:
    handler = Handler()
    async with bus_of(provisioned, "writer") as writer, bus_of(provisioned, "fetcher") as fetcher, serving(fetcher, handler):
        await writer.publisher.publish_bytes(subjects.fetch("iptv", Part.CATALOGUE), "odd", body)
        puller = await writer.puller(subjects.STREAM_DEAD, subjects.CONSUMER_WRITER, in_hand_max=1)
        dead = codec.decode_work((await next_of(puller)).body, DeadLetter)

        assert (dead.actor, dead.parked, dead.body, dead.message_id) == ("fetcher", is_parked, body, "odd")
        assert dead.reason.startswith(reason)
        assert handler.calls == 0
        await until_empty(writer)


async def test_a_cancel_interrupts_the_work_in_hand(provisioned: BusServer) -> None:
    handler = Handler()
    handler.holds = True
    async with (
        bus_of(provisioned, "writer") as writer,
        bus_of(provisioned, "fetcher") as fetcher,
        serving(fetcher, handler),
        await BusClient.connect(provisioned.config("client")) as client,
    ):
        await writer.publisher.publish(command())
        await asyncio.wait_for(handler.started.wait(), 10)
        await client.cancel(("sync", command().sync_id))
        await until_empty(writer)

        assert handler.was_interrupted


async def test_work_of_a_cancelled_sync_is_not_begun(provisioned: BusServer) -> None:
    handler = Handler()
    async with bus_of(provisioned, "writer") as writer, await BusClient.connect(provisioned.config("client")) as client:
        await client.cancel(("source", "iptv"))
        await writer.publisher.publish(command(requested_ns=1))
        async with bus_of(provisioned, "fetcher") as fetcher, serving(fetcher, handler):
            await until_empty(writer)

    assert handler.calls == 0


def progress(percent: int, second: int) -> SyncProgress:
    return SyncProgress(
        sync_id="0123456789abcdef",
        source_id="iptv",
        status=SyncStatus.SYNCING,
        progress=percent,
        updated_at=datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC),
    )


async def test_who_follows_late_gets_the_last_state_at_once_and_then_what_comes(provisioned: BusServer) -> None:
    async with bus_of(provisioned, "progress") as aggregator, await BusClient.connect(provisioned.config("client")) as client:
        await aggregator.publisher.publish(progress(10, 1))
        await aggregator.publisher.publish(progress(20, 2))
        following = client.follow("iptv")
        first = await asyncio.wait_for(anext(following), 10)
        await aggregator.publisher.publish(progress(30, 3))
        second = await asyncio.wait_for(anext(following), 10)
        await following.aclose()

        assert [first, second] == [progress(20, 2), progress(30, 3)]


async def test_a_request_is_safe_in_its_stream(provisioned: BusServer) -> None:
    async with await BusClient.connect(provisioned.config("client")) as client, bus_of(provisioned, "writer") as writer:
        await client.request_sync("iptv", SyncRequest(request_id="mine"))
        await client.connection.client.publish(subjects.request("iptv"), b"")
        puller = await writer.puller(subjects.STREAM_REQUESTS, subjects.CONSUMER_WRITER, in_hand_max=2)
        requests = [codec.decode_public((await next_of(puller)).body, SyncRequest) for _ in range(2)]

        assert requests == [SyncRequest(request_id="mine"), SyncRequest()]


def test_stamps_of_the_server_are_read_to_the_nanosecond() -> None:
    assert nanoseconds("2026-11-21T12:20:50.898469921Z") % 1_000_000_000 == 898_469_921
    assert nanoseconds("1970-01-01T00:00:01Z") == 1_000_000_000
    with pytest.raises(ValueError):
        nanoseconds("yesterday")


def test_a_cancel_hits_what_was_asked_for_no_later() -> None:
    cancels = Cancels()
    cancels.hear("source", "iptv", 100)
    cancels.hear("sync", "abc", 100)

    assert cancels.hit("iptv", "x", 100)
    assert not cancels.hit("iptv", "x", 101)
    assert cancels.hit("iptv", "abc", 999)
    assert not cancels.hit("other", "x", 50)
