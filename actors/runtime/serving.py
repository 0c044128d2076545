"""Serving a consumer with an actor's handler: decode, heed cancels, publish what follows, acknowledge after the work."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, datetime
from types import UnionType
from typing import Final, Generic, TypeVar

from actors import failpoints
from actors.actor import Ack, Bury, Outcome, Refusal, Retry, outcome_of
from actors.cancels import Cancels
from actors.failpoints import Point
from actors.logs import logger
from actors.runtime.publish import Publisher
from actors.runtime.pull import Delivery, Puller
from actors.runtime.stray import StrayCancellation, is_stray
from contracts import codec, limits
from contracts.errors import BusUnavailable, PlaybillError
from contracts.messages import DeadLetter, FetchPage, FetchSeries, Message, RawSeries, RawSlice, StepFetching

_log: Final = logger("serve")

W = TypeVar("W", bound=FetchPage | FetchSeries | RawSlice | RawSeries)
Handle = Callable[[W, int], AsyncGenerator[Message, None]]
"""A message and the number of its delivery, to the messages that follow. Raises when it cannot."""


class Server(Generic[W]):
    """Works on the deliveries of one puller, one after another; `wanted` is what may be delivered, one kind or a union."""

    def __init__(
        self,
        role: str,
        wanted: type[W] | UnionType,
        handle: Handle[W],
        *,
        puller: Puller,
        publisher: Publisher,
        cancels: Cancels,
        say: Callable[[StepFetching], Awaitable[None]],
        before_retry: Callable[[W, float], Awaitable[None]] | None = None,
    ) -> None:
        self._role = role
        self._received, self._publishing, self._published, self._settling, self._settled = _points(role)
        self._wanted: type[W] | UnionType = wanted
        self._handle: Handle[W] = handle
        self._puller, self._publisher, self._cancels = puller, publisher, cancels
        self._say = say
        self._before_retry: Callable[[W, float], Awaitable[None]] | None = before_retry
        self._refusal = Refusal()
        self._current: W | None = None
        self._work: asyncio.Task[None] | None = None

    async def run(self) -> None:
        while True:
            delivery = await self._puller.next()
            try:
                await failpoints.reach(self._received)
                outcome = await self._outcome(delivery)
            except asyncio.CancelledError:
                await delivery.retry(0)  # Stopping: somebody else begins it anew, at once.
                if is_stray():
                    _log.error("a stray cancellation", role=self._role)
                    continue
                raise
            await self._settle(delivery, outcome)

    def heed_cancels(self) -> None:
        """Interrupt the work in hand if a cancel hit it. A handler holds HTTP and publishes, nothing that may not end."""
        if self._current is not None and self._work is not None and self._is_cancelled(self._current):
            self._work.cancel()

    def _is_cancelled(self, message: W) -> bool:
        return self._cancels.hit(message.source_id, message.sync_id, message.requested_ns)

    async def _outcome(self, delivery: Delivery) -> Outcome:
        refused = self._refusal.of(delivery.deliveries)
        if refused is not None:
            return refused
        try:
            message: W = codec.decode_work(delivery.body, self._wanted)
        except PlaybillError as error:
            return outcome_of(error, delivery.deliveries)
        if self._is_cancelled(message):
            return Ack()
        outcome = await self._handled(message, delivery.deliveries)
        if isinstance(outcome, Retry) and self._before_retry is not None:
            await self._before_retry(message, outcome.delay_s)
        return outcome

    async def _handled(self, message: W, deliveries: int) -> Outcome:
        self._current = message
        self._work = asyncio.create_task(self._follow(message, deliveries))
        try:
            await asyncio.wait({self._work})
        except asyncio.CancelledError:
            self._work.cancel()
            await asyncio.wait({self._work})
            raise
        finally:
            self._current = None
        if self._work.cancelled() and self._work.cancelling():
            return Ack()
        error = StrayCancellation() if self._work.cancelled() else self._work.exception()
        if error is not None and not isinstance(error, Exception):
            raise error
        if error is not None and not isinstance(error, PlaybillError):
            _log.error("a bug", role=self._role, exc_info=error)
        return outcome_of(error, deliveries)

    async def _follow(self, message: W, deliveries: int) -> None:
        following = self._handle(message, deliveries)
        try:
            async with self._publisher.window() as window:
                async for next_message in following:
                    if isinstance(next_message, StepFetching):
                        await self._say(next_message)
                    else:
                        await failpoints.reach(self._publishing, message.source_id, message.step)
                        await window.put(next_message)
            await failpoints.reach(self._published)
        finally:
            await following.aclose()

    async def _settle(self, delivery: Delivery, outcome: Outcome) -> None:
        await failpoints.reach(self._settling)
        match outcome:
            case Ack():
                await delivery.ack()
            case Retry():
                _log.info("again later", role=self._role, delay_s=round(outcome.delay_s, 1), deliveries=delivery.deliveries)
                await delivery.retry(outcome.delay_s)
            case Bury():
                _log.warning("buried", role=self._role, reason=outcome.reason)
                await bury(self._role, delivery, outcome, self._publisher)
        await failpoints.reach(self._settled)


async def bury(role: str, delivery: Delivery, outcome: Bury, publisher: Publisher) -> None:
    """Into the dead letters, then out of its queue; where they do not take it, it stays and is tried again."""
    try:
        await publisher.publish(dead_letter(role, delivery, outcome))
    except BusUnavailable as error:
        _log.error("a dead letter has no place", role=role, reason=error.text)
        await delivery.retry(limits.RETRY_DELAY_MAX_S)
    else:
        await delivery.end(outcome.reason)


def dead_letter(role: str, delivery: Delivery, outcome: Bury) -> DeadLetter:
    """The dead message with its reason, its place in the sync if it can still be read, and its body."""
    return dead_letter_of(role, outcome, delivery.subject, delivery.message_id, delivery.body, deliveries=delivery.deliveries)


def dead_letter_of(
    role: str, outcome: Bury, subject: str, message_id: str, whole_body: bytes, *, deliveries: int = 0
) -> DeadLetter:
    """As `dead_letter`, of a message that nobody has delivered."""
    body, is_clipped = codec.clipped(whole_body)
    place = codec.place_of(whole_body)
    return DeadLetter(
        actor=role,
        reason=outcome.reason,
        parked=outcome.parked,
        subject=subject,
        message_id=message_id,
        deliveries=deliveries,
        body=body,
        body_clipped=is_clipped,
        sync_id=place.sync_id,
        source_id=place.source_id,
        step=place.step,
        attempt=place.attempt,
        page=place.page,
        slice=place.slice,
        slices_total=place.slices_total,
        series_id=place.series_id,
        at=datetime.now(UTC),
    )


def _points(role: str) -> list[Point]:
    return [Point(f"{role}.{moment}") for moment in ("received", "publishing", "published", "settling", "settled")]
