"""`playbill watch`: live bars of everything that runs, the last state at once."""

import asyncio
from typing import TYPE_CHECKING

from actors.cli import exits, options
from actors.cli.opening import bus_of_running, opened
from contracts.errors import BusUnavailable
from contracts.messages import SyncProgress

if TYPE_CHECKING:
    from actors.cli.shows import Show
    from actors.runtime.config import BusConfig


def watch(source: str | None = None, /, *, json: options.Json = False, config: options.Config = None) -> int:
    """Show live what runs, the last state at once, until Ctrl-C.

    Parameters
    ----------
    source:
        Id of a source. Default: all.
    """
    settings = opened(config)
    if source is not None:
        settings.source(source)
    bus = bus_of_running(settings)
    if bus is None:
        raise BusUnavailable("no Playbill runs here; start one with `playbill up`")
    from actors.cli.shows import show_for

    return asyncio.run(watched(bus, source, show_for(as_json=json, is_lasting=True)))


async def watched(bus: "BusConfig", source_id: str | None, show: "Show") -> int:
    """Show every state until the first interrupt. Raises BusUnavailable when the bus is gone for good."""
    from actors.cli.interrupts import Interrupts, unless
    from actors.runtime.client import BusClient

    async def follow() -> None:
        async with await BusClient.connect(bus) as client:
            async for said in client.follow(source_id):
                if isinstance(said, SyncProgress):
                    show.progress(said)
                else:
                    show.note(f"{said.source_id}: refused: {said.text}")
        raise BusUnavailable("the connection to the bus is gone")

    with Interrupts() as interrupts, show:
        await unless(interrupts.first, follow())
    return exits.COMPLETED
