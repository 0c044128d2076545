"""`playbill items` and `playbill search`: what is in the catalogue."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from actors.cli import exits, options
from actors.cli.opening import opened
from contracts import limits
from contracts.catalog import ItemKind

if TYPE_CHECKING:
    from actors.store import CatalogueItem, Sort

Kind = Literal["movie", "show", "season", "episode", "channel", "artist", "album", "track"]
Limit = Annotated[int, Parameter(validator=Number(gte=1))]
_LIMIT: Final = 50


def items(
    *,
    kind: Kind | None = None,
    source: str | None = None,
    category: str | None = None,
    library: str | None = None,
    sort: Literal["title", "added", "rating", "year"] = "title",
    descending: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    limit: Limit = _LIMIT,
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
    sort:
        What has no year, rating or date comes last.
    descending:
        The largest or latest first.
    limit:
        At most so many.
    after:
        Go on where a list ended, with what it said there.
    """
    chosen = _Filter(kind=_kind(kind), source=source, category=category, library=library, sort=sort, descending=descending)
    found, cursor = asyncio.run(_listed(opened(config).store.path, limit, after, chosen))
    show(found, as_json=json)
    if cursor is not None:
        print(f"there is more: --after {cursor}", file=sys.stderr)
    return exits.COMPLETED


def search(
    text: str,
    /,
    *,
    kind: Kind | None = None,
    source: str | None = None,
    limit: Limit = 20,
    json: options.Json = False,
    config: options.Config = None,
) -> int:
    """Search the titles of the catalogue. Case, accents and punctuation do not matter; the last word may be its beginning.

    Parameters
    ----------
    text:
        Words of a title.
    kind:
        Only this kind.
    source:
        Only this source.
    limit:
        At most so many; the best first.
    """
    found = asyncio.run(found_by(opened(config).store.path, text, kind=_kind(kind), source=source, limit=limit))
    show(found, as_json=json)
    return exits.COMPLETED


def _kind(named: Kind | None) -> ItemKind | None:
    return ItemKind(named) if named is not None else None


async def found_by(
    path: Path, text: str, *, kind: ItemKind | None = None, source: str | None = None, limit: int = _LIMIT
) -> "list[CatalogueItem]":
    """What a search finds. Raises StoreUnavailable when there is no catalogue yet."""
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
    sort: "Sort"
    descending: bool


async def _listed(path: Path, limit: int, after: str | None, chosen: _Filter) -> "tuple[list[CatalogueItem], str | None]":
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
                sort=chosen.sort,
                descending=chosen.descending,
                limit=min(limit - len(found), limits.QUERY_ROWS_MAX),
                after=after,
            )
            found += page.items
            after = page.next_cursor
            if after is None or len(found) >= limit:
                return found, after


def show(found: "Sequence[CatalogueItem]", *, as_json: bool) -> None:
    """One document a line, a table on a terminal, tabs between columns in a pipe."""
    if as_json:
        for item in found:
            print(msgspec.json.encode(item).decode())
        return
    from rich.console import Console

    from actors.cli.items_render import row_text, table

    console = Console(highlight=False)
    if console.is_terminal:
        console.print(table(found, console.width) if found else "nothing in the catalogue is like that")
        return
    for item in found:
        print(row_text(item))
