"""A whole Playbill, asked over the bus by a plain script: for a sync, for the running one, and for what it brought."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import nats
import pytest
from nats.aio.client import Client

from actors.demo import Hold, XtreamServer, demo_catalogue
from contracts import codec
from contracts.catalog import SyncStatus
from contracts.messages import ItemAnswer, ItemsAnswer, QueryFailed, SyncAnswer, SyncsAnswer
from tests.playbill_room import ACTION_OF, Running, playbill, until
from tests.reader_room import Said, ask

pytestmark = pytest.mark.timeout(180)

T = TypeVar("T")


def read(said: Said, kind: type[T]) -> T:
    return codec.decode_public(said.data, kind)


@asynccontextmanager
async def script_of(running: Running) -> AsyncIterator[Client]:
    config = running.supervisor.client_config()
    client = await nats.connect(config.url, user=config.user, password=config.password)
    try:
        yield client
    finally:
        await client.close()


async def test_a_script_asks_for_a_sync_and_reads_what_it_brought(tmp_path: Path) -> None:
    hold = Hold(at_bytes=1)
    with XtreamServer(demo_catalogue()) as provider:
        provider.set(ACTION_OF["movies"], hold=hold)
        async with playbill(tmp_path, {"iptv": provider.url}) as running, script_of(running) as client:
            first = read(await ask(client, "sync", {"source": "iptv"}), SyncAnswer)
            await until(hold.reached.is_set)
            second = read(await ask(client, "sync", {"source": "iptv"}), SyncAnswer)
            stranger = read(await ask(client, "sync", {"source": "nobody"}), QueryFailed)
            hold.release()
            ended = await running.ended(first.sync_id)
            listed = read(await ask(client, "items", {"kind": "movie", "limit": 1}), ItemsAnswer)
            one = read(await ask(client, "item", {"id": listed.items[0].id}), ItemAnswer)
            syncs = read(await ask(client, "syncs"), SyncsAnswer)

            assert (first.started, second) == (True, SyncAnswer(sync_id=first.sync_id, started=False))
            assert stranger.code == "unknown_source"
            assert ended.status is SyncStatus.COMPLETED
            assert one.item == listed.items[0]
            assert [(row.sync_id, row.counts) for row in syncs.syncs] == [(first.sync_id, ended.counts)]
