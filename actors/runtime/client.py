"""The bus as anyone outside the actors uses it: ask for a sync, cancel, follow progress."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Literal, Self

from actors.runtime.config import BusConfig
from actors.runtime.connection import Connection, connect
from actors.runtime.following import Following, kept_progress
from actors.runtime.publish import Publisher
from contracts import codec, subjects
from contracts.errors import BusUnavailable
from contracts.messages import CancelSync, MendDeadLetters, RequestRefused, SyncProgress, SyncRequest

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
        # One without an id is a wish of its own each time, and the stream may not take two of them for one.
        name = codec.message_id(request) if request.request_id else secrets.token_hex(16)
        await self._publish(subjects.request(source_id), f"{source_id}:{name}", codec.encode(request))

    async def cancel(self, target: Target, reason: str = "") -> None:
        """Cancel one sync, all syncs of a source, or all. Raises BusUnavailable after ten seconds."""
        what, name = target
        subject = {"sync": subjects.cancel_sync(name), "source": subjects.cancel_source(name), "all": subjects.CANCEL_ALL}[what]
        body = codec.encode(CancelSync(reason=reason))
        await self._publish(subject, f"{subject}:{datetime.now(UTC).timestamp()}", body)

    async def mend(self, action: Literal["replay", "drop"], ids: Sequence[int]) -> None:
        """Replay or drop dead letters; the wish is safe in the stream when this returns. Raises BusUnavailable."""
        message = MendDeadLetters(action=action, ids=list(ids))
        await self._publish(subjects.MENDS, f"mend:{secrets.token_hex(16)}", codec.encode(message))

    async def _publish(self, subject: str, message_id: str, body: bytes) -> None:
        try:
            await asyncio.wait_for(self._publisher.publish_bytes(subject, message_id, body), _ANSWER_S)
        except TimeoutError:
            raise BusUnavailable(f"no stream took {subject} within {_ANSWER_S:.0f} s") from None

    async def last_progress(self, source_id: str | None = None) -> list[SyncProgress]:
        """The last state of each source and part. Raises BusUnavailable."""
        return await kept_progress(self.connection.client, source_id)

    async def follow(self, source_id: str | None = None) -> AsyncGenerator[SyncProgress | RequestRefused, None]:
        """The last states at once, then everything live; of one sync never an older state after a newer one.

        Ends when the connection is closed for good. Raises BusUnavailable when the bus does not answer at first.
        """
        async with Following(self.connection, source_id) as following:
            while (message := await following.next()) is not None:
                yield message
