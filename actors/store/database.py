"""The door to SQLite: one connection in a thread of its own, and its failures in our words."""

import asyncio
import shlex
import sqlite3
import time
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import aiosqlite

from contracts import limits
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
_STEPS_BETWEEN_LOOKS: Final = 100_000
"""Of SQLite's own machine, a millisecond or two, after which a question looks at the time."""
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
    sqlite3.SQLITE_INTERRUPT: f"the question took longer than {limits.READ_S:.0f} s",
    sqlite3.SQLITE_PROTOCOL: "the database's lock cannot be had",
}


class Database:
    """One open connection. Statements run in the order they are asked for, each to its end, whoever is cancelled meanwhile."""

    def __init__(self, connection: aiosqlite.Connection, named: Path | None = None) -> None:
        self._connection = connection
        self._named = named
        """The file, where errors may say where it is: who asks over the bus is not told."""
        self._deadline_s = float("inf")

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    @property
    def total_changes(self) -> int:
        """Rows that this connection has changed since it was opened."""
        return self._connection.total_changes

    async def rows(self, sql: str, values: Values = ()) -> list[Row]:
        try:
            return cast("list[Row]", await self._connection.execute_fetchall(sql, values))
        except sqlite3.Error as error:
            raise translated(error, self._named) from error

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
            raise translated(error, self._named) from error

    async def roll_back(self) -> None:
        """End a transaction without effect. SQLite has ended it by itself after some failures."""
        if self.in_transaction:
            await self.run("ROLLBACK")

    async def bound(self) -> None:
        """Interrupt every statement that runs when the time of `allow` is over."""
        await self._connection.set_progress_handler(self._is_over, _STEPS_BETWEEN_LOOKS)

    def allow(self, seconds: float) -> None:
        """From now on."""
        self._deadline_s = time.monotonic() + seconds

    def _is_over(self) -> bool:
        return time.monotonic() > self._deadline_s

    async def close(self) -> None:
        """Close, whatever state it is in: a connection that stays open keeps the process from ending."""
        with suppress(sqlite3.Error):
            await self._connection.close()


async def open_for_writing(path: Path, *, durability: str) -> Database:
    return await _open(path, "rwc", (*_WRITER_PRAGMAS, f"synchronous = {durability}"), named=path)


async def open_for_reading(path: Path, *, is_named: bool = False) -> Database:
    """`is_named`: errors may say where the file is."""
    pragmas = ("query_only = ON", f"cache_size = {_READER_CACHE_KIB}")
    return await _open(path, "ro", pragmas, named=path if is_named else None)


async def _open(path: Path, mode: str, pragmas: Sequence[str], named: Path | None = None) -> Database:
    uri = f"{_absolute(path).as_uri()}?mode={mode}"
    connecting = aiosqlite.connect(
        uri, uri=True, isolation_level=None, timeout=_BUSY_TIMEOUT_S, cached_statements=_STATEMENTS_KEPT
    )
    # A process that ends by an exception does not close it, and would wait for its thread for ever.
    connecting._thread.daemon = True
    try:
        connection = await connecting
    except sqlite3.Error as error:
        # Its thread still has a word for our loop, and must not say it to one that is closed.
        await asyncio.to_thread(connecting._thread.join)
        raise translated(error, named) from error
    database = Database(connection, named)
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


def translated(error: sqlite3.Error, named: Path | None = None) -> PlaybillError | sqlite3.Error:
    """The failure by what to do about it; a bug of ours stays what it is. `named`: the file, where it may be named."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _CORRUPT:
        return StoreCorrupt(damaged(named))
    if code in _UNAVAILABLE:
        return StoreUnavailable(_UNAVAILABLE[code] if named is None else f"{_UNAVAILABLE[code]}: {named.parent}")
    return error


def damaged(path: Path | None = None) -> str:
    """What to say of a database that is damaged."""
    return f"the database is damaged{_ways_out(path)}"


def no_database(path: Path) -> str:
    """What to say of a file that is something else."""
    return f"{path} is no database{_ways_out(path)}"


def _ways_out(path: Path | None) -> str:
    """There are two; as commands where the file may be named."""
    if path is None:
        return ": `playbill restore BACKUP` brings a backup back, or move it away and sync again"
    folder = path.absolute().parent
    files, aside = shlex.quote(str(folder / path.name)), shlex.quote(str(folder / "damaged"))
    return (
        ", and stays as it is: `playbill restore BACKUP` brings a backup back, or"
        f" `mkdir -p {aside} && mv {files}* {aside}/` moves it away, and a sync reads everything anew"
    )
