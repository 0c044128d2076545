"""Hundreds of worlds in which everything goes wrong: whatever happens, the catalogue and the books agree with the server."""

import os
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from actors.store import Store
from contracts.catalog import Mode
from tests.simulation.faults import Faults
from tests.simulation.provider import ACTIONS, readable
from tests.simulation.world import World

SEEDS = int(os.environ.get("PLAYBILL_SEEDS", "60"))
CALM = Faults(truncate=0, forget_bus=0, crash_inside=0, flap=0)
_KINDS = {"channels": "channel", "movies": "movie", "series": "show"}
_CATEGORY_KINDS = {"channel_categories": "channel", "movie_categories": "movie", "series_categories": "show"}


def rows(path: Path, step: str) -> dict[str, str]:
    """Remote id to title, read from the file itself and with none of the store's code."""
    with sqlite3.connect(path) as database:
        if step in _KINDS:
            found = database.execute("SELECT remote_id, title FROM items WHERE kind = ? AND NOT is_stub", (_KINDS[step],))
        else:
            found = database.execute(
                "SELECT remote_id, title FROM categories WHERE item_kind = ? AND NOT is_stub", (_CATEGORY_KINDS[step],)
            )
        pairs = found.fetchall()
    database.close()
    assert len(pairs) == len(dict(pairs))
    return dict(pairs)


def books(path: Path, sync_id: str) -> dict[str, tuple[str, int, int, int]]:
    """Per step: status, attempt, synced and rejected as the sync's steps say."""
    with sqlite3.connect(path) as database:
        found = database.execute(
            "SELECT step, status, attempt, rows_new + rows_changed + rows_unchanged, rows_rejected FROM steps WHERE sync_id = ?",
            (sync_id,),
        ).fetchall()
    database.close()
    return {step: (status, attempt, synced, rejected) for step, status, attempt, synced, rejected in found}


def check_books(world: World, sync_id: str) -> None:
    """Invariants 2 and 3: a completed step holds exactly what one answer of the server served, each entry in one place."""
    for step, (status, attempt, synced, rejected) in books(world.path, sync_id).items():
        if step in ("account", "home") or status != "completed":
            continue
        served = world.served[sync_id, step, attempt]
        expected = readable(step, served)
        assert (synced, rejected) == (len(expected), len(served) - len(expected)), step
        stored = rows(world.path, step)
        assert {remote_id: stored.get(remote_id) for remote_id in expected} == expected, step


def check_progress(world: World) -> None:
    """Invariant 6: never backwards, and the last word is final."""
    by_sync: dict[str, list[int]] = {}
    for progress in world.progress:
        by_sync.setdefault(progress.sync_id, []).append(progress.progress)
    for percents in by_sync.values():
        assert percents == sorted(percents)


async def make_world(seed: int, tmp_path: Path, faults: Faults) -> World:
    return World(seed, tmp_path / "world.db", faults)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_a_world_of_faults_ends_with_exactly_the_servers_rows(seed: int, tmp_path: Path) -> None:
    world = await make_world(seed, tmp_path, Faults())
    async with Store.open(world.path, clock=world.clock, durability="normal") as store:
        await world.begin(store)
        for number in range(3):
            sync_id = world.ask(f"sync-{number}", mode=world.rng.choice(list(Mode)))
            status = await world.run_until_ended(store, sync_id)
            assert status in ("completed", "partial", "failed")
            check_books(world, sync_id)
            world.provider.change()
        world.faults = CALM
        last = world.ask("last")
        assert await world.run_until_ended(store, last) == "completed"
        check_books(world, last)

    assert {step: rows(world.path, step) for step in ACTIONS} == {step: world.provider.readable(step) for step in ACTIONS}
    check_progress(world)
    assert world.progress[-1].progress == 100


@pytest.mark.parametrize("seed", range(SEEDS // 2))
async def test_after_a_cancel_nothing_is_written_and_the_next_sync_heals(seed: int, tmp_path: Path) -> None:
    world = await make_world(1_000 + seed, tmp_path, Faults(truncate=0))
    async with Store.open(world.path, clock=world.clock, durability="normal") as store:
        await world.begin(store)
        sync_id = world.ask("doomed")
        for _ in range(world.rng.randrange(60)):
            await world.step(store)
        world.cancel(sync_id)
        await world.heed(store)
        before = {step: rows(world.path, step) for step in ACTIONS}
        status = await world.run_until_ended(store, sync_id)
        after = {step: rows(world.path, step) for step in ACTIONS}

        assert status in ("cancelled", "completed")
        assert after == before
        if status == "cancelled":
            assert world.progress[-1].status == "cancelled"

        healed = world.ask("next")
        world.faults = CALM
        assert await world.run_until_ended(store, healed) == "completed"
        check_books(world, healed)
    check_progress(world)


@pytest.mark.parametrize("seed", range(SEEDS // 3))
async def test_a_buried_slice_makes_its_step_partial_and_nothing_else(seed: int, tmp_path: Path) -> None:
    world = await make_world(2_000 + seed, tmp_path, Faults(truncate=0, bury=0.08, forget_bus=0))
    async with Store.open(world.path, clock=world.clock, durability="normal") as store:
        await world.begin(store)
        sync_id = world.ask("wounded")
        status = await world.run_until_ended(store, sync_id)
        check_books(world, sync_id)

        by_status = Counter(status for step, (status, *_) in books(world.path, sync_id).items() if step != "account")
        assert set(by_status) <= {"completed", "partial"}
        assert status == ("completed" if set(by_status) == {"completed"} else "partial")
    check_progress(world)
