"""The catalogue for everyone who only reads: it never waits for a write, and never touches the network."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar

from actors.store import children, history, home_reading, library_reading, pages, reading, search, setbacks, status, titles
from actors.store import cursor as cursors
from actors.store.answers import SourceStatus, StoredCategory, StoredDeadLetter, StoredReject, SyncHistory
from actors.store.database import Database, finished, open_for_reading
from actors.store.migration import version_of
from actors.store.records import StepRow, SyncRow
from actors.store.schema import MIGRATIONS
from contracts import limits
from contracts.catalog import ItemKind, Part
from contracts.errors import BadRequest, StoreUnavailable
from contracts.messages import CatalogueItem, FoundTitle, HomeSectionShown, ItemsAnswer, LibraryShown, Sort

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

    async def commits_lost(self) -> int | None:
        """How many commits the store lost, for as long as the sources are read again for it."""
        return await self._read(setbacks.lost_until_read)

    async def syncs(self, source_id: str | None = None, limit: int = _PAGE_ROWS) -> list[SyncRow]:
        """The last started first."""
        return await self._read(lambda database: history.page(database, source_id, _bounded(limit)))

    async def history(self, source: str | None = None, limit: int = _PAGE_ROWS, before: str | None = None) -> list[SyncHistory]:
        """Syncs with their steps, the last started first; those behind the sync of the id `before`, where one is named.

        Raises BadRequest for a `before` that is not in the history (any more).
        """
        return await self._read(lambda database: history.history(database, source, _bounded(limit), before))

    async def last_syncs(self, source_id: str) -> dict[Part, SyncRow]:
        """Of each part, the sync over it that started last, be it running."""
        return await self._read(lambda database: history.last_syncs(database, source_id))

    async def steps(self, sync_id: str) -> list[StepRow]:
        return await self._read(lambda database: status.steps(database, sync_id))

    async def home(self, source: str | None = None, limit: int = _PAGE_ROWS) -> list[HomeSectionShown]:
        """The sections of one source's home page, or of all, each with its first `limit` items; the stale ones say so."""
        return await self._read(lambda database: home_reading.home(database, source, _bounded(limit)))

    async def libraries(self, source: str | None = None) -> list[LibraryShown]:
        """By source and the server's order."""
        return await self._read(lambda database: library_reading.libraries(database, source))

    async def items(
        self,
        *,
        kind: ItemKind | None = None,
        source: str | None = None,
        library: str | int | None = None,
        category: str | int | None = None,
        parent: int | None = None,
        sort: Sort = "title",
        descending: bool = False,
        limit: int = _PAGE_ROWS,
        after: str | None = None,
    ) -> ItemsAnswer:
        """A page. Items without a year, rating or date come last in either direction. Raises BadRequest for a bad cursor.

        `library` is an id, a remote id or a title; `category` an id (as int), a remote id or a title; `parent` an id. Children
        come in their own order, whatever `sort` and `descending` say: a show's seasons, then its episodes by season and number.
        """
        begin = None if after is None or parent is not None else cursors.read(after, sort, descending=descending)
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
        if parent is None:
            return await self._read(lambda database: pages.page(database, question))
        if not _is_id(parent):
            return ItemsAnswer(items=[])
        place = None if after is None else children.read(after, parent)
        return await self._read(lambda database: pages.children_page(database, question, parent, place))

    async def item(self, item_id: int) -> CatalogueItem | None:
        """Also one that only a home section tells of. None for one that is hidden."""
        if not _is_id(item_id):
            return None
        found = await self._read(lambda database: reading.items_by_id(database, [item_id], with_stubs=True))
        return next(iter(found), None)

    async def search(
        self, folded: str, *, kind: ItemKind | None = None, source: str | None = None, limit: int = _PAGE_ROWS
    ) -> list[CatalogueItem]:
        """The best matches of every word, the last one perhaps only begun. `folded` as titles are; any text may be given."""
        return [item for item, _ in await self._matches(folded, kind, source, limit)]

    async def search_titles(
        self, folded: str, kind: ItemKind | None = None, source: str | None = None, limit: int = _PAGE_ROWS
    ) -> list[FoundTitle]:
        """What `search` finds, at most `limit` items, with those that are the same title brought together."""
        return titles.grouped(await self._matches(folded, kind, source, limit))

    async def _matches(self, folded: str, kind: ItemKind | None, source: str | None, limit: int) -> list[titles.Match]:
        words = search.words_of(folded)
        if words is None:
            return []

        async def find(database: Database) -> list[titles.Match]:
            libraries = await reading.library_ids(database, kind=kind, source=source)
            if not libraries:
                return []
            is_everywhere = kind is None and source is None
            sql, values = search.statement(words, libraries, is_everywhere=is_everywhere, limit=_bounded(limit))
            folded_titles: dict[int, str] = dict(await database.rows(sql, values))
            found = await reading.items_by_id(database, list(folded_titles))
            return [(item, folded_titles[item.id]) for item in found]

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
        self._database.allow(limits.READ_S)
        await self._database.run("BEGIN")
        try:
            return await question(self._database)
        except UnicodeEncodeError:
            raise BadRequest("a name is no text: a shell gave bytes that are not UTF-8") from None
        finally:
            await self._database.roll_back()


async def _opened(path: Path) -> Database:
    database = await open_for_reading(path)
    try:
        version = await version_of(database)
        if version < len(MIGRATIONS):
            raise StoreUnavailable(_NOT_YET if version == 0 else "the catalogue is of an older version: start Playbill once")
        await database.bound()
    except BaseException:
        await database.close()
        raise
    return database


def _bounded(limit: int) -> int:
    return max(1, min(limit, limits.QUERY_ROWS_MAX))


def _is_id(number: int) -> bool:
    """SQLite's integers have 64 bits."""
    return limits.INTEGER_MIN <= number <= limits.INTEGER_MAX
