"""Running Playbill for the command line: all of it, one actor, or for as long as a command takes."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

from actors.cli.roles import CONVEYOR, bus_of_role, roles_of, run_role
from actors.logs import logger
from actors.runtime.config import BusConfig
from actors.settings import Settings, writer_sources
from actors.sources.lanes import lanes
from actors.supervisor import Plan, Supervisor, running_instance
from contracts.catalog import Part
from contracts.errors import BusUnavailable, PlaybillError
from contracts.messages import SyncRequest

_log: Final = logger("up")
_READY_S: Final = 30.0


def plan_of(settings: Settings, roles: Sequence[str] | None = None) -> Plan:
    """What `up` runs for these settings, or these roles only."""
    external = settings.nats.bus_config("client") if settings.nats.url else None
    return Plan(
        roles={
            role: (sys.executable, "-m", "actors.cli.process", role, "--config", str(settings.file))
            for role in roles or roles_of(settings)
        },
        bus_dir=settings.nats.directory,
        port=settings.nats.port,
        external=external,
        lanes=_lanes(settings),
        client_password=settings.nats.client_password,
        sync_interval=settings.nats.sync_interval,
    )


async def run_up(settings: Settings) -> int:
    """Run everything until SIGTERM or SIGINT; the exit code."""
    supervisor = Supervisor(plan_of(settings))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, supervisor.request_stop)
    first = asyncio.create_task(_greet(supervisor, settings))
    try:
        return await supervisor.run()
    finally:
        first.cancel()
        await asyncio.wait({first})


async def _greet(supervisor: Supervisor, settings: Settings) -> None:
    await supervisor.ready.wait()
    _log.info("playbill runs", bus=supervisor.client_config().url, store=str(settings.store.path))
    await _sync_new_sources(supervisor.client_config(), settings)


async def _sync_new_sources(config: BusConfig, settings: Settings) -> None:
    """A source that has never been synced is synced at start."""
    from actors.runtime.client import BusClient
    from actors.store import Reader

    wanted = {source.source_id for source in settings.sources if source.sync_on_start}
    try:
        async with Reader.open(settings.store.path) as reader:
            synced = {row.source.source_id for row in await reader.sources_status() if row.source.last_synced_at is not None}
        async with await BusClient.connect(config) as bus:
            for source_id in sorted(wanted - synced):
                stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
                await bus.request_sync(source_id, SyncRequest(request_id=f"start-{stamp}"))
                _log.info("a source that was never synced is synced now", source=source_id)
    except PlaybillError as error:
        _log.warning("could not ask for the first sync", reason=error.text)


async def run_actor(settings: Settings, role: str) -> int:
    """Run one actor against the configured bus, or make its streams (`provision`)."""
    if role != "provision":
        return await run_role(role, settings, bus_of_role(role, settings))
    from actors.runtime.connection import connect
    from actors.runtime.provision import provision

    connection = await connect(bus_of_role("admin", settings), purpose="provision")
    try:
        await provision(connection.client, _lanes(settings))
    finally:
        await connection.close()
    return 0


@asynccontextmanager
async def playbill_running(settings: Settings) -> AsyncIterator[BusConfig]:
    """A Playbill to talk to: the one that runs, or one started for as long as the block takes.

    Raises BadSettings or BusUnavailable when none can be started.
    """
    if settings.nats.url:
        # Somebody else's bus: its actors may run on any host.
        yield settings.nats.bus_config("client")
        return
    found = running_instance(settings.nats.directory)
    if found is not None:
        yield found
        return
    supervisor = Supervisor(plan_of(settings, CONVEYOR))
    running = asyncio.create_task(supervisor.run())
    try:
        ready = asyncio.create_task(supervisor.ready.wait())
        await asyncio.wait({ready, running}, timeout=_READY_S, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if running.done():
            running.result()
        if not supervisor.ready.is_set():
            raise BusUnavailable(f"Playbill was not ready after {_READY_S:.0f} s")
        yield supervisor.client_config()
    finally:
        supervisor.request_stop()
        await asyncio.wait({running})


def _lanes(settings: Settings) -> dict[tuple[str, Part], int]:
    """Requests at once by source and part."""
    return {
        (source.source_id, part): requests
        for source in writer_sources(settings)
        for part, requests in lanes(source.kind, source.concurrency).items()
    }
