"""The whole of Playbill for a test: a real nats-server, real processes, a real file."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from actors.cli.running import plan_of
from actors.demo import JellyfinServer, PlexServer, XtreamServer
from actors.runtime.client import BusClient
from actors.settings import load
from actors.supervisor import Supervisor
from contracts import codec
from contracts.messages import SyncProgress, SyncRequest

WAIT_S: Final = 90.0
ROLES: Final = ("fetcher", "parser", "writer", "progress", "reader", "nats-server")
ACTION_OF: Final = {
    "channel_categories": "get_live_categories",
    "channels": "get_live_streams",
    "movie_categories": "get_vod_categories",
    "movies": "get_vod_streams",
    "series_categories": "get_series_categories",
    "series": "get_series",
}
KIND_OF: Final = {
    "channel_categories": "channel",
    "channels": "channel",
    "movie_categories": "movie",
    "movies": "movie",
    "series_categories": "show",
    "series": "show",
}


class Running:
    """A Playbill that runs, as a person outside sees it."""

    def __init__(self, directory: Path, supervisor: Supervisor, client: BusClient) -> None:
        self.directory, self.supervisor, self.client = directory, supervisor, client

    @property
    def database(self) -> Path:
        return self.directory / "playbill.db"

    async def sync(self, source_id: str = "iptv", **request: Any) -> SyncProgress:
        """Ask for a sync and follow it to its end."""
        return await self.ended(await self.ask(source_id, **request), source_id)

    async def ask(self, source_id: str = "iptv", **request: Any) -> str:
        request_id = request.pop("request_id", None) or os.urandom(8).hex()
        await self.client.request_sync(source_id, SyncRequest(request_id=request_id, **request))
        return codec.sync_id_of(source_id, request_id)

    async def ended(self, sync_id: str, source_id: str = "iptv") -> SyncProgress:
        """The last word on a sync; on the way, its progress never falls."""
        percent = 0
        async with asyncio.timeout(WAIT_S):
            async for state in self.client.follow(source_id):
                if isinstance(state, SyncProgress) and state.sync_id == sync_id:
                    assert state.progress >= percent
                    percent = state.progress
                    if state.status.is_final:
                        return state
        raise AssertionError("the bus went away")

    def pid(self, role: str) -> int:
        """The process of a role, or of the bus."""
        for child in self.supervisor.children():
            if child.name == role and child.pid is not None:
                return child.pid
        raise AssertionError(f"no {role} runs")

    def kill(self, role: str) -> None:
        os.kill(self.pid(role), signal.SIGKILL)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the file itself, with none of the store's code."""
        database = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            return database.execute(sql, values).fetchall()
        finally:
            database.close()

    def ids(self, step: str, source_id: str = "iptv") -> set[str]:
        """Remote ids that the catalogue holds of a step."""
        table, column = ("categories", "item_kind") if step.endswith("_categories") else ("items", "kind")
        sql = f"SELECT remote_id FROM {table} WHERE {column} = ? AND source_id = ? AND NOT is_stub"
        return {row[0] for row in self.rows(sql, KIND_OF[step], source_id)}


@asynccontextmanager
async def playbill(
    directory: Path,
    urls: dict[str, str],
    *,
    username: str = '"demo"',
    password: str = '"demo"',
    more: str = "",
    servers: Mapping[str, PlexServer | JellyfinServer | str] = MappingProxyType({}),
) -> AsyncIterator[Running]:
    """Playbill with one source per entry of `urls` and of `servers`, stopped at the end; it leaves no process behind.

    A server may be given as the lines of playbill.toml that say how it is reached.
    """
    config = directory / "playbill.toml"
    account = f"username = {username}\npassword = {password}"
    unpaced = "" if "requests_per_10_s" in more else "requests_per_10_s = 1000"
    access = {source_id: f'kind = "xtream"\nurl = "{url}"\n{account}\n{unpaced}' for source_id, url in urls.items()}
    access |= {source_id: server if isinstance(server, str) else access_to(server) for source_id, server in servers.items()}
    sources = "".join(
        f'[[source]]\nid = "{source_id}"\n{way}\nsync_on_start = false\nretry_initial_s = 0.05\nretry_max_s = 0.2\n{more}\n'
        for source_id, way in access.items()
    )
    config.write_text(f'[nats]\nport = 0\n[log]\nlevel = "warning"\n{sources}')
    config.chmod(0o600)
    supervisor = Supervisor(plan_of(load(config, {})))
    running = asyncio.create_task(supervisor.run())
    try:
        await _ready(supervisor, running)
        async with await BusClient.connect(supervisor.client_config()) as client:
            yield Running(directory, supervisor, client)
    finally:
        supervisor.request_stop()
        await asyncio.wait({running})
        running.result()


def access_to(server: PlexServer | JellyfinServer) -> str:
    """The lines of playbill.toml that say how a stand-in is reached."""
    if isinstance(server, PlexServer):
        return f'kind = "plex"\nurl = "{server.url}"\ntoken = "{server.token}"'
    return f'kind = "jellyfin"\nurl = "{server.url}"\nusername = "demo"\npassword = "demo"'


async def _ready(supervisor: Supervisor, running: asyncio.Task[int]) -> None:
    ready = asyncio.create_task(supervisor.ready.wait())
    await asyncio.wait({ready, running}, timeout=WAIT_S, return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    if running.done():
        running.result()
    assert supervisor.ready.is_set()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.01)


def served_ids(server: XtreamServer, step: str) -> set[str]:
    """Ids that the provider lists for a step, of the entries that have one."""
    return {str(entry_id) for entry_id in server.catalogue.ids(ACTION_OF[step])}
