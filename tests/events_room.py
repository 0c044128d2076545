"""What a Playbill that runs tells its subscribers, collected for a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nats.aio.msg import Msg

from contracts import codec, subjects
from contracts.messages import Event, HomeSectionsRefreshed, RequestRefused, SyncEnded, SyncStarted
from tests.playbill_room import WAIT_S, Running


class Events:
    """The events of every source in the order in which they came."""

    def __init__(self) -> None:
        self.all: list[Event] = []
        self._came = asyncio.Condition()

    async def hear(self, message: Msg) -> None:
        async with self._came:
            self.all.append(codec.decode_public(message.data, Event))
            self._came.notify_all()

    async def ended(self, sync_id: str) -> None:
        """Wait until the end of a sync was told: whatever else follows from its steps was told before."""
        await self._until(lambda: any(isinstance(event, SyncEnded) and event.sync_id == sync_id for event in self.all))

    async def refused(self, request_id: str) -> RequestRefused:
        await self._until(lambda: self._refusals(request_id))
        return self._refusals(request_id)[0]

    async def started(self, request_id: str) -> SyncStarted:
        await self._until(lambda: self._starts(request_id))
        return self._starts(request_id)[0]

    def of_home(self, sync_id: str) -> list[HomeSectionsRefreshed]:
        return [event for event in self.all if isinstance(event, HomeSectionsRefreshed) and event.sync_id == sync_id]

    def _refusals(self, request_id: str) -> list[RequestRefused]:
        return [event for event in self.all if isinstance(event, RequestRefused) and event.request_id == request_id]

    def _starts(self, request_id: str) -> list[SyncStarted]:
        return [event for event in self.all if isinstance(event, SyncStarted) and event.request_id == request_id]

    async def _until(self, condition: object) -> None:
        assert callable(condition)
        async with asyncio.timeout(WAIT_S), self._came:
            await self._came.wait_for(condition)


@asynccontextmanager
async def events_of(running: Running) -> AsyncIterator[Events]:
    events = Events()
    client = running.client.connection.client
    subscription = await client.subscribe(subjects.EVENTS, cb=events.hear)
    await client.flush()
    try:
        yield events
    finally:
        await subscription.unsubscribe()
