"""Hearing cancels: live on the control connection, and the last of each target at start and after a reconnection."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from actors.cancels import Cancels
from actors.logs import logger
from actors.runtime.connection import Connection
from contracts import limits, subjects
from contracts.errors import BusUnavailable

_log: Final = logger("cancel")
_ANSWER_TIMEOUT_S: Final = 2.0
_TRIES: Final = 5
ASK_AGAIN_S: Final = 1.0
"""Between rounds of tries of who cannot do without the answer."""


class Kept(msgspec.Struct, frozen=True):
    """A message that a stream keeps."""

    subject: str
    stamp: str
    """When the server stored it, RFC 3339 with nanoseconds."""
    body: bytes


class CancelWatch:
    """Feeds `cancels` and calls `on_cancel` after each that was heard."""

    def __init__(self, control: Connection, cancels: Cancels, on_cancel: Callable[[], None]) -> None:
        self._control, self._cancels, self._on_cancel = control, cancels, on_cancel
        self._reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen, then read what was kept: in this order nothing falls between. Raises BusUnavailable."""
        await self._control.client.subscribe(subjects.CANCELS_HEARD, cb=self._on_message)
        self._control.on_reconnect(self._on_reconnect)
        await self._read_kept()

    def stop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    async def _on_message(self, message: Msg) -> None:
        headers = message.headers or {}
        self._hear(headers.get("Nats-Subject", message.subject), headers.get("Nats-Time-Stamp", ""))

    async def _on_reconnect(self) -> None:
        # The connection waits for this callback, and the stream may be away for a while yet: a task reads, until it has read.
        self.stop()
        self._reading = asyncio.create_task(self._read_missed())

    async def _read_missed(self) -> None:
        while True:
            try:
                return await self._read_kept()
            except BusUnavailable as error:
                _log.warning("could not read the cancels kept, again", reason=error.text)
                await asyncio.sleep(ASK_AGAIN_S)

    async def _read_kept(self) -> None:
        for kept in await last_per_subject(self._control.client, subjects.STREAM_CANCELS, [subjects.CANCELS]):
            self._hear(kept.subject, kept.stamp)

    def _hear(self, subject: str, stamp: str) -> None:
        try:
            what, target = subjects.cancel_target(subject)
            self._cancels.hear(what, target, nanoseconds(stamp))
        except ValueError:
            _log.warning("a cancel for nothing we know", subject=subject)
            return
        self._on_cancel()


def nanoseconds(stamp: str) -> int:
    """Unix nanoseconds of an RFC 3339 stamp with up to nine decimals, as the server writes it. Raises ValueError."""
    whole, _, decimals = stamp.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp())
    return seconds * 1_000_000_000 + int((decimals + "000000000")[:9])


async def last_per_subject(client: Client, stream: str, filters: list[str]) -> list[Kept]:
    """The last message of each subject of a stream, by one batched direct get.

    Asked again a few times, since a bus that restarts loses the question. Raises BusUnavailable.
    """
    for _ in range(_TRIES - 1):
        try:
            return await _ask_last(client, stream, filters)
        except BusUnavailable as error:
            _log.info("asks again", reason=error.text)
    return await _ask_last(client, stream, filters)


async def _ask_last(client: Client, stream: str, filters: list[str]) -> list[Kept]:
    inbox = client.new_inbox()
    answers: asyncio.Queue[Msg] = asyncio.Queue()

    async def on_message(message: Msg) -> None:
        answers.put_nowait(message)

    try:
        subscription = await client.subscribe(inbox, cb=on_message)
    except NatsError:
        raise BusUnavailable(f"{stream} does not answer: the connection is closed") from None
    found: list[Kept] = []
    try:
        ask = msgspec.json.encode({"multi_last": filters, "batch": limits.CONSUMERS_MAX})
        await client.publish(f"$JS.API.DIRECT.GET.{stream}", ask, reply=inbox)
        while True:
            message = await asyncio.wait_for(answers.get(), _ANSWER_TIMEOUT_S)
            headers = message.headers or {}
            status = headers.get("Status")
            if status in ("204", "404"):
                return found
            if status is not None:
                raise BusUnavailable(f"{stream} does not answer: status {status}")
            found.append(Kept(headers.get("Nats-Subject", ""), headers.get("Nats-Time-Stamp", ""), message.data))
    except (TimeoutError, NatsError):
        raise BusUnavailable(f"{stream} does not answer") from None
    finally:
        with contextlib.suppress(NatsError):
            await subscription.unsubscribe()
