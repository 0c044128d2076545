"""What each role's process is made of."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from actors import failpoints
from actors.child import say_ready, say_well
from actors.logs import logger
from actors.runtime.config import BusConfig
from actors.runtime.process import ActorBus, actor_bus, run_until
from actors.settings import Settings, at_bus
from actors.version import own_version
from contracts import subjects
from contracts.errors import BadSettings
from contracts.messages import FetchPage, FetchSeries, Message, RawSeries, RawSlice

ROLES: Final = ("scheduler", "push", "fetcher", "parser", "writer", "progress", "reader")
"""Every role there is, in the order of the flow."""
CONVEYOR: Final = ("fetcher", "parser", "writer", "progress")
"""What one sync needs; a Playbill that is started for one command has no more."""
_HEAR_NO_CANCELS: Final = ("scheduler", "push", "reader")
"""They have no work that could be cancelled."""

Work = Callable[[], Awaitable[None]]


def roles_of(settings: Settings) -> tuple[str, ...]:
    """Those that `up` runs for these settings."""
    from actors.settings import has_push, has_schedules

    has_work = {"scheduler": has_schedules(settings), "push": has_push(settings)}
    return tuple(role for role in ROLES if has_work.get(role, True))


async def run_role(role: str, settings: Settings, config: BusConfig) -> int:
    """Run one actor until SIGTERM or SIGINT; the exit code. Raises BadSettings for a role that does not exist."""
    parts = {
        "scheduler": _scheduler,
        "push": _push,
        "fetcher": _fetcher,
        "parser": _parser,
        "writer": _writer,
        "progress": _progress,
        "reader": _reader,
    }
    if role not in parts:
        raise BadSettings(f"role: {role!r} is none of {', '.join(ROLES)}")
    if failpoints.arm(os.environ):
        logger("failpoints").warning("faults are ordered", orders=os.environ[failpoints.VARIABLE])
    settings = at_bus(settings, config.url)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with actor_bus(role, config, hears_cancels=role not in _HEAR_NO_CANCELS) as bus, parts[role](bus, settings) as work:
        # Not before: with nothing in hand there is nothing to finish, and a bus that does not answer would hold it up.
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        return await run_until(stop, bus, work, ready=say_ready, pulse=say_well)


@asynccontextmanager
async def _scheduler(bus: ActorBus, settings: Settings) -> AsyncIterator[Work]:
    from actors.scheduler.actor import Scheduler
    from actors.settings import schedules

    yield Scheduler(bus, schedules(settings), clock=lambda: datetime.now(UTC)).run


@asynccontextmanager
async def _push(bus: ActorBus, settings: Settings) -> AsyncIterator[Work]:
    from actors.push.actor import Push
    from actors.settings import push_sources

    yield Push(bus, push_sources(settings), clock=lambda: datetime.now(UTC)).run


@asynccontextmanager
async def _fetcher(bus: ActorBus, settings: Settings) -> AsyncIterator[Work]:
    from actors.fetcher.actor import Fetcher
    from actors.runtime.serving import Server
    from actors.runtime.stray import unsilenced
    from actors.settings import fetcher_sources, writer_sources
    from actors.sources.lanes import lanes

    sources = {source.source_id: lanes(source.kind, source.concurrency) for source in writer_sources(settings)}

    async def pause(command: FetchPage | FetchSeries, delay_s: float) -> None:
        until = (datetime.now(UTC) + timedelta(seconds=delay_s)).isoformat().replace("+00:00", "Z")
        for part in sources[command.source_id]:
            await bus.pause_lane(command.source_id, part, until)

    async with Fetcher(fetcher_sources(settings), clock=lambda: datetime.now(UTC)) as fetcher:
        servers: list[Server[FetchPage | FetchSeries]] = []
        for source_id, part, requests in ((source_id, *lane) for source_id, of in sources.items() for lane in of.items()):
            puller = await bus.puller(subjects.STREAM_FETCH, subjects.consumer_fetch(source_id, part), in_hand_max=requests)
            for _ in range(requests):
                server: Server[FetchPage | FetchSeries] = Server(
                    bus.role,
                    FetchPage | FetchSeries,
                    fetcher.handle,
                    puller=puller,
                    publisher=bus.publisher,
                    cancels=bus.cancels,
                    say=bus.say,
                    before_retry=pause,
                )
                bus.on_cancel(server.heed_cancels)
                servers.append(server)

        async def work() -> None:
            async with asyncio.TaskGroup() as group:
                for server in servers:
                    group.create_task(unsilenced(server.run()))
                await asyncio.Event().wait()

        yield work


@asynccontextmanager
async def _parser(bus: ActorBus, settings: Settings) -> AsyncIterator[Work]:
    from actors.parser import parse, parse_series
    from actors.runtime.serving import Server

    async def handle(raw: RawSlice | RawSeries, deliveries: int) -> AsyncGenerator[Message, None]:
        yield parse_series(raw) if isinstance(raw, RawSeries) else parse(raw)

    puller = await bus.puller(subjects.STREAM_PARSE, subjects.CONSUMER_PARSER, in_hand_max=4)
    wanted = RawSlice | RawSeries
    server = Server(bus.role, wanted, handle, puller=puller, publisher=bus.publisher, cancels=bus.cancels, say=bus.say)
    bus.on_cancel(server.heed_cancels)
    yield server.run


@asynccontextmanager
async def _writer(bus: ActorBus, settings: Settings) -> AsyncIterator[Work]:
    from actors.settings import writer_sources
    from actors.store import Store
    from actors.writer.actor import Writer
    from actors.writer.clock import utc_now

    durability = settings.store.durability
    # A writer that waits for its disk is alive, and says what for.
    on_wait = partial(bus.waits.note, "store")
    async with Store.open(settings.store.path, clock=utc_now, durability=durability, waits=True, on_wait=on_wait) as store:
        yield Writer(store, bus, writer_sources(settings)).run


@asynccontextmanager
async def _progress(bus: ActorBus, settings: Settings) -> AsyncIterator[Work]:
    from actors.progress.actor import Aggregator

    yield Aggregator(bus).run


@asynccontextmanager
async def _reader(bus: ActorBus, settings: Settings) -> AsyncIterator[Work]:
    from actors.reader.service import query_service
    from actors.settings import home_stale_after

    async def work() -> None:
        await asyncio.Event().wait()  # Questions come by themselves.

    bases = {source.source_id: (source.kind, source.url) for source in settings.sources}
    async with query_service(bus, settings.store.path, bases, own_version() or "0.0.0", home_stale_after(settings)):
        yield work


def bus_of_role(role: str, settings: Settings) -> BusConfig:
    """The bus as a role's process reaches it: the embedded one's entry for it, or the configured one."""
    from actors.embedded import EmbeddedBus

    bus_dir = os.environ.get("PLAYBILL_BUS_DIR")
    if bus_dir is not None:
        from pathlib import Path

        embedded = EmbeddedBus.read(Path(bus_dir), os.environ.get("PLAYBILL_BUS_USER", role))
        if embedded is None:
            raise BadSettings(f"nats.dir: no embedded bus runs in {bus_dir}")
        return embedded
    return settings.nats.bus_config(role)
