"""`playbill cancel`: one broadcast that every actor hears."""

import asyncio
import re
from typing import TYPE_CHECKING, Annotated, Final, Literal

from cyclopts import Parameter

from actors.cli import exits, options
from actors.cli.opening import bus_of_running, opened
from contracts.errors import BadRequest, BusUnavailable

if TYPE_CHECKING:
    from actors.runtime.config import BusConfig
    from actors.settings import Settings

_SYNC_ID: Final = re.compile(r"[0-9a-f]{16}")
Target = tuple[Literal["sync", "source", "all"], str]


def cancel(
    sync_or_source: str | None = None,
    /,
    *,
    sync: str | None = None,
    source: str | None = None,
    all_: Annotated[bool, Parameter(name="--all", negative=(), show_default=False)] = False,
    reason: str = "",
    config: options.Config = None,
) -> int:
    """Cancel a sync, all syncs of a source, or all.

    What was committed stays; nothing is deleted. A sync that is asked for later is not hit.

    Parameters
    ----------
    sync_or_source:
        Id of a source, or of a sync.
    sync:
        Id of one sync, as `playbill status` shows it.
    source:
        Id of a source: all its syncs.
    all_:
        Every sync of every source.
    reason:
        A few words for whoever wonders.
    """
    settings = opened(config)
    target = target_of(settings, sync_or_source, sync=sync, source=source, everything=all_)
    bus = bus_of_running(settings)
    if bus is None:
        raise BusUnavailable("no Playbill runs here, so nothing is being synced")
    asyncio.run(_say(bus, target, reason))
    what, name = target
    print({"sync": f"cancelled sync {name}", "source": f"cancelled every sync of {name}", "all": "cancelled every sync"}[what])
    return exits.COMPLETED


async def _say(bus: "BusConfig", target: Target, reason: str) -> None:
    from actors.runtime.client import BusClient

    async with await BusClient.connect(bus) as client:
        await client.cancel(target, reason)


def target_of(settings: "Settings", named: str | None, *, sync: str | None, source: str | None, everything: bool) -> Target:
    """What is meant, exactly one thing. Raises BadRequest."""
    given = [name for name in (named, sync, source, "--all" if everything else None) if name is not None]
    if len(given) != 1:
        raise BadRequest("cancel: name one of a sync, a source, or --all")
    if everything:
        return "all", ""
    known = {row.source_id for row in settings.sources}
    if named is not None:
        sync, source = (None, named) if named in known or not _SYNC_ID.fullmatch(named) else (named, None)
    if source is not None:
        return "source", settings.source(source).source_id
    if sync is None or not _SYNC_ID.fullmatch(sync):
        raise BadRequest(f"cancel: {sync!r} is no id of a sync; `playbill status` shows those that run")
    return "sync", sync
