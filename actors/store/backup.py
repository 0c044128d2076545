"""A backup of the catalogue, taken while Playbill runs: verified, forced to the disk, and in its place all at once."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from actors.store.copying import copy, remove, sync_file
from contracts.errors import BadRequest, StoreUnavailable

_COMPANIONS: Final = ("", "-wal", "-shm", ".mark", ".lock")


class BackedUp(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a backup."""

    file: str
    rows: int
    tables: int
    version: int
    """Of the schema."""
    size_bytes: int


def back_up(database: Path, file: Path, *, overwrite: bool = False) -> BackedUp:
    """Copy `database` to `file`. A backup that fails leaves nothing behind, and what was there before as it was.

    Raises BadRequest for a place where no backup can be, StoreUnavailable when there is no catalogue yet or the disk refuses, and
    StoreCorrupt when the catalogue is damaged.
    """
    try:
        _check(database, file, overwrite=overwrite)
        with _partial(file) as partial:
            contents = copy(database, partial)
            partial.chmod(database.stat().st_mode & 0o777)
            sync_file(partial)
            partial.replace(file)
        sync_file(file.absolute().parent)
        size_bytes = file.stat().st_size
    except OSError as error:
        raise StoreUnavailable(f"the backup cannot be written: {error.strerror}: {file.parent}") from error
    tables = len(contents.table_rows)
    return BackedUp(file=str(file), rows=contents.rows, tables=tables, version=contents.version, size_bytes=size_bytes)


def _check(database: Path, file: Path, *, overwrite: bool) -> None:
    if not database.exists():
        raise StoreUnavailable("no catalogue yet: start Playbill, or sync a source")
    if not file.absolute().parent.is_dir():
        raise BadRequest(f"there is no folder {file.absolute().parent}")
    if file.is_dir():
        raise BadRequest(f"{file} is a folder: name a file in it")
    if any(_is_same(file, database.with_name(f"{database.name}{name}")) for name in _COMPANIONS):
        raise BadRequest(f"{file} is the catalogue itself, or belongs to it")
    if file.exists() and not overwrite:
        raise BadRequest(f"{file} is there already: --force overwrites it")


def _is_same(file: Path, other: Path) -> bool:
    if file.exists() and other.exists():
        return file.samefile(other)
    return file.resolve() == other.resolve()


@contextmanager
def _partial(file: Path) -> Iterator[Path]:
    """A file of our own beside the place; gone when the block is left, unless it has found its name."""
    partial = file.with_name(f"{file.name}.partial")
    descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _take(descriptor, partial)
        try:
            os.ftruncate(descriptor, 0)  # What a backup that was killed has left.
            yield partial
        finally:
            remove(partial)
    finally:
        os.close(descriptor)


def _take(descriptor: int, partial: Path) -> None:
    """Whoever has it removes it in the end: so it is ours only while it is still there by its name."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_ours = os.path.samestat(os.fstat(descriptor), partial.stat())
    except (BlockingIOError, FileNotFoundError):
        is_ours = False
    if not is_ours:
        raise BadRequest(f"{partial} is being written by another backup")
