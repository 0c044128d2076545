"""Which rows a complete listing has no longer, and what becomes of them when they are hidden and when they are back."""

from datetime import timedelta
from pathlib import Path

import pytest

from actors.store import Reader, Scope, Store
from actors.store.records import RowCounts
from contracts.catalog import ItemKind
from tests.store_room import (
    LATER,
    NOW,
    SECTION_ITEMS,
    asked,
    category,
    channel,
    check_sound,
    episode,
    hide,
    home_of,
    line,
    movie,
    opened,
    put_categories,
    put_items,
    put_sections,
    section,
    serve,
    show,
    shown,
    sync,
)

MOVIES = Scope(source_id="iptv", item_kind=ItemKind.MOVIE, library_remote_id="movies")
ALL_MOVIES = Scope(source_id="iptv", item_kind=ItemKind.MOVIE)
CATEGORIES = Scope(source_id="iptv", item_kind=ItemKind.MOVIE, is_categories=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


async def gone(store: Store, scope: Scope = MOVIES, step: str = "movies", sync_id: str = "a" * 16) -> list[int]:
    async with store.transaction() as tx:
        return await tx.gone_ids(scope, sync_id, step)


async def live(store: Store, scope: Scope) -> int:
    async with store.transaction() as tx:
        return await tx.live_count(scope)


async def test_what_lives_and_was_not_served_is_gone(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie(str(number)) for number in range(2_000)], [channel("5")])
        await put_items(store, [movie("7000")], source_id="other")
        await serve(store, "movies", [str(number) for number in range(2_000) if number not in (0, 700, 1_999)])
        found = await gone(store)
        everywhere = await gone(store, ALL_MOVIES)

    ids = [
        row[0]
        for row in asked(path, "SELECT id FROM items WHERE remote_id IN ('0', '700', '1999') AND kind = 'movie' ORDER BY id")
    ]
    assert found == everywhere == ids


async def test_nothing_is_gone_when_all_was_served_in_whatever_order_and_number(path: Path) -> None:
    ids = [str(number) for number in range(1_500)]
    async with opened(path) as store:
        await put_items(store, [movie(remote_id) for remote_id in ids])
        await serve(store, "movies", [*reversed(ids), *ids, "never stored"])
        more = await gone(store)
        await serve(store, "movies", list(reversed(ids)))
        same = await gone(store)

    assert (more, same) == ([], [])


async def test_ids_that_are_not_kept_do_not_stand_for_those_that_are(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1"), movie("2")])
        await serve(store, "movies", ["1", "of another kind", "of yet another"])

        assert await gone(store) == [2]


async def test_a_repeated_id_does_not_stand_for_another(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1"), movie("2"), movie("3")])
        await serve(store, "movies", ["1", "2", "2"])

        assert await gone(store) == [3]


async def test_an_empty_catalogue_has_nothing_to_lose_and_an_empty_listing_lacks_all(path: Path) -> None:
    async with opened(path) as store:
        await serve(store, "movies", [])
        before = await gone(store)
        await put_items(store, [movie("1"), movie("2")])

        assert before == []
        assert await gone(store) == [1, 2]


async def test_only_the_highest_attempt_counts(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1"), movie("2")])
        async with store.transaction() as tx:
            await tx.add_ledger([line(0, remote_ids=["1"]), line(1, remote_ids=["2"]), line(0, attempt=2, remote_ids=["1"])])

        assert await gone(store) == [2]


async def test_of_several_libraries_each_speaks_for_itself(path: Path) -> None:
    of_one = Scope(source_id="iptv", item_kind=ItemKind.MOVIE, library_remote_id="1")
    async with opened(path) as store:
        await put_items(store, [movie("a", library_remote_id="1"), movie("b", library_remote_id="1")])
        await put_items(store, [movie("c", library_remote_id="2"), movie("d", library_remote_id="2")])
        await serve(store, "movies.1", ["a", "c"])  # As many as live there, and one of them elsewhere.

        assert await gone(store, of_one, "movies.1") == [2]
        assert await live(store, of_one) == 2
        assert await live(store, ALL_MOVIES) == 4


async def test_stubs_and_hidden_rows_cannot_be_gone(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1"), movie("2"), episode("e", of="s", library_remote_id="movies")])
        await put_sections(store, section("hub", movie("stub")), source_id="iptv")
        await hide(store, MOVIES, 1)
        await serve(store, "movies", ["2"])

        assert await gone(store) == []
        assert await live(store, MOVIES) == 1
        assert await live(store, Scope(source_id="iptv", item_kind=ItemKind.SHOW)) == 0


async def test_gone_rows_are_found_before_the_listing_indexes_are_made(path: Path) -> None:
    async with opened(path) as store:
        async with store.transaction() as tx:
            await tx.put_sync(sync())
        await put_items(store, [movie(str(number), library_remote_id=str(number % 2)) for number in range(1_200)])
        scope = Scope(source_id="iptv", item_kind=ItemKind.MOVIE, library_remote_id="0")
        await serve(store, "movies.0", [str(number) for number in range(2, 1_200, 2)])

        assert await gone(store, scope, "movies.0") == [1]
    assert asked(path, "SELECT name FROM sqlite_master WHERE name = 'items_by_title'") == []


async def test_what_is_hidden_is_nowhere_and_everything_of_it_stays(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1", category_remote_ids=["7"]), movie("2", "Metropolis"), movie("3")])
        await put_sections(store, section("hub", movie("1"), movie("2")), source_id="iptv")
        counts = await hide(store, MOVIES, 1, 3, 1), await hide(store, MOVIES, 1, 3, 99, at=LATER)
        async with Reader.open(path) as reader:
            items = (await reader.items()).items
            found = await reader.search("moon")
            item = await reader.item(1)
            status = (await reader.libraries())[0]

    assert counts == (2, 0)
    assert ([one.remote_id for one in items], found, item) == (["2"], [], None)
    assert status.items == {ItemKind.MOVIE: 1}
    assert shown(await home_of(path)) == [("hub", ["2"])]
    assert asked(path, "SELECT missing_since FROM items WHERE id = 1") == [("2026-11-21T12:00:00.000Z",)]
    assert asked(path, SECTION_ITEMS) == [("hub", "1"), ("hub", "2")]
    assert asked(path, "SELECT count(*) FROM item_categories") == [(1,)]
    check_sound(path)


@pytest.mark.parametrize("row", [movie("1"), movie("1", "Metropolis"), movie("1", library_remote_id="classics")])
async def test_a_row_that_is_served_again_is_back_with_its_id_its_data_and_its_place_in_search(path: Path, row: object) -> None:
    assert isinstance(row, type(movie("1")))
    async with opened(path) as store:
        await put_items(store, [movie("1"), movie("2")])
        await put_sections(store, section("hub", movie("1")), source_id="iptv")
        await hide(store, MOVIES, 1, 2)
        counts = await put_items(store, [row])
        async with Reader.open(path) as reader:
            found = await reader.search(row.folded_title)
        again = await put_items(store, [row])

    assert (counts, again) == ([RowCounts(changed=1)], [RowCounts(unchanged=1)])
    assert [item.id for item in found] == [1]
    assert shown(await home_of(path)) == [("hub", ["1"])]
    assert asked(path, "SELECT created_at, missing_since FROM items WHERE id = 1") == [(int(NOW.timestamp()), None)]
    check_sound(path)


async def test_rows_hidden_and_put_again_in_one_transaction_are_shown(path: Path) -> None:
    async with opened(path) as store:
        async with store.transaction() as tx:
            await tx.put_items("iptv", [[movie("1"), movie("2")]])
            await tx.hide(MOVIES, [1, 2], NOW)
            await tx.put_items("iptv", [[movie("1")]])
        found = await live(store, MOVIES)

    assert found == 1
    check_sound(path)


async def test_categories_go_and_come_back_too(path: Path) -> None:
    async with opened(path) as store:
        await put_categories(store, [category("1", "Drama"), category("2", "Comedy"), category("2", "Sport", ItemKind.CHANNEL)])
        await put_items(store, [movie("m", category_remote_ids=["2", "9"])])
        await serve(store, "movie_categories", ["1"])
        found = await gone(store, CATEGORIES, "movie_categories")
        hidden = await hide(store, CATEGORIES, *found), await hide(store, CATEGORIES, *found)
        left = await live(store, CATEGORIES)
        async with Reader.open(path) as reader:
            listed = await reader.categories(kind=ItemKind.MOVIE)
            item = (await reader.items()).items[0]
        back = await put_categories(store, [category("1", "Drama"), category("2", "Comedy")])

    assert (found, hidden, left) == ([2], (1, 0), 1)
    assert [one.title for one in listed] == ["Drama"]
    assert item.categories == ["Category 9"]
    assert back == [RowCounts(changed=1, unchanged=1)]
    assert asked(path, "SELECT id FROM categories WHERE title = 'Comedy' AND missing_since IS NULL") == [(2,)]


async def test_hiding_a_show_leaves_episodes_that_have_a_listing_of_their_own(path: Path) -> None:
    shows = Scope(source_id="iptv", item_kind=ItemKind.SHOW)
    async with opened(path) as store:
        await put_items(store, [show("s"), episode("e1"), episode("e2")])
        hidden = await hide(store, shows, 1)
        await put_items(store, [show("s")])

    assert hidden == 1
    assert asked(path, "SELECT kind, missing_since FROM items ORDER BY id") == [
        (kind, None) for kind in ("show", "episode", "episode")
    ]
    check_sound(path)


async def test_a_rollback_undoes_a_search_for_what_is_gone_and_its_hiding(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1"), movie("2")])
        await serve(store, "movies", ["1"])
        with pytest.raises(RuntimeError):
            await _hide_and_fail(store)
        found = await gone(store)

    assert found == [2]
    check_sound(path)


async def _hide_and_fail(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.hide(MOVIES, await tx.gone_ids(MOVIES, "a" * 16, "movies"), NOW + timedelta(hours=1))
        raise RuntimeError
