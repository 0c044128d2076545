"""What becomes of rows that are served."""

from pathlib import Path

import pytest

from actors.store import Reader, Store
from actors.store.records import RowCounts
from contracts.catalog import Item, ItemKind
from tests.store_room import LATER, NOW, asked, category, channel, movie, opened, put_categories, put_items, told


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


async def test_new_changed_and_unchanged_rows_are_counted_slice_by_slice(path: Path) -> None:
    async with opened(path) as store:
        first = await put_items(store, [movie("1"), movie("2")], [movie("3")])
        second = await put_items(store, [movie("1"), movie("2", "Nosferatu")], [movie("3"), movie("4")])

    assert first == [RowCounts(new=2), RowCounts(new=1)]
    assert second == [RowCounts(changed=1, unchanged=1), RowCounts(new=1, unchanged=1)]


async def test_every_field_of_an_item_is_read_back(path: Path) -> None:
    given = movie(
        "9223372036854775807123",
        "Le Voyage dans la Lune",
        year=1902,
        rating=8.1,
        duration_s=900,
        added_at=1_700_000_000,
        is_adult=True,
        image="/images/1.jpg",
        index_number=3,
        category_remote_ids=["7", "5"],
        details='{"plot":"Six men fly to the moon."}',
    )
    async with opened(path) as store:
        await put_categories(store, [category("5", "Silent"), category("7", "Science")])
        async with store.transaction() as tx:
            await tx.put_libraries("iptv", [("movies", "Movies", ItemKind.MOVIE)])
            await tx.put_items("iptv", [[given]])
        async with Reader.open(path) as reader:
            item = await reader.item(1)

    assert item is not None
    assert (item.source_id, item.kind, item.remote_id, item.title) == ("iptv", ItemKind.MOVIE, given.remote_id, given.title)
    assert (item.year, item.rating, item.duration_s, item.is_adult) == (1902, 8.1, 900, True)
    assert item.added_at is not None
    assert item.added_at.timestamp() == 1_700_000_000
    assert (item.image, item.index_number, item.library) == ("/images/1.jpg", 3, "Movies")
    assert item.categories == ["Science", "Silent"]
    assert bytes(item.details) == given.details.encode()


async def test_a_zero_is_not_taken_for_nothing(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1", year=0, rating=0.0, index_number=0)])

    assert asked(path, "SELECT year, rating, index_number, duration_s FROM items") == [(0, 0.0, 0, None)]


async def test_an_unchanged_row_is_not_touched(path: Path) -> None:
    rows = [movie(str(number), category_remote_ids=["1"]) for number in range(1_000)]
    async with opened(path) as store:
        await put_items(store, rows)
        before = asked(path, "SELECT * FROM items") + asked(path, "SELECT * FROM item_categories")
    async with opened(path, LATER) as store:
        log = path.with_name(f"{path.name}-wal")
        logged_bytes = log.stat().st_size
        counts = await put_items(store, rows[:500], rows[500:])
        assert log.stat().st_size == logged_bytes

    assert counts == [RowCounts(unchanged=500), RowCounts(unchanged=500)]
    assert asked(path, "SELECT * FROM items") + asked(path, "SELECT * FROM item_categories") == before


async def test_a_changed_row_keeps_its_id_and_its_birth(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1", year=1902, image="/old.jpg")])
    async with opened(path, LATER) as store:
        await put_items(store, [movie("1", "Metropolis")])

    rows = asked(path, "SELECT id, title, year, image, created_at, changed_at FROM items")
    assert rows == [(1, "Metropolis", None, None, int(NOW.timestamp()), int(LATER.timestamp()))]


@pytest.mark.parametrize("count", [1, 63, 64, 65, 500, 501, 1_100])
async def test_any_number_of_rows_is_stored_once_each(path: Path, count: int) -> None:
    rows = [movie(str(number), f"Film {number}", category_remote_ids=["1", "2"]) for number in range(count)]
    changed = [movie(str(number), f"Film {number} again", category_remote_ids=["2"]) for number in range(count)]
    async with opened(path) as store:
        first = await put_items(store, rows)
        second = await put_items(store, changed)
        third = await put_items(store, changed)

    assert (first, second, third) == ([RowCounts(new=count)], [RowCounts(changed=count)], [RowCounts(unchanged=count)])
    assert asked(path, "SELECT count(*), count(DISTINCT remote_id), min(title LIKE '% again') FROM items") == [(count, count, 1)]
    assert asked(path, "SELECT count(*), count(DISTINCT item_id) FROM item_categories") == [(count, count)]
    assert asked(path, "SELECT count(*) FROM items_search WHERE items_search MATCH 'again'") == [(count,)]


async def test_the_same_id_in_two_sources_is_two_rows(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1", "Ours")], source_id="ours")
        await put_items(store, [movie("1", "Theirs")], source_id="theirs")

    assert asked(path, "SELECT source_id, title FROM items ORDER BY id") == [("ours", "Ours"), ("theirs", "Theirs")]


async def test_the_same_id_as_channel_and_film_is_two_rows(path: Path) -> None:
    async with opened(path) as store:
        await put_categories(store, [category("7", "Drama"), category("7", "Sport", ItemKind.CHANNEL)])
        counts = await put_items(store, [movie("1", category_remote_ids=["7"]), channel("1", category_remote_ids=["7"])])
        async with Reader.open(path) as reader:
            items = (await reader.items()).items

    assert counts == [RowCounts(new=2)]
    assert {(item.kind, *item.categories) for item in items} == {(ItemKind.MOVIE, "Drama"), (ItemKind.CHANNEL, "Sport")}


async def test_an_unknown_category_gets_a_stub_that_is_filled_under_the_same_id(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1", category_remote_ids=["12"])])
        stub = asked(path, "SELECT id, title, is_stub FROM categories")
        async with store.transaction() as tx:
            listed = await tx.categories("iptv", ItemKind.MOVIE)
        counts = await put_categories(store, [category("12", "Drama")])

    assert stub == [(1, "Category 12", 1)]
    assert listed == []
    assert counts == [RowCounts(new=1)]
    assert asked(path, "SELECT id, title, is_stub FROM categories") == [(1, "Drama", 0)]


async def test_categories_change_only_when_their_content_does(path: Path) -> None:
    async with opened(path) as store:
        first = await put_categories(store, [category("1", "Drama", position=0), category("2", "Comedy", position=1)])
        second = await put_categories(store, [category("1", "Drama", position=5)], [category("2", "Comedies")])
        async with store.transaction() as tx:
            listed = await tx.categories("iptv", ItemKind.MOVIE)

    assert first == [RowCounts(new=2)]
    assert second == [RowCounts(unchanged=1), RowCounts(changed=1)]
    assert sorted(listed) == [("1", "Drama"), ("2", "Comedies")]


async def test_an_unknown_show_gets_a_hidden_stub_that_the_show_fills(path: Path) -> None:
    episode = movie("e1", "Pilot", kind=ItemKind.EPISODE, library_remote_id="series", parent_remote_id="s1", index_number=1)
    show = movie("s1", "The Show", kind=ItemKind.SHOW, library_remote_id="series")
    async with opened(path) as store:
        of_episode = await put_items(store, [episode])
        async with Reader.open(path) as reader:
            before = [item.title for item in (await reader.items()).items]
            found = await reader.search("show")
        of_show = await put_items(store, [show])
        async with Reader.open(path) as reader:
            parent = next(item for item in (await reader.items()).items if item.kind is ItemKind.SHOW)
            child = next(item for item in (await reader.items()).items if item.kind is ItemKind.EPISODE)
            found_later = await reader.search("show")

    assert (of_episode, of_show) == ([RowCounts(new=1)], [RowCounts(new=1)])
    assert (before, found) == (["Pilot"], [])
    assert child.parent_id == parent.id
    assert [item.title for item in found_later] == ["The Show"]


async def test_a_show_and_its_episode_may_come_together(path: Path) -> None:
    episode = movie("1", "Pilot", kind=ItemKind.EPISODE, parent_remote_id="1")
    async with opened(path) as store:
        counts = await put_items(store, [episode, movie("1", "The Show", kind=ItemKind.SHOW)])

    assert counts == [RowCounts(new=2)]
    assert asked(path, "SELECT is_stub, kind, parent_id FROM items ORDER BY id") == [(0, "show", None), (0, "episode", 1)]


async def test_of_a_repeated_key_the_later_counts_in_the_categories_of_both(path: Path) -> None:
    slices = [movie("1", "First", category_remote_ids=["1"])], [movie("1", "Second", category_remote_ids=["2"]), movie("2")]
    async with opened(path) as store:
        first = await put_items(store, *slices)
        again = await put_items(store, *slices)
        async with Reader.open(path) as reader:
            item = await reader.item(1)
        alone = await put_items(store, slices[1])
        async with Reader.open(path) as reader:
            item_alone = await reader.item(1)

    assert first == [RowCounts(new=1), RowCounts(new=1, unchanged=1)]
    assert again == [RowCounts(unchanged=1), RowCounts(unchanged=2)]
    assert item is not None
    assert (item.title, item.categories) == ("Second", ["Category 2", "Category 1"])
    assert alone == [RowCounts(changed=1, unchanged=1)]
    assert item_alone is not None
    assert item_alone.categories == ["Category 2"]


async def test_a_repeated_category_counts_once(path: Path) -> None:
    async with opened(path) as store:
        counts = await put_categories(store, [category("1", "Drama")], [category("1", "Dramas")])

    assert counts == [RowCounts(new=1), RowCounts(unchanged=1)]
    assert asked(path, "SELECT title FROM categories") == [("Dramas",)]


async def test_a_missing_row_that_is_served_again_comes_back(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1"), movie("2")])
        async with store.transaction() as tx:
            await tx.hide_items([1], NOW)
        async with Reader.open(path) as reader:
            hidden = await reader.items(), await reader.search("moon"), await reader.item(1)
        counts = await put_items(store, [movie("1"), movie("2")])
        async with Reader.open(path) as reader:
            shown = (await reader.items()).items

    assert [len(hidden[0].items), len(hidden[1]), hidden[2]] == [1, 1, None]
    assert counts == [RowCounts(changed=1, unchanged=1)]
    assert [item.id for item in shown] == [1, 2]


async def test_an_item_that_moves_leaves_its_old_categories_and_library(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1", category_remote_ids=["1", "2"]), movie("2", category_remote_ids=["1"])])
        await put_items(store, [movie("1", library_remote_id="classics", category_remote_ids=["3"])])
        async with Reader.open(path) as reader:
            in_first = (await reader.items(category="1")).items
            in_library = (await reader.items(library="classics")).items
            found = await reader.search("moon")

    assert [item.remote_id for item in in_first] == ["2"]
    assert [item.remote_id for item in in_library] == ["1"]
    assert len(found) == 2


async def test_the_search_index_stays_in_step_with_the_items(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie(str(number), f"Film {number}") for number in range(200)])
        await put_items(store, [movie(str(number), f"Movie {number}") for number in range(100)])
        await put_items(store, [movie("7", "Movie 7", library_remote_id="elsewhere"), movie("8", "Movie 8", year=1920)])

    told(path, "INSERT INTO items_search (items_search, rank) VALUES ('integrity-check', 1)")
    assert asked(path, "SELECT count(*) FROM items_search WHERE items_search MATCH 'film'") == [(100,)]
    assert asked(path, "SELECT count(*) FROM items_search WHERE items_search MATCH 'movie'") == [(100,)]


async def test_items_that_are_new_since_a_sync_began_are_told(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1"), channel("1")])
        async with store.transaction() as tx:
            first = await tx.next_item_id()
        await put_items(store, [movie("1", "Changed"), movie("2"), movie("3"), channel("2")])
        await put_items(store, [movie("9")], source_id="other")
        async with store.transaction() as tx:
            counts = await tx.count_new_items("iptv", first)
            ids = await tx.new_item_ids("iptv", first, 2)
            all_counts = await tx.count_new_items("iptv", 1)

    assert counts == {ItemKind.MOVIE: 2, ItemKind.CHANNEL: 1}
    assert ids == [first, first + 1]
    assert all_counts == {ItemKind.MOVIE: 3, ItemKind.CHANNEL: 2}


async def test_many_new_items_are_counted_as_few_are(path: Path) -> None:
    async with opened(path) as store:
        for begin in range(0, 12_000, 4_000):
            await put_items(store, [movie(str(number)) for number in range(begin, begin + 4_000)])
        await put_items(store, [movie("1", kind=ItemKind.EPISODE, parent_remote_id="s")])
        async with store.transaction() as tx:
            counts = await tx.count_new_items("iptv", 1), await tx.count_new_items("iptv", 1_001)

    assert counts[0] == {ItemKind.MOVIE: 12_000, ItemKind.EPISODE: 1}
    assert counts[1] == {ItemKind.MOVIE: 11_000, ItemKind.EPISODE: 1}


async def test_the_indexes_for_lists_are_made_when_the_first_sync_has_ended(path: Path) -> None:
    index_names = "SELECT name FROM sqlite_master WHERE name IN ('items_by_title', 'item_categories_by_category')"
    async with opened(path) as store:
        await _synced(store)
        empty = asked(path, index_names)
        await put_items(store, [movie("1")])
        loaded = asked(path, index_names)
        await _synced(store)
        synced = asked(path, index_names)

    assert (empty, loaded, len(synced)) == ([], [], 2)


async def test_a_catalogue_left_without_indexes_gets_them_when_it_is_opened(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1")])
    async with opened(path):
        pass

    assert asked(path, "SELECT name FROM sqlite_master WHERE name = 'items_by_title'") == [("items_by_title",)]


async def test_a_hostile_row_undoes_its_transaction_and_no_more(path: Path) -> None:
    poison: list[Item] = [movie("2", year=2**63)]
    async with opened(path) as store:
        await put_items(store, [movie("1")])
        with pytest.raises(OverflowError):
            await put_items(store, [movie("3")], poison)
        counts = await put_items(store, [movie("3")])

    assert counts == [RowCounts(new=1)]
    assert asked(path, "SELECT id, remote_id FROM items") == [(1, "1"), (2, "3")]


async def _synced(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.set_source_synced("iptv", NOW)
