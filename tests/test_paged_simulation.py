"""Worlds around a server with pages, libraries and a home page: whatever happens, catalogue, books and page agree with it."""

import os
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from actors.store import Store
from contracts import codec
from contracts.catalog import Mode, Part
from contracts.messages import Event, HomeSectionsRefreshed
from tests.simulation.faults import Faults
from tests.simulation.paged import PagedWorld, read
from tests.test_simulation import CALM, books, check_progress

SEEDS = int(os.environ.get("PLAYBILL_SEEDS", "30"))
PARTS: list[list[Part]] = [[], [], [Part.HOME], [Part.CATALOGUE]]


def asked(path: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Read from the file itself and with none of the store's code."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql, values).fetchall()


def titles(path: Path, *, is_stub: bool = False) -> dict[tuple[str, str], str]:
    rows = asked(path, "SELECT kind, remote_id, title FROM items WHERE is_stub = ?", is_stub)
    found = {(kind, remote_id): title for kind, remote_id, title in rows}
    assert len(found) == len(rows)
    return found


def home_page(path: Path) -> list[tuple[str, list[str]]]:
    """The sections in their order with their items; none of them stale."""
    assert asked(path, "SELECT 1 FROM home_sections WHERE is_stale") == []
    sections = asked(path, "SELECT id, hub_identifier FROM home_sections ORDER BY position, id")
    items = "SELECT remote_id FROM home_section_items AS places JOIN items ON items.id = media_item_id WHERE section_id = ?"
    return [
        (identifier, [row[0] for row in asked(path, f"{items} ORDER BY places.position", section_id)])
        for section_id, identifier in sections
    ]


def check_books(world: PagedWorld, sync_id: str) -> None:
    """A completed step holds exactly what one attempt brought, each entry in one place; nothing is in a ledger twice."""
    stored = titles(world.path)
    for step, (status, attempt, synced, rejected) in books(world.path, sync_id).items():
        if step == "account" or status != "completed":
            continue
        rows = [read(step, body) for body in world.slices[sync_id, step, attempt]]
        kept = sum(len(row.items) + len(row.libraries) + len(row.sections) for row in rows)
        assert (synced, rejected) == (kept, sum(len(row.rejects) for row in rows)), step
        for item in (item for row in rows for item in row.items):
            assert stored[item.kind.value, item.remote_id] == item.title
    doubled = "SELECT 1 FROM ledger WHERE sync_id = ? GROUP BY step, page, slice HAVING count(*) > 1"
    assert asked(world.path, doubled, sync_id) == []


def hubs_told(world: PagedWorld) -> set[str]:
    """The hubs that a subscriber knows who follows the events from the first on."""
    known: set[str] = set()
    for event in (codec.decode_public(body, Event) for body in world.events):
        if isinstance(event, HomeSectionsRefreshed):
            assert event.changes_total == len(event.changes)
            known |= {change.hub_identifier for change in event.changes if change.change == "added"}
            known -= {change.hub_identifier for change in event.changes if change.change == "removed"}
    return known


def check_page(world: PagedWorld) -> None:
    assert home_page(world.path) == world.hubs()
    places = "SELECT section_id, count(*) FROM home_section_items GROUP BY 1, position HAVING count(*) > 1"
    assert asked(world.path, places) == []


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_a_world_of_faults_ends_with_the_servers_libraries_and_its_home_page(seed: int, tmp_path: Path) -> None:
    world = PagedWorld(seed, tmp_path / "world.db", Faults())
    async with Store.open(world.path, clock=world.clock, durability="normal") as store:
        await world.begin(store)
        for number in range(3):
            sync_id = world.ask(f"sync-{number}", mode=world.rng.choice(list(Mode)), parts=world.rng.choice(PARTS))
            status = await world.run_until_ended(store, sync_id)
            assert status in ("completed", "partial", "failed")
            check_books(world, sync_id)
            world.change()
        world.faults = CALM
        last = world.ask("last", mode=Mode.FULL)
        assert await world.run_until_ended(store, last) == "completed"
        check_books(world, last)

    assert titles(world.path) == world.titles()
    assert titles(world.path, is_stub=True) == {}
    check_page(world)
    assert hubs_told(world) == {identifier for identifier, _ in home_page(world.path)}
    check_progress(world)
    assert world.progress[-1].progress == 100


@pytest.mark.parametrize("seed", range(SEEDS // 2))
async def test_after_a_cancel_nothing_is_written_and_the_next_sync_heals(seed: int, tmp_path: Path) -> None:
    world = PagedWorld(1_000 + seed, tmp_path / "world.db", Faults(truncate=0))
    async with Store.open(world.path, clock=world.clock, durability="normal") as store:
        await world.begin(store)
        sync_id = world.ask("doomed")
        for _ in range(world.rng.randrange(100)):
            await world.step(store)
        world.cancel(sync_id)
        await world.heed(store)
        before = titles(world.path), titles(world.path, is_stub=True)
        status = await world.run_until_ended(store, sync_id)

        assert status in ("cancelled", "completed", "partial")
        assert (titles(world.path), titles(world.path, is_stub=True)) == before

        world.faults = CALM
        assert await world.run_until_ended(store, world.ask("next", mode=Mode.FULL)) == "completed"
    assert titles(world.path) == world.titles()
    check_page(world)
    check_progress(world)


@pytest.mark.parametrize("seed", range(SEEDS // 3))
async def test_a_buried_slice_makes_its_step_partial_and_takes_no_section_away(seed: int, tmp_path: Path) -> None:
    world = PagedWorld(2_000 + seed, tmp_path / "world.db", Faults(truncate=0, flap=0, bury=0.08, forget_bus=0))
    async with Store.open(world.path, clock=world.clock, durability="normal") as store:
        await world.begin(store)
        calm, world.faults = world.faults, CALM
        assert await world.run_until_ended(store, world.ask("first")) == "completed"
        hubs, world.faults = dict(home_page(world.path)), calm
        sync_id = world.ask("wounded")
        status = await world.run_until_ended(store, sync_id)
        check_books(world, sync_id)

        by_status = Counter(status for step, (status, *_) in books(world.path, sync_id).items() if step != "account")
        assert set(by_status) <= {"completed", "partial"}
        assert status == ("completed" if set(by_status) == {"completed"} else "partial")
        kept = asked(world.path, "SELECT hub_identifier FROM home_sections")
        assert {row[0] for row in kept} == set(hubs)
    assert titles(world.path) == world.titles()
    check_progress(world)
