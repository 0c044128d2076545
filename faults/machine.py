"""A computer that can lose its power: `playbill up` with its database and its bus on a disk that forgets what was not synced."""

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path
from typing import Final

import msgspec

from actors.embedded import EmbeddedBus
from actors.runtime.config import BusConfig
from faults.lazydisk import LazyDisk
from faults.processes import Up, children, until
from faults.remains import Remains, look, running
from faults.rig import environment, settings_text
from faults.trial import Broken
from faults.world import Server, access_to

_START_S: Final = 60.0
_GONE_S: Final = 20.0
_DATABASE: Final = Path("data", "playbill.db")
"""In a folder of its own: SQLite syncs the folder of its files, and a sync of the disk's top folder would bring everything."""


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """The database at the moment of a power cut, and what the disk has of it afterwards."""

    before: Remains
    after: Remains


class Machine:
    """One computer over several power cuts. Its settings and its logs are not on the disk that forgets."""

    def __init__(self, folder: Path, server: Server, *, durability: str = "full", sync_interval: str = "default") -> None:
        self._folder = folder
        self.disk = LazyDisk(folder)
        self._config = folder / "playbill.toml"
        bus = f'port = 0\ndir = "{self._bus_dir}"\nsync_interval = "{sync_interval}"'
        store = f'[store]\npath = "{self.database}"\ndurability = "{durability}"'
        self._config.write_text(settings_text(bus, {"iptv": access_to(server, server.url)}, tables=store))
        self._config.chmod(0o600)
        self._starts = 0
        self._up = self._new()

    def _new(self) -> Up:
        return Up(self._config, environment({}))

    @property
    def database(self) -> Path:
        return self.disk.mount / _DATABASE

    @property
    def _bus_dir(self) -> Path:
        return self.disk.mount / "bus"

    def bus(self, user: str = "client") -> BusConfig:
        """How to reach its bus as a user of it. Raises Broken when it does not run."""
        found = EmbeddedBus.read(self._bus_dir, user)
        if found is None:
            raise Broken("there is no bus to read of")
        return found

    async def power_on(self) -> float:
        """Attach the disk where it is not and start Playbill; the seconds it took to be ready. Raises Broken when it is not."""
        if not os.path.ismount(self.disk.mount):  # noqa: ASYNC240
            await self.disk.attach()
        self.database.parent.mkdir(exist_ok=True)
        began_s = time.monotonic()
        self._up = self._new()
        await self._up.program.start()
        self._starts += 1
        await until(
            lambda: self._up.program.pid is None or self.log().count("playbill runs") >= self._starts, "it runs", _START_S
        )
        if self._up.program.pid is None:
            raise Broken(f"it did not start:\n{self.log()[-1_500:]}")
        return time.monotonic() - began_s

    def log(self) -> str:
        """What all its processes have said since the first start."""
        log = self._up.program.log
        return log.read_text(errors="replace") if log.exists() else ""

    def hold(self, role: str) -> None:
        """A role stands still until the power goes."""
        pid = self._up.pid(role)
        if pid is None:
            raise Broken(f"no {role} runs")
        _send(pid, signal.SIGSTOP)

    async def shut_down(self) -> None:
        """In good order; what was written reaches the disk some time later, before this returns."""
        await self._up.stop()
        self.disk.write_back()

    async def lose_power(self, tear_seed: int | None = None) -> Cut:
        """Everything stands still, then dies; the disk has what was synced, and with a seed some pages of the rest."""
        pids = self._pids()
        for pid in pids:
            _send(pid, signal.SIGSTOP)
        before = look(self.database, self._folder / "look")
        if tear_seed is not None:
            self.disk.tear(tear_seed)
        self.disk.lose_power()
        for pid in pids:
            _send(pid, signal.SIGKILL)
        await until(lambda: not any(_lives(pid) for pid in pids), "everything is dead", _GONE_S)
        await self._up.program.ended()
        self.disk.detach()
        return Cut(before=before, after=look(self.disk.platter / _DATABASE, self._folder / "look"))

    def look(self) -> Remains:
        """What the database holds now, while Playbill runs."""
        return running(self.database)

    def _pids(self) -> list[int]:
        """The supervisor first: what it starts from now on does not escape."""
        pid = self._up.program.pid
        if pid is None:
            return []
        _send(pid, signal.SIGSTOP)
        return [pid, *(child for child, _ in children(pid))]

    async def close(self) -> None:
        """Leave nothing behind but files."""
        with contextlib.suppress(Broken):
            if self._up.program.pid is not None:
                await self.lose_power()
        self.disk.detach()
        await asyncio.sleep(0)


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
