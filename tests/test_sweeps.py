"""What a complete listing lacks: each guard by itself and together, what is hidden, what comes back, and what is purged."""

from datetime import timedelta
from pathlib import Path

import pytest

from actors.store import Reader
from contracts.catalog import Mode, StepStatus
from tests.shelf_room import FILMS, Films, Panel, Synced, asked, configured, opened

LATER = timedelta(days=8)


async def purged(world: Panel | Films, after: timedelta = LATER) -> int:
    """What the writer does now and then, so much later."""
    world.now += after
    async with world.store.transaction() as tx:
        grace = next(iter(world.sources.values())).grace_s
        return await tx.purge(world.source.source_id, world.now - timedelta(seconds=grace), 10_000)


async def found(world: Panel | Films, words: str) -> list[str]:
    async with Reader.open(world.path) as reader:
        return [hit.title for hit in await reader.search(words)]


def numbers(synced: Synced, step: str = "movies") -> tuple[int, int]:
    return synced.steps[step].removed, synced.steps[step].held_back


@pytest.mark.parametrize(
    ("films", "left", "expected"),
    [
        (100, 80, (20, 0)),
        (100, 79, (0, 21)),
        (150, 120, (30, 0)),
        (150, 119, (0, 31)),
        (21, 1, (20, 0)),
        (20, 0, (0, 20)),
        (1, 0, (0, 1)),
    ],
)
async def test_a_fifth_or_twenty_rows_may_go_at_once_and_never_all(
    films: int, left: int, expected: tuple[int, int], tmp_path: Path
) -> None:
    panel = Panel(tmp_path / "kept.db")
    panel.put("movies", range(1, films + 1))
    async with opened(panel):
        panel.put("movies", range(1, left + 1))
        synced = await panel.sync()
        assert numbers(synced) == expected
        assert len(panel.rows("movie")) == films - expected[0]
        if expected[1]:
            assert "playbill confirm iptv movies" in synced.said("movies")


async def test_the_share_is_the_sources_own(tmp_path: Path) -> None:
    async with opened(Panel(tmp_path / "kept.db")) as panel:
        configured(panel, gone_share_max=0.5)
        panel.put("movies", range(1, 51))
        assert numbers(await panel.sync()) == (50, 0)


@pytest.mark.parametrize("left", [60, 0])
async def test_what_somebody_confirms_is_gone(left: int, tmp_path: Path) -> None:
    async with opened(Panel(tmp_path / "kept.db")) as panel:
        panel.put("movies", range(1, left + 1))
        assert numbers(await panel.sync()) == (0, 100 - left)
        async with Reader.open(panel.path) as reader:
            fresh = {one.step: one for status in await reader.sources_status() for one in status.freshness}
        assert fresh["movies"].held_back == 100 - left
        confirmed = await panel.sync(mode=Mode.FULL, confirm=["movies"])
        assert (confirmed.status, numbers(confirmed)) == ("completed", (100 - left, 0))
        assert len(panel.rows("movie")) == left
        assert len(panel.rows("show")) == 30
        assert (await panel.sync()).status == "completed"


async def test_a_confirmed_listing_that_fails_hides_nothing(tmp_path: Path) -> None:
    async with opened(Panel(tmp_path / "kept.db")) as panel:
        before = panel.rows()
        panel.bodies["movies"] = b'[{"stream_id": 1, "name": "cut'
        failed = await panel.sync(mode=Mode.FULL, confirm=["movies"])
        assert failed.steps["movies"].status is StepStatus.FAILED
        assert panel.rows() == before


async def test_a_row_that_returns_within_its_grace_has_its_id_and_its_place_in_search(tmp_path: Path) -> None:
    async with opened(Panel(tmp_path / "kept.db")) as panel:
        before = panel.rows()
        panel.put("movies", range(1, 96))
        assert numbers(await panel.sync()) == (5, 0)
        assert await found(panel, "movies 99") == []
        assert await purged(panel, timedelta(days=6)) == 0
        panel.put("movies", range(1, 101))
        back = await panel.sync()
        assert (back.steps["movies"].counts.new, back.steps["movies"].counts.changed) == (0, 5)
        assert panel.rows() == before
        assert await found(panel, "movies 99") == ["movies 99"]
        assert await purged(panel) == 0


async def test_a_row_that_stays_away_is_purged_after_its_grace_and_is_new_when_it_comes(tmp_path: Path) -> None:
    async with opened(Panel(tmp_path / "kept.db")) as panel:
        panel.put("movies", range(1, 96))
        await panel.sync()
        assert (await purged(panel), await purged(panel)) == (5, 0)
        assert asked(panel.path, "SELECT count(*) FROM items WHERE kind = 'movie'") == [(95,)]
        panel.put("movies", range(1, 101))
        assert (await panel.sync()).steps["movies"].counts.new == 5


async def test_a_category_that_vanished_is_hidden_and_comes_back(tmp_path: Path) -> None:
    async with opened(Panel(tmp_path / "kept.db")) as panel:
        before, films = panel.categories(), panel.rows("movie")
        gone = panel.provider.listings["movie_categories"].pop()
        assert numbers(await panel.sync(), "movie_categories") == (1, 0)
        assert len(panel.categories()) == len(before) - 1
        assert panel.rows("movie") == films
        panel.provider.listings["movie_categories"].append(gone)
        await panel.sync()
        assert panel.categories() == before


async def test_all_categories_at_once_are_not_believed_to_be_gone(tmp_path: Path) -> None:
    async with opened(Panel(tmp_path / "kept.db")) as panel:
        before = panel.categories()
        panel.provider.listings["movie_categories"].clear()
        assert numbers(await panel.sync(), "movie_categories") == (0, 4)
        assert panel.categories() == before


async def test_a_library_that_vanished_is_held_back_confirmed_and_comes_back_with_its_ids(tmp_path: Path) -> None:
    async with opened(Films(tmp_path / "kept.db")) as plex:
        films = plex.ids("movie")
        unlisted = plex.library._sections.pop("4")
        held = await plex.sync()
        assert numbers(held, "libraries") == (0, 60)
        assert plex.ids("movie") == films
        confirmed = await plex.sync(mode=Mode.FULL, confirm=["libraries"])
        assert numbers(confirmed, "libraries") == (60, 0)
        assert confirmed.said("libraries") == "the server no longer shows Films: hidden"
        assert not any(title.startswith("film ") for title in plex.ids("movie"))
        plex.library._sections["4"] = unlisted
        back = await plex.sync()
        assert back.steps[FILMS].mode is Mode.FULL
        assert plex.ids("movie") == films


async def test_a_small_library_that_vanished_goes_with_a_word(tmp_path: Path) -> None:
    async with opened(Films(tmp_path / "kept.db", films=5)) as plex:
        plex.library.remove_section("4")
        synced = await plex.sync()
        assert numbers(synced, "libraries") == (5, 0)
        assert synced.said("libraries") == "the server no longer shows Films: hidden"
        assert await purged(plex) >= 5


async def test_a_plex_film_returns_in_a_pass_over_changes_with_its_id(tmp_path: Path) -> None:
    async with opened(Films(tmp_path / "kept.db")) as plex:
        films = plex.ids("movie")
        async with plex.store.transaction() as tx:
            rows = [row for row, _, remote_id, _ in plex.rows("movie") if remote_id in plex.films[:3]]
            await tx.hide_items(rows, plex.now)
        for key in plex.films[:3]:
            plex.library.change(key, summary="touched")
        await plex.sync()
        assert plex.ids("movie") == films


async def test_entries_that_could_never_be_read_do_not_keep_what_is_gone(tmp_path: Path) -> None:
    panel = Panel(tmp_path / "kept.db")
    panel.provider.listings["movies"].append({"name": "without an id"})
    async with opened(panel):
        del panel.provider.listings["movies"][:5]
        assert numbers(await panel.sync()) == (5, 0)


async def test_what_unreadable_entries_hold_back_can_be_confirmed(tmp_path: Path) -> None:
    async with opened(Panel(tmp_path / "kept.db")) as panel:
        for entry in panel.provider.listings["movies"][:3]:
            del entry["stream_id"]
        assert numbers(await panel.sync()) == (0, 3)
        assert numbers(await panel.sync(mode=Mode.FULL, confirm=["movies"])) == (3, 0)
        panel.provider.listings["movies"].pop()
        assert numbers(await panel.sync()) == (1, 0)


async def test_two_films_of_one_name_are_not_taken_for_each_other(tmp_path: Path) -> None:
    panel = Panel(tmp_path / "kept.db")
    panel.put("movies", range(1, 11))
    twins = [{"stream_id": number, "name": "Alice", "category_id": "1"} for number in (501, 502)]
    panel.provider.listings["movies"] += twins
    async with opened(panel):
        before = panel.ids("movie")
        panel.provider.listings["movies"][-2:] = [{**twins[0], "stream_id": 601}, {**twins[1], "stream_id": 602}]
        synced = await panel.sync()
        assert (synced.steps["movies"].counts.new, synced.steps["movies"].removed) == (2, 2)
        assert {title: row for title, row in panel.ids("movie").items() if title != "Alice"} == {
            title: row for title, row in before.items() if title != "Alice"
        }


async def test_a_library_that_empties_between_two_passes_over_changes_is_kept(tmp_path: Path) -> None:
    async with opened(Films(tmp_path / "kept.db", films=6)) as plex:
        before = plex.rows()
        plex.library.remove(*plex.films)
        emptied = await plex.sync()
        assert (emptied.steps[FILMS].status, numbers(emptied, FILMS)) == (StepStatus.PARTIAL, (0, 6))
        assert "playbill confirm plex movies.4" in emptied.said(FILMS)
        assert plex.rows() == before
        assert numbers(await plex.sync(mode=Mode.FULL, confirm=[FILMS]), FILMS) == (6, 0)
