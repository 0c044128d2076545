"""What the writer does by itself: begins, ends what is cancelled, purges what is gone, and asks again for what was lost."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from itertools import product
from typing import Final, TypeVar

from actors.logs import logger
from actors.runtime.process import ActorBus
from actors.sources import source
from actors.store import Transaction
from actors.store.records import SourceRow
from actors.writer.ageing import Ages
from actors.writer.clock import utc_now
from actors.writer.config import WriterSource
from actors.writer.reconciling import Look, ask_again, cancel_hit, end_hopeless, look
from actors.writer.repeating import say_again
from actors.writer.rereading import read_again
from contracts import limits
from contracts.catalog import Part
from contracts.errors import StoreUnavailable

_log: Final = logger("writer")

Begin = Callable[[], AbstractAsyncContextManager[Transaction]]
T = TypeVar("T")


class Upkeep:
    """Each act is a transaction of its own, and waits for a store that is locked or full."""

    def __init__(self, begin: Begin, bus: ActorBus, sources: Mapping[str, WriterSource]) -> None:
        self._transaction, self._bus, self._sources = begin, bus, sources
        self._cancelled = asyncio.Event()
        self._ages = Ages()

    async def begin(self) -> None:
        """Before anything else: the sources as they are configured, and what the last writer could not do any more."""
        self._bus.on_cancel(self._cancelled.set)
        await self._patiently(self._begin)

    async def _begin(self) -> None:
        async with self._transaction() as tx:
            rows = [SourceRow(source_id=s.source_id, kind=s.kind, title=s.title) for s in self._sources.values()]
            await tx.put_sources(rows)
            for configured in self._sources.values():
                await tx.put_libraries(configured.source_id, source(configured.kind).libraries)
            await cancel_hit(tx, self._bus.cancels, utc_now())
            await end_hopeless(tx, self._sources, utc_now(), self._ages)
            await read_again(tx, self._sources, self._bus.cancels, utc_now())
            await say_again(tx, utc_now())

    async def purge(self) -> None:
        """What has been hidden for longer than its source's grace period goes for good, some of it at a time."""
        while True:
            for configured in self._sources.values():
                await self._patiently(partial(self._purge_some, configured))
            await asyncio.sleep(limits.PURGE_INTERVAL_S)

    async def _purge_some(self, configured: WriterSource) -> None:
        now = utc_now()
        async with self._transaction() as tx:
            purged = await tx.purge(configured.source_id, now - timedelta(seconds=configured.grace_s), limits.PURGED_AT_ONCE)
        if purged:
            _log.info("purged what was gone", source=configured.source_id, rows=purged)

    async def heed_cancels(self) -> None:
        """End the syncs that a cancel hits, as soon as it is heard."""
        while True:
            await self._cancelled.wait()
            self._cancelled.clear()
            await self._patiently(self._cancel_hit)

    async def _cancel_hit(self) -> None:
        async with self._transaction() as tx:
            ended = await cancel_hit(tx, self._bus.cancels, utc_now())
        for sync_id in ended:
            _log.info("cancelled", sync=sync_id)

    async def reconcile(self) -> None:
        """Twice in a row the same work left, nothing in the outbox and nothing on the bus for it: it is lost."""
        idle: dict[tuple[str, Part], Look] = {}
        while True:
            await self._patiently(self._end_hopeless)
            for source_id, part in product(self._sources, Part):
                before = idle.pop((source_id, part), None)
                seen = await self._patiently(partial(self._look, source_id, part))
                if seen is None or not await self._bus.is_conveyor_empty(source_id, part):
                    continue
                if seen == before:
                    await self._patiently(partial(self._ask_again, source_id, part, seen))
                else:
                    idle[source_id, part] = seen
            await asyncio.sleep(limits.RECONCILE_INTERVAL_S)

    async def _end_hopeless(self) -> None:
        async with self._transaction() as tx:
            await cancel_hit(tx, self._bus.cancels, utc_now())
            await end_hopeless(tx, self._sources, utc_now(), self._ages)

    async def _look(self, source_id: str, part: Part) -> Look | None:
        async with self._transaction() as tx:
            return await look(tx, source_id, part)

    async def _ask_again(self, source_id: str, part: Part, seen: Look) -> None:
        async with self._transaction() as tx:
            if await look(tx, source_id, part) != seen:
                return
            asked = await ask_again(tx, self._sources[source_id], part, utc_now())
        if asked:
            _log.warning("the bus lost work; asked again", source=source_id, steps=asked)

    async def _patiently(self, act: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await act()
            except StoreUnavailable:  # The store has said so.
                self._bus.waits.note("store")
                await asyncio.sleep(limits.STORE_RETRY_S)
