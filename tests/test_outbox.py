"""The outbox on a real bus that refuses some of it: the rest goes on, and what is hopeless is set aside with its reason."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from actors.runtime.connection import connect
from actors.runtime.process import actor_bus
from actors.runtime.provision import provision
from actors.store import Store
from actors.writer.actor import Writer
from actors.writer.clock import utc_now
from contracts import codec, limits, subjects
from contracts.catalog import Part
from contracts.messages import SyncRequest
from tests.bus_server import BusServer
from tests.store_room import asked
from tests.writer_room import IPTV

WAIT_S = 30
NOBODYS = subjects.dead("writer")
"""Where no stream is, in these tests."""


@asynccontextmanager
async def writing(server: BusServer, path: Path, *first: tuple[str, str, bytes]) -> AsyncIterator[None]:
    """A writer at work in this process, with these (subject, message id, body) at the head of its outbox."""
    async with Store.open(path, clock=utc_now) as store, actor_bus("writer", server.config("writer")) as bus:
        async with store.transaction() as tx:
            for row in first:
                await tx.add_outbox_bytes(*row)
        running = asyncio.create_task(Writer(store, bus, [IPTV]).run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.wait({running})


async def provisioned(server: BusServer, *, without: Sequence[str] = (subjects.STREAM_DEAD,)) -> None:
    connection = await connect(server.config("admin"), purpose="test")
    await provision(connection.client, {("iptv", Part.CATALOGUE): 1})
    for stream in without:
        await connection.client.jetstream().delete_stream(stream)
    await connection.close()


async def ask_for_a_sync(server: BusServer) -> None:
    async with actor_bus("admin", server.config("admin")) as bus:
        body = codec.encode(SyncRequest(request_id="one"))
        await bus.publisher.publish_bytes(subjects.request("iptv"), "one", body)


async def messages_in(server: BusServer, stream: str) -> int:
    connection = await connect(server.config("admin"), purpose="test")
    try:
        return (await connection.client.jetstream().stream_info(stream)).state.messages
    finally:
        await connection.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.01)


def outbox(path: Path) -> list[str]:
    return [subject for (subject,) in asked(path, "SELECT subject FROM outbox ORDER BY outbox_id")]


async def test_what_no_stream_takes_holds_up_nothing_behind_it(nats_server: BusServer, tmp_path: Path) -> None:
    await provisioned(nats_server)
    path = tmp_path / "store.db"
    hopeless = [(NOBODYS, str(number), b"x") for number in range(limits.OUTBOX_BATCH + 1)]
    async with writing(nats_server, path, *hopeless):
        await ask_for_a_sync(nats_server)
        await until(lambda: asked(path, "SELECT count(*) FROM syncs") == [(1,)])
        await until(lambda: set(outbox(path)) == {NOBODYS})

        assert await messages_in(nats_server, subjects.STREAM_FETCH) == 1
        assert len(outbox(path)) == len(hopeless)


async def test_what_the_bus_refuses_for_good_is_a_dead_letter_with_its_reason(
    nats_server: BusServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OUTBOX_REFUSED_S", 0.0)
    monkeypatch.setattr(limits, "PUBLISH_TIMEOUT_S", 1.0)
    await provisioned(nats_server)
    path = tmp_path / "store.db"
    too_large = (subjects.event("iptv", "odd"), "large", bytes(limits.MESSAGE_BYTES_MAX + 100_000))
    not_allowed = ("not.a.subject.of.playbill", "denied", b"x")
    async with writing(nats_server, path, (NOBODYS, "nobody", b"x"), too_large, not_allowed):
        await ask_for_a_sync(nats_server)
        await until(lambda: asked(path, "SELECT count(*) FROM dead_letters") == [(3,)])
        await until(lambda: not outbox(path))

    kept = dict(asked(path, "SELECT message_id, reason FROM dead_letters"))
    assert kept["nobody"] == f"bus_refuses: {NOBODYS}: no stream takes this subject"
    assert kept["large"].endswith("it cannot be sent: MaxPayloadError")
    assert kept["denied"].startswith("bus_refuses: not.a.subject.of.playbill: no answer")


async def test_a_command_that_the_bus_refuses_for_good_fails_its_step(
    nats_server: BusServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OUTBOX_REFUSED_S", 0.0)
    await provisioned(nats_server, without=[subjects.STREAM_FETCH])
    path = tmp_path / "store.db"
    async with writing(nats_server, path):
        await ask_for_a_sync(nats_server)
        await until(lambda: asked(path, "SELECT status FROM syncs") == [("failed",)])

    ((code, text),) = asked(path, "SELECT error_code, error_text FROM steps WHERE step = 'account'")
    assert code == "dead_letter"
    assert "no stream takes this subject" in text


async def test_a_bus_that_takes_nothing_at_all_is_waited_for(
    nats_server: BusServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OUTBOX_REFUSED_S", 0.0)
    monkeypatch.setattr("actors.writer.pump._INSISTS_S", 0.0)
    await provisioned(nats_server, without=[subjects.STREAM_FETCH, subjects.STREAM_FACTS, subjects.STREAM_EVENTS])
    path = tmp_path / "store.db"
    tries: list[int] = []

    async def counted(point: str, *place: str) -> None:
        if point == "outbox.published":
            tries.append(1)

    monkeypatch.setattr("actors.failpoints.reach", counted)
    async with writing(nats_server, path, (subjects.event("iptv", "odd"), "one", b"x")):
        await until(lambda: len(tries) > 3)
        kept = outbox(path)
        await provisioned(nats_server, without=())
        await until(lambda: not outbox(path))

    assert kept == [subjects.event("iptv", "odd")]
    assert asked(path, "SELECT count(*) FROM dead_letters") == [(0,)]
    assert await messages_in(nats_server, subjects.STREAM_EVENTS) == 1
