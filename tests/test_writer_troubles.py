"""The writer on a real bus and a real file, when what it is given or what it stands on is broken."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from actors.runtime.connection import connect
from actors.runtime.process import ActorBus, actor_bus, run_until
from actors.runtime.provision import provision
from actors.store import Store
from actors.writer.actor import Writer
from actors.writer.clock import utc_now
from contracts import codec, subjects
from contracts.catalog import Part, SourceKind
from contracts.errors import StoreCorrupt
from contracts.messages import RawSlice, RequestRefused, SyncRequest
from tests.bus_server import BusServer
from tests.store_room import asked, told
from tests.writer_room import IPTV

WAIT_S = 30
BREAK = (
    "PRAGMA writable_schema = ON",
    "UPDATE sqlite_master SET sql = 'CREATE TABLE is what this is not' WHERE name = 'syncs'",
    "PRAGMA schema_version = 1000000",
)
"""What leaves a database that SQLite calls malformed."""


@pytest.fixture
async def provisioned(nats_server: BusServer) -> BusServer:
    connection = await connect(nats_server.config("admin"), purpose="test")
    await provision(connection.client, {("iptv", Part.CATALOGUE): 1})
    await connection.close()
    return nats_server


@asynccontextmanager
async def writing(server: BusServer, path: Path) -> AsyncIterator[asyncio.Future[int]]:
    """A writer that works, in this process; what it ends with."""
    stop, ready = asyncio.Event(), asyncio.Event()
    async with (
        Store.open(path, clock=utc_now) as store,
        actor_bus("writer", server.config("writer")) as bus,
    ):
        running = asyncio.ensure_future(run_until(stop, bus, Writer(store, bus, [IPTV]).run, ready=ready.set))
        try:
            await ready.wait()
            yield running
        finally:
            stop.set()
            await asyncio.wait({running})
            if not running.cancelled():
                running.exception()


@asynccontextmanager
async def outside(server: BusServer) -> AsyncIterator[ActorBus]:
    async with actor_bus("admin", server.config("admin")) as bus:
        yield bus


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.01)


async def test_what_is_no_request_is_answered_and_kept(provisioned: BusServer, tmp_path: Path) -> None:
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    path = tmp_path / "store.db"
    async with writing(provisioned, path), outside(provisioned) as bus:

        async def hear(message: object) -> None:
            heard.put_nowait(message.data)  # type: ignore[attr-defined]

        await bus.control.client.subscribe(subjects.event("iptv", "request_refused"), cb=hear)
        await bus.control.client.flush()
        for body in (b"not json", b'{"mode":"sideways"}', b'{"type":"sync_request.v9"}'):
            await bus.publisher.publish_bytes(subjects.request("iptv"), body.hex(), body)
        refusals = [codec.decode_public(await asyncio.wait_for(heard.get(), WAIT_S), RequestRefused) for _ in range(3)]
        await until(lambda: asked(path, "SELECT count(*) FROM dead_letters") == [(3,)])

    assert {refusal.code for refusal in refusals} == {"bad_request"}
    assert asked(path, "SELECT parked FROM dead_letters ORDER BY parked") == [(0,), (0,), (1,)]


async def test_a_dead_letter_that_cannot_be_read_is_kept_itself(provisioned: BusServer, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    async with writing(provisioned, path), outside(provisioned) as bus:
        await bus.publisher.publish_bytes(subjects.dead("parser"), "odd", b"\xc1 no message")
        await until(lambda: asked(path, "SELECT count(*) FROM dead_letters") == [(1,)])

    ((body, subject, reason),) = asked(path, "SELECT body, subject, reason FROM dead_letters")
    assert (body, subject) == (b"\xc1 no message", subjects.dead("parser"))
    assert reason.startswith("bad_message")


def test_a_place_that_could_not_be_stored_is_no_place() -> None:
    raw = RawSlice(
        sync_id="0123456789abcdef",
        source_id="iptv",
        source_kind=SourceKind.XTREAM,
        step="movies",
        requested_ns=5,
        attempt=1,
        slice=-1,
        digest=b"",
        body=b"[]",
    )

    assert codec.place_of(codec.encode(raw)) == codec.PlaceRead()


async def test_a_refused_publish_leaves_the_outbox_as_it_is_and_the_writer_at_work(
    provisioned: BusServer, tmp_path: Path
) -> None:
    path = tmp_path / "store.db"
    async with writing(provisioned, path) as running, outside(provisioned) as bus:
        # A stream that refuses for good: sealed, it takes nothing more.
        jetstream = bus.control.client.jetstream()
        events = (await jetstream.stream_info(subjects.STREAM_EVENTS)).config
        events.sealed = True
        await jetstream.update_stream(events)
        await bus.publisher.publish_bytes(subjects.request("iptv"), "one", codec.encode(SyncRequest(request_id="one")))
        await until(lambda: asked(path, "SELECT count(*) FROM syncs") == [(1,)])
        await bus.publisher.publish_bytes(subjects.request("other"), "two", b"")
        await until(lambda: asked(path, "SELECT count(*) FROM outbox WHERE subject LIKE '%request_refused'") == [(1,)])

        assert not running.done()


async def test_a_database_that_breaks_ends_the_writer_and_no_message_is_blamed(provisioned: BusServer, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    async with writing(provisioned, path) as running, outside(provisioned) as bus:
        await until(lambda: asked(path, "SELECT count(*) FROM sources") == [(1,)])
        # In a thread: while this one waits for the lock, the writer that has it must go on.
        await asyncio.to_thread(told, path, *BREAK)
        await bus.publisher.publish_bytes(subjects.request("iptv"), "one", codec.encode(SyncRequest(request_id="one")))

        with pytest.raises(StoreCorrupt):
            await asyncio.wait_for(asyncio.shield(running), WAIT_S)
        requests = await bus.control.client.jetstream().stream_info(subjects.STREAM_REQUESTS)
        assert requests.state.messages == 1
        dead = await bus.control.client.jetstream().stream_info(subjects.STREAM_DEAD)
        assert dead.state.messages == 0


def is_begun(other: sqlite3.Connection) -> bool:
    """Whether the one lock for writing could be had; the writer has it now and then."""
    try:
        other.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    return True


@pytest.mark.timeout(60)
async def test_a_database_that_is_locked_for_long_costs_nothing(provisioned: BusServer, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    async with writing(provisioned, path) as running, outside(provisioned) as bus:
        await until(lambda: asked(path, "SELECT count(*) FROM sources") == [(1,)])
        with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other:
            await until(lambda: is_begun(other))
            await bus.publisher.publish_bytes(subjects.request("iptv"), "one", codec.encode(SyncRequest(request_id="one")))
            # Longer than SQLite waits, the reconciler's interval and an acknowledgement's time.
            done, _ = await asyncio.wait({running}, timeout=11)
            other.execute("ROLLBACK")

        assert not done
        await until(lambda: asked(path, "SELECT request_id FROM syncs") == [("one",)])
        assert asked(path, "SELECT count(*) FROM dead_letters") == [(0,)]
