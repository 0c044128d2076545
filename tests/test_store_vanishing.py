"""Libraries that a server has no longer: found, hidden with all they hold, and back."""

from pathlib import Path

import pytest

from actors.store import Reader, Scope, Store
from actors.store.records import Listing, RowCounts
from contracts.catalog import ItemKind, Library
from tests.store_room import (
    LATER,
    NOW,
    asked,
    check_sound,
    episode,
    hide,
    movie,
    opened,
    put_items,
    put_sections,
    section,
    serve,
    show,
)

FILMS = Library("1", "Films", "movies", 0, [ItemKind.MOVIE], "100")
SERIALS = Library("2", "Serials", "shows", 1, [ItemKind.SHOW, ItemKind.EPISODE], "200")
PHOTOS = Library("3", "Photos", "photos", 2)
LIBRARIES = Scope(source_id="plex", item_kind=ItemKind.MOVIE, is_libraries=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


async def filled(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.put_revealed_libraries("plex", [FILMS, SERIALS, PHOTOS])
        await tx.put_items("plex", [[movie("a", library_remote_id="1"), show("s"), episode("e"), episode("f")]])
        for step in ("movies.1", "shows.2", "episodes.2", "episodes.22", "home"):
            await tx.put_listing(Listing(source_id="plex", step=step, complete_sync_id="a" * 16, marked_at=NOW, change_mark="5"))
        await tx.put_listing(Listing(source_id="other", step="shows.2", complete_sync_id="a" * 16))


async def test_libraries_that_are_not_listed_have_vanished(path: Path) -> None:
    async with opened(path) as store:
        await filled(store)
        await put_items(store, [movie("x", library_remote_id="known by an item alone")], source_id="plex")
        await serve(store, "libraries", ["1"])
        async with store.transaction() as tx:
            vanished = await tx.vanished_libraries("plex", "a" * 16, "libraries")
            counts = await tx.source_live_count("plex"), await tx.live_count(LIBRARIES)
            ids = await tx.gone_ids(LIBRARIES, "a" * 16, "libraries")
            none = await tx.vanished_libraries("other", "a" * 16, "libraries")

    assert vanished == [("2", "Serials", 3), ("3", "Photos", 0)]
    assert counts == (5, 3)
    assert {row[0] for row in asked(path, "SELECT id FROM libraries WHERE remote_id IN ('2', '3')")} == set(ids)
    assert none == []


async def test_a_library_is_hidden_with_all_that_it_holds_and_is_read_in_full_when_it_is_back(path: Path) -> None:
    async with opened(path) as store:
        await filled(store)
        await put_sections(store, section("hub", movie("a", library_remote_id="1"), show("s")))
        async with store.transaction() as tx:
            hidden = await tx.hide_library("plex", "2", NOW), await tx.hide_library("plex", "2", LATER)
            left = await tx.source_live_count("plex"), await tx.live_count(LIBRARIES)
            steps = ("movies.1", "shows.2", "episodes.2", "episodes.22")
            listings = [await tx.listing("plex", step) for step in steps]
            other = await tx.listing("other", "shows.2")
            vanished = await tx.vanished_libraries("plex", "a" * 16, "never listed")
        check_sound(path)
        async with Reader.open(path) as reader:
            titles = [library.title for library in await reader.libraries()]
            found = await reader.search("show"), await reader.search("pilot")
        async with store.transaction() as tx:
            back = await tx.put_revealed_libraries("plex", [FILMS, SERIALS, PHOTOS])
        rows = await put_items(store, [show("s"), episode("e")], source_id="plex")

    assert hidden == (3, 0)
    assert left == (1, 2)
    assert [listing.complete_sync_id if listing else None for listing in listings] == ["a" * 16, None, None, "a" * 16]
    assert [listing.marked_at if listing else None for listing in listings] == [NOW, None, None, NOW]
    assert other is not None
    assert other.complete_sync_id == "a" * 16
    assert [title for _, title, _ in vanished] == ["Films", "Photos"]
    assert (titles, found) == (["Films", "Photos"], ([], []))
    assert back == RowCounts(changed=1, unchanged=2)
    assert rows == [RowCounts(changed=2)]
    assert asked(path, "SELECT remote_id FROM items WHERE missing_since IS NOT NULL") == [("f",)]
    check_sound(path)


async def test_libraries_may_be_hidden_by_their_ids(path: Path) -> None:
    async with opened(path) as store:
        await filled(store)
        await serve(store, "libraries", ["1", "3"])
        async with store.transaction() as tx:
            ids = await tx.gone_ids(LIBRARIES, "a" * 16, "libraries")
        hidden = await hide(store, LIBRARIES, *ids)

    assert hidden == 3
    assert set(asked(path, "SELECT remote_id FROM libraries WHERE missing_since IS NOT NULL")) == {("2",)}
    check_sound(path)
