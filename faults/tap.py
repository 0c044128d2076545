"""An admin's own connection to the bus: hears what passes, reads what streams hold, and says again what it likes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import PubAck
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

from faults.rig import Rig

WORK: Final = "playbill.work.>"
_ID: Final = "Nats-Msg-Id"


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it was said."""

    subject: str
    message_id: str
    body: bytes


class Tap:
    """What it says itself, it does not hear."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.streams: JetStreamContext = client.jetstream(timeout=5)
        self.heard: list[Passed] = []

    async def listen(self, subject: str = WORK) -> None:
        """Keep everything that is said on a subject from now on."""
        await self.client.subscribe(subject, cb=self._take)
        await self.client.flush()

    async def _take(self, message: Msg) -> None:
        self.heard.append(_passed(message))

    async def say(self, subject: str, body: bytes, message_id: str = "") -> PubAck:
        """Into its stream. Raises what nats-py raises, such as when the stream is full."""
        return await self.streams.publish(subject, body, headers={_ID: message_id} if message_id else None)

    async def held(self, stream: str) -> list[Passed]:
        """Everything that a stream holds, the oldest first."""
        state = (await self.streams.stream_info(stream)).state
        found = []
        for sequence in range(state.first_seq, state.last_seq + 1):
            try:
                message = await self.streams.get_msg(stream, sequence)
            except NotFoundError:
                continue
            headers = message.headers or {}
            found.append(Passed(subject=message.subject or "", message_id=headers.get(_ID, ""), body=message.data or b""))
        return found


def _passed(message: Msg) -> Passed:
    return Passed(subject=message.subject, message_id=(message.headers or {}).get(_ID, ""), body=message.data)


@asynccontextmanager
async def tapped(rig: Rig) -> AsyncIterator[Tap]:
    client = await nats.connect(
        rig.admin.url, user=rig.admin.user, password=rig.admin.password, connect_timeout=5, no_echo=True, error_cb=_quiet
    )
    try:
        yield Tap(client)
    finally:
        await client.close()


async def _quiet(_: Exception) -> None:
    """A bus that is away is what was ordered."""
