"""What was hidden for long enough goes for good, with what hangs on it and without what others need."""

from datetime import timedelta
from pathlib import Path

import pytest

from actors.store import Reader, Scope, Store
from actors.store.records import Listing, RowCounts, SeriesCheck
from contracts.catalog import ItemKind, Library
from tests.store_room import (
    LATER,
    NOW,
    SECTION_ITEMS,
    SHOWN,
    asked,
    category,
    check_sound,
    episode,
    hide,
    home_of,
    movie,
    opened,
    put_categories,
    put_items,
    put_sections,
    season,
    section,
    show,
    shown,
)

MOVIES = Scope(source_id="iptv", item_kind=ItemKind.MOVIE)
SHOWS = Scope(source_id="iptv", item_kind=ItemKind.SHOW)
EPISODES = Scope(source_id="iptv", item_kind=ItemKind.EPISODE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


async def purge(store: Store, limit: int = 1_000, source_id: str = "iptv") -> int:
    """What was hidden before LATER."""
    async with store.transaction() as tx:
        return await tx.purge(source_id, LATER, limit)


async def checked(store: Store, series_id: str) -> None:
    async with store.transaction() as tx:
        await tx.put_series_check(
            SeriesCheck(source_id="iptv", remote_id=series_id, row_hash=1, state="known", checked_at=NOW, sync_id="a" * 16)
        )


async def test_only_what_was_hidden_long_enough_ago_goes_and_takes_along_what_hangs_on_it(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie(str(number), category_remote_ids=["7"]) for number in range(1, 5)])
        await put_items(store, [movie("1")], source_id="other")
        await put_sections(store, section("hub", movie("1"), movie("2"), movie("4")), source_id="iptv")
        await hide(store, MOVIES, 1, 5)
        await hide(store, MOVIES, 2, at=LATER)
        purged = await purge(store), await purge(store)

    assert purged == (1, 0)
    assert asked(path, "SELECT id, source_id FROM items ORDER BY id") == [(2, "iptv"), (3, "iptv"), (4, "iptv"), (5, "other")]
    assert asked(path, "SELECT id / 256 FROM item_categories ORDER BY id") == [(2,), (3,), (4,)]
    assert asked(path, SECTION_ITEMS) == [("hub", "2"), ("hub", "4")]
    assert shown(await home_of(path)) == [("hub", ["4"])]
    check_sound(path)


async def test_a_purged_row_that_is_served_again_is_new(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1"), movie("2")])
        await hide(store, MOVIES, 1)
        await purge(store)
        counts = await put_items(store, [movie("1"), movie("2")])

    assert counts == [RowCounts(new=1, unchanged=1)]
    assert asked(path, "SELECT id, remote_id FROM items ORDER BY id") == [(2, "2"), (3, "1")]
    check_sound(path)


async def test_no_more_rows_go_at_once_than_allowed_and_the_rest_goes_next(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie(str(number)) for number in range(25)])
        await hide(store, MOVIES, *range(1, 26))
        purged = [await purge(store, limit=10) for _ in range(4)]

    assert purged == [10, 10, 5, 0]
    check_sound(path)


async def test_a_series_takes_its_episodes_along_hidden_or_not(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [show("s"), show("t"), season("s1", 1), episode("e"), episode("f"), episode("g", of="t")])
        await checked(store, "s")
        await hide(store, SHOWS, 1)
        hidden = asked(path, "SELECT remote_id FROM items WHERE missing_since IS NOT NULL ORDER BY id")
        await put_items(store, [episode("late")])
        purged = await purge(store)

    assert hidden == [("s",), ("s1",), ("e",), ("f",)]
    assert purged == 5
    assert asked(path, "SELECT remote_id FROM items ORDER BY id") == [("t",), ("g",)]
    assert asked(path, "SELECT count(*) FROM series_checks") == [(0,)]
    check_sound(path)


async def test_a_series_that_is_back_brings_the_episodes_that_went_with_it(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [show("s"), episode("e"), episode("f")])
        await checked(store, "s")
        await hide(store, EPISODES, 2, at=NOW - timedelta(days=1))
        await hide(store, SHOWS, 1)
        counts = await put_items(store, [show("s")])

    assert counts == [RowCounts(changed=1)]
    assert asked(path, f"{SHOWN} ORDER BY id") == [(1,), (3,)]
    check_sound(path)


@pytest.mark.parametrize("limit", range(1, 8))
async def test_a_limit_in_the_middle_of_a_series_leaves_no_episode_behind(path: Path, limit: int) -> None:
    async with opened(path) as store:
        await put_items(store, [show("s"), show("t")])
        await put_items(store, [episode(f"{of}{number}", of=of) for of in "st" for number in range(3)])
        await checked(store, "s")
        await checked(store, "t")
        await hide(store, SHOWS, 1, 2)
        await put_items(store, [episode(f"late {of}", of=of) for of in "st"])
        purged: list[int] = []
        while not purged or purged[-1]:
            purged.append(await purge(store, limit))
            check_sound(path)

    assert max(purged) <= limit
    assert sum(purged) == 10
    assert asked(path, "SELECT count(*) FROM items") == [(0,)]


async def test_a_show_whose_episodes_are_listed_stays_as_a_stub_under_its_id(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [show("s", year=1902, category_remote_ids=["7"], details='{"plot":"x"}'), episode("e")])
        await put_sections(store, section("hub", show("s"), episode("e")), source_id="iptv")
        await hide(store, SHOWS, 1)
        purged = await purge(store), await purge(store)
        async with Reader.open(path) as reader:
            item = (await reader.items()).items[0]
        stub = asked(path, "SELECT is_stub, missing_since, year, details, row_hash FROM items WHERE id = 1")
        home = shown(await home_of(path))
        counts = await put_items(store, [show("s"), episode("e")])

    assert purged == (1, 0)
    assert stub == [(1, None, None, "{}", 0)]
    assert (item.remote_id, item.parent_id, item.parent_title) == ("e", 1, "The Show")
    assert home == [("hub", ["e"])]
    assert counts == [RowCounts(new=1, unchanged=1)]
    assert asked(path, "SELECT count(*) FROM item_categories") == [(0,)]
    check_sound(path)


async def test_an_artist_goes_after_its_albums_and_these_after_their_tracks(path: Path) -> None:
    async with opened(path) as store:
        for kind, parent in ((ItemKind.ARTIST, None), (ItemKind.ALBUM, "x"), (ItemKind.TRACK, "x")):
            await put_items(store, [movie("x", kind=kind, parent_remote_id=parent, library_remote_id="5")])
        await hide(store, MOVIES, 1, 2, 3)
        left = []
        for _ in range(3):
            await purge(store, limit=1)
            left.append([row[0] for row in asked(path, "SELECT kind FROM items ORDER BY id")])

    assert left == [["artist", "album"], ["artist"], []]
    check_sound(path)


async def test_a_category_stays_hidden_while_an_item_names_it(path: Path) -> None:
    categories = Scope(source_id="iptv", item_kind=ItemKind.MOVIE, is_categories=True)
    async with opened(path) as store:
        await put_categories(store, [category("1", "Drama"), category("2", "Comedy")])
        await put_items(store, [movie("m", category_remote_ids=["2"])])
        await hide(store, categories, 1, 2)
        purged = await purge(store)
        kept = asked(path, "SELECT id FROM categories")
        await put_items(store, [movie("n", category_remote_ids=["1"])])
        await put_categories(store, [category("1", "Drama"), category("2", "Comedy")])
        async with Reader.open(path) as reader:
            items = (await reader.items()).items

    assert (purged, kept) == (1, [(2,)])
    assert [item.categories for item in items] == [["Comedy"], ["Drama"]]
    check_sound(path)


async def test_a_library_goes_when_nothing_is_left_in_it_and_its_listings_with_it(path: Path) -> None:
    films = Library("1", "Films", "movies", 0, [ItemKind.MOVIE, ItemKind.VIDEO])
    async with opened(path) as store:
        async with store.transaction() as tx:
            await tx.put_revealed_libraries("iptv", [films])
            await tx.put_items("iptv", [[movie("a", library_remote_id="1"), movie("b", library_remote_id="1")]])
            for step in ("movies.1", "movies.11"):
                await tx.put_listing(Listing(source_id="iptv", step=step))
            await tx.hide_library("iptv", "1", NOW)
        purged = [await purge(store, limit) for limit in (1, 1, 1, 5, 5)]
        left = asked(path, "SELECT count(*) FROM libraries"), asked(path, "SELECT step FROM listings")
        counts = await put_items(store, [movie("a", library_remote_id="1")])

    assert purged == [1, 1, 1, 1, 0]
    assert left == ([(0,)], [("movies.11",)])
    assert counts == [RowCounts(new=1)]
    check_sound(path)
