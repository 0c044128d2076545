"""Each question about the catalogue, and where its answer comes from."""

import time
from collections.abc import Mapping
from typing import Final

from actors.reader.catalogue import Catalogue
from actors.reader.home import HomePages
from actors.reader.shown import source_shown, sync_shown
from actors.sources import source
from actors.sources.folding import fold
from actors.store.records import StepRow
from contracts.catalog import SourceKind
from contracts.messages import (
    Answer,
    CatalogueItem,
    HomeQuery,
    ItemAnswer,
    ItemQuery,
    ItemsAnswer,
    ItemsQuery,
    LibrariesAnswer,
    LibrariesQuery,
    Links,
    SearchAnswer,
    SearchQuery,
    SourcesAnswer,
    SourcesQuery,
    SyncsAnswer,
    SyncsQuery,
)

Asked = HomeQuery | LibrariesQuery | ItemsQuery | ItemQuery | SearchQuery | SourcesQuery | SyncsQuery
Server = Mapping[str, str | int | bool | None]
"""What a source said of itself at its account check."""
_SERVERS_FRESH_S: Final = 60.0
"""It changes with an upgrade of the server, if at all."""


class Questions:
    """Answers from the catalogue. Raises what `Catalogue.ask` raises."""

    def __init__(self, catalogue: Catalogue, home: HomePages, bases: Mapping[str, tuple[SourceKind, str]]) -> None:
        self._catalogue, self._home, self._bases = catalogue, home, bases
        self._servers: Mapping[str, Server] = {}
        self._servers_until_s = 0.0

    async def answer(self, asked: Asked) -> Answer:
        match asked:
            case HomeQuery():
                return await self._home.answer(asked)
            case LibrariesQuery():
                return LibrariesAnswer(libraries=await self._catalogue.ask(lambda reader: reader.libraries(asked.source)))
            case ItemsQuery():
                return await self._items(asked)
            case ItemQuery():
                return await self._item(asked.id)
            case SearchQuery():
                return await self._search(asked)
            case SourcesQuery():
                statuses = await self._catalogue.ask(lambda reader: reader.sources_status())
                return SourcesAnswer(sources=[source_shown(status) for status in statuses])
            case SyncsQuery():
                return await self._syncs(asked)

    async def _items(self, asked: ItemsQuery) -> ItemsAnswer:
        return await self._catalogue.ask(
            lambda reader: reader.items(
                kind=asked.kind,
                source=asked.source,
                library=asked.library,
                category=asked.category,
                parent=asked.parent,
                sort=asked.sort,
                descending=asked.descending,
                limit=asked.limit,
                after=asked.after,
            )
        )

    async def _search(self, asked: SearchQuery) -> SearchAnswer:
        found = await self._catalogue.ask(
            lambda reader: reader.search_titles(fold(asked.text), kind=asked.kind, source=asked.source, limit=asked.limit)
        )
        return SearchAnswer(titles=found)

    async def _syncs(self, asked: SyncsQuery) -> SyncsAnswer:
        rows = await self._catalogue.ask(lambda reader: reader.syncs(asked.source, asked.limit))
        # One after another, so that a long list holds up nobody else's question.
        return SyncsAnswer(syncs=[sync_shown(row, await self._steps(row.sync_id)) for row in rows])

    async def _steps(self, sync_id: str) -> list[StepRow]:
        return await self._catalogue.ask(lambda reader: reader.steps(sync_id))

    async def _item(self, item_id: int) -> ItemAnswer:
        item = await self._catalogue.ask(lambda reader: reader.item(item_id))
        return ItemAnswer(item=item, links=await self._links(item) if item is not None else Links())

    async def _links(self, item: CatalogueItem) -> Links:
        base = self._bases.get(item.source_id)
        if base is None:
            return Links()  # Of a source that is no longer configured.
        kind, base_url = base
        server = await self._server(item.source_id)
        return source(kind).links(item.kind, item.remote_id, item.image, base_url=base_url, server=server)

    async def _server(self, source_id: str) -> Server:
        if not self._servers.get(source_id) or time.monotonic() > self._servers_until_s:
            statuses = await self._catalogue.ask(lambda reader: reader.sources_status())
            self._servers = {status.source.source_id: status.source.server for status in statuses}
            self._servers_until_s = time.monotonic() + _SERVERS_FRESH_S
        return self._servers.get(source_id, {})
