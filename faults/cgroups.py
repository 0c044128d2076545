"""A bound on the memory of a process, as a container has it: past it, the kernel kills."""

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_ROOT: Final = Path("/sys/fs/cgroup")
_OLD: Final = _ROOT / "memory"
_MIB: Final = 1 << 20
_REMOVE_S: Final = 5.0


class MemoryGroup:
    """A control group with a bound."""

    def __init__(self, folder: Path, *, is_old: bool) -> None:
        self.folder = folder
        self._is_old = is_old

    def take(self, pid: int) -> None:
        """Put a process under the bound; what it starts from now on is as well. What it already uses does not count."""
        (self.folder / "cgroup.procs").write_text(str(pid))

    def bound(self, limit_mb: int) -> None:
        """Set or change the bound. Swap is no way around it where the kernel counts it."""
        names = ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes") if self._is_old else ("memory.max", "memory.swap.max")
        (self.folder / names[0]).write_text(str(limit_mb * _MIB))
        with contextlib.suppress(OSError):
            (self.folder / names[1]).write_text(str(limit_mb * _MIB) if self._is_old else "0")

    def kills(self) -> int:
        """How many processes the kernel has killed for it."""
        text = (self.folder / ("memory.oom_control" if self._is_old else "memory.events")).read_text()
        return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("oom_kill ")), 0)


@contextmanager
def memory_group(limit_mb: int) -> Iterator[MemoryGroup]:
    """A group with a bound and no process yet. At the end its processes go back to where groups come from. Raises OSError."""
    is_old = _OLD.is_dir()
    parent = _parent(is_old=is_old)
    folder = parent / f"playbill-{secrets.token_hex(4)}"
    folder.mkdir()
    group = MemoryGroup(folder, is_old=is_old)
    try:
        group.bound(limit_mb)
        yield group
    finally:
        _remove(folder, parent)


def available() -> str | None:
    """None where memory can be bounded; else why not."""
    try:
        with memory_group(64):
            return None
    except OSError as error:
        return f"control groups of memory cannot be made here: {error.strerror}"


def _parent(*, is_old: bool) -> Path:
    """Version 1: our own group. Version 2: the top, since a group with processes may have none below that is bounded."""
    if not is_old:
        return _ROOT
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    own = next((line.split(":", 2)[2] for line in lines if "memory" in line.split(":", 2)[1].split(",")), "/")
    found = _OLD / own.lstrip("/")
    return found if found.is_dir() else _OLD


def _remove(folder: Path, parent: Path) -> None:
    deadline_s = time.monotonic() + _REMOVE_S
    while True:
        for pid in (folder / "cgroup.procs").read_text().split():
            with contextlib.suppress(OSError):
                (parent / "cgroup.procs").write_text(pid)
        try:
            folder.rmdir()
        except OSError:
            if time.monotonic() > deadline_s:
                raise
            os.sched_yield()
        else:
            return
