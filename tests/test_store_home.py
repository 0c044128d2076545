"""Home sections: what becomes of them."""

from datetime import timedelta
from pathlib import Path

import pytest

from actors.store.records import SectionRow, SectionWritten
from contracts import limits
from contracts.catalog import HomeSection
from contracts.messages import ChangedSection
from tests.store_room import (
    LATER,
    NOW,
    SECTION_ITEMS,
    asked,
    check_item_rows,
    home_of,
    movie,
    opened,
    put_items,
    put_sections,
    section,
    shown,
)

MUCH_LATER = LATER + timedelta(hours=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


async def test_a_section_is_read_back_as_the_server_shows_it(path: Path) -> None:
    given = section(
        "movie.recentlyadded.1",
        movie("3"),
        movie("1", "Metropolis"),
        movie("2"),
        title="Recently Added Films",
        position=4,
        context="hub.home",
        style="shelf",
        hub_type="movie",
        size=70,
    )
    async with opened(path) as store:
        written = await put_sections(store, given)
    shown_section = (await home_of(path))[0]

    assert written == [SectionWritten(is_new=True, is_changed=True, items=3)]
    assert [item.remote_id for item in shown_section.items] == ["3", "1", "2"]
    assert shown_section.items[1].title == "Metropolis"
    assert (shown_section.source_id, shown_section.title, shown_section.position) == ("plex", "Recently Added Films", 4)
    assert (shown_section.context, shown_section.style, shown_section.hub_type, shown_section.size) == (
        "hub.home",
        "shelf",
        "movie",
        70,
    )
    assert (shown_section.section_type, shown_section.last_updated, shown_section.is_stale) == ("recently_added", NOW, False)


async def test_sections_come_by_source_and_place(path: Path) -> None:
    async with opened(path) as store:
        await put_sections(store, section("c", position=2), section("a", position=0), section("b", position=1))
        await put_sections(store, section("a"), source_id="jellyfin")

    assert [(one.source_id, one.hub_identifier) for one in await home_of(path)] == [
        ("jellyfin", "a"),
        ("plex", "a"),
        ("plex", "b"),
        ("plex", "c"),
    ]
    assert [one.hub_identifier for one in await home_of(path, "jellyfin")] == ["a"]
    assert await home_of(path, "nobody") == []


async def test_an_equal_section_is_not_rewritten(path: Path) -> None:
    tables = ("SELECT * FROM home_section_items", "SELECT * FROM items", "SELECT updated_at, created_at FROM home_sections")
    async with opened(path) as store:
        await put_sections(store, section("a", movie("1"), movie("2")))
    before = [asked(path, sql) for sql in tables]
    async with opened(path, LATER) as store:
        written = await put_sections(store, section("a", movie("1"), movie("2")))

    assert written == [SectionWritten(is_new=False, is_changed=False, items=2)]
    assert [asked(path, sql) for sql in tables] == before
    assert asked(path, "SELECT last_updated FROM home_sections") == [("2026-11-22T12:00:00.000Z",)]


@pytest.mark.parametrize(
    "changed",
    [
        section("a", movie("2"), movie("1")),
        section("a", movie("1")),
        section("a", movie("1"), movie("2"), movie("3")),
        section("a", movie("1"), movie("2"), title="Other"),
        section("a", movie("1"), movie("2"), position=5),
        section("a", movie("1"), movie("2"), size=9),
    ],
    ids=["order", "fewer", "more", "title", "place", "size"],
)
async def test_a_section_that_differs_is_replaced_and_keeps_its_id(path: Path, changed: HomeSection) -> None:
    async with opened(path) as store:
        await put_sections(store, section("a", movie("1"), movie("2")))
    async with opened(path, LATER) as store:
        written = await put_sections(store, changed)

    assert written == [SectionWritten(is_new=False, is_changed=True, items=len(changed.items))]
    assert asked(path, SECTION_ITEMS) == [("a", item.remote_id) for item in changed.items]
    assert asked(path, "SELECT id, title, position, size, created_at, updated_at FROM home_sections") == [
        (1, changed.title, changed.position, changed.size, "2026-11-21T12:00:00.000Z", "2026-11-22T12:00:00.000Z")
    ]


async def test_an_item_that_stays_in_a_section_keeps_since_when_it_is_there(path: Path) -> None:
    async with opened(path) as store:
        await put_sections(store, section("a", movie("1")))
    async with opened(path, LATER) as store:
        await put_sections(store, section("a", movie("2"), movie("1")))

    since = asked(path, "SELECT position, created_at FROM home_section_items ORDER BY position")
    assert since == [(0, "2026-11-22T12:00:00.000Z"), (1, "2026-11-21T12:00:00.000Z")]


async def test_a_duplicate_in_a_hub_costs_only_itself(path: Path) -> None:
    async with opened(path) as store:
        written = await put_sections(store, section("a", movie("1", "First"), movie("2"), movie("1", "Second"), movie("3")))

    assert written == [SectionWritten(is_new=True, is_changed=True, items=3)]
    assert (await home_of(path))[0].items[0].title == "First"
    assert asked(path, SECTION_ITEMS) == [("a", "1"), ("a", "2"), ("a", "3")]


async def test_a_hub_that_could_not_be_read_keeps_its_rows_and_is_stale(path: Path) -> None:
    failed = HomeSection("a", "", "", 0, failure="the server said 500")
    async with opened(path) as store:
        unknown = await put_sections(store, failed)
        await put_sections(store, section("a", movie("1"), movie("2"), position=3))
    async with opened(path, LATER) as store:
        written = await put_sections(store, failed)
        stale = (await home_of(path))[0]
        again = await put_sections(store, section("a", movie("1"), movie("2"), position=3))

    assert unknown == [SectionWritten(is_new=False, is_changed=False, items=0)]
    assert written == [SectionWritten(is_new=False, is_changed=False, items=2)]
    assert (stale.is_stale, stale.title, stale.position, stale.last_updated) == (True, "A", 3, NOW)
    assert [item.remote_id for item in stale.items] == ["1", "2"]
    assert again == [SectionWritten(is_new=False, is_changed=False, items=2)]
    assert [(one.is_stale, one.last_updated) for one in await home_of(path)] == [(False, LATER)]


async def test_a_home_page_that_could_not_be_read_is_stale_as_a_whole(path: Path) -> None:
    async with opened(path) as store:
        await put_sections(store, section("a"), section("b"))
        await put_sections(store, section("a"), source_id="other")
        async with store.transaction() as tx:
            await tx.mark_home_stale("plex")

    assert [(one.source_id, one.is_stale) for one in await home_of(path)] == [("other", False), ("plex", True), ("plex", True)]


async def test_a_section_has_a_bound(path: Path) -> None:
    async with opened(path) as store:
        written = await put_sections(store, section("a", *(movie(str(number)) for number in range(limits.SECTION_ITEMS_MAX + 9))))

    assert written[0].items == limits.SECTION_ITEMS_MAX


async def test_what_changed_since_a_moment_is_told(path: Path) -> None:
    async with opened(path) as store:
        await put_sections(store, section("a", movie("1")), section("b", movie("1")), section("c"))
    async with opened(path, LATER) as store:
        await put_sections(store, section("c"), section("b", movie("2")), section("a", movie("1")), section("d", position=1))
        async with store.transaction() as tx:
            changes = await tx.home_sections_changed("plex", LATER)
            everything = await tx.home_sections_changed("plex", NOW)
            nothing = await tx.home_sections_changed("plex", MUCH_LATER), await tx.home_sections_changed("other", NOW)

    assert changes == [
        ChangedSection(hub_identifier="b", title="B", change="changed"),
        ChangedSection(hub_identifier="d", title="D", change="added"),
    ]
    assert {change.change for change in everything} == {"added"}
    assert nothing == ([], [])


async def test_sections_and_their_items_are_counted(path: Path) -> None:
    async with opened(path) as store:
        await put_sections(store, section("a", movie("1"), movie("2")), section("b", movie("1")), section("c"))
        async with store.transaction() as tx:
            totals = await tx.home_totals("plex"), await tx.home_totals("other")

    assert totals == ((3, 3), (0, 0))


async def test_a_rollback_leaves_the_old_section(path: Path) -> None:
    async with opened(path) as store:
        await put_sections(store, section("a", movie("1")))
        with pytest.raises(OverflowError):
            await put_sections(store, section("a", movie("2")), section("b", movie("3", year=2**63)))
        await put_sections(store, section("b", movie("4")))

    assert asked(path, SECTION_ITEMS) == [("a", "1"), ("b", "4")]
    assert asked(path, "SELECT id, remote_id FROM items") == [(1, "1"), (2, "4")]
    check_item_rows(path)


async def test_a_section_may_be_made_of_items_of_the_catalogue(path: Path) -> None:
    head = SectionRow(hub_identifier="top", title="Top", section_type="top_rated", position=1, item_ids=[2, 1, 2], size=9)
    async with opened(path) as store:
        await put_items(store, [movie("1"), movie("2")], source_id="plex")
        async with store.transaction() as tx:
            first, again = await tx.put_section("plex", head), await tx.put_section("plex", head)

    assert first == SectionWritten(is_new=True, is_changed=True, items=2)
    assert again == SectionWritten(is_new=False, is_changed=False, items=2)
    assert shown(await home_of(path)) == [("top", ["2", "1"])]
