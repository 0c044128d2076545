"""The writer's process: what each delivery does to the store, and what becomes of the delivery then."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from actors import failpoints
from actors.actor import Bury, Outcome, Refusal, Retry, outcome_of
from actors.failpoints import Point
from actors.logs import logger
from actors.runtime.process import ActorBus
from actors.runtime.pull import Delivery, Puller
from actors.runtime.serving import bury, dead_letter
from actors.runtime.stray import StrayCancellation, is_stray, unsilenced
from actors.store import Store, Transaction
from actors.writer.admission import Requested, admit, refuse_unread
from actors.writer.clock import utc_now
from actors.writer.committing import Batch
from actors.writer.config import WriterSource
from actors.writer.mending import mend
from actors.writer.pump import Pump
from actors.writer.upkeep import Upkeep
from contracts import codec, limits, subjects
from contracts.errors import PlaybillError, StoreCorrupt, StoreUnavailable
from contracts.messages import DeadLetter, MendDeadLetters, StepCounted, SyncRequest, ToWriter

_log: Final = logger("writer")
_TRUSTED_DELIVERIES: Final = 2


class _Overtaken(Exception):
    """A cancel was heard while a transaction wrote what it hits."""


class Writer:
    """Everything the writer does with deliveries; each commit is followed by the acknowledgements it earned."""

    def __init__(self, store: Store, bus: ActorBus, sources: Sequence[WriterSource]) -> None:
        self._store, self._bus = store, bus
        self._sources: Mapping[str, WriterSource] = {configured.source_id: configured for configured in sources}
        self._pump = Pump(store, bus, self._bury)
        self._upkeep = Upkeep(self._transaction, bus, self._sources)
        self._refusal = Refusal()

    async def run(self) -> None:
        """Work until cancelled. Raises StoreCorrupt, which no restart heals."""
        await self._upkeep.begin()
        requests = await self._bus.puller(subjects.STREAM_REQUESTS, subjects.CONSUMER_WRITER, in_hand_max=8)
        writes = await self._bus.puller(
            subjects.STREAM_WRITE, subjects.CONSUMER_WRITER, in_hand_max=limits.SLICES_PER_TRANSACTION + 2
        )
        dead = await self._bus.puller(subjects.STREAM_DEAD, subjects.CONSUMER_WRITER, in_hand_max=8)
        mends = await self._bus.puller(subjects.STREAM_REQUESTS, subjects.CONSUMER_MENDER, in_hand_max=2)
        async with asyncio.TaskGroup() as group:
            group.create_task(unsilenced(self._serve_requests(requests)))
            group.create_task(unsilenced(self._serve_writes(writes)))
            group.create_task(unsilenced(self._serve_dead(dead)))
            group.create_task(unsilenced(self._serve_mends(mends)))
            group.create_task(unsilenced(self._upkeep.purge()))
            group.create_task(unsilenced(self._upkeep.heed_cancels()))
            group.create_task(unsilenced(self._pump.run()))
            group.create_task(unsilenced(self._upkeep.reconcile()))

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
        await failpoints.reach(Point.ADMISSION_COMMITTED)

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
        await failpoints.reach(Point.WRITER_RECEIVED)
        messages = [codec.decode_work(delivery.body, ToWriter) for delivery in deliveries]
        facts: list[StepCounted] | None = None
        while facts is None:
            with suppress(_Overtaken):
                facts = await self._write_batch(messages)
        await failpoints.reach(Point.WRITER_COMMITTED)
        await self._tell(facts)

    async def _write_batch(self, messages: Sequence[ToWriter]) -> list[StepCounted]:
        """What a cancel hits that is heard before the COMMIT, however slow the disk is, is undone and left out."""
        async with self._transaction() as tx:
            await failpoints.reach(Point.WRITER_BEGUN)
            wanted = [message for message in messages if not self._is_hit(message)]
            facts = await Batch(tx, self._sources, utc_now()).commit(wanted)
            await failpoints.reach(Point.WRITER_COMMITTING)
            if any(map(self._is_hit, wanted)):
                raise _Overtaken
        return facts

    def _is_hit(self, message: ToWriter) -> bool:
        return self._bus.cancels.hit(message.source_id, message.sync_id, message.requested_ns)

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
            await self._bury(tx, dead)

    async def _bury(self, tx: Transaction, dead: DeadLetter) -> None:
        """Keep it, and let the step that it was of go on without it."""
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
            except StoreUnavailable:  # The store has said so.
                self._bus.waits.note("store")
                await asyncio.sleep(limits.STORE_RETRY_S)
            except StoreCorrupt:
                raise
            except asyncio.CancelledError:
                if not is_stray():
                    raise
                _log.error("a stray cancellation")
                return outcome_of(StrayCancellation(), tries)
            except PlaybillError as error:
                return outcome_of(error, tries)
            except Exception as error:  # noqa: BLE001 - a bug of ours: told, tried again, buried in the end
                _log.exception("a bug")
                return outcome_of(error, tries)
            else:
                return outcome_of(None, tries)

    async def _settle(self, delivery: Delivery, outcome: Outcome) -> None:
        await failpoints.reach(Point.WRITER_SETTLING)
        match outcome:
            case Retry():
                await delivery.retry(outcome.delay_s)
            case Bury():
                _log.warning("buried", subject=delivery.subject, reason=outcome.reason)
                await bury("writer", delivery, outcome, self._bus.publisher)
            case _:
                await delivery.ack()
        await failpoints.reach(Point.WRITER_SETTLED)


def _readable(delivery: Delivery) -> DeadLetter:
    """The dead letter, or one around what was sent as one and cannot be read: there is no further place to send it to."""
    try:
        return codec.decode_work(delivery.body, DeadLetter)
    except PlaybillError as error:
        outcome = outcome_of(error, delivery.deliveries)
        assert isinstance(outcome, Bury)
        return dead_letter("writer", delivery, outcome)
