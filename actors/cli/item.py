"""`playbill item`: all that is known of one item, and the addresses a person needs for it."""

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from actors.cli import exits, options
from actors.cli.opening import opened
from contracts.errors import BadRequest
from contracts.messages import CatalogueItem, Links

if TYPE_CHECKING:
    from actors.settings import Settings
    from actors.store import Reader

_CHILDREN: Final = 50


class Known(Struct, frozen=True, kw_only=True):
    """One item with what belongs to it."""

    item: CatalogueItem
    links: Links
    children: list[CatalogueItem]
    next_cursor: str | None
    """Where its children go on; none: these are all."""


def item(number: int, /, *, json: options.Json = False, config: options.Config = None) -> int:
    """Show all that is known of one item, its seasons and episodes, and the addresses of its page and picture.

    Parameters
    ----------
    number:
        Its id, as `playbill items`, `search` and `home` show it.
    """
    known = asyncio.run(known_of(opened(config), number))
    if json:
        from contracts.messages import ItemAnswer

        print(msgspec.json.encode(ItemAnswer(item=known.item, links=known.links)).decode())
        return exits.COMPLETED
    from rich.console import Console

    from actors.cli.item_render import rendered, row_texts

    console = Console(highlight=False)
    if console.is_terminal:
        console.print(rendered(known))
    else:
        for row in row_texts(known):
            print(row)
    return exits.COMPLETED


async def known_of(settings: "Settings", item_id: int) -> Known:
    """Raises BadRequest when there is no such item, StoreUnavailable when there is no catalogue yet."""
    from actors.store import Reader

    async with Reader.open(settings.store.path) as reader:
        found = await reader.item(item_id)
        if found is None:
            raise BadRequest(f"there is no item {item_id} in the catalogue; `playbill search` and `items` show their ids")
        children = await reader.items(parent=item_id, limit=_CHILDREN)
        links = await links_of(settings, reader, found)
    return Known(item=found, links=links, children=children.items, next_cursor=children.next_cursor)


async def links_of(settings: "Settings", reader: "Reader", found: CatalogueItem) -> Links:
    """Built now from the settings' address and what the server said of itself; none for a source that is not set any more."""
    from actors.sources import source as source_of

    row = next((row for row in settings.sources if row.source_id == found.source_id), None)
    if row is None:
        return Links()
    servers = {status.source.source_id: status.source.server for status in await reader.sources_status()}
    server = servers.get(found.source_id, {})
    return source_of(row.kind).links(found.kind, found.remote_id, found.image, base_url=row.url, server=server)
