"""Any process is killed in the middle of a sync, the bus included: it ends completed, with exactly the server's rows."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from actors.demo import Hold, XtreamServer
from contracts.catalog import SyncStatus
from tests.big_catalogue import big_catalogue
from tests.playbill_room import ACTION_OF, ROLES, Running, playbill, served_ids, until

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def provider() -> Iterator[XtreamServer]:
    with XtreamServer(big_catalogue()) as server:
        yield server


def check_rows(running: Running, provider: XtreamServer) -> None:
    for step in ACTION_OF:
        assert running.ids(step) == served_ids(provider, step), step
    assert running.rows("SELECT count(*) FROM outbox") == [(0,)]
    assert running.rows("SELECT count(*) FROM dead_letters") == [(0,)]


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_killed_in_the_middle_of_a_sync_changes_nothing(role: str, tmp_path: Path, provider: XtreamServer) -> None:
    hold = Hold(at_bytes=1_000_000)
    provider.set(ACTION_OF["movies"], hold=hold)
    async with playbill(tmp_path, {"iptv": provider.url}) as running:
        sync_id = await running.ask()
        await until(hold.reached.is_set)
        running.kill(role)
        hold.release()
        ended = await running.ended(sync_id)

        assert (ended.status, ended.progress) == (SyncStatus.COMPLETED, 100)
        assert ended.movies_synced == 6_000
        check_rows(running, provider)


async def test_everything_killed_by_turns_changes_nothing(tmp_path: Path, provider: XtreamServer) -> None:
    async with playbill(tmp_path, {"iptv": provider.url}) as running:
        for edition in range(2):
            provider.catalogue = big_catalogue(edition=f" edition {edition}")
            sync_id = await running.ask()
            for role in ("parser", "writer", "nats-server", "progress", "fetcher"):
                await asyncio.sleep(0.15)
                running.kill(role)
                await until(partial(is_back, running, role))
            ended = await running.ended(sync_id)

            assert ended.status == SyncStatus.COMPLETED
            check_rows(running, provider)
            titles = running.rows("SELECT count(*) FROM items WHERE title LIKE ?", f"% edition {edition}")
            assert titles == [(6_000 + 600 + 600,)]


def is_back(running: Running, role: str) -> bool:
    return any(child.name == role and child.is_running for child in running.supervisor.children())


async def test_a_bus_that_comes_back_empty_is_asked_again(tmp_path: Path, provider: XtreamServer) -> None:
    hold = Hold(at_bytes=1_000_000)
    provider.set(ACTION_OF["movies"], hold=hold)
    async with playbill(tmp_path, {"iptv": provider.url}) as running:
        sync_id = await running.ask()
        await until(hold.reached.is_set)
        streams = tmp_path / "playbill-bus" / "jetstream"
        running.kill("nats-server")
        for path in sorted(streams.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        hold.release()
        ended = await running.ended(sync_id)

        assert ended.status == SyncStatus.COMPLETED
        check_rows(running, provider)


async def test_a_writer_that_was_down_finishes_what_was_asked(tmp_path: Path, provider: XtreamServer) -> None:
    hold = Hold(at_bytes=1_000_000)
    provider.set(ACTION_OF["movies"], hold=hold)
    async with playbill(tmp_path, {"iptv": provider.url}) as running:
        sync_id = await running.ask()
        await until(hold.reached.is_set)
    hold.release()

    async with playbill(tmp_path, {"iptv": provider.url}) as running:
        ended = await running.ended(sync_id)

        assert ended.status == SyncStatus.COMPLETED
        check_rows(running, provider)
