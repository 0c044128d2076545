"""Whatever dies in the middle of a walk, or is cancelled or forgotten there: the rows are the server's, each once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.demo import Hold, PlexServer
from contracts.catalog import StepStatus, SyncStatus
from tests.paged_room import home_page, small_plex, step_of, titles
from tests.playbill_room import Running, playbill, until

MOVIES = "movies.1"
FILMS = 120
PAGED = "page_size = 10"

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def plex() -> Iterator[PlexServer]:
    with PlexServer(small_plex(FILMS)) as server:
        yield server


def held(plex: PlexServer) -> Hold:
    """Stands in the sixth page of the films."""
    hold = Hold(at_bytes=100)
    plex.set(MOVIES, hold=hold, skip_requests=5)
    return hold


async def check_rows(running: Running, plex: PlexServer) -> None:
    assert titles(running, "plex") == {
        str(key): (plex.library.item(key) or {})["title"] for key in plex.library.keys("1", "movie")
    }
    assert running.rows("SELECT count(*) FROM items WHERE kind = 'episode' AND NOT is_stub") == [(4,)]
    doubled = "SELECT 1 FROM ledger GROUP BY sync_id, step, page, slice HAVING count(*) > 1"
    assert running.rows(doubled) == []
    await until(lambda: running.rows("SELECT count(*) FROM outbox") == [(0,)])  # The last words follow the end.
    assert running.rows("SELECT count(*) FROM dead_letters") == [(0,)]
    assert running.rows("SELECT count(*) FROM steps WHERE status IN ('pending', 'running')") == [(0,)]
    assert home_page(running, "plex")[0].items == ("101",)


@pytest.mark.parametrize("role", ["fetcher", "parser", "writer"])
async def test_a_role_killed_in_the_middle_of_a_walk_changes_nothing(role: str, tmp_path: Path, plex: PlexServer) -> None:
    hold = held(plex)
    async with playbill(tmp_path, {}, servers={"plex": plex}, more=PAGED) as running:
        sync_id = await running.ask("plex")
        await until(hold.reached.is_set)
        running.kill(role)
        hold.release()
        ended = await running.ended(sync_id, "plex")

        assert (ended.status, ended.progress, ended.movies_synced) == (SyncStatus.COMPLETED, 100, FILMS)
        await check_rows(running, plex)


async def test_a_bus_that_comes_back_empty_in_the_middle_of_a_walk_is_asked_again(tmp_path: Path, plex: PlexServer) -> None:
    hold = held(plex)
    async with playbill(tmp_path, {}, servers={"plex": plex}, more=PAGED) as running:
        sync_id = await running.ask("plex")
        await until(hold.reached.is_set)
        running.kill("nats-server")
        for path in sorted((tmp_path / "playbill-bus" / "jetstream").rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        hold.release()
        ended = await running.ended(sync_id, "plex")

        assert (ended.status, ended.movies_synced) == (SyncStatus.COMPLETED, FILMS)
        await check_rows(running, plex)


async def test_a_cancel_in_the_middle_of_a_walk_ends_it_at_once_and_keeps_what_came(tmp_path: Path, plex: PlexServer) -> None:
    hold = held(plex)
    async with playbill(tmp_path, {}, servers={"plex": plex}, more=PAGED) as running:
        sync_id = await running.ask("plex")
        await until(hold.reached.is_set)
        await running.client.cancel(("sync", sync_id))
        ended = await running.ended(sync_id, "plex")
        async with asyncio.timeout(20):
            await until(lambda: plex.active_requests == 0)

        assert ended.status is SyncStatus.CANCELLED
        assert step_of(ended, MOVIES).status is StepStatus.CANCELLED
        kept = titles(running, "plex")
        asked = len(plex.served)
        plex.set(None)
        again = await running.sync("plex")

        assert again.status is SyncStatus.COMPLETED
        assert len(plex.served) > asked
        assert kept.items() <= titles(running, "plex").items()
        await check_rows(running, plex)
