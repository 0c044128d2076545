"""The home page through the whole of Playbill: what stays, what goes, what is said of it, and that nothing waits for it."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from actors.demo import Hold, JellyfinServer, PlexServer, XtreamServer, demo_catalogue, demo_plex_library
from actors.store import Reader
from contracts.catalog import Part, StepStatus, SyncStatus
from contracts.messages import HomeSectionsRefreshed
from tests.cli_room import CommandLine
from tests.events_room import Events, events_of
from tests.paged_room import FILMS_VIEW, SHORTS_VIEW, home_page, small_jellyfin, small_plex, step_of
from tests.playbill_room import Running, playbill, until

HOME: Final = [Part.HOME]
CONTINUE: Final = "home.continue"
RECENT: Final = "movie.recentlyadded.1"
FEW: Final = "max_retries = 0"
SOON_S: Final = 20.0
"""Far more than a home page takes on a busy machine, and far less than the test's own limit."""

pytestmark = pytest.mark.timeout(180)


async def refreshed(running: Running, events: Events, source_id: str, **request: Any) -> dict[str, str]:
    """Sync the home page; what an event told to have changed, if one came. Never more than one comes."""
    ended = await running.sync(source_id, **{"parts": HOME, **request})
    await events.ended(ended.sync_id)
    told = events.of_home(ended.sync_id)
    assert len(told) <= 1
    for event in told:
        check_totals(running, event)
    return {change.hub_identifier: change.change for event in told for change in event.changes}


def check_totals(running: Running, event: HomeSectionsRefreshed) -> None:
    page = home_page(running, event.source_id)
    assert (event.sections, event.items) == (len(page), sum(len(section.items) for section in page))
    assert event.changes_total == len(event.changes)


async def test_subscribers_hear_once_what_changed_and_nothing_when_nothing_did(tmp_path: Path) -> None:
    library = small_plex()
    with PlexServer(library) as plex:
        async with playbill(tmp_path, {}, servers={"plex": plex}, more=FEW) as running, events_of(running) as events:
            first = await refreshed(running, events, "plex")
            assert set(first.values()) == {"added"}
            assert set(first) == {section.identifier for section in home_page(running, "plex")}
            assert await refreshed(running, events, "plex") == {}
            assert await refreshed(running, events, "plex", parts=[]) == {}  # The libraries fill the stubs in.

            chapter = str(library.keys("2", "episode")[0])
            library.set_offset(chapter, 1_000)
            assert await refreshed(running, events, "plex") == {CONTINUE: "changed"}
            assert home_page(running, "plex")[0].items[0] == chapter

            plex.set("hubs.promoted", hubs_gone=(RECENT,))
            told = await refreshed(running, events, "plex")
            assert told.pop(RECENT) == "removed"
            assert set(told.values()) == {"changed"}  # They have moved up.
            assert RECENT not in {section.identifier for section in home_page(running, "plex")}
            plex.set(None)
            assert (await refreshed(running, events, "plex"))[RECENT] == "added"

            plex.set("hubs", status=500)
            assert await refreshed(running, events, "plex") == {}


async def test_a_hub_that_fails_keeps_its_items_and_is_stale_until_it_can_be_read(tmp_path: Path) -> None:
    library = small_plex()
    with PlexServer(library) as plex:
        async with playbill(tmp_path, {}, servers={"plex": plex}, more=FEW) as running, events_of(running) as events:
            await running.sync("plex")
            before = home_page(running, "plex")
            plex.set(None, hub_fails=(CONTINUE,))
            library.add("1", "movie", "A Film That Came Since")
            ended = await running.sync("plex")
            now = home_page(running, "plex")

            home = step_of(ended, "home")
            assert (ended.status, home.status) == (SyncStatus.PARTIAL, StepStatus.PARTIAL)
            assert home.error is not None
            assert home.error.text.startswith("the section 'Continue Watching' could not be read: ")
            assert "500" in home.error.text
            assert step_of(ended, "movies.1").status is StepStatus.COMPLETED
            assert {section.identifier for section in now if section.is_stale} == {CONTINUE}
            assert now[0].items == before[0].items
            assert now[1].items[1:] == before[1].items
            await events.ended(ended.sync_id)
            (told,) = events.of_home(ended.sync_id)
            assert CONTINUE not in {change.hub_identifier for change in told.changes}

            plex.set(None)
            assert (await running.sync("plex", parts=HOME)).status is SyncStatus.COMPLETED
            assert not any(section.is_stale for section in home_page(running, "plex"))


async def test_an_item_that_a_hub_shows_twice_costs_only_itself(tmp_path: Path) -> None:
    with PlexServer(small_plex()) as plex:
        async with playbill(tmp_path, {}, servers={"plex": plex}) as running:
            await running.sync("plex", parts=HOME)
            before = home_page(running, "plex")
            plex.set("hubs.promoted", hub_duplicate=True)
            ended = await running.sync("plex", parts=HOME)

            assert ended.status is SyncStatus.COMPLETED
            assert home_page(running, "plex") == before
            assert all(len(set(section.items)) == len(section.items) for section in before)


async def test_a_stub_that_a_library_fills_keeps_its_id_and_its_place(tmp_path: Path) -> None:
    with PlexServer(small_plex()) as plex, JellyfinServer(small_jellyfin()) as jellyfin:
        async with playbill(tmp_path, {}, servers={"plex": plex, "jelly": jellyfin}) as running:
            places = "SELECT section_id, position, media_item_id FROM home_section_items ORDER BY 1, 2"
            named = "SELECT id, source_id, kind, remote_id, is_stub FROM items WHERE kind = 'movie' ORDER BY id"
            for source_id in ("plex", "jelly"):
                await running.sync(source_id, parts=HOME)
            shown, stubs = running.rows(places), running.rows(named)
            assert shown
            assert {is_stub for *_, is_stub in stubs} == {1}
            for source_id in ("plex", "jelly"):
                await running.sync(source_id, parts=[Part.CATALOGUE])
            listed = {tuple(key): (item_id, is_stub) for item_id, *key, is_stub in running.rows(named)}

            assert running.rows(places) == shown
            assert {tuple(key): listed[tuple(key)] for _, *key, _ in stubs} == {
                tuple(key): (item_id, 0) for item_id, *key, _ in stubs
            }


async def test_the_home_page_is_there_in_seconds_while_the_episodes_are_held(tmp_path: Path) -> None:
    hold = Hold(at_bytes=100)
    with PlexServer(small_plex()) as plex:
        plex.set("episodes.2", hold=hold)
        async with playbill(tmp_path, {}, servers={"plex": plex}) as running, events_of(running) as events:
            long = await running.ask("plex", request_id="long", parts=[Part.CATALOGUE])
            await until(hold.reached.is_set)
            async with asyncio.timeout(SOON_S):
                home = await running.sync("plex", parts=HOME)
            assert (home.status, home.progress) == (SyncStatus.COMPLETED, 100)
            assert home.home_sections_synced
            assert {step.step for step in home.steps} == {"account", "home"}

            # The same part again names what runs; of both, what can be done is done and the rest said.
            await running.ask("plex", request_id="again", parts=[Part.CATALOGUE])
            refusal = await events.refused("again")
            assert (refusal.code, refusal.running_sync_id) == ("already_running", long)
            both = await running.ask("plex", request_id="both")
            assert (await events.started("both")).left_out == {Part.CATALOGUE: long}
            assert (await running.ended(both, "plex")).status is SyncStatus.COMPLETED
            hold.release()
            ended = await running.ended(long, "plex")

            assert (ended.status, ended.progress, ended.episodes_synced) == (SyncStatus.COMPLETED, 100, 4)


async def test_a_jellyfin_section_that_fails_or_goes_says_so(tmp_path: Path) -> None:
    library = small_jellyfin()
    films, shorts = f"latest:{FILMS_VIEW.id}", f"latest:{SHORTS_VIEW.id}"
    with JellyfinServer(library) as jellyfin:
        async with playbill(tmp_path, {}, servers={"jelly": jellyfin}, more=FEW) as running, events_of(running) as events:
            assert set((await refreshed(running, events, "jelly")).values()) == {"added"}
            before = {section.identifier: section for section in home_page(running, "jelly")}
            assert await refreshed(running, events, "jelly") == {}

            jellyfin.set(f"latest.{FILMS_VIEW.id}", status=500)
            ended = await running.sync("jelly", parts=HOME)
            now = {section.identifier: section for section in home_page(running, "jelly")}
            assert ended.status is SyncStatus.PARTIAL
            assert "'Latest in Films' could not be read" in ended.errors[0].text
            assert {identifier for identifier, section in now.items() if section.is_stale} == {films}
            assert now[films].items == before[films].items

            jellyfin.set(None)
            library.remove_view(SHORTS_VIEW.id)
            told = await refreshed(running, events, "jelly")
            assert told == {shorts: "removed", "views": "changed"}
            assert not any(section.is_stale for section in home_page(running, "jelly"))


async def test_the_sections_of_a_provider_without_a_home_page_are_told_of_too(tmp_path: Path) -> None:
    with XtreamServer(demo_catalogue()) as server:
        async with playbill(tmp_path, {"iptv": server.url}) as running, events_of(running) as events:
            for _ in range(3):
                first = await refreshed(running, events, "iptv", parts=[])
                page = home_page(running, "iptv")
                assert first == {section.identifier: "added" for section in page}
                assert await refreshed(running, events, "iptv", parts=[]) == {}
                forget_sections(running.database)


def forget_sections(path: Path) -> None:
    """As if the page had never been made."""
    with closing(sqlite3.connect(path, timeout=30)) as database, database:
        database.execute("DELETE FROM home_section_items")
        database.execute("DELETE FROM home_sections")


async def test_every_home_page_is_read_with_all_servers_off(tmp_path: Path) -> None:
    with (
        PlexServer(demo_plex_library()) as plex,
        JellyfinServer(small_jellyfin()) as jellyfin,
        XtreamServer(demo_catalogue()) as iptv,
    ):
        async with playbill(tmp_path, {"iptv": iptv.url}, servers={"plex": plex, "jelly": jellyfin}) as running:
            for source_id in ("plex", "jelly", "iptv"):
                assert (await running.sync(source_id)).status is SyncStatus.COMPLETED
            pages = {source_id: home_page(running, source_id) for source_id in ("plex", "jelly", "iptv")}
            database = running.database

    async with Reader.open(database) as reader:
        sections = await reader.home(limit=1_000)
    shown = await asyncio.to_thread(CommandLine(tmp_path / "playbill.toml").run, "home", "--json", "--limit", "1000")
    (answer,) = shown.documents

    for source_id, page in pages.items():
        assert page
        wanted = [(section.identifier, section.items) for section in page]
        assert [
            (section.hub_identifier, tuple(item.remote_id for item in section.items))
            for section in sections
            if section.source_id == source_id
        ] == wanted
        assert [
            (section["hub_identifier"], tuple(item["remote_id"] for item in section.get("items", [])))
            for section in answer["sections"]
            if section["source_id"] == source_id
        ] == wanted
