"""Following progress: the last states first, then what is said live, and what was missed while the bus was away."""

import asyncio
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from actors.logs import logger
from actors.runtime.connection import Connection
from actors.runtime.hearing import last_per_subject
from contracts import codec, limits, subjects
from contracts.errors import BusUnavailable, PlaybillError
from contracts.messages import RequestRefused, SyncProgress

_log: Final = logger("follow")


class Following:
    """One reader of one source's progress, or of all."""

    def __init__(self, connection: Connection, source_id: str | None) -> None:
        self._connection, self._source_id = connection, source_id
        self._arrived: asyncio.Queue[SyncProgress | RequestRefused] = asyncio.Queue()
        self._newest: dict[str, datetime] = {}
        self._subscriptions: list[Subscription] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        client, named = self._connection.client, self._source_id or "*"
        self._subscriptions = [
            await client.subscribe(subjects.progress(named), cb=self._on_progress),
            await client.subscribe(subjects.event(named, "request_refused"), cb=self._on_refused),
        ]
        self._connection.on_reconnect(self._on_reconnect)
        try:
            await self._read_kept()
        except BusUnavailable:
            await self._end()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._end()

    async def _end(self) -> None:
        self._connection.forget(self._on_reconnect)
        for task in self._tasks:
            task.cancel()
        for subscription in self._subscriptions:
            if not self._connection.client.is_closed:
                await subscription.unsubscribe()

    async def next(self) -> SyncProgress | RequestRefused | None:
        """The next that is news; none when the connection is closed for good."""
        while True:
            message = await self._next_arrival()
            if message is None or not self._is_old(message):
                return message

    async def _next_arrival(self) -> SyncProgress | RequestRefused | None:
        arrival = asyncio.create_task(self._arrived.get())
        lost = asyncio.create_task(self._connection.lost.wait())
        try:
            await asyncio.wait({arrival, lost}, return_when=asyncio.FIRST_COMPLETED)
            return arrival.result() if arrival.done() else None
        finally:
            arrival.cancel()
            lost.cancel()

    def _is_old(self, message: SyncProgress | RequestRefused) -> bool:
        if not isinstance(message, SyncProgress):
            return False
        if message.updated_at < self._newest.get(message.sync_id, message.updated_at):
            return True
        self._newest[message.sync_id] = message.updated_at
        while len(self._newest) > limits.CONSUMERS_MAX:
            del self._newest[next(iter(self._newest))]
        return False

    async def _read_kept(self) -> None:
        for progress in await kept_progress(self._connection.client, self._source_id):
            self._arrived.put_nowait(progress)

    async def _on_reconnect(self) -> None:
        # What was said meanwhile was said to nobody. A callback may not wait for the bus, so a task does.
        task = asyncio.create_task(self._read_missed())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _read_missed(self) -> None:
        try:
            await self._read_kept()
        except BusUnavailable as error:
            _log.warning("could not read what was missed", reason=error.text)

    async def _on_progress(self, message: Msg) -> None:
        progress = _progress(message.data)
        if progress is not None:
            self._arrived.put_nowait(progress)

    async def _on_refused(self, message: Msg) -> None:
        try:
            self._arrived.put_nowait(codec.decode_public(message.data, RequestRefused))
        except PlaybillError as error:
            _log.warning("an event that cannot be read", reason=error.text)


async def kept_progress(client: Client, source_id: str | None) -> list[SyncProgress]:
    """The last state of each part of a source, or of all. Raises BusUnavailable."""
    kept = subjects.PROGRESS_KEPT if source_id is None else f"{subjects.progress(source_id)}.*"
    found = await last_per_subject(client, subjects.STREAM_PROGRESS, [kept])
    return [progress for message in found if (progress := _progress(message.body)) is not None]


def _progress(body: bytes) -> SyncProgress | None:
    try:
        return codec.decode_public(body, SyncProgress)
    except PlaybillError as error:
        _log.warning("a progress that cannot be read", reason=error.text)
        return None
