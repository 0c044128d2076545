"""What the kernel says of processes: who they are, their processor seconds and their peak memory."""

import os
from pathlib import Path
from typing import Final

import msgspec

_PROC: Final = Path("/proc")
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Of one process since it started."""

    name: str
    cpu_s: float
    peak_bytes: int
    """`VmHWM`: the most memory it ever had."""


def descendants(parent: int) -> list[int]:
    """Children, their children, and so on."""
    parents = {pid: _parent(pid) for pid in _pids()}
    found, row = [], [parent]
    while row:
        row = [pid for pid, of in parents.items() if of in row]
        found += row
    return found


def _pids() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal()]


def _parent(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[1]) if fields else None


def _stat(pid: int) -> list[str]:
    """The fields of `stat` from the state on; the name before them may hold anything."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def usage(pid: int) -> Usage | None:
    """None when the process is gone."""
    fields = _stat(pid)
    try:
        status = (_PROC / str(pid) / "status").read_text()
        words = (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return None
    peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), None)
    if not fields or peak is None:
        return None
    return Usage(name=name_of(words), cpu_s=(int(fields[11]) + int(fields[12])) / _TICKS_PER_S, peak_bytes=int(peak) * 1024)


def name_of(words: list[str]) -> str:
    """A command line's role: `fetcher`, `nats-server`, …; the program where it has none."""
    program = Path(words[0]).name
    if program == "nats-server":
        return program
    roles = ("fetcher", "parser", "writer", "progress", "reader", "scheduler")
    return next((word for word in words if word in roles), "supervisor" if "up" in words else program)
