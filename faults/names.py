"""Names that lead where a case wants them to, for this process and those that it starts: a mount namespace of their own."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from faults.trial import Skipped

_NEW_MOUNTS: Final = 0x00020000
_OWN_DIRECTORY: Final = 0x00000200
_PRIVATE: Final = 1 << 18
_BIND: Final = 1 << 12
_RECURSIVE: Final = 1 << 14
_OURS: Final = "/proc/thread-self/ns/mnt"


class Names:
    """What names lead to, from now on."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def lead(self, **addresses: str) -> None:
        """The whole of it; a name that is left out is not found any more. The file stays the same one."""
        self._path.write_text("127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in addresses.items()))


@contextmanager
def own_names(directory: Path) -> Iterator[Names]:
    """While the block runs, names are found in a file of the directory and nowhere else. Raises Skipped where it may not be."""
    hosts, switch = directory / "hosts", directory / "nsswitch.conf"
    names = Names(hosts)
    names.lead()
    switch.write_text("passwd: files\ngroup: files\nhosts: files\n")
    working = Path.cwd()
    ours = os.open(_OURS, os.O_RDONLY)
    try:
        _call("unshare", _NEW_MOUNTS)
        try:
            _mount("none", "/", _RECURSIVE | _PRIVATE)
            _mount(str(hosts), "/etc/hosts", _BIND)
            _mount(str(switch), "/etc/nsswitch.conf", _BIND)
            yield names
        finally:
            _call("unshare", _OWN_DIRECTORY)  # Threads that were begun in between share it, and setns will not have that.
            _call("setns", ours, _NEW_MOUNTS)
            os.chdir(working)
    finally:
        os.close(ours)


def _mount(what: str, where: str, flags: int) -> None:
    _call("mount", what.encode(), where.encode(), None, ctypes.c_ulong(flags), None)


def _call(name: str, *arguments: object) -> None:
    function = getattr(ctypes.CDLL(None, use_errno=True), name)
    if function(*arguments) != 0:
        raise Skipped(f"{name} is not allowed here: {os.strerror(ctypes.get_errno())}")
