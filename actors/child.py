"""One child process: started so that it dies with its parent, watched, and stopped with patience, then without."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from actors.logs import logger

_log: Final = logger("supervisor")
_PR_SET_PDEATHSIG: Final = 1
_libc: Final = ctypes.CDLL(None) if sys.platform == "linux" else None

READY_FD_VARIABLE: Final = "PLAYBILL_READY_FD"
"""Names the file descriptor on which a role says, by one byte, that it is ready."""


def die_with_parent(parent_pid: int) -> None:
    """Run in the child before its program: a killed supervisor leaves no process behind (Linux)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent_pid:
            os._exit(1)  # It was killed before it could be said; the signal never comes.


def say_ready() -> None:
    """Called by a role's process once it pulls."""
    descriptor = os.environ.pop(READY_FD_VARIABLE, None)
    if descriptor is not None:
        with contextlib.suppress(OSError):
            os.write(int(descriptor), b"1")
            os.close(int(descriptor))


class Child:
    """One start of one program. A session of its own, so that Ctrl-C reaches the supervisor alone."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._command, self._environment = command, environment
        self._process: asyncio.subprocess.Process | None = None
        self.ready = asyncio.Event()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self, *, keeps_open: Sequence[int] = ()) -> None:
        """Start it; the files of `keeps_open` stay open in it for as long as it lives."""
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        asyncio.get_running_loop().add_reader(read_end, self._on_ready, read_end)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                env={**self._environment, READY_FD_VARIABLE: str(write_end)},
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=(write_end, *keeps_open),
                preexec_fn=partial(die_with_parent, os.getpid()),
            )
        finally:
            os.close(write_end)

    def _on_ready(self, read_end: int) -> None:
        with contextlib.suppress(OSError):
            if os.read(read_end, 1):
                self.ready.set()
        asyncio.get_running_loop().remove_reader(read_end)
        os.close(read_end)

    async def ended(self) -> int:
        """The exit code, when it ends; negative: the signal that ended it."""
        assert self._process is not None
        return await self._process.wait()

    async def stop(self, patience_s: float) -> None:
        """SIGTERM, and SIGKILL when the patience is over."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), patience_s)
        except TimeoutError:
            _log.warning("killed: it did not end in time", role=self.name, after_s=patience_s)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
