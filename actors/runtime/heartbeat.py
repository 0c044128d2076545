"""How the work of a process stands: what is in hand, what it waits for, whether it is well, and saying so every few seconds."""

import asyncio
import os
import re
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

from actors.logs import logger
from actors.runtime.connection import Connection
from actors.version import own_version
from contracts import codec, limits, subjects
from contracts.messages import Heartbeat

_log: Final = logger("heart")
_HOST_CHARS_MAX: Final = 60
_LOOK_S: Final = 0.05
"""Until it is looked again whether there is something to say."""
_WAIT_FRESH_S: Final = 10.0
"""A try of the store or of a stream takes six seconds at most before it is noted again that it waits."""
_STALLED_S: Final[Mapping[str, float]] = {
    "parser": limits.STALLED_S,
    "progress": limits.STALLED_S,
    "reader": limits.STALLED_S,
    "writer": limits.WRITER_STALLED_S,
}
"""The fetcher has none of its own: a download may take as long as its deadlines say."""

Awaited = Literal["", "store", "bus"]


class Hand(msgspec.Struct, frozen=True, kw_only=True):
    """What one puller or one service has in hand. Moments are of the monotonic clock."""

    in_hand: int
    oldest_since_s: float | None
    """When the oldest of it was taken; none when there is none."""
    handled_total: int
    settled_s: float
    """When something was settled last."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How the work of the process stands."""

    in_hand: int = 0
    handled_total: int = 0
    oldest_in_hand_s: float = 0.0
    """As a heartbeat says it: with the wait, while there is one."""
    unmoved_s: float = 0.0
    """How long the oldest is in hand without that anything it waits for explains it."""
    waiting_for: Awaited = ""


def is_heard(subscription: Subscription) -> bool:
    """Whether its callback is still called: nats-py's task ends in silence when a callback lets a cancellation out."""
    task: asyncio.Task[None] | None = getattr(subscription, "_wait_for_msgs_task", None)
    return task is None or not task.done()


class Waits:
    """When the work last had to wait for something that is no fault of its own."""

    def __init__(self) -> None:
        self._noted_s: dict[Awaited, float] = {}

    def note(self, what: Literal["store", "bus"]) -> None:
        """Just now a try was in vain, and will be repeated."""
        self._noted_s[what] = time.monotonic()

    @property
    def last_s(self) -> float:
        return max(self._noted_s.values(), default=0.0)

    def now(self, settled_s: float, now_s: float) -> Awaited:
        """What it waits for, unless something was settled since."""
        fresh = [what for what in self._noted_s if settled_s < self._noted_s[what] > now_s - _WAIT_FRESH_S]
        return max(fresh, default="")  # The store before the bus: with a store that waits, streams fill up.


def standing(hands: Sequence[Hand], waits: Waits, now_s: float) -> Standing:
    """All of it together."""
    since = [hand.oldest_since_s for hand in hands if hand.oldest_since_s is not None]
    oldest_s = min(since, default=now_s)
    waiting_for = waits.now(max((hand.settled_s for hand in hands), default=0.0), now_s)
    unmoved_s = max(0.0, now_s - max(oldest_s, waits.last_s))
    return Standing(
        in_hand=sum(hand.in_hand for hand in hands),
        handled_total=sum(hand.handled_total for hand in hands),
        oldest_in_hand_s=now_s - oldest_s if waiting_for else unmoved_s,
        unmoved_s=unmoved_s,
        waiting_for=waiting_for,
    )


def is_stalled(role: str, unmoved_s: float) -> bool:
    """Whether a message is in hand for longer than any work of that role takes."""
    return unmoved_s > _STALLED_S.get(role, float("inf"))


def instance_name() -> str:
    """Of this process: its host and its number there."""
    host = re.sub(r"[^a-z0-9]+", "-", socket.gethostname().lower()).strip("-")[:_HOST_CHARS_MAX]
    return f"{host or 'host'}-{os.getpid()}"


class Heart:
    """Says to everybody over the bus how the process is; `look` gives nothing while there is nothing to say yet."""

    def __init__(self, role: str, bulk: Connection, look: Callable[[], Standing | None]) -> None:
        self._role, self._bulk, self._look = role, bulk, look
        self._started_at = datetime.now(UTC)
        self._instance = instance_name()

    async def beat(self) -> None:
        """Say it for ever. By the connection that carries the work: what holds that up holds up the word."""
        while True:
            now = self._look()
            if now is not None and self._bulk.client.is_connected:  # What is said meanwhile would come late, and all at once.
                await self._say(self._heartbeat(now))
            await asyncio.sleep(_LOOK_S if now is None else limits.HEARTBEAT_INTERVAL_S)

    async def _say(self, heartbeat: Heartbeat) -> None:
        try:
            async with asyncio.timeout(limits.HEARTBEAT_INTERVAL_S):
                await self._bulk.client.publish(subjects.subject_of(heartbeat), codec.encode(heartbeat))
        except (TimeoutError, NatsError, OSError) as error:
            _log.debug("a heartbeat was lost", error=type(error).__name__)

    def _heartbeat(self, now: Standing) -> Heartbeat:
        return Heartbeat(
            role=self._role,
            instance=self._instance,
            started_at=self._started_at,
            at=datetime.now(UTC),
            every_s=limits.HEARTBEAT_INTERVAL_S,
            handled_total=now.handled_total,
            in_hand=now.in_hand,
            oldest_in_hand_s=round(now.oldest_in_hand_s, 1),
            waiting_for=now.waiting_for,
            version=own_version() or "",
        )


async def pulse_while_well(role: str, ailment: Callable[[], str], pulse: Callable[[], None]) -> None:
    """Call `pulse` for ever while there is no ailment; with one, return after `limits.SILENT_S`.

    The process ends then, to be started anew by whoever runs it. One that cannot end any more is killed for its silence.
    """
    ailing_since_s: float | None = None
    while True:
        found = ailment()
        if not found:
            ailing_since_s = None
            pulse()
        elif ailing_since_s is None:
            ailing_since_s = time.monotonic()
            _log.error("not well; to be started anew", role=role, reason=found)
        elif time.monotonic() - ailing_since_s > limits.SILENT_S:
            return
        await asyncio.sleep(limits.PULSE_INTERVAL_S)
