"""`playbill status`: how everything stands, also when nothing runs."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from actors.cli import exits, options
from actors.cli.opening import bus_of_running, opened
from contracts.errors import PlaybillError, StoreUnavailable

if TYPE_CHECKING:
    from actors.cli.report import BusReport, Due, Report, StoreReport
    from actors.settings import Settings
    from actors.store import SourceStatus
    from contracts.messages import SyncProgress

_BUS_S: Final = 2.0
"""What a bus that does not answer may take of a status."""


def status(*, json: options.Json = False, config: options.Config = None) -> int:
    """Show the sources, their last syncs, what is in the catalogue, and what runs. Works with everything off.

    The exit code is 4 when there is a catalogue and it cannot be read.
    """
    settings = opened(config)
    report, is_readable = asyncio.run(reported(settings))
    if json:
        print(msgspec.json.encode(report).decode())
    else:
        from rich.console import Console

        from actors.cli.report_render import rendered

        Console(highlight=False, soft_wrap=False).print(rendered(report, datetime.now(UTC)))
    return exits.COMPLETED if is_readable else exits.FAILED


async def reported(settings: "Settings") -> "tuple[Report, bool]":
    """The report, and whether the catalogue is readable or not there yet."""
    from actors.cli.report import Report, source_reports

    (store, stored, is_readable), (bus, last) = await asyncio.gather(_store(settings.store.path), _bus(settings))
    now = datetime.now(UTC)
    sources = source_reports(settings, stored, _due(settings, stored, last, now), now)
    running = [progress for progress in last if not progress.status.is_final]
    return Report(store=store, bus=bus, sources=sources, running=running), is_readable


def _due(settings: "Settings", stored: "list[SourceStatus]", kept: "list[SyncProgress]", now: datetime) -> "Due":
    from actors.settings import has_schedules, schedules

    if not has_schedules(settings):
        return {}
    from actors.cli.due import due

    return due(schedules(settings), kept, {status.source.source_id: status.last_syncs for status in stored}, now)


async def _store(path: Path) -> "tuple[StoreReport, list[SourceStatus], bool]":
    from actors.cli.report import StoreReport
    from actors.store import Reader

    try:
        async with Reader.open(path) as reader:
            stored, lost = await reader.sources_status(), await reader.commits_lost()
    except PlaybillError as error:
        return StoreReport(path=str(path), problem=error.text), [], isinstance(error, StoreUnavailable)
    notice = None if lost is None else f"it lost {lost:,} commits, and every source is read again in full"
    return StoreReport(path=str(path), size_bytes=size_of(path), notice=notice), stored, True


def size_of(path: Path) -> int:
    """The database with what has not been copied into it yet."""
    files = (path, path.with_name(f"{path.name}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


async def _bus(settings: "Settings") -> "tuple[BusReport, list[SyncProgress]]":
    from actors.cli.report import BusReport

    url = settings.nats.url or f"nats://127.0.0.1:{settings.nats.port}"
    try:
        config = bus_of_running(settings)
        if config is None:
            return BusReport(url=url, reachable=False, problem="not running"), []
        from actors.runtime.client import BusClient

        async with asyncio.timeout(_BUS_S):
            async with await BusClient.connect(config) as client:
                last = await client.last_progress()
    except PlaybillError as error:
        return BusReport(url=url, reachable=False, problem=error.text), []
    except TimeoutError:
        return BusReport(url=url, reachable=False, problem=f"no answer within {_BUS_S:.0f} s"), []
    return BusReport(url=config.url, reachable=True), last
