"""The whole of Playbill for a case: real processes, files and bus, stand-in servers, a proxy between each pair."""

import asyncio
import os
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from actors import failpoints
from actors.embedded import EmbeddedBus
from actors.failpoints import Point
from actors.runtime.client import BusClient
from actors.runtime.config import BusConfig
from contracts import codec
from contracts.messages import SyncProgress, SyncRequest
from faults.nats_server import NatsServer
from faults.processes import WAIT_S, Kept, Processes, Program, Up, send, until
from faults.proxy import Proxy
from faults.trial import Broken, Trial, expect
from faults.world import Server, access_to

ROOT: Final = Path(__file__).resolve().parents[1]
RUNS: Final = "playbill runs"
ROLES: Final = ("fetcher", "parser", "writer", "progress", "reader")
_NO_SERVERS: Final[Mapping[str, Server]] = MappingProxyType({})
_NO_ORDERS: Final[Mapping[str, str]] = MappingProxyType({})


class Rig:
    """A Playbill that runs. What it does is read from outside: the file, the streams, the logs, the kernel."""

    def __init__(self, trial: Trial, servers: Mapping[str, Server], processes: Processes) -> None:
        self.trial, self.servers, self.processes = trial, servers, processes
        self.directory = trial.directory
        self.database = trial.directory / "playbill.db"
        self.proxies: dict[str, Proxy] = {}
        """By who connects: a role towards the bus, or a source's id for the fetcher's way to it."""
        self.login: Mapping[str, str] = {}
        """What the command line needs beside the settings file."""
        self.client: BusClient
        self.admin: BusConfig

    @property
    def kept(self) -> Kept:
        """The processes of a rig that is spread, where a role can be kept down."""
        assert isinstance(self.processes, Kept)
        return self.processes

    @property
    def has_file(self) -> bool:
        """Whether the writer has made its tables and knows its sources."""
        try:
            return len(self.rows("SELECT source_id FROM sources")) >= len(self.servers)
        except sqlite3.OperationalError:
            return False

    # --- What a user does ---

    async def ask(self, source_id: str = "iptv", **request: Any) -> str:
        """Ask for a sync; its id. The stream has acknowledged the request then."""
        request_id = request.pop("request_id", None) or os.urandom(8).hex()
        await self.client.request_sync(source_id, SyncRequest(request_id=request_id, **request))
        self.trial.tally.syncs += 1
        return codec.sync_id_of(source_id, request_id)

    async def ended(self, sync_id: str, source_id: str = "iptv", wait_s: float = WAIT_S) -> SyncProgress:
        """The last word on a sync, as anybody who subscribes gets it. Raises Broken when it does not come."""
        try:
            async with asyncio.timeout(wait_s):
                async for state in self.client.follow(source_id):
                    if isinstance(state, SyncProgress) and state.sync_id == sync_id and state.status.is_final:
                        return state
        except TimeoutError:
            raise Broken(f"I10: {sync_id} has not ended after {wait_s:.0f} s: {self.status_of(sync_id)}") from None
        raise Broken("the bus went away for good")

    async def sync(self, source_id: str = "iptv", **request: Any) -> SyncProgress:
        return await self.ended(await self.ask(source_id, **request), source_id)

    async def playbill(self, *arguments: str) -> tuple[int, str]:
        """A command of the command line: its exit code, and what it printed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "actors.cli", *arguments),
            env=environment({"PLAYBILL_CONFIG": str(self.directory / "playbill.toml"), **self.login}),
            cwd=self.directory,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), WAIT_S)
        assert process.returncode is not None
        return process.returncode, said.decode(errors="replace")

    # --- What a case does to it ---

    def kill(self, role: str) -> None:
        send(self.processes, role, signal.SIGKILL)
        self.trial.inject(f"{role} killed")
        self.trial.tally.deaths += 1

    def freeze(self, role: str) -> int:
        """SIGSTOP; its pid, for `thaw`."""
        pid = send(self.processes, role, signal.SIGSTOP)
        self.trial.inject(f"{role} frozen")
        return pid

    @staticmethod
    def thaw(pid: int) -> None:
        os.kill(pid, signal.SIGCONT)

    async def is_up(self, role: str) -> None:
        await until(lambda: self.processes.pid(role) is not None, f"{role} is up again")

    async def replaced(self, role: str, pid: int) -> None:
        """Wait until another process has the role."""
        await until(lambda: self.processes.pid(role) not in (None, pid), f"{role} is started anew")

    def hits(self, point: Point) -> int:
        """How often an ordered fault has struck."""
        return failpoints.hits(self.directory, point)

    async def held(self, point: Point) -> None:
        """Wait until somebody stands still at a point that was ordered to `hold`."""
        await until((self.directory / f"{point}.held").exists, f"something stands at {point}")

    def release(self, point: Point) -> None:
        (self.directory / f"{point}.go").touch()

    # --- What is read ---

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the file itself, with none of the store's code."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=5)) as database:
            return database.execute(sql, values).fetchall()

    def status_of(self, sync_id: str) -> str:
        found = self.rows("SELECT status, error_text FROM syncs WHERE sync_id = ?", sync_id)
        steps = self.rows("SELECT step, status, slices_done, slices_total, error_text FROM steps WHERE sync_id = ?", sync_id)
        return f"{found} {[step for step in steps if step[1] != 'completed']}"

    def logs(self) -> str:
        """Everything that every process has printed so far."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.directory.glob("*.log")))


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Of a process under test: none of our own settings, and what the case orders."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PLAYBILL_")}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def _ordered(trial: Trial, orders: str) -> dict[str, str]:
    if not orders:
        return {}
    return {
        failpoints.VARIABLE: orders,
        failpoints.DIRECTORY_VARIABLE: str(trial.directory),
        failpoints.SEED_VARIABLE: str(trial.seed),
    }


def settings_text(bus: str, sources: Mapping[str, str], more: str = "", tables: str = "") -> str:
    """A playbill.toml; `more` goes into every source, `tables` stand before them."""
    quick = "sync_on_start = false\nretry_initial_s = 0.05\nretry_max_s = 0.2"
    found = "".join(f'[[source]]\nid = "{source_id}"\n{access}\n{quick}\n{more}\n' for source_id, access in sources.items())
    return f'[nats]\n{bus}\n[log]\nlevel = "info"\n{tables}\n{found}'


@asynccontextmanager
async def up(
    trial: Trial,
    servers: Mapping[str, Server] = _NO_SERVERS,
    *,
    more: str = "",
    tables: str = "",
    nats: str = "",
    orders: str = "",
    variables: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Rig]:
    """`playbill up` with an embedded bus, and a proxy before each source. Everything is gone at the end, the files stay.

    `orders` are failpoints of all its processes; `nats` are more lines of that table.
    """
    async with AsyncExitStack() as stack:
        proxies = {source_id: await stack.enter_async_context(Proxy(server.port)) for source_id, server in servers.items()}
        access = {source_id: access_to(server, proxies[source_id].url) for source_id, server in servers.items()}
        config = trial.directory / "playbill.toml"
        config.write_text(settings_text(f"port = 0\n{nats}", access, more, tables))
        config.chmod(0o600)
        processes = Up(config, environment({**_ordered(trial, orders), **variables}))
        rig = Rig(trial, servers, processes)
        rig.proxies = proxies
        stack.push_async_callback(processes.stop)
        runs_before = said(processes.program, RUNS)
        await processes.program.start()
        await ready(rig, processes.program, runs_before)
        bus_dir = trial.directory / "playbill-bus"
        client, admin = EmbeddedBus.read(bus_dir), EmbeddedBus.read(bus_dir, "admin")
        assert client is not None
        assert admin is not None
        rig.admin = admin
        rig.client = await stack.enter_async_context(await BusClient.connect(client))
        yield rig


async def ready(rig: Rig, program: Program, before: int = 0) -> None:
    """Wait until `up` says that it runs, for the `before`-th time and once more."""
    await until(lambda: program.pid is None or said(program, RUNS) > before, RUNS)
    expect(program.pid is not None, f"playbill did not start:\n{rig.logs()[-2_000:]}")


def said(program: Program, words: str) -> int:
    """How often a program has said something so far, in all its starts."""
    return program.log.read_text(errors="replace").count(words) if program.log.exists() else 0


@asynccontextmanager
async def spread(
    trial: Trial,
    servers: Mapping[str, Server] = _NO_SERVERS,
    *,
    roles: Sequence[str] = ROLES,
    more: str = "",
    tables: str = "",
    orders: Mapping[str, str] = _NO_ORDERS,
    bus_settings: str = "",
) -> AsyncIterator[Rig]:
    """A nats-server, and one process per actor as containers have it, each behind a proxy of its own, started again when it ends.

    `orders` are failpoints by role; `bus_settings` are lines added to nats.conf. `rig.processes.down` keeps a role down.
    """
    async with AsyncExitStack() as stack:
        bus = NatsServer(trial.directory, bus_settings)
        to_sources = {source_id: await stack.enter_async_context(Proxy(server.port)) for source_id, server in servers.items()}
        to_bus = {role: await stack.enter_async_context(Proxy(bus.port, seed=trial.seed)) for role in roles}
        access = {source_id: access_to(server, to_sources[source_id].url) for source_id, server in servers.items()}
        config = trial.directory / "playbill.toml"
        config.write_text(settings_text(f'url = "{bus.url}"', access, more, tables))
        config.chmod(0o600)

        def actor(role: str) -> Program:
            variables = {
                "PLAYBILL_NATS__URL": f"nats://127.0.0.1:{to_bus[role].port}",
                "PLAYBILL_NATS__PASSWORD": bus.passwords[role],
                **_ordered(trial, orders.get(role, "")),
            }
            command = (sys.executable, "-m", "actors.cli.process", role, "--config", str(config))
            return Program(role, command, environment(variables), trial.directory)

        kept = Kept({"nats-server": bus.program} | {role: (lambda role=role: actor(role)) for role in roles})
        stack.push_async_callback(kept.stop)
        rig = Rig(trial, servers, kept)
        rig.proxies, rig.admin = {**to_sources, **to_bus}, bus.config("admin")
        rig.login = {"PLAYBILL_NATS__PASSWORD": bus.passwords["client"]}
        kept.start(["nats-server"])
        await bus.listens()
        await provision(rig, bus)
        kept.start(roles)
        rig.client = await stack.enter_async_context(await BusClient.connect(bus.config("client")))
        await until(lambda: bus.has_connections(2 * len(roles)), "every actor is connected")
        await until(lambda: "writer" not in roles or rig.has_file, "the writer has made its file")
        yield rig


async def provision(rig: Rig, bus: NatsServer) -> None:
    """Make the streams, as the container of that name does."""
    program = Program(
        "provision",
        (sys.executable, "-m", "actors.cli", "actor", "provision", "--config", str(rig.directory / "playbill.toml")),
        environment({"PLAYBILL_NATS__PASSWORD": bus.passwords["admin"]}),
        rig.directory,
    )
    deadline = time.monotonic() + WAIT_S
    while True:
        await program.start()
        if await program.ended() == 0:
            return
        expect(time.monotonic() < deadline, f"the bus was not provisioned:\n{program.log.read_text()[-1_000:]}")
