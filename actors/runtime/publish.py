"""Publishing to streams with a bounded window: own inbox, one deadline a try, the same id in each.

nats-py's `publish_async` leaves futures that never resolve when the server refuses or dies, so the window is ours.
"""

import asyncio
import itertools
import time
from collections.abc import Callable, Coroutine
from functools import partial
from types import TracebackType
from typing import Any, Final, Self

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import BadHeaderError, BadSubjectError, MaxPayloadError
from nats.errors import Error as NatsError

from actors.logs import logger
from actors.runtime.heartbeat import Waits, is_heard
from actors.runtime.stray import StrayCancellation
from contracts import codec, limits, subjects
from contracts.errors import BusRefuses
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

    def __init__(self, client: Client, waits: Waits | None = None) -> None:
        self._client, self._waits = client, waits or Waits()
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
        self._subscription = await self._client.subscribe(f"{self._inbox}.*", cb=self._on_answer)

    @property
    def is_alive(self) -> bool:
        """Whether answers are still heard."""
        return is_heard(self._subscription)

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

    async def publish_bytes(self, subject: str, message_id: str, body: bytes, *, insists_s: float = float("inf")) -> None:
        """As `publish`. What is refused stands in line, and only the first of the line asks again: a full stream costs little.

        Raises BusRefuses when a stream says no for another reason than that it is full; and after `insists_s` also when no stream
        has the subject, or a server that is there gives no answer.
        """
        until_s = time.monotonic() + insists_s
        if subject not in self._full and await self._try(subject, message_id, body, until_s):
            return
        async with self._lines.setdefault(subject, asyncio.Lock()):
            try:
                await self._ask_on(subject, message_id, body, until_s)
            finally:
                self._full.discard(subject)
            self._warned_s.pop(subject, None)

    async def _ask_on(self, subject: str, message_id: str, body: bytes, until_s: float) -> None:
        back_off_s = _BACK_OFF_FIRST_S
        while not await self._try(subject, message_id, body, until_s):
            self._full.add(subject)
            self.refused_total += 1
            self._waits.note("bus")
            await asyncio.sleep(back_off_s)
            back_off_s = min(_BACK_OFF_MAX_S, back_off_s * 1.6)

    async def _try(self, subject: str, message_id: str, body: bytes, until_s: float) -> bool:
        number = str(next(self._numbers))
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            await self._client.publish(subject, body, reply=f"{self._inbox}.{number}", headers={"Nats-Msg-Id": message_id})
            # Not `wait_for`: in Python 3.11 it swallows a cancellation that comes together with the answer.
            async with asyncio.timeout(limits.PUBLISH_TIMEOUT_S):
                said = await answer
        except (MaxPayloadError, BadSubjectError, BadHeaderError) as error:
            return self._refused(subject, f"it cannot be sent: {type(error).__name__}", until_s)
        except (TimeoutError, OSError, NatsError) as error:
            # Unknown whether it is stored: the same id is published again. A server that is away refuses nothing.
            reason = f"no answer: {type(error).__name__}"
            is_asked = isinstance(error, TimeoutError) and self._client.is_connected
            return self._refused(subject, reason, until_s if is_asked else float("inf"))
        finally:
            del self._waiting[number]
            answer.cancel()
        if said.headers and said.headers.get("Status") == "503":
            return self._refused(subject, "no stream takes this subject", until_s)
        return _is_stored(said, subject)

    def _refused(self, subject: str, reason: str, until_s: float) -> bool:
        """That it is not stored. Raises BusRefuses when it is not to be tried again."""
        if time.monotonic() >= until_s:
            raise BusRefuses(f"{subject}: {reason}")
        self._warn(subject, reason)
        return False

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
        raise BusRefuses(f"{subject}: the stream refuses: {ack.error.description}")
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
        await self.run(partial(self._publisher.publish_bytes, subject, message_id, body))

    async def run(self, publish: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start one publish of the caller's own."""
        await self._publisher.take_slot()
        task = asyncio.create_task(publish())
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._publisher.give_slot()
        if not task.cancelled():
            self._error = self._error or task.exception()
        elif not task.cancelling():
            self._error = self._error or StrayCancellation("a publish was cancelled by nobody")

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
