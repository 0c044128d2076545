"""The lock that makes one process the file's only writer."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.errors import StoreUnavailable


@contextmanager
def writer_lock(path: Path) -> Iterator[None]:
    """Hold `<path>.lock`. Raises StoreUnavailable when another process does. It is free again when its holder dies."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreUnavailable(f"the lock beside the database cannot be made: {error.strerror}") from error
    try:
        _hold(descriptor)
        yield
    finally:
        os.close(descriptor)


def _hold(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise StoreUnavailable("another writer has this file: stop the other Playbill, or name another database") from error
