"""What an item holds, in its own order."""

import base64
import random
from pathlib import Path

import msgspec
import pytest

from actors.store import CatalogueItem, Reader
from contracts.catalog import Item, ItemKind
from contracts.errors import BadRequest
from tests.store_room import category, episode, movie, opened, put_categories, put_items, season, show, told


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


async def children(reader: Reader, parent: int, limit: int) -> list[CatalogueItem]:
    found: list[CatalogueItem] = []
    after = None
    for _ in range(300):
        page = await reader.items(parent=parent, limit=limit, after=after)
        found += page.items
        after = page.next_cursor
        if after is None:
            return found
        assert len(page.items) == limit
    raise AssertionError("the list does not end")


async def test_a_shows_seasons_come_first_and_then_its_episodes_by_number(path: Path) -> None:
    rows = [
        show("s"),
        season("s1", 1),
        season("s0", 0),
        episode("c", "Third", at=(1, 3)),
        episode("a", "First", at=(1, 1)),
        episode("x", "Extra", at=(0, 1)),
        episode("b", "Second", at=(1, 2)),
        episode("n2", "Number of none, b", at=(2, None)),
        episode("n1", "Number of none, a", at=(2, None)),
        episode("other", of="t"),
    ]
    async with opened(path) as store:
        await put_items(store, rows, source_id="plex")
        async with Reader.open(path) as reader:
            parent = next(item for item in (await reader.items(kind=ItemKind.SHOW)).items)
            found = (await reader.items(parent=parent.id)).items
            of_season = (await reader.items(parent=parent.id, kind=ItemKind.SEASON, sort="year", descending=True)).items

    assert [item.remote_id for item in found] == ["s0", "s1", "x", "a", "b", "c", "n1", "n2"]
    assert {item.parent_title for item in found} == {"The Show"}
    assert [(item.parent_index, item.index_number) for item in found[3:5]] == [(1, 1), (1, 2)]
    assert [item.remote_id for item in of_season] == ["s0", "s1"]


async def test_albums_of_an_artist_and_tracks_of_an_album_are_children(path: Path) -> None:
    rows = [
        movie("ar", "Artist", kind=ItemKind.ARTIST),
        movie("al", "Album", kind=ItemKind.ALBUM, parent_remote_id="ar"),
        *(
            movie(f"t{number}", kind=ItemKind.TRACK, parent_remote_id="al", parent_index=1, index_number=number)
            for number in (2, 1)
        ),
    ]
    async with opened(path) as store:
        await put_items(store, rows, source_id="plex")
        async with Reader.open(path) as reader:
            ids = {item.remote_id: item.id for item in (await reader.items()).items}
            of_artist = (await reader.items(parent=ids["ar"])).items
            of_album = (await reader.items(parent=ids["al"])).items

    assert [item.remote_id for item in of_artist] == ["al"]
    assert [(item.remote_id, item.parent_title) for item in of_album] == [("t1", "Album"), ("t2", "Album")]


@pytest.mark.parametrize("seed", range(3))
async def test_pages_of_children_have_each_once_and_in_order(path: Path, seed: int) -> None:
    chance = random.Random(seed)
    numbers: list[int | None] = [None, -(2**63), 0, 1, 2, 2**63 - 1]
    rows: list[Item] = [show("s")]
    for number in range(90):
        at = chance.choice(numbers), chance.choice(numbers)
        rows.append(episode(str(number), chance.choice(["Pilot", "Ærlig", "日本", ""]), at=at))
    async with opened(path) as store:
        await put_items(store, rows, source_id="plex")
        told(path, "UPDATE items SET missing_since = '2026-11-20T00:00:00.000Z' WHERE remote_id IN ('3', '50')")
        async with Reader.open(path) as reader:
            parent = next(item.id for item in (await reader.items(kind=ItemKind.SHOW)).items)
            whole = (await reader.items(parent=parent, limit=1_000)).items
            pages = [await children(reader, parent, limit) for limit in (1, 7, 50)]

    assert len(whole) == 88
    assert pages == [whole] * 3
    keys = [(*map(_null_first, (item.parent_index, item.index_number)), item.title.lower(), item.id) for item in whole]
    assert keys == sorted(keys)


async def test_filters_hold_for_children_too(path: Path) -> None:
    rows = [show("s"), episode("1", category_remote_ids=["7"]), episode("2", library_remote_id="other"), episode("3")]
    async with opened(path) as store:
        await put_categories(store, [category("7", "Drama", ItemKind.EPISODE)], source_id="plex")
        await put_items(store, rows, source_id="plex")
        async with Reader.open(path) as reader:
            parent = next(item.id for item in (await reader.items(kind=ItemKind.SHOW)).items)
            of_category = (await reader.items(parent=parent, category="drama")).items
            of_library = (await reader.items(parent=parent, library="other", source="plex")).items
            nothing = [
                (await reader.items(parent=parent, source="jellyfin")).items,
                (await reader.items(parent=parent, category="unknown")).items,
                (await reader.items(parent=999)).items,
                (await reader.items(parent=2**80)).items,
            ]

    assert [item.remote_id for item in of_category] == ["1"]
    assert [item.remote_id for item in of_library] == ["2"]
    assert nothing == [[], [], [], []]


@pytest.mark.parametrize("after", ["", "x", "é", "\ud800", "a" * 10_000])
async def test_a_cursor_that_is_none_is_refused(path: Path, after: str) -> None:
    async with opened(path), Reader.open(path) as reader:
        with pytest.raises(BadRequest):
            await reader.items(parent=1, after=after)


@pytest.mark.parametrize(
    "place", [[1, 2, 3, "x", 2**64], [2**64, 1, 1, "x", 1], [1, 2**63, 1, "x", 1], [1, 1, 1, "x"], [1, 1, 1, "x", 1, 1]]
)
async def test_a_cursor_beyond_the_database_is_refused(path: Path, place: list[object]) -> None:
    after = base64.urlsafe_b64encode(msgspec.json.encode(place)).decode()
    async with opened(path), Reader.open(path) as reader:
        with pytest.raises(BadRequest):
            await reader.items(parent=1, after=after)


@pytest.mark.parametrize("place", [["title", False, "x", 2**64], ["year", False, 2**63, 1]])
async def test_a_cursor_of_a_list_beyond_the_database_is_refused(path: Path, place: list[object]) -> None:
    after = base64.urlsafe_b64encode(msgspec.json.encode(place)).decode()
    async with opened(path), Reader.open(path) as reader:
        with pytest.raises(BadRequest):
            await reader.items(sort="year" if place[0] == "year" else "title", after=after)


async def test_a_cursor_of_another_parent_is_refused(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [show("s"), episode("1"), episode("2")], source_id="plex")
        async with Reader.open(path) as reader:
            after = (await reader.items(parent=1, limit=1)).next_cursor
            with pytest.raises(BadRequest, match="another parent"):
                await reader.items(parent=2, after=after)
            with pytest.raises(BadRequest):
                await reader.items(after=after)


def _null_first(number: int | None) -> tuple[bool, int]:
    return number is not None, number or 0
