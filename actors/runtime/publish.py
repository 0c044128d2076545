"""Publishing to streams with a bounded window: own inbox, one deadline a try, the same id in each.

nats-py's `publish_async` leaves futures that never resolve when the server refuses or dies, so the window is ours.
"""

import asyncio
import itertools
import time
from types import TracebackType
from typing import Final, Self

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from actors.logs import logger
from contracts import codec, limits, subjects
from contracts.errors import BusUnavailable
from contracts.messages import Message

_log: Final = logger("publish")
_FULL: Final = frozenset({10077, 10047, 10122, 10167, 10023})
"""Stream full, account full, too many requests: room comes when somebody pulls. That wait is the back-pressure."""
_BACK_OFF_FIRST_S: Final = 0.02
_BACK_OFF_MAX_S: Final = 0.25
_WARN_EVERY_S: Final = 10.0


class _Refusal(msgspec.Struct, frozen=True):
    err_code: int = 0
    description: str = ""


class _PubAck(msgspec.Struct, frozen=True):
    error: _Refusal | None = None
    duplicate: bool = False


class Publisher:
    """Publishes on one connection. A publish is done when the stream has it; a lost answer is asked for again."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._inbox = client.new_inbox()
        self._waiting: dict[str, asyncio.Future[Msg]] = {}
        self._numbers = itertools.count()
        self._slots = asyncio.Semaphore(limits.PUBLISH_WINDOW)
        self._full: set[str] = set()
        self._lines: dict[str, asyncio.Lock] = {}
        self._warned_s: dict[str, float] = {}
        self.refused_total = 0
        """Publishes that a full stream refused at first."""

    async def start(self) -> None:
        await self._client.subscribe(f"{self._inbox}.*", cb=self._on_answer)

    async def restart(self) -> None:
        """After a reconnection no answer comes any more: ask again for each at once."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionResetError())

    async def _on_answer(self, answer: Msg) -> None:
        waiting = self._waiting.get(answer.subject.rpartition(".")[2])
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def window(self) -> "Window":
        """The publishes of one delivery: all of them are in their streams when the `async with` ends well."""
        return Window(self)

    async def publish(self, message: Message, subject: str | None = None) -> None:
        """Publish one message and wait until its stream has it, however long the stream is full or the server away."""
        await self.publish_bytes(subject or subjects.subject_of(message), codec.message_id(message), codec.encode(message))

    async def publish_bytes(self, subject: str, message_id: str, body: bytes) -> None:
        """As `publish`. What is refused stands in line, and only the first of the line asks again: a full stream costs little."""
        if subject not in self._full and await self._try(subject, message_id, body):
            return
        async with self._lines.setdefault(subject, asyncio.Lock()):
            back_off_s = _BACK_OFF_FIRST_S
            while not await self._try(subject, message_id, body):
                self._full.add(subject)
                self.refused_total += 1
                await asyncio.sleep(back_off_s)
                back_off_s = min(_BACK_OFF_MAX_S, back_off_s * 1.6)
            self._full.discard(subject)
            self._warned_s.pop(subject, None)

    async def _try(self, subject: str, message_id: str, body: bytes) -> bool:
        number = str(next(self._numbers))
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            await self._client.publish(subject, body, reply=f"{self._inbox}.{number}", headers={"Nats-Msg-Id": message_id})
            # Not `wait_for`: in Python 3.11 it swallows a cancellation that comes together with the answer.
            async with asyncio.timeout(limits.PUBLISH_TIMEOUT_S):
                said = await answer
        except (TimeoutError, OSError, NatsError) as error:
            # Unknown whether it is stored: the same id is published again.
            self._warn(subject, f"no answer: {type(error).__name__}")
            return False
        finally:
            del self._waiting[number]
            answer.cancel()
        if said.headers and said.headers.get("Status") == "503":
            self._warn(subject, "no stream takes this subject")
            return False
        return _is_stored(said, subject)

    def _warn(self, subject: str, reason: str) -> None:
        """Once in a while: a stream that is away is asked for four times a second."""
        now_s = time.monotonic()
        if now_s - self._warned_s.get(subject, -_WARN_EVERY_S) >= _WARN_EVERY_S:
            self._warned_s[subject] = now_s
            _log.warning("a publish waits", subject=subject, reason=reason)

    async def take_slot(self) -> None:
        await self._slots.acquire()

    def give_slot(self) -> None:
        self._slots.release()


def _is_stored(answer: Msg, subject: str) -> bool:
    try:
        ack = msgspec.json.decode(answer.data, type=_PubAck)
    except (ValueError, RecursionError):
        return False
    if ack.error is None:
        return True
    if ack.error.err_code not in _FULL:
        raise BusUnavailable(f"{subject}: the stream refuses: {ack.error.description}")
    return False


class Window:
    """At most `limits.PUBLISH_WINDOW` publishes of the process in flight; the first error ends the window."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._tasks: set[asyncio.Task[None]] = set()
        self._error: BaseException | None = None

    async def __aenter__(self) -> Self:
        return self

    async def put(self, message: Message) -> None:
        """Start publishing; waits while the window is full. Raises what an earlier publish of this window met."""
        if self._error is not None:
            raise self._error
        subject, message_id, body = subjects.subject_of(message), codec.message_id(message), codec.encode(message)
        await self.put_bytes(subject, message_id, body)

    async def put_bytes(self, subject: str, message_id: str, body: bytes) -> None:
        await self._publisher.take_slot()
        task = asyncio.create_task(self._publisher.publish_bytes(subject, message_id, body))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._publisher.give_slot()
        if not task.cancelled() and task.exception() is not None:
            self._error = self._error or task.exception()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            while error is None and self._error is None and self._tasks:
                await asyncio.wait(set(self._tasks), return_when=asyncio.FIRST_COMPLETED)
        finally:
            left = set(self._tasks)
            for task in left:
                task.cancel()
            if left:
                await asyncio.wait(left)
        if error is None and self._error is not None:
            raise self._error
