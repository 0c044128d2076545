"""The bus's files after a power cut: what survives of them does not mislead the server."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from nats.js.client import JetStreamContext

from actors.embedded import EmbeddedBus
from actors.runtime.client import BusClient
from actors.runtime.connection import connect
from actors.runtime.provision import provision
from contracts import subjects
from contracts.catalog import Part
from contracts.messages import SyncRequest

LANES = {("iptv", Part.CATALOGUE): 1}


@asynccontextmanager
async def provisioned(directory: Path) -> AsyncIterator[tuple[EmbeddedBus, JetStreamContext]]:
    """An embedded bus with its streams, and JetStream as its admin sees it."""
    bus = EmbeddedBus(directory, 0)
    await bus.start()
    try:
        admin = await connect(bus.config("admin"), purpose="test")
        try:
            await provision(admin.client, LANES)
            yield bus, admin.client.jetstream()
        finally:
            await admin.close()
    finally:
        await bus.stop()


async def request(bus: EmbeddedBus, *request_ids: str) -> None:
    async with await BusClient.connect(bus.config("client")) as client:
        for request_id in request_ids:
            await client.request_sync("iptv", SyncRequest(request_id=request_id))


async def take_all(bus: EmbeddedBus, count: int) -> None:
    """As the writer does."""
    writer = await connect(bus.config("writer"), purpose="test")
    try:
        pulling = await writer.client.jetstream().pull_subscribe_bind(subjects.CONSUMER_WRITER, subjects.STREAM_REQUESTS)
        for message in await pulling.fetch(count, timeout=10):
            await message.ack_sync()
    finally:
        await writer.close()


async def test_a_request_is_delivered_when_only_the_consumers_state_outlived_the_power_cut(tmp_path: Path) -> None:
    async with provisioned(tmp_path / "bus") as (bus, _):
        await request(bus, "one", "two", "three")
        await take_all(bus, 3)
    (stream,) = (tmp_path / "bus").rglob(subjects.STREAM_REQUESTS)
    shutil.rmtree(stream / "msgs")
    for meta in stream.glob("meta.*"):
        meta.unlink()

    async with provisioned(tmp_path / "bus") as (bus, jetstream):
        await request(bus, "four")
        waiting = await jetstream.consumer_info(subjects.STREAM_REQUESTS, subjects.CONSUMER_WRITER)

    assert (waiting.num_pending, waiting.ack_floor and waiting.ack_floor.stream_seq) == (1, 0)


async def test_a_consumer_that_is_well_is_left_as_it_is(tmp_path: Path) -> None:
    async with provisioned(tmp_path / "bus") as (bus, _):
        await request(bus, "one", "two")
        await take_all(bus, 1)

    async with provisioned(tmp_path / "bus") as (_, jetstream):
        kept = await jetstream.consumer_info(subjects.STREAM_REQUESTS, subjects.CONSUMER_WRITER)

    assert (kept.num_pending, kept.ack_floor and kept.ack_floor.stream_seq) == (1, 1)


async def test_a_message_that_was_settled_and_kept_all_the_same_is_delivered_again(tmp_path: Path) -> None:
    """A full disk keeps the server from noting that it forgot a message; the writer knows it, and settles it once more."""
    async with provisioned(tmp_path / "bus") as (bus, _):
        await request(bus, "one", "two")
    (stream,) = (tmp_path / "bus").rglob(subjects.STREAM_REQUESTS)
    shutil.copytree(stream / "msgs", tmp_path / "msgs")
    async with provisioned(tmp_path / "bus") as (bus, _):
        await take_all(bus, 2)
    shutil.rmtree(stream / "msgs")
    shutil.copytree(tmp_path / "msgs", stream / "msgs")

    async with provisioned(tmp_path / "bus") as (bus, jetstream):
        held = (await jetstream.stream_info(subjects.STREAM_REQUESTS)).state.messages
        waiting = await jetstream.consumer_info(subjects.STREAM_REQUESTS, subjects.CONSUMER_WRITER)
        await take_all(bus, 2)
        left = (await jetstream.stream_info(subjects.STREAM_REQUESTS)).state.messages

    assert (held, waiting.num_pending, left) == (2, 2, 0)
