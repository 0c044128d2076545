"""The items that home sections show: stubs, what fills them, and what goes."""

from pathlib import Path

import pytest

from actors.store import Reader
from actors.store.records import RowCounts
from contracts.catalog import ItemKind, Library
from tests.store_room import (
    SECTION_ITEMS,
    asked,
    check_item_rows,
    episode,
    home_of,
    movie,
    opened,
    put_items,
    put_sections,
    section,
    show,
    shown,
    told,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


async def test_what_no_library_has_given_is_a_stub_of_the_hubs_own_data(path: Path) -> None:
    given = episode(
        "e1",
        "The Vanishing Lady",
        at=(2, 7),
        year=1897,
        rating=7.5,
        duration_s=75,
        added_at=1_700_000_000,
        image="/library/metadata/1/thumb/2",
        details='{"show":"Illusions","plot":"She vanishes."}',
        view_count=0,
        view_offset_s=30,
        last_viewed_at=1_700_000_100,
        change_token="abc",
    )
    async with opened(path) as store:
        await put_sections(store, section("a", given))
        async with Reader.open(path) as reader:
            item = (await reader.home())[0].items[0]
            alone = await reader.item(item.id)
            of_show = await reader.item(item.parent_id or 0)
            listed = (await reader.items()).items, await reader.search("vanishing"), await reader.libraries()

    assert (item.kind, item.title, item.year, item.rating, item.duration_s) == (ItemKind.EPISODE, given.title, 1897, 7.5, 75)
    assert (item.parent_index, item.index_number, item.parent_title, item.image) == (2, 7, "Illusions", given.image)
    assert (item.view_count, item.view_offset_s) == (0, 30)
    assert item.last_viewed_at is not None
    assert item.last_viewed_at.timestamp() == 1_700_000_100
    assert (bytes(item.details), item.library) == (given.details.encode(), None)
    assert alone == item
    assert of_show is None
    assert listed == ([], [], [])
    assert asked(path, "SELECT is_stub, change_token FROM items WHERE remote_id = 'e1'") == [(1, "abc")]


async def test_a_parent_of_which_nothing_is_known_has_no_title(path: Path) -> None:
    async with opened(path) as store:
        await put_sections(store, section("a", episode("e1", of="77")))
        item = (await home_of(path))[0].items[0]
        await put_items(store, [show("77", "!")], source_id="plex")
        later = (await home_of(path))[0].items[0]

    assert (item.parent_id, item.parent_title) == (2, None)
    assert (later.parent_id, later.parent_title) == (2, "!")


async def test_a_show_and_its_episode_may_be_in_one_hub(path: Path) -> None:
    async with opened(path) as store:
        await put_sections(store, section("a", episode("e1", of="s"), show("s", "The Show")))
    items = (await home_of(path))[0].items

    assert [(item.title, item.parent_title) for item in items] == [("Pilot", "The Show"), ("The Show", None)]
    assert items[0].parent_id == items[1].id


async def test_a_library_fills_a_stub_under_its_id_and_the_section_stays(path: Path) -> None:
    async with opened(path) as store:
        await put_sections(store, section("a", movie("1", "From the hub"), movie("2")))
        before = (await home_of(path))[0].items
        async with store.transaction() as tx:
            await tx.put_revealed_libraries("plex", [Library("movies", "Films", "movies", 0, [ItemKind.MOVIE])])
        counts = await put_items(store, [movie("1", "From the library", category_remote_ids=["7"])], source_id="plex")
        again = await put_items(store, [movie("1", "From the library", category_remote_ids=["7"])], source_id="plex")
        after = (await home_of(path))[0].items
        await put_sections(store, section("a", movie("1")))
        async with store.transaction() as tx:
            await tx.drop_home_sections("plex", ["a"])
        async with Reader.open(path) as reader:
            found = await reader.search("library")
            listed = (await reader.items()).items

    assert counts == [RowCounts(new=1)]
    assert again == [RowCounts(unchanged=1)]
    assert [item.id for item in after] == [item.id for item in before]
    assert (after[0].title, after[0].library, after[0].categories) == ("From the library", "Films", ["Category 7"])
    assert [item.title for item in found] == ["From the library"]
    assert [item.id for item in listed] == [before[0].id]
    told(path, "INSERT INTO items_search (items_search, rank) VALUES ('integrity-check', 1)")


async def test_what_had_been_a_stub_is_new_in_the_sync_that_listed_it(path: Path) -> None:
    async with opened(path) as store:
        await put_sections(store, section("a", movie("1"), movie("2"), episode("e")))
        await put_items(store, [movie("2")], source_id="plex")
        async with store.transaction() as tx:
            first = await tx.next_item_id()
        await put_items(store, [movie("1"), movie("2"), movie("3")], source_id="plex")
        await put_items(store, [show("s")], source_id="plex")
        async with store.transaction() as tx:
            counts, ids = await tx.count_new_items("plex", first), await tx.new_item_ids("plex", first, 50)
            first_ids = await tx.new_item_ids("plex", first, 2)
            elsewhere = await tx.count_new_items("other", first), await tx.new_item_ids("other", first, 50)
            next_sync = await tx.count_new_items("plex", await tx.next_item_id())

    assert counts == {ItemKind.MOVIE: 2, ItemKind.SHOW: 1}
    assert [name for item_id in ids for name in asked(path, "SELECT remote_id FROM items WHERE id = ?", item_id)] == [
        ("1",),
        ("s",),
        ("3",),
    ]
    assert first_ids == ids[:2]
    assert elsewhere == ({}, [])
    assert next_sync == {}


async def test_a_stub_gets_what_a_hub_says_now(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [episode("e1", of="s")], source_id="plex")
        await put_sections(store, section("a", show("s", "Told by its hub")))
        first = (await home_of(path))[0].items
        await put_sections(store, section("b", show("s", "Told again", library_remote_id="9")))
        second = (await home_of(path, limit=1))[1].items

    assert [(item.title, item.id) for item in first] == [("Told by its hub", 1)]
    assert [(item.title, item.id) for item in second] == [("Told again", 1)]
    assert asked(path, "SELECT is_stub FROM items WHERE kind = 'show'") == [(1,)]


async def test_a_row_of_a_library_stays_as_it_is(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1", "From the library", year=1902, view_count=1)], source_id="plex")
        before = asked(path, "SELECT * FROM items")
        await put_sections(store, section("a", movie("1", "From the hub", view_count=1), movie("2")))
        await put_sections(store, section("b", movie("1", "From a hub that tells nothing of the user")))

    assert asked(path, "SELECT * FROM items WHERE remote_id = '1'") == before


async def test_a_hub_tells_what_was_watched_and_the_next_listing_writes_the_row(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1", view_count=0), movie("2", view_count=0)], source_id="plex")
        await put_sections(store, section("a", movie("1", view_count=1, last_viewed_at=5), movie("2", view_count=0)))
        item = (await home_of(path))[0].items[0]
        counts = await put_items(store, [movie("1", view_count=1, last_viewed_at=5), movie("2", view_count=0)], source_id="plex")

    assert (item.view_count, item.view_offset_s) == (1, None)
    assert counts == [RowCounts(changed=1, unchanged=1)]


async def test_kinds_that_only_home_pages_know_are_shown_there(path: Path) -> None:
    kinds = [ItemKind.VIDEO, ItemKind.COLLECTION, ItemKind.PLAYLIST, ItemKind.FOLDER]
    async with opened(path) as store:
        await put_sections(store, section("a", *(movie("1", kind=kind, library_remote_id=None) for kind in kinds)))
        async with Reader.open(path) as reader:
            status = await reader.sources_status(), await reader.libraries()

    assert [item.kind for item in (await home_of(path))[0].items] == kinds
    assert status == ([], [])


async def test_equal_ids_on_three_servers_do_not_collide(path: Path) -> None:
    async with opened(path) as store:
        for source_id in ("plex-one", "plex-two", "jellyfin"):
            await put_sections(
                store, section("home.recent", movie("1", f"Hub of {source_id}"), episode("1", of="1")), source_id=source_id
            )
            async with store.transaction() as tx:
                await tx.put_revealed_libraries(source_id, [Library("1", source_id, "movies", 0, [ItemKind.MOVIE])])
            await put_items(store, [movie("1", f"Film of {source_id}", library_remote_id="1")], source_id=source_id)
        home = await home_of(path)
        async with store.transaction() as tx:
            gone = await tx.drop_home_sections("plex-one", [])
        async with Reader.open(path) as reader:
            libraries = await reader.libraries()

    assert [(one.source_id, [item.title for item in one.items]) for one in home] == [
        (source_id, [f"Film of {source_id}", "Pilot"]) for source_id in ("jellyfin", "plex-one", "plex-two")
    ]
    assert len({item.id for one in home for item in one.items}) == 6
    assert [(library.source_id, library.title) for library in libraries] == [
        (source_id, source_id) for source_id in ("jellyfin", "plex-one", "plex-two")
    ]
    assert gone == [("home.recent", "Home.recent")]
    assert [one.source_id for one in await home_of(path)] == ["jellyfin", "plex-two"]


async def test_hubs_that_are_gone_go_with_the_stubs_that_only_they_showed(path: Path) -> None:
    track = movie("t", "Track", kind=ItemKind.TRACK, parent_remote_id="al", library_remote_id="5")
    async with opened(path) as store:
        await put_items(store, [movie("real"), episode("real", of="kept")], source_id="plex")
        await put_sections(store, section("other", movie("gone")), source_id="other")
        await put_sections(
            store,
            section("keep", movie("shown"), movie("both")),
            section("b", movie("gone"), movie("both"), movie("real"), track, episode("gone", of="gone"), position=1),
            section("c", position=2),
        )
        async with store.transaction() as tx:
            gone = await tx.drop_home_sections("plex", ["keep", "unknown"])
            nothing = await tx.drop_home_sections("plex", {"keep"})

    assert gone == [("b", "B"), ("c", "C")]
    assert nothing == []
    assert asked(path, SECTION_ITEMS) == [("other", "gone"), ("keep", "shown"), ("keep", "both")]
    left = asked(path, "SELECT kind, remote_id, is_stub FROM items WHERE source_id = 'plex' ORDER BY kind, remote_id")
    assert left == [
        ("episode", "real", 0),
        ("movie", "both", 1),
        ("movie", "real", 0),
        ("movie", "shown", 1),
        ("show", "kept", 1),
    ]
    check_item_rows(path)


async def test_a_stub_that_fell_out_of_its_hub_goes_with_the_next_whole_home_page(path: Path) -> None:
    async with opened(path) as store:
        await put_sections(store, section("a", movie("1"), movie("2")))
        await put_sections(store, section("a", movie("2")))
        async with store.transaction() as tx:
            await tx.drop_home_sections("plex", ["a"])
        await put_sections(store, section("a", movie("2"), movie("3")))

    assert asked(path, "SELECT id, remote_id FROM items") == [(2, "2"), (3, "3")]


async def test_an_item_that_is_deleted_leaves_its_sections(path: Path) -> None:
    async with opened(path) as store:
        await put_sections(store, section("a", movie("1"), movie("2"), movie("3")), section("b", movie("2")))
        told(path, "PRAGMA foreign_keys = ON", "DELETE FROM items WHERE remote_id = '2'")

    assert asked(path, SECTION_ITEMS) == [("a", "1"), ("a", "3")]
    assert shown(await home_of(path)) == [("a", ["1", "3"]), ("b", [])]


async def test_a_section_that_is_deleted_takes_its_places_along(path: Path) -> None:
    async with opened(path) as store:
        await put_sections(store, section("a", movie("1")), section("b", movie("1")))
        told(path, "PRAGMA foreign_keys = ON", "DELETE FROM home_sections WHERE hub_identifier = 'a'")

    assert asked(path, SECTION_ITEMS) == [("b", "1")]
    assert asked(path, "PRAGMA foreign_key_check") == []


async def test_a_hidden_item_is_left_out_and_the_next_takes_its_place(path: Path) -> None:
    async with opened(path) as store:
        await put_sections(store, section("a", *(movie(str(number)) for number in range(5))))
        told(path, "UPDATE items SET missing_since = '2026-11-20T00:00:00.000Z' WHERE remote_id IN ('0', '2')")

    assert shown(await home_of(path, limit=2)) == [("a", ["1", "3"])]
    assert shown(await home_of(path, limit=-1)) == [("a", ["1"])]


async def test_many_sections_are_read(path: Path) -> None:
    async with opened(path) as store:
        await put_sections(
            store, *(section(f"h{number:03}", movie(str(number)), movie("x"), position=number) for number in range(230))
        )

    assert shown(await home_of(path)) == [(f"h{number:03}", [str(number), "x"]) for number in range(230)]
