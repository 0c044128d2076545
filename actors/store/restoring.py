"""A backup put in the place of the catalogue: at every moment the old one is there whole, or the new one is."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from actors.store.copying import copy, remove, sync_file
from actors.store.database import open_for_writing, translated
from actors.store.inspection import check_header
from actors.store.lock import writer_lock
from actors.store.migration import migrate
from actors.store.setbacks import rename
from actors.store.verifying import Contents, verify
from contracts.errors import BadRequest, StoreCorrupt, StoreInUse, StoreUnavailable

_LOG_FILES: Final = ("-wal", "-shm")
_READERS_S: Final = 5.0
"""What a reader in the middle of an answer is waited for."""


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What is in place now, and where that is which was there before."""

    file: str
    rows: int
    version: int
    """Of the schema."""
    put_aside: str | None = None


async def restore(database: Path, backup: Path, now: datetime) -> Restored:
    """Verify a backup, bring a copy of it to this version's schema, put the present catalogue aside and the copy in its place.

    Raises StoreInUse while a writer has the catalogue, StoreCorrupt for a backup that is damaged, none, or of a newer version,
    BadRequest for one that is not there, and StoreUnavailable. In each case everything stays as it is.
    """
    try:
        _check(database, backup)
        with writer_lock(database):
            return await _restored(database, backup, now)
    except StoreInUse as error:
        raise StoreInUse(f"stop Playbill first: {error.text}") from error
    except OSError as error:
        raise StoreUnavailable(f"the backup cannot be put in place: {error.strerror}: {database.parent}") from error


def _check(database: Path, backup: Path) -> None:
    if not backup.is_file():
        raise BadRequest(f"there is no file {backup}")
    if database.exists() and backup.samefile(database):
        raise BadRequest(f"{backup} is the catalogue itself")
    try:
        if not check_header(backup):
            raise StoreCorrupt(backup)
    except StoreCorrupt:
        raise StoreCorrupt(f"{backup} is no database") from None


async def _restored(database: Path, backup: Path, now: datetime) -> Restored:
    copied = database.with_name(f"{database.name}.restoring")
    try:
        contents = await _prepared(backup, copied)
        _own_alike(copied, database, backup)
        aside = _free_name(database, now)
        for step in steps(database, copied, aside):
            step()
    finally:
        remove(copied)
    put_aside = None if aside is None else str(aside)
    return Restored(file=str(backup), rows=contents.rows, version=contents.version, put_aside=put_aside)


async def _prepared(backup: Path, copied: Path) -> Contents:
    """Everything that takes time or can fail, before the catalogue is touched."""
    remove(copied)
    # Until it is as open to others as what it replaces, it is open to nobody.
    os.close(os.open(copied, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    await asyncio.to_thread(copy, backup, copied)
    made = await open_for_writing(copied, durability="full")
    try:
        await migrate(made)
        # It is behind what the mark beside the catalogue tells of, and means to be.
        await rename(made)
    finally:
        await made.close()
    contents = await asyncio.to_thread(verify, copied, str(backup))
    sync_file(copied)
    return contents


def _own_alike(copied: Path, database: Path, backup: Path) -> None:
    """Whoever restores it, Playbill may write it afterwards as before, and nobody may read it who could not."""
    found = (database if database.exists() else backup).stat()
    with suppress(PermissionError):  # Only root gives files away.
        os.chown(copied, found.st_uid, found.st_gid)
    copied.chmod(found.st_mode & 0o777 | 0o600)


def steps(database: Path, copied: Path, aside: Path | None) -> Sequence[Callable[[], None]]:
    """The way from the old to the new; whoever dies between two of them has one or the other.

    The log of the old one would be applied to the new one, so it has to be gone before; and it can only go when what is in it is
    in the old one itself.
    """
    if aside is None:
        logs = [partial(_drop_logs, database)]
    else:
        logs = [partial(_settle, database), partial(_put_aside, database, aside), partial(_drop_logs, database)]
    return [*logs, partial(os.replace, copied, database), partial(sync_file, database.parent)]


def _settle(database: Path) -> None:
    """Copy the log into the file. One that is so damaged that this fails is put aside as it is, with its log."""
    try:
        with closing(sqlite3.connect(database, isolation_level=None, timeout=_READERS_S)) as connection:
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        if isinstance(translated(error), StoreUnavailable):
            raise StoreUnavailable(f"the present database cannot be put aside: {error}") from error
        return
    if busy:
        raise StoreInUse(f"something reads {database} just now")


def _put_aside(database: Path, aside: Path) -> None:
    """A second name, so that there is no moment without the first."""
    for name in ("", *_LOG_FILES):
        source = database.with_name(f"{database.name}{name}")
        if source.exists():
            _link(source, aside.with_name(f"{aside.name}{name}"))
    sync_file(database.parent)


def _link(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:  # Not every file system has links.
        shutil.copy2(source, target)
        sync_file(target)


def _drop_logs(database: Path) -> None:
    for name in _LOG_FILES:
        database.with_name(f"{database.name}{name}").unlink(missing_ok=True)
    sync_file(database.parent)


def _free_name(database: Path, now: datetime) -> Path | None:
    """Where the present catalogue goes; none when there is none."""
    if not database.exists():
        return None
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%S")
    names = (f"{database.name}.before-restore-{stamp}{number}Z" for number in ("", *(f".{more}" for more in range(1, 100))))
    for name in names:
        if not database.with_name(name).exists():
            return database.with_name(name)
    raise StoreUnavailable(f"{database.parent} is full of what was put aside")
