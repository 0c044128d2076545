"""Home pages that are stale, asked for anew by `playbill home`."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from actors.cli import exits
from actors.cli.opening import bus_of_running, check_secrets
from actors.reader.staleness import refresh_request, refresh_sync_id, stale_sources, with_age
from contracts.errors import BusUnavailable, StoreUnavailable

if TYPE_CHECKING:
    from actors.settings import Settings


async def refreshed(settings: "Settings", source: str | None) -> dict[str, str]:
    """Have the Playbill that runs read what is stale; the sync that does it, by source. Raises BusUnavailable where none runs."""
    from actors.reader.home import home_syncs
    from actors.runtime.client import BusClient
    from actors.store import Reader

    if source is not None:
        settings.source(source)
    config = bus_of_running(settings)
    if config is None:
        raise BusUnavailable("no Playbill runs here to read it; start one with `playbill up`, or give --wait")
    now = datetime.now(UTC)
    found: dict[str, str] = {}
    async with await BusClient.connect(config) as client:
        for source_id in await stale(settings, source, now):
            request = refresh_request(source_id, now)
            sync_id = refresh_sync_id(source_id, request)
            async with Reader.open(settings.store.path) as reader:
                running, is_over = await home_syncs(reader, source_id, sync_id)
            if running is None and not is_over:
                await client.request_sync(source_id, request)
                running = sync_id
            if running is not None:
                found[source_id] = running
    return found


async def stale(settings: "Settings", source: str | None, now: datetime) -> list[str]:
    """The sources whose home page wants reading. Raises BadRequest for one that is not in the settings."""
    from actors.reader.home import home_read_at
    from actors.settings import home_stale_after
    from actors.store import Reader

    meant = [row.source_id for row in settings.sources] if source is None else [settings.source(source).source_id]
    ages = home_stale_after(settings)
    try:
        async with Reader.open(settings.store.path) as reader:
            sections = with_age(await reader.home(source, 1), ages, now)
            read_at = await home_read_at(reader)
    except StoreUnavailable:
        return [source_id for source_id in meant if source_id in ages]  # Nothing was ever read.
    return stale_sources(sections, meant, ages, read_at, now)


def refreshed_to_end(settings: "Settings", source: str | None, *, is_quiet: bool) -> int:
    """Read what is stale and follow it to its end; the exit code is that of the first that did not complete."""
    from actors.cli.shows import QuietShow, show_for
    from actors.cli.sync import requested, run_sync
    from contracts.catalog import Mode, Part

    check_secrets(settings)
    codes: list[int] = []
    for source_id in asyncio.run(stale(settings, source, datetime.now(UTC))):
        request = requested(settings, source_id, mode=Mode.INCREMENTAL, parts=(Part.HOME,))
        is_drawn = not is_quiet and sys.stdout.isatty()
        codes.append(asyncio.run(run_sync(settings, source_id, request, show_for(as_json=False) if is_drawn else QuietShow())))
        if codes[-1] == exits.CANCELLED:
            break
    return next((code for code in codes if code != exits.COMPLETED), exits.COMPLETED)
