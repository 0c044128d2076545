"""The catalogue's file, opened by its one writer."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from actors.store import listing_indexes
from actors.store.database import Database, finished, open_for_writing
from actors.store.lock import writer_lock
from actors.store.migration import migrate, version_of
from actors.store.session import Memory, Session, save_ids
from actors.store.transaction import Transaction
from contracts.errors import PlaybillError, StoreCorrupt, StoreUnavailable

Durability = Literal["full", "normal"]
"""`full`: a commit survives a power cut. `normal`: it survives the death of the process, but not always a power cut."""

_HEADER: Final = b"SQLite format 3\0"


class Store:
    """One transaction at a time. A failed commit is unknown: the file is opened anew, and the caller does it again."""

    def __init__(self, path: Path, clock: Callable[[], datetime], durability: Durability) -> None:
        self._path, self._clock, self._durability = path, clock, durability
        self._turn = asyncio.Lock()
        self._memory = Memory()
        self._database: Database | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, *, clock: Callable[[], datetime], durability: Durability = "full") -> AsyncIterator["Store"]:
        """Make the file or bring it to this version's schema, and hold it until the end.

        Raises StoreUnavailable when another writer has it or the disk refuses, and StoreCorrupt when it is damaged, no database,
        of another program or of a newer version; it stays as it is then.
        """
        store = cls(path, clock, durability)
        with writer_lock(path):
            try:
                await finished(store._begin())
                yield store
            finally:
                await finished(store._close())

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction that is committed when the block ends, and undone when it raises or is cancelled.

        Raises StoreUnavailable when the commit failed: nobody knows whether it took place.
        """
        async with self._turn:
            try:
                session = await finished(self._start())
                yield Transaction(session)
            except BaseException:
                await finished(self._undo())
                raise
            await finished(self._commit(session))

    async def _begin(self) -> None:
        _check_header(self._path)
        self._database = await self._opened()
        await migrate(self._database)
        if await self._database.value("SELECT 1 FROM syncs WHERE status IN ('pending', 'syncing') LIMIT 1") is None:
            session = await self._start()
            await listing_indexes.make_when_due(session)
            await self._commit(session)

    async def _opened(self) -> Database:
        database = await open_for_writing(self._path, durability=self._durability)
        try:
            await version_of(database)
            if await database.value("PRAGMA journal_mode = WAL") != "wal":
                raise StoreUnavailable("the database cannot use a write-ahead log here: is its folder on a network drive")
        except BaseException:
            await database.close()
            raise
        return database

    async def _start(self) -> Session:
        if self._database is None:
            self._database = await self._opened()
        await self._database.run("BEGIN IMMEDIATE")
        return Session(database=self._database, memory=self._memory, now=self._clock())

    async def _commit(self, session: Session) -> None:
        try:
            await save_ids(session)
        except BaseException:
            await self._undo()
            raise
        try:
            await session.database.run("COMMIT")
        except (PlaybillError, sqlite3.Error) as error:
            await self._close()
            reason = error.text if isinstance(error, PlaybillError) else "a rule of the schema was broken"
            raise StoreUnavailable(f"it is unknown whether the last commit took place: {reason}") from error
        self._memory.trim()

    async def _undo(self) -> None:
        """Leave nothing of it in the file or in memory. What cannot be rolled back is closed, which undoes it too."""
        self._memory = Memory()
        if self._database is None:
            return
        try:
            await self._database.roll_back()
        except (PlaybillError, sqlite3.Error):
            await self._close()

    async def _close(self) -> None:
        """Close the connection; the next transaction opens another."""
        self._memory = Memory()
        database, self._database = self._database, None
        if database is not None:
            await database.close()


def _check_header(path: Path) -> None:
    """Before SQLite touches the file. An empty one is allowed: a crash in its first moment leaves it."""
    try:
        with path.open("rb") as file:
            header = file.read(len(_HEADER))
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreUnavailable(f"the database cannot be read: {error.strerror}") from error
    if header and header != _HEADER:
        raise StoreCorrupt("the file is no database: name another one, or move it away")
