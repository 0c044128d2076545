"""Looks on while faults are injected: progress as anybody hears it, and the file as any reader sees it."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import nats
from nats.aio.msg import Msg

from faults.checker import FINAL, check_atomic
from faults.processes import peak_memory_mb
from faults.rig import ROLES, Rig
from faults.trial import Broken, expect


class Heard:
    """Every SyncProgress in the order in which the bus gave it; nothing of the product's own client stands between."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        self.count = 0
        self._last: dict[str, tuple[int, str]] = {}

    async def take(self, message: Msg) -> None:
        state: dict[str, Any] = msgspec.json.decode(message.data)
        self.count += 1
        sync_id, percent, status = state["sync_id"], state["progress"], state["status"]
        before, was = self._last.get(sync_id, (0, "pending"))
        if percent < before:
            self.broken.append(f"I6: the progress of {sync_id} fell from {before} to {percent}")
        if was in FINAL and status != was:
            self.broken.append(f"I6: {sync_id} was {was} and is {status}")
        if status in ("completed", "partial") and percent != 100:
            self.broken.append(f"I6: {sync_id} is {status} at {percent} %")
        if not 0 <= percent <= 100:
            self.broken.append(f"I6: {percent} %")
        self._last[sync_id] = percent, status


@asynccontextmanager
async def watched(rig: Rig, *, memory_mb_max: float | None = None) -> AsyncIterator[Heard]:
    """While the block runs, I3 and I6 are looked at all the time; at its end, Broken with what did not hold.

    With `memory_mb_max`, also I11: the peak of each actor's process.
    """
    heard = Heard()
    client = await nats.connect(
        rig.client.connection.client.connected_url.geturl() if rig.client.connection.client.connected_url else rig.admin.url,
        user=rig.admin.user,
        password=rig.admin.password,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0,
        error_cb=_quiet,
    )
    await client.subscribe("playbill.progress.*", cb=heard.take)
    peaks: dict[str, float] = {}
    looking = asyncio.create_task(_look(rig, peaks))
    try:
        yield heard
    finally:
        looking.cancel()
        found = (await asyncio.gather(looking, return_exceptions=True))[0]
        await client.close()
    if isinstance(found, Broken):
        raise found
    expect(not heard.broken, "; ".join(heard.broken[:5]))
    if peaks:
        rig.trial.note("peak MB: " + ", ".join(f"{role} {peak:.0f}" for role, peak in sorted(peaks.items())))
    over = {role: peak for role, peak in peaks.items() if memory_mb_max is not None and peak > memory_mb_max}
    expect(not over, f"I11: more than {memory_mb_max} MB: {over}")


async def _look(rig: Rig, peaks: dict[str, float]) -> None:
    while True:
        with contextlib.suppress(sqlite3.OperationalError):  # Locked, or not there yet: the next look tells.
            await asyncio.to_thread(check_atomic, rig)
        for role in ROLES:
            pid = rig.processes.pid(role)
            if pid is not None:
                peaks[role] = max(peaks.get(role, 0.0), peak_memory_mb(pid))
        await asyncio.sleep(0.1)


async def _quiet(_: Exception) -> None:
    """A bus that is away is what was ordered."""
