"""Items that came back under new remote ids take their old places."""

from pathlib import Path

import pytest

from actors.store import Reader, Scope, Store
from actors.store.records import RowCounts, SeriesCheck
from contracts.catalog import ItemKind
from tests.store_room import (
    LATER,
    NOW,
    SECTION_ITEMS,
    asked,
    check_sound,
    episode,
    hide,
    home_of,
    movie,
    opened,
    put_items,
    put_sections,
    section,
    show,
    shown,
)

MOVIES = Scope(source_id="iptv", item_kind=ItemKind.MOVIE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


async def reattach(store: Store, *pairs: tuple[int, int]) -> int:
    async with store.transaction() as tx:
        return await tx.reattach(pairs)


async def test_new_items_of_a_scope_are_told_with_those_that_home_had_shown_before(path: Path) -> None:
    one = Scope(source_id="iptv", item_kind=ItemKind.MOVIE, library_remote_id="1")
    async with opened(path) as store:
        await put_items(store, [movie("old", library_remote_id="1")])
        await put_sections(store, section("hub", movie("shown first", library_remote_id="1")), source_id="iptv")
        async with store.transaction() as tx:
            first = await tx.next_item_id()
        await put_items(store, [movie(name, library_remote_id="1") for name in ("a", "old", "shown first")])
        await put_items(store, [movie("b", library_remote_id="2"), show("c", library_remote_id="1")])
        async with store.transaction() as tx:
            found = await tx.new_item_ids_in(one, first), await tx.new_item_ids_in(MOVIES, first)
            none = await tx.new_item_ids_in(Scope(source_id="x", item_kind=ItemKind.MOVIE), 1)

    names = dict(asked(path, "SELECT id, remote_id FROM items"))
    assert [[names[item_id] for item_id in ids] for ids in found] == [["shown first", "a"], ["shown first", "a", "b"]]
    assert none == []


async def test_fingerprints_are_what_an_item_may_be_known_again_by(path: Path) -> None:
    async with opened(path) as store:
        await put_items(
            store,
            [
                movie("1", "Metropolis", year=1927, details='{"plot":"x","external_ids":{"imdb":"tt0017136","tmdb":"19"}}'),
                movie("2", "Faust"),
                movie("3", "Nosferatu", details="not json"),
            ],
        )
        async with store.transaction() as tx:
            found = await tx.fingerprints([3, 1, 2, 99])

    assert found == [
        (1, "metropolis", 1927, '{"imdb":"tt0017136","tmdb":"19"}'),
        (2, "faust", None, None),
        (3, "nosferatu", None, None),
    ]


async def test_the_old_row_takes_over_all_of_the_new_one_and_keeps_its_id_and_birth(path: Path) -> None:
    new = movie("b", "A Trip to the Moon restored", year=1902, category_remote_ids=["8", "7"], library_remote_id="2")
    async with opened(path) as store:
        await put_items(
            store, [movie("a", category_remote_ids=["7", "9"], library_remote_id="1"), movie("x", library_remote_id="1")]
        )
        await put_sections(store, section("hub", movie("x"), movie("a")), source_id="iptv")
    async with opened(path, LATER) as store:
        await put_items(store, [new])
        count = await reattach(store, (1, 3))
        again = await reattach(store, (1, 3))
        async with Reader.open(path) as reader:
            item = await reader.item(1)
            found = await reader.search("restored")
        unchanged = await put_items(store, [new])

    assert (count, again) == (1, 0)
    assert item is not None
    assert (item.remote_id, item.title, item.year, item.library) == ("b", new.title, 1902, "Library 2")
    assert item.categories == ["Category 8", "Category 7"]
    assert [one.id for one in found] == [1]
    assert unchanged == [RowCounts(unchanged=1)]
    assert asked(path, "SELECT id, remote_id FROM items ORDER BY id") == [(1, "b"), (2, "x")]
    births = asked(path, "SELECT created_at, changed_at FROM items WHERE id = 1")
    assert births == [(int(NOW.timestamp()), int(LATER.timestamp()))]
    assert shown(await home_of(path)) == [("hub", ["x", "b"])]
    check_sound(path)


async def test_home_sections_that_show_the_new_the_old_or_both_show_it_once(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("a"), movie("b"), movie("x")])
        await put_sections(
            store,
            section("both", movie("a"), movie("x"), movie("b"), position=0),
            section("new", movie("b"), movie("x"), position=1),
            section("old", movie("x"), movie("a"), position=2),
            source_id="iptv",
        )
        await reattach(store, (1, 2))

    assert asked(path, SECTION_ITEMS) == [("both", "x"), ("both", "b"), ("new", "b"), ("new", "x"), ("old", "x"), ("old", "b")]
    check_sound(path)


async def test_a_hidden_row_that_is_recognised_is_shown(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("a"), movie("b")])
        await hide(store, MOVIES, 1)
        count = await reattach(store, (1, 2))

    assert count == 1
    assert asked(path, "SELECT id, remote_id, missing_since FROM items") == [(1, "b", None)]
    check_sound(path)


async def test_the_children_of_the_new_one_become_those_of_the_old_one(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [show("s"), episode("e", of="s")])
        async with store.transaction() as tx:
            for series_id in ("s", "t"):
                check = SeriesCheck(
                    source_id="iptv", remote_id=series_id, row_hash=1, state="known", checked_at=NOW, sync_id="a" * 16
                )
                await tx.put_series_check(check)
        await put_items(store, [show("t"), episode("f", of="t")])
        count = await reattach(store, (1, 3), (2, 4))
        unchanged = await put_items(store, [show("t"), episode("f", of="t")])

    assert count == 2
    assert unchanged == [RowCounts(unchanged=2)]
    assert asked(path, "SELECT id, remote_id, parent_id FROM items ORDER BY id") == [(1, "t", None), (2, "f", 1)]
    assert asked(path, "SELECT remote_id FROM series_checks") == [("t",)]
    check_sound(path)


async def test_pairs_that_cannot_be_are_left_out(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("a"), movie("b"), movie("c"), movie("d"), show("s")])
        await put_items(store, [movie("a")], source_id="other")
        await put_sections(store, section("hub", movie("stub")), source_id="iptv")
        before = asked(path, "SELECT id, remote_id FROM items ORDER BY id")
        ids = {(source, name): item_id for item_id, source, name in asked(path, "SELECT id, source_id, remote_id FROM items")}
        of = [ids["iptv", name] for name in ("a", "b", "c", "d", "s", "stub")]
        none = await reattach(
            store, (of[0], of[0]), (of[0], ids["other", "a"]), (of[1], of[4]), (of[2], of[5]), (of[3], 99), (98, 97)
        )
        after = asked(path, "SELECT id, remote_id FROM items ORDER BY id")
        chained = await reattach(store, (of[0], of[1]), (of[1], of[2]), (of[3], of[1]), (of[0], of[3]))

    assert (none, after) == (0, before)
    assert chained == 1
    assert asked(path, "SELECT remote_id FROM items WHERE kind = 'movie' AND source_id = 'iptv' AND is_stub = 0 ORDER BY id") == [
        ("b",),
        ("c",),
        ("d",),
    ]
    check_sound(path)


async def test_many_pairs_are_reattached_together(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie(f"old {number}", f"Film {number}", category_remote_ids=["7"]) for number in range(2_100)])
        await put_items(store, [movie(f"new {number}", f"Film {number}", category_remote_ids=["7"]) for number in range(2_100)])
        count = await reattach(store, *((number + 1, number + 2_101) for number in range(2_100)))

    assert count == 2_100
    assert asked(path, "SELECT count(*), min(id), max(id), min(remote_id) FROM items") == [(2_100, 1, 2_100, "new 0")]
    assert asked(path, "SELECT count(*) FROM item_categories") == [(2_100,)]
    assert asked(path, "SELECT count(*) FROM items_search WHERE items_search MATCH 'film'") == [(2_100,)]
    assert asked(path, "SELECT item_rows FROM libraries") == [(2_100,)]
