"""`playbill history`: the syncs that ran, with what became of them, also when nothing runs."""

import asyncio
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from actors.cli import exits, options
from actors.cli.opening import opened
from contracts import limits
from contracts.errors import BadRequest

if TYPE_CHECKING:
    from actors.settings import Settings
    from actors.store import SyncHistory

_SYNC_ID: Final = re.compile(r"[0-9a-f]{16}")


def history(
    source_or_sync: str | None = None, /, *, limit: options.Limit = 20, json: options.Json = False, config: options.Config = None
) -> int:
    """Show the syncs of a source, or of all, the last first; or one sync with its steps. Works with everything off.

    Parameters
    ----------
    source_or_sync:
        Id of a source, or of one sync, whose steps are shown then. Default: all sources.
    limit:
        At most so many syncs.
    """
    settings = opened(config)
    sync_id = sync_meant(settings, source_or_sync)
    if sync_id is not None:
        show_one(asyncio.run(_one(settings, sync_id)), as_json=json)
        return exits.COMPLETED
    show_all(asyncio.run(_all(settings, source_or_sync, limit)), source_or_sync, as_json=json)
    return exits.COMPLETED


def sync_meant(settings: "Settings", named: str | None) -> str | None:
    """The id of a sync, where no source has that name."""
    is_source = any(row.source_id == named for row in settings.sources)
    return named if named is not None and not is_source and _SYNC_ID.fullmatch(named) else None


async def _all(settings: "Settings", source_id: str | None, limit: int) -> "list[SyncHistory]":
    """Raises BadRequest for a source that is neither in the catalogue nor in the settings."""
    from actors.store import Reader

    async with Reader.open(settings.store.path) as reader:
        runs = await reader.history(source_id, limit)
    if source_id is not None and not runs:
        settings.source(source_id)
    return runs


async def _one(settings: "Settings", sync_id: str) -> "SyncHistory":
    from actors.store import Reader

    async with Reader.open(settings.store.path) as reader:
        source_id = next((step.source_id for step in await reader.steps(sync_id)), None)
        before: str | None = None
        while page := await reader.history(source_id, limits.QUERY_ROWS_MAX, before):
            found = next((run for run in page if run.sync.sync_id == sync_id), None)
            if found is not None:
                return found
            before = page[-1].sync.sync_id
    raise BadRequest(f"there is no sync {sync_id}; `playbill history` lists them")


def show_all(runs: "list[SyncHistory]", source_id: str | None, *, as_json: bool) -> None:
    """A document a line, a table on a terminal, tabs between columns in a pipe."""
    from actors.cli.told import told_of

    lines = [told_of(run) for run in runs]
    if as_json:
        for line in lines:
            print(msgspec.json.encode(msgspec.structs.replace(line, steps=None)).decode())
        return
    from rich.console import Console

    from actors.cli.history_render import row_text, table

    console = Console(highlight=False)
    if console.is_terminal or not lines:
        console.print(table(lines, datetime.now(UTC), source_id))
        return
    for line in lines:
        print(row_text(line))


def show_one(run: "SyncHistory", *, as_json: bool) -> None:
    """The sync and its steps."""
    from actors.cli.told import told_of

    line = told_of(run)
    if as_json:
        print(msgspec.json.encode(line).decode())
        return
    from rich.console import Console

    from actors.cli.history_render import steps_table

    Console(highlight=False).print(steps_table(line, datetime.now(UTC)))
