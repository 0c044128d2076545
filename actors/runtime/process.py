"""What every actor's process has of the bus: a control and a bulk connection, a publisher, cancels, and an orderly end.

Two connections, so that a backlog of slices never delays a cancel.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import msgspec
from nats.errors import Error as NatsError

from actors.cancels import Cancels
from actors.logs import logger
from actors.runtime.config import BusConfig
from actors.runtime.connection import Connection, connect
from actors.runtime.hearing import CancelWatch
from actors.runtime.heartbeat import Heart, Standing, Waits, is_stalled, pulse_while_well, standing
from actors.runtime.publish import Publisher
from actors.runtime.pull import Puller
from actors.runtime.service import Endpoint, Service, new_card
from actors.runtime.starting import Starts
from contracts import codec, limits, subjects
from contracts.catalog import Part
from contracts.errors import BusUnavailable, Permanent, PlaybillError
from contracts.messages import StepCounted, StepFetching

_log: Final = logger("process")
_LIVENESS_INTERVAL_S: Final = 2.0


class _StreamState(msgspec.Struct, frozen=True):
    subjects: dict[str, int] | None = None


class _StreamInfo(msgspec.Struct, frozen=True):
    state: _StreamState


class ActorBus:
    """The bus of one actor's process."""

    def __init__(self, role: str, control: Connection, bulk: Connection) -> None:
        self.role, self.control, self.bulk = role, control, bulk
        self.is_at_work = False
        self.waits = Waits()
        self.publisher = Publisher(bulk.client, self.waits)
        self.cancels = Cancels()
        self._on_cancel: list[Callable[[], None]] = []
        self._pullers: list[Puller] = []
        self._services: list[Service] = []
        self._watch = CancelWatch(control, self.cancels, self._cancelled)

    async def start(self, *, hears_cancels: bool) -> None:
        await self.publisher.start()
        self.bulk.on_reconnect(self.publisher.restart)
        if hears_cancels:
            await self._watch.start()

    def on_cancel(self, action: Callable[[], None]) -> None:
        """Call `action` after each cancel that is heard."""
        self._on_cancel.append(action)

    def _cancelled(self) -> None:
        for action in self._on_cancel:
            action()

    async def puller(self, stream: str, consumer: str, *, in_hand_max: int) -> Puller:
        puller = Puller(self.bulk.client, stream, consumer, in_hand_max=in_hand_max)
        await puller.start()
        self.bulk.on_reconnect(puller.restart)
        self._pullers.append(puller)
        return puller

    async def serve(self, name: str, version: str, description: str, endpoints: Sequence[Endpoint]) -> None:
        """Answer questions until the process is asked to stop."""
        service = Service(self.control.client, new_card(name, version, description), endpoints)
        await service.start()
        self._services.append(service)

    async def starts(self) -> Starts:
        """For who asks for syncs and wants to hear whether they start."""
        starts = Starts(self.control.client, self.publisher)
        await starts.start()
        return starts

    async def is_conveyor_empty(self, source_id: str, part: Part) -> bool:
        """Whether no work stream holds anything of a part of a source.

        The streams are read in the direction of the flow: what left one before it was read is seen in the next.
        """
        conveyor = (
            (subjects.STREAM_FETCH, subjects.fetch(source_id, part)),
            (subjects.STREAM_PARSE, subjects.parse(source_id, part)),
            (subjects.STREAM_WRITE, subjects.write(source_id, part)),
        )
        try:
            return not any([await self._holds(stream, subject) for stream, subject in conveyor])
        except (TimeoutError, NatsError, ValueError) as error:
            _log.warning("could not look into the streams; nothing is asked for again", error=type(error).__name__)
            return False

    async def _holds(self, stream: str, subject: str) -> bool:
        ask = msgspec.json.encode({"subjects_filter": subject})
        answer = await self.control.client.request(f"$JS.API.STREAM.INFO.{stream}", ask, timeout=2)
        return bool(msgspec.json.decode(answer.data, type=_StreamInfo).state.subjects)

    async def say(self, fact: StepFetching | StepCounted) -> None:
        """Publish a fact that the next one replaces: on the control connection, without waiting for an answer."""
        try:
            await self.control.client.publish(subjects.subject_of(fact), codec.encode(fact))
        except NatsError as error:
            _log.debug("a fact was lost", error=type(error).__name__)

    async def pause_lane(self, source_id: str, part: Part, until: str) -> None:
        """Stop asking a source for a part, on all hosts, until an RFC 3339 time."""
        subject = f"$JS.API.CONSUMER.PAUSE.{subjects.STREAM_FETCH}.{subjects.consumer_fetch(source_id, part)}"
        try:
            await self.control.client.request(subject, b'{"pause_until":"%s"}' % until.encode(), timeout=2)
        except (TimeoutError, NatsError) as error:
            _log.warning("could not pause a source's queue", source=source_id, error=type(error).__name__)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is in hand."""
        return all(puller.is_idle for puller in self._pullers) and all(service.is_idle for service in self._services)

    @property
    def standing(self) -> Standing:
        """How the work stands."""
        hands = [*(puller.hand for puller in self._pullers), *(service.hand for service in self._services)]
        return standing(hands, self.waits, time.monotonic())

    def word(self) -> Standing | None:
        """How the work stands, once there is something to say: it has begun, or waits for something before it can."""
        now = self.standing
        return now if self.is_at_work or now.waiting_for else None

    @property
    def ailment(self) -> str:
        """Why the process is not well, in words; empty while it is."""
        if self.control.is_dead or self.bulk.is_dead:
            return "a connection to the bus has died"
        heard = [self.publisher.is_alive, *(puller.is_alive for puller in self._pullers)]
        if not all([*heard, *(service.is_alive for service in self._services)]):
            return "a task that hears the bus has died"
        unmoved_s = self.standing.unmoved_s
        return f"a message is in hand for {unmoved_s:.0f} s" if is_stalled(self.role, unmoved_s) else ""

    async def give_back(self) -> None:
        """Pull no more and hear no more questions; what was not started goes to somebody else."""
        for puller in self._pullers:
            await puller.stop()
        for service in self._services:
            await service.stop()

    async def died(self) -> None:
        """Return when a connection is gone for good."""
        while not (self.control.lost.is_set() or self.bulk.lost.is_set() or self.control.is_dead or self.bulk.is_dead):  # noqa: ASYNC110
            await asyncio.sleep(_LIVENESS_INTERVAL_S)

    async def close(self) -> None:
        self._watch.stop()
        for puller in self._pullers:
            await puller.close()
        for service in self._services:
            await service.close()
        for connection in (self.bulk, self.control):
            if not connection.client.is_closed:
                try:
                    await asyncio.wait_for(connection.client.flush(timeout=2), 3)
                except (TimeoutError, NatsError, OSError):
                    _log.debug("closed without a flush", role=self.role)
            await connection.close()


@asynccontextmanager
async def actor_bus(role: str, config: BusConfig, *, hears_cancels: bool = True) -> AsyncIterator[ActorBus]:
    """Connected, and hearing cancels where it does work that can be cancelled. Raises BusUnavailable."""
    control = await connect(config, purpose="control")
    try:
        bulk = await connect(config, purpose="bulk")
    except BusUnavailable:
        await control.close()
        raise
    bus = ActorBus(role, control, bulk)
    beating = asyncio.create_task(Heart(role, bulk, bus.word).beat())
    try:
        await bus.start(hears_cancels=hears_cancels)
        yield bus
    finally:
        beating.cancel()
        await asyncio.wait({beating})
        await bus.close()


def _no_pulse() -> None:
    """Nobody listens."""


async def run_until(
    stop: asyncio.Event,
    bus: ActorBus,
    work: Callable[[], Awaitable[None]],
    *,
    ready: Callable[[], None],
    pulse: Callable[[], None] = _no_pulse,
) -> int:
    """Run an actor's work until asked to stop, then finish what is in hand, `limits.DRAIN_S` at most.

    Calls `ready` at once, and `pulse` every `limits.PULSE_INTERVAL_S` while all is well.
    Returns the exit code: 0 when asked to stop, 1 when the bus was lost, the work ended by itself, or it is not well.
    """
    working = asyncio.ensure_future(work())
    stopping = asyncio.create_task(stop.wait())
    dying = asyncio.create_task(bus.died())
    bus.is_at_work = True
    ailing = asyncio.create_task(pulse_while_well(bus.role, lambda: bus.ailment, pulse))
    ready()
    try:
        await asyncio.wait({working, stopping, dying, ailing}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return _ended_by_itself(working)
        if ailing.done() and not stop.is_set():
            return 1
        if dying.done():
            _log.error("the bus is gone for good; ending, to be started anew", role=bus.role)
            return 1
        await bus.give_back()
        await _drained(bus)
        return 0
    finally:
        for task in (working, stopping, dying, ailing):
            task.cancel()
        await asyncio.wait({working, stopping, dying, ailing})


def _ended_by_itself(working: asyncio.Future[None]) -> int:
    """1, or the failure: of a group of tasks the one that has a name, since its end cancelled the others."""
    error = working.exception()
    if error is None:
        return 1
    named = [failure for failure in _leaves(error) if isinstance(failure, PlaybillError)]
    # What no restart heals comes first.
    raise min(named, key=lambda failure: not isinstance(failure, Permanent), default=error)


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for each in error.exceptions for leaf in _leaves(each)]
    return [error]


async def _drained(bus: ActorBus) -> None:
    deadline = asyncio.get_running_loop().time() + limits.DRAIN_S
    while not bus.is_idle and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
