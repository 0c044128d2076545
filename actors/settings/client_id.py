"""The id that this installation has towards media servers: made once, and kept beside the database."""

import fcntl
import hashlib
import os
import re
import socket
from pathlib import Path
from typing import Final

FILE_NAME: Final = "playbill-client-id"
_SHAPE: Final = re.compile(r"^[0-9a-f]{32}$")
_BYTES_MAX: Final = 64
_ID_BYTES: Final = 16


def client_id(folder: Path) -> str:
    """The id kept in `folder`, 32 hex digits, made when there is none. Every process, also at the same time, gets the same.

    Where nothing can be kept, as in a container without a volume, it is made from the name of the machine: the same after a
    restart, and another one on another machine, as servers let a device be signed in once only.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return _digest("playbill", socket.gethostname())
    try:
        return _kept(descriptor)
    except OSError:
        return _digest("playbill", socket.gethostname())
    finally:
        os.close(descriptor)


def device_id(client: str, *names: str) -> str:
    """The id of one device of this installation, such as a source's own, 32 hex digits."""
    return _digest(client, *names)


def _kept(descriptor: int) -> str:
    """What the file holds; under its lock, so that only one process finds it empty. Closing the file gives the lock back."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    found = os.pread(descriptor, _BYTES_MAX, 0).decode("ascii", errors="replace").strip()
    if _SHAPE.match(found):
        return found
    made = os.urandom(_ID_BYTES).hex()
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{made}\n".encode(), 0)
    os.fsync(descriptor)
    return made


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=_ID_BYTES).hexdigest()
