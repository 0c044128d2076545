"""Lists and searches, as people ask for them."""

import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from actors.store import CatalogueItem, Reader, Sort
from contracts import limits
from contracts.catalog import ItemKind
from contracts.errors import BadRequest
from tests.store_room import NOW, category, channel, movie, opened, put_categories, put_items, source, told

SORTS: tuple[Sort, ...] = get_args(Sort)
HOSTILE = [
    '"',
    '""',
    '"a" OR "b"',
    "AND OR NOT NEAR",
    "NEAR(a b, 2)",
    "title : moon",
    "folded_title:moon",
    "-moon",
    "^moon",
    "moon*",
    "*",
    "(",
    "a-b.c/d'e",
    "'; DROP TABLE items; --",
    "%",
    "_",
    "\x00",
    "a\x00b",
    "\ud800",
    "moon \udfff",
    "\ue0001",
    "\ue000",
    "😀",
    "日本 語",
    "a" * 100_000,
    "a " * 50_000,
    " ",
    "",
    "\n\t",
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


@pytest.fixture(params=[True, False], ids=["with the indexes", "before there are indexes"])
async def reader(path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Reader]:
    """130 films and 40 channels of two sources, many with the same title, year, rating or date, some with none."""
    chance = random.Random(7)
    films = [
        movie(
            str(number),
            chance.choice(["Faust", "Metropolis", "Nosferatu", "Ærlig", "日本"]),
            year=chance.choice([None, 1920, 1922, 1927]),
            rating=chance.choice([None, 0.0, 5.5, 9.9]),
            added_at=chance.choice([None, 0, 1_700_000_000]),
            category_remote_ids=chance.choice([[], ["1"], ["2"], ["1", "2"]]),
        )
        for number in range(130)
    ]
    channels = [channel(str(number), f"News {number % 3}", category_remote_ids=["1"]) for number in range(40)]
    async with opened(path) as store:
        async with store.transaction() as tx:
            await tx.put_sources([source("one"), source("two")])
            for source_id in ("one", "two"):
                await tx.put_libraries(
                    source_id, [("movies", "Movies", ItemKind.MOVIE), ("channels", "Live TV", ItemKind.CHANNEL)]
                )
        await put_categories(store, [category("1", "Drama"), category("1", "Local", ItemKind.CHANNEL)], source_id="one")
        await put_items(store, films[:100], channels[:30], source_id="one")
        await put_items(store, films[100:], channels[30:], source_id="two")
        told(path, "UPDATE items SET missing_since = '2026-11-20T00:00:00.000Z' WHERE id IN (3, 50)")
        if request.param:
            async with store.transaction() as tx:
                await tx.set_source_synced("one", NOW)
        async with Reader.open(path) as reader:
            yield reader


async def all_pages(reader: Reader, limit: int, **question: Any) -> list[CatalogueItem]:
    items: list[CatalogueItem] = []
    after = None
    for _ in range(500):
        page = await reader.items(limit=limit, after=after, **question)
        items += page.items
        after = page.next_cursor
        if after is None:
            return items
        assert len(page.items) == limit
    raise AssertionError("the list does not end")


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [False, True])
async def test_pages_have_every_item_once_and_in_order(reader: Reader, sort: Sort, descending: bool) -> None:
    for question in ({}, {"kind": ItemKind.MOVIE}, {"category": "1"}, {"source": "one", "library": "movies", "category": "2"}):
        whole = (await reader.items(limit=1_000, sort=sort, descending=descending, **question)).items
        for limit in (1, 7, 50):
            assert await all_pages(reader, limit, sort=sort, descending=descending, **question) == whole
        keys = [_key(item, sort) for item in whole]
        known = [key for key in keys if key is not None]
        assert keys[: len(known)] == sorted(known, reverse=descending)
        assert len({item.id for item in whole}) == len(whole)


async def test_filters_leave_out_what_does_not_fit(reader: Reader) -> None:
    everything = await all_pages(reader, 1_000)
    films = await all_pages(reader, 1_000, kind=ItemKind.MOVIE)
    of_two = await all_pages(reader, 1_000, source="two")
    live = await all_pages(reader, 1_000, library="live tv")
    drama = await all_pages(reader, 1_000, category="drama")
    by_id = await all_pages(reader, 1_000, category=1)
    both = await all_pages(reader, 1_000, kind=ItemKind.CHANNEL, category="1", source="two")

    assert (len(everything), len(films), len(of_two), len(live)) == (168, 128, 40, 40)
    assert {item.kind for item in live} == {ItemKind.CHANNEL}
    assert drama == by_id
    assert all("Drama" in item.categories and item.source_id == "one" for item in drama)
    assert [item.kind for item in both] == [ItemKind.CHANNEL] * 10
    for nothing in ({"source": "three"}, {"library": "x"}, {"category": "x"}, {"kind": ItemKind.TRACK}, {"category": 99}):
        assert (await reader.items(**nothing)).items == []


async def test_hidden_items_are_nowhere(reader: Reader) -> None:
    ids = {item.id for item in await all_pages(reader, 1_000)}
    found = {item.id for word in ("faust", "metropolis", "nosferatu") for item in await reader.search(word, limit=1_000)}

    assert not {3, 50} & (ids | found)
    assert await reader.item(3) is None
    assert await reader.item(4) is not None
    assert await reader.item(2**70) is None
    status = await reader.sources_status()
    assert status[0].items == {ItemKind.MOVIE: 98, ItemKind.CHANNEL: 30}
    assert status[0].categories == {ItemKind.MOVIE: 1, ItemKind.CHANNEL: 1}


@pytest.mark.parametrize("after", ["", "x", "=", "bm90IGpzb24", "é", "WyJ0aXRsZSJd", "a" * 10_000, "\ud800"])
async def test_a_cursor_that_is_none_is_refused(reader: Reader, after: str) -> None:
    with pytest.raises(BadRequest):
        await reader.items(after=after)


async def test_a_cursor_of_another_order_is_refused(reader: Reader) -> None:
    after = (await reader.items(limit=1)).next_cursor

    with pytest.raises(BadRequest, match="another order"):
        await reader.items(limit=1, after=after, sort="year")
    with pytest.raises(BadRequest, match="another order"):
        await reader.items(limit=1, after=after, descending=True)


async def test_a_page_has_a_bound(reader: Reader) -> None:
    assert len((await reader.items(limit=10**9)).items) <= limits.QUERY_ROWS_MAX
    assert len((await reader.items(limit=-5)).items) == 1


async def test_categories_are_those_that_were_listed(reader: Reader) -> None:
    listed = [(stored.source_id, stored.item_kind, stored.title) for stored in await reader.categories()]

    assert listed == [("one", ItemKind.CHANNEL, "Local"), ("one", ItemKind.MOVIE, "Drama")]
    assert [stored.title for stored in await reader.categories("one", ItemKind.MOVIE)] == ["Drama"]


async def test_an_item_is_json(reader: Reader) -> None:
    page = await reader.items(limit=5)

    assert len(msgspec.json.decode(msgspec.json.encode(page))["items"]) == 5


@pytest.mark.parametrize("text", HOSTILE)
async def test_nothing_that_is_typed_breaks_a_search(reader: Reader, text: str) -> None:
    for kind in (None, ItemKind.MOVIE):
        assert isinstance(await reader.search(text, kind=kind), list)


async def test_a_search_takes_every_word_and_the_beginning_of_the_last(path: Path) -> None:
    titles = ["The Phantom of the Opera", "Phantom", "The Phantom Carriage", "Opera", "Phantoms at the Opera House"]
    async with opened(path) as store:
        await put_items(store, [movie(str(number), title) for number, title in enumerate(titles)])
        async with Reader.open(path) as reader:
            found = {
                text: [item.title for item in await reader.search(text)]
                for text in ("phantom", "the phan", "opera ph", "opera x")
            }

    assert found["phantom"] == ["Phantom", "Phantoms at the Opera House", "The Phantom Carriage", "The Phantom of the Opera"]
    assert found["the phan"] == ["The Phantom Carriage", "The Phantom of the Opera", "Phantoms at the Opera House"]
    assert found["opera ph"] == ["The Phantom of the Opera", "Phantoms at the Opera House"]
    assert found["opera x"] == []


@pytest.mark.parametrize("text", ["l", "le", "ær", "日"])
async def test_one_or_two_letters_find_titles_that_begin_so(path: Path, text: str) -> None:
    async with opened(path) as store:
        await put_items(
            store, [movie(str(number), title) for number, title in enumerate(["Le Voyage", "ærlig", "日本", "Faust"])]
        )
        async with Reader.open(path) as reader:
            found = [item.title for item in await reader.search(text)]

    assert [title.lower().startswith(text) for title in found] == [True]


async def test_a_search_in_one_kind_is_not_crowded_out_by_another(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SEARCH_CANDIDATES_MAX", 50)
    async with opened(path) as store:
        await put_items(store, [channel(str(number), f"New love {number}") for number in range(200)])
        await put_items(store, [movie("1", "A love story")])
        await put_items(store, [movie("1", "Another love story")], source_id="other")
        async with Reader.open(path) as reader:
            films = [item.title for item in await reader.search("love", kind=ItemKind.MOVIE)]
            of_other = [item.title for item in await reader.search("lov", source="other")]
            none = await reader.search("love", kind=ItemKind.TRACK)

    assert films == ["A love story", "Another love story"]
    assert of_other == ["Another love story"]
    assert none == []


async def test_an_exact_title_is_found_among_any_number_of_others(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SEARCH_CANDIDATES_MAX", 50)
    async with opened(path) as store:
        await put_items(store, [movie(str(number), f"the film {number}") for number in range(300)])
        await put_items(store, [movie("x", "The")])
        async with Reader.open(path) as reader:
            found = await reader.search("the", limit=3)

    assert next(item.title for item in found) == "The"


def _key(item: CatalogueItem, sort: Sort) -> Any:
    return {"title": item.title.lower(), "added": item.added_at, "rating": item.rating, "year": item.year}[sort]
