"""Publishing the outbox: what a transaction decided is said after it is committed, in order, until the bus has it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

import msgspec

from actors import failpoints
from actors.actor import Bury
from actors.failpoints import Point
from actors.logs import logger
from actors.runtime.process import ActorBus
from actors.runtime.serving import dead_letter_of
from actors.store import Store, Transaction
from actors.store.records import OutboxRow
from contracts import limits
from contracts.errors import BusRefuses, StoreUnavailable
from contracts.messages import DeadLetter

_log: Final = logger("outbox")
_IDLE_S: Final = 1.0
_INSISTS_S: Final = 2.0
"""How long the messages of a batch are insisted on: streams that are made anew are there within that, and the order stays."""
_AGAIN_MAX_S: Final = 10.0
"""A message that was refused is tried again after as long as that was ago, and after this at the latest."""

Keep = Callable[[Transaction, DeadLetter], Awaitable[None]]


class _Refused(msgspec.Struct, frozen=True, kw_only=True):
    since_s: float
    last_s: float
    reason: str

    @property
    def is_due(self) -> bool:
        return time.monotonic() - self.last_s >= min(_AGAIN_MAX_S, self.last_s - self.since_s)


class Pump:
    """The writer itself never waits for a stream, so streams that are full cannot stop it from emptying them.

    What the bus refuses is passed by and tried again. After `limits.OUTBOX_REFUSED_S` in which it took others, `keep` has it as a
    dead letter: a bus that takes nothing at all is waited for, however long.
    """

    def __init__(self, store: Store, bus: ActorBus, keep: Keep) -> None:
        self._store, self._bus, self._keep = store, bus, keep
        self._due = asyncio.Event()
        self._due.set()
        self._refused: dict[int, _Refused] = {}
        """By outbox id."""
        self._taken_s = 0.0
        """When the bus took something last."""

    def wake(self) -> None:
        """Something was committed."""
        self._due.set()

    async def run(self) -> None:
        while True:
            self._due.clear()
            try:
                await self._publish_all()
            except StoreUnavailable:  # The store has said so.
                self._bus.waits.note("store")
                await asyncio.sleep(limits.STORE_RETRY_S)
                continue
            try:
                async with asyncio.timeout(_IDLE_S):
                    await self._due.wait()
            except TimeoutError:
                continue

    async def _publish_all(self) -> None:
        """Go through the outbox once."""
        last_id = 0
        while True:
            async with self._store.transaction() as tx:
                rows = await tx.outbox(limits.OUTBOX_BATCH, after_id=last_id)
            # What was refused comes last: each may take as long as an answer may.
            await self._publish(sorted(filter(self._is_due, rows), key=lambda row: row.outbox_id in self._refused))
            if len(rows) < limits.OUTBOX_BATCH:
                return
            last_id = rows[-1].outbox_id

    def _is_due(self, row: OutboxRow) -> bool:
        refused = self._refused.get(row.outbox_id)
        return refused is None or refused.is_due

    async def _publish(self, rows: Sequence[OutboxRow]) -> None:
        if not rows:
            return
        reasons: dict[int, str] = {}
        until_s = time.monotonic() + _INSISTS_S
        await failpoints.reach(Point.OUTBOX_PUBLISHING)
        async with self._bus.publisher.window() as window:
            for row in rows:
                await window.run(partial(self._offer, row, until_s, reasons))
        await failpoints.reach(Point.OUTBOX_PUBLISHED)
        self._note(rows, reasons)
        await self._settle(rows)

    async def _offer(self, row: OutboxRow, until_s: float, reasons: dict[int, str]) -> None:
        insists_s = 0.0 if row.outbox_id in self._refused else until_s - time.monotonic()
        try:
            await self._bus.publisher.publish_bytes(row.subject, row.message_id, row.body, insists_s=insists_s)
        except BusRefuses as error:
            reasons[row.outbox_id] = error.text

    def _note(self, rows: Sequence[OutboxRow], reasons: dict[int, str]) -> None:
        now_s = time.monotonic()
        if len(reasons) < len(rows):
            self._taken_s = now_s
        fresh = [outbox_id for outbox_id in reasons if outbox_id not in self._refused]
        if fresh:
            _log.warning("the bus refuses messages; the others go on", refused=len(fresh), reason=reasons[fresh[0]])
        if reasons:
            self._bus.waits.note("bus")
        for row in rows:
            before = self._refused.pop(row.outbox_id, None)
            if row.outbox_id in reasons:
                since_s = now_s if before is None else before.since_s
                self._refused[row.outbox_id] = _Refused(since_s=since_s, last_s=now_s, reason=reasons[row.outbox_id])

    async def _settle(self, rows: Sequence[OutboxRow]) -> None:
        """Out of the outbox: what the bus has, and what it will never have."""
        hopeless = [row for row in rows if self._is_hopeless(row)]
        taken = [row for row in rows if row.outbox_id not in self._refused]
        async with self._store.transaction() as tx:
            await tx.outbox_sent([row.outbox_id for row in (*taken, *hopeless)])
            for row in hopeless:
                bury = Bury(f"{BusRefuses.code}: {self._refused[row.outbox_id].reason}")
                await self._keep(tx, dead_letter_of(self._bus.role, bury, row.subject, row.message_id, row.body))
        for row in hopeless:
            _log.error("set aside what the bus refuses", subject=row.subject, reason=self._refused.pop(row.outbox_id).reason)
            self.wake()  # What follows from it is in the outbox.

    def _is_hopeless(self, row: OutboxRow) -> bool:
        refused = self._refused.get(row.outbox_id)
        if refused is None:
            return False
        return refused.last_s - refused.since_s > limits.OUTBOX_REFUSED_S and self._taken_s >= refused.since_s
