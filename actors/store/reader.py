"""The catalogue for everyone who only reads: it never waits for a write, and never touches the network."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar

from actors.store import cursor as cursors
from actors.store import pages, reading, search, status
from actors.store.answers import CatalogueItem, Page, Sort, SourceStatus, StoredCategory, StoredDeadLetter, StoredReject
from actors.store.database import Database, finished, open_for_reading
from actors.store.migration import version_of
from actors.store.records import StepRow, SyncRow
from actors.store.schema import MIGRATIONS
from contracts import limits
from contracts.catalog import ItemKind
from contracts.errors import StoreUnavailable

T = TypeVar("T")

_PAGE_ROWS: Final = 50
_NOT_YET: Final = "no catalogue yet: start Playbill, or sync a source"


class Reader:
    """Each answer is of one moment. Limits are held between 1 and `limits.QUERY_ROWS_MAX`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator["Reader"]:
        """Raises StoreUnavailable when there is no catalogue yet, and StoreCorrupt for a file that is not one."""
        if not await asyncio.to_thread(path.exists):
            raise StoreUnavailable(_NOT_YET)
        database = await finished(_opened(path))
        try:
            yield cls(database)
        finally:
            await finished(database.close())

    async def sources_status(self) -> list[SourceStatus]:
        return await self._read(status.sources)

    async def syncs(self, source_id: str | None = None, limit: int = _PAGE_ROWS) -> list[SyncRow]:
        """The last started first."""
        return await self._read(lambda database: status.syncs(database, source_id, _bounded(limit)))

    async def steps(self, sync_id: str) -> list[StepRow]:
        return await self._read(lambda database: status.steps(database, sync_id))

    async def items(
        self,
        *,
        kind: ItemKind | None = None,
        source: str | None = None,
        library: str | int | None = None,
        category: str | int | None = None,
        sort: Sort = "title",
        descending: bool = False,
        limit: int = _PAGE_ROWS,
        after: str | None = None,
    ) -> Page:
        """A page. Items without a year, rating or date come last in either direction. Raises BadRequest for a bad cursor.

        `library` is an id, a remote id or a title; `category` an id (as int), a remote id or a title.
        """
        begin = None if after is None else cursors.read(after, sort, descending=descending)
        question = pages.Question(
            kind=kind,
            source=source,
            library=library,
            category=category,
            sort=sort,
            descending=descending,
            limit=_bounded(limit),
            after=begin,
        )
        return await self._read(lambda database: pages.page(database, question))

    async def item(self, item_id: int) -> CatalogueItem | None:
        """None as well for one that is hidden."""
        if not limits.INTEGER_MIN <= item_id <= limits.INTEGER_MAX:
            return None
        return next(iter(await self._read(lambda database: reading.items_by_id(database, [item_id]))), None)

    async def search(
        self, folded: str, *, kind: ItemKind | None = None, source: str | None = None, limit: int = _PAGE_ROWS
    ) -> list[CatalogueItem]:
        """The best matches of every word, the last one perhaps only begun. `folded` as titles are; any text may be given."""
        words = search.words_of(folded)
        if words is None:
            return []

        async def find(database: Database) -> list[CatalogueItem]:
            libraries = await reading.library_ids(database, kind=kind, source=source)
            if not libraries:
                return []
            is_everywhere = kind is None and source is None
            sql, values = search.statement(words, libraries, is_everywhere=is_everywhere, limit=_bounded(limit))
            return await reading.items_by_id(database, [row[0] for row in await database.rows(sql, values)])

        return await self._read(find)

    async def categories(self, source_id: str | None = None, kind: ItemKind | None = None) -> list[StoredCategory]:
        """Those that their source has listed, in its order."""
        return await self._read(lambda database: status.categories(database, source_id, kind))

    async def rejects(
        self, *, sync_id: str | None = None, source_id: str | None = None, limit: int = _PAGE_ROWS
    ) -> list[StoredReject]:
        return await self._read(lambda database: status.rejects(database, sync_id, source_id, _bounded(limit)))

    async def dead_letters(self, limit: int = _PAGE_ROWS) -> list[StoredDeadLetter]:
        """The last first, without their bodies."""
        return await self._read(lambda database: status.dead_letters(database, _bounded(limit)))

    async def dead_letter(self, dead_letter_id: int) -> StoredDeadLetter | None:
        return await self._read(lambda database: status.dead_letter(database, dead_letter_id))

    async def _read(self, question: Callable[[Database], Awaitable[T]]) -> T:
        async with self._turn:
            return await finished(self._of_one_moment(question))

    async def _of_one_moment(self, question: Callable[[Database], Awaitable[T]]) -> T:
        await self._database.run("BEGIN")
        try:
            return await question(self._database)
        finally:
            await self._database.roll_back()


async def _opened(path: Path) -> Database:
    database = await open_for_reading(path)
    try:
        version = await version_of(database)
        if version < len(MIGRATIONS):
            raise StoreUnavailable(_NOT_YET if version == 0 else "the catalogue is of an older version: start Playbill once")
    except BaseException:
        await database.close()
        raise
    return database


def _bounded(limit: int) -> int:
    return max(1, min(limit, limits.QUERY_ROWS_MAX))
