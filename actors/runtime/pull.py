"""Pulling from a consumer: overlapping nothing, bounded in messages and bytes, alive through reconnections.

A callback subscription on a private inbox feeds a queue; pull requests are credit. nats-py's `fetch` leaves orphaned
requests behind and makes a task a message, so the loop is ours.
"""

import asyncio
import contextlib
import time
from typing import Final

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from actors.logs import logger
from actors.runtime.heartbeat import Hand, is_heard
from contracts import limits

_log: Final = logger("pull")
_EXPIRES_S: Final = 20.0
_HEARTBEAT_S: Final = 1.0
_MISSED_HEARTBEATS: Final = 2.5
_BEAT_S: Final = limits.ACK_WAIT_S / 3
_ENDED_WELL: Final = ("batch completed", "maxbytes")
"""How the server says that a request is over: all of it is given, or the next message would pass the bound on bytes."""


class _PullRequest(msgspec.Struct, frozen=True):
    batch: int
    max_bytes: int
    expires: int
    idle_heartbeat: int


class Delivery:
    """One message in hand. It stays ours while this process lives; exactly one of ack, retry and end is owed."""

    __slots__ = (
        "_client",
        "_done",
        "_message",
        "body",
        "deliveries",
        "message_id",
        "sequence",
        "stamped_ns",
        "subject",
        "taken_s",
    )

    def __init__(self, message: Msg, client: Client, done: "Puller") -> None:
        self._message, self._client, self._done = message, client, done
        self.subject = message.subject
        self.body = message.data
        self.taken_s = time.monotonic()
        self.message_id = (message.headers or {}).get("Nats-Msg-Id", "")
        # $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<stamp>.<pending>; v2 has domain and account too.
        words = message.reply.split(".")
        first = 4 if len(words) == 9 else 6
        self.deliveries, self.sequence, self.stamped_ns = int(words[first]), int(words[first + 1]), int(words[first + 3])

    async def ack(self) -> None:
        """Handled: the work queue forgets it. Repeating is harmless, and so is losing it: the ledger knows."""
        await self._answer(b"+ACK")

    async def retry(self, delay_s: float) -> None:
        """Give it back, to be delivered again after the delay."""
        await self._answer(b"-NAK " + msgspec.json.encode({"delay": int(delay_s * 1e9)}))

    async def end(self, reason: str) -> None:
        """Never deliver it again."""
        await self._answer(b"+TERM " + reason.encode(errors="replace")[:200])

    async def beat(self) -> None:
        """Say that the work goes on, so that it is not given to another."""
        await self._client.publish(self._message.reply, b"+WPI")

    async def _answer(self, word: bytes) -> None:
        self._done.forget(self)
        try:
            await self._client.publish(self._message.reply, word)
        except (NatsError, OSError) as error:
            _log.warning("an acknowledgement was lost; the message comes again", error=type(error).__name__)


class Puller:
    """Keeps at most `in_hand_max` messages of one consumer in hand."""

    def __init__(
        self, client: Client, stream: str, consumer: str, *, in_hand_max: int, bytes_max: int = limits.PULL_BYTES_MAX
    ) -> None:
        self._client = client
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._in_hand_max, self._bytes_max = in_hand_max, bytes_max
        self._inbox = client.new_inbox()
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self._in_hand: set[Delivery] = set()
        self._credit = 0
        self._number = 0
        self._heard = 0.0
        self._handled_total = 0
        self._settled_s = 0.0
        self._stopping = False
        self._is_missing = False
        self._watching: asyncio.Task[None] | None = None
        self._beating: asyncio.Task[None] | None = None
        self._pulling: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._subscription = await self._client.subscribe(
            f"{self._inbox}.*", cb=self._on_message, pending_bytes_limit=4 * self._bytes_max + 4 * limits.MIB
        )
        self._watching = asyncio.create_task(self._watch())
        self._beating = asyncio.create_task(self._beat())
        await self._pull()

    async def next(self) -> Delivery:
        """The next message, waiting for it."""
        return await self._queue.get()

    def ready(self) -> list[Delivery]:
        """What is here already, without waiting."""
        return [self._queue.get_nowait() for _ in range(self._queue.qsize())]

    @property
    def is_idle(self) -> bool:
        return not self._in_hand

    async def restart(self) -> None:
        """Ask anew: after a reconnection the server has forgotten our request."""
        self._credit = 0
        await self._pull()

    @property
    def hand(self) -> Hand:
        """What is in hand, for who asks how the work stands."""
        return Hand(
            in_hand=len(self._in_hand),
            oldest_since_s=min((delivery.taken_s for delivery in self._in_hand), default=None),
            handled_total=self._handled_total,
            settled_s=self._settled_s,
        )

    @property
    def is_alive(self) -> bool:
        """Whether nothing that it needs has died in silence."""
        died = any(task is not None and task.done() for task in (self._watching, self._beating))
        return self._stopping or (not died and is_heard(self._subscription))

    def forget(self, delivery: Delivery) -> None:
        self._in_hand.discard(delivery)
        self._handled_total += 1
        self._settled_s = time.monotonic()
        if self._credit == 0 and not self._stopping and (self._pulling is None or self._pulling.done()):
            self._pulling = asyncio.create_task(self._pull())

    async def stop(self) -> None:
        """Pull no more and give back what nobody has started. What is in hand stays ours until it is settled, or `close`."""
        self._stopping = True
        for task in (self._watching, self._pulling):
            if task is not None:
                task.cancel()
        if not self._client.is_closed:
            with contextlib.suppress(NatsError):
                await self._subscription.unsubscribe()
        for delivery in self.ready():
            await delivery.retry(0)

    async def close(self) -> None:
        """Stop, and speak no more for what is in hand: the bus gives it to somebody else."""
        if not self._stopping:
            await self.stop()
        tasks = [task for task in (self._watching, self._pulling, self._beating) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _pull(self) -> None:
        room = self._in_hand_max - len(self._in_hand)
        if self._stopping or self._credit > 0 or room <= 0:
            return
        self._number += 1
        self._credit = room
        self._heard = time.monotonic()
        request = _PullRequest(room, self._bytes_max, int(_EXPIRES_S * 1e9), int(_HEARTBEAT_S * 1e9))
        try:
            await self._client.publish(self._subject, msgspec.json.encode(request), reply=f"{self._inbox}.{self._number}")
        except (NatsError, OSError):
            self._credit = 0  # The watch asks again.

    async def _on_message(self, message: Msg) -> None:
        self._heard = time.monotonic()
        if not message.reply:
            await self._on_status(message)
            return
        self._is_missing = False
        delivery = Delivery(message, self._client, self)
        if self._stopping:
            await delivery.retry(0)
            return
        self._in_hand.add(delivery)
        self._credit = max(0, self._credit - 1)
        self._queue.put_nowait(delivery)
        if self._credit == 0:
            await self._pull()

    async def _on_status(self, message: Msg) -> None:
        status, words = (message.headers or {}).get("Status", ""), (message.headers or {}).get("Description", "")
        if status == "100" or not message.subject.endswith(f".{self._number}"):
            return
        self._credit = 0
        if status == "408" or words.lower().endswith(_ENDED_WELL):
            await self._pull()  # Ask for the rest.
        elif not self._is_missing:
            # No consumer, or one that refuses. The watch asks again every second, and nobody is told each time.
            self._is_missing = True
            reason = words or "there is no such consumer"
            say = _log.error if status == "503" or "deleted" in words.lower() else _log.warning
            say("the bus gives no messages; asking on", subject=self._subject, status=status, reason=reason)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_S)
            if time.monotonic() - self._heard > _MISSED_HEARTBEATS * _HEARTBEAT_S:
                self._credit = 0
            if self._credit == 0 and self._client.is_connected:
                await self._pull()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_BEAT_S)
            for delivery in tuple(self._in_hand):
                try:
                    await delivery.beat()
                except (NatsError, OSError):
                    break
