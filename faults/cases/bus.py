"""Group C: the bus is full, frozen, cut off or too small, and its client library has traps."""

import asyncio
import time
from typing import Any, Final

import msgspec
import nats
from nats.js.api import StreamConfig

from actors.demo.catalogue import MOVIES
from actors.failpoints import Point
from faults.case import Case
from faults.checker import all_is_well, check_catalogue, listed, settled, stored
from faults.processes import Up, until
from faults.proxy import CLEAN, Toxic
from faults.rig import Rig, spread, up
from faults.trial import Trial, expect
from faults.watching import watched
from faults.world import catalogue, provider

_SMALL_PAYLOAD: Final = 65_536
_ENTRIES: Final = 40_000
_FIRST_ROWS: Final = "SELECT 1 FROM items LIMIT 1"
_NOTICED_S: Final = 8.0
"""Two pings of two seconds each go unanswered, and then some on a loaded machine."""


async def c1(trial: Trial) -> None:
    """Rows, rejects and entries that become as large as they can; then a bus that takes less than ours."""
    heavy: list[Any] = [{"num": n, "stream_id": n, "name": f"Film {n}", "plot": "\U0001f3ac" * 30_000} for n in range(12)]
    unreadable: list[Any] = [{}] * _ENTRIES
    with provider() as server:
        server.catalogue = catalogue(300).with_listing(MOVIES, heavy + unreadable)
        async with spread(trial, {"iptv": server}) as rig, watched(rig):
            trial.inject("entries that fill a message")
            trial.inject("entries that cannot be read")
            ended = await rig.sync()
            step = next(step for step in ended.steps if step.step == "movies")
            expect(ended.status == "completed", f"it is {ended.status}: {ended.errors}")
            expect(step.counts.rejected == _ENTRIES, f"{step.counts.rejected} of {_ENTRIES} are rejected")
            expect(set(stored(rig, "iptv", "movies")) == set(listed(server, MOVIES)), "not every film is there")
            expect(not rig.processes.deaths, f"a process died: {rig.processes.deaths}")
    await _refuses_a_small_bus(trial)


async def _refuses_a_small_bus(trial: Trial) -> None:
    trial.directory = trial.directory / "small"
    trial.directory.mkdir()
    async with spread(trial, roles=()) as rig:
        conf = trial.directory / "nats.conf"
        conf.write_text(conf.read_text().replace("max_payload: 1MB", f"max_payload: {_SMALL_PAYLOAD}"))
        rig.kill("nats-server")
        await rig.is_up("nats-server")
        await until(lambda: _listens(rig), "the bus is back")
        code, said = await rig.playbill("check")
        trial.inject("bus with a small max_payload")
        expect("max_payload" in said, f"`playbill check` says with code {code}: {said[-400:]}")


def _listens(rig: Rig) -> bool:
    return "Server is ready" in (rig.directory / "nats-server.log").read_text().rpartition("Starting nats-server")[2]


async def c2(trial: Trial) -> None:
    """The writer is away and its stream is small: who fills it waits."""
    with provider(20_000) as server:
        async with spread(trial, {"iptv": server}) as rig, watched(rig, memory_mb_max=64):
            for stream in ("PLAYBILL_PARSE", "PLAYBILL_WRITE"):
                await _bounded(rig, stream, 2 * 1_048_576)
            sync_id = await rig.ask()
            await until(lambda: _planned(rig, sync_id), "the sync is planned")
            rig.kept.down.add("writer")
            rig.kill("writer")
            await until(lambda: _is_full(rig), "the download waits for the writer", 30)
            trial.inject("stream full")
            rig.kept.down.discard("writer")
            ended = await rig.ended(sync_id)
            expect(ended.status == "completed", f"it is {ended.status}")
            await all_is_well(rig, sync_id)


async def _bounded(rig: Rig, stream: str, size_bytes: int) -> None:
    client = await nats.connect(rig.admin.url, user=rig.admin.user, password=rig.admin.password)
    config: StreamConfig = (await client.jetstream().stream_info(stream)).config
    config.max_bytes = size_bytes
    await client.jetstream().update_stream(config)
    await client.close()


def _planned(rig: Rig, sync_id: str) -> bool:
    return bool(rig.rows("SELECT 1 FROM steps WHERE sync_id = ? AND step = 'movies' AND status = 'running'", sync_id))


def _is_full(rig: Rig) -> bool:
    """The provider stands still in the middle of a listing, since nobody takes its bytes."""
    waiting = [record for record in rig.servers["iptv"].served if record.action == MOVIES and record.ended_s is None]
    if not waiting or not waiting[0].body_bytes:
        return False
    time.sleep(1.0)  # The provider has a thread of its own.
    return any(record.ended_s is None and record.body_bytes == waiting[0].body_bytes for record in rig.servers["iptv"].served)


async def c5(trial: Trial) -> None:
    """CancelledError and bugs out of handlers: nobody stops working, nothing is acknowledged that was not done."""
    orders = {
        "fetcher": f"{Point.FETCHER_PUBLISHING}=cancel@2; {Point.FETCHER_ANSWERED}=cancel@3; {Point.FETCHER_RECEIVED}=cancel@4",
        "parser": f"{Point.PARSER_PUBLISHING}=cancel@2; {Point.PARSER_RECEIVED}=cancel@3; {Point.PARSER_PUBLISHED}=bug@4",
        "writer": f"{Point.WRITER_BEGUN}=cancel@2; {Point.WRITER_COMMITTING}=cancel@3; {Point.WRITER_COMMITTED}=bug@4",
        "progress": f"{Point.PROGRESS_RECEIVED}=cancel@3",
    }
    with provider() as server:
        async with spread(trial, {"iptv": server}, orders=orders) as rig, watched(rig):
            ended = await rig.sync()
            expect(ended.status == "completed", f"it is {ended.status}: {ended.errors}")
            await all_is_well(rig, ended.sync_id)
            ordered = [Point(order.partition("=")[0]) for text in orders.values() for order in text.split("; ")]
            struck = [point for point in ordered if rig.hits(point)]
            for point in struck:
                trial.inject(f"stray cancellation or bug at {point}", rig.hits(point))
            expect(len(struck) == 10, f"only these struck: {struck}")
            died = {death.role for death in rig.processes.deaths}
            expect(died <= {"progress"}, f"these died of it: {died}")


async def c6(trial: Trial) -> None:
    """Somebody subscribes to everything and does not read: he is cut off, and nobody else waits for him."""
    with provider() as server:
        async with spread(trial, {"iptv": server}) as rig, watched(rig) as heard:
            reader, writer = await _deaf(rig)
            trial.inject("subscriber that does not read")
            ended = await rig.sync()
            for edition in range(5):
                server.catalogue = catalogue(edition=f" edition {edition}")
                ended = await rig.sync()
                expect(ended.status == "completed", f"it is {ended.status}")
            await all_is_well(rig, ended.sync_id)
            expect(heard.count > 0, "nobody heard any progress")
            writer.transport.abort()
            del reader


async def _deaf(rig: Rig) -> tuple[Any, Any]:
    host, _, port = rig.admin.url.removeprefix("nats://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1_024)
    options = {"user": rig.admin.user, "pass": rig.admin.password, "verbose": False}
    writer.write(b"CONNECT " + msgspec.json.encode(options) + b"\r\nSUB > 1\r\n")
    await writer.drain()
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    return reader, writer


async def c7(trial: Trial) -> None:
    """SIGTERM in the middle of everything, twice, then it is started again."""
    with provider(6_000) as server:
        async with up(trial, {"iptv": server}) as rig:
            sync_id = await rig.ask()
            await until(lambda: rig.rows(_FIRST_ROWS), "the first rows are there")
            code = await _stopped(rig)
            trial.inject("asked to stop in the middle of a sync")
            expect(code == 0, f"it ended with {code}")
            expect(_still_runs(rig, sync_id), "the sync had ended before it was stopped: the case shows nothing")
        async with up(trial, {"iptv": server}) as rig:
            ended = await rig.ended(sync_id)
            expect(ended.status == "completed", f"it is {ended.status}")
            await all_is_well(rig, sync_id)


def _still_runs(rig: Rig, sync_id: str) -> bool:
    return bool(rig.rows("SELECT 1 FROM syncs WHERE sync_id = ? AND status IN ('pending', 'syncing')", sync_id))


async def _stopped(rig: Rig) -> int | None:
    assert isinstance(rig.processes, Up)
    return await rig.processes.program.stop(15.0)


async def c8(trial: Trial) -> None:
    """The bus freezes, and then the way to it swallows everything: both are noticed, and both pass."""
    with provider() as server:
        async with spread(trial, {"iptv": server}) as rig, watched(rig):
            sync_id = await rig.ask()
            pid = rig.freeze("nats-server")
            await until(lambda: _said(rig, "disconnected") >= 2, "the actors notice that the bus is frozen", 2 * _NOTICED_S)
            rig.thaw(pid)
            first = await rig.ended(sync_id)
            server.catalogue = catalogue(edition=" anew")
            sync_id = await rig.ask()
            before = _said(rig, "disconnected")
            for role in ("fetcher", "parser", "writer"):
                rig.proxies[role].set(Toxic(blackhole=True))
                trial.inject("connection swallows everything")
            await until(lambda: _said(rig, "disconnected") > before + 2, "the actors notice the hole", 2 * _NOTICED_S)
            for role in ("fetcher", "parser", "writer"):
                rig.proxies[role].set(CLEAN)
            second = await rig.ended(sync_id)
            expect((first.status, second.status) == ("completed", "completed"), f"they are {first.status}, {second.status}")
            await all_is_well(rig, second.sync_id)


def _said(rig: Rig, word: str) -> int:
    return rig.logs().count(word)


async def c9(trial: Trial) -> None:
    """Connections to the bus are slow, break every 3 kB, and turn bits; when that is over, all is right."""
    breaking = Toxic(reset_after_bytes=3_000, ways=("down",))
    toxics = (Toxic(latency_s=0.02), breaking, Toxic(corrupt_share=0.02), Toxic(bytes_per_s=60_000))
    with provider(600) as server:
        async with spread(trial, {"iptv": server}) as rig:
            for number, toxic in enumerate(toxics):
                server.catalogue = catalogue(600, edition=f" edition {number}")
                await rig.ask()
                for role in ("fetcher", "parser", "writer", "progress"):
                    rig.proxies[role].set(toxic)
                    trial.inject(_named(toxic))
                await _some_seconds(rig, trial)
                for role in ("fetcher", "parser", "writer", "progress"):
                    rig.proxies[role].set(CLEAN)
                    rig.proxies[role].reset_all()
                await settled(rig, 90)
            ended = await rig.sync(mode="full")
            expect(ended.status == "completed", f"it is {ended.status}: {ended.errors}")
            await settled(rig)
            check_catalogue(rig)


def _named(toxic: Toxic) -> str:
    if toxic.latency_s:
        return "slow connection to the bus"
    if toxic.reset_after_bytes is not None:
        return "connection to the bus reset every 3 kB"
    return "bits turned on the way to the bus" if toxic.corrupt_share else "thin connection to the bus"


async def _some_seconds(rig: Rig, trial: Trial) -> None:
    """As long as the connections live: until each was made anew a few times, or a quarter of a minute."""
    before = sum(proxy.connections_total for proxy in rig.proxies.values())
    for _ in range(30):
        await asyncio.sleep(0.1)
        if sum(proxy.connections_total for proxy in rig.proxies.values()) > before + 40:
            break
    trial.note(f"{sum(proxy.connections_total for proxy in rig.proxies.values()) - before} new connections")


CASES: Final = (
    Case(
        case_id="C1",
        fault="what follows from a slice is larger than a message; a bus takes less than our messages",
        invariants="I2 I10",
        seen="every entry stored or rejected; `playbill check` says to raise max_payload",
        run=c1,
        starred=True,
    ),
    Case(
        case_id="C2",
        fault="a stream is full: its reader is away",
        invariants="I2",
        seen="the download stands still, and goes on when the writer is back",
        run=c2,
    ),
    Case(
        case_id="C5",
        fault="CancelledError and bugs come out of handlers",
        invariants="I2 I4 I10",
        seen="one line in the log each",
        run=c5,
        starred=True,
        short=True,
    ),
    Case(
        case_id="C6",
        fault="a subscriber does not read what he asked for",
        invariants="I6 I8",
        seen="he is cut off; everybody else hears on",
        run=c6,
    ),
    Case(
        case_id="C7",
        fault="asked to stop in the middle of a sync",
        invariants="I2 I4 I10",
        seen="it ends within 15 s with code 0, and finishes the sync when it is started again",
        run=c7,
    ),
    Case(
        case_id="C8",
        fault="the bus is frozen; the way to it swallows everything",
        invariants="I2 I10",
        seen="`disconnected`, then `reconnected` in the log",
        run=c8,
    ),
    Case(
        case_id="C9",
        fault="connections to the bus are slow, thin, break every 3 kB, and turn bits",
        invariants="I2 I10",
        seen="slower, and right afterwards",
        run=c9,
        timeout_s=300,
    ),
)
