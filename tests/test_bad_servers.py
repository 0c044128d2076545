"""A media server that lies, changes while it is read, or has a bad day takes nothing away, and a person is told what it was."""

from pathlib import Path
from typing import Any

import pytest

from actors.demo import JellyfinServer, PlexServer
from contracts.catalog import Mode, Part, StepStatus, SyncStatus
from contracts.messages import SyncProgress
from tests.paged_room import (
    FILMS,
    FILMS_VIEW,
    JELLYFIN_FILMS,
    JELLYFIN_SHORTS,
    home_page,
    small_jellyfin,
    small_plex,
    step_of,
    titles,
)
from tests.playbill_room import Running, playbill

MOVIES = "movies.1"
PAGED = "page_size = 10\nmax_retries = 1"
COMPLETED, PARTIAL, FAILED = StepStatus.COMPLETED, StepStatus.PARTIAL, StepStatus.FAILED

pytestmark = pytest.mark.timeout(180)

PLEX_DAYS: list[tuple[dict[str, Any], StepStatus, str]] = [
    ({"wrong_total": 40}, PARTIAL, "the server announced 40 rows and gave 25"),
    ({"wrong_total": 7}, COMPLETED, ""),
    ({"no_total_size": True}, COMPLETED, ""),
    ({"ignore_paging": True}, COMPLETED, ""),
    ({"repeat_pages": True}, PARTIAL, "the server gives the same page again and again; 10 rows came"),
    ({"shrink_after_page": 1, "shrink_by": 5}, PARTIAL, "changed while it was read: 25 rows were announced, then 20"),
    ({"duplicate_every": 4}, COMPLETED, ""),
    ({"rows_more": 3}, COMPLETED, ""),
    ({"empty_200": True}, PARTIAL, "the server listed nothing where it listed 25; what is in the catalogue stays"),
    ({"empty_200": True, "wrong_total": 25}, PARTIAL, "nothing where it listed 25"),
    ({"html_200": True}, FAILED, "a web page instead of a page of the listing"),
    ({"body_text": ""}, FAILED, "sent nothing instead of a page of the listing"),
    ({"body_text": "{}"}, FAILED, "without a MediaContainer"),
    ({"legacy_children": True}, FAILED, "too old"),
    ({"cut_after_bytes": 700}, FAILED, "in the middle"),
    ({"migrating": True}, FAILED, "currently running database migrations"),
    ({"status": 401}, FAILED, "does not let this account in here"),
    ({"status": 404}, FAILED, "status 404"),
]
JELLYFIN_DAYS: list[tuple[dict[str, Any], StepStatus, str]] = [
    ({"total_off_by": 15}, COMPLETED, ""),
    ({"total_off_by": -15}, COMPLETED, ""),
    ({"page_rows_max": 4}, COMPLETED, ""),
    ({"ignore_paging": True}, COMPLETED, ""),
    ({"duplicate_every": 4}, COMPLETED, ""),
    ({"repeat_pages": True}, PARTIAL, "announced 25 rows and gave 10, then these again"),
    ({"shrink_after_page": 1, "shrink_by": 5}, PARTIAL, "changed while it was read: 25 rows were announced, then 20"),
    ({"empty_200": True}, PARTIAL, "the server listed nothing where it listed 25; what is in the catalogue stays"),
    ({"html_200": True}, FAILED, "a web page"),
    ({"body_text": "null"}, FAILED, "another value instead of the listing"),
    ({"cut_after_bytes": 700, "framing": "close"}, FAILED, "ended in the middle"),
    ({"status": 500}, FAILED, "status 500"),
    ({"status": 401}, FAILED, "does not let this account in here"),
]


async def check_day(running: Running, source_id: str, name: str, expected: StepStatus, text: str) -> SyncProgress:
    """One sync over a bad listing: what a person sees of it, and that everything else went well."""
    ended = await running.sync(source_id, mode=Mode.FULL)
    bad = step_of(ended, name)

    assert (bad.status, ended.progress) == (expected, 100), bad
    assert ended.status is (SyncStatus.COMPLETED if expected is COMPLETED else SyncStatus.PARTIAL)
    assert {step.status for step in ended.steps if step.step != name} == {COMPLETED}
    said = [(error.step, error.text) for error in ended.errors]
    assert said == ([] if bad.error is None else [(name, bad.error.text)])
    if text:
        assert bad.error is not None
        assert text in bad.error.text
    return ended


async def test_a_plex_server_takes_nothing_away_by_what_it_says_wrongly(tmp_path: Path) -> None:
    with PlexServer(small_plex()) as plex:
        async with playbill(tmp_path, {}, servers={"plex": plex}, more=PAGED) as running:
            assert (await running.sync("plex")).status is SyncStatus.COMPLETED
            films, page = titles(running, "plex"), home_page(running, "plex")
            assert len(films) == FILMS
            for switches, expected, text in PLEX_DAYS:
                plex.set(MOVIES, **switches)
                await check_day(running, "plex", MOVIES, expected, text)
                assert titles(running, "plex") == films, switches
                assert home_page(running, "plex") == page, switches
            plex.set(MOVIES, bad_entry_every=5)
            spoilt = step_of(await running.sync("plex", mode=Mode.FULL), MOVIES)
            plex.set(None)
            healed = await running.sync("plex", mode=Mode.FULL)

    # Nobody knows whose rows those without an id are.
    assert (spoilt.status, spoilt.counts.rejected, spoilt.counts.unchanged) == (PARTIAL, 5, 20)
    assert (healed.status, healed.counts.new, healed.counts.changed) == (SyncStatus.COMPLETED, 0, 0)


async def test_a_jellyfin_server_takes_nothing_away_by_what_it_says_wrongly(tmp_path: Path) -> None:
    with JellyfinServer(small_jellyfin()) as jellyfin:
        async with playbill(tmp_path, {}, servers={"jelly": jellyfin}, more=PAGED) as running:
            assert (await running.sync("jelly")).status is SyncStatus.COMPLETED
            films, page = titles(running, "jelly"), home_page(running, "jelly")
            assert len(films) == FILMS + 3
            for switches, expected, text in JELLYFIN_DAYS:
                jellyfin.set(f"items.{FILMS_VIEW.id}", **switches)
                await check_day(running, "jelly", JELLYFIN_FILMS, expected, text)
                assert titles(running, "jelly") == films, switches
                assert home_page(running, "jelly") == page, switches
            jellyfin.set(None)
            healed = await running.sync("jelly", mode=Mode.FULL)

            assert (healed.status, healed.counts.new, healed.counts.changed) == (SyncStatus.COMPLETED, 0, 0)
            assert step_of(healed, JELLYFIN_SHORTS).status is COMPLETED


async def test_libraries_and_the_home_page_do_not_stand_in_each_others_way(tmp_path: Path) -> None:
    with PlexServer(small_plex()) as plex, JellyfinServer(small_jellyfin()) as jellyfin:
        async with playbill(tmp_path, {}, servers={"plex": plex, "jelly": jellyfin}, more=PAGED) as running:
            plex.set("libraries", status=500)
            jellyfin.set("views", html_200=True, skip_requests=1)  # The home page asks for the views too.
            without_libraries = await running.sync("plex")
            assert without_libraries.status is SyncStatus.PARTIAL
            assert without_libraries.home_sections_synced
            assert (without_libraries.movies_synced, without_libraries.progress) == (0, 100)
            assert [error.step for error in without_libraries.errors] == ["libraries"]
            assert {step.step for step in without_libraries.steps} == {"account", "home", "libraries"}

            plex.set(None)
            plex.set("hubs", status=500)
            jellyfin.set(None)
            jellyfin.set("user", status=500, skip_requests=1)
            without_home = await running.sync("plex")
            assert without_home.status is SyncStatus.PARTIAL
            assert (without_home.movies_synced, without_home.episodes_synced) == (FILMS, 4)
            assert step_of(without_home, "home").status is FAILED
            assert without_home.home_sections_synced is None
            assert {section.is_stale for section in home_page(running, "plex")} == {True}

            of_jellyfin = await running.sync("jelly")
            assert of_jellyfin.status is SyncStatus.COMPLETED, of_jellyfin.errors
            assert of_jellyfin.home_sections_synced


async def test_a_server_that_refuses_the_account_is_one_clear_error(tmp_path: Path) -> None:
    with PlexServer(small_plex()) as plex, JellyfinServer(small_jellyfin()) as jellyfin:
        async with playbill(tmp_path, {}, servers={"plex": plex, "jelly": jellyfin}) as running:
            plex.token = "another"
            jellyfin.accounts.users["demo"] = "another"
            servers: dict[str, PlexServer | JellyfinServer] = {"plex": plex, "jelly": jellyfin}
            for source_id, server in servers.items():
                for number in (1, 2):
                    ended = await running.sync(source_id, parts=[Part.HOME] if number == 2 else [])

                    assert (ended.status, ended.progress, len(ended.errors)) == (SyncStatus.FAILED, 0, 1)
                    assert {step.status for step in ended.steps} == {FAILED, StepStatus.SKIPPED}
                    # A password that was refused is not tried again for a while: servers lock their users.
                    assert len(server.served) == (number if source_id == "plex" else 1)
