"""`playbill libraries`: the libraries of the servers, and how much of each is in the catalogue."""

import asyncio
from typing import TYPE_CHECKING

import msgspec

from actors.cli import exits, options
from actors.cli.opening import opened

if TYPE_CHECKING:
    from actors.settings import Settings
    from contracts.messages import LibraryShown


def libraries(source: str | None = None, /, *, json: options.Json = False, config: options.Config = None) -> int:
    """List the libraries of a source, or of all, with how much of each is in the catalogue. Works with everything off.

    Parameters
    ----------
    source:
        Id of a source. Default: all.
    """
    found = asyncio.run(_found(opened(config), source))
    if json:
        from contracts.messages import LibrariesAnswer

        print(msgspec.json.encode(LibrariesAnswer(libraries=found)).decode())
        return exits.COMPLETED
    from rich.console import Console

    from actors.cli.libraries_render import row_text, table

    console = Console(highlight=False)
    if console.is_terminal:
        console.print(table(found) if found else "no library yet; a sync finds them")
    else:
        for library in found:
            print(row_text(library))
    return exits.COMPLETED


async def _found(settings: "Settings", source: str | None) -> "list[LibraryShown]":
    """In the servers' own order. Raises BadRequest for a source that is neither in the catalogue nor in the settings."""
    from actors.store import Reader

    async with Reader.open(settings.store.path) as reader:
        found = await reader.libraries(source)
    if source is not None and not found:
        settings.source(source)
    return found
