"""The door to SQLite: one connection in a thread of its own, and its failures in our words."""

import asyncio
import sqlite3
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import aiosqlite

from contracts.errors import PlaybillError, StoreCorrupt, StoreUnavailable

Row = tuple[Any, ...]
Values = Sequence[Any]
T = TypeVar("T")

_BUSY_TIMEOUT_S: Final = 5.0
_STATEMENTS_KEPT: Final = 256
CACHE_KIB: Final = -3_072
"""Of the writer; negative is KiB. Three times as much is no faster since the large indexes are made afterwards."""
_READER_CACHE_KIB: Final = -8_192
"""A home page of 750 items out of 500,000 takes 5.6 ms then, against 7.7 ms with SQLite's 2 MiB."""
_WRITER_PRAGMAS: Final = (
    "foreign_keys = ON",
    f"cache_size = {CACHE_KIB}",
    "wal_autocheckpoint = 10000",
    "journal_size_limit = 67108864",
    # Debian's SQLite overwrites what it deletes with zeros; there is no secret in here to hide.
    "secure_delete = OFF",
)
_CORRUPT: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_UNAVAILABLE: Final = {
    sqlite3.SQLITE_BUSY: "the database is locked by another process",
    sqlite3.SQLITE_LOCKED: "the database is locked by another process",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the database or its folder is read-only",
    sqlite3.SQLITE_IOERR: "the disk failed to read or write",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened: is its folder there, and may it be written to",
    sqlite3.SQLITE_PERM: "access to the database was denied",
    sqlite3.SQLITE_NOMEM: "there is no memory left for the database",
    sqlite3.SQLITE_INTERRUPT: "the database was interrupted",
    sqlite3.SQLITE_PROTOCOL: "the database's lock cannot be had",
}


class Database:
    """One open connection. Statements run in the order they are asked for, each to its end, whoever is cancelled meanwhile."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    async def rows(self, sql: str, values: Values = ()) -> list[Row]:
        try:
            return cast("list[Row]", await self._connection.execute_fetchall(sql, values))
        except sqlite3.Error as error:
            raise translated(error) from error

    async def row(self, sql: str, values: Values = ()) -> Row | None:
        return next(iter(await self.rows(sql, values)), None)

    async def value(self, sql: str, values: Values = ()) -> Any:
        """The first column of the first row; none when there is no row."""
        row = await self.row(sql, values)
        return row[0] if row else None

    async def run(self, sql: str, values: Values = ()) -> None:
        await self.rows(sql, values)

    async def many(self, sql: str, rows: Iterable[Values]) -> None:
        """One statement for each row."""
        try:
            await self._connection.executemany(sql, rows)
        except sqlite3.Error as error:
            raise translated(error) from error

    async def roll_back(self) -> None:
        """End a transaction without effect. SQLite has ended it by itself after some failures."""
        if self.in_transaction:
            await self.run("ROLLBACK")

    async def close(self) -> None:
        """Close, whatever state it is in: a connection that stays open keeps the process from ending."""
        with suppress(sqlite3.Error):
            await self._connection.close()


async def open_for_writing(path: Path, *, durability: str) -> Database:
    return await _open(path, "rwc", (*_WRITER_PRAGMAS, f"synchronous = {durability}"))


async def open_for_reading(path: Path) -> Database:
    return await _open(path, "ro", ("query_only = ON", f"cache_size = {_READER_CACHE_KIB}"))


async def _open(path: Path, mode: str, pragmas: Sequence[str]) -> Database:
    uri = f"{_absolute(path).as_uri()}?mode={mode}"
    connecting = aiosqlite.connect(
        uri, uri=True, isolation_level=None, timeout=_BUSY_TIMEOUT_S, cached_statements=_STATEMENTS_KEPT
    )
    try:
        connection = await connecting
    except sqlite3.Error as error:
        # Its thread still has a word for our loop, and must not say it to one that is closed.
        await asyncio.to_thread(connecting._thread.join)
        raise translated(error) from error
    database = Database(connection)
    try:
        for pragma in pragmas:
            await database.run(f"PRAGMA {pragma}")
    except BaseException:
        await database.close()
        raise
    return database


def _absolute(path: Path) -> Path:
    return path.absolute()


async def finished(work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives. A caller that is cancelled meanwhile waits for its end all the same, and is cancelled then."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # Read, so that asyncio does not report it as lost.
        raise


def translated(error: sqlite3.Error) -> PlaybillError | sqlite3.Error:
    """The failure by what to do about it; a bug of ours stays what it is."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _CORRUPT:
        return StoreCorrupt("the database is damaged or is no database: restore a backup, or move it away and sync again")
    if code in _UNAVAILABLE:
        return StoreUnavailable(_UNAVAILABLE[code])
    return error
