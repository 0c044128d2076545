"""A NATS micro service: questions by request and reply, each answered, and discovery on `$SRV`.

Not nats-py's `nats.micro`: it answers and keeps `repr` of an exception, which may hold what nobody should read; it works on one
question of an endpoint at a time; stopping drops what waits; and `datetime.utcnow` fails where warnings do.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

from actors.logs import logger
from actors.runtime import discovery
from actors.runtime.heartbeat import Hand, is_heard
from contracts import codec, limits
from contracts.errors import MessageTooLarge, PlaybillError
from contracts.messages import Answer, QueryFailed

_log: Final = logger("service")
_HEADER_CHARS_MAX: Final = 300
_STATUS_OF: Final = {
    "bad_request": "400",
    "unknown_version": "400",
    "unknown_source": "404",
    "message_too_large": "413",
    "busy": "429",
    "store_unavailable": "503",
    "bus_unavailable": "503",
}
"""The header's code is a number, since some client libraries read it as one. The body has the name."""
_NOT_ANSWERED: Final = ("playbill.", "$")
"""Where no asker listens. Whoever named one as a reply subject would have us publish what they may not."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One question: what answers it from the bytes of its body. A PlaybillError that it raises is answered in words."""

    name: str
    subject: str
    answer: Callable[[bytes], Awaitable[Answer]]
    metadata: dict[str, str] = {}


class Service:
    """One instance. Instances of one name share the questions; each question is answered once, whatever it holds."""

    def __init__(self, client: Client, card: discovery.Card, endpoints: Sequence[Endpoint]) -> None:
        self._client, self._card, self._endpoints = client, card, endpoints
        self._cards = [discovery.EndpointCard(name=one.name, subject=one.subject, metadata=one.metadata) for one in endpoints]
        self._stats = {one.name: discovery.Stats() for one in endpoints}
        self._slots = {one.name: asyncio.Semaphore(limits.QUERIES_AT_ONCE) for one in endpoints}
        self._in_hand: dict[str, dict[asyncio.Task[None], float]] = {one.name: {} for one in endpoints}
        self._handled_total = 0
        self._settled_s = 0.0
        self._subscriptions: list[Subscription] = []
        self._started = datetime.now(UTC)

    async def start(self) -> None:
        """Listen; every question that is asked after this is heard."""
        for endpoint in self._endpoints:
            heard = partial(self._on_question, endpoint)
            queue = discovery.QUEUE_GROUP
            self._subscriptions.append(await self._client.subscribe(endpoint.subject, queue=queue, cb=heard))
        for verb, asked_on in discovery.subjects_of(self._card).items():
            for subject in asked_on:
                self._subscriptions.append(await self._client.subscribe(subject, cb=partial(self._on_discovery, verb)))
        await self._flushed()

    @property
    def is_idle(self) -> bool:
        """Whether every question heard has its answer."""
        return not any(self._in_hand.values())

    @property
    def hand(self) -> Hand:
        """The questions in hand, for who asks how the work stands."""
        since = [since_s for tasks in self._in_hand.values() for since_s in tasks.values()]
        return Hand(
            in_hand=len(since),
            oldest_since_s=min(since, default=None),
            handled_total=self._handled_total,
            settled_s=self._settled_s,
        )

    @property
    def is_alive(self) -> bool:
        """Whether every subscription is still heard."""
        return all(is_heard(subscription) for subscription in self._subscriptions)

    async def stop(self) -> None:
        """Hear no more questions; what was heard is still answered."""
        leaving, self._subscriptions = self._subscriptions, []
        if self._client.is_closed or not self._client.is_connected:
            return
        try:
            for subscription in leaving:
                await self._client._send_unsubscribe(subscription._id)
            await (
                self._flushed()
            )  # nats-py's own `drain` asks for its answer before the server has the word, and loses questions.
            await asyncio.gather(*(subscription.drain() for subscription in leaving))  # type: ignore[no-untyped-call]
        except (NatsError, OSError, TimeoutError) as error:
            _log.debug("left without a farewell", error=type(error).__name__)

    async def close(self) -> None:
        """End what is not answered yet."""
        left = [task for tasks in self._in_hand.values() for task in tasks]
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)

    async def _flushed(self) -> None:
        await asyncio.sleep(0)  # nats-py sends the ping of `flush` before what it has not sent yet.
        await self._client.flush(timeout=2)

    # --- Questions

    async def _on_question(self, endpoint: Endpoint, asked: Msg) -> None:
        if not _is_answerable(asked):
            return
        in_hand = self._in_hand[endpoint.name]
        began_ns = time.perf_counter_ns()
        if len(in_hand) >= limits.QUERIES_WAITING_MAX:
            busy = QueryFailed(code="busy", text="more questions wait than this reader takes: ask again in a moment")
            await self._reply(endpoint, asked, busy, began_ns)
            return
        task = asyncio.create_task(self._answer(endpoint, asked, began_ns))
        in_hand[task] = time.monotonic()
        task.add_done_callback(partial(self._answered, in_hand))

    def _answered(self, in_hand: dict[asyncio.Task[None], float], task: asyncio.Task[None]) -> None:
        in_hand.pop(task, None)
        self._handled_total += 1
        self._settled_s = time.monotonic()

    async def _answer(self, endpoint: Endpoint, asked: Msg, began_ns: int) -> None:
        async with self._slots[endpoint.name]:
            await self._reply(endpoint, asked, await _answer_of(endpoint, asked.data), began_ns)

    async def _reply(self, endpoint: Endpoint, asked: Msg, answer: Answer, began_ns: int) -> None:
        answer, body = _encoded(answer)
        failed = answer if isinstance(answer, QueryFailed) else None
        self._stats[endpoint.name].took(began_ns, f"{failed.code}: {failed.text}" if failed else None)
        await self._publish(asked.reply, body, _error_headers(failed) if failed else None)

    async def _on_discovery(self, verb: str, asked: Msg) -> None:
        if _is_answerable(asked):
            await self._publish(asked.reply, discovery.answer(verb, self._card, self._cards, self._stats, self._started))

    async def _publish(self, subject: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        try:
            await self._client.publish(subject, body, headers=headers)
        except (NatsError, OSError) as error:
            _log.debug("an answer was lost; its asker asks again", error=type(error).__name__)


def new_card(name: str, version: str, description: str) -> discovery.Card:
    """Of a new instance."""
    return discovery.Card(name=name, id=secrets.token_hex(8), version=version, description=description)


def _is_answerable(asked: Msg) -> bool:
    if not asked.reply:
        return False
    if asked.reply.startswith(_NOT_ANSWERED):
        _log.warning("a question whose answer would go where nobody asks", subject=asked.subject, reply=asked.reply[:100])
        return False
    return True


async def _answer_of(endpoint: Endpoint, body: bytes) -> Answer:
    try:
        return await endpoint.answer(body)
    except PlaybillError as error:
        return QueryFailed(code=error.code, text=error.text)
    except Exception:  # noqa: BLE001 - a bug costs its own question only, and the log has it
        _log.exception("a bug", endpoint=endpoint.name)
        return QueryFailed(code="internal", text="a bug of ours; the reader's log has it")


def _encoded(answer: Answer) -> tuple[Answer, bytes]:
    try:
        return answer, codec.encode(answer)
    except MessageTooLarge as error:
        failed = QueryFailed(code=error.code, text=f"{error.text}: ask with a lower limit")
        return failed, codec.encode(failed)


def _error_headers(failed: QueryFailed) -> dict[str, str]:
    """As NATS's own tools show a failure. A header is one line of ASCII."""
    text = " ".join(failed.text.encode("ascii", "replace").decode().split())[:_HEADER_CHARS_MAX]
    return {"Nats-Service-Error-Code": _STATUS_OF.get(failed.code, "500"), "Nats-Service-Error": text}
