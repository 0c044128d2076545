"""The embedded bus: a nats-server of our own on loopback, with made-up passwords, kept running.

Its address and passwords lie in `bus.json` in the bus directory, readable by its owner only.
"""

import asyncio
import contextlib
import fcntl
import os
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from actors.child import Child
from actors.logs import logger
from actors.runtime.config import BusConfig
from actors.runtime.connection import connect
from actors.runtime.healthz import Complaints, forget_monitor
from contracts.errors import BadSettings, BusUnavailable

_log: Final = logger("bus")
_ROLES: Final = ("admin", "scheduler", "push", "fetcher", "parser", "writer", "progress", "reader", "client")
_HOST: Final = "127.0.0.1"
_FILE: Final = "bus.json"
_LOCK: Final = "nats-server.lock"
_START_S: Final = 60.0
"""A tenth of a second, but for a server that recovers large streams from a slow card: it listens when it is done."""
_STOP_S: Final = 5.0
_UNWELL_STOP_S: Final = 3.0
"""A server that stands still does not hear that it shall end."""
_LEFTOVER_S: Final = 5.0
"""What the server of a Playbill that was killed may take to end."""
_RESTART_S: Final = 0.2
_RESTART_MAX_S: Final = 15.0
_HEALTHY_AFTER_S: Final = 10.0
_SYNC_DEFAULT: Final = "120s"
"""As of every NATS server."""
_MEMORY_LIMIT: Final = "48MiB"
"""For the Go runtime's collector: measured 71 to 76 MB at the peak of a sync instead of 117 to 230."""


class BusFile(msgspec.Struct, frozen=True, kw_only=True):
    """`bus.json`: how the processes of this Playbill reach its bus."""

    url: str
    passwords: dict[str, str]


class KnownBus:
    """A bus that somebody else runs."""

    def __init__(self, config: BusConfig) -> None:
        self._config = config

    def config(self, user: str) -> BusConfig:
        return self._config

    def environment(self, role: str) -> dict[str, str]:
        return {}

    def children(self) -> list[Child]:
        return []

    async def start(self) -> None: ...

    async def keep(self, after_restart: Callable[[], Awaitable[None]]) -> None:
        """It runs by itself; the streams that it lost in a restart are made again.

        Raises what `after_restart` raises, but for BusUnavailable.
        """
        while True:
            try:
                await self._came_back()
                await after_restart()
            except BusUnavailable as error:
                _log.warning("the streams may not be there again", reason=error.text)

    async def _came_back(self) -> None:
        """Return when the bus was away and is there again; whether it still has its streams nobody knows."""
        back = asyncio.Event()

        async def note() -> None:
            back.set()

        connection = await connect(self._config, purpose="watch")
        connection.on_reconnect(note)
        waiting = [asyncio.create_task(event.wait()) for event in (connection.lost, back)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await connection.close()

    async def stop(self) -> None: ...


class EmbeddedBus:
    """One nats-server process and its secrets."""

    def __init__(self, directory: Path, port: int, *, client_password: str | None = None, sync_interval: str = "default") -> None:
        self._directory, self._port, self._sync_interval = directory, port, sync_interval
        self._passwords = {role: f"pw_{secrets.token_urlsafe(24)}" for role in _ROLES}
        if client_password is not None:
            self._passwords["client"] = client_password
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return f"nats://{_HOST}:{self._port}"

    def config(self, user: str) -> BusConfig:
        return BusConfig(url=self.url, user=user, password=self._passwords[user], name=f"playbill-{user}")

    def environment(self, role: str) -> dict[str, str]:
        """What a role's process needs to find its own entry in `bus.json`."""
        return {"PLAYBILL_BUS_DIR": str(self._directory), "PLAYBILL_BUS_USER": role}

    @staticmethod
    def read(directory: Path, user: str = "client") -> BusConfig | None:
        """The running bus of a directory, as one of its users sees it; None when there is none to read."""
        try:
            known = msgspec.json.decode((directory / _FILE).read_bytes(), type=BusFile)
        except (OSError, ValueError):
            return None
        return BusConfig(url=known.url, user=user, password=known.passwords.get(user), name=f"playbill-{user}")

    def children(self) -> list[Child]:
        return [self._child] if self._child is not None else []

    async def start(self) -> None:
        """Start the server and wait until it listens.

        Raises BadSettings when its port is taken, and BusUnavailable when it does not start or its disk refuses.
        """
        self._port = await self._own_port()
        with usable(self._directory):
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._write_file()
        await self._spawn()

    async def _own_port(self) -> int:
        # A file that lies here was left by a Playbill that was killed; its server may need a moment to end.
        was_killed = (self._directory / _FILE).exists()
        deadline = time.monotonic() + (_LEFTOVER_S if was_killed else 0)
        while True:
            try:
                return _free_port(self._port)
            except BadSettings:
                if time.monotonic() >= deadline:
                    raise
                await asyncio.sleep(0.05)

    def _write_file(self) -> None:
        path = self._directory / _FILE
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(BusFile(url=self.url, passwords=self._passwords)))

    async def _spawn(self) -> None:
        environment = {
            **os.environ,
            "GOMEMLIMIT": _MEMORY_LIMIT,
            "PLAYBILL_NATS_LISTEN": f"{_HOST}:{self._port}",
            "PLAYBILL_NATS_STORE": _quoted(str(self._directory / "jetstream")),
            "PLAYBILL_NATS_SYNC": _quoted(_SYNC_DEFAULT if self._sync_interval == "default" else self._sync_interval),
            **{f"PLAYBILL_PW_{role.upper()}": _quoted(password) for role, password in self._passwords.items()},
        }
        log = self._directory / "nats-server.log"
        command = [_server_binary(), "-c", str(_configuration()), "-l", str(log), "--ports_file_dir", str(self._directory)]
        self._child = Child("nats-server", command, environment)
        lock = await self._lock()
        forget_monitor(self._directory)
        try:
            await self._child.start(keeps_open=(lock,))
        finally:
            os.close(lock)
        await self._listening(log)

    async def _lock(self) -> int:
        """A lock on the state, which the server inherits: two of them would tear its files.

        The server of a Playbill that was killed gives its port back before it has put its files away. Raises BusUnavailable.
        """
        with usable(self._directory):
            lock = os.open(self._directory / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + _LEFTOVER_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() >= deadline:
                    os.close(lock)
                    raise BusUnavailable(f"an earlier nats-server still has the files in {self._directory}") from None
                await asyncio.sleep(0.05)
            else:
                return lock

    async def _listening(self, log: Path) -> None:
        deadline = time.monotonic() + _START_S
        assert self._child is not None
        ending = asyncio.create_task(self._child.ended())
        try:
            while time.monotonic() < deadline and not ending.done():
                try:
                    _, writer = await asyncio.open_connection(_HOST, self._port)
                except OSError:
                    await asyncio.sleep(0.005)
                    continue
                writer.close()
                await writer.wait_closed()
                return
        finally:
            ending.cancel()
        raise BusUnavailable(f"the embedded nats-server did not start; its words are in {log}")

    async def keep(self, after_restart: Callable[[], Awaitable[None]]) -> None:
        """Start the server again whenever it dies or is unwell, and make its streams again where they are gone.

        One that keeps dying waits longer each time, one that stays unwell is left alone longer each time.
        Raises what `after_restart` raises, but for BusUnavailable.
        """
        wait_s, complaints = _RESTART_S, Complaints()
        while True:
            began_s = time.monotonic()
            code = await self._ended(complaints)
            wait_s = _RESTART_S if time.monotonic() - began_s > _HEALTHY_AFTER_S else min(_RESTART_MAX_S, wait_s * 2)
            _log.warning("the bus died and is started again", exit_code=code, in_s=round(wait_s, 1))
            await asyncio.sleep(wait_s)
            try:
                await self._spawn()
                await after_restart()
            except BusUnavailable as error:
                _log.error("the bus did not come back; once more", reason=error.text)
                assert self._child is not None
                await self._child.stop(_STOP_S)

    async def _ended(self, complaints: Complaints) -> int:
        """The exit code of the server, also of one that has been unwell for long enough and is stopped for it."""
        assert self._child is not None
        stopping = asyncio.create_task(self._stop_when_unwell(self._child, complaints))
        try:
            return await self._child.ended()
        finally:
            stopping.cancel()
            await asyncio.wait({stopping})

    async def _stop_when_unwell(self, child: Child, complaints: Complaints) -> None:
        verdict = await complaints.enough(self._directory)
        _log.error("the bus is unwell and is started anew", reason=verdict.text)
        await child.stop(_UNWELL_STOP_S)

    async def stop(self) -> None:
        if self._child is not None:
            await self._child.stop(_STOP_S)
        with contextlib.suppress(OSError):  # A disk that is read-only by now; what is left names nothing that runs.
            (self._directory / _FILE).unlink(missing_ok=True)
            forget_monitor(self._directory)


@contextlib.contextmanager
def usable(directory: Path) -> Iterator[None]:
    """Raises BusUnavailable, with the directory, where its disk refuses."""
    try:
        yield
    except OSError as error:
        raise BusUnavailable(f"nats.dir: the bus cannot use {directory}: {error.strerror}") from error


def _quoted(value: str) -> str:
    """A value as nats-server's configuration takes it: unquoted, it would read `12k` as a number."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _server_binary() -> str:
    """PLAYBILL_NATS_SERVER, the one beside this Python, or the one on the PATH. Raises BadSettings when there is none."""
    beside = Path(sys.executable).parent / "nats-server"
    found = os.environ.get("PLAYBILL_NATS_SERVER") or (str(beside) if beside.exists() else shutil.which("nats-server"))
    if found is None:
        raise BadSettings("nats.url: no nats-server is installed here; set the address of a running one")
    if shutil.which(found) is None:
        raise BadSettings(f"PLAYBILL_NATS_SERVER: {found} is no program")
    return found


def _configuration() -> Path:
    """`nats.conf`: inside the installed package, or at the top of the repository."""
    packaged = Path(__file__).with_name("nats.conf")
    return packaged if packaged.exists() else packaged.parent.with_name("nats.conf")


def _free_port(wanted: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, wanted))
        except OSError:
            raise BadSettings(f"nats.port: port {wanted} is taken by another program; set another one") from None
        return int(probe.getsockname()[1])
