"""Passes over what changed: what they ask for, what they write, and when the whole listing is read after all."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from actors.demo import JellyfinServer, PlexServer
from contracts.catalog import Mode
from tests.paged_room import FILMS_VIEW, JELLYFIN_FILMS, small_jellyfin, small_plex, step_of
from tests.playbill_room import playbill
from tests.shelf_room import FILMS, Films, opened

ITEMS = "SELECT id, remote_id, title, row_hash, changed_at FROM items ORDER BY id"

pytestmark = pytest.mark.timeout(180)


async def test_a_library_that_has_not_changed_is_not_asked_but_for_what_was_watched(tmp_path: Path) -> None:
    async with opened(Films(tmp_path / "kept.db")) as plex:
        plex.asked_for.clear()
        again = await plex.sync()
        assert {step for step, _ in plex.asked_for if not step.startswith("watched_")} == {"libraries"}
        assert all(since is not None for step, since in plex.asked_for if step != "libraries")
        assert sum(step.counts.new + step.counts.changed for step in again.steps.values()) == 0


async def test_a_deleted_film_is_noticed_by_the_total_and_the_whole_is_read(tmp_path: Path) -> None:
    async with opened(Films(tmp_path / "kept.db")) as plex:
        plex.library.remove(plex.films[7])
        synced = await plex.sync()
        assert synced.said(FILMS) == "read as a whole: the server has 59 rows and 60 were expected"
        assert (synced.steps[FILMS].removed, synced.steps[FILMS].mode) == (1, Mode.FULL)
        assert "film 7" not in plex.ids("movie")


async def test_one_that_went_and_one_that_came_are_both_seen(tmp_path: Path) -> None:
    async with opened(Films(tmp_path / "kept.db")) as plex:
        plex.library.remove(plex.films[7])
        plex.add(99)
        synced = await plex.sync()
        assert synced.steps[FILMS].removed == 1
        assert plex.ids("movie").keys() & {"film 7", "film 99"} == {"film 99"}


async def test_when_more_than_half_has_changed_the_whole_is_read(tmp_path: Path) -> None:
    async with opened(Films(tmp_path / "kept.db")) as plex:
        for key in plex.films[:31]:
            plex.library.change(key, title=f"new {key}")
        synced = await plex.sync()
        assert synced.said(FILMS).startswith("read as a whole: 31 of 60 rows have changed; 31 rows were written")
        assert synced.steps[FILMS].counts.served == 60


async def test_what_was_watched_comes_with_a_pass_of_its_own(tmp_path: Path) -> None:
    async with opened(Films(tmp_path / "kept.db")) as plex:
        plex.library.mark_watched(plex.films[5])
        watched = await plex.sync()
        assert FILMS not in watched.steps
        assert watched.steps[f"watched_{FILMS}"].counts.changed == 1
        async with plex.store.transaction() as tx:
            listing = await tx.listing("plex", FILMS)
        assert listing is not None
        assert listing.rows == 60


async def test_a_listing_that_was_empty_is_looked_at_again_though_nothing_seems_to_have_changed(tmp_path: Path) -> None:
    plex = Films(tmp_path / "kept.db")
    plex.lies[FILMS] = {"empty_200": True}
    async with opened(plex):
        plex.lies.clear()
        synced = await plex.sync()
        assert synced.steps[FILMS].counts.new == 60


async def test_the_whole_is_read_when_the_last_whole_is_too_old(tmp_path: Path) -> None:
    async with opened(Films(tmp_path / "kept.db")) as plex:
        plex.now += timedelta(days=7, seconds=1)
        assert (await plex.sync()).steps[FILMS].mode is Mode.FULL


# --- End to end, counted by the servers -----------------------------------------------------------


def asked_since(server: Any, before: int) -> list[str]:
    return [record.action for record in server.served[before:]]


async def test_one_changed_row_of_two_thousand_costs_a_page(tmp_path: Path) -> None:
    plex_library, jellyfin_library = small_plex(2_000), small_jellyfin(2_000)
    with PlexServer(plex_library) as plex, JellyfinServer(jellyfin_library) as jellyfin:
        async with playbill(tmp_path, {}, servers={"plex": plex, "jelly": jellyfin}, more="page_size = 500") as running:
            for source_id in ("plex", "jelly"):
                assert (await running.sync(source_id)).status == "completed"
            rows = running.rows(ITEMS)
            served = len(plex.served)
            unchanged = await running.sync("plex", parts=["catalogue"])
            quiet = asked_since(plex, served)
            assert unchanged.status == "completed"
            assert not any(step.step.startswith("movies") for step in unchanged.steps)
            assert running.rows(ITEMS) == rows

            plex_library.change("111", title="Another")
            served = len(plex.served)
            changed = step_of(await running.sync("plex", parts=["catalogue"]), "movies.1")
            assert (changed.counts.changed, changed.counts.new) == (1, 0)
            assert changed.counts.synced <= 500
            assert len(asked_since(plex, served)) <= len(quiet) + 1

            item = jellyfin_library.items("Movie")[10]
            jellyfin_library.change(item.id, name="Another")
            served = len(jellyfin.served)
            of_jellyfin = step_of(await running.sync("jelly", parts=["catalogue"]), JELLYFIN_FILMS)
            assert (of_jellyfin.counts.changed, of_jellyfin.counts.new) == (1, 0)
            pages = [action for action in asked_since(jellyfin, served) if action == f"items.{FILMS_VIEW.id}"]
            assert len(pages) <= 8
            titles = [title for _, _, title, _, _ in running.rows(ITEMS)]
            assert titles.count("Another") == 2
