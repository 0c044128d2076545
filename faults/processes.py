"""The processes of a Playbill under test, and how they are found, killed and frozen: one `playbill up`, or one actor each."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import msgspec

from actors.child import die_with_parent
from faults.trial import expect

WAIT_S: Final = 60.0
_STOP_S: Final = 20.0
_RESTART_S: Final = 0.1


class Death(msgspec.Struct, frozen=True, kw_only=True):
    """A process that ended without being asked to."""

    role: str
    code: int
    at_s: float


class Processes(Protocol):
    """What runs, by role; `nats-server` is one."""

    deaths: list[Death]

    def pid(self, role: str) -> int | None:
        """None while it is down."""

    async def stop(self) -> None:
        """Ask everything to end, and see to it."""


class Program:
    """One start of one program, its words in a file."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
        self.name = name
        self.log = directory / f"{name}.log"
        self._command, self._environment, self._directory = command, environment, directory
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                env=self._environment,
                cwd=self._directory,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=partial(die_with_parent, os.getpid()),
            )

    async def ended(self) -> int:
        assert self._process is not None
        return await self._process.wait()

    async def stop(self, patience_s: float = _STOP_S) -> int | None:
        """SIGTERM, SIGKILL when the patience is over; the exit code. A frozen process is thawed first."""
        process = self._process
        if process is None:
            return None
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), patience_s)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return process.returncode


class Up:
    """`playbill up`: its own bus, its own supervisor; the processes are found by what the kernel says of its children."""

    def __init__(self, config: Path, environment: Mapping[str, str]) -> None:
        self.program = Program(
            "up", (sys.executable, "-m", "actors.cli", "up", "--config", str(config)), environment, config.parent
        )
        self.deaths: list[Death] = []

    def pid(self, role: str) -> int | None:
        found = self.program.pid
        return None if found is None else next((pid for pid, name in children(found) if name == role), None)

    async def stop(self) -> None:
        await self.program.stop()


class Kept:
    """One process per role, each started again when it ends, as a container would be. A role in `down` stays down."""

    def __init__(self, programs: Mapping[str, Callable[[], Program]]) -> None:
        self._programs = programs
        self._running: dict[str, Program] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self.down: set[str] = set()
        self.deaths: list[Death] = []

    def start(self, roles: Sequence[str]) -> None:
        self._tasks += [asyncio.create_task(self._keep(role), name=role) for role in roles]

    def pid(self, role: str) -> int | None:
        program = self._running.get(role)
        return program.pid if program is not None else None

    async def _keep(self, role: str) -> None:
        while not self._stopping:
            if role in self.down:
                await asyncio.sleep(_RESTART_S)
                continue
            program = self._running[role] = self._programs[role]()
            await program.start()
            code = await program.ended()
            if not self._stopping:
                self.deaths.append(Death(role=role, code=code, at_s=time.monotonic()))
                await asyncio.sleep(_RESTART_S)

    async def stop(self) -> None:
        """In the order in which they were started, the last first: actors before the bus."""
        self._stopping = True
        for role in reversed([task.get_name() for task in self._tasks]):
            program = self._running.get(role)
            if program is not None:
                await program.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def children(pid: int) -> list[tuple[int, str]]:
    """(pid, role) of the processes that this one has started; zombies are none."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, IndexError):
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(stat[1]) == pid and stat[0] != "Z":
                found.append((int(entry.name), _role_of(entry)))
    return found


def _role_of(entry: Path) -> str:
    words = (entry / "cmdline").read_text().split("\0")
    return words[3] if "actors.cli.process" in words else Path(words[0]).name


def send(processes: Processes, role: str, number: signal.Signals) -> int:
    """A signal to a role; its pid. Raises Broken when it is down."""
    pid = processes.pid(role)
    expect(pid is not None, f"{role} is not there to be sent {number.name}")
    assert pid is not None
    os.kill(pid, number)
    return pid


def peak_memory_mb(pid: int) -> float:
    """`VmHWM`; 0 for a process that is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


async def until(condition: Callable[[], object], what: str, wait_s: float = WAIT_S) -> None:
    """Wait for a condition. Raises Broken, naming it, when it does not come."""
    deadline = time.monotonic() + wait_s
    while not condition():
        expect(time.monotonic() < deadline, f"waited {wait_s:.0f} s in vain: {what}")
        await asyncio.sleep(0.02)
