"""Libraries that a server reveals, and how much is in each."""

import random
from pathlib import Path

import pytest

from actors.store import LibraryShown, Reader, Store
from actors.store.records import Listing, RowCounts
from contracts.catalog import Item, ItemKind, Library
from tests.store_room import asked, channel, episode, movie, opened, put_items, put_sections, section, show, told

FILMS = Library("1", "Films", "movies", 0, [ItemKind.MOVIE], "100")
SERIALS = Library("2", "Serials", "shows", 1, [ItemKind.SHOW, ItemKind.SEASON, ItemKind.EPISODE], "200")
PHOTOS = Library("3", "Photos", "photos", 2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


async def put(store: Store, *libraries: Library, source_id: str = "plex") -> RowCounts:
    async with store.transaction() as tx:
        return await tx.put_revealed_libraries(source_id, libraries)


async def libraries_of(path: Path, source: str | None = None) -> list[LibraryShown]:
    async with Reader.open(path) as reader:
        return await reader.libraries(source)


async def test_libraries_are_counted_and_told_in_the_servers_order(path: Path) -> None:
    async with opened(path) as store:
        first = await put(store, SERIALS, PHOTOS, FILMS)
        again = await put(store, FILMS, SERIALS, PHOTOS)
        await put_items(store, [movie("1", library_remote_id="1"), movie("2", library_remote_id="1")], source_id="plex")
        await put_items(store, [show("s"), episode("e")], source_id="plex")

    assert (first, again) == (RowCounts(new=3), RowCounts(unchanged=3))
    assert await libraries_of(path) == [
        LibraryShown(source_id="plex", remote_id="1", title="Films", library_type="movies", items={ItemKind.MOVIE: 2}),
        LibraryShown(
            source_id="plex",
            remote_id="2",
            title="Serials",
            library_type="shows",
            items={ItemKind.SHOW: 1, ItemKind.SEASON: 0, ItemKind.EPISODE: 1},
        ),
        LibraryShown(source_id="plex", remote_id="3", title="Photos", library_type="photos", items={}),
    ]
    assert await libraries_of(path, "other") == []


@pytest.mark.parametrize(
    ("served", "counts"),
    [
        (Library("1", "Movies", "movies", 0, [ItemKind.MOVIE], "100"), RowCounts(changed=1)),
        (Library("1", "Films", "mixed", 0, [ItemKind.MOVIE], "100"), RowCounts(changed=1)),
        (Library("1", "Films", "movies", 7, [ItemKind.MOVIE], "100"), RowCounts(changed=1)),
        (Library("1", "Films", "movies", 0, [ItemKind.MOVIE, ItemKind.VIDEO], "100"), RowCounts(changed=1)),
        (Library("1", "Films", "movies", 0, [ItemKind.MOVIE], "101"), RowCounts(unchanged=1)),
        (Library("9", "Films", "movies", 0, [ItemKind.MOVIE], "100"), RowCounts(new=1)),
    ],
    ids=["title", "type", "place", "kinds", "mark", "another"],
)
async def test_a_library_that_differs_is_kept_as_it_is_served(path: Path, served: Library, counts: RowCounts) -> None:
    async with opened(path) as store:
        await put(store, FILMS)
        counted = await put(store, served)

    kept = asked(path, "SELECT title, library_type, position, change_mark FROM libraries WHERE remote_id = ?", served.remote_id)
    assert counted == counts
    assert set(kept) == {(served.title, served.library_type, served.position, served.change_mark)}


async def test_of_two_libraries_with_one_id_the_later_holds(path: Path) -> None:
    async with opened(path) as store:
        counts = await put(store, FILMS, Library("1", "Movies", "movies", 0, [ItemKind.MOVIE]))

    assert counts == RowCounts(new=1, unchanged=1)
    assert [library.title for library in await libraries_of(path)] == ["Movies"]


async def test_a_library_that_only_its_items_named_is_filled_under_its_id(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1", library_remote_id="1")], source_id="plex")
        await put_sections(store, section("a", movie("c", kind=ItemKind.VIDEO, library_remote_id="1")))
        before = await libraries_of(path)
        counts = await put(store, FILMS), await put(store, FILMS)

    assert [(library.title, library.items) for library in before] == [("Library 1", {ItemKind.MOVIE: 1})]
    assert counts == (RowCounts(new=1), RowCounts(unchanged=1))
    assert [(library.title, library.items) for library in await libraries_of(path)] == [("Films", {ItemKind.MOVIE: 1})]
    assert asked(path, "SELECT id, item_kind, title, is_stub FROM libraries ORDER BY id") == [
        (1, "movie", "Films", 0),
        (2, "video", "Films", 1),
    ]


async def test_a_library_that_is_missing_comes_back_when_it_is_served(path: Path) -> None:
    async with opened(path) as store:
        await put(store, FILMS)
        told(path, "UPDATE libraries SET missing_since = '2026-11-20T00:00:00.000Z'")
        missing = await libraries_of(path)
        counts = await put(store, FILMS)

    assert (missing, counts) == ([], RowCounts(changed=1))
    assert [library.title for library in await libraries_of(path)] == ["Films"]


async def test_an_xtream_sources_lists_are_libraries(path: Path) -> None:
    async with opened(path) as store:
        async with store.transaction() as tx:
            await tx.put_libraries("iptv", [("channels", "Live TV", ItemKind.CHANNEL), ("movies", "Movies", ItemKind.MOVIE)])
        await put_items(store, [channel("1"), channel("2")])

    assert await libraries_of(path, "iptv") == [
        LibraryShown(source_id="iptv", remote_id="channels", title="Live TV", items={ItemKind.CHANNEL: 2}),
        LibraryShown(source_id="iptv", remote_id="movies", title="Movies", items={ItemKind.MOVIE: 0}),
    ]


async def test_what_is_hidden_is_not_counted(path: Path) -> None:
    async with opened(path) as store:
        await put(store, FILMS)
        await put_items(store, [movie(str(number), library_remote_id="1") for number in range(5)], source_id="plex")
        await put_sections(store, section("a", movie("stub", library_remote_id="1")))
        told(path, "UPDATE items SET missing_since = '2026-11-20T00:00:00.000Z' WHERE remote_id IN ('0', '1')")

    assert [library.items for library in await libraries_of(path)] == [{ItemKind.MOVIE: 3}]


@pytest.mark.parametrize("seed", range(8))
async def test_the_kept_counts_are_those_of_the_rows_whatever_happens(path: Path, seed: int) -> None:
    chance = random.Random(seed)

    def anything() -> Item:
        kind = chance.choice([ItemKind.MOVIE, ItemKind.SHOW, ItemKind.EPISODE, ItemKind.ALBUM, ItemKind.TRACK, ItemKind.ARTIST])
        return movie(
            str(chance.randrange(12)),
            chance.choice("abc"),
            kind=kind,
            library_remote_id=chance.choice(["1", "2", None]),
            parent_remote_id=chance.choice([None, str(chance.randrange(12))]),
        )

    async with opened(path) as store:
        for _ in range(12):
            rows = [anything() for _ in range(chance.randrange(1, 9))]
            if chance.random() < 0.5:
                await put_items(store, rows, source_id="plex")
            else:
                await put_sections(store, section(chance.choice("ab"), *rows))
            if chance.random() < 0.3:
                async with store.transaction() as tx:
                    await tx.drop_home_sections("plex", [chance.choice("ab")])
            if chance.random() < 0.3:
                with pytest.raises(OverflowError):
                    await put_items(store, [anything(), movie("x", year=2**63)], source_id="plex")

    counted = asked(path, "SELECT id, (SELECT count(*) FROM items WHERE library_id = libraries.id) FROM libraries ORDER BY id")
    assert asked(path, "SELECT id, item_rows FROM libraries ORDER BY id") == counted
    indexed = {row[0] for row in asked(path, "SELECT rowid FROM items_search WHERE items_search MATCH 'a OR b OR c'")}
    assert indexed == {row[0] for row in asked(path, "SELECT id FROM items WHERE is_stub = 0")}
    assert asked(path, "PRAGMA foreign_key_check") == []
    assert asked(path, "PRAGMA integrity_check") == [("ok",)]


async def test_listings_of_single_libraries_are_counted(path: Path) -> None:
    async with opened(path) as store, store.transaction() as tx:
        for name in ("movies.1", "shows.2", "episodes.2", "libraries", "home"):
            await tx.put_listing(Listing(source_id="plex", step=name))
        await tx.put_listing(Listing(source_id="other", step="movies.1"))

        assert await tx.count_library_listings("plex") == 3
        assert await tx.count_library_listings("nobody") == 0
