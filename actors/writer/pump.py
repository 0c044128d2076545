"""Publishing the outbox: what a transaction decided is said after it is committed, in order, until the bus has it."""

import asyncio
from typing import Final

from actors.logs import logger
from actors.runtime.process import ActorBus
from actors.store import Store
from contracts import limits
from contracts.errors import BusUnavailable, StoreUnavailable

_log: Final = logger("outbox")
_IDLE_S: Final = 1.0
_PAUSE_S: Final = 1.0
"""After a refusal, however much is committed meanwhile."""


class Pump:
    """The writer itself never waits for a stream, so streams that are full cannot stop it from emptying them."""

    def __init__(self, store: Store, bus: ActorBus) -> None:
        self._store, self._bus = store, bus
        self._due = asyncio.Event()
        self._due.set()

    def wake(self) -> None:
        """Something was committed."""
        self._due.set()

    async def run(self) -> None:
        while True:
            self._due.clear()
            try:
                while await self._publish_some():
                    pass
            except (StoreUnavailable, BusUnavailable) as error:
                _log.warning("the outbox waits", reason=error.text)
                await asyncio.sleep(_PAUSE_S)
                continue
            try:
                async with asyncio.timeout(_IDLE_S):
                    await self._due.wait()
            except TimeoutError:
                continue

    async def _publish_some(self) -> bool:
        async with self._store.transaction() as tx:
            rows = await tx.outbox(limits.OUTBOX_BATCH)
        if not rows:
            return False
        async with self._bus.publisher.window() as window:
            for row in rows:
                await window.put_bytes(row.subject, row.message_id, row.body)
        async with self._store.transaction() as tx:
            await tx.outbox_sent([row.outbox_id for row in rows])
        return len(rows) == limits.OUTBOX_BATCH
