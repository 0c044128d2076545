"""The writer's process: requests, slices, dead letters, cancels, the outbox and the reconciler, over one store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from typing import Final, TypeVar

from actors.actor import Bury, Outcome, Refusal, Retry, outcome_of
from actors.logs import logger
from actors.runtime.process import ActorBus
from actors.runtime.pull import Delivery, Puller
from actors.runtime.serving import bury, dead_letter
from actors.sources import source
from actors.store import Store, Transaction
from actors.store.records import SourceRow
from actors.writer.admission import Requested, admit, refuse_unread
from actors.writer.committing import Batch
from actors.writer.config import WriterSource
from actors.writer.mending import mend
from actors.writer.pump import Pump
from actors.writer.reconciling import Look, ask_again, cancel_hit, end_hopeless, look
from contracts import codec, limits, subjects
from contracts.catalog import Part
from contracts.errors import PlaybillError, StoreCorrupt, StoreUnavailable
from contracts.messages import DeadLetter, MendDeadLetters, StepCounted, SyncRequest, ToWriter

_log: Final = logger("writer")
_STORE_PAUSE_S: Final = 1.0
_TRUSTED_DELIVERIES: Final = 2

T = TypeVar("T")


def utc_now() -> datetime:
    """To the millisecond, as the store keeps times: a time that was read back is equal to the one that was written."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class Writer:
    """Everything the writer does with deliveries; each commit is followed by the acknowledgements it earned."""

    def __init__(self, store: Store, bus: ActorBus, sources: Sequence[WriterSource]) -> None:
        self._store, self._bus = store, bus
        self._sources: Mapping[str, WriterSource] = {configured.source_id: configured for configured in sources}
        self._pump = Pump(store, bus)
        self._cancelled = asyncio.Event()
        self._refusal = Refusal()

    async def run(self) -> None:
        """Work until cancelled. Raises StoreCorrupt, which no restart heals."""
        self._bus.on_cancel(self._cancelled.set)
        await self._begin()
        requests = await self._bus.puller(subjects.STREAM_REQUESTS, subjects.CONSUMER_WRITER, in_hand_max=8)
        writes = await self._bus.puller(
            subjects.STREAM_WRITE, subjects.CONSUMER_WRITER, in_hand_max=limits.SLICES_PER_TRANSACTION + 2
        )
        dead = await self._bus.puller(subjects.STREAM_DEAD, subjects.CONSUMER_WRITER, in_hand_max=8)
        mends = await self._bus.puller(subjects.STREAM_REQUESTS, subjects.CONSUMER_MENDER, in_hand_max=2)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._serve_requests(requests))
            group.create_task(self._serve_writes(writes))
            group.create_task(self._serve_dead(dead))
            group.create_task(self._serve_mends(mends))
            group.create_task(self._purge())
            group.create_task(self._heed_cancels())
            group.create_task(self._pump.run())
            group.create_task(self._reconcile())

    async def _begin(self) -> None:
        async with self._transaction() as tx:
            rows = [SourceRow(source_id=s.source_id, kind=s.kind, title=s.title) for s in self._sources.values()]
            await tx.put_sources(rows)
            for configured in self._sources.values():
                await tx.put_libraries(configured.source_id, source(configured.kind).libraries)
            await cancel_hit(tx, self._bus.cancels, utc_now())
            await end_hopeless(tx, self._sources, utc_now())

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Transaction]:
        async with self._store.transaction() as tx:
            yield tx
        self._pump.wake()

    async def _serve_requests(self, puller: Puller) -> None:
        while True:
            delivery = await puller.next()
            await self._settle(delivery, await self._guarded([delivery], self._admit))

    async def _admit(self, deliveries: Sequence[Delivery]) -> None:
        """Admit or refuse. A request that cannot be read is refused too, so that its asker hears of it, and buried then."""
        delivery = deliveries[0]
        source_id, stamped_ns = subjects.source_of(delivery.subject), delivery.stamped_ns
        try:
            request = codec.decode_public(delivery.body, SyncRequest)
        except PlaybillError as error:
            async with self._transaction() as tx:
                await refuse_unread(tx, source_id, stamped_ns, error.text)
            raise
        requested = Requested(source_id=source_id, request=request, stamped_ns=stamped_ns)
        async with self._transaction() as tx:
            await admit(tx, self._sources, requested, self._bus.cancels, utc_now())

    async def _serve_writes(self, puller: Puller) -> None:
        while True:
            deliveries = [await puller.next(), *puller.ready()]
            # What came back more than once without an outcome may have ended this process: it gets no company.
            suspects = [delivery for delivery in deliveries if delivery.deliveries > _TRUSTED_DELIVERIES]
            for delivery in suspects:
                await self._write([delivery])
            others = [delivery for delivery in deliveries if delivery.deliveries <= _TRUSTED_DELIVERIES]
            for first in range(0, len(others), limits.SLICES_PER_TRANSACTION):
                await self._write(others[first : first + limits.SLICES_PER_TRANSACTION])

    async def _write(self, deliveries: Sequence[Delivery]) -> None:
        outcome = await self._guarded(deliveries, self._commit)
        if len(deliveries) > 1 and isinstance(outcome, Retry | Bury):
            # One of them is poison: alone, each shows what it is, and the others are saved.
            for delivery in deliveries:
                await self._settle(delivery, await self._guarded([delivery], self._commit))
            return
        for delivery in deliveries:
            await self._settle(delivery, outcome)

    async def _commit(self, deliveries: Sequence[Delivery]) -> None:
        messages = [codec.decode_work(delivery.body, ToWriter) for delivery in deliveries]
        async with self._transaction() as tx:
            facts = await Batch(tx, self._sources, utc_now()).commit(messages)
        await self._tell(facts)

    async def _tell(self, facts: Sequence[StepCounted]) -> None:
        for fact in facts:
            await self._bus.say(fact)

    async def _serve_dead(self, puller: Puller) -> None:
        while True:
            delivery = await puller.next()
            outcome = await self._guarded([delivery], self._keep_dead)
            # A dead letter that cannot be kept has nowhere to go: it waits on the bus.
            await self._settle(delivery, Retry(limits.RETRY_DELAY_MAX_S) if isinstance(outcome, Bury) else outcome)

    async def _keep_dead(self, deliveries: Sequence[Delivery]) -> None:
        dead = _readable(deliveries[0])
        async with self._transaction() as tx:
            await tx.add_dead_letter(dead)
            await Batch(tx, self._sources, utc_now()).bury(dead)

    async def _serve_mends(self, puller: Puller) -> None:
        while True:
            delivery = await puller.next()
            await self._settle(delivery, await self._guarded([delivery], self._mend))

    async def _mend(self, deliveries: Sequence[Delivery]) -> None:
        asked = codec.decode_public(deliveries[0].body, MendDeadLetters)
        async with self._transaction() as tx:
            await mend(tx, self._sources, asked, deliveries[0].stamped_ns, utc_now())

    async def _purge(self) -> None:
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

    async def _guarded(self, deliveries: Sequence[Delivery], act: Callable[[Sequence[Delivery]], Awaitable[None]]) -> Outcome:
        """Run `act`, waiting out a store that is locked or full: the deliveries stay in hand, and nothing is lost.

        Raises StoreCorrupt: nothing can be written any more, and no message is to blame for it.
        """
        tries = max(delivery.deliveries for delivery in deliveries)
        refused = self._refusal.of(tries)
        if refused is not None:
            return refused
        while True:
            try:
                await act(deliveries)
            except StoreUnavailable as error:
                _log.warning("the store waits", reason=error.text)
                await asyncio.sleep(_STORE_PAUSE_S)
            except StoreCorrupt:
                raise
            except PlaybillError as error:
                return outcome_of(error, tries)
            except Exception as error:  # noqa: BLE001 - a bug of ours: told, tried again, buried in the end
                _log.exception("a bug")
                return outcome_of(error, tries)
            else:
                return outcome_of(None, tries)

    async def _settle(self, delivery: Delivery, outcome: Outcome) -> None:
        match outcome:
            case Retry():
                await delivery.retry(outcome.delay_s)
            case Bury():
                _log.warning("buried", subject=delivery.subject, reason=outcome.reason)
                await bury("writer", delivery, outcome, self._bus.publisher)
            case _:
                await delivery.ack()

    async def _heed_cancels(self) -> None:
        while True:
            await self._cancelled.wait()
            self._cancelled.clear()
            await self._patiently(self._cancel_hit)

    async def _cancel_hit(self) -> None:
        async with self._transaction() as tx:
            ended = await cancel_hit(tx, self._bus.cancels, utc_now())
        for sync_id in ended:
            _log.info("cancelled", sync=sync_id)

    async def _reconcile(self) -> None:
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
            await end_hopeless(tx, self._sources, utc_now())

    async def _look(self, source_id: str, part: Part) -> Look | None:
        async with self._store.transaction() as tx:
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
            except StoreUnavailable as error:
                _log.warning("the store waits", reason=error.text)
                await asyncio.sleep(_STORE_PAUSE_S)


def _readable(delivery: Delivery) -> DeadLetter:
    """The dead letter, or one around what was sent as one and cannot be read: there is no further place to send it to."""
    try:
        return codec.decode_work(delivery.body, DeadLetter)
    except PlaybillError as error:
        outcome = outcome_of(error, delivery.deliveries)
        assert isinstance(outcome, Bury)
        return dead_letter("writer", delivery, outcome)
