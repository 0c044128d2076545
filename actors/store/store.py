"""The catalogue's file, opened by its one writer."""

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, TypeVar

from actors.logs import logger
from actors.store import listing_indexes, setbacks
from actors.store.database import Database, finished, open_for_writing
from actors.store.inspection import inspect
from actors.store.lock import take_lock
from actors.store.mark import Mark, MarkDamaged, MarkFile, is_as_left, mark_path, read_mark
from actors.store.migration import migrate, version_of
from actors.store.outage import Outage
from actors.store.session import Memory, Session, save_ids
from actors.store.transaction import Transaction
from contracts import limits
from contracts.errors import PlaybillError, StoreCorrupt, StoreInUse, StoreUnavailable

Durability = Literal["full", "normal"]
"""`full`: a commit survives a power cut. `normal`: it survives the death of the process, but not always a power cut."""
T = TypeVar("T")

_log: Final = logger("store")
_LOCK_LOOK_S: Final = 0.05


def _unheard() -> None:
    """Nobody asked to be told."""


class Store:
    """One transaction at a time. A failed commit is unknown: the file is opened anew, and the caller does it again."""

    def __init__(self, path: Path, clock: Callable[[], datetime], durability: Durability) -> None:
        self._path, self._clock, self._durability = path, clock, durability
        self._turn = asyncio.Lock()
        self._memory = Memory()
        self._database: Database | None = None
        self._changes_before = 0
        self._commits = 0
        """Number of the last one."""
        self._is_sound = False
        """No damage was met so far."""
        self._mark = MarkFile(path)
        self._outage = Outage()
        self._on_wait = _unheard

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        path: Path,
        *,
        clock: Callable[[], datetime],
        durability: Durability = "full",
        waits: bool = False,
        on_wait: Callable[[], None] = _unheard,
    ) -> AsyncIterator["Store"]:
        """Make the file or bring it to this version's schema, and hold it until the end.

        Raises StoreInUse when another writer has it, StoreUnavailable when the disk refuses, and StoreCorrupt when it is damaged,
        no database, of another program or of a newer version; it stays as it is then. Who `waits` is spared StoreUnavailable,
        however long the disk is full, and has patience with another writer that ends; `on_wait` is called each time it waits.
        """
        store = cls(path, clock, durability)
        store._on_wait = on_wait
        lock = await store._locked(waits=waits)
        try:
            await store._patiently(lambda: finished(store._begin()), waits=waits)
            yield store
        finally:
            await finished(store._end())
            os.close(lock)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction that is committed when the block ends, and undone when it raises or is cancelled.

        Raises StoreUnavailable when the commit failed: nobody knows whether it took place.
        """
        async with self._turn:
            has_begun = False
            try:
                session = await finished(self._start())
                has_begun = True
                yield Transaction(session)
            except BaseException as error:
                await finished(self._undo())
                self._note(error, of_rows=has_begun)
                raise
            await finished(self._commit(session))

    async def _locked(self, *, waits: bool) -> int:
        deadline_s = time.monotonic() + (limits.STORE_LOCK_S if waits else 0.0)
        is_told = False
        while True:
            try:
                return await self._patiently(self._take_lock, waits=waits)
            except StoreInUse as error:
                if time.monotonic() >= deadline_s:
                    raise StoreInUse(f"{error.text}; stop it, or set another store.path") from error
                if not is_told:
                    _log.info("waits for the writer before it to end", reason=error.text, at_most_s=limits.STORE_LOCK_S)
                is_told = True
                self._on_wait()
                await asyncio.sleep(_LOCK_LOOK_S)

    async def _take_lock(self) -> int:
        return take_lock(self._path)

    async def _patiently(self, act: Callable[[], Awaitable[T]], *, waits: bool) -> T:
        while True:
            try:
                return await act()
            except StoreUnavailable as error:
                if not waits:
                    raise
                self._outage.met(error, of_rows=True)
                self._on_wait()
                await asyncio.sleep(limits.STORE_RETRY_S)

    async def _begin(self) -> None:
        """May be done again after StoreUnavailable, which leaves nothing open."""
        try:
            mark = self._read_mark()
            await inspect(self._path, thoroughly=not is_as_left(self._path, mark))
            self._database = await self._opened()
            await migrate(self._database)
            await self._compare(mark)
            await self._make_indexes()
        except BaseException:
            self._is_sound = False
            await self._close()
            raise
        self._outage.passed(with_rows=True)

    def _read_mark(self) -> Mark | None:
        try:
            return read_mark(self._path)
        except MarkDamaged:
            _log.warning("the mark beside the database is damaged and is made anew", file=str(mark_path(self._path)))
            return None

    async def _compare(self, mark: Mark | None) -> None:
        """The database against its mark: what is missing is said, and will be read again."""
        session = await self._start()
        found = await setbacks.compare(session, mark)
        self._commits = await setbacks.commits(session)
        await self._commit(session)
        # Not sooner: what the old mark knew is in the database now, and is not lost with it.
        self._mark.begin(found.identity, self._commits)
        self._is_sound = True
        self._tell(found)

    def _tell(self, found: setbacks.Start) -> None:
        if found.is_another:
            _log.info("another database is here than the last time; its mark is made anew", file=str(self._path))
        elif found.lost and not found.is_fresh:
            _log.error(f"the store went back by {found.lost} commits; every source is read again in full", file=str(self._path))
        elif found.lost:
            _log.warning(
                f"the database is gone that had {found.lost} commits; it is made anew, and every source is read again in full",
                file=str(self._path),
                mark=str(mark_path(self._path)),
            )

    async def _make_indexes(self) -> None:
        assert self._database is not None
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
        self._changes_before = self._database.total_changes
        return Session(database=self._database, memory=self._memory, now=self._clock())

    async def _commit(self, session: Session) -> None:
        has_rows = session.database.total_changes != self._changes_before
        try:
            number = await setbacks.count_commit(session) if has_rows else None
            await save_ids(session)
        except BaseException as error:
            await self._undo()
            self._note(error, of_rows=True)
            raise
        try:
            await session.database.run("COMMIT")
        except (PlaybillError, sqlite3.Error) as error:
            await self._close()
            self._is_sound = self._is_sound and not isinstance(error, StoreCorrupt)
            reason = error.text if isinstance(error, PlaybillError) else "a rule of the schema was broken"
            unknown = StoreUnavailable(f"it is unknown whether the last commit took place: {reason}")
            self._note(unknown, of_rows=True)
            raise unknown from error
        self._memory.trim()
        if number is not None:
            self._commits = number
            self._mark.advance(number)
        self._outage.passed(with_rows=has_rows)

    def _note(self, error: BaseException, *, of_rows: bool) -> None:
        if isinstance(error, StoreUnavailable):
            self._outage.met(error, of_rows=of_rows)
        elif isinstance(error, StoreCorrupt):
            self._is_sound = False

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

    async def _end(self) -> None:
        """The file is clean when it was closed well, and its mark says so."""
        await self._close()
        self._mark.leave(self._commits if self._is_sound else None)
