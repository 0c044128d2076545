"""The aggregator's process: folds facts and publishes SyncProgress, at most ten a second and source, the last one always.

Facts are acknowledged after the progress that holds them is in its stream, so a restart loses none; the last progress
of each source seeds the fold again.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from actors import failpoints
from actors.failpoints import Point
from actors.logs import logger
from actors.progress.board import Board
from actors.runtime.hearing import ASK_AGAIN_S, Kept, last_per_subject
from actors.runtime.process import ActorBus
from actors.runtime.pull import Delivery, Puller
from actors.runtime.stray import unsilenced
from contracts import codec, limits, subjects
from contracts.errors import BusUnavailable, PlaybillError
from contracts.messages import Fact, SyncProgress

_log: Final = logger("progress")
_FACTS_IN_HAND: Final = 500


class Aggregator:
    """Holds the board between ticks."""

    def __init__(self, bus: ActorBus) -> None:
        self._bus = bus
        self._board = Board()
        self._held: list[Delivery] = []
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled."""
        await self._seed()
        puller = await self._bus.puller(subjects.STREAM_FACTS, subjects.CONSUMER_PROGRESS, in_hand_max=_FACTS_IN_HAND)
        async with asyncio.TaskGroup() as group:
            group.create_task(unsilenced(self._take_facts(puller)))
            group.create_task(unsilenced(self._publish()))

    async def _seed(self) -> None:
        for kept in await self._kept():
            try:
                self._board.seed(codec.decode_public(kept.body, SyncProgress))
            except PlaybillError as error:
                _log.warning("a kept progress that cannot be read", reason=error.text)

    async def _kept(self) -> list[Kept]:
        while True:
            try:
                return await last_per_subject(self._bus.control.client, subjects.STREAM_PROGRESS, [subjects.PROGRESS_KEPT])
            except BusUnavailable as error:
                _log.warning("waits for the last progress", reason=error.text)
                await asyncio.sleep(ASK_AGAIN_S)

    async def _take_facts(self, puller: Puller) -> None:
        while True:
            for delivery in [await puller.next(), *puller.ready()]:
                await self._take(delivery)

    async def _take(self, delivery: Delivery) -> None:
        await failpoints.reach(Point.PROGRESS_RECEIVED)
        try:
            fact = codec.decode_public(delivery.body, Fact)
        except PlaybillError as error:
            _log.warning("a fact that cannot be read", subject=delivery.subject, reason=error.text)
            await delivery.end(error.code)
            return
        try:
            self._board.fold(fact, is_first_delivery=delivery.deliveries == 1)
        except Exception:  # noqa: BLE001 - a bug of ours, or a fact that nobody should have said: the others go on
            _log.exception("a fact that cannot be folded", subject=delivery.subject)
            await delivery.end("bug")
            return
        self._held.append(delivery)
        self._changed.set()

    async def _publish(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            await failpoints.reach(Point.PROGRESS_PUBLISHING)
            await self._say(self._board.due(datetime.now(UTC)))
            await failpoints.reach(Point.PROGRESS_PUBLISHED)
            if not self._board.has_due:
                held, self._held = self._held, []
                for delivery in held:
                    await delivery.ack()
                await failpoints.reach(Point.PROGRESS_SETTLED)
            # One tick for all sources: each gets at most one message of it.
            await asyncio.sleep(limits.PROGRESS_INTERVAL_S)
            if self._board.has_due:
                self._changed.set()

    async def _say(self, progresses: Sequence[SyncProgress]) -> None:
        async with self._bus.publisher.window() as window:
            for progress in progresses:
                await window.put(progress)
                if progress.status.is_final:
                    _log.info("a sync ended", **_in_a_line(progress))


def _in_a_line(progress: SyncProgress) -> dict[str, object]:
    counts = progress.counts
    values: dict[str, object] = {
        "source": progress.source_id,
        "status": str(progress.status),
        "new": counts.new,
        "changed": counts.changed,
        "unchanged": counts.unchanged,
        "rejected": counts.rejected,
    }
    if progress.errors:
        values["error"] = progress.errors[0].text
    return values
