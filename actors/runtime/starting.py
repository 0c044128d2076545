"""Asking for a sync, and hearing whether it starts: the writer's word on a request comes as an event."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg

from actors.logs import logger
from actors.runtime.publish import Publisher
from contracts import codec, subjects
from contracts.errors import PlaybillError
from contracts.messages import RequestRefused, SyncRequest, SyncStarted

_log: Final = logger("start")

Word = SyncStarted | RequestRefused
Hearing = asyncio.Future[Word]


class Starts:
    """Hears for every request whether it started a sync or was refused."""

    def __init__(self, client: Client, publisher: Publisher) -> None:
        self._client, self._publisher = client, publisher
        self._waiting: dict[tuple[str, str], set[Hearing]] = {}

    async def start(self) -> None:
        for name in ("sync_started", "request_refused"):
            await self._client.subscribe(subjects.event("*", name), cb=self._on_event)

    async def publish(self, source_id: str, request: SyncRequest) -> None:
        """Hand a request over; it is safe in the stream when this returns."""
        # A repetition is a message of its own: one that the stream took for a duplicate would be answered by nobody.
        name = f"{source_id}:{secrets.token_hex(16)}"
        await self._publisher.publish_bytes(subjects.request(source_id), name, codec.encode(request))

    @contextmanager
    def hearing(self, source_id: str, request_id: str) -> Iterator[Hearing]:
        """The word on a request, whenever it comes; listen before you ask."""
        place = source_id, request_id
        hearing: Hearing = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(place, set()).add(hearing)
        try:
            yield hearing
        finally:
            hearing.cancel()
            waiting = self._waiting[place]
            waiting.discard(hearing)
            if not waiting:
                del self._waiting[place]

    async def _on_event(self, message: Msg) -> None:
        try:
            word: Word = codec.decode_public(message.data, SyncStarted | RequestRefused)
        except PlaybillError as error:
            _log.warning("an event that cannot be read", reason=error.text)
            return
        for hearing in self._waiting.get((word.source_id, word.request_id), ()):
            if not hearing.done():
                hearing.set_result(word)
