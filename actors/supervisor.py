"""Runs Playbill: an embedded nats-server where none is configured, one process per actor, each started again when it dies.

It knows command lines, not actors: what each role does is its own process's affair.
"""

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from actors.child import Child
from actors.embedded import EmbeddedBus, KnownBus, usable
from actors.logs import logger
from actors.runtime.config import BusConfig
from actors.runtime.connection import connect
from actors.runtime.provision import provision
from contracts import limits
from contracts.catalog import Part
from contracts.errors import BadSettings, BusMisconfigured, BusUnavailable, StoreInUse

_log: Final = logger("supervisor")
_FLOW_ORDER: Final = ("scheduler", "push", "fetcher", "parser", "writer", "progress", "reader")
_RESTART_FIRST_S: Final = 0.2
_RESTART_MAX_S: Final = 15.0
_HEALTHY_AFTER_S: Final = 10.0
_PROVISION_TRIES_S: Final = 15.0
_LOCK_S: Final = 0.3
"""A command that looks whether a Playbill runs has the lock for a moment."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to run."""

    roles: Mapping[str, Sequence[str]]
    """Command line per role."""
    bus_dir: Path
    """State of the embedded bus, and the lock that says a Playbill runs."""
    port: int
    """Of the embedded bus; 0 for any that is free."""
    external: BusConfig | None = None
    """An existing bus, instead of an embedded one."""
    lanes: Mapping[tuple[str, Part], int]
    """Requests at once by source and part."""
    environment: Mapping[str, str] = {}
    client_password: str | None = None
    """Of the user `client` of the embedded bus; made up when none is set."""
    sync_interval: str = "default"
    """How often the embedded bus forces to the disk what it holds: `default`, `always`, or seconds such as `10s`."""


class Supervisor:
    """One run of everything. `ready` is set when every role has said that it is."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.ready = asyncio.Event()
        self._stop = asyncio.Event()
        self._children: dict[str, Child] = {}
        self._bus: EmbeddedBus | KnownBus = (
            KnownBus(plan.external)
            if plan.external is not None
            else EmbeddedBus(plan.bus_dir, plan.port, client_password=plan.client_password, sync_interval=plan.sync_interval)
        )

    def request_stop(self) -> None:
        """Stop in flow order: what is in hand is finished, `limits.DRAIN_S` a role at most."""
        self._stop.set()

    def client_config(self) -> BusConfig:
        """How to connect as anyone may; known once the bus runs."""
        return self._bus.config("client")

    def children(self) -> list[Child]:
        """The processes that run now, the embedded bus among them."""
        return [*self._children.values(), *self._bus.children()]

    async def run(self) -> int:
        """Run until asked to stop; the exit code.

        Raises BadSettings when another Playbill runs here, the port is taken, or a role says that its settings are wrong;
        BusUnavailable or BusMisconfigured when there is no bus to work with.
        """
        async with _locked(self._plan.bus_dir):
            stopping = asyncio.create_task(self._stop.wait())
            running = asyncio.create_task(self._run())
            try:
                await asyncio.wait({stopping, running}, return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    running.result()
            finally:
                self._stop.set()
                await _cancelled([stopping, running])
                await self._end()
        return 0

    async def _run(self) -> None:
        """Start everything and keep it running; ends by being cancelled, at any moment."""
        await self._bus.start()
        watches = [asyncio.create_task(self._bus.keep(self._provision))]
        try:
            await self._provision()
            watches += [asyncio.create_task(self._keep(role)) for role in self._plan.roles]
            watches.append(asyncio.create_task(self._watch_readiness()))
            # None of them ends well but the last, which leaves the others running.
            await asyncio.gather(*watches)
        finally:
            await _cancelled(watches)

    async def _watch_readiness(self) -> None:
        while not (len(self._children) == len(self._plan.roles) and all(c.ready.is_set() for c in self._children.values())):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        self.ready.set()

    async def _keep(self, role: str) -> None:
        """Start a role, and start it again whenever it ends; a role that keeps dying waits longer each time."""
        wait_s = _RESTART_FIRST_S
        while not self._stop.is_set():
            began = time.monotonic()
            child = self._children[role] = Child(role, self._plan.roles[role], self._role_environment(role))
            await child.start()
            code = await _ended(child)
            if self._stop.is_set():
                return
            if code == os.EX_CONFIG:
                raise BadSettings(f"{role} cannot start; its own words are above")
            if code == os.EX_TEMPFAIL:
                raise StoreInUse(f"another writer has the database of {role}; its own words are above")
            wait_s = _RESTART_FIRST_S if time.monotonic() - began > _HEALTHY_AFTER_S else min(_RESTART_MAX_S, wait_s * 2)
            _log.warning("an actor died and is started again", role=role, exit_code=code, in_s=round(wait_s, 1))
            await asyncio.sleep(wait_s)

    def _role_environment(self, role: str) -> dict[str, str]:
        return {**os.environ, **self._plan.environment, **self._bus.environment(role)}

    async def _provision(self) -> None:
        """Make the streams; a bus that has just started may need a moment."""
        deadline = time.monotonic() + _PROVISION_TRIES_S
        while True:
            try:
                connection = await connect(self._bus.config("admin"), purpose="provision")
                try:
                    await provision(connection.client, self._plan.lanes)
                finally:
                    await connection.close()
                return
            except BusMisconfigured:
                raise
            except BusUnavailable as error:
                if time.monotonic() > deadline:
                    raise
                _log.info("the bus is not ready yet", reason=error.text)
                await asyncio.sleep(0.2)

    async def _end(self) -> None:
        """In the order of the flow."""
        for role in (*_FLOW_ORDER, *(set(self._children) - set(_FLOW_ORDER))):
            child = self._children.get(role)
            if child is not None:
                await child.stop(limits.DRAIN_S + 2)
        await self._bus.stop()


async def _ended(child: Child) -> int:
    """Its exit code, also of one that stopped working without dying and is killed for it."""
    watching = asyncio.create_task(child.kill_when_silent())
    try:
        return await child.ended()
    finally:
        await _cancelled([watching])


async def _cancelled(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel the tasks and wait for their ends. What they failed of is read, so that asyncio does not report it as lost."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def _locked(bus_dir: Path) -> AsyncIterator[None]:
    """Hold the lock that says a Playbill runs here. Raises BadSettings when another holds it."""
    with _lock_file(bus_dir) as lock:
        deadline_s = time.monotonic() + _LOCK_S
        while not _is_free(lock, fcntl.LOCK_EX):
            if time.monotonic() > deadline_s:
                raise BadSettings(
                    f"nats.dir: another Playbill runs with {bus_dir}; stop it first, or set another folder for this one"
                )
            await asyncio.sleep(0.02)
        yield


def _lock_file(bus_dir: Path) -> IO[str]:
    with usable(bus_dir):
        bus_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return (bus_dir / "lock").open("a+")


def _is_free(lock: IO[str], how: int) -> bool:
    """Take the lock, until its file is closed. Who only looks shares it with others that look."""
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def running_instance(bus_dir: Path, external: BusConfig | None = None) -> BusConfig | None:
    """How to reach the Playbill that runs with this bus directory, or None when none does."""
    lock_path = bus_dir / "lock"
    if not lock_path.exists():
        return None
    with lock_path.open("r+") as lock:
        if _is_free(lock, fcntl.LOCK_SH):
            return None
    return external or EmbeddedBus.read(bus_dir)
