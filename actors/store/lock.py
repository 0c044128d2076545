"""The lock that makes one process the file's only writer."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from contracts.errors import StoreInUse, StoreUnavailable

_HOLDER_BYTES_MAX: Final = 256


@contextmanager
def writer_lock(path: Path) -> Iterator[None]:
    """Hold `<path>.lock` for as long as the block takes. Raises as `take_lock`."""
    descriptor = take_lock(path)
    try:
        yield
    finally:
        os.close(descriptor)


def take_lock(path: Path) -> int:
    """Hold `<path>.lock` until the descriptor is closed or this process dies. The file says who has it.

    Raises StoreInUse when another process does, and StoreUnavailable when the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreUnavailable(f"the lock beside the database cannot be made: {error.strerror}: {path.parent}") from error
    try:
        _hold(descriptor, path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _hold(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, _HOLDER_BYTES_MAX, 0).decode(errors="replace").strip() or "some process"
        raise StoreInUse(f"another writer has this file: {holder} writes {path}") from error
    except OSError as error:  # A file system without locks.
        raise StoreUnavailable(f"the lock beside the database cannot be had: {error.strerror}: {path.parent}") from error
    with suppress(OSError):  # A full disk; the lock is held all the same.
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode()[:_HOLDER_BYTES_MAX], 0)
