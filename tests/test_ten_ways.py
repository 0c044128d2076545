"""The ten ways in which systems of this kind lost people's libraries, and the two that made it permanent: none is ours.

Each ends with the catalogue whole, row by row and id by id, and with a sentence that says why.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from actors.demo import JellyfinServer, PlexServer, XtreamServer
from actors.demo.xtream_series import many_series
from actors.writer.deciding import since_of
from contracts.catalog import Mode, StepStatus
from contracts.messages import SyncProgress
from tests.paged_room import FILMS_VIEW, JELLYFIN_FILMS, small_jellyfin, small_plex, step_of
from tests.playbill_room import Running, playbill
from tests.shelf_room import FILMS, Films, Panel, opened

COMPLETED, PARTIAL, FAILED = StepStatus.COMPLETED, StepStatus.PARTIAL, StepStatus.FAILED
ROWS = (
    "SELECT id, source_id, kind, remote_id, title, library_id FROM items WHERE missing_since IS NULL AND NOT is_stub ORDER BY id"
)

pytestmark = pytest.mark.timeout(180)


def said(ended: SyncProgress, name: str) -> str:
    step = step_of(ended, name)
    return "; ".join(text for text in (step.error.text if step.error else None, step.notice) if text)


async def test_way_1_one_kind_answers_an_empty_list_for_a_night(tmp_path: Path) -> None:
    async with opened(Panel(tmp_path / "kept.db")) as panel:
        before = panel.rows()
        for _ in range(3):
            panel.bodies["series"] = b"[]"
            night = await panel.sync()
            assert night.steps["series"].status is PARTIAL
            assert "the server listed nothing where it listed 30; what is in the catalogue stays" in night.said("series")
            assert "playbill confirm iptv series" in night.said("series")
            assert panel.rows() == before
        panel.bodies.clear()
        assert (await panel.sync()).status == "completed"
        assert panel.rows() == before


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"[]", "listed nothing where it listed 10"),
        (b"", "its body is empty"),
        (b"false", "instead of the listing"),
        (b"<html>Back soon</html>", "web page"),
        (json.dumps([{"stream_id": 1, "name": "channels 1", "category_id": "2"}] * 40).encode(), ""),
    ],
)
async def test_way_2_a_broken_or_empty_list_is_no_new_line_up(body: bytes, why: str, tmp_path: Path) -> None:
    panel = Panel(tmp_path / "kept.db")
    panel.put("channels", range(1, 11 if why else 41))
    async with opened(panel):
        before = panel.rows()
        panel.bodies["channels"] = body or b" "
        bad = await panel.sync()

        assert (why or "39 of 40 are no longer listed, more than 20%: nothing was hidden") in bad.said("channels")
        assert panel.rows() == before


async def test_way_3_a_failure_is_not_an_empty_list(tmp_path: Path) -> None:
    async with opened(Films(tmp_path / "kept.db")) as plex:
        before = plex.rows()
        for lie, why in (({"status": 500}, "failed with status 500"), ({"body_text": "{}"}, "without a MediaContainer")):
            plex.lies[FILMS] = lie
            failed = await plex.sync(mode=Mode.FULL)
            assert failed.steps[FILMS].status is FAILED
            assert why in failed.said(FILMS)
            assert plex.rows() == before


async def test_way_6_a_kind_that_failed_among_others_that_did_not_stays(tmp_path: Path) -> None:
    async with opened(Panel(tmp_path / "kept.db")) as panel:
        before = panel.rows()
        panel.bodies["movies"] = b"<html>Back soon</html>"
        half = await panel.sync()
        assert (half.status, half.steps["movies"].status, half.steps["series"].status) == ("partial", FAILED, COMPLETED)
        assert "web page" in half.said("movies")
        assert panel.rows() == before


async def test_way_4_nothing_is_deleted_before_all_is_saved(tmp_path: Path) -> None:
    async with opened(Panel(tmp_path / "kept.db")) as panel:
        before = panel.rows()
        panel.put("movies", range(11, 101))
        sync_id = panel.ask("half way", mode=Mode.FULL)
        seen = []
        while not any(step.step == "movies" and step.slices_done for step in await _steps(panel, sync_id)):
            await panel.step(panel.store)
        for _ in range(200):
            step = next(step for step in await _steps(panel, sync_id) if step.step == "movies")
            if step.status.is_final:
                break
            seen.append(panel.rows())
            await panel.step(panel.store)
        assert seen
        assert all(rows == before for rows in seen)
        ended = await panel.ended(sync_id)
        assert (ended.steps["movies"].removed, len(panel.rows("movie"))) == (10, 90)  # The ten are gone, by a whole listing.
        panel.put("movies", range(1, 101))
        returned = await panel.sync()
        assert (panel.rows(), returned.steps["movies"].counts.changed) == (before, 10)


async def _steps(panel: Panel, sync_id: str) -> list[Any]:
    async with panel.store.transaction() as tx:
        return await tx.steps(sync_id)


async def test_way_5_ids_that_cannot_be_read_take_no_row_away_today_or_tomorrow(tmp_path: Path) -> None:
    async with opened(Panel(tmp_path / "kept.db")) as panel:
        before = panel.rows()
        for entry in panel.provider.listings["movies"][:15]:
            entry["stream_id"] = {"oid": entry["stream_id"]}
        for _ in range(3):
            bad = await panel.sync()
            assert (bad.steps["movies"].counts.rejected, bad.steps["movies"].held_back) == (15, 15)
            assert "15 more entries than before could not be read, so it is not known which are gone" in bad.said("movies")
            assert panel.rows() == before
        panel.put("movies", range(1, 101))
        assert (await panel.sync()).steps["movies"].held_back == 0
        assert panel.rows() == before


async def test_way_7_a_partial_list_is_not_taken_as_complete(tmp_path: Path) -> None:
    async with opened(Panel(tmp_path / "kept.db")) as panel:
        before = panel.rows()
        panel.put("movies", range(1, 61))
        fewer = await panel.sync()
        assert "40 of 100 are no longer listed, more than 20%" in fewer.said("movies")
        assert "playbill confirm iptv movies" in fewer.said("movies")
        assert panel.rows() == before


async def test_way_8_ids_that_are_others_at_every_refresh_are_recognised(tmp_path: Path) -> None:
    async with opened(Panel(tmp_path / "kept.db")) as panel:
        films, series = panel.ids("movie"), panel.ids("show")
        for shift in (1_000, 2_000):
            panel.put("movies", range(1, 101), shift=shift)
            panel.put("series", range(1, 31), shift=shift)
            churned = await panel.sync()
            assert (panel.ids("movie"), panel.ids("show")) == (films, series)
            assert churned.said("movies") == "100 came back under new ids and were recognised"
            assert (churned.steps["movies"].counts.new, churned.steps["movies"].removed) == (0, 0)
            assert {remote_id for _, _, remote_id, _ in panel.rows("movie")} == {str(shift + n) for n in range(1, 101)}


async def test_way_8_ids_that_change_during_a_sync_that_is_cancelled_are_recognised_by_the_next(tmp_path: Path) -> None:
    async with opened(Panel(tmp_path / "kept.db")) as panel:
        films = panel.ids("movie")
        panel.put("movies", range(1, 101), shift=1_000)
        sync_id = panel.ask("doomed", mode=Mode.FULL, steps=["movies"])
        while not any(step.step == "movies" and step.slices_done > 1 for step in await _steps(panel, sync_id)):
            await panel.step(panel.store)
        panel.cancel(sync_id)
        await panel.heed(panel.store)
        assert (await panel.ended(sync_id)).status == "cancelled"
        assert "came back under new ids" in (await panel.sync()).said("movies")
        assert panel.ids("movie") == films


async def test_way_9_a_disk_that_was_away_brings_its_films_back_under_new_keys(tmp_path: Path) -> None:
    async with opened(Films(tmp_path / "kept.db")) as plex:
        before = plex.ids("movie")
        plex.library.remove(*plex.films[:40])
        away = await plex.sync()
        assert "40 of 60 are no longer listed, more than 20%" in away.said(FILMS)
        assert plex.ids("movie") == before
        for number in range(40):
            plex.add(number)
        back = await plex.sync()
        assert "40 came back under new ids and were recognised" in back.said(FILMS)
        assert plex.ids("movie") == before


async def test_way_9_what_was_believed_to_be_gone_and_is_back_under_a_new_key_has_its_place_again(tmp_path: Path) -> None:
    async with opened(Films(tmp_path / "kept.db")) as plex:
        before = plex.ids("movie")
        plex.library.remove(*plex.films[:8])
        away = await plex.sync()
        assert (away.steps[FILMS].removed, away.steps[FILMS].held_back) == (8, 0)
        for number in range(8):
            plex.add(number)
        back = await plex.sync()
        assert back.steps[FILMS].mode is Mode.INCREMENTAL
        assert "8 came back under new ids and were recognised" in back.said(FILMS)
        assert plex.ids("movie") == before


async def test_way_10_a_token_that_sees_less_takes_nothing_away(tmp_path: Path) -> None:
    async with opened(Films(tmp_path / "kept.db")) as plex:
        before = plex.rows()
        plex.lies[FILMS] = {"empty_200": True}
        nothing = await plex.sync(mode=Mode.FULL)
        assert (nothing.steps[FILMS].status, nothing.steps[FILMS].held_back) == (PARTIAL, 60)
        assert "the server listed nothing where it listed 60" in nothing.said(FILMS)
        assert plex.rows() == before
        plex.lies.clear()
        plex.library.remove_section("4")
        unlisted = await plex.sync()
        assert "the server no longer shows Films: 60 of" in unlisted.said("libraries")
        assert "playbill confirm plex libraries" in unlisted.said("libraries")
        assert plex.rows() == before


async def test_the_mark_does_not_move_when_a_pass_fails(tmp_path: Path) -> None:
    async with opened(Films(tmp_path / "kept.db")) as plex:
        since = await _since(plex)
        plex.library.change(plex.films[3], title="a new name")
        plex.now += timedelta(hours=1)
        plex.library.now_s += 3_600
        plex.lies[FILMS] = {"status": 500}
        failed = await plex.sync()
        assert (failed.steps[FILMS].status, failed.steps[FILMS].mode) == (FAILED, Mode.INCREMENTAL)
        assert "the server failed with status 500" in failed.said(FILMS)
        assert await _since(plex) == since
        plex.lies.clear()
        healed = await plex.sync()
        assert (healed.status, healed.steps[FILMS].counts.changed) == ("completed", 1)
        assert "a new name" in plex.ids("movie")
        assert (await _since(plex) or 0) > (since or 0)


async def _since(plex: Films) -> int | None:
    async with plex.store.transaction() as tx:
        return since_of(await tx.listing("plex", FILMS))


async def test_a_row_that_changes_keeps_its_id_and_what_hangs_on_it(tmp_path: Path) -> None:
    async with opened(Panel(tmp_path / "kept.db")) as panel:
        before = {row: remote_id for row, _, remote_id, _ in panel.rows("movie")}
        for entry in panel.provider.listings["movies"]:
            entry["name"] = f"{entry['name']} HD"
        assert (await panel.sync()).steps["movies"].counts.changed == 100
        assert {row: remote_id for row, _, remote_id, _ in panel.rows("movie")} == before


# --- End to end: real processes, a real bus, servers over HTTP ------------------------------------


async def test_ways_1_3_6_and_7_over_the_whole_of_playbill(tmp_path: Path) -> None:
    with XtreamServer(many_series(60)) as provider:
        async with playbill(tmp_path, {"iptv": provider.url}, more="max_retries = 0") as running:
            assert (await running.sync()).status == "completed"
            before = running.rows(ROWS)
            assert len(before) == 60
            days: list[tuple[dict[str, Any], StepStatus, str]] = [
                ({"empty_list": True}, PARTIAL, "listed nothing where it listed 60"),  # 1
                ({"status": 503}, FAILED, "503"),  # 3 and 6: one kind fails and the others do not
                ({"cut_after_bytes": 900, "framing": "close"}, FAILED, "ended"),  # 7
                ({"keep_share": 0.5}, COMPLETED, "30 of 60 are no longer listed, more than 20%"),  # 7
            ]
            for switches, status, why in days:
                provider.set("get_series", **switches)
                ended = await running.sync()
                assert step_of(ended, "series").status is status, switches
                assert why in said(ended, "series"), switches
                assert running.rows(ROWS) == before, switches
            assert running.rows("SELECT held_back FROM steps WHERE step = 'series' ORDER BY rowid DESC LIMIT 1") == [(30,)]


async def test_ways_9_and_10_over_the_whole_of_playbill(tmp_path: Path) -> None:
    library = small_plex(30)
    with PlexServer(library) as plex, JellyfinServer(small_jellyfin(30)) as jellyfin:
        async with playbill(tmp_path, {}, servers={"plex": plex, "jelly": jellyfin}) as running:
            for source_id in ("plex", "jelly"):
                assert (await running.sync(source_id)).status == "completed"
            before = running.rows(ROWS)
            jellyfin.set(f"items.{FILMS_VIEW.id}", empty_200=True)
            no_items = await running.sync("jelly", mode=Mode.FULL)
            assert "listed nothing where it listed 30" in said(no_items, JELLYFIN_FILMS)
            assert running.rows(ROWS) == before

            plex.set("libraries", empty_200=True)
            no_libraries = await running.sync("plex")
            assert "the server listed nothing where it listed 2" in said(no_libraries, "libraries")
            assert running.rows(ROWS) == before
            plex.set(None)
            await _rescanned(running, library)


async def _rescanned(running: Running, library: Any) -> None:
    """Every film under a new key: the same films to us."""
    titles = dict(running.rows("SELECT title, id FROM items WHERE kind = 'movie' AND source_id = 'plex' AND NOT is_stub"))
    library.remove(*[str(key) for key in library.keys("1", "movie")])
    for title in titles:
        library.add("1", "movie", title, year=1920)
    ended = await running.sync("plex")
    assert "30 came back under new ids and were recognised" in said(ended, "movies.1")
    sql = "SELECT title, id FROM items WHERE kind = 'movie' AND source_id = 'plex' AND missing_since IS NULL AND NOT is_stub"
    assert dict(running.rows(sql)) == titles
