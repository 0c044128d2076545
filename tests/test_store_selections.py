"""Which items of the catalogue a computed home section has."""

from pathlib import Path

import pytest

from actors.store import Store
from contracts.catalog import ItemKind
from tests.store_room import (
    NOW,
    category,
    channel,
    movie,
    opened,
    put_items,
    told,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


@pytest.mark.parametrize("with_indexes", [True, False], ids=["with the indexes", "before there are indexes"])
async def test_the_latest_the_best_and_the_largest_are_found(path: Path, with_indexes: bool) -> None:
    later = int(NOW.timestamp())
    films = [
        movie("1", added_at=100, rating=5.0, category_remote_ids=["a", "b"]),
        movie("2", added_at=300, rating=0.0, category_remote_ids=["a", "b"]),
        movie("3", rating=9.0, category_remote_ids=["a"]),
        movie("4", added_at=200, category_remote_ids=["b", "x"]),
        movie("5", added_at=later + 10**9, rating=8.0, category_remote_ids=["b"]),
        movie("6", added_at=400, rating=10.0, category_remote_ids=["b", "a"]),
    ]
    async with opened(path) as store:
        await _put_categories(store)
        await put_items(store, films, [channel("1", added_at=500, rating=10.0, category_remote_ids=["a"])])
        await put_items(store, [movie("9", added_at=999, rating=10.0)], source_id="other")
        told(path, "UPDATE items SET missing_since = '2026-11-20T00:00:00.000Z' WHERE remote_id = '6'")
        async with store.transaction() as tx:
            if with_indexes:
                await tx.set_source_synced("iptv", NOW)
            recent = await tx.recent_item_ids("iptv", ItemKind.MOVIE, 10), await tx.recent_item_ids("iptv", ItemKind.MOVIE, 1)
            best = await tx.top_rated_item_ids("iptv", ItemKind.MOVIE, 10)
            largest = (
                await tx.largest_categories("iptv", ItemKind.MOVIE, 10),
                await tx.largest_categories("iptv", ItemKind.MOVIE, 1),
            )
            members = [await tx.category_item_ids("iptv", ItemKind.MOVIE, "a", limit) for limit in (1, 2, 10)]
            nothing = [
                await tx.recent_item_ids("iptv", ItemKind.TRACK, 10),
                await tx.top_rated_item_ids("nobody", ItemKind.MOVIE, 10),
                await tx.category_item_ids("iptv", ItemKind.MOVIE, "unknown", 10),
                await tx.largest_categories("nobody", ItemKind.MOVIE, 10),
            ]

    assert recent == ([2, 4, 1], [2])
    assert best == [3, 5, 1]
    assert largest == ([("b", "Bees"), ("a", "Ants")], [("b", "Bees")])
    assert members == [[2], [2, 1], [2, 1, 3]]
    assert nothing == [[], [], [], []]


async def test_the_latest_of_an_old_category_are_found_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.store.selections._WALKED_MAX", 10)
    films = [movie(str(number), added_at=number, category_remote_ids=["a" if number < 30 else "b"]) for number in range(1, 100)]
    async with opened(path) as store:
        await put_items(store, films)
        async with store.transaction() as tx:
            old = await tx.category_item_ids("iptv", ItemKind.MOVIE, "a", 3)
            young = await tx.category_item_ids("iptv", ItemKind.MOVIE, "b", 3)

    assert (old, young) == ([29, 28, 27], [99, 98, 97])


async def _put_categories(store: Store) -> None:
    rows = [
        category("a", "Ants"),
        category("b", "Bees", position=1),
        category("c", "Empty"),
        category("a", "News", ItemKind.CHANNEL),
    ]
    async with store.transaction() as tx:
        await tx.put_categories("iptv", [rows])
