"""A cancel at any moment: final, nothing of the sync is written after it, nothing is deleted, and the next sync heals."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actors.demo import Hold, XtreamServer
from contracts.catalog import SyncStatus
from contracts.messages import RequestRefused
from tests.big_catalogue import big_catalogue
from tests.playbill_room import ACTION_OF, Running, playbill, served_ids, until

MOMENTS = [
    ("get_live_streams", 0),
    ("get_vod_streams", 0),
    ("get_vod_streams", 500_000),
    ("get_vod_streams", 1_500_000),
    ("get_series", 1),
]

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def provider() -> Iterator[XtreamServer]:
    with XtreamServer(big_catalogue()) as server:
        yield server


async def check_quiet(running: Running, provider: XtreamServer) -> None:
    """No request is open, nothing is on its way, and the file stands still."""
    await until(lambda: provider.active_requests == 0)
    before = running.rows("SELECT count(*), max(id), max(changed_at) FROM items")
    requests = len(provider.served)
    await asyncio.sleep(0.5)
    assert running.rows("SELECT count(*), max(id), max(changed_at) FROM items") == before
    assert len(provider.served) == requests


@pytest.mark.parametrize(("action", "at_bytes"), MOMENTS)
async def test_a_cancel_in_mid_download_is_final_and_the_next_sync_heals(
    action: str, at_bytes: int, tmp_path: Path, provider: XtreamServer
) -> None:
    hold = Hold(at_bytes=at_bytes)
    provider.set(action, hold=hold)
    async with playbill(tmp_path, {"iptv": provider.url}) as running:
        sync_id = await running.ask()
        await until(hold.reached.is_set)
        await running.client.cancel(("sync", sync_id))
        ended = await running.ended(sync_id)

        assert ended.status is SyncStatus.CANCELLED
        assert ended.progress < 100
        await check_quiet(running, provider)
        hold.release()
        healed = await running.sync()
        assert healed.status is SyncStatus.COMPLETED
        assert {step: running.ids(step) for step in ACTION_OF} == {step: served_ids(provider, step) for step in ACTION_OF}


@pytest.mark.parametrize("switches", [{"status": 503}, {"status": 429, "retry_after": "600"}], ids=["back-off", "cool-down"])
async def test_a_cancel_interrupts_waiting(switches: dict[str, Any], tmp_path: Path, provider: XtreamServer) -> None:
    provider.set("get_vod_streams", **switches)
    async with playbill(tmp_path, {"iptv": provider.url}, more="max_retries = 20") as running:
        sync_id = await running.ask()
        await until(lambda: any(request.status == switches["status"] for request in provider.served))
        await running.client.cancel(("source", "iptv"))

        assert (await running.ended(sync_id)).status is SyncStatus.CANCELLED


async def test_a_cancel_of_one_source_leaves_the_other_and_hits_no_later_sync(tmp_path: Path, provider: XtreamServer) -> None:
    hold = Hold(at_bytes=100_000)
    with XtreamServer(big_catalogue(600)) as other:
        provider.set("get_vod_streams", hold=hold)
        other.set("get_vod_streams", hold=hold)
        async with playbill(tmp_path, {"iptv": provider.url, "other": other.url}) as running:
            first, second = await running.ask("iptv"), await running.ask("other")
            await until(lambda: hold.waiting == 2)
            await running.client.cancel(("source", "iptv"))
            cancelled = await running.ended(first, "iptv")
            hold.release()

            assert cancelled.status is SyncStatus.CANCELLED
            assert (await running.ended(second, "other")).status is SyncStatus.COMPLETED
            assert (await running.sync("iptv")).status is SyncStatus.COMPLETED


async def test_a_second_request_is_answered_with_the_running_sync(tmp_path: Path, provider: XtreamServer) -> None:
    hold = Hold()
    provider.set("get_live_streams", hold=hold)
    async with playbill(tmp_path, {"iptv": provider.url}) as running:
        sync_id = await running.ask()
        await until(hold.reached.is_set)
        following = running.client.follow("iptv")
        await anext(following)  # The last state of the sync: from here on, events are heard.
        await running.ask(request_id="too-soon")
        async with asyncio.timeout(30):
            refused = await anext(state async for state in following if isinstance(state, RequestRefused))
        await following.aclose()
        hold.release()

        assert (refused.request_id, refused.code, refused.running_sync_id) == ("too-soon", "already_running", sync_id)
        assert (await running.ended(sync_id)).status is SyncStatus.COMPLETED
