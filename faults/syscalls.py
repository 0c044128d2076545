"""Faults at the border to the kernel: chosen system calls of a running process fail, by `strace`."""

import asyncio
import contextlib
import functools
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

_ATTACH_S: Final = 10.0
_DETACH_S: Final = 5.0
_POLL_S: Final = 0.01
_TRIAL: Final = "import sys; print(1, flush=True); sys.stdin.read()"


class Injection:
    """Faults that are being injected."""

    def __init__(self, record: Path) -> None:
        self._record = record

    def struck(self) -> int:
        """How many calls have failed so far."""
        return self._record.read_text(errors="replace").count("(INJECTED)") if self._record.exists() else 0


@asynccontextmanager
async def injected(
    pid: int,
    *,
    syscall: str,
    error: str = "",
    when: int | str = 1,
    delay_enter_us: int = 0,
    paths: Sequence[Path] = (),
) -> AsyncIterator[Injection]:
    """While the block runs, calls of a process and all its threads fail, or begin late.

    `when` counts the calls of each thread from here on: `4`, `2..5`, `3+` for the third and all after it. With `paths`, only
    calls on these files count and fail. The process goes on unharmed afterwards. Raises RuntimeError when it cannot be traced.
    """
    effect = ":".join(part for part in (error and f"error={error}", delay_enter_us and f"delay_enter={delay_enter_us}") if part)
    with tempfile.TemporaryDirectory(prefix="playbill-strace-") as folder:
        record = Path(folder, "record")
        faults = ["-e", f"trace={syscall}", "-e", f"inject={syscall}:{effect}:when={when}"]
        chosen = [word for path in paths for word in ("-P", str(path))]
        tracer = await asyncio.create_subprocess_exec(
            "strace", "-f", "-qq", "-o", str(record), *faults, *chosen, "-p", str(pid), stderr=asyncio.subprocess.DEVNULL
        )
        try:
            await _attached(pid, tracer)
            yield Injection(record)
        finally:
            await _ended(tracer)


async def _attached(pid: int, tracer: asyncio.subprocess.Process) -> None:
    deadline_s = time.monotonic() + _ATTACH_S
    while not _is_traced(pid):
        if tracer.returncode is not None or time.monotonic() > deadline_s:
            raise RuntimeError(f"process {pid} cannot be traced")
        await asyncio.sleep(_POLL_S)


def _is_traced(pid: int) -> bool:
    """Every thread of it."""
    try:
        states = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
    except OSError:
        return False
    return bool(states) and not any("\nTracerPid:\t0\n" in state for state in states)


async def _ended(tracer: asyncio.subprocess.Process) -> None:
    """SIGTERM lets the process go; a tracer that is killed lets it go as well."""
    with contextlib.suppress(ProcessLookupError):
        tracer.terminate()
    try:
        await asyncio.wait_for(tracer.wait(), _DETACH_S)
    except TimeoutError:
        tracer.kill()
        await tracer.wait()


@functools.cache
def available() -> str | None:
    """None where a process can be traced; else why not. Tried once, on a process of its own."""
    if shutil.which("strace") is None:
        return "strace is missing (Debian: apt install strace)"
    with subprocess.Popen([sys.executable, "-c", _TRIAL], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as tried:
        assert tried.stdout is not None
        tried.stdout.readline()
        tracer = subprocess.Popen(["strace", "-qq", "-p", str(tried.pid)], stderr=subprocess.DEVNULL)
        deadline_s = time.monotonic() + _ATTACH_S
        while not _is_traced(tried.pid) and tracer.poll() is None and time.monotonic() < deadline_s:
            time.sleep(_POLL_S)
        is_traced = _is_traced(tried.pid)
        tracer.terminate()
        tracer.wait()
        tried.kill()
    return None if is_traced else "ptrace is not allowed here"
