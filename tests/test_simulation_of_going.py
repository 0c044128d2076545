"""Worlds in which rows go and come back: no bad day of a server hides anything, and a good full sync tells the truth."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from actors.store import Store
from contracts import limits
from contracts.catalog import Mode
from tests.simulation.faults import Faults
from tests.simulation.paged import PagedWorld
from tests.simulation.provider import ACTIONS
from tests.simulation.world import World
from tests.test_simulation import CALM, check_progress

SEEDS = int(os.environ.get("PLAYBILL_SEEDS", "40"))
STORMY = Faults(empty=0.15, page=0.05)
_KINDS = {"channel": "channels", "movie": "movies", "show": "series"}


def asked(path: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Read from the file itself and with none of the store's code."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql, values).fetchall()


def shown(path: Path) -> dict[str, dict[str, str]]:
    """By step: remote id to title of every row that a person sees."""
    found: dict[str, dict[str, str]] = {step: {} for step in ACTIONS}
    live = "NOT is_stub AND missing_since IS NULL"
    for kind, remote_id, title in asked(path, f"SELECT kind, remote_id, title FROM items WHERE {live}"):
        found[_KINDS[kind]][remote_id] = title
    for kind, remote_id, title in asked(path, f"SELECT item_kind, remote_id, title FROM categories WHERE {live}"):
        found["series_categories" if kind == "show" else f"{kind}_categories"][remote_id] = title
    return found


def check_guards(path: Path, sync_id: str) -> None:
    """Only a listing that was complete and not empty hides, and never more than the guards allow."""
    steps = asked(
        path,
        "SELECT step, status, removed, held_back, notice, rows_new + rows_changed + rows_unchanged + rows_rejected"
        " FROM steps WHERE sync_id = ?",
        sync_id,
    )
    for step, status, removed, held_back, notice, served in steps:
        assert removed == 0 or (status == "completed" and served > 0 and held_back == 0), step
        known = served + removed
        assert removed <= max(limits.GONE_ROWS_FREE, limits.GONE_SHARE_MAX * known), step
        assert not held_back or ("playbill confirm" in notice and notice.endswith(f" {step}")), notice


def local_ids(path: Path) -> dict[tuple[str, str], int]:
    return {(kind, remote_id): row for row, kind, remote_id in asked(path, "SELECT id, kind, remote_id FROM items")}


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_whatever_goes_a_confirmed_full_sync_ends_with_exactly_the_servers_rows(seed: int, tmp_path: Path) -> None:
    world = World(3_000 + seed, tmp_path / "world.db", STORMY)
    async with Store.open(world.path, clock=world.clock, durability="normal") as store:
        await world.begin(store)
        for number in range(3):
            sync_id = world.ask(f"sync-{number}", mode=world.rng.choice(list(Mode)))
            if world.happens(0.2):
                for _ in range(world.rng.randrange(60)):
                    await world.step(store)
                world.cancel(sync_id)
                await world.heed(store)
            before = local_ids(world.path)
            await world.run_until_ended(store, sync_id)
            check_guards(world.path, sync_id)
            after = local_ids(world.path)
            assert {after[key] for key in before.keys() & after.keys()} <= set(before.values())
            world.provider.change()
            world.provider.take_away()
        world.faults = CALM
        last = world.ask("last", mode=Mode.FULL, confirm=list(ACTIONS))
        assert await world.run_until_ended(store, last) == "completed"

    assert shown(world.path) == {step: world.provider.readable(step) for step in ACTIONS}
    check_progress(world)


@pytest.mark.parametrize("seed", range(SEEDS // 2))
async def test_what_a_plex_server_no_longer_lists_goes_whichever_way_it_was_read(seed: int, tmp_path: Path) -> None:
    world = PagedWorld(4_000 + seed, tmp_path / "world.db", Faults())
    async with Store.open(world.path, clock=world.clock, durability="normal") as store:
        await world.begin(store)
        for number in range(3):
            sync_id = world.ask(f"sync-{number}", mode=world.rng.choice(list(Mode)))
            await world.run_until_ended(store, sync_id)
            check_guards(world.path, sync_id)
            world.change()
            world.take_away()
        world.faults = CALM
        # Which steps there are is known when the libraries are: what is held back is confirmed as a person would do it.
        await world.run_until_ended(store, world.ask("whole", mode=Mode.FULL))
        held = [step for (step,) in asked(world.path, "SELECT DISTINCT step FROM steps WHERE held_back > 0")]
        if held:
            last = world.ask("last", mode=Mode.FULL, confirm=held)
            await world.run_until_ended(store, last)

    rows = asked(world.path, "SELECT kind, remote_id, title FROM items WHERE NOT is_stub AND missing_since IS NULL")
    assert {(kind, remote_id): title for kind, remote_id, title in rows} == world.titles()
    check_progress(world)
