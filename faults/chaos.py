"""Random faults of every kind that need no case of their own: what strikes, when, and how it is undone."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, Self

import nats
from nats.aio.msg import Msg

from faults.checker import open_for_faults
from faults.proxy import CLEAN, Toxic
from faults.rig import Rig

_KEPT_MESSAGES: Final = 200
_PAUSE_S: Final = (0.02, 0.25)
"""Between two faults, the least and the most."""
_LISTINGS: Final = {
    "iptv": ("get_live_streams", "get_vod_streams", "get_series", "get_vod_categories"),
    "home": ("movies", "shows", "episodes", "libraries", "hubs"),
    "attic": ("items", "latest", "views"),
}
_BAD_ANSWERS: Final[tuple[dict[str, Any], ...]] = (
    {"status": 500},
    {"status": 503},
    {"status": 502},
    {"status": 429, "retry_after": "1"},
    {"html_200": True},
    {"cut_after_bytes": 400},
    {"body_text": ""},
    {"body_text": "null"},
    {"gzip": "truncated"},
)
_PROVIDER_BYTES_PER_S: Final = 1_000_000
"""So that most faults strike in the middle of something."""
_GARBAGE: Final = b"no message of ours \xff\x00"


class Chaos:
    """Strikes while the block runs, and undoes at its end what does not end by itself. An async context manager."""

    def __init__(self, rig: Rig) -> None:
        self._rig, self._chance = rig, rig.trial.random
        self._later: set[asyncio.Task[None]] = set()
        self._seen: list[tuple[str, bytes]] = []
        self._frozen: set[int] = set()
        self._spoilt: list[tuple[str, str, float]] = []
        self._base = dict.fromkeys(rig.proxies, CLEAN) | {"iptv": Toxic(bytes_per_s=_PROVIDER_BYTES_PER_S)}
        self._kinds: tuple[tuple[int, Callable[[], Awaitable[None]]], ...] = (
            (8, self._kill),
            (6, self._freeze),
            (10, self._reset),
            (6, self._slow),
            (4, self._blackhole),
            (14, self._bad_answer),
            (10, self._cut_source),
            (16, self._again),
            (4, self._garbage),
            (3, self._lock),
            (8, self._ask),
            (2, self._cancel),
            (2, self._purge),
        )

    async def __aenter__(self) -> Self:
        for name, toxic in self._base.items():
            self._rig.proxies[name].set(toxic)
        config = self._rig.admin
        self._bus = await nats.connect(
            config.url,
            user=config.user,
            password=config.password,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0,
            error_cb=_quiet,
        )
        await self._bus.subscribe("playbill.work.>", cb=self._note)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*self._later, return_exceptions=True)
        for pid in self._frozen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        for proxy in self._rig.proxies.values():
            proxy.set(CLEAN)
        for server in self._rig.servers.values():
            server.set()
        self._count_spoilt()
        await self._bus.close()

    async def _note(self, message: Msg) -> None:
        """Keep some of what passes over the conveyor, of this round and for the next ones."""
        if len(self._seen) < _KEPT_MESSAGES:
            self._seen.append((message.subject, message.data))
        else:
            self._seen[self._chance.randrange(_KEPT_MESSAGES)] = message.subject, message.data

    async def strike(self, count: int) -> None:
        """So many faults, one after another with short pauses; what they do overlaps."""
        weights, kinds = zip(*self._kinds, strict=True)
        for _ in range(count):
            await self._chance.choices(kinds, weights)[0]()
            await asyncio.sleep(self._chance.uniform(*_PAUSE_S))

    def _after(self, delay_s: float, action: Callable[[], None]) -> None:
        async def wait() -> None:
            await asyncio.sleep(delay_s)
            action()

        task = asyncio.create_task(wait())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    def _role(self, *more: str) -> str:
        return self._chance.choice(("fetcher", "parser", "writer", "progress", *more))

    # --- The faults ---

    async def _kill(self) -> None:
        role = self._role("nats-server")
        if self._rig.processes.pid(role) is not None:
            self._rig.kill(role)

    async def _freeze(self) -> None:
        role = self._role("nats-server")
        pid = self._rig.processes.pid(role)
        if pid is None or pid in self._frozen:
            return
        self._rig.freeze(role)
        self._frozen.add(pid)
        self._after(self._chance.uniform(0.2, 3.0), lambda: self._thaw(pid))

    def _thaw(self, pid: int) -> None:
        self._frozen.discard(pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    async def _reset(self) -> None:
        role = self._role()
        if self._rig.proxies[role].reset_all():
            self._rig.trial.inject("connection to the bus reset")

    async def _slow(self) -> None:
        name = self._chance.choice(list(self._rig.proxies))
        self._toxic(name, Toxic(latency_s=self._chance.uniform(0.005, 0.05)), 1.0, "slow connection")

    async def _blackhole(self) -> None:
        name = self._chance.choice(list(self._rig.proxies))
        self._toxic(name, Toxic(blackhole=True), self._chance.uniform(0.2, 3.0), "connection swallows everything")

    def _toxic(self, name: str, toxic: Toxic, for_s: float, kind: str) -> None:
        proxy = self._rig.proxies[name]
        if proxy.toxic != self._base[name]:
            return
        proxy.set(toxic)
        self._rig.trial.inject(kind)
        self._after(for_s, lambda: proxy.set(self._base[name]))

    async def _bad_answer(self) -> None:
        source_id = self._chance.choice(list(self._rig.servers))
        action, switches = self._chance.choice(_LISTINGS[source_id]), self._chance.choice(_BAD_ANSWERS)
        self._rig.servers[source_id].set(action, first_requests=1, **switches)
        self._spoilt.append((source_id, action, time.monotonic()))

    def _count_spoilt(self) -> None:
        """A bad answer was ordered for the next request of its kind; it counts if there was one."""
        for source_id, action, since_s in self._spoilt:
            records = self._rig.servers[source_id].served
            if any(record.action.startswith(action) and record.started_s >= since_s for record in records):
                self._rig.trial.inject("bad answer of a server")

    async def _cut_source(self) -> None:
        source_id = self._chance.choice(list(self._rig.servers))
        if self._rig.proxies[source_id].reset_all():
            self._rig.trial.inject("connection to a server reset")

    async def _again(self) -> None:
        """A message of the conveyor comes once more, with no id by which the bus would know it: this round's, or an old one."""
        if self._seen and self._bus.is_connected:
            subject, body = self._chance.choice(self._seen)
            await self._bus.publish(subject, body)
            self._rig.trial.inject("message delivered again")

    async def _garbage(self) -> None:
        if self._bus.is_connected:
            stage = self._chance.choice(("fetch", "parse", "write"))
            await self._bus.publish(f"playbill.work.{stage}.iptv.catalogue", _GARBAGE + os.urandom(4))
            self._rig.trial.inject("garbage on the bus")

    async def _lock(self) -> None:
        """Another program holds the file for writing."""
        with open_for_faults(self._rig) as database, contextlib.suppress(sqlite3.OperationalError):
            database.execute("BEGIN IMMEDIATE")
            self._rig.trial.inject("database locked by another program")
            await asyncio.sleep(self._chance.uniform(0.05, 1.0))
            database.execute("ROLLBACK")

    async def _ask(self) -> None:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(5):
                await self._rig.ask(self._chance.choice(list(self._rig.servers)))
            self._rig.trial.inject("asked again while it runs")

    async def _cancel(self) -> None:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(5):
                await self._rig.client.cancel(("source", self._chance.choice(list(self._rig.servers))))
            self._rig.trial.inject("cancelled")

    async def _purge(self) -> None:
        stream = self._chance.choice(("PLAYBILL_FETCH", "PLAYBILL_PARSE", "PLAYBILL_WRITE"))
        with contextlib.suppress(Exception):
            await self._bus.jetstream(timeout=2).purge_stream(stream)
            self._rig.trial.inject("stream emptied")


async def _quiet(_: Exception) -> None:
    """A bus that is away is what was ordered."""
