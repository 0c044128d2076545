"""A catalogue copied as it is at one moment, while its writer goes on writing."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from actors.store.verifying import Contents, contents_of, failure, reading, verify
from contracts import limits
from contracts.errors import StoreCorrupt

# The copy is forced to the disk as a whole when it is complete, and is worth nothing before that.
_COPY_PRAGMAS: Final = ("synchronous = OFF", "journal_mode = OFF", "locking_mode = EXCLUSIVE")


def copy(source: Path, target: Path) -> Contents:
    """Make `target` a copy in one file, read it back whole, and compare the rows of every table with what was copied.

    SQLite's backup interface within one read transaction, not VACUUM INTO, which cannot run in one: so the rows that are counted
    and the pages that are copied are those of the same commit. Raises StoreCorrupt when either file is damaged, and
    StoreUnavailable when the disk refuses.
    """
    try:
        before = _copied(source, target)
    except sqlite3.Error as error:
        raise failure(error, str(source), target) from error
    sync_file(target)
    after = verify(target, str(source))
    if after != before:
        raise StoreCorrupt(f"a copy of {source} has other rows than it has itself")
    return after


def _copied(source: Path, target: Path) -> Contents:
    with closing(reading(source)) as original, closing(sqlite3.connect(target, isolation_level=None)) as made:
        for pragma in _COPY_PRAGMAS:
            made.execute(f"PRAGMA {pragma}")
        original.execute("BEGIN")
        contents = contents_of(original)
        original.backup(made, pages=limits.BACKUP_PAGES, sleep=0)
        original.execute("ROLLBACK")
        # The copied head says that there is a log; a backup is one file, and readable in a folder that is not writable.
        made.execute("PRAGMA journal_mode = DELETE")
    return contents


def sync_file(file: Path) -> None:
    """Force a file to the disk, or what a folder says of its files."""
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(file: Path) -> None:
    """Also what SQLite may have left beside it."""
    for name in ("", "-wal", "-shm", "-journal"):
        file.with_name(f"{file.name}{name}").unlink(missing_ok=True)
