"""`playbill home`: the home pages as they were when they were last read, with every server off; and read anew where wished."""

import asyncio
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from cyclopts import Parameter

from actors.cli import exits, options
from actors.cli.opening import opened

if TYPE_CHECKING:
    from actors.settings import Settings
    from contracts.messages import HomeSectionShown

_LIMIT: Final = 20
_Switch = Annotated[bool, Parameter(negative=(), show_default=False)]


def home(
    source: str | None = None,
    /,
    *,
    limit: options.Limit = _LIMIT,
    refresh: _Switch = False,
    wait: _Switch = False,
    json: options.Json = False,
    config: options.Config = None,
) -> int:
    """Show the home page of a source, or of all: its sections in their order, as they were last read. Works with everything off.

    Parameters
    ----------
    source:
        Id of a source. Default: all.
    limit:
        At most so many items of each section.
    refresh:
        Have a Playbill that runs read the pages that are stale, and show at once what there is.
    wait:
        Have the pages that are stale read, wait for it, and show the new ones. Starts a Playbill where none runs. The exit
        code is that of the sync.
    """
    settings = opened(config)
    if not (refresh or wait):
        show(asyncio.run(sections_of(settings, source, limit)), source, as_json=json)
        return exits.COMPLETED
    from actors.cli.refreshing import refreshed, refreshed_to_end

    if not wait:
        refreshing = asyncio.run(refreshed(settings, source))
        sections = asyncio.run(sections_of(settings, source, limit))
        show(sections, source, as_json=json, refreshing=refreshing)
        return exits.COMPLETED
    code = refreshed_to_end(settings, source, is_quiet=json)
    show(asyncio.run(sections_of(settings, source, limit)), source, as_json=json)
    return code


async def sections_of(settings: "Settings", source: str | None, limit: int) -> "list[HomeSectionShown]":
    """Sections by source and place, stale by their age too.

    Raises BadRequest for a source that is neither in the catalogue nor in the settings.
    """
    from actors.reader.staleness import with_age
    from actors.settings import home_stale_after
    from actors.store import Reader

    async with Reader.open(settings.store.path) as reader:
        found = await reader.home(source, limit)
    if source is not None and not found:
        settings.source(source)
    return with_age(found, home_stale_after(settings), datetime.now(UTC))


def show(
    sections: "list[HomeSectionShown]",
    source: str | None = None,
    *,
    as_json: bool = False,
    refreshing: Mapping[str, str] | None = None,
) -> None:
    """One document, a table per section on a terminal, tabs between columns in a pipe. `refreshing`: sync by source."""
    if as_json:
        from contracts.messages import HomeAnswer

        print(msgspec.json.encode(HomeAnswer(sections=sections, refreshing=dict(refreshing or {}))).decode())
        return
    from rich.console import Console

    from actors.cli.home_render import page, row_texts

    console = Console(highlight=False)
    if console.is_terminal or not sections:
        console.print(page(sections, datetime.now(UTC), source))
    else:
        for row in row_texts(sections):
            print(row)
    for source_id, sync_id in (refreshing or {}).items():
        print(f"{source_id} is being read anew: sync {sync_id}; see it with `playbill watch {source_id}`", file=sys.stderr)
