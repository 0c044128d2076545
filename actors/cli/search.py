"""`playbill search`: titles by their words over all sources at once, and where each can be played."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from actors.cli import exits, options
from actors.cli.items import kind_of
from actors.cli.opening import opened

if TYPE_CHECKING:
    from contracts.catalog import ItemKind
    from contracts.messages import FoundTitle


def search(
    text: str,
    /,
    *,
    kind: options.Kind | None = None,
    source: str | None = None,
    limit: options.Limit = 20,
    json: options.Json = False,
    config: options.Config = None,
) -> int:
    """Search the titles of all sources at once, and show where each can be played.

    Case, accents and punctuation do not matter; the last word may be its beginning.

    Parameters
    ----------
    text:
        Words of a title.
    kind:
        Only this kind.
    source:
        Only this source.
    limit:
        At most so many items; the best first, and those that are the same title together.
    """
    found = asyncio.run(titles_found(opened(config).store.path, text, kind=kind_of(kind), source=source, limit=limit))
    show(found, as_json=json)
    return exits.COMPLETED


async def titles_found(
    path: Path, text: str, *, kind: "ItemKind | None" = None, source: str | None = None, limit: int
) -> "list[FoundTitle]":
    """What a search finds. Raises StoreUnavailable when there is no catalogue yet."""
    from actors.sources.folding import fold
    from actors.store import Reader

    async with Reader.open(path) as reader:
        return await reader.search_titles(fold(text), kind, source, limit)


def show(found: "list[FoundTitle]", *, as_json: bool) -> None:
    """One document, a table on a terminal, a line per place in a pipe."""
    if as_json:
        from contracts.messages import SearchAnswer

        print(msgspec.json.encode(SearchAnswer(titles=found)).decode())
        return
    from rich.console import Console

    from actors.cli.items_render import row_text
    from actors.cli.search_render import table

    console = Console(highlight=False)
    if console.is_terminal:
        console.print(table(found) if found else "nothing in the catalogue is called so")
        return
    for place in (place for title in found for place in title.places):
        print(row_text(place.item))
