"""What the tests of push share: paces that a test can wait for, sources of the stand-ins, and a listener that runs meanwhile."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest

from actors import logs
from actors.addresses import Allowed
from actors.demo import JellyfinServer, PlexServer
from actors.push.config import Pace, PushSource
from actors.push.listening import Listener
from actors.push.meaning import Meaning
from actors.sources.ask import Credentials
from contracts.catalog import SourceKind

WAIT_S: Final = 20
FAST: Final = Pace(quiet_s=0.2, burst_s=2.0, gap_s=0.0, again_s=0.05, back_off_s=0.01, back_off_max_s=0.05, settled_s=0.0)
AT_HOME: Final = Allowed(private=True)
DEVICE: Final = "device-of-push"


def of_plex(server: PlexServer, **fields: Any) -> PushSource:
    credentials = Credentials(token=fields.pop("token", server.token), client_id=DEVICE)
    return PushSource(
        source_id="plex", kind=SourceKind.PLEX, credentials=credentials, **{"base_url": server.url, "allowed": AT_HOME, **fields}
    )


def of_jellyfin(server: JellyfinServer, **fields: Any) -> PushSource:
    credentials = Credentials(username="demo", password=fields.pop("password", "demo"), client_id=DEVICE)
    return PushSource(
        source_id="jellyfin",
        kind=SourceKind.JELLYFIN,
        credentials=credentials,
        **{"base_url": server.url, "allowed": AT_HOME, **fields},
    )


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def listening(source: PushSource, pace: Pace = FAST) -> AsyncIterator[list[Meaning]]:
    """What a listener hears that means something, as it comes."""
    heard: list[Meaning] = []

    def hear(meaning: Meaning) -> None:
        if meaning is not Meaning.NOTHING:
            heard.append(meaning)

    running = asyncio.create_task(Listener(source, pace, hear).run())
    try:
        yield heard
    finally:
        running.cancel()
        await asyncio.wait({running})
    if not running.cancelled():
        running.result()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, at its loudest."""
    stream = io.StringIO()
    logs.configure(role="push", level="debug", stream=stream)
    yield stream
    logs.reset()
