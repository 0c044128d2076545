"""The bus as anyone outside the actors uses it: ask for a sync, cancel, follow progress."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Literal, Self

from nats.aio.msg import Msg

from actors.logs import logger
from actors.runtime.config import BusConfig
from actors.runtime.connection import Connection, connect
from actors.runtime.hearing import last_per_subject
from actors.runtime.publish import Publisher
from contracts import codec, limits, subjects
from contracts.errors import BusUnavailable, PlaybillError
from contracts.messages import CancelSync, RequestRefused, SyncProgress, SyncRequest

_log: Final = logger("client")
_ANSWER_S: Final = 10.0

Target = tuple[Literal["sync", "source", "all"], str]


class BusClient:
    """A user of the bus. Everything it publishes is in a stream when the call returns."""

    def __init__(self, connection: Connection, publisher: Publisher) -> None:
        self.connection = connection
        self._publisher = publisher

    @classmethod
    async def connect(cls, config: BusConfig) -> "BusClient":
        """Raises BusUnavailable."""
        connection = await connect(config, purpose="client")
        publisher = Publisher(connection.client)
        await publisher.start()
        return cls(connection, publisher)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.connection.close()

    async def request_sync(self, source_id: str, request: SyncRequest) -> None:
        """Ask for a sync; it is safe in the stream when this returns. Raises BusUnavailable after ten seconds."""
        await self._publish(subjects.request(source_id), f"{source_id}:{codec.message_id(request)}", codec.encode(request))

    async def cancel(self, target: Target, reason: str = "") -> None:
        """Cancel one sync, all syncs of a source, or all. Raises BusUnavailable after ten seconds."""
        what, name = target
        subject = {"sync": subjects.cancel_sync(name), "source": subjects.cancel_source(name), "all": subjects.CANCEL_ALL}[what]
        body = codec.encode(CancelSync(reason=reason))
        await self._publish(subject, f"{subject}:{datetime.now(UTC).timestamp()}", body)

    async def _publish(self, subject: str, message_id: str, body: bytes) -> None:
        try:
            await asyncio.wait_for(self._publisher.publish_bytes(subject, message_id, body), _ANSWER_S)
        except TimeoutError:
            raise BusUnavailable(f"no stream took {subject} within {_ANSWER_S:.0f} s") from None

    async def last_progress(self, source_id: str | None = None) -> list[SyncProgress]:
        """The last state of each source and part. Raises BusUnavailable."""
        kept = subjects.PROGRESS_KEPT if source_id is None else f"{subjects.progress(source_id)}.*"
        found = await last_per_subject(self.connection.client, subjects.STREAM_PROGRESS, [kept])
        return [progress for kept in found if (progress := _progress(kept.body)) is not None]

    async def follow(self, source_id: str | None = None) -> AsyncIterator[SyncProgress | RequestRefused]:
        """The last states at once, then everything live; of one sync never an older state after a newer one.

        Ends when the connection is closed for good.
        """
        arrived: asyncio.Queue[SyncProgress | RequestRefused] = asyncio.Queue()

        async def on_progress(message: Msg) -> None:
            progress = _progress(message.data)
            if progress is not None:
                arrived.put_nowait(progress)

        async def on_refused(message: Msg) -> None:
            try:
                arrived.put_nowait(codec.decode_public(message.data, RequestRefused))
            except PlaybillError as error:
                _log.warning("an event that cannot be read", reason=error.text)

        async def read_kept() -> None:
            for progress in await self.last_progress(source_id):
                arrived.put_nowait(progress)

        reading: set[asyncio.Task[None]] = set()

        async def on_reconnect() -> None:
            # What was said meanwhile was said to nobody.
            task = asyncio.create_task(read_kept())
            reading.add(task)
            task.add_done_callback(reading.discard)

        client, named = self.connection.client, source_id or "*"
        subscriptions = [
            await client.subscribe(subjects.progress(named), cb=on_progress),
            await client.subscribe(subjects.event(named, "request_refused"), cb=on_refused),
        ]
        try:
            self.connection.on_reconnect(on_reconnect)
            await read_kept()
            async for message in self._in_order(arrived):
                yield message
        finally:
            self.connection.forget(on_reconnect)
            for task in reading:
                task.cancel()
            for subscription in subscriptions:
                if not client.is_closed:
                    await subscription.unsubscribe()

    async def _in_order(
        self, arrived: asyncio.Queue[SyncProgress | RequestRefused]
    ) -> AsyncIterator[SyncProgress | RequestRefused]:
        newest: dict[str, datetime] = {}
        lost = asyncio.create_task(self.connection.lost.wait())
        try:
            while True:
                arrival = asyncio.create_task(arrived.get())
                await asyncio.wait({arrival, lost}, return_when=asyncio.FIRST_COMPLETED)
                if not arrival.done():
                    arrival.cancel()
                    return
                message = arrival.result()
                if isinstance(message, SyncProgress):
                    if message.updated_at < newest.get(message.sync_id, message.updated_at):
                        continue
                    newest[message.sync_id] = message.updated_at
                    while len(newest) > limits.CONSUMERS_MAX:
                        del newest[next(iter(newest))]
                yield message
        finally:
            lost.cancel()


def _progress(body: bytes) -> SyncProgress | None:
    try:
        return codec.decode_public(body, SyncProgress)
    except PlaybillError as error:
        _log.warning("a progress that cannot be read", reason=error.text)
        return None
