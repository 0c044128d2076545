"""`playbill home`: the home pages as they were when they were last read, with every server off."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from actors.cli import exits, options
from actors.cli.opening import opened

if TYPE_CHECKING:
    from actors.settings import Settings
    from contracts.messages import HomeSectionShown

_LIMIT: Final = 20


def home(
    source: str | None = None, /, *, limit: options.Limit = _LIMIT, json: options.Json = False, config: options.Config = None
) -> int:
    """Show the home page of a source, or of all: its sections in their order, as they were last read. Works with everything off.

    Parameters
    ----------
    source:
        Id of a source. Default: all.
    limit:
        At most so many items of each section.
    """
    sections = asyncio.run(sections_of(opened(config), source, limit))
    show(sections, source, as_json=json)
    return exits.COMPLETED


async def sections_of(settings: "Settings", source: str | None, limit: int) -> "list[HomeSectionShown]":
    """Sections by source and place. Raises BadRequest for a source that is neither in the catalogue nor in the settings."""
    from actors.store import Reader

    async with Reader.open(settings.store.path) as reader:
        found = await reader.home(source, limit)
    if source is not None and not found:
        settings.source(source)
    return found


def show(sections: "list[HomeSectionShown]", source: str | None = None, *, as_json: bool = False) -> None:
    """One document, a table per section on a terminal, tabs between columns in a pipe."""
    if as_json:
        from contracts.messages import HomeAnswer

        print(msgspec.json.encode(HomeAnswer(sections=sections)).decode())
        return
    from rich.console import Console

    from actors.cli.home_render import page, row_texts

    console = Console(highlight=False)
    if console.is_terminal or not sections:
        console.print(page(sections, datetime.now(UTC), source))
        return
    for row in row_texts(sections):
        print(row)
