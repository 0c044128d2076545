"""One child process: started so that it dies with its parent, watched, and stopped with patience, then without."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from actors.logs import logger
from contracts import limits

_log: Final = logger("supervisor")
_PR_SET_PDEATHSIG: Final = 1
_libc: Final = ctypes.CDLL(None) if sys.platform == "linux" else None

_SAID_BYTES_MAX: Final = 4_096

READY_FD_VARIABLE: Final = "PLAYBILL_READY_FD"
"""Names the file descriptor on which a role says by its first byte that it is ready, and by each later one that it is well."""

_own_pipe: int | None = None
"""Where this process, as a role's, says so."""


def die_with_parent(parent_pid: int) -> None:
    """Run in the child before its program: a killed supervisor leaves no process behind (Linux)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent_pid:
            os._exit(1)  # It was killed before it could be said; the signal never comes.


def say_ready() -> None:
    """Called by a role's process once it pulls; `say_well` is to follow, at least every `limits.SILENT_S`."""
    global _own_pipe
    descriptor = os.environ.pop(READY_FD_VARIABLE, None)
    if descriptor is not None:
        _own_pipe = int(descriptor)
        os.set_blocking(_own_pipe, False)  # A supervisor that stands still must not hold up the work.
        say_well()


def say_well() -> None:
    """Called by a role's process as long as it works."""
    if _own_pipe is not None:
        with contextlib.suppress(OSError):
            os.write(_own_pipe, b".")


class Child:
    """One start of one program. A session of its own, so that Ctrl-C reaches the supervisor alone."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._command, self._environment = command, environment
        self._process: asyncio.subprocess.Process | None = None
        self._pipe: int | None = None
        self._heard_s = 0.0
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
        self._pipe = read_end
        asyncio.get_running_loop().add_reader(read_end, self._on_word, read_end)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                env={**self._environment, READY_FD_VARIABLE: str(write_end)},
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=(write_end, *keeps_open),
                preexec_fn=partial(die_with_parent, os.getpid()),
            )
        except BaseException:
            self._hang_up()
            raise
        finally:
            os.close(write_end)

    def _on_word(self, read_end: int) -> None:
        try:
            said = os.read(read_end, _SAID_BYTES_MAX)
        except BlockingIOError:
            return
        if said:
            self._heard_s = time.monotonic()
            self.ready.set()
        else:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._pipe is not None:
            asyncio.get_running_loop().remove_reader(self._pipe)
            os.close(self._pipe)
            self._pipe = None

    async def ended(self) -> int:
        """The exit code, when it ends; negative: the signal that ended it."""
        assert self._process is not None
        code = await self._process.wait()
        self._hang_up()
        return code

    async def kill_when_silent(self) -> None:
        """Kill it once it was ready and has not said for `limits.SILENT_S` that it is well; returns then."""
        await self.ready.wait()
        looked_s = time.monotonic()
        while True:
            await asyncio.sleep(limits.PULSE_INTERVAL_S)
            now_s = time.monotonic()
            if now_s - looked_s > limits.SILENT_S / 2:
                self._heard_s = now_s  # It was us who stood still: what it said meanwhile may not be read yet.
            looked_s = now_s
            if now_s - self._heard_s > limits.SILENT_S:
                _log.error("an actor stopped working and is restarted", role=self.name, silent_s=round(now_s - self._heard_s, 1))
                self._kill()
                return

    def _kill(self) -> None:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def stop(self, patience_s: float) -> None:
        """SIGTERM, and SIGKILL when the patience is over."""
        process = self._process
        if process is None or process.returncode is not None:
            self._hang_up()
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), patience_s)
        except TimeoutError:
            _log.warning("killed: it did not end in time", role=self.name, after_s=patience_s)
            self._kill()
            await process.wait()
        self._hang_up()
