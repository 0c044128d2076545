"""`playbill items`: what is in the catalogue, in any order, page by page."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter

from actors.cli import exits, options
from actors.cli.opening import opened
from contracts import limits
from contracts.catalog import ItemKind
from contracts.errors import BadRequest
from contracts.messages import CatalogueItem, ItemsAnswer, Sort

_LIMIT: Final = 50


def items(
    *,
    kind: options.Kind | None = None,
    source: str | None = None,
    category: str | None = None,
    library: str | None = None,
    parent: int | None = None,
    sort: Sort = "title",
    descending: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    limit: options.Limit = _LIMIT,
    after: str | None = None,
    json: options.Json = False,
    config: options.Config = None,
) -> int:
    """List what is in the catalogue, also when every source is off.

    Parameters
    ----------
    kind:
        Only this kind.
    source:
        Only this source.
    category:
        Only this category: its title, or the source's own id of it.
    library:
        Only this library: its title, or the source's own id of it.
    parent:
        Only the children of this item, such as the seasons and episodes of a show, in their own order.
    sort:
        What has no year, rating or date comes last.
    descending:
        The largest or latest first.
    limit:
        At most so many.
    after:
        Go on where a list ended, with what it said there.
    """
    if parent is not None and (descending or sort != "title"):
        raise BadRequest("--parent: children come in their own order; leave out --sort and --descending")
    chosen = _Filter(
        kind=kind_of(kind), source=source, category=category, library=library, parent=parent, sort=sort, descending=descending
    )
    found = asyncio.run(_listed(opened(config).store.path, limit, after, chosen))
    if json:
        print(msgspec.json.encode(found).decode())
        return exits.COMPLETED
    show(found.items)
    if found.next_cursor is not None:
        print(f"there is more: --after {found.next_cursor}", file=sys.stderr)
    return exits.COMPLETED


def kind_of(named: options.Kind | None) -> ItemKind | None:
    return ItemKind(named) if named is not None else None


async def found_by(
    path: Path, text: str, *, kind: ItemKind | None = None, source: str | None = None, limit: int = _LIMIT
) -> list[CatalogueItem]:
    """What a search finds, item by item. Raises StoreUnavailable when there is no catalogue yet."""
    from actors.sources.folding import fold
    from actors.store import Reader

    async with Reader.open(path) as reader:
        return await reader.search(fold(text), kind=kind, source=source, limit=limit)


class _Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What of the catalogue, and in which order."""

    kind: ItemKind | None
    source: str | None
    category: str | None
    library: str | None
    parent: int | None
    sort: Sort
    descending: bool


async def _listed(path: Path, limit: int, after: str | None, chosen: _Filter) -> ItemsAnswer:
    """Up to `limit` items, page by page, and where to go on."""
    from actors.store import Reader

    found: list[CatalogueItem] = []
    async with Reader.open(path) as reader:
        while True:
            page = await reader.items(
                kind=chosen.kind,
                source=chosen.source,
                library=chosen.library,
                category=chosen.category,
                parent=chosen.parent,
                sort=chosen.sort,
                descending=chosen.descending,
                limit=min(limit - len(found), limits.QUERY_ROWS_MAX),
                after=after,
            )
            found += page.items
            after = page.next_cursor
            if after is None or len(found) >= limit:
                return ItemsAnswer(items=found, next_cursor=after)


def show(found: Sequence[CatalogueItem]) -> None:
    """A table on a terminal, tabs between columns in a pipe."""
    from rich.console import Console

    from actors.cli.items_render import row_text, table

    console = Console(highlight=False)
    if console.is_terminal:
        console.print(table(found, console.width) if found else "nothing in the catalogue is like that")
        return
    for item in found:
        print(row_text(item))
